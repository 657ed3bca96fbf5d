"""Quotes that the user collected: by hand, by mail, from a bank's screen. CSV, JSON or Excel, validated row by row.

A row is a price of one provider for one amount. ``provider``, ``paid``, ``landed`` and ``collected_at`` are needed;
``service``, ``title``, ``fee``, ``rate``, ``mid`` and ``expires_at`` are not. Amounts are written with their currency,
such as ``1000 EUR``; a rate is payee currency per payer currency; the fee is part of what was paid. Times are ISO 8601;
a day alone stands for its end, UTC.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paycompare.errors import PaycompareError, Problem, ProviderChanged, TariffError, nearest
from paycompare.live.priced import Charge, Priced, check_identity
from paycompare.live.reading import is_plausible, printable, read_json
from paycompare.money import Money, exact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction
    from typing import TypeVar

    _T = TypeVar("_T")

__all__ = ["read_quotes"]

_NEEDED: Final = ("provider", "paid", "landed", "collected_at")
_OPTIONAL: Final = ("service", "title", "fee", "rate", "mid", "expires_at")
_LARGEST: Final = 10 << 20
_SHOWN: Final = 60
_FIRST_ROW: Final = 2
"""The header is row 1, as a spreadsheet counts."""


def read_quotes(file: str | Path) -> tuple[Priced, ...]:
    r"""Read quotes that you collected, to be given to `paycompare.compare` as ``quotes``.

    Args:
        file: A ``.csv`` (UTF-8, comma), ``.json`` (a list of objects) or ``.xlsx`` file (its first sheet; needs
            ``paycompare[excel]``); columns as the documentation of live prices lists them.

    Returns:
        One price for each row, of evidence class ``user``.

    Raises:
        TariffError: The file cannot be read, or rows are wrong; every problem has its row and column.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "quotes.csv"
        ...     _ = file.write_text(
        ...         "provider,paid,landed,fee,collected_at\n"
        ...         "my_bank,1000 EUR,69300 PHP,10 EUR,2026-11-25T09:30:00+01:00\n", encoding="utf-8")
        ...     [quote] = read_quotes(file)
        >>> str(quote.landed), quote.rate  # (1000 - 10) x 70 = 69300
        ('69,300.00 PHP', Fraction(70, 1))
    """
    path = Path(file)
    readers: dict[str, Callable[[Path], Sequence[Mapping[str, object]]]] = {
        ".csv": _csv,
        ".json": _json,
        ".xlsx": _excel,
    }
    read = readers.get(path.suffix.lower())
    if read is None:
        raise _wrong(path, "name", path.suffix or "no ending", f"a file that ends in {', '.join(readers)}")
    first = 1 if read is _json else _FIRST_ROW
    cells = enumerate(_opened(path, read), start=first)
    rows = [_Row(path.name, number, row) for number, row in cells if any(map(_text, row.values()))]
    if not rows:
        raise _wrong(path, "file", "no row with anything in it", "at least one quote")
    strays = {name: row for row in reversed(rows) for name in row.cells}  # each with the first row that has it
    problems = [row.stray(name) for name, row in strays.items() if name not in (*_NEEDED, *_OPTIONAL)]
    quotes = []
    for row in rows:
        quote = row.price()
        quotes.extend([quote] if quote else [])
        problems.extend(row.problems)
    if problems:
        raise TariffError(problems)
    return tuple(quotes)


def _opened(path: Path, read: Callable[[Path], Sequence[Mapping[str, object]]]) -> Sequence[Mapping[str, object]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise _wrong(path, "size", f"{path.stat().st_size} bytes", f"at most {_LARGEST}")
        return read(path)
    except OSError as error:
        raise _wrong(path, "file", error.strerror or type(error).__name__, "a file that can be read") from None


def _csv(path: Path) -> Sequence[Mapping[str, object]]:
    try:
        # Not a DictReader, which leaves out empty lines and so counts the others wrongly.
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, "file", str(error), "CSV in UTF-8") from None
    header = [name.strip() for name in rows[0]] if rows else []
    if len(set(header)) != len(header):
        raise _wrong(path, "header", ",".join(header)[:_SHOWN], "each column once")
    for number, row in enumerate(rows[1:], start=_FIRST_ROW):
        if len(row) > len(header):
            raise _wrong(path, f"row {number}", f"{len(row)} cells", f"at most {len(header)}, as the header has")
    return [dict(zip(header, row, strict=False)) for row in rows[1:]]


def _json(path: Path) -> Sequence[Mapping[str, object]]:
    try:
        said = read_json(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise _wrong(path, "file", str(error), "JSON") from None
    if not isinstance(said, list):
        raise _wrong(path, "file", type(said).__name__, "a list of objects")
    for number, row in enumerate(said, start=1):
        if not isinstance(row, dict):
            raise _wrong(path, f"row {number}", type(row).__name__, "an object")
    return said


def _excel(path: Path) -> Sequence[Mapping[str, object]]:
    try:
        import fastexcel
    except ImportError:
        raise _wrong(path, "file", "a workbook", "paycompare[excel] to be installed") from None
    try:
        # As text: a number of a workbook is a binary float, and only its own digits may come in.
        sheet = fastexcel.read_excel(path).load_sheet(0, dtypes="string")
    except fastexcel.FastExcelError as error:
        raise _wrong(path, "file", str(error).splitlines()[0], "an Excel workbook") from None
    return sheet.to_polars().to_dicts()


def _wrong(path: Path, field: str, found: str, expected: str) -> TariffError:
    return TariffError([Problem(path.name, field, found, expected)])


@dataclass(slots=True)
class _Row:
    """One row, with what is wrong in it."""

    file: str
    number: int
    cells: Mapping[str, object]
    problems: list[Problem]

    def __init__(self, file: str, number: int, cells: Mapping[str, object]) -> None:
        self.file, self.number, self.cells, self.problems = file, number, cells, []

    def stray(self, name: object) -> Problem:
        """Return what is wrong with a column that nobody reads."""
        known = (*_NEEDED, *_OPTIONAL)
        return self._problem(str(name), "a column", f"one of {', '.join(known)}{nearest(str(name), known)}")

    def price(self) -> Priced | None:
        """Return the row as a price; None when something is wrong with it."""
        provider = self._needed("provider", _identifier)
        paid, landed = self._needed("paid", _money), self._needed("landed", _money)
        collected, fee = self._needed("collected_at", _past), self._optional("fee", _money)
        rate, mid = self._optional("rate", _rate), self._optional("mid", _rate)
        expires = self._optional("expires_at", _instant)
        service = self._optional("service", _identifier) or "quote"
        title = self._optional("title", printable)
        if fee is not None and paid is not None and fee.currency != paid.currency:
            self._note("fee", str(fee), f"an amount in {paid.currency}, the currency of what was paid")
        if fee is not None and fee.amount < 0:
            self._note("fee", str(fee), "an amount that is not below zero")
        if provider is None or paid is None or landed is None or collected is None or self.problems:
            return None
        charges = () if fee is None else (Charge("fee", fee),)
        divided = fee is not None or rate is not None
        made = Priced(
            provider=provider,
            service=f"{service}_{self.number}",
            title=title or f"{provider}, as quoted",
            convention="deducted" if divided else "undivided",
            given=paid,
            landed=landed,
            rate=rate if rate is not None or not divided else _quotient(paid, landed, fee),
            charges=charges,
            mid=mid,
            collected_at=collected,
            expires_at=expires,
        )
        return self._adding_up(made)

    def _adding_up(self, made: Priced) -> Priced | None:
        try:
            check_identity(self.file, made)
        except ProviderChanged as error:
            self._note("landed", error.found, error.expected)
            return None
        return made

    def _needed(self, name: str, read: Callable[[str], _T]) -> _T | None:
        if self._text(name) is None:
            self._note(name, "nothing", "a value")
        return self._optional(name, read)

    def _optional(self, name: str, read: Callable[[str], _T]) -> _T | None:
        text = self._text(name)
        if text is None:
            return None
        try:
            return read(text)
        except PaycompareError as error:
            self._note(name, repr(text), getattr(error, "expected", None) or str(error))
        except ValueError as error:
            self._note(name, repr(text), str(error))
        return None

    def _text(self, name: str) -> str | None:
        return _text(self.cells.get(name))

    def _note(self, name: str, found: str, expected: str) -> None:
        self.problems.append(self._problem(name, found, expected))

    def _problem(self, name: str, found: str, expected: str) -> Problem:
        return Problem(self.file, f"row {self.number}, {name}", found, expected)


def _quotient(paid: Money, landed: Money, fee: Money | None) -> Fraction | None:
    left = paid.exact - (fee.exact if fee else 0)
    return landed.exact / left if left > 0 else None


def _text(value: object) -> str | None:
    """Return what a cell holds; None for nothing but space."""
    return None if value is None else str(value).strip() or None


def _money(text: str) -> Money:
    return Money.parse(text)


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text):
        msg = "lower case letters, digits and underscores"
        raise ValueError(msg)
    return text


def _rate(text: str) -> Fraction:
    found = exact(text, what="rate")
    if found <= 0:
        msg = "a rate above zero"
        raise ValueError(msg)
    return found


def _past(text: str) -> datetime:
    found, now = _instant(text), datetime.now(UTC)
    if found.date() > now.date() + timedelta(days=1):  # it is another day elsewhere
        msg = f"an instant or a day that has come; today is {now.date()}"
        raise ValueError(msg)
    return found


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None and is_plausible(found):
            return found
        day = text.removesuffix(" 00:00:00")  # as a day is kept in a cell of a workbook
        if len(day) == len("2026-11-25"):
            return datetime.combine(date.fromisoformat(day), time(23, 59, 59), tzinfo=UTC)
    except ValueError:
        pass
    msg = "an instant with a zone, such as 2026-11-25T09:30:00+01:00, or a day"
    raise ValueError(msg)
