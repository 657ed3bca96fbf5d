"""Hold our averages against those that the World Bank printed, and rows against their own arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import SurveyError
from paycompare.survey.indices import index
from paycompare.survey.reading import present
from paycompare.survey.schema import PERIOD, ROUNDING, heading_key

if TYPE_CHECKING:
    from os import PathLike

    from paycompare.survey.dataset import Survey

__all__ = ["PRINTED", "Identity", "Verification", "identities", "read_published", "verify_corridors"]

PRINTED: Final = 0.005
"""Percentage points: what is printed to two decimals is off by no more than half of the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """Published corridor averages beside ours.

    Attributes:
        frame: ``period``, ``source``, ``destination``, ``published_percent``, ``ours_percent``, ``difference`` (ours
            less published, percentage points; null where we have no such corridor) and ``services``.
        within: How many agree within `PRINTED`.
        missing: How many we have no services for.
        rule: The rule of our averages, in words.
        sha256: Of the survey's file.
    """

    frame: pl.DataFrame
    within: int
    missing: int
    rule: str
    sha256: str

    @property
    def holds(self) -> bool:
        """Whether every published figure is reproduced."""
        return self.within == self.frame.height

    @property
    def worst(self) -> float | None:
        """The largest difference in percentage points; None where nothing could be compared."""
        found = self.frame["difference"].abs().max()
        return found if isinstance(found, float) else None

    def __str__(self) -> str:
        """Return the outcome in one line, and the rule in another."""
        worst = "none could be compared" if self.worst is None else f"largest difference {self.worst:.7f} points"
        return (
            f"{self.within:,} of {self.frame.height:,} published corridor averages reproduced within {PRINTED} points; "
            f"{worst}; {self.missing:,} without services of ours\n{self.rule}\nsurvey sha256 {self.sha256}"
        )


def read_published(path: str | PathLike[str]) -> pl.DataFrame:
    """Read published corridor averages: a CSV of sending and receiving country, quarter and percent.

    Args:
        path: Columns ``source_code``, ``destination_code``, ``period`` and ``average_total_cost_pct``, in any order.

    Raises:
        SurveyError: There is no such file, columns or rows are missing, or a figure or a quarter cannot be read.
    """
    file = present(path, "a CSV of published corridor averages")
    wanted = {
        "sourcecode": "source",
        "destinationcode": "destination",
        "period": "period",
        "averagetotalcostpct": "published_percent",
    }
    try:
        read = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeError) as error:
        raise SurveyError(file.name, "CSV", f"bytes that cannot be read ({error})", "a CSV in UTF-8") from error
    named = {column: wanted[heading_key(column)] for column in read.columns if heading_key(column) in wanted}
    if set(named.values()) != set(wanted.values()):
        expected = "source_code, destination_code, period and average_total_cost_pct"
        raise SurveyError(file.name, "columns", ", ".join(read.columns), expected)
    table = read.rename(named).select(*named.values())
    table = table.with_columns(pl.col("source", "destination").replace("KSV", "XKX"))
    figures = table.with_columns(pl.col("published_percent").cast(pl.Float64, strict=False))
    wrong = figures.with_row_index("row").filter(
        ~pl.col("published_percent").is_finite().fill_null(value=False)
        | ~pl.col("period").str.contains(f"^{PERIOD.pattern}$")
    )
    if wrong.height:
        row = int(wrong["row"][0])
        raise SurveyError(
            file.name, f"row {row + 1} below the headings", repr(table.row(row)), "a quarter and a figure"
        )
    if figures.is_empty():
        raise SurveyError(file.name, "file", "headings without rows", "at least one average")
    return figures


def verify_corridors(survey: Survey, published: pl.DataFrame) -> Verification:
    """Hold our corridor averages against published ones.

    Args:
        survey: The rows.
        published: ``source``, ``destination``, ``period`` and ``published_percent`` (see `read_published`).

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([{"total_percent_200": 7.0}, {"total_percent_200": 3.01}])
        >>> printed = {"source": "GBR", "destination": "KEN", "period": "2025_3Q", "published_percent": 5.01}
        >>> verify_corridors(survey, pl.DataFrame([printed])).holds  # (7.00 + 3.01) / 2 = 5.005
        True
    """
    ours = index(survey, by="corridor")
    keys = ["period", "source", "destination"]
    beside = published.join(ours.frame, on=keys, how="left", maintain_order="left").select(
        *keys,
        "published_percent",
        pl.col("cost_percent").alias("ours_percent"),
        (pl.col("cost_percent") - pl.col("published_percent")).alias("difference"),
        "services",
    )
    # A tie at the last printed digit must not fall to the binary noise of a mean.
    agree = beside.filter(pl.col("difference").abs().round(9) <= PRINTED).height
    missing = beside["difference"].null_count()
    return Verification(beside, agree, missing, f"average by corridor: {ours.rule}", survey.sha256)


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """How many rows come out by their own arithmetic.

    Attributes:
        words: The equation.
        amount: The amount that it was tried on, in US dollars by name.
        rows: Rows that state every part of it.
        within: Of them, those that come out within rounding.
        exceptions: The others: ``period``, ``source``, ``destination``, ``firm``, ``stated``, ``computed``.
    """

    words: str
    amount: int
    rows: int
    within: int
    exceptions: pl.DataFrame

    @property
    def share(self) -> float | None:
        """Share of the rows that come out, a fraction of one; None without rows."""
        return self.within / self.rows if self.rows else None

    def __str__(self) -> str:
        """Return it as one line."""
        share = "no rows" if self.share is None else f"{self.share:.2%}"
        return f"USD {self.amount}: {self.words}: {self.within:,} of {self.rows:,} rows ({share})"


def identities(survey: Survey) -> tuple[Identity, ...]:
    """Try each row's own arithmetic, for each amount.

    A total is the fee's share of the amount plus the margin; a margin follows from applied and interbank rate. The
    stored figures are what counts: rates are rounded, sometimes to two digits, so the second equation fails more often.

    Args:
        survey: The rows. A margin that was not disclosed counts as zero here, because the stated total leaves it out.

    Example:
        A fee of 3 on 120 is 2.5 percent; with a margin of 1.25 percent the total is 3.75:

        >>> from paycompare.survey.sample import survey_of_rows
        >>> row = {"amount_200": 120.0, "fee_200": 3.0, "margin_percent_200": 1.25, "total_percent_200": 3.75}
        >>> print(identities(survey_of_rows([row]))[0])
        USD 200: total = fee / amount + margin: 1 of 1 rows (100.00%)
    """
    found = []
    for amount in survey.amounts:
        margin, total = pl.col(f"margin_percent_{amount}"), pl.col(f"total_percent_{amount}")
        hidden = ~pl.col("transparent").fill_null(value=False)
        told = pl.when(hidden).then(margin.fill_null(0)).otherwise(margin)
        summed = pl.col(f"fee_{amount}") / pl.col(f"amount_{amount}") * 100 + told
        rates = (1 - pl.col(f"rate_{amount}") / pl.col("interbank")) * 100
        found.append(_tried(survey.frame, "total = fee / amount + margin", amount, total, summed))
        found.append(_tried(survey.frame, "margin = 1 - applied rate / interbank rate", amount, margin, rates))
    return tuple(found)


def _tried(frame: pl.DataFrame, words: str, amount: int, stated: pl.Expr, computed: pl.Expr) -> Identity:
    rows = frame.select(
        pl.col("period", "source", "destination").cast(pl.String),
        "firm",
        stated.alias("stated"),
        computed.alias("computed"),
    ).drop_nulls(["stated", "computed"])
    off = rows.filter((pl.col("stated") - pl.col("computed")).abs() > ROUNDING)
    return Identity(words, amount, rows.height, rows.height - off.height, off)
