"""``paycompare rpw``: surveyed prices on the command line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from paycompare.cli import main
from tests.surveys import USUAL, csv_of

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    USUAL,
    {**USUAL, "firm": "Other", "cc1 lcu fee": 9, "cc1 total cost %": 8.75},
    {**USUAL, "destination_code": "IND", "destination_name": "India", "cc1 fx margin": 0.25, "cc1 total cost %": 2.75},
]
"""To Kenya 3.75 and 8.75 percent, to India 2.75: on average 5.08, 6.25 and 2.75."""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return a survey of three rows."""
    return str(csv_of(tmp_path / "rpw.csv", ROWS))


def answered(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    """Return what a command prints."""
    found = main(["rpw", *arguments])
    printed = capsys.readouterr()
    assert (found, printed.err) == (code, "")
    return printed.out


def test_load_says_what_was_read_and_how_to_cite_it(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows, quarters, what is null and why, the hash, and the attribution."""
    text = answered(["load", file], capsys)
    assert "3 rows, one quarter, 2025_3Q" in text
    assert "    source_region: 3 '..', the World Bank's sign for none" in text
    assert "The World Bank, Remittance Prices Worldwide" in text


def test_load_lists_rows_for_a_second_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its reason; what a spreadsheet would compute is disarmed."""
    odd = {**USUAL, "firm": "=1+1", "cc1 total cost %": 307.2}
    text = answered(["load", str(csv_of(tmp_path / "odd.csv", [odd])), "--suspects"], capsys)
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["firm"], row["why"]) == ("'=1+1", "total_percent_200 is 307.2")


def test_indices_print_the_rule_the_table_and_the_source(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A column under each heading, and a group that can be read off."""
    text = answered(["indices", file, "--by", "corridor"], capsys)
    assert text.startswith(
        "average: total cost of sending USD 200, percent of the amount; the plain mean over services"
    )
    lines = [line.split() for line in text.splitlines()]
    assert ["2025_3Q", "GBR", "KEN", "6.25", "5.00", "1.25", "2", "1", "2"] in lines
    assert ["2025_3Q", "GBR", "IND", "2.75", "2.50", "0.25", "1", "1", "1"] in lines


@pytest.mark.parametrize(
    ("options", "column", "value"),
    [
        (["--index", "global"], "cost_percent", 15.25 / 3),
        (["--to", "Kenya"], "cost_percent", 6.25),
        (["--from", "GB", "--to", "IN", "--since", "2025_1Q", "--until", "2025_4Q"], "cost_percent", 2.75),
        (["--amount", "500"], "cost_percent", 2.25),
        (["--distribution"], "below_5_share", 2 / 3),
        (["--slope"], "difference_percent", 15.25 / 3 - 2.25),
        (["--index", "smart", "--by", "receiver", "--to", "KE"], "cost_percent", 6.25),
    ],
)
def test_indices_as_csv(
    file: str, options: list[str], column: str, value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table alone, for a spreadsheet, with every digit."""
    [row] = csv.DictReader(io.StringIO(answered(["indices", file, "--csv", *options], capsys)))
    assert float(row[column]) == pytest.approx(value)


def test_a_slope_takes_no_amount(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It compares both amounts, so that one that is asked for would be passed over."""
    assert main(["rpw", "indices", file, "--slope", "--amount", "500"]) == 2
    assert "none beside --slope" in capsys.readouterr().err


def test_the_weighted_average_takes_flows(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three times as much goes to India: (6.25 + 3 x 2.75) / 4 = 3.625."""
    flows = tmp_path / "flows.csv"
    flows.write_text("source,destination,flow\nGBR,KEN,1\nGBR,IND,3\n", encoding="utf-8")
    options = ["--index", "weighted", "--flows", str(flows), "--csv"]
    [row] = csv.DictReader(io.StringIO(answered(["indices", file, *options], capsys)))
    assert float(row["cost_percent"]) == pytest.approx(3.625)
    assert "excess" not in answered(["targets", file], capsys)
    assert "money: above 5" in answered(["targets", file, "--flows", str(flows)], capsys)


def test_targets_are_listed_and_held_against_a_survey(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a survey the promises with their sources; with one, where it stands."""
    listed = answered(["targets"], capsys)
    assert listed.count("agreed 20") == 7
    assert "  agreed 2015-09-25, due 2030-12-31, remittances" in listed
    held = answered(["targets", file], capsys)
    assert "SDG 10.c, global average (in force in 2025_3Q, due 2030-12-31): 5.08%, 2.08 points above 3%" in held
    assert "1 of 2 corridors above 5%" in held


def test_verify_holds_published_averages_against_ours(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """6.25 is reproduced, 2.74 is not, and then the exit code says so; rows are tried by their own arithmetic."""
    published = tmp_path / "published.csv"
    heading = "source_code,destination_code,period,average_total_cost_pct\n"
    published.write_text(f"{heading}GBR,KEN,2025_3Q,6.2549\n", encoding="utf-8")
    text = answered(["verify", file, str(published)], capsys)
    assert "1 of 1 published corridor averages reproduced within 0.005 points" in text
    assert "USD 200: total = fee / amount + margin: 3 of 3 rows (100.00%)" in text
    published.write_text(f"{heading}GBR,IND,2025_3Q,2.74\nGBR,PAK,2025_3Q,1\n", encoding="utf-8")
    text = answered(["verify", file, str(published)], capsys, code=2)
    assert "0 of 2 published" in text
    assert "1 without services of ours" in text
    rows = list(csv.DictReader(io.StringIO(answered(["verify", file, str(published), "--csv"], capsys, code=2))))
    assert float(rows[0]["difference"]) == pytest.approx(0.01)
    assert rows[1]["difference"] == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["indices", "{file}", "--index", "globl"], "nearest is 'global'"),
        (["indices", "{file}", "--by", "corridors"], "--by: found 'corridors'"),
        (["indices", "{file}", "--since", "2025"], "--since: found '2025'"),
        (["indices", "{file}", "--index", "weighted"], "--flows"),
        (["verify", "{file}", "{file}"], "columns: found"),
        (["load", "{missing}"], "missing.xlsx: file: found no such file, expected a survey, such as paycompare rpw"),
        (["load", "{folder}"], "file: found a folder, expected a survey"),
        (
            ["indices", "{file}", "--countries", "{missing}"],
            "found no such file, expected a CSV with the columns Count",
        ),
        (["targets", "{file}", "--flows", "{missing}"], "found no such file, expected a CSV of what flows"),
        (["verify", "{file}", "{missing}"], "found no such file, expected a CSV of published corridor averages"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], words: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the option or the file and what would do, and the exit code is 2."""
    places = {"file": file, "missing": str(tmp_path / "missing.xlsx"), "folder": str(tmp_path)}
    assert main(["rpw", *(one.format(**places) for one in arguments)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert "Traceback" not in printed.err
    assert printed.err.startswith("paycompare: ")


def test_a_file_that_may_not_be_read_is_one_sentence(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the system says of the file is passed on, and no traceback."""

    def refuse(_: Path) -> str:
        raise PermissionError(13, "Permission denied", file)

    monkeypatch.setattr("paycompare.survey.kept.hash_of", refuse)
    assert main(["rpw", "load", file]) == 2
    assert "rpw.csv: file: found Permission denied, expected a file that can be read" in capsys.readouterr().err
