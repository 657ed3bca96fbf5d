"""One reference rate: what it is, who says so, since when, and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Literal

from paycompare.reference.business_days import business_days_between
from paycompare.reference.error_bar import combined_bp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


__all__ = ["Kind", "Rate", "aged", "crossed"]

Kind = Literal["market_mid", "central_bank", "peg", "period", "user", "identity"]

_WEAKEST_LAST: tuple[Kind, ...] = ("identity", "user", "peg", "market_mid", "central_bank", "period")
_SHOWN = Context(prec=7, rounding=ROUND_HALF_UP)
_HOLDS_ON_EVERY_DAY = ("peg", "user")


@dataclass(frozen=True, slots=True)
class Rate:
    """A reference rate with its provenance.

    Attributes:
        base: Currency of which one unit is priced.
        quote: Currency in which it is priced.
        value: Units of ``quote`` per 1 ``base``, exactly as published or as computed from what is published.
        source: Who says so, as a name.
        source_url: Where it is published; None for a user's own rate and for identity.
        kind: How the rate came about; of a cross, the weakest kind among its legs.
        observed: The day of the observation; of a cross, that of the older leg. A peg is observed every day
            it holds.
        asked: The day for which the rate was asked.
        error_bp: How far it may be from the market at the hour that matters, in basis points of the rate.
        legs: The published rates that it was computed from; empty where it is itself as published.
        flags: Warnings: ``period``, ``parallel_market``, ``suspended``.
    """

    base: str
    quote: str
    value: Fraction
    source: str
    source_url: str | None
    kind: Kind
    observed: date
    asked: date
    error_bp: int
    legs: tuple[Rate, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def age(self) -> int:
        """Business days (of the ECB's calendar) between the observation and the day asked."""
        return business_days_between(self.observed, self.asked)

    def inverse(self) -> Rate:
        """Return the same rate the other way round: units of ``base`` per 1 ``quote``, exactly.

        Example:
            >>> from datetime import date
            >>> from fractions import Fraction
            >>> day = date(2026, 10, 30)
            >>> rate = Rate("EUR", "XOF", Fraction("655.957"), "BCEAO", None, "peg", day, day, 0)
            >>> rate.inverse().value * rate.value, rate.inverse().inverse() == rate
            (Fraction(1, 1), True)
        """
        if len(self.legs) == 1:
            return self.legs[0]
        return replace(self, base=self.quote, quote=self.base, value=1 / self.value, legs=self.legs or (self,))

    def __str__(self) -> str:
        """Return the rate as one line: value to seven digits, source, date, kind, age and error bar."""
        if self.kind == "identity":
            return f"1 {self.base} = 1 {self.quote}"
        shown = _SHOWN.divide(Decimal(self.value.numerator), Decimal(self.value.denominator))
        facts = [self.source, self.observed.isoformat(), self.kind]
        if self.kind not in _HOLDS_ON_EVERY_DAY:
            facts.append(f"{self.age} business day{'' if self.age == 1 else 's'} old")
        facts.append(f"+-{self.error_bp} bp")
        facts.extend(flag for flag in self.flags if flag != self.kind)
        return f"1 {self.base} = {shown.normalize(_SHOWN):f} {self.quote} ({', '.join(facts)})"


def aged(rate: Rate, error_bp: int, flags: tuple[str, ...] = ()) -> Rate:
    """Return a rate with the error bar that its age gives it, and with its warnings.

    Args:
        rate: The rate as published.
        error_bp: Basis points.
        flags: Its warnings.
    """
    return replace(rate, error_bp=error_bp, flags=flags)


def crossed(base: str, quote: str, up: Sequence[Rate], down: Sequence[Rate]) -> Rate:
    """Compute a rate from those that lead from both currencies to a common one.

    Args:
        base: Currency of which one unit is priced.
        quote: Currency in which it is priced.
        up: Rates whose quotes lead from ``base`` to the common currency, each ``(next, this)``.
        down: The same from ``quote``; at least one rate in both together.

    Returns:
        The quotient, with all legs, the older date, the weakest kind and the combined error bar; a single leg
        as it is, or inverted.

    Example:
        >>> from datetime import date
        >>> day = date(2026, 10, 30)
        >>> xof = Rate("EUR", "XOF", Fraction("655.957"), "BCEAO", None, "peg", day, day, 0)
        >>> cve = Rate("EUR", "CVE", Fraction("110.265"), "BCV", None, "peg", day, day, 0)
        >>> print(crossed("CVE", "XOF", [cve], [xof]))
        1 CVE = 5.948914 XOF (BCV, BCEAO, 2026-10-30, peg, +-0 bp)
    """
    legs = (*up, *down)
    if len(legs) == 1:
        return down[0] if down else up[0].inverse()
    weakest = max(legs, key=lambda leg: _WEAKEST_LAST.index(leg.kind))
    one = Fraction(1)
    return Rate(
        base=base,
        quote=quote,
        value=prod((leg.value for leg in down), start=one) / prod((leg.value for leg in up), start=one),
        source=", ".join(dict.fromkeys(leg.source for leg in legs)),
        source_url=weakest.source_url,
        kind=weakest.kind,
        observed=min(leg.observed for leg in legs),
        asked=weakest.asked,
        error_bp=combined_bp(legs),
        legs=legs,
        flags=tuple(dict.fromkeys(flag for leg in legs for flag in leg.flags)),
    )
