"""What third parties typically take on the way, where somebody who watched has published it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from paycompare.terms import Range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.published.catalogue import Catalogue
    from paycompare.published.schema import Deduction
    from paycompare.terms import Place

__all__ = ["typical_deductions"]


def typical_deductions(catalogue: Catalogue, unknowns: frozenset[str], payee: Place) -> Range[Fraction] | None:
    """Return what third parties typically take from a payment.

    Args:
        catalogue: Where published averages and ranges are looked up.
        unknowns: The named unknowns of an offer, such as ``correspondents:EUR``.
        payee: The payee's place.

    Returns:
        The range over all published figures, in the payee's currency; charges on which nothing is published count as
        nothing, and None means that nothing is published on any of them.
    """
    low = high = Fraction(0)
    known = False
    for unknown in unknowns:
        ends = [_ends(one) for one in _matching(catalogue, unknown.partition(":")[0], payee)]
        if ends:
            known = True
            low += min(end[0] for end in ends)
            high += max(end[1] for end in ends)
    return Range(low, high) if known else None


def _matching(catalogue: Catalogue, kind: str, payee: Place) -> Iterator[Deduction]:
    for folder in catalogue.folders.values():
        for deduction, _ in folder.deductions:
            listed = not deduction.countries or payee.country in deduction.countries
            here = listed and payee.country not in deduction.not_countries
            if here and deduction.of == kind and deduction.currency == payee.currency:
                yield deduction


def _ends(deduction: Deduction) -> tuple[Fraction, Fraction]:
    if deduction.between is not None:
        return deduction.between
    average = deduction.average if deduction.average is not None else Fraction(0)
    return average, average
