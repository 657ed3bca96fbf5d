"""Rates that sources supplied when they were asked: which one says what a currency is worth on a day."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.reference.error_bar import market_bp, period_bp
from paycompare.reference.rate import Rate, aged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

__all__ = ["leg"]

_ANCHORS: Final = ("EUR", "USD")
"""A supplied pair is used when it has one of these, so that every way up ends at the euro and none runs in a circle."""

_DAILY: Final = ("central_bank", "market_mid")


def leg(code: str, on: date, rates: Sequence[Rate], *, daily: bool) -> Rate | None:
    """Return the newest supplied rate of a currency as of a day, units per 1 EUR or 1 USD, or None.

    Of several of one day, one in euro precedes one in dollars, a central bank the market, and then the order given.

    Args:
        code: An ISO 4217 code.
        on: The day; nothing after it counts.
        rates: What was supplied, as published.
        daily: Whether daily rates are asked for, or period rates.

    Example:
        >>> from datetime import date
        >>> day = date(2026, 10, 30)
        >>> given = Rate("KES", "EUR", Fraction("0.0066"), "Acme", None, "market_mid", day, day, 0)
        >>> leg("KES", day, [given], daily=True).value
        Fraction(5000, 33)
    """
    found = [made for rate in rates if (made := _towards(code, rate)) is not None]
    fitting = [one for one in found if one.observed <= on and (one.kind in _DAILY) is daily]
    if not fitting:
        return None
    best = min(fitting, key=_precedence)
    asked = replace(best, asked=on)
    error = market_bp(asked.base, code, asked.age) if daily else period_bp(code, asked.age, Fraction(0))
    return aged(asked, error, asked.flags if daily else ("period", *asked.flags))


def _precedence(rate: Rate) -> tuple[int, int, bool]:
    return -rate.observed.toordinal(), _ANCHORS.index(rate.base), rate.kind != "central_bank"


def _towards(code: str, rate: Rate) -> Rate | None:
    """Return a rate as units of the currency per 1 of an anchor above it, or None when it says no such thing."""
    pair = {rate.base, rate.quote}
    anchor = next((one for one in _ANCHORS if one in pair and one != code), None)
    if anchor is None or code not in pair or code == "EUR":
        return None
    if rate.quote == code:
        return rate
    return replace(rate, base=anchor, quote=code, value=1 / rate.value)
