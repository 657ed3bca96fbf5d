"""What third parties typically take: only where somebody has published it, and only of whoever is met."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from paycompare.published.catalogue import Catalogue
from paycompare.published.deductions import typical_deductions
from paycompare.terms import Place, Range
from tests.catalogues import write_folder
from tests.test_comparison import compare

if TYPE_CHECKING:
    from pathlib import Path

KENYA = Place("KE", "KES")
BANK = frozenset({"payee_bank:KE"})
CORRESPONDENTS = frozenset({"correspondents:KES"})
ARRIVING = Range(Fraction(100_000), Fraction(160_000))


def watched(root: Path, *deductions: str) -> Catalogue:
    """Load a catalogue in which each of some pages publishes one deduction."""
    for number, deduction in enumerate(deductions):
        write_folder(root, f"watcher_{number}", steps=f"\n[[deduction]]\n{deduction}\n")
    return Catalogue.load([root])


def in_kenya(root: Path, unknowns: frozenset[str], *deductions: str, payee: Place = KENYA) -> tuple[str, str] | None:
    """Return the ends of what is typically taken from a payment."""
    found: Range[Any] | None = typical_deductions(watched(root, *deductions), unknowns, payee, ARRIVING)
    return None if found is None else (str(found.low), str(found.high))


def deduction(of: str = "payee_bank", currency: str = "KES", figure: str = 'average = "300"', more: str = "") -> str:
    """Write one deduction."""
    return f'of = "{of}"\ncurrency = "{currency}"\n{figure}\n{more}'


def test_an_average_is_one_figure(tmp_path: Path) -> None:
    """The payee's bank takes 300 KES on average."""
    assert in_kenya(tmp_path, BANK, deduction()) == ("300", "300")


def test_a_range_has_both_ends(tmp_path: Path) -> None:
    """The payee's bank takes 200 to 500 KES."""
    assert in_kenya(tmp_path, BANK, deduction(figure='between = ["200", "500"]')) == ("200", "500")


def test_a_share_is_of_what_arrives(tmp_path: Path) -> None:
    """A twentieth of a percent of 100,000 to 160,000 KES is 50 to 80."""
    assert in_kenya(tmp_path, BANK, deduction(figure='share = "0.0005"')) == ("50", "80")


def test_of_several_pages_the_widest_range_counts(tmp_path: Path) -> None:
    """One watcher says 300, another 200 to 250: together 200 to 300."""
    pages = (deduction(), deduction(figure='between = ["200", "250"]'))
    assert in_kenya(tmp_path, BANK, *pages) == ("200", "300")


def test_the_deductions_of_everybody_who_is_met_add_up(tmp_path: Path) -> None:
    """300 at the bank and 1,000 to 2,000 on the way are 1,300 to 2,300."""
    pages = (deduction(), deduction(of="correspondents", figure='between = ["1000", "2000"]'))
    assert in_kenya(tmp_path, BANK | CORRESPONDENTS, *pages) == ("1300", "2300")


def test_who_is_not_met_takes_nothing(tmp_path: Path) -> None:
    """What correspondents take does not matter to a transfer that meets the payee's bank alone."""
    pages = (deduction(), deduction(of="correspondents", figure='average = "1000"'))
    assert in_kenya(tmp_path, BANK, *pages) == ("300", "300")


def test_a_charge_on_which_nothing_is_published_leaves_nothing_to_expect(tmp_path: Path) -> None:
    """With a figure for the bank alone, what the correspondents take is unknown, and so is what arrives."""
    assert in_kenya(tmp_path, BANK | CORRESPONDENTS, deduction()) is None


@pytest.mark.parametrize(
    "page",
    [
        deduction(of="correspondents"),
        deduction(currency="USD"),
        deduction(more='countries = ["TZ", "UG"]'),
        deduction(more='not_countries = ["KE"]'),
    ],
)
def test_what_is_published_for_others_says_nothing(tmp_path: Path, page: str) -> None:
    """Another party, another currency, other countries: nothing is known, which is not zero."""
    assert in_kenya(tmp_path, BANK, page) is None


@pytest.mark.parametrize("more", ['countries = ["KE", "UG"]', 'not_countries = ["TZ"]'])
def test_a_deduction_may_be_limited_to_countries(tmp_path: Path, more: str) -> None:
    """Kenya is listed, or not excepted."""
    assert in_kenya(tmp_path, BANK, deduction(more=more)) == ("300", "300")


def test_an_open_country_has_only_the_deductions_of_every_country(tmp_path: Path) -> None:
    """For "euro somewhere" a figure for Germany says nothing; one for all of the euro does."""
    unknowns = frozenset({"payee_bank:EUR"})
    german, general = deduction(currency="EUR", more='countries = ["DE"]'), deduction(currency="EUR")
    assert in_kenya(tmp_path / "one", unknowns, german, payee=Place(None, "EUR")) is None
    assert in_kenya(tmp_path / "two", unknowns, german, general, payee=Place(None, "EUR")) == ("300", "300")


def test_a_comparison_expects_what_lands_less_what_is_typically_taken(tmp_path: Path) -> None:
    """Of 160,000 KES by SWIFT, 200 to 500 are typically taken: 159,500 to 159,800 are expected; locally all of it."""
    write_folder(tmp_path, "swift_bank", rail="swift", more='third_parties = ["payee_bank"]')
    seen = deduction(figure='between = ["200", "500"]')
    write_folder(tmp_path, "local_bank", steps=f"\n[[deduction]]\n{seen}\n")
    expected = {quote.provider: str(quote.landed_expected) for quote in compare(tmp_path).quotes}
    assert expected == {
        "swift_bank": "159,500.00 KES to 159,800.00 KES",
        "local_bank": "160,000.00 KES",
    }


def test_less_than_nothing_never_arrives(tmp_path: Path) -> None:
    """Of 160 KES, 200 to 500 are typically taken: nothing arrives."""
    seen = deduction(figure='between = ["200", "500"]')
    more = 'third_parties = ["payee_bank"]'
    write_folder(tmp_path, "a_bank", rail="swift", more=more, steps=f"\n[[deduction]]\n{seen}\n")
    assert str(compare(tmp_path, "1 GBP").quotes[0].landed_expected) == "0.00 KES"


def test_the_payees_own_bank_is_no_third_party_of_its_own_price(tmp_path: Path) -> None:
    """What the payee's institution offers meets correspondents alone."""
    write_folder(tmp_path, "a_bank", rail="swift", more='client = "payee"')
    assert compare(tmp_path, client="payee").quotes[0].unknowns == CORRESPONDENTS


RECEIVING = """
[[tariff]]
id = "incoming"
title = "incoming payment"
client = "payee"
payer = { unlisted = "yes", other_currencies = "yes" }
payee = { countries = ["KE"], currencies = ["KES"] }
step = [
  { take = "receiving_fee", place = "from_amount", price = { share = "0.001", least = "50", most = "200" } },
]
"""


def receives(root: Path, tariff: str = RECEIVING) -> None:
    """Write a bank that pays out by SWIFT, and one in Kenya that publishes what receiving costs."""
    write_folder(root, "swift_bank", rail="swift", more='third_parties = ["payee_bank"]')
    write_folder(root, "kenyan_bank", payer='countries = ["KE"], unlisted = "no"', steps=tariff)


def test_a_named_bank_takes_what_its_tariff_says_of_what_arrives(tmp_path: Path) -> None:
    """0.1 percent of 160,000 KES is 160, between 50 and 200: 159,840 are expected; its page is named."""
    receives(tmp_path)
    quote = compare(tmp_path, payee_institution="kenyan_bank").quotes[0]
    assert (str(quote.landed), str(quote.landed_expected)) == ("160,000.00 KES", "159,840.00 KES")
    assert any("kenyan-bank.example/fees" in flag and "takes 160.00 KES for receiving" in flag for flag in quote.flags)


def test_a_bank_that_is_not_named_takes_nothing_known(tmp_path: Path) -> None:
    """That one bank in Kenya publishes its charge says nothing of the others."""
    receives(tmp_path)
    assert compare(tmp_path).quotes[0].landed_expected is None


@pytest.mark.parametrize(
    "other",
    [
        RECEIVING.replace('currencies = ["KES"]', 'currencies = ["USD"], other_currencies = "no"'),
        RECEIVING.replace('countries = ["KE"]', 'countries = ["UG"]'),
        RECEIVING.replace('share = "0.001", least = "50", most = "200"', "not_published = true"),
    ],
)
def test_a_tariff_that_does_not_say_what_it_takes_is_not_used(tmp_path: Path, other: str) -> None:
    """Another currency, another country or no figure: what the bank takes stays unknown, which is not zero."""
    receives(tmp_path, other)
    assert compare(tmp_path, payee_institution="kenyan_bank").quotes[0].landed_expected is None


def test_what_is_billed_later_for_receiving_counts(tmp_path: Path) -> None:
    """0.1 percent of 160,000 KES is 160, invoiced or taken at once: 159,840 are expected."""
    receives(tmp_path, RECEIVING.replace("from_amount", "billed_later"))
    quote = compare(tmp_path, payee_institution="kenyan_bank").quotes[0]
    assert str(quote.landed_expected) == "159,840.00 KES"


FREE_FOR_NOW = RECEIVING.replace('"incoming"', '"free"\npromotion = "free until new year"').replace(
    'share = "0.001", least = "50", most = "200"', 'flat = "0"'
)


def test_a_temporary_price_does_not_stand_in_for_one_that_is_not_published(tmp_path: Path) -> None:
    """Free for some, and otherwise not published: it stays unknown, and the page that is silent is named."""
    silent = RECEIVING.replace('share = "0.001", least = "50", most = "200"', "not_published = true")
    receives(tmp_path, silent + FREE_FOR_NOW)
    quote = compare(tmp_path, payee_institution="kenyan_bank").quotes[0]
    assert quote.landed_expected is None
    assert any("incoming payment" in flag and "does not publish" in flag for flag in quote.flags)


def test_a_temporary_price_does_not_lower_the_ordinary_one(tmp_path: Path) -> None:
    """The ordinary tariff takes 160 of 160,000 KES; who gets the temporary one is not known."""
    receives(tmp_path, RECEIVING + FREE_FOR_NOW)
    quote = compare(tmp_path, payee_institution="kenyan_bank").quotes[0]
    assert str(quote.landed_expected) == "159,840.00 KES"


def test_of_two_tariffs_one_that_is_not_published_leaves_the_charge_unknown(tmp_path: Path) -> None:
    """Either may be the one that applies, so that the figure of the other is no upper end."""
    silent = RECEIVING.replace('share = "0.001", least = "50", most = "200"', "not_published = true")
    receives(tmp_path, RECEIVING + silent.replace('"incoming"', '"incoming_other"'))
    assert compare(tmp_path, payee_institution="kenyan_bank").quotes[0].landed_expected is None


def test_a_receiving_tariff_that_cannot_be_used_costs_no_sender_its_place(tmp_path: Path) -> None:
    """Five independent ranges are refused: what the named bank takes is unknown, with the reason; the offer stays."""
    steps = "".join(
        f'  {{ take = "fee_{number}", place = "from_amount", price = {{ at_most = {{ flat = "1" }} }} }},\n'
        for number in range(5)
    )
    receives(tmp_path, f"{RECEIVING.partition('step =')[0]}step = [\n{steps}]\n")
    answer = compare(tmp_path, payee_institution="kenyan_bank", providers=["swift_bank"])
    assert answer.quotes[0].landed_expected is None
    assert any("cannot be told" in flag and "5 independent ranges" in flag for flag in answer.quotes[0].flags)


def test_what_a_regulator_allows_is_said_and_is_no_price(tmp_path: Path) -> None:
    """A ceiling in the payer's country stands among the assumptions; one elsewhere, or over, does not."""
    ceilings = [
        f"""\n[[ceiling]]\ncountry = "{country}"\nof = "charges"\ncurrency = "GBP"\nprice = {{ share = "0.01" }}\n"""
        f"""words = "one percent in {country} until {until}"\nvalid_to = {until}\n"""
        for country, until in (("GB", "2030-01-01"), ("FR", "2030-01-01"), ("GB", "2020-01-01"))
    ]
    write_folder(tmp_path, "regulator", steps="".join(ceilings))
    said = [one for one in compare(tmp_path).assumptions if "allows at most" in one]
    assert said == ["regulator allows at most: one percent in GB until 2030-01-01 (https://regulator.example/fees)"]
