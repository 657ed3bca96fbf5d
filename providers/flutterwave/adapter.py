"""Flutterwave: what a business pays from its balance for a payout in another currency, from its fee and its rate.

Only what the payee gets can be held fixed. The fee is stated in the payout's currency, so that payout and fee are
bought together. In which direction ``rate`` is stated has changed; it is taken from the two amounts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused, ProviderUnavailable
from paycompare.live.adapter import Charge, Declined, Need, Priced, Request, Source
from paycompare.money import Money, as_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Response

SOURCE = Source(
    name="Flutterwave",
    url="https://api.flutterwave.com/v3",
    documentation="https://developer.flutterwave.com/docs/payout-outflow/transfer-rates",
    lifetime=timedelta(minutes=5),
    needs=(Need("FLUTTERWAVE_SECRET_KEY", "secret key"),),
    sides=("gets",),
    only={"segment": ("business",), "client": ("payer",), "pay_out": ("account", "wallet")},
    calls=2,
)

_BUSY: Final = "Unable to fetch rates at the moment"
_OBJECT: Final = b"{"
_TYPES: Final = {"account": "account", "wallet": "mobilemoney"}


def request(ask: Ask, *before: Response) -> Request | None:
    """Ask for the fee of the payout, then for what the payout and its fee cost."""
    if ask.payer == ask.payee:
        raise Declined("it is asked for exchanges, and this payment needs none")
    if ask.side != "gets" or ask.payment.pay_out not in _TYPES:
        raise Declined("it holds fixed what an account or a wallet gets")
    query = {"amount": f"{ask.fixed.amount:f}", "currency": ask.payee, "type": _TYPES[ask.payment.pay_out]}
    if before:
        query = {
            "amount": f"{_bought(ask, before[0]).amount:f}",
            "source_currency": ask.payer,
            "destination_currency": ask.payee,
        }
    return Request(
        url=ask.url("/transfers/rates" if before else "/transfers/fee"),
        query=tuple(query.items()),
        headers={"authorization": f"Bearer {ask.credentials.text('FLUTTERWAVE_SECRET_KEY')}"},
    )


def problem(answer: Response) -> Exception | None:
    """Find an error that it states, whatever the status."""
    if not answer.body.startswith(_OBJECT):
        return None
    status = answer.json().get("status")
    if status is None or status.text() != "error":
        return None
    said = answer.json()["message"].text()
    return ProviderUnavailable(answer.source, said) if said == _BUSY else ProviderRefused(answer.source, said)


def parse(ask: Ask, fee: Response, rates: Response) -> Iterator[Priced]:
    """Return one price, made of the fee and of the rate."""
    data = rates.json()["data"]
    source, destination = data["source"], data["destination"]
    source["currency"].is_currency(ask.payer)
    destination["currency"].is_currency(ask.payee)
    paid = ask.money(source["amount"].positive(), ask.payer)
    bought = _bought(ask, fee)
    if destination["amount"].positive() != bought.exact:
        destination["amount"].wrong(f"{bought}, which was asked for")
    if not paid.amount:
        source["amount"].wrong(f"at least the minor unit of {ask.payer}")
    yield Priced(
        service=f"payout_to_{ask.payment.pay_out}",
        title=f"Flutterwave, payout to {'an account' if ask.payment.pay_out == 'account' else 'a wallet'}",
        convention="in_rate",
        given=paid,
        landed=ask.fixed,
        rate=bought.exact / paid.exact,
        charges=(Charge("transfer_fee", _fee(ask, fee)),),
        collected_at=rates.received_at,
        conditions={"pay_out": ask.payment.pay_out},
        flags=("its rates are for estimation and change three to four times a day",),
    )


def _fee(ask: Ask, answer: Response) -> Money:
    first = answer.json()["data"].first()
    first["currency"].is_currency(ask.payee)
    return ask.money(first["fee"].not_negative(), ask.payee)


def _bought(ask: Ask, fee: Response) -> Money:
    return Money.of(as_decimal(ask.fixed.exact + _fee(ask, fee).exact), ask.payee)
