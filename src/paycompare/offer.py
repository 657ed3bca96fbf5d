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

from paycompare.money import Mode, rounded
from paycompare.walk import Chain, ConvertStep, TakeStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.curve import Curve
    from paycompare.terms import Evidence
    from paycompare.walk import Walk

__all__ = [
    "PLACE_CAUSE",
    "Bite",
    "Convert",
    "Limit",
    "Offer",
    "Owner",
    "Rounding",
    "Separate",
    "Spread",
    "Take",
    "Unpublished",
]

Owner = Literal["provider", "correspondent", "payee_institution", "state"]
Bite = Literal["on_top", "from_amount", "billed_later"]
"""Where a charge bites: added to the debit, taken out of what is held, or invoiced afterwards."""

PLACE_CAUSE: Final = "where "
"""How the name of a cause begins that moves a charge between places; it has two positions and none between."""

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an owner rounds a result.

    Attributes:
        step: The grid, in units of the currency rounded; None leaves the result exact.
        mode: ``half_up`` (ties away from zero) unless the owner states another.
    """

    step: Fraction | None
    mode: Mode = "half_up"

    def apply(self, value: Fraction) -> Fraction:
        """Return the value on the grid."""
        return value if self.step is None else rounded(value, self.step, self.mode)


@dataclass(frozen=True, slots=True)
class Spread:
    """A function of a base, known exactly or between two ends.

    Attributes:
        low: The function at its cheap end.
        high: The function at its dear end; the same object when it is known.
        cause: What moves it between the ends; None when it is known.
    """

    low: Curve
    high: Curve
    cause: str | None = None

    @classmethod
    def known(cls, curve: Curve) -> Spread:
        """Return a function that is known exactly."""
        return cls(curve, curve)

    def at(self, share: Fraction) -> Curve:
        """Return the function a share of the way from its low end (0) to its high end (1)."""
        if self.cause is None or share == 0:
            return self.low
        if share == 1:
            return self.high
        return self.low.scale(_ONE - share) + self.high.scale(share)


@dataclass(frozen=True, slots=True, kw_only=True)
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
    evidence: Evidence
    flags: tuple[str, ...] = ()

    @property
    def place_cause(self) -> str | None:
        """The cause that moves this charge between its possible places, if its page leaves them open."""
        return f"{PLACE_CAUSE}{self.name} is taken" if len(self.bites) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Something of the provider's own that its page does not publish.

    Attributes:
        step: The step it belongs to, computed with this at its least possible value.
        kind: ``margin`` (a share of the amount converted) or ``charge`` (money).
        least: The least value it can have: zero, or the published "from".
    """

    step: str
    kind: Literal["margin", "charge"]
    least: Fraction = _ZERO


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
        included: Always False today: it is shown beside the total, never inside.
    """

    name: str
    words: str
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

    def at(self, scenario: Mapping[str, Fraction] | None = None) -> Chain:
        """Fix every cause and return the chain that can be walked.

        Args:
            scenario: Cause to its position, 0 at the cheap end and 1 at the dear end; a cause left out is at 0.
        """
        fixed = scenario or {}
        return Chain(
            steps=tuple(_prepared(step, fixed) for step in self.steps),
            payee_instructs=self.instructed == "payee" and self.payer_currency != self.payout_currency,
        )


def _prepared(step: Take | Convert, fixed: Mapping[str, Fraction]) -> TakeStep | ConvertStep:
    if isinstance(step, Convert):
        return ConvertStep(
            name=step.name,
            reference=step.reference,
            margin=step.margin.at(fixed.get(step.margin.cause or "", _ZERO)),
            weight=step.weight,
            over=step.form == "over",
            stated=step.stated,
            rate_step=step.rate_step,
            rate_inverted=step.rate_inverted,
            forwards=step.forwards.apply,
            backwards=step.backwards.apply,
        )
    place = step.bites[0]
    if step.place_cause and fixed.get(step.place_cause, _ZERO) > 0:
        place = step.bites[1]
    return TakeStep(
        name=step.name,
        base=step.base,
        charge=step.price.at(fixed.get(step.price.cause or "", _ZERO)),
        bite=place,
        into=step.into[place],
        rounding=step.rounding[place].apply,
        slack=step.rounding[place].step or _ZERO,
        counted=step.into[step.bites[0]] / step.into[place],
    )
