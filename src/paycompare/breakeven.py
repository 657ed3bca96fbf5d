"""The table of break-evens for a corridor: who is cheapest from which amount on, and where nobody serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from paycompare.crossover import Stretch, stretches
from paycompare.errors import Failure, NoOffer, PaymentError
from paycompare.money import Money
from paycompare.question import Asking, Knowing, ask, gather
from paycompare.terms import Corridor, Payment, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.offer import Offer
    from paycompare.reference.rate import Rate

__all__ = ["Crossovers", "crossovers"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Crossovers:
    """Who is cheapest from which amount on.

    Attributes:
        payment: The payment at the least amount; its conditions hold for all.
        most: The largest amount, included.
        stretches: In order of amounts, without holes; one without winners is a gap.
        offers: Id to offer, for every complete offer of the corridor.
        left_out: Id to the reason why an offer has no place in the table; `paycompare.compare` says when it may win.
        declined: Id to the reason why a tariff does not apply.
        reference: The reference rate, payee currency per payer currency.
        failures: Providers that could not be asked.
        assumptions: What the caller left open and what was taken instead.
    """

    payment: Payment
    most: Money
    stretches: tuple[Stretch, ...]
    offers: Mapping[str, Offer]
    left_out: Mapping[str, str]
    declined: Mapping[str, str]
    reference: Rate
    failures: tuple[Failure, ...]
    assumptions: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the corridor and the number of stretches; `str` has the table."""
        return f"<Crossovers {self.payment.corridor}: {len(self.stretches)} stretches to {self.most}>"

    def __str__(self) -> str:
        """Return the table as plain text."""
        from paycompare.display.terminal import crossovers_as_text

        return crossovers_as_text(self)


def crossovers(
    corridor: str, *, side: str = "pays", least: str | Money, most: str | Money, **options: Unpack[Knowing]
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
    ends = Corridor.parse(corridor, on=day_of(options.get("at")))
    fixed = (ends.payer if side == "pays" else ends.payee).currency
    low, high = _span(least, most, fixed)
    asking: Asking = {
        **options,
        "sends": None,
        "gets": low if side == "gets" else None,
        "sender": str(ends.payer),
        "to": str(ends.payee),
    }
    question = ask(low if side == "pays" else None, **asking)
    found = gather(question)
    payment = question.payments[0]
    kept_out = {offer.id: why for _, offer in found.offers if (why := _kept_out(offer))}
    offers = {offer.id: offer for _, offer in found.offers if offer.id not in kept_out}
    if not offers:
        why = f"no offer with published prices for everything is confirmed to serve {payment.corridor}"
        raise NoOffer(why, {**found.declined, **kept_out}, found.failures)
    return Crossovers(
        payment=payment,
        most=high,
        stretches=stretches(offers, payment.side, fixed, (low.exact, high.exact)),
        offers=offers,
        left_out=kept_out,
        declined=found.declined,
        reference=question.references.rate(payment.corridor.payer.currency, payment.corridor.payee.currency),
        failures=tuple(found.failures),
        assumptions=payment.assumptions,
    )


def _span(least: str | Money, most: str | Money, code: str) -> tuple[Money, Money]:
    """Read the two ends of the table, in the currency of the side that is held fixed."""
    low, high = (
        one if isinstance(one, Money) else Money.parse(one, what=name)
        for name, one in (("least", least), ("most", most))
    )
    for name, end in (("least", low), ("most", high)):
        if end.currency != code:
            raise PaymentError(name, str(end), f"an amount in {code}")
    if low.amount <= 0:
        raise PaymentError("least", str(low), "an amount above zero")
    if high.amount <= low.amount:
        raise PaymentError("most", str(high), f"an amount above least, {low}")
    return low, high


def _kept_out(offer: Offer) -> str | None:
    """Return why an offer has no place among break-evens; None when it has one."""
    if offer.unpublished:
        return f"its {offer.unpublished[0].step.replace('_', ' ')} is not published"
    return offer.unconfirmed or ("; ".join(offer.modelled) or None)
