"""Policy targets: dated and sourced, the gap to them, when a trend meets them, and what the gap takes in money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import polars as pl
import pytest

from paycompare.countries import countries
from paycompare.errors import PaymentError, SurveyError
from paycompare.survey.flows import read_flows
from paycompare.survey.gaps import assess, gap, gap_in_money
from paycompare.survey.indices import index, slope
from paycompare.survey.sample import survey_of_rows
from paycompare.survey.targets import target_named, targets
from paycompare.survey.trends import Meeting, fitted, student_quantile, trend

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "most", "due", "scope", "segment"),
    [
        ("sdg_10c_global", "3", date(2030, 12, 31), "global", "remittances"),
        ("sdg_10c_corridor", "5", date(2030, 12, 31), "corridor", "remittances"),
        ("g20_remittances_global", "3", date(2030, 12, 31), "global", "remittances"),
        ("g20_remittances_corridor", "5", date(2030, 12, 31), "corridor", "remittances"),
        ("g20_retail_global", "1", date(2027, 12, 31), "global", "retail"),
        ("g20_retail_corridor", "3", date(2027, 12, 31), "corridor", "retail"),
        ("g8_5x5", "5", date(2014, 12, 31), "global", "remittances"),
    ],
)
def test_targets_are_those_of_the_texts(name: str, most: str, due: date, scope: str, segment: str) -> None:
    """Figures and dates are as the United Nations, the Financial Stability Board and the G8 wrote them."""
    found = target_named(name)
    assert (found.most, found.due, found.scope, found.segment) == (Decimal(most), due, scope, segment)


@pytest.mark.parametrize("target", targets(), ids=lambda one: one.id)
def test_every_target_is_dated_and_sourced(target: object) -> None:
    """Each says who agreed on it, when, until when, and where that is written."""
    found = target_named(str(getattr(target, "id")))  # noqa: B009 -- the parameter is named by its id
    assert found.agreed < found.due
    assert found.url.startswith("https://")
    assert found.source in str(found)


def test_a_target_is_not_held_against_a_time_before_it_without_saying_so() -> None:
    """In 2011 nobody had promised 3 percent, and in 2016 the G8's five years were over."""
    assert target_named("sdg_10c_global").standing("2015_2Q") == "retrospective"
    assert target_named("sdg_10c_global").standing("2015_3Q") == "in force"  # agreed on 25 September
    assert target_named("g8_5x5").standing("2014_4Q") == "in force"
    assert target_named("g8_5x5").standing("2015_1Q") == "ended"
    table = index(survey_of_rows([{"period": "2011_1Q"}]), "global")
    assert gap(table, "sdg_10c_global").frame["standing"].to_list() == ["retrospective"]


def test_the_gap_is_cost_less_target_for_each_quarter_and_group() -> None:
    """7 less 5 is 2 points; 4 is met by a point."""
    survey = survey_of_rows([{"total_percent_200": 7.0}, {"total_percent_200": 4.0, "destination": "IND"}])
    found = gap(index(survey, by="corridor"), "sdg_10c_corridor").frame
    assert found.select("destination", "gap_percent", "met").rows() == [("IND", -1.0, True), ("KEN", 2.0, False)]


def test_at_the_target_is_met_unless_it_says_below() -> None:
    """The United Nations say less than 3, the G20 no more than 3."""
    table = index(survey_of_rows([{"total_percent_200": 3.0}]), "global")
    assert gap(table, "sdg_10c_global").frame["met"].to_list() == [False]
    assert gap(table, "g20_remittances_global").frame["met"].to_list() == [True]


def test_a_target_of_another_kind_of_payment_is_shown_with_a_note() -> None:
    """The retail target is not tested by prices of remittances, nor a corridor target by an average."""
    table = index(survey_of_rows([{}]), "global")
    notes = gap(table, "g20_retail_corridor").notes
    assert "the target is for retail, the prices are of remittances" in notes[0]
    assert "the target is for each corridor" in notes[1]


def test_a_global_target_says_so_where_it_is_held_against_a_part() -> None:
    """One country's average is not the world's; leaving quarters out or filling regions in leaves the world whole."""
    senders = [one.alpha3 for one in countries().values()][:60]
    survey = survey_of_rows([{"source": one, "destination": other} for one in senders for other in ("KEN", "IND")])
    part = "a target for the global average, held here against a part of the survey: to KEN"
    assert gap(index(survey.only(to="KE")), "sdg_10c_global").notes == (part,)
    regions = pl.DataFrame({"Country Code": ["KEN"], "Region": ["Sub-Saharan Africa"], "Income": ["Lower middle"]})
    for whole in (survey.only(since="2025_1Q"), survey.with_countries(regions)):
        assert gap(index(whole), "sdg_10c_global").notes == ()
        assert "average: total cost" in (words := str(assess(whole)))
        assert "without senders in RUS" in words
    assert gap(index(survey, by="receiver"), "sdg_10c_global").notes == ("the target is for the global average",)
    assert f"note: {part}" in str(assess(survey.only(to="KE")))


@pytest.mark.parametrize(("to", "words"), [(["KEN"], "one corridor"), (["KEN", "IND"], "2 corridors")])
def test_a_global_target_says_so_where_it_is_held_against_few_corridors(to: list[str], words: str) -> None:
    """A survey of one's own seldom is of the world."""
    table = index(survey_of_rows([{"destination": place} for place in to]))
    assert gap(table, "sdg_10c_global").notes == (f"a target for the global average, held here against {words}",)


def test_what_has_no_cost_has_no_gap() -> None:
    """A table of another figure, and a target that is none, are refused."""
    survey = survey_of_rows([{"total_percent_500": 4.0}])
    with pytest.raises(PaymentError, match="cost_percent"):
        gap(cast("Any", slope(survey)), "sdg_10c_global")
    with pytest.raises(PaymentError, match="nearest is 'g8_5x5'"):
        gap(index(survey), "g8_5x")


@pytest.mark.parametrize(
    ("confidence", "degrees", "printed"),
    [(0.95, 1, 12.706), (0.95, 2, 4.303), (0.95, 5, 2.571), (0.95, 8, 2.306), (0.99, 10, 3.169), (0.9, 7, 1.895)],
)
def test_students_quantiles_are_those_of_the_tables(confidence: float, degrees: int, printed: float) -> None:
    """Two-sided quantiles, as any statistical table prints them."""
    assert student_quantile(confidence, degrees) == pytest.approx(printed, abs=5e-4)


def test_a_line_and_its_interval() -> None:
    """Through 6, 5.5, 4, 4.5 a year apart: slope -0.6, residual variance 0.35, so -0.6 +/- 4.303 x 0.2646.

    Mean 5, times -3 to 0 about -1.5: sum of products -1.5 x 1 - 0.5 x 0.5 + 0.5 x -1 + 1.5 x -0.5 = -3, over 5.
    Residuals 0.1, 0.2, -0.7, 0.4: squares 0.70, over 2 is 0.35; 0.35 / 5 = 0.07, whose root is 0.2646.
    """
    line = fitted({"2021_1Q": 6.0, "2022_1Q": 5.5, "2023_1Q": 4.0, "2024_1Q": 4.5})
    assert line.per_year == pytest.approx(-0.6)
    assert line.level == pytest.approx(4.1)
    assert (line.low, line.high) == pytest.approx((-0.6 - 4.3027 * 0.26458, -0.6 + 4.3027 * 0.26458), abs=1e-3)


def test_years_to_the_target_have_an_interval_that_may_have_no_end() -> None:
    """4.1 falls 0.6 a year: 3 in 1.83 years; as the slope may be level, no year is late enough."""
    line = fitted({"2021_1Q": 6.0, "2022_1Q": 5.5, "2023_1Q": 4.0, "2024_1Q": 4.5})
    meeting = line.meets(target_named("sdg_10c_global"))
    assert meeting.years == pytest.approx(1.1 / 0.6)
    assert meeting.low is not None
    assert meeting.low < 0
    assert meeting.high is None
    assert str(meeting) == "met in 1.8 years at this pace (0.0 or never)"


def test_a_line_that_may_be_level_still_has_an_earliest_year() -> None:
    """Where the band of the line first holds the target: far from 3 percent, that is years ahead, not now."""
    series = {f"{2015 + place}_1Q": 8 - 0.1 * place + (0.4 if place % 2 else -0.4) for place in range(8)}
    line = fitted(series)
    meeting = line.meets(target_named("sdg_10c_global"))
    assert line.low < 0 < line.high
    assert meeting.high is None
    assert meeting.low is not None
    error = line.scatter * (1 / 8 + (meeting.low - line.middle) ** 2 / line.spread) ** 0.5
    assert meeting.low > 0
    assert line.level + line.per_year * meeting.low - 3 == pytest.approx(student_quantile(0.95, 6) * error)


@pytest.mark.parametrize(
    ("meeting", "words"),
    [
        (Meeting(22.8, 10.7, 11931.0), "met in 22.8 years at this pace (10.7 to more than 100)"),
        (Meeting(140.0, 99.9, None), "met in more than 100 years at this pace (99.9 or never)"),
    ],
)
def test_no_date_is_told_beyond_a_hundred_years(meeting: Meeting, words: str) -> None:
    """A straight line through ten quarters does not know the year 13945."""
    assert str(meeting) == words


def test_fiellers_interval_is_where_the_band_of_the_line_holds_the_target() -> None:
    """At both ends of the interval the line is exactly its own error away from the target."""
    series = {f"{2015 + place}_1Q": 8 - 0.5 * place + (0.05 if place % 2 else -0.05) for place in range(8)}
    line = fitted(series)
    meeting = line.meets(target_named("sdg_10c_global"))
    assert meeting.low is not None
    assert meeting.high is not None
    assert meeting.years is not None
    assert meeting.low < meeting.years < meeting.high
    for years in (meeting.low, meeting.high):
        error = line.scatter * (1 / 8 + (years - line.middle) ** 2 / line.spread) ** 0.5
        distance = abs(line.level + line.per_year * years - 3)
        assert distance == pytest.approx(student_quantile(0.95, 6) * error)


def test_a_line_that_rises_does_not_lead_there_and_one_below_is_there() -> None:
    """No year is given where there is none."""
    rising = fitted({"2021_1Q": 5.0, "2022_1Q": 6.0, "2023_1Q": 7.1}).meets(target_named("sdg_10c_global"))
    assert rising.years is None
    assert "does not lead there" in str(rising)
    assert (
        str(fitted({"2021_1Q": 2.5, "2022_1Q": 2.6, "2023_1Q": 2.4}).meets(target_named("sdg_10c_global")))
        == "met by the line"
    )


def test_quarters_that_were_not_surveyed_leave_a_gap_in_time() -> None:
    """2024_3Q to 2025_3Q is a year, though 2025_2Q does not exist: 6, 5, 4 at -1, 0, ... fall one point a year."""
    rows = [
        {"period": period, "total_percent_200": cost}
        for period, cost in (("2023_3Q", 6.0), ("2024_3Q", 5.0), ("2025_3Q", 4.0))
    ]
    assert trend(index(survey_of_rows(rows))).per_year == pytest.approx(-1.0)


def test_a_trend_needs_three_quarters() -> None:
    """Two points always lie on a line, which says nothing of its error."""
    table = index(survey_of_rows([{"period": "2024_3Q"}, {"period": "2025_3Q"}]))
    with pytest.raises(PaymentError, match="at least 3 quarters"):
        trend(table)
    with pytest.raises(PaymentError, match="since: found '2024'"):
        trend(table, since="2024")
    with pytest.raises(PaymentError, match="until: found '2023_1Q', expected a quarter that is not before 2024_1Q"):
        trend(table, since="2024_1Q", until="2023_1Q")
    with pytest.raises(PaymentError, match="confidence"):
        fitted({"2021_1Q": 1.0, "2022_1Q": 2.0, "2023_1Q": 3.0}, confidence=95)


def test_the_gap_in_money_is_flow_times_excess_and_nothing_is_set_off() -> None:
    """3 points above on 100 and 2 below on 1,000 are 3, over half of all flows."""
    survey = survey_of_rows([{"total_percent_200": 8.0}, {"total_percent_200": 3.0, "destination": "IND"}])
    flows = pl.DataFrame({"source": ["GBR"] * 3, "destination": ["KEN", "IND", "PAK"], "flow": [100, 1000, 1100]})
    found = gap_in_money(index(survey, by="corridor"), "sdg_10c_corridor", flows)
    assert (found.excess, found.covered) == pytest.approx((3.0, 0.5))
    assert found.frame["excess"].to_list() == pytest.approx([3.0, 0.0])
    with pytest.raises(PaymentError, match="by corridor"):
        gap_in_money(index(survey), "sdg_10c_corridor", flows)
    with pytest.raises(PaymentError, match="period"):
        gap_in_money(index(survey, by="corridor"), "sdg_10c_corridor", flows, period="1999_1Q")
    with pytest.raises(PaymentError, match="flows"):
        gap_in_money(index(survey, by="corridor"), "sdg_10c_corridor", pl.DataFrame({"from": ["GBR"]}))


def test_the_gap_in_money_of_one_country_is_held_against_its_own_flows() -> None:
    """Of all flows to Kenya three in four have a cost, whatever flows elsewhere."""
    survey = survey_of_rows([{"total_percent_200": 8.0}, {"total_percent_200": 8.0, "destination": "IND"}])
    flows = pl.DataFrame(
        {"source": ["GBR", "USA", "GBR"], "destination": ["KEN", "KEN", "IND"], "flow": [300.0, 100.0, 9600.0]}
    )
    for part, covered, among in (
        (survey.only(to="KE", until="2025_3Q"), 0.75, "the flows to KEN"),
        (survey.only(sender="GB", to=["KE", "IN"]), 1.0, "the flows from GBR to KEN, IND"),
        (survey, 0.99, "the flows"),
    ):
        found = gap_in_money(part.index(by="corridor"), "sdg_10c_corridor", flows)
        assert found.covered == pytest.approx(covered)
        assert found.found.endswith(f" of {among}")
        assert str(found) == f"{found.found}; {found.rule}"


def test_a_matrix_is_read_with_its_oddities(tmp_path: Path) -> None:
    """Names in cp1252, thousands with commas, a total that is no country, a name that is misspelled."""
    file = tmp_path / "matrix.csv"
    text = 'Origin,Côte d\'Ivoire,"Venezuela, RB",Total\nFrance,"1,200",3,"1,203"\nGibralter,0,5,5\nTotal,1200,8,1208\n'
    file.write_bytes(text.encode("cp1252"))
    flows = read_flows(file)
    assert flows.frame.rows() == [("FRA", "CIV", 1200.0), ("FRA", "VEN", 3.0), ("GIB", "VEN", 5.0)]
    assert flows.left_out == ("Total",)


@pytest.mark.parametrize("cell", ["1.234,567", "1,5", "about 3", "-3", "inf"])
def test_a_flow_that_is_no_number_is_refused_and_not_dropped(tmp_path: Path, cell: str) -> None:
    """A pair that quietly went missing would move every weight; signs for nothing, and totals, are passed over."""
    file = tmp_path / "matrix.csv"
    file.write_text('Origin,Kenya,India,Total\nFrance,..,"1,234.5",n.a.\nSpain,-,,x\n', encoding="utf-8")
    assert read_flows(file).frame.rows() == [("FRA", "IND", 1234.5)]
    file.write_text(f'Origin,Kenya,India\nFrance,3,"{cell}"\n', encoding="utf-8")
    with pytest.raises(SurveyError, match=f"FRA to IND: found '{cell}', expected a finite number"):
        read_flows(file)


def test_a_long_table_of_flows_is_read_too(tmp_path: Path) -> None:
    """Columns source, destination and flow, by code or by name."""
    file = tmp_path / "flows.csv"
    file.write_text("source,destination,flow\nGBR,Kenya,12.5\n", encoding="utf-8")
    assert read_flows(file).frame.rows() == [("GBR", "KEN", 12.5)]
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SurveyError, match="no flow between two countries"):
        read_flows(file)


def test_an_assessment_holds_a_survey_against_every_target_of_its_kind() -> None:
    """Remittances meet five targets, and the words tell the gap, the corridors above, and the rules."""
    rows = [
        {"period": f"{year}_3Q", "total_percent_200": cost} for year, cost in ((2023, 8.0), (2024, 7.0), (2025, 6.0))
    ]
    flows = pl.DataFrame({"source": ["GBR"], "destination": ["KEN"], "flow": [100]})
    found = assess(survey_of_rows(rows), flows=flows)
    assert [one.target.segment for one in found.judgements] == ["remittances"] * 5
    text = str(found)
    assert "6.00%, 3.00 points above 3%" in text
    assert "1 of 1 corridors above 5%" in text
    assert "met in 3.0 years" in text
    assert "G8 5x5 (ended in 2025_3Q" in text
    assert "the 3 cheapest of each corridor" in text


def test_the_pace_is_that_of_the_corridors_that_every_quarter_has() -> None:
    """A dear corridor that falls out makes the average fall by 3 points a year, and the one that stays by 1."""
    stays = [(f"{year}_3Q", "KEN", cost) for year, cost in ((2023, 8.0), (2024, 7.0), (2025, 6.0))]
    goes = [("2023_3Q", "IND", 16.0), ("2024_3Q", "IND", 11.0)]
    rows = [{"period": when, "destination": to, "total_percent_200": cost} for when, to, cost in [*stays, *goes]]
    survey = survey_of_rows(rows)
    found = assess(survey).judgements[0]
    assert found.line == trend(survey.panel().index("global"))
    assert found.pace == "met in 3.0 years at this pace (3.0 to 3.0)"
    assert "over the one corridor that every quarter has; met in 3.0 years" in str(found)


def test_the_pace_tells_how_many_of_the_corridors_that_stay_it_covers() -> None:
    """Of three corridors one has Russia for its sender, and one no service that discloses its rate in 2024."""
    rows: list[dict[str, object]] = [
        {"period": f"{year}_3Q", "source": source, "destination": to, "transparent": (year, to) != (2024, "IND")}
        for year in (2023, 2024, 2025)
        for source, to in (("GBR", "KEN"), ("GBR", "IND"), ("RUS", "KEN"))
    ]
    assert "over 1 to 2 of the 3 corridors that every quarter has" in str(assess(survey_of_rows(rows)))
    known = [row | {"transparent": True} for row in rows]
    assert "over 2 of the 3 corridors that every quarter has" in str(assess(survey_of_rows(known)))
    assert "over the 2 corridors that every quarter has" in str(assess(survey_of_rows(known).only(sender="GB")))


def test_without_corridors_that_stay_no_pace_can_be_had() -> None:
    """Three quarters with a corridor each are three samples, and no series."""
    rows = [{"period": f"{year}_3Q", "destination": to} for year, to in ((2023, "KEN"), (2024, "IND"), (2025, "PAK"))]
    found = assess(survey_of_rows(rows)).judgements[0]
    assert (found.line, found.meeting, found.pace) == (None, None, "no pace can be had")
    assert "no pace can be had: no corridor is in every quarter" in str(found)


def test_a_target_that_is_met_has_no_years_to_go() -> None:
    """The last quarter is at 4.9 percent; the line through 9, 5 and 4.9 is above 5, or below it and the quarter not."""

    def judged(*costs: float) -> tuple[bool, str | None]:
        rows = [{"period": f"{2023 + place}_3Q", "total_percent_200": cost} for place, cost in enumerate(costs)]
        found = next(one for one in assess(survey_of_rows(rows)).judgements if one.target.id == "g8_5x5")
        return found.met, found.pace

    assert fitted({"2023_3Q": 6.0, "2024_3Q": 8.0, "2025_3Q": 4.9}).level > 5
    assert judged(6.0, 8.0, 4.9) == (True, "met")
    assert judged(9.0, 4.0, 5.1) == (False, "met by the line, not by the last quarter")


def test_a_corridor_of_which_nothing_is_known_is_counted_and_meets_no_target() -> None:
    """One corridor at 4 percent, one whose services are all too slow for SmaRT."""
    slow: dict[str, object] = {"destination": "IND", "speed": "6 days or more"}
    found = next(
        one
        for one in assess(survey_of_rows([{"total_percent_200": 4.0}, slow])).judgements
        if one.target.id == "sdg_10c_corridor"
    )
    assert (found.met, found.above, found.corridors, found.without) == (False, 0, 1, 1)
    assert "0 of 1 corridors above 5%, 1 corridor without a service that qualifies" in str(found)
