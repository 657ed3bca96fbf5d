"""The United Nations' operational rates of exchange: units per 1 USD, for a month, some 150 currencies, no key.

One table holds what is in effect now, a record for each country, so that a currency may stand in it several times.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from paycompare.live.adapter import Declined, LiveRate, Request, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="United Nations operational rates",
    url="https://treasury.un.org/operationalrates",
    documentation="https://treasury.un.org/operationalrates/OperationalRates.php",
    gives="rates",
    lifetime=timedelta(hours=12),
    per_second=1,
)

_BASE: Final = "USD"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def request(ask: Ask) -> Request:
    """Ask for the table that is in effect."""
    if ask.payer == ask.payee:
        raise Declined("this payment needs no rate")
    return Request(url=ask.url("/xsql2XML.php"))


def parse(ask: Ask, answer: Response) -> Iterator[LiveRate]:
    """Return the rates of the payment's currencies: of each, the last that took effect by the day of the payment."""
    wanted = {ask.payer, ask.payee} - {_BASE}
    rows = [row for row in answer.xml()["UN_OPERATIONAL_RATES"] if _cell(row, "f_curr_code").value in wanted]
    held = sorted((day, number) for number, row in enumerate(rows) if (day := _day(row)) <= ask.on)
    last = {_cell(rows[number], "f_curr_code").text(): (day, rows[number]) for day, number in held}
    if not last:
        raise Declined(f"its table has no rate of {' and '.join(sorted(wanted))} that was in effect on {ask.on}")
    for code, (day, row) in sorted(last.items()):
        yield LiveRate(
            base=_BASE,
            quote=code,
            value=_cell(row, "rate").positive(),
            observed=day,
            publisher="United Nations operational rates of exchange",
            url="https://treasury.un.org/operationalrates/OperationalRates.php",
            kind="period",
        )


def _cell(row: Node, name: str) -> Node:
    return row[name].first()["#text"]


def _day(row: Node) -> date:
    """Return the day on which a rate took effect, written as ``01 Oct 2026`` whatever the language of this machine."""
    cell = _cell(row, "eff_date")
    day, month, year = [*cell.text().split(), "", "", ""][:3]
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        cell.wrong("a day such as 01 Oct 2026")
