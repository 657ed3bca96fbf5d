"""Levies: taxes on the principal or on the charges, in their own currency, from their first day, and never twice."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from paycompare.curve import Curve
from paycompare.money import Rounding
from paycompare.offer import Convert, Take
from paycompare.published.catalogue import levies
from paycompare.published.levies import Levies, levied
from paycompare.published.schema import LevyTable
from paycompare.scenario import walk_one
from paycompare.terms import Payment
from tests.catalogues import write_folder
from tests.making import CENT, convert, offer, spread, take
from tests.test_comparison import compare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from paycompare.walk import Walk

DAY = date(2026, 10, 30)
WORTH = {"GBP": Fraction(1), "KES": Fraction(1, 160), "USD": Fraction(4, 5)}
"""In pounds: 160 shillings and 1.25 dollars to the pound."""


class Worth:
    """What currencies are worth, without looking anything up."""

    def factor(self, source: str, target: str) -> Fraction:
        """Return units of target per unit of source."""
        return WORTH[source] / WORTH[target]


def levy(**more: Any) -> LevyTable:
    """Make a levy of one percent of the principal, on top, for payers in the United Kingdom."""
    return LevyTable.model_validate(
        {
            "id": "tax",
            "name": "A tax",
            "country": "GB",
            "leg": "payer",
            "on": "principal",
            "place": "on_top",
            "price": {"share": "0.01"},
            "valid_from": date(2026, 1, 1),
            "page": {"source": "https://law.example/1", "kind": "law", "published": date(2025, 12, 1)},
            **more,
        }
    )


def ask(*, on: date = DAY, **more: Any) -> Payment:
    """Ask about sending 1,000 GBP to Kenya."""
    return Payment.ask(sends="1000 GBP", **{"sender": "GB/GBP", "to": "KE/KES", "at": on, **more})


STEPS: tuple[Take | Convert, ...] = (take("fee", spread("20"), "from_amount"), convert(spread("0")))
"""A fee of 20 from the amount, the rest converted at the reference."""


def chain(
    *tables: LevyTable,
    steps: tuple[Take | Convert, ...] = STEPS,
    payment: Payment | None = None,
    overrides: Mapping[str, Fraction | None] | None = None,
    included: tuple[str, ...] = (),
    provider_kind: str = "bank",
) -> list[Take | Convert]:
    """Add levies to a chain."""
    return levied(steps, Levies(tables, overrides or {}, included, provider_kind), payment or ask(), Worth())


def walked(*tables: LevyTable, **more: Any) -> Walk:
    """Send 1,000 GBP through a chain with levies."""
    values: dict[str, Any] = {"values": WORTH, "grid": dict.fromkeys(WORTH, CENT)}
    walk = walk_one(offer(*chain(*tables, **more), **values), "sends", Fraction(1000), "GBP", {})
    assert walk is not None
    return walk


def test_a_levy_on_the_principal_falls_on_what_is_converted() -> None:
    """20 of 1,000 are taken before: one percent of the 980 that are converted is 9.80, paid on top."""
    walk = walked(levy())
    assert (walk.paid, walk.landed) == (Fraction("1009.80"), Fraction(980 * 160))


def test_a_levy_on_the_principal_of_a_payment_without_conversion_falls_on_all_of_it() -> None:
    """Nothing is converted, so one percent of 1,000 is 10.00."""
    steps = (take("fee", spread("20"), "from_amount"),)
    walk = walked(levy(), steps=steps, payment=ask(to="JE/GBP"))
    assert (walk.paid, walk.landed) == (Fraction(1010), Fraction(980))


def test_a_levy_on_the_charges_falls_on_those_of_the_provider() -> None:
    """15 percent of the fee of 20 is 3.00; the correspondent's 7 and the margin bear nothing."""
    steps = (*STEPS, take("other", spread("7"), "on_top", owner="correspondent"))
    walk = walked(levy(on="charges", price={"share": "0.15"}), steps=steps)
    assert walk.paid == 1000 + 7 + 3


def test_a_levy_on_the_charges_falls_on_their_sum() -> None:
    """Fees of 20 and 10 make 15 percent of 30, 4.50."""
    steps = (*STEPS, take("more", spread("10"), "on_top"))
    assert walked(levy(on="charges", price={"share": "0.15"}), steps=steps).paid == 1000 + 10 + Fraction("4.50")


def test_a_levy_on_charges_that_are_not_made_is_no_step() -> None:
    """Without charges there is nothing to tax."""
    steps = (convert(spread("0")),)
    assert chain(levy(on="charges"), steps=steps) == list(steps)


def test_a_charge_in_another_currency_is_taxed_at_the_reference() -> None:
    """A receiving fee of 1,600 KES is 10 GBP: with the fee of 20, 15 percent of 30 is 4.50."""
    steps = (*STEPS, take("receiving", spread("1600"), "from_amount", currency="KES"))
    walk = walked(levy(on="charges", price={"share": "0.15"}), steps=steps)
    assert walk.paid == Fraction("1004.50")


def test_a_levy_of_the_payees_country_is_taken_from_what_arrives() -> None:
    """One percent of the 980 GBP converted is 9.80, or 1,568 KES of 156,800."""
    walk = walked(levy(country="KE", leg="payee", place="from_amount"))
    assert (walk.paid, walk.landed) == (Fraction(1000), Fraction(156_800 - 1568))


def test_a_levy_may_be_set_in_a_currency_of_its_own() -> None:
    """A duty of 5 USD is 4.00 GBP for the payer, at 1.25."""
    assert walked(levy(price={"flat": "5"}, currency="USD")).paid == 1004


def test_the_bands_of_a_levy_are_in_its_own_currency() -> None:
    """5 USD up to 1,225 USD and 50 above: 980 GBP converted are 1,225 USD, so 4.00 GBP; without the fee 40.00."""
    bands = {"bands": [{"up_to": "1225", "price": {"flat": "5"}}, {"price": {"flat": "50"}}]}
    table = levy(price=bands, currency="USD")
    assert walked(table).paid == 1004
    assert walked(table, steps=(convert(spread("0")),)).paid == 1040


def test_several_levies_follow_each_other() -> None:
    """One percent of 980 and 15 percent of the fee; a levy is no charge of the provider, so it is not taxed."""
    tables = (levy(), levy(id="duty", on="charges", price={"share": "0.15"}))
    assert walked(*tables).paid == 1000 + Fraction("9.80") + 3


@pytest.mark.parametrize(
    ("on", "met"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_levy_has_a_first_and_a_last_day(on: date, *, met: bool) -> None:
    """In force from its first day on, until the day on which it no longer is."""
    steps = chain(levy(valid_to=date(2027, 1, 1)), payment=ask(on=on))
    assert ("tax" in [step.name for step in steps]) is met


@pytest.mark.parametrize(
    ("more", "met"),
    [
        ({"country": "US"}, False),
        ({"country": "KE"}, False),
        ({"country": "KE", "leg": "payee"}, True),
        ({"leg": "payee"}, False),
        ({"only": {"segment": ["business"]}}, False),
        ({"only": {"segment": ["personal"], "pay_in": ["account"]}}, True),
    ],
)
def test_a_levy_is_met_in_its_country_under_its_conditions(more: dict[str, Any], *, met: bool) -> None:
    """The leg says whose country it is; its conditions are those of the law."""
    assert (len(chain(levy(**more))) == len(STEPS) + 1) is met


def test_a_payer_whose_country_is_open_meets_no_levy_of_a_country() -> None:
    """Nobody knows which state's law holds for "euro from somewhere"."""
    payment = Payment.ask(sends="1000 EUR", sender="EUR", to="KE/KES", at=DAY)
    assert chain(levy(country="DE"), payment=payment) == list(STEPS)


def test_a_levy_that_the_price_contains_is_not_added() -> None:
    """A page that prints its prices with the tax in them has said so."""
    assert chain(levy(), included=("tax",)) == list(STEPS)


def test_a_levy_may_be_dropped() -> None:
    """None drops it, for whoever knows to be exempt."""
    assert chain(levy(), overrides={"tax": None}) == list(STEPS)


def test_a_levy_may_be_given_another_share() -> None:
    """Two percent of the 980 converted is 19.60 instead of 9.80; a share of zero stays a step of nothing."""
    assert walked(levy(), overrides={"tax": Fraction("0.02")}).paid == Fraction("1019.60")
    assert walked(levy(), overrides={"tax": Fraction(0)}).paid == 1000


def test_an_override_of_one_levy_leaves_the_others() -> None:
    """Names do not spill."""
    tables = (levy(), levy(id="duty", on="charges", price={"share": "0.15"}))
    assert walked(*tables, overrides={"duty": None}).paid == Fraction("1009.80")


def test_a_levy_is_the_states_and_cites_its_law() -> None:
    """Owner, evidence and rounding are not the provider's."""
    (*_, step) = chain(levy())
    assert isinstance(step, Take)
    assert (step.owner, step.evidence.kind, step.evidence.source) == ("state", "law", "https://law.example/1")
    assert step.rounding["on_top"] == Rounding(CENT)
    assert step.price.low == Curve.line(Fraction("0.01"))


@pytest.mark.parametrize("table", levies(), ids=lambda table: str(table.id))
def test_every_levy_of_the_library_is_dated_and_cited(table: LevyTable) -> None:
    """Nothing is taxed on hearsay without a day; an old page may have no other address than an open one."""
    assert table.page.published or table.page.seen
    assert table.page.source.startswith(("https://", "http://"))


def from_kenya(root: Path, **pieces: Any) -> Path:
    """Write a bank in Kenya that converts first and takes 1 GBP (160 KES) afterwards."""
    payer = 'countries = ["KE"], unlisted = "no", currencies = ["KES"], other_currencies = "no"'
    late = '[[tariff.step]]\ntake = "late_fee"\nplace = "{place}"\ncurrency = "GBP"\nprice = {{ flat = "1" }}\n'
    place = pieces.pop("late_place")
    return write_folder(root, "ke_bank", payer=payer, steps=late.format(place=place), **pieces)


@pytest.mark.parametrize("place", ["on_top", "from_amount", "unstated", "billed_later"])
def test_a_levy_on_a_charge_is_the_same_wherever_the_charge_bites(tmp_path: Path, place: str) -> None:
    """15 percent of 1 GBP at 160 is 24.00 KES, also where the page leaves open whether it is paid in KES or in GBP."""
    from_kenya(tmp_path, late_place=place)
    (quote,) = compare(tmp_path, None, sends="16000 KES", sender="KE/KES", to="GB/GBP").quotes
    assert {part.name: str(part.taken) for part in quote.parts}["ke_excise"] == "24.00 KES"


def test_a_levy_that_a_tariff_includes_is_left_out(tmp_path: Path) -> None:
    """The page prints its prices with the excise duty in them."""
    from_kenya(tmp_path, late_place="on_top", more='includes_levies = ["ke_excise"]')
    (quote,) = compare(tmp_path, None, sends="16000 KES", sender="KE/KES", to="GB/GBP").quotes
    assert "ke_excise" not in [part.name for part in quote.parts]


def test_a_levy_may_be_given_another_share_by_the_caller(tmp_path: Path) -> None:
    """20 percent of 160 KES is 32.00."""
    from_kenya(tmp_path, late_place="on_top")
    options = {"sends": "16000 KES", "sender": "KE/KES", "to": "GB/GBP", "levies": {"ke_excise": "0.2"}}
    (quote,) = compare(tmp_path, None, **options).quotes
    assert {part.name: str(part.taken) for part in quote.parts}["ke_excise"] == "32.00 KES"


def priced(*tables: LevyTable, on: str = "1000", **more: Any) -> tuple[str, str, str | None]:
    """Return both ends of the first levy of a chain on a base, and what moves it."""
    added = [step for step in chain(*tables, **more) if isinstance(step, Take) and step.owner == "state"]
    spread = added[0].price
    return str(spread.low(Fraction(on))), str(spread.high(Fraction(on))), spread.cause


GOODS, SERVICES = (
    {"only": {"purpose": [word]}, "price": {"share": share}} for word, share in (("goods", "0"), ("services", "0.035"))
)


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [("goods", ("0", "0", None)), ("services", ("35", "35", None)), ("family", ("11", "11", None))],
)
def test_a_levy_follows_the_purpose(purpose: str, expected: tuple[str, str, str | None]) -> None:
    """Nothing on goods, 3.5 percent on services, 1.1 percent on all else: 0, 35 and 11 of 1,000."""
    rest = levy(price={"share": "0.011"})
    assert priced(levy(**GOODS), levy(**SERVICES), rest, payment=ask(purpose=purpose)) == expected


def test_a_purpose_that_is_not_said_makes_the_levy_a_range() -> None:
    """From nothing on goods to 35 on services, with the cause named; the unknown is neither zero nor the worst."""
    found = priced(levy(**GOODS), levy(**SERVICES), levy(price={"share": "0.011"}))
    assert found == ("0", "35", "the purpose, which decides tax")


def test_a_levy_on_one_purpose_alone_may_not_apply() -> None:
    """Where no table speaks of the other purposes, an open purpose may mean no levy at all."""
    assert priced(levy(**SERVICES)) == ("0", "35", "the purpose, which decides tax")
    assert chain(levy(**SERVICES), payment=ask(purpose="goods")) == list(STEPS)


def test_a_status_is_one_or_the_other() -> None:
    """5 percent for filers, 10 for others: 50 to 100 of 1,000, never nothing."""
    tables = [
        levy(only={"payer_status": [word]}, price={"share": share})
        for word, share in (("filer", "0.05"), ("other", "0.1"))
    ]
    assert priced(*tables) == ("50", "100", "the payer status, which decides tax")
    assert priced(*tables, payment=ask(payer_status="other")) == ("100", "100", None)


@pytest.mark.parametrize(
    ("more", "kind", "met"),
    [
        ({"provider_kinds": ["payment_institution"]}, "bank", False),
        ({"provider_kinds": ["payment_institution"]}, "payment_institution", True),
        ({"not_provider_kinds": ["bank"]}, "bank", False),
        ({"not_provider_kinds": ["bank"]}, "mobile_operator", True),
    ],
)
def test_a_levy_may_depend_on_who_makes_the_payment(more: dict[str, Any], kind: str, *, met: bool) -> None:
    """Some taxes fall on payment institutions alone, others on everybody but banks."""
    assert (len(chain(levy(**more), provider_kind=kind)) > len(STEPS)) == met


@pytest.mark.parametrize(("day", "met"), [(26, True), (27, False), (29, False), (30, True)])
def test_a_levy_that_was_suspended_did_not_apply_meanwhile(day: int, *, met: bool) -> None:
    """Suspended from the 27th until the 30th, on which it applied again."""
    gap = [{"since": date(2026, 6, 27), "until": date(2026, 6, 30)}]
    assert (len(chain(levy(suspended=gap), payment=ask(on=date(2026, 6, day)))) > len(STEPS)) == met


def test_a_subsidy_is_a_negative_levy() -> None:
    """2.5 percent of what arrives is added to it: 980 x 160 = 156,800 and 3,920 more; the parts still add up."""
    aid = levy(leg="payee", country="KE", on="received", place="from_amount", price={"share": "-0.025"})
    assert walked(aid).landed == Fraction(156_800 + 3_920)


def test_a_creditable_tax_is_counted_aside() -> None:
    """20 percent that come back later change neither what is paid nor what lands, and are a line of their own."""
    walk = walked(levy(creditable=True, price={"share": "0.2"}))
    assert (walk.paid, walk.landed) == (Fraction(1000), Fraction(156_800))
    assert walk.lines[-1][:3] == ("tax", "aside", Fraction(196))


def test_a_tax_on_a_deemed_value_has_its_slices_its_minimum_and_its_rate() -> None:
    """18 percent of a value of 1 percent up to 100,000, half of that beyond, at least 250: 45, 180 and 270."""
    deemed = {"slices": [{"up_to": "100000", "share": "0.01"}, {"share": "0.005"}], "least": "250", "scale": "0.18"}
    table = levy(price=deemed)
    assert [priced(table, on=base)[0] for base in ("1000", "100000", "200000")] == ["45", "180", "270"]


def test_a_duty_per_started_hundred_rounds_its_base() -> None:
    """0.60 per 200 or fraction of 200: 980 makes five, so 3.00."""
    duty = levy(price={"share": "0.003"}, base_rounding={"step": "200", "mode": "up"})
    assert walked(duty).paid == Fraction(1003)


def test_a_yearly_threshold_is_a_range_of_its_own() -> None:
    """Nothing until 700,000 a year, 20 percent beyond; how much of a bank's allowance was used says nothing of it."""
    price = {
        "allowance": {
            "amount": "700000 GBP",
            "per": "financial_year",
            "within": {"share": "0"},
            "beyond": {"share": "0.2"},
        }
    }
    expected = ("0", "200", "use of the allowance of tax")
    assert priced(levy(price=price)) == expected
    assert priced(levy(price=price), payment=ask(usage="unused")) == expected


def test_a_levy_of_several_countries_is_written_once() -> None:
    """A levy of a monetary union falls on payers in each of its countries."""
    assert len(chain(levy(country=["GB", "FR"]))) > len(STEPS)
    assert chain(levy(country=["FR", "DE"])) == list(STEPS)


def test_a_levy_without_a_first_day_holds_from_the_day_of_its_page() -> None:
    """It is not claimed for the time before anybody was seen to write about it."""
    undated = levy(valid_from=None, page={"source": "https://law.example/1", "kind": "law", "seen": date(2026, 5, 1)})
    days = (date(2026, 4, 30), date(2026, 5, 1))
    assert [len(chain(undated, payment=ask(on=day))) > len(STEPS) for day in days] == [False, True]


@pytest.mark.parametrize(
    ("leg", "country", "client", "met"),
    [
        ("payer", "GB", "payer", True),
        ("payer", "GB", "payee", False),
        ("payee", "KE", "payer", False),
        ("payee", "KE", "payee", True),
    ],
)
def test_a_tax_on_charges_falls_on_the_institution_that_makes_them(
    leg: str, country: str, client: str, *, met: bool
) -> None:
    """The payer's country taxes what the payer's bank charges, the payee's country what the payee's bank does."""
    tax = levy(leg=leg, country=country, on="charges")
    assert (len(chain(tax, payment=ask(client=client))) > len(STEPS)) == met
