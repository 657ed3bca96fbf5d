"""From a file to sheets of cells: xlsx through calamine, CSV in UTF-8, UTF-16 or cp1252, parquet."""

from __future__ import annotations

import csv
import logging
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from zipfile import BadZipFile, ZipFile

import polars as pl
from polars import selectors

from paycompare.errors import PaycompareError, SurveyError
from paycompare.survey.harmonise import named_columns
from paycompare.survey.schema import AMOUNTS, HEADINGS, SPELLINGS, columns_for, heading_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    from fastexcel import DType, ExcelReader

    from paycompare.survey.tally import Tally

__all__ = ["LARGEST_CONTENT", "LARGEST_FILE", "Sheet", "present", "sheets_of"]

LARGEST_FILE: Final = 500_000_000
"""Bytes beyond which a file is not read: ten times the workbook of 2025."""

LARGEST_CONTENT: Final = 5_000_000_000
"""Bytes that a workbook may unpack to: a small one that holds more was made to exhaust whoever opens it."""


def present(path: str | PathLike[str], expected: str) -> Path:
    """Return the path of a file that is there.

    Args:
        path: The file.
        expected: What it would be, and where it may be had.

    Raises:
        SurveyError: There is none.
    """
    file = Path(path)
    if not file.is_file():
        found = "a folder" if file.is_dir() else "no such file"
        raise SurveyError(file.name, "file", found, f"{expected}; check the path")
    return file


_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_MARKED: Final = {
    BOM_UTF32_LE: "utf-32",
    BOM_UTF32_BE: "utf-32",
    BOM_UTF16_LE: "utf-16",
    BOM_UTF16_BE: "utf-16",
}
"""Encodings that say what they are; the mark of UTF-32 begins like that of UTF-16, so it comes first."""

_SEPARATORS: Final = ",;\t"
_TWIN: Final = re.compile(r"_\d+$")
"""What the reader of workbooks puts behind a heading that another column has too."""

_ERROR_CELL: Final = b't="e"'
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
        plain_text: Whether a number that is text here need not be text in the file.
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
        # What is neither number nor day is text, or nothing that a survey has: lists, structs, bytes.
        words = selectors.all() - selectors.numeric() - selectors.temporal()
        cells = _read(path, "parquet", lambda: pl.read_parquet(path).with_columns(words.cast(pl.String)))
        yield _named(cells, path.name, path.name, tally)
    elif start == _OLD_EXCEL:
        raise SurveyError(path.name, "file", "an xls workbook, or one with a password", "an open xlsx workbook")
    else:
        yield _csv(path, tally)


def _read(path: Path, place: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Run a reader, and say in our words what a file does not hold."""
    try:
        return read()
    except (pl.exceptions.PolarsError, OSError, UnicodeError) as error:
        told = str(error).splitlines()[0]
        raise SurveyError(path.name, place, f"bytes that cannot be read ({told})", "a whole, undamaged file") from error


def _csv(path: Path, tally: Tally) -> Sheet:
    """Read every cell as text, up to the end of the last row."""
    text = _decoded(path).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SurveyError(path.name, "file", "nothing", "a workbook, a CSV or a parquet file")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    headings = next(_rows(path, StringIO(text), separator))
    last = text.rpartition("\n")[2]
    if last.strip():
        fields = len(next(_rows(path, [last], separator)))
        if fields < len(headings):
            found = f"{fields} of {len(headings)} cells in the last row"
            raise SurveyError(path.name, "CSV", f"{found}, which no line's end closes", "a whole file, not cut off")
        tally.note(
            f"{path.name}: no line's end closes the last row; if the file was cut off, its last cell may be short"
        )
    source = text.encode()
    cells = _read(path, "CSV", lambda: pl.read_csv(source, infer_schema=False, separator=separator))
    if cells.width and cells.to_series(-1).null_count():
        _refuse_short_rows(path, text, separator, len(headings))
    return _named(cells, path.name, path.name, tally, headings=headings, plain_text=True)


def _refuse_short_rows(path: Path, text: str, separator: str, headings: int) -> None:
    """Refuse a row that ends before the last column: what it lacks would be taken for blank."""
    for row, cells in enumerate(_rows(path, StringIO(text), separator)):
        if cells and len(cells) < headings:
            place = f"CSV, row {row} below the headings"
            raise SurveyError(path.name, place, f"{len(cells)} of {headings} cells", "a cell for each heading")


def _rows(path: Path, lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=separator)
    except csv.Error as error:
        raise SurveyError(path.name, "CSV", f"cells that cannot be told apart ({error})", "a whole CSV") from error


def _decoded(path: Path) -> str:
    """Return a file's text; the older vintages are in cp1252, and bytes that are UTF-8 by chance are rare."""
    data = path.read_bytes()
    marked = next((name for mark, name in _MARKED.items() if data.startswith(mark)), None)
    try:
        text = data.decode(marked or "utf-8-sig")
    except UnicodeDecodeError:
        # The five bytes that cp1252 leaves undefined do not end the reading of 28,000 rows.
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise SurveyError(
            path.name, "file", "bytes of zero", "text in UTF-8, in UTF-16 with its mark, or in cp1252; or a workbook"
        )
    return text


def _named(
    cells: pl.DataFrame,
    name: str,
    file: str,
    tally: Tally,
    *,
    headings: list[str] | None = None,
    plain_text: bool = False,
) -> Sheet:
    places = named_columns(headings or cells.columns, file=file, sheet=name, tally=tally)
    named = cells.select(cells.to_series(place).alias(ours) for place, ours in places.items())
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
        names = [name for name in book.sheet_names if name.strip().casefold().startswith(_SHEET)]
        if not names and len(book.sheet_names) == 1:
            names = book.sheet_names
        if not names:
            found = ", ".join(map(repr, book.sheet_names))
            raise SurveyError(path.name, "sheets", found, "one whose name starts with 'Dataset', or a single sheet")
        lost = False
        for name in names:
            cells = _cells(book, name)
            headings = [_heading(column) for column in cells.columns]
            sheet = _named(cells, name, path.name, tally, headings=headings, plain_text=True)
            lost = lost or any(sheet.cells[ours].null_count() for ours in _NUMBERS.intersection(sheet.cells.columns))
            yield sheet
        tally.note("numbers that the workbook keeps as text are read as numbers, without being counted")
        if lost and (errors := _error_cells(path)):
            tally.note(f"cells with the error of a formula, such as #DIV/0!: {errors:,}; they count as blank")
    except (fastexcel.FastExcelError, BadZipFile) as error:
        found = f"a workbook that cannot be read ({str(error).splitlines()[0]})"
        raise SurveyError(path.name, "workbook", found, "a whole, undamaged xlsx file") from error


def _cells(book: ExcelReader, name: str) -> pl.DataFrame:
    """Read the used columns of a sheet: numbers as numbers, also where a quarter keeps them as text.

    A sheet is parsed anew for each reading, so the types are asked for under the headings that are known. It is read
    a second time where headings are spelled otherwise, or where a cell gave no number: what stands there is text, to
    be told from a blank.
    """
    kinds: dict[str | int, _ExcelKind] = {
        heading: _kind(heading) for known in SPELLINGS for heading in (known, known.upper())
    }
    cells = _load(book, name, kinds)
    astray: dict[str | int, _ExcelKind] = {
        heading: _kind(heading) for heading in cells.columns if not _as_asked(cells.schema[heading], heading)
    }
    if astray:
        cells = _load(book, name, kinds | astray)
    gaps = [heading for heading in cells.columns if _kind(heading) == "float" and cells[heading].null_count()]
    if not gaps:
        return cells
    # Asked for as text a number keeps nine decimals, so only what gave no number is taken from this reading.
    texts = _load(book, name, dict.fromkeys(gaps, "string"), only=gaps)
    return cells.with_columns(
        cells.select(pl.coalesce(_as_text(heading), texts[heading])).to_series().alias(heading)
        for heading in gaps
        if (texts[heading].is_not_null() & cells[heading].is_null()).any()
    )


def _as_text(heading: str) -> pl.Expr:
    """Return numbers as text with an exponent, so that no point in them is ever taken to part thousands."""
    text = pl.col(heading).cast(pl.String)
    return pl.when(text.str.contains("e", literal=True)).then(text).otherwise(text + "e0")


def _load(
    book: ExcelReader, name: str, kinds: dict[str | int, _ExcelKind], only: list[str] | None = None
) -> pl.DataFrame:
    with _without_guesses():
        sheet = book.load_sheet(
            name,
            use_columns=lambda column: column.name in only if only else heading_key(_heading(column.name)) in HEADINGS,
            dtypes=kinds,
        )
        return pl.DataFrame(sheet)


@contextmanager
def _without_guesses() -> Iterator[None]:
    """Keep the reader from saying on stderr that it guesses the type of a column; it is asked again where it does."""
    logger = logging.getLogger("fastexcel.types.dtype")
    logger.addFilter(_silent)
    try:
        yield
    finally:
        logger.removeFilter(_silent)


def _silent(_: logging.LogRecord) -> bool:
    return False


def _heading(column: str) -> str:
    """Return a heading as the sheet has it: the reader numbers one that stands there twice."""
    told = _TWIN.sub("", column)
    return told if heading_key(column) not in HEADINGS and heading_key(told) in HEADINGS else column


def _error_cells(path: Path) -> int:
    """Count the cells of a workbook that hold an error; the reader gives them as blank."""
    found = 0
    with ZipFile(path) as packed:
        for part in packed.namelist():
            if part.startswith("xl/worksheets/sheet"):
                with packed.open(part) as cells:
                    end = b""
                    while block := cells.read(1 << 20):
                        found += (end + block).count(_ERROR_CELL)
                        end = block[1 - len(_ERROR_CELL) :]
    return found


def _kind(heading: str) -> _ExcelKind:
    return "float" if HEADINGS[heading_key(_heading(heading))] in _NUMBERS else "string"


def _as_asked(found: pl.DataType, heading: str) -> bool:
    return found == (pl.Float64 if _kind(heading) == "float" else pl.String)
