"""An offer: an ordered chain of steps that carries money from payer to payee.

A step *takes* or *converts*. Each names its owner, its base, where it bites, its currency, its rounding and
its evidence; there is nothing else. A charge on a charge, a tax on a deemed base, a second conversion or a
receiver's fee are more steps.

A step may be known only between two ends. `Spread` holds both and the cause that moves it; everything that
shares a cause moves together. `Offer.at` fixes every cause and returns a `Chain`, which can be walked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from paycompare.walk import Chain, ConvertStep, TakeStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.curve import Curve
    from paycompare.money import Money, Rounding
    from paycompare.terms import Evidence, Range
    from paycompare.walk import Walk

__all__ = [
    "PLACE_CAUSE",
    "Bite",
    "Convert",
    "Limit",
    "Offer",
    "Owner",
    "Separate",
    "Spread",
    "Take",
    "Unpublished",
]

Owner = Literal["provider", "correspondent", "payee_institution", "state"]
Bite = Literal["on_top", "from_amount", "billed_later", "aside"]
"""Where a charge bites: added to the debit, taken out of what is held, invoiced afterwards, or counted beside the
payment because the payer gets it back."""

PLACE_CAUSE: Final = "where "
"""How the name of a cause begins that moves a charge between places; it has two positions and none between."""

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Spread:
    """A function of a base, known exactly or between two ends.

    Attributes:
        low: The function at position 0: its cheap end, or an allowance unused.
        high: The function at position 1: its dear end, or an allowance used up; the same object when it is known.
        cause: What moves it between the ends; None when it is known.
    """

    low: Curve
    high: Curve
    cause: str | None = None

    @classmethod
    def known(cls, curve: Curve) -> Spread:
        """Return a function that is known exactly."""
        return cls(curve, curve)

    def shifted(self, constant: Fraction) -> Spread:
        """Return the function with a constant added to every value."""
        if self.cause is None:
            return Spread.known(self.low.shift_up(constant))
        return Spread(self.low.shift_up(constant), self.high.shift_up(constant), self.cause)

    def at(self, share: Fraction) -> Curve:
        """Return the function a share of the way from its low end (0) to its high end (1)."""
        if self.cause is None or share == 0:
            return self.low
        if share == 1:
            return self.high
        return self.low.scale(_ONE - share) + self.high.scale(share)


@dataclass(frozen=True, kw_only=True)
class Take:
    """A step that takes a charge.

    Attributes:
        name: What the charge is called, unique within its offer.
        owner: Who keeps it.
        base: Which amounts it is computed on, each with the factor that brings it into the currency of the
            price: ``principal``, ``held``, ``converted`` (what went into the last conversion) or an earlier charge.
        price: Base, in the currency of the price, to charge, in the same currency.
        bites: Where it bites; more than one when the page does not say, which makes it a range.
        into: Units of the currency in which it is taken per unit of the price's currency, for each bite.
        rounding: Grid and mode of the charge, in the currency in which it is taken.
        base_rounding: Grid and mode of the base before it is priced, in the currency of the price; None for none.
        flags: Remarks such as "converted at the reference".
    """

    name: str
    owner: Owner
    base: tuple[tuple[str, Fraction], ...]
    price: Spread
    bites: tuple[Bite, ...]
    into: Mapping[Bite, Fraction]
    currencies: Mapping[Bite, str]
    rounding: Mapping[Bite, Rounding]
    base_rounding: Rounding | None = None
    evidence: Evidence
    flags: tuple[str, ...] = ()

    @property
    def place_cause(self) -> str | None:
        """The cause that moves this charge between its possible places, if its page leaves them open."""
        return f"{PLACE_CAUSE}{self.name} is taken" if len(self.bites) > 1 else None

    @cached_property
    def _fixed(self) -> dict[tuple[Fraction, Bite], TakeStep]:
        """The charge as it was fixed before: a search asks for the same few positions again and again."""
        return {}

    def at(self, positions: Mapping[str, Fraction]) -> TakeStep:
        """Fix every cause and return the step that can be walked.

        Args:
            positions: Cause to its position, 0 to 1; a cause left out is at 0.
        """
        dear_place = self.place_cause is not None and positions.get(self.place_cause, _ZERO) > 0
        bite = self.bites[1] if dear_place else self.bites[0]
        position = _ZERO if self.price.cause is None else positions.get(self.price.cause, _ZERO)
        found = self._fixed.get((position, bite))
        if found is None:
            found = self._fixed[position, bite] = TakeStep(
                name=self.name,
                base=self.base,
                charge=self.price.at(position),
                bite=bite,
                into=self.into[bite],
                rounding=self.rounding[bite],
                counted=self.into[self.bites[0]] / self.into[bite],
                base_rounding=self.base_rounding,
            )
        return found


@dataclass(frozen=True, kw_only=True)
class Convert:
    """A step that converts what is held.

    Attributes:
        name: What the margin is called among the parts.
        source: Currency converted.
        target: Currency it becomes.
        reference: Units of target per unit of source at the reference rate.
        margin: Amount converted, in the currency of the thresholds, to margin as a share of one.
        weight: Units of the thresholds' currency per unit of source.
        form: ``times``: reference x (1 - margin); ``over``: reference / (1 + margin).
        stated: A rate that replaces reference and margin, units of target per unit of source.
        rate_step: Grid on which the provider rounds its rate before applying it; None when it does not.
        rate_inverted: Whether that grid lies on source per target instead.
        rounding: Grid and mode of the result, forwards in the target, backwards in the source.
        basis: The reference that the page names for its margin.
        undivided: Whether charges are inside the stated rate too, because the source does not tell them apart.
    """

    name: str
    owner: Owner
    source: str
    target: str
    reference: Fraction
    margin: Spread
    weight: Fraction = _ONE
    form: Literal["times", "over"] = "times"
    stated: Fraction | None = None
    rate_step: Fraction | None = None
    rate_inverted: bool = False
    forwards: Rounding
    backwards: Rounding
    basis: str
    evidence: Evidence
    flags: tuple[str, ...] = ()
    undivided: bool = False

    @cached_property
    def _fixed(self) -> dict[Fraction, ConvertStep]:
        """The conversion as it was fixed before."""
        return {}

    def at(self, positions: Mapping[str, Fraction]) -> ConvertStep:
        """Fix every cause and return the step that can be walked.

        Args:
            positions: Cause to its position, 0 to 1; a cause left out is at 0.
        """
        position = _ZERO if self.margin.cause is None else positions.get(self.margin.cause, _ZERO)
        found = self._fixed.get(position)
        if found is None:
            found = self._fixed[position] = ConvertStep(
                name=self.name,
                reference=self.reference,
                margin=self.margin.at(position),
                weight=self.weight,
                over=self.form == "over",
                stated=self.stated,
                rate_step=self.rate_step,
                rate_inverted=self.rate_inverted,
                forwards=self.forwards,
                backwards=self.backwards,
            )
        return found


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Something of the provider's own that its page does not publish.

    Attributes:
        step: The step it belongs to, computed with this at its least possible value.
        kind: ``margin`` (a share of the amount converted), ``surcharge`` (a share on top of a margin that is known)
            or ``charge`` (money).
        least: The least value it can have, whatever the amount: zero, or the published "from"; a charge in the
            currency in which it is taken, at the reference.
        floor: The published "from" as its page has it, such as ``2000 JPY`` or ``0.5%``; empty for none.
    """

    step: str
    kind: Literal["margin", "surcharge", "charge"]
    least: Fraction = _ZERO
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """How small or how large a payment an offer takes, in the currency in which its page says so.

    Attributes:
        of: The ``principal``, the ``debit`` in the payer's currency, or what ``landed`` in the payee's.
        least: The smallest amount accepted; None for no limit.
        most: The largest amount accepted; None for no limit.
        currency: The currency of both.
    """

    of: Literal["principal", "debit", "landed"]
    least: Fraction | None
    most: Fraction | None
    currency: str

    def holds(self, walk: Walk) -> bool:
        """Tell whether a walk stays within the limit."""
        limited = {"principal": walk.principal, "debit": walk.debit, "landed": walk.landed}[self.of]
        return (self.least is None or self.least <= limited) and (self.most is None or limited <= self.most)


@dataclass(frozen=True, slots=True)
class Separate:
    """A price that belongs to the offer and not to this one payment: a plan, a set-up, a credit.

    Attributes:
        name: What it is called.
        words: What it costs, when and for whom, with its currency.
        amount: The price; None where the words alone say it.
        per: Over what it is charged, such as ``month`` or ``once``; None with no amount.
        waived: When it is not charged, in words.
        included: Whether it is part of the total: it never is, it is shown beside it.
    """

    name: str
    words: str
    amount: Range[Money] | Money | None = None
    per: str | None = None
    waived: str | None = None
    included: bool = False


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One way to make one payment, bound to its corridor and its reference rates.

    Attributes:
        provider: Id of the provider.
        tariff: Id of the tariff within the provider.
        title: What a person calls it, such as "Airwallex, SWIFT transfer".
        payer_currency: Currency of the debit.
        payout_currency: Currency that lands.
        instructed: Whether the principal is an amount of the payer's or of the payee's currency.
        steps: The chain, in order.
        values: Reference value of one unit of each currency, in units of the payer's currency.
        grid: Minor unit of each currency.
        limits: How small and how large a payment it takes.
        unknowns: Third-party charges that no page fixes, such as ``payee_bank:CN``.
        unpublished: What keeps the offer from being complete.
        unconfirmed: What its page does not say about serving this payment, or None.
        modelled: Which figures are estimates, in words.
        assumed: What the caller's ``assume=`` was used under: ``fx_margin`` or the provider's id.
        conditions: Conditions under which it holds, for display.
        evidence: The page of the tariff.
        separate: Prices beside the payment's own.
        speed: What the provider states about the time, in words.
        flags: Remarks on the whole offer.
        point: The one principal that a live quote is for, in the instructed currency; None for a tariff.
    """

    provider: str
    tariff: str
    title: str
    payer_currency: str
    payout_currency: str
    instructed: Literal["payer", "payee"]
    steps: tuple[Take | Convert, ...]
    values: Mapping[str, Fraction]
    grid: Mapping[str, Fraction]
    evidence: Evidence
    limits: tuple[Limit, ...] = ()
    unknowns: frozenset[str] = frozenset()
    unpublished: tuple[Unpublished, ...] = ()
    unconfirmed: str | None = None
    modelled: tuple[str, ...] = ()
    assumed: frozenset[str] = frozenset()
    conditions: Mapping[str, str] = field(default_factory=dict)
    separate: tuple[Separate, ...] = ()
    speed: str | None = None
    flags: tuple[str, ...] = ()
    point: Fraction | None = None

    @property
    def id(self) -> str:
        """Provider and tariff, unique within a catalogue."""
        return f"{self.provider}/{self.tariff}"

    @property
    def principal_currency(self) -> str:
        """The currency of the amount instructed."""
        return self.payer_currency if self.instructed == "payer" else self.payout_currency

    @cached_property
    def causes(self) -> tuple[str, ...]:
        """What moves the figures of this offer, in the order of its steps."""
        found: dict[str, None] = {}
        for step in self.steps:
            spread = step.price if isinstance(step, Take) else step.margin
            place = step.place_cause if isinstance(step, Take) else None
            found.update(dict.fromkeys(cause for cause in (spread.cause, place) if cause))
        return tuple(found)

    @cached_property
    def common_causes(self) -> frozenset[str]:
        """What moves its levies: whatever is true of the payment, every offer for it meets the same."""
        spreads = (step.price for step in self.steps if isinstance(step, Take) and step.owner == "state")
        return frozenset(spread.cause for spread in spreads if spread.cause)

    def at(self, scenario: Mapping[str, Fraction] | None = None) -> Chain:
        """Fix every cause and return the chain that can be walked.

        Args:
            scenario: Cause to its position, 0 at the cheap end and 1 at the dear end; a cause left out is at 0.
        """
        fixed = scenario or {}
        return Chain(
            steps=tuple(step.at(fixed) for step in self.steps),
            payee_instructs=self.instructed == "payee" and self.payer_currency != self.payout_currency,
        )
