"""A naive walk and brute-force searches, written from the rules alone; imports nothing from paycompare."""

from __future__ import annotations

from fractions import Fraction
from typing import Any


def round_half_up(value: Fraction, step: Fraction) -> Fraction:
    """Round to a multiple of a step, ties away from zero, by counting whole steps."""
    steps = abs(value) / step
    whole = steps.numerator // steps.denominator
    if steps - whole >= Fraction(1, 2):
        whole += 1
    return whole * step if value >= 0 else -whole * step


def price_at(bands: list[tuple[Fraction | None, bool, Fraction, Fraction]], base: Fraction) -> Fraction:
    """Price a base by whole-amount bands of (bound, inclusive, share, flat)."""
    for bound, inclusive, share, flat in bands:
        if bound is None or base < bound or (inclusive and base == bound):
            return share * base + flat
    raise AssertionError(base)


def walk(steps: list[dict[str, Any]], principal: Fraction, *, payee_instructs: bool) -> dict[str, Fraction] | None:
    """Carry a principal through steps given as plain dicts; None when nothing is left."""
    debit = held = principal
    on_top = later = Fraction(0)
    named = {"principal": principal}
    for step in steps:
        if step["kind"] == "convert":
            source = held / step["reference"] if payee_instructs else held
            rate = step["reference"] * (1 - price_at(step["margin"], source))
            if payee_instructs:
                debit = named["converted"] = round_half_up(held / rate, step["grid"])
            else:
                named["converted"] = held
                held = round_half_up(held * rate, step["grid"])
            continue
        base = sum((held if name == "held" else named[name] for name in step["base"]), Fraction(0))
        charge = named[step["name"]] = round_half_up(price_at(step["price"], base), step["grid"])
        if step["bite"] == "on_top":
            on_top += charge
        elif step["bite"] == "from_amount":
            held -= charge
        else:
            later += charge
        if held <= 0:
            return None
    return {"paid": debit + on_top + later, "debit": debit + on_top, "landed": held, "principal": principal}


def largest_within(
    steps: list[dict[str, Any]], purse: Fraction, grid: Fraction, most: int, *, payee_instructs: bool
) -> Fraction | None:
    """Try every principal from the largest down."""
    for count in range(most, 0, -1):
        found = walk(steps, count * grid, payee_instructs=payee_instructs)
        if found is not None and found["paid"] <= purse:
            return count * grid
    return None


def cheapest_reaching(
    steps: list[dict[str, Any]], target: Fraction, grid: Fraction, most: int, *, payee_instructs: bool
) -> tuple[Fraction, Fraction] | None:
    """Try every principal and keep the least paid, then the least principal."""
    best: tuple[Fraction, Fraction] | None = None
    for count in range(1, most + 1):
        found = walk(steps, count * grid, payee_instructs=payee_instructs)
        if found is not None and found["landed"] >= target:
            candidate = (found["paid"], count * grid)
            best = candidate if best is None or candidate < best else best
    return best
