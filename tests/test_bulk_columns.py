"""Columns divide and round as `paycompare.money.divided` does, in 64 bits, in 128, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycompare.bulk.columns import TooWide, column, constant, multiplied, spread
from paycompare.money import divided

if TYPE_CHECKING:
    from paycompare.money import Mode

numbers = st.one_of(st.integers(-50, 50), st.integers(-(10**6), 10**12), st.integers(-(10**21), 10**21))


@given(
    st.lists(numbers, min_size=1, max_size=8),
    st.integers(-(10**9), 10**9),
    st.integers(-(10**12), 10**12),
    st.one_of(st.integers(1, 12), st.integers(1, 10**10)),
    st.sampled_from(["half_up", "half_even", "up", "down"]),
)
def test_a_line_is_rounded_as_the_library_rounds(
    drawn: list[int], slope: int, intercept: int, under: int, mode: Mode
) -> None:
    """Ties, signs and sizes alike; and the bounds that are claimed hold."""
    found = column(pl.Series(drawn, dtype=pl.Int128)).line(slope, intercept, under, mode)
    wanted = [divided(slope * one + intercept, under, mode) for one in drawn]
    assert spread(found.values, len(drawn)).to_list() == wanted
    assert found.low <= min(wanted)
    assert max(wanted) <= found.high


@given(st.lists(numbers, min_size=2, max_size=8), st.integers(1, 50))
def test_sums_products_and_rests_are_exact(drawn: list[int], under: int) -> None:
    """Row by row."""
    one, other = column(pl.Series(drawn, dtype=pl.Int128)), column(pl.Series(drawn[::-1], dtype=pl.Int128))
    if max(map(abs, drawn)) < 10**18:
        assert multiplied(one, other).values.to_list() == [a * b for a, b in zip(drawn, drawn[::-1], strict=True)]
    assert spread((one + other).values, len(drawn)).to_list() == [
        a + b for a, b in zip(drawn, drawn[::-1], strict=True)
    ]
    assert spread((one - other).values, len(drawn)).to_list() == [
        a - b for a, b in zip(drawn, drawn[::-1], strict=True)
    ]
    assert spread(one.modulo(under).values, len(drawn)).to_list() == [a % under for a in drawn]
    assert spread(one.least(other).values, len(drawn)).to_list() == list(map(min, drawn, drawn[::-1]))
    assert spread(one.most(other).values, len(drawn)).to_list() == list(map(max, drawn, drawn[::-1]))


def test_what_may_not_fit_is_refused_before_it_is_computed() -> None:
    """2 ** 126 doubled twice is beyond 128 bits with a sign."""
    with pytest.raises(TooWide):
        column(pl.Series([2**126, 1], dtype=pl.Int128)).times(4)
    with pytest.raises(TooWide):
        constant(2**127)
    with pytest.raises(TooWide):
        multiplied(column(pl.Series([2**100, 0], dtype=pl.Int128)), column(pl.Series([2**100, 0], dtype=pl.Int128)))
