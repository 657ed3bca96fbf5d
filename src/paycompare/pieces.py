"""The straight parts that curves are made of, and where one ends and the next begins.

Inside, an end is a *cut*: a place just before a number or just after it. A closed end and an open one are
then two different cuts, ordered like everything else, and no case needs to ask which end is open.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "ENDLESS",
    "ZERO",
    "Cut",
    "Edge",
    "Interval",
    "Line",
    "Piece",
    "as_fraction",
    "canonical",
    "checked_pieces",
    "edges_between",
    "lower_of",
    "overlaps",
    "within",
]

Cut = tuple[bool, Fraction, bool]
"""Whether it is infinity, the number, whether the cut lies just after it (else just before)."""

Line = tuple[Fraction, Fraction]
"""Slope and intercept."""

ZERO: Final = Fraction(0)
ENDLESS: Final[Cut] = (True, ZERO, False)
_START: Final = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Edge:
    """An end of an interval.

    Attributes:
        at: Where it lies; None is infinity, which only an upper end can be.
        closed: Whether the number itself belongs to the interval.
    """

    at: Fraction | None
    closed: bool

    def __post_init__(self) -> None:
        """Refuse a closed end at infinity.

        Raises:
            ValueError: If the edge is closed and has no number.
        """
        if self.at is None and self.closed:
            msg = "closed: found True at infinity, expected False"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers between two edges.

    Example:
        >>> print(Interval(Edge(Fraction(0), True), Edge(Fraction(1000), False)))
        [0, 1000)
    """

    start: Edge
    end: Edge

    def __str__(self) -> str:
        """Return the interval as mathematics writes it."""
        upper = "infinity" if self.end.at is None else self.end.at
        return f"{'[' if self.start.closed else '('}{self.start.at}, {upper}{']' if self.end.closed else ')'}"

    @classmethod
    def between(cls, low: Cut, high: Cut) -> Interval:
        """Return the interval between two cuts."""
        return cls(*edges_between(low, high))


class Piece(NamedTuple):
    """A straight part of a curve: ``slope * x + intercept`` between two ends.

    A single number is a piece whose ends are equal and closed; its slope is kept as 0.

    Attributes:
        start: Lower end, at least 0.
        start_closed: Whether the lower end belongs to the piece.
        end: Upper end; None is infinity.
        end_closed: Whether the upper end belongs to the piece.
        slope: Change of the value per unit of x.
        intercept: Value of the line at x = 0.
    """

    start: Fraction
    start_closed: bool
    end: Fraction | None
    end_closed: bool
    slope: Fraction
    intercept: Fraction

    def value(self, x: Fraction) -> Fraction:
        """Return the value of the line at x, whether or not the piece holds x.

        Example:
            >>> print(Piece(Fraction(0), True, None, False, Fraction(1, 2), Fraction(3)).value(Fraction(10)))
            8
        """
        return self.slope * x + self.intercept

    @classmethod
    def between(cls, low: Cut, high: Cut, line: Line) -> Piece:
        """Return the part of a line between two cuts."""
        return cls(low[1], not low[2], None if high[0] else high[1], high[2], *line)

    @property
    def low(self) -> Cut:
        """The cut at the lower end."""
        return False, self.start, not self.start_closed

    @property
    def high(self) -> Cut:
        """The cut at the upper end."""
        return ENDLESS if self.end is None else (False, self.end, self.end_closed)

    def image(self, cut: Cut) -> Cut:
        """Return where a sloping line takes a cut; falling for ever it is cut at 0."""
        if cut[0]:
            return ENDLESS if self.slope > 0 else (False, ZERO, False)
        return False, self.value(cut[1]), cut[2] is (self.slope > 0)

    def preimage(self, cut: Cut) -> Cut:
        """Return the cut that a sloping line takes to this one."""
        if cut[0]:
            return ENDLESS
        return False, (cut[1] - self.intercept) / self.slope, cut[2] is (self.slope > 0)

    def at_least(self, line: Line) -> tuple[Cut, Cut]:
        """Return the part on which a line is at least 0, as two cuts; it is empty unless the first is lower."""
        low, high = self.low, self.high
        slope, intercept = line
        if not slope:
            return (low, high) if intercept >= 0 else (low, low)
        zero = -intercept / slope
        if slope > 0:
            return max(low, (False, zero, False)), high
        return low, min(high, (False, zero, True))


def edges_between(low: Cut, high: Cut) -> tuple[Edge, Edge]:
    """Return two cuts as the edges of what lies between them."""
    return Edge(low[1], not low[2]), Edge(None if high[0] else high[1], high[2])


def as_fraction(value: object) -> Fraction:
    """Return the number as a Fraction; refuse anything that might be inexact."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int):
        return Fraction(value)
    msg = f"found {value!r}, expected a Fraction or an int"
    raise TypeError(msg)


def within(pieces: Sequence[Piece], low: Cut, high: Cut) -> Iterator[Piece]:
    """Yield the parts of the pieces between two cuts."""
    # The piece before the last that starts at or below `low` may still hold `low` as its closed end.
    for index in range(max(bisect_right(pieces, low[1], key=_START) - 2, 0), len(pieces)):
        piece = pieces[index]
        start, end = max(low, piece.low), min(high, piece.high)
        if start < end:
            yield Piece.between(start, end, (piece.slope, piece.intercept))
        elif high <= piece.low:
            return


def checked_pieces(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with exact numbers, each possible and all in order."""
    checked: list[Piece] = []
    for index, given in enumerate(pieces):
        start, end = as_fraction(given.start), None if given.end is None else as_fraction(given.end)
        piece = Piece(
            start, given.start_closed, end, given.end_closed, as_fraction(given.slope), as_fraction(given.intercept)
        )
        found = Interval.between(piece.low, piece.high)
        if start < 0 or piece.low >= piece.high or (end is None and piece.end_closed):
            msg = f"piece[{index}]: found {found}, expected a stretch of the numbers from 0 on"
            raise ValueError(msg)
        if checked and checked[-1].high > piece.low:
            before = Interval.between(checked[-1].low, checked[-1].high)
            msg = (
                f"piece[{index}]: found {found} after {before}, "
                f"expected it to start where piece[{index - 1}] ends, or later"
            )
            raise ValueError(msg)
        checked.append(piece)
    return checked


def canonical(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the one shortest way to write a function."""
    kept: list[Piece] = []
    for given in pieces:
        piece: Piece | None = given
        if given.start == given.end:
            piece = given._replace(slope=ZERO, intercept=given.value(given.start))
        if kept and kept[-1].high == given.low:
            kept[-1], piece = _joined(kept[-1], piece or given)
        if piece is not None:
            kept.append(piece)
    return tuple(kept)


def _joined(left: Piece, right: Piece) -> tuple[Piece, Piece | None]:
    """Return two adjacent pieces, as one where they are one, the number they share with its owner."""
    at = right.start
    continuous = left.value(at) == right.value(at)
    if not continuous:
        return left, right
    if left.start == left.end:
        return right._replace(start_closed=True), None
    if right.start == right.end or left[4:] == right[4:]:
        return left._replace(end=right.end, end_closed=right.end_closed), None
    return left._replace(end_closed=True), right._replace(start_closed=False)


def overlaps(first: Sequence[Piece], second: Sequence[Piece]) -> Iterator[tuple[Cut, Cut, Piece, Piece]]:
    """Yield each stretch on which one piece of either side applies, with the two pieces."""
    i = j = 0
    while i < len(first) and j < len(second):
        mine, its = first[i], second[j]
        low, high = max(mine.low, its.low), min(mine.high, its.high)
        if low < high:
            yield low, high, mine, its
        i += mine.high == high
        j += its.high == high


def lower_of(first: Sequence[Piece], second: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the lower of two lines on each stretch, parted where they cross."""
    for low, high, mine, its in overlaps(first, second):
        cuts = [low, high]
        if mine.slope != its.slope:
            cross = False, (its.intercept - mine.intercept) / (mine.slope - its.slope), False
            if low < cross < high:
                cuts.insert(1, cross)
        for start, end in pairwise(cuts):
            at = start[1]
            lower = min(mine, its, key=lambda piece: (piece.value(at), piece.slope))
            yield Piece.between(start, end, (lower.slope, lower.intercept))
