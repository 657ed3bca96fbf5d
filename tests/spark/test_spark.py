"""On a real local Spark with several partitions, the rows are those of one machine, one for one."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pyspark.sql import SparkSession

import paycompare as pc
from paycompare import spark
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTITIONS = 4

pytestmark = pytest.mark.filterwarnings(  # Spark says so of a pandas that these tests do not hand to it
    "ignore:PySpark does not yet fully support pandas:FutureWarning"
)


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    """Start Spark on this machine, with workers of this interpreter."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "100")
        .getOrCreate()
    )
    yield made
    made.stop()


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    """Write three banks, one of them beyond columns, and return the options that ask them alone."""
    write_folder(tmp_path, "a_bank", fee='between = [{ flat = "2" }, { flat = "9" }]', margin='share = "0.004"')
    write_folder(
        tmp_path,
        "b_bank",
        fee='bands = [{ up_to = "200", price = { flat = "7" } }, { price = { share = "0.002" } }]',
        margin='share = "0.006"',
    )
    file = write_folder(tmp_path, "c_bank", fee='share = "0.01"') / "tariffs" / "page.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('take = "fee"', 'take = "fee"\nrounding = { step = "1" }'), encoding="utf-8")
    names = ["a_bank", "b_bank", "c_bank"]
    return {"catalogue": tmp_path, "providers": names, "reference": {"GBP/KES": "160"}, "corridor": "GB/GBP>KE/KES"}


def payments() -> pl.DataFrame:
    """Return payments of several days and sides, some of them bad."""
    rows = 600
    return pl.DataFrame(
        {
            "payment": [f"no {index}" for index in range(rows)],
            "amount": ["bad" if index % 97 == 0 else f"{index * 7919 % 90_000 / 100 + 1:.2f}" for index in range(rows)],
            "side": ["gets" if index % 50 == 0 else "pays" for index in range(rows)],
            "at": [date(2026, 10, 28 + index % 3) for index in range(rows)],
        }
    )


@pytest.mark.parametrize(("keep", "money", "parts"), [("offers", "decimal", True), ("best", "minor", False)])
def test_rows_are_those_of_one_machine(
    session: SparkSession, options: dict[str, Any], keep: Any, money: Any, *, parts: bool
) -> None:
    """Every column of every row, bad ones and those walked one by one included."""
    mine = payments()
    given = session.createDataFrame(mine.rows(), mine.columns).repartition(PARTITIONS)
    assert given.rdd.getNumPartitions() == PARTITIONS
    priced = spark.price(given, keep=keep, money=money, parts=parts, **options)
    found = [tuple(row) for row in priced.collect()]
    wanted = pc.price(mine, keep=keep, money=money, parts=parts, **options).rows
    assert priced.columns == wanted.columns
    plain = wanted.with_columns(pl.col(pl.Categorical).cast(pl.String)).rows()
    assert len(plain) >= mine.height
    assert sorted(found, key=repr) == sorted(plain, key=repr)


def test_a_frame_without_names_is_refused(session: SparkSession) -> None:
    """Rows of a Spark frame have no number of their own."""
    with pytest.raises(pc.PaymentError, match="expected a column payment"):
        spark.price(session.createDataFrame([(1,)], ["amount"]), corridor="GB/GBP>KE/KES")
