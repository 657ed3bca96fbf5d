"""Currencycloud: a rate for one amount and the fee of the payment, from two calls after a login.

The fee comes on top, so that for "pays exactly" it is asked first, and the rest is exchanged. Rates are stated in the
order of ``currency_pair``; the rate is taken from the two amounts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Charge, Declined, Need, Priced, Request, Source, form_body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response
    from paycompare.money import Money

SOURCE = Source(
    name="Currencycloud",
    url="https://api.currencycloud.com/v2",
    documentation="https://developer.currencycloud.com/api-reference",
    lifetime=timedelta(seconds=30),
    needs=(
        Need("CURRENCYCLOUD_LOGIN_ID", "login id", kind="setting"),
        Need("CURRENCYCLOUD_API_KEY", "API key"),
    ),
    only={"segment": ("business",), "client": ("payer",), "pay_out": ("account",)},
    calls=3,
)

_LOGIN_LASTS: Final = timedelta(minutes=25)
_REFUSALS: Final = (400, 403, 404)
_NO_RATE: Final = frozenset({"ccy_pair_is_not_tradeable", "rate_could_not_be_retrieved"})
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


def request(ask: Ask, *before: Response) -> Request | None:
    """Log in, ask for the fee, then for the rate of what is left to exchange."""
    if ask.payer == ask.payee or ask.payee_country is None:
        raise Declined("it prices an exchange and a payment to a country, one of which this payment does not have")
    if not before:
        login = (
            ("login_id", ask.credentials.text("CURRENCYCLOUD_LOGIN_ID")),
            ("api_key", ask.credentials.text("CURRENCYCLOUD_API_KEY")),
        )
        return Request(
            url=ask.url("/authenticate/api"), method="POST", headers=_FORM, body=form_body(login), keep=_LOGIN_LASTS
        )
    path, query = ("/payments/quote_payment_fee", _fee_query(ask, ask.payee_country))
    if len(before) > 1:
        path, query = "/rates/detailed", _rate_query(ask, before[1])
    token = before[0].json()["auth_token"].text()
    return Request(url=ask.url(path), query=tuple(query.items()), headers={"x-auth-token": token})


def _fee_query(ask: Ask, country: str) -> dict[str, str]:
    query = {"payment_currency": ask.payee, "payment_destination_country": country}
    if _is_local(ask):
        return {**query, "payment_type": "regular"}
    charge_type = "ours" if ask.payment.bearer == "DEBT" else "shared"
    return {**query, "payment_type": "priority", "charge_type": charge_type}


def _is_local(ask: Ask) -> bool:
    return ask.payment.rail in {"local", "sepa"}


def _rate_query(ask: Ask, fee: Response) -> dict[str, str]:
    left = ask.fixed.exact - (_fee(ask, fee).exact if ask.side == "pays" else 0)
    if left <= 0:
        raise Declined("its fee takes all that is paid")
    return {
        "buy_currency": ask.payee,
        "sell_currency": ask.payer,
        "fixed_side": "sell" if ask.payer_fixed else "buy",
        "amount": f"{ask.money(left, ask.fixed.currency).amount:f}",
    }


def _fee(ask: Ask, answer: Response) -> Money:
    fee = answer.json()
    code = fee["fee_currency"].currency()
    return ask.converted(ask.money(fee["fee_amount"].not_negative(), code), ask.payer)


def problem(answer: Response) -> Exception | None:
    """Tell a pair that is not traded from a request that it refuses."""
    if answer.status not in _REFUSALS:
        return None
    body = answer.json()
    code, said = body["error_code"].text(), "; ".join(_messages(body["error_messages"]))
    return Declined(said) if code in _NO_RATE else ProviderRefused(answer.source, f"{code}: {said}")


def _messages(fields: Node) -> Iterator[str]:
    """Yield what is said of each field: a list of messages, or one message without a list."""
    for name in fields.names():
        field = fields[name]
        for one in field if isinstance(field.value, list) else (field,):
            yield one["message"].text()


def parse(ask: Ask, *answers: Response) -> Iterator[Priced]:
    """Return one price, made of the fee and of the rate."""
    fee, body = answers[1].json(), answers[2].json()
    body["client_sell_currency"].is_currency(ask.payer)
    body["client_buy_currency"].is_currency(ask.payee)
    sold = ask.money(body["client_sell_amount"].positive(), ask.payer)
    bought = ask.money(body["client_buy_amount"].positive(), ask.payee)
    stated = fee["fee_currency"].currency()
    if not sold.amount:
        body["client_sell_amount"].wrong(f"at least the minor unit of {ask.payer}")
    yield Priced(
        service="local_payment" if _is_local(ask) else "swift_payment",
        title=f"Currencycloud, {'local' if _is_local(ask) else 'SWIFT'} payment",
        convention="on_top",
        given=sold,
        landed=bought,
        rate=bought.exact / sold.exact,
        mid=_as_asked(ask, body, body["mid_market_rate"].positive()),
        charges=(Charge("payment_fee", _fee(ask, answers[1])),),
        collected_at=answers[2].received_at,
        unknowns=_unknowns(ask),
        flags=(f"the fee, stated in {stated}, is converted at the reference",) if stated != ask.payer else (),
    )


def _unknowns(ask: Ask) -> frozenset[str]:
    """Name who else may charge: over SWIFT the payee's bank, and correspondents unless the payer bears all charges."""
    if _is_local(ask):
        return frozenset()
    bank = f"payee_bank:{ask.payee_country}"
    return frozenset({bank} if ask.payment.bearer == "DEBT" else {bank, f"correspondents:{ask.payee}"})


def _as_asked(ask: Ask, body: Node, rate: Fraction) -> Fraction:
    """Return a rate of the stated pair as units of the payee's currency per 1 of the payer's."""
    pair = body["currency_pair"].text()
    if pair == ask.payer + ask.payee:
        return rate
    return 1 / rate if pair == ask.payee + ask.payer else body["currency_pair"].wrong("the two currencies asked")
