"""Columns give the minor units of the scalar walk, for every side and every kind of tariff."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import event, given, settings
from hypothesis import strategies as st

from paycompare.bulk.cells import Unproven
from paycompare.bulk.columns import TooWide, column, spread
from paycompare.bulk.figures import GROUPS, Chart, figures
from paycompare.frame import GROUPS as OF_FRAME
from paycompare.frame import grouped
from paycompare.money import Money, as_decimal
from paycompare.quote import quoted
from paycompare.reference.rate import Rate
from paycompare.scenario import price
from paycompare.terms import Corridor, Payment, Place
from tests.offers_drawn import GRID, WORTH, offers

if TYPE_CHECKING:
    from paycompare.bulk.columns import Column
    from paycompare.bulk.figures import Figures
    from paycompare.offer import Offer
    from paycompare.quote import Quote

DAY = date(2026, 10, 30)


def scalar(offer: Offer, side: str, code: str, count: int) -> Quote | None:
    """Price one payment as `paycompare.compare` does."""
    fixed = Money.of(as_decimal(count * GRID[code]), code)
    corridor = Corridor(Place(None, offer.payer_currency), Place(None, offer.payout_currency))
    payment = Payment(side=side, fixed=fixed, corridor=corridor, on=DAY)  # type: ignore[arg-type]  # one of the sides
    asked = payment.side, fixed.exact, code
    scenarios = price(offer, *asked) or price(offer, *asked, whole=False)
    pair = offer.payer_currency, offer.payout_currency
    rate = Rate(*pair, WORTH[pair[0]] / WORTH[pair[1]], "test", None, "user", DAY, DAY, 0)
    return quoted(offer, payment, scenarios, rate, "complete") if scenarios else None


def counts(money: Money) -> int:
    """Return an amount in minor units, which it is on."""
    found = money.exact / GRID[money.currency]
    assert found.denominator == 1
    return found.numerator


def at(numbers: Column, row: int, rows: int) -> int:
    """Return the number of a row, which lies within the bounds that are claimed."""
    found = int(spread(numbers.values, rows)[row])
    assert numbers.low <= found <= numbers.high
    return found


def truth(series: pl.Series | None, row: int, rows: int) -> bool:
    """Return the truth of a row; None holds everywhere."""
    return True if series is None else bool(spread(series, rows)[row])


def assert_same(found: Figures | None, quotes: list[Quote | None]) -> int:
    """Compare every settled row, and return how many there are."""
    rows, settled = len(quotes), 0
    for row, quote in enumerate(quotes):
        if found is None:
            assert quote is None
            continue
        if not truth(found.settled, row, rows):
            continue
        settled += 1
        assert truth(found.made, row, rows) == (quote is not None)
        if quote is None:
            continue
        ends = [found.paid_low, found.paid_high, found.landed_low, found.landed_high]
        wanted = [quote.paid.low, quote.paid.high, quote.landed.low, quote.landed.high]
        assert [at(end, row, rows) for end in ends] == [counts(end) for end in wanted]
        unit = GRID[quote.offer.payer_currency]
        assert at(found.principal, row, rows) == counts(quote.worst.principal)
        shown = [Fraction(part.shown.amount) / unit for part in quote.worst.parts]
        assert [at(part, row, rows) for part in found.parts] == shown
        by_group = [Fraction(amount) / unit for amount in grouped(quote.worst).values()]
        assert [at(group, row, rows) for group in found.groups] == by_group
    return settled


wide = st.integers(1, 10**20)
amounts = st.lists(st.one_of(st.integers(1, 4000), st.integers(1, 10**7), wide), min_size=1, max_size=12)


@settings(max_examples=150)
@given(offers(), st.sampled_from(["pays", "sends", "gets"]), st.booleans(), amounts)
def test_columns_equal_the_scalar_walk(offer: Offer, side: str, in_payee: bool, drawn: list[int]) -> None:  # noqa: FBT001 -- drawn
    """To the last minor unit: what is paid, what lands, at both ends, and every part as displayed."""
    in_payee = side == "gets" or (side == "sends" and in_payee)
    code = offer.payout_currency if in_payee else offer.payer_currency
    try:
        found = figures(Chart.of(offer), side, code, column(pl.Series(drawn, dtype=pl.Int128)))  # type: ignore[arg-type]  # one of the sides
    except (Unproven, TooWide):
        event("left to the scalar walk")
        return
    settled = assert_same(found, [scalar(offer, side, code, count) for count in drawn])
    event(f"settled {'all' if settled == len(drawn) else 'some' if settled else 'none'}")


def test_groups_are_those_of_the_frame() -> None:
    """Who took it has one list of names."""
    assert GROUPS == OF_FRAME
