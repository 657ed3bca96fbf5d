"""HM Revenue & Customs' monthly rates: units per 1 pound, some 140 currencies, no key.

A currency that moves by more than a twentieth within a month gets another row, with its own first and last day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderChanged
from paycompare.live.adapter import Declined, LiveRate, Request, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="HMRC monthly rates",
    url="https://www.trade-tariff.service.gov.uk/uk/api/exchange_rates",
    documentation="https://www.trade-tariff.service.gov.uk/exchange_rates",
    gives="rates",
    lifetime=timedelta(hours=12),
    per_second=1,
)

_BASE: Final = "GBP"
_FIRST: Final = date(2021, 1, 1)
_NOT_FOUND: Final = 404
_ITS_OWN: Final = {"ZIG": "ZWG", "VED": "VES"}
"""Codes of its own for two currencies."""


def request(ask: Ask) -> Request:
    """Ask for the month of the payment; its file is named without a leading zero."""
    if ask.payer == ask.payee:
        raise Declined("this payment needs no rate")
    if not _FIRST <= ask.on.replace(day=1) <= ask.now.date():
        raise Declined(f"it publishes rates of months from {_FIRST:%Y-%m} on that have begun")
    return Request(url=ask.url(f"/files/monthly_csv_{ask.on.year}-{ask.on.month}.csv"), headers={"accept": "text/csv"})


def problem(answer: Response) -> Exception | None:
    """Read a missing file as a change: a month is published before it begins."""
    if answer.status != _NOT_FOUND:
        return None
    return ProviderChanged(answer.source, "status", str(_NOT_FOUND), "the file of a month that has begun")


def parse(ask: Ask, answer: Response) -> Iterator[LiveRate]:
    """Return the rates of the payment's currencies: of each, the last that covers the day of the payment."""
    wanted = {ask.payer, ask.payee} - {_BASE}
    rows = [(_code(row), row) for row in answer.csv() if _code(row) in wanted]
    dated = [(_day(row["Start date"]), code, row) for code, row in rows if ask.on <= _day(row["End date"])]
    last = {code: (start, row) for start, code, row in sorted(dated, key=lambda one: one[0]) if start <= ask.on}
    if not last:
        raise Declined(f"it has no rate of {' and '.join(sorted(wanted))} on {ask.on}")
    for code, (start, row) in sorted(last.items()):
        yield LiveRate(
            base=_BASE,
            quote=code,
            value=row["Currency Units per £1"].positive(),
            observed=start,
            publisher="HM Revenue & Customs",
            url="https://www.trade-tariff.service.gov.uk/exchange_rates",
            kind="period",
        )


def _code(row: Node) -> str:
    code = row["Currency Code"].text()
    return _ITS_OWN.get(code, code)


def _day(cell: Node) -> date:
    """Return a day that is written as ``01/07/2026``."""
    parts = cell.text().split("/")
    try:
        return date.fromisoformat("-".join(reversed(parts)))
    except ValueError:
        cell.wrong("a day such as 01/07/2026")
