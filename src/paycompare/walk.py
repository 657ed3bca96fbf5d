"""The walk: carry one principal through a chain, step by step, each result rounded as its owner rounds.

    debit = held = principal
    take on top             debit += charge
    take from the amount    held  -= charge
    take billed later       later += charge
    convert                 held   = held x rate

When the amount is instructed in the payee's currency the conversion runs backwards: the debit is principal /
rate, rounded, and what is held is the principal.

`Chain.walk` is the truth that is shown; `paycompare.kernel` is the same walk in whole numbers, for searches.
`Chain.curves` composes the same steps unrounded, for break-evens and charts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from paycompare.curve import Curve
from paycompare.money import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.money import Rounding

__all__ = ["Chain", "ConvertStep", "TakeStep", "Walk"]

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)
_IDENTITY: Final = Curve.line(_ONE)
_ANY_AMOUNT: Final = Curve.constant(_ZERO)


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
    rounding: Rounding
    counted: Fraction = _ONE
    base_rounding: Rounding | None = None

    @cached_property
    def compiled(self) -> dict[object, object]:
        """What `paycompare.kernel` made of this step, by the units of the amounts it works on."""
        return {}


@dataclass(frozen=True)
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
    forwards: Rounding
    backwards: Rounding

    @cached_property
    def compiled(self) -> dict[object, object]:
        """What `paycompare.kernel` made of this step, by the units of the amounts it works on."""
        return {}

    @property
    def bands(self) -> Curve:
        """The bands of the amount converted, in which the rate is one each."""
        return _ANY_AMOUNT if self.stated is not None else self.margin

    def rates(self) -> Iterator[Fraction]:
        """Yield the rate of each band.

        Raises:
            ValueError: A margin is not constant within each of its bands.
        """
        if self.stated is not None:
            yield self.stated
            return
        for piece in self.margin.pieces:
            if piece.slope:
                msg = "a margin must be constant within each of its bands"
                raise ValueError(msg)
            yield self.rate_at(piece.intercept)

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
                    source = debit = step.backwards.apply(held / rate)
                else:
                    held = step.forwards.apply(held * rate)
                amounts["converted"] = source
                lines.append(Converted(step.name, source, held, rate))
                continue
            base = _ZERO
            for name, factor in step.base:
                part = held if name == "held" else amounts[name]
                base += part if factor == 1 else part * factor
            if step.base_rounding is not None:
                base = step.base_rounding.apply(base)
            piece = step.charge.piece_at(base)
            if piece is None:
                return None
            signature.append(piece)
            charge = step.rounding.apply(step.charge.pieces[piece].value(base) * step.into)
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


def _converted(step: ConvertStep, *, backwards: bool) -> Curve:
    """Return amount converted to result as a curve: one piece for each band of the margin.

    Backwards, both are in the source currency: the amount at the reference in, the debit out.
    """
    lines = (Curve.line(step.reference / rate if backwards else rate) for rate in step.rates())
    ends = ((None if piece.end is None else piece.end / step.weight, piece.end_closed) for piece in step.bands.pieces)
    return Curve.bands([(*end, line) for end, line in zip(ends, lines, strict=True)])
