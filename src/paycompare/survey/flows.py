"""Who sends how much to whom: the matrix that weighs corridors and puts money to a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError, SurveyError
from paycompare.survey.names import alpha3
from paycompare.survey.reading import present

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

__all__ = ["Flows", "flow_frame", "flows_among", "read_flows"]

_SPELLINGS: Final = {
    "Faeroe Islands": "FRO",
    "Gibralter": "GIB",
    "Korea, Dem. Rep.": "PRK",
    "Macedonia, FYR": "MKD",
    "Netherlands Antilles": "ANT",
    "Venezuela, RB": "VEN",
}
"""Names in the World Bank's matrices that are not, or no longer, those of a country: a misspelling among them."""

_NOTHING: Final = ("", "..", "N/A", "-")
"""What stands in a matrix where nothing is known to flow."""

_GROUPED: Final = r"^\d{1,3}(,\d{3})+(\.\d+)?$"
"""A number whose commas part thousands."""


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Who sends how much to whom.

    Attributes:
        frame: ``source``, ``destination`` (ISO 3166 alpha-3) and ``flow``, positive, in the file's unit.
        file: Its name.
        left_out: Names of rows and columns that are no country, such as totals.
    """

    frame: pl.DataFrame
    file: str
    left_out: tuple[str, ...]


def flow_frame(flows: Flows | pl.DataFrame) -> pl.DataFrame:
    """Return the flows between countries as text and numbers, whichever form they come in.

    Args:
        flows: What `read_flows` returned, or a frame with ``source`` and ``destination`` (ISO 3166 codes or English
            names) and ``flow`` (finite, at least zero, in any one unit of money), each pair once.

    Returns:
        ``source`` and ``destination`` (alpha-3) and ``flow``, the pairs with a positive one.

    Raises:
        PaymentError: A frame of your own has other columns, names no country, has no such flow, or a pair twice.

    Example:
        >>> flow_frame(pl.DataFrame({"source": ["GB"], "destination": ["Kenya"], "flow": [2]})).row(0)
        ('GBR', 'KEN', 2.0)
    """
    if isinstance(flows, Flows):
        return flows.frame
    if not {"source", "destination", "flow"} <= set(flows.columns):
        raise PaymentError("flows", ", ".join(flows.columns), "the columns source, destination and flow")
    read = flows.select(pl.col("source", "destination").cast(pl.String), pl.col("flow").cast(pl.Float64, strict=False))
    wrong = read.with_row_index("row").filter(
        ~(pl.col("flow").is_finite() & (pl.col("flow") >= 0)).fill_null(value=False)
    )
    if wrong.height:
        row = wrong["row"][0]
        raise PaymentError(f"flows, row {row + 1}, flow", flows["flow"][row], "a finite number, at least zero")
    names = {name: alpha3(name or "") for side in ("source", "destination") for name in read[side].unique()}
    codes = read.with_columns(pl.col("source", "destination").replace_strict(names, return_dtype=pl.String))
    twice = _twice(codes)
    if twice is not None:
        raise PaymentError("flows", f"{twice} twice or more", "each pair of countries once: add its flows up")
    return codes.filter(pl.col("flow") > 0)


def flows_among(flows: Flows | pl.DataFrame, restrictions: Iterable[str]) -> tuple[pl.DataFrame, str]:
    """Return the flows of the countries that a survey was narrowed to, and which these are.

    Args:
        flows: As `flow_frame` takes them.
        restrictions: What `Survey.only` left out, in its words.

    Raises:
        PaymentError: As for `flow_frame`.

    Example:
        >>> flows = pl.DataFrame({"source": ["GB", "GB"], "destination": ["KE", "IN"], "flow": [2, 3]})
        >>> frame, among = flows_among(flows, ["to KEN", "since 2024_1Q"])
        >>> frame["flow"].to_list(), among
        ([2.0], 'to KEN')
    """
    frame, among = flow_frame(flows), []
    for limit in restrictions:
        for words, side in (("from ", "source"), ("to ", "destination")):
            if limit.startswith(words):
                frame = frame.filter(pl.col(side).is_in(limit.removeprefix(words).split(", ")))
                among.append(limit)
    return frame, " ".join(among)


def _twice(flows: pl.DataFrame) -> str | None:
    """Return the first pair that stands in several rows."""
    pairs = flows.group_by("source", "destination").len().filter(pl.col("len") > 1).sort("source", "destination")
    return f"{pairs['source'][0]} to {pairs['destination'][0]}" if pairs.height else None


def read_flows(path: str | PathLike[str]) -> Flows:
    """Read a bilateral remittance matrix: a row for each sending country, a column for each receiving one.

    Takes the World Bank's matrix (a CSV in UTF-8 or cp1252, English country names, US dollars in millions a year), or a
    CSV that is long already, with columns ``source``, ``destination`` and ``flow``.

    Args:
        path: The file.

    Returns:
        The pairs with a positive flow, in the file's unit (the World Bank's is millions of US dollars a year), and the
        names that are no country, such as totals.

    Raises:
        SurveyError: There is no such file, it has no matrix, a pair of countries twice, or a flow between two countries
            that is no number.
    """
    file = present(path, "a CSV of what flows between countries")
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    try:
        read = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise SurveyError(file.name, "CSV", f"bytes that cannot be read ({error})", "a CSV") from error
    if {"source", "destination", "flow"} <= set(read.columns):
        long = read.select("source", "destination", "flow")
    else:
        first = read.columns[0]
        long = read.unpivot(index=first, variable_name="destination", value_name="flow").rename({first: "source"})
    places = {name: _alpha3(name) for column in ("source", "destination") for name in long[column].unique()}
    codes = pl.col("source", "destination").replace_strict(places, return_dtype=pl.String)
    stated = pl.col("flow").str.strip_chars().replace(_NOTHING, None)
    plain = pl.when(stated.str.contains(_GROUPED)).then(stated.str.replace_all(",", "", literal=True)).otherwise(stated)
    read_as = plain.cast(pl.Float64, strict=False)
    between = long.with_columns(codes, read_as.alias("read")).drop_nulls(["source", "destination"])
    positive = pl.col("read").is_finite() & (pl.col("read") >= 0)
    odd = between.filter(stated.is_not_null() & ~positive.fill_null(value=False))
    if odd.height:
        pair = f"{odd['source'][0]} to {odd['destination'][0]}"
        raise SurveyError(file.name, pair, repr(odd["flow"][0]), "a finite number, at least zero, such as 1,234.5")
    found = between.with_columns(pl.col("read").alias("flow")).filter(pl.col("read") > 0)
    if found.is_empty():
        expected = "a row for each sending country, a column for each receiving one, by English names or ISO codes"
        raise SurveyError(file.name, "matrix", "no flow between two countries", expected)
    twice = _twice(found)
    if twice is not None:
        raise SurveyError(file.name, "matrix", f"{twice} twice or more", "each pair of countries once")
    strangers = sorted(name for name, code in places.items() if name and name.strip() and code is None)
    return Flows(
        found.select("source", "destination", "flow").sort("source", "destination"), file.name, tuple(strangers)
    )


def _alpha3(name: str | None) -> str | None:
    if name is None or not name.strip():
        return None
    if name.strip() in _SPELLINGS:
        return _SPELLINGS[name.strip()]
    try:
        return alpha3(name)
    except PaymentError:
        return None
