"""Measure surveys on a made-up workbook of 250,000 rows in the true layout: loading, and every index of every quarter.

Loading stands beside pandas with openpyxl on a workbook of 50,000 rows, the same for both: at 250,000 openpyxl takes
many minutes, and both sides take time in proportion to the rows. The indices stand beside the same numbers written out
by hand in polars over the same frame; the numbers of both sides are compared before they are timed. Sides take turns,
so that a slow machine slows both; figures are medians, except for what is loaded, which is loaded once.

    make bench                                       # includes this, some minutes
    .venv/bin/python benchmarks/survey.py 20000      # fewer rows; beside pandas too
    .venv/bin/python benchmarks/survey.py 20000 5000 # fewer still beside pandas
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
from polars.testing import assert_frame_equal

from paycompare.survey.indices import GROUPINGS, distribution, index, slope
from paycompare.survey.load import read_rpw
from paycompare.survey.sample import SHEETS, write_sample_workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from paycompare.survey.dataset import Survey

ROWS = 250_000
BESIDE_PANDAS = 50_000
ROUNDS = 7
CORRIDOR = ["period", "source", "destination"]
MEANS = ["cost_percent", "fee_percent", "margin_percent"]
MARGINS = pl.col("margin_percent").count().alias("margins")
ONLINE = ["Internet", "Mobile phone"]
CASHLESS = ["Bank account transfer", "Debit card", "Credit card", "Debit/credit card", "Mobile money", "Prepaid card"]
RECEIVED = [
    "Bank account",
    "Own/partner bank account",
    "Bank account (same/partner bank)",
    "Mobile wallet",
    "Mobile",
    "Debit card",
    "Credit card",
    "Prepaid cash card",
]
BROUGHT = ["Home delivery", "Door to door"]
WITHIN_FIVE_DAYS = ["Less than one hour", "Same day", "Next day", "2 days", "1-3 days", "3-5 days"]

Task = tuple[str, "Callable[[], pl.DataFrame]", "Callable[[], pl.DataFrame]"]


def timed(run: Callable[[], object]) -> float:
    """Return the seconds that one run takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def made(folder: str, rows: int) -> Path:
    """Write a workbook."""
    file = Path(folder) / f"made_{rows}.xlsx"
    print(f"writing a workbook of {rows:,} rows ...", flush=True)
    write_sample_workbook(file, rows)
    print(f"{file.stat().st_size / 1e6:.1f} MB", flush=True)
    return file


def beside_pandas(file: Path, rows: int) -> None:
    """Print how long a workbook takes, and pandas with openpyxl on the same."""
    ours = timed(lambda: read_rpw(file, cache=False))
    print(f"{f'read {rows:,} rows':<44}{ours:9.2f} s", flush=True)
    theirs = timed(lambda: pd.read_excel(file, sheet_name=list(SHEETS.values()), engine="openpyxl"))
    print(f"{'pandas with openpyxl':<44}{theirs:9.2f} s")
    print(f"{'ratio, aim at least 10':<44}{theirs / ours:9.1f}", flush=True)


def loading(file: Path, rows: int) -> Survey:
    """Print how long the workbook takes, and again from the cache."""
    first = timed(lambda: read_rpw(file))
    print(f"{f'read {rows:,} rows, and keep them':<44}{first:9.2f} s", flush=True)
    again = median(timed(lambda: read_rpw(file)) for _ in range(ROUNDS))
    print(f"{'read it again, from the cache':<44}{again * 1000:9.0f} ms   aim under 100", flush=True)
    return read_rpw(file)


def tasks(survey: Survey) -> list[Task]:
    """Return every index: its name, ours, and the same by hand."""
    corridors = survey.frame.select("source", "destination").unique().with_row_index("flow", offset=1)
    flows = corridors.with_columns(pl.col("source", "destination").cast(pl.String), pl.col("flow").cast(pl.Float64))
    costs = survey.frame.lazy().with_columns(
        pl.col("total_percent_200").alias("cost_percent"),
        (pl.col("fee_200") / pl.col("amount_200") * 100).alias("fee_percent"),
        pl.when(pl.col("comparable")).then(pl.col("margin_percent_200")).alias("margin_percent"),
    )
    shown = costs.filter(pl.col("transparent"), pl.col("cost_percent").is_not_null())
    world = shown.filter(pl.col("source") != "RUS")
    digital = (
        pl.col("access_point").is_in(ONLINE)
        & pl.col("payment_instrument").is_in(CASHLESS)
        & pl.col("pickup_method").is_in(RECEIVED)
    )
    told = world.filter(pl.col("layout") == "instrument")
    found: list[Task] = [
        ("global", lambda: index(survey, "global").frame, lambda: mean(world, [])),
        ("weighted", lambda: index(survey, "weighted", flows=flows).frame, lambda: weighted(shown, flows)),
        ("smart", lambda: index(survey, "smart").frame, lambda: smart(shown)),
        ("international_mto", lambda: index(survey, "international_mto").frame, lambda: international(survey, shown)),
        (
            "digital",
            lambda: index(survey, "digital").frame,
            lambda: mean(told.filter(digital), []),
        ),
        (
            "non_digital",
            lambda: index(survey, "non_digital").frame,
            lambda: mean(told.filter(~digital), []),
        ),
        ("distribution", lambda: distribution(survey).frame, lambda: spread(shown)),
        ("slope", lambda: slope(survey).frame, lambda: steps(shown)),
    ]
    return [*found, *(grouped(survey, shown, group) for group in GROUPINGS)]


def grouped(survey: Survey, rows: pl.LazyFrame, group: str) -> Task:
    """Return the plain averages by a group: ours, and the same by hand."""
    keys = list(GROUPINGS[group])
    return f"average by {group}", lambda: index(survey, by=group).frame, lambda: mean(rows, keys)


def finished(rows: pl.LazyFrame, keys: list[str]) -> pl.DataFrame:
    """Return a table in order, its groups as text."""
    return rows.sort("period", *keys, nulls_last=True).with_columns(pl.col("period", *keys).cast(pl.String)).collect()


def mean(rows: pl.LazyFrame, keys: list[str]) -> pl.DataFrame:
    """Return plain means with the numbers of services and corridors, by hand."""
    counts = (pl.len().alias("services"), pl.col("corridor").n_unique().alias("corridors"), MARGINS)
    return finished(rows.group_by("period", *keys).agg(pl.col(MEANS).mean(), *counts), keys)


def weighted(rows: pl.LazyFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """Return the weighted average, by hand."""
    weights = flows.lazy().with_columns(pl.col("source", "destination").cast(pl.Categorical))
    each = rows.group_by(CORRIDOR).agg(pl.col(MEANS).mean(), pl.len().alias("services"), MARGINS)
    flow = pl.col("flow")
    sums = [(pl.col(one) * flow).sum() / flow.filter(pl.col(one).is_not_null()).sum() for one in MEANS]
    counts = (pl.col("services").sum(), pl.len().alias("corridors"), pl.col("margins").sum())
    return finished(each.join(weights, on=["source", "destination"]).group_by("period").agg(*sums, *counts), [])


def smart(rows: pl.LazyFrame) -> pl.DataFrame:
    """Return SmaRT, by hand."""
    near = pl.col("receiving_coverage").is_in(["High", "Medium"]) | pl.col("coverage").is_in(
        ["Nationwide", "Major cities"]
    )
    reached = pl.col("pickup_method").is_in([*RECEIVED, *BROUGHT]).fill_null(value=False) | near.fill_null(value=False)
    fitting = rows.filter(pl.col("speed").is_in(WITHIN_FIVE_DAYS), reached)
    three = fitting.filter(pl.col("cost_percent").rank("ordinal").over(CORRIDOR) <= 3)  # noqa: PLR2004 -- SmaRT's three
    each = three.group_by(CORRIDOR).agg(pl.col(MEANS).mean(), pl.len().alias("services"), MARGINS)
    counts = (pl.col("services").sum(), pl.len().alias("corridors"), pl.col("margins").sum())
    return finished(each.group_by("period").agg(pl.col(MEANS).mean(), *counts), [])


def international(survey: Survey, rows: pl.LazyFrame) -> pl.DataFrame:
    """Return the International MTO index, by hand."""
    pairs = survey.frame.lazy().select(*CORRIDOR, "firm_key").unique()
    corridors = pairs.group_by("period").agg(pl.struct("source", "destination").n_unique().alias("all"))
    wide = pairs.group_by("period", "firm_key").len().join(corridors, on="period")
    wide = wide.filter(pl.col("len") >= 0.85 * pl.col("all"))
    operators = rows.filter(pl.col("firm_type") == "Money Transfer Operator")
    return mean(operators.join(wide, on=["period", "firm_key"], how="semi"), [])


def spread(rows: pl.LazyFrame) -> pl.DataFrame:
    """Return the distribution, by hand."""
    cost = pl.col("cost_percent")
    return finished(
        rows.group_by("period").agg(
            cost.mean(),
            cost.std().alias("sd"),
            cost.min().alias("least"),
            cost.quantile(0.25, "linear").alias("q1"),
            cost.median().alias("median"),
            cost.quantile(0.75, "linear").alias("q3"),
            cost.max().alias("most"),
            *((cost < limit).mean().alias(f"below_{limit}_share") for limit in (3, 5, 10)),
            pl.len().alias("services"),
            pl.col("corridor").n_unique().alias("corridors"),
        ),
        [],
    )


def steps(rows: pl.LazyFrame) -> pl.DataFrame:
    """Return the slope from 200 to 500, by hand."""
    small, large = pl.col("total_percent_200"), pl.col("total_percent_500")
    both = rows.filter(small.is_not_null(), large.is_not_null())
    means = both.group_by("period").agg(
        small.mean().alias("cost_percent_200"), large.mean().alias("cost_percent_500"), pl.len().alias("services")
    )
    difference = (pl.col("cost_percent_200") - pl.col("cost_percent_500")).alias("difference_percent")
    order = ["period", "cost_percent_200", "cost_percent_500", "difference_percent", "services"]
    return finished(means.with_columns(difference).select(order), [])


def indices(survey: Survey) -> None:
    """Print how long each index takes, beside the same by hand."""
    both = tasks(survey)
    for _, ours, theirs in both:
        assert_frame_equal(ours(), theirs(), check_dtypes=False, check_exact=False)
    total = [0.0, 0.0]
    for name, *sides in both:
        rounds = [[timed(side) for side in sides] for _ in range(ROUNDS)]
        mine, hand = (median(column) for column in zip(*rounds, strict=True))
        total = [total[0] + mine, total[1] + hand]
        print(f"{name:<32}{mine * 1000:8.1f} ms{hand * 1000:8.1f} ms by hand{mine / hand:8.2f}")
    print(f"{'all indices, all quarters':<32}{total[0] * 1000:8.1f} ms{total[1] * 1000:8.1f} ms by hand", end="")
    print(f"{total[0] / total[1]:8.2f}   aim at most 1.3")


def main() -> None:
    """Write workbooks, load them, and time every index."""
    rows, fewer = [*map(int, sys.argv[1:]), *(ROWS, BESIDE_PANDAS)[len(sys.argv) - 1 :]]
    fewer = min(rows, fewer)
    with TemporaryDirectory() as folder:
        os.environ["PAYCOMPARE_CACHE"] = folder
        print("\nsurveys", flush=True)
        beside_pandas(made(folder, fewer), fewer)
        indices(loading(made(folder, rows), rows))


if __name__ == "__main__":
    main()
