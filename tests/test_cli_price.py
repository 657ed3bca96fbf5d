"""``paycompare price``: a file in, a file out, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from paycompare.cli import main
from tests.catalogues import write_folder

SOURCES = Path(__file__).parents[1] / "src"


def command(root: Path, payments: Path, *more: str) -> list[str]:
    """Return a command that prices a file with one bank of the test at 160 KES per GBP."""
    write_folder(root / "ours", "flat_bank", fee='flat = "5"')
    known = ["--catalogue", str(root / "ours"), "--provider", "flat_bank", "--reference", "GBP/KES=160"]
    asked = ["--corridor", "GB/GBP>KE/KES", "--at", "2026-10-30"]
    return ["price", str(payments), *asked, *known, *more]


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow"])
def test_a_file_is_priced_into_another(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """Prices, flags and what they rest on; nothing else is left in the folder."""
    payments, out = tmp_path / f"payments.{kind}", tmp_path / f"priced.{kind}"
    frame = pl.DataFrame({"payment": ["a", "b", "c"], "amount": ["100", "x", "1000.50"]})
    write: dict[str, Any] = {"parquet": frame.write_parquet, "csv": frame.write_csv, "arrow": frame.write_ipc}
    write[kind](payments)
    pages = tmp_path / "pages.parquet"
    code = main(command(tmp_path, payments, "--out", str(out), "--bindings", str(pages)))
    printed = capsys.readouterr()
    assert (code, printed.out) == (0, "")
    assert "3 of 3 payments\n3 payments, 1 of them flagged; 2 prices in columns" in printed.err
    reading: dict[str, Any] = {"parquet": pl.read_parquet, "csv": pl.read_csv, "arrow": pl.read_ipc}
    read = reading[kind](out).sort("payment")
    # (100 - 5) x 160 and (1000.50 - 5) x 160
    assert [None if one is None else Decimal(str(one)) for one in read["landed_low"]] == [15200, None, 159280]
    assert read["problem"][1].startswith("amount: found x, expected")
    assert pl.read_parquet(pages)["evidence_source"].to_list() == ["https://flat-bank.example/fees"]
    assert {path.name for path in tmp_path.iterdir()} == {payments.name, out.name, pages.name, "ours"}


def test_minor_units_and_the_best_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole minor units come out when asked for."""
    payments, out = tmp_path / "payments.parquet", tmp_path / "priced.parquet"
    pl.DataFrame({"amount_minor": [10_000]}).write_parquet(payments)
    assert main(command(tmp_path, payments, "--out", str(out), "--best", "--minor", "--parts")) == 0
    capsys.readouterr()
    row = pl.read_parquet(out).row(0, named=True)
    assert (row["landed_low"], row["parts"], row["tied"]) == (1_520_000, [500, 0], False)


@pytest.mark.parametrize(
    ("file", "out", "complaint"),
    [
        ("missing.parquet", "out.parquet", "FILE: found"),
        ("payments.xml", "out.parquet", "expected a file that ends in .parquet"),
        ("payments.parquet", "out.txt", "out: found"),
        ("payments.parquet", "nowhere/out.parquet", "expected a file in a folder that exists"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, out: str, complaint: str
) -> None:
    """A file that is not there or of another kind leaves nothing behind."""
    pl.DataFrame({"amount": [1]}).write_parquet(tmp_path / "payments.parquet")
    (tmp_path / "payments.xml").write_text("", encoding="utf-8")
    assert main(command(tmp_path, tmp_path / file, "--out", str(tmp_path / out))) == 2
    assert complaint in capsys.readouterr().err
    assert not list(tmp_path.glob("*out*"))


def test_a_run_that_is_killed_leaves_no_output_and_the_next_completes(tmp_path: Path) -> None:
    """Killed when it has priced a part: what was at the place of the output is still there, whole."""
    payments, out = tmp_path / "payments.parquet", tmp_path / "priced.parquet"
    pl.select(amount_minor=pl.int_range(600, 3_000_600) % 100_000 + 600).write_parquet(payments)
    before = pl.DataFrame({"what": ["was there before"]})
    before.write_parquet(out)
    arguments = command(tmp_path, payments, "--out", str(out), "--minor")
    run = [sys.executable, "-m", "paycompare", *arguments]
    surroundings = {**os.environ, "PYTHONPATH": str(SOURCES)}
    with subprocess.Popen(run, env=surroundings, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert " of 3,000,000 payments" in process.stderr.readline()
        while not (tmp_path / ".priced.parquet.part").exists():
            assert process.poll() is None, "it was done before it could be killed"
            time.sleep(0.001)
        process.kill()
    assert process.returncode != 0
    assert pl.read_parquet(out).equals(before)
    done = subprocess.run(run, env=surroundings, capture_output=True, text=True, check=True)
    assert "3,000,000 payments, 0 of them flagged" in done.stderr
    assert pl.scan_parquet(out).select(pl.len(), pl.col("landed_low").null_count().alias("n")).collect().row(0) == (
        3_000_000,
        0,
    )
    assert {path.name for path in tmp_path.iterdir()} == {"payments.parquet", "priced.parquet", "ours"}
