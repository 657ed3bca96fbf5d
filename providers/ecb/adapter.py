"""The European Central Bank's daily reference rates: units of a currency per 1 euro, thirty currencies, no key.

As of a day means the last publication on or before it; one older than a week is that of a currency which the bank has
stopped pricing, since it has never paused for longer than five days.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.live.adapter import Declined, LiveRate, Request, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Response

SOURCE = Source(
    name="European Central Bank",
    url="https://data-api.ecb.europa.eu/service",
    documentation="https://data.ecb.europa.eu/help/api/overview",
    gives="rates",
    lifetime=timedelta(hours=1),
)

_BASE: Final = "EUR"
_WEEK: Final = timedelta(days=7)
_OK: Final = 200
_NOT_FOUND: Final = 404
_NOTHING: Final = "it prices none of these currencies in the week before the payment"


def request(ask: Ask) -> Request:
    """Ask for the last observation of each currency in the week that ends on the day of the payment."""
    if ask.payer == ask.payee:
        raise Declined("this payment needs no rate")
    wanted = "+".join(sorted({ask.payer, ask.payee} - {_BASE}))
    query = {
        "startPeriod": (ask.on - _WEEK).isoformat(),
        "endPeriod": ask.on.isoformat(),
        "lastNObservations": "1",
        "detail": "dataonly",
        "format": "csvdata",
    }
    return Request(
        url=ask.url(f"/data/EXR/D.{wanted}.EUR.SP00.A"), query=tuple(query.items()), headers={"accept": "text/csv"}
    )


def problem(answer: Response) -> Exception | None:
    """Read "nothing found", which it documents as status 404 and says with an empty body too, as what it is."""
    if answer.status == _NOT_FOUND or (answer.status == _OK and not answer.body.strip()):
        return Declined(_NOTHING)
    return None


def parse(ask: Ask, answer: Response) -> Iterator[LiveRate]:
    """Return the last rate of the week for each currency that it prices."""
    rows = [row for row in answer.csv() if row["CURRENCY"].text() in {ask.payer, ask.payee}]
    dated = [(row["TIME_PERIOD"].day(), number) for number, row in enumerate(rows)]
    held = sorted((day, number) for day, number in dated if ask.on - _WEEK <= day <= ask.on)
    last = {rows[number]["CURRENCY"].text(): (day, rows[number]) for day, number in held}
    if not last:
        raise Declined(_NOTHING)
    for code, (day, row) in sorted(last.items()):
        yield LiveRate(
            base=_BASE,
            quote=code,
            value=row["OBS_VALUE"].positive(),
            observed=day,
            publisher="European Central Bank",
            url="https://data.ecb.europa.eu/data/datasets/EXR",
            kind="central_bank",
        )
