"""Visa: what a card is billed for a transaction in another currency, at the scheme's indicative rate of the day.

What the cardholder's bank adds is not known, and a mark-up of zero is asked for, since an account may have one by
default. Currencies are ISO 4217 numbers; which way round ``conversionRate`` is meant is not documented, and the rate is
taken from the two amounts. The connection is by mutual TLS.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Certificate, Declined, Need, Priced, Request, Source, json_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Response

SOURCE = Source(
    name="Visa foreign exchange rates",
    url="https://api.visa.com",
    documentation="https://developer.visa.com/capabilities/foreign_exchange",
    lifetime=timedelta(hours=1),
    needs=(
        Need("VISA_USER_ID", "user id"),
        Need("VISA_PASSWORD", "password"),
        Need("VISA_CERTIFICATE", "path of the client certificate, PEM", kind="path"),
        Need("VISA_PRIVATE_KEY", "path of its private key, PEM", kind="path"),
        Need("VISA_PRIVATE_KEY_PASSWORD", "password of the private key", optional=True),
    ),
    only={"client": ("payer",), "pay_in": ("card",)},
)

_CARD: Final = "A"
_REFUSALS: Final = (400, 403)
_OBJECT: Final = b"{"


def request(ask: Ask) -> Request:
    """Ask for what is billed, or for what the transaction may be."""
    if ask.payer == ask.payee:
        raise Declined("it converts, and this payment needs no exchange")
    if ask.side == "sends" and not ask.payer_fixed:
        raise Declined("it holds fixed what is paid or what lands, not a principal in the payee's currency")
    body = {
        "rateProductCode": _CARD,
        "sourceCurrencyCode": _number(ask.payer),
        "destinationCurrencyCode": _number(ask.payee),
        "sourceAmount" if ask.payer_fixed else "destinationAmount": f"{ask.fixed.amount:f}",
        "markupRate": "0.00",
    }
    login = f"{ask.credentials.text('VISA_USER_ID')}:{ask.credentials.text('VISA_PASSWORD')}"
    return Request(
        url=ask.url("/forexrates/v2/foreignexchangerates"),
        method="POST",
        headers={
            "authorization": f"Basic {b64encode(login.encode()).decode()}",
            "content-type": "application/json",
            "accept": "application/json",
        },
        body=json_body(body),
        certificate=Certificate(
            ask.credentials.text("VISA_CERTIFICATE"),
            ask.credentials.text("VISA_PRIVATE_KEY"),
            ask.credentials.text("VISA_PRIVATE_KEY_PASSWORD"),
        ),
    )


def _number(code: str) -> str:
    """Return the number of a currency in ISO 4217, three digits."""
    from iso4217 import Currency

    return f"{Currency(code).number:03d}"


def problem(answer: Response) -> Exception | None:
    """Repeat what it says about a request that it refuses."""
    error = answer.json().get("errorResponse") if answer.body.startswith(_OBJECT) else None
    if answer.status not in _REFUSALS or error is None:
        return None
    return ProviderRefused(answer.source, f"{error['reason'].text()}: {error['message'].text()}")


def parse(ask: Ask, answer: Response) -> Iterator[Priced]:
    """Return what is billed, without what the bank adds."""
    body = answer.json()
    if body["rateProductCode"].text() != _CARD:
        body["rateProductCode"].wrong(_CARD)
    markup = body.get("markupRateApplied")
    if markup and markup.not_negative():
        markup.wrong("no mark-up, as was asked")
    other = body["destinationAmount" if ask.payer_fixed else "sourceAmount"]
    found = ask.money(other.positive(), ask.payee if ask.payer_fixed else ask.payer)
    if not found.amount:
        other.wrong(f"at least the minor unit of {found.currency}")
    given, landed = (ask.fixed, found) if ask.payer_fixed else (found, ask.fixed)
    yield Priced(
        service="card_transaction",
        title="Visa, card transaction at the scheme's rate",
        convention="in_rate",
        given=given,
        landed=landed,
        rate=landed.exact / given.exact,
        collected_at=answer.received_at,
        missing=("issuer_markup",),
        conditions={"pay_in": "card"},
    )
