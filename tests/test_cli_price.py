"""``paycompare price``: a file in, a file out, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest

from paycompare.bulk.streams import written
from paycompare.cli import main
from paycompare.cli.bulk import _interruptibly
from tests.catalogues import write_folder, write_odd_folder

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
        ("letter.parquet", "out.parquet", "expected a file that holds what its name says, .parquet"),
        ("latin.csv", "out.parquet", "frame: found 'invalid utf-8 sequence', expected payments that can be read"),
        ("payments.parquet", "payments.parquet", "expected another file than that of the payments"),
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
    (tmp_path / "letter.parquet").write_text("Dear", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes(b"amount,speed\n1,\xe9lev\xe9e\n")
    assert main(command(tmp_path, tmp_path / file, "--out", str(tmp_path / out))) == 2
    assert complaint in capsys.readouterr().err
    assert not list(tmp_path.glob("*out*"))


def test_a_place_for_the_pages_is_checked_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that does not exist is refused before a price is made."""
    payments, out, pages = (tmp_path / name for name in ("payments.parquet", "priced.parquet", "nowhere/pages.parquet"))
    pl.DataFrame({"amount": [100]}).write_parquet(payments)
    assert main(command(tmp_path, payments, "--out", str(out), "--bindings", str(pages))) == 2
    assert capsys.readouterr().err.startswith("paycompare: bindings: found")
    assert not out.exists()


def test_pages_have_a_file_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They do not take the place of the payments or of the prices."""
    payments, out = tmp_path / "payments.parquet", tmp_path / "priced.parquet"
    pl.DataFrame({"amount": [100]}).write_parquet(payments)
    priced = command(tmp_path, payments, "--out", str(out))
    for pages in (payments, out):
        assert main([*priced, "--bindings", str(pages)]) == 2
        assert "expected another file than those of the payments and of the prices" in capsys.readouterr().err
    assert pl.read_parquet(payments).columns == ["amount"]
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk, or a folder of somebody else's."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    payments, out = tmp_path / "payments.parquet", tmp_path / "priced.parquet"
    pl.DataFrame({"amount": [100]}).write_parquet(payments)
    assert main(command(tmp_path, payments, "--out", str(out))) == 2
    assert "expected a file that can be written (No space left on device)" in capsys.readouterr().err
    assert not out.exists()


def test_a_run_is_interrupted_in_the_middle_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C calls off the work, waits until it has cleaned up, and is handed on; until then it may come again."""
    stopped, done = Event(), Event()
    looked = iter([False, True])

    def look(*_: object) -> None:
        if not next(looked, True):
            raise KeyboardInterrupt
        done.wait()

    def work() -> None:
        stopped.wait()
        done.set()

    monkeypatch.setattr("paycompare.cli.bulk.wait", look)
    with pytest.raises(KeyboardInterrupt):
        _interruptibly(work, stopped)
    assert done.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C goes to every process of a console")
def test_a_run_that_is_interrupted_leaves_no_output(tmp_path: Path) -> None:
    """Two hundred thousand payments that are walked one by one, called off after the first day of them."""
    payments, out = tmp_path / "payments.parquet", tmp_path / "priced.parquet"
    days = pl.Series(["2026-10-29", *["2026-10-30"] * 200_000])
    pl.DataFrame({"amount": pl.int_range(500, 200_501, eager=True), "at": days}).write_parquet(payments)
    write_odd_folder(tmp_path / "ours", "odd_bank")
    known = ["--catalogue", str(tmp_path / "ours"), "--provider", "odd_bank", "--reference", "GBP/KES=160"]
    asked = ["price", str(payments), "--out", str(out), "--corridor", "GB/GBP>KE/KES", "--side", "gets", *known]
    run = [sys.executable, "-m", "paycompare", *asked]
    surroundings = {**os.environ, "PYTHONPATH": str(SOURCES)}
    with subprocess.Popen(run, env=surroundings, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "1 of 200,001 payments\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == ""
    assert process.returncode == 130
    assert {path.name for path in tmp_path.iterdir()} == {payments.name, "ours"}


def test_a_run_that_is_killed_leaves_no_output_and_the_next_completes(tmp_path: Path) -> None:
    """Killed when it has priced a part: what was at the place of the output is still there, whole, and nothing else."""
    payments, out = tmp_path / "payments.parquet", tmp_path / "priced.parquet"
    pl.select(amount_minor=pl.int_range(600, 3_000_600) % 100_000 + 600).write_parquet(payments)
    before = pl.DataFrame({"what": ["was there before"]})
    before.write_parquet(out)
    arguments = command(tmp_path, payments, "--out", str(out), "--minor")
    there = {path.name for path in tmp_path.iterdir()}
    run = [sys.executable, "-m", "paycompare", *arguments]
    surroundings = {**os.environ, "PYTHONPATH": str(SOURCES)}
    with subprocess.Popen(run, env=surroundings, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while " of 3,000,000 payments" not in process.stderr.readline():
            assert process.poll() is None, "it was done before it could be killed"
        process.kill()
    assert process.returncode not in (0, 2)
    assert pl.read_parquet(out).equals(before)
    hidden = set() if nameless_files(tmp_path) else {".priced.parquet.part"}
    assert {path.name for path in tmp_path.iterdir()} - hidden == there
    done = subprocess.run(run, env=surroundings, capture_output=True, text=True, check=True)
    assert "3,000,000 payments, 0 of them flagged" in done.stderr
    assert pl.scan_parquet(out).select(pl.len(), pl.col("landed_low").null_count().alias("n")).collect().row(0) == (
        3_000_000,
        0,
    )
    assert {path.name for path in tmp_path.iterdir()} == there


def nameless_files(folder: Path) -> bool:
    """Tell whether the system has files without a name in a folder."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
    except (AttributeError, OSError):
        return False
    return True


@pytest.mark.parametrize("nameless", [True, False])
def test_what_cannot_be_finished_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, nameless: bool
) -> None:
    """With files that have no name and without: a failure leaves the old file, and the next run replaces it.

    What an earlier run left, when it was killed, is gone after either.
    """
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    out = tmp_path / "priced.parquet"
    before = pl.DataFrame({"row": [-1]})
    before.write_parquet(out)
    (tmp_path / ".priced.parquet.part").write_bytes(b"half")
    rows = pl.LazyFrame({"row": range(100_000)})
    with pytest.raises(ZeroDivisionError):
        written(rows.with_columns(pl.col("row").map_batches(lambda _: 1 // 0, return_dtype=pl.Int64)), out)
    assert pl.read_parquet(out).equals(before)
    assert list(tmp_path.iterdir()) == [out]
    written(rows, out)
    assert pl.read_parquet(out).height == 100_000
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_system_without_nameless_files_gets_a_hidden_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is the same."""

    def refused(*_: object) -> int:
        raise OSError

    monkeypatch.setattr(os, "open", refused)
    written(pl.LazyFrame({"row": [1]}), tmp_path / "priced.csv")
    assert (tmp_path / "priced.csv").read_text(encoding="utf-8").split() == ["row", "1"]
