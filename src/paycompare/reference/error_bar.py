"""How far a reference rate may be from the market at the hour that matters, in basis points.

Every currency has a share of the error, measured against the US dollar; a pair has the square root of the sum
of the squares of the shares that do not cancel. A share has two parts, again added as squares:

* **the hour of the fixing**: the median gap between two official fixings of one day; 20 bp where none was
  measured;
* **staleness**: the median absolute move over 1, 2, 5, 21 and 63 business days, measured on the ECB's rates
  against the dollar from November 2023 to October 2026. From one horizon to the next, and after the last, it
  grows with the square root of time. A currency that was not measured takes the median of the nine floating
  ones that were.

In a cross of two ECB rates the euro cancels, since both were fixed in one concertation. A currency held close
to another (the Danish krone and, until 2025, the Bulgarian lev to the euro) moves with it and adds 2 bp, the
krone's median move against the euro over 21 business days.

A period rate (the United Nations' operational rates) starts at 27 bp, its median gap to a daily market feed
when it took effect, grows the same way, and adds half a unit of its last printed digit. A peg states its own
error. A rate that the user supplies, and a currency against itself, have none. For currencies with a parallel
market no number is honest: the rate's flag says so.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, isqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paycompare.reference.rate import Rate

__all__ = ["combined_bp", "market_bp", "period_bp"]

_HORIZONS = (1, 2, 5, 21, 63)
_TYPICAL_MOVES = (23, 36, 59, 128, 216)
_MOVES = {
    "USD": (0, 0, 0, 0, 0),
    "EUR": (22, 33, 57, 121, 165),
    "GBP": (23, 36, 59, 128, 138),
    "INR": (10, 15, 25, 47, 121),
    "MXN": (35, 51, 78, 176, 288),
    "PHP": (21, 26, 46, 106, 216),
    "BRL": (43, 58, 90, 178, 320),
    "ZAR": (45, 65, 94, 167, 245),
    "CNY": (7, 10, 19, 49, 106),
    "JPY": (30, 46, 75, 172, 316),
    "TRY": (8, 17, 37, 151, 463),
    "HKD": (2, 3, 5, 10, 22),
}
_TYPICAL_HOUR = 20
_HOUR = {
    "USD": 0,
    "HKD": 2,
    "CAD": 10,
    "AUD": 14,
    "PLN": 14,
    "INR": 29,
    "MXN": 32,
    "THB": 34,
    "ZAR": 35,
    "BRL": 39,
    "PHP": 53,
    "KRW": 71,
}
_PERIOD_START = 27
_MOVES_WITH = {"DKK": "EUR", "BGN": "EUR"}
_OWN_SHARE_OF_FOLLOWER = 2
_MARKET_KINDS = ("central_bank", "market_mid")


def _root(number: int) -> int:
    """Return the square root in thousandths, so that no binary float is needed."""
    return isqrt(number * 1_000_000)


def _move(code: str, age: int) -> Fraction:
    """Return the median absolute move against the dollar over some business days, in basis points."""
    moves = _MOVES.get(code, _TYPICAL_MOVES)
    for (shorter, less), (longer, more) in pairwise(zip((0, *_HORIZONS), (0, *moves), strict=True)):
        if age <= longer:
            way = Fraction(_root(age) - _root(shorter), _root(longer) - _root(shorter))
            return less + (more - less) * way
    return Fraction(moves[-1] * _root(age), _root(_HORIZONS[-1]))


def _whole(square: Fraction) -> int:
    """Return the square root rounded up to a whole basis point."""
    whole = ceil(square)
    return isqrt(whole - 1) + 1 if whole else 0


def _market_square(ends: Iterable[str], age: int) -> Fraction:
    """Return the squared error of market rates; a currency that stands in two of them cancels."""
    moving: set[str] = set()
    square = Fraction(0)
    for code in ends:
        leader = _MOVES_WITH.get(code, code)
        moving ^= {leader}
        square += 0 if leader == code else _OWN_SHARE_OF_FOLLOWER**2
    for code in moving:
        square += _HOUR.get(code, _TYPICAL_HOUR) ** 2 + _move(code, age) ** 2
    return square


def market_bp(base: str, quote: str, age: int) -> int:
    """Return the error bar of a daily fixing.

    Args:
        base: Currency of which one unit is priced.
        quote: Currency in which it is priced.
        age: Business days between the fixing and its use.

    Returns:
        Basis points, rounded up.

    Example:
        EUR/USD on its own day: 20 bp for the hour. One business day later: root of 20 squared + 22 squared,
        29.7.

        >>> market_bp("EUR", "USD", 0), market_bp("EUR", "USD", 1)
        (20, 30)
    """
    return _whole(_market_square((base, quote), age))


def period_bp(code: str, age: int, half_last_digit: Fraction) -> int:
    """Return the error bar of a period rate against the US dollar.

    Args:
        code: The currency.
        age: Business days since the rate took effect.
        half_last_digit: Half a unit of the last printed digit, as a share of the rate.

    Returns:
        Basis points, rounded up.

    Example:
        0.305 dinar: half of 0.001 is 16.4 bp of it; root of 27 squared + 16.4 squared is 31.6.

        >>> period_bp("KWD", 0, Fraction("0.0005") / Fraction("0.305"))
        32
    """
    return _whole(_PERIOD_START**2 + _move(code, age) ** 2 + (half_last_digit * 10_000) ** 2)


def combined_bp(legs: Sequence[Rate]) -> int:
    """Return the error bar of a rate made of several, each as its source publishes it.

    Args:
        legs: The published rates along the way from one currency to the other.

    Returns:
        Basis points, rounded up: the market shares that do not cancel and the errors of the other legs, as
        squares.

    Example:
        A dirham and a riyal, each pegged to the dollar within 10 bp: root of 10 squared + 10 squared is 14.1.

        >>> from datetime import date
        >>> from paycompare.reference.pegs import leg
        >>> combined_bp([leg("AED", date(2026, 10, 30)), leg("SAR", date(2026, 10, 30))])
        15
    """
    market = [leg for leg in legs if leg.kind in _MARKET_KINDS]
    ends = [end for leg in market for end in (leg.base, leg.quote)]
    square = _market_square(ends, max((leg.age for leg in market), default=0))
    return _whole(square + sum(leg.error_bp**2 for leg in legs if leg.kind not in _MARKET_KINDS))
