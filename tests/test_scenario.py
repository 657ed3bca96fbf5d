"""Ranges are scenarios: the reported ends are attained, and nothing between the causes' ends lies outside them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycompare.curve import Curve
from paycompare.offer import Limit
from paycompare.scenario import price, walk_one
from tests.making import convert, offer, spread, take

if TYPE_CHECKING:
    from paycompare.offer import Offer, Take
    from paycompare.terms import Side

ends = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda two: tuple(Fraction(n, 1000) for n in sorted(two)))
jumps = st.lists(st.sampled_from([Fraction(n) for n in (0, 1, 5, 40, 300)]), min_size=2, max_size=2)


@st.composite
def ranged_offers(draw: st.DrawFn) -> Offer:
    """Draw a fee range, a margin range and a receiving charge that jumps, so that edges lie inside the ranges."""
    fee, margin = draw(ends), draw(ends)
    below, above = draw(jumps)
    edge = draw(st.sampled_from([Fraction(n) for n in (15_200, 15_600, 15_800)]))
    receiving = Curve.bands([(edge, draw(st.booleans()), Curve.constant(below)), (None, False, Curve.constant(above))])
    return offer(
        take(
            "fee",
            spread(Curve.line(fee[0]), Curve.line(fee[1]), "fee"),
            draw(st.sampled_from(["on_top", "from_amount"])),
        ),
        convert(spread(str(margin[0]), str(margin[1]), "margin")),
        take(
            "receiving",
            spread(receiving),
            "from_amount",
            base="held",
            currency="KES",
            owner="payee_institution",
        ),
    )


@given(ranged_offers(), st.sampled_from([("pays", 100, "GBP"), ("gets", 15_500, "KES"), ("sends", 100, "GBP")]))
def test_no_position_of_the_causes_leaves_the_reported_ends(made: Offer, asked: tuple[str, int, str]) -> None:
    """A grid of positions finds no smaller or larger paid or landed than the reported ones."""
    side, fixed, code = asked
    found = price(made, side, Fraction(fixed), code)  # type: ignore[arg-type]  # drawn from the three sides
    tried = [
        walk_one(made, side, Fraction(fixed), code, dict(zip(made.causes, at, strict=True)))  # type: ignore[arg-type]
        for at in product([Fraction(n, 8) for n in range(9)], repeat=len(made.causes))
    ]
    for figure in {"pays": ["landed"], "gets": ["paid"], "sends": ["paid", "landed"]}[side]:
        reported = [getattr(one.walk, figure) for one in found]
        seen = [getattr(walk, figure) for walk in tried if walk is not None]
        assert min(reported) <= min(seen)
        assert max(seen) <= max(reported)


def test_one_cause_moves_together_wherever_it_appears() -> None:
    """Two charges of one cause are both cheap or both dear: two ends, not four."""
    made = offer(take("one", spread("1", "2", "weather")), take("two", spread("10", "20", "weather")))
    paid = sorted(one.walk.paid for one in price(made, "sends", Fraction(100), "GBP"))
    assert paid == [Fraction(111), Fraction(122)]


def test_an_unknown_place_is_a_range_over_the_places() -> None:
    """A fee of 5, on top or from the amount: paying 100 lands 95 either way, sending 100 costs 105 or 100."""
    made = offer(take("fee", spread("5"), "on_top", "from_amount"))
    walks = [one.walk for one in price(made, "sends", Fraction(100), "GBP")]
    assert {(walk.paid, walk.landed) for walk in walks} == {
        (Fraction(105), Fraction(100)),
        (Fraction(100), Fraction(95)),
    }
    assert {one.walk.landed for one in price(made, "pays", Fraction(100), "GBP")} == {Fraction(95)}


@pytest.mark.parametrize("before", [(), (take("fee", spread("0", "10", "it"), "on_top"),)], ids=["alone", "second"])
def test_an_edge_inside_a_range_is_walked_on_both_sides(before: tuple[Take, ...]) -> None:
    """A margin of 0 to 2 percent on 100 GBP lands 15,680 to 16,000 KES; a charge of 300 above 15,800 bites in between.

    Just at 15,800 nothing is charged and 15,800.00 lands; just above, 15,800.01 less 300 lands 15,500.01.
    """
    receiving = Curve.bands([(Fraction(15_800), True, Curve.constant(0)), (None, False, Curve.constant(300))])
    made = offer(
        *before,
        convert(spread("0", "0.02", "margin")),
        take("receiving", spread(receiving), "from_amount", base="held", currency="KES"),
    )
    landed = [one.walk.landed for one in price(made, "sends", Fraction(100), "GBP")]
    assert (min(landed), max(landed)) == (Fraction("15500.01"), Fraction(15_800))


def test_a_limit_on_what_lands_counts_what_lands() -> None:
    """A limit of 15,680 KES is kept by paying 98 GBP at 160, margin or not, and broken by paying 98.01."""
    made = offer(convert(spread("0")), limits=(Limit("landed", None, Fraction(15_680), "KES"),))
    assert [len(price(made, "pays", Fraction(pays), "GBP")) for pays in ("98", "98.01")] == [1, 0]


@pytest.mark.parametrize(("least", "most"), [("200", None), (None, "50")])
def test_limits_on_the_principal_leave_no_scenario(least: str | None, most: str | None) -> None:
    """An offer that takes from 200, or up to 50, has nothing to say about sending 100."""
    limit = Limit("principal", least and Fraction(least), most and Fraction(most), "GBP")  # type: ignore[arg-type]
    made = offer(take("fee", spread("1")), limits=(limit,))
    assert price(made, "sends", Fraction(100), "GBP") == ()


@pytest.mark.parametrize("side", ["sends", "gets"])
@pytest.mark.parametrize(("given", "debits"), [("0.79", []), ("0.80", [Fraction("0.01")])])
def test_a_debit_that_rounds_to_nothing_is_no_payment(side: Side, given: str, debits: list[Fraction]) -> None:
    """At 160 KES per GBP and no charge, 0.80 KES is half a penny and costs a whole one; 0.79 KES would cost nothing."""
    made = offer(convert(spread("0")), instructed="payee")
    assert [one.walk.paid for one in price(made, side, Fraction(given), "KES")] == debits
