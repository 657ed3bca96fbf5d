"""Indices of a survey: each checked against arithmetic that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from paycompare.errors import PaymentError, SurveyError
from paycompare.survey.gaps import gap
from paycompare.survey.indices import GROUPINGS, corridors_without, distribution, index, slope, transparency
from paycompare.survey.rule import ACCESS, RULES, IndexRule
from paycompare.survey.sample import survey_of_rows
from paycompare.survey.verify import identities, read_published, verify_corridors

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, object]


def cost(percent: float, **more: object) -> Row:
    """Return a row of this total cost."""
    return {"total_percent_200": percent, **more}


def test_the_global_average_is_over_services_and_leaves_russia_out() -> None:
    """(4 + 6 + 11) / 3 = 7: every service counts once, whatever its corridor; what Russia sends does not."""
    survey = survey_of_rows(
        [cost(4.0), cost(6.0), cost(11.0, destination="IND"), cost(1.0, source="RUS"), cost(50.0, transparent=False)]
    )
    table = index(survey, "global")
    assert table.value() == 7.0
    assert table.frame.select("services", "corridors").row(0) == (3, 2)
    assert index(survey).value() == 5.5  # with Russia: (4 + 6 + 11 + 1) / 4


def test_corridors_weigh_alike_or_by_flows() -> None:
    """Corridors cost (4 + 6) / 2 = 5 and 11: alike 8; weighted 3 to 1, (3 x 5 + 11) / 4 = 6.5."""
    survey = survey_of_rows([cost(4.0), cost(6.0), cost(11.0, destination="IND")])
    flows = pl.DataFrame({"source": ["GBR"] * 3, "destination": ["KEN", "IND", "PAK"], "flow": [300, 100, 900]})
    assert index(survey, unit="corridor").value() == 8.0
    weighted = index(survey, "weighted", flows=flows)
    assert weighted.value() == 6.5
    # Of 1,300 that flow, 900 go to Pakistan, which has no cost.
    assert weighted.notes[-1] == (
        "in 2025_3Q 2 of 2 corridors have a flow and weigh: 30.8% of all flows given; the other 69.2% are in corridors "
        "without a cost"
    )


def test_of_a_part_the_weights_are_held_against_its_own_flows() -> None:
    """To Kenya 400 flow, of which 300 have a cost, whatever flows to India."""
    survey = survey_of_rows([cost(4.0), cost(11.0, destination="IND")])
    flows = pl.DataFrame({"source": ["GB", "US", "GB"], "destination": ["KE", "KE", "IN"], "flow": [300, 100, 9600]})
    for part, told in (
        (survey.only(to="KE"), "1 of 1 corridors have a flow and weigh: 75.0% of the flows to KEN; the other 25.0%"),
        (survey.only(sender="GB", to="KE"), "100.0% of the flows from GBR to KEN;"),
        (survey.only(since="2025_3Q"), "99.0% of all flows given;"),
    ):
        assert told in index(part, "weighted", flows=flows).notes[-1]


def test_flows_name_countries_by_any_code_and_each_pair_once() -> None:
    """GB and Kenya are read; a pair under two codes, a stranger, and what is no flow are refused with their place."""
    survey = survey_of_rows([cost(4.0), cost(11.0, destination="IND")])

    def flows(*rows: tuple[str | None, str, object]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=["source", "destination", "flow"], orient="row", strict=False)

    assert index(survey, "weighted", flows=flows(("GB", "Kenya", 3), ("UK", "IN", 1))).value() == 5.75  # (12 + 11) / 4
    assert index(survey.only(to="PK"), "weighted", flows=flows(("GB", "KE", 1))).notes == ("no service qualifies",)
    nothing = index(survey, "weighted", flows=flows(("GB", "KE", 0)))
    assert nothing.value() is None
    assert "0.0% of all flows" in nothing.notes[-1]
    for wrong, words in (
        (flows(("GB", "KE", 1), ("GBR", "KEN", 2)), "GBR to KEN twice or more"),
        (flows(("GB", "KX", 1)), "found 'KX', expected a country"),
        (flows((None, "KE", 1)), "expected a country"),
        (flows(("GB", "KE", 1.0), ("GB", "IN", float("nan"))), "row 2, flow: found nan"),
        (flows(("GB", "KE", -1)), "at least zero"),
        (flows(("GB", "KE", None)), "a finite number"),
    ):
        with pytest.raises(PaymentError, match=words):
            index(survey, "weighted", flows=wrong)


def test_a_component_that_no_corridor_states_is_not_known_however_corridors_weigh() -> None:
    """Fees are stated by one of two: 3 on 100 is its 3 percent, whatever flows; stated by none, they are null."""
    flows = pl.DataFrame({"source": ["GBR"] * 2, "destination": ["KEN", "IND"], "flow": [300, 100]})
    rows = [cost(4.0, fee_200=3.0, amount_200=100.0), cost(11.0, destination="IND")]
    assert index(survey_of_rows(rows), "weighted", flows=flows).value(column="fee_percent") == 3.0
    for named in ("weighted", "average"):
        assert index(survey_of_rows(rows[1:]), named, flows=flows).value(column="fee_percent") is None


def test_a_rule_reads_names_as_people_write_them() -> None:
    """RU, RUS and Russia are one sender, TransferWise is Wise, and one name need not stand in a tuple."""
    for several in ("RU", ("Russia",), ["RUS"]):
        assert IndexRule().changed(without_senders=several) == IndexRule(without_senders=("RUS",))
    survey = survey_of_rows([cost(4.0), cost(1.0, source="RUS"), cost(7.0, firm="Wise", firm_type="Bank")])
    assert index(survey, without_senders=("RU",)).value() == 5.5
    assert index(survey, firms="TransferWise").value() == index(survey, firm_types="Bank").value() == 7.0
    assert index(survey.only(sender="RU"), firms="Wise").value() is None  # the survey has it, this part does not


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"without_senders": ("RX",)}, "country: found 'RX'"),
        ({"without_senders": ("RU", "RUS")}, "without_senders: found 'RU, RUS', expected each of them once"),
        ({"firms": ("wise", "TransferWise")}, "each of them once"),
        ({"firms": ("Wize",)}, "firms: found 'wize', expected a name that the survey has, nearest is 'wise'"),
        ({"firm_types": ("Banks",)}, "firm_types: found 'Banks'"),
        ({"firm_types": 7}, "a name, or several"),
        ({"digital": "yes"}, "digital: found 'yes', expected one of True, False, unknown"),
        ({"margins": "some"}, "one of comparable, all"),
    ],
)
def test_a_name_that_nobody_has_is_refused(change: dict[str, Any], words: str) -> None:
    """A rule that would quietly leave nothing in, or nothing out, is refused with the nearest name."""
    with pytest.raises(PaymentError, match=words):
        index(survey_of_rows([cost(5.0, firm="Wise", firm_type="Bank / Post office")]), **change)


def test_weighing_needs_flows() -> None:
    """Without a matrix the weighted average cannot be meant."""
    with pytest.raises(PaymentError, match="flows"):
        index(survey_of_rows([cost(4.0)]), "weighted")


def test_smart_is_the_mean_of_the_three_cheapest_that_qualify() -> None:
    """Slow, hidden and far services do not qualify: (2 + 3 + 4) / 3 = 3 in one corridor, 9 in another, 6 over both."""
    cash = {"pickup_method": "Cash"}
    survey = survey_of_rows(
        [
            *(cost(percent) for percent in (4.0, 2.0, 3.0, 8.0)),
            cost(0.1, speed="6 days or more"),
            cost(0.1, transparent=False),
            cost(0.1, receiving_coverage="Low", **cash),
            cost(0.1, **cash),
            cost(9.0, destination="IND", receiving_coverage="High", **cash),
            cost(0.1, destination="PAK", speed=None),
        ]
    )
    assert index(survey, "smart", by="corridor").frame["cost_percent"].to_list() == [9.0, 3.0]
    assert index(survey, "smart").value() == 6.0
    assert index(survey, "smart", access="any", within=None).value() != 6.0
    assert corridors_without(survey).frame.select("source", "destination", "services").rows() == [("GBR", "PAK", 1)]


def test_a_corridor_is_without_a_service_in_the_quarters_in_which_it_is() -> None:
    """Served in one quarter and too slow in the next; senders that a rule leaves out are no corridors of it."""
    slow = {"speed": "6 days or more"}
    survey = survey_of_rows([cost(3.0, period="2025_1Q"), cost(3.0, **slow), cost(3.0, source="RUS", **slow)])
    missed = corridors_without(survey).frame.select("period", "source").rows()
    assert missed == [("2025_3Q", "GBR"), ("2025_3Q", "RUS")]
    assert corridors_without(survey, without_senders="RU").frame["source"].to_list() == ["GBR"]


def test_smart_may_ask_for_a_fewest_number_of_services() -> None:
    """A corridor with one qualifying service counts, unless the rule wants three."""
    survey = survey_of_rows([*(cost(percent) for percent in (2.0, 3.0, 4.0)), cost(9.0, destination="IND")])
    assert index(survey, "smart").value() == 6.0
    assert index(survey, "smart", fewest=3).value() == 3.0


def test_smart_takes_three_of_services_that_cost_alike_and_asks_for_more_before_it_takes_them() -> None:
    """Of five at 2 percent three count; asked for four at least, the corridor that has five stays with its three."""
    survey = survey_of_rows([*[cost(2.0)] * 5, *[cost(9.0, destination="IND")] * 3])
    assert index(survey, "smart", by="corridor").frame["services"].to_list() == [3, 3]
    assert index(survey, "smart", fewest=4).frame.select("cost_percent", "services").row(0) == (2.0, 3)


@pytest.mark.parametrize(
    ("service", "qualifies"),
    [
        ({"speed": "3-5 days"}, "any high_or_medium high"),
        ({"speed": "1-3 days"}, "any high_or_medium high"),
        ({"speed": "6 days or more"}, ""),
        ({"pickup_method": "Cash", "receiving_coverage": "High"}, "any high_or_medium high"),
        ({"pickup_method": "Cash", "receiving_coverage": "Medium"}, "any high_or_medium"),
        ({"pickup_method": "Cash", "receiving_coverage": "Low"}, "any"),
        ({"pickup_method": "Cash, Bank account"}, "any"),
        ({"pickup_method": "Mobile wallet, Bank account", "receiving_coverage": "Low"}, "any high_or_medium high"),
        ({"pickup_method": "Home delivery"}, "any high_or_medium high"),
    ],
)
def test_what_qualifies_for_smart(service: dict[str, str], qualifies: str) -> None:
    """Five days are within five days; cash wants a network nearby, an account and a messenger do not."""
    survey = survey_of_rows([cost(3.0, **service)])
    assert [access for access in ACCESS if index(survey, "smart", access=access).value()] == qualifies.split()


def test_smart_says_how_many_corridors_have_three_services() -> None:
    """One corridor has three, one has two and counts by them, one has none; asked for three at least, one counts."""
    rows = [*(cost(percent) for percent in (2.0, 3.0, 4.0)), cost(9.0, destination="IND"), cost(9.5, destination="IND")]
    survey = survey_of_rows([*rows, cost(1.0, destination="PAK", speed="6 days or more"), cost(1.0, period="2024_1Q")])
    said = "of 3 corridors surveyed in 2025_3Q: 1 with at least 3 services that qualify"
    for by in ((), "firm"):
        assert (
            f"{said}; 1 with fewer, averaged over those; 1 with none, left out" in index(survey, "smart", by=by).notes
        )
    assert f"{said}; 1 with fewer than 3, left out; 1 with none, left out" in index(survey, "smart", fewest=3).notes
    assert (
        "2 with fewer than 4, left out" in index(survey, "smart", fewest=4).notes[0]
    )  # four are asked for, three count
    full = index(survey_of_rows(rows[:3]), "smart")
    assert full.notes[0] == "of 1 corridors surveyed in 2025_3Q: 1 with at least 3 services that qualify"


def test_a_condition_that_rows_cannot_answer_is_said() -> None:
    """A survey without speeds has no SmaRT, and one without access points no split by them: the table tells why."""
    survey = survey_of_rows([cost(3.0, speed=None, pickup_method=None, firm_type=None)])
    smart = index(survey, "smart")
    assert smart.value() is None
    assert "1 of 1 rows state no speed, which the rule asks for: they do not qualify" in smart.notes
    assert (
        "1 of 1 rows state no pick-up method or coverage, which the rule asks for: they do not qualify" in smart.notes
    )
    assert smart.notes[-1] == "no service qualifies"
    assert "1 of 1 rows state no provider type" in index(survey, "international_mto").notes[0]
    assert index(survey, by="access_point").notes[0] == "access_point is stated in no row: the groups are not known"
    assert index(survey.only(to="IN"), "smart").notes == ("no service qualifies",)


def test_coverage_of_the_earlier_sheets_has_its_own_scale() -> None:
    """Nationwide and major cities are near, one city is not; the two scales are never mapped to each other."""
    earlier = {"layout": "product", "period": "2014_1Q", "pickup_method": "Cash"}
    rows = [
        cost(float(place), coverage=reach, **earlier)
        for place, reach in enumerate(["Nationwide", "Major cities", "Main city", None])
    ]
    assert index(survey_of_rows(rows), "smart").frame["services"].to_list() == [2]
    assert index(survey_of_rows(rows), "smart", access="high").frame["services"].to_list() == [1]


def test_the_international_mto_index_takes_firms_that_are_nearly_everywhere() -> None:
    """Of two corridors one firm serves both and another one: at 85 percent only the first counts; banks never do."""
    survey = survey_of_rows(
        [
            cost(4.0, firm="Everywhere"),
            cost(6.0, firm="everywhere ", firm_key="everywhere", destination="IND"),
            cost(50.0, firm="Somewhere"),
            cost(70.0, firm="Bank", firm_type="Bank"),
            cost(70.0, firm="Bank", firm_type="Bank", destination="IND"),
        ]
    )
    assert index(survey, "international_mto").value() == 5.0
    bank = cost(70.0, firm="Bank", firm_type="Bank", destination="IND")
    hidden = survey_of_rows([cost(4.0), cost(1.0, transparent=False, destination="IND"), bank])
    assert index(hidden, "international_mto").value() == 4.0  # where it hides its rate it serves all the same
    assert index(survey, "international_mto", presence=0.5).value() == 20.0  # (4 + 6 + 50) / 3


def test_who_is_everywhere_is_counted_over_the_whole_survey() -> None:
    """A firm in one corridor of three is in every corridor of a country that has that one: it does not count there."""
    rows = [cost(4.0, firm="Everywhere", destination=place) for place in ("KEN", "IND", "PAK")]
    survey = survey_of_rows([*rows, cost(50.0, firm="Kenya alone")])
    whole = index(survey, "international_mto", by="receiver")
    for part in (survey.only(to="KE"), survey.panel().only(to="KE")):
        table = index(part, "international_mto")
        assert table.value() == whole.value(destination="KEN") == 4.0
        assert "in 2025_3Q so present in the 3 corridors surveyed: everywhere" in table.notes
    assert "at least 85% of all corridors of the quarter" in str(whole.rule)


DIGITAL = {"access_point": "Internet", "payment_instrument": "Debit card", "pickup_method": "Bank account"}


@pytest.mark.parametrize(
    ("digital_set", "digital", "other"),
    [
        ("paid_online_received", 1.0, (2.0 + 3.0 + 4.0 + 10.0) / 4),
        ("paid_and_received", (1.0 + 2.0) / 2, (3.0 + 4.0 + 10.0) / 3),
        ("access_point", (1.0 + 3.0 + 4.0) / 3, (2.0 + 10.0) / 2),
    ],
)
def test_digital_has_three_readings(digital_set: str, digital: float, other: float) -> None:
    """What is paid, ordered or received without cash differs service by service; the two halves are all services."""
    survey = survey_of_rows(
        [
            cost(1.0, **DIGITAL),
            cost(2.0, **{**DIGITAL, "access_point": "Bank branch"}),
            cost(3.0, **{**DIGITAL, "pickup_method": "Cash"}),
            cost(4.0, **{**DIGITAL, "payment_instrument": "Cash, Debit card"}),
            cost(10.0, access_point="Agent", payment_instrument="Cash", pickup_method="Cash"),
        ]
    )
    assert index(survey, "digital", digital_set=digital_set).value() == pytest.approx(digital)
    assert index(survey, "non_digital", digital_set=digital_set).value() == pytest.approx(other)


def test_what_is_not_stated_is_neither_digital_nor_not() -> None:
    """Of four, one is digital, one is not, and of two it cannot be told: one with nothing, one without an access point.

    Cash rules a service out whatever else is stated. The three parts are all services, and the table says so.
    """
    survey = survey_of_rows(
        [
            cost(1.0, **DIGITAL),
            cost(2.0, payment_instrument="Cash", pickup_method="Bank account"),
            cost(3.0, pickup_method=None),
            cost(4.0, **{**DIGITAL, "access_point": None}),
        ]
    )
    found = {part: index(survey, digital=part) for part in (True, False, "unknown")}
    assert [found[part].value() for part in (True, False, "unknown")] == [1.0, 2.0, 3.5]
    assert sum(table.value(column="services") or 0 for table in found.values()) == 4
    assert "in 2025_3Q 2 of 4 rows do not state enough" in found[True].notes[0]
    assert found[True].notes[0].endswith("they are in neither average")
    assert found["unknown"].notes[0].endswith("they are what is averaged")
    assert "the survey does not tell whether they are paid without cash" in str(found["unknown"].rule)
    earlier = index(survey_of_rows([cost(1.0, layout="product")]), digital="unknown")
    assert earlier.value() == 1.0


def test_before_the_survey_told_nothing_is_digital_and_nothing_is_not() -> None:
    """Quarters of the earlier layout are in neither half, and the table says so."""
    survey = survey_of_rows([cost(1.0, layout="product", period="2014_1Q"), cost(2.0)])
    for name in ("digital", "non_digital"):
        table = index(survey, name)
        assert "2014_1Q" not in table.frame["period"].to_list()
        assert "before 2016_2Q" in table.notes[0]


def test_the_amount_decides_what_is_averaged() -> None:
    """The same services cost 7 percent of 200 and 4 percent of 500, 3 points less."""
    survey = survey_of_rows([cost(7.0, total_percent_500=4.0), cost(9.0)])
    assert index(survey, amount=500).value() == 4.0
    assert [index(survey, amount=amount).value(column="services") for amount in (200, 500)] == [2, 1]
    table = slope(survey)
    assert table.frame.row(0) == ("2025_3Q", 7.0, 4.0, 3.0, 1)
    assert str(table.rule).startswith(
        "total cost of sending USD 200 and USD 500, percent of the amount, over services that are priced at both and "
        "qualify at USD 200; the plain mean over services; "
    )


def test_fee_and_margin_are_means_over_the_same_services() -> None:
    """Fees of 3 and 9 on 120 are 2.5 and 7.5 percent, margins 1 and 2: together 6.5 on average."""
    rows = [cost(3.5, amount_200=120.0, fee_200=3.0, margin_percent_200=1.0)]
    rows += [cost(9.5, amount_200=120.0, fee_200=9.0, margin_percent_200=2.0)]
    row = index(survey_of_rows(rows)).frame.row(0, named=True)
    assert (row["cost_percent"], row["fee_percent"], row["margin_percent"]) == (6.5, 5.0, 1.5)


def test_fee_and_margin_are_those_of_the_amount() -> None:
    """3 on 120 and a margin of 1 percent are 3.5; 3 on 300 and 0.75 are 1.75."""
    row = cost(3.5, amount_200=120.0, fee_200=3.0, margin_percent_200=1.0)
    row |= {"total_percent_500": 1.75, "amount_500": 300.0, "fee_500": 3.0, "margin_percent_500": 0.75}
    for amount, parts in ((200, (3.5, 2.5, 1.0)), (500, (1.75, 1.0, 0.75))):
        frame = index(survey_of_rows([row]), amount=amount).frame
        assert frame.select("cost_percent", "fee_percent", "margin_percent").row(0) == parts


def test_a_rate_of_one_to_one_is_no_margin_of_zero() -> None:
    """Margins of 2 and 4 average 3; the third pays out at 1 to 1, counts in cost and fee, and the table says so.

    Costs (5 + 7 + 3) / 3 = 5 and fees 3 each: what margins add to the cost is (2 + 4) / 3 = 2, the rest of it.
    """
    priced = {"amount_200": 100.0, "fee_200": 3.0}
    rows = [cost(3.0 + margin, margin_percent_200=margin, **priced) for margin in (2.0, 4.0)]
    survey = survey_of_rows([*rows, cost(3.0, margin_percent_200=0.0, comparable=False, **priced)])
    for unit in ("quote", "corridor"):
        table = index(survey, unit=unit)
        row = table.frame.row(0, named=True)
        assert (row["cost_percent"], row["fee_percent"], row["margin_percent"]) == (5.0, 3.0, 3.0)
        assert (row["services"], row["margins"]) == (3, 2)
        assert table.notes[0].startswith("the mean margin is over 2 of 3 services; ")
        assert table.notes[0].endswith(" fee and margin need not add up to the cost")
        added = index(survey, unit=unit, margins="all")
        assert added.value(column="margin_percent") == 2.0
        assert "the margin as it adds to the cost" in str(added.rule)
        assert added.notes[0].startswith("the mean margin counts those of 2 of 3 services; ")
    assert index(survey, margins="all").name == "average"
    assert not index(survey_of_rows(rows)).notes


def test_a_margin_that_no_service_states_is_unknown() -> None:
    """Where every rate is 1 to 1 there is no margin, and no zero either, whichever way margins are taken."""
    survey = survey_of_rows([cost(3.0, margin_percent_200=0.0, comparable=False)])
    for margins in ("comparable", "all"):
        assert index(survey, margins=margins).value(column="margin_percent") is None


def test_services_that_hide_their_rate_make_a_lower_bound_when_counted() -> None:
    """They are left out, or counted with their fee alone, and the rule says which."""
    survey = survey_of_rows([cost(6.0), cost(2.0, transparent=False)])
    counted = index(survey, transparent_only=False)
    assert (index(survey).value(), counted.value()) == (6.0, 4.0)
    assert "lower bound" in str(counted.rule)


def test_spread_and_shares_below_thresholds() -> None:
    """Of 2, 4, 6 and 12: mean 6, median 5, quartiles 3.5 and 7.5; one below 3, two below 5, three below 10."""
    survey = survey_of_rows([cost(percent) for percent in (2.0, 4.0, 6.0, 12.0)])
    row = distribution(survey).frame.row(0, named=True)
    assert [row[name] for name in ("cost_percent", "least", "q1", "median", "q3", "most")] == [6, 2, 3.5, 5, 7.5, 12]
    assert [row[f"below_{limit}_share"] for limit in (3, 5, 10)] == [0.25, 0.5, 0.75]
    assert row["sd"] == pytest.approx((56 / 3) ** 0.5)  # 16 + 4 + 0 + 36 over three


@pytest.mark.parametrize("thresholds", [(3, 3), (float("nan"),), "5", (5, "10")])
def test_thresholds_are_numbers_each_once(thresholds: Any) -> None:
    """Two columns of one name, or a share below what is no number, are refused; half a percent is a number."""
    survey = survey_of_rows([cost(2.0), cost(5.0)])
    with pytest.raises(PaymentError, match="thresholds: found"):
        distribution(survey, thresholds=thresholds)
    assert distribution(survey, thresholds=(2.5,)).value(column="below_2.5_share") == 0.5


def test_a_cost_at_the_threshold_is_not_below_it() -> None:
    """Exactly 5 percent is not below 5."""
    assert distribution(survey_of_rows([cost(5.0)])).value(column="below_5_share") == 0.0


@pytest.mark.parametrize(
    "costs", [(6.94, 3.64, 6.19, 6.65, 6.28, 0.3), (6.39, 5.35, 3.78, 6.39, 5.27, 2.82), (5.0,) * 6]
)
def test_neither_figures_nor_ties_depend_on_the_order_of_rows(costs: tuple[float, ...]) -> None:
    """Six services at 5 percent together: in binary the first mean comes out above, the second below; neither is."""
    survey = survey_of_rows([cost(percent) for percent in costs])
    assert index(survey, by="corridor").value() == index(survey, unit="corridor").value() == 5.0
    assert distribution(survey, unit="corridor").value(column="below_5_share") == 0.0
    assert gap(index(survey, by="corridor"), "sdg_10c_corridor").frame["met"].to_list() == [True]


def test_shares_of_corridors_are_over_their_averages() -> None:
    """Corridors at 3 and 11: half of the corridors are below 5, though two of three services are."""
    survey = survey_of_rows([cost(2.0), cost(4.0), cost(11.0, destination="IND")])
    table = distribution(survey, unit="corridor")
    assert table.value(column="below_5_share") == 0.5
    assert table.frame.select("services", "corridors").row(0) == (3, 2)


@pytest.mark.parametrize("group", GROUPINGS)
def test_every_grouping_splits_the_whole(group: str) -> None:
    """Groups have as many services together as the whole, in every quarter, those without a label included."""
    rows = [cost(3.0, firm="A"), cost(5.0, firm="B", destination="IND"), cost(7.0, period="2025_1Q", source="USA")]
    survey = survey_of_rows(rows)
    frame = index(survey, by=group).frame
    assert frame.group_by("period").agg(pl.col("services").sum()).sort("period").rows() == [
        ("2025_1Q", 1),
        ("2025_3Q", 2),
    ]
    assert set(GROUPINGS[group]) < set(frame.columns)


def test_groups_can_be_crossed() -> None:
    """Two groupings together give one row for each pair."""
    survey = survey_of_rows([cost(3.0), cost(5.0, firm_type="Bank"), cost(7.0, firm_type="Bank")])
    table = index(survey, by=("receiver", "firm_type"))
    assert table.value(destination="KEN", firm_type="Bank") == 6.0


def test_the_share_of_transparent_services_is_told() -> None:
    """One of two in Kenya, all in India; a service of which it is not known is not counted as transparent."""
    survey = survey_of_rows([{}, {"transparent": None}, {"destination": "IND"}])
    assert transparency(survey, by="receiver").frame["transparent_share"].to_list() == [1.0, 0.5]


def test_a_panel_keeps_corridors_that_every_quarter_has() -> None:
    """A corridor that came later would shift the average without any price having moved."""
    survey = survey_of_rows([cost(5.0, period="2025_1Q"), cost(5.0), cost(20.0, destination="TON")])
    assert index(survey).frame["cost_percent"].to_list() == [5.0, 12.5]
    panel = survey.panel()
    assert index(panel).frame["cost_percent"].to_list() == [5.0, 5.0]
    assert "corridors that every quarter has: 1" in panel.cite()


def test_only_keeps_what_was_asked_for_and_says_so() -> None:
    """Countries may be named or coded; the citation carries what was left out."""
    survey = survey_of_rows([cost(5.0), cost(7.0, destination="IND"), cost(9.0, period="2024_1Q")])
    part = survey.only(to="Kenya", sender=["GB", "USA"], since="2025_1Q", until="2025_3Q")
    assert part.frame["total_percent_200"].to_list() == [5.0]
    assert "to KEN; " in part.cite() or "to KEN" in part.restrictions
    with pytest.raises(PaymentError, match="since: found '2025'"):
        survey.only(since="2025")
    with pytest.raises(PaymentError, match="until: found '2025_1Q', expected a quarter that is not before 2025_3Q"):
        survey.only(since="2025_3Q", until="2025_1Q")
    assert survey.only(since="2025_3Q", until="2025_3Q").frame.height == 2
    with pytest.raises(PaymentError, match="country"):
        survey.only(to="Kenia land")


def test_regions_of_a_table_fill_what_the_survey_does_not_state() -> None:
    """What is stated stays; what is not comes from the table, and the citation says from where."""
    survey = survey_of_rows([cost(5.0), cost(7.0, destination="IND", destination_region="South Asia")])
    table = pl.DataFrame(
        {
            "Country Code": ["KEN", "IND"],
            "Region": ["Sub-Saharan Africa", "Wrong"],
            "Income": ["Lower middle income"] * 2,
        }
    )
    filled = survey.with_countries(table)
    assert filled.frame["destination_region"].to_list() == ["Sub-Saharan Africa", "South Asia"]
    assert "are from table" in filled.cite()
    with pytest.raises(SurveyError, match="rows 2, 3 below the headings: found IND in each, expected a country once"):
        survey.with_countries(pl.concat([table, table.tail(1)]))


@pytest.mark.parametrize("name", RULES)
def test_every_rule_prints_itself_whole(name: str) -> None:
    """The words tell amount, unit and transparency, and change when a part of the rule does."""
    rule = RULES[name]
    assert "USD 200" in str(rule)
    assert "mean over" in str(rule)
    changes = {"amount": 500, "transparent_only": False, "without_senders": ("TON",), "unit": "corridor", "cheapest": 2}
    more = {"fewest": 4, "within": "Next day", "access": "high", "presence": 0.4, "firm_types": ("Bank",)}
    last = {
        "firms": ("wise",),
        "ranges": "cheap",
        "margins": "all",
        "digital": rule.digital is None or not rule.digital,
    }
    for part, value in {**changes, **more, **last}.items():
        if getattr(rule, part) != value:
            assert str(rule.changed(**{part: value})) != str(rule), part


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 300}, "amount: found 300, expected one of 200, 500"),
        ({"unit": "qoute"}, "nearest is 'quote'"),
        ({"cheapst": 3}, "nearest is 'cheapest'"),
        ({"cheapest": 0}, "at least one service"),
        ({"cheapest": 2.5}, "at least one service"),
        ({"fewest": "2"}, "at least one service"),
        ({"transparent_only": "no"}, "one of True, False"),
        ({"presence": float("nan")}, "between 0 and 1"),
        ({"fewest": 0}, "at least one service"),
        ({"presence": 85}, "between 0 and 1"),
        ({"within": "5 days"}, "one of Less than one hour"),
        ({"access": "low"}, "one of any"),
        ({"ranges": "middle"}, "one of dear, cheap"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(change: dict[str, Any], words: str) -> None:
    """The error names the part, what was found and what would do."""
    with pytest.raises(PaymentError, match=words):
        index(survey_of_rows([cost(5.0)]), **change)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    """An index, a group, a column: each error names the nearest."""
    survey = survey_of_rows([cost(5.0), cost(6.0, destination="IND")])
    with pytest.raises(PaymentError, match="nearest is 'global'"):
        index(survey, "globl")
    with pytest.raises(PaymentError, match="nearest is 'corridor'"):
        index(survey, by="corridors")
    with pytest.raises(PaymentError, match="nearest is 'cost_percent'"):
        index(survey).value(column="cost_pct")
    with pytest.raises(PaymentError, match="one value for each of destination"):
        index(survey, by="receiver").value()
    for question in (slope, distribution):
        with pytest.raises(PaymentError, match="unit"):
            question(survey, "weighted")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "headings without rows"),
        ("GBR,KEN,2012_1Q,nan", "row 1 below the headings"),
        ("GBR,KEN,2012_1Q,", "row 1 below the headings"),
        ("GBR,KEN,2012Q1,5.00", "row 1 below the headings"),
    ],
)
def test_published_averages_that_prove_nothing_are_refused(tmp_path: Path, line: str, words: str) -> None:
    """No averages would all be reproduced; so each line needs a quarter and a figure, and there must be one."""
    file = tmp_path / "published.csv"
    file.write_text(f"source_code,destination_code,period,average_total_cost_pct\n{line}", encoding="utf-8")
    with pytest.raises(SurveyError, match=words):
        read_published(file)


@pytest.mark.parametrize(("printed", "holds"), [(5.0, True), (4.995, True), (5.005, True), (5.006, False)])
def test_a_published_average_is_reproduced_within_half_of_its_last_digit(printed: float, holds: bool) -> None:  # noqa: FBT001 -- a case
    """5.00 is printed for 4.995 to 5.005, and not for 5.006; a corridor without services is none that agrees."""
    published = pl.DataFrame(
        [{"source": "GBR", "destination": "KEN", "period": "2025_3Q", "published_percent": printed}]
    )
    assert verify_corridors(survey_of_rows([cost(5.0)]), published).holds is holds
    missed = verify_corridors(survey_of_rows([cost(5.0, destination="IND")]), published)
    assert (missed.holds, missed.missing) == (False, 1)


def test_a_margin_that_is_not_stated_is_not_tried_as_zero() -> None:
    """A hidden margin is left out of the stated total, so it is zero there; a blank one of an open rate is unknown."""
    row = cost(2.5, amount_200=120.0, fee_200=3.0)
    found = identities(survey_of_rows([row | {"transparent": False}, row]))
    assert (found[0].rows, found[0].within) == (1, 1)


def test_a_table_carries_rule_hash_and_source() -> None:
    """Whoever quotes a figure can say how it was made and from which file."""
    table = index(survey_of_rows([cost(5.0)]), IndexRule(cheapest=1))
    assert table.sha256 == "0" * 64
    assert "the 1 cheapest of each corridor" in table.cite()
    assert "The World Bank" in table.cite()
    assert "1 cheapest" in str(table)
    assert (table.name, index(survey_of_rows([cost(5.0)]), amount=200).name) == ("own rule", "average")


def test_tables_of_shares_and_of_corridors_carry_rule_hash_and_source_too() -> None:
    """Who discloses, and where no service qualifies: both say how they were made and from which file."""
    survey = survey_of_rows([cost(5.0, speed="6 days or more")])
    for table, words in ((survey.transparency(by="receiver"), "disclose"), (corridors_without(survey), "'smart'")):
        assert words in str(table)
        assert table.sha256 == "0" * 64
        assert words in table.cite()
        assert "The World Bank" in table.cite()
        assert table.value(column="services", destination="Kenya") == 1


def test_a_group_is_asked_for_by_any_name_and_a_stranger_is_refused() -> None:
    """KE is Kenya; a country without a service is None, a firm, a code or a quarter that is none an error."""
    survey = survey_of_rows([cost(5.0, firm="Wise"), cost(7.0, firm="Other")])
    table = index(survey, by=("corridor", "firm"))
    assert table.value(source="GB", destination="Kenya", firm_key="TransferWise") == 5.0
    assert table.value(source="GB", destination="IN", firm_key="wise") is None
    for asked, words in (
        ({"firm_key": "Wize"}, "firm_key: found 'Wize', expected a group of the table, nearest is 'wise'"),
        ({"destination": "KX"}, "country: found 'KX'"),
        ({"period": "2025"}, "period: found '2025', expected a quarter"),
    ):
        with pytest.raises(PaymentError, match=words):
            table.value(**asked)


def test_a_quarter_without_the_corridor_has_no_value() -> None:
    """Nothing qualifies is None, not zero."""
    survey = survey_of_rows([cost(5.0), cost(7.0, period="2025_1Q", destination="IND")])
    assert index(survey, by="receiver").value("2025_3Q", destination="IND") is None
