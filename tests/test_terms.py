"""The words of a payment: what a caller may write, what is filled in and said, and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from paycompare.countries import euro_area
from paycompare.errors import CurrencyError, PaymentError
from paycompare.money import Money
from paycompare.terms import CONDITIONS, Corridor, Evidence, Payment, Place, Range, Usage

DAY = date(2026, 10, 30)


def ask(pays: object = "1000 GBP", **more: Any) -> Payment:
    """Ask about a payment to India, on one day."""
    return Payment.ask(pays, **{"to": "IN/INR", "at": DAY, **more})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GB/GBP>KE/KES", "GB/GBP>KE/KES"),
        ("GB/EUR>KE/USD", "GB/EUR>KE/USD"),
        ("GB>KE", "GB/GBP>KE/KES"),
        ("GBR>KEN", "GB/GBP>KE/KES"),
        ("United Kingdom>Kenya", "GB/GBP>KE/KES"),
        ("GBP>KES", "GB/GBP>KE/KES"),
        (" GB / GBP > KE ", "GB/GBP>KE/KES"),
        ("EUR>INR", "EUR>IN/INR"),
        ("XOF>USD", "XOF>US/USD"),
    ],
)
def test_a_corridor_is_read_from_countries_currencies_or_both(text: str, expected: str) -> None:
    """Codes, names and currencies all name a place; a currency of several countries leaves the country open."""
    assert str(Corridor.parse(text, on=DAY)) == expected


@pytest.mark.parametrize(
    ("code", "place"), [("CHE", "CH/CHF"), ("MKD", "MK/MKD"), ("BTN", "BT/BTN"), ("SLE", "SL/SLE")]
)
def test_three_letters_that_are_a_country_and_a_currency_mean_the_same_place(code: str, place: str) -> None:
    """CHE is Switzerland before it is the WIR euro, and the denar, ngultrum and leone belong to their namesakes."""
    assert str(Place.parse(code, field="to", on=DAY)[0]) == place


def test_an_open_country_may_be_any_state_of_the_euro_area() -> None:
    """EUR alone names every member on that day: Croatia from 2023 on, Bulgaria from 2026 on."""
    place = Corridor.parse("EUR>INR", on=DAY).payer
    assert place == Place(None, "EUR")
    assert place.countries(DAY) == euro_area(DAY)
    assert [{"HR", "BG"} & place.countries(date(year, 6, 1)) for year in (2022, 2024, 2026)] == [
        set(),
        {"HR"},
        {"HR", "BG"},
    ]


def test_a_place_with_a_country_is_that_country_alone() -> None:
    """A country that is named leaves nothing open."""
    assert Place("GB", "EUR").countries(DAY) == {"GB"}


def test_the_currency_of_a_country_is_that_of_the_day() -> None:
    """Croatia used the kuna until the end of 2022 and the euro from 2023 on."""
    days = (date(2022, 12, 31), date(2023, 1, 1))
    assert [str(Corridor.parse("GB>HR", on=day).payee) for day in days] == ["HR/HRK", "HR/EUR"]


def test_a_corridor_without_a_day_is_read_today() -> None:
    """A corridor may be named without saying when."""
    assert str(Corridor.parse("GB>KE")) == "GB/GBP>KE/KES"


def test_what_a_corridor_leaves_out_is_said() -> None:
    """A country gets its currency, a currency its country, and each has its sentence; both together have none."""
    assert Corridor.parse("GBP>KE", on=DAY).assumptions == (
        "sender: United Kingdom, from the currency GBP",
        "to: KES, the currency of Kenya",
    )
    assert Corridor.parse("EUR>KE/KES", on=DAY).assumptions == ("sender: any country that uses EUR",)
    assert Corridor.parse("GB/GBP>KE/KES", on=DAY).assumptions == ()


def test_two_corridors_are_the_same_however_they_were_written() -> None:
    """What had to be filled in is no part of what a corridor is."""
    assert Corridor.parse("GB>KE", on=DAY) == Corridor.parse("GB/GBP>KE/KES", on=DAY)


@pytest.mark.parametrize("text", ["GB", "GB>KE>IN", "", "GB to KE"])
def test_a_corridor_has_one_arrow(text: str) -> None:
    """Without exactly one '>' nobody can tell payer from payee."""
    with pytest.raises(PaymentError, match="one '>' between them") as caught:
        Corridor.parse(text, on=DAY)
    assert caught.value.field == "corridor"


@pytest.mark.parametrize(
    ("text", "field"), [("XYZ>KE", "sender"), ("GB>", "to"), ("/GBP>KE", "sender"), ("GB>Atlantis", "to")]
)
def test_a_side_that_names_no_place_is_refused_by_its_name(text: str, field: str) -> None:
    """The error says which side it is and what would be understood."""
    with pytest.raises(PaymentError, match="a country, a currency, or country/currency") as caught:
        Corridor.parse(text, on=DAY)
    assert caught.value.field == field


def test_a_misspelt_country_is_refused_with_the_nearest() -> None:
    """Nobody is paid in a country that was only almost named."""
    with pytest.raises(PaymentError, match="nearest is 'Kenya'"):
        Corridor.parse("GB>Kenia", on=DAY)


@pytest.mark.parametrize("text", ["BGN>KE", "BG/BGN>KE", "KE>BGN"])
def test_a_retired_currency_is_refused_with_its_successor(text: str) -> None:
    """Bulgaria has the euro since 2026-01-01, at 1.95583 lev; a day before, the lev is good."""
    with pytest.raises(
        CurrencyError, match=r"no longer in use since 2026-01-01: write EUR, 1\.95583 BGN to 1 EUR"
    ) as e:
        Corridor.parse(text, on=DAY)
    assert (e.value.code, e.value.successor, e.value.until) == ("BGN", "EUR", date(2026, 1, 1))
    assert "BG/BGN" in str(Corridor.parse(text, on=date(2025, 12, 31)))


@pytest.mark.parametrize(
    ("side", "currency", "shown"),
    [("pays", "GBP", "1,000.00 GBP"), ("sends", "INR", "1,000.00 INR"), ("gets", "INR", "1,000.00 INR")],
)
def test_exactly_one_side_is_held(side: str, currency: str, shown: str) -> None:
    """The side that is given is the one that is fixed."""
    payment = Payment.ask(**{side: f"1000 {currency}"}, sender="GB/GBP", to="IN/INR", at=DAY)
    assert (payment.side, str(payment.fixed)) == (side, shown)


@pytest.mark.parametrize(
    ("sides", "found"),
    [
        ({}, "none of them"),
        ({"pays": "1 GBP", "gets": "5 INR"}, "pays='1 GBP' and gets='5 INR'"),
        ({"pays": "1 GBP", "sends": "1 GBP"}, "pays='1 GBP' and sends='1 GBP'"),
    ],
)
def test_two_sides_or_none_are_refused(sides: dict[str, str], found: str) -> None:
    """The error repeats what was given and asks for exactly one."""
    with pytest.raises(PaymentError, match="exactly one of the three") as caught:
        Payment.ask(**sides, sender="GB", to="IN", at=DAY)
    assert (caught.value.field, caught.value.found) == ("pays, sends, gets", found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (1000.0, "a float cannot hold every cent"),
        (1000, "it has no currency"),
        (Decimal(1000), "it has no currency"),
        (True, "it has no currency"),
        ("1000", "one number and one ISO 4217 code"),
        ("nan GBP", "one number and one ISO 4217 code"),
        ("inf GBP", "one number and one ISO 4217 code"),
        ("1e-5000000 GBP", "one number and one ISO 4217 code"),
        ("9" * 31 + " GBP", "at most 30 digits"),
        ("0 GBP", "an amount above zero"),
        ("-5 GBP", "an amount above zero"),
        (Money.of("0", "GBP"), "an amount above zero"),
        ("10.5 JPY", "nearest is '11 JPY'"),
        ("10.555 GBP", "nearest is '10.56 GBP'"),
        (Money.of("10.555", "GBP"), r"a multiple of 0\.01 GBP"),
        ("1.000,00 GBP", "thousands separator"),
    ],
)
def test_what_is_no_amount_of_money_is_refused(given: object, said: str) -> None:
    """Floats, bare numbers, nothing, less than nothing, no number at all and parts of a minor unit are not payable."""
    with pytest.raises(PaymentError, match=said):
        ask(given)


@pytest.mark.parametrize("side", ["pays", "sends", "gets"])
def test_an_amount_that_cannot_be_read_is_refused_by_the_name_of_its_side(side: str) -> None:
    """The error names the argument as the caller wrote it."""
    with pytest.raises(PaymentError) as caught:
        Payment.ask(**{side: "a lot"}, sender="GB", to="IN", at=DAY)
    assert caught.value.field == side


def test_money_may_be_given_as_money() -> None:
    """What was computed need not be printed first."""
    assert ask(Money.of("1000", "GBP")) == ask("1000 GBP")


def test_an_amount_in_a_retired_currency_is_refused_with_its_successor() -> None:
    """Nobody can pay in lev any more, and the price of one in euro is said."""
    with pytest.raises(CurrencyError, match="write EUR") as caught:
        ask("100 BGN")
    assert caught.value.successor == "EUR"


def test_an_amount_in_an_unknown_currency_is_refused_with_the_nearest() -> None:
    """Two letters that changed places are found."""
    with pytest.raises(CurrencyError, match="nearest is 'GBP'"):
        ask("100 GPB")


def test_the_sender_is_taken_from_the_currency_that_is_paid() -> None:
    """Pounds are paid from the United Kingdom unless the caller says otherwise, and that is said."""
    payment = ask()
    assert str(payment.corridor) == "GB/GBP>IN/INR"
    assert "sender: United Kingdom, from the currency GBP" in payment.assumptions


def test_the_payee_is_taken_from_the_currency_that_is_to_be_got() -> None:
    """An invoice in shillings is paid to Kenya, and that is said."""
    payment = Payment.ask(gets="150000 KES", sender="GB/GBP", at=DAY)
    assert str(payment.corridor) == "GB/GBP>KE/KES"
    assert "to: Kenya, from the currency KES" in payment.assumptions


def test_a_country_pays_in_the_currency_of_the_amount() -> None:
    """Somebody in the United Kingdom who pays euro has an account in euro; nothing had to be assumed."""
    payment = ask("1000 EUR", sender="GB")
    assert payment.corridor.payer == Place("GB", "EUR")
    assert not any(said.startswith("sender") for said in payment.assumptions)


def test_a_country_gets_the_currency_of_the_amount() -> None:
    """An invoice in dollars from Kenya is paid out in dollars; nothing had to be assumed."""
    payment = Payment.ask(gets="1000 USD", sender="GB/GBP", to="KE", at=DAY)
    assert payment.corridor.payee == Place("KE", "USD")
    assert not any(said.startswith("to") for said in payment.assumptions)


@pytest.mark.parametrize("sends", ["1000 GBP", "1000 INR"])
def test_the_principal_may_be_in_either_currency(sends: str) -> None:
    """Both ends can be the one that is instructed."""
    assert str(Payment.ask(sends=sends, sender="GB", to="IN", at=DAY).corridor) == "GB/GBP>IN/INR"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"pays": "5 EUR", "sender": "GB/GBP", "to": "IN"}, "an amount in GBP"),
        ({"pays": "5 EUR", "sender": "GBP", "to": "IN"}, "an amount in GBP"),
        ({"gets": "5 KES", "sender": "GB", "to": "KE/USD"}, "an amount in USD"),
        ({"gets": "5 USD", "sender": "GB", "to": "KES"}, "an amount in KES"),
        ({"sends": "5 USD", "sender": "GB", "to": "IN"}, "an amount in GBP or INR"),
    ],
)
def test_an_amount_in_a_currency_of_neither_side_is_refused(question: dict[str, Any], expected: str) -> None:
    """A currency that was named for a side is never replaced by that of the amount."""
    with pytest.raises(PaymentError, match=expected):
        Payment.ask(**question, at=DAY)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"gets": "5 KES"}, "sender"),
        ({"pays": "5 GBP"}, "to"),
        ({"sends": "5 GBP", "sender": "GB"}, "to"),
        ({"pays": "5 GBP", "to": ""}, "to"),
        ({"pays": "5 GBP", "to": "IN", "sender": ""}, "sender"),
        ({"pays": "5 GBP", "to": 5}, "to"),
        ({"pays": "5 GBP", "to": "IN", "sender": 5.0}, "sender"),
    ],
)
def test_a_place_that_is_missing_or_no_text_is_refused_by_its_name(question: dict[str, Any], field: str) -> None:
    """An invoice needs a payer, a payment needs a payee, and an empty word is not the default."""
    with pytest.raises(PaymentError) as caught:
        Payment.ask(**question, at=DAY)
    assert caught.value.field == field


def test_what_is_left_open_is_listed() -> None:
    """Six conditions have a default, and each that was not given has its sentence."""
    assert ask(sender="GB/GBP").assumptions == (
        "a personal customer",
        "paid in from an account",
        "paid out to an account",
        "ordered online",
        "charges shared (SHAR)",
        "use of allowances so far unknown",
    )


def test_what_is_said_is_not_listed_as_assumed() -> None:
    """A condition that the caller settled is not repeated, even where it is the default."""
    said = ask(sender="GB/GBP", segment="personal", bearer="DEBT", usage="unused").assumptions
    assert said == ("paid in from an account", "paid out to an account", "ordered online")


def test_an_account_in_the_other_currency_is_suggested() -> None:
    """1,000 GBP cannot reach an account in shillings; one in pounds in Kenya is KE/GBP. Nothing is suggested to EUR."""
    with pytest.raises(PaymentError, match=r"; an account in GBP there is KE/GBP$"):
        Payment.ask(gets="1000 GBP", sender="GB", to="KE/KES", at=DAY)
    with pytest.raises(PaymentError, match=r"side of EUR>GB/GBP$"):
        Payment.ask("1000 GBP", sender="EUR", to="GB", at=DAY)


def test_an_exporter_learns_how_to_ask_about_an_account_in_the_payers_currency() -> None:
    """Of whoever keeps pounds in Kenya nothing has to be said; the payer's question has no such remark either."""
    remark = "the payee is paid in KES; one who keeps GBP is KE/GBP"
    assert remark in ask(client="payee", to="KE").assumptions
    assert not any("one who keeps" in said for said in ask(client="payee", to="KE/GBP").assumptions)
    assert remark not in ask(to="KE").assumptions


def test_a_payment_within_one_place_is_remarked_on() -> None:
    """From GB/GBP to GB/GBP no border is crossed; between any two countries that use the euro one may be."""
    assert any(said.startswith("payer and payee are both GB/GBP") for said in ask(to="GB").assumptions)
    assert not any("both" in said for said in ask("1000 EUR", to="EUR").assumptions)


def test_what_is_assumed_is_no_part_of_the_question() -> None:
    """Leaving the default out and writing it down ask the same."""
    assert ask(segment="personal") == ask()


def test_a_condition_of_none_is_left_open() -> None:
    """None means the same as not writing it."""
    assert ask(bearer=None).assumptions == ask().assumptions
    assert ask(bearer=None).bearer == "SHAR"


def test_free_words_are_taken_as_they_are() -> None:
    """Plans and purposes have names of their own."""
    payment = ask(plan="Metal", purpose="goods", payer_status="member", payee_institution="KCB")
    words = (payment.plan, payment.purpose, payment.payer_status, payment.payee_institution)
    assert words == ("Metal", "goods", "member", "KCB")


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in CONDITIONS.items() for word in words])
def test_every_word_of_the_vocabularies_is_understood(name: str, word: str) -> None:
    """What the list of conditions offers can be asked for."""
    assert getattr(ask(**{name: word}), name) == word


def test_an_unknown_condition_is_refused_with_the_nearest() -> None:
    """A misspelt condition never silently means nothing."""
    with pytest.raises(PaymentError, match="nearest is 'segment'") as caught:
        ask(segmnt="business")
    assert caught.value.field == "segmnt"


@pytest.mark.parametrize(
    ("name", "word", "near"),
    [
        ("segment", "busines", "nearest is 'business'"),
        ("bearer", "debt", "nearest is 'DEBT'"),
        ("bearer", "our", "OUR is written 'DEBT'"),
        ("bearer", "OUR", "OUR is written 'DEBT'"),
        ("bearer", "SHA", "SHA is written 'SHAR'"),
        ("bearer", "BEN", "BEN is written 'CRED'"),
        ("usage", "used up", "nearest is 'used_up'"),
        ("speed", 5, "one of standard, urgent$"),
        ("plan", 5, "expected text"),
    ],
)
def test_an_unknown_word_for_a_condition_is_refused_with_the_one_that_was_meant(
    name: str, word: Any, near: str
) -> None:
    """OUR, SHA and BEN are field 71A of a SWIFT MT103; ISO 20022 calls them DEBT, SHAR and CRED."""
    with pytest.raises(PaymentError, match=near) as caught:
        ask(**{name: word})
    assert (caught.value.field, caught.value.found) == (name, word)


def test_an_order_without_a_day_is_placed_today() -> None:
    """The caller's own calendar counts."""
    before = date.today()  # noqa: DTZ011 -- the rule under test
    on = Payment.ask("1 GBP", to="IN").on
    assert before <= on <= before + timedelta(days=1)


def test_an_instant_keeps_its_day_where_it_was_written() -> None:
    """Half past midnight in Nairobi on the 30th is the 30th, though it is still the 29th in Greenwich."""
    moment = datetime(2026, 10, 30, 0, 30, tzinfo=timezone(timedelta(hours=3)))
    payment = ask(at=moment)
    assert (payment.on, payment.moment) == (DAY, moment)
    assert ask().moment is None


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 10, 30, 12, 0), "an instant with a zone"),  # noqa: DTZ001 -- what is refused
        ("30.10.2026", "a day such as '2026-10-30'"),
        (20261030, "a datetime.date, or a datetime.datetime with a zone"),
    ],
)
def test_a_time_that_could_be_two_instants_is_refused(at: object, said: str) -> None:
    """An instant without zone, a text and a number are not guessed at."""
    with pytest.raises(PaymentError, match=said) as caught:
        ask(at=at)
    assert caught.value.field == "at"


PUBLISHED, SEEN = date(2025, 1, 31), date(2025, 3, 28)


@pytest.mark.parametrize(
    ("published", "seen", "on", "age"),
    [
        (None, SEEN, date(2026, 11, 28), "seen Mar 2025, 20 months"),
        (None, SEEN, date(2026, 11, 27), "seen Mar 2025, 19 months"),
        (None, SEEN, date(2025, 4, 28), "seen Mar 2025, 1 month"),
        (None, SEEN, date(2025, 4, 27), "seen Mar 2025, 30 days"),
        (None, SEEN, date(2025, 3, 29), "seen Mar 2025, 1 day"),
        (None, SEEN, SEEN, "seen Mar 2025, 0 days"),
        (None, SEEN, date(2025, 3, 1), "seen Mar 2025, after the payment"),
        (PUBLISHED, None, date(2025, 2, 28), "stated Jan 2025, 28 days"),
        (PUBLISHED, None, date(2025, 3, 31), "stated Jan 2025, 2 months"),
        (PUBLISHED, SEEN, date(2026, 3, 28), "seen Mar 2025, 12 months"),
        (None, None, DAY, "undated"),
    ],
)
def test_the_age_of_evidence_counts_whole_months(published: date | None, seen: date | None, on: date, age: str) -> None:
    """A month is over on the same day of the next; the later of the two dates counts; without any there is no age."""
    assert Evidence("page", "https://bank.example/fees", published, seen).age(on) == age


def test_the_day_of_evidence_is_the_later_one() -> None:
    """A page that was stated later than it was seen is from the day that it states."""
    assert Evidence("page", "https://bank.example", published=SEEN, seen=PUBLISHED).day == SEEN
    assert Evidence("page", "https://bank.example").day is None


def test_a_range_with_equal_ends_is_known_and_shown_as_one() -> None:
    """One figure where it is one, both ends where it is not."""
    same, apart = Range(Money.of(5, "GBP"), Money.of(5, "GBP")), Range(Money.of(5, "GBP"), Money.of(7, "GBP"))
    assert (same.known, str(same)) == (True, "5.00 GBP")
    assert (apart.known, str(apart)) == (False, "5.00 GBP to 7.00 GBP")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("usage", 3, "3 payments"),
        ("usage", "3 payments, 4 payments", "3 payments"),
        ("usage", "-5 GBP", "not negative"),
        ("quote_validity", "1 hour", "PT1H"),
        ("joined", "2026-10-31", "on or before"),
        ("joined", 2021, "on or before"),
    ],
)
def test_what_a_customer_cannot_have_said_is_refused(name: str, given: Any, words: str) -> None:
    """A use, a lock and a day of joining each have a form, and the refusal shows it."""
    with pytest.raises(PaymentError, match=words):
        Payment.ask("1000 GBP", to="KE", at=date(2026, 10, 30), **{name: given})


def test_use_is_a_count_an_amount_or_both() -> None:
    """One payment may be called a payment."""
    assert (Usage.parse("1 payment").payments, Usage.parse("0 GBP").payments) == (1, None)
