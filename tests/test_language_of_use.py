"""Prices that depend on what was sent before, on the hour, on who the customer is, and on other prices."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from paycompare.published.check import check_folder
from paycompare.published.price_schema import Margin, Price
from paycompare.published.prices import ALLOWANCE, Pricing, price_spread
from paycompare.published.schema import RateRecord, WindowTable
from paycompare.published.windows import is_within
from paycompare.terms import Payment
from tests.catalogues import write_folder
from tests.test_comparison import compare

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.comparison import Comparison

USD = Fraction(4, 5)
"""Pounds per dollar in these tests."""


def charged(price: dict[str, Any], *bases: str, usage: str | None = None) -> list[str]:
    """Return a price on each base, or its two ends where they differ, in pounds."""
    worth = {"USD": USD, "GBP": Fraction(1)}
    spread = price_spread(Price.model_validate(price), Pricing("fee", usage, worth=worth.__getitem__)).spread
    ends = [(str(spread.low(Fraction(base))), str(spread.high(Fraction(base)))) for base in bases]
    return [low if low == high else f"{low} to {high}" for low, high in ends]


FIVE_FREE = {"allowance": {"payments": 5, "per": "month", "within": {"flat": "0"}, "beyond": {"flat": "3"}}}
FREE_THOUSAND = {
    "allowance": {"amount": "1000 GBP", "per": "month", "within": {"share": "0"}, "beyond": {"share": "0.01"}}
}
TIERS = [{"up_to": "1000", "share": "0.01"}, {"share": "0.005"}]


@pytest.mark.parametrize(
    ("price", "usage", "expected"),
    [
        (FIVE_FREE, None, "0 to 3"),
        (FIVE_FREE, "4 payments", "0"),
        (FIVE_FREE, "5 payments", "3"),
        (FIVE_FREE, "unused", "0"),
        (FIVE_FREE, "used_up", "3"),
        (FIVE_FREE, "900 GBP", "0 to 3"),  # an amount does not say how many payments there were
        # 1,500: nothing of the first 1,000, one percent of the other 500
        (FREE_THOUSAND, "unused", "5"),
        (FREE_THOUSAND, "used_up", "15"),
        (FREE_THOUSAND, None, "5 to 15"),
        (FREE_THOUSAND, "400 GBP", "9"),  # 600 are left, 900 are beyond
        (FREE_THOUSAND, "500 USD", "9"),  # 500 dollars are 400 pounds
        (FREE_THOUSAND, "2 payments, 2000 GBP", "15"),
        # tier by tier: 1% of 1,000 and 0.5% of 500; after 800: 1% of 200 and 0.5% of 1,300
        ({"volume": {"per": "month", "tiers": TIERS}}, "unused", "25/2"),
        ({"volume": {"per": "month", "tiers": TIERS}}, "800 GBP", "17/2"),
        ({"volume": {"per": "month", "tiers": TIERS}}, "used_up", "15/2"),
        ({"volume": {"per": "month", "tiers": TIERS}}, None, "25/2 to 15/2"),
        # the whole payment at the tier that was reached before
        ({"volume": {"per": "year", "whole": True, "tiers": TIERS}}, "999 GBP", "15"),
        ({"volume": {"per": "year", "whole": True, "tiers": TIERS}}, "1000 GBP", "15/2"),
    ],
)
def test_what_was_used_before_settles_the_price_of_1500(
    price: dict[str, Any], usage: str | None, expected: str
) -> None:
    """Given a count or an amount the price is one figure; given nothing it runs from unused to used up."""
    assert charged(price, "1500", usage=usage) == [expected]


def test_what_use_makes_dearer_and_what_it_makes_cheaper_move_apart() -> None:
    """A free payment may be left after much was sent, so that a dearer fee and a cheaper tier have a cause each."""
    tiered = {"volume": {"per": "month", "tiers": TIERS}}
    spreads = [price_spread(Price.model_validate(one), Pricing("fee")).spread for one in (FIVE_FREE, tiered)]
    assert [spread.cause for spread in spreads] == [ALLOWANCE, f"{ALLOWANCE}, where more makes it cheaper"]


TWENTY_THOUSAND = {
    "volume": {"per": "month", "tiers": [{"up_to": "20000", "share": "0.02"}, {"share": "0.001"}]},
}
UP_TO_FIFTY = {"between": [{"flat": "0"}, {"flat": "50"}]}
DIP = {
    "volume": {
        "per": "month",
        "tiers": [{"up_to": "10000", "share": "0.01"}, {"up_to": "30000", "share": "0.002"}, {"share": "0.03"}],
    }
}


@pytest.mark.parametrize(
    ("price", "usage", "expected"),
    [
        # 10,000: 200 before 20,000 were sent and 10 after; with 0 to 50 more
        ({"sum": [TWENTY_THOUSAND, UP_TO_FIFTY]}, None, (10, 250)),
        ({"sum": [TWENTY_THOUSAND, UP_TO_FIFTY]}, "0 GBP", (200, 250)),
        ({"sum": [TWENTY_THOUSAND, UP_TO_FIFTY]}, "50000 GBP", (10, 60)),
        ({"highest": [TWENTY_THOUSAND, UP_TO_FIFTY]}, None, (10, 200)),
        ({"sum": [TWENTY_THOUSAND, FIVE_FREE]}, None, (10, 203)),
        ({"sum": [TWENTY_THOUSAND, FIVE_FREE]}, "5 payments, 0 GBP", (203, 203)),
        ({"at_most": TWENTY_THOUSAND}, None, (0, 200)),
        ({"between": [TWENTY_THOUSAND, {"flat": "300"}]}, None, (10, 300)),
        # a free payment that may cost 50 all the same, and 20 beyond: 0 to 50
        ({"usage": {"unused": UP_TO_FIFTY, "used_up": {"flat": "20"}}}, None, (0, 50)),
        ({"usage": {"unused": UP_TO_FIFTY, "used_up": {"flat": "20"}}}, "unused", (0, 50)),
        # 1 percent, then 0.2, then 3: cheapest in the middle, where all of it costs 20
        (DIP, "10000 GBP", (20, 20)),
        (DIP, None, (20, 300)),
    ],
)
def test_an_unknown_use_covers_every_use_that_may_be_told(
    price: dict[str, Any], usage: str | None, expected: tuple[int, int]
) -> None:
    """The range without a word on use runs over the ranges with one, also where one part rises as another falls."""
    worth = {"GBP": Fraction(1)}
    spread = price_spread(Price.model_validate(price), Pricing("fee", usage, worth=worth.__getitem__)).spread
    ends = spread.low(Fraction(10_000)), spread.high(Fraction(10_000))
    assert [min(ends), max(ends)] == [Fraction(end) for end in expected]


@pytest.mark.parametrize(
    ("price", "bases", "expected"),
    [
        # bounds in dollars: 500 USD are 400 pounds
        (
            {"bands": [{"up_to": "500 USD", "price": {"flat": "5"}}, {"price": {"flat": "10"}}]},
            ["400", "400.01"],
            ["5", "10"],
        ),
        ({"flat": "20 USD"}, ["1000"], ["16"]),
        ({"share": "0.01", "least": "10 USD", "most": "25 USD"}, ["100", "1000", "9000"], ["8", "10", "20"]),
        ({"share": "0.01", "least": "5", "scale": "1.2"}, ["100", "1000"], ["6", "12"]),
        # 40 pence for each 2 dollars: 40 pence for each 1.60, a quarter of the amount
        ({"flat": "0.40", "each": "2 USD"}, ["16"], ["4"]),
        ({"flat": "0.40", "each": "2", "least": "5"}, ["16", "100"], ["5", "20"]),
        # two capped percentages added: 0.8 percent of 2 to 10, and 1 percent of at most 6
        (
            {"sum": [{"share": "0.008", "least": "2", "most": "10"}, {"share": "0.01", "most": "6"}]},
            ["100", "600", "2000"],
            ["3", "54/5", "16"],
        ),
        # a cap on the sum of the parts
        ({"sum": [{"flat": "5"}, {"share": "0.01"}], "most": "12"}, ["100", "1000"], ["6", "12"]),
        # percent below, fixed above; and the minimum of each band
        (
            {"bands": [{"up_to": "1000", "price": {"share": "0.01", "least": "2"}}, {"price": {"flat": "9"}}]},
            ["100", "1000", "1001"],
            ["2", "10", "9"],
        ),
    ],
)
def test_forms_that_pages_combine(price: dict[str, Any], bases: list[str], expected: list[str]) -> None:
    """Other currencies, factors and sums give what the words of a page give by hand."""
    assert charged(price, *bases) == expected


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ({"allowance": {"per": "month", "within": {"flat": "0"}, "beyond": {"flat": "3"}}}, "payments"),
        (
            {"allowance": {"amount": "9 GBP", "per": "month", "within": {"flat": "0"}, "beyond": {"share": "0.1"}}},
            "prices are not shares",
        ),
        ({"volume": {"per": "month", "tiers": [{"up_to": "9", "share": "0"}, {"up_to": "10", "share": "0"}]}}, "open"),
        ({"least": "9 USD", "most": "1 USD", "share": "0.1"}, "a minimum below the maximum"),
        ({"sum": [{"same_as": "a/b"}, {"flat": "1"}]}, "as the whole price of its step"),
        ({"same_as": "elsewhere"}, "pattern"),
        ({"each": "100"}, "exactly one of"),
        ({"share": "0.1", "each": "100"}, "for each unit"),
    ],
)
def test_what_cannot_be_meant_is_refused(price: dict[str, Any], words: str) -> None:
    """Each refusal says what was expected."""
    with pytest.raises(ValueError, match=words):
        Price.model_validate(price)


def window(**fields: Any) -> WindowTable:
    """Make a window of time."""
    return WindowTable.model_validate({"id": "it", **fields})


def ask(at: str, **more: Any) -> Payment:
    """Ask about a payment at an instant or on a day."""
    return Payment.ask("1000 GBP", to="KE", at=at, **more)


WEEKEND = {"zone": "America/New_York", "from": "Fri 17:00", "to": "Sun 18:00"}
HOURS = {"zone": "Europe/London", "days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "from": "07:00", "to": "17:00"}


@pytest.mark.parametrize(
    ("at", "within"),
    [
        ("2026-10-30T16:59-04:00", False),  # a Friday in New York, in summer time
        ("2026-10-30T17:00-04:00", True),
        ("2026-10-30T21:30+00:00", True),  # 17:30 there
        ("2026-11-01T17:59-05:00", True),
        ("2026-11-01T18:00-05:00", False),
        ("2026-10-31", True),  # a Saturday, whole
        ("2026-10-30", False),  # a Friday: ordered in market hours
        ("2026-11-01", False),  # a Sunday, of which the evening is open
    ],
)
def test_a_weekly_stretch_is_read_in_its_own_zone(at: str, *, within: bool) -> None:
    """From Friday 17:00 to Sunday 18:00 in New York; a day without an hour counts only when it is covered whole."""
    assert is_within(window(**WEEKEND), ask(at)) == within


@pytest.mark.parametrize(
    ("at", "within"),
    [
        ("2026-10-30T07:00+00:00", True),
        ("2026-10-30T16:59+00:00", True),
        ("2026-10-30T17:00+00:00", False),
        ("2026-10-31T12:00+00:00", False),  # a Saturday
        ("2026-12-28T12:00+00:00", False),  # Boxing Day moved to the Monday
        ("2026-11-26T12:00+00:00", False),  # Thanksgiving in the United States
        ("2026-04-06T12:00+01:00", False),  # Easter Monday, kept in England and not in Scotland
        ("2026-08-31T12:00+01:00", False),  # the bank holiday in August, likewise
        ("2026-10-30", True),
        ("2026-10-31", False),
    ],
)
def test_hours_close_on_the_bank_holidays_of_both_countries(at: str, *, within: bool) -> None:
    """London hours on weekdays, closed when either country keeps a bank holiday."""
    assert is_within(window(**HOURS, holidays=["GB", "US"]), ask(at)) == within


def test_hours_may_run_until_midnight() -> None:
    """24:00 is the end of the day, not its beginning."""
    late = window(zone="UTC", days=["Fri"], **{"from": "20:00", "to": "24:00"})
    assert is_within(late, ask("2026-10-30T23:59+00:00"))


@pytest.mark.parametrize(
    "fields",
    [
        {"zone": "Europe/London", "from": "07:00", "to": "17:00"},
        {**HOURS, "from": "Mon 07:00"},
        {**HOURS, "to": "06:00"},
        {**WEEKEND, "holidays": ["GB"]},
        {**WEEKEND, "zone": "Europe/Lodnon"},
    ],
)
def test_a_window_that_means_nothing_is_refused(fields: dict[str, Any]) -> None:
    """Hours need days, a stretch has none, and a zone must exist."""
    with pytest.raises(ValueError, match="expected"):
        window(**fields)


TABLES = """
[[window]]
id = "weekend"
zone = "America/New_York"
from = "Fri 17:00"
to = "Sun 18:00"
"""


def landed(root: Path, margin: str, **asked: Any) -> str:
    """Send 1,000 GBP at 160 KES with a margin of these words, and return what lands."""
    folder = write_folder(root, "a_bank", margin=margin)
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8") + TABLES, encoding="utf-8")
    assert check_folder(folder) == []
    return str(answer(root, **asked).quotes[0].landed)


def answer(root: Path, **asked: Any) -> Comparison:
    """Compare 1,000 GBP to Kenya over the folders below a root."""
    return compare(
        root,
        asked.pop("pays", "1000 GBP"),
        **{"to": "KE", "at": "2026-10-30", "reference": {"GBP/KES": "160"}, **asked},
    )


@pytest.mark.parametrize(
    ("margin", "asked", "expected"),
    [
        # one percent, and half a percent more on weekends: 158,400 and 157,600
        (
            'share = "0.01", plus = [{ only = { within = ["weekend"] }, share = "0.005" }]',
            {"at": "2026-10-30"},
            "158,400.00 KES",
        ),
        (
            'share = "0.01", plus = [{ only = { within = ["weekend"] }, share = "0.005" }]',
            {"at": "2026-10-31"},
            "157,600.00 KES",
        ),
        # the surcharge moves both ends of a range: 1.5 to 2.5 percent
        (
            'between = ["0.01", "0.02"], plus = [{ only = { within = ["weekend"] }, share = "0.005" }]',
            {"at": "2026-10-31"},
            "156,000.00 KES to 157,600.00 KES",
        ),
        # locking the rate for an hour costs a quarter of a percent more
        ('share = "0.01", plus = [{ only = { quote_validity = ["PT1H"] }, share = "0.0025" }]', {}, "158,400.00 KES"),
        (
            'share = "0.01", plus = [{ only = { quote_validity = ["PT1H"] }, share = "0.0025" }]',
            {"quote_validity": "PT1H"},
            "158,000.00 KES",
        ),
        # a posted spread of 2 percent, half of it taken off; or 50 to 80 percent
        ('spread = "0.02", discount = "0.5"', {}, "158,400.00 KES"),
        ('spread = "0.02", discount = ["0.5", "0.8"]', {}, "158,400.00 KES to 159,360.00 KES"),
        # who joined before 2022 keeps half a percent
        (
            'only = { joined_before = 2022-01-01 }, share = "0.005" }, { share = "0.01"',
            {"joined": "2021-06-01"},
            "159,200.00 KES",
        ),
        ('only = { joined_before = 2022-01-01 }, share = "0.005" }, { share = "0.01"', {}, "158,400.00 KES"),
    ],
)
def test_a_margin_follows_the_hour_the_lock_and_the_customer(
    tmp_path: Path, margin: str, asked: dict[str, Any], expected: str
) -> None:
    """1,000 GBP at 160 KES less what the page says for this payment."""
    assert landed(tmp_path, margin, **asked) == expected


def test_a_surcharge_that_is_not_published_makes_a_bound_only_in_its_hours(tmp_path: Path) -> None:
    """In market hours the offer is complete; outside them it may cost more, and by how much it still wins is said."""
    words = 'share = "0.01", plus = [{ only = { within = ["weekend"] }, not_published = true }]'
    folder = write_folder(tmp_path, "a_bank", margin=words)
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8") + TABLES, encoding="utf-8")
    write_folder(tmp_path, "another", margin='share = "0.015"')
    assert answer(tmp_path).best is not None
    weekend = answer(tmp_path, at="2026-10-31")
    assert weekend.best is not None
    assert weekend.best.provider == "another"
    # one percent and less than another half: together below the other bank's 1.5 percent
    assert weekend.bounds[0].condition == "wins only if what it adds to the margin of its page is under 0.50%"


def test_a_free_payment_beside_a_tier_by_volume_covers_every_use(tmp_path: Path) -> None:
    """Of 1,000 sent: 20 beyond two payments, and 20 (2 percent) or 1 (0.1 percent): 1 to 40; many and little: 40."""
    free = 'allowance = { payments = 2, per = "month", within = { flat = "0" }, beyond = { flat = "20" } }'
    tiers = 'volume = { per = "month", tiers = [{ up_to = "20000", share = "0.02" }, { share = "0.001" }] }'
    steps = f'\n[[tariff.step]]\ntake = "commission"\nplace = "on_top"\ncurrency = "GBP"\nprice = {{ {tiers} }}\n'
    write_folder(tmp_path, "a_bank", fee=free, place="on_top", steps=steps)
    paid = {
        usage: str(answer(tmp_path, pays=None, sends="1000 GBP", usage=usage).quotes[0].paid)
        for usage in (None, "5 payments, 0 GBP", "1 payments, 50000 GBP")
    }
    assert paid == {
        None: "1,001.00 GBP to 1,040.00 GBP",
        "5 payments, 0 GBP": "1,040.00 GBP",
        "1 payments, 50000 GBP": "1,001.00 GBP",
    }


def test_a_price_may_be_the_same_as_another(tmp_path: Path) -> None:
    """What the law makes equal is written once: the fee abroad is the one at home."""
    steps = '\n[[tariff.step]]\ntake = "abroad"\nplace = "on_top"\nprice = { same_as = "out/fee" }\n'
    folder = write_folder(tmp_path, "a_bank", fee='flat = "3"', place="on_top", steps=steps)
    assert check_folder(folder) == []
    quote = answer(tmp_path).quotes[0]
    assert [str(part.taken) for part in quote.parts if part.name == "abroad"] == ["3.00 GBP"]


def test_a_price_that_is_the_same_as_nothing_is_reported(tmp_path: Path) -> None:
    """A reference that leads nowhere is a fault of the file, with what was expected."""
    folder = write_folder(tmp_path, "a_bank", fee='same_as = "out/fee_at_home"')
    assert "a price in this folder" in check_folder(folder)[0].expected


COPY = '\n[[tariff.step]]\ntake = "copy"\nplace = "on_top"\ncurrency = "GBP"\nprice = { same_as = "out/dollars" }\n'
DOLLARS = '\n[[tariff.step]]\ntake = "dollars"\nplace = "on_top"\n{currency}price = {{ share = "0.01", most = "10" }}\n'


def test_a_price_that_is_the_same_keeps_the_currency_of_its_figures(tmp_path: Path) -> None:
    """One percent of 1,000 GBP, at most 10 USD, which are 8 GBP at 1.25 USD per GBP: 8 GBP there and here."""
    write_folder(tmp_path, "a_bank", steps=DOLLARS.format(currency='currency = "USD"\n') + COPY)
    quote = answer(tmp_path, sends="1000 GBP", pays=None, reference={"GBP/KES": "160", "GBP/USD": "1.25"}).quotes[0]
    taken = {part.name: str(part.taken) for part in quote.parts}
    assert (taken["dollars"], taken["copy"]) == ("8.00 GBP", "8.00 GBP")


def test_a_price_whose_currency_is_not_said_is_not_copied_into_another(tmp_path: Path) -> None:
    """Figures in the currency of whatever they are computed on are in no currency elsewhere: the check says so."""
    folder = write_folder(tmp_path, "a_bank", steps=DOLLARS.format(currency="") + COPY)
    assert [problem.expected for problem in check_folder(folder)] == ["the currency of its figures there"]


def test_a_base_may_be_rounded_before_it_is_priced(tmp_path: Path) -> None:
    """One percent of every started 100: 950 count as 1,000."""
    steps = (
        '\n[[tariff.step]]\ntake = "duty"\nplace = "on_top"\ncurrency = "GBP"\nprice = { share = "0.01" }\n'
        'base_rounding = { step = "100", mode = "up" }\n'
    )
    write_folder(tmp_path, "a_bank", steps=steps)
    quote = compare(tmp_path, None, sends="950 GBP").quotes[0]
    assert [str(part.taken) for part in quote.parts if part.name == "duty"] == ["10.00 GBP"]


def rate(margin: str, *, on: str = "2026-09-01", pair: str = "GBP/KES", more: str = "") -> str:
    """Write down a margin that was seen."""
    return (
        f'\n[[rate]]\npair = "{pair}"\ndate = {on}\nkind = "observed"\nobserver = "a survey"\n'
        f'margin = "{margin}"\n{more}\n'
    )


def with_rates(root: Path, *rates: str) -> Comparison:
    """Compare a bank that does not publish its margin, of which rates were seen, with one that takes 3 percent."""
    folder = write_folder(root, "a_bank", margin="not_published = true")
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8") + "".join(rates), encoding="utf-8")
    assert check_folder(folder) == []
    write_folder(root, "published", margin='share = "0.03"')
    return answer(root)


def test_rates_that_were_seen_make_an_offer_modelled_over_their_range(tmp_path: Path) -> None:
    """1, 1.5 and 2 percent were seen: 156,800 to 158,400 land, it is an estimate, and it is never the best."""
    found = with_rates(tmp_path, rate("0.01"), rate("0.015"), rate("0.02"))
    assert [(quote.provider, quote.standing) for quote in found.quotes] == [
        ("a_bank", "modelled"),
        ("published", "complete"),
    ]
    assert str(found.quotes[0].landed) == "156,800.00 KES to 158,400.00 KES"
    assert found.best is not None
    assert found.best.provider == "published"
    assert found.quotes[0].offer.modelled == ("margin of 1.00% to 2.00% from 3 rates observed in Sep 2026 (a survey)",)


def test_few_rates_of_a_pair_are_widened_by_those_of_others(tmp_path: Path) -> None:
    """One rate of this pair at 1 percent and one of another at 4: the margin may be 1 to 4."""
    found = with_rates(tmp_path, rate("0.01"), rate("0.04", pair="GBP/USD"))
    assert str(found.quotes[-1].landed) == "153,600.00 KES to 158,400.00 KES"


@pytest.mark.parametrize(
    "unfit",
    [
        rate("0.01", on="2026-10-31"),  # after the payment
        rate("0.01", pair="GBP/USD"),
        rate("0.01", more='segment = ["business"]'),
        rate("0.01", more='side = "receives"'),
    ],
)
def test_a_rate_of_something_else_models_nothing(tmp_path: Path, unfit: str) -> None:
    """Rates of other pairs, days, customers and sides leave the offer a bound."""
    found = with_rates(tmp_path, unfit)
    assert [bound.provider for bound in found.bounds] == ["a_bank"]


def test_a_rate_needs_what_its_margin_is_computed_from() -> None:
    """Either the margin itself, or the rate with the mid of its instant."""
    fields = {"pair": "GBP/KES", "date": date(2026, 9, 1), "kind": "posted", "observer": "the bank"}
    assert RateRecord.model_validate({**fields, "rate": "158.4", "mid": "160"}).margin is None
    for wrong in ({}, {"rate": "158.4"}, {"rate": "158.4", "mid": "160", "margin": "0.01"}):
        with pytest.raises(ValueError, match="expected one of the two"):
            RateRecord.model_validate({**fields, **wrong})


@pytest.mark.parametrize("table", [{"spread": "0.01"}, {"share": "0.01", "discount": "0.5"}])
def test_a_spread_comes_with_its_discount(table: dict[str, Any]) -> None:
    """One without the other cannot be computed."""
    with pytest.raises(ValueError, match="expected both"):
        Margin.model_validate(table)
