"""From the cells of one sheet, whatever its vintage, to the schema; every change is counted.

Percentages stay as stated. What is changed is how a thing is written (a number kept as text, ``Next Day``), and what
stands for nothing (``..``, ``N/A``, a zero margin under a rate that was not disclosed) becomes null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import SurveyError
from paycompare.survey.numerals import decimal_marks, numbers
from paycompare.survey.schema import (
    AMOUNTS,
    HEADINGS,
    LABELS,
    PERIOD,
    REQUIRED,
    ROUNDING,
    SEPARATORS,
    SPELLINGS,
    columns_for,
    heading_key,
    polars_schema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.survey.reading import Sheet
    from paycompare.survey.tally import Tally

__all__ = ["RENAMED_FIRMS", "comes_out", "firm_keys", "harmonised", "harmonised_words", "named_columns"]

RENAMED_FIRMS: Final[Mapping[str, str]] = {"transferwise": "wise"}
"""Providers that changed their name and stayed the same provider: TransferWise is Wise from 2021_1Q."""

_NOTHING: Final = ("", "..")
_NOT_APPLICABLE: Final = ("n/a",)
_NOT_COLLECTED: Final = ("not available",)

_NAMES: Final = {"lower income": "Low income"}
"""Income groups written in other words: `Lower income` stands in 2024_1Q and 2024_2Q only."""

_CFA: Final = {"SEN": "XOF", "CIV": "XOF", "CMR": "XAF"}
"""``CFA`` is not an ISO 4217 code: it means the franc of the sender's monetary union."""

_TYPOS: Final = {
    "bank acciunt": "Bank account",
    "own/partner bank account in receiving country": "Own/partner bank account",
}

_MADE: Final = ("layout", "corridor", "firm_key", "comparable")
"""Columns that follow from others."""

_DAYS: Final = ("%d/%b/%Y", "%Y-%m-%d")
_DAYS_OR_MONTHS_FIRST: Final = ("%d/%m/%Y", "%m/%d/%Y")
_CLOCK: Final = r"^(\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})[T ].*$"
"""A day with the time of day behind it, as ISO 8601 and Excel write it."""
_WHOLE_YEAR: Final = r"\d{4}"

_EXACT: Final = 2**53
"""Whole numbers beyond this are no longer told apart as floating point, as which they are read."""

_INSTRUMENT: Final = ("payment_instrument", "access_point", "receiving_coverage")
"""Columns that only the layout from 2016_2Q on has."""

_VINTAGES: Final = {
    "product": "the layout up to 2016_1Q",
    "instrument": "the layout from 2016_2Q on",
    "both": "both layouts",
    "neither": "neither layout",
}


def named_columns(headings: list[str], *, file: str, sheet: str, tally: Tally) -> dict[int, str]:
    """Find which column of a sheet is which of the schema.

    Args:
        headings: The cells of the heading row; blank for columns without one.
        file: Name of the file, for messages.
        sheet: Name of the sheet, for messages.
        tally: Where columns that are not used are noted.

    Returns:
        Our name by position.

    Raises:
        SurveyError: A column that the survey needs is not there, or two columns claim one name.
    """
    named: dict[int, str] = {}
    unused = []
    keys = [heading_key(heading) for heading in headings]
    vintage = _vintage({HEADINGS[key] for key in keys if key in HEADINGS})
    for place, key in enumerate(keys):
        ours = HEADINGS.get(key)
        if ours == "sending_location" and vintage == "instrument":
            # One copy of the workbook heads the column of access points by the older name.
            ours = "access_point"
        if ours is None:
            unused.append(headings[place].strip())
        elif ours in named.values():
            twins = " and ".join(
                repr(headings[one]) for one in (*(at for at, it in named.items() if it == ours), place)
            )
            raise SurveyError(file, f"sheet {sheet!r}", f"two columns {ours}: {twins}", "one column of each name")
        else:
            named[place] = ours
    missing = [name for name in REQUIRED if name not in named.values()]
    if missing:
        theirs = {ours: heading for heading, ours in SPELLINGS.items()}
        raise SurveyError(
            file,
            f"sheet {sheet!r}",
            f"no column for {', '.join(missing)} among headings of {_VINTAGES[vintage]}",
            f"the headings of Remittance Prices Worldwide: {', '.join(repr(theirs[name]) for name in missing)}",
        )
    headed = [name for name in unused if name]
    if headed:
        tally.note(f"{sheet}: columns not used: {', '.join(headed)}")
    return named


def _vintage(names: set[str]) -> str:
    """Return whose columns these are: product, instrument, both or neither."""
    product, instrument = "product" in names, not names.isdisjoint(_INSTRUMENT)
    return "both" if product and instrument else "product" if product else "instrument" if instrument else "neither"


def harmonised(sheet: Sheet, *, file: str, tally: Tally) -> pl.DataFrame:
    """Bring the rows of one sheet into the schema.

    Args:
        sheet: Its columns are already under our names.
        file: Name of the file, for messages.
        tally: Where every change is counted.

    Returns:
        A frame with the types of `paycompare.survey.schema.polars_schema`.

    Raises:
        SurveyError: A row has no quarter, country or provider that can be read, or is of both layouts; a quarter
            states fractions of one where percent belong, or no row is of the amount that its columns are for.
    """
    cells = _without_blank_rows(sheet.cells, sheet.name, tally)
    absent = [column.name for column in columns_for() if column.name not in cells.columns]
    told = [name for name in absent if name not in _MADE and not name.startswith("total_cheap")]
    if told:
        tally.note(f"{sheet.name}: has no column for {', '.join(told)}")
    frame = _typed(cells, file, sheet, tally)
    frame = frame.with_columns(pl.lit(None, dtype=polars_schema()[name]).alias(name) for name in absent)
    frame = _layouts(frame, _vintage(set(cells.columns)), file, sheet.name)
    frame = _keys(frame, file, sheet.name, tally)
    frame = _firms(frame, tally)
    frame = _money(frame, file, sheet.name, tally)
    _refuse_fractions(frame, file, sheet.name)
    return frame.select(pl.col(name).cast(of) for name, of in polars_schema().items())


def _layouts(frame: pl.DataFrame, vintage: str, file: str, sheet: str) -> pl.DataFrame:
    """Say of each row which layout it is in; a file that joins both has the columns of both."""
    instrument = pl.any_horizontal(pl.col(_INSTRUMENT).is_not_null())
    both = instrument & pl.col("product").is_not_null()
    _refuse(
        frame, both, "product", "no product beside a payment instrument: they are of different layouts", file, sheet
    )
    newer = {"both": instrument, "instrument": pl.lit(value=True)}.get(vintage, pl.lit(value=False))
    return frame.with_columns(pl.when(newer).then(pl.lit("instrument")).otherwise(pl.lit("product")).alias("layout"))


def _without_blank_rows(cells: pl.DataFrame, sheet: str, tally: Tally) -> pl.DataFrame:
    """Drop rows in which neither quarter nor provider stands: formatted emptiness below the table."""
    named = [pl.col(name).cast(pl.String).str.strip_chars() for name in ("period", "firm", "source")]
    kept = cells.filter(pl.any_horizontal(one.is_not_null() & (one != "") for one in named))
    if kept.height < cells.height:
        tally.note(f"{sheet}: blank rows passed over: {cells.height - kept.height:,}")
    return kept


def _typed(frame: pl.DataFrame, file: str, sheet: Sheet, tally: Tally) -> pl.DataFrame:
    kinds = {column.name: column.kind for column in columns_for()} | {f"label_{of}": "number" for of in AMOUNTS}
    figures = [name for name in frame.columns if kinds[name] in {"number", "whole"}]
    texts = {name: _figures(frame[name], tally) for name in figures if not frame[name].dtype.is_numeric()}
    marks = decimal_marks(texts.values())
    changed = []
    for name in frame.columns:
        kind = kinds[name]
        column = frame[name]
        if name in texts:
            column = _number(texts[name], marks, file, sheet, tally)
        elif name in figures:
            column = _finite(column, tally)
        elif kind == "day":
            column = _day(column, tally)
        elif kind == "yes_no":
            column = _yes_no(column, file, sheet, tally)
        else:
            column = harmonised_words(column, tally)
        if kind == "whole":
            column = _whole(column, tally)
        changed.append(column.alias(name))
    return pl.DataFrame(changed)


def _figures(column: pl.Series, tally: Tally) -> pl.Series:
    """Return the cells of a column of figures as text, null where nothing stands."""
    text = column.cast(pl.String).str.strip_chars()
    if "_percent_" in column.name:
        signed = text.str.contains(r"\d\s*%$")
        tally.coerce(column.name, "without the percent sign", int(signed.sum() or 0))
        text = text.str.replace(r"\s*%$", "")
    return text.set(text.is_in(list(_NOTHING)) | text.str.to_lowercase().is_in(list(_NOT_APPLICABLE)), None)


def _finite(column: pl.Series, tally: Tally) -> pl.Series:
    read = column.cast(pl.Float64)
    tally.null(column.name, "blank", column.null_count())
    tally.null(column.name, "not a number", int((~read.is_finite()).sum()))
    return read.set(~read.is_finite(), None)


def _whole(column: pl.Series, tally: Tally) -> pl.Series:
    broken = ((column != column.round()) | (column.abs() > _EXACT)).fill_null(value=False)
    tally.null(column.name, "not a whole number", int(broken.sum()))
    return column.set(broken, None)


def _number(text: pl.Series, marks: frozenset[str], file: str, sheet: Sheet, tally: Tally) -> pl.Series:
    read, unsure = numbers(text, marks)
    lost = text.is_not_null() & read.is_null()
    if lost.any():
        row = int(lost.arg_true()[0])
        _refuse_unread(text, read, "a number", file, sheet)
        tally.note(
            f"{sheet.name}: {text.name}: no number can be had in row {row + 1} below the headings: {text[row]!r}"
        )
    tally.null(text.name, "blank", text.null_count())
    tally.null(text.name, "whose comma may part thousands or decimals", int(unsure.sum()))
    tally.null(text.name, "not a number", int((lost & ~unsure).sum()))
    if not sheet.plain_text:
        tally.coerce(text.name, "numbers kept as text", read.count())
    tally.coerce(text.name, "numbers with a comma", int((text.str.contains(",", literal=True) & ~lost).sum() or 0))
    return read


def _refuse_unread(text: pl.Series, read: pl.Series, expected: str, file: str, sheet: Sheet) -> None:
    """Refuse a needed column in which something stands and nothing can be read: every index would be empty."""
    if text.name in REQUIRED and text.count() and not read.count():
        row = int(text.is_not_null().arg_true()[0])
        place = f"sheet {sheet.name!r}, row {row + 1} below the headings, {text.name}"
        raise SurveyError(file, place, repr(text[row]), f"{expected}, which no cell of the column is")


def _day(column: pl.Series, tally: Tally) -> pl.Series:
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        tally.null(column.name, "blank", column.null_count())
        return column.cast(pl.Date)
    text = column.cast(pl.String).str.strip_chars()
    blank = text.is_null() | (text == "")
    day = text.str.replace(_CLOCK, "$1")
    read, unsure = _days(day.set(~day.str.contains(_WHOLE_YEAR), None))
    tally.null(column.name, "blank", int(blank.sum()))
    tally.null(column.name, "whose day and month may be either way round", int(unsure.sum()))
    tally.null(column.name, "not a day", int((~blank & ~unsure & read.is_null()).sum()))
    tally.coerce(column.name, "days kept as an instant", int((day != text).sum() or 0))
    return read


def _days(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Read days; 08/05/2025 follows the days of its column that can be read one way only, and is not guessed at."""
    named, (first, second) = (
        [text.str.to_date(form, strict=False) for form in forms] for forms in (_DAYS, _DAYS_OR_MONTHS_FIRST)
    )
    days_first, months_first = (
        (one.is_not_null() & other.is_null()).any() for one, other in ((first, second), (second, first))
    )
    unsure = (first != second).fill_null(value=False) & (days_first == months_first)
    either = (second, first) if months_first else (first, second)
    read = pl.select(pl.coalesce(*named, *either)).to_series()
    return read.set(unsure, None), unsure


def _yes_no(column: pl.Series, file: str, sheet: Sheet, tally: Tally) -> pl.Series:
    text = column.cast(pl.String).str.strip_chars()
    word = text.str.to_lowercase()
    read = word.replace_strict({"yes": True, "no": False}, default=None, return_dtype=pl.Boolean)
    _refuse_unread(text, read, "yes or no", file, sheet)
    tally.null(column.name, "neither yes nor no", read.null_count())
    tally.coerce(column.name, "written in another case", int((text != word).sum() or 0))
    return read


def harmonised_words(column: pl.Series, tally: Tally) -> pl.Series:
    """Return a column of words with one spelling for each, working on distinct cells only."""
    text = column.cast(pl.String)
    counts = text.value_counts(name="cells")
    meant: dict[str | None, str | None] = {}
    for cell, cells in counts.iter_rows():
        told, why = _nothing(cell)
        if why is not None:
            tally.null(column.name, why, cells)
        elif told is not None:
            told = _spelled(column.name, told, cells, tally)
            if told != cell:
                blanks = told == (cell or "").strip()
                tally.coerce(column.name, "without outer blanks" if blanks else "in the usual spelling", cells)
        meant[cell] = told
    return text.replace_strict(list(meant), list(meant.values()), return_dtype=pl.String) if meant else text


def _nothing(cell: str | None) -> tuple[str | None, str | None]:
    """Return the words of a cell, or why it has none."""
    if cell is None or cell.strip() in _NOTHING:
        return None, "'..', the World Bank's sign for none" if cell and cell.strip() else "blank: not collected"
    if cell.strip().casefold() in _NOT_APPLICABLE:
        return None, "'N/A'"
    if cell.strip().casefold() in _NOT_COLLECTED:
        return None, "'Not available': not collected"
    return cell.strip(), None


def _spelled(column: str, cell: str, cells: int, tally: Tally) -> str:
    if column.startswith(("note", "firm")) and column != "firm_type":
        return cell
    cell = re.sub(r"\s+", " ", cell)
    if column in {"source", "destination", "period"} or column.startswith("currency_"):
        return cell.upper()
    if column.endswith("_income"):
        return _NAMES.get(cell.casefold(), cell)
    if column not in LABELS:
        return cell
    known = {word.casefold(): word for word in LABELS[column]} | _TYPOS
    separator = SEPARATORS.get(column, ",")
    whole = known.get(cell.casefold())
    parts = [whole] if whole else [part.strip() for part in cell.split(separator)]
    strange = [part for part in parts if part.casefold() not in known]
    for part in strange:
        tally.note(f"{column}: {part!r} is not among the documented labels; kept in {cells:,} rows")
    return (" / " if separator == "/" else ", ").join(known.get(part.casefold(), part) for part in parts)


def _keys(frame: pl.DataFrame, file: str, sheet: str, tally: Tally) -> pl.DataFrame:
    _refuse(
        frame, ~pl.col("period").str.contains(f"^{PERIOD.pattern}$"), "period", "a quarter such as 2025_3Q", file, sheet
    )
    for side in ("source", "destination"):
        tally.coerce(side, "KSV for Kosovo, read as XKX", int((frame[side] == "KSV").sum()))
        _refuse(frame, ~pl.col(side).str.contains("^[A-Z]{3}$"), side, "a country's ISO 3166 alpha-3 code", file, sheet)
    _refuse(frame, pl.col("firm").is_null(), "firm", "a provider's name", file, sheet)
    frame = frame.with_columns(pl.col("source", "destination").replace("KSV", "XKX"))
    joined = pl.col("source") + pl.col("destination")
    other = frame.select((pl.col("corridor").is_not_null() & (pl.col("corridor") != joined)).sum()).item()
    tally.coerce("corridor", "other than the two codes, replaced by them", other)
    return frame.with_columns(joined.alias("corridor"))


def _refuse(frame: pl.DataFrame, wrong: pl.Expr, column: str, expected: str, file: str, sheet: str) -> None:
    found = frame.with_row_index("row").filter(wrong.fill_null(value=True)).head(1)
    if found.height:
        row = int(found["row"][0]) + 1
        raise SurveyError(
            file, f"sheet {sheet!r}, row {row} below the headings, {column}", repr(found[column][0]), expected
        )


def firm_keys() -> pl.Expr:
    """Return the keys of the column ``firm``: in lower case, with renames followed."""
    key = pl.col("firm").str.to_lowercase().str.replace_all(r"\s+", " ")
    return key.replace(RENAMED_FIRMS).alias("firm_key")


def _firms(frame: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    frame = frame.with_columns(firm_keys())
    twins = frame["firm"].n_unique() - frame["firm_key"].n_unique()
    if twins:
        tally.coerce("firm_key", "spellings or former names of a provider, joined", twins)
    return frame


def _money(frame: pl.DataFrame, file: str, sheet: str, tally: Tally) -> pl.DataFrame:
    hidden = ~pl.col("transparent").fill_null(value=False)
    for amount in AMOUNTS:
        frame = _nulled(
            frame,
            f"margin_percent_{amount}",
            hidden & (pl.col(f"margin_percent_{amount}") == 0),
            "zero under a rate that was not disclosed",
            tally,
        )
        for name in (f"amount_{amount}", f"rate_{amount}"):
            frame = _nulled(frame, name, pl.col(name) <= 0, "zero or less", tally)
        frame = _currencies(frame, amount, tally)
        _labels(frame, amount, file, sheet, tally)
    frame = _nulled(frame, "interbank", pl.col("interbank") <= 0, "zero or less", tally)
    both = (pl.col("interbank") == 1) & (pl.col("rate_200") == 1)
    frame = frame.with_columns((~both).alias("comparable"))
    if ones := frame.filter(both).height:
        tally.note(
            f"{sheet}: rows with applied and interbank rate 1: {ones:,}; no exchange, or no rate that could be "
            "compared, so their margin is not evidence of a fair rate"
        )
    return frame


def _nulled(frame: pl.DataFrame, name: str, where: pl.Expr, why: str, tally: Tally) -> pl.DataFrame:
    tally.null(name, why, frame.select(where.fill_null(value=False).sum()).item())
    return frame.with_columns(pl.when(where.fill_null(value=False)).then(None).otherwise(pl.col(name)).alias(name))


def _currencies(frame: pl.DataFrame, amount: int, tally: Tally) -> pl.DataFrame:
    name = f"currency_{amount}"
    franc = pl.col("source").replace_strict(_CFA, default=None, return_dtype=pl.String)
    is_cfa = (pl.col(name) == "CFA") & franc.is_not_null()
    tally.coerce(
        name, "CFA, read as the sender's franc (XOF or XAF)", frame.select(is_cfa.fill_null(value=False).sum()).item()
    )
    return frame.with_columns(pl.when(is_cfa).then(franc).otherwise(pl.col(name)).alias(name))


def _labels(frame: pl.DataFrame, amount: int, file: str, sheet: str, tally: Tally) -> None:
    """Note rows whose amount goes by another name than its columns; refuse columns that are of another amount."""
    name = f"label_{amount}"
    if name in frame.columns:
        labels = frame[name].drop_nulls()
        other = int((labels != amount).sum())
        if other and other == labels.len():
            place = f"sheet {sheet!r}, {name}"
            raise SurveyError(file, place, f"{labels[0]:g} and in no row {amount}", f"columns for USD {amount}")
        if other:
            tally.note(f"rows whose amount for USD {amount} has another label: {other:,}; they stay")


def comes_out(amount: int) -> tuple[pl.Expr, pl.Expr]:
    """Return whether a row comes out by its own arithmetic in percent, and whether only where 0.05 stands for 5."""
    fee = pl.col(f"fee_{amount}") / pl.col(f"amount_{amount}") * 100
    total, margin = pl.col(f"total_percent_{amount}"), pl.col(f"margin_percent_{amount}").fill_null(0)
    percent, *fractions = (
        ((total * of_total - fee - margin * of_margin).abs() <= ROUNDING).fill_null(value=False)
        for of_total, of_margin in ((1, 1), (1, 100), (100, 1), (100, 100))
    )
    return percent, pl.any_horizontal(fractions) & ~percent


def _refuse_fractions(frame: pl.DataFrame, file: str, sheet: str) -> None:
    """Refuse a quarter in which more rows state fractions of one than percent; `suspects` lists the odd one."""
    for amount in AMOUNTS:
        percent, alone = comes_out(amount)
        counts = frame.group_by("period").agg(percent.sum().alias("percent"), alone.sum().alias("alone"))
        for found in counts.filter(pl.col("alone") > pl.col("percent")).sort("period").head(1).iter_rows(named=True):
            raise SurveyError(
                file,
                f"sheet {sheet!r}, {found['period']}, total or margin for USD {amount}",
                f"fractions of one: only so does total = fee / amount + margin hold, in {found['alone']:,} rows",
                "percent of the amount, 5.25 for 5.25 percent",
            )
