"""Tables of a survey: what stands in each column, and the same as a table of great-tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import partial
from hashlib import sha256
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from paycompare.survey.captions import GROUP_WORDS, loaded, place, quarter
from paycompare.survey.indices import IndexTable, SurveyTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from great_tables import GT

    from paycompare.survey.gaps import GapTable

__all__ = ["NOTHING", "Column", "Kind", "Listing", "adding_up", "great_table", "listed", "rounded", "told"]

Kind = Literal["text", "percent", "points", "share", "count", "money"]
"""What a column holds: words; percent of the amount; a difference of such percents, with its sign; a fraction of one,
shown as percent; a number of things; money of its own currency."""

NOTHING: Final = "\N{EN DASH}"
"""Where nothing is known: never a zero."""

_FIGURES: Final[Mapping[str, tuple[str, Kind]]] = {
    "cost_percent": ("Cost, %", "percent"),
    "fee_percent": ("Fee, %", "percent"),
    "margin_percent": ("Margin, %", "percent"),
    "target_percent": ("Target, %", "percent"),
    "gap_percent": ("Above target, points", "points"),
    "difference_percent": ("Less for the larger, points", "points"),
    "sd": ("Standard deviation, points", "percent"),
    "least": ("Least, %", "percent"),
    "q1": ("First quartile, %", "percent"),
    "median": ("Median, %", "percent"),
    "q3": ("Third quartile, %", "percent"),
    "most": ("Most, %", "percent"),
    "met": ("Met", "text"),
    "standing": ("Target then", "text"),
    "services": ("Services", "count"),
    "corridors": ("Corridors", "count"),
    "margins": ("Margins compared", "count"),
    "transparent": ("Transparent", "count"),
    "transparent_share": ("Transparent, share", "share"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: In the frame.
        title: Over the column.
        kind: What it holds.
    """

    name: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A table for people.

    Attributes:
        title: What it shows.
        columns: In order; other columns of the frame are not shown.
        rows: The figures, unrounded; `shown` rounds them.
        notes: What a reader should know: rules, sources, what a blank means.
    """

    title: str
    columns: tuple[Column, ...]
    rows: pl.DataFrame
    notes: tuple[str, ...] = ()

    def shown(self) -> list[tuple[object, ...]]:
        """Return the rows as every form shows them: rounded once, and fee and margin adding up to their total."""
        names, kinds = [one.name for one in self.columns], [one.kind for one in self.columns]
        parts = _parts(names)
        found = []
        for row in self.rows.select(names).iter_rows():
            cells = [rounded(value, kind) for value, kind in zip(row, kinds, strict=True)]
            if parts is not None:
                fee, margin, total = parts
                cells[fee], cells[margin] = adding_up(row[fee], row[margin], row[total])
            found.append(tuple(cells))
        return found


def _parts(names: list[str]) -> tuple[int, int, int] | None:
    """Return where fee, margin and their total stand; None where they do not all."""
    for one in names:
        if one == "cost_percent" or one.startswith("total_percent_"):
            margin = one.replace("cost_", "margin_").replace("total_", "margin_")
            if {"fee_percent", margin} <= set(names):
                return names.index("fee_percent"), names.index(margin), names.index(one)
    return None


_STEP: Final = Decimal("0.01")
_ROUNDED: Final = frozenset({"percent", "points", "share", "money"})


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.15g}")  # the digits that a spreadsheet counts: 9.385, not 9.38499999999999978


def rounded(value: object, kind: Kind) -> object:
    """Return a cell with the two decimals that are shown, halves rounded up as spreadsheets and people do.

    Example:
        >>> rounded(9.385, "percent"), rounded(-0.125, "points"), rounded(7, "count")
        (9.39, -0.13, 7)
    """
    if kind not in _ROUNDED or not isinstance(value, float) or not isfinite(value):
        return value
    return float(_decimal(value).quantize(_STEP, ROUND_HALF_UP)) + 0.0


def _alone(value: float | None) -> float | None:
    return None if value is None else float(_decimal(value).quantize(_STEP, ROUND_HALF_UP)) + 0.0


def adding_up(fee: float | None, margin: float | None, total: float | None) -> tuple[float | None, float | None]:
    """Return fee and margin with two decimals that add up to the rounded total, by the largest remainder.

    Where the parts are not those of the total, as in a row whose total is stated otherwise, each is rounded alone.

    Example:
        >>> adding_up(3.334, 2.344, 5.678)
        (3.34, 2.34)
    """
    if fee is None or margin is None or total is None or not abs(fee + margin - total) < float(_STEP) / 2:
        return _alone(fee), _alone(margin)
    down = [_decimal(one).quantize(_STEP, ROUND_FLOOR) for one in (fee, margin)]
    left = [_decimal(one) - floor for one, floor in zip((fee, margin), down, strict=True)]
    missing = int((_decimal(total).quantize(_STEP, ROUND_HALF_UP) - sum(down)) / _STEP)
    larger = 0 if left[0] >= left[1] else 1
    down[larger] += _STEP * (missing - missing // 2)
    down[1 - larger] += _STEP * (missing // 2)
    return float(down[0]), float(down[1])


def told(value: object, kind: Kind) -> str:
    """Return one cell as people read it.

    Args:
        value: The cell; None where nothing is known.
        kind: What it is.

    Example:
        >>> told(11.4888, "percent"), told(-0.5, "points"), told(0.745, "share"), told(None, "percent") == NOTHING
        ('11.49', '-0.50', '75%', True)
        >>> told(1234, "count"), told(True, "text")
        ('1,234', 'yes')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    value = rounded(value, kind)
    if kind == "points" and value == 0:
        return "0.00"
    forms = {"percent": ".2f", "points": "+.2f", "share": ".0%", "count": ",", "money": ",.2f", "text": ""}
    return format(value, forms[kind])


def listed(table: SurveyTable | GapTable, title: str | None = None) -> Listing:
    """Return figures of a survey, or an index against a target, as a table for people.

    Args:
        table: The index, distribution, slope, transparency, corridors without services, or gap.
        title: What it shows; the name of the figures when left out.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> found = listed(survey_of_rows([{}]).index(by="corridor"))
        >>> [column.title for column in found.columns][:4], found.rows.row(0)[:3]
        (['Quarter', 'From', 'To', 'Cost, %'], ('Q3 2025', 'United Kingdom', 'Kenya'))
    """
    figures, against = (table, "") if isinstance(table, SurveyTable) else (table.table, f" against {table.target.name}")
    named = f"Index “{figures.name}”" if isinstance(figures, IndexTable) else figures.name.capitalize()
    columns = [_column(name, dtype) for name, dtype in table.frame.schema.items()]
    countries = [name for name in ("source", "destination") if name in table.frame.columns]
    rows = table.frame.with_columns(
        pl.col("period").map_elements(quarter, return_dtype=pl.String),
        pl.col(countries).map_elements(place, return_dtype=pl.String),
    )
    notes = (f"{named}: {figures.rule}.", *table.notes, f"Source: {figures.citation}")
    return Listing(title or f"{named}{against}", tuple(columns), rows, notes)


def _column(name: str, dtype: pl.DataType) -> Column:
    if name == "period":
        return Column(name, "Quarter")
    if name in GROUP_WORDS:
        return Column(name, GROUP_WORDS[name])
    if name in _FIGURES:
        return Column(name, *_FIGURES[name])
    words = name.removesuffix("_share").replace("cost_percent_", "USD ").replace("_", " ")
    if name.startswith("below_"):
        return Column(name, f"{words.capitalize()}%, share", "share")
    return Column(name, f"{words}, %" if name.startswith("cost_percent_") else words, _kind(dtype))


def _kind(dtype: pl.DataType) -> Kind:
    return "percent" if dtype.is_float() else "count" if dtype.is_numeric() else "text"


def great_table(listing: Listing | SurveyTable | GapTable, *, show: int | None = None) -> GT:
    """Return a table of great-tables, to print, to change or to save; text from outside is escaped.

    Args:
        listing: A table for people, or what `listed` takes.
        show: So many rows; all when left out. A note says how many there are.

    Raises:
        PaycompareError: great-tables is not installed.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> "7.00" in great_table(survey_of_rows([{"total_percent_200": 7.0}]).index()).as_raw_html()
        True
    """
    made, (gt,) = listing if isinstance(listing, Listing) else listed(listing), loaded("great_tables", does="a table")
    names = [column.name for column in made.columns]
    rows = pl.DataFrame(made.shown(), schema=made.rows.select(names).schema, orient="row")
    notes = made.notes
    if show is not None and rows.height > show:
        notes = (f"The first {show:,} of {rows.height:,} rows.", *notes)
        rows = rows.head(show)
    # The id names the style sheet of the table: from its content, so that the same table is written the same.
    known = sha256(f"{made.title}{rows.schema}{notes}".encode()).hexdigest()[:10]
    table = gt.GT(rows, id=f"t{known}").tab_header(gt.html(escape(made.title)))
    for column in made.columns:
        table = table.fmt(partial(_cell, kind=column.kind), columns=column.name)
        table = table.cols_align("left" if column.kind == "text" else "right", column.name)
    table = table.cols_label({column.name: gt.html(escape(column.title)) for column in made.columns})
    for note in notes:
        table = table.tab_source_note(gt.html(escape(note)))
    return _styled(table)


def _cell(value: object, *, kind: Kind) -> str:
    # What a function formats is not escaped by great-tables.
    return escape(told(value, kind))


def _styled(table: Any) -> GT:  # noqa: ANN401 -- a table of great-tables
    styled: GT = table.tab_options(
        table_font_size="13px",
        table_font_color="#222222",
        table_width="100%",
        heading_align="left",
        heading_title_font_size="16px",
        heading_title_font_weight="bold",
        column_labels_font_weight="bold",
        column_labels_border_top_color="#17375e",
        column_labels_border_bottom_color="#17375e",
        table_border_top_style="hidden",
        table_border_bottom_color="#17375e",
        data_row_padding="4px",
        source_notes_font_size="11px",
    )
    return styled
