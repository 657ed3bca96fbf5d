"""Rank quotes by the numbers alone: worst case first, ties called ties and listed by id."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from paycompare.terms import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from paycompare.quote import Quote

__all__ = ["rank", "tied"]


def tied(one: Quote, other: Quote, tolerance: Callable[[Quote, Quote], Fraction]) -> bool:
    """Tell whether the worst cases of two quotes are the same, within what the reference can tell apart.

    The reference matters only between quotes that pay out different currencies; within one currency its error is shared
    and cancels.
    """
    return abs(one.key.high - other.key.high) <= tolerance(one, other)


def rank(quotes: Sequence[Quote], tolerance: Callable[[Quote, Quote], Fraction]) -> tuple[Quote, ...]:
    """Return the quotes best first, each with its place and the places it could have.

    Args:
        quotes: Quotes that may be ranked: complete or modelled.
        tolerance: Difference of two rank keys that is within the error of the reference; 0 within one currency.

    Returns:
        The quotes by worst case, then by id. Tied quotes share a place.
    """
    ordered = sorted(quotes, key=lambda quote: (quote.key.high, quote.offer.id))
    everyone = _Everyone(ordered)
    placed: list[Quote] = []
    for index, quote in enumerate(ordered):
        above = placed[-1] if placed else None
        same = above is not None and tied(quote, above, tolerance)
        place = above.rank if same and above is not None and above.rank else index + 1
        placed.append(quote.ranked(place, everyone.places(quote)))
    return tuple(sorted(placed, key=lambda quote: (quote.rank or 0, quote.offer.id)))


class _Everyone:
    """All quotes of a ranking, sorted so that those which surely lead or trail another are counted and not compared."""

    def __init__(self, quotes: Sequence[Quote]) -> None:
        self._groups: dict[frozenset[str], list[Quote]] = {}
        for quote in sorted(quotes, key=lambda quote: quote.key.low):
            self._groups.setdefault(quote.unknowns, []).append(quote)
        self._lows = {unknowns: [quote.key.low for quote in group] for unknowns, group in self._groups.items()}
        self._highs = {unknowns: sorted(quote.key.high for quote in group) for unknowns, group in self._groups.items()}

    def places(self, quote: Quote) -> Range[int]:
        """Return the best and the worst place that a quote could have.

        One with third-party charges that the quote does not meet is never surely ahead of it, and one without some that
        the quote meets may always be. Only ranges that overlap are held side by side.
        """
        surely_ahead = possibly_ahead = 0
        for unknowns, group in self._groups.items():
            whole = bisect_left(self._highs[unknowns], quote.key.low)
            reaching = group[: bisect_left(self._lows[unknowns], quote.key.high)]
            overlapping = [other for other in reaching if other.key.high >= quote.key.low and other is not quote]
            if unknowns <= quote.unknowns:
                surely_ahead += whole + sum(other.surely_leads(quote) for other in overlapping)
            if quote.unknowns - unknowns:
                possibly_ahead += len(group)
            else:
                possibly_ahead += whole + sum(other.may_lead(quote) for other in overlapping)
        return Range(1 + surely_ahead, 1 + possibly_ahead)
