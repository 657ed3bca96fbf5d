"""The envelope rules out only offers that cannot win, and leaves few of many."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import paycompare as pc
from paycompare.bulk.envelope import envelope
from paycompare.bulk.figures import Chart
from paycompare.curve import Curve
from tests.catalogues import write_folder
from tests.making import convert, spread, take
from tests.making import offer as made
from tests.offers_drawn import offers
from tests.test_bulk_figures import scalar

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.offer import Offer

DAY = date(2026, 10, 30)
AMOUNTS = st.lists(st.one_of(st.integers(1, 40), st.integers(1, 300_000)), min_size=1, max_size=6)


@st.composite
def rivals(draw: st.DrawFn) -> list[Offer]:
    """Draw some offers of one pair of currencies."""
    pair = draw(st.sampled_from([("GBP", "JPY"), ("GBP", "KWD"), ("USD", "GBP"), ("GBP", "GBP")]))
    return draw(st.lists(offers(pair=pair), min_size=4, max_size=7))


@settings(max_examples=60)
@given(rivals(), st.sampled_from(["pays", "sends", "gets"]), st.booleans(), AMOUNTS)
def test_no_winner_is_ruled_out(drawn: list[Offer], side: Any, in_payee: bool, amounts: list[int]) -> None:  # noqa: FBT001 -- drawn
    """Whoever ranks first by exact walks, and whoever ties with it, is among those left in the interval."""
    in_payee = side == "gets" or (side == "sends" and in_payee)
    code = drawn[0].payout_currency if in_payee else drawn[0].payer_currency
    found = envelope([Chart.of(offer) for offer in drawn], side, code, 1, 2**19)
    assert found.starts[0] == 1
    assert found.starts == sorted(set(found.starts))
    for amount in amounts:
        left = found.offers[bisect_right(found.starts, amount) - 1]
        quotes = [scalar(offer, side, code, amount) for offer in drawn]
        keys = {place: quote.key.high for place, quote in enumerate(quotes) if quote is not None}
        best = {place for place, key in keys.items() if key == min(keys.values())}
        assert best <= set(left)
        event(f"{len(drawn) - len(left)} of {len(drawn)} ruled out")


def test_of_parallel_offers_the_cheapest_is_left() -> None:
    """Fees of 1 to 50 GBP at the same margin: nobody but the first can win, except where no fee fits."""
    drawn = [made(take("fee", spread(str(fee)), "from_amount"), convert(spread("0.01"))) for fee in range(1, 51)]
    found = envelope([Chart.of(offer) for offer in drawn], "pays", "GBP", 1, 10**7)
    assert found.offers[bisect_right(found.starts, 10**6) - 1] == (0,)


def test_each_part_of_the_envelope_has_its_winner() -> None:
    """A share of 1% crosses a fee of 5 GBP at 500 GBP: the dearer margins are ruled out on both sides of it."""
    share = made(take("fee", spread(Curve.line(Fraction(1, 100))), "from_amount"), convert(spread("0.01")))
    flat = made(take("fee", spread("5"), "from_amount"), convert(spread("0.01")))
    dear = [made(take("fee", spread("9"), "from_amount"), convert(spread(f"0.0{place}"))) for place in range(2, 6)]
    found = envelope([Chart.of(offer) for offer in (share, flat, *dear)], "pays", "GBP", 1, 10**7)
    at = {amount: found.offers[bisect_right(found.starts, amount * 100) - 1] for amount in (100, 500, 2500)}
    assert 0 in at[100]
    assert 1 in at[2500]
    assert set(at[500]) == {0, 1}
    assert {*at[100], *at[2500]} == {0, 1}


@pytest.mark.parametrize("side", ["pays", "gets", "sends"])
def test_the_best_is_the_same_with_it_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    """Of a dozen banks with bands, minima, ranges and limits."""
    for place in range(12):
        fees = [
            f'sum = [{{ flat = "{place}" }}, {{ share = "0.00{9 - place % 9}" }}]',
            f'highest = [{{ flat = "{1 + place / 4}" }}, {{ share = "0.0{1 + place % 5}" }}]',
            f'bands = [{{ up_to = "300", price = {{ flat = "{place / 2}" }} }}, {{ price = {{ flat = "4" }} }}]',
            f'between = [{{ flat = "{place / 3:.2f}" }}, {{ flat = "{1 + place / 2}" }}]',
        ]
        more = 'least = "20 GBP"\nmost = "900 GBP"' if place % 5 == 0 else ""
        margin = f'share = "0.00{1 + place * 7 % 9}"'
        write_folder(tmp_path, f"bank_{place:02}", fee=fees[place % 4], margin=margin, more=more)
    frame = pl.DataFrame({"amount_minor": [*range(1, 3000, 7), *range(3000, 200_000, 501)]})
    frame = frame.with_columns(pl.col("amount_minor") * (100 if side == "gets" else 1))
    options: dict[str, Any] = {
        "catalogue": tmp_path,
        "providers": [path.name for path in tmp_path.iterdir()],
        "reference": {"GBP/KES": "160"},
    }
    asked: dict[str, Any] = {"corridor": "GB/GBP>KE/KES", "side": side, "at": DAY, "keep": "best", **options}
    with_it = pc.price(frame, **asked)
    monkeypatch.setattr("paycompare.bulk.pricer._FEW", 100)
    without = pc.price(frame, **asked)
    assert with_it.rows.equals(without.rows)
    assert without.rows["offer"].drop_nulls().n_unique() > 1
    assert with_it.report.in_columns < without.report.in_columns / 2
