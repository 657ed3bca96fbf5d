"""Read Remittance Prices Worldwide, of any vintage."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from paycompare.errors import SurveyError
from paycompare.survey import kept
from paycompare.survey.dataset import Survey
from paycompare.survey.harmonise import harmonised
from paycompare.survey.reading import LARGEST_FILE, present, sheets_of
from paycompare.survey.tally import LoadReport, Tally, changes

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

__all__ = ["read_rpw"]


def read_rpw(path: str | PathLike[str], *, cache: bool = True) -> Survey:
    """Read the World Bank's Remittance Prices Worldwide into one schema.

    Takes a workbook of any vintage (one sheet of rows, or one up to 2016_1Q and one from 2016_2Q on), a CSV in UTF-8,
    UTF-16 or cp1252, or a parquet file. Percentages are taken as stated. The parsed rows are kept in the user's cache,
    so that reading the same file again takes a moment.

    Args:
        path: The file.
        cache: Whether to use and fill the cache.

    Returns:
        The rows with the report of how they were read; ``print(survey)`` shows it.

    Raises:
        SurveyError: There is no such file, it is not such a survey, is cut off or damaged, or has a sheet twice; or a
            row has no quarter, country or provider.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from paycompare.survey.sample import write_sample_csv
        >>> with TemporaryDirectory() as folder:
        ...     write_sample_csv(Path(folder) / "rpw.csv", 200, periods=["2025_1Q", "2025_3Q"])
        ...     survey = read_rpw(Path(folder) / "rpw.csv", cache=False)
        >>> survey.frame.height, survey.periods
        (200, ('2025_1Q', '2025_3Q'))
    """
    file = present(path, "a survey, such as paycompare rpw download fetches")
    size = file.stat().st_size
    if size > LARGEST_FILE:
        raise SurveyError(file.name, "file", f"{size:,} bytes", f"at most {LARGEST_FILE:,}")
    digest = kept.hash_of(file)
    known = kept.recall(digest) if cache else None
    if known is not None:
        frame, report = known
        return Survey(frame, replace(report, file=file.name))
    frame, report = _parsed(file, digest, size)
    if cache:
        kept.remember(frame, report)
    return Survey(frame, report)


def _parsed(file: Path, digest: str, size: int) -> tuple[pl.DataFrame, LoadReport]:
    tally = Tally()
    frames = {sheet.name: harmonised(sheet, file=file.name, tally=tally) for sheet in sheets_of(file, tally)}
    _refuse_copies(frames, file.name, tally)
    rows = {name: rows.height for name, rows in frames.items()}
    frame = pl.concat(frames.values()).rechunk()
    if frame.is_empty():
        raise SurveyError(file.name, "file", "headings without rows", "at least one row")
    _note_repeats(frame, tally)
    report = LoadReport(
        file=file.name,
        sha256=digest,
        size=size,
        sheets=rows,
        rows=frame.height,
        periods=tuple(frame["period"].cast(pl.String).unique().sort()),
        coerced=changes(tally.coerced),
        nulls=changes(tally.nulls),
        notes=tuple(tally.notes),
    )
    return frame, report


def _refuse_copies(frames: dict[str, pl.DataFrame], file: str, tally: Tally) -> None:
    """Refuse a sheet that holds rows of another one: each quarter would count twice."""
    for (name, rows), (other, earlier) in combinations(frames.items(), 2):
        shared = rows.join(earlier, on="period", how="semi")["period"].cast(pl.String).unique().sort()
        if shared.len():
            again = rows.join(earlier, on=rows.columns, how="semi", nulls_equal=True).height
            if again:
                found = f"rows that sheet {other!r} has too: {again:,}"
                raise SurveyError(file, f"sheet {name!r}", found, "every row in one sheet")
            tally.note(f"{name} and {other} both have rows of {', '.join(shared)}")


def _note_repeats(frame: pl.DataFrame, tally: Tally) -> None:
    """Say how many rows repeat others; published averages count them, so they stay."""
    repeated = frame.height - frame.drop("id").unique().height
    if repeated:
        tally.note(
            f"rows that repeat an earlier one in all but the id: {repeated:,}; they stay, as published averages "
            "count them"
        )
    again = frame.filter(pl.col("id").is_not_null())
    ids = again.height - again.select("period", "id").unique().height
    if ids:
        tally.note(f"rows that repeat an id of their quarter: {ids:,}")
