"""Reading the survey: every vintage into one schema, every trap survived and said."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from hashlib import sha256
from os import utime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from paycompare.errors import SurveyError
from paycompare.survey import load, reading
from paycompare.survey.load import read_rpw
from paycompare.survey.sample import PERIODS, write_sample_csv, write_sample_workbook
from paycompare.survey.schema import polars_schema
from paycompare.survey.suspects import suspects
from tests.surveys import EARLIER, USUAL, counted, csv_of, only_row, workbook_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from paycompare.survey.dataset import Survey


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYCOMPARE_CACHE", str(tmp_path / "kept"))


def read(tmp_path: Path, *changes: dict[str, Any], **options: Any) -> Survey:
    """Read a CSV of usual rows, each with its changes."""
    return read_rpw(csv_of(tmp_path / "rpw.csv", [{**USUAL, **each} for each in changes], **options))


def test_both_sheets_of_a_workbook_come_out_in_one_schema(tmp_path: Path) -> None:
    """The sheet up to 2016_1Q and the one after give rows of one schema, each under its own scale of coverage."""
    file = workbook_of(
        tmp_path / "rpw.xlsx",
        {"Legend": [{"a": 1}], "Dataset (up to Q1 2016)": [EARLIER], "Dataset (from Q2 2016)": [USUAL]},
    )
    survey = read_rpw(file)
    assert survey.frame.schema == pl.Schema(polars_schema())
    assert survey.frame["coverage"].to_list() == ["Nationwide", None]
    assert survey.frame["receiving_coverage"].to_list() == [None, "High"]
    assert survey.frame["layout"].to_list() == ["product", "instrument"]
    assert survey.report.sheets == {"Dataset (up to Q1 2016)": 1, "Dataset (from Q2 2016)": 1}


def test_a_workbook_of_one_sheet_of_any_name_is_read(tmp_path: Path) -> None:
    """The vintages before the split had a single sheet."""
    assert read_rpw(workbook_of(tmp_path / "old.xlsx", {"Sheet1": [EARLIER]})).periods == ("2014_1Q",)


def test_numbers_kept_as_text_are_numbers(tmp_path: Path) -> None:
    """Two quarters keep "200.00" for 200, in a workbook and in a parquet file alike (trap 1)."""
    text = {**USUAL, "id": "7", "cc1 lcu amount": "120.00", "cc1 lcu fee": "3.00", "cc1 total cost %": "3.75"}
    book = read_rpw(workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [text, USUAL]}))
    assert book.frame["amount_200"].to_list() == [120.0, 120.0]
    assert book.frame["id"].to_list() == [7, 1]
    pl.DataFrame([{name: str(value) for name, value in text.items()}]).write_parquet(tmp_path / "rpw.parquet")
    parquet = read_rpw(tmp_path / "rpw.parquet")
    assert parquet.frame["total_percent_200"].to_list() == [3.75]
    assert counted(parquet.report.coerced)["amount_200", "numbers kept as text"] == 1


def test_transparent_is_read_in_either_case(tmp_path: Path) -> None:
    """The survey writes yes, no, and from 2025 on Yes (trap 1)."""
    survey = read(tmp_path, {"transparent": "yes"}, {"transparent": "Yes"}, {"transparent": "no"}, {"transparent": "?"})
    assert survey.frame["transparent"].to_list() == [True, True, False, None]
    assert counted(survey.report.nulls)["transparent", "neither yes nor no"] == 1


def test_days_come_as_text_and_as_instants(tmp_path: Path) -> None:
    """A workbook holds days as text, and from 2025 on as Excel's own; no quarter is derived from one (trap 2)."""
    moment = datetime(2025, 8, 18, tzinfo=UTC).replace(tzinfo=None)
    rows = [{**USUAL, "date": "18/Aug/2025"}, {**USUAL, "date": moment}, {**USUAL, "date": "18/Aug/2013"}]
    survey = read_rpw(workbook_of(tmp_path / "rpw.xlsx", {"Dataset": rows}))
    assert survey.frame["day"].to_list() == [date(2025, 8, 18), date(2025, 8, 18), date(2013, 8, 18)]
    assert survey.periods == ("2025_3Q",)
    assert suspects(survey)["why"].to_list() == ["collected on 2013-08-18"]


def test_columns_without_a_heading_and_formulas_do_no_harm(tmp_path: Path) -> None:
    """Cells to the right of the table are passed over, and a formula counts by the value kept with it (trap 3)."""
    from xlsxwriter import Workbook

    with Workbook(str(tmp_path / "rpw.xlsx")) as book:
        sheet = book.add_worksheet("Dataset (from Q2 2016)")
        sheet.write_row(0, 0, list(USUAL))
        sheet.write_row(1, 0, list(USUAL.values()))
        column = list(USUAL).index("cc1 total cost %")
        sheet.write_formula(1, column, "='[desk.xlsx]Sheet1'!A1", None, 3.75)
        sheet.write_row(1, len(USUAL), [1, 2, 3, 4, 5])
        sheet.write_blank(400, 70, None, book.add_format({"bold": True}))
    row = only_row(read_rpw(tmp_path / "rpw.xlsx").frame)
    assert row["total_percent_200"] == 3.75


def test_a_zero_margin_that_was_not_disclosed_is_null(tmp_path: Path) -> None:
    """Not transparent and zero means not known; the stated total, the fee alone, stays (trap 4)."""
    hidden = {"transparent": "no", "cc1 fx margin": 0, "cc1 total cost %": 2.5, "cc1 lcu fx rate": 1}
    survey = read(tmp_path, {**hidden, "inter lcu bank fx": 1}, {"cc1 fx margin": 0})
    assert survey.frame["margin_percent_200"].to_list() == [None, 0.0]
    assert survey.frame["total_percent_200"].to_list() == [2.5, 3.75]
    assert counted(survey.report.nulls)["margin_percent_200", "zero under a rate that was not disclosed"] == 1
    unsaid = read(tmp_path, {**hidden, "transparent": ""}, {})  # of which nobody says that it was disclosed
    assert unsaid.frame["margin_percent_200"].to_list() == [None, 1.25]


def test_a_hidden_margin_that_is_not_zero_stays(tmp_path: Path) -> None:
    """A margin that was stated is a statement, whatever the flag says."""
    assert read(tmp_path, {"transparent": "no"}).frame["margin_percent_200"].to_list() == [1.25]


def test_rates_of_one_are_not_taken_for_parity(tmp_path: Path) -> None:
    """Applied and interbank rate both 1 means no exchange, or none that could be compared (trap 5)."""
    ones = {"cc1 lcu fx rate": 1, "inter lcu bank fx": 1}
    survey = read(tmp_path, ones, {}, {**ones, "inter lcu bank fx": 160}, {**ones, "cc1 lcu fx rate": 158})
    assert survey.frame["comparable"].to_list() == [False, True, True, True]
    assert any("rows with applied and interbank rate 1: 1;" in note for note in survey.report.notes)


def test_an_amount_in_another_unit_is_told(tmp_path: Path) -> None:
    """A row with 200 under a currency whose other rows send 150,000 is a slip, and it stays (trap 8)."""
    rows = [{"cc1 lcu code": "RWF", "cc1 lcu amount": 150_000, "cc1 lcu fee": 3750}] * 4
    survey = read(tmp_path, *rows, {"cc1 lcu code": "RWF", "cc1 lcu amount": 200, "firm": "Slip"})
    found = suspects(survey)
    assert found["firm", "why"].rows() == [("Slip", "amount_200 is 200 RWF where 150,000 is usual")]
    assert survey.frame.height == 5
    amounts = [120.0] * 8 + [1_200.0, 12.0, 1_212.0, 11.0]  # ten times is the most that is not another unit
    off = suspects(read(tmp_path, *({"cc1 lcu amount": amount, "firm": f"{amount}"} for amount in amounts)))
    assert sorted(off["firm"]) == ["11.0", "1212.0"]


def test_a_row_of_fractions_among_percent_is_listed_and_most_of_a_quarter_is_refused(tmp_path: Path) -> None:
    """Of four rows two may be odd ones, and stay; where three of five state fractions, the quarter does."""
    alone = {"cc1 fx margin": 0, "cc1 total cost %": 2.5}  # a fee alone comes out whatever its margin of zero is in
    survey = read(tmp_path, {}, alone, {**FRACTIONS, "firm": "Odd"}, {**FRACTIONS, "firm": "Odd"})
    assert (
        suspects(survey)["firm", "why"].rows()
        == [("Odd", "for USD 200 total = fee / amount + margin holds only if 0.05 stands for 5 percent")] * 2
    )
    with pytest.raises(SurveyError, match=r"fractions of one: .* in 3 rows"):
        read(tmp_path, {}, {}, *[FRACTIONS] * 3)


def test_rows_that_repeat_are_kept_and_told(tmp_path: Path) -> None:
    """Published averages count exact duplicates, so they stay; a repeated id is told too (trap 9)."""
    survey = read(tmp_path, {}, {"id": 2}, {"id": 2, "firm": "Other"})
    assert survey.frame.height == 3
    assert any(note.startswith("rows that repeat an earlier one in all but the id: 1;") for note in survey.report.notes)
    assert any(note.startswith("rows that repeat an id of their quarter: 1") for note in survey.report.notes)


def test_negative_and_huge_costs_are_data(tmp_path: Path) -> None:
    """A margin of -58.92 percent and a total of 307.2 are kept; the extremes can be listed (trap 10)."""
    survey = read(tmp_path, {"cc1 fx margin": -58.92, "cc1 total cost %": -56.42}, {"cc1 total cost %": 307.2})
    assert survey.frame["total_percent_200"].to_list() == [-56.42, 307.2]
    assert sorted(suspects(survey)["why"]) == [
        "margin_percent_200 is -58.92",
        "total_percent_200 is -56.42",
        "total_percent_200 is 307.2",
    ]


def test_zeros_that_stand_for_nothing_are_null(tmp_path: Path) -> None:
    """An amount of 0 and an interbank rate of 0 would divide by zero; blanks are counted (trap 11)."""
    survey = read(
        tmp_path, {"cc2 lcu amount": 0, "cc1 lcu amount": "", "inter lcu bank fx": 0, "cc2 lcu fx rate": -158}
    )
    row = only_row(survey.frame)
    assert [row[name] for name in ("amount_500", "amount_200", "interbank", "rate_500")] == [None] * 4
    nulls = counted(survey.report.nulls)
    assert nulls["amount_500", "zero or less"] == nulls["interbank", "zero or less"] == 1
    assert nulls["rate_500", "zero or less"] == nulls["amount_200", "blank"] == 1


def test_text_where_a_number_belongs_is_null_and_told(tmp_path: Path) -> None:
    """A CSV's cell that is no number is told apart from a blank one."""
    survey = read(tmp_path, {"cc1 lcu fee": "free", "cc2 lcu fee": "n/a", "cc1 fx margin": "inf"}, {})
    row = survey.frame.row(0, named=True)
    assert (row["fee_200"], row["fee_500"], row["margin_percent_200"]) == (None, None, None)
    nulls = counted(survey.report.nulls)
    assert nulls["fee_200", "not a number"] == nulls["fee_500", "blank"] == 1
    assert nulls["margin_percent_200", "not a number"] == 1
    assert "rpw.csv: fee_200: no number can be had in row 1 below the headings: 'free'" in survey.report.notes


@pytest.mark.parametrize(
    ("cells", "read", "why"),
    [
        (["5,25", "1,234"], [5.25, 1.234], None),
        (["1.234,50", "1.234"], [1234.5, 1234.0], None),
        (["0,125", "-3,5"], [0.125, -3.5], None),
        (["1,234.50", "17,000"], [1234.5, 17000.0], None),
        (["1,234,567", "12"], [1234567.0, 12.0], None),
        (["5,25", "5.25", "1,234"], [5.25, 5.25, None], "whose comma may part thousands or decimals"),
        (["12,34.5", "12"], [None, 12.0], "not a number"),
        (["1.5e-3", "nan"], [0.0015, None], "not a number"),
        (["2.5 %", "3%"], [2.5, 3.0], None),
    ],
)
def test_a_column_tells_decimal_commas_from_thousands(
    tmp_path: Path, cells: list[str], read: list[float | None], why: str | None
) -> None:
    """5,25 is five and a quarter and 17,000 is not seventeen; what could be either is null, with its reason."""
    name = "total_percent_500"
    survey = read_rpw(csv_of(tmp_path / "rpw.csv", [{**USUAL, "cc2 total cost %": cell} for cell in cells]))
    assert survey.frame[name].to_list() == read
    assert [words for column, words in counted(survey.report.nulls) if column == name] == ([why] if why else [])


@pytest.mark.parametrize(("told", "read_as"), [("3.75", 17_000.0), ("3,75", 17.0), ("3", None)])
def test_a_column_that_does_not_tell_follows_its_sheet(tmp_path: Path, told: str, read_as: float | None) -> None:
    """17,000 alone may be either; the other columns of its file say how it writes decimals."""
    figures = [name for name, value in USUAL.items() if isinstance(value, int | float) and "denomination" not in name]
    whole = dict.fromkeys(figures, 1)
    survey = read(tmp_path, {**whole, "cc1 total cost %": told, "cc2 lcu amount": "17,000"})
    assert survey.frame["amount_500"].to_list() == [read_as]


def test_a_workbook_tells_text_that_is_no_number_from_blanks(tmp_path: Path) -> None:
    """Text, blank and decimal comma are three things in a workbook too; its own numbers stay as they are."""
    fees = [3.125, "free", "", "1,5", 1e-7]
    survey = read_rpw(workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [{**USUAL, "cc1 lcu fee": fee} for fee in fees]}))
    assert survey.frame["fee_200"].to_list() == [3.125, None, None, 1.5, 1e-7]
    nulls = counted(survey.report.nulls)
    assert nulls["fee_200", "not a number"] == nulls["fee_200", "blank"] == 1
    assert "Dataset: fee_200: no number can be had in row 2 below the headings: 'free'" in survey.report.notes


def test_cells_with_an_error_are_told(tmp_path: Path) -> None:
    """The error of a formula is read as blank, and said."""
    from xlsxwriter import Workbook

    with Workbook(str(tmp_path / "rpw.xlsx")) as book:
        sheet = book.add_worksheet("Dataset")
        sheet.write_row(0, 0, list(USUAL))
        sheet.write_row(1, 0, list(USUAL.values()))
        sheet.write_formula(1, list(USUAL).index("inter lcu bank fx"), "=1/0", None, "#DIV/0!")
    notes = read_rpw(tmp_path / "rpw.xlsx").report.notes
    assert "cells with the error of a formula, such as #DIV/0!: 1; they count as blank" in notes


def test_figures_of_a_parquet_file_that_are_none_are_null(tmp_path: Path) -> None:
    """Not a number and infinity are values of a float, and no prices."""
    rows = [{**USUAL, "cc1 lcu fee": fee} for fee in (3.0, float("nan"), float("inf"), None)]
    pl.DataFrame(rows).write_parquet(tmp_path / "rpw.parquet")
    survey = read_rpw(tmp_path / "rpw.parquet")
    assert survey.frame["fee_200"].to_list() == [3.0, None, None, None]
    nulls = counted(survey.report.nulls)
    assert (nulls["fee_200", "not a number"], nulls["fee_200", "blank"]) == (2, 1)


@pytest.mark.parametrize("missing", ["cc1 lcu fx rate", "inter lcu bank fx", "cc1 fx margin", "transparent"])
def test_a_column_that_is_needed_is_missed_by_its_name(tmp_path: Path, missing: str) -> None:
    """The error names the heading, the sheet, and which layout was recognised."""
    row = {name: value for name, value in USUAL.items() if name != missing}
    with pytest.raises(SurveyError, match=f"'Dataset'.*among headings of the layout from 2016_2Q on.*'{missing}'"):
        read_rpw(workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [row]}))


@pytest.mark.parametrize("missing", [name for name in USUAL if name.startswith("cc2")])
def test_a_column_of_the_larger_amount_may_be_missing(tmp_path: Path, missing: str) -> None:
    """What a file does without is null, and the report says so."""
    row = {name: value for name, value in USUAL.items() if name != missing}
    survey = read_rpw(csv_of(tmp_path / "rpw.csv", [row]))
    assert survey.frame["total_percent_200"].to_list() == [3.75]
    if "denomination" not in missing:
        [told] = [note for note in survey.report.notes if "has no column for" in note]
        assert "_500" in told


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(("separator", "end"), [(",", "\r\n"), (";", "\r"), ("\t", "\n")])
def test_a_csv_comes_in_the_encodings_and_separators_of_spreadsheets(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    """A spreadsheet's "Unicode text" is UTF-16 with tabs; one in much of Europe writes semicolons."""
    lines = [separator.join(map(str, cells)) for cells in (USUAL, {**USUAL, "firm": "Envíos"}.values())]
    (tmp_path / "rpw.csv").write_bytes((end.join(lines) + end).encode(encoding))
    assert read_rpw(tmp_path / "rpw.csv").frame["firm"].to_list() == ["Envíos"]


@pytest.mark.parametrize("day", ["2025-08-18T00:00:00", "2025-08-18T09:30:00.000Z", "2025-08-18 00:00:00"])
def test_days_come_with_the_time_of_day(tmp_path: Path, day: str) -> None:
    """ISO 8601 parts day and time with a T."""
    survey = read(tmp_path, {"date": day})
    assert survey.frame["day"].to_list() == [date(2025, 8, 18)]
    assert counted(survey.report.coerced)["day", "days kept as an instant"] == 1


@pytest.mark.parametrize(
    ("cells", "days", "why"),
    [
        (["18/08/2025", "08/05/2025"], [date(2025, 8, 18), date(2025, 5, 8)], None),
        (["8/18/2025 0:00", "8/5/2025 0:00"], [date(2025, 8, 18), date(2025, 8, 5)], None),
        (["08/05/2025", "07/07/2025"], [None, date(2025, 7, 7)], "whose day and month may be either way round"),
        (
            ["18/08/2025", "08/18/2025", "08/05/2025"],
            [date(2025, 8, 18)] * 2 + [None],
            "whose day and month may be either way round",
        ),
        (["18/Aug/25", "18/08/25"], [None, None], "not a day"),
    ],
)
def test_a_column_tells_whether_days_or_months_come_first(
    tmp_path: Path, cells: list[str], days: list[date | None], why: str | None
) -> None:
    """08/05/2025 follows the other days of its column, and is not guessed at; 25 is no year of this survey."""
    survey = read(tmp_path, *({"date": cell} for cell in cells))
    assert survey.frame["day"].to_list() == days
    nulls = counted(survey.report.nulls)
    assert {words: count for (column, words), count in nulls.items() if column == "day"} == (
        {why: days.count(None)} if why else {}
    )


def test_a_csv_whose_end_is_open_is_told(tmp_path: Path) -> None:
    """Without a line's end the last cell may be short, which nothing else would show."""
    file = csv_of(tmp_path / "rpw.csv", [USUAL])
    assert not any("no line's end" in note for note in read_rpw(file).report.notes)
    file.write_bytes(file.read_bytes()[:-3])
    assert any("no line's end closes the last row" in note for note in read_rpw(file).report.notes)


def test_a_file_that_joins_both_layouts_keeps_them_apart_by_row(tmp_path: Path) -> None:
    """Rows of both layouts under one heading row stay what they are; a column that both claim is an error."""
    names = dict.fromkeys([*EARLIER, *USUAL])
    del names["pick-up method"]
    rows = [{name: one.get(name, "") for name in names} for one in (EARLIER, USUAL)]
    survey = read_rpw(csv_of(tmp_path / "rpw.csv", rows))
    assert survey.frame["layout"].to_list() == ["product", "instrument"]
    assert survey.frame["sending_location", "access_point"].rows() == [("at Branch", None), (None, "Internet")]
    assert survey.frame["coverage", "receiving_coverage"].rows() == [("Nationwide", None), (None, "High")]
    with pytest.raises(SurveyError, match="row 1 below the headings, product: found 'Cash to cash'"):
        read_rpw(csv_of(tmp_path / "rpw.csv", [{**USUAL, "product": "Cash to cash"}]))
    with pytest.raises(SurveyError, match="two columns pickup_method: 'pick-up method' and 'pickup method'"):
        read_rpw(csv_of(tmp_path / "rpw.csv", [{**EARLIER, **USUAL}]))


def test_a_sheet_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Its rows would count twice in every average; sheets that part a quarter are read, and told."""
    later = {**USUAL, "id": 2, "period": "2024_1Q"}
    with pytest.raises(SurveyError, match=r"sheet 'Dataset'.*rows that sheet 'Dataset \(2\)' has too: 1"):
        read_rpw(workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [USUAL, later], "Dataset (2)": [USUAL]}))
    parted = read_rpw(workbook_of(tmp_path / "parted.xlsx", {"Dataset": [USUAL], "Dataset (2)": [{**USUAL, "id": 2}]}))
    assert parted.report.rows == 2
    assert "Dataset and Dataset (2) both have rows of 2025_3Q" in parted.report.notes


def test_reading_a_workbook_writes_nothing_on_stderr(tmp_path: Path) -> None:
    """The reader's guesses at the type of an empty column under an unusual heading are no news."""
    row = {("Standard_Note" if name == "corridor" else name): value for name, value in USUAL.items()}
    workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [{**row, "Standard_Note": "", "NOTE 2": ""}]})
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from paycompare.survey.load import read_rpw; read_rpw(sys.argv[1])",
            str(tmp_path / "rpw.xlsx"),
        ],
        capture_output=True,
        check=True,
    )
    assert run.stderr == b""


def test_signs_for_nothing_become_null_each_with_its_reason(tmp_path: Path) -> None:
    """Two dots, N/A and Not available are three ways to say nothing; Kosovo has one code (trap 12)."""
    survey = read(tmp_path, {"speed actual": "N/A", "destination_code": "KSV", "corridor": "GBRXKX"})
    row = only_row(survey.frame)
    assert (row["source_region"], row["speed"]) == (None, None)
    assert (row["destination"], row["corridor"]) == ("XKX", "GBRXKX")
    nulls = counted(survey.report.nulls)
    assert nulls["source_region", "'..', the World Bank's sign for none"] == nulls["speed", "'N/A'"] == 1
    assert ("destination", "KSV for Kosovo, read as XKX") in counted(survey.report.coerced)
    earlier = read_rpw(csv_of(tmp_path / "old.csv", [{**EARLIER, "sending location": "Not available"}]))
    assert counted(earlier.report.nulls)["sending_location", "'Not available': not collected"] == 1


def test_twins_of_a_firm_have_one_key(tmp_path: Path) -> None:
    """Case, blanks and a change of name do not make another provider; the name stays as written (trap 13)."""
    names = ["Azimo", "azimo ", "Transferwise", "Wise", "Santander Envíos"]
    file = csv_of(tmp_path / "rpw.csv", [{**USUAL, "firm": name} for name in names], encoding="cp1252")
    survey = read_rpw(file)
    assert survey.frame["firm_key"].to_list() == ["azimo", "azimo", "wise", "wise", "santander envíos"]
    assert survey.frame["firm"].to_list() == ["Azimo", "azimo", "Transferwise", "Wise", "Santander Envíos"]


def test_the_hash_of_the_file_is_in_report_and_citation(tmp_path: Path) -> None:
    """Two workbooks have carried one name, so the bytes are named (trap 14)."""
    survey = read(tmp_path, {})
    digest = sha256((tmp_path / "rpw.csv").read_bytes()).hexdigest()
    assert survey.sha256 == digest
    assert digest in survey.cite()
    assert (
        "The World Bank, Remittance Prices Worldwide, available at http://remittanceprices.worldbank.org"
        in survey.cite()
    )


@pytest.mark.parametrize(
    ("column", "heading", "written", "meant"),
    [
        ("speed", "speed actual", "less than one hour", "Less than one hour"),
        ("speed", "speed actual", "Next Day", "Next day"),
        ("receiving_coverage", "receiving network coverage", "low", "Low"),
        ("payment_instrument", "payment instrument", "Cash, Credit Card", "Cash, Credit card"),
        ("pickup_method", "pickup method", "Own/Partner bank account", "Own/partner bank account"),
        ("pickup_method", "pickup method", "ATM Network, Bank Acciunt", "ATM network, Bank account"),
        ("firm_type", "firm_type", "Bank/Post office", "Bank / Post office"),
        ("firm_type", "firm_type", "Money Transfer Operator / Post Office", "Money Transfer Operator / Post office"),
        ("destination_income", "destination_income", "Lower income", "Low income"),
        ("currency_200", "cc1 lcu code", "gbp", "GBP"),
    ],
)
def test_labels_have_one_spelling(tmp_path: Path, column: str, heading: str, written: str, meant: str) -> None:
    """Spellings of one label meet, and the report counts what was respelled."""
    survey = read(tmp_path, {heading: written})
    assert only_row(survey.frame)[column] == meant
    assert counted(survey.report.coerced)[column, "in the usual spelling"] == 1


def test_a_label_nobody_documented_is_kept_and_told(tmp_path: Path) -> None:
    """A new category is not forced into an old one."""
    survey = read(tmp_path, {"pickup method": "Carrier pigeon"})
    assert only_row(survey.frame)["pickup_method"] == "Carrier pigeon"
    assert any("'Carrier pigeon' is not among the documented labels" in note for note in survey.report.notes)


def test_the_franc_follows_the_sender(tmp_path: Path) -> None:
    """CFA is XOF in Senegal and XAF in Cameroon; elsewhere nobody knows which, and it stays."""
    senders = ["SEN", "CMR", "GBR"]
    survey = read(tmp_path, *({"source_code": code, "cc1 lcu code": "CFA"} for code in senders))
    assert survey.frame["currency_200"].to_list() == ["XOF", "XAF", "CFA"]


def test_a_number_of_a_row_that_is_none_is_null_and_told(tmp_path: Path) -> None:
    """Half a number, one that is too long to be told from its neighbour, and a word are no row's number."""
    survey = read(tmp_path, {"id": 1.5}, {"id": 10**23}, {"id": "A17"}, {"id": 2**53})
    assert survey.frame["id"].to_list() == [None, None, None, 2**53]
    nulls = counted(survey.report.nulls)
    assert (nulls["id", "not a whole number"], nulls["id", "not a number"]) == (2, 1)


def test_a_layout_is_known_by_any_column_of_its_own(tmp_path: Path) -> None:
    """A heading that was changed does not make a row of 2025 one of 2014, of which nothing digital is known."""
    row = {("instruments" if name == "payment instrument" else name): value for name, value in USUAL.items()}
    assert only_row(read_rpw(csv_of(tmp_path / "rpw.csv", [row])).frame)["layout"] == "instrument"


def test_blank_cells_at_the_end_of_a_row_are_cells(tmp_path: Path) -> None:
    """Only where the separators are missing too was a row cut."""
    survey = read(tmp_path, {"corridor": ""}, {})
    assert survey.frame["corridor"].to_list() == ["GBRKEN"] * 2


def test_headings_may_be_spelled_otherwise(tmp_path: Path) -> None:
    """Capitals, and one copy's "Sending location" for the access point, are understood."""
    rows = [{("Sending location" if name == "access point" else name): value for name, value in USUAL.items()}]
    survey = read_rpw(csv_of(tmp_path / "rpw.csv", rows, upper=True))
    assert only_row(survey.frame)["access_point"] == "Internet"
    spaced = [{("CC1  LCU_Fee" if name == "cc1 lcu fee" else name): value for name, value in USUAL.items()}]
    book = read_rpw(workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [{**spaced[0], "CC1  LCU_Fee": "3.00"}, *spaced]}))
    assert book.frame["fee_200"].to_list() == [3.0, 3.0]


def test_emptiness_below_the_table_is_passed_over(tmp_path: Path) -> None:
    """Rows in which nothing stands are no rows."""
    survey = read_rpw(csv_of(tmp_path / "rpw.csv", [dict(USUAL), dict.fromkeys(USUAL, "")]))
    assert survey.report.rows == 1
    assert any("blank rows passed over: 1" in note for note in survey.report.notes)


def _half_a_workbook(path: Path) -> None:
    write_sample_workbook(path, 100)
    path.write_bytes(path.read_bytes()[:9000])


def _headings_alone(path: Path) -> None:
    csv_of(path, [USUAL])
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def _a_row_that_ends_early(path: Path) -> None:
    csv_of(path, [USUAL] * 3)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = ",".join(lines[2].split(",")[:20])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _a_heading_twice(path: Path) -> None:
    csv_of(path, [USUAL])
    path.write_text(path.read_text(encoding="utf-8").replace("pickup location", "cc1 lcu fee", 1), encoding="utf-8")


FRACTIONS = {"cc1 fx margin": 0.0125, "cc1 total cost %": 0.0375}
"""What a usual row has in percent, as a spreadsheet that shows it with a percent sign keeps it."""

BROKEN: dict[str, Callable[[Path], object]] = {
    "no zip after all": lambda path: path.write_bytes(b"PK\x03\x04 and nothing more"),
    "half a workbook": _half_a_workbook,
    "half a parquet file": lambda path: path.write_bytes(b"PAR1 and nothing more"),
    "empty": lambda path: path.write_bytes(b""),
    "headings alone": _headings_alone,
    "another table": lambda path: path.write_text("a,b\n1,2\n", encoding="utf-8"),
    "no sheet of rows": lambda path: workbook_of(path, {"Legend": [{"a": 1}], "Countries": [{"b": 2}]}),
    "a quarter that is none": lambda path: csv_of(path, [USUAL, {**USUAL, "period": "2025Q3"}]),
    "a country that is none": lambda path: csv_of(path, [{**USUAL, "source_code": "Kenya"}]),
    "no firm": lambda path: csv_of(path, [{**USUAL, "firm": " "}]),
    "a column twice": lambda path: csv_of(path, [{**USUAL, "CC1_LCU_fee": 3}]),
    "a heading twice": _a_heading_twice,
    "a heading twice in a workbook": lambda path: workbook_of(path, {"Dataset": [{**USUAL, "cc1 lcu fee_1": 3}]}),
    "cut in a row": lambda path: csv_of(path, [USUAL] * 3) and path.write_bytes(path.read_bytes()[:-150]),
    "bytes of zero": lambda path: path.write_bytes(b"period\0,source\n1,2\n"),
    "no row that ends": lambda path: path.write_text("x" * 200_000, encoding="utf-8"),
    "no yes and no no": lambda path: csv_of(path, [{**USUAL, "transparent": "Y"}] * 2),
    "an xls workbook": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "fractions": lambda path: csv_of(path, [USUAL, *[{**USUAL, "period": "2025_1Q", **FRACTIONS}] * 2]),
    "margins as fractions": lambda path: csv_of(path, [{**USUAL, "cc2 fx margin": 0.0125}] * 2),
    "totals as fractions": lambda path: csv_of(path, [{**USUAL, "cc1 total cost %": 0.0375}] * 2),
    "amounts the other way round": lambda path: csv_of(path, [{**USUAL, "cc1 denomination amount": 500}] * 2),
    "a list in a cell": lambda path: pl.DataFrame([{**USUAL, "cc1 lcu fee": [3]}]).write_parquet(path),
    "a row that ends early": _a_row_that_ends_early,
    "a row with too many cells": lambda path: csv_of(path, [USUAL, {**USUAL, "more": 1}, USUAL]),
    "no figure in a column": lambda path: csv_of(path, [{**USUAL, "cc1 total cost %": "dear"}] * 2),
}
"""Each writes a file with one fault."""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no zip after all", "undamaged xlsx"),
        ("half a workbook", "undamaged xlsx"),
        ("half a parquet file", "undamaged file"),
        ("empty", "found nothing"),
        ("headings alone", "headings without rows"),
        ("another table", "no column for period, source"),
        ("no sheet of rows", "found 'Legend', 'Countries'"),
        ("a quarter that is none", "row 2 below the headings, period: found '2025Q3'"),
        ("a country that is none", "source: found 'KENYA'"),
        ("no firm", "firm: found None"),
        ("a column twice", "two columns fee_200: 'cc1 lcu fee' and 'CC1_LCU_fee'"),
        ("a heading twice", "two columns fee_200"),
        ("a heading twice in a workbook", "two columns fee_200"),
        ("cut in a row", "cells in the last row"),
        ("bytes of zero", "UTF-16 with its mark"),
        ("no row that ends", "cells that cannot be told apart"),
        ("no yes and no no", "row 1 below the headings, transparent: found 'Y', expected yes or no"),
        ("an xls workbook", "xls workbook"),
        ("fractions", "2025_1Q, total or margin for USD 200: found fractions of one: only so does"),
        ("margins as fractions", "2025_3Q, total or margin for USD 500: found fractions of one"),
        ("totals as fractions", "2025_3Q, total or margin for USD 200: found fractions of one"),
        ("amounts the other way round", "label_200: found 500 and in no row 200, expected columns for USD 200"),
        ("a list in a cell", "parquet: found bytes that cannot be read (cannot cast List type"),
        ("a row that ends early", "CSV, row 2 below the headings: found 20 of"),
        ("a row with too many cells", "fields than defined in 'Schema'), expected a whole, undamaged file"),
        ("no figure in a column", "row 1 below the headings, total_percent_200: found 'dear'"),
    ],
)
def test_a_malformed_file_says_what_is_wrong_and_leaves_no_cache(tmp_path: Path, name: str, words: str) -> None:
    """The error names the file, the place, what stands there and what would be right; nothing is kept of it."""
    BROKEN[name](tmp_path / "broken")
    with pytest.raises(SurveyError) as caught:
        read_rpw(tmp_path / "broken")
    assert words in str(caught.value)
    assert caught.value.file == "broken"
    assert not list((tmp_path / "kept").glob("*.parquet"))
    assert not list((tmp_path / "kept").glob("*.new"))


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that holds gigabytes of nothing is refused before it is unpacked; so is one that is too large."""
    file = workbook_of(tmp_path / "rpw.xlsx", {"Dataset": [USUAL]})
    with monkeypatch.context() as patch:
        patch.setattr(reading, "LARGEST_CONTENT", 1000)
        with pytest.raises(SurveyError, match="bytes unpacked, expected at most 1,000"):
            read_rpw(file)
    monkeypatch.setattr(load, "LARGEST_FILE", 1000)
    with pytest.raises(SurveyError, match="expected at most 1,000"):
        read_rpw(file)


def test_a_second_reading_comes_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read once is not parsed again, and is the same; a changed file is parsed."""
    file = tmp_path / "rpw.csv"
    write_sample_csv(file, 60, periods=["2025_1Q", "2025_3Q"])
    first = read_rpw(file)
    with monkeypatch.context() as patch:
        patch.setattr(load, "sheets_of", lambda *_: pytest.fail("it was parsed again"))
        again = read_rpw(file)
    assert again.frame.equals(first.frame)
    assert str(again.report) == str(first.report)
    write_sample_csv(file, 70, periods=["2025_1Q", "2025_3Q"])
    assert read_rpw(file).report.rows == 70


def test_the_cache_keeps_the_newest_few(tmp_path: Path) -> None:
    """Surveys that were read long ago do not pile up."""
    for number in range(8):
        read_rpw(csv_of(tmp_path / "rpw.csv", [{**USUAL, "id": number}]))
    assert len(list((tmp_path / "kept").glob("*.parquet"))) == 6


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    """A copy that cannot be read is no copy, and one in which a single bit has turned is another survey."""
    file = tmp_path / "rpw.csv"
    write_sample_csv(file, 60, periods=["2025_3Q"])
    first = read_rpw(file)
    [kept] = (tmp_path / "kept").glob("*.parquet")
    whole = kept.read_bytes()
    damaged = [whole[:200], b""]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), len(whole) // 50)]
    for bytes_kept in damaged:
        kept.write_bytes(bytes_kept)
        again = read_rpw(file)
        assert again.frame.equals(first.frame)
        assert str(again.report) == str(first.report)
        assert kept.read_bytes() == whole


def test_a_file_that_takes_anothers_place_and_time_is_read(tmp_path: Path) -> None:
    """A copy made with its times has the size and the time of what it replaces, and may have other figures."""
    file = csv_of(tmp_path / "rpw.csv", [USUAL])
    assert read_rpw(file).frame["firm"].to_list() == ["Some Sender"]
    other = csv_of(tmp_path / "other.csv", [{**USUAL, "firm": "Another One"}])
    state = file.stat()
    utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(file)
    assert read_rpw(file).frame["firm"].to_list() == ["Another One"]


def test_without_a_cache_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written, or no cache at all, is done without."""
    monkeypatch.setenv("PAYCOMPARE_CACHE", "off")
    file = csv_of(tmp_path / "rpw.csv", [USUAL])
    assert read_rpw(file).report.rows == 1
    (tmp_path / "a file").write_text("", encoding="utf-8")
    monkeypatch.setenv("PAYCOMPARE_CACHE", str(tmp_path / "a file"))
    assert read_rpw(file).report.rows == 1


def test_a_generated_workbook_has_the_true_layout(tmp_path: Path) -> None:
    """54 quarters over two sheets, 17 and 37 of them, as the workbook of 2025_3Q has."""
    write_sample_workbook(tmp_path / "made.xlsx", 540)
    survey = read_rpw(tmp_path / "made.xlsx")
    assert survey.report.sheets == {"Dataset (up to Q1 2016)": 170, "Dataset (from Q2 2016)": 370}
    assert survey.periods == PERIODS
    assert survey.frame.filter(pl.col("period") == "2024_3Q")["total_percent_200"].null_count() == 0
    assert survey.frame["day"].null_count() == 0


def test_a_copy_made_by_other_code_is_not_used(tmp_path: Path) -> None:
    """The name of a copy moves with the text of the code that reads."""
    from paycompare.survey.kept import reading_in

    names = set()
    for version in ("one", "two"):
        folder = tmp_path / version
        folder.mkdir()
        (folder / "reading.py").write_text(version, encoding="utf-8")
        names.add(reading_in(folder))
    assert len(names) == 2
