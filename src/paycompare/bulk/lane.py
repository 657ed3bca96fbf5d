"""The walk of `paycompare.kernel`, over columns: one chain, as many principals as there are rows.

Each stair is a short sorted table of lines ``(a x n + b) / c``. A few lines are told apart by comparing, many by one
search in the table; which line a row is on is kept, because scenarios are compared by it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.bulk.columns import Column, apart, constant, joined, multiplied
from paycompare.kernel import Converting
from paycompare.money import divided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paycompare.kernel import Kernel, Stairs, Taking

__all__ = ["Carried", "Exchanged", "carry", "paid_of"]

_COMPARED: Final = 4
"""So many lines are told apart by comparing each; more are searched for."""

_LARGEST_UNDER: Final = 10**9
"""Lines that are searched for are brought to one divisor, unless it would pass this."""

_Line = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a conversion turned into what, in counts of either grid."""

    source: Column
    target: Column


@dataclass(frozen=True, slots=True)
class Carried:
    """Principals carried through a chain, in counts of the kernel's units.

    Attributes:
        debit: What leaves the payer at once.
        later: What is billed later.
        landed: What reaches the payee's institution.
        lines: The charge of each step, or what a conversion turned into what, in order.
        walked: Where the walk can be made at all; None for everywhere. Other rows hold numbers without a meaning.
        signature: For each step the line that each row was on.
    """

    debit: Column
    later: Column
    landed: Column
    lines: tuple[Column | Exchanged, ...]
    walked: pl.Series | None
    signature: tuple[Column, ...]

    @property
    def paid(self) -> Column:
        """The debit and what is billed later."""
        return self.debit + self.later


@dataclass(slots=True)
class _Walker:
    """The amounts of a walk, while it is made."""

    held: Column
    amounts: dict[str, Column]
    walked: pl.Series | None = None

    def base(self, step: Taking) -> Column:
        """Return the numbers that a charge is computed on."""
        base = constant(0)
        for name, factor in step.base:
            base = (self.held if name == "held" else self.amounts[name]).times(factor) + base
        if step.base_rounding is not None:
            up, under, mode = step.base_rounding
            base = base.line(up, 0, under, mode)
        return base

    def on_stairs(self, stairs: Stairs, numbers: Column) -> tuple[Column, Column]:
        """Return the value and the line of each number, and leave out the rows that have none."""
        first = next((start for start, line in zip(stairs.starts, stairs.lines, strict=True) if line), 0)
        self.walked = apart(self.walked, numbers.at_least(first))
        numbers = numbers.raised(first)
        for index, end in enumerate(stairs.ends):
            follows = stairs.starts[index + 1] if index + 1 < len(stairs.starts) else None
            unpriced = stairs.lines[index] is None
            gap = stairs.starts[index] if unpriced else None if end is None else end + 1
            if gap is None or gap == follows:
                continue
            outside = numbers.at_least(gap)
            if follows is not None:
                outside &= ~numbers.at_least(follows)
            self.walked = apart(self.walked, ~outside)
        return _priced(stairs, numbers)

    def keep(self, held: Column) -> None:
        """Set what is held, and leave out the rows that hold nothing any more."""
        self.walked = apart(self.walked, held.at_least(1))
        self.held = held.raised(1)


def carry(kernel: Kernel, principals: Column) -> Carried:
    """Carry principals through a chain.

    Args:
        kernel: The chain in whole numbers.
        principals: In counts of its grid, each at least 1.

    Raises:
        TooWide: A number on the way may not fit into 128 bits.
    """
    walker = _Walker(principals, {"principal": principals})
    debit = constant(0) if kernel.debit is None else principals.times(kernel.debit)
    later = constant(0)
    lines: list[Column | Exchanged] = []
    signature: list[Column] = []
    for step in kernel.steps:
        if isinstance(step, Converting):
            source = walker.held
            found, line = walker.on_stairs(step.stairs, source)
            if step.backwards:
                debit += found.times(step.paid)
                lines.append(Exchanged(found, source))
                walker.amounts["converted"] = found
            else:
                lines.append(Exchanged(source, found))
                walker.amounts["converted"] = source
                walker.held = found
            signature.append(line)
            continue
        charge, line = walker.on_stairs(step.stairs, walker.base(step))
        signature.append(line)
        lines.append(charge)
        walker.amounts[step.name] = charge
        if step.bite == "billed_later":
            later += charge.times(step.paid)
        else:
            debit += charge.times(step.paid)
        walker.keep(walker.held.times(step.held) - charge.times(step.taken))
    return Carried(debit, later, walker.held, tuple(lines), walker.walked, tuple(signature))


def paid_of(kernel: Kernel, principals: Column) -> Column:
    """Return what principals pay that can be walked, without the steps that have no part in it."""
    needed = _that_pay(kernel)
    walker = _Walker(principals, {"principal": principals})
    paid = constant(0) if kernel.debit is None else principals.times(kernel.debit)
    for step, wanted in zip(kernel.steps, needed, strict=True):
        if not wanted:
            continue
        if isinstance(step, Converting):
            found, _ = walker.on_stairs(step.stairs, walker.held)
            walker.amounts["converted"] = found if step.backwards else walker.held
            walker.held = walker.held if step.backwards else found
            paid += found.times(step.paid)
            continue
        charge, _ = walker.on_stairs(step.stairs, walker.base(step))
        walker.amounts[step.name] = charge
        paid += charge.times(step.paid)
        walker.held = (walker.held.times(step.held) - charge.times(step.taken)).raised(1)
    return paid


def _that_pay(kernel: Kernel) -> list[bool]:
    """Tell for each step whether what is paid depends on it."""
    live: set[str] = set()
    wanted: list[bool] = []
    for step in reversed(kernel.steps):
        if isinstance(step, Converting):
            used = step.paid != 0 or "converted" in live or ("held" in live and not step.backwards)
            needs = {"held"}
            live -= {"converted"}
        else:
            used = step.paid != 0 or step.name in live or ("held" in live and (step.taken != 0 or step.held != 1))
            needs = {name for name, _ in step.base} | ({"held"} if "held" in live else set())
        if used:
            live |= needs
        wanted.append(used)
    return wanted[::-1]


def _priced(stairs: Stairs, numbers: Column) -> tuple[Column, Column]:
    """Return the value of each number, and which line it is on."""
    first = max(bisect_right(stairs.starts, numbers.low) - 1, 0)
    last = max(bisect_right(stairs.starts, numbers.high) - 1, 0)
    lines = [(line or (0, 0, 1)) for line in stairs.lines[first : last + 1]]
    starts = stairs.starts[first + 1 : last + 1]
    if len(lines) > _COMPARED:
        under = lcm(*(line[2] for line in lines))
        if under <= _LARGEST_UNDER:
            return _searched(lines, starts, numbers, stairs, first)
    value, where = numbers.line(*lines[0], stairs.mode), constant(first)
    for index, (line, start) in enumerate(zip(lines[1:], starts, strict=True), first + 1):
        above = numbers.at_least(start)
        value = joined(above, numbers.line(*line, stairs.mode), value)
        where = joined(above, constant(index), where)
    return _tightened(value, stairs, numbers), where


def _searched(
    lines: Sequence[_Line], starts: Sequence[int], numbers: Column, stairs: Stairs, first: int
) -> tuple[Column, Column]:
    """Find the line of each number in the sorted table, and read its value there."""
    kind = numbers.values.dtype
    found = pl.Series(starts, dtype=kind).search_sorted(numbers.values, side="right").cast(pl.Int64)
    where = Column(found, 0, len(lines) - 1)
    if all(line[0] == 0 for line in lines):
        values = [divided(intercept, under, stairs.mode) for _, intercept, under in lines]
        return _tightened(_read(values, where), stairs, numbers), where.shifted(first)
    under = lcm(*(line[2] for line in lines))
    slopes = _read([line[0] * under // line[2] for line in lines], where)
    intercepts = _read([line[1] * under // line[2] for line in lines], where)
    value = (multiplied(slopes, numbers) + intercepts).over(under, stairs.mode)
    return _tightened(value, stairs, numbers), where.shifted(first)


def _read(table: Sequence[int], where: Column) -> Column:
    low, high = min(table), max(table)
    small = constant(low).values.dtype == constant(high).values.dtype == pl.Int64
    return Column(pl.Series(table, dtype=pl.Int64 if small else pl.Int128).gather(where.values), low, high)


def _tightened(value: Column, stairs: Stairs, numbers: Column) -> Column:
    """Bound values by the ends of the lines that the numbers reach, which is all that they can be."""
    ends = [at for _, at in stairs.corners(numbers.low, numbers.high)]
    return Column(value.values, min(ends), max(ends)).narrowed() if ends else value
