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
)

_BASE: Final = "USD"
_NOT_FOUND: Final = 404
_UNPROCESSABLE: Final = 422


def request(ask: Ask) -> Request:
    """Ask for the currencies of the payment on its day, with the publishers of each rate."""
    quotes = sorted({ask.payer, ask.payee} - {_BASE})
    if ask.payer == ask.payee:
        raise Declined("this payment needs no rate")
    query = {"base": _BASE, "quotes": ",".join(quotes), "date": ask.on.isoformat(), "expand": "providers"}
    return Request(url=ask.url("/rates"), query=tuple(query.items()))


def problem(answer: Response) -> Exception | None:
    """Repeat what it says about a parameter that it refuses, and read "not found" as nothing to tell."""
    if answer.status not in {_NOT_FOUND, _UNPROCESSABLE}:
        return None
    said = answer.json()["message"].text()
    return Declined(said) if answer.status == _NOT_FOUND else ProviderRefused(answer.source, said)


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
    return LiveRate(
        base=_BASE,
        quote=code,
        value=row["rate"].positive(),
        observed=observed,
        publisher="Frankfurter, a blend of central banks",
        url=ask.url("/rates"),
        kind="central_bank",
        publishers=max(1, _publishers(row)),  # a peg stands alone: no bank published, or all are excluded
    )


def _publishers(row: Node) -> int:
    """Return how many banks a rate is made of; the list is left out where a peg has none beside it."""
    listed = row.get("providers")
    flags = [one.get("excluded") for one in listed] if listed else []
    return sum(flag is None or not flag.truth() for flag in flags)
