"""A slow reference for piecewise-linear functions: plain scans over raw pieces.

A raw piece is ``(start, start_closed, end, end_closed, slope, intercept)``; a raw function is a list of them.

Everything rests on one remark. Cut the numbers from 0 on at every point where anything can happen. What is
left are single points and open stretches, and inside an open stretch nothing happens: one sample tells which
pieces apply and how any comparison comes out, and two samples tell a straight line from another.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Raw = tuple[Fraction, bool, Fraction | None, bool, Fraction, Fraction]
Function = Callable[[Fraction], Fraction | None]


class Cell(NamedTuple):
    """A single point (low == high) or an open stretch, with samples inside it; high None is infinity."""

    low: Fraction
    high: Fraction | None
    samples: tuple[Fraction, ...]

    @property
    def is_point(self) -> bool:
        """Whether the cell is a single number."""
        return self.low == self.high


def piece_of(raw: Sequence[Raw], x: Fraction) -> Raw | None:
    """Return the piece that holds x."""
    for piece in raw:
        start, start_closed, end, end_closed, _, _ = piece
        above = x > start or (start_closed and x == start)
        below = end is None or x < end or (end_closed and x == end)
        if above and below:
            return piece
    return None


def value(raw: Sequence[Raw], x: Fraction) -> Fraction | None:
    """Return the value at x, or None."""
    piece = piece_of(raw, x)
    return None if piece is None else piece[4] * x + piece[5]


def edges(*raws: Sequence[Raw]) -> set[Fraction]:
    """Return every finite end of every piece."""
    return {end for raw in raws for piece in raw for end in (piece[0], piece[2]) if end is not None}


def meets(*raws: Sequence[Raw]) -> set[Fraction]:
    """Return where any two lines meet, whether or not their pieces reach that far."""
    lines = {(piece[4], piece[5]) for raw in raws for piece in raw}
    return {(b[1] - a[1]) / (a[0] - b[0]) for a, b in combinations(lines, 2) if a[0] != b[0]}


def roots(raw: Sequence[Raw], levels: Iterable[Fraction]) -> set[Fraction]:
    """Return where any line reaches any level."""
    wanted = list(levels)
    return {(level - piece[5]) / piece[4] for piece in raw if piece[4] for level in wanted}


def cells(points: Iterable[Fraction]) -> list[Cell]:
    """Cut the numbers from 0 on at the points."""
    ordered = sorted({Fraction(0), *(x for x in points if x >= 0)})
    found: list[Cell] = []
    for low, high in zip(ordered, [*ordered[1:], None], strict=True):
        found.append(Cell(low, low, (low,)))
        step = Fraction(1) if high is None else (high - low) / 3
        found.append(Cell(low, high, (low + step, low + 2 * step)))
    return found


def differences(one: Function, other: Function, points: Iterable[Fraction]) -> list[Fraction]:
    """Return the samples at which two functions differ; none means that they are the same function.

    That holds when the points include every place where either function breaks.
    """
    return [x for cell in cells(points) for x in cell.samples if one(x) != other(x)]


def first_at_least(raw: Sequence[Raw], level: Fraction) -> tuple[Fraction, bool] | None:
    """Return the infimum of the x with a value of at least the level, and whether it is one of them."""
    for cell in cells(edges(raw) | roots(raw, [level])):
        found = value(raw, cell.samples[0])
        if found is not None and found >= level:
            return cell.low, cell.is_point
    return None


def last_at_most(raw: Sequence[Raw], level: Fraction) -> tuple[Fraction | None, bool] | None:
    """Return the supremum of the x with a value of at most the level, and whether it is one of them."""
    for cell in reversed(cells(edges(raw) | roots(raw, [level]))):
        found = value(raw, cell.samples[0])
        if found is not None and found <= level:
            return cell.high, cell.is_point
    return None


def bounds(raw: Sequence[Raw], low: Fraction, high: Fraction | None) -> tuple[Fraction | None, Fraction | None] | None:
    """Return infimum and supremum of the values from low to high, both included; None for no limit."""
    points = edges(raw) | {low} | (set() if high is None else {high})
    values: list[Fraction] = []
    falls = rises = False
    for cell in cells(points):
        piece = piece_of(raw, cell.samples[0])
        inside = cell.low >= low and (high is None or (cell.high is not None and cell.high <= high))
        if piece is None or not inside:
            continue
        values.append(piece[4] * cell.low + piece[5])
        if cell.high is None:
            falls, rises = falls or piece[4] < 0, rises or piece[4] > 0
        else:
            values.append(piece[4] * cell.high + piece[5])
    return (None if falls else min(values), None if rises else max(values)) if values else None


def lowest(raws: Mapping[str, Sequence[Raw]], x: Fraction) -> frozenset[str]:
    """Return the keys whose function is lowest at x; nobody where none has a value."""
    values = {key: found for key, raw in raws.items() if (found := value(raw, x)) is not None}
    return frozenset(key for key, found in values.items() if found == min(values.values()))


def envelope(
    raws: Mapping[str, Sequence[Raw]],
) -> list[tuple[Fraction, bool, Fraction | None, bool, tuple[str, ...]]]:
    """Return the stretches of the lower envelope: start, start closed, end, end closed, keys.

    A point is given to the stretch below it if all of that one's keys are lowest at the point, else to the
    stretch above it on the same terms, else it stands alone.
    """
    cut = cells(edges(*raws.values()) | meets(*raws.values()))
    keys = [lowest(raws, cell.samples[0]) for cell in cut]
    for index, cell in enumerate(cut):
        if cell.is_point:
            near = [keys[index - 1] if index else frozenset(), keys[index + 1]]
            keys[index] = next((side for side in near if side and side <= keys[index]), keys[index])
    found: list[tuple[Fraction, bool, Fraction | None, bool, tuple[str, ...]]] = []
    last: frozenset[str] = frozenset()
    for cell, held in zip(cut, keys, strict=True):
        if held and held == last:
            found[-1] = (*found[-1][:2], cell.high, cell.is_point, found[-1][4])
        elif held:
            found.append((cell.low, cell.is_point, cell.high, cell.is_point, tuple(sorted(held))))
        last = held
    return found


def banded(bands: Sequence[tuple[Fraction | None, bool, Sequence[Raw]]], x: Fraction) -> Fraction | None:
    """Return the value at x of the first band that holds x."""
    for bound, inclusive, raw in bands:
        if bound is None or x < bound or (inclusive and x == bound):
            return value(raw, x)
    return None


def sliced(slices: Sequence[tuple[Fraction | None, Fraction]], intercept: Fraction, x: Fraction) -> Fraction | None:
    """Return the sum over the slices of the part of x in each times its slope."""
    total, start = intercept, Fraction(0)
    for bound, slope in slices:
        end = x if bound is None else min(x, bound)
        total += slope * max(end - start, Fraction(0))
        if end == x:
            return total
        start = end
    return None
