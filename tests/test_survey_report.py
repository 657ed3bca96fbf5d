"""Reports on a survey: their figures are those of the indices, and what comes from outside stays text."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from io import BytesIO
from typing import TYPE_CHECKING, Any

import fastexcel
import openpyxl
import polars as pl
import pytest

import paycompare as pc
from paycompare.survey.captions import lines
from paycompare.survey.document import as_page
from paycompare.survey.indices import corridors_without
from paycompare.survey.report import report_on
from paycompare.survey.sample import survey_of_rows, write_sample_csv
from paycompare.survey.tables import Column, Listing, great_table, listed, told
from paycompare.survey.workbook import workbook_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from paycompare.survey.dataset import Survey
    from paycompare.survey.report import Report

SHEETS = ["Summary", "Series", "Corridors", "Services", "Method"]
CENT = 0.0051
"""Half of the last decimal that is shown."""
HOSTILE = '=HYPERLINK("http://evil.example";"<img src=x onerror=alert(1)>")'


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """Made-up prices to India, in the layout of the World Bank's newer sheet."""
    file = tmp_path_factory.mktemp("rpw") / "rpw.csv"
    write_sample_csv(file, 1200, periods=["2023_4Q", "2024_1Q", "2024_3Q"])
    return pc.read_rpw(file, cache=False).only(to="IN")


@pytest.fixture(scope="module")
def report(survey: Survey) -> Report:
    """The report on them."""
    return report_on(survey)


@pytest.fixture(scope="module")
def book(report: Report) -> dict[str, Worksheet]:
    """Its workbook, read again."""
    read = openpyxl.load_workbook(BytesIO(workbook_bytes(report)))
    return {sheet.title: sheet for sheet in read.worksheets}


@pytest.fixture(scope="module")
def hostile() -> Report:
    """A report on a file whose words are meant to be run."""
    return report_on(survey_of_rows([{"firm": HOSTILE, "firm_type": "<b>Bank</b> & sons"}]))


def table(sheet: Worksheet, title: str) -> list[dict[str, Any]]:
    """The rows under a heading of a sheet, by the titles of their columns."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(number for number, row in enumerate(rows) if row[0] == title)
    heads = [head for head in rows[top + 1] if head is not None]
    found = []
    for row in rows[top + 2 :]:
        if row[1] is None:  # a note, or nothing
            break
        found.append(dict(zip(heads, row, strict=False)))
    return found


def test_the_workbook_has_its_five_sheets(report: Report) -> None:
    """Summary, series, corridors, services and method, as another reader sees them."""
    assert fastexcel.read_excel(workbook_bytes(report)).sheet_names == SHEETS


def test_series_are_the_indices(survey: Survey, book: dict[str, Worksheet]) -> None:
    """Each quarter has the average, its parts, SmaRT and the larger amount, to two decimals."""
    index, smart, large = survey.index(), survey.index("smart"), survey.index(amount=500)
    rows = table(book["Series"], "Every quarter")
    assert [row["Quarter"] for row in rows] == ["Q4 2023", "Q1 2024", "Q3 2024"]
    for row, period in zip(rows, survey.periods, strict=True):
        assert row["Average, USD 200, %"] == pytest.approx(index.value(period), abs=CENT)
        assert row["Fee, %"] == pytest.approx(index.value(period, column="fee_percent"), abs=2 * CENT)
        assert row["Margin, %"] == pytest.approx(index.value(period, column="margin_percent"), abs=2 * CENT)
        assert row["Average, USD 500, %"] == pytest.approx(large.value(period), abs=CENT)
        assert row["SmaRT, USD 200, %"] == pytest.approx(smart.value(period), abs=CENT)
        assert row["Services"] == index.value(period, column="services")


def test_corridors_are_the_index_by_corridor(survey: Survey, book: dict[str, Worksheet]) -> None:
    """Dearest first, with what each is above five percent, and its change."""
    rows = table(book["Corridors"], "Corridors in Q3 2024, dearest first")
    index = survey.index(by="corridor").frame.filter(pl.col("period") == "2024_3Q")
    costs = sorted(index["cost_percent"], reverse=True)
    assert [row["Average, USD 200, %"] for row in rows] == pytest.approx(costs, abs=CENT)
    assert all(
        row["Average above 5%, points"] == pytest.approx(row["Average, USD 200, %"] - 5, abs=2 * CENT) for row in rows
    )
    assert {row["To"] for row in rows} == {"India"}


def test_a_target_names_the_measure_that_is_held_against_it(report: Report) -> None:
    """The summary takes SmaRT, corridors and picture the average, and each says so."""
    assert any("the summary holds its SmaRT index" in note for note in report.section("Corridors").tables[0].notes)
    notes = [note for picture in report.section("Summary").pictures for note in picture.notes]
    assert any("drawn against index “average”" in note for note in notes)


def test_services_are_the_rows_of_the_last_quarter(survey: Survey, book: dict[str, Worksheet]) -> None:
    """Every row is there, with the stated total; a margin that is not disclosed is a dash and not a zero."""
    rows = table(book["Services"], "Services surveyed in Q3 2024")
    frame = survey.frame.filter(pl.col("period").cast(pl.String) == "2024_3Q")
    assert len(rows) == frame.height
    totals = [row["Total, USD 200, %"] for row in rows if isinstance(row["Total, USD 200, %"], float | int)]
    assert sorted(totals) == pytest.approx(sorted(frame["total_percent_200"].drop_nulls()))


def test_what_is_not_known_is_a_dash() -> None:
    """The margin under a hidden rate is unknown: text, which no sum takes for zero."""
    rows: list[dict[str, object]] = [
        {"firm": "Open", "margin_percent_200": 2.0},
        {"firm": "Shut", "transparent": False, "margin_percent_200": None},
    ]
    read = openpyxl.load_workbook(BytesIO(workbook_bytes(report_on(survey_of_rows(rows)))))
    found = table(read["Services"], "Services surveyed in Q3 2025")
    assert {row["Provider"]: row["Margin, %"] for row in found} == {"Open": 2, "Shut": "\N{EN DASH}"}


def test_the_summary_says_what_the_figures_say(survey: Survey, book: dict[str, Worksheet]) -> None:
    """Its first sentence and its first key figure are the average of the last quarter."""
    average = survey.index().value()
    assert average is not None
    assert f"cost {average:.2f}% on average" in str(book["Summary"]["A4"].value)
    (first, *_) = table(book["Summary"], "Key figures")
    assert first["Q3 2024"] == pytest.approx(average, abs=CENT)


def test_an_average_over_other_corridors_is_not_called_a_change_without_saying_so() -> None:
    """When a cheap corridor joins, the sentence over the corridors that stayed says that they did not move."""
    parts = {"fee_200": 2.0, "amount_200": 100.0, "margin_percent_200": 1.0}
    rows: list[dict[str, object]] = [
        {"period": "2024_1Q", "source": "GBR", "total_percent_200": 9.0} | parts,
        {"period": "2024_3Q", "source": "GBR", "total_percent_200": 9.0} | parts,
        {"period": "2024_3Q", "source": "USA", "total_percent_200": 3.0} | parts,
    ]
    lead = report_on(survey_of_rows(rows)).section("Summary").lead
    assert lead[0].startswith("In Q3 2024, sending USD 200 cost 6.00%")
    assert lead[1] == "That is 3.00 points less than in Q1 2024."
    assert "But corridors came or went: over those that every quarter has, it went from 9.00% to 9.00%." in lead


def test_a_report_on_the_world_has_one_average_that_of_the_world_bank() -> None:
    """8 and 4 are 6 without Russia's 1.5, in sentences, figures, targets, series and pictures alike."""
    rows: list[dict[str, object]] = [
        {"period": period, "source": source, "total_percent_200": cost, "total_percent_500": cost}
        for period in ("2024_1Q", "2024_3Q")
        for source, cost in (("GBR", 8.0), ("USA", 4.0), ("RUS", 1.5))
    ]
    survey = survey_of_rows(rows)
    report = report_on(survey.only(since="2024_1Q"))
    summary, series = report.section("Summary"), report.section("Series")
    assert summary.lead[0] == (
        "In Q3 2024, sending USD 200 cost 6.00% on average, over 2 services in 2 corridors, without senders in "
        "Russia, as the World Bank counts."
    )
    assert "Services priced at both amounts cost 6.00% for USD 200 and 6.00% for USD 500." in summary.lead
    key, goals, *_ = summary.tables
    assert key.rows["last"][0] == key.rows["last"][3] == 6.0
    assert set(goals.rows["found"]) >= {"6.00% on average"}
    assert (
        series.tables[0].rows["cost_percent"].to_list() == series.tables[0].rows["cost_large"].to_list() == [6.0, 6.0]
    )
    assert series.tables[0].rows["least"].to_list() == [4.0, 4.0]
    assert series.pictures[0].data["cost_percent"].to_list() == [6.0, 6.0]
    alone = report_on(survey.only(sender="RU")).section("Summary")
    assert alone.lead[0] == "In Q3 2024, sending USD 200 cost 1.50% on average, over 1 service in 1 corridor."


def test_a_last_quarter_that_discloses_nothing_has_no_average() -> None:
    """Then the summary tells who hides, and no average of an earlier quarter."""
    rows: list[dict[str, object]] = [{"period": "2024_1Q"}, {"period": "2024_3Q", "transparent": False}]
    lead = report_on(survey_of_rows(rows)).section("Summary").lead
    assert lead == ("1 of 1 service hides its exchange rate; averages leave it out.",)


def test_parts_that_come_to_another_cost_are_told_so() -> None:
    """5 and 2 are the 7 that the one service states, and not the 6.5 that both come to on average."""
    right = {"fee_200": 5.0, "amount_200": 100.0, "margin_percent_200": 2.0, "total_percent_200": 7.0}
    leads = [
        report_on(survey_of_rows(rows)).section("Summary").lead
        for rows in ([right], [right, right | {"total_percent_200": 6.0}])
    ]
    told = "Fees are 5.00% on average and the exchange-rate margin 2.00%, as services state them"
    assert f"{told}." in leads[0]
    assert f"{told}, together 7.00%: some state another total." in leads[1]


def test_the_pace_is_told_with_the_corridors_it_rests_on() -> None:
    """A corridor that falls out does not quicken the pace, and a target that is met has none."""
    stays = [(f"{year}_3Q", "KEN", cost) for year, cost in ((2012, 6.0), (2013, 5.0), (2014, 4.0))]
    rows: list[dict[str, object]] = [
        {"period": when, "destination": to, "total_percent_200": cost}
        for when, to, cost in [*stays, ("2012_3Q", "IND", 16.0)]
    ]
    held = report_on(survey_of_rows(rows).only(since="2012_1Q")).section("Summary").tables[1]
    found = dict(zip(held.rows["target"], held.rows["meeting"], strict=True))
    assert found["SDG 10.c, global average"] == "met in 1.0 years at this pace (1.0 to 1.0)"
    assert next(pace for name, pace in found.items() if name.startswith("G8")) == "met"
    assert "Pace: over the one corridor that every quarter has." in held.notes
    assert not any("a part of the survey" in note for note in held.notes)
    held = report_on(survey_of_rows(rows).only(to="KE")).section("Summary").tables[1]
    assert any("held here against a part of the survey: to KEN" in note for note in held.notes)


def test_the_method_names_source_rule_and_hash(survey: Survey, book: dict[str, Worksheet]) -> None:
    """Whoever holds only the workbook can find the file, and knows how the averages were taken."""
    text = " ".join(str(row[0]) for row in book["Method"].iter_rows(values_only=True))
    assert survey.sha256 in text
    assert "Remittance Prices Worldwide" in text
    assert "transparent services only" in text
    assert "the 3 cheapest of each corridor" in text
    assert "to IND" in text


def test_an_address_begins_on_a_line_of_its_own(book: dict[str, Worksheet]) -> None:
    """One that is broken after its first letters is not seen to be one."""
    cells = [str(cell.value) for row in book["Method"].iter_rows() for cell in row if cell.value]
    begun = [cell for cell in cells if "https:" in cell]
    assert begun
    assert not [cell for cell in cells if cell.endswith((" h", " ht", " htt", " http", " https", " https:"))]


def test_rows_that_deserve_a_second_look_are_named() -> None:
    """A total of 307 percent counts in the averages, as in published ones; the method says that it is there."""
    text = dict(report_on(survey_of_rows([{}, {"firm": "Odd", "total_percent_200": 307.0}])).section("Method").texts)
    looks = text["Rows that deserve a second look"]
    assert any("United Kingdom to Kenya, Odd: total_percent_200 is 307" in line for line in looks)


def test_every_sheet_is_set_up_for_print(book: dict[str, Worksheet]) -> None:
    """A4 laid across, no wider than a page, numbered; long tables repeat their heads."""
    for name, sheet in book.items():
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert "&P" in str(sheet.oddFooter.right.text), name
    assert book["Services"].freeze_panes
    assert book["Services"].print_title_rows


def width_at(sheet: Worksheet, column: int) -> float:
    """Return the width of a column; neighbours of one width are kept as one."""
    return next(float(one.width) for one in sheet.column_dimensions.values() if one.min <= column <= one.max)


def test_headings_and_cells_keep_off_their_neighbours(book: dict[str, Worksheet]) -> None:
    """A figure that ends where text begins, or a heading where another does, cannot be read apart."""
    for sheet in book.values():
        table = [cell for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FF17375E"]
        assert all(cell.alignment.indent == 1 for cell in table)
        for cell in table:
            assert max(map(len, str(cell.value).split())) <= width_at(sheet, cell.column) - 2


def test_a_wide_table_is_broken_into_lines_rather_than_shown_small(book: dict[str, Worksheet]) -> None:
    """On paper the services of a corridor are read like everything else, and no line of a cell is hidden."""
    sheet = book["Services"]
    assert sheet.page_setup.scale >= 50
    [last] = [row for row in range(7, sheet.max_row) if sheet.cell(row, 2).value is None][:1]
    for row in range(6, last):
        widths = [width_at(sheet, cell.column) for cell in sheet[row]]
        high = max(
            len(lines(str(cell.value), round((int(width) - 2) * 1.1)))
            for cell, width in zip(sheet[row], widths, strict=True)
            if cell.alignment.wrap_text
        )
        assert high == 1 or sheet.row_dimensions[row].height >= high * 12.75


def test_text_from_outside_is_no_formula(hostile: Report) -> None:
    """A provider's name that begins like a formula is a string that stays one when its cell is edited."""
    data = workbook_bytes(hostile)
    cells = [
        cell
        for sheet in openpyxl.load_workbook(BytesIO(data)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    ]
    assert [cell.value for cell in cells] == [HOSTILE]
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


class _Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.found.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else(report: Report) -> None:
    """No script, no link, no picture that is not inside; and the page forbids itself any."""
    page = as_page(report)
    tags = _Tags(page).found
    assert not {tag for tag, _ in tags} & {"script", "link", "iframe", "object", "embed"}
    assert all(str(attrs["src"]).startswith("data:image/svg+xml;base64,") for tag, attrs in tags if tag == "img")
    assert all(str(attrs.get("href", "#")).startswith("#") for tag, attrs in tags if tag == "a")
    assert "default-src 'none'" in page
    assert not re.search(r"@import|url\(", page)


def test_markup_from_outside_is_text_on_the_page(hostile: Report) -> None:
    """Provider, type and quarter of a hostile file are escaped, once."""
    page = as_page(hostile)
    assert "onerror" not in {name for _, attrs in _Tags(page).found for name in attrs}
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "&lt;b&gt;Bank&lt;/b&gt; &amp; sons" in page
    assert "&amp;lt;" not in page


def test_every_picture_on_the_page_has_words(report: Report) -> None:
    """Who cannot see a picture is told what it shows."""
    images = [attrs for tag, attrs in _Tags(as_page(report)).found if tag == "img"]
    assert len(images) == sum(len(section.pictures) for section in report.sections)
    assert all(str(image["alt"]).startswith(("What USD", "What it costs", "How the cost")) for image in images)


def test_a_printed_page_cuts_no_table(report: Report) -> None:
    """What scrolls on a screen is lost on paper: great-tables puts its own scrolling box into ours."""
    page = as_page(report)
    assert "overflow-x:auto;overflow-y:auto" in page
    printed = page.partition("@media print")[2]
    assert ".wide,.wide>div{overflow:visible!important}" in printed.partition("</style>")[0]
    assert "@page{size:A4 landscape" in page


def test_the_page_has_the_figures_of_the_workbook(survey: Survey, report: Report) -> None:
    """Both are written from the same tables, the page to two decimals."""
    average = survey.index().value()
    assert f">{average:.2f}</td>" in as_page(report)


def test_workbook_and_page_round_alike_and_parts_add_up(survey: Survey) -> None:
    """Halves go up, in decimal; fee and margin give way by a hundredth where they would miss their total."""
    columns = (Column("fee_percent", "Fee", "percent"), Column("margin_percent", "Margin", "percent"))
    frame = pl.DataFrame({"fee_percent": [3.334], "margin_percent": [2.344], "cost_percent": [5.678]})
    made = Listing("Parts", (*columns, Column("cost_percent", "Cost", "percent")), frame)
    assert made.shown() == [(3.34, 2.34, 5.68)]
    assert ">3.34</td>" in great_table(made).as_raw_html()
    assert told(9.385, "percent") == "9.39"  # in binary a little less, and 9.38 by format
    found = report_on(survey)
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(found)))
    for row in table(book["Series"], "Every quarter"):
        assert row["Fee, %"] + row["Margin, %"] == pytest.approx(row["Average, USD 200, %"], abs=1e-9)
        assert row["Median, %"] == round(row["Median, %"], 2)
    total, fee, margin, *_ = table(book["Summary"], "Key figures")
    assert fee["Q3 2024"] + margin["Q3 2024"] == pytest.approx(total["Q3 2024"], abs=1e-9)


def test_both_forms_are_written_to_files(report: Report, tmp_path: Path) -> None:
    """The file's bytes are the form's; a folder that is not there is an error, and nothing is left behind."""
    assert report.to_xlsx(tmp_path / "kenya.xlsx").read_bytes().startswith(b"PK")
    assert report.to_html(tmp_path / "kenya.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(OSError, match="nowhere"):
        report.to_xlsx(tmp_path / "nowhere" / "kenya.xlsx")


def test_a_report_on_nothing_is_refused(survey: Survey) -> None:
    """A country that was not surveyed, or prices that are all hidden: the error says which."""
    with pytest.raises(pc.PaymentError, match=r"no services .*to FRA"):
        report_on(survey.only(to="FR"))
    with pytest.raises(pc.PaymentError, match="none of which discloses its rate"):
        report_on(survey_of_rows([{"transparent": False}]))


def test_a_survey_of_one_service_of_one_quarter_has_a_report() -> None:
    """Without a first quarter there is no change, without a second amount no slope, and neither is invented."""
    found = report_on(survey_of_rows([{"speed": "6 days or more", "total_percent_200": 7.0}]))
    key = found.section("Summary").tables[0].rows
    assert key["change"].to_list() == [None] * key.height
    assert key["last"].to_list()[0] == 7.0
    # No service is fast enough for SmaRT, so of the corridor targets nothing is known, least of all that they are met.
    held = found.section("Summary").tables[1].rows
    assert not held["target"].str.contains("each corridor").any()
    assert held["met"].to_list() == [False, False, False]  # 7 against 3, 3 and 5 percent
    workbook_bytes(found)


def test_a_survey_of_ones_own_has_a_report() -> None:
    """One amount, another kind of payment, a margin that nobody states: retail targets, no SmaRT, no slope."""
    table = pl.DataFrame(
        {
            "period": ["2026_4Q"] * 2,
            "source": ["DEU"] * 2,
            "destination": ["GHA", "KEN"],
            "firm": ["A Bank", "B Pay"],
            "amount_usd": [1000] * 2,
            "amount": [1000] * 2,
            "currency": ["EUR"] * 2,
            "fee": [30, 5],
            "margin_percent": [2.0, None],
        }
    )
    own = pc.Survey.of_table(table, attribution="Chamber of commerce", segment="retail")
    found = report_on(own)
    summary = found.section("Summary")
    assert summary.lead[0].startswith(
        "In Q4 2026, sending USD 1,000 cost 5.00% on average, over 1 service in 1 corridor."
    )
    assert summary.lead[-1].startswith("1 of 2 services hides its exchange rate")
    assert set(summary.tables[1].rows["target"].str.head(10)) == {"G20 retail"}
    assert not any(
        "SmaRT" in str(column.title)
        for section in found.sections
        for table in section.tables
        for column in table.columns
    )
    assert "Chamber of commerce" in as_page(found)
    with pytest.raises(pc.PaymentError, match="two amounts"):
        own.slope()


def test_progress_is_told(survey: Survey) -> None:
    """Each section is announced before it is worked out."""
    said: list[str] = []
    with pytest.raises(pc.PaymentError):
        report_on(survey.only(to="FR"), progress=said.append)
    assert said == []
    report_on(survey_of_rows([{}]), progress=said.append)
    assert [one.partition(":")[0] for one in said] == [sheet.lower() for sheet in SHEETS]


def test_great_tables_carry_rule_and_source(survey: Survey) -> None:
    """A table says its rule and its source, also when it is cut, and how many rows it has."""
    made = great_table(survey.index(by="corridor"), show=2).as_raw_html()
    assert "transparent services only" in made
    assert survey.sha256 in made
    assert "The first 2 of" in made


def test_great_tables_escape_what_comes_from_outside() -> None:
    """A provider's name is text in the table."""
    rows: list[dict[str, object]] = [{"firm": "<b>x</b>", "firm_key": "<b>x</b>"}]
    made = great_table(survey_of_rows(rows).index(by="firm")).as_raw_html()
    assert "&lt;b&gt;x&lt;/b&gt;" in made
    assert "<b>x</b>" not in made


def test_listed_tables_name_places_and_figures(survey: Survey) -> None:
    """A gap against a target has its columns in words."""
    from paycompare.survey.gaps import gap

    found = listed(gap(survey.index(by="corridor"), "sdg_10c_corridor"))
    assert [column.title for column in found.columns] == [
        "Quarter",
        "From",
        "To",
        "Cost, %",
        "Target, %",
        "Above target, points",
        "Met",
        "Target then",
    ]
    assert set(found.rows["destination"]) == {"India"}


def test_figures_that_are_no_index_are_tables_too(survey: Survey) -> None:
    """Who discloses, and where nothing qualifies, under their own names."""
    shown = [listed(table) for table in (survey.transparency(), corridors_without(survey, within="Same day"))]
    assert [one.title for one in shown] == ["Transparency", "Corridors without"]
    assert shown[0].columns[-1].title == "Transparent, share"
    assert shown[0].notes[0].startswith("Transparency: share of all services")
    assert [one.name for one in shown[1].columns] == ["period", "source", "destination", "services"]


def test_what_is_not_installed_is_named_with_what_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report has pictures, so that a workbook needs what draws them; the error says so."""
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(pc.PaycompareError, match=r"a picture, also one of a report, needs altair: pip install"):
        report_on(survey_of_rows([{}]))
