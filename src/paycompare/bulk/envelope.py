"""Which offers can be the best at an amount: a few, out of however many there are.

Within a cell of its chain an offer's figure is a line of the amount that is held fixed, give or take what rounding can
do. Where one offer's line, less its error, lies beyond another's line, more its error, at both ends of an interval of
amounts, it does so everywhere between, and the other cannot win there. What is left in each interval is walked exactly,
so nothing is decided here: offers are only ruled out, and only where that is proven.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from paycompare.bulk.cells import PRINCIPAL, Unproven
from paycompare.scenario import MOST_TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from paycompare.bulk.cells import Cell
    from paycompare.bulk.figures import Chart, Corner
    from paycompare.kernel import Kernel
    from paycompare.offer import Offer
    from paycompare.terms import Side

__all__ = ["Envelope", "envelope"]

_FEW: Final = 3
"""An interval with so many offers or fewer is not split further."""

_FINEST: Final = 64
"""Nor is one whose ends differ by less than a part in so many."""

_FLOAT_ERROR: Final = 2.0**-40
"""Share of a figure by which these lines, in binary floats, may be off: far more than they are."""


class _Line(NamedTuple):
    """The rank figure of an offer, larger is better, over the amounts from first to last.

    Attributes:
        first: The least amount, in minor units.
        last: The largest.
        slope: Rise of the figure per minor unit, in minor units of its currency.
        intercept: The figure at an amount of 0.
        below: How far the true figure may be below the line.
        above: And above it.
        sure_first: From here on the offer is surely made.
        sure_last: Up to here.
    """

    first: int
    last: int
    slope: float
    intercept: float
    below: float
    above: float
    sure_first: int
    sure_last: int

    def surely(self, low: int, high: int) -> bool:
        """Tell whether the offer is surely made at every amount between two."""
        return self.sure_first <= low and high <= self.sure_last

    def at(self, amount: int) -> tuple[float, float]:
        """Return what the figure surely reaches, and what it surely does not pass."""
        value = self.slope * amount + self.intercept
        blur = _FLOAT_ERROR * (abs(self.slope * amount) + abs(self.intercept))
        return value - self.below - blur, value + self.above + blur


class _Rival(NamedTuple):
    """The lines of an offer at each of its corners, and whether nothing worse can lie between these."""

    corners: list[list[_Line]]
    surely: bool


_NOBODY: Final = _Rival([], surely=False)
_Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Intervals of amounts with the offers that may be the best in each.

    Attributes:
        first: The least amount that it covers, in minor units.
        last: The largest.
        starts: The first amount of each interval, rising.
        offers: The places of the offers that may win in it, rising.
    """

    first: int
    last: int
    starts: list[int]
    offers: list[tuple[int, ...]]

    def covers(self, first: int, last: int) -> bool:
        """Tell whether it reaches over some amounts."""
        return self.first <= first and last <= self.last


def envelope(charts: Sequence[Chart], side: Side, currency: str, first: int, last: int) -> Envelope:
    """Rule out, interval by interval, the offers that cannot be the best.

    Args:
        charts: The offers, of one pair of currencies.
        side: Which side is held fixed.
        currency: The currency of the amounts.
        first: The least amount, in minor units.
        last: The largest.
    """
    lines = [_rival(chart, side, currency, first, last) for chart in charts]
    found: list[tuple[int, tuple[int, ...]]] = []
    work = [(first, last, tuple(range(len(charts))))]
    while work:
        low, high, offers = work.pop()
        left = _left(lines, offers, low, high)
        if len(left) <= _FEW or (high - low) * _FINEST <= low or low == high:
            found.append((low, left))
            continue
        middle = min(max(_between(low, high), low), high - 1)
        work += [(middle + 1, high, left), (low, middle, left)]
    return Envelope(first, last, [low for low, _ in found], [offers for _, offers in found])


def _between(low: int, high: int) -> int:
    """Return an amount between two, as many times the one as the other is times it."""
    return int((float(low) * float(high)) ** 0.5)


def _left(rivals: Sequence[_Rival], offers: Sequence[int], low: int, high: int) -> tuple[int, ...]:
    """Return the offers that are not proven to lose everywhere between two amounts."""
    tops: dict[int, list[_Ends]] = {}
    floors: dict[int, _Ends] = {}
    for offer in offers:
        rival = rivals[offer]
        met = [line for lines in rival.corners if (line := _over(lines, low, high)) is not None]
        tops[offer] = [(line.at(low)[1], line.at(high)[1]) for line in met]
        if met and len(met) == len(rival.corners) and rival.surely and all(line.surely(low, high) for line in met):
            # The least of several lines is above its chord, so that holding at both ends is holding between them.
            floors[offer] = (min(line.at(low)[0] for line in met), min(line.at(high)[0] for line in met))
    if not floors:
        return tuple(offers)
    size = [max(1.0, *(abs(ends[place]) for ends in floors.values())) for place in (0, 1)]
    best = {
        max(floors, key=lambda one: floors[one][0]),
        max(floors, key=lambda one: floors[one][1]),
        max(floors, key=lambda one: floors[one][0] / size[0] + floors[one][1] / size[1]),
    }
    return tuple(offer for offer in offers if not any(_beaten(tops[offer], floors[one]) for one in best))


def _beaten(tops: Sequence[_Ends], floor: _Ends) -> bool:
    """Tell whether one of the corners, and so the worst, is surely behind at both ends."""
    return any(floor[0] > top[0] and floor[1] > top[1] for top in tops)


def _over(lines: Sequence[_Line], low: int, high: int) -> _Line | None:
    """Return the line that holds at every amount between two; None where there is none."""
    index = bisect_right(lines, low, key=lambda line: line.first) - 1
    return lines[index] if index >= 0 and high <= lines[index].last else None


def _rival(chart: Chart, side: Side, currency: str, first: int, last: int) -> _Rival:
    """Return the lines of an offer; none where they cannot be told: it is not ruled out, and rules nothing out."""
    if side == "sends":
        return _NOBODY
    make = _paid_for if side == "pays" else _reaching
    try:
        corners = [list(make(chart.offer, corner, chart.offer.grid[currency], first, last)) for corner in chart.corners]
    except Unproven:
        return _NOBODY
    # Between corners that use several pieces there may be something worse than all of them.
    surely = len(corners) == 1 or all(len(lines) == 1 for lines in corners)
    return _Rival(corners, surely)


def _paid_for(offer: Offer, corner: Corner, unit: Fraction, first: int, last: int) -> Iterator[_Line]:
    """Yield what lands for what is paid; within a cell the largest principal that fits, at its end the last one."""
    kernel, table = corner.kernel, _steady(corner, offer, unit, last)
    ratio = _whole(unit / kernel.paid_unit)
    value = float(kernel.landed_unit / offer.grid[offer.payout_currency])
    starts = [_walked(kernel, cell.first)[0] for cell in table]
    from_here = [*accumulate(reversed(starts), min)][::-1]
    for cell, start, after in zip(table, from_here, [*from_here[1:], None], strict=True):
        end, landed = _walked(kernel, cell.last)
        beyond = last if after is None else (after - 1) // ratio
        low, high = max(-(-start // ratio), first), min(end // ratio, beyond, last)
        paid, line = cell.paid, cell.landed
        if paid.slope <= 0 or line.slope <= 0:
            raise Unproven
        if low <= high:
            share = line.slope / paid.slope
            yield _limited(
                offer,
                corner,
                cell,
                "pays",
                unit,
                _Line(
                    low,
                    high,
                    float(share * ratio) * value,
                    float(line.intercept - share * paid.intercept) * value,
                    float(share * paid.error + line.slope + line.error) * value,
                    float(share * paid.error + line.error) * value,
                    low,
                    high,
                ),
            )
        low = max(high + 1, low)
        if low <= min(beyond, last):
            limited = not offer.limits
            yield _Line(
                low, min(beyond, last), 0.0, landed * value, 0.0, 0.0, low if limited else 1, last if limited else 0
            )


def _reaching(offer: Offer, corner: Corner, unit: Fraction, first: int, last: int) -> Iterator[_Line]:
    """Yield what is paid for what lands, with its sign turned: within a cell the least principal that reaches it."""
    kernel, table = corner.kernel, _steady(corner, offer, unit, last)
    ratio = _whole(unit / kernel.landed_unit)
    value = float(kernel.paid_unit / offer.grid[offer.payer_currency])
    reached = 0
    dearest = 0
    for cell in table:
        (least, landed), (most, end) = _walked(kernel, cell.first), _walked(kernel, cell.last)
        if least < dearest:
            raise Unproven  # a larger principal pays less: which cell is the cheapest is not told by what it reaches
        dearest = most
        paid, line = cell.paid, cell.landed
        if paid.slope <= 0 or line.slope <= 0:
            raise Unproven
        low, high = max(reached // ratio + 1, first), min(landed // ratio, last)
        if low <= high:
            limited = not offer.limits
            yield _Line(low, high, 0.0, -least * value, 0.0, 0.0, low if limited else 1, last if limited else 0)
            low = high + 1
        high = min(end // ratio, last)
        if low <= high:
            share = paid.slope / line.slope
            yield _limited(
                offer,
                corner,
                cell,
                "gets",
                unit,
                _Line(
                    low,
                    high,
                    -float(share * ratio) * value,
                    -float(paid.intercept - share * line.intercept) * value,
                    float(share * line.error + paid.slope + paid.error) * value,
                    float(share * line.error + paid.error) * value,
                    low,
                    high,
                ),
            )
        reached = max(reached, end)


def _limited(offer: Offer, corner: Corner, cell: Cell, side: Side, unit: Fraction, line: _Line) -> _Line:
    """Say between which amounts the limits of an offer surely hold on a line."""
    low, high = line.sure_first, line.sure_last
    kernel = corner.kernel
    fixed = (cell.paid, kernel.paid_unit) if side == "pays" else (cell.landed, kernel.landed_unit)
    for limit in offer.limits:
        bounded = {
            "principal": (PRINCIPAL, kernel.grid),
            "debit": (cell.paid, kernel.paid_unit),
            "landed": (cell.landed, kernel.landed_unit),
        }[limit.of]
        if limit.of == "debit" and any(getattr(step, "bite", "") == "billed_later" for step in kernel.steps):
            return line._replace(sure_first=1, sure_last=0)
        # Both are lines of the principal; a whole principal and the errors of both lie between them, and some more.
        slack = bounded[0].slope * (2 + 2 * fixed[0].error / fixed[0].slope) + 2 * bounded[0].error
        for end, sign in ((limit.least, 1), (limit.most, -1)):
            if end is None:
                continue
            principal = (end / bounded[1] + sign * slack - bounded[0].intercept) / bounded[0].slope
            amount = fixed[0].at(principal) * fixed[1] / unit
            if sign > 0:
                low = max(low, int(amount) + 1)
            else:
                high = min(high, int(amount) - 1)
    return line._replace(sure_first=low, sure_last=high)


def _steady(corner: Corner, offer: Offer, unit: Fraction, last: int) -> list[Cell]:
    """Return the cells of a corner, in all of which neither what is paid nor what lands ever falls."""
    grid, code = offer.grid[offer.principal_currency], offer.principal_currency
    worth = unit * max(offer.values[offer.payer_currency], offer.values[offer.payout_currency])
    most = int(last * worth / offer.values[code] * MOST_TIMES / grid) + 1
    table = corner.cells(most)
    if any(cell.paid.least_rise < 0 or cell.landed.least_rise < 0 for cell in table):
        raise Unproven
    return table


def _whole(ratio: Fraction) -> int:
    if ratio.denominator != 1:
        raise Unproven
    return ratio.numerator


def _walked(kernel: Kernel, principal: int) -> tuple[int, int]:
    found = kernel.at(principal)
    if found is None:
        raise Unproven  # a cell holds only what can be walked
    return found
