"""Surveys of one's own, the bridges between surveyed and priced costs, and the checklist."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import paycompare as pc
from paycompare.errors import PaymentError, SurveyError
from paycompare.survey.bridge import beside, surveyed_margin
from paycompare.survey.checklist import Operator, minimum_requirements
from paycompare.survey.collected import survey_of_table
from paycompare.survey.dataset import Survey
from paycompare.survey.gaps import assess
from paycompare.survey.indices import index, slope
from paycompare.survey.own import survey_of_answers
from paycompare.survey.sample import survey_of_rows
from paycompare.terms import Estimate
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 10, 30)


def priced(root: Path, amount: str = "1000 GBP", **options: Any) -> pc.Comparison:
    """Compare the folders of a test alone, sending from GBP to KES at 160."""
    ids = [path.name for path in root.iterdir()]
    usual: dict[str, Any] = {"sender": "GB/GBP", "to": "KE/KES", "at": DAY, "reference": {"GBP/KES": "160"}}
    return pc.compare(sends=amount, catalogue=[root], providers=ids, **{**usual, **options})


def write_market(root: Path) -> Path:
    """Write three banks, for 1,000 GBP sent with the fee on top.

    alpha   fee 5, margin 1 percent: 0.5 + 1 = 1.5
    range   margin 2.5 to 3 percent
    silent  fee 2, margin not published: at least 0.2
    """
    write_folder(root, "alpha", fee='flat = "5"', place="on_top", margin='share = "0.01"')
    write_folder(root, "range", margin='between = ["0.025", "0.03"]')
    write_folder(root, "silent", fee='flat = "2"', place="on_top", margin="not_published = true")
    return root


def test_priced_offers_are_a_survey_under_the_world_banks_definition(tmp_path: Path) -> None:
    """(1.5 + 3) / 2 = 2.25: a range counts by its dear end, what hides its margin is left out, and both are said."""
    survey = survey_of_answers({1000: [priced(write_market(tmp_path))]}, kinds={"alpha": "Bank"})
    table = index(survey)
    assert table.value() == pytest.approx(2.25)
    assert "USD 1,000" in str(table.rule)
    assert "a range counts by its dear end" in str(table.rule)
    assert "transparent services only" in str(table.rule)
    assert survey.transparency().frame["transparent_share"].to_list() == pytest.approx([2 / 3])
    assert survey.frame.filter(pl.col("firm_key") == "alpha")["firm_type"].to_list() == ["Bank"]


def test_how_ranges_and_bounds_enter_is_part_of_the_rule(tmp_path: Path) -> None:
    """Cheap ends: (1.5 + 2.5) / 2 = 2; with the silent bank at its least, (1.5 + 2.5 + 0.2) / 3 = 1.4."""
    survey = survey_of_answers({1000: [priced(write_market(tmp_path))]})
    assert index(survey, ranges="cheap").value() == pytest.approx(2.0)
    counted = index(survey, ranges="cheap", transparent_only=False)
    assert counted.value() == pytest.approx(1.4)
    assert "lower bound" in str(counted.rule)
    assert index(survey, transparent_only=False).value() == pytest.approx((1.5 + 3 + 0.2) / 3)
    fees = index(survey, ranges="cheap").frame
    assert fees["fee_percent"].to_list() == pytest.approx([0.5])  # a range's fee belongs to its dear end alone


def test_a_margin_that_was_not_published_stays_null(tmp_path: Path) -> None:
    """The silent bank's margin is not zero; an assumed one does not make it transparent."""
    root = write_market(tmp_path)
    several: list[dict[str, Any]] = [{}, {"assume": {"silent": "0.01"}}]
    for options in several:
        survey = survey_of_answers({1000: [priced(root, **options)]})
        row = survey.frame.filter(pl.col("firm_key") == "silent").row(0, named=True)
        assert row["transparent"] is False
        assert row["margin_percent_1000"] == (None if not options else pytest.approx(1.0))


def test_the_same_offer_at_two_amounts_is_one_service(tmp_path: Path) -> None:
    """A fee of 5 is 0.5 percent of 1,000 and 0.05 of 10,000: 0.45 points less."""
    root = tmp_path
    write_folder(root, "alpha", fee='flat = "5"', place="on_top", margin='share = "0.01"')
    survey = Survey.of_answers({1000: [priced(root)], 10000: [priced(root, "10000 GBP")]})
    assert survey.frame.height == 1
    assert slope(survey).value(column="difference_percent") == pytest.approx(0.45)


def test_a_service_that_hides_its_rate_for_one_amount_is_not_transparent(tmp_path: Path) -> None:
    """A bank whose rate is known for 10,000, because somebody was told it, hides it for 1,000, in either order."""
    write_folder(tmp_path, "silent", fee='flat = "2"', place="on_top", margin="not_published = true")
    hidden, told = priced(tmp_path), priced(tmp_path, "10000 GBP", rates={"silent": "158"})
    for answers in ({1000: [hidden], 10000: [told]}, {10000: [told], 1000: [hidden]}):
        assert Survey.of_answers(answers).frame["transparent"].to_list() == [False]
    assert Survey.of_answers({10000: [told]}).frame["transparent"].to_list() == [True]


def test_an_offer_that_may_not_serve_the_corridor_is_no_service(tmp_path: Path) -> None:
    """A page that does not say that it serves Kenya is left out, and the report counts it."""
    root = write_market(tmp_path)
    write_folder(root, "unsure", payee='unlisted = "unstated", other_currencies = "yes"')
    survey = survey_of_answers({1000: [priced(root)]})
    assert "unsure" not in survey.frame["firm_key"].to_list()
    assert survey.report.notes == ("offers left out because their page does not say that it serves the payment: 1",)


def test_business_payments_are_held_against_the_retail_target(tmp_path: Path) -> None:
    """1.5 percent is half a point above the G20's average of 1, and within 3 for the corridor."""
    write_folder(tmp_path, "alpha", fee='flat = "5"', place="on_top", margin='share = "0.01"')
    survey = survey_of_answers({1000: [priced(tmp_path, segment="business")]})
    assert survey.segment == "retail"
    found = {one.target.id: one for one in assess(survey).judgements}
    assert set(found) == {"g20_retail_global", "g20_retail_corridor"}
    assert found["g20_retail_global"].cost_percent == pytest.approx(1.5)
    assert not found["g20_retail_global"].met
    assert found["g20_retail_corridor"].met


def test_a_service_is_told_by_its_providers_name_and_its_offers_title(tmp_path: Path) -> None:
    """Ids are for programs: readers see Airwallex and what it offers, or the words of an id that is not ours."""
    write_folder(tmp_path, "my_bank", margin='share = "0.01"', title="By branch")
    survey = survey_of_answers({1000: [priced(tmp_path)]})
    assert survey.frame.select("firm", "firm_key", "product").row(0) == ("my bank", "my bank", "my_bank: By branch")
    ours = survey_of_answers({11000: [pc.compare("15000 SGD", to="MY", segment="business", at=DAY)]}).frame
    assert "/" not in "".join(ours["firm"])
    airwallex = ours.filter(pl.col("firm_key") == "airwallex")
    assert airwallex["firm"].unique().to_list() == ["Airwallex"]
    assert airwallex["product"].n_unique() == airwallex.height
    assert ours["firm_type"].null_count() == 0


def test_a_survey_without_a_file_has_no_bytes(tmp_path: Path) -> None:
    """Prices that were worked out were read from no file."""
    write_folder(tmp_path, "alpha")
    survey = survey_of_answers({1000: [priced(tmp_path)]})
    assert str(survey).startswith("own survey, sha256 ")
    assert "; own survey, sha256 " in survey.cite()
    assert "  answers: 1 row\n  1 row, one quarter, 2026_4Q" in str(survey)
    assert survey.cite().endswith(", 2026_4Q.")


def test_answers_of_both_kinds_are_not_mixed_unless_asked(tmp_path: Path) -> None:
    """Consumers' and firms' payments have different targets."""
    write_folder(tmp_path, "alpha")
    both = [priced(tmp_path), priced(tmp_path, segment="business")]
    with pytest.raises(PaymentError, match="business and personal"):
        survey_of_answers({1000: both})
    assert survey_of_answers({1000: both}, segment="retail").segment == "retail"
    with pytest.raises(PaymentError, match="segment"):
        survey_of_answers({1000: both}, segment="wholesale")
    with pytest.raises(PaymentError, match="none with a price"):
        survey_of_answers({1000: []})


TABLE = {
    "period": ["2026_4Q"] * 3,
    "source": ["DEU"] * 3,
    "destination": ["GHA"] * 3,
    "firm": ["A Bank", "A Bank", "B Bank"],
    "amount_usd": ["1000", "20000", "1000"],
    "amount": ["900", "18000", "900"],
    "currency": ["EUR", "EUR", "EUR"],
    "fee": ["27", "54", "9"],
    "rate": ["0.98", "0.98", ""],
    "interbank": ["1", "1", ""],
}


def test_collected_prices_are_a_survey_too() -> None:
    """27 / 900 and a rate 2 percent off are 5; 54 / 18,000 and the same are 2.3; without a rate, not transparent."""
    survey = Survey.of_table(pl.DataFrame(TABLE), attribution="Chamber of commerce, by phone", segment="retail")
    assert survey.amounts == (1000, 20000)
    assert index(survey, amount=1000).value() == pytest.approx(5.0)
    assert index(survey, amount=20000).value() == pytest.approx(2.3)
    assert survey.frame["transparent"].to_list() == [True, False]
    assert "Chamber of commerce, by phone" in survey.cite()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("fee", "free", "row 1 below the headings, fee: found 'free'"),
        ("amount", "", "amount: found None, expected a number"),
        ("amount", "0", "amount: found '0', expected a number above zero"),
        ("amount_usd", "-5", "a number above zero"),
        ("amount_usd", "200.5", "amount_usd: found '200.5', expected a whole number"),
        ("rate", "0", "rate: found '0'"),
        ("interbank", "0", "interbank: found '0'"),
        ("fee", "nan", "fee: found 'nan', expected a number"),
        ("fee", "inf", "fee: found 'inf'"),
        ("period", "2026", "a quarter such as 2026_4Q"),
        ("source", "DEX", "source: found 'DEX', expected a country's ISO 3166 code or English name"),
        ("source", "", "row 1 below the headings, source: found None"),
        ("firm", "", "a provider's name"),
        ("rate", "about one", "rate: found 'about one'"),
    ],
)
def test_a_collected_table_with_a_mistake_names_its_place(column: str, value: str, words: str) -> None:
    """Here a cell that cannot be read is a mistake to be corrected."""
    table = {**TABLE, column: [value, *TABLE[column][1:]]}
    with pytest.raises(SurveyError, match=words):
        survey_of_table(pl.DataFrame(table), attribution="us")


def test_a_collected_table_that_is_not_there_says_what_it_would_be(tmp_path: Path) -> None:
    """A path that is misspelled is a mistake like any other, and the survey's own error."""
    with pytest.raises(SurveyError, match=r"^prices.csv: file: found no such file, expected a CSV of prices"):
        Survey.of_table(tmp_path / "prices.csv", attribution="us")


def test_a_collected_table_has_one_price_for_one_service() -> None:
    """Two prices of one provider for one amount need a label that tells them apart."""
    table = pl.DataFrame({**TABLE, "firm": ["A Bank"] * 3})
    with pytest.raises(SurveyError, match="rows 1, 3 below the headings: found 2 prices of A Bank for 1000"):
        survey_of_table(table, attribution="us")
    labelled = table.with_columns(pl.Series("access_point", ["Internet", "Internet", "Bank branch"]))
    assert survey_of_table(labelled, attribution="us").frame.height == 2
    with pytest.raises(SurveyError, match="none called fee"):
        survey_of_table(table.drop("fee"), attribution="us")


def test_a_stated_margin_counts_before_the_rates_and_is_percent() -> None:
    """1.5 stated beside rates of 2 digits that come to 2 is 1.5; 0.02 beside them is a fraction, and refused."""
    table = pl.DataFrame({**TABLE, "margin_percent": ["1.5", "1.5", ""]})
    survey = survey_of_table(table, attribution="us")
    assert index(survey, amount=1000).value() == pytest.approx(4.5)
    fraction = table.with_columns(pl.Series("margin_percent", ["2", "0.02", ""]))
    with pytest.raises(SurveyError, match=r"row 2 below the headings, margin_percent: found 0\.02, expected percent"):
        survey_of_table(fraction, attribution="us")


def test_a_collected_service_that_hides_its_rate_for_one_amount_is_not_transparent() -> None:
    """What is known of one amount is not known of the other."""
    table = pl.DataFrame({**TABLE, "rate": ["0.98", "", ""], "interbank": ["1", "", ""]})
    survey = survey_of_table(table, attribution="us")
    assert survey.frame["transparent"].to_list() == [False, False]
    assert survey.frame["margin_percent_1000"].to_list() == [pytest.approx(2.0), None]


def test_a_column_that_a_collected_table_does_not_use_is_told() -> None:
    """A heading that is misspelled would leave every rate hidden without a word."""
    table = pl.DataFrame(TABLE).rename({"rate": "rates"})
    assert survey_of_table(table, attribution="us").report.notes == (
        "table: columns not used: rates, nearest is 'rate'",
    )
    assert not survey_of_table(pl.DataFrame(TABLE), attribution="us").report.notes


def test_a_collected_table_takes_amounts_as_a_frame_of_numbers_has_them() -> None:
    """A column with a gap once is a column of floats: 1000.0 is 1,000."""
    table = pl.DataFrame(TABLE).with_columns(pl.col("amount_usd").cast(pl.Float64))
    assert survey_of_table(table, attribution="us").amounts == (1000, 20000)


def test_a_collected_table_names_countries_and_firms_as_people_do() -> None:
    """DE and Ghana are read, and TransferWise is the Wise of the World Bank's survey."""
    table = {**TABLE, "source": ["DE"] * 3, "destination": ["Ghana"] * 3, "firm": ["TransferWise"] * 2 + ["B Bank"]}
    survey = survey_of_table(pl.DataFrame(table), attribution="us")
    assert survey.frame.select("corridor", "firm_key").rows() == [("DEUGHA", "wise"), ("DEUGHA", "b bank")]
    spaced = survey_of_table(pl.DataFrame(table | {"firm": ["Western  Union"] * 2 + ["B"]}), attribution="us")
    assert index(spaced, firms="western union").frame["services"].to_list() == [1]


def test_two_prices_of_a_service_for_one_amount_are_refused(tmp_path: Path) -> None:
    """The same question on two days of a quarter, or with two amounts under one name, has no one answer."""
    write_folder(tmp_path, "alpha", fee='flat = "5"', place="on_top", margin='share = "0.01"')
    first = priced(tmp_path)
    for second, told in (
        (priced(tmp_path, at=date(2026, 11, 20)), "1.50% of 1,000.00 GBP on 2026-11-20"),
        (priced(tmp_path, "500 GBP"), "2.00% of 500.00 GBP on 2026-10-30"),
    ):
        with pytest.raises(PaymentError) as refused:
            survey_of_answers({1000: [first, second]})
        assert "alpha" in str(refused.value)
        assert f"from GBR to KEN in 2026_4Q: 1.50% of 1,000.00 GBP on 2026-10-30, and {told}" in str(refused.value)
        assert "one comparison for each corridor, quarter and amount" in str(refused.value)
    with pytest.raises(PaymentError, match="above zero"):
        survey_of_answers({0: [first]})


def test_the_same_offer_paid_another_way_is_another_service(tmp_path: Path) -> None:
    """As in the World Bank's survey, what is ordered online and what is ordered in a branch are two services."""
    write_folder(tmp_path, "alpha", fee='flat = "5"', place="on_top", margin='share = "0.01"')
    both = [priced(tmp_path), priced(tmp_path, channel="branch")]
    assert survey_of_answers({1000: both}).frame["access_point"].to_list() == ["Internet", "Bank branch"]


def test_priced_offers_are_digital_or_not_and_say_what_they_lack(tmp_path: Path) -> None:
    """Account to account online is digital; a tariff states no speed on the survey's scale, so there is no SmaRT."""
    write_folder(tmp_path, "alpha", fee='flat = "5"', place="on_top", margin='share = "0.01"')
    survey = survey_of_answers({1000: [priced(tmp_path)]})
    assert index(survey, "digital").value() == pytest.approx(1.5)
    assert not index(survey, "digital").notes
    smart = index(survey, "smart")
    assert smart.value() is None
    assert "1 of 1 rows state no speed, which the rule asks for: they do not qualify" in smart.notes


def surveyed(**more: Any) -> Survey:
    """Return margins of 1 to 5 percent, and some that are no evidence."""
    rows = [
        {"margin_percent_200": margin, "firm_type": "Bank", "total_percent_200": margin + 1}
        for margin in (1.0, 2.0, 3.0, 4.0, 5.0)
    ]
    rows += [{"margin_percent_200": 0.0, "comparable": False, "firm_type": "Bank"}, {"margin_percent_200": 50.0}]
    rows += [{"margin_percent_200": 0.0, "transparent": False, "firm_type": "Bank"}]
    return survey_of_rows([row | more for row in rows])


def test_a_surveyed_margin_is_the_middle_half_of_what_is_evidence() -> None:
    """Of 1 to 5 percent the middle half is 2 to 4; hidden margins, rates of one and other types do not count."""
    found = surveyed_margin(surveyed(), sender="GB", to="Kenya", firm_type="Bank")
    assert (found.low, found.high) == (Fraction(2, 100), Fraction(4, 100))
    assert found.segment == "personal"
    assert "5 surveyed margins, GBR to KEN, 2025_3Q, provider of type Bank" in found.words


def test_a_surveyed_margin_needs_three_services() -> None:
    """Two margins are somebody's, not typical; a quarter or an amount that is not there is refused."""
    with pytest.raises(PaymentError, match="0 comparable margins"):
        surveyed_margin(surveyed(), sender="GB", to="IN")
    with pytest.raises(PaymentError, match="1 comparable margins"):
        surveyed_margin(surveyed(), sender="GB", to="KE", firm_type="Money Transfer Operator")
    with pytest.raises(PaymentError, match="period"):
        surveyed_margin(surveyed(), sender="GB", to="KE", period="2011_1Q")
    with pytest.raises(PaymentError, match="amount"):
        surveyed_margin(surveyed(), sender="GB", to="KE", amount=300)
    with pytest.raises(PaymentError, match="firm_type: found 'Banks', expected a name that the survey has, nearest is"):
        surveyed_margin(surveyed(), sender="GB", to="KE", firm_type="Banks")
    with pytest.raises(PaymentError, match="firm: found 'two'"):
        surveyed_margin(surveyed(), sender="GB", to="KE", firm="Two")
    with pytest.raises(PaymentError, match="found 'no rows"):
        surveyed_margin(surveyed().only(to="IN"), sender="GB", to="KE")
    wise = surveyed_margin(surveyed(firm="Wise"), sender="GB", to="KE", firm="TransferWise")
    assert "provider wise" in wise.words


def test_a_negative_surveyed_margin_is_taken_as_zero_and_says_so(tmp_path: Path) -> None:
    """Of -4 to -1 percent the middle half is -3.25 to -1.75; of -4 to 2 it ends at 0.5, and only that is left."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    for margins, taken, given in (
        ((-4.0, -3.0, -2.0, -1.0), "0%", "-3.25% to -1.75%"),
        ((-4.0, -2.0, 0.0, 2.0), "0% to 0.5%", "-2.5% to 0.5%"),
    ):
        found = surveyed_margin(survey_of_rows([{"margin_percent_200": one} for one in margins]), sender="GB", to="KE")
        [words] = priced(tmp_path, assume={"fx_margin": found}).quotes[0].offer.modelled
        assert f"assumed at {taken}, middle half of 4 surveyed margins" in words
        assert words.endswith(f"given as {given}, where what is below 0% is taken as 0%")


def test_compare_takes_a_surveyed_margin_as_modelled(tmp_path: Path) -> None:
    """At 2 to 4 percent the silent bank would lead; it is ranked by its dear end, marked, and never best."""
    write_folder(tmp_path, "dear", margin='share = "0.06"')
    write_folder(tmp_path, "silent", margin="not_published = true")
    answer = priced(tmp_path, assume={"silent": surveyed_margin(surveyed(), sender="GB", to="KE", firm_type="Bank")})
    first = answer.quotes[0]
    assert (first.provider, first.standing) == ("silent", "modelled")
    assert [str(end.amount) for end in (first.landed.low, first.landed.high)] == ["153600.00", "156800.00"]
    assert "assumed at 2% to 4%, middle half of 5 surveyed margins" in first.offer.modelled[0]
    assert answer.best is not None
    assert answer.best.provider == "dear"


def test_a_survey_of_consumers_models_no_offer_to_a_firm(tmp_path: Path) -> None:
    """The margin that consumers were shown says nothing about what a firm is offered, nor the other way round."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    consumers = surveyed_margin(surveyed(), sender="GB", to="KE", firm_type="Bank")
    with pytest.raises(PaymentError, match=r"assume\['fx_margin'\].*say nothing about"):
        priced(tmp_path, segment="business", assume={"fx_margin": consumers})
    firms = Estimate(Fraction(1, 100), Fraction(1, 100), "from firms", "business")
    with pytest.raises(PaymentError, match="from business prices"):
        priced(tmp_path, assume={"fx_margin": firms})
    assert priced(tmp_path, segment="business", assume={"fx_margin": firms}).quotes[0].standing == "modelled"


def test_an_offer_stands_beside_the_surveyed_cost_of_its_corridor(tmp_path: Path) -> None:
    """1.5 percent by the survey's definition, where services cost 2 to 6 (mean 4, three cheapest 3), all dearer."""
    write_folder(tmp_path, "alpha", fee='flat = "0.60"', place="on_top", margin='share = "0.01"')
    [quote] = priced(tmp_path, "120 GBP").quotes
    rows = [
        {"total_percent_200": cost, "amount_200": 120.0, "currency_200": "GBP"} for cost in (2.0, 3.0, 4.0, 5.0, 6.0)
    ]
    own = {"total_percent_200": 4.0, "firm": "alpha", "amount_200": 120.0, "currency_200": "GBP"}
    found = beside(quote, survey_of_rows([*rows, own]))
    assert found.cost.percent == "1.50%"
    assert (found.corridor_percent, found.smart_percent, found.cheapest_percent) == (4.0, 3.0, 2.0)
    assert (found.own_percent, found.dearer_share, found.services) == (4.0, 1.0, 6)
    assert found.notes == ("priced in 2026_4Q, surveyed in 2025_3Q",)
    alike = survey_of_rows([{"total_percent_200": cost} for cost in (1.25, 1.5, 1.5, 1.75)])
    assert beside(quote, alike).dearer_share == 0.25  # one that costs the same is not dearer
    assert "1.50%; surveyed in 2025_3Q: corridor 4.00%" in str(found)


def test_what_keeps_the_two_apart_is_said(tmp_path: Path) -> None:
    """Another amount, a firm's payment, a margin that is not published: each is a note."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    [bound] = priced(tmp_path, segment="business").bounds
    survey = survey_of_rows([{"period": "2026_4Q", "amount_200": 120.0, "currency_200": "GBP"}])
    found = beside(bound.quote, survey)
    assert found.same_quarter
    assert found.notes == (
        "a firm's payment beside prices for consumers",
        "the offer's cost is at least this: something of its own is not published",
        "1,000.00 GBP is sent, the survey sends 120.00 GBP: fees weigh differently",
    )
    empty = beside(bound.quote, survey_of_rows([{"period": "2026_4Q", "destination": "IND"}]))
    assert (empty.corridor_percent, empty.dearer_share, empty.services) == (None, None, 0)
    with pytest.raises(PaymentError, match="period"):
        beside(bound.quote, survey, period="2011_1Q")
    with pytest.raises(PaymentError, match=r"survey: found 'no rows \(to IND\)'"):
        beside(bound.quote, survey.only(to="IN"))


def test_an_offer_modelled_from_the_survey_that_it_stands_beside_says_so(tmp_path: Path) -> None:
    """Its margin is the survey's own: that it is near what was surveyed tells nothing."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    survey = surveyed()
    note = "the offer's margin was taken from this survey: that the two are near confirms neither"
    for margin, told in ((surveyed_margin(survey, sender="GB", to="KE"), True), ("0.02", False)):
        [quote] = priced(tmp_path, assume={"fx_margin": margin}).quotes
        assert (note in beside(quote, survey).notes) is told


def test_the_checklist_reads_the_data_and_asks_the_operator() -> None:
    """Six requirements show in the rows, one needs market shares, five only the operator can answer."""
    rows = [{"fee_200": 3.0, "rate_200": 160.0, "total_percent_500": 4.0, "firm": firm} for firm in ("One", "Two")]
    survey = survey_of_rows(rows)
    bare = minimum_requirements(survey)
    assert [one.met for one in bare.requirements] == [True] * 6 + [None] * 6
    assert bare.met is None
    shares = {"GBRKEN": {"one": 0.4, "two": 0.25, "absent": 0.3}}
    yes = dict.fromkeys(["independent", "mystery_shopped", "without_advertising", "funding_disclosed", "links"], True)
    assert minimum_requirements(survey, Operator(market_shares=shares, **yes)).met is True  # 0.4 + 0.25 = 0.65
    low = minimum_requirements(survey, Operator(market_shares={"GBRKEN": {"one": 0.4}}))
    assert low.met is False
    assert "below in GBRKEN" in str(low)


def test_market_shares_are_read_by_any_code_and_name() -> None:
    """GBKE is GBRKEN and TransferWise is Wise; who has a share and is not shown, and what is not surveyed, is named."""
    survey = survey_of_rows([{"firm": "Wise"}])
    shares = {"GBKE": {"TransferWise": 0.7, "Someone": 0.2}, "USAIND": {"One": 0.5}}
    found = minimum_requirements(survey, Operator(market_shares=shares)).requirements[6]
    assert found.met is True
    assert found.found == (
        "1 of 1 corridors; with a share of the market, and not shown: someone; "
        "with shares given, and not surveyed: USAIND"
    )


def test_sixty_percent_of_a_market_are_enough() -> None:
    """0.24, 0.21, 0.08 and 0.07 are 0.6, and in binary a little less."""
    held = {"a": 0.24, "b": 0.21, "c": 0.08, "d": 0.07}
    survey = survey_of_rows([{"firm": firm} for firm in held])
    assert minimum_requirements(survey, Operator(market_shares={"GBKE": held})).requirements[6].met is True
    less = Operator(market_shares={"GBKE": held | {"d": 0.06}})
    assert minimum_requirements(survey, less).requirements[6].met is False


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"GBRKEN": {"one": 40}}, "found 40, expected a fraction of one, such as 0.4 for 40 percent"),
        ({"GBRKEN": {"one": float("nan")}}, "a fraction of one"),
        ({"GBRKEN": {"one": 0.7, "two": 0.6}}, "shares of 1.30 together"),
        ({"GBRKEX": {"one": 0.7}}, "country: found 'KEX'"),
        ({"GBRKEN": {"one": 0.7}, "GBKE": {"one": 0.7}}, "GBRKEN stands there already"),
        ({"GBRKEN": {"Wise": 0.4, "TransferWise": 0.3}}, "each provider once"),
    ],
)
def test_market_shares_that_cannot_be_are_refused(shares: dict[str, dict[str, float]], words: str) -> None:
    """Percent for a share, shares of more than the whole, a corridor or a provider twice."""
    with pytest.raises(PaymentError, match=words):
        minimum_requirements(survey_of_rows([{}]), Operator(market_shares=shares))


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({"total_percent_500": None}, [1]),
        ({"fee_200": None}, [2]),
        ({"rate_200": None}, [3]),
        ({"total_percent_200": None}, [1, 4]),  # then the corridor has one amount only
        ({"speed": None}, [5]),
        ({"firm_type": None}, [6]),
        ({"transparent": False}, [3, 4]),  # a rate that is hidden is no rate, and the total is the fee alone
    ],
)
def test_a_requirement_that_a_row_misses_is_not_met(change: dict[str, object], missed: list[int]) -> None:
    """One row without the figure is enough."""
    whole = {"fee_200": 3.0, "rate_200": 160.0, "total_percent_500": 4.0}
    found = minimum_requirements(survey_of_rows([whole, {**whole, **change, "destination": "IND"}]))
    assert [one.number for one in found.requirements if one.met is False] == missed
    with pytest.raises(PaymentError, match="period"):
        minimum_requirements(survey_of_rows([whole]), period="1999_1Q")
    with pytest.raises(PaymentError, match=r"survey: found 'no rows \(to PAK\)'"):
        minimum_requirements(survey_of_rows([whole]).only(to="PK"))


def test_the_checklist_counts_who_does_not_disclose() -> None:
    """Layouts keep a rate of 1 where it was hidden: that is not a rate that anybody was shown."""
    whole = {"fee_200": 3.0, "rate_200": 160.0, "total_percent_500": 4.0}
    hidden = whole | {"rate_200": 1.0, "transparent": False}
    found = minimum_requirements(survey_of_rows([whole, hidden, hidden])).requirements
    assert found[1].found == "fee_200 in 3 of 3 rows"
    assert found[2].found == "rate_200 in 1 of 3 rows; 2 do not disclose their rate"
