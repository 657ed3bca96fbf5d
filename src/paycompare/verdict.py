"""The verdict: who wins, whether that is decided, and what exactly would have to be true for it to change.

``decided``: nothing that is unknown, of any size, can change the winner, and its evidence is dated and young enough.
``open``: there is no complete quote, or the best are tied. ``decided_unless``: the winner stands, with its flips.

Flips come nearest first: old or missing dates of the winner's own page, then what is already possible within
the published ranges (overlaps, estimates), then unpublished figures with the widest margin to win by, then
unshared third-party charges, smallest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, get_args

from paycompare.bound import IF_SERVED
from paycompare.money import Money, as_decimal, rounded
from paycompare.ranking import tied
from paycompare.scenario import price

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paycompare.bound import Bound
    from paycompare.quote import Quote
    from paycompare.terms import Evidence

__all__ = ["DEFAULT_MAX_AGE", "Flip", "Verdict", "verdict_of"]

DEFAULT_MAX_AGE: Final = timedelta(days=365)
"""How old the winner's evidence may be for a verdict without reservation."""

_MOST_FLIPS: Final = 3
_ZERO: Final = Fraction(0)


Kind = Literal["age", "range", "model", "margin", "charge", "serves", "failure", "third_party"]
_KINDS: Final = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Flip:
    """One thing that would change the winner.

    Attributes:
        kind: ``age``, ``range``, ``model``, ``margin``, ``charge``, ``serves``, ``failure`` or ``third_party``.
        offer: Id of the offer that would win, of the provider that could not be asked, or of the winner where its own
            page is in doubt.
        words: What would have to be true, with its number.
        nearness: Order among flips of one kind, smaller is nearer.
    """

    kind: Kind
    offer: str
    words: str
    nearness: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The answer in one line, and what it hangs on.

    Attributes:
        state: ``decided``, ``decided_unless`` or ``open``.
        best: Id of the winning offer; None when the verdict is open.
        tied: Ids of the offers that share the first place, when several do.
        flips: What would change it, nearest first, at most three.
        more: How many further flips there are.
        words: The whole verdict as text.
    """

    state: Literal["decided", "decided_unless", "open"]
    best: str | None
    tied: tuple[str, ...]
    flips: tuple[Flip, ...]
    more: int
    words: str

    def __str__(self) -> str:
        """Return the verdict as text."""
        return self.words

    def __repr__(self) -> str:
        """Return the state and the words."""
        return f"<Verdict {self.state}: {self.words}>"


def verdict_of(
    quotes: Sequence[Quote],
    bounds: Sequence[Bound],
    tolerance: Callable[[Quote, Quote], Fraction],
    max_age: timedelta = DEFAULT_MAX_AGE,
    failed: Sequence[str] = (),
) -> Verdict:
    """Judge a comparison.

    Args:
        quotes: The ranked quotes, best first.
        bounds: What could not be ranked.
        tolerance: Difference of two rank keys within the error of the reference.
        max_age: How old the winner's evidence may be.
        failed: Ids of providers that could not be asked.
    """
    complete = [quote for quote in quotes if quote.standing == "complete"]
    several = len({quote.offer.payout_currency for quote in (*quotes, *(bound.quote for bound in bounds))}) > 1
    if not complete:
        lead = f"; {quotes[0].offer.title} leads among estimates" if quotes else ""
        why = "no offer is both fully published and confirmed to serve this payment"
        return Verdict("open", None, (), (), 0, f"Open: {why}{lead or _to_ask(bounds)}.")
    winner = complete[0]
    level = [quote for quote in complete if tied(quote, winner, tolerance)]
    if len({(quote.provider, quote.offer.payout_currency) for quote in level}) > 1:
        names = tuple(quote.offer.id for quote in level)
        titles = ", ".join(_title(quote, several=several) for quote in level)
        return Verdict("open", None, names, (), 0, f"Open: a tie between {titles}.")
    doubts = sorted(
        [*_doubts(winner, quotes, bounds, max_age), *_unasked(failed)],
        key=lambda doubt: (_KINDS.index(doubt.kind), doubt.nearness, doubt.offer),
    )
    shown = tuple(doubt.flip() for doubt in doubts[:_MOST_FLIPS])
    title = _title(winner, several=several)
    if not doubts:
        return Verdict("decided", winner.offer.id, (), (), 0, f"Decided: {title}.")
    more = len(doubts) - len(shown)
    also = f"; and {more} more" if more else ""
    words = f"{title}, unless: " + "; ".join(flip.words for flip in shown) + also + "."
    return Verdict("decided_unless", winner.offer.id, (), shown, more, words)


def _to_ask(bounds: Sequence[Bound]) -> str:
    """Return what the caller can do where nothing ranks: confirm what is priced in full, or ask for a rate."""
    priced = [bound.quote for bound in bounds if not bound.quote.offer.unpublished]
    if priced:
        cheapest = min(priced, key=lambda quote: quote.key.high)
        how = "with the margin you assumed" if cheapest.offer.assumed else "in full"
        return f"; {cheapest.offer.title} is priced {how}: ask whether it serves this payment"
    return "; ask a provider for its rate and give it (rates=, --rate), or assume a margin (assume=, --assume)"


def _title(quote: Quote, *, several: bool) -> str:
    """Return what an offer is called; with its currency where the question has several."""
    offer = quote.offer
    return f"{offer.title}, in {offer.payout_currency}" if several else offer.title


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What might change a verdict; its words, which may have to be worked out, only when they are shown."""

    kind: Kind
    offer: str
    words: str | Callable[[], str]
    nearness: Fraction = _ZERO

    def flip(self) -> Flip:
        return Flip(self.kind, self.offer, self.words if isinstance(self.words, str) else self.words(), self.nearness)


def _doubts(winner: Quote, quotes: Sequence[Quote], bounds: Sequence[Bound], max_age: timedelta) -> Iterator[_Doubt]:
    yield from _aged(winner, max_age)
    estimated: set[str] = set()
    for quote in quotes:
        if quote is winner:
            continue
        leads = quote.may_lead(winner)
        if quote.standing == "modelled" and leads:
            if quote.live is not None and quote.provider in estimated:
                continue  # a dearer estimate of the same provider, such as that for payers in another country
            estimated.add(quote.provider)
            assumed = "; ".join(quote.offer.modelled)
            yield _Doubt("model", quote.offer.id, f"{quote.offer.title} is as cheap as estimated ({assumed})")
        elif quote.standing == "complete" and leads:
            yield _Doubt("range", quote.offer.id, f"{quote.offer.title} turns out at the cheap end of its range")
    for bound in bounds:
        if bound.beats_winner:
            yield from _of_bound(bound)
    yield from _third_parties(winner, [*quotes, *(bound.quote for bound in bounds if not bound.beats_winner)])


def _unasked(failed: Sequence[str]) -> Iterator[_Doubt]:
    for provider in dict.fromkeys(failed):
        yield _Doubt("failure", provider, f"{provider}, which could not be asked or read, is cheaper")


def _aged(winner: Quote, max_age: timedelta) -> Iterator[_Doubt]:
    on = winner.payment.on
    seen: set[Evidence] = set()
    own = ("its price", winner.evidence)
    for what, evidence in (own, *((part.name.replace("_", " "), part.evidence) for part in winner.parts)):
        if evidence in seen or evidence.kind == "law" or (evidence.kind == "user" and evidence.day is None):
            continue
        seen.add(evidence)
        if evidence.day is None:
            yield _Doubt("age", winner.offer.id, f"{what} has changed: its page is undated")
        elif on - evidence.day >= max_age:
            was = "it was collected" if evidence.kind == "user" else "its page was"
            yield _Doubt("age", winner.offer.id, f"{what} has changed: {was} {evidence.age(on)} ago")


def _of_bound(bound: Bound) -> Iterator[_Doubt]:
    offer = bound.quote.offer
    for index, one in enumerate(offer.unpublished):
        kind: Kind = "charge" if one.kind == "charge" else "margin"
        yield _Doubt(kind, offer.id, partial(_threshold_words, bound, index), -bound.room)
    if not offer.unpublished:
        yield _Doubt("serves", offer.id, f"{offer.title} wins if it holds: {'; '.join(bound.why)}")


def _threshold_words(bound: Bound, index: int) -> str:
    served = IF_SERVED if bound.quote.offer.unconfirmed else ""
    return f"{bound.quote.offer.title} wins {bound.thresholds[index].words}{served}"


def _third_parties(winner: Quote, rivals: Sequence[Quote]) -> Iterator[_Doubt]:
    """Yield what unshared third-party charges would have to take from the winner for the nearest rival to pass it.

    A rival of which everything is known is taken at its worst, any other at its best.
    """
    nearest: dict[frozenset[str], tuple[Fraction, Quote]] = {}
    for rival in rivals:
        alone = winner.unknowns - rival.unknowns
        known = rival.standing == "complete"
        if alone and (known or not rival.may_lead(winner)):
            lead = _lead(winner, rival)
            if alone not in nearest or lead < nearest[alone][0]:
                nearest[alone] = lead, rival
    for alone, (lead, rival) in nearest.items():
        code = winner.offer.payout_currency
        wins = "wins" if rival.standing == "complete" else "wins at its best"
        room = Money.of(as_decimal(rounded(lead, winner.offer.grid[code], "up")), code)
        words = f"{' and '.join(sorted(alone))} take more than {room} on the way ({rival.offer.title} then {wins})"
        yield _Doubt("third_party", rival.offer.id, words, lead)


def _lead(winner: Quote, rival: Quote) -> Fraction:
    """Return by how much the winner's worst case leads, in the payee's currency."""
    offer = winner.offer
    value = offer.values[offer.payout_currency]
    case = rival.worst if rival.standing == "complete" else rival.best
    here, there = winner.worst.figures, case.figures
    if winner.payment.side == "pays":
        return (here.landed - there.landed) / value
    if winner.payment.side == "gets":  # what the winner lands beyond the target for what the rival is paid
        walks = [one.walk for one in price(offer, "pays", there.paid, offer.payer_currency)]
        return max(min((walk.landed for walk in walks), default=_ZERO) - winner.payment.fixed.exact, _ZERO)
    share = (there.paid - there.landed) / there.paid - (here.paid - here.landed) / here.paid
    return max(share, _ZERO) * here.paid / value
