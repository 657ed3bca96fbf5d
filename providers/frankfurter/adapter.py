"""Frankfurter: daily rates of some 160 currencies, blended from what central banks publish; no key.

Rates are asked per 1 USD, never the other way round: blends are rounded by their size, a small one to few digits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Declined, LiveRate, Request, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="Frankfurter",
    url="https://api.frankfurter.dev/v2",
    documentation="https://frankfurter.dev",
    gives="rates",
    lifetime=timedelta(hours=1),
    per_amount=False,
)

_BASE: Final = "USD"
_UNPROCESSABLE: Final = 422


def request(ask: Ask) -> Request:
    """Ask for the currencies of the payment on its day, with the publishers of each rate."""
    quotes = sorted({ask.payer, ask.payee} - {_BASE})
    if ask.payer == ask.payee:
        raise Declined("this payment needs no rate")
    query = {"base": _BASE, "quotes": ",".join(quotes), "date": ask.on.isoformat(), "expand": "providers"}
    return Request(url=ask.url("/rates"), query=tuple(query.items()))


def problem(answer: Response) -> Exception | None:
    """Repeat what it says about a parameter that it refuses."""
    if answer.status != _UNPROCESSABLE:
        return None
    return ProviderRefused(answer.source, answer.json()["message"].text())


def parse(ask: Ask, answer: Response) -> Iterator[LiveRate]:
    """Return the rates of the payment's currencies; each row has a day of its own."""
    rows = answer.json().items()
    if not rows:
        raise Declined(f"it has no rate of {ask.payer} and {ask.payee} on {ask.on}")
    for row in rows:
        code = row["quote"].text()
        if code in {ask.payer, ask.payee} - {_BASE}:
            yield _rate(ask, row, code)


def _rate(ask: Ask, row: Node, code: str) -> LiveRate:
    row["base"].is_currency(_BASE)
    observed = row["date"].day()
    if observed > ask.on:
        row["date"].wrong(f"a day up to {ask.on}")
    used = [one for one in row["providers"] if (excluded := one.get("excluded")) is None or not excluded.truth()]
    return LiveRate(
        base=_BASE,
        quote=code,
        value=row["rate"].positive(),
        observed=observed,
        publisher="Frankfurter, a blend of central banks",
        url=ask.url("/rates"),
        kind="central_bank",
        publishers=max(1, len(used)),  # an official peg stands alone: every bank beside it is excluded
    )
