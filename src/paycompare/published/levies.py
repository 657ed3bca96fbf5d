"""Levies: taxes, duties and compulsory commissions, added to a chain as steps owned by the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from paycompare.curve import Curve
from paycompare.money import minor_unit
from paycompare.offer import Convert, Rounding, Spread, Take
from paycompare.published.match import Zones, unmet
from paycompare.published.prices import price_spread
from paycompare.terms import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from paycompare.offer import Bite
    from paycompare.published.schema import LevyTable
    from paycompare.terms import Payment

__all__ = ["levied"]


class Valuer(Protocol):
    """Whatever knows what one currency is worth in another at the reference."""

    def factor(self, source: str, target: str) -> Fraction:
        """Return units of target per unit of source."""


def levied(
    steps: Sequence[Take | Convert],
    tables: Sequence[LevyTable],
    payment: Payment,
    valuer: Valuer,
    overrides: Mapping[str, Fraction | None],
    included: Sequence[str],
) -> list[Take | Convert]:
    """Return the chain with the levies that this payment meets.

    Args:
        steps: The chain of the provider.
        tables: Every levy that is known.
        payment: The payment.
        valuer: What currencies are worth.
        overrides: Levy id to None, which drops it, or to a share that replaces its own.
        included: Levies that the prices of the tariff already contain.
    """
    chain = list(steps)
    for levy in tables:
        dropped = levy.id in included or (levy.id in overrides and overrides[levy.id] is None)
        if dropped or not _met(levy, payment):
            continue
        step = _step(levy, chain, payment, valuer, overrides.get(levy.id))
        chain += [step] if step else []
    return chain


def _met(levy: LevyTable, payment: Payment) -> bool:
    place = payment.corridor.payer if levy.leg == "payer" else payment.corridor.payee
    in_force = levy.valid_from <= payment.on and (levy.valid_to is None or payment.on < levy.valid_to)
    return in_force and place.country == levy.country and unmet(levy.only, payment, Zones(())) is None


def _step(
    levy: LevyTable, chain: Sequence[Take | Convert], payment: Payment, valuer: Valuer, share: Fraction | None
) -> Take | None:
    """Return the levy as a step at the end of the chain; None when it falls on charges and there are none."""
    payer, payee = payment.corridor.payer.currency, payment.corridor.payee.currency
    code = payer if levy.place == "on_top" else payee
    own = levy.currency or code
    if levy.on == "principal":
        base = _principal(chain, payment, own, valuer)
    else:
        charges = [step for step in chain if isinstance(step, Take) and step.owner == "provider"]
        base = tuple((step.name, valuer.factor(step.currencies[step.bites[0]], own)) for step in charges)
    if not base:
        return None
    bite: Bite = levy.place
    price = Spread.known(Curve.line(share)) if share is not None else price_spread(levy.price, levy.id).spread
    page = levy.page
    return Take(
        name=levy.id,
        owner="state",
        base=base,
        price=price,
        bites=(bite,),
        into={bite: valuer.factor(own, code)},
        currencies={bite: code},
        rounding={bite: Rounding(minor_unit(code))},
        evidence=Evidence(page.kind, page.source, page.published, page.seen, page.note),
    )


def _principal(
    chain: Sequence[Take | Convert], payment: Payment, own: str, valuer: Valuer
) -> tuple[tuple[str, Fraction], ...]:
    converts = any(isinstance(step, Convert) for step in chain)
    payer = payment.corridor.payer.currency
    return (("converted" if converts else "principal", valuer.factor(payer, own)),)
