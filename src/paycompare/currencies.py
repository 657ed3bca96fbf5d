"""Currency codes: which can be paid, with how many decimals, and what became of the others."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from paycompare.errors import CurrencyError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Change",
    "currency",
    "known",
    "minor_unit",
    "minor_units",
    "redenominations",
    "retired",
    "unit_changed",
]


@dataclass(frozen=True, slots=True)
class Change:
    """The end of a currency code, or of a unit under the same code.

    Attributes:
        code: The code that ended, or whose unit changed.
        minor_units: Decimals of the old unit.
        successor: What came after it: another code, or the same one.
        ratio: Units of the old currency per unit of the successor; None where none was fixed.
        until: The first day on which money in accounts was no longer in the old unit.
        opens: Whether the successor's code was not in use before that day.
    """

    code: str
    minor_units: int
    successor: str
    ratio: Fraction | None
    until: date
    opens: bool


_ALIASES: Final = {"ZIG": "ZWG", "VED": "VES", "RMB": "CNY", "GGP": "GBP", "IMP": "GBP", "JEP": "GBP"}
"""Codes in use beside the ISO list that mean exactly one currency of it, at par."""

_REFUSED: Final = {
    "CFA": "CFA is two currencies: XOF in West Africa, XAF in Central Africa; write one of the two",
    "CNH": "CNH is the yuan traded offshore, at its own rate, and no ISO code; what lands in China is CNY",
    "SDR": "SDR is a unit of account of the IMF (XDR) that nobody can be paid in",
}
_OF_ACCOUNT: Final = frozenset({"UYW", "XAD"})
"""Units of account that the ISO list marks neither as funds codes nor by a missing minor unit."""

_ENTRY: Final = re.compile(
    r"<CcyNm(?P<fund>[^>]*)>(?P<name>[^<]*)</CcyNm>\s*<Ccy>(?P<code>[A-Z]{3})</Ccy>\s*<CcyNbr>\d+</CcyNbr>"
    r"\s*<CcyMnrUnts>(?P<digits>[^<]*)</CcyMnrUnts>",
    re.ASCII,
)


@cache
def _iso() -> tuple[Mapping[str, int], Mapping[str, str]]:
    """Return the decimals of every payable code, and the names of the codes nobody can be paid in.

    The list is read from the file of the iso4217 package, because importing the package costs as much time as
    everything else that a command line needs here.
    """
    spec = find_spec("iso4217")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        msg = "the package iso4217, which holds the list of currencies, is not installed"
        raise ModuleNotFoundError(msg, name="iso4217")
    payable: dict[str, int] = {}
    others: dict[str, str] = {}
    for entry in _ENTRY.finditer(Path(folders[0], "table.xml").read_text(encoding="utf-8")):
        code, digits = entry["code"], entry["digits"].strip()
        if digits.isdigit() and "true" not in entry["fund"] and code not in _OF_ACCOUNT:
            payable[code] = int(digits)
        else:
            others[code] = entry["name"].strip()
    return payable, others


@cache
def _changes() -> tuple[Change, ...]:
    with Path(__file__).with_name("retired.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return tuple(
            Change(
                code=row["code"],
                minor_units=int(row["minor_units"]),
                successor=row["successor"],
                ratio=Fraction(row["ratio"]) if row["ratio"] else None,
                until=date.fromisoformat(row["until"]),
                opens=row["opens"] == "yes",
            )
            for row in rows
        )


@cache
def retired() -> Mapping[str, Change]:
    """Return every code that ended since 1999, with its successor, ratio and date.

    Example:
        >>> str(retired()["HRK"].ratio), retired()["HRK"].until.isoformat()
        ('15069/2000', '2023-01-01')
    """
    return {change.code: change for change in _changes() if change.code != change.successor}


@cache
def redenominations() -> tuple[Change, ...]:
    """Return the changes of unit under an unchanged code.

    Example:
        >>> [(change.code, str(change.ratio), str(change.until)) for change in redenominations()]
        [('VES', '1000000', '2021-10-01'), ('SYP', '100', '2026-01-01')]
    """
    return tuple(change for change in _changes() if change.code == change.successor)


def unit_changed(code: str, *, between: tuple[date, date]) -> Fraction | None:
    """Tell whether the unit of a currency changed under its code between two days.

    Args:
        code: An ISO 4217 code.
        between: Two days in either order; a change counts if it came after the earlier day and not after
            the later.

    Returns:
        Old units per new unit, or None if the unit is the same on both days.

    Example:
        >>> unit_changed("SYP", between=(date(2025, 12, 31), date(2026, 1, 2)))
        Fraction(100, 1)
        >>> unit_changed("SYP", between=(date(2026, 1, 1), date(2026, 1, 2))) is None
        True
    """
    first, last = sorted(between)
    ratio = Fraction(1)
    for change in redenominations():
        if change.code == code and change.ratio and first < change.until <= last:
            ratio *= change.ratio
    return None if ratio == 1 else ratio


def currency(code: str, *, on: date | None = None) -> str:
    """Return the ISO 4217 code of a currency that can be paid on a day.

    Args:
        code: Three capital letters; `ZIG`, `VED`, `RMB`, `GGP`, `IMP` and `JEP` are read as what they mean.
        on: The day on which it must be in use; None means by today's list.

    Raises:
        CurrencyError: It is unknown (the message names the nearest), retired on that day (with successor,
            ratio and date), not yet in use on that day, ambiguous, or nothing that anybody can be paid in.

    Example:
        >>> currency("GBP"), currency("RMB"), currency("HRK", on=date(2022, 12, 30))
        ('GBP', 'CNY', 'HRK')
    """
    found = known(code)
    ended = retired().get(found)
    if ended is not None and (on is None or on >= ended.until):
        _refuse_retired(ended)
    opened = _openings().get(found)
    if opened is not None and on is not None and on < opened.until:
        was = f"; on {on} it was {opened.code}" if found != "EUR" else ""
        msg = f"{found} is not in use before {opened.until}{was}"
        raise CurrencyError(msg, code=found)
    return found


@cache
def _openings() -> Mapping[str, Change]:
    """Return, for each code that came into use with a change, that change."""
    return {change.successor: change for change in _changes() if change.opens}


def _refuse_retired(ended: Change) -> NoReturn:
    final = ended
    while final.successor in retired():
        final = retired()[final.successor]
    ratio = f", {_plain(ended.ratio)} {ended.code} to 1 {ended.successor}" if ended.ratio else ""
    now = f" (today {final.successor})" if final is not ended else ""
    again = unit_changed(final.successor, between=(ended.until, date.max))
    later = f"; later {_plain(again)} old {final.successor} became 1 new" if again else ""
    msg = f"{ended.code} is no longer in use since {ended.until}: write {ended.successor}{now}{ratio}{later}"
    raise CurrencyError(msg, code=ended.code, successor=ended.successor, ratio=ended.ratio, until=ended.until)


def _plain(ratio: Fraction) -> str:
    """Return a ratio of the table as it is written there, without idle zeros."""
    whole, rest = divmod(ratio, 1)
    decimals = f"{int(rest * 10**6):06d}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def known(code: str) -> str:
    """Return the code of a currency that can be, or once could be, paid.

    Args:
        code: Three capital letters, or an alias that `currency` reads.

    Raises:
        CurrencyError: It is unknown (the message names the nearest), ambiguous, or not payable by nature.

    Example:
        >>> known("BGN"), known("ZIG")
        ('BGN', 'ZWG')
    """
    payable, others = _iso()
    code = str(code)  # what is no text is no code either, and is refused as such below
    found = _ALIASES.get(code, code)
    if found in _REFUSED:
        raise CurrencyError(_REFUSED[found], code=found)
    if found in payable or found in retired():
        return found
    if found in others:
        msg = f"{found} ({others[found]}) is in the ISO list of currencies, but nobody can be paid in it"
        raise CurrencyError(msg, code=found)
    swapped = [one for one in payable if sorted(one) == sorted(code.upper())]
    near = nearest(code.upper(), swapped or [*payable, *_ALIASES])
    msg = f"found currency {code[:40]!r}, expected an ISO 4217 code in capitals such as 'GBP'{near}"
    raise CurrencyError(msg, code=code[:40])


def minor_units(code: str) -> int:
    """Return how many decimals a currency has by ISO 4217: 0, 2, 3 or 4.

    HUF, TWD and IDR have two there, though their cents are not used; a retired code has those it ended with.

    Args:
        code: ISO 4217 code, current or retired.

    Raises:
        CurrencyError: It is unknown or not payable by nature.

    Example:
        >>> [minor_units(code) for code in ("JPY", "HUF", "KWD")]
        [0, 2, 3]
    """
    found = known(code)
    ended = retired().get(found)
    return ended.minor_units if ended is not None else _iso()[0][found]


def minor_unit(code: str) -> Fraction:
    """Return the minor unit of a currency, in units of the currency.

    Args:
        code: ISO 4217 code, current or retired.

    Raises:
        CurrencyError: It is unknown or not payable by nature.

    Example:
        >>> minor_unit("GBP"), minor_unit("JPY")
        (Fraction(1, 100), Fraction(1, 1))
    """
    return Fraction(1, 10 ** minor_units(code))
