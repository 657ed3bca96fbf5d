"""Levies: taxes, duties, subsidies and compulsory commissions, added to a chain as steps owned by the state.

Several tables of one id are one levy whose price depends on something that only the payer knows: the purpose of the
payment, or the payer's status. While that is not said, the levy is a range over everything that it could be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from paycompare.curve import Curve
from paycompare.money import Rounding, minor_unit
from paycompare.offer import Convert, Spread, Take
from paycompare.published.match import Definitions, unmet
from paycompare.published.prices import Pricing, price_spread
from paycompare.terms import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from paycompare.offer import Bite
    from paycompare.published.schema import LevyTable, RoundingTable
    from paycompare.terms import Payment

__all__ = ["Levies", "in_force", "levied"]

_ASKED: Final = ("purpose", "payer_status")
"""What only the payer knows, and may leave open."""

_NOWHERE: Final = Definitions(())


class Valuer(Protocol):
    """Whatever knows what one currency is worth in another at the reference."""

    def factor(self, source: str, target: str) -> Fraction:
        """Return units of target per unit of source."""


@dataclass(frozen=True, slots=True)
class Levies:
    """The levies that a chain may meet.

    Attributes:
        tables: Every levy that is known.
        overrides: Levy id to None, which drops it, or to a share that replaces its own.
        included: Levies that the prices of the tariff already contain.
        provider_kind: The kind of institution that makes the payment.
    """

    tables: Sequence[LevyTable]
    overrides: Mapping[str, Fraction | None]
    included: Sequence[str]
    provider_kind: str

    def met(self, payment: Payment) -> Iterator[list[LevyTable]]:
        """Yield the tables that a payment may meet, those of one levy together."""
        found: dict[str, list[LevyTable]] = {}
        for levy in self.tables:
            dropped = levy.id in self.included or (levy.id in self.overrides and self.overrides[levy.id] is None)
            if not dropped and self._may_meet(levy, payment):
                found.setdefault(levy.id, []).append(levy)
        yield from found.values()

    def _may_meet(self, levy: LevyTable, payment: Payment) -> bool:
        place = payment.corridor.payer if levy.leg == "payer" else payment.corridor.payee
        countries = (levy.country,) if isinstance(levy.country, str) else levy.country
        if place.country not in countries or payment.corridor.payer.country == payment.corridor.payee.country:
            return False
        if payment.client == "payee" and levy.leg == "payer":
            return False  # it is no part of what the payee chooses
        if payment.client == "payer" and levy.leg == "payee" and levy.on == "charges":
            return False  # it falls on what the payee's institution charges
        if self.provider_kind in levy.not_provider_kinds:
            return False
        if levy.provider_kinds and self.provider_kind not in levy.provider_kinds:
            return False
        return in_force(levy, payment.on) and unmet(levy.only, payment, _NOWHERE, may_be_open=_ASKED) is None


def in_force(levy: LevyTable, on: date) -> bool:
    """Tell whether a levy is known to apply on a day; without a first day, from the one of its page on."""
    days = [day for day in (levy.page.published, levy.page.seen) if day is not None]
    start = levy.valid_from or min(days, default=date.min)
    suspended = any(one.since <= on < one.until for one in levy.suspended)
    return start <= on and (levy.valid_to is None or on < levy.valid_to) and not suspended


def levied(steps: Sequence[Take | Convert], levies: Levies, payment: Payment, valuer: Valuer) -> list[Take | Convert]:
    """Return the chain with the levies that this payment meets.

    Args:
        steps: The chain of the provider.
        levies: The levies that it may meet.
        payment: The payment.
        valuer: What currencies are worth.
    """
    chain = list(steps)
    for tables in levies.met(payment):
        step = _step(_fitting(tables, payment), chain, payment, valuer, levies.overrides.get(tables[0].id))
        chain += [step] if step else []
    return chain


def _asks(levy: LevyTable) -> list[str]:
    return [name for name in _ASKED if getattr(levy.only, name)]


def _fitting(tables: Sequence[LevyTable], payment: Payment) -> Sequence[LevyTable]:
    """Return what a levy may be: one table where the payer said what decides, else all that are possible.

    A table that names the purpose or the status goes before one that holds for all others.
    """
    named = [levy for levy in tables if _asks(levy)]
    settled = [levy for levy in named if all(getattr(payment, name) is not None for name in _asks(levy))]
    return settled[:1] or tables


def _step(
    tables: Sequence[LevyTable],
    chain: Sequence[Take | Convert],
    payment: Payment,
    valuer: Valuer,
    share: Fraction | None,
) -> Take | None:
    """Return the levy as a step at the end of the chain; None when it falls on charges and there are none."""
    levy = tables[0]
    payer, payee = payment.corridor.payer.currency, payment.corridor.payee.currency
    code = payer if levy.place == "on_top" else payee
    own = levy.currency or code
    base = _base(levy, chain, payment, own, valuer)
    if not base:
        return None
    bite: Bite = "aside" if levy.creditable else levy.place
    pricing = Pricing(
        levy.id, counter=f"use of the allowance of {levy.id}", worth=lambda other: valuer.factor(other, own)
    )
    page = levy.page
    return Take(
        name=levy.id,
        owner="state",
        base=base,
        price=Spread.known(Curve.line(share)) if share is not None else _price(tables, payment, pricing),
        bites=(bite,),
        into={bite: valuer.factor(own, code)},
        currencies={bite: code},
        rounding={bite: _rounding(levy.rounding, code)},
        base_rounding=None if levy.base_rounding is None else _rounding(levy.base_rounding, own),
        evidence=Evidence(page.kind, page.source, page.published, page.seen, page.note),
        flags=(levy.name, *((levy.note,) if levy.note else ())),
    )


def _price(tables: Sequence[LevyTable], payment: Payment, pricing: Pricing) -> Spread:
    """Return the price of a levy; over several tables, and nothing where none holds for all others, a range."""
    spreads = [price_spread(levy.price, pricing).spread for levy in tables]
    if _may_be_nothing(tables, payment):
        spreads.append(Spread.known(Curve.constant(Fraction(0))))
    if len(spreads) == 1:
        return spreads[0]
    low, high = spreads[0].low, spreads[0].high
    for spread in spreads[1:]:
        low, high = low.lower(spread.low), high.higher(spread.high)
    what = " and ".join(dict.fromkeys(name.replace("_", " ") for levy in tables for name in _asks(levy)))
    return Spread(low, high, f"the {what}, which decides {tables[0].id}")


def _may_be_nothing(tables: Sequence[LevyTable], payment: Payment) -> bool:
    """Tell whether a levy may not apply at all: no table holds for all others, and what they ask for is open.

    A payer has one status or the other, so that several tables by status leave nothing over; not all purposes are
    named.
    """
    asked = [name for levy in tables for name in _asks(levy) if getattr(payment, name) is None]
    by_status = len(tables) > 1 and "purpose" not in asked
    return bool(asked) and all(map(_asks, tables)) and not by_status


def _rounding(table: RoundingTable, code: str) -> Rounding:
    return Rounding(table.step if table.step is not None else minor_unit(code), table.mode)


def _base(
    levy: LevyTable, chain: Sequence[Take | Convert], payment: Payment, own: str, valuer: Valuer
) -> tuple[tuple[str, Fraction], ...]:
    """Return what a levy is computed on, with the factor into its own currency."""
    if levy.on == "charges":
        charges = [step for step in chain if isinstance(step, Take) and step.owner == "provider"]
        return tuple((step.name, valuer.factor(step.currencies[step.bites[0]], own)) for step in charges)
    if levy.on == "received":
        return (("held", valuer.factor(payment.corridor.payee.currency, own)),)
    # Of several conversions the last starts from another currency; the chain then starts from the payer's principal.
    once = sum(isinstance(step, Convert) for step in chain) == 1
    return (("converted" if once else "principal", valuer.factor(payment.corridor.payer.currency, own)),)
