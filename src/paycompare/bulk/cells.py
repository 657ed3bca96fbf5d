"""Where a chain is one line: intervals of principals within which no step changes its piece.

Inverting a chain for a million payments needs to know beforehand where the answer of each can lie. Within a cell,
what is paid and what lands are lines of the principal, give or take an error that rounding cannot exceed, and often
they never fall from one principal to the next. Both are proven here, in rationals, once for a chain; what cannot be
proven raises `Unproven`, and the search of `paycompare.search` does those payments one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Final, NamedTuple

from paycompare.kernel import Converting
from paycompare.money import divided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.kernel import Kernel, Stairs, Taking
    from paycompare.money import Mode

__all__ = ["PRINCIPAL", "Cell", "Line", "Unproven", "cells"]

_MOST_CELLS: Final = 512
_WIDEST_BLUR: Final = 32
"""Principals beside an edge that rounding may throw to either side of it; each of them is a cell of its own."""


class Unproven(ArithmeticError):
    """A chain is not, or cannot be shown to be, a line in each of a few intervals."""


class Line(NamedTuple):
    """An amount within a cell, as a function of the principal, both in counts of their units.

    Attributes:
        slope: Counts per count of the principal, before rounding.
        intercept: Counts at a principal of 0, before rounding.
        error: How far rounding can move it, at most.
        least_rise: From one principal to the next it rises by at least this.
        most_rise: And by at most this.
    """

    slope: Fraction
    intercept: Fraction
    error: Fraction
    least_rise: int
    most_rise: int

    def at(self, principal: Fraction | int) -> Fraction:
        """Return the amount before rounding."""
        return self.slope * principal + self.intercept

    def plus(self, other: Line, factor: int) -> Line:
        """Return the sum with a multiple of another amount."""
        rises = other.least_rise * factor, other.most_rise * factor
        return Line(
            self.slope + other.slope * factor,
            self.intercept + other.intercept * factor,
            self.error + other.error * abs(factor),
            self.least_rise + min(rises),
            self.most_rise + max(rises),
        )


_NOTHING: Final = Line(Fraction(0), Fraction(0), Fraction(0), 0, 0)
PRINCIPAL: Final = Line(Fraction(1), Fraction(0), Fraction(0), 1, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """Principals within which no step changes its piece, and every one of which can be walked.

    Attributes:
        first: The least of them, in counts of the grid.
        last: The largest.
        paid: What they pay.
        landed: What they land.
    """

    first: int
    last: int
    paid: Line
    landed: Line


@dataclass(frozen=True, slots=True)
class _State:
    """Every amount of a walk that has come to a certain step, over an interval of principals."""

    first: int
    last: int
    held: Line
    paid: Line
    amounts: dict[str, Line]


def cells(kernel: Kernel, most: int) -> list[Cell]:
    """Return the cells of a chain between 1 and a largest principal, rising; what lies between cannot be walked.

    Args:
        kernel: The chain in whole numbers.
        most: The largest principal that matters, in counts of the grid.

    Raises:
        Unproven: There are too many of them, or an amount that a price depends on does not rise steadily.
    """
    paid = _NOTHING if kernel.debit is None else _NOTHING.plus(PRINCIPAL, kernel.debit)
    states = [_State(1, most, PRINCIPAL, paid, {"principal": PRINCIPAL})]
    for index in range(len(kernel.steps)):
        step = _Step(kernel, index)
        states = [after for state in states for after in step.through(state)]
        if len(states) > _MOST_CELLS:
            raise Unproven
    return sorted(
        (Cell(state.first, state.last, state.paid, state.held) for state in states), key=lambda cell: cell.first
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a chain, with those before it to find where its edges are met."""

    kernel: Kernel
    index: int

    def through(self, state: _State) -> Iterator[_State]:
        """Yield what the step makes of a state, split where it changes its piece."""
        step = self.kernel.steps[self.index]
        if isinstance(step, Converting):
            for inside, line in self._on_stairs(step.stairs, state.held, state):
                found = _rounded(inside.held, line, step.stairs.mode, inside)
                if step.backwards:
                    paid = inside.paid.plus(found, step.paid)
                    yield replace(inside, paid=paid, amounts={**inside.amounts, "converted": found})
                else:
                    yield replace(inside, held=found, amounts={**inside.amounts, "converted": inside.held})
            return
        base = _base(step, state)
        for inside, line in self._on_stairs(step.stairs, base, state):
            charge = _rounded(base, line, step.stairs.mode, inside)
            left = replace(
                inside,
                held=_left(step, line, inside, charge),
                paid=inside.paid.plus(charge, step.paid),
                amounts={**inside.amounts, step.name: charge},
            )
            yield from (part for part, above in self._parts(left, left.held, 1, after=True) if above)

    def _on_stairs(self, stairs: Stairs, numbers: Line, state: _State) -> Iterator[tuple[_State, tuple[int, int, int]]]:
        """Yield the parts of an interval that lie on one stair each, with its line."""
        rest = [state]
        for index, start in enumerate(stairs.starts):
            follows = stairs.starts[index + 1] if index + 1 < len(stairs.starts) else None
            if follows is not None and follows <= start:
                continue
            met = [part for one in rest for part in self._parts(one, numbers, start)]
            rest = [part for part, above in met if above]
            end, line = stairs.ends[index], stairs.lines[index]
            beyond = end + 1 if end is not None else follows
            if line is None:
                continue
            for one in rest:
                here = [(one, False)] if beyond is None else self._parts(one, numbers, beyond)
                yield from ((part, line) for part, above in here if not above)

    def _parts(self, state: _State, numbers: Line, bound: int, *, after: bool = False) -> list[tuple[_State, bool]]:
        """Split an interval into parts in which a number surely is, or surely is not, at least a bound."""
        first, last = state.first, state.last
        sure = [_surely(numbers, at, bound) for at in (first, last)]
        if sure[0] is not None and sure[0] == sure[1]:
            return [(state, sure[0])]
        if first == last or numbers.least_rise == numbers.most_rise == 0:
            return [(state, self._number(first, after=after) >= bound)]
        if numbers.slope <= 0:
            raise Unproven
        below = ceil((bound - numbers.error - numbers.intercept) / numbers.slope) - 1
        above = ceil((bound + numbers.error - numbers.intercept) / numbers.slope)
        below, above = max(below, first - 1), min(above, last + 1)  # the last surely below, the first surely above
        if numbers.least_rise >= 0:
            edge = self._edge(below, above, bound, after=after)
            parts = [(first, edge - 1, False), (edge, last, True)]
        else:
            if above - below > _WIDEST_BLUR:
                raise Unproven
            blurred = range(below + 1, above)
            singles = [(at, at, self._number(at, after=after) >= bound) for at in blurred]
            parts = [(first, below, False), *singles, (above, last, True)]
        return [(replace(state, first=low, last=high), up) for low, high, up in parts if low <= high]

    def _edge(self, below: int, above: int, bound: int, *, after: bool) -> int:
        """Return the first principal whose number reaches a bound, between two of which that is sure."""
        while above - below > 1:
            middle = (below + above) // 2
            if self._number(middle, after=after) >= bound:
                above = middle
            else:
                below = middle
        return above

    def _number(self, principal: int, *, after: bool) -> int:
        """Return what the step computes its price on, or what is held after it; all steps before can be walked."""
        held, amounts = principal, {"principal": principal}
        for step in self.kernel.steps[: self.index + 1]:
            last = step is self.kernel.steps[self.index] and not after
            if isinstance(step, Converting):
                if last:
                    return held
                found = step.stairs.at(held) or 0
                amounts["converted"], held = (found, held) if step.backwards else (held, found)
                continue
            base = step.number(sum((held if name == "held" else amounts[name]) * by for name, by in step.base))
            if last:
                return base
            charge = step.stairs.at(base) or 0
            amounts[step.name] = charge
            held = held * step.held - charge * step.taken
        return held


def _surely(numbers: Line, at: int, bound: int) -> bool | None:
    """Tell whether a number is at least a bound; None when rounding leaves it open."""
    value = numbers.at(at)
    if value - numbers.error >= bound:
        return True
    return False if value + numbers.error < bound else None


def _base(step: Taking, state: _State) -> Line:
    base = _NOTHING
    for name, factor in step.base:
        base = base.plus(state.held if name == "held" else state.amounts[name], factor)
    if step.base_rounding is None:
        return base
    up, under, mode = step.base_rounding
    return _rounded(base, (up, 0, under), mode, state)


def _left(step: Taking, line: tuple[int, int, int], state: _State, charge: Line) -> Line:
    """Return what a charge leaves; where one count more that is held costs no more than one, it never falls."""
    before = state.held
    held = _NOTHING.plus(before, step.held).plus(charge, -step.taken)
    base = before if step.base == (("held", 1),) else state.amounts.get(step.base[0][0])
    alone = len(step.base) == 1 and step.base[0][1] == 1 and step.base_rounding is None and base == before
    if alone and before.least_rise >= 0 and line[0] >= 0 and _is_steady(before, line, step.stairs.mode, state):
        falls = step.taken * -(-line[0] // line[2]) > step.held
        return held if falls else held._replace(least_rise=max(held.least_rise, 0))
    return held


def _is_steady(numbers: Line, line: tuple[int, int, int], mode: Mode, state: _State) -> bool:
    """Tell whether adding one before rounding adds one after it: so it is on one side of zero, but for ties to even."""
    slope, intercept, _ = line
    ends = [
        slope * (numbers.at(at) + error) + intercept
        for at in (state.first, state.last)
        for error in (-numbers.error, numbers.error)
    ]
    return mode != "half_even" and (min(ends) >= 0 or max(ends) <= 0)


def _rounded(numbers: Line, line: tuple[int, int, int], mode: Mode, state: _State) -> Line:
    """Return ``(slope x number + intercept) / under``, rounded."""
    slope, intercept, under = line
    if slope == 0:
        return _NOTHING._replace(intercept=Fraction(divided(intercept, under, mode)))
    share = Fraction(slope, under)
    rises = sorted((share * numbers.least_rise, share * numbers.most_rise))
    exact = share.denominator == 1 and intercept % under == 0
    margin = Fraction(0) if exact else Fraction(1, 2) if mode in ("half_up", "half_even") else Fraction(1)
    if exact or _is_steady(numbers, line, mode, state):
        least, most = floor(rises[0]), ceil(rises[1])
    else:
        least, most = ceil(rises[0] - 2 * margin), floor(rises[1] + 2 * margin)
    return Line(
        share * numbers.slope,
        share * numbers.intercept + Fraction(intercept, under),
        abs(share) * numbers.error + margin,
        least,
        most,
    )
