"""Price an offer for a payment: one exact walk for every way in which its ranges can turn out.

Each cause is put at its cheap and at its dear end, in every combination, and where a later step falls into
another band between two ends, at the two positions on either side of that edge; from these the other causes are
followed to the edge too, because the grid of one cause may be too coarse to reach it. The attained minimum and
maximum over these walks are what a quote reports. Bands, minima, maxima and rounding make a figure
piecewise monotone in each cause, and these are the ends of its pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Final

from paycompare.offer import PLACE_CAUSE
from paycompare.search import cheapest_reaching, largest_within
from paycompare.walk import Chain, ConvertStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paycompare.offer import Offer
    from paycompare.terms import Side
    from paycompare.walk import Walk

__all__ = ["MOST_CAUSES", "MOST_TIMES", "Scenario", "price", "rank_key", "rank_keys", "steps_up", "walk_one"]

MOST_CAUSES: Final = 4
"""Causes put at both ends in every combination; an offer with more is refused when it is bound."""

_FINENESS: Final = 16
"""Halvings spent on one edge beyond those that bring two positions within a minor unit of each other."""

_ROUNDS: Final = 2
"""Rounds of looking for edges: from the corners, then from the edges found, along the other causes."""

_CHEAP, _DEAR = Fraction(0), Fraction(1)

_NONE: Final = -1
"""The cause along which a corner was found."""

MOST_TIMES: Final = 1000
"""The search looks at principals up to this many times the reference value of the amount fixed."""

_Position = tuple[Fraction, ...]
_Found = tuple[_Position, "Walk"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which the ranges of an offer can turn out.

    Attributes:
        positions: Cause to its position between its cheap end (0) and its dear end (1).
        walk: The payment carried through the chain in that case.
    """

    positions: Mapping[str, Fraction]
    walk: Walk


def price(
    offer: Offer, side: Side, fixed: Fraction, currency: str, *, near: Fraction | None = None, whole: bool = True
) -> tuple[Scenario, ...]:
    """Return every scenario of an offer for a payment.

    Args:
        offer: The offer.
        side: Which side is held fixed.
        fixed: The amount of that side.
        currency: Its currency.
        near: A principal that the answer is thought to lie near; it saves time and changes nothing.
        whole: Whether every end must be possible; else those that are possible are returned.

    Returns:
        The scenarios, all of them attained; empty when one of them cannot be made, or none when ``whole`` is off.
    """
    if not offer.causes:
        walk = walk_one(offer, side, fixed, currency, {}, near=near)
        return () if walk is None else (Scenario({}, walk),)
    ask = _Asker(offer, side, fixed, currency, near)
    found: dict[_Position, Walk] = {}
    for corner in product((_CHEAP, _DEAR), repeat=len(offer.causes)):
        walk = ask(corner)
        if walk is not None:
            found[corner] = walk
        elif whole:
            return ()
    fresh = {at: (walk, _NONE) for at, walk in found.items()}
    for _ in range(min(len(offer.causes), _ROUNDS)):
        fresh = {at: (walk, along) for at, walk, along in _edges_from(ask, fresh) if at not in found}
        found |= {at: walk for at, (walk, _) in fresh.items()}
    return tuple(Scenario(dict(zip(offer.causes, at, strict=True)), walk) for at, walk in found.items())


@dataclass(frozen=True, slots=True)
class _Asker:
    offer: Offer
    side: Side
    fixed: Fraction
    currency: str
    near: Fraction | None

    def __call__(self, at: _Position, near: Fraction | None = None) -> Walk | None:
        positions = dict(zip(self.offer.causes, at, strict=True))
        return walk_one(self.offer, self.side, self.fixed, self.currency, positions, near=near or self.near)


def _edges_from(ask: _Asker, points: Mapping[_Position, tuple[Walk, int]]) -> Iterator[tuple[_Position, Walk, int]]:
    """Yield the walks on either side of every edge between points and the ends of each cause, and which cause it was.

    Points come with the cause along which they were found: along that one, both ways have been looked at already.
    """
    for at, (walk, along) in points.items():
        for index, cause in enumerate(ask.offer.causes):
            if index == along or cause.startswith(PLACE_CAUSE):
                continue  # a place is one or the other, with nothing in between
            for end in (_CHEAP, _DEAR):
                there = (*at[:index], end, *at[index + 1 :])
                if there == at or (there in points and end < at[index]):
                    continue  # the same point, or a stretch that is looked at from its other end
                other = points[there][0] if there in points else ask(there, walk.principal)
                if other is not None:
                    halvings = _FINENESS + _apart(ask.offer, walk, other).bit_length()
                    for place, found in _edges(ask, (at, walk), (there, other), halvings):
                        yield place, found, index


def _apart(offer: Offer, one: Walk, other: Walk) -> int:
    """Return by how many minor units the figures of two walks differ at most."""
    figures = [
        (mine, its)
        for here, there in zip(one.lines, other.lines, strict=True)
        for mine, its in zip(here[1:], there[1:], strict=True)
        if isinstance(mine, Fraction) and isinstance(its, Fraction)
    ]
    figures.append((one.principal, other.principal))
    return int(max(abs(mine - its) for mine, its in figures) / min(offer.grid.values()))


def _edges(ask: _Asker, cheap: _Found, dear: _Found, halvings: int) -> Iterator[_Found]:
    """Yield the walks on either side of each switch between two positions that differ in one cause."""
    if cheap[1].signature == dear[1].signature:
        return
    if halvings == 0:
        yield cheap
        yield dear
        return
    at = tuple((low + high) / 2 for low, high in zip(cheap[0], dear[0], strict=True))
    walk = ask(at, cheap[1].principal)
    if walk is None:
        return
    yield from _edges(ask, cheap, (at, walk), halvings - 1)
    yield from _edges(ask, (at, walk), dear, halvings - 1)


def rank_key(side: Side, paid: Fraction, landed: Fraction) -> Fraction:
    """Return what a walk is ranked by, smaller is better.

    Args:
        side: Which side is held fixed.
        paid: What is paid, in the payer's currency.
        landed: What lands, at the reference in the payer's currency.

    Returns:
        ``landed`` with its sign turned when the payer's side is fixed, ``paid`` when the payee's is, and the landed
        cost as a share of paid when the principal is.
    """
    if side == "gets":
        return paid
    return -landed if side == "pays" else (paid - landed) / paid


def rank_keys(
    offer: Offer, side: Side, fixed: Fraction, currency: str, *, near: Fraction | None = None
) -> tuple[Fraction, Fraction] | None:
    """Return the best and the worst rank key of an offer for a payment; None when it cannot be made.

    Args:
        offer: The offer.
        side: Which side is held fixed.
        fixed: The amount of that side.
        currency: Its currency.
        near: A principal that the answer is thought to lie near; it saves time and changes nothing.
    """
    value = offer.values[offer.payout_currency]
    walks = [one.walk for one in price(offer, side, fixed, currency, near=near)]
    keys = [rank_key(side, walk.paid, walk.landed * value) for walk in walks]
    return (min(keys), max(keys)) if keys else None


def walk_one(
    offer: Offer,
    side: Side,
    fixed: Fraction,
    currency: str,
    positions: Mapping[str, Fraction],
    *,
    near: Fraction | None = None,
) -> Walk | None:
    """Return the walk of one scenario.

    Args:
        offer: The offer.
        side: ``pays``: the largest principal that the amount pays for; ``gets``: the least paid that lands the
            amount; ``sends``: the principal itself, or what converts to it in the other currency.
        fixed: The amount of that side.
        currency: Its currency.
        positions: Cause to its position, 0 to 1.
        near: A principal that the answer is thought to lie near; it saves time and changes nothing.

    Returns:
        The walk; None when no principal fits the amount, or its debit rounds to nothing.
    """
    chain = offer.at(positions)
    if offer.point is not None:
        return _at_point(chain.walk(offer.point), side, fixed)
    grid = offer.grid[offer.principal_currency]
    worth = fixed * offer.values[currency] / offer.values[offer.principal_currency]
    most = int(worth * MOST_TIMES / grid)
    if most < 1:
        return None
    start = None if near is None else int(near / grid)
    # The search looks beyond the limits: a maximum is no reason to leave money unspent, it makes the payment too large.
    if side == "pays":
        walk = largest_within(chain, fixed, grid=grid, least=1, most=most, near=start)
    elif side == "gets":
        walk = cheapest_reaching(chain, fixed, grid=grid, least=1, most=most, near=start)
    else:
        principal = _sent(offer, chain, fixed, currency, most)
        walk = None if principal is None else chain.walk(principal)
    # A debit that rounds to nothing is no payment: its cost would be a share of nothing.
    return walk if walk is not None and walk.paid > 0 and all(limit.holds(walk) for limit in offer.limits) else None


def _at_point(walk: Walk | None, side: Side, fixed: Fraction) -> Walk | None:
    """Return the walk of a live quote if the amount asked for is the one it is for: it is never scaled."""
    if walk is None:
        return None
    held = {"pays": walk.paid, "gets": walk.landed, "sends": walk.principal}[side]
    return walk if held == fixed else None


def _sent(offer: Offer, chain: Chain, fixed: Fraction, currency: str, most: int) -> Fraction | None:
    """Return the principal that an amount sent stands for, in the offer's instructed currency."""
    if currency == offer.principal_currency:
        return fixed
    alone = Chain(tuple(step for step in chain.steps if isinstance(step, ConvertStep)), chain.payee_instructs)
    grid = offer.grid[offer.principal_currency]
    find = largest_within if offer.instructed == "payee" else cheapest_reaching
    walk = find(alone, fixed, grid=grid, least=1, most=most)
    return None if walk is None else walk.principal


def steps_up(value: Fraction, grid: Fraction) -> int:
    """Return the least number of grid steps that reaches a value."""
    return -int(-value / grid // 1)
