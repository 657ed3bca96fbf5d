"""Countries, and the currency that an account there is held in on a day."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paycompare.errors import PaymentError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DATED", "Country", "countries", "country", "euro_area", "home_of", "users_of"]

DATED: Final = "2026-11"
"""The month whose state the table of countries gives."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory that payments go to.

    Attributes:
        alpha2: ISO 3166-1 alpha-2 code; XK for Kosovo, which is user-assigned.
        alpha3: ISO 3166-1 alpha-3 code; XKX for Kosovo.
        name: Short English name.
        currency: ISO 4217 code of its currency by the table's state.
        also: A second currency that is legal tender there, such as ZAR in Lesotho.
        earlier: Codes before that, oldest first, each with the first day on which it was no longer used.
        in_euro_area: Whether it is by now a state of the European Union that uses the euro.
    """

    alpha2: str
    alpha3: str
    name: str
    currency: str
    also: str | None = None
    earlier: tuple[tuple[str, date], ...] = ()
    in_euro_area: bool = False

    def currency_on(self, day: date) -> str:
        """Return the ISO 4217 code of the country's currency on a day.

        Changes to the euro are complete since 1999, others since 2009 (for Zimbabwe since 2019); an earlier day
        gets the oldest code that is held.

        Example:
            >>> country("HR").currency_on(date(2022, 12, 31)), country("HR").currency_on(date(2023, 1, 1))
            ('HRK', 'EUR')
        """
        return next((code for code, until in self.earlier if day < until), self.currency)


@cache
def countries() -> Mapping[str, Country]:
    """Return the whole table by alpha-2 code, in the order of the codes.

    Example:
        >>> countries()["XK"]
        Country(alpha2='XK', alpha3='XKX', name='Kosovo', currency='EUR', also=None, earlier=(), in_euro_area=False)
    """
    return {row["alpha2"]: _read(row) for row in _rows()}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with Path(__file__).with_name("countries.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


def _read(row: dict[str, str]) -> Country:
    earlier = (entry.split("<") for entry in row["earlier"].split())
    return Country(
        alpha2=row["alpha2"],
        alpha3=row["alpha3"],
        name=row["name"],
        currency=row["currency"],
        also=row["also"] or None,
        earlier=tuple((code, date.fromisoformat(until)) for code, until in earlier),
        in_euro_area=row["euro_area"] == "member",
    )


@cache
def _by_alpha3() -> Mapping[str, Country]:
    return {found.alpha3: found for found in countries().values()}


@cache
def _by_name() -> Mapping[str, Country]:
    table = countries()
    return {
        _plain(name): table[row["alpha2"]]
        for row in _rows()
        for name in (row["name"], *filter(None, row["aliases"].split(";")))
    }


def _plain(name: str) -> str:
    """Return a name without case, accents, punctuation and article, so that spellings of it meet."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    words = re.findall(r"\w+", bare.casefold().replace("&", " and "))
    return " ".join("saint" if word == "st" else word for word in words if word != "the")


def country(text: str) -> Country:
    """Find a country by its code or its name.

    Args:
        text: Alpha-2 or alpha-3 code in capitals, or an English name; case, accents and punctuation of names do
            not matter, and ISO's, the World Bank's and usual names are all read.

    Raises:
        PaymentError: No country is meant; the message names the nearest.

    Example:
        >>> [country(text).alpha2 for text in ("GB", "GBR", "UK", "United Kingdom", "cote d'ivoire")]
        ['GB', 'GB', 'GB', 'GB', 'CI']
    """
    table = countries()
    wanted = _words(text)
    found = table.get(wanted) or _by_alpha3().get(wanted) or _by_name().get(_plain(wanted[:_LONGEST]))
    if found is not None:
        return found
    if len(wanted) <= len("GBR"):
        near = nearest(wanted.upper(), [*table, *_by_alpha3()])
    else:
        near = nearest(wanted[:_LONGEST].title(), [one.name for one in table.values()])
    raise PaymentError("country", str(text).strip()[:_LONGEST], f"a country's ISO 3166 code or English name{near}")


def _words(text: object) -> str:
    return text.strip() if isinstance(text, str) else ""


_LONGEST: Final = 100


def home_of(currency: str, on: date) -> Country | None:
    """Return the one country that a currency plainly means.

    ISO 4217 builds a national code from the country's alpha-2 code and a letter; the codes of monetary unions begin
    with letters that are no country's, so they mean none.

    Args:
        currency: ISO 4217 code.
        on: The day on which it must be legal tender there.

    Returns:
        The country, or None for EUR, XOF, XAF, XCD, XPF and other codes without a home of their own.

    Example:
        >>> home_of("GBP", date(2026, 10, 30)).name, home_of("EUR", date(2026, 10, 30))
        ('United Kingdom', None)
    """
    found = countries().get(currency[:2])
    return found if found is not None and currency in {found.currency_on(on), found.also} else None


@lru_cache(maxsize=256)
def users_of(currency: str, on: date) -> frozenset[str]:
    """Return where a currency is legal tender on a day.

    Args:
        currency: ISO 4217 code.
        on: The day.

    Returns:
        Alpha-2 codes; for EUR the euro area alone, without the territories and states outside the European Union
        that use the euro too.

    Example:
        >>> sorted(users_of("ZAR", date(2026, 10, 30)))
        ['LS', 'NA', 'ZA']
    """
    if currency == "EUR":
        return euro_area(on)
    return frozenset(one.alpha2 for one in countries().values() if currency in {one.currency_on(on), one.also})


def euro_area(on: date) -> frozenset[str]:
    """Return the states of the European Union that use the euro on a day, as alpha-2 codes.

    Example:
        >>> len(euro_area(date(2025, 12, 31))), len(euro_area(date(2026, 1, 1)))
        (20, 21)
    """
    return frozenset(one.alpha2 for one in countries().values() if one.in_euro_area and one.currency_on(on) == "EUR")
