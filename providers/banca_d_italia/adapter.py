"""Banca d'Italia's daily rates: some 150 currencies against the euro in one file, no key.

A row says in which direction it is to be read, and ``N.A.`` where a currency has no rate.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.live.adapter import Declined, LiveRate, Request, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="Banca d'Italia",
    url="https://tassidicambio.bancaditalia.it/terzevalute-wf-web/rest/v1.0",
    documentation="https://tassidicambio.bancaditalia.it/terzevalute-wf-ui-web/assets/files/Operating_Instructions.pdf",
    gives="rates",
    lifetime=timedelta(hours=1),
)

_BASE: Final = "EUR"
_PER_EURO: Final = "Foreign currency amount for 1 Euro"
_FRIDAY: Final = 4
_UNPRICED: Final = "N.A."


def request(ask: Ask) -> Request:
    """Ask for the day of the payment, or for the Friday before a weekend."""
    if ask.payer == ask.payee:
        raise Declined("this payment needs no rate")
    query = {"referenceDate": _weekday(ask.on).isoformat(), "currencyIsoCode": _BASE, "lang": "en"}
    return Request(url=ask.url("/dailyRates"), query=tuple(query.items()), headers={"accept": "text/csv"})


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - _FRIDAY))


def parse(ask: Ask, answer: Response) -> Iterator[LiveRate]:
    """Return the rates of the payment's currencies, each once: several countries may share one."""
    wanted = {ask.payer, ask.payee} - {_BASE}
    rows = {cell.text(): row for row in answer.csv() if (cell := row.get("ISO Code")) and cell.value in wanted}
    priced = [row for row in rows.values() if row["Rate"].text() != _UNPRICED]
    if not priced:
        raise Declined(f"it has no rate of {' and '.join(sorted(wanted))} on {_weekday(ask.on)}")
    for row in priced:
        yield _rate(ask, row)


def _rate(ask: Ask, row: Node) -> LiveRate:
    if not row["Rate convention"].text().startswith(_PER_EURO):
        row["Rate convention"].wrong(_PER_EURO)
    observed = row["Reference date (CET)"].day()
    if observed > ask.on:
        row["Reference date (CET)"].wrong(f"a day up to {ask.on}")
    return LiveRate(
        base=_BASE,
        quote=row["ISO Code"].text(),
        value=row["Rate"].positive(),
        observed=observed,
        publisher="Banca d'Italia",
        url="https://tassidicambio.bancaditalia.it",
        kind="central_bank",
    )
