"""Ranking: the place of the worst case, and the places that ranges and unknown third parties leave open."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from paycompare.curve import Curve
from paycompare.quote import Quote, quoted
from paycompare.ranking import rank, tied
from paycompare.reference.stack import References
from paycompare.scenario import price
from paycompare.terms import Payment
from tests.making import convert, offer, spread, take

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = date(2026, 10, 30)
PAYMENT = Payment.ask("1000 GBP", sender="GB/GBP", to="KE/KES", at=DAY)
REFERENCE = References(on=DAY, user={"GBP/KES": "160"}).rate("GBP", "KES")
LARGE = 100
"""A third-party charge above every fee that is drawn."""


class Fee(NamedTuple):
    """A fee between two ends, in pounds, and the third parties that are met."""

    low: int
    high: int
    unknowns: frozenset[str] = frozenset()


def quote(name: str, fee: Fee) -> Quote:
    """Price 1,000 GBP with a fee from the amount, converted at the reference."""
    steps = (take("fee", spread(str(fee.low), str(fee.high), "it"), "from_amount"), convert(spread("0")))
    made = offer(*steps, provider=name, unknowns=fee.unknowns)
    return quoted(made, PAYMENT, price(made, "pays", Fraction(1000), "GBP"), REFERENCE, "complete")


def exactly(_one: Quote, _other: Quote) -> Fraction:
    """Tell any two keys apart."""
    return Fraction(0)


def ranked(*fees: Fee, tolerance: int = 0) -> list[tuple[int | None, str]]:
    """Rank quotes named a, b, c, ... and return the places in order."""
    quotes = [quote("abcdefgh"[index], fee) for index, fee in enumerate(fees)]
    return [(one.rank, one.provider) for one in rank(quotes, lambda _one, _other: Fraction(tolerance))]


def attained(fees: Sequence[Fee]) -> list[tuple[int, int]]:
    """Try every end of every fee with and without every third-party charge; keep each one's best and worst place."""
    names = sorted(frozenset[str]().union(*(fee.unknowns for fee in fees)))
    places: list[set[int]] = [set() for _ in fees]
    for ends in product(*((fee.low, fee.high) for fee in fees)):
        for sizes in product((0, LARGE), repeat=len(names)):
            extra = dict(zip(names, sizes, strict=True))
            costs = [end + sum(extra[one] for one in fee.unknowns) for end, fee in zip(ends, fees, strict=True)]
            for index, cost in enumerate(costs):
                places[index].add(1 + sum(other < cost for other in costs))
    return [(min(found), max(found)) for found in places]


drawn_fees = st.builds(
    lambda low, more, unknowns: Fee(low, low + more, unknowns),
    st.integers(0, 6),
    st.integers(0, 4),
    st.frozensets(st.sampled_from(["correspondents:KES", "payee_bank:KE"])),
)


@given(st.lists(drawn_fees, min_size=1, max_size=4))
def test_the_places_are_those_that_some_combination_of_ends_gives(fees: list[Fee]) -> None:
    """No place is promised that no combination attains, and none that one attains is left out."""
    quotes = [quote("abcd"[index], fee) for index, fee in enumerate(fees)]
    by_name = {one.provider: one for one in rank(quotes, exactly)}
    found = [by_name["abcd"[index]].ranks for index in range(len(fees))]
    assert [places and (places.low, places.high) for places in found] == attained(fees)


@given(st.lists(drawn_fees, min_size=1, max_size=5))
def test_the_place_is_one_more_than_the_number_of_better_worst_cases(fees: list[Fee]) -> None:
    """Places are counted as at the Olympics, and the quotes come by place and then by id."""
    found = ranked(*fees)
    worst = {"abcde"[index]: fee.high for index, fee in enumerate(fees)}
    assert {name: place for place, name in found} == {
        name: 1 + sum(other < cost for other in worst.values()) for name, cost in worst.items()
    }
    assert found == sorted(found)


@given(st.permutations([Fee(5, 5), Fee(3, 9), Fee(1, 2), Fee(2, 2)]))
def test_the_order_does_not_depend_on_who_is_read_first(fees: list[Fee]) -> None:
    """The same offers in another order of reading get the same places."""
    quotes = [quote(f"bank_{fee.low}_{fee.high}", fee) for fee in fees]
    found = [(one.rank, one.provider) for one in rank(quotes, exactly)]
    assert found == [(1, "bank_1_2"), (1, "bank_2_2"), (3, "bank_5_5"), (4, "bank_3_9")]


def test_the_worst_case_decides_the_place() -> None:
    """3 to 9 comes after 5, although it could be first."""
    assert ranked(Fee(3, 9), Fee(5, 5)) == [(1, "b"), (2, "a")]


def test_a_tie_shares_its_place_and_the_next_one_is_skipped() -> None:
    """5, 5 and 7 are first, first and third."""
    assert ranked(Fee(7, 7), Fee(5, 5), Fee(5, 5)) == [(1, "b"), (1, "c"), (3, "a")]


def test_what_the_reference_cannot_tell_apart_is_a_tie() -> None:
    """Within 2 of each other 5 and 7 tie, 9 and 12 do not; without error nobody ties."""
    fees = (Fee(5, 5), Fee(7, 7), Fee(12, 12))
    assert ranked(*fees, tolerance=2) == [(1, "a"), (1, "b"), (3, "c")]
    assert ranked(*fees) == [(1, "a"), (2, "b"), (3, "c")]


def test_tied_quotes_are_listed_by_id_whatever_the_error_hides() -> None:
    """Within the error of the reference, a comes before b although b looks cheaper."""
    assert ranked(Fee(6, 6), Fee(5, 5), tolerance=2) == [(1, "a"), (1, "b")]


def test_an_error_reaches_both_ways() -> None:
    """A tie holds seen from either of the two, up to and including the error itself."""
    five, seven = quote("a", Fee(5, 5)), quote("b", Fee(7, 7))
    for one, other in ((five, seven), (seven, five)):
        assert tied(one, other, lambda _one, _other: Fraction(2))
        assert not tied(one, other, lambda _one, _other: Fraction(199, 100))


def taxed(name: str, fee: str, more: str = "0", unknowns: frozenset[str] = frozenset()) -> Quote:
    """Price 1,000 GBP with a fee and a levy whose share depends on the purpose: nothing, or 3.5 percent."""
    levy = take(
        "tax", spread(Curve.constant(0), Curve.line(Fraction(35, 1000)), "the purpose"), "on_top", owner="state"
    )
    own = spread(fee, str(int(fee) + int(more)), "it") if int(more) else spread(fee)
    made = offer(take("fee", own, "from_amount"), convert(spread("0")), levy, provider=name, unknowns=unknowns)
    return quoted(made, PAYMENT, price(made, "pays", Fraction(1000), "GBP"), REFERENCE, "complete")


def test_a_levy_that_every_offer_meets_leaves_no_doubt_between_them() -> None:
    """The purpose is the same for both: the fee of 5 beats the fee of 6, though their ranges overlap."""
    cheap, dear = taxed("a", "5"), taxed("b", "6")
    assert dear.key.low < cheap.key.high
    assert not dear.may_lead(cheap)
    assert cheap.surely_leads(dear)
    assert [(one.ranks.low, one.ranks.high) for one in rank([dear, cheap], exactly) if one.ranks] == [(1, 1), (2, 2)]


def test_ranges_of_two_providers_are_independent() -> None:
    """The same overlap in fees of their own does leave a doubt."""
    one, other = quote("a", Fee(5, 40)), quote("b", Fee(6, 41))
    assert other.may_lead(one)
    assert not one.surely_leads(other)


@given(st.lists(st.tuples(drawn_fees, st.booleans()), min_size=1, max_size=8))
def test_places_are_counted_as_if_every_pair_were_held_side_by_side(drawn: list[tuple[Fee, bool]]) -> None:
    """With and without a levy in common, the sorted count says what comparing each with each says."""
    quotes = [
        taxed("abcdefgh"[index], str(fee.low), str(fee.high - fee.low), fee.unknowns)
        if levied
        else quote("abcdefgh"[index], fee)
        for index, (fee, levied) in enumerate(drawn)
    ]
    for one in rank(quotes, exactly):
        others = [other for other in quotes if other.provider != one.provider]
        surely = sum(other.surely_leads(one) and other.unknowns <= one.unknowns for other in others)
        maybe = sum(other.may_lead(one) or bool(one.unknowns - other.unknowns) for other in others)
        assert one.ranks is not None
        assert (one.ranks.low, one.ranks.high) == (1 + surely, 1 + maybe)
