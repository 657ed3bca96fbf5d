"""Revolut Business: the rate and the fee of an exchange within an account.

A fee in the currency bought is taken from what is bought, as its help page has it; a fee in the currency sold comes
on top. It depends on the amount and on the allowance that is left, so that for "pays exactly" the amount to sell is
approached: what is paid, less the fee of the step before, until both together are what is paid.
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
    last = answers[-1]
    body, fee = last.json(), _fee(ask, last)
    body["to"]["currency"].is_currency(ask.payee)
    if ask.side == "pays" and _paid(ask, last) != ask.fixed:
        raise Declined("no amount and its fee are together exactly what is paid")
    bought, stated = ask.money(body["to"]["amount"].positive(), ask.payee), body["fee"]["currency"].currency()
    kept = fee.exact if fee.currency == ask.payee else 0
    yield Priced(
        service="exchange",
        title="Revolut Business, exchange",
        convention="on_top",
        given=_sold(ask, last),
        landed=Money.of(as_decimal(bought.exact - kept), ask.payee),
        rate=body["rate"].positive(),
        charges=(Charge("exchange_fee", fee),),
        collected_at=body["rate_date"].instant(),
        missing=("transfer_fee",),
        flags=() if stated == fee.currency else (f"the fee, stated in {stated}, is converted at the reference",),
    )


def _sold(ask: Ask, answer: Response) -> Money:
    sold = answer.json()["from"]
    sold["currency"].is_currency(ask.payer)
    return ask.money(sold["amount"].positive(), ask.payer)


def _fee(ask: Ask, answer: Response) -> Money:
    """Return the fee in the currency of one of the two sides; one in a third is converted, and comes on top."""
    fee = answer.json()["fee"]
    code = fee["currency"].currency()
    stated = ask.money(fee["amount"].not_negative(), code)
    return stated if code == ask.payee else ask.converted(stated, ask.payer)


def _paid(ask: Ask, answer: Response) -> Money:
    fee = _fee(ask, answer)
    on_top = fee.exact if fee.currency == ask.payer else 0
    return Money.of(as_decimal(_sold(ask, answer).exact + on_top), ask.payer)
