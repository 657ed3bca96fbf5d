"""Exact piecewise-linear functions of one number, the arithmetic under every tariff.

A `Curve` is a partial function of a number x >= 0 over the rationals. It may jump, be flat, fall, or have
gaps in its domain, and every piece knows which of its ends is open: a tier "up to 1,000" keeps its upper end,
a tier "below 1,000" does not. Sums, minima, compositions and inverses of curves are exact.

Two curves are equal when they are the same function: pieces on one line are merged, and where two pieces
meet without a jump the point they share belongs to the lower one.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paycompare.pieces import (
    ENDLESS,
    ZERO,
    Interval,
    Piece,
    as_fraction,
    canonical,
    checked_pieces,
    lower_of,
    overlaps,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction

    from paycompare.pieces import Cut, Edge

__all__ = ["Curve", "OutsideDomain", "Solution"]


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
class Solution:
    """Where a curve first, or last, meets a condition.

    Attributes:
        at: The number; None when there is no upper limit.
        attained: Whether the condition holds at that very number, or is only approached.
    """

    at: Fraction | None
    attained: bool


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
        >>> print(fee(999), fee(1000))
        50 9
    """

    pieces: tuple[Piece, ...]
    _starts: tuple[Fraction, ...] = field(init=False, repr=False, compare=False)

    def __init__(self, pieces: Iterable[Piece]) -> None:
        """Check the pieces and merge those that say the same."""
        checked = checked_pieces(pieces)
        object.__setattr__(self, "pieces", canonical(checked))
        object.__setattr__(self, "_starts", tuple(piece.start for piece in self.pieces))

    @classmethod
    def line(cls, slope: Fraction | int, intercept: Fraction | int = 0) -> Curve:
        """Return ``slope * x + intercept`` for every x >= 0.

        Example:
            >>> print(Curve.line(2, 5)(200))
            405
        """
        return cls([Piece.between((False, ZERO, False), ENDLESS, (as_fraction(slope), as_fraction(intercept)))])

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
        low: Cut = (False, ZERO, False)
        parts: list[Piece] = []
        for place, (bound, inclusive, curve) in enumerate(bands):
            high: Cut = ENDLESS if bound is None else (False, as_fraction(bound), inclusive)
            if low >= high:
                before = "infinity" if low[0] else low[1]
                msg = f"band[{place}]: found the bound {bound}, expected one above {before}, where it starts"
                raise ValueError(msg)
            parts.extend(within(curve.pieces, low, high))
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
            >>> from fractions import Fraction
            >>> fee = Curve.slices([(1000, Fraction(1, 100)), (None, Fraction(1, 200))])
            >>> print(fee(3000))  # 1% of 1,000 and 0.5% of 2,000
            20
        """
        bands: list[tuple[Fraction | int | None, bool, Curve]] = []
        start, value = ZERO, as_fraction(intercept)
        for bound, slope in slices:
            line = cls.line(slope, value - as_fraction(slope) * start)
            bands.append((bound, True, line))
            if bound is not None:
                start = as_fraction(bound)
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
            raise OutsideDomain(as_fraction(x), self.domain)
        return value

    def get(self, x: Fraction | int) -> Fraction | None:
        """Return the value at x, or None outside the domain.

        Example:
            >>> print(Curve.line(2, 1).get(-1))
            None
        """
        x = as_fraction(x)
        index = self.piece_at(x)
        return None if index is None else self.pieces[index].value(x)

    def piece_at(self, x: Fraction | int) -> int | None:
        """Return the index of the piece that holds x, or None outside the domain.

        Example:
            >>> fee = Curve.bands([(100, True, Curve.constant(3)), (None, False, Curve.constant(5))])
            >>> fee.piece_at(100), fee.piece_at(101), fee.piece_at(-1)
            (0, 1, None)
        """
        x = as_fraction(x)
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
        low = as_fraction(low)
        upper: Cut = ENDLESS if high is None else (False, as_fraction(high), True)
        if (False, low, False) > upper:
            msg = f"low: found {low}, expected at most high, {high}"
            raise ValueError(msg)
        index = self.piece_at(low)
        if index is not None and high is not None:
            piece = self.pieces[index]
            if piece.end is None or high < piece.end or (high == piece.end and piece.end_closed):
                first, last = piece.value(low), piece.value(as_fraction(high))
                return (first, last) if first <= last else (last, first)
        ends: list[Fraction] = []
        endless: list[Fraction] = []
        for piece in within(self.pieces, (False, low, False), upper):
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
            Piece.between(low, high, (mine.slope + its.slope, mine.intercept + its.intercept))
            for low, high, mine, its in overlaps(self.pieces, other.pieces)
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
        factor = as_fraction(factor)
        return Curve(
            piece._replace(slope=piece.slope * factor, intercept=piece.intercept * factor) for piece in self.pieces
        )

    def shift_up(self, constant: Fraction | int) -> Curve:
        """Return the curve with a constant added to every value.

        Example:
            >>> print(Curve.line(2).shift_up(4)(1))
            6
        """
        constant = as_fraction(constant)
        return Curve(piece._replace(intercept=piece.intercept + constant) for piece in self.pieces)

    def restrict(self, low: Edge, high: Edge) -> Curve:
        """Return the curve between two edges only.

        Raises:
            ValueError: If the lower edge is at infinity.

        Example:
            >>> from fractions import Fraction
            >>> from paycompare.pieces import Edge
            >>> part = Curve.line(1).restrict(Edge(Fraction(1), True), Edge(Fraction(2), False))
            >>> print(part.get(1), part.get(2))
            1 None
        """
        if low.at is None:
            msg = "low: found infinity, expected a number"
            raise ValueError(msg)
        upper: Cut = ENDLESS if high.at is None else (False, as_fraction(high.at), high.closed)
        return Curve(within(self.pieces, (False, as_fraction(low.at), not low.closed), upper))

    def lower(self, other: Curve) -> Curve:
        """Return the smaller of the two values at each x, on the common domain.

        Example:
            >>> cheaper = Curve.line(1).lower(Curve.constant(5))
            >>> print(cheaper(3), cheaper(8))
            3 5
        """
        return Curve(lower_of(self.pieces, other.pieces))

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
            >>> from fractions import Fraction
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
        value = as_fraction(value)
        for piece in self.pieces:
            low, high = piece.at_least((piece.slope, piece.intercept - value))
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
        value = as_fraction(value)
        for piece in reversed(self.pieces):
            low, high = piece.at_least((-piece.slope, value - piece.intercept))
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
        runs: list[tuple[Cut, Cut]] = []
        for piece in self.pieces:
            low, high = piece.low, piece.high
            if runs and runs[-1][1] == low:
                low = runs.pop()[0]
            runs.append((low, high))
        return tuple(Interval.between(low, high) for low, high in runs)

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
        low, high = inner.image(inner.low), inner.image(inner.high)
        parts = list(within(self.pieces, low, high) if rising else within(self.pieces, high, low))
        for part in parts if rising else reversed(parts):
            ends = inner.preimage(part.low), inner.preimage(part.high)
            line = part.slope * slope, part.slope * intercept + part.intercept
            yield Piece.between(min(ends), max(ends), line)
