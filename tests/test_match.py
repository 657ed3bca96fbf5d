"""Does a tariff apply? Yes, no with the reason, or its page does not say; and which version of it holds on a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

import paycompare as pc
from paycompare.published.match import DECIDES, Definitions, Served, applies, left_open, served
from paycompare.published.schema import Conditions, TariffTable, ZoneTable
from paycompare.terms import CONDITIONS, Payment
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 10, 30)
EAST = ZoneTable(id="East", countries=("KE", "TZ"), since=date(2025, 1, 1), until=date(2027, 1, 1))
WIDE_EAST = ZoneTable(id="East", countries=("KE", "TZ", "RW"), since=date(2027, 1, 1))
ALWAYS = ZoneTable(id="Union", countries=("DE", "FR"))
ZONES = Definitions((EAST, WIDE_EAST, ALWAYS))


def ask(to: str = "KE/KES", *, on: date = DAY, **more: Any) -> Payment:
    """Ask about a payment from the United Kingdom."""
    return Payment.ask("1000 GBP", **{"sender": "GB/GBP", "to": to, "at": on, **more})


def answer(payment: Payment, *, payer: dict[str, Any] | None = None, payee: Any = None, **tariff: Any) -> Served:
    """Hold a tariff that says yes to every payer against a payment."""
    everything = {"unlisted": "yes", "other_currencies": "yes"}
    table = TariffTable.model_validate(
        {
            "id": "out",
            "title": "Transfer",
            "payer": everything if payer is None else payer,
            "payee": everything if payee is None else payee,
            "step": [{"take": "fee", "place": "on_top", "price": {"flat": "1"}}],
            **tariff,
        }
    )
    return served(table, payment, ZONES)


YES = Served()
NOT_SERVED = Served("it does not serve a payee in Kenya")
UNSAID_COUNTRY = Served(unconfirmed="its page does not say that it serves a payee in Kenya")
UNSAID_CURRENCY = Served(unconfirmed="its page does not say that it pays out KES")
ANY_CURRENCY = {"other_currencies": "yes"}
ANYWHERE = {"unlisted": "yes"}


@pytest.mark.parametrize(
    ("payee", "expected"),
    [
        ({"countries": ["KE"], **ANY_CURRENCY}, YES),
        ({"countries": ["TZ"], **ANY_CURRENCY}, UNSAID_COUNTRY),
        ({"countries": ["TZ"], "unlisted": "no", **ANY_CURRENCY}, NOT_SERVED),
        ({"countries": ["TZ"], "unlisted": "yes", **ANY_CURRENCY}, YES),
        ({"zones": ["East"], **ANY_CURRENCY}, YES),
        ({"zones": ["Union"], "unlisted": "no", **ANY_CURRENCY}, NOT_SERVED),
        ({"zones": ["Union"], "countries": ["KE"], "unlisted": "no", **ANY_CURRENCY}, YES),
        ({"unlisted": "yes", "not_countries": ["KE"], **ANY_CURRENCY}, NOT_SERVED),
        ({"unlisted": "yes", "not_zones": ["East"], **ANY_CURRENCY}, NOT_SERVED),
        ({"zones": ["East"], "not_countries": ["KE"], **ANY_CURRENCY}, NOT_SERVED),
        ({"zones": ["East"], "not_countries": ["TZ"], **ANY_CURRENCY}, YES),
        ({"currencies": ["KES"], **ANYWHERE}, YES),
        ({"currencies": ["USD"], **ANYWHERE}, UNSAID_CURRENCY),
        ({"currencies": ["USD"], "other_currencies": "yes", **ANYWHERE}, YES),
        (
            {"currencies": ["USD"], "other_currencies": "no", **ANYWHERE},
            Served("it does not take KES at the payee's end"),
        ),
        (
            {"other_currencies": "yes", "not_currencies": ["KES"], **ANYWHERE},
            Served("it does not take KES at the payee's end"),
        ),
        ({"own_currency": True, **ANYWHERE, **ANY_CURRENCY}, YES),
        ({}, Served(unconfirmed=f"{UNSAID_COUNTRY.unconfirmed}; {UNSAID_CURRENCY.unconfirmed}")),
    ],
)
def test_a_page_says_yes_no_or_nothing_about_a_payee_in_kenya(payee: dict[str, Any], expected: Served) -> None:
    """What is listed is served, what is barred or excluded is not, and what is not mentioned is unconfirmed."""
    assert answer(ask(), payee=payee) == expected


def test_local_rails_pay_each_country_in_its_own_currency() -> None:
    """Dollars to Kenya and euro to Switzerland are foreign there; euro to Germany are not."""
    payee = {"own_currency": True, **ANYWHERE, **ANY_CURRENCY}
    found = {place: answer(ask(place), payee=payee).reason for place in ("KE/USD", "CH/EUR", "DE/EUR")}
    assert found == {
        "KE/USD": "it serves a payee in Kenya in the country's own currency only",
        "CH/EUR": "it serves a payee in Switzerland in the country's own currency only",
        "DE/EUR": None,
    }


def test_the_payers_end_is_held_to_the_same_rules() -> None:
    """The reason names the side that it is about, and a doubt says "paid in" instead of "pays out"."""
    barred = answer(ask(), payer={"countries": ["DE"], "unlisted": "no", **ANY_CURRENCY})
    assert barred.reason == "it does not serve a payer in United Kingdom"
    doubtful = answer(ask(), payer={"countries": ["GB"]})
    assert doubtful.unconfirmed == "its page does not say that it is paid in GBP"


def test_doubts_about_both_ends_are_said_together() -> None:
    """Neither hides the other."""
    found = answer(ask(), payer={"countries": ["GB"]}, payee={"countries": ["KE"]})
    assert found.unconfirmed == (
        "its page does not say that it is paid in GBP; its page does not say that it pays out KES"
    )


def test_an_open_country_is_served_where_one_of_its_countries_is() -> None:
    """Euro to somewhere in the euro area can be euro to France; only if every member is barred it is refused."""
    somewhere = ask("EUR")
    assert answer(somewhere, payee={"countries": ["FR"], "unlisted": "no", **ANY_CURRENCY}) == YES
    assert answer(somewhere, payee={"not_countries": ["FR"], **ANYWHERE, **ANY_CURRENCY}) == YES
    members = sorted(somewhere.corridor.payee.countries(DAY))
    barred = answer(somewhere, payee={"not_countries": members, **ANYWHERE, **ANY_CURRENCY})
    assert barred.reason == "it does not serve a payee in EUR"


def test_a_price_for_the_payee_is_no_price_for_the_payer() -> None:
    """Who chooses the institution decides whose tariff counts."""
    assert answer(ask(), client="payee").reason == "it is a price for the payee"
    assert answer(ask(client="payee"), client="payee") == YES
    assert answer(ask(client="payee")).reason == "it is a price for the payer"


@pytest.mark.parametrize(
    ("asked", "rail", "reason"),
    [
        (None, "swift", None),
        ("swift", "swift", None),
        ("local", "swift", "by swift only"),
        ("local", None, "by an unstated rail only"),
    ],
)
def test_a_rail_that_is_asked_for_must_be_the_tariffs(asked: str | None, rail: str | None, reason: str | None) -> None:
    """Left open, every rail will do; asked for, an unstated one will not."""
    tariff: dict[str, Any] = {} if rail is None else {"rail": rail}
    assert answer(ask(rail=asked), **tariff).reason == reason


ONE_WORD = [(name, words[-1]) for name, words in CONDITIONS.items() if name not in ("client", "rail", "usage")]
FREE = [("plan", "Metal"), ("purpose", "goods"), ("payer_status", "member")]


@pytest.mark.parametrize(("name", "word"), [*ONE_WORD, *FREE])
def test_a_condition_is_met_by_its_word_and_by_no_other(name: str, word: str) -> None:
    """Each of them lets its own word through and says what it wants of any other."""
    conditions = Conditions.model_validate({name: [word]})
    own: dict[str, Any] = {name: word}
    other: dict[str, Any] = {name: next((one for one in CONDITIONS.get(name, ()) if one != word), "something else")}
    assert applies(conditions, ask(**own), ZONES)
    assert not applies(conditions, ask(**other), ZONES)
    reason = answer(ask(**other), conditions={name: [word]}).reason
    assert reason is not None
    assert word in reason


def test_a_condition_with_two_words_is_met_by_either() -> None:
    """Account or balance will do, cash will not; the reason names both."""
    conditions = {"pay_in": ["account", "balance"]}
    assert [answer(ask(pay_in=word), conditions=conditions).reason for word in ("account", "balance", "cash")] == [
        None,
        None,
        "paid in by account or balance only",
    ]


def test_shared_charges_follow_the_service_level() -> None:
    """SLEV, the rule of the scheme, shares the charges: its tariff serves SHAR, but not the other way round."""
    served_by = {
        (asked, listed): applies(Conditions(bearer=(listed,)), ask(bearer=asked), ZONES)
        for asked in ("SHAR", "SLEV", "DEBT")
        for listed in ("SHAR", "SLEV")
    }
    assert served_by == {
        ("SHAR", "SHAR"): True,
        ("SHAR", "SLEV"): True,
        ("SLEV", "SHAR"): False,
        ("SLEV", "SLEV"): True,
        ("DEBT", "SHAR"): False,
        ("DEBT", "SLEV"): False,
    }


def test_what_only_the_payer_knows_may_be_left_open() -> None:
    """A step whose plan or purpose is not said does not surely apply; whoever asks for what is open is told of it."""
    for only in (Conditions(plan=("Metal",)), Conditions(purpose=("goods",))):
        assert not applies(only, ask(), ZONES)
        assert applies(only, ask(), ZONES, may_be_open=DECIDES)
    assert left_open(Conditions(plan=("Metal",), purpose=("goods",)), ask()) == ["purpose", "plan"]


def test_without_conditions_everything_applies() -> None:
    """A step that says nothing about when is always taken."""
    assert applies(None, ask(), ZONES)
    assert applies(Conditions(), ask(), ZONES)


@pytest.mark.parametrize(
    ("conditions", "to", "reason"),
    [
        ({"payee_countries": ["KE"]}, "KE/KES", None),
        ({"payee_countries": ["TZ"]}, "KE/KES", "to TZ only"),
        ({"payee_zones": ["East"]}, "KE/KES", None),
        ({"payee_zones": ["Union"], "payee_countries": ["TZ"]}, "KE/KES", "to Union, TZ only"),
        ({"payee_zones": ["Union"], "payee_countries": ["KE"]}, "KE/KES", None),
        ({"not_payee_zones": ["East"]}, "KE/KES", "not to East"),
        ({"not_payee_zones": ["Union"]}, "KE/KES", None),
        ({"payer_currencies": ["GBP"]}, "KE/KES", None),
        ({"payer_currencies": ["EUR"]}, "KE/KES", "from EUR only"),
        ({"payee_currencies": ["KES"]}, "KE/KES", None),
        ({"payee_currencies": ["EUR", "USD"]}, "KE/KES", "in EUR, USD only"),
        ({"converts": True}, "KE/KES", None),
        ({"converts": True}, "KE/GBP", "for payments with conversion only"),
        ({"converts": False}, "KE/GBP", None),
        ({"converts": False}, "KE/KES", "for payments without conversion only"),
    ],
)
def test_a_condition_may_be_about_where_the_money_goes(conditions: dict[str, Any], to: str, reason: str | None) -> None:
    """Countries, zones, currencies and whether anything is converted; the reason says what is wanted."""
    assert answer(ask(to), conditions=conditions).reason == reason


@pytest.mark.parametrize(
    ("on", "members"),
    [
        (date(2025, 1, 1), {"KE", "TZ"}),
        (date(2026, 12, 31), {"KE", "TZ"}),
        (date(2027, 1, 1), {"KE", "TZ", "RW"}),
        (date(2030, 1, 1), {"KE", "TZ", "RW"}),
    ],
)
def test_a_zone_has_the_members_of_the_day(on: date, members: set[str]) -> None:
    """From its first day on, until the day on which it no longer holds."""
    assert ZONES.members("East", on) == members


def test_a_zone_without_dates_always_holds() -> None:
    """Some pages just list countries."""
    assert ZONES.members("Union", date(1999, 1, 1)) == {"DE", "FR"}


@pytest.mark.parametrize(("name", "on"), [("East", date(2024, 12, 31)), ("Est", DAY)])
def test_a_zone_that_is_not_there_on_a_day_is_an_error(name: str, on: date) -> None:
    """No members would silently mean that nobody is served."""
    with pytest.raises(ValueError, match=f"found zone '{name}', expected one of East, Union on {on}"):
        ZONES.members(name, on)


def test_several_zones_are_joined() -> None:
    """A tariff may serve two groups of countries."""
    assert ZONES.any_of(["East", "Union"], DAY) == {"KE", "TZ", "DE", "FR"}
    assert ZONES.any_of([], DAY) == frozenset()


def landed(root: Path, on: date) -> str:
    """Compare the one provider of a catalogue on a day and say what lands, or why nothing does."""
    options: dict[str, Any] = {
        "sender": "GB/GBP",
        "to": "KE/KES",
        "at": on,
        "reference": {"GBP/KES": "160"},
        "catalogue": [root],
        "providers": ["some_bank"],
    }
    try:
        quotes = pc.compare("1000 GBP", **options).quotes
    except pc.NoOffer as error:
        return error.reasons["some_bank/out"]
    return ", ".join(str(quote.landed) for quote in quotes)


FIVE, TEN = "159,200.00 KES", "158,400.00 KES"


def two_versions(root: Path, first: str, second: str, dated: str = "seen = 2025-06-01") -> None:
    """Write one tariff twice: with a fee of 5 and with a fee of 10."""
    folder = write_folder(root, "some_bank", fee='flat = "5"', more=first, dated=dated)
    write_folder(root / "other", "some_bank", fee='flat = "10"', more=second, dated=dated)
    text = (root / "other" / "some_bank" / "tariffs" / "page.toml").read_text(encoding="utf-8")
    (folder / "tariffs" / "later.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 1, 1), FIVE),
        (date(2025, 12, 31), FIVE),
        (date(2026, 1, 1), TEN),
        (date(2026, 12, 31), TEN),
        (date(2024, 12, 31), "first known to hold on 2025-01-01"),
        (date(2027, 1, 1), "no longer held on 2027-01-01"),
    ],
)
def test_the_version_of_the_day_is_asked(tmp_path: Path, on: date, expected: str) -> None:
    """Its first day is in, its last one is out, and outside all versions the reason names the day."""
    two_versions(
        tmp_path / "own",
        "valid_from = 2025-01-01\nvalid_to = 2026-01-01",
        "valid_from = 2026-01-01\nvalid_to = 2027-01-01",
    )
    assert landed(tmp_path / "own", on) == expected


def test_of_two_versions_without_an_end_the_later_one_holds(tmp_path: Path) -> None:
    """A page that does not say until when is followed by the next page."""
    two_versions(tmp_path / "own", "valid_from = 2025-01-01", "valid_from = 2026-01-01")
    days = (date(2025, 12, 31), date(2026, 1, 1))
    assert [landed(tmp_path / "own", on) for on in days] == [FIVE, TEN]


@pytest.mark.parametrize(
    ("dated", "first"),
    [
        ("seen = 2025-06-01", date(2025, 6, 1)),
        ("published = 2025-03-01", date(2025, 3, 1)),
        ("published = 2025-03-01\nseen = 2025-06-01", date(2025, 3, 1)),
    ],
)
def test_a_tariff_is_taken_to_hold_from_the_day_of_its_page(tmp_path: Path, dated: str, first: date) -> None:
    """The day that the page states for itself, or else the one on which it was seen; a day before, nothing is known."""
    write_folder(tmp_path, "some_bank", dated=dated, fee='flat = "5"')
    assert landed(tmp_path, first) == FIVE
    before = date.fromordinal(first.toordinal() - 1)
    assert landed(tmp_path, before) == f"first known to hold on {first}"


def test_the_first_day_that_a_page_states_precedes_that_of_the_page(tmp_path: Path) -> None:
    """Prices that hold from July on are announced in June."""
    write_folder(
        tmp_path, "some_bank", dated="published = 2025-06-01", more="valid_from = 2025-07-01", fee='flat = "5"'
    )
    days = (date(2025, 6, 30), date(2025, 7, 1))
    assert [landed(tmp_path, on) for on in days] == ["first known to hold on 2025-07-01", FIVE]


def test_an_undated_page_is_asked_on_every_day(tmp_path: Path) -> None:
    """Nobody knows since when it holds; it is shown, and flagged elsewhere."""
    write_folder(tmp_path, "some_bank", dated="undated = true", fee='flat = "5"')
    assert landed(tmp_path, date(2020, 1, 1)) == FIVE


def test_a_zone_that_is_not_defined_on_a_day_costs_that_provider_alone(tmp_path: Path) -> None:
    """The European Union is entered as of 2013-07-01; asking about 2012 fails one folder and answers from the other."""
    write_folder(tmp_path, "zone_bank", dated="undated = true", payee='zones = ["EU"], other_currencies = "yes"')
    write_folder(tmp_path, "open_bank", dated="undated = true")
    answered = pc.compare(
        "1000 GBP",
        to="KE/KES",
        at=date(2012, 1, 1),
        reference={"GBP/KES": "160"},
        catalogue=[tmp_path],
        providers=["zone_bank", "open_bank"],
    )
    assert [quote.provider for quote in answered.quotes] == ["open_bank"]
    assert [failure.provider for failure in answered.failures] == ["zone_bank"]
    assert "found zone 'EU'" in answered.failures[0].reason
