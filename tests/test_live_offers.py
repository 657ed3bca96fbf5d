"""A live price becomes an offer of one point: measured like everybody, and never scaled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import paycompare as pc
from paycompare.comparison import answered
from paycompare.errors import ProviderChanged
from paycompare.live.asked import Asked
from paycompare.live.collected import read_quotes
from paycompare.live.priced import Charge, LiveRate, Observed, Priced
from paycompare.live.rates import without_unlikely
from paycompare.money import Money, as_decimal
from paycompare.question import ask, with_live
from paycompare.reference.rate import Rate
from paycompare.reference.stack import References
from paycompare.reference.supplied import leg
from paycompare.terms import Payment

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 10, 30)
NOW = datetime(2026, 10, 30, 10, tzinfo=UTC)


def priced(**more: Any) -> Priced:
    """Return a price: 1,000 EUR less 10, at 70, is 69,300 PHP."""
    fields: dict[str, Any] = {
        "service": "transfer",
        "title": "Acme",
        "convention": "deducted",
        "given": Money.of("1000", "EUR"),
        "landed": Money.of("69300", "PHP"),
        "rate": Fraction(70),
        "charges": (Charge("fee", Money.of("10", "EUR")),),
        "collected_at": NOW,
    }
    return Priced(**{**fields, **more})


def compared(*prices: Priced | LiveRate | Observed, pays: str | None = "1000 EUR", **options: Any) -> pc.Comparison:
    """Compare live prices alone, on a reference of 72 PHP per EUR."""
    asking: dict[str, Any] = {"sender": "DE", "to": "PH", "at": DAY, "reference": {"EUR/PHP": "72"}}
    question = ask(pays, **{**asking, "providers": ["wise"], **options})
    asked = [Asked("wise", payment, NOW, "https://acme.example", prices) for payment in question.payments]
    return answered(with_live(question, asked), 0.0)


def live(answer: pc.Comparison) -> dict[str, pc.Quote]:
    """Return the live quotes, by offer."""
    return {quote.offer.id: quote for quote in answer.quotes if quote.live}


def test_a_price_with_its_own_mid_is_moved_by_its_own_margin() -> None:
    """70 of a mid of 71 is a margin of 1/71: at a reference of 72 it lands 990 x 72 x 70/71; 69,300 stays visible."""
    price = priced(mid=Fraction(71), expires_at=NOW + timedelta(minutes=30))
    quote = live(compared(price))["wise/transfer@wise"]
    assert str(quote.landed) == "70,276.06 PHP"  # 70276.056...
    assert quote.live is not None
    assert str(quote.live.landed) == "69,300.00 PHP"
    assert quote.live.error_bp == 0
    assert quote.expires_at == NOW + timedelta(minutes=30)


def test_a_price_without_mid_stands_as_quoted() -> None:
    """What lands is what was stated, to the cent, and the parts sum to what is lost: 1000 - 69300/72 = 37.50."""
    quote = live(compared(priced()))["wise/transfer@wise"]
    assert str(quote.landed) == "69,300.00 PHP"
    [case] = quote.cases
    assert case.lost == Fraction("37.5")
    assert sum(part.value for part in case.parts) == case.lost


def test_the_side_held_fixed_stays_where_it_is() -> None:
    """With what lands held fixed, the debit moves: 990 x 71/72 exchanged, and 10 on it."""
    quote = live(compared(priced(mid=Fraction(71)), pays=None, gets="69300 PHP", sender="DE/EUR"))
    found = quote["wise/transfer@wise"]
    assert str(found.landed) == "69,300.00 PHP"
    assert str(found.paid) == "986.25 EUR"  # 990 x 71/72 = 976.25


def test_a_fee_on_top_is_paid_on_top() -> None:
    """Sending 1,000 with 10 on top pays 1,010 and converts the whole thousand."""
    price = priced(convention="on_top", landed=Money.of("70000", "PHP"))
    quote = live(compared(price, pays="1010 EUR"))["wise/transfer@wise"]
    assert (str(quote.paid), str(quote.landed), str(quote.principal)) == (
        "1,010.00 EUR",
        "70,000.00 PHP",
        "1,000.00 EUR",
    )


def test_an_undivided_price_has_one_part_and_no_margin() -> None:
    """Where only paid and landed are known, measures that need the split are None."""
    price = priced(convention="undivided", charges=(), rate=None)
    quote = live(compared(price))["wise/transfer@wise"]
    assert [part.kind for part in quote.parts] == ["undivided"]
    assert quote.cost("rpw") is None
    cost = quote.cost()
    assert cost is not None
    assert cost.share.low == 1 - Fraction(69300) / 72 / 1000


def test_what_a_source_leaves_out_makes_a_bound() -> None:
    """A price of the exchange alone is bounded by the transfer fee, and says below which fee it wins."""
    best = priced(service="whole")
    exchange = priced(service="exchange", convention="in_rate", charges=(), missing=("transfer_fee",),
                      landed=Money.of("70000", "PHP"))  # fmt: skip
    answer = compared(best, exchange)
    [bound] = [bound for bound in answer.bounds if bound.quote.live]
    assert bound.why == ("its transfer fee is not published",)
    [threshold] = bound.thresholds
    assert threshold.wins_below == 10  # (1000 - 10) x 70 is what the other lands
    assert bound.flips_at is None


def test_an_estimate_is_ranked_and_never_best() -> None:
    """A row that somebody estimated may come first, but the winner is the provider's own word."""
    estimate = priced(service="seen", provider="remitly", convention="in_rate", charges=(), estimate="an estimate",
                      landed=Money.of("70000", "PHP"))  # fmt: skip
    answer = compared(priced(), estimate)
    assert answer.quotes[0].offer.id == "remitly/seen@wise"
    assert answer.quotes[0].standing == "modelled"
    assert answer.quotes[0].offer.modelled == ("an estimate, collected just now",)
    assert answer.verdict.best == "wise/transfer@wise"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"given": Money.of("500", "EUR"), "landed": Money.of("34300", "PHP")}, "it priced 500.00 EUR, and"),
        ({"landed": Money.of("1000", "USD")}, "it priced EUR to USD"),
        ({"conditions": {"pay_in": "card"}}, "for pay_in card, and this payment has account"),
    ],
)
def test_a_price_of_something_else_is_declined(change: dict[str, Any], reason: str) -> None:
    """Another amount, pair or condition is no offer for this payment, and the reason says which."""
    answer = compared(priced(service="other", **change), priced())
    assert answer.declined["wise/other@wise"].startswith(reason)
    assert list(live(answer)) == ["wise/transfer@wise"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rate": Fraction(7000), "landed": Money.of("6930000", "PHP")}, "rate"),
        ({"rate": None, "convention": "undivided", "charges": (), "landed": Money.of("6930000", "PHP")}, "rate"),
        ({"mid": Fraction("0.014")}, "mid"),
    ],
)
def test_a_price_that_nobody_can_give_is_a_failure(change: dict[str, Any], field: str) -> None:
    """A rate, or a mid, a hundred times the reference or its inverse is no offer."""
    answer = compared(priced(), priced(service="other", **change))
    assert [quote.offer.id for quote in answer.quotes if quote.live] == ["wise/transfer@wise"]
    [failure] = answer.failures
    assert failure.kind == "ProviderChanged"
    assert f"other.{field}: found" in failure.reason
    assert "near the reference 72" in failure.reason


def test_a_point_is_not_scaled() -> None:
    """The offer of a live price exists at its amount alone."""
    quote = live(compared(priced()))["wise/transfer@wise"]
    from paycompare.scenario import price

    assert price(quote.offer, "pays", Fraction(1000), "EUR")
    assert price(quote.offer, "pays", Fraction(999), "EUR") == ()
    assert price(replace(quote.offer, point=Fraction(5)), "pays", Fraction(5), "EUR") == ()  # less than its fee of 10


def test_two_instants_tie_within_their_gap() -> None:
    """A price as quoted ties with one on the reference when they differ by less than the reference's error bar."""
    plain: dict[str, Any] = {"convention": "in_rate", "charges": (), "rate": None}
    moved = priced(service="moved", mid=Fraction(70), landed=Money.of("70000", "PHP"), **plain)
    reference = compared(moved, reference=None).references[0]
    for permille, ranks in ((1, {1}), (100, {1, 2})):
        landed = as_decimal(reference.value * (1000 + permille), 2)  # off the reference by so many thousandths
        quoted = priced(service="quoted", landed=Money.of(landed, "PHP"), **plain)
        answer = compared(moved, quoted, reference=None)
        assert {quote.rank for quote in live(answer).values()} == ranks
    assert reference.error_bp > 10


def test_supplied_rates_are_used_when_newer() -> None:
    """A supplied daily rate beats an older one and a period rate; a peg and the user's own stay before it."""
    kes = Rate("KES", "USD", Fraction(1, 130), "Acme", None, "market_mid", DAY, DAY, 0)
    old = Rate("EUR", "USD", Fraction(2), "Acme", None, "central_bank", date(2026, 10, 1), DAY, 0)
    future = Rate("EUR", "GBP", Fraction(2), "Acme", None, "central_bank", date(2026, 11, 2), DAY, 0)
    peg = Rate("EUR", "XOF", Fraction(600), "Acme", None, "market_mid", DAY, DAY, 0)
    period = Rate("USD", "TZS", Fraction(2500), "Acme", None, "period", date(2026, 10, 15), DAY, 0)
    both = Rate("EUR", "KES", Fraction(140), "Acme", None, "market_mid", date(2026, 10, 29), DAY, 0)
    strange = Rate("KES", "TZS", Fraction(20), "Acme", None, "market_mid", DAY, DAY, 0)
    plain = References(on=DAY)
    held = plain.with_supplied([kes, both, old, future, peg, period, strange])
    assert held.rate("USD", "KES").value == 130
    for pair in (("EUR", "USD"), ("EUR", "GBP"), ("EUR", "XOF")):
        assert held.rate(*pair).value == plain.rate(*pair).value
    assert held.rate("USD", "TZS").value == 2500
    assert "period" in held.rate("USD", "TZS").flags
    assert leg("EUR", DAY, [old], daily=True) is None


def test_observed_averages_stand_beside_the_ranking() -> None:
    """An average is shown, and is no offer."""
    average = Observed(
        country="PH", direction="to", share=Fraction("0.05"), amount=Money.of("200", "USD"), period="2023",
        publisher="World Bank", url="https://data.example", indicator="X",
    )  # fmt: skip
    answer = compared(priced(), average)
    assert answer.observed == (average,)
    assert "sending 200.00 USD to PH cost 5.00% on average in 2023 (World Bank)" in str(answer)


def test_live_rates_enter_the_comparison() -> None:
    """A rate that a source supplied on the day is the reference of the comparison."""
    rate = LiveRate(
        base="EUR", quote="KES", value=Fraction(150), observed=DAY, publisher="Acme", url="https://acme.example",
        kind="market_mid", publishers=3,
    )  # fmt: skip
    answer = compared(rate, priced(landed=Money.of("148500", "KES"), rate=Fraction(150)), to="KE", reference=None)
    assert answer.references[0].value == 150
    assert answer.references[0].source == "Acme (3 publishers)"


@pytest.mark.parametrize(
    ("pair", "value", "words"),
    [
        ("USD/PHP", "0.0166", r"USD/PHP: found 0.016600, expected a rate near .* \(ECB, 2026-10-30\)"),
        ("USD/PHP", "6000", "USD/PHP: found 6000.000000"),
        ("USD/KES", "1.29", r"expected a rate near .*UN operational rates"),
    ],
)
def test_a_reference_rate_that_nobody_can_mean_moves_nobody(pair: str, value: str, words: str) -> None:
    """One that is turned, or has its point elsewhere, would make every price wrong; it is a failure of its source."""
    base, quote = pair.split("/")
    rate = LiveRate(
        base=base, quote=quote, value=Fraction(value), observed=date(2026, 11, 24), publisher="Acme",
        url="https://acme.example", kind="market_mid",
    )  # fmt: skip
    question = ask("1000 EUR", sender="DE", to=f"{quote[:2]}/{quote}", at=date(2026, 11, 25))
    asked = Asked("acme", question.payments[0], NOW, "https://acme.example", (rate, priced()))
    heard = with_live(question, [asked])
    assert heard.references.rate(base, quote) == question.references.rate(base, quote)
    [said] = heard.live
    assert said.answers == (priced(),)
    assert isinstance(said.error, ProviderChanged)
    assert re.search(words, said.error.message)


@pytest.mark.parametrize(
    ("on", "quote", "measured"),
    [
        (date(2027, 10, 29), "PHP", True),
        (date(2027, 11, 30), "PHP", False),
        (date(2026, 12, 29), "KES", True),
        (date(2026, 12, 31), "KES", False),
        (date(2026, 11, 25), "SYP", False),
        (date(2026, 11, 25), "ANG", False),
    ],
)
def test_what_is_embedded_is_no_measure_where_it_is_old_or_official(on: date, quote: str, *, measured: bool) -> None:
    """Currencies fall by half in a year, those of a monthly table sooner, or beside an official rate; ANG is gone."""
    rate = LiveRate(
        base="EUR", quote=quote, value=Fraction(10**6), observed=on, publisher="Acme", url="https://acme.example",
        kind="market_mid",
    )  # fmt: skip
    payment = Payment.ask("1000 EUR", sender="DE", to="PH", at=on)
    asked = Asked("acme", payment, datetime(2026, 11, 25, tzinfo=UTC), "https://acme.example", (rate,))
    assert (without_unlikely(asked, References(on=on)) != asked) is measured


QUOTES = """provider,paid,landed,fee,collected_at
my_bank,1000 EUR,69300 PHP,10 EUR,2026-10-30T09:30:00+01:00
my_bank,1000 EUR,69000 PHP,,2026-10-30
"""


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_collected_quotes_are_ranked_as_the_users_own(tmp_path: Path, ending: str) -> None:
    """Quotes of a file, in any of three forms, are points of evidence class user."""
    file = tmp_path / f"quotes.{ending}"
    rows = [line.split(",") for line in QUOTES.splitlines()]
    if ending == "csv":
        file.write_text(QUOTES, encoding="utf-8")
    elif ending == "json":
        import json

        file.write_text(json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]]), encoding="utf-8")
    else:
        pl.DataFrame(rows[1:], schema=rows[0], orient="row").write_excel(file)
    answer = pc.compare("1000 EUR", sender="DE", to="PH", at=DAY, quotes=file, reference={"EUR/PHP": "72"})
    mine = [quote for quote in answer.quotes if quote.provider == "my_bank"]
    assert [str(quote.landed) for quote in mine] == ["69,300.00 PHP", "69,000.00 PHP"]
    assert {quote.evidence.kind for quote in mine} == {"user"}


def test_the_age_of_a_collected_quote_counts(tmp_path: Path) -> None:
    """A quote that was collected years ago wins only unless it has changed."""
    file = tmp_path / "quotes.csv"
    file.write_text("provider,paid,landed,collected_at\nmy_bank,1000 EUR,71900 PHP,2020-01-15\n", encoding="utf-8")
    answer = pc.compare("1000 EUR", sender="DE", to="PH", at=DAY, quotes=file, reference={"EUR/PHP": "72"})
    assert answer.best is not None
    assert answer.best.provider == "my_bank"
    assert "its price has changed: it was collected" in answer.verdict.words


def test_every_problem_of_a_file_has_its_row(tmp_path: Path) -> None:
    """A file with three faults reports the three, by row and column."""
    file = tmp_path / "quotes.csv"
    file.write_text(
        "provider,paid,landed,fee,collected_at,price\n"
        "My Bank,1000 EUR,69300 PHP,,2026-10-30,\n"
        "my_bank,1000 EUR,99999 PHP,10 EUR,2026-10-30,\n"
        "my_bank,1000 EUR,69300 PHP,10 PHP,yesterday,\n",
        encoding="utf-8",
    )
    with pytest.raises(pc.TariffError) as caught:
        pc.read_quotes(file)
    places = {problem.field for problem in caught.value.problems}
    assert {"row 2, provider", "row 4, fee", "row 4, collected_at", "row 2, price"} <= places


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2999-01-01", "that has come; today is"),
        ("0001-01-01T00:00:00+14:00", "an instant with a zone"),
        ("9999-12-31T23:59:59-14:00", "an instant with a zone"),
    ],
)
def test_a_quote_of_no_day_that_was_is_refused_with_its_row(tmp_path: Path, day: str, words: str) -> None:
    """Nobody has collected a price tomorrow, nor in a year that no zone can be left."""
    file = tmp_path / "quotes.csv"
    file.write_text(f"provider,paid,landed,collected_at\nmy_bank,1000 EUR,69300 PHP,{day}\n", encoding="utf-8")
    with pytest.raises(pc.TariffError) as caught:
        pc.read_quotes(file)
    [problem] = caught.value.problems
    assert problem.field == "row 2, collected_at"
    assert words in problem.expected


def test_a_collected_quote_is_none_for_a_payment_before_it(tmp_path: Path) -> None:
    """A price that was read off a screen in October is not that of a payment in July."""
    file = tmp_path / "quotes.csv"
    file.write_text("provider,paid,landed,collected_at\nmy_bank,1000 EUR,69300 PHP,2026-10-30\n", encoding="utf-8")
    options: dict[str, Any] = {"sender": "DE", "to": "PH", "quotes": file, "reference": {"EUR/PHP": "72"}}
    assert pc.compare("1000 EUR", at=DAY, providers=["my_bank"], **options).quotes
    with pytest.raises(pc.NoOffer, match="expected a day from 2026-10-30 on"):
        pc.compare("1000 EUR", at=date(2026, 7, 1), providers=["my_bank"], **options)


def test_two_prices_of_one_name_that_the_caller_gives_are_both_shown() -> None:
    """Neither hides what the other stated."""
    prices = [
        priced(provider="my_bank"),
        priced(provider="my_bank", landed=Money.of("68310", "PHP"), rate=Fraction(69)),
    ]
    answer = pc.compare("1000 EUR", sender="DE", to="PH", at=DAY, quotes=prices, reference={"EUR/PHP": "72"})
    mine = {quote.offer.title: str(quote.live.landed) for quote in answer.quotes if quote.live}
    assert mine == {"Acme": "69,300.00 PHP", "Acme (2)": "68,310.00 PHP"}


COLUMNS = "provider,paid,landed,collected_at,fee"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no row with anything in it; expected at least one quote"),
        (f"{COLUMNS}\n\n,,,,\n", "no row with anything in it"),
        (f"{COLUMNS},fee\n", "header: found provider,paid,landed,collected_at,fee,fee; expected each column once"),
        (f"{COLUMNS}\n\n,,,,\nmy_bank\n", "row 4, paid: found nothing"),
        (
            f"{COLUMNS}\n\nmy_bank,1000 EUR,69300 PHP,2026-10-30,10 EUR,more\n",
            "row 3: found 6 cells; expected at most 5",
        ),
        (f"{COLUMNS}\nmy_bank,1000 EUR,69300 PHP,2026-10-30,-10 EUR\n", "row 2, fee: found -10.00 EUR"),
    ],
)
def test_what_is_odd_about_a_file_is_said_with_its_row(tmp_path: Path, text: str, words: str) -> None:
    """Rows are counted as a spreadsheet counts them, empty ones too; a column twice would hide one of its values."""
    file = tmp_path / "quotes.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(pc.TariffError, match=words):
        read_quotes(file)


def test_empty_rows_of_a_file_are_none(tmp_path: Path) -> None:
    """A spreadsheet leaves them behind; the row of a quote is still the one that it stands in."""
    file = tmp_path / "quotes.csv"
    row = "my_bank,1000 EUR,69300 PHP,2026-10-30,10 EUR"
    file.write_text(f"{COLUMNS},title\n\n,,,,,\n{row},My\x1b[2J bank\n,,,,,\n", encoding="utf-8")
    [quote] = read_quotes(file)
    assert (quote.service, quote.title) == ("quote_4", "My[2J bank")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, "quotes: found 5, expected the path of a file, or a sequence"),
        ([{"provider": "my_bank"}], r"quotes\[0\]: found .*, expected the path of a file, or a sequence"),
        ([priced(), priced(title=None)], r"quotes\[1\], Priced.title: found 'None', expected str"),
        ([priced(landed=Money.of("70300", "PHP"))], r"quotes\[0\], transfer.landed: found '70,300.00 PHP'"),
        ([priced(given=Money.of("10", "EUR"))], r"quotes\[0\], transfer.landed: .*expected amounts above zero"),
    ],
)
def test_prices_that_the_caller_gives_are_held_to_what_sources_are(given: Any, words: str) -> None:
    """What does not add up is refused with its place, and so is what is no price."""
    with pytest.raises(pc.PaymentError, match=words):
        pc.compare("1000 EUR", sender="DE", to="PH", at=DAY, quotes=given)


def test_a_price_that_cannot_be_reckoned_with_costs_no_other() -> None:
    """Whatever an adapter put into a price, the others are an answer."""
    answer = compared(priced(), priced(service="other", mid="71"))
    assert list(live(answer)) == ["wise/transfer@wise"]
    assert [(one.provider, one.reason) for one in answer.failures] == [("wise", "other: TypeError")]
    with pytest.raises(ValueError, match="expected a Fraction above zero"):
        LiveRate(
            base="EUR", quote="KES", value=Fraction(0), observed=DAY, publisher="Acme", url="https://acme.example",
            kind="market_mid",
        )  # fmt: skip


def test_a_day_in_a_cell_of_a_workbook_is_a_day(tmp_path: Path) -> None:
    """Excel keeps a day as its midnight, which is no instant that somebody stated."""
    file = tmp_path / "quotes.xlsx"
    row = {"provider": "my_bank", "paid": "1000 EUR", "landed": "69300 PHP", "collected_at": date(2026, 10, 30)}
    pl.DataFrame([row]).write_excel(file)
    [quote] = read_quotes(file)
    assert quote.collected_at.isoformat() == "2026-10-30T23:59:59+00:00"


def test_a_column_that_nobody_reads_and_an_item_that_is_no_row_are_said_once(tmp_path: Path) -> None:
    """A stray column is one problem, however many rows there are, and a stray item has its number."""
    file = tmp_path / "quotes.csv"
    row = "my_bank,1000 EUR,69300 PHP,2026-10-30,10 EUR,x"
    file.write_text(f"{COLUMNS},price\n{row}\n{row}\n", encoding="utf-8")
    with pytest.raises(pc.TariffError) as caught:
        read_quotes(file)
    assert [problem.field for problem in caught.value.problems] == ["row 2, price"]
    listed = tmp_path / "quotes.json"
    listed.write_text("[{}, 3]", encoding="utf-8")
    with pytest.raises(pc.TariffError, match="row 2: found int; expected an object"):
        read_quotes(listed)
