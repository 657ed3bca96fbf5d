"""Mangopay: a quote for an exchange between two wallets of one owner, held for five minutes.

Amounts are whole numbers of the currency's minor unit, and instants are seconds since 1970.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Declined, Need, Priced, Request, Source, form_body, json_body
from paycompare.money import Money, as_decimal, minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="Mangopay",
    url="https://api.mangopay.com/v2.01",
    documentation="https://docs.mangopay.com/api-reference/quotes/create-quote",
    lifetime=timedelta(seconds=30),
    needs=(Need("MANGOPAY_CLIENT_ID", "client id", kind="setting"), Need("MANGOPAY_API_KEY", "API key")),
    only={"segment": ("business",)},
    calls=2,
)

_LOGIN_LASTS: Final = timedelta(minutes=15)
_BAD_REQUEST: Final = 400
_SECONDS: Final = 300


def request(ask: Ask, *before: Response) -> Request | None:
    """Log in, then ask for a quote that holds one of the two amounts fixed."""
    if ask.payer == ask.payee:
        raise Declined("it is asked for exchanges, and this payment needs none")
    client = ask.credentials.text("MANGOPAY_CLIENT_ID")
    if not before:
        basic = b64encode(f"{client}:{ask.credentials.text('MANGOPAY_API_KEY')}".encode()).decode()
        return Request(
            url=ask.url("/oauth/token"),
            method="POST",
            headers={"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"},
            body=form_body([("grant_type", "client_credentials")]),
            keep=_LOGIN_LASTS,
        )
    units = int(ask.fixed.exact / minor_unit(ask.fixed.currency))
    body = {
        "DebitedFunds": {"Currency": ask.payer, "Amount": units if ask.payer_fixed else None},
        "CreditedFunds": {"Currency": ask.payee, "Amount": None if ask.payer_fixed else units},
        "Duration": _SECONDS,
    }
    token = before[0].json()["access_token"].text()
    return Request(
        url=ask.url(f"/{client}/conversions/quote"),
        method="POST",
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        body=json_body(body),
    )


def problem(answer: Response) -> Exception | None:
    """Repeat what it says about a request that it refuses."""
    if answer.status != _BAD_REQUEST:
        return None
    return ProviderRefused(answer.source, answer.json()["Message"].text())


def parse(ask: Ask, *answers: Response) -> Iterator[Priced]:
    """Return the held quote."""
    body = answers[-1].json()
    rates = body["ConversionRateResponse"]
    yield Priced(
        service="fx_quote",
        title="Mangopay, exchange between wallets",
        convention="in_rate",
        given=_funds(body["DebitedFunds"], ask.payer),
        landed=_funds(body["CreditedFunds"], ask.payee),
        rate=rates["ClientRate"].positive(),
        mid=rates["MarketRate"].positive(),
        collected_at=_instant(body["CreationDate"]),
        expires_at=_instant(body["ExpirationDate"]),
        missing=("payout_fee",),
    )


def _funds(node: Node, code: str) -> Money:
    node["Currency"].is_currency(code)
    units = node["Amount"].positive()
    if units.denominator != 1:
        node["Amount"].wrong("a whole number of minor units")
    return Money.of(as_decimal(units * minor_unit(code)), code)


def _instant(node: Node) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(node.positive()))
    except OverflowError:
        return node.wrong("seconds since 1970")
