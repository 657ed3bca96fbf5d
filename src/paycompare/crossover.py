"""Break-evens: from which amount on is another offer the cheapest?

Each offer's unrounded result is an exact curve over the amount that is held fixed; the envelope of these curves
gives the stretches, and gaps where nobody serves. Rounding moves an edge by a few minor units, so each one
is then settled by exact walks: the amount printed is the least at which the next winner wins on the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING, Final

from paycompare.curve import Curve
from paycompare.envelope import Segment, envelope
from paycompare.money import Money, as_decimal, minor_unit
from paycompare.offer import Limit
from paycompare.pieces import Edge, Piece
from paycompare.scenario import rank_keys, steps_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paycompare.offer import Offer
    from paycompare.quote import Quote
    from paycompare.terms import Side

__all__ = ["Stretch", "order_changes_at", "outcome", "stretches"]

_ZERO: Final = Fraction(0)
_FAR: Final = 1000
_SEARCHED: Final = 1 << 12
"""Grid steps on either side of an unrounded edge within which the exact one is looked for."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of amounts over which the same offers win.

    Attributes:
        start: Its least amount.
        end: The least amount of the next stretch; None at the end of the range asked for.
        winners: Ids of the winning offers, several when they are tied; empty where nobody serves.
        ended: Ids of the winners before it that do not take its amounts, so that they were not beaten.
    """

    start: Money
    end: Money | None
    winners: tuple[str, ...]
    ended: tuple[str, ...] = ()


def outcome(offer: Offer, side: Side) -> Curve:
    """Return the unrounded worst-case result of an offer over the amount held fixed.

    Args:
        offer: The offer.
        side: ``pays``: the value landed, in the payer's currency, over what is paid; ``gets``: what is paid over what
            lands, in the payer's currency over the payee's.

    Returns:
        A curve on the amounts for which the offer can be had.
    """
    worst: Curve | None = None
    for corner in product((Fraction(0), Fraction(1)), repeat=len(offer.causes)):
        paid, landed = offer.at(dict(zip(offer.causes, corner, strict=True))).curves()
        landed, within = _limited(offer, paid, landed)
        if side == "pays":
            found = landed.scale(offer.values[offer.payout_currency]).after(_largest_principal(paid))
            worst = found if worst is None else worst.lower(found)
        else:
            found = _least_paid(paid.restrict(*within), landed)
            worst = found if worst is None else worst.higher(found)
    return worst if worst is not None else Curve(())


def _limited(offer: Offer, paid: Curve, landed: Curve) -> tuple[Curve, tuple[Edge, Edge]]:
    """Return what lands within the limits of an offer, and the principals that are within them."""
    low, high = _ZERO, None
    curves = {"principal": Curve.line(1), "debit": paid, "landed": landed}
    something = Limit("landed", offer.grid[offer.payout_currency], None, offer.payout_currency)
    for limit in (something, *offer.limits):
        first = None if limit.least is None else curves[limit.of].first_at_least(limit.least)
        last = None if limit.most is None else curves[limit.of].last_at_most(limit.most)
        low = max(low, first.at) if first is not None and first.at is not None else low
        if last is not None and last.at is not None:
            high = last.at if high is None else min(high, last.at)
    within = Edge(low, closed=True), Edge(high, closed=high is not None)
    return landed.restrict(*within) if high is None or low <= high else Curve(()), within


def _largest_principal(paid: Curve) -> Curve:
    """Return what is paid to the largest principal that it pays for: each piece from its cheapest point on."""
    pieces: list[Piece] = []
    bound: Fraction | None = None
    for piece in reversed(paid.pieces):
        ends = [piece.value(piece.start), *([piece.value(piece.end)] if piece.end is not None else [])]
        cheapest = min(ends)
        if bound is not None and cheapest >= bound:
            continue
        full = ends[-1] if piece.end is not None else None
        if piece.slope > 0 and (full is None or cheapest < full):
            until = full if bound is None or (full is not None and full < bound) else bound
            inverse = Fraction(1) / piece.slope
            pieces.insert(0, _closed_open(cheapest, until, inverse, -piece.intercept * inverse))
            flat_from = until
        else:
            flat_from = cheapest
        if piece.end is not None and flat_from is not None and (bound is None or flat_from < bound):
            index = 1 if pieces and pieces[0].start == cheapest and pieces[0].end == flat_from else 0
            pieces.insert(index, _closed_open(flat_from, bound, _ZERO, piece.end))
        bound = cheapest
    return Curve([piece for piece in pieces if piece.end is None or piece.start < piece.end]).restrict(
        Edge(_ZERO, closed=True), Edge(None, closed=False)
    )


def _closed_open(start: Fraction, end: Fraction | None, slope: Fraction, intercept: Fraction) -> Piece:
    return Piece(start=start, start_closed=True, end=end, end_closed=False, slope=slope, intercept=intercept)


def _least_paid(paid: Curve, landed: Curve) -> Curve:
    """Return what shall land to the least that has to be paid for it: the lower envelope over the joint pieces."""
    branches: dict[str, Curve] = {}
    edges = sorted({*paid.edges, *landed.edges, _ZERO})
    for index, (start, end) in enumerate([*pairwise(edges), (edges[-1], None)]):
        middle = (start + end) / 2 if end is not None else start + 1
        here, there = paid.piece_at(middle), landed.piece_at(middle)
        if here is None or there is None:
            continue
        branches[str(index)] = _branch(paid.pieces[here], landed.pieces[there], start, end)
    found = envelope({key: curve for key, curve in branches.items() if curve.pieces})
    return _assembled(found, branches)


def _branch(paid: Piece, landed: Piece, start: Fraction, end: Fraction | None) -> Curve:
    cheapest = start if paid.slope >= 0 or end is None else end
    reach_there = landed.value(cheapest)
    pieces: list[Piece] = []
    if reach_there >= 0:
        level = paid.value(cheapest)
        pieces.append(
            Piece(start=_ZERO, start_closed=True, end=reach_there, end_closed=True, slope=_ZERO, intercept=level)
        )
    if landed.slope > 0 and paid.slope >= 0:
        slope = paid.slope / landed.slope
        begin = max(reach_there, _ZERO)
        top = landed.value(end) if end is not None else None
        intercept = paid.value(start) - slope * landed.value(start)
        if top is None or top > begin:
            pieces.append(Piece(begin, not pieces, top, top is not None, slope, intercept))
    return Curve(pieces)


def _assembled(segments: Sequence[Segment], curves: Mapping[str, Curve]) -> Curve:
    pieces = [piece for one in segments for piece in curves[one.keys[0]].restrict(one.start, one.end).pieces]
    return Curve(pieces)


@dataclass(frozen=True, slots=True)
class _Settler:
    """Settles edges by exact walks on the grid of the amount held fixed."""

    offers: Mapping[str, Offer]
    side: Side
    currency: str
    grid: Fraction

    def key(self, name: str, at: int) -> Fraction | None:
        """Return the worst-case rank key of an offer at an amount, smaller is better; None where it cannot be had."""
        keys = rank_keys(self.offers[name], self.side, at * self.grid, self.currency)
        return None if keys is None else keys[1]

    def winners(self, at: int, among: Sequence[str]) -> tuple[str, ...]:
        """Return who wins at an amount, exactly; nobody when none of them can be had."""
        known = {name: key for name in among if (key := self.key(name, at)) is not None}
        least = min(known.values(), default=None)
        return tuple(sorted(name for name, key in known.items() if key == least))

    def edge(self, near: Fraction, before: tuple[str, ...], after: tuple[str, ...]) -> int:
        """Return the least amount, in grid steps, from which ``after`` wins alone."""
        among = tuple(sorted({*before, *after}))
        middle = int(near / self.grid)
        reach = 1
        while reach < _SEARCHED:
            low, high = max(middle - reach, 1), middle + reach
            if not self._wins(low, among, after) and self._wins(high, among, after):
                break
            reach *= 2
        else:
            return middle + (near % self.grid != 0)
        while high - low > 1:
            between = (low + high) // 2
            low, high = (low, between) if self._wins(between, among, after) else (between, high)
        return high

    def _wins(self, at: int, among: Sequence[str], after: tuple[str, ...]) -> bool:
        return self.winners(at, among) == after


def stretches(
    offers: Mapping[str, Offer], side: Side, currency: str, span: tuple[Fraction, Fraction]
) -> tuple[Stretch, ...]:
    """Return who wins from which amount on.

    Args:
        offers: Id to offer.
        side: Which side is held fixed, ``pays`` or ``gets``.
        currency: Its currency.
        span: Where the table begins and where it ends, both included.
    """
    least, most = span
    grid = minor_unit(currency)
    within = Edge(least, closed=True), Edge(most, closed=True)
    curves = {name: outcome(offer, side).restrict(*within) for name, offer in offers.items()}
    found = envelope({name: curve for name, curve in curves.items() if curve.pieces}, highest=side == "pays")
    settler = _Settler(offers, side, currency, grid)
    starts: list[tuple[int, tuple[str, ...]]] = [(steps_up(least, grid), ())]
    for segment in _with_gaps(found, most):
        before = starts[-1][1]
        if segment.start.at is None or segment.start.at <= least:
            starts[-1] = (starts[-1][0], segment.keys)
            continue
        at = settler.edge(segment.start.at, before, segment.keys)
        if at <= starts[-1][0]:
            starts[-1] = (starts[-1][0], segment.keys)
        elif segment.keys != before:
            starts.append((at, segment.keys))
    ends: list[int | None] = [at for at, _ in starts[1:]]
    earlier = [(), *(winners for _, winners in starts[:-1])]
    return tuple(
        Stretch(
            _money(start * grid, currency),
            None if end is None else _money(end * grid, currency),
            winners,
            tuple(name for name in was if name not in winners and settler.key(name, start) is None),
        )
        for (start, winners), end, was in zip(starts, [*ends, None], earlier, strict=True)
    )


def _money(value: Fraction, code: str) -> Money:
    return Money.of(as_decimal(value), code)


def _with_gaps(segments: Sequence[Segment], most: Fraction) -> list[Segment]:
    """Fill what lies between segments, and after the last, with segments nobody wins; single points are dropped."""
    wide = [one for one in segments if one.end.at is None or one.start.at != one.end.at]
    filled: list[Segment] = []
    for segment in wide:
        if filled and filled[-1].end.at != segment.start.at:
            filled.append(Segment(filled[-1].end, segment.start, ()))
        filled.append(segment)
    if filled and filled[-1].end.at is not None and filled[-1].end.at < most:
        filled.append(Segment(filled[-1].end, Edge(most, closed=True), ()))
    return filled


def order_changes_at(quote: Quote, winner: Quote) -> Money | None:
    """Return the least amount of the fixed side, from the payment's own on, at which the order of two quotes turns.

    Args:
        quote: One offer, as priced.
        winner: The offer it is held against.

    Returns:
        The amount, settled by exact walks; None when the order stays up to a thousand times the payment's amount, or
        the principal is what is held fixed.
    """
    payment = quote.payment
    if payment.side == "sends":
        return None
    fixed, code = payment.fixed.exact, payment.fixed.currency
    offers = {"challenger": quote.offer, "winner": winner.offer}

    table = stretches(offers, payment.side, code, (fixed, fixed * _FAR))
    return next((one.start for one in table[1:] if one.winners != table[0].winners), None)
