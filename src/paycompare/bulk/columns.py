"""Columns of whole numbers with proven bounds, and the rounded division of the library over them.

A column knows the least and the largest number that it can hold. Every operation first bounds its result and picks
the narrowest integers that hold it: 64 bits, else 128, else `TooWide`, and the caller walks those rows one by one.
So nothing ever wraps around, and no binary float takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.money import divided

if TYPE_CHECKING:
    from paycompare.money import Mode

__all__ = ["Column", "TooWide", "apart", "column", "constant", "joined", "multiplied", "spread"]

_NARROW: Final = 2**63 - 1
_WIDE: Final = 2**127 - 1


class TooWide(ArithmeticError):
    """A number may not fit into 128 bits."""


@dataclass(frozen=True, slots=True)
class Column:
    """Whole numbers, and what they lie between.

    Attributes:
        values: The numbers; one value stands for as many rows as it meets.
        low: No value is below.
        high: No value is above.
    """

    values: pl.Series
    low: int
    high: int

    def __add__(self, other: Column) -> Column:
        """Add row by row."""
        if other.low == other.high:
            return self.shifted(other.low)
        low, high = self.low + other.low, self.high + other.high
        one, two = self._fit(low, high), other._fit(low, high)
        return Column(one + two, low, high)

    def __sub__(self, other: Column) -> Column:
        """Subtract row by row."""
        if other.low == other.high:
            return self.shifted(-other.low)
        low, high = self.low - other.high, self.high - other.low
        one, two = self._fit(low, high), other._fit(low, high)
        return Column(one - two, low, high)

    def shifted(self, by: int) -> Column:
        """Add a constant."""
        if by == 0:
            return self
        low, high = self.low + by, self.high + by
        return Column(self._fit(low, high, by) + _number(by, low, high, self), low, high)

    def times(self, factor: int) -> Column:
        """Multiply by a constant."""
        if factor == 1:
            return self
        if factor == 0:
            return constant(0)
        ends = self.low * factor, self.high * factor
        low, high = min(ends), max(ends)
        return Column(self._fit(low, high, factor) * _number(factor, low, high, self), low, high)

    def over(self, under: int, mode: Mode = "half_up") -> Column:
        """Divide by a constant and round; the same numbers as `paycompare.money.divided`."""
        return self.line(1, 0, under, mode)

    def line(self, slope: int, intercept: int, under: int, mode: Mode = "half_up") -> Column:
        """Return ``(slope x value + intercept) / under``, rounded as `paycompare.money.divided` rounds."""
        if slope == 0:
            return constant(divided(intercept, under, mode))
        if slope % under == 0 and intercept % under == 0:
            return self.times(slope // under).shifted(intercept // under)
        ends = slope * self.low + intercept, slope * self.high + intercept
        low, high = (divided(end, under, mode) for end in (min(ends), max(ends)))
        if min(ends) >= 0 or (mode == "half_up" and 2 * min(ends) > -under):  # or rounds to zero from below
            found = self._positive(slope, intercept, under, mode)
        elif max(ends) <= 0:
            found = self._positive(-slope, -intercept, under, mode).times(-1)
        else:
            sign = self.at_least(-(intercept // slope) if slope > 0 else 0)
            if slope < 0:
                sign = ~self.at_least(intercept // -slope + 1)
            above = self._positive(slope, intercept, under, mode)
            below = self._positive(-slope, -intercept, under, mode).times(-1)
            found = joined(sign, above, below)
        return Column(found.values, low, high)

    def _positive(self, slope: int, intercept: int, under: int, mode: Mode) -> Column:
        """Return the rounded quotient where it is not negative; elsewhere the numbers mean nothing."""
        if mode == "half_up":
            return self.floored(2 * slope, 2 * intercept + under, 2 * under)
        if mode == "down":
            return self.floored(slope, intercept, under)
        if mode == "up":
            return self.floored(slope, intercept + under - 1, under)
        whole = self.floored(slope, intercept, under)
        left = self.times(2 * slope).shifted(2 * intercept) - whole.times(2 * under)
        odd = Column(whole.values % pl.Series([2], dtype=whole.values.dtype), 0, 1)
        # Above the half, or on it beside an odd number: twice the rest plus one where odd exceeds the divisor.
        up = (left + odd).at_least(under + 1)
        return Column(whole.values + up.cast(whole.values.dtype), whole.low, whole.high + 1)

    def floored(self, slope: int, intercept: int, under: int) -> Column:
        """Return ``(slope x value + intercept) / under``, rounded towards minus infinity."""
        shared = gcd(gcd(slope, intercept), under)
        slope, intercept, under = slope // shared, intercept // shared, under // shared
        if under == 1:
            return self.times(slope).shifted(intercept)
        ends = slope * self.low + intercept, slope * self.high + intercept
        if max(map(abs, ends)) > _NARROW and abs(slope) >= under:
            # The whole multiples leave the quotient before they are multiplied: what remains is small.
            whole, rest = divmod(slope, under)
            return self.times(whole) + self.floored(rest, intercept, under)
        over = self.times(slope).shifted(intercept)
        low, high = min(ends) // under, max(ends) // under
        values = over.values
        if values.dtype == pl.Int128 or under > _NARROW:
            values = values.cast(pl.Int128) // pl.Series([under], dtype=pl.Int128)
        else:
            values = values // under
        return Column(values, low, high).narrowed()

    def narrowed(self) -> Column:
        """Return the same numbers in 64 bits, where they fit."""
        if self.values.dtype == pl.Int128 and _fits(self.low, self.high):
            return Column(self.values.cast(pl.Int64), self.low, self.high)
        return self

    def modulo(self, under: int) -> Column:
        """Return what is left over the next multiple below."""
        if self.low >= 0 and self.high < under:
            return self
        if self.values.dtype == pl.Int128 or under > _NARROW:
            values = self.values.cast(pl.Int128) % pl.Series([under], dtype=pl.Int128)
        else:
            values = self.values % under
        return Column(values, 0, under - 1).narrowed()

    def at_least(self, bound: int) -> pl.Series:
        """Tell for each row whether its number is at least a bound."""
        if bound <= self.low or bound > self.high:
            return pl.Series([bound <= self.low])
        return self.values >= _bound(bound, self)

    def raised(self, least: int) -> Column:
        """Return the numbers, with the least in the place of those below it."""
        if least <= self.low:
            return self
        held = joined(self.at_least(least), self, constant(least))
        return Column(held.values, least, max(self.high, least)).narrowed()

    def lowered(self, most: int) -> Column:
        """Return the numbers, with the most in the place of those above it."""
        if most >= self.high:
            return self
        held = joined(self.at_least(most + 1), constant(most), self)
        return Column(held.values, min(self.low, most), most).narrowed()

    def reaches(self, other: Column) -> pl.Series:
        """Tell for each row whether its number is at least another's."""
        if self.low >= other.high or self.high < other.low:
            return pl.Series([self.low >= other.high])
        return self.values >= other.values

    def least(self, other: Column) -> Column:
        """Return the lesser of two numbers in each row."""
        return joined(self.reaches(other), other, self)

    def most(self, other: Column) -> Column:
        """Return the larger of two numbers in each row."""
        return joined(self.reaches(other), self, other)

    def _fit(self, low: int, high: int, factor: int = 0) -> pl.Series:
        """Return the values in integers that hold a result, an operand and what they are made of."""
        if max(abs(low), abs(high), abs(self.low), abs(self.high), abs(factor)) > _WIDE:
            raise TooWide
        if _fits(low, high) and _fits(factor, factor) and self.values.dtype == pl.Int64:
            return self.values
        wide = not (_fits(low, high) and _fits(factor, factor) and _fits(self.low, self.high))
        return self.values.cast(pl.Int128 if wide else pl.Int64)


def _fits(low: int, high: int) -> bool:
    return low >= -_NARROW and high <= _NARROW


def _number(value: int, low: int, high: int, of: Column) -> pl.Series:
    """Return a constant of the type that `Column._fit` gives for the same result."""
    narrow = _fits(low, high) and _fits(value, value) and (of.values.dtype == pl.Int64 or _fits(of.low, of.high))
    return pl.Series([value], dtype=pl.Int64 if narrow else pl.Int128)


def _bound(bound: int, of: Column) -> pl.Series:
    return pl.Series([bound], dtype=of.values.dtype)


def column(values: pl.Series) -> Column:
    """Return a column of numbers, bounded by its least and its largest."""
    if values.is_empty():
        return Column(values.cast(pl.Int64), 0, 0)
    return Column(values, int(values.min()), int(values.max())).narrowed()  # type: ignore[arg-type]  # whole numbers


def constant(value: int) -> Column:
    """Return a column that is the same number in every row."""
    if abs(value) > _WIDE:
        raise TooWide
    return Column(pl.Series([value], dtype=pl.Int64 if _fits(value, value) else pl.Int128), value, value)


def joined(where: pl.Series, one: Column, other: Column) -> Column:
    """Return one column where a condition holds, and the other elsewhere."""
    if len(where) == 1:
        return one if where[0] else other
    low, high = min(one.low, other.low), max(one.high, other.high)
    kind = pl.Int64 if _fits(low, high) else pl.Int128
    parts = (spread(each.values.cast(kind), len(where)) for each in (one, other))
    first, second = parts
    return Column(first.zip_with(where, second), low, high)


def multiplied(one: Column, other: Column) -> Column:
    """Multiply two columns row by row."""
    ends = [mine * its for mine in (one.low, one.high) for its in (other.low, other.high)]
    low, high = min(ends), max(ends)
    if max(-low, high) > _WIDE:
        raise TooWide
    kind = pl.Int64 if _fits(low, high) and _fits(one.low, one.high) and _fits(other.low, other.high) else pl.Int128
    return Column(one.values.cast(kind) * other.values.cast(kind), low, high)


def spread(values: pl.Series, rows: int) -> pl.Series:
    """Return a series with one value for each row, where one may stand for all."""
    return values if len(values) == rows else values.new_from_index(0, rows)


def apart(where: pl.Series | None, also: pl.Series) -> pl.Series | None:
    """Return where both conditions hold; None stands for everywhere."""
    if len(also) == 1 and also[0]:
        return where
    return also if where is None else where & also
