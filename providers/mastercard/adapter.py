"""Mastercard: what a card is billed for a transaction in another currency, at the scheme's rate of the day.

The amount of the transaction is what the payee gets, so that no other side can be held fixed. What the cardholder's
bank adds is not known. Requests are signed by OAuth 1.0a with a key from a PKCS#12 file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Declined, Need, Priced, Request, Source
from paycompare.live.oauth1 import authorization, signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Response

SOURCE = Source(
    name="Mastercard currency conversion calculator",
    url="https://api.mastercard.com/enhanced/settlement/currencyrate/subscribed",
    documentation="https://developer.mastercard.com/enhanced-currency-conversion-calculator/documentation/",
    lifetime=timedelta(hours=1),
    needs=(
        Need("MASTERCARD_CONSUMER_KEY", "consumer key"),
        Need("MASTERCARD_KEYSTORE", "path of the signing key, PKCS#12", kind="file"),
        Need("MASTERCARD_KEYSTORE_PASSWORD", "password of the signing key"),
    ),
    sides=("gets",),
    only={"client": ("payer",), "pay_in": ("card",)},
)

_NO_RATE: Final = frozenset({"NOT_FOUND", "FORBIDDEN"})
_REFUSALS: Final = (400, 401, 403, 404)
_OBJECT: Final = b"{"


def request(ask: Ask) -> Request:
    """Ask what a transaction of the amount that the payee gets is billed at."""
    if ask.payer == ask.payee:
        raise Declined("it converts, and this payment needs no exchange")
    if ask.side != "gets":
        raise Declined("it holds fixed what the payee gets")
    query = {
        "rate_date": ask.on.isoformat(),
        "trans_curr": ask.payee,
        "trans_amt": f"{ask.fixed.amount:f}",
        "crdhld_bill_curr": ask.payer,
    }
    plain = Request(url=ask.url("/summary-rates"), query=tuple(query.items()))
    header = authorization(
        plain,
        consumer_key=ask.credentials.text("MASTERCARD_CONSUMER_KEY"),
        nonce=ask.nonce,
        now=ask.now,
        sign=_signer(ask),
    )
    return replace(plain, headers={"authorization": header})


def _signer(ask: Ask) -> Callable[[bytes], bytes]:
    try:
        return signer(
            ask.credentials.content("MASTERCARD_KEYSTORE"), ask.credentials.text("MASTERCARD_KEYSTORE_PASSWORD")
        )
    except ImportError:
        raise ProviderRefused(ask.source, "signing needs paycompare[cards] to be installed") from None
    except ValueError:  # its words may quote what it was given
        said = "MASTERCARD_KEYSTORE is no PKCS#12 file with an RSA key that MASTERCARD_KEYSTORE_PASSWORD opens"
        raise ProviderRefused(ask.source, said) from None


def problem(answer: Response) -> Exception | None:
    """Tell a day without rates from a request that it refuses."""
    if answer.status not in _REFUSALS or not answer.body.startswith(_OBJECT):
        return None
    error = answer.json()["Errors"]["Error"].first()
    said = error["Details"].text()
    return Declined(said) if error["ReasonCode"].text() in _NO_RATE else ProviderRefused(answer.source, said)


def parse(ask: Ask, answer: Response) -> Iterator[Priced]:
    """Return what is billed, without what the bank adds."""
    data = answer.json()["data"]
    data["transCurr"].is_currency(ask.payee)
    data["crdhldBillCurr"].is_currency(ask.payer)
    scheme = data["mastercard"]
    message = scheme.get("message")
    if message and scheme.get("mastercardConvRateExclAllFees") is None:
        raise Declined(message.text())
    yield Priced(
        service="card_transaction",
        title="Mastercard, card transaction at the scheme's rate",
        convention="in_rate",
        given=ask.money(scheme["crdhldBillAmtExclAllFees"].positive(), ask.payer),
        landed=ask.fixed,
        rate=1 / scheme["mastercardConvRateExclAllFees"].positive(),
        collected_at=scheme["mastercardFxRateDate"].instant(),
        missing=("issuer_markup",),
        conditions={"pay_in": "card"},
    )
