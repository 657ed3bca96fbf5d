"""Reference rates that sources supplied, as the reference stack takes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.errors import CurrencyError, ProviderChanged, RateUnavailable
from paycompare.live.priced import LiveRate
from paycompare.money import as_decimal
from paycompare.reference.rate import Rate

if TYPE_CHECKING:
    from paycompare.live.asked import Asked
    from paycompare.reference.stack import References

__all__ = ["rate_of", "without_unlikely"]

_LEAST_LIKELY: Final = Fraction(1, 2)
"""A rate that is this part of what is embedded or less, or its inverse or more, is turned or lacks a digit."""

_A_YEAR: Final = timedelta(days=365)
_A_QUARTER: Final = timedelta(days=90)
"""What is embedded for longer is no measure, since currencies fall by half: those of a monthly table sooner."""


def without_unlikely(asked: Asked, embedded: References) -> Asked:
    """Return what a source said without rates that nobody can mean: everybody would be measured on them.

    Args:
        asked: What it said.
        embedded: What currencies are worth without any source being asked.
    """
    wrong = {one: near for one in asked.answers if isinstance(one, LiveRate) and (near := _expected(one, embedded))}
    if not wrong:
        return asked
    [first, *_] = wrong
    pair, stated = f"{first.base}/{first.quote}", str(as_decimal(first.value, 6))
    error = asked.error or ProviderChanged(asked.source, pair, stated, wrong[first])
    likely = tuple(one for one in asked.answers if not (isinstance(one, LiveRate) and one in wrong))
    return replace(asked, answers=likely, error=error)


def _expected(given: LiveRate, embedded: References) -> str | None:
    """Return what a rate would have to be near to; None when it is, or nobody can tell."""
    try:
        own = embedded.rate(given.base, given.quote)
    except (CurrencyError, RateUnavailable):
        return None
    measures = _A_QUARTER if "period" in own.flags else _A_YEAR
    if "parallel_market" in own.flags or embedded.on - own.observed > measures:
        return None
    if _LEAST_LIKELY < given.value / own.value < 1 / _LEAST_LIKELY:
        return None
    return f"a rate near {as_decimal(own.value, 6)} ({own.source}, {own.observed})"


def rate_of(given: LiveRate) -> Rate:
    """Return a supplied rate as the reference stack takes it; its age and error bar come with the day asked.

    Args:
        given: The rate as published.
    """
    name = given.publisher if given.publishers == 1 else f"{given.publisher} ({given.publishers} publishers)"
    return Rate(
        given.base, given.quote, given.value, name, given.url, given.kind, given.observed, given.observed, error_bp=0
    )
