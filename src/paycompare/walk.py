"""The walk: carry one principal through a chain, step by step, each result rounded as its owner rounds.

    debit = held = principal
    take on top             debit += charge
    take from the amount    held  -= charge
    take billed later       later += charge
    convert                 held   = held x rate

When the amount is instructed in the payee's currency the conversion runs backwards: the debit is principal /
rate, rounded, and what is held is the principal.

`Chain.walk` is the truth that is shown. `Chain.bounds` answers for a whole interval of principals at once
what `walk` would return at most and at least, so that a search can rule intervals out and stay exact whatever
jumps, falls or rounds. `Chain.curves` composes the same steps unrounded, for break-evens and charts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from paycompare.curve import Curve
from paycompare.money import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Bounds", "Chain", "ConvertStep", "TakeStep", "Walk"]

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)
_IDENTITY: Final = Curve.line(_ONE)


@dataclass(frozen=True)
class TakeStep:
    """A charge with every cause fixed; the fields are those of `paycompare.offer.Take`.

    ``counted`` brings what was taken into the currency of the first place that the charge may bite at, in which later
    steps count it whichever place it is. What bites ``aside`` is computed and shown, and changes nothing.
    """

    name: str
    base: tuple[tuple[str, Fraction], ...]
    charge: Curve
    bite: str
    into: Fraction
    rounding: Callable[[Fraction], Fraction]
    slack: Fraction
    counted: Fraction = _ONE
    base_rounding: Callable[[Fraction], Fraction] | None = None

    @cached_property
    def left(self) -> Curve:
        """What is left of an amount after a charge on it."""
        return _IDENTITY - self.charge


@dataclass(frozen=True, slots=True)
class ConvertStep:
    """A conversion with every cause fixed; the fields are those of `paycompare.offer.Convert`."""

    name: str
    reference: Fraction
    margin: Curve
    weight: Fraction
    over: bool
    stated: Fraction | None
    rate_step: Fraction | None
    rate_inverted: bool
    forwards: Callable[[Fraction], Fraction]
    backwards: Callable[[Fraction], Fraction]

    def rate(self, source: Fraction, piece: int) -> Fraction:
        """Return units of target per unit of source, applied to an amount of source in a band of the margin."""
        if self.stated is not None:
            return self.stated
        return self.rate_at(self.margin.pieces[piece].value(source * self.weight))

    def rate_at(self, margin: Fraction) -> Fraction:
        """Return the rate at a margin, rounded as the provider rounds its rates."""
        raw = self.reference / (_ONE + margin) if self.over else self.reference * (_ONE - margin)
        if self.rate_step is None or raw <= 0:
            return raw
        if self.rate_inverted:
            inverse = rounded(_ONE / raw, self.rate_step)
            return _ONE / inverse if inverse else raw
        return rounded(raw, self.rate_step)

    def piece(self, source: Fraction) -> int | None:
        """Return which band of the margin an amount of source falls into; None when there is none for it."""
        return 0 if self.stated is not None else self.margin.piece_at(source * self.weight)


class Taken(NamedTuple):
    """What one taking step took, in the currency in which it bites."""

    name: str
    bite: str
    charge: Fraction


class Converted(NamedTuple):
    """What one converting step turned into what."""

    name: str
    source: Fraction
    target: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Walk:
    """One principal carried through a chain.

    Attributes:
        principal: The amount instructed, in the instructed currency.
        debit: What leaves the payer at once, in the payer's currency.
        later: What is billed later, in the payer's currency.
        landed: What reaches the payee's institution, in the payee's currency.
        lines: What each step took or converted, in order.
        signature: Which piece of its price each step used; equal signatures mean the same arithmetic.
    """

    principal: Fraction
    debit: Fraction
    later: Fraction
    landed: Fraction
    lines: tuple[Taken | Converted, ...]
    signature: tuple[int, ...]

    @property
    def paid(self) -> Fraction:
        """The debit and what is billed later, in the payer's currency."""
        return self.debit + self.later


class Bounds(NamedTuple):
    """Outer bounds of `Walk.paid` and `Walk.landed` over an interval of principals."""

    paid_low: Fraction
    paid_high: Fraction
    landed_low: Fraction
    landed_high: Fraction


_Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Chain:
    """Steps with every cause fixed.

    Attributes:
        steps: Takes and conversions, in order.
        payee_instructs: Whether the principal is in the payee's currency, so that the conversion runs backwards.
    """

    steps: tuple[TakeStep | ConvertStep, ...]
    payee_instructs: bool = False

    def walk(self, principal: Fraction) -> Walk | None:  # noqa: C901, PLR0912 -- the rule's lines, in their order
        """Carry a principal through the chain.

        Args:
            principal: The amount instructed, on the grid of the instructed currency.

        Returns:
            The walk, or None when a price is not defined there or the charges eat up what is held.
        """
        debit = held = principal
        top = later = _ZERO
        amounts = {"principal": principal}
        lines: list[Taken | Converted] = []
        signature: list[int] = []
        for step in self.steps:
            if isinstance(step, ConvertStep):
                source = held / step.reference if self.payee_instructs else held
                piece = step.piece(source)
                if piece is None:
                    return None
                rate = step.rate(source, piece)
                if rate <= 0:
                    return None
                signature.append(piece)
                if self.payee_instructs:
                    source = debit = step.backwards(held / rate)
                else:
                    held = step.forwards(held * rate)
                amounts["converted"] = source
                lines.append(Converted(step.name, source, held, rate))
                continue
            base = _ZERO
            for name, factor in step.base:
                part = held if name == "held" else amounts[name]
                base += part if factor == 1 else part * factor
            if step.base_rounding is not None:
                base = step.base_rounding(base)
            piece = step.charge.piece_at(base)
            if piece is None:
                return None
            signature.append(piece)
            charge = step.rounding(step.charge.pieces[piece].value(base) * step.into)
            if step.bite == "on_top":
                top += charge
            elif step.bite == "from_amount":
                held -= charge
            elif step.bite == "billed_later":
                later += charge
            amounts[step.name] = charge if step.counted == 1 else charge * step.counted
            lines.append(Taken(step.name, step.bite, charge))
            if held <= 0:
                return None
        return Walk(principal, debit + top, later, held, tuple(lines), tuple(signature))

    def bounds(self, low: Fraction, high: Fraction) -> Bounds | None:
        """Bound what `walk` returns for every principal from low to high.

        Args:
            low: Smallest principal of the interval.
            high: Largest principal of the interval.

        Returns:
            Outer bounds, never too narrow; None when no principal of the interval can be walked.
        """
        whole: _Interval = (low, high)
        debit = held = whole
        top = later = (_ZERO, _ZERO)
        amounts: dict[str, _Interval] = {"principal": whole}
        for step in self.steps:
            if isinstance(step, ConvertStep):
                rates = self._rates(step, held)
                if rates is None:
                    return None
                if self.payee_instructs:
                    debit = (step.backwards(held[0] / rates[1]), step.backwards(held[1] / rates[0]))
                    amounts["converted"] = debit
                else:
                    amounts["converted"] = held
                    held = (step.forwards(held[0] * rates[0]), step.forwards(held[1] * rates[1]))
                continue
            taken = self._taken(step, held, amounts)
            if taken is None:
                return None
            amounts[step.name] = (taken[0] * step.counted, taken[1] * step.counted)
            if step.bite == "on_top":
                top = (top[0] + taken[0], top[1] + taken[1])
            elif step.bite == "from_amount":
                held = _less(step, held, taken)
            elif step.bite == "billed_later":
                later = (later[0] + taken[0], later[1] + taken[1])
            if held[1] <= 0:
                return None
        return Bounds(debit[0] + top[0] + later[0], debit[1] + top[1] + later[1], held[0], held[1])

    def _rates(self, step: ConvertStep, held: _Interval) -> _Interval | None:
        if step.stated is not None:
            return step.stated, step.stated
        scale = step.weight / step.reference if self.payee_instructs else step.weight
        margins = _ends(step.margin, held[0] * scale, held[1] * scale)
        if margins is None:
            return None
        least, most = step.rate_at(margins[1]), step.rate_at(margins[0])
        # A margin of one or more leaves nothing; the walk refuses it, the bound only has to stay outside.
        return (least if least > 0 else most / 10**9, most) if most > 0 else None

    @staticmethod
    def _taken(step: TakeStep, held: _Interval, amounts: dict[str, _Interval]) -> _Interval | None:
        low = high = _ZERO
        for name, factor in step.base:
            part = held if name == "held" else amounts[name]
            low += part[0] * factor
            high += part[1] * factor
        if step.base_rounding is not None:
            low, high = step.base_rounding(low), step.base_rounding(high)
        found = _ends(step.charge, max(low, _ZERO), max(high, _ZERO))
        if found is None:
            return None
        return step.rounding(found[0] * step.into), step.rounding(found[1] * step.into)

    def curves(self) -> tuple[Curve, Curve]:
        """Compose the steps unrounded.

        Returns:
            ``paid`` in the payer's currency and ``landed`` in the payee's, each an exact function of the principal.
        """
        debit = held = _IDENTITY
        top = later = Curve.constant(_ZERO)
        amounts = {"principal": _IDENTITY}
        for step in self.steps:
            if isinstance(step, ConvertStep):
                source = held.scale(_ONE / step.reference) if self.payee_instructs else held
                if self.payee_instructs:
                    debit = source = _converted(step, backwards=True).after(source)
                else:
                    held = _converted(step, backwards=False).after(source)
                amounts["converted"] = source
                continue
            base = Curve.constant(_ZERO)
            for name, factor in step.base:
                base = base + (held if name == "held" else amounts[name]).scale(factor)
            charge = step.charge.after(base).scale(step.into)
            amounts[step.name] = charge.scale(step.counted)
            if step.bite == "on_top":
                top = top + charge
            elif step.bite == "from_amount":
                held = held - charge
            elif step.bite == "billed_later":
                later = later + charge
        return debit + top + later, held


def _less(step: TakeStep, held: _Interval, taken: _Interval) -> _Interval:
    """Bound what is left of ``held``; a charge on ``held`` itself moves with it, which keeps the bound tight."""
    low, high = held[0] - taken[1], held[1] - taken[0]
    if step.base == (("held", _ONE),) and step.into == 1 and held[0] >= 0 and step.base_rounding is None:
        left = _ends(step.left, *held) or (low, high)
        low, high = max(low, left[0] - step.slack), min(high, left[1] + step.slack)
    return low, high


def _ends(curve: Curve, low: Fraction, high: Fraction) -> _Interval | None:
    """Bound a curve on an interval; None where it has no value."""
    least, most = curve.bounds(low, high) or (None, None)
    return None if least is None or most is None else (least, most)


def _converted(step: ConvertStep, *, backwards: bool) -> Curve:
    """Return amount converted to result as a curve: one piece for each band of the margin.

    Backwards, both are in the source currency: the amount at the reference in, the debit out.
    """
    rates: list[tuple[Fraction | None, bool, Fraction]] = []
    if step.stated is not None:
        rates.append((None, False, step.stated))
    else:
        for piece in step.margin.pieces:
            if piece.slope:
                msg = "a margin must be constant within each of its bands"
                raise ValueError(msg)
            end = None if piece.end is None else piece.end / step.weight
            rates.append((end, piece.end_closed, step.rate_at(piece.intercept)))
    return Curve.bands(
        [(end, closed, Curve.line(step.reference / rate if backwards else rate)) for end, closed, rate in rates]
    )
