"""What third parties typically take on the way, where somebody who watched has published it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.money import Money, as_decimal
from paycompare.published.catalogue import evidence_of
from paycompare.terms import Range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from paycompare.published.catalogue import Catalogue
    from paycompare.published.schema import Deduction, Page
    from paycompare.terms import Place

__all__ = ["typical_deductions", "typical_words"]

_NOTHING: Final = Range(Fraction(0), Fraction(0))


def typical_deductions(
    catalogue: Catalogue,
    unknowns: frozenset[str],
    payee: Place,
    arriving: Range[Fraction],
    received: Range[Fraction] | None = None,
) -> Range[Fraction] | None:
    """Return what third parties typically take from a payment.

    Args:
        catalogue: Where published averages and ranges are looked up.
        unknowns: The named unknowns of an offer, such as ``correspondents:EUR``.
        payee: The payee's place.
        arriving: What reaches the payee's institution before they take it, in the payee's currency.
        received: What the payee's own institution takes, where the caller named it and its tariff is held.

    Returns:
        The range over all published figures, in the payee's currency; None when nothing is published on one of them,
        because an unknown charge is not nothing.
    """
    low = high = Fraction(0)
    for unknown in unknowns:
        kind = unknown.partition(":")[0]
        if kind == "payee_bank" and received is not None:
            ends = [(received.low, received.high)]
        else:
            ends = [_ends(one, arriving) for one, _ in _matching(catalogue, kind, payee)]
        if not ends:
            return None
        low += min(end[0] for end in ends)
        high += max(end[1] for end in ends)
    return Range(low, high)


def typical_words(catalogue: Catalogue, unknowns: frozenset[str], payee: Place, on: date) -> Iterator[str]:
    """Yield what third parties were seen to take, each figure with whose word it is and how old.

    Args:
        catalogue: Where published averages and ranges are looked up.
        unknowns: The named unknowns of an offer.
        payee: The payee's place.
        on: The day to which ages are counted.
    """
    for unknown in sorted(unknowns):
        for deduction, page in _matching(catalogue, unknown.partition(":")[0], payee):
            evidence = evidence_of(page)
            yield f"{unknown} typically take {_words(deduction)} ({evidence.source}, {evidence.age(on)})"


def _words(deduction: Deduction) -> str:
    if deduction.share is not None:
        return f"{as_decimal(deduction.share * 100)}% of what arrives"
    low, high = (Money.of(as_decimal(end), deduction.currency) for end in _ends(deduction, _NOTHING))
    return str(Range(low, high))


def _matching(catalogue: Catalogue, kind: str, payee: Place) -> Iterator[tuple[Deduction, Page]]:
    for folder in catalogue.folders.values():
        for deduction, page in folder.deductions if folder.speaks_of_others else ():
            listed = not deduction.countries or payee.country in deduction.countries
            here = listed and payee.country not in deduction.not_countries
            if here and deduction.of == kind and deduction.currency == payee.currency:
                yield deduction, page


def _ends(deduction: Deduction, arriving: Range[Fraction]) -> tuple[Fraction, Fraction]:
    if deduction.share is not None:
        return arriving.low * deduction.share, arriving.high * deduction.share
    if deduction.between is not None:
        return deduction.between
    average = deduction.average if deduction.average is not None else Fraction(0)
    return average, average
