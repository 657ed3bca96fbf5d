"""The United Nations' operational rates of exchange, the last resort: one embedded table, flagged ``period``.

Operational rates are set once a month, with changes in between where a currency moves; units per 1 USD, three
decimals. They are a period's rate, not a day's, and for some currencies an official rate that no market
trades at.

The figures were transcribed from the published table, which alone counts.

Source of the figures: https://treasury.un.org/operationalrates/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from paycompare.money import unit_changed
from paycompare.reference.error_bar import period_bp
from paycompare.reference.rate import Rate, aged
from paycompare.reference.tables import rows

__all__ = ["PARALLEL", "Operational", "leg", "operational", "why_not"]

NAME = "UN operational rates"
URL = "https://treasury.un.org/operationalrates/"
PARALLEL = frozenset({"SOS", "SDG", "YER", "MMK", "IRR", "SYP", "KPW", "CUP", "LRD", "SLE"})
"""Currencies whose official and market rates differ, by up to a factor of 40: one rate says little of
either."""

_HALF_LAST_DIGIT = Fraction("0.0005")


@dataclass(frozen=True, slots=True)
class Operational:
    """One line of the table.

    Attributes:
        value: Units of the currency per 1 USD.
        effective: First day of its validity.
    """

    value: Fraction
    effective: date


@cache
def operational() -> dict[str, Operational]:
    """Return the embedded operational rates by currency code, units per 1 USD.

    Example:
        >>> operational()["KES"]
        Operational(value=Fraction(648, 5), effective=datetime.date(2026, 10, 1))
    """
    return {
        row["currency"]: Operational(Fraction(row["units_per_usd"]), date.fromisoformat(row["effective"]))
        for row in rows("operational.csv")
    }


def leg(code: str, on: date) -> Rate | None:
    """Return the operational rate of a currency as of a day, units per 1 USD, or None.

    None before the table takes effect, and where the currency has changed its unit since.

    Example:
        >>> print(leg("KES", date(2026, 10, 1)))
        1 USD = 129.6 KES (UN operational rates, 2026-10-01, period, 0 business days old, +-28 bp)
    """
    line = operational().get(code)
    if line is None or on < line.effective or unit_changed(code, between=(line.effective, on)) is not None:
        return None
    flags = ("period", "parallel_market") if code in PARALLEL else ("period",)
    rate = Rate("USD", code, line.value, NAME, URL, "period", observed=line.effective, asked=on, error_bp=0)
    return aged(rate, period_bp(code, rate.age, _HALF_LAST_DIGIT / line.value), flags)


def why_not(code: str, on: date) -> str:
    """Say why there is no operational rate of a currency as of a day, in one clause.

    Example:
        >>> why_not("KES", date(2024, 1, 1))
        'its only embedded rate is the UN operational rate effective 2026-10-01'
    """
    line = operational().get(code)
    if line is None:
        return f"the embedded UN operational rates do not list {code}"
    if on < line.effective:
        return f"its only embedded rate is the UN operational rate effective {line.effective}"
    return f"{code} has changed its unit since the embedded UN operational rate effective {line.effective}"
