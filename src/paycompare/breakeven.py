"""The table of break-evens for a corridor: who is cheapest from which amount on, and where nobody serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paycompare.comparison import ask, gather
from paycompare.crossover import Stretch, stretches
from paycompare.errors import NoOffer, PaymentError
from paycompare.money import Money, minor_unit
from paycompare.scenario import price
from paycompare.terms import Corridor, Payment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from paycompare.comparison import Failure
    from paycompare.offer import Offer
    from paycompare.reference.rate import Rate

__all__ = ["Crossovers", "crossovers"]


@dataclass(frozen=True, kw_only=True)
class Crossovers:
    """Who is cheapest from which amount on.

    Attributes:
        payment: The payment at the least amount; its conditions hold for all.
        most: The largest amount, included.
        stretches: In order of amounts, without holes; one without winners is a gap.
        offers: Id to offer, for every complete offer of the corridor.
        left_out: Id to the reason why an offer has no place in the table.
        reference: The reference rate, payee currency per payer currency.
        failures: Providers that could not be asked.
        assumptions: What the caller left open and what was taken instead.
    """

    payment: Payment
    most: Money
    stretches: tuple[Stretch, ...]
    offers: Mapping[str, Offer]
    left_out: Mapping[str, str]
    reference: Rate
    failures: tuple[Failure, ...]
    assumptions: tuple[str, ...]

    def __str__(self) -> str:
        """Return the table as plain text."""
        from paycompare.display.terminal import crossovers_as_text

        return crossovers_as_text(self)


def crossovers(
    corridor: str, *, side: str = "pays", least: str | Money, most: str | Money, **options: object
) -> Crossovers:
    """Find from which amount on another offer is the cheapest.

    Complete offers only, each by its worst case; edges are settled by exact walks to the minor unit.

    Args:
        corridor: Such as ``"GB/GBP>KE/KES"``.
        side: ``pays``: amounts are what the payer pays; ``gets``: what the payee gets.
        least: The least amount of the table, in the currency of that side.
        most: The largest, included.
        **options: The options of `paycompare.compare`, but sender, to and the amount.

    Raises:
        PaymentError: The corridor, the side or the amounts cannot be meant.
        NoOffer: No complete offer serves the corridor.
    """
    if side not in ("pays", "gets"):
        raise PaymentError("side", side, "'pays' or 'gets'")
    ends = Corridor.parse(corridor)
    low, high = (one if isinstance(one, Money) else Money.parse(one) for one in (least, most))
    fixed = (ends.payer if side == "pays" else ends.payee).currency
    for name, end in (("least", low), ("most", high)):
        if end.currency != fixed:
            raise PaymentError(name, str(end), f"an amount in {fixed}")
    if high.amount <= low.amount:
        raise PaymentError("most", str(high), f"an amount above least, {low}")
    question = ask(**{side: low}, sender=str(ends.payer), to=str(ends.payee), **options)  # type: ignore[arg-type]  # ask checks each option and names it
    found = gather(question)
    payment = question.payments[0]
    left_out = dict(found.declined)
    offers: dict[str, Offer] = {}
    for _, offer in found.offers:
        why = _kept_out(offer)
        if why:
            left_out[offer.id] = why
        else:
            offers[offer.id] = offer
    if not offers:
        raise NoOffer(f"no offer with published prices for everything serves {payment.corridor}", left_out)

    def key(offer: Offer, at: Fraction) -> Fraction | None:
        scenarios = price(offer, payment.side, at, fixed)
        if not scenarios:
            return None
        value = offer.values[offer.payout_currency]
        return max(-one.walk.landed * value if side == "pays" else one.walk.paid for one in scenarios)

    return Crossovers(
        payment=payment,
        most=high,
        stretches=stretches(offers, payment.side, fixed, minor_unit(fixed), low.exact, high.exact, rank_key=key),
        offers=offers,
        left_out=left_out,
        reference=question.references.rate(payment.corridor.payer.currency, payment.corridor.payee.currency),
        failures=tuple(found.failures),
        assumptions=payment.assumptions,
    )


def _kept_out(offer: Offer) -> str | None:
    """Return why an offer has no place among break-evens; None when it has one."""
    if offer.unpublished:
        return f"its {offer.unpublished[0].step.replace('_', ' ')} is not published"
    return offer.unconfirmed or ("; ".join(offer.modelled) or None)
