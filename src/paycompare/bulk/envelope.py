"""Which offers can be the best at an amount: a few, out of however many there are.

Offers rank by what lands, over what is paid where that is not held fixed too. Within a cell of its chain both are lines
of the amount that is held fixed, give or take what rounding can do. Where the least that one offer may reach lies
beyond the most that another may reach everywhere in an interval of amounts, the other cannot win there. What is left in
each interval is walked exactly, so nothing is decided here: offers are only ruled out, and only where that is proven.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from paycompare.bulk.cells import PRINCIPAL, Unproven
from paycompare.scenario import MOST_TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paycompare.bulk.cells import Cell, Line
    from paycompare.bulk.figures import Chart, Corner
    from paycompare.kernel import Kernel
    from paycompare.offer import Limit, Offer
    from paycompare.terms import Side

__all__ = ["Envelope", "envelope"]

_FEW: Final = 3
"""An interval with so many offers or fewer is not split further."""

_FINEST: Final = 64
"""Nor is one whose ends differ by less than a part in so many."""

_FLOAT_ERROR: Final = 2.0**-40
"""Share of a figure by which these lines, in binary floats, may be off: far more than they are."""


class _Figure(NamedTuple):
    """A figure as a line of the amount.

    Attributes:
        slope: Rise per minor unit of the amount, in minor units of the figure's currency.
        intercept: The figure at an amount of 0.
        below: How far the true figure may be below the line.
        above: And above it.
    """

    slope: float
    intercept: float
    below: float = 0.0
    above: float = 0.0

    def at(self, amount: int) -> tuple[float, float]:
        """Return what the figure surely reaches, and what it surely does not pass."""
        value = self.slope * amount + self.intercept
        blur = _FLOAT_ERROR * (abs(self.slope * amount) + abs(self.intercept))
        return value - self.below - blur, value + self.above + blur


_ONE: Final = _Figure(0.0, 1.0)
"""Stands for the side that is held fixed: it is the same for everybody."""


class _Ends(NamedTuple):
    """What lands and what is paid at the two ends of an interval."""

    landed: tuple[float, float]
    paid: tuple[float, float]

    def shares(self) -> tuple[float, float]:
        """Return what lands over what is paid; larger is better."""
        return self.landed[0] / self.paid[0], self.landed[1] / self.paid[1]


class _Line(NamedTuple):
    """What an offer makes of the amounts from first to last.

    Attributes:
        first: The least amount, in minor units.
        last: The largest.
        landed: What lands.
        paid: What is paid.
        sure_first: From here on the offer is surely made.
        sure_last: Up to here.
    """

    first: int
    last: int
    landed: _Figure
    paid: _Figure
    sure_first: int
    sure_last: int

    def surely(self, low: int, high: int) -> bool:
        """Tell whether the offer is surely made at every amount between two."""
        return self.sure_first <= low and high <= self.sure_last

    def floor(self, low: int, high: int) -> _Ends:
        """Return the least that may land, and the most that may be paid."""
        landed, paid = self.landed, self.paid
        return _Ends((landed.at(low)[0], landed.at(high)[0]), (paid.at(low)[1], paid.at(high)[1]))

    def top(self, low: int, high: int) -> _Ends:
        """Return the most that may land, and the least that may be paid."""
        landed, paid = self.landed, self.paid
        return _Ends((landed.at(low)[1], landed.at(high)[1]), (paid.at(low)[0], paid.at(high)[0]))


class _Rival(NamedTuple):
    """The lines of an offer at each of its corners, and whether nothing worse can lie between these."""

    corners: list[list[_Line]]
    surely: bool


_NOBODY: Final = _Rival([], surely=False)
_NOUGHT: Final = Fraction(0)
_Fixed = tuple["Line", Fraction]


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
        tops[offer] = [line.top(low, high) for line in met]
        if met and len(met) == len(rival.corners) and rival.surely and all(line.surely(low, high) for line in met):
            floors[offer] = _least([line.floor(low, high) for line in met])
    if not floors:
        return tuple(offers)
    shares = {offer: floor.shares() for offer, floor in floors.items()}
    size = [max(abs(each[place]) for each in shares.values()) or 1.0 for place in (0, 1)]
    best = {
        max(shares, key=lambda one: shares[one][0]),
        max(shares, key=lambda one: shares[one][1]),
        max(shares, key=lambda one: shares[one][0] / size[0] + shares[one][1] / size[1]),
    }
    # One of the corners that is behind is enough: the worst is not better.
    return tuple(offer for offer in offers if not any(_behind(top, floors[one]) for one in best for top in tops[offer]))


def _least(ends: Sequence[_Ends]) -> _Ends:
    """Return what is not better than any: the least of several lines is above its chord, the most is below."""
    landed, paid = zip(*ends, strict=True)
    return _Ends(
        (min(one[0] for one in landed), min(one[1] for one in landed)),
        (max(one[0] for one in paid), max(one[1] for one in paid)),
    )


def _behind(top: _Ends, floor: _Ends) -> bool:
    """Tell whether the share of one stays below that of another everywhere between the ends.

    The difference of the cross products is a quadratic; it is positive where its Bernstein coefficients are.
    """
    (landed, landed_after), (paid, paid_after) = top
    (least, least_after), (most, most_after) = floor
    return (
        paid > 0
        and paid_after > 0
        and least * paid > landed * most
        and least_after * paid_after > landed_after * most_after
        and least * paid_after + least_after * paid > landed * most_after + landed_after * most
    )


def _over(lines: Sequence[_Line], low: int, high: int) -> _Line | None:
    """Return the line that holds at every amount between two; None where there is none."""
    index = bisect_right(lines, low, key=lambda line: line.first) - 1
    return lines[index] if index >= 0 and high <= lines[index].last else None


def _rival(chart: Chart, side: Side, currency: str, first: int, last: int) -> _Rival:
    """Return the lines of an offer; none where they cannot be told: it is not ruled out, and rules nothing out."""
    make = {"pays": _paid_for, "sends": _sent, "gets": _reaching}[side]
    offer = chart.offer
    unit, code = offer.grid[currency], offer.principal_currency
    ceiling = unit * offer.values[currency] / offer.values[code] * MOST_TIMES / offer.grid[code]
    try:
        grounds = [_Ground(offer, corner, currency, unit, ceiling, first, last) for corner in chart.corners]
        corners = [list(make(ground)) for ground in grounds]
    except Unproven:
        return _NOBODY
    # Between corners that use several pieces there may be something worse than all of them.
    surely = len(corners) == 1 or all(len(lines) == 1 for lines in corners)
    return _Rival(corners, surely)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the lines of one corner of an offer are made from.

    Attributes:
        offer: The offer.
        corner: Its chain with every cause at an end.
        currency: The currency of the amounts.
        unit: Its minor unit.
        ceiling: The largest principal that is looked at, per minor unit of the amount.
        first: The least amount.
        last: The largest.
    """

    offer: Offer
    corner: Corner
    currency: str
    unit: Fraction
    ceiling: Fraction
    first: int
    last: int

    def cells(self, *, rising: bool) -> list[Cell]:
        """Return the cells of the chain; ``rising`` asks that no amount falls from one principal to the next."""
        offer, code = self.offer, self.offer.principal_currency
        worth = self.unit * max(offer.values[offer.payer_currency], offer.values[offer.payout_currency])
        most = int(self.last * worth / offer.values[code] * MOST_TIMES / offer.grid[code]) + 1
        table = self.corner.cells(most)
        for cell in table:
            if rising and (cell.paid.least_rise < 0 or cell.landed.least_rise < 0):
                raise Unproven
            if cell.paid.slope <= 0 or cell.landed.slope <= 0:
                raise Unproven
        return table

    def landed(self, slope: Fraction, intercept: Fraction, below: Fraction, above: Fraction) -> _Figure:
        """Return what lands, from counts of the kernel."""
        value = self.corner.kernel.landed_unit / self.offer.grid[self.offer.payout_currency]
        return _Figure(*(float(one * value) for one in (slope, intercept, below, above)))

    def paid(self, slope: Fraction, intercept: Fraction, below: Fraction, above: Fraction) -> _Figure:
        """Return what is paid, from counts of the kernel."""
        value = self.corner.kernel.paid_unit / self.offer.grid[self.offer.payer_currency]
        return _Figure(*(float(one * value) for one in (slope, intercept, below, above)))

    def level(self, principal: int, low: int, high: int, landed: _Figure, paid: _Figure, *, made: bool) -> _Line:
        """Return a line of amounts that all have the same principal."""
        surely = made and not self.offer.limits
        return _Line(low, high, landed, paid, max(low, _past(principal / self.ceiling)) if surely else high + 1, high)

    def along(
        self, cell: Cell, low: int, high: int, landed: _Figure, paid: _Figure, fixed: _Fixed, sure: Fraction
    ) -> _Line:
        """Return a line of a cell.

        Args:
            cell: The cell.
            low: The least amount.
            high: The largest.
            landed: What lands.
            paid: What is paid.
            fixed: What the amount is, as a line of the principal, and its unit.
            sure: Beyond this amount something is surely debited.
        """
        line, unit = fixed
        slope = self.unit / unit / line.slope
        if slope >= self.ceiling:
            return _Line(low, high, landed, paid, high + 1, high)
        looked_at = ((line.error - line.intercept) / line.slope + 2) / (self.ceiling - slope)
        first, last = max(low, _past(sure), _past(looked_at)), high
        for limit in self.offer.limits:
            least, most = self._between(limit, cell, fixed)
            first, last = max(first, least), min(last, most)
        return _Line(low, high, landed, paid, first, last)

    def _between(self, limit: Limit, cell: Cell, fixed: _Fixed) -> tuple[int, int]:
        """Return between which amounts a limit surely holds."""
        kernel, (line, unit) = self.corner.kernel, fixed
        bounded, its_unit = {
            "principal": (PRINCIPAL, kernel.grid),
            "debit": (cell.paid, kernel.paid_unit),
            "landed": (cell.landed, kernel.landed_unit),
        }[limit.of]
        if limit.of == "debit" and any(getattr(step, "bite", "") == "billed_later" for step in kernel.steps):
            return self.last + 1, self.last
        # Both are lines of the principal; a whole principal and the errors of both lie between them, and some more.
        slack = bounded.slope * (2 + 2 * line.error / line.slope) + 2 * bounded.error

        def amount(end: Fraction, slack: Fraction) -> Fraction:
            principal = (end / its_unit + slack - bounded.intercept) / bounded.slope
            return line.at(principal) * unit / self.unit

        least = self.first if limit.least is None else _past(amount(limit.least, slack))
        most = self.last if limit.most is None else int(amount(limit.most, -slack)) - 1
        return least, most


def _paid_for(ground: _Ground) -> Iterator[_Line]:
    """Yield what lands for what is paid; within a cell the largest principal that fits, at its end the last one."""
    kernel, table, last = ground.corner.kernel, ground.cells(rising=True), ground.last
    ratio = _whole(ground.unit / kernel.paid_unit)
    starts = [_walked(kernel, cell.first)[0] for cell in table]
    from_here = [*accumulate(reversed(starts), min)][::-1]
    for cell, start, after in zip(table, from_here, [*from_here[1:], None], strict=True):
        end, landed = _walked(kernel, cell.last)
        beyond = last if after is None else (after - 1) // ratio
        low, high = max(-(-start // ratio), ground.first), min(end // ratio, beyond, last)
        paid, line = cell.paid, cell.landed
        if low <= high:
            share = line.slope / paid.slope
            error = share * paid.error + line.error
            figure = ground.landed(share * ratio, line.intercept - share * paid.intercept, error + line.slope, error)
            sure = Fraction(paid.most_rise - 1, ratio)
            yield ground.along(cell, low, high, figure, _ONE, (paid, kernel.paid_unit), sure)
        low = max(high + 1, low)
        if low <= min(beyond, last):
            figure = ground.landed(_NOUGHT, Fraction(landed), _NOUGHT, _NOUGHT)
            yield ground.level(cell.last, low, min(beyond, last), figure, _ONE, made=end > 0)


def _reaching(ground: _Ground) -> Iterator[_Line]:
    """Yield what is paid for what lands: within a cell the least principal that reaches it."""
    kernel, last = ground.corner.kernel, ground.last
    ratio = _whole(ground.unit / kernel.landed_unit)
    reached = 0
    dearest = 0
    for cell in ground.cells(rising=True):
        (least, landed), (most, end) = _walked(kernel, cell.first), _walked(kernel, cell.last)
        if least < dearest:
            raise Unproven  # a larger principal pays less: which cell is the cheapest is not told by what it reaches
        dearest = most
        paid, line = cell.paid, cell.landed
        low, high = max(reached // ratio + 1, ground.first), min(landed // ratio, last)
        if low <= high:
            figure = ground.paid(_NOUGHT, Fraction(least), _NOUGHT, _NOUGHT)
            yield ground.level(cell.first, low, high, _ONE, figure, made=least > 0)
            low = high + 1
        high = min(end // ratio, last)
        if low <= high:
            share = paid.slope / line.slope
            error, intercept = share * line.error + paid.error, paid.intercept - share * line.intercept
            figure = ground.paid(share * ratio, intercept, error, error + paid.slope)
            sure = (error - intercept) / (share * ratio)
            yield ground.along(cell, low, high, _ONE, figure, (line, kernel.landed_unit), sure)
        reached = max(reached, end)


def _sent(ground: _Ground) -> Iterator[_Line]:
    """Yield what lands and what is paid for what is sent, which is the principal, or converts to it."""
    offer, kernel = ground.offer, ground.corner.kernel
    own = ground.currency == offer.principal_currency
    fixed, least = ((PRINCIPAL, kernel.grid), _exactly(ground)) if own else _converted(ground)
    line, unit = fixed
    slope = ground.unit / unit / line.slope
    start, error = -line.intercept / line.slope, line.error / line.slope
    if not own:  # the next whole principal on one side: half of one to either side of the middle
        start += Fraction(-1 if offer.instructed == "payee" else 1, 2)
        error += Fraction(1, 2)
    for cell in ground.cells(rising=False):
        low, high = max(least(cell.first), ground.first), min(least(cell.last + 1) - 1, ground.last)
        if low > high:
            continue
        landed, paid = (
            (one.slope * slope, one.at(start), *[one.error + one.slope * error] * 2) for one in (cell.landed, cell.paid)
        )
        sure = (paid[2] - paid[1]) / paid[0]
        yield ground.along(cell, low, high, ground.landed(*landed), ground.paid(*paid), fixed, sure)


def _exactly(ground: _Ground) -> Callable[[int], int]:
    """Return what gives the least amount that is at least a principal, in its own currency."""
    ratio = _whole(ground.unit / ground.corner.kernel.grid)
    return lambda principal: -(-principal // ratio)


def _converted(ground: _Ground) -> tuple[_Fixed, Callable[[int], int]]:
    """Return what a principal converts to, and what gives the least amount whose principal is at least another."""
    alone = ground.corner.alone
    table = [] if alone is None else ground.corner.cells(int(ground.ceiling * ground.last), alone=True)
    if alone is None or len(table) != 1:
        raise Unproven
    (cell,) = table
    backwards = ground.offer.instructed == "payee"
    line, unit = (cell.paid, alone.paid_unit) if backwards else (cell.landed, alone.landed_unit)
    if line.least_rise < 0 or line.slope <= 0:
        raise Unproven
    ratio = _whole(ground.unit / unit)

    def least(principal: int) -> int:
        if backwards:  # the largest that it pays for
            return -(-_walked(alone, principal)[0] // ratio)
        return _walked(alone, principal - 1)[1] // ratio + 1 if principal > 1 else 1  # the least that reaches it

    return (line, unit), least


def _past(amount: Fraction) -> int:
    """Return the least whole number beyond another."""
    return amount.numerator // amount.denominator + 1


def _whole(ratio: Fraction) -> int:
    if ratio.denominator != 1:
        raise Unproven
    return ratio.numerator


def _walked(kernel: Kernel, principal: int) -> tuple[int, int]:
    found = kernel.at(principal)
    if found is None:
        raise Unproven  # a cell holds only what can be walked
    return found
