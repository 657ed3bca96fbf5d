"""Regions and income groups from a table of countries, for vintages of the survey that state none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import SurveyError
from paycompare.survey.reading import present
from paycompare.survey.schema import heading_key

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from paycompare.survey.dataset import Survey

__all__ = ["classified"]

_WANTED: Final = {"countrycode": "code", "region": "region", "income": "income"}
_EXPECTED: Final = "a CSV with the columns Country Code, Region and Income"


def classified(survey: Survey, table: str | PathLike[str] | pl.DataFrame) -> Survey:
    """Fill in regions and income groups that the survey does not state.

    Args:
        survey: The rows.
        table: A CSV in UTF-8, or a frame, with columns ``Country Code``, ``Region`` and ``Income``.

    Returns:
        The survey; what it states itself is kept.

    Raises:
        SurveyError: There is no such file; or the table has other columns, or a country in several rows.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> table = pl.DataFrame({"Country Code": ["KEN"], "Region": ["Sub-Saharan Africa"], "Income": ["..."]})
        >>> classified(survey_of_rows([{"destination": "KEN"}]), table).frame["destination_region"].to_list()
        ['Sub-Saharan Africa']
    """
    name, frame = ("table", table) if isinstance(table, pl.DataFrame) else _read(present(table, _EXPECTED))
    named = {column: _WANTED[heading_key(column)] for column in frame.columns if heading_key(column) in _WANTED}
    if sorted(named.values()) != sorted(_WANTED.values()):
        raise SurveyError(name, "columns", ", ".join(frame.columns), "Country Code, Region and Income")
    countries = frame.rename(named).select(
        pl.col("code").cast(pl.String).replace("KSV", "XKX").cast(pl.Categorical),
        pl.col("region", "income").cast(pl.String).cast(pl.Categorical),
    )
    twice = countries.with_row_index("row", offset=1).group_by("code", maintain_order=True).agg("row")
    twice = twice.filter(pl.col("row").list.len() > 1, pl.col("code").is_not_null())
    if twice.height:
        places = ", ".join(map(str, twice["row"][0]))
        raise SurveyError(name, f"rows {places} below the headings", f"{twice['code'][0]} in each", "a country once")
    filled = survey.frame
    for side in ("source", "destination"):
        known = countries.rename({"code": side, "region": "_region", "income": "_income"})
        filled = filled.join(known, on=side, how="left", maintain_order="left")
        filled = filled.with_columns(
            pl.coalesce(f"{side}_{what}", f"_{what}").alias(f"{side}_{what}") for what in ("region", "income")
        ).drop("_region", "_income")
    said = f"regions and income groups that the survey does not state are from {name}"
    return replace(survey, frame=filled, restrictions=(*survey.restrictions, said))


def _read(path: Path) -> tuple[str, pl.DataFrame]:
    try:
        return path.name, pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeError) as error:
        raise SurveyError(path.name, "CSV", f"bytes that cannot be read ({error})", "a CSV in UTF-8") from error
