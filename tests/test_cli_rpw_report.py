"""``paycompare rpw report``: a workbook or a page from the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import fastexcel
import pytest

from paycompare.cli import main
from paycompare.survey.sample import write_sample_csv

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return made-up prices of three quarters."""
    place = tmp_path_factory.mktemp("rpw") / "rpw.csv"
    write_sample_csv(place, 1200, periods=["2023_4Q", "2024_1Q", "2024_3Q"])
    return str(place)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command complains of."""
    assert main(["rpw", "report", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_both_forms_at_once(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The receiving country and the quarters are those of the call, and each file is named with its size."""
    xlsx, html = tmp_path / "india.xlsx", tmp_path / "india.html"
    call = ["--to", "IN", "--from", "2023_4Q", "--until", "2024_1Q", "--xlsx", str(xlsx), "--html", str(html)]
    assert main(["rpw", "report", file, *call]) == 0
    printed = capsys.readouterr().out
    assert f"india.xlsx: What it costs to send money to India, {xlsx.stat().st_size:,} bytes" in printed
    assert "Q4 2023 to Q1 2024" in html.read_text(encoding="utf-8")
    assert fastexcel.read_excel(xlsx).sheet_names[0] == "Summary"


def test_from_takes_a_sending_country_too(file: str, tmp_path: Path) -> None:
    """As in the other commands; what is a quarter is one, what is none is a country."""
    html = tmp_path / "corridor.html"
    assert main(["rpw", "report", file, "--from", "US", "--from", "2024_1Q", "--to", "IN", "--html", str(html)]) == 0
    page = html.read_text(encoding="utf-8")
    assert "What it costs to send money from United States to India" in page
    assert "Q1 2024 to Q3 2024" in page


def test_the_downloaded_workbook_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a file, the last workbook of this folder is read; the error here is about that one's bytes."""
    monkeypatch.chdir(tmp_path)
    call = ["--to", "IN", "--xlsx", "india.xlsx"]
    assert "paycompare rpw download fetches it" in refused(call, capsys)
    (tmp_path / "rpw_dataset_2011_2024_q4.xlsx").write_bytes(b"PK\x03\x04 not the last")
    (tmp_path / "rpw_dataset_2011_2025_q3.xlsx").write_bytes(b"PK\x03\x04 nor a workbook")
    os.utime(tmp_path / "rpw_dataset_2011_2024_q4.xlsx", (1, 1))
    assert refused(call, capsys).startswith("paycompare: rpw_dataset_2011_2025_q3.xlsx: workbook: found")
    os.utime(tmp_path / "rpw_dataset_2011_2025_q3.xlsx", (0, 0))  # the newest, not the last by name
    assert refused(call, capsys).startswith("paycompare: rpw_dataset_2011_2024_q4.xlsx: workbook: found")


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ([], "report: found 'no form', expected --xlsx FILE, --html FILE or both"),
        (["--xlsx", "india.xls"], "--xlsx: found 'india.xls', expected a name that ends in .xlsx"),
        (["--html", "nowhere/india.html"], "--html: found 'india.html', expected a folder that is there"),
        (["--to", "FR", "--html", "france.html"], "no services (to FRA)"),
        (["--from", "2024_1Q", "--since", "2024_3Q", "--html", "india.html"], "one first quarter"),
        (["--to", "Kenia", "--html", "india.html"], "Kenia"),
    ],
)
def test_mistakes_are_named(
    call: list[str],
    complaint: str,
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each in one sentence, and no file is left behind."""
    monkeypatch.chdir(tmp_path)
    assert complaint in refused([file, *call], capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Here a folder has its name."""
    (tmp_path / "india.html").mkdir()
    found = refused([file, "--to", "IN", "--html", str(tmp_path / "india.html")], capsys)
    assert "--html: found 'india.html', expected a file that can be written" in found


def test_progress_is_shown_to_whoever_watches(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error of a terminal; a pipe hears nothing."""
    call = ["rpw", "report", file, "--to", "IN", "--html", str(tmp_path / "india.html")]
    assert main(call) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(call) == 0
    assert capsys.readouterr().err.splitlines() == [
        "rpw.csv: reading it",
        "rpw.csv: 96 rows in question",
        *(f"{part}: working it out" for part in ("summary", "series", "corridors", "services", "method")),
        "india.html: writing it",
    ]
