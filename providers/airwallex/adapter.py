"""Airwallex: a quote for an exchange, held for a minute; what a transfer costs beside it, the quote leaves out.

Rates are stated in the order of ``currency_pair``, which is the market's and not the client's: the rate is taken from
the two amounts, and the mid-market rate is turned where the pair is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Declined, Need, Priced, Request, Source, json_body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="Airwallex",
    url="https://api.airwallex.com/api/v1",
    documentation="https://www.airwallex.com/docs/api/transactional_fx/quotes",
    lifetime=timedelta(seconds=30),
    needs=(
        Need("AIRWALLEX_CLIENT_ID", "client id", kind="setting"),
        Need("AIRWALLEX_API_KEY", "API key"),
    ),
    only={"segment": ("business",), "client": ("payer",)},
    calls=2,
)

_BAD_REQUEST: Final = 400
_LOGIN_LASTS: Final = timedelta(minutes=25)


def request(ask: Ask, *before: Response) -> Request | None:
    """Log in, then ask for a quote that holds one of the two amounts fixed."""
    if ask.payer == ask.payee:
        raise Declined("it is asked for exchanges, and this payment needs none")
    if not before:
        return Request(
            url=ask.url("/authentication/login"),
            method="POST",
            headers={
                "x-client-id": ask.credentials.text("AIRWALLEX_CLIENT_ID"),
                "x-api-key": ask.credentials.text("AIRWALLEX_API_KEY"),
            },
            keep=_LOGIN_LASTS,
        )
    if len(before) > 1:
        return None
    fixed = "sell_amount" if ask.payer_fixed else "buy_amount"
    body = {"sell_currency": ask.payer, "buy_currency": ask.payee, fixed: ask.fixed.amount, "validity": "MIN_1"}
    token = before[0].json()["token"].text()
    return Request(
        url=ask.url("/fx/quotes/create"),
        method="POST",
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        body=json_body(body),
    )


def problem(answer: Response) -> Exception | None:
    """Repeat what it says about a request that it refuses."""
    if answer.status != _BAD_REQUEST:
        return None
    body = answer.json()
    return ProviderRefused(answer.source, f"{body['code'].text()}: {body['message'].text()}")


def parse(ask: Ask, *answers: Response) -> Iterator[Priced]:
    """Return the held quote."""
    body = answers[-1].json()
    body["sell_currency"].is_currency(ask.payer)
    body["buy_currency"].is_currency(ask.payee)
    sold = ask.money(body["sell_amount"].positive(), ask.payer)
    bought, mid = ask.money(body["buy_amount"].positive(), ask.payee), body.get("mid_rate")
    if not sold.amount:
        body["sell_amount"].wrong(f"at least the minor unit of {ask.payer}")
    yield Priced(
        service="fx_quote",
        title="Airwallex, quote for an exchange",
        convention="in_rate",
        given=sold,
        landed=bought,
        rate=bought.exact / sold.exact,
        mid=_as_asked(ask, body, mid.positive()) if mid else None,
        collected_at=body["valid_from_at"].instant(),
        expires_at=body["valid_to_at"].instant(),
        missing=("transfer_fee",),
    )


def _as_asked(ask: Ask, body: Node, rate: Fraction) -> Fraction:
    """Return a rate of the stated pair as units of the payee's currency per 1 of the payer's."""
    pair = body["currency_pair"].text()
    if pair == ask.payer + ask.payee:
        return rate
    return 1 / rate if pair == ask.payee + ask.payer else body["currency_pair"].wrong("the two currencies asked")
