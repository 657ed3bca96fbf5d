"""Official hard pegs, dated, from ``pegs.csv``.

A peg defines the official middle rate; what is paid out in the street may differ. Bands and baskets (HKD,
DKK, KWD, MAD and others) are not pegs and are not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from paycompare.reference.rate import Rate
from paycompare.reference.tables import rows

__all__ = ["Peg", "leg", "pegs", "why_not"]


@dataclass(frozen=True, slots=True)
class Peg:
    """A currency held by its authority at a fixed price of another.

    Attributes:
        code: The pegged currency.
        anchor: The currency it is pegged to.
        value: Units of ``code`` per 1 ``anchor``.
        since: First day known at this value; None where that was before 1999, the first year of embedded
            rates.
        error_bp: Half the width of the band around it, in basis points.
        authority: Who holds it.
        source: The page that says so.
    """

    code: str
    anchor: str
    value: Fraction
    since: date | None
    error_bp: int
    authority: str
    source: str


@cache
def pegs() -> dict[str, Peg]:
    """Return every official peg by the code of the pegged currency.

    Example:
        The parity of the CFP franc is 1000 XPF = 8.38 EUR.

        >>> pegs()["XPF"].value == Fraction(1000) / Fraction("8.38")
        True
    """
    return {row["code"]: _peg(row) for row in rows("pegs.csv")}


def _peg(row: dict[str, str]) -> Peg:
    return Peg(
        code=row["code"],
        anchor=row["anchor"],
        value=Fraction(row["code_units"]) / Fraction(row["anchor_units"]),
        since=date.fromisoformat(row["since"]) if row["since"] else None,
        error_bp=int(row["error_bp"]),
        authority=row["authority"],
        source=row["source"],
    )


def leg(code: str, on: date) -> Rate | None:
    """Return the official parity in force on a day, units of the code per 1 of its anchor, or None.

    Example:
        >>> print(leg("SAR", date(2026, 10, 30)))
        1 USD = 3.75 SAR (Saudi Central Bank, 2026-10-30, peg, +-10 bp)
    """
    peg = pegs().get(code)
    if peg is None or (peg.since is not None and on < peg.since):
        return None
    return Rate(peg.anchor, code, peg.value, peg.authority, peg.source, "peg", on, on, peg.error_bp)


def why_not(code: str) -> str | None:
    """Say from when on a peg holds, in one clause; None for a currency without one.

    Example:
        >>> why_not("TMT")
        'its peg to USD holds from 2015-01-01 on'
    """
    peg = pegs().get(code)
    return None if peg is None else f"its peg to {peg.anchor} holds from {peg.since} on"
