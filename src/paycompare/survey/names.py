"""Countries and providers as questions name them, in the form in which surveys keep them."""

from __future__ import annotations

from typing import Final

from paycompare.countries import country
from paycompare.survey.harmonise import RENAMED_FIRMS

__all__ = ["alpha3", "firm_key"]

_OTHERWISE: Final = {"ANT": "ANT", "KSV": "XKX"}
"""A code that ISO has withdrawn and surveys still have, and the World Bank's own for Kosovo."""


def alpha3(place: str) -> str:
    """Return the code of a country in a survey.

    Args:
        place: ISO 3166-1 alpha-2 or alpha-3 code, or an English name.

    Raises:
        PaymentError: No country is meant; the message names the nearest.

    Example:
        >>> alpha3("RU"), alpha3("Kenya"), alpha3("KSV")
        ('RUS', 'KEN', 'XKX')
    """
    code = place.strip()
    return _OTHERWISE.get(code) or country(code).alpha3


def firm_key(name: str) -> str:
    """Return a provider's name as the column ``firm_key`` has it: without case, and under its newer name.

    Example:
        >>> firm_key("TransferWise"), firm_key("Western  Union ")
        ('wise', 'western union')
    """
    key = " ".join(name.split()).lower()
    return RENAMED_FIRMS.get(key, key)
