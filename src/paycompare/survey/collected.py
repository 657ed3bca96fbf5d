"""Prices that somebody collected, by mystery shopping or from papers, as a survey of one's own."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError, SurveyError, nearest
from paycompare.survey.dataset import Survey
from paycompare.survey.harmonise import firm_keys, harmonised_words
from paycompare.survey.names import alpha3
from paycompare.survey.reading import present
from paycompare.survey.schema import PERIOD, ROUNDING, polars_schema
from paycompare.survey.tally import LoadReport, Tally, changes

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["survey_of_table"]

_NEEDED: Final = ("period", "source", "destination", "firm", "amount_usd", "amount", "currency", "fee")
_FIGURES: Final = ("amount_usd", "amount", "fee", "margin_percent", "rate", "interbank")
_ABOVE_ZERO: Final = ("amount_usd", "amount", "rate", "interbank")
_LABELS: Final = (
    "firm_type",
    "payment_instrument",
    "access_point",
    "pickup_method",
    "pickup_location",
    "speed",
    "receiving_coverage",
    "note1",
    "note2",
)
_SERVICE: Final = ("period", "source", "destination", "firm", *_LABELS)


def survey_of_table(
    table: str | PathLike[str] | pl.DataFrame, *, attribution: str, segment: str = "remittances"
) -> Survey:
    """Make a survey of a table with a row for each provider and amount.

    Needed are ``period`` (such as 2026_4Q), ``source`` and ``destination`` (ISO 3166 codes or English names), ``firm``,
    ``amount_usd`` (the amount's label, a whole number of dollars), ``amount``, ``currency`` and ``fee`` (on top of the
    amount, in its currency). The margin is ``margin_percent``, or follows from ``rate`` and ``interbank``; a row
    without any is a service that hides it, and its total is its fee alone. Labels of the schema may follow
    (``firm_type``, ``payment_instrument``, ``access_point``, ``pickup_method``, ``speed``, ...); rows with the same
    labels are one service.

    Args:
        table: A CSV in UTF-8, or a frame.
        attribution: Who collected the prices, how and when: it goes into every citation.
        segment: ``remittances``, or ``retail`` for business payments.

    Raises:
        SurveyError: There is no such file, a column is missing, a cell cannot be read, a figure is not finite, an
            amount or a rate is zero or less, or a service has two prices for one amount.

    Example:
        A fee of 30 on 1,000 and a rate of 0.98 where 1.00 is interbank: 3 percent and 2 percent.

        >>> table = pl.DataFrame({
        ...     "period": ["2026_4Q"], "source": ["DEU"], "destination": ["GHA"], "firm": ["A Bank"],
        ...     "amount_usd": [1000], "amount": [1000], "currency": ["EUR"], "fee": [30],
        ...     "rate": ["0.98"], "interbank": ["1.00"]})
        >>> survey = survey_of_table(table, attribution="Chamber of commerce", segment="retail")
        >>> round(survey.index().value(), 9)
        5.0
    """
    name, read, digest, size = _read(table)
    missing = [column for column in _NEEDED if column not in read.columns]
    if missing:
        raise SurveyError(name, "columns", f"none called {', '.join(missing)}", f"all of {', '.join(_NEEDED)}")
    tally = Tally()
    known = (*_NEEDED, *_FIGURES, *_LABELS)
    unused = [column for column in read.columns if column not in known]
    if unused:
        tally.note(f"{name}: columns not used: {', '.join(column + nearest(column, known) for column in unused)}")
    rows = _typed(read, name, tally)
    amounts = tuple(rows["amount_usd"].unique().sort().to_list())
    frame = _services(rows, amounts, name)
    report = LoadReport(
        file=name,
        sha256=digest,
        size=size,
        sheets={name: rows.height},
        rows=frame.height,
        periods=tuple(frame["period"].cast(pl.String).unique().sort()),
        coerced=changes(tally.coerced),
        nulls=changes(tally.nulls),
        notes=tuple(tally.notes),
    )
    return Survey(frame, report, amounts, attribution, (), segment)


def _read(table: str | PathLike[str] | pl.DataFrame) -> tuple[str, pl.DataFrame, str, int]:
    if isinstance(table, pl.DataFrame):
        text = table.with_columns(pl.all().cast(pl.String))
        return "table", text, sha256(text.write_csv().encode()).hexdigest(), 0
    file = present(table, "a CSV of prices with a row for each provider and amount")
    data = file.read_bytes()
    try:
        return file.name, pl.read_csv(data, infer_schema=False), sha256(data).hexdigest(), len(data)
    except (pl.exceptions.PolarsError, UnicodeError) as error:
        raise SurveyError(file.name, "CSV", f"bytes that cannot be read ({error})", "a CSV in UTF-8") from error


def _typed(read: pl.DataFrame, name: str, tally: Tally) -> pl.DataFrame:
    """Return text as labels and numbers; here a cell that is no number is a mistake to be corrected, not a blank."""
    absent = [column for column in (*_LABELS, *_FIGURES) if column not in read.columns]
    rows = read.with_columns(pl.lit(None, dtype=pl.String).alias(column) for column in absent)
    rows = rows.with_columns(harmonised_words(rows[column], tally) for column in (*_SERVICE, "currency"))
    for column in _FIGURES:
        text = pl.col(column).str.strip_chars().replace("", None)
        figures = rows.with_columns(text.alias("_text"), text.cast(pl.Float64, strict=False).alias(column))
        given = pl.col("_text").is_not_null() | (column in _NEEDED)
        unread = pl.col(column).is_null() | ~pl.col(column).is_finite()
        _refuse(figures, given & unread, column, "a number", name)
        if column in _ABOVE_ZERO:
            _refuse(figures, given & (pl.col(column) <= 0), column, "a number above zero", name)
        if column == "amount_usd":
            _refuse(figures, pl.col(column) != pl.col(column).round(), column, "a whole number", name)
            figures = figures.with_columns(pl.col(column).cast(pl.Int64))
        rows = figures.drop("_text")
    _refuse(rows, ~pl.col("period").str.contains(f"^{PERIOD.pattern}$"), "period", "a quarter such as 2026_4Q", name)
    for side in ("source", "destination"):
        rows = _countries(rows, side, name)
    _refuse(rows, pl.col("firm").is_null(), "firm", "a provider's name", name)
    margin, told = pl.col("margin_percent"), (1 - pl.col("rate") / pl.col("interbank")) * 100
    fraction = ((margin * 100 - told).abs() <= ROUNDING) & ((margin - told).abs() > ROUNDING)
    expected = "percent, 1.25 for 1.25 percent: by its rates this is a fraction of one"
    _refuse(rows, fraction.fill_null(value=False), "margin_percent", expected, name)
    return rows


def _countries(rows: pl.DataFrame, side: str, name: str) -> pl.DataFrame:
    """Return the rows with the codes of their countries; refuse what names none."""
    codes: dict[str | None, str] = {}
    for cell in rows[side].unique():
        try:
            codes[cell] = alpha3(cell or "")
        except PaymentError as error:
            _refuse(rows, pl.col(side).eq_missing(cell), side, error.expected, name)
    return rows.with_columns(pl.col(side).replace_strict(codes, return_dtype=pl.String))


def _refuse(rows: pl.DataFrame, wrong: pl.Expr, column: str, expected: str, name: str) -> None:
    found = rows.with_row_index("row").filter(wrong.fill_null(value=True)).head(1)
    if found.height:
        cell = found["_text" if "_text" in found.columns else column][0]
        raise SurveyError(name, f"row {found['row'][0] + 1} below the headings, {column}", repr(cell), expected)


def _services(rows: pl.DataFrame, amounts: tuple[int, ...], name: str) -> pl.DataFrame:
    """Return one row for each service, with the columns of each amount."""
    margin = pl.coalesce("margin_percent", (1 - pl.col("rate") / pl.col("interbank")) * 100)
    priced = rows.with_columns(margin.alias("margin_percent")).with_columns(
        (pl.col("fee") / pl.col("amount") * 100 + pl.col("margin_percent").fill_null(0)).alias("total_percent"),
    )
    numbered = priced.with_row_index("row", offset=1).group_by(*_SERVICE, "amount_usd", maintain_order=True)
    twice = numbered.agg(pl.col("row")).filter(pl.col("row").list.len() > 1)
    if twice.height:
        places = twice["row"][0].to_list()
        found = f"{len(places)} prices of {twice['firm'][0]} for {twice['amount_usd'][0]}"
        rows_said = f"rows {', '.join(map(str, places))} below the headings"
        raise SurveyError(
            name, rows_said, found, "one price of a service for one amount; tell services apart by a label"
        )
    services = priced.group_by(_SERVICE, maintain_order=True).agg(
        pl.col("margin_percent").is_not_null().all().alias("transparent"), pl.col("interbank").first()
    )
    for amount in amounts:
        figures = {
            one: f"{one}_{amount}" for one in ("amount", "currency", "fee", "rate", "margin_percent", "total_percent")
        }
        these = priced.filter(pl.col("amount_usd") == amount).select(*_SERVICE, *figures).rename(figures)
        services = services.join(these, on=list(_SERVICE), how="left", nulls_equal=True, maintain_order="left")
    types = polars_schema(amounts)
    made = services.with_columns(
        pl.lit("own").alias("layout"),
        (pl.col("source") + pl.col("destination")).alias("corridor"),
        firm_keys(),
        pl.lit(value=True).alias("comparable"),
    )
    absent = [pl.lit(None).alias(column) for column in types if column not in made.columns]
    return made.with_columns(absent).select(pl.col(column).cast(of) for column, of in types.items())
