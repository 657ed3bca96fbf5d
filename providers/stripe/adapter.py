"""Stripe FX Quotes, a preview: the rate at which a payment in one currency is settled in another.

``exchange_rate`` is ``base_rate`` less Stripe's own fee; it holds for any amount, and leaves out what the payment
itself costs. Currency codes are in lower case, and instants are seconds with a fraction.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Declined, Need, Priced, Request, Source, form_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="Stripe FX Quotes",
    url="https://api.stripe.com/v1",
    documentation="https://docs.stripe.com/api/fx_quotes",
    lifetime=timedelta(minutes=1),
    needs=(Need("STRIPE_SECRET_KEY", "secret key"),),
    only={"segment": ("business",), "client": ("payee",)},
    preview=True,
)

_VERSION: Final = "2025-04-30.preview"
_BAD_REQUEST: Final = 400
_DIGITS: Final = Fraction(1, 10_000)
"""How far the stated rates may be from one another, as a share: they have at least five digits each."""


def request(ask: Ask) -> Request:
    """Ask for the rate that is not locked: a lock costs more."""
    if ask.payer == ask.payee:
        raise Declined("it is asked for exchanges, and this payment needs none")
    form = (
        ("to_currency", ask.payee.lower()),
        ("from_currencies[]", ask.payer.lower()),
        ("lock_duration", "none"),
        ("usage[type]", "payment"),
    )
    key = b64encode(f"{ask.credentials.text('STRIPE_SECRET_KEY')}:".encode()).decode()
    return Request(
        url=ask.url("/fx_quotes"),
        method="POST",
        headers={
            "authorization": f"Basic {key}",
            "stripe-version": _VERSION,
            "content-type": "application/x-www-form-urlencoded",
        },
        body=form_body(form),
    )


def problem(answer: Response) -> Exception | None:
    """Repeat what it says about a request that it refuses."""
    if answer.status != _BAD_REQUEST:
        return None
    return ProviderRefused(answer.source, answer.json()["error"]["message"].text())


def parse(ask: Ask, answer: Response) -> Iterator[Priced]:
    """Return the price of the amount asked, at the rate that holds for any."""
    body = answer.json()
    body["to_currency"].is_currency(ask.payee)
    rate, base = _rates(body["rates"][ask.payer.lower()])
    given = ask.fixed if ask.payer_fixed else ask.money(ask.fixed.exact / rate, ask.payer)
    yield Priced(
        service="fx_quote",
        title="Stripe, exchange of a payment",
        convention="in_rate",
        given=given,
        landed=ask.money(given.exact * rate, ask.payee) if ask.payer_fixed else ask.fixed,
        rate=rate,
        mid=base,
        collected_at=_instant(body["created"]),
        missing=("processing_fee",),
    )


def _rates(node: Node) -> tuple[Fraction, Fraction]:
    """Return what Stripe gives and what it starts from, payee currency per payer currency, checked by its fee."""
    rate, details = node["exchange_rate"].positive(), node["rate_details"]
    base, fee = details["base_rate"].positive(), details["fx_fee_rate"].not_negative()
    if abs(base * (1 - fee) - rate) > rate * _DIGITS:
        node["exchange_rate"].wrong("base_rate x (1 - fx_fee_rate)")
    return rate, base


def _instant(node: Node) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(node.positive() * 1_000_000))
    except OverflowError:
        return node.wrong("seconds since 1970")
