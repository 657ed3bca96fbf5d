"""What a payee's own institution takes for receiving, where its tariff is in the catalogue and the caller names it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from paycompare.errors import CurrencyError, RateUnavailable, TariffError
from paycompare.money import Money, as_decimal
from paycompare.published.bind import Options, bind
from paycompare.scenario import price
from paycompare.terms import Corridor, Place, Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from paycompare.offer import Offer
    from paycompare.published.catalogue import Catalogue, Folder
    from paycompare.reference.stack import References
    from paycompare.terms import Payment

__all__ = ["Receiving", "receiving"]


@dataclass(frozen=True, slots=True)
class Receiving:
    """What an institution takes for receiving one amount.

    Attributes:
        charges: In the currency that arrives; None where a page that applies does not publish it, or cannot be used.
        words: Who takes it, with the page and its age.
    """

    charges: Range[Fraction] | None
    words: str


def receiving(
    catalogue: Catalogue, payment: Payment, arriving: Range[Fraction], references: References
) -> Receiving | None:
    """Return what the payee's institution takes from what arrives there.

    Its tariffs for receiving are walked with the amount that arrives, in the currency in which it arrives; where
    several may apply, or the amount is a range, so is the charge. What it bills later counts like what it takes at
    once. A temporary price is not used, and while one that may apply is not published nothing is known.

    Args:
        catalogue: Where its tariffs are looked up.
        payment: The payment; ``payee_institution`` names the folder.
        arriving: What reaches the institution, in the payee's currency.
        references: What each currency is worth.

    Returns:
        The charges, or None where no tariff is held for this payment.
    """
    folder = catalogue.folders.get(payment.payee_institution or "")
    if folder is None:
        return None
    amounts = tuple(dict.fromkeys((arriving.low, arriving.high)))
    try:
        bound = [(amount, offer) for amount in amounts for offer in _ordinary(folder, payment, amount, references)]
    except (TariffError, CurrencyError, RateUnavailable) as error:
        return Receiving(None, f"what {folder.id} takes for receiving cannot be told: {error}")
    unpublished = [offer for _, offer in bound if offer.unpublished]
    if unpublished:
        pages = _pages(unpublished, payment)
        return Receiving(None, f"{pages} does not publish what it takes for receiving: it is unknown, and not nothing")
    code = payment.corridor.payee.currency
    found = [
        (amount, offer, one.walk.paid - one.walk.landed)
        for amount, offer in bound
        for one in price(offer, "sends", amount, code)
    ]
    if {amount for amount, _, _ in found} != set(amounts):
        return None
    charges = [charge for _, _, charge in found]
    taken = Range(min(charges), max(charges))
    shown = Range(*(Money.of(as_decimal(end), code) for end in (taken.low, taken.high)))
    return Receiving(taken, f"{_pages([offer for _, offer, _ in found], payment)} takes {shown} for receiving")


def _ordinary(folder: Folder, payment: Payment, amount: Fraction, references: References) -> Iterator[Offer]:
    """Yield the offers for receiving an amount that are confirmed to apply, and are no temporary prices."""
    payee = payment.corridor.payee
    arrives = replace(
        payment,
        side="sends",
        fixed=Money.of(as_decimal(amount), payee.currency),
        corridor=Corridor(Place(payment.corridor.payer.country, payee.currency), payee),
        client="payee",
        payee_institution=None,
    )
    for leaf, why_not in folder.current(payment.on):
        if why_not or leaf.tariff.promotion:
            continue
        offer = bind(folder, leaf, arrives, references, Options(), ())
        if not isinstance(offer, str) and not offer.unconfirmed:
            yield offer


def _pages(offers: Iterable[Offer], payment: Payment) -> str:
    """Return the pages of some offers in words, each once."""
    named = (f"{one.title} ({one.evidence.source}, {one.evidence.age(payment.on)})" for one in offers)
    return "; ".join(dict.fromkeys(named))
