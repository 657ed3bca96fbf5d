"""Revolut Business: the rate and the fee of an exchange within an account; the fee comes on top of what is exchanged.

The fee depends on the amount and on the allowance that the account has left. For "pays exactly", the amount to exchange
is approached: what is paid, less the fee of the step before, until both together are what is paid.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Charge, Declined, Need, Priced, Request, Source
from paycompare.money import Money, as_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Response

SOURCE = Source(
    name="Revolut Business",
    url="https://b2b.revolut.com/api/1.0",
    documentation="https://developer.revolut.com/docs/business/get-rate",
    lifetime=timedelta(seconds=30),
    needs=(Need("REVOLUT_BUSINESS_ACCESS_TOKEN", "access token, which lasts 40 minutes"),),
    sides=("pays", "sends"),
    only={"segment": ("business",), "client": ("payer",)},
    calls=5,
)

_NOT_FOUND: Final = 404
_RATE_UNKNOWN: Final = 3472


def request(ask: Ask, *before: Response) -> Request | None:
    """Ask for the amount to exchange, until it and its fee are what is paid."""
    if ask.payer == ask.payee:
        raise Declined("it is asked for exchanges, and this payment needs none")
    if not ask.payer_fixed:
        raise Declined("it prices an amount of the payer's currency")
    if before and (ask.side == "sends" or _paid(ask, before[-1]) == ask.fixed):
        return None
    amount = ask.fixed
    if before:
        amount = Money.of(as_decimal(ask.fixed.exact - _fee(ask, before[-1]).exact), ask.payer)
    if amount.amount <= 0:
        raise Declined("its fee takes all that is paid")
    return Request(
        url=ask.url("/rate"),
        query=(("from", ask.payer), ("to", ask.payee), ("amount", f"{amount.amount:f}")),
        headers={"authorization": f"Bearer {ask.credentials.text('REVOLUT_BUSINESS_ACCESS_TOKEN')}"},
    )


def problem(answer: Response) -> Exception | None:
    """Tell a pair without a rate from another thing that is not found."""
    if answer.status != _NOT_FOUND:
        return None
    body = answer.json()
    said = body["message"].text()
    return Declined(said) if body["code"].number() == _RATE_UNKNOWN else ProviderRefused(answer.source, said)


def parse(ask: Ask, *answers: Response) -> Iterator[Priced]:
    """Return the exchange; what a transfer costs beyond it, the answer does not say."""
    body, fee = answers[-1].json(), answers[-1].json()["fee"]
    body["to"]["currency"].is_currency(ask.payee)
    if ask.side == "pays" and _paid(ask, answers[-1]) != ask.fixed:
        raise Declined("no amount and its fee are together exactly what is paid")
    elsewhere = fee["currency"].currency() != ask.payer
    yield Priced(
        service="exchange",
        title="Revolut Business, exchange",
        convention="on_top",
        given=_exchanged(ask, answers[-1]),
        landed=ask.money(body["to"]["amount"].positive(), ask.payee),
        rate=body["rate"].positive(),
        charges=(Charge("exchange_fee", _fee(ask, answers[-1])),),
        collected_at=body["rate_date"].instant(),
        missing=("transfer_fee",),
        flags=(f"the fee, stated in {fee['currency'].currency()}, is converted at the reference",) if elsewhere else (),
    )


def _exchanged(ask: Ask, answer: Response) -> Money:
    sold = answer.json()["from"]
    sold["currency"].is_currency(ask.payer)
    return ask.money(sold["amount"].positive(), ask.payer)


def _fee(ask: Ask, answer: Response) -> Money:
    fee = answer.json()["fee"]
    code = fee["currency"].currency()
    return ask.converted(ask.money(fee["amount"].not_negative(), code), ask.payer)


def _paid(ask: Ask, answer: Response) -> Money:
    return Money.of(as_decimal(_exchanged(ask, answer).exact + _fee(ask, answer).exact), ask.payer)
