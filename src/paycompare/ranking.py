"""Rank quotes by the numbers alone: worst case first, ties called ties and listed by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycompare.terms import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from paycompare.quote import Quote

__all__ = ["could_beat", "rank", "tied"]


def tied(one: Quote, other: Quote, tolerance: Callable[[Quote, Quote], Fraction]) -> bool:
    """Tell whether the worst cases of two quotes are the same, within what the reference can tell apart.

    The reference matters only between quotes that pay out different currencies; within one currency its error is shared
    and cancels.
    """
    return abs(one.key.high - other.key.high) <= tolerance(one, other)


def could_beat(one: Quote, other: Quote) -> bool:
    """Tell whether a quote can turn out better than another, ranges and unshared unknowns considered."""
    return one.may_lead(other) or bool(other.unknowns - one.unknowns)


def rank(quotes: Sequence[Quote], tolerance: Callable[[Quote, Quote], Fraction]) -> tuple[Quote, ...]:
    """Return the quotes best first, each with its place and the places it could have.

    Args:
        quotes: Quotes that may be ranked: complete or modelled.
        tolerance: Difference of two rank keys that is within the error of the reference; 0 within one currency.

    Returns:
        The quotes by worst case, then by id. Tied quotes share a place.
    """
    ordered = sorted(quotes, key=lambda quote: (quote.key.high, quote.offer.id))
    placed: list[Quote] = []
    for index, quote in enumerate(ordered):
        above = placed[-1] if placed else None
        same = above is not None and tied(quote, above, tolerance)
        place = above.rank if same and above is not None and above.rank else index + 1
        placed.append(quote.ranked(place, _places(quote, ordered)))
    return tuple(sorted(placed, key=lambda quote: (quote.rank or 0, quote.offer.id)))


def _places(quote: Quote, everyone: Sequence[Quote]) -> Range[int]:
    others = [other for other in everyone if other is not quote]
    surely_ahead = sum(other.surely_leads(quote) and other.unknowns <= quote.unknowns for other in others)
    possibly_ahead = sum(could_beat(other, quote) for other in others)
    return Range(1 + surely_ahead, 1 + possibly_ahead)
