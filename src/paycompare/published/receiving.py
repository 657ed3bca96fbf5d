"""What a payee's own institution takes for receiving, where its tariff is in the catalogue and the caller names it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from paycompare.money import Money, as_decimal
from paycompare.published.bind import Options, bind
from paycompare.scenario import price
from paycompare.terms import Corridor, Place, Range

if TYPE_CHECKING:
    from fractions import Fraction

    from paycompare.published.catalogue import Catalogue
    from paycompare.reference.stack import References
    from paycompare.terms import Payment

__all__ = ["Receiving", "receiving"]


@dataclass(frozen=True, slots=True)
class Receiving:
    """What an institution takes for receiving one amount.

    Attributes:
        charges: In the currency that arrives.
        words: Who takes it, with the page and its age.
    """

    charges: Range[Fraction]
    words: str


def receiving(
    catalogue: Catalogue, payment: Payment, arriving: Range[Fraction], references: References
) -> Receiving | None:
    """Return what the payee's institution takes from what arrives there.

    Its tariffs for receiving are walked with the amount that arrives, in the currency in which it arrives; where
    several may apply, or the amount is a range, so is the charge.

    Args:
        catalogue: Where its tariffs are looked up.
        payment: The payment; ``payee_institution`` names the folder.
        arriving: What reaches the institution, in the payee's currency.
        references: What each currency is worth.

    Returns:
        The charges, or None where none is held for this payment.
    """
    folder = catalogue.folders.get(payment.payee_institution or "")
    if folder is None:
        return None
    payee = payment.corridor.payee
    found: list[tuple[Fraction, str]] = []
    for amount in dict.fromkeys((arriving.low, arriving.high)):
        arrives = replace(
            payment,
            side="sends",
            fixed=Money.of(as_decimal(amount), payee.currency),
            corridor=Corridor(Place(payment.corridor.payer.country, payee.currency), payee),
            client="payee",
            payee_institution=None,
        )
        for leaf, why_not in folder.current(payment.on):
            offer = why_not or bind(folder, leaf, arrives, references, Options(), ())
            if isinstance(offer, str) or offer.unpublished or offer.unconfirmed:
                continue
            scenarios = price(offer, "sends", amount, payee.currency)
            page = f"{offer.title} ({offer.evidence.source}, {offer.evidence.age(payment.on)})"
            found += [(amount - one.walk.landed, page) for one in scenarios]
    if not found:
        return None
    charges = [charge for charge, _ in found]
    taken = Range(min(charges), max(charges))
    shown = Range(*(Money.of(as_decimal(end), payee.currency) for end in (taken.low, taken.high)))
    return Receiving(taken, f"{'; '.join(dict.fromkeys(page for _, page in found))} takes {shown} for receiving")
