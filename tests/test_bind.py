"""Binding a tariff to a payment: currencies of bounds and charges, and what cannot be bound fails alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

import paycompare as pc
from paycompare.quote import quoted
from tests.catalogues import write_folder
from tests.test_comparison import compare

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.offer import Offer
    from paycompare.quote import Quote

TO_DOLLARS = {"to": "KE/USD", "reference": {"GBP/USD": "1.25"}}
BANDED = 'bands = [{{ up_to = "1000", share = "0.02" }}, {{ share = "0.01" }}], currency = "{0}"'


@pytest.mark.parametrize(
    ("currency", "pays", "landed"),
    [
        ("GBP", "1000 GBP", "1,225.00 USD"),
        ("GBP", "1000.01 GBP", "1,237.51 USD"),
        ("USD", "800 GBP", "980.00 USD"),
        ("USD", "800.01 GBP", "990.01 USD"),
    ],
)
def test_the_bounds_of_a_margin_are_in_their_own_currency(
    tmp_path: Path, currency: str, pays: str, landed: str
) -> None:
    """Two percent up to 1,000 and 1 percent above, in pounds or in dollars: 1,000 USD are 800 GBP at 1.25.

    1000 x 1.225 = 1225; 1000.01 x 1.2375 = 1237.512; 800 x 1.225 = 980; 800.01 x 1.2375 = 990.012.
    """
    write_folder(tmp_path, "some_bank", margin=BANDED.format(currency))
    (quote,) = compare(tmp_path, pays, **TO_DOLLARS).quotes
    assert str(quote.landed) == landed


def test_each_group_of_margins_has_bounds_in_its_own_currency(tmp_path: Path) -> None:
    """The first group is for yen; the bounds of the one that applies are dollars, so 800.01 GBP are beyond 1,000."""
    for_yen = 'currencies = ["GBP", "JPY"], ' + BANDED.format("GBP")
    write_folder(tmp_path, "some_bank", margin=for_yen + " }, { " + BANDED.format("USD"))
    (quote,) = compare(tmp_path, "800.01 GBP", **TO_DOLLARS).quotes
    assert str(quote.landed) == "990.01 USD"


def test_a_charge_in_a_currency_without_a_rate_costs_its_provider_alone(tmp_path: Path) -> None:
    """Before the monthly table nothing is known of the shilling; euro for pounds are answered all the same."""
    for name, code in (("shilling_bank", "KES"), ("pound_bank", "GBP")):
        folder = write_folder(tmp_path, name, dated="undated = true", fee='flat = "5"')
        page = folder / "tariffs" / "page.toml"
        text = page.read_text(encoding="utf-8").replace('\ncurrency = "GBP"', f'\ncurrency = "{code}"')
        page.write_text(text, encoding="utf-8")
    answer = compare(tmp_path, to="DE/EUR", at=date(2026, 9, 15), reference=None)
    assert [quote.provider for quote in answer.quotes] == ["pound_bank"]
    assert [failure.provider for failure in answer.failures] == ["shilling_bank"]
    assert "KES" in answer.failures[0].reason


def test_a_corridor_without_a_rate_is_refused_whoever_serves_it(tmp_path: Path) -> None:
    """What the payee's currency is worth is the question's own trouble, with the remedy in the message."""
    write_folder(tmp_path, "some_bank", dated="undated = true")
    with pytest.raises(pc.RateUnavailable, match="reference="):
        compare(tmp_path, at=date(2026, 9, 15), reference=None)


def test_a_tariff_with_too_many_ranges_costs_its_provider_alone(tmp_path: Path) -> None:
    """Five independent ranges would be 32 corners with their edges; four are taken."""
    step = '[[tariff.step]]\ntake = "more_{0}"\nplace = "on_top"\nprice = {{ at_most = {{ flat = "1" }} }}\n'
    write_folder(tmp_path, "four_bank", steps="".join(step.format(number) for number in range(4)))
    write_folder(tmp_path, "five_bank", steps="".join(step.format(number) for number in range(5)))
    answer = compare(tmp_path, "10 GBP")
    assert [quote.provider for quote in answer.quotes] == ["four_bank"]
    assert [failure.provider for failure in answer.failures] == ["five_bank"]
    assert "5 independent ranges" in answer.failures[0].reason


AGAIN = '\n[[tariff.step]]\nconvert = "fx_second"\nbasis = "mid-market"\nmargin = [{ share = "0.01" }]\n'


def by_way_of_dollars(root: Path, **more: str) -> None:
    """Write a bank that converts into dollars, and from there into what is paid out, at 1 percent each."""
    folder = write_folder(root, "dollar_bank", margin='share = "0.01"', steps=AGAIN, **more)
    page = folder / "tariffs" / "page.toml"
    text = page.read_text(encoding="utf-8").replace('"fx_margin"\n', '"fx_margin"\nto = "USD"\n')
    page.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("to", "landed"),
    [
        ("KE/KES", "156,816.00 KES"),  # 1,000 x 1.25 x 0.99 = 1,237.50 USD, x 128 x 0.99
        ("KE/USD", "1,237.50 USD"),  # there already: the second conversion is none
    ],
)
def test_a_chain_may_convert_by_way_of_a_third_currency(tmp_path: Path, to: str, landed: str) -> None:
    """At 1.25 USD and 160 KES per GBP, 128 KES per USD: each conversion starts from what the one before led to."""
    by_way_of_dollars(tmp_path)
    answer = compare(tmp_path, to=to, reference={"GBP/KES": "160", "GBP/USD": "1.25"})
    assert [str(quote.landed) for quote in answer.quotes] == [landed]


def test_two_conversions_that_are_each_the_whole_are_declined(tmp_path: Path) -> None:
    """Both would turn pounds into shillings: which of them holds is not said, and nothing is guessed."""
    write_folder(tmp_path, "two_bank", steps=AGAIN)
    write_folder(tmp_path, "some_bank")
    answer = compare(tmp_path)
    assert [quote.provider for quote in answer.quotes] == ["some_bank"]
    assert answer.declined["two_bank/out"] == "its page gives two conversions from GBP to KES"


def test_a_levy_on_the_principal_has_the_payers_principal_as_its_base_after_two_conversions(tmp_path: Path) -> None:
    """CEOC is 2.5 percent for individuals, on top: 1,000,000 / 1.025 is 975,609.76 AOA, and the levy 24,390.24.

    It is a range from nothing, as its payer's status is open; the dollars converted last are no kwanzas.
    """
    by_way_of_dollars(tmp_path, payer='unlisted = "yes", other_currencies = "yes"')
    rates = {"AOA/GBP": "0.0008", "AOA/USD": "0.001"}
    answer = compare(tmp_path, "1000000 AOA", sender="AO/AOA", to="GB/GBP", reference=rates)
    (part,) = [part for part in answer.quotes[0].parts if part.owner == "state"]
    assert str(part.taken.high) == "24,390.24 AOA"


def test_whatever_fails_while_one_offer_is_quoted_costs_its_provider_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An offer that does not add up is a failure with its reason; the others are answered."""

    def fragile(offer: Offer, *rest: Any, **more: Any) -> Quote:
        if offer.provider == "odd_bank":
            msg = "does not add up"
            raise ArithmeticError(msg)
        return quoted(offer, *rest, **more)

    monkeypatch.setattr("paycompare.comparison.quoted", fragile)
    for name in ("odd_bank", "some_bank"):
        write_folder(tmp_path, name)
    answer = compare(tmp_path)
    assert [quote.provider for quote in answer.quotes] == ["some_bank"]
    assert [(one.provider, one.reason) for one in answer.failures] == [("odd_bank", "out: does not add up")]
