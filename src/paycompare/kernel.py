"""The walk in whole numbers, for the search: the same figures as `paycompare.walk.Chain.walk`, many times faster.

Every amount of a chain lies on a grid, because every owner rounds. A chain is compiled into steps on counts of grid
units: whole numbers in, whole numbers out, each step a staircase, piece by piece ``(a x n + b) / c`` rounded. Nothing
is approximated. `Kernel.at` gives what one principal pays and lands, `Kernel.bounds` what an interval of principals
can at most and at least, so that a search can rule intervals out and stay exact whatever jumps, falls or rounds.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from paycompare.money import divided
from paycompare.walk import ConvertStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paycompare.curve import Curve
    from paycompare.money import Mode
    from paycompare.walk import Chain, TakeStep

__all__ = ["Bounds", "Converting", "Kernel", "Stairs", "Taking", "compiled"]

_PAID: Final = ("on_top", "billed_later")
"""Where a charge adds to what is paid."""

_Step = TypeVar("_Step", bound="Taking | Converting")

_PRINCIPAL, _HELD, _CONVERTED = "principal", "held", "converted"


class Bounds(NamedTuple):
    """Outer bounds of what is paid and what lands over an interval of principals, in counts of their grids."""

    paid_low: int
    paid_high: int
    landed_low: int
    landed_high: int


_Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stairs:
    """A rounded piecewise-linear function from whole numbers to whole numbers.

    Attributes:
        starts: First number of each piece, rising.
        ends: Last number of each piece; None for no end.
        lines: ``(a, b, c)`` of each piece, for ``(a x n + b) / c``; None where there is no value.
        mode: How the quotient is rounded.
    """

    starts: list[int]
    ends: list[int | None]
    lines: list[tuple[int, int, int] | None]
    mode: Mode

    def at(self, n: int) -> int | None:
        """Return the value at a number, or None where there is none."""
        index = bisect_right(self.starts, n) - 1
        if index < 0:
            return None
        end, line = self.ends[index], self.lines[index]
        if line is None or (end is not None and n > end):
            return None
        return divided(line[0] * n + line[1], line[2], self.mode)

    def corners(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield number and value at both ends of every piece between two numbers; between them it is monotone."""
        for index in range(max(bisect_right(self.starts, low) - 1, 0), len(self.starts)):
            first = max(self.starts[index], low)
            if first > high:
                return
            end, line = self.ends[index], self.lines[index]
            last = high if end is None else min(end, high)
            if line is not None and first <= last:
                a, b, c = line
                yield first, divided(a * first + b, c, self.mode)
                yield last, divided(a * last + b, c, self.mode)


@dataclass(frozen=True, slots=True)
class Taking:
    """A charge: ``base`` counts of earlier amounts make the number that the stairs price."""

    name: str
    bite: str
    base: tuple[tuple[str, int], ...]
    base_rounding: tuple[int, int, Mode] | None
    stairs: Stairs
    held: int
    taken: int
    paid: int
    on_held: bool

    def number(self, base: int) -> int:
        """Return the base as the stairs count it."""
        return base if self.base_rounding is None else divided(base * self.base_rounding[0], *self.base_rounding[1:])


@dataclass(frozen=True, slots=True)
class Converting:
    """A conversion of what is held; ``paid`` brings a debit computed backwards to the grid of what is paid.

    ``source`` and ``target`` are what one count of either side is worth, each in its own currency.
    """

    stairs: Stairs
    backwards: bool
    paid: int
    source: Fraction
    target: Fraction


@dataclass(frozen=True, slots=True)
class Kernel:
    """A chain in whole numbers.

    Attributes:
        grid: The unit of the principal, in its currency.
        paid_unit: The unit of what is paid, in the payer's currency.
        landed_unit: The unit of what lands, in the payee's currency.
    """

    grid: Fraction
    paid_unit: Fraction
    landed_unit: Fraction
    steps: tuple[Taking | Converting, ...]
    debit: int | None
    """Units of paid per unit of the principal; None where a conversion backwards makes the debit."""

    def at(self, principal: int) -> tuple[int, int] | None:
        """Return what a principal pays and lands, in counts of their units; None when it cannot be walked."""
        held = principal
        paid = 0 if self.debit is None else principal * self.debit
        amounts = {_PRINCIPAL: principal}
        for step in self.steps:
            if isinstance(step, Converting):
                found = step.stairs.at(held)
                if found is None:
                    return None
                if step.backwards:
                    amounts[_CONVERTED] = found
                    paid += found * step.paid
                else:
                    amounts[_CONVERTED], held = held, found
                continue
            base = 0
            for name, factor in step.base:
                base += (held if name == _HELD else amounts[name]) * factor
            charge = step.stairs.at(step.number(base))
            if charge is None:
                return None
            amounts[step.name] = charge
            held = held * step.held - charge * step.taken
            paid += charge * step.paid
            if held <= 0:
                return None
        return paid, held

    def bounds(self, low: int, high: int) -> Bounds | None:
        """Bound what `at` returns for every principal from low to high.

        Returns:
            Outer bounds, never too narrow; None when no principal of the interval can be walked.
        """
        whole: _Interval = (low, high)
        held = whole
        paid = (0, 0) if self.debit is None else (low * self.debit, high * self.debit)
        amounts = {_PRINCIPAL: whole}
        for step in self.steps:
            if isinstance(step, Converting):
                values = [value for _, value in step.stairs.corners(*held)]
                if not values:
                    return None
                found = (min(values), max(values))
                if step.backwards:
                    amounts[_CONVERTED] = found
                    paid = (paid[0] + found[0] * step.paid, paid[1] + found[1] * step.paid)
                else:
                    amounts[_CONVERTED], held = held, found
                continue
            ends = _charge(step, held, amounts)
            if ends is None:
                return None
            charge, left = ends
            amounts[step.name] = charge
            held = left
            paid = (paid[0] + charge[0] * step.paid, paid[1] + charge[1] * step.paid)
            if held[1] <= 0:
                return None
        return Bounds(*paid, *held)


def _charge(step: Taking, held: _Interval, amounts: dict[str, _Interval]) -> tuple[_Interval, _Interval] | None:
    """Bound a charge, and what it leaves of what is held; None where it has no value."""
    low = high = 0
    for name, factor in step.base:
        part = held if name == _HELD else amounts[name]
        low += part[0] * factor
        high += part[1] * factor
    corners = list(step.stairs.corners(step.number(max(low, 0)), step.number(max(high, 0))))
    if not corners:
        return None
    charges = [value for _, value in corners]
    charge = (min(charges), max(charges))
    left = (held[0] * step.held - charge[1] * step.taken, held[1] * step.held - charge[0] * step.taken)
    if step.on_held and held[0] >= 0:  # a charge on what is held moves with it, which keeps the bound tight
        kept = [at * step.held - value * step.taken for at, value in corners]
        slack = 2 * step.taken
        left = (max(left[0], min(kept) - slack), min(left[1], max(kept) + slack))
    return charge, left


def compiled(chain: Chain, grid: Fraction) -> Kernel:
    """Compile a chain for principals on a grid.

    Args:
        chain: The steps, with every cause fixed.
        grid: The minor unit of the principal's currency.

    Raises:
        ValueError: A margin is not constant within each of its bands.
    """
    backwards = chain.payee_instructs and any(isinstance(step, ConvertStep) for step in chain.steps)
    units = _Units(grid, grid, {_PRINCIPAL: grid})
    paid_unit = _paid_unit(chain, grid, backwards=backwards)
    steps: list[Taking | Converting] = []
    for step in chain.steps:
        if isinstance(step, ConvertStep):
            steps.append(units.convert(step, paid_unit, backwards=backwards))
        else:
            steps.append(units.take(step, paid_unit))
    debit = None if backwards else int(grid / paid_unit)
    return Kernel(grid, paid_unit, units.held, tuple(steps), debit)


def _paid_unit(chain: Chain, grid: Fraction, *, backwards: bool) -> Fraction:
    """Return the largest unit of which the debit and every charge that is paid are whole multiples."""
    units = [] if backwards else [grid]
    for step in chain.steps:
        if isinstance(step, ConvertStep):
            units += [step.backwards.step] if backwards else []
        elif step.bite in _PAID:
            units.append(step.rounding.step)
    return reduce(_common, units)


@dataclass(slots=True)
class _Units:
    """What one count of each amount is worth, while a chain is compiled step by step."""

    grid: Fraction
    held: Fraction
    named: dict[str, Fraction]

    def convert(self, step: ConvertStep, paid_unit: Fraction, *, backwards: bool) -> Converting:
        source, rounding = self.held, step.backwards if backwards else step.forwards
        self.named[_CONVERTED] = rounding.step if backwards else source
        if not backwards:
            self.held = rounding.step
        return _made_once(
            step, (source, paid_unit, backwards), lambda: self._convert(step, source, paid_unit, backwards=backwards)
        )

    @staticmethod
    def _convert(step: ConvertStep, source: Fraction, paid_unit: Fraction, *, backwards: bool) -> Converting:
        rounding = step.backwards if backwards else step.forwards
        number = source * step.weight / step.reference if backwards else source * step.weight
        lines: list[tuple[int, int, int] | None] = []
        for rate in step.rates():
            if rate <= 0:
                lines.append(None)
                continue
            factor = source / rate if backwards else source * rate
            lines.append(_line(factor / rounding.step, Fraction(0)))
        stairs = _stairs(step.bands, number, lines, rounding.mode)
        if backwards:
            return Converting(stairs, backwards, int(rounding.step / paid_unit), rounding.step, source)
        return Converting(stairs, backwards, 0, source, rounding.step)

    def take(self, step: TakeStep, paid_unit: Fraction) -> Taking:
        source = self.held
        units = tuple(source if name == _HELD else self.named[name] for name, _ in step.base)
        self.named[step.name] = step.rounding.step * step.counted
        if step.bite == "from_amount":
            self.held = _common(source, step.rounding.step)
        return _made_once(step, (source, units, paid_unit), lambda: self._take(step, source, units, paid_unit))

    @staticmethod
    def _take(step: TakeStep, source: Fraction, units: tuple[Fraction, ...], paid_unit: Fraction) -> Taking:
        parts = [(name, unit * factor) for (name, factor), unit in zip(step.base, units, strict=True)]
        number = parts[0][1]
        for _, unit in parts[1:]:
            number = _common(number, unit)
        base = tuple((name, int(unit / number)) for name, unit in parts)
        base_rounding = None
        if step.base_rounding is not None:
            quotient = number / step.base_rounding.step
            base_rounding = (quotient.numerator, quotient.denominator, step.base_rounding.mode)
            number = step.base_rounding.step
        scale = step.into / step.rounding.step
        lines: list[tuple[int, int, int] | None] = [
            _line(piece.slope * number * scale, piece.intercept * scale) for piece in step.charge.pieces
        ]
        stairs = _stairs(step.charge, number, lines, step.rounding.mode)
        factor, taken = 1, 0
        if step.bite == "from_amount":
            held = _common(source, step.rounding.step)
            factor, taken = int(source / held), int(step.rounding.step / held)
        return Taking(
            name=step.name,
            bite=step.bite,
            base=base,
            base_rounding=base_rounding,
            stairs=stairs,
            held=factor,
            taken=taken,
            paid=int(step.rounding.step / paid_unit) if step.bite in _PAID else 0,
            on_held=base == ((_HELD, 1),) and base_rounding is None and taken > 0,
        )


def _made_once(step: TakeStep | ConvertStep, key: object, make: Callable[[], _Step]) -> _Step:
    """Return what was made of a step before on the same units; offers that differ elsewhere share their steps."""
    found = step.compiled.get(key)
    if found is None:
        found = step.compiled[key] = make()
    return found  # type: ignore[return-value]  # what `make` returned for this key


def _common(one: Fraction, other: Fraction) -> Fraction:
    """Return the largest unit of which both are whole multiples."""
    under = one.denominator * other.denominator
    return Fraction(gcd(one.numerator * other.denominator, other.numerator * one.denominator), under)


def _line(slope: Fraction, intercept: Fraction) -> tuple[int, int, int]:
    under = slope.denominator * intercept.denominator // gcd(slope.denominator, intercept.denominator)
    return int(slope * under), int(intercept * under), under


def _stairs(curve: Curve, number: Fraction, lines: Sequence[tuple[int, int, int] | None], mode: Mode) -> Stairs:
    """Bring the edges of a curve to whole counts of a unit."""
    starts: list[int] = []
    ends: list[int | None] = []
    for piece in curve.pieces:
        start = piece.start / number
        whole = -int(-start // 1) if piece.start_closed else int(start // 1) + 1
        starts.append(whole)
        if piece.end is None:
            ends.append(None)
        else:
            end = piece.end / number
            ends.append(int(end // 1) if piece.end_closed else -int(-end // 1) - 1)
    return Stairs(starts, ends, list(lines), mode)
