"""The figures of one offer for a column of payments: what a `paycompare.quote.Quote` says, in minor units.

An offer with ranges is walked at every corner of its causes. Where all corners use the same pieces, nothing else can
be an end of its range; where they do not, or a search was not settled, the rows are left to the scalar walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from math import lcm
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.bulk.cells import Unproven, cells
from paycompare.bulk.columns import Column, apart, constant, joined, multiplied
from paycompare.bulk.inverse import Found, cheapest_reaching, largest_within
from paycompare.bulk.lane import Carried, Exchanged, carry
from paycompare.kernel import Converting, compiled
from paycompare.offer import PLACE_CAUSE, Convert, Take
from paycompare.scenario import MOST_TIMES
from paycompare.walk import Chain, ConvertStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paycompare.bulk.cells import Cell
    from paycompare.kernel import Kernel
    from paycompare.offer import Limit, Offer
    from paycompare.terms import Side

__all__ = ["GROUPS", "Chart", "Corner", "Figures", "figures", "part_groups", "principals_of"]

GROUPS: Final = ("charges", "fx_margin", "levies", "third_parties")
"""Who took it, as `paycompare.frame.GROUPS`."""

_CHEAP, _DEAR = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one offer makes of a column of payments, in counts of the minor units of its two currencies.

    Attributes:
        principal: The amount instructed, in the worst case.
        paid_low: Everything that leaves the payer, at the least.
        paid_high: And at the most.
        landed_low: What reaches the payee's institution, at the least.
        landed_high: And at the most.
        paid: Everything that leaves the payer, in the worst case, which counts for the rank.
        landed: What reaches the payee's institution in it.
        groups: What was lost in the worst case, by who took it, at the reference in the payer's currency; as
            displayed, so that it adds up.
        parts: The same by the steps of the offer that take a part, in their order.
        made: Where the payment can be made; None for everywhere. Other rows hold numbers without a meaning.
        settled: Where all this is known to be exact; None for everywhere. Other rows are for the scalar walk.
    """

    principal: Column
    paid_low: Column
    paid_high: Column
    landed_low: Column
    landed_high: Column
    paid: Column
    landed: Column
    groups: tuple[Column, ...]
    parts: tuple[Column, ...]
    made: pl.Series | None
    settled: pl.Series | None


@dataclass(frozen=True, slots=True)
class _Case:
    """One corner, carried through."""

    kernel: Kernel
    principal: Column
    carried: Carried
    paid: Column
    landed: Column
    parts: tuple[Column, ...]
    made: pl.Series | None
    settled: pl.Series | None


@dataclass(frozen=True, slots=True)
class Corner:
    """A chain with every cause at one of its ends, compiled.

    Attributes:
        at: The position of each cause.
        chain: The steps.
        kernel: The same in whole numbers.
        alone: The conversions alone, in whole numbers, for what is sent in the other currency; None without any.
    """

    at: tuple[Fraction, ...]
    chain: Chain
    kernel: Kernel
    alone: Kernel | None
    _cells: dict[tuple[bool, int], list[Cell]]

    def cells(self, most: int, *, alone: bool = False) -> list[Cell]:
        """Return the cells of a kernel up to a largest principal, found once for each power of two."""
        key = alone, most.bit_length()
        if key not in self._cells:
            kernel = self.alone if alone and self.alone is not None else self.kernel
            self._cells[key] = cells(kernel, (1 << most.bit_length()) - 1)
        return self._cells[key]


@dataclass(frozen=True, slots=True)
class Chart:
    """An offer made ready for columns.

    Attributes:
        offer: The offer.
        corners: Its chain at every corner of its causes.
    """

    offer: Offer
    corners: tuple[Corner, ...]

    @classmethod
    def of(cls, offer: Offer) -> Chart:
        """Compile an offer."""
        grid = offer.grid[offer.principal_currency]
        corners = []
        for at in product((_CHEAP, _DEAR), repeat=len(offer.causes)):
            chain = offer.at(dict(zip(offer.causes, at, strict=True)))
            converting = tuple(step for step in chain.steps if isinstance(step, ConvertStep))
            alone = compiled(Chain(converting, chain.payee_instructs), grid) if converting else None
            corners.append(Corner(at, chain, compiled(chain, grid), alone, {}))
        return cls(offer, tuple(corners))


def figures(chart: Chart, side: Side, currency: str, amounts: Column) -> Figures | None:
    """Price an offer for a column of payments.

    Args:
        chart: The offer.
        side: Which side is held fixed.
        currency: The currency of the amounts.
        amounts: In counts of its minor unit, each at least 1.

    Returns:
        The figures; None when no payment can be made.

    Raises:
        Unproven: The offer is beyond what columns can do; the scalar walk can do it.
        TooWide: The same, because of its numbers.
    """
    offer = chart.offer
    found = [_case(offer, corner, side, currency, amounts) for corner in chart.corners]
    cases = [case for case in found if case is not None]
    if not cases:
        return None
    if len(cases) < len(found):
        raise Unproven  # possible at one end and not at another: the scalar walk says what is to be said
    settled = reduce(_both, (case.settled for case in cases))
    made = reduce(_both, (case.made for case in cases))
    if len(cases) > 1:
        settled = _both(settled, _same_everywhere(cases))
        for (here, case), (there, other) in product(zip(chart.corners, cases, strict=True), repeat=2):
            moved = [cause for cause, one, two in zip(offer.causes, here.at, there.at, strict=True) if one < two]
            only = len(moved) == 1 and sum(here.at) + 1 == sum(there.at)
            if only and not moved[0].startswith(PLACE_CAUSE):
                settled = _both(settled, _same_pieces(case, other))
    return _over_cases(offer, side, cases, made, settled)


def _both(one: pl.Series | None, other: pl.Series | None) -> pl.Series | None:
    return one if other is None else apart(one, other)


def _same_everywhere(cases: Sequence[_Case]) -> pl.Series | None:
    """Tell where a payment can be made in all cases or in none."""
    answers = [case.made for case in cases]
    if all(made is None for made in answers):
        return None
    whole = [pl.Series([True]) if made is None else made for made in answers]
    every, some = reduce(lambda one, two: one & two, whole), reduce(lambda one, two: one | two, whole)
    return every == some


def _same_pieces(one: _Case, other: _Case) -> pl.Series | None:
    same: pl.Series | None = None
    for mine, its in zip(one.carried.signature, other.carried.signature, strict=True):
        if mine.low == mine.high == its.low == its.high:
            continue
        same = _both(same, mine.values == its.values)
    return same


def _over_cases(
    offer: Offer, side: Side, cases: Sequence[_Case], made: pl.Series | None, settled: pl.Series | None
) -> Figures:
    """Span the cases, and take the parts of the worst: the first of those that no other is worse than."""
    worst = cases[0]
    principal, parts, groups = worst.principal, worst.parts, _grouped(offer, worst.parts)
    paid, landed = worst.paid, worst.landed
    paid_low = paid_high = paid
    landed_low = landed_high = landed
    for case in cases[1:]:
        worse = _is_worse(side, case, paid, landed)
        paid, landed = joined(worse, case.paid, paid), joined(worse, case.landed, landed)
        principal = joined(worse, case.principal, principal)
        parts = tuple(joined(worse, one, two) for one, two in zip(case.parts, parts, strict=True))
        pairs = zip(_grouped(offer, case.parts), groups, strict=True)
        groups = tuple(joined(worse, one, two) for one, two in pairs)
        paid_low, paid_high = paid_low.least(case.paid), paid_high.most(case.paid)
        landed_low, landed_high = landed_low.least(case.landed), landed_high.most(case.landed)
    return Figures(principal, paid_low, paid_high, landed_low, landed_high, paid, landed, groups, parts, made, settled)


def _is_worse(side: Side, case: _Case, paid: Column, landed: Column) -> pl.Series:
    """Tell where a case ranks below another; see `paycompare.scenario.rank_key`."""
    if side == "gets":
        return ~paid.reaches(case.paid)
    if side == "pays":
        return ~case.landed.reaches(landed)
    return ~multiplied(case.landed, paid).reaches(multiplied(landed, case.paid))


def _case(offer: Offer, corner: Corner, side: Side, currency: str, amounts: Column) -> _Case | None:
    """Carry the payments through one corner."""
    kernel = corner.kernel
    found = principals_of(offer, corner, side, currency, amounts)
    if found is None:
        return None
    carried = carry(kernel, found.principals)
    paid, landed = _in_minor_units(offer, kernel, carried)
    made = apart(_both(found.there, carried.walked), paid.at_least(1))  # as `paycompare.scenario.walk_one`
    for limit in offer.limits:
        made = _within(limit, kernel, found.principals, carried, made)
    parts = _shown(offer, corner.chain, kernel, carried)
    return _Case(kernel, found.principals, carried, paid, landed, parts, made, found.settled)


def principals_of(offer: Offer, corner: Corner, side: Side, currency: str, amounts: Column) -> Found | None:
    """Find the principal of each row, in counts of its grid; None when no row has one."""
    code, kernel = offer.principal_currency, corner.kernel
    grid, unit = offer.grid[code], offer.grid[currency]
    ceiling = unit * offer.values[currency] / offer.values[code] * MOST_TIMES / grid
    most = int(ceiling * amounts.high)
    if most < 1:
        return None
    if side == "sends" and currency == code:
        return Found(_counted(amounts, unit / grid, up=True), None, None)
    if side == "sends":
        if corner.alone is None:
            raise Unproven
        kernel = corner.alone
    table = corner.cells(most, alone=side == "sends")
    if side == "pays" or (side == "sends" and offer.instructed == "payee"):
        found = largest_within(kernel, table, _counted(amounts, unit / kernel.paid_unit, up=False))
    else:
        found = cheapest_reaching(kernel, table, _counted(amounts, unit / kernel.landed_unit, up=True))
    return None if found is None else _below_ceiling(found, ceiling, amounts)


def _below_ceiling(found: Found, ceiling: Fraction, amounts: Column) -> Found:
    """Leave open the rows whose principal is beyond what the scalar search looks at."""
    if found.principals.high <= int(ceiling * amounts.low):
        return found
    limits = (
        amounts.floored(int(ceiling), 0, 1)
        if ceiling >= 1
        else amounts.floored(ceiling.numerator, 0, ceiling.denominator)
    )
    return found._replace(settled=apart(found.settled, limits.reaches(found.principals)))


def _counted(amounts: Column, ratio: Fraction, *, up: bool) -> Column:
    """Bring counts of one unit to counts of another, up or down to the next whole one."""
    if up:
        return amounts.floored(-ratio.numerator, 0, ratio.denominator).times(-1)
    return amounts.floored(ratio.numerator, 0, ratio.denominator)


def _in_minor_units(offer: Offer, kernel: Kernel, carried: Carried) -> tuple[Column, Column]:
    ratios = (
        kernel.paid_unit / offer.grid[offer.payer_currency],
        kernel.landed_unit / offer.grid[offer.payout_currency],
    )
    if any(ratio.denominator != 1 for ratio in ratios):
        raise Unproven  # it rounds finer than the minor unit
    return carried.paid.times(ratios[0].numerator), carried.landed.times(ratios[1].numerator)


def _within(
    limit: Limit, kernel: Kernel, principals: Column, carried: Carried, made: pl.Series | None
) -> pl.Series | None:
    counts, unit = {
        "principal": (principals, kernel.grid),
        "debit": (carried.debit, kernel.paid_unit),
        "landed": (carried.landed, kernel.landed_unit),
    }[limit.of]
    if limit.least is not None:
        made = apart(made, counts.at_least(-int(-limit.least / unit // 1)))
    if limit.most is not None:
        made = apart(made, ~counts.at_least(int(limit.most / unit // 1) + 1))
    return made


def _shown(offer: Offer, chain: Chain, kernel: Kernel, carried: Carried) -> tuple[Column, ...]:
    """Value every part at the reference and bring them to minor units that add up: largest remainders, ties in order.

    The same as `paycompare.money.apportion` does for one payment.
    """
    cent = offer.grid[offer.payer_currency]
    raw: list[list[tuple[Column, Fraction]]] = []
    least: list[Fraction | None] = []
    for step, fixed, compiled_step, line in zip(offer.steps, chain.steps, kernel.steps, carried.lines, strict=True):
        if isinstance(line, Exchanged):
            if not (isinstance(step, Convert) and isinstance(compiled_step, Converting)):
                raise Unproven
            source = compiled_step.source * offer.values[step.source] / cent
            target = compiled_step.target * offer.values[step.target] / cent
            raw.append([(line.source, source), (line.target, -target)])
            proper = step.reference * offer.values[step.target] == offer.values[step.source]
            least.append(_least_margin(fixed, kernel, source, target) if proper else None)
            continue
        if not isinstance(step, Take) or isinstance(fixed, ConvertStep):
            raise Unproven
        if fixed.bite == "aside":
            continue
        code = next(code for bite, code in step.currencies.items() if bite == fixed.bite)
        raw.append([(line, fixed.rounding.step * offer.values[code] / cent)])
        least.append(None)
    return _apportioned(raw, least)


def _least_margin(fixed: object, kernel: Kernel, source: Fraction, target: Fraction) -> Fraction | None:
    """Return how far rounding can take a margin below zero, in minor units; None where the rate can do it too."""
    if not isinstance(fixed, ConvertStep) or any(rate > fixed.reference for rate in fixed.rates()):
        return None
    unit, rounding = (source, fixed.backwards) if kernel.debit is None else (target, fixed.forwards)
    return -unit / 2 if rounding.mode in ("half_up", "half_even") else -unit


def _apportioned(
    raw: Sequence[Sequence[tuple[Column, Fraction]]], least: Sequence[Fraction | None]
) -> tuple[Column, ...]:
    under = lcm(*(factor.denominator for part in raw for _, factor in part)) if raw else 1
    over = [_summed(part, under, floor) for part, floor in zip(raw, least, strict=True)]
    whole = [all(factor.denominator == 1 for _, factor in part) for part in raw]
    if all(whole):
        return tuple(_summed(part, 1, None) for part in raw)
    plain = {index: _summed(raw[index], 1, None) for index, on_grid in enumerate(whole) if on_grid}
    broken = {index: over[index] for index, on_grid in enumerate(whole) if not on_grid}
    on_grid = reduce(Column.__add__, plain.values(), constant(0))
    off_grid = reduce(Column.__add__, broken.values())
    if 2 * (on_grid.low * under + off_grid.low) > -under:  # whole units move the sum and not its fraction
        rest = off_grid.floored(2, under, 2 * under)
    else:
        rest = (on_grid.times(under) + off_grid).over(under) - on_grid
    shown = dict.fromkeys(broken, rest) if len(broken) == 1 else _by_remainder(broken, rest, under)
    return tuple({**plain, **shown}[index] for index in range(len(raw)))


def _by_remainder(broken: dict[int, Column], rest: Column, under: int) -> dict[int, Column]:
    """Take every part down to a whole minor unit, and give the missing ones to the largest remainders."""
    floors = {index: part.floored(1, 0, under) for index, part in broken.items()}
    left = {index: part.modulo(under) for index, part in broken.items()}
    missing = rest - reduce(Column.__add__, floors.values())
    shown = {}
    for index, mine in left.items():
        ahead = constant(0)
        for other, its in left.items():
            if other != index:  # of equal remainders the earlier part comes first
                before = its.reaches(mine) if other < index else ~mine.reaches(its)
                ahead += Column(before.cast(pl.Int64), 0, 1)
        raised = ~ahead.reaches(missing)
        shown[index] = floors[index] + Column(raised.cast(pl.Int64), 0, 1)
    return shown


def _summed(part: Sequence[tuple[Column, Fraction]], under: int, least: Fraction | None) -> Column:
    """Add multiples of columns, over a common divisor."""
    total = constant(0)
    for counts, factor in part:
        total = counts.times(int(factor * under)) + total
    if least is None:
        return total
    return Column(total.values, max(total.low, int(least * under // 1)), total.high)


def _grouped(offer: Offer, parts: Sequence[Column]) -> tuple[Column, ...]:
    totals = dict.fromkeys(GROUPS, constant(0))
    for name, part in zip(part_groups(offer), parts, strict=True):
        totals[name] += part
    return tuple(totals.values())


def part_groups(offer: Offer) -> tuple[str, ...]:
    """Return which of `GROUPS` each part of an offer belongs to, in the order of its steps."""
    return tuple(_group(step) for step in offer.steps if isinstance(step, Convert) or "aside" not in step.bites)


def _group(step: Take | Convert) -> str:
    if step.owner == "state":
        return "levies"
    if isinstance(step, Convert):
        return "fx_margin"
    return "charges" if step.owner == "provider" else "third_parties"
