"""Wise quotes: what Wise itself asks, one price for each way to pay in and out; no account is needed.

The rate is Wise's mid-market rate, and the fee is inside the amount paid.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Charge, Declined, Priced, Request, Source, each_of, json_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.errors import ProviderChanged
    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response

SOURCE = Source(
    name="Wise",
    url="https://api.wise.com",
    documentation="https://docs.wise.com/api-reference/quote",
    lifetime=timedelta(minutes=1),
    only={"client": ("payer",)},
)

_UNPROCESSABLE: Final = 422
_NO_ROUTE: Final = "error.route.not.supported"
_CARDS: Final = frozenset({"CARD", "DEBIT", "CREDIT", "MAESTRO", "APPLE_PAY", "GOOGLE_PAY"})
_SWIFT: Final = "SWIFT"
_ALL_BORNE: Final = "SWIFT_OUR"
_CARD_ENDINGS: Final = ("_DEBIT", "_CREDIT", "_DEBIT_OR_PREPAID")


def request(ask: Ask) -> Request:
    """Ask for what the payer pays, or for what the payee gets."""
    if ask.payer == ask.payee:
        raise Declined("it is asked for exchanges, and this payment needs none")
    if ask.side == "sends" and not ask.payer_fixed:
        raise Declined("it holds fixed what is paid or what lands, not a principal in the payee's currency")
    amount = "sourceAmount" if ask.payer_fixed else "targetAmount"
    return Request(
        url=ask.url("/v3/quotes"),
        method="POST",
        headers={"content-type": "application/json"},
        body=json_body({"sourceCurrency": ask.payer, "targetCurrency": ask.payee, amount: ask.fixed.amount}),
    )


def problem(answer: Response) -> Exception | None:
    """Tell a route that Wise does not serve from a request that it refuses."""
    if answer.status != _UNPROCESSABLE:
        return None
    error = answer.json()["errors"].first()
    said = error["message"].text()
    return Declined(said) if error["code"].text() == _NO_ROUTE else ProviderRefused(answer.source, said)


def parse(ask: Ask, answer: Response) -> Iterator[Priced | ProviderChanged]:
    """Return one price for each pair of pay-in and pay-out that is open to this payer."""
    body, seen = answer.json(), set[str]()
    body["sourceCurrency"].is_currency(ask.payer)
    body["targetCurrency"].is_currency(ask.payee)

    def priced(option: Node) -> Iterator[Priced]:
        if not option["disabled"].truth() and _is_for(ask.payment.segment, option):
            price = _price(ask, body, option)
            if price.service not in seen:
                seen.add(price.service)
                yield price

    return each_of(body["paymentOptions"], priced, named="payIn")


def _is_for(segment: str, option: Node) -> bool:
    profiles = option.get("allowedProfileTypes")
    return profiles is None or segment.upper() in [profile.text() for profile in profiles]


def _price(ask: Ask, body: Node, option: Node) -> Priced:
    pay_in, pay_out = option["payIn"].text(), option["payOut"].text()
    rate, delivery = body["rate"].positive(), option.get("formattedEstimatedDelivery")
    return Priced(
        service=f"{pay_in}_to_{pay_out}".lower(),
        title=f"Wise, {pay_in} to {pay_out}".replace("_", " ").lower().replace("wise", "Wise"),
        convention="deducted",
        given=ask.fixed if ask.payer_fixed else ask.money(option["sourceAmount"].positive(), ask.payer),
        landed=ask.money(option["targetAmount"].positive(), ask.payee) if ask.payer_fixed else ask.fixed,
        rate=rate,
        mid=rate,
        charges=(Charge("fee", ask.money(option["fee"]["total"].not_negative(), ask.payer)),),
        collected_at=body["createdTime"].instant(),
        expires_at=body["expirationTime"].instant(),
        unknowns=_unknowns(ask, pay_out),
        conditions={"pay_in": _means(pay_in), "pay_out": _means(pay_out)},
        speed=delivery.text() if delivery else None,
    )


def _unknowns(ask: Ask, pay_out: str) -> frozenset[str]:
    """Name who else may charge: nobody but over SWIFT, and correspondents only where the payer does not bear all."""
    if not pay_out.startswith(_SWIFT):
        return frozenset()
    bank = f"payee_bank:{ask.payee_country or ask.payee}"
    return frozenset({bank} if pay_out == _ALL_BORNE else {bank, f"correspondents:{ask.payee}"})


def _means(way: str) -> str:
    """Return the word of `paycompare.terms.CONDITIONS` for a pay-in or pay-out of Wise."""
    if way in _CARDS or way.endswith(_CARD_ENDINGS):
        return "card"
    return "balance" if way == "BALANCE" else "account"
