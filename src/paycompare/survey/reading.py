"""From a file to sheets of cells: xlsx through calamine, CSV in UTF-8 or cp1252, parquet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from zipfile import BadZipFile, ZipFile

import polars as pl

from paycompare.errors import PaycompareError, SurveyError
from paycompare.survey.harmonise import named_columns
from paycompare.survey.schema import AMOUNTS, HEADINGS, SPELLINGS, columns_for, heading_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastexcel import DType, ExcelReader

    from paycompare.survey.tally import Tally

__all__ = ["LARGEST_CONTENT", "LARGEST_FILE", "Sheet", "sheets_of"]

LARGEST_FILE: Final = 500_000_000
"""Bytes beyond which a file is not read: ten times the workbook of 2025."""

LARGEST_CONTENT: Final = 5_000_000_000
"""Bytes that a workbook may unpack to: a small one that holds more was made to exhaust whoever opens it."""

_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_SHEET: Final = "dataset"
"""The World Bank's sheets of rows are called ``Dataset (...)``."""

_NUMBERS: Final = frozenset(
    [
        *(column.name for column in columns_for() if column.kind in {"number", "whole"}),
        *(f"label_{amount}" for amount in AMOUNTS),
    ]
)


_ExcelKind: TypeAlias = "DType"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet, under our names.

    Attributes:
        name: As the file calls it.
        cells: Numbers or text.
        plain_text: Whether the file has no types, so that a number in it can only be text.
    """

    name: str
    cells: pl.DataFrame
    plain_text: bool = False


def sheets_of(path: Path, tally: Tally) -> Iterator[Sheet]:
    """Yield every sheet of rows in a file; what it is follows from its first bytes, not from its name.

    Args:
        path: A workbook, a CSV or a parquet file.
        tally: Where what is passed over is noted.

    Raises:
        SurveyError: It is none of these, is damaged, or has no sheet of rows.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == _ZIP:
        yield from _workbook(path, tally)
    elif start == _PARQUET:
        yield _named(_read(path, "parquet", lambda: pl.read_parquet(path)), path.name, path.name, tally)
    else:
        yield _named(_csv(path), path.name, path.name, tally, plain_text=True)


def _read(path: Path, place: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Run a reader, and say in our words what a file does not hold."""
    try:
        return read()
    except (pl.exceptions.PolarsError, OSError, UnicodeError) as error:
        raise SurveyError(
            path.name, place, f"bytes that cannot be read ({error})", "a whole, undamaged file"
        ) from error


def _csv(path: Path) -> pl.DataFrame:
    """Read every cell as text; the older vintages are in cp1252, and bytes that are UTF-8 by chance are rare."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The five bytes that cp1252 leaves undefined do not end the reading of 28,000 rows.
        text = data.decode("cp1252", errors="replace")
    if not text.strip():
        raise SurveyError(path.name, "file", "nothing", "a workbook, a CSV or a parquet file")
    source = text.encode()
    return _read(path, "CSV", lambda: pl.read_csv(source, infer_schema=False))


def _named(cells: pl.DataFrame, name: str, file: str, tally: Tally, *, plain_text: bool = False) -> Sheet:
    places = named_columns(cells.columns, file=file, sheet=name, tally=tally)
    headings = cells.columns
    named = cells.select(pl.col(headings[place]).alias(ours) for place, ours in places.items())
    return Sheet(name, named, plain_text=plain_text)


def _workbook(path: Path, tally: Tally) -> Iterator[Sheet]:
    try:
        import fastexcel
    except ImportError as error:
        msg = "reading a workbook needs fastexcel: pip install 'paycompare[survey]'"
        raise PaycompareError(msg) from error
    try:
        with ZipFile(path) as packed:
            content = sum(entry.file_size for entry in packed.infolist())
        if content > LARGEST_CONTENT:
            raise SurveyError(path.name, "workbook", f"{content:,} bytes unpacked", f"at most {LARGEST_CONTENT:,}")
        book = fastexcel.read_excel(path)
        names = [name for name in book.sheet_names if name.casefold().startswith(_SHEET)]
        if not names and len(book.sheet_names) == 1:
            names = book.sheet_names
        if not names:
            found = ", ".join(map(repr, book.sheet_names))
            raise SurveyError(path.name, "sheets", found, "one whose name starts with 'Dataset', or a single sheet")
        for name in names:
            yield _named(_cells(book, name), name, path.name, tally)
        tally.note(
            "numbers that the workbook keeps as text are read as numbers, and text that is no number as blank; the "
            "reader of workbooks does not tell which were which"
        )
    except (fastexcel.FastExcelError, BadZipFile) as error:
        found = f"a workbook that cannot be read ({str(error).splitlines()[0]})"
        raise SurveyError(path.name, "workbook", found, "a whole, undamaged xlsx file") from error


def _cells(book: ExcelReader, name: str) -> pl.DataFrame:
    """Read the used columns of a sheet: numbers as numbers, also where a quarter keeps them as text.

    A sheet is parsed anew for each reading, so the types are asked for under the headings that are known; only
    one whose headings are spelled otherwise is read a second time.
    """
    kinds: dict[str | int, _ExcelKind] = {
        heading: _kind(heading) for known in SPELLINGS for heading in (known, known.upper())
    }
    cells = _load(book, name, kinds)
    astray: dict[str | int, _ExcelKind] = {
        heading: _kind(heading) for heading in cells.columns if not _as_asked(cells.schema[heading], heading)
    }
    return _load(book, name, kinds | astray) if astray else cells


def _load(book: ExcelReader, name: str, kinds: dict[str | int, _ExcelKind]) -> pl.DataFrame:
    sheet = book.load_sheet(name, use_columns=lambda column: heading_key(column.name) in HEADINGS, dtypes=kinds)
    return pl.DataFrame(sheet)


def _kind(heading: str) -> _ExcelKind:
    return "float" if HEADINGS[heading_key(heading)] in _NUMBERS else "string"


def _as_asked(found: pl.DataType, heading: str) -> bool:
    return found == (pl.Float64 if _kind(heading) == "float" else pl.String)
