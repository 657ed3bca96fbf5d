"""Error bars: hand-computed from the published medians, and the way they grow and combine."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycompare.reference import ecb, pegs
from paycompare.reference.error_bar import combined_bp, market_bp, period_bp

CODES = ["EUR", "USD", "GBP", "INR", "MXN", "PHP", "BRL", "ZAR", "CNY", "JPY", "TRY", "HKD", "DKK", "SEK", "KRW"]


@pytest.mark.parametrize(
    ("base", "quote", "age", "expected"),
    [
        ("EUR", "USD", 0, 20),  # the hour alone: 20
        ("EUR", "USD", 5, 61),  # sqrt(20^2 + 57^2) = 60.4
        ("EUR", "INR", 0, 36),  # sqrt(20^2 + 29^2) = 35.2
        ("EUR", "GBP", 21, 179),  # sqrt(20^2 + 121^2 + 20^2 + 128^2) = 178.4
        ("EUR", "DKK", 21, 2),  # moves with the euro: its own 2 alone
        ("USD", "HKD", 63, 23),  # sqrt(2^2 + 22^2) = 22.1
        ("EUR", "SEK", 1, 43),  # not measured: sqrt(20^2 + 22^2 + 20^2 + 23^2) = 42.6
        ("EUR", "USD", 252, 331),  # four times 63 days, twice 165: sqrt(20^2 + 330^2) = 330.6
    ],
)
def test_a_fixing_is_as_wrong_as_its_hour_and_its_age(base: str, quote: str, age: int, expected: int) -> None:
    """The shares of both currencies add up as squares, rounded up to a whole basis point."""
    assert market_bp(base, quote, age) == expected


def test_between_two_measured_horizons_the_move_grows_with_the_root_of_time() -> None:
    """Nine days for the euro lie (3 - sqrt 5)/(sqrt 21 - sqrt 5) of the way from 57 to 121 bp: 77.8; with 20: 80.4."""
    assert market_bp("EUR", "USD", 9) == 81


@given(base=st.sampled_from(CODES), quote=st.sampled_from(CODES), age=st.integers(0, 400))
def test_an_error_bar_never_shrinks_with_age(base: str, quote: str, age: int) -> None:
    """What is a day older is not better known."""
    assert market_bp(base, quote, age) <= market_bp(base, quote, age + 1)


def test_few_digits_widen_a_period_rate() -> None:
    """Half of the last digit of 0.305 is 16.4 bp: sqrt(27^2 + 16.4^2) = 31.6, against 27 for a long figure."""
    assert period_bp("KWD", 0, Fraction("0.0005") / Fraction("0.305")) == 32
    assert period_bp("VND", 0, Fraction("0.0005") / 25969) == 28


def test_a_period_rate_is_120_to_180_bp_off_after_a_month() -> None:
    """Twenty-one business days after it took effect, a typical period rate has moved by what was measured."""
    assert 120 <= period_bp("KES", 21, Fraction(0)) <= 180


def test_the_euro_cancels_in_a_cross_of_one_concertation() -> None:
    """GBP to INR on the day: sqrt(20^2 + 29^2) = 35.2, without the euro's own share."""
    day = date(2026, 3, 17)
    legs = [ecb.leg("GBP", day), ecb.leg("INR", day)]
    assert combined_bp([leg for leg in legs if leg]) == 36


def test_the_krone_and_the_lev_share_the_move_of_the_euro() -> None:
    """Both hang on the euro: only their own 2 bp each remain, sqrt(2^2 + 2^2) = 2.8."""
    day = date(2025, 3, 17)
    legs = [ecb.leg("DKK", day), ecb.leg("BGN", day)]
    assert combined_bp([leg for leg in legs if leg]) == 3


def test_a_peg_adds_its_own_error_to_that_of_its_anchor() -> None:
    """EUR to AED on the day: sqrt(20^2 + 10^2) = 22.4; XOF, kept to the last digit, adds nothing to EUR/USD."""
    day = date(2026, 3, 17)
    dollar, dirham, franc = ecb.leg("USD", day), pegs.leg("AED", day), pegs.leg("XOF", day)
    assert dollar is not None
    assert dirham is not None
    assert franc is not None
    assert combined_bp([dollar, dirham]) == 23
    assert combined_bp([dollar, franc]) == 20
