"""Turn live prices into offers: one point each, valid at its amount until it expires, never scaled.

A price whose source states the mid-market rate of its own instant is moved by its own margin to the comparison's
reference, so that it is measured on what everybody else is measured on; what was stated stays visible in
`paycompare.quote.Live`. A price without one stands as quoted, with the gap in its own error bar.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.curve import Curve
from paycompare.errors import ProviderChanged
from paycompare.money import Money, Rounding, as_decimal, minor_unit, rounded
from paycompare.offer import Convert, Offer, Spread, Take, Unpublished
from paycompare.quote import Live

if TYPE_CHECKING:
    from datetime import datetime

    from paycompare.live.priced import Charge, Priced
    from paycompare.offer import Bite
    from paycompare.reference.stack import References
    from paycompare.terms import Evidence, Payment

__all__ = ["Point", "age_in_words", "point_of"]

_ONE: Final = Fraction(1)
_LEAST_LIKELY: Final = Fraction(1, 2)
"""A rate whose ratio to the reference is this or less, or its inverse or more, is no price."""
_HOUR: Final = 3600
_MINUTE: Final = 60
_DAY: Final = 24
"""Hours."""


@dataclass(frozen=True, slots=True)
class Point:
    """A live price as an offer.

    Attributes:
        offer: The offer, for its one principal.
        live: What the source stated.
    """

    offer: Offer
    live: Live


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What is exchanged for what, on the reference of the comparison."""

    converted: Fraction
    bought: Fraction
    moved: bool


def point_of(source: str, price: Priced, payment: Payment, references: References, evidence: Evidence) -> Point | str:
    """Return a live price as an offer, or why it is none for this payment.

    Args:
        source: Id of the source that stated it.
        price: The price.
        payment: The payment.
        references: What each currency is worth.
        evidence: Whose word it is.

    Raises:
        RateUnavailable: A currency has no reference rate.
        ProviderChanged: Its rate, or the mid it states, is off the reference by half or more.
    """
    corridor = payment.corridor
    payer, payout = corridor.payer.currency, corridor.payee.currency
    reason = _why_not(price, payment, payer, payout)
    if reason:
        return reason
    reference = references.rate(payer, payout)
    if "parallel_market" not in reference.flags:
        _check_likely(source, price, reference.value)
    exchange = _exchange(price, payment, reference.value)
    charged = price.charged
    principal = exchange.converted + (charged if price.convention == "deducted" else 0)
    hit = _hit(payment, principal, charged if price.convention == "on_top" else Fraction(0), price, exchange)
    if hit != payment.fixed.exact:
        amount = Money.of(as_decimal(hit), payment.fixed.currency)
        return f"it priced {amount}, and a price is not scaled to {payment.fixed}"
    error = 0 if exchange.moved or payer == payout else reference.error_bp
    return Point(
        Offer(
            provider=price.provider or source,
            tariff=f"{price.service}@{source}",
            title=price.title,
            payer_currency=payer,
            payout_currency=payout,
            instructed="payer",
            steps=_steps(price, payment, exchange, reference.value, evidence),
            values={code: references.convert(_ONE, code, payer) for code in (payer, payout)},
            grid={code: minor_unit(code) for code in (payer, payout)},
            evidence=evidence,
            unknowns=price.unknowns,
            unpublished=tuple(Unpublished(name, "charge") for name in price.missing),
            modelled=(price.estimate,) if price.estimate else (),
            conditions={**price.conditions, **_places(price)},
            speed=price.speed,
            flags=price.flags,
            point=principal,
        ),
        Live(
            source=source,
            collected_at=price.collected_at,
            expires_at=price.expires_at,
            estimate=price.estimate,
            paid=Money.of(as_decimal(price.paid), payer),
            landed=price.landed,
            rate=price.rate,
            mid=price.mid,
            error_bp=error,
        ),
    )


def _why_not(price: Priced, payment: Payment, payer: str, payout: str) -> str | None:
    if (price.given.currency, price.landed.currency) != (payer, payout):
        return f"it priced {price.given.currency} to {price.landed.currency}"
    if payment.side == "sends" and payment.fixed.currency != payer:
        return "it prices a principal in the payer's currency only"
    for name, value in price.conditions.items():
        asked = getattr(payment, name)
        if asked is not None and asked != value:
            return f"for {name} {value}, and this payment has {asked}"
    for role, codes, place in (
        ("payer", price.payers, payment.corridor.payer),
        ("payee", price.payees, payment.corridor.payee),
    ):
        if codes and place.countries(payment.on).isdisjoint(codes):
            return f"for a {role} in {' or '.join(codes)}"
    return None


def _places(price: Priced) -> dict[str, str]:
    """Return the countries for which alone a price holds, as conditions."""
    places = {"payer_country": price.payers, "payee_country": price.payees}
    return {role: ", ".join(codes) for role, codes in places.items() if codes}


def _check_likely(source: str, price: Priced, reference: Fraction) -> None:
    """Refuse a rate that nobody can give: it is the inverse, or lacks a digit."""
    applied = price.bought / price.converted
    for name, rate in (("rate", applied if price.rate is None else price.rate), ("mid", price.mid)):
        if rate is None:
            continue
        # Of an undivided price, a fee may take the most.
        low = (name == "mid" or price.rate is not None) and rate <= reference * _LEAST_LIKELY
        if low or rate * _LEAST_LIKELY >= reference:
            near = f"a rate near the reference {as_decimal(reference, 4)}"
            raise ProviderChanged(source, f"{price.service}.{name}", str(as_decimal(rate, 4)), near)


def _exchange(price: Priced, payment: Payment, reference: Fraction) -> _Exchange:
    """Move a price by its own margin over the mid of its own instant, with the side held fixed left alone."""
    converted, bought = price.converted, price.bought
    if price.mid is None or price.given.currency == price.landed.currency:
        return _Exchange(converted, bought, moved=False)
    shift = reference / price.mid
    if payment.side == "gets":
        return _Exchange(rounded(converted / shift, minor_unit(price.given.currency)), bought, moved=True)
    return _Exchange(converted, rounded(bought * shift, minor_unit(price.landed.currency)), moved=True)


def _hit(payment: Payment, principal: Fraction, on_top: Fraction, price: Priced, exchange: _Exchange) -> Fraction:
    """Return what the price makes of the side that is held fixed."""
    if payment.side == "pays":
        return principal + on_top
    if payment.side == "sends":
        return principal
    return exchange.bought - (price.bought - price.landed.exact)


def _steps(
    price: Priced, payment: Payment, exchange: _Exchange, reference: Fraction, evidence: Evidence
) -> tuple[Take | Convert, ...]:
    payer, payout = price.given.currency, price.landed.currency
    bite: Bite = "on_top" if price.convention == "on_top" else "from_amount"
    before = [_take(one, bite, evidence) for one in price.charges if one.amount.currency == payer]
    after = [_take(one, "from_amount", evidence) for one in price.charges if one.amount.currency != payer]
    # What is missing is taken where the fixed side stays as it is, so that it can be solved for.
    where: Bite = "from_amount" if payment.side == "pays" else "on_top"
    missing = [_missing(name, where, payer, evidence) for name in price.missing]
    if payer == payout:
        lost = exchange.converted - exchange.bought
        inside = [_charge("undivided", lost, "from_amount", payer, evidence)] if lost else []
        return (*before, *missing, *inside)
    conversion = Convert(
        name="undivided" if price.convention == "undivided" else "fx_margin",
        owner="provider",
        source=payer,
        target=payout,
        reference=reference,
        margin=Spread.known(Curve.constant(Fraction(0))),
        stated=exchange.bought / exchange.converted,
        forwards=Rounding(minor_unit(payout)),
        backwards=Rounding(minor_unit(payer)),
        basis="stated rate",
        evidence=evidence,
        undivided=price.convention == "undivided",
    )
    return (*before, *missing, conversion, *after)


def _take(charge: Charge, bite: Bite, evidence: Evidence) -> Take:
    made = _charge(charge.name, charge.amount.exact, bite, charge.amount.currency, evidence)
    return replace(made, owner=charge.owner)


def _missing(name: str, bite: Bite, code: str, evidence: Evidence) -> Take:
    return _charge(name, Fraction(0), bite, code, evidence)


def _charge(name: str, value: Fraction, bite: Bite, code: str, evidence: Evidence) -> Take:
    return Take(
        name=name,
        owner="provider",
        base=(("principal", _ONE),),
        price=Spread.known(Curve.constant(value)),
        bites=(bite,),
        into={bite: _ONE},
        currencies={bite: code},
        rounding={bite: Rounding(minor_unit(code))},
        evidence=evidence,
    )


def age_in_words(collected: datetime, now: datetime) -> str:
    """Return how long ago a price was collected.

    Example:
        >>> from datetime import UTC, datetime
        >>> age_in_words(datetime(2026, 11, 25, 9, 12, tzinfo=UTC), datetime(2026, 11, 25, 10, 0, tzinfo=UTC))
        'collected 48 minutes ago'
    """
    seconds = int((now - collected).total_seconds())
    if seconds < _MINUTE:
        return "collected just now"
    if seconds < _HOUR:
        minutes = seconds // _MINUTE
        return f"collected {minutes} minute{'s' * (minutes != 1)} ago"
    hours = seconds // _HOUR
    if hours >= 2 * _DAY:
        return f"collected {hours // _DAY} days ago"
    return f"collected {hours} hour{'s' * (hours != 1)} ago"
