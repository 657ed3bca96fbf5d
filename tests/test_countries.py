"""Countries, their names, and whose currency is whose on a day."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import iso4217
import pytest

from paycompare.countries import countries, country, euro_area, home_of, users_of
from paycompare.errors import PaymentError
from paycompare.money import currency, minor_units, retired

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

NOW = date(2026, 11, 1)
WORLD_BANK = Path(__file__).parents[2] / "shared/data/rpw/country_lookup_world_bank_2023.csv"
NOBODY_LIVES_THERE = {
    "ANTARCTICA",
    "BOUVET ISLAND",
    "FRENCH SOUTHERN TERRITORIES (THE)",
    "HEARD ISLAND AND McDONALD ISLANDS",
    "SOUTH GEORGIA AND THE SOUTH SANDWICH ISLANDS",
    "UNITED STATES MINOR OUTLYING ISLANDS (THE)",
}
NO_COUNTRY = {
    "ARAB MONETARY FUND",
    "EUROPEAN UNION",
    "INTERNATIONAL MONETARY FUND (IMF)",
    "MEMBER COUNTRIES OF THE AFRICAN DEVELOPMENT BANK GROUP",
    'SISTEMA UNITARIO DE COMPENSACION REGIONAL DE PAGOS "SUCRE"',
}
FUNDS = {"BOV", "CLF", "COU", "MXV", "CHE", "CHW", "USN", "UYI", "UYW", "VED"}
"""Units of account, and the second code of the bolivar."""

EURO_AREA = {
    1999: {"AT", "BE", "DE", "ES", "FI", "FR", "IE", "IT", "LU", "NL", "PT"},
    2001: {"GR"},
    2007: {"SI"},
    2008: {"CY", "MT"},
    2009: {"SK"},
    2011: {"EE"},
    2014: {"LV"},
    2015: {"LT"},
    2023: {"HR"},
    2026: {"BG"},
}
"""Who adopted the euro on 1 January of a year: Article 1 of Council Regulation (EC) 974/98 as amended."""


@pytest.mark.parametrize(
    ("text", "alpha2"),
    [
        ("GB", "GB"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        (" united kingdom ", "GB"),
        ("USA", "US"),
        ("The United States of America", "US"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("TURKIYE", "TR"),
        ("Ivory Coast", "CI"),
        ("Côte d'Ivoire", "CI"),
        ("Cote d\u2019Ivoire", "CI"),
        ("Kosovo", "XK"),
        ("XKX", "XK"),
        ("Congo", "CG"),
        ("Democratic Republic of the Congo", "CD"),
        ("Korea, Rep.", "KR"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("Sao Tome and Principe", "ST"),
        ("Swaziland", "SZ"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Guinea", "GN"),
        ("Dominica", "DM"),
    ],
)
def test_countries_are_found_by_code_and_name(text: str, alpha2: str) -> None:
    """Codes in capitals and names in any spelling of case, accents and punctuation find the country."""
    assert country(text).alpha2 == alpha2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Germny", "nearest is 'Germany'"),
        ("gb", "nearest is 'GB'"),
        ("ZZ", "a country's ISO 3166 code or English name"),
        ("AQ", "a country's ISO 3166 code or English name"),
        ("", "a country's ISO 3166 code or English name"),
        ("Korea", "nearest is 'South Korea'"),
        ("x" * 1_000_000, "a country's ISO 3166 code or English name"),
        (" " * 1_000_000, "a country's ISO 3166 code or English name"),
        (None, "a country's ISO 3166 code or English name"),
    ],
)
def test_an_unknown_country_is_answered_with_the_nearest(text: Any, says: str) -> None:
    """A name or code that is none is refused, shortly, with the nearest that is one."""
    with pytest.raises(PaymentError) as caught:
        country(text)
    assert caught.value.field == "country"
    assert says in caught.value.expected
    assert len(str(caught.value)) < 300


def test_the_table_is_keyed_by_distinct_codes_and_names() -> None:
    """Every code has its two or three capitals, no code or name appears twice, and the order is that of the codes."""
    table = countries()
    assert len(table) == 249 - 6 + 1  # ISO 3166-1, less six places without inhabitants, with Kosovo
    assert list(table) == sorted(table)
    assert all(len(one.alpha2) == 2 and len(one.alpha3) == 3 for one in table.values())
    assert len({one.alpha3 for one in table.values()}) == len({one.name for one in table.values()}) == len(table)
    for one in table.values():
        assert country(one.alpha2) is country(one.alpha3) is country(one.name) is one


def test_every_currency_of_the_table_is_one() -> None:
    """Today's codes are payable today, and each earlier code was until the day the table says."""
    for one in countries().values():
        assert currency(one.currency, on=NOW) == one.currency
        assert one.also is None or minor_units(one.also) >= 0
        assert one.currency_on(NOW) == one.currency
        for code, until in one.earlier:
            assert one.currency_on(date.fromordinal(until.toordinal() - 1)) == code
            assert one.currency_on(until) != code
            if code in retired() and one.alpha2 != "BQ":  # Bonaire left the guilder before the guilder ended
                assert retired()[code].until == until
                assert currency(one.currency_on(until), on=until) == retired()[code].successor


@pytest.mark.parametrize(
    ("alpha2", "day", "code"),
    [
        ("HR", "2022-12-31", "HRK"),
        ("HR", "2023-01-01", "EUR"),
        ("BG", "2025-12-31", "BGN"),
        ("BG", "2026-01-01", "EUR"),
        ("LT", "2014-12-31", "LTL"),
        ("CW", "2025-03-30", "ANG"),
        ("SX", "2025-03-31", "XCG"),
        ("ZW", "2018-12-31", "USD"),
        ("ZW", "2024-04-05", "ZWL"),
        ("ZW", "2024-04-08", "ZWG"),
        ("SL", "2022-06-30", "SLL"),
        ("SL", "2022-07-01", "SLE"),
        ("MR", "2017-12-31", "MRO"),
        ("ST", "2018-01-01", "STN"),
        ("BY", "2016-06-30", "BYR"),
        ("VE", "2018-08-19", "VEF"),
        ("VE", "2007-12-31", "VEB"),
        ("VE", "2021-10-01", "VES"),
    ],
)
def test_currencies_change_on_their_day(alpha2: str, day: str, code: str) -> None:
    """A country has the old code on the eve of a change and the new one on the day."""
    assert countries()[alpha2].currency_on(date.fromisoformat(day)) == code


def test_the_table_agrees_with_the_list_of_iso_4217() -> None:
    """For each country that the ISO list names, its payable codes are the table's currency and second currency."""
    listed: dict[str, set[str]] = {}
    for entry in iso4217.raw_xml.iterfind("CcyTbl/CcyNtry"):
        name, code = _text(entry, "CtryNm"), _text(entry, "Ccy")
        if name in NOBODY_LIVES_THERE | NO_COUNTRY or name.startswith("ZZ") or code in FUNDS:
            continue
        found = country(name).alpha2
        listed.setdefault(found, set()).update({code} if code else ())
    ours = {one.alpha2: {one.currency, one.also} - {None} for one in countries().values()}
    assert ours.pop("XK") == {"EUR"}  # a member state of no ISO list; its law makes the euro legal tender
    assert listed["PS"] == set()  # "no universal currency" there
    assert ours.pop("PS") == {"ILS"}
    assert ours == {alpha2: codes for alpha2, codes in listed.items() if alpha2 != "PS"}


def _text(entry: ET.Element, tag: str) -> str:
    return (entry.findtext(tag) or "").strip()


@pytest.mark.skipif(not WORLD_BANK.exists(), reason="the World Bank's list of economies is not beside this checkout")
def test_the_world_banks_names_and_codes_are_read() -> None:
    """Each economy of the World Bank is found by its alpha-3 code and by its name, as the same country."""
    with WORLD_BANK.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["Country Code"] != "CHI"]  # Channel Islands: GG and JE
    assert len(rows) > 200
    for row in rows:
        assert country(row["Country Code"]) is country(row["Country Name"])


@pytest.mark.parametrize(
    ("code", "alpha2"),
    [
        ("GBP", "GB"),
        ("USD", "US"),
        ("AUD", "AU"),
        ("NZD", "NZ"),
        ("CHF", "CH"),
        ("DKK", "DK"),
        ("NOK", "NO"),
        ("ZAR", "ZA"),
        ("ILS", "IL"),
        ("MAD", "MA"),
        ("INR", "IN"),
        ("PAB", "PA"),
        ("ZWG", "ZW"),
        ("EUR", None),
        ("XOF", None),
        ("XAF", None),
        ("XCD", None),
        ("XPF", None),
        ("XCG", None),
        ("HRK", None),
        ("CHE", None),
        ("???", None),
        ("", None),
    ],
)
def test_a_currency_has_one_home_or_none(code: str, alpha2: str | None) -> None:
    """A national currency means its country even where others use it; a union's or a retired one means none."""
    home = home_of(code, NOW)
    assert (home.alpha2 if home else None) == alpha2


def test_a_retired_currency_had_a_home_in_its_time() -> None:
    """The kuna meant Croatia until the end of 2022."""
    assert home_of("HRK", date(2022, 12, 31)) is country("HR")


def test_every_national_code_in_use_has_a_home() -> None:
    """Every currency of the table has a home of its own, but for the euro and the codes that begin with X."""
    without = {one.currency for one in countries().values() if home_of(one.currency, NOW) is None}
    assert without == {"EUR", "XAF", "XCD", "XCG", "XOF", "XPF"}


def test_the_euro_area_grows_year_by_year() -> None:
    """Eleven states in 1999, twenty in 2025 and twenty-one in 2026, each from the first of January."""
    members: set[str] = set()
    for year in range(1999, 2027):
        assert euro_area(date(year - 1, 12, 31)) == members
        members |= EURO_AREA.get(year, set())
        assert euro_area(date(year, 1, 1)) == members
    assert len(members) == 21


def test_users_of_a_union() -> None:
    """Eight states use XOF and six XAF (articles of BCEAO and BEAC); for EUR it is the euro area."""
    assert users_of("XOF", NOW) == {"BF", "BJ", "CI", "GW", "ML", "NE", "SN", "TG"}
    assert users_of("XAF", NOW) == {"CF", "CG", "CM", "GA", "GQ", "TD"}
    assert users_of("EUR", NOW) == euro_area(NOW)
    assert users_of("XCG", NOW) == {"CW", "SX"}
    assert users_of("ANG", NOW) == frozenset()
    assert users_of("ANG", date(2025, 3, 30)) == {"CW", "SX"}
    assert users_of("GBP", NOW) == {"GB", "GG", "IM", "JE"}
