"""Pictures of a survey: what they draw is what the indices say, and they survive a grey printer."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

import paycompare as pc
from paycompare.countries import countries
from paycompare.survey import picture, pictures
from paycompare.survey.sample import survey_of_rows, write_sample_csv

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.survey.dataset import Survey
    from paycompare.survey.picture import Picture

PRICED = {"amount_200": 100.0, "fee_200": 5.0, "margin_percent_200": 2.0, "total_percent_200": 7.0}
DRAWN = ("ranking", "series", "tile_map", "spread", "slopes")


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """Made-up prices in the layout of the World Bank's newer sheet."""
    file = tmp_path_factory.mktemp("rpw") / "rpw.csv"
    write_sample_csv(file, 1500, periods=["2023_4Q", "2024_1Q", "2024_3Q"])
    return pc.read_rpw(file, cache=False)


def spec(drawn: Picture) -> dict[str, Any]:
    """The drawing as vega-lite writes it."""
    read: dict[str, Any] = json.loads(drawn.chart.to_json())
    return read


def values(node: Any) -> list[dict[str, Any]]:
    """Every datum that a drawing carries inline."""
    if isinstance(node, dict):
        here = node["data"].get("values", []) if isinstance(node.get("data"), dict) else []
        return [*here, *(datum for key, child in node.items() if key != "data" for datum in values(child))]
    return [datum for child in node for datum in values(child)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_says_its_rule_and_its_source(survey: Survey, name: str) -> None:
    """The rule and the attribution stand in the drawing itself, not only in the object."""
    drawn = getattr(pictures, name)(survey)
    text = " ".join("".join(ET.fromstring(drawn.svg()).itertext()).split())  # noqa: S314 -- our own SVG
    assert "transparent services only" in drawn.rule
    assert "transparent services only" in text.replace("transparentservices", "transparent services")
    assert "Remittance Prices Worldwide" in text
    assert survey.sha256[:20] in text


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_can_be_had_as_svg_and_png(survey: Survey, name: str, tmp_path: Path) -> None:
    """Both forms are written without a browser, as the suffix says; another suffix is refused."""
    drawn = getattr(pictures, name)(survey)
    assert drawn.save(tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    assert drawn.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(pc.PaymentError, match=r"\.svg or \.png"):
        drawn.save(tmp_path / "a.pdf")


def test_ranking_draws_the_corridors_of_the_index(survey: Survey) -> None:
    """Costs, fees, margins and numbers of services are those of the index by corridor, dearest first."""
    drawn = pictures.ranking(survey, show=7).data
    index = survey.index(by="corridor", margins="all").frame.filter(pl.col("period") == "2024_3Q")
    dearest = index.sort("cost_percent", descending=True).head(7)
    same = ["services", "cost_percent", "fee_percent", "margin_percent"]
    assert drawn.select(same).equals(dearest.select(same))


def test_ranking_stacks_the_margin_upon_the_fee() -> None:
    """A fee of 5 percent reaches from 0 to 5, a margin of 2 from 5 to 7, where the total stands."""
    marks = values(spec(pictures.ranking(survey_of_rows([PRICED]))))
    bars = [(one["part"], one["from"], one["to"]) for one in marks if "part" in one]
    assert bars == [("Fee", 0, 5), ("Exchange-rate margin", 5, 7)]
    assert [(one["end"], one["figure"]) for one in marks if "end" in one] == [(7, "7.0")]


def test_ranking_draws_a_negative_margin_left_of_zero() -> None:
    """A rate better than mid-market does not shorten the fee's bar: it has a bar of its own below zero."""
    row = PRICED | {"margin_percent_200": -2.0, "total_percent_200": 3.0}
    marks = values(spec(pictures.ranking(survey_of_rows([row]))))
    assert [(one["from"], one["to"]) for one in marks if "part" in one] == [(0, 5), (0, -2)]
    assert [one["figure"] for one in marks if "end" in one] == ["3.0"]


def test_ranking_never_draws_an_unknown_margin() -> None:
    """Where no service states a margin there is no bar of zero, and the picture says so."""
    row = PRICED | {"margin_percent_200": None, "transparent": False, "total_percent_200": 5.0}
    drawn = pictures.ranking(survey_of_rows([row]), transparent_only=False)
    assert [one["part"] for one in values(spec(drawn)) if "part" in one] == ["Fee"]
    assert any("unknown, not zero" in note for note in drawn.notes)
    assert any("lower bound" in note for note in drawn.notes)


def test_ranking_holds_fee_and_margin_to_the_cost() -> None:
    """Costs of 7 and 5 average 6, fees are 5; a margin of 2 adds 1, the 1 to 1 adds none, and the picture says so."""
    even = PRICED | {"margin_percent_200": 0.0, "total_percent_200": 5.0, "comparable": False}
    drawn = pictures.ranking(survey_of_rows([PRICED, even]))
    assert drawn.data.row(0)[2:] == (6.0, 5.0, 1.0)
    assert any("1 of the 2 services drawn hide their margin or exchange at 1 to 1" in note for note in drawn.notes)
    assert not any("come to another" in note for note in drawn.notes)


def test_ranking_names_bars_whose_parts_are_not_the_cost() -> None:
    """Stated parts of 7 beside a stated cost of 6: the figure is the cost, and the bar is named."""
    drawn = pictures.ranking(survey_of_rows([PRICED | {"total_percent_200": 6.0}]))
    assert any("come to another: United Kingdom to Kenya." in note for note in drawn.notes)
    many = [PRICED | {"total_percent_200": 6.0, "firm": name} for name in "abcdef"]
    assert any("a, b, c, d and 2 more." in note for note in pictures.ranking(survey_of_rows(many), by="firm").notes)


@pytest.mark.parametrize("name", ["ranking", "tile_map"])
def test_a_cost_below_zero_is_explained(name: str) -> None:
    """A square or a bar of minus 3 is no slip, and the picture says what it is; without one nothing is said."""
    row = PRICED | {"margin_percent_200": -8.0, "total_percent_200": -3.0, "destination": "HND"}
    notes = getattr(pictures, name)(survey_of_rows([row])).notes
    assert any(note.startswith("Below zero, the exchange rate being better") and "Honduras" in note for note in notes)
    assert not any("Below zero" in note for note in getattr(pictures, name)(survey_of_rows([PRICED])).notes)


def test_labels_of_slopes_never_overlap() -> None:
    """Nine costs that are nearly the same and one far off: labels keep 14 pixels between them, on either side."""
    rows = [
        {"total_percent_200": 5.0 + number / 100, "total_percent_500": 4.0 + number / 100, "destination": code}
        for number, code in enumerate(("KEN", "IND", "PAK", "UGA", "NGA", "GHA", "RWA", "TON", "FJI"))
    ]
    rows.append({"total_percent_200": 50.0, "total_percent_500": 4.0, "destination": "HTI"})
    drawing = spec(pictures.slopes(survey_of_rows(rows)))["vconcat"][0]
    low, high = drawing["layer"][1]["encoding"]["y"]["scale"]["domain"]
    marks = [one for one in values(drawing) if "words_at" in one]
    for side in (0, 1):
        told = {one["words"]: one["words_at"] for one in marks if one["at"] == side}
        heights = sorted((height - low) / (high - low) * drawing["height"] for height in told.values())
        assert min(after - before for before, after in pairwise(heights)) > 14


def test_the_axis_of_services_counts_whole_ones() -> None:
    """There is no half a service, nor half of one."""
    axes = [
        spec(pictures.spread(survey_of_rows([PRICED] * services)))["vconcat"][0]["layer"][0]["encoding"]["y"]["axis"]
        for services in (1, 2)
    ]
    assert axes[0]["values"] == [0, 1]
    assert axes[1]["tickMinStep"] == 1


def test_parts_differ_in_lightness() -> None:
    """Neighbouring shades are at least a tenth of white apart in grey, so that print keeps them apart."""

    def grey(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255

    shades = [grey(one) for one in (picture.DARK, picture.MIDDLE, picture.LIGHT, "#e9f0f7")]
    assert all(second - first > 0.1 for first, second in pairwise(shades))


def test_series_draws_targets_as_they_stood() -> None:
    """In 2014 the G8's 5 percent was in force, and the 3 percent of 2015 is shown as agreed later."""
    rows = [PRICED | {"period": period} for period in ("2013_4Q", "2014_1Q", "2014_2Q")]
    drawn = pictures.series(survey_of_rows(rows))
    goals = {(one["most"], one["standing"]) for one in values(spec(drawn)) if "standing" in one}
    assert goals == {(5, "in force"), (3, "retrospective")}
    assert drawn.data["cost_percent"].to_list() == [7.0, 7.0, 7.0]


def test_a_series_within_two_years_marks_quarters_and_a_longer_one_years() -> None:
    """Years alone would leave a survey of one or two quarters without a mark, and its title names one quarter once."""
    one, short, long = (
        pictures.series(survey_of_rows([PRICED | {"period": period} for period in periods]))
        for periods in (["2025_3Q"], ["2023_4Q", "2025_3Q"], ["2023_3Q", "2025_3Q"])
    )
    axes = [spec(drawn)["vconcat"][0]["layer"][0]["encoding"]["x"]["axis"] for drawn in (one, short, long)]
    assert axes[0]["values"] == [{"year": 2025, "month": 8, "date": 16}]
    assert [len(axis.get("values", [])) for axis in axes] == [1, 2, 0]
    assert axes[2]["format"] == "%Y"
    assert one.title == "What it costs to send USD 200 from United Kingdom to Kenya, Q3 2025"


def test_series_leaves_no_hole_between_two_standings() -> None:
    """A target whose standing changes goes on where it stood before: here the G8's, due at the end of 2014."""
    rows = [PRICED | {"period": period} for period in ("2014_3Q", "2014_4Q", "2015_3Q")]
    runs = [one for one in values(spec(pictures.series(survey_of_rows(rows)))) if one.get("most") == 5]
    assert {(one["standing"], one["from"], one["to"]) for one in runs} == {
        ("in force", "2014-07-01", "2015-07-01"),
        ("ended", "2015-07-01", "2015-10-01"),
    }


def test_series_by_group_tells_lines_apart_without_colour(survey: Survey) -> None:
    """Each line has a dash and a mark of its own, and its name at its end."""
    drawn = pictures.series(survey, by="firm_type", show=3)
    layer = spec(drawn)["vconcat"][0]["layer"]
    assert len({str(dash) for dash in layer[0]["encoding"]["strokeDash"]["scale"]["range"]}) == 3
    assert len(set(layer[1]["encoding"]["shape"]["scale"]["range"])) == 3
    assert drawn.data["label"].n_unique() == 3


def test_map_has_every_receiving_country(survey: Survey) -> None:
    """What is drawn is the index by receiving country, each on a square."""
    drawn = pictures.tile_map(survey)
    index = survey.index(by="receiver").frame.filter(pl.col("period") == "2024_3Q")
    assert dict(drawn.data.select("code", "cost_percent").iter_rows()) == dict(
        index.select("destination", "cost_percent").iter_rows()
    )
    assert drawn.data["column"].null_count() == 0


def test_map_names_a_country_that_it_does_not_have() -> None:
    """A withdrawn code is named beside the map with its cost."""
    drawn = pictures.tile_map(survey_of_rows([PRICED | {"destination": "ANT"}]))
    assert "ANT, not on the map: 7.0%." in drawn.notes


def test_map_puts_each_country_on_one_square() -> None:
    """No two countries share a square, and every code is a country's."""
    squares = pictures.tiles()
    assert len(set(squares.values())) == len(squares)
    assert set(squares) <= {one.alpha3 for one in countries().values()}


def test_bands_of_the_map_include_their_upper_end() -> None:
    """Exactly 3 percent meets 3 percent."""
    rows = [{"destination": code, "total_percent_200": cost} for code, cost in (("KEN", 3.0), ("UGA", 3.01))]
    data = pictures.tile_map(survey_of_rows(rows)).data
    assert data["band"].to_list() == ["to 3%", "over 3 to 5%"]


def test_spread_counts_every_service(survey: Survey) -> None:
    """The bars together hold as many services as the index; ends are open."""
    data = pictures.spread(survey).data
    assert data["services"].sum() == survey.index().value(column="services")
    assert data["to_percent"][-1] is None


def test_spread_puts_a_service_where_it_belongs() -> None:
    """2.99 lies from 2 to 3, 3.00 from 3 to 4, -1 below zero and 45 with all from 30 on."""
    rows = [{"total_percent_200": cost} for cost in (2.99, 3.0, -1.0, 45.0)]
    data = pictures.spread(survey_of_rows(rows), most=30).data.filter(pl.col("services") > 0)
    assert data.rows() == [(None, 0, 1), (2, 3, 1), (3, 4, 1), (30, None, 1)]


def test_spread_goes_as_far_as_nine_services_in_ten() -> None:
    """Of ten services nine cost 41 percent or less, so the open bar begins at 50; asked for 20, it begins there."""
    survey = survey_of_rows([{"total_percent_200": cost} for cost in (5.0, *[41.0] * 8, 400.0)])
    assert pictures.spread(survey).data.tail(1).row(0) == (50, None, 1)
    assert pictures.spread(survey, most=20).data.tail(1).row(0) == (20, None, 9)


def test_spread_ends_at_ten_where_all_cost_less() -> None:
    """Payments of firms often cost a percent or two: twenty empty bars would press them against the axis."""
    cheap = survey_of_rows([{"total_percent_200": 9.9}, {"total_percent_200": -1.0}])
    assert pictures.spread(cheap).data["from_percent"][-1] == 10
    assert pictures.spread(survey_of_rows([{"total_percent_200": 10.0}])).data["from_percent"][-1] == 30


def test_slopes_draw_both_amounts_of_the_same_services() -> None:
    """A service without a price for USD 500 does not count for USD 200 either."""
    rows: list[dict[str, object]] = [
        {"total_percent_200": 7.0, "total_percent_500": 4.0},
        {"total_percent_200": 90.0, "total_percent_500": None},
    ]
    assert pictures.slopes(survey_of_rows(rows)).data.row(0) == ("United Kingdom to Kenya", 1, 7.0, 4.0, 3.0)


def test_a_picture_of_nothing_is_refused(survey: Survey) -> None:
    """No quarter, no service: the error names what was asked and what there is."""
    with pytest.raises(pc.PaymentError, match="2023_4Q, 2024_1Q, 2024_3Q"):
        pictures.ranking(survey, period="2024_2Q")
    with pytest.raises(pc.PaymentError, match="none of which qualifies"):
        pictures.ranking(survey_of_rows([{"transparent": False}]))


def test_names_from_outside_are_text_in_svg() -> None:
    """A provider whose name is markup is drawn as its letters."""
    row = PRICED | {"firm": "<script>alert(1)</script>", "firm_key": "<script>alert(1)</script>"}
    svg = pictures.ranking(survey_of_rows([row]), by="firm").svg()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
