"""World Bank indicators: the average cost of sending 200 US dollars to a country, and from one, year by year.

The averages are over the services that Remittance Prices Worldwide surveys; they are observations, never an offer.
An error comes with status 200, as a list with one object in which there is a message.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Declined, Observed, Request, Source
from paycompare.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="World Bank indicators",
    url="https://api.worldbank.org/v2",
    documentation="https://datahelpdesk.worldbank.org/knowledgebase/articles/889392",
    gives="observations",
    lifetime=timedelta(days=1),
    calls=2,
)

_FIRST_YEAR: Final = 2011
_SURVEYED: Final = Money.of("200", "USD")
_Leg = tuple[str, Literal["to", "from"], str]


def request(ask: Ask, *before: Response) -> Request | None:
    """Ask for each end of the payment whose country is known, one after the other."""
    legs = _legs(ask)
    if not legs:
        raise Declined("it speaks of countries, and both ends of this payment are open")
    if len(before) >= len(legs):
        return None
    country, _, indicator = legs[len(before)]
    query = {"format": "json", "date": f"{_FIRST_YEAR}:{max(_FIRST_YEAR, ask.on.year)}", "per_page": "100"}
    return Request(url=ask.url(f"/country/{country}/indicator/{indicator}"), query=tuple(query.items()))


def _legs(ask: Ask) -> list[_Leg]:
    ends: tuple[tuple[str | None, Literal["to", "from"], str], ...] = (
        (ask.payee_country, "to", "SI.RMT.COST.IB.ZS"),
        (ask.payer_country, "from", "SI.RMT.COST.OB.ZS"),
    )
    return [(country, direction, indicator) for country, direction, indicator in ends if country]


def problem(answer: Response) -> Exception | None:
    """Find the message that stands for an error, whatever the status."""
    if not answer.body.startswith(b"["):
        return None
    found = answer.json().first().get("message")
    if found is None:
        return None
    said = "; ".join(f"{one['key'].text()}: {one['value'].text()}" for one in found)
    return ProviderRefused(answer.source, said)


def parse(ask: Ask, *answers: Response) -> Iterator[Observed]:
    """Return the newest average of each end; a year without a value is a year without enough prices."""
    found = [_newest(leg, answer) for leg, answer in zip(_legs(ask), answers, strict=True)]
    if not any(found):
        raise Declined("it has no average cost for the countries of this payment")
    yield from (one for one in found if one is not None)


def _newest(leg: _Leg, answer: Response) -> Observed | None:
    country, direction, indicator = leg
    _, rows = [*answer.json().items(), None, None][:2]
    if rows is None or rows.value is None:
        return None
    own = [row for row in rows if row["country"]["id"].text() == country]
    years = {row["date"].text(): share for row in own if (share := _share(row, indicator)) is not None}
    if not years:
        return None
    period = max(years)
    return Observed(
        country=country,
        direction=direction,
        share=years[period],
        amount=_SURVEYED,
        period=period,
        publisher="World Bank, Remittance Prices Worldwide",
        url=f"https://data.worldbank.org/indicator/{indicator}?locations={country}",
        indicator=indicator,
    )


def _share(row: Node, indicator: str) -> Fraction | None:
    if row["indicator"]["id"].text() != indicator:
        row["indicator"]["id"].wrong(indicator)
    value = row.get("value")
    if value is None:
        return None
    share = value.number() / 100
    return share if abs(share) < 1 else value.wrong("a percentage below 100")
