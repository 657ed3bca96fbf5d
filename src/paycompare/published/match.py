"""Does a tariff apply to this payment? Yes, no with the reason, or its page does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from paycompare.countries import country, users_of
from paycompare.published.windows import is_within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from paycompare.published.schema import Conditions, End, TariffTable, WindowTable, ZoneTable
    from paycompare.terms import Payment, Place

__all__ = ["DECIDES", "WORDED", "Definitions", "Served", "applies", "left_open", "served", "unmet"]

DECIDES: Final = ("purpose", "payer_status", "plan")
"""What only the payer knows, and may leave open."""

WORDED: Final = (
    "segment",
    "plan",
    "pay_in",
    "pay_out",
    "channel",
    "bearer",
    "speed",
    "purpose",
    "payer_status",
    "payee_institution",
    "quote_validity",
)

_SILENT: Final = ("account", "balance")
"""What a page means that does not say how money comes in or goes out."""

_WORDS: Final = {
    "segment": "for {} customers only",
    "plan": "on plan {} only",
    "pay_in": "paid in by {} only",
    "pay_out": "paid out to {} only",
    "channel": "ordered by {} only",
    "bearer": "with charges borne {} only",
    "speed": "for {} payments only",
    "purpose": "for the purpose {} only",
    "payer_status": "for payers who are {} only",
    "payee_institution": "to an account with {} only",
    "quote_validity": "with the rate locked for {} only",
}


@dataclass(frozen=True, slots=True)
class Definitions:
    """What conditions name and a file defines: sets of countries with their dates, and windows of time.

    Attributes:
        zones: Named sets of countries.
        windows: Named stretches of time.
    """

    zones: Sequence[ZoneTable]
    windows: Sequence[WindowTable] = ()

    def members(self, name: str, on: date) -> frozenset[str]:
        """Return the alpha-2 codes in a zone on a day.

        Raises:
            ValueError: No zone has that name on that day.
        """
        for zone in self.zones:
            if zone.id == name and (zone.since or on) <= on and (zone.until is None or on < zone.until):
                return frozenset(zone.countries)
        known = sorted({zone.id for zone in self.zones})
        msg = f"found zone {name!r}, expected one of {', '.join(known) or 'none, as none is defined'} on {on}"
        raise ValueError(msg)

    def any_of(self, names: Sequence[str], on: date) -> frozenset[str]:
        """Return everything that is in one of several zones."""
        return frozenset().union(*(self.members(name, on) for name in names))

    def window(self, name: str) -> WindowTable:
        """Return a window of time.

        Raises:
            ValueError: No window has that name.
        """
        for window in self.windows:
            if window.id == name:
                return window
        known = ", ".join(sorted(window.id for window in self.windows))
        msg = f"found window {name!r}, expected one of {known or 'none, as none is defined'}"
        raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Served:
    """The answer for one tariff.

    Attributes:
        reason: Why it does not apply; None when it does.
        unconfirmed: What its page leaves open about serving this payment; None when it says yes.
    """

    reason: str | None = None
    unconfirmed: str | None = None


def served(tariff: TariffTable, payment: Payment, known: Definitions) -> Served:
    """Tell whether a tariff applies to a payment."""
    if tariff.client != payment.client:
        return Served(f"it is a price for the {tariff.client}")
    if payment.rail and tariff.rail != payment.rail:
        return Served(f"by {tariff.rail or 'an unstated rail'} only")
    reason = unmet(tariff.conditions, payment, known, may_be_open=DECIDES) or _not_spoken_of(tariff.conditions, payment)
    if reason:
        return Served(reason)
    corridor = payment.corridor
    doubts = [
        f"it is {_WORDS[name].format(' or '.join(getattr(tariff.conditions, name)))}"
        for name in left_open(tariff.conditions, payment)
        if name != "plan"
    ]
    for role, end, place in (
        ("payer", tariff.payer, corridor.payer),
        ("payee", tariff.payee, corridor.payee),
    ):
        answer = _end(role, end, place, payment.on, known)
        if answer.reason:
            return answer
        doubts += [answer.unconfirmed] if answer.unconfirmed else []
    return Served(unconfirmed="; ".join(doubts) or None)


def _not_spoken_of(conditions: Conditions, payment: Payment) -> str | None:
    """Return why a price that is silent on how money comes in or goes out does not hold for anything but accounts."""
    for name, ways in (("paid in", "pay_in"), ("paid out", "pay_out")):
        way: str = getattr(payment, ways)
        if way not in _SILENT and not getattr(conditions, ways):
            return f"its page does not speak of money {name} by {way}"
    return None


def _end(role: str, end: End, place: Place, on: date, known: Definitions) -> Served:
    doubts = []
    possible = place.countries(on)
    listed = frozenset(end.countries) | known.any_of(end.zones, on)
    barred = frozenset(end.not_countries) | known.any_of(end.not_zones, on)
    where = country(place.country).name if place.country else place.currency
    if possible and possible <= barred:
        return Served(f"it does not serve a {role} in {where}")
    if not possible & listed:
        if end.unlisted == "no":
            return Served(f"it does not serve a {role} in {where}")
        if end.unlisted == "unstated":
            doubts.append(f"its page does not say that it serves a {role} in {where}")
    if end.own_currency and not possible & users_of(place.currency, on):
        return Served(f"it serves a {role} in {where} in the country's own currency only")
    if place.currency not in end.currencies:
        if place.currency in end.not_currencies or end.other_currencies == "no":
            return Served(f"it does not take {place.currency} at the {role}'s end")
        if end.other_currencies == "unstated":
            verb = "is paid in" if role == "payer" else "pays out"
            doubts.append(f"its page does not say that it {verb} {place.currency}")
    return Served(unconfirmed="; ".join(doubts) or None)


def unmet(
    conditions: Conditions, payment: Payment, known: Definitions, *, may_be_open: Sequence[str] = ("plan",)
) -> str | None:
    """Return the first condition that a payment does not meet, in words; None when it meets all.

    Args:
        conditions: The conditions.
        payment: The payment.
        known: The zones and windows that the conditions name.
        may_be_open: Conditions that count as met while the caller leaves them open.
    """
    for name in WORDED:
        allowed: tuple[str, ...] = getattr(conditions, name)
        asked: str | None = getattr(payment, name)
        if not allowed or (asked is None and name in may_be_open) or asked in allowed:
            continue
        if name == "bearer" and asked == "SHAR" and "SLEV" in allowed:
            continue
        return _WORDS[name].format(" or ".join(allowed))
    return _elsewhere(conditions, payment, known) or _elsewhen(conditions, payment, known)


def left_open(only: Conditions | None, payment: Payment) -> list[str]:
    """Return what a condition asks for that only the payer knows, and the payment does not say.

    Args:
        only: The condition; None for none.
        payment: The payment.
    """
    return [name for name in DECIDES if only is not None and getattr(only, name) and getattr(payment, name) is None]


def _elsewhen(conditions: Conditions, payment: Payment, known: Definitions) -> str | None:
    joined = payment.joined or payment.on
    if conditions.joined_from and joined < conditions.joined_from:
        return f"for customers who joined on or after {conditions.joined_from} only"
    if conditions.joined_before and joined >= conditions.joined_before:
        return f"for customers who joined before {conditions.joined_before} only"
    if conditions.within and not any(is_within(known.window(name), payment) for name in conditions.within):
        return f"within {' or '.join(conditions.within)} only"
    if any(is_within(known.window(name), payment) for name in conditions.outside):
        return f"outside {' and '.join(conditions.outside)} only"
    return None


def _elsewhere(conditions: Conditions, payment: Payment, known: Definitions) -> str | None:
    payer, payee = payment.corridor.payer, payment.corridor.payee
    there = payee.countries(payment.on)
    wanted = frozenset(conditions.payee_countries) | known.any_of(conditions.payee_zones, payment.on)
    if wanted and not there & wanted:
        return f"to {', '.join((*conditions.payee_zones, *conditions.payee_countries))} only"
    if conditions.not_payee_zones and there <= known.any_of(conditions.not_payee_zones, payment.on):
        return f"not to {', '.join(conditions.not_payee_zones)}"
    for role, allowed, code in (
        ("from", conditions.payer_currencies, payer.currency),
        ("in", conditions.payee_currencies, payee.currency),
    ):
        if allowed and code not in allowed:
            return f"{role} {', '.join(allowed)} only"
    if conditions.converts is not None and conditions.converts != (payer.currency != payee.currency):
        return "for payments with conversion only" if conditions.converts else "for payments without conversion only"
    return None


def applies(
    conditions: Conditions | None, payment: Payment, known: Definitions, *, may_be_open: Sequence[str] = ()
) -> bool:
    """Tell whether a step applies to a payment; see `unmet`."""
    return conditions is None or unmet(conditions, payment, known, may_be_open=may_be_open) is None
