"""Exact piecewise-linear functions of one number, the arithmetic under every tariff.

A `Curve` is a partial function of a number x >= 0 over the rationals. It may jump, be flat, fall, or have
gaps in its domain, and every piece knows which of its ends is open: a tier "up to 1,000" keeps its upper end,
a tier "below 1,000" does not. Sums, minima, compositions and inverses of curves are exact.

Two curves are equal when they are the same function: pieces on one line are merged, and where two pieces
meet without a jump the point they share belongs to the lower one.

Inside, an end is a *cut*: a place just before a number or just after it. A closed end and an open one are
then two different cuts, ordered like everything else, and no case needs to ask which end is open.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "Curve",
    "Edge",
    "Interval",
    "OutsideDomain",
    "Piece",
    "Segment",
    "Solution",
    "envelope",
]

_Cut = tuple[bool, Fraction, bool]
"""Whether it is infinity, the number, whether the cut lies just after it (else just before)."""

_Line = tuple[Fraction, Fraction]
"""Slope and intercept."""

_Stretch = tuple[_Cut, _Cut, tuple[str, ...]]
"""Lower cut, upper cut, and the keys on the envelope between them."""

_ZERO: Final = Fraction(0)
_ENDLESS: Final[_Cut] = (True, _ZERO, False)
_START: Final = attrgetter("start")


class OutsideDomain(ValueError, LookupError):
    """A curve says nothing about a number.

    Attributes:
        x: The number asked for.
        domain: The intervals on which the curve has a value.
    """

    def __init__(self, x: Fraction, domain: tuple[Interval, ...]) -> None:
        """Keep what was asked and where an answer exists."""
        super().__init__(x, domain)
        self.x = x
        self.domain = domain

    def __str__(self) -> str:
        """Return the finding and the domain in one line."""
        where = ", ".join(str(interval) for interval in self.domain) or "nothing"
        return f"x: found {self.x}, expected a number in the domain: {where}"


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


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an envelope.

    Attributes:
        start: Its lower end.
        end: Its upper end.
        keys: Who is on the envelope at every point of the stretch, sorted; several are tied all along.
    """

    start: Edge
    end: Edge
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """Where a curve first, or last, meets a condition.

    Attributes:
        at: The number; None when there is no upper limit.
        attained: Whether the condition holds at that very number, or is only approached.
    """

    at: Fraction | None
    attained: bool


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


@dataclass(frozen=True, slots=True)
class Curve:
    """An exact piecewise-linear partial function of x >= 0.

    Attributes:
        pieces: The straight parts in order, as few as say the same.

    Raises:
        ValueError: If a piece is impossible, or two are out of order or overlap.
        TypeError: If a number is neither a Fraction nor an int.

    Example:
        >>> fee = Curve.bands([(1000, False, Curve.constant(50)), (None, False, Curve.constant(9))])
        >>> print(fee(Fraction(999)), fee(Fraction(1000)))
        50 9
    """

    pieces: tuple[Piece, ...]
    _starts: tuple[Fraction, ...] = field(init=False, repr=False, compare=False)

    def __init__(self, pieces: Iterable[Piece]) -> None:
        """Check the pieces and merge those that say the same."""
        checked = _checked(pieces)
        object.__setattr__(self, "pieces", _canonical(checked))
        object.__setattr__(self, "_starts", tuple(piece.start for piece in self.pieces))

    @classmethod
    def line(cls, slope: Fraction | int, intercept: Fraction | int = 0) -> Curve:
        """Return ``slope * x + intercept`` for every x >= 0.

        Example:
            >>> print(Curve.line(Fraction(1, 100), 5)(200))
            7
        """
        return cls([_piece((False, _ZERO, False), _ENDLESS, (_exact(slope), _exact(intercept)))])

    @classmethod
    def constant(cls, value: Fraction | int) -> Curve:
        """Return the same value for every x >= 0.

        Example:
            >>> print(Curve.constant(30)(10_000))
            30
        """
        return cls.line(0, value)

    @classmethod
    def bands(cls, bands: Sequence[tuple[Fraction | int | None, bool, Curve]]) -> Curve:
        """Return whole-amount bands: in each band its own curve applies, to all of x.

        Args:
            bands: Upper bound, whether the bound belongs to the band, and the curve, in rising order. The
                bound None is open-ended. The first band starts at 0; after a last bound there is no value.

        Raises:
            ValueError: If a band is empty or follows the open-ended one.

        Example:
            >>> fee = Curve.bands([(10_000, True, Curve.constant(30)), (None, False, Curve.constant(50))])
            >>> print(fee(10_000), fee(10_001))
            30 50
        """
        low: _Cut = (False, _ZERO, False)
        parts: list[Piece] = []
        for place, (bound, inclusive, curve) in enumerate(bands):
            high: _Cut = _ENDLESS if bound is None else (False, _exact(bound), inclusive)
            if low >= high:
                before = "infinity" if low[0] else low[1]
                msg = f"band[{place}]: found the bound {bound}, expected one above {before}, where it starts"
                raise ValueError(msg)
            parts.extend(_within(curve.pieces, low, high))
            low = high
        return cls(parts)

    @classmethod
    def slices(
        cls, slices: Sequence[tuple[Fraction | int | None, Fraction | int]], intercept: Fraction | int = 0
    ) -> Curve:
        """Return a marginal tariff: each slope applies only to the part of x inside its slice.

        Args:
            slices: Upper bound and slope, in rising order; the bound None is open-ended.
            intercept: Value at x = 0.

        Raises:
            ValueError: If a slice is empty or follows the open-ended one.

        Example:
            >>> fee = Curve.slices([(1000, Fraction(1, 100)), (None, Fraction(1, 200))])
            >>> print(fee(3000))  # 1% of 1,000 and 0.5% of 2,000
            20
        """
        bands: list[tuple[Fraction | int | None, bool, Curve]] = []
        start, value = _ZERO, _exact(intercept)
        for bound, slope in slices:
            line = cls.line(slope, value - _exact(slope) * start)
            bands.append((bound, True, line))
            if bound is not None:
                start = _exact(bound)
                value = line.pieces[0].value(start)
        return cls.bands(bands)

    def __call__(self, x: Fraction | int) -> Fraction:
        """Return the value at x.

        Raises:
            OutsideDomain: If the curve has no value there.

        Example:
            >>> print(Curve.line(2, 1)(3))
            7
        """
        value = self.get(x)
        if value is None:
            raise OutsideDomain(_exact(x), self.domain)
        return value

    def get(self, x: Fraction | int) -> Fraction | None:
        """Return the value at x, or None outside the domain.

        Example:
            >>> print(Curve.line(2, 1).get(-1))
            None
        """
        x = _exact(x)
        index = self.piece_at(x)
        return None if index is None else self.pieces[index].value(x)

    def piece_at(self, x: Fraction | int) -> int | None:
        """Return the index of the piece that holds x, or None outside the domain.

        Example:
            >>> fee = Curve.bands([(100, True, Curve.constant(3)), (None, False, Curve.constant(5))])
            >>> fee.piece_at(100), fee.piece_at(101), fee.piece_at(-1)
            (0, 1, None)
        """
        x = _exact(x)
        index = bisect_right(self._starts, x) - 1
        if index >= 0 and not self.pieces[index].start_closed and self._starts[index] == x:
            index -= 1
        if index < 0:
            return None
        _, _, end, end_closed, _, _ = self.pieces[index]
        return index if end is None or x < end or (end_closed and x == end) else None

    def bounds(
        self, low: Fraction | int, high: Fraction | int | None
    ) -> tuple[Fraction | None, Fraction | None] | None:
        """Return the infimum and the supremum of the values on the closed interval from low to high.

        Limits at open ends count, so a bound may be approached without being a value.

        Args:
            low: Lower end of the interval.
            high: Upper end; None is infinity.

        Returns:
            Infimum and supremum; one of them is None when the values have no limit on that side, which
            happens only up to infinity. None alone when the curve has no value on the interval.

        Raises:
            ValueError: If low is above high.

        Example:
            >>> fee = Curve.bands([(1000, False, Curve.constant(50)), (None, False, Curve.constant(9))])
            >>> least, most = fee.bounds(990, 1010)
            >>> print(least, most)
            9 50
        """
        low = _exact(low)
        upper: _Cut = _ENDLESS if high is None else (False, _exact(high), True)
        if (False, low, False) > upper:
            msg = f"low: found {low}, expected at most high, {high}"
            raise ValueError(msg)
        index = self.piece_at(low)
        if index is not None and high is not None:
            piece = self.pieces[index]
            if piece.end is None or high < piece.end or (high == piece.end and piece.end_closed):
                first, last = piece.value(low), piece.value(_exact(high))
                return (first, last) if first <= last else (last, first)
        ends: list[Fraction] = []
        endless: list[Fraction] = []
        for piece in _within(self.pieces, (False, low, False), upper):
            ends.append(piece.value(piece.start))
            if piece.end is None:
                endless.append(piece.slope)
            else:
                ends.append(piece.value(piece.end))
        if not ends:
            return None
        least = None if any(slope < 0 for slope in endless) else min(ends)
        return least, None if any(slope > 0 for slope in endless) else max(ends)

    def __add__(self, other: Curve) -> Curve:
        """Return the sum, on the common domain.

        Example:
            >>> print((Curve.line(1) + Curve.constant(5))(10))
            15
        """
        return Curve(
            _piece(low, high, (mine.slope + its.slope, mine.intercept + its.intercept))
            for low, high, mine, its in _overlaps(self.pieces, other.pieces)
        )

    def __neg__(self) -> Curve:
        """Return the curve with every value negated."""
        return self.scale(-1)

    def __sub__(self, other: Curve) -> Curve:
        """Return the difference, on the common domain.

        Example:
            >>> print((Curve.line(1) - Curve.constant(5))(10))
            5
        """
        return self + -other

    def scale(self, factor: Fraction | int) -> Curve:
        """Return the curve with every value multiplied by a factor.

        Example:
            >>> print(Curve.line(2, 1).scale(3)(1))
            9
        """
        factor = _exact(factor)
        return Curve(
            piece._replace(slope=piece.slope * factor, intercept=piece.intercept * factor) for piece in self.pieces
        )

    def shift_up(self, constant: Fraction | int) -> Curve:
        """Return the curve with a constant added to every value.

        Example:
            >>> print(Curve.line(2).shift_up(4)(1))
            6
        """
        constant = _exact(constant)
        return Curve(piece._replace(intercept=piece.intercept + constant) for piece in self.pieces)

    def restrict(self, low: Edge, high: Edge) -> Curve:
        """Return the curve between two edges only.

        Raises:
            ValueError: If the lower edge is at infinity.

        Example:
            >>> part = Curve.line(1).restrict(Edge(Fraction(1), True), Edge(Fraction(2), False))
            >>> print(part.get(Fraction(1)), part.get(Fraction(2)))
            1 None
        """
        if low.at is None:
            msg = "low: found infinity, expected a number"
            raise ValueError(msg)
        upper: _Cut = _ENDLESS if high.at is None else (False, _exact(high.at), high.closed)
        return Curve(_within(self.pieces, (False, _exact(low.at), not low.closed), upper))

    def lower(self, other: Curve) -> Curve:
        """Return the smaller of the two values at each x, on the common domain.

        Example:
            >>> cheaper = Curve.line(1).lower(Curve.constant(5))
            >>> print(cheaper(3), cheaper(8))
            3 5
        """
        return Curve(_split_minima(self.pieces, other.pieces))

    def higher(self, other: Curve) -> Curve:
        """Return the larger of the two values at each x, on the common domain.

        Example:
            >>> dearer = Curve.line(1).higher(Curve.constant(5))
            >>> print(dearer(3), dearer(8))
            5 8
        """
        return -(-self).lower(-other)

    def clamp(self, least: Fraction | int | None = None, most: Fraction | int | None = None) -> Curve:
        """Return the curve with its values held between a least and a most value.

        Raises:
            ValueError: If the least value is above the most.

        Example:
            >>> fee = Curve.line(Fraction(1, 100)).clamp(least=5, most=40)
            >>> print(fee(100), fee(1000), fee(9000))
            5 10 40
        """
        if least is not None and most is not None and least > most:
            msg = f"least: found {least}, expected at most {most}, the most value"
            raise ValueError(msg)
        curve = self if least is None else self.higher(Curve.constant(least))
        return curve if most is None else curve.lower(Curve.constant(most))

    def after(self, inner: Curve) -> Curve:
        """Return the composition: this curve of the inner curve's value.

        It has a value where the inner curve has one that lies in this curve's domain.

        Example:
            >>> fee = Curve.bands([(100, True, Curve.constant(1)), (None, False, Curve.constant(2))])
            >>> converted = fee.after(Curve.line(2))
            >>> print(converted(50), converted(51))
            1 2
        """
        parts: list[Piece] = []
        for piece in inner.pieces:
            if piece.slope:
                parts.extend(self._along(piece))
                continue
            value = self.get(piece.intercept)
            if value is not None:
                parts.append(piece._replace(intercept=value))
        return Curve(parts)

    def first_at_least(self, value: Fraction | int) -> Solution | None:
        """Return the infimum of the x whose value is at least the one given.

        Returns:
            The infimum, and whether the condition holds there; None when it holds nowhere.

        Example:
            >>> landed = Curve.bands([(1000, False, Curve.line(1, -50)), (None, False, Curve.line(1, -9))])
            >>> print(landed.first_at_least(960).at)  # 999.99 - 50 is not enough; 1,000 - 9 is
            1000
        """
        value = _exact(value)
        for piece in self.pieces:
            low, high = _at_least(piece, (piece.slope, piece.intercept - value))
            if low < high:
                return Solution(low[1], not low[2])
        return None

    def last_at_most(self, value: Fraction | int) -> Solution | None:
        """Return the supremum of the x whose value is at most the one given.

        Returns:
            The supremum, and whether the condition holds there; its ``at`` is None when there is no limit.
            None alone when the condition holds nowhere.

        Example:
            >>> paid = Curve.bands([(10_000, True, Curve.line(1, 30)), (None, False, Curve.line(1, 50))])
            >>> print(paid.last_at_most(10_040).at)
            10000
        """
        value = _exact(value)
        for piece in reversed(self.pieces):
            low, high = _at_least(piece, (-piece.slope, value - piece.intercept))
            if low < high:
                return Solution(None if high[0] else high[1], high[2])
        return None

    @property
    def domain(self) -> tuple[Interval, ...]:
        """The intervals on which the curve has a value, in order, as few as possible.

        Example:
            >>> print(*Curve.line(1).domain)
            [0, infinity)
        """
        runs: list[tuple[_Cut, _Cut]] = []
        for piece in self.pieces:
            low, high = _low(piece), _high(piece)
            if runs and runs[-1][1] == low:
                low = runs.pop()[0]
            runs.append((low, high))
        return tuple(_interval(low, high) for low, high in runs)

    @property
    def edges(self) -> tuple[Fraction, ...]:
        """Every number at which a piece starts or ends, in order, without infinity.

        Example:
            >>> print(*Curve.slices([(1000, 1), (None, 2)]).edges)
            0 1000
        """
        return tuple(sorted({*self._starts, *(piece.end for piece in self.pieces if piece.end is not None)}))

    def _along(self, inner: Piece) -> Iterator[Piece]:
        """Yield this curve of a sloping line, in the order of the line's x."""
        slope, intercept = inner.slope, inner.intercept
        rising = slope > 0
        low, high = _image(_low(inner), inner), _image(_high(inner), inner)
        parts = list(_within(self.pieces, low, high) if rising else _within(self.pieces, high, low))
        for part in parts if rising else reversed(parts):
            ends = _preimage(_low(part), inner), _preimage(_high(part), inner)
            line = part.slope * slope, part.slope * intercept + part.intercept
            yield _piece(min(ends), max(ends), line)


def envelope(curves: Mapping[str, Curve], *, highest: bool = False) -> list[Segment]:
    """Return which curves are lowest, stretch by stretch, over the union of their domains.

    A curve without a value at x is out of the race there; where no curve has one, the result has a gap.
    Every key of a segment is lowest at every point of it, and adjacent segments differ in their keys. Curves
    tied along an interval are listed together. A tie at a single point is not listed: that point belongs to
    the segment below it if that one's keys are lowest there, else to the segment above it on the same terms,
    else it is a segment of its own.

    Args:
        curves: Key to curve, all in one currency or unit.
        highest: Ask for the highest instead of the lowest.

    Example:
        >>> offers = {"flat": Curve.constant(10), "share": Curve.line(Fraction(1, 100))}
        >>> [(segment.keys, str(segment.end.at)) for segment in envelope(offers)]
        [(('share',), '1000'), (('flat',), 'None')]
    """
    raced = {key: -curves[key] if highest else curves[key] for key in sorted(curves)}
    edges = sorted({x for curve in raced.values() for x in curve.edges})
    stretches: list[_Stretch] = []
    for low, high in _cells(edges):
        lines: dict[_Line, list[str]] = {}
        for key, curve in raced.items():
            for piece in _within(curve.pieces, low, high):
                lines.setdefault((piece.slope, piece.intercept), []).append(key)
        for stretch in _lowest(low, high, lines):
            _append(stretches, stretch)
    return [Segment(_start(low), _end(high), keys) for low, high, keys in stretches]


def _exact(value: object) -> Fraction:
    """Return the number as a Fraction; refuse anything that might be inexact."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int):
        return Fraction(value)
    msg = f"found {value!r}, expected a Fraction or an int"
    raise TypeError(msg)


def _low(piece: Piece) -> _Cut:
    return False, piece.start, not piece.start_closed


def _high(piece: Piece) -> _Cut:
    return _ENDLESS if piece.end is None else (False, piece.end, piece.end_closed)


def _start(low: _Cut) -> Edge:
    return Edge(low[1], not low[2])


def _end(high: _Cut) -> Edge:
    return Edge(None if high[0] else high[1], high[2])


def _interval(low: _Cut, high: _Cut) -> Interval:
    return Interval(_start(low), _end(high))


def _single(low: _Cut, high: _Cut) -> bool:
    """Return whether a single number lies between the cuts."""
    return low[1] == high[1] and not high[0]


def _piece(low: _Cut, high: _Cut, line: _Line) -> Piece:
    return Piece(low[1], not low[2], None if high[0] else high[1], high[2], *line)


def _image(cut: _Cut, inner: Piece) -> _Cut:
    """Return where a sloping line takes a cut; falling for ever it is cut at 0."""
    if cut[0]:
        return _ENDLESS if inner.slope > 0 else (False, _ZERO, False)
    return False, inner.value(cut[1]), cut[2] is (inner.slope > 0)


def _preimage(cut: _Cut, inner: Piece) -> _Cut:
    """Return the cut that a sloping line takes to this one."""
    if cut[0]:
        return _ENDLESS
    return False, (cut[1] - inner.intercept) / inner.slope, cut[2] is (inner.slope > 0)


def _at_least(piece: Piece, line: _Line) -> tuple[_Cut, _Cut]:
    """Return the part of a piece on which a line is at least 0; it is empty unless the first cut is lower."""
    low, high = _low(piece), _high(piece)
    slope, intercept = line
    if not slope:
        return (low, high) if intercept >= 0 else (low, low)
    zero = -intercept / slope
    if slope > 0:
        return max(low, (False, zero, False)), high
    return low, min(high, (False, zero, True))


def _within(pieces: Sequence[Piece], low: _Cut, high: _Cut) -> Iterator[Piece]:
    """Yield the parts of the pieces between two cuts."""
    # The piece before the last that starts at or below `low` may still hold `low` as its closed end.
    for index in range(max(bisect_right(pieces, low[1], key=_START) - 2, 0), len(pieces)):
        piece = pieces[index]
        start, end = max(low, _low(piece)), min(high, _high(piece))
        if start < end:
            yield _piece(start, end, (piece.slope, piece.intercept))
        elif high <= _low(piece):
            return


def _checked(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with exact numbers, each possible and all in order."""
    checked: list[Piece] = []
    for index, given in enumerate(pieces):
        start, end = _exact(given.start), None if given.end is None else _exact(given.end)
        piece = Piece(start, given.start_closed, end, given.end_closed, _exact(given.slope), _exact(given.intercept))
        found = _interval(_low(piece), _high(piece))
        if start < 0 or _low(piece) >= _high(piece) or (end is None and piece.end_closed):
            msg = f"piece[{index}]: found {found}, expected a stretch of the numbers from 0 on"
            raise ValueError(msg)
        if checked and _high(checked[-1]) > _low(piece):
            before = _interval(_low(checked[-1]), _high(checked[-1]))
            msg = (
                f"piece[{index}]: found {found} after {before}, "
                f"expected it to start where piece[{index - 1}] ends, or later"
            )
            raise ValueError(msg)
        checked.append(piece)
    return checked


def _canonical(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the one shortest way to write a function."""
    kept: list[Piece] = []
    for given in pieces:
        piece: Piece | None = given
        if given.start == given.end:
            piece = given._replace(slope=_ZERO, intercept=given.value(given.start))
        if kept and _high(kept[-1]) == _low(given):
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


def _overlaps(first: Sequence[Piece], second: Sequence[Piece]) -> Iterator[tuple[_Cut, _Cut, Piece, Piece]]:
    """Yield each stretch on which one piece of either side applies, with the two pieces."""
    i = j = 0
    while i < len(first) and j < len(second):
        mine, its = first[i], second[j]
        low, high = max(_low(mine), _low(its)), min(_high(mine), _high(its))
        if low < high:
            yield low, high, mine, its
        i += _high(mine) == high
        j += _high(its) == high


def _split_minima(first: Sequence[Piece], second: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the lower of two lines on each stretch, parted where they cross."""
    for low, high, mine, its in _overlaps(first, second):
        cuts = [low, high]
        if mine.slope != its.slope:
            cross = False, (its.intercept - mine.intercept) / (mine.slope - its.slope), False
            if low < cross < high:
                cuts.insert(1, cross)
        for start, end in pairwise(cuts):
            at = start[1]
            lower = min(mine, its, key=lambda piece: (piece.value(at), piece.slope))
            yield _piece(start, end, (lower.slope, lower.intercept))


def _cells(edges: Sequence[Fraction]) -> Iterator[tuple[_Cut, _Cut]]:
    """Yield each edge alone and each open stretch above one."""
    for index, x in enumerate(edges):
        yield (False, x, False), (False, x, True)
        yield (False, x, True), (False, edges[index + 1], False) if index + 1 < len(edges) else _ENDLESS


def _lowest(low: _Cut, high: _Cut, lines: Mapping[_Line, Sequence[str]]) -> Iterator[_Stretch]:
    """Yield the lower envelope of straight lines between two cuts."""
    if not lines:
        return
    values = {line: line[0] * low[1] + line[1] for line in lines}
    if _single(low, high):
        least = min(values.values())
        yield low, high, tuple(sorted(key for line in lines if values[line] == least for key in lines[line]))
        return
    current = min(lines, key=lambda line: (values[line], line[0]))
    while True:
        slope, intercept = current
        meets = [((line[1] - intercept) / (slope - line[0]), *line) for line in lines if line[0] < slope]
        # Of several that meet at one number, the flattest is lowest after it.
        x, *after = min(meets, default=(None, *current))
        end: _Cut = high if x is None else min(high, (False, x, True))
        yield low, end, tuple(lines[current])
        if end == high:
            return
        low, current = end, (after[0], after[1])


def _append(stretches: list[_Stretch], stretch: _Stretch) -> None:
    """Add a stretch, folded into the one before it where the keys of one of them hold on both."""
    low, high, keys = stretch
    if stretches and stretches[-1][1] == low:
        before_low, before_high, before = stretches[-1]
        if before == keys or (_single(low, high) and set(before) <= set(keys)):
            stretches[-1] = before_low, high, before
            return
        if _single(before_low, before_high) and set(keys) <= set(before):
            stretches[-1] = before_low, high, keys
            return
    stretches.append(stretch)
