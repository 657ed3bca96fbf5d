"""The principals that a column of purses pays for, or that makes a column of targets land.

The cells of a chain (`paycompare.bulk.cells`) say beforehand in which of them each answer lies, by one search in a
sorted table, and between which principals; there a fixed number of exact walks finds it, by halving where the amount
never falls, else one by one. What the table cannot settle is said, and searched for one by one elsewhere.
"""

from __future__ import annotations

from itertools import accumulate
from math import ceil, floor, lcm
from typing import TYPE_CHECKING, Final, NamedTuple

from paycompare.bulk.cells import Unproven
from paycompare.bulk.columns import Column, apart, constant, joined
from paycompare.bulk.lane import carry, paid_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from paycompare.bulk.cells import Cell, Line
    from paycompare.kernel import Kernel

__all__ = ["Found", "cheapest_reaching", "largest_within"]

_MOST_HALVINGS: Final = 24
_MOST_SINGLE_STEPS: Final = 12


class Found(NamedTuple):
    """A principal for each row.

    Attributes:
        principals: In counts of the grid; where there is none, a number without a meaning that can be walked.
        there: Where there is one; None for everywhere.
        settled: Where this is known to be the answer; None for everywhere.
    """

    principals: Column
    there: pl.Series | None
    settled: pl.Series | None


class _Window(NamedTuple):
    """Between which principals an answer lies, both included; and how many may lie between, at most."""

    low: Column
    high: Column
    width: int


def largest_within(kernel: Kernel, table: Sequence[Cell], room: Column) -> Found | None:
    """Return the largest principal that pays at most what there is room for.

    Args:
        kernel: The chain in whole numbers.
        table: Its cells, up to the largest principal that matters.
        room: The most that may be paid, in counts of the kernel's unit of what is paid.

    Returns:
        The principals; None when no row has one.

    Raises:
        Unproven: The cells of the chain cannot be told.
        TooWide: A number may not fit into 128 bits.
    """
    table = [cell for cell in table if _least(kernel, cell) <= room.high]
    if not table:
        return None
    least = [_least(kernel, cell) for cell in table]
    from_here = list(accumulate(reversed(least), min))[::-1]  # what this cell or one after it pays at the least
    windows = [_window(room, cell, cell.paid, reach=False) for cell in table]
    window = _chosen(room, from_here, windows)

    def fits(principals: Column) -> pl.Series:
        return room.reaches(paid_of(kernel, principals))

    there = apart(None, room.at_least(from_here[0]))
    if all(cell.paid.least_rise >= 0 for cell in table):
        return Found(_halved(window, fits, down=True), there, None)
    found = _stepped(window, fits, -1)
    return Found(found, there, apart(None, fits(found)))


def cheapest_reaching(kernel: Kernel, table: Sequence[Cell], goal: Column) -> Found | None:
    """Return the principal that pays least of those that land a target, of equals the least.

    Args:
        kernel: The chain in whole numbers.
        table: Its cells, up to the largest principal that matters.
        goal: What must land, in counts of the kernel's unit of what lands.

    Returns:
        The principals; None when no row has one.

    Raises:
        Unproven: The cells of the chain cannot be told, or within one a larger principal pays less.
        TooWide: A number may not fit into 128 bits.
    """
    table = _needed(kernel, table, goal)
    if not table:
        return None
    if any(cell.paid.least_rise < 0 for cell in table):
        raise Unproven
    reach = list(accumulate((_farthest(kernel, cell) for cell in table), max))
    starts = [goal.low, *(past + 1 for past in reach[:-1])]
    window = _chosen(goal, starts, [_window(goal, cell, cell.landed, reach=True) for cell in table])

    def reaches(principals: Column) -> pl.Series:
        return carry(kernel, principals).landed.reaches(goal)

    steady = all(cell.landed.least_rise >= 0 for cell in table)
    found = _halved(window, reaches, down=False) if steady else _stepped(window, reaches, 1)
    settled = None if steady else apart(None, reaches(found))
    limit = _cheapest_after(kernel, table, goal, starts)
    if limit is not None:
        settled = apart(settled, limit.reaches(paid_of(kernel, found)))
    return Found(found, apart(None, ~goal.at_least(reach[-1] + 1)), settled)


def _needed(kernel: Kernel, table: Sequence[Cell], goal: Column) -> list[Cell]:
    """Return the cells up to the last that a target may need: those after it cost more and are never chosen."""
    kept: list[Cell] = []
    reached = 0
    cheapest_after = [*accumulate((_least(kernel, cell) for cell in reversed(table)), min)][::-1]
    for cell, cheapest in zip(table, [*cheapest_after[1:], None], strict=False):
        kept.append(cell)
        reached = max(reached, _farthest(kernel, cell))
        if reached >= goal.high and cheapest is not None and _most(kernel, cell) <= cheapest:
            break
    return kept


def _least(kernel: Kernel, cell: Cell) -> int:
    """Return a lower bound of what a cell pays, exact where what is paid never falls."""
    if cell.paid.least_rise >= 0:
        return _walked(kernel, cell.first)[0]
    return floor(min(cell.paid.at(cell.first), cell.paid.at(cell.last)) - cell.paid.error)


def _most(kernel: Kernel, cell: Cell) -> int:
    if cell.paid.least_rise >= 0:
        return _walked(kernel, cell.last)[0]
    return ceil(max(cell.paid.at(cell.first), cell.paid.at(cell.last)) + cell.paid.error)


def _farthest(kernel: Kernel, cell: Cell) -> int:
    """Return an upper bound of what a cell lands, exact where what lands never falls."""
    if cell.landed.least_rise >= 0:
        return _walked(kernel, cell.last)[1]
    return ceil(max(cell.landed.at(cell.first), cell.landed.at(cell.last)) + cell.landed.error)


def _walked(kernel: Kernel, principal: int) -> tuple[int, int]:
    found = kernel.at(principal)
    if found is None:
        raise Unproven  # a cell holds only what can be walked
    return found


def _window(wanted: Column, cell: Cell, line: Line, *, reach: bool) -> _Window:
    """Return between which principals of a cell the answer lies, if it lies in this cell.

    Args:
        wanted: What is paid or lands.
        cell: The cell.
        line: What is paid or lands within it.
        reach: Whether the least principal that reaches it is wanted, or the largest that stays within it.
    """
    if cell.first == cell.last:
        return _Window(constant(cell.first), constant(cell.first), 0)
    if line.slope <= 0:
        raise Unproven
    ends = []
    for error in (-line.error, line.error):
        slope = 1 / line.slope
        intercept = (error - line.intercept) * slope
        under = lcm(slope.denominator, intercept.denominator)
        up, start = int(slope * under), int(intercept * under)
        at = wanted.floored(-up, -start, under).times(-1) if reach else wanted.floored(up, start, under)
        ends.append(at.raised(cell.first).lowered(cell.last))
    return _Window(ends[0], ends[1], min(floor(2 * line.error / line.slope) + bool(line.error), cell.last - cell.first))


def _chosen(wanted: Column, starts: Sequence[int], windows: Sequence[_Window]) -> _Window:
    """Return the window of the last cell whose start each row reaches; of the first cell where it reaches none."""
    low, high, width = windows[0]
    for start, window in zip(starts[1:], windows[1:], strict=True):
        here = wanted.at_least(start)
        low, high = joined(here, window.low, low), joined(here, window.high, high)
        width = max(width, window.width)
    return _Window(low, high, width)


def _cheapest_after(kernel: Kernel, table: Sequence[Cell], goal: Column, starts: Sequence[int]) -> Column | None:
    """Return the least that any cell after that of each row pays; None where that is never less than its own."""
    after = [*accumulate((_least(kernel, cell) for cell in reversed(table)), min)][::-1][1:]
    if all(_most(kernel, cell) <= least for cell, least in zip(table, after, strict=False)):
        return None
    endless = max(_most(kernel, cell) for cell in table)
    limit = constant(after[0])
    for start, least in zip(starts[1:], [*after[1:], endless], strict=True):
        limit = joined(goal.at_least(start), constant(least), limit)
    return limit


def _halved(window: _Window, holds: Callable[[Column], pl.Series], *, down: bool) -> Column:
    """Halve until one principal is left: the largest that holds, where those below hold too, or the least.

    Args:
        window: Where to look; of its ends the one that surely holds is the low one for the largest.
        holds: Whether principals hold.
        down: Whether the largest is wanted, which those below it hold with.
    """
    low, high, width = window
    if width.bit_length() > _MOST_HALVINGS:
        raise Unproven
    for _ in range(width.bit_length()):
        middle = (low + high).floored(1, int(down), 2)
        held = holds(middle)
        if down:
            low, high = joined(held, middle, low), joined(held, high, middle.shifted(-1))
        else:
            low, high = joined(held, low, middle.shifted(1)), joined(held, middle, high)
    return low


def _stepped(window: _Window, holds: Callable[[Column], pl.Series], step: int) -> Column:
    """Try every principal of a window, from above (-1) or from below (1), and stay at the first that holds."""
    low, high, width = window
    if width > _MOST_SINGLE_STEPS:
        raise Unproven
    at = high if step < 0 else low
    for _ in range(width):
        moved = at.shifted(step)  # never out of the window: what lies beyond may belong to another cell, or to none
        at = joined(holds(at), at, moved.most(low) if step < 0 else moved.least(high))
    return at
