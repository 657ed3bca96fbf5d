"""Wise comparisons: one question, prices of many providers, those of others being Wise's estimates.

Wise reads the other providers' sites about once an hour, measures the mark-up there, and applies it to the current
mid-market rate. All prices are for bank transfers in and out, and the fee is inside the amount paid.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from paycompare.live.adapter import Charge, Declined, Priced, Request, Source, each_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from paycompare.errors import ProviderChanged
    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Node, Response
    from paycompare.terms import Place

SOURCE = Source(
    name="Wise comparisons",
    url="https://api.wise.com",
    documentation="https://docs.wise.com/api-reference/comparison",
    lifetime=timedelta(minutes=1),
    only={"segment": ("personal",), "client": ("payer",), "pay_in": ("account",), "pay_out": ("account",)},
    estimates=True,
)


def request(ask: Ask) -> Request:
    """Ask for what the payer pays, or for what the payee gets, with the countries where they are known."""
    if ask.payer == ask.payee:
        raise Declined("it compares exchanges, and this payment needs none")
    if ask.side == "sends" and not ask.payer_fixed:
        raise Declined("it holds fixed what is paid or what lands, not a principal in the payee's currency")
    amount = "sendAmount" if ask.payer_fixed else "recipientGetsAmount"
    query = {
        "sourceCurrency": ask.payer,
        "targetCurrency": ask.payee,
        amount: f"{ask.fixed.amount:f}",
        "sourceCountry": ask.payer_country,
        "targetCountry": ask.payee_country,
        "includeWise": "true",
    }
    return Request(
        url=ask.url("/v4/comparisons"), query=tuple((name, value) for name, value in query.items() if value is not None)
    )


def parse(ask: Ask, answer: Response) -> Iterator[Priced | ProviderChanged]:
    """Return the prices of each provider for the countries asked."""
    body = answer.json()
    body["sourceCurrency"].is_currency(ask.payer)
    body["targetCurrency"].is_currency(ask.payee)
    return each_of(body["providers"], lambda row: _prices(ask, row), named="alias")


def _prices(ask: Ask, row: Node) -> Iterator[Priced | ProviderChanged]:
    """Yield the prices of a provider; one that names a country that was asked for counts before one for all."""
    fitting = []
    closest: Counter[tuple[str | None, ...]] = Counter()

    def note(quote: Node) -> tuple[Priced, ...]:
        ends = _ends(ask, quote)
        if all(code is None or code in place.countries(ask.on) for code, place in ends):
            still_open = tuple(None if place.country else code for code, place in ends)
            named = sum(code is not None and place.country is not None for code, place in ends)
            closest[still_open] = max(named, closest[still_open])
            fitting.append((quote, still_open, named))
        return ()

    yield from each_of(row["quotes"], note)
    chosen = {quote.path: still_open for quote, still_open, named in fitting if named == closest[still_open]}
    quotes = (quote for quote, *_ in fitting if quote.path in chosen)
    yield from each_of(quotes, lambda quote: (_price(ask, row, quote, chosen[quote.path]),))


def _ends(ask: Ask, quote: Node) -> list[tuple[str | None, Place]]:
    """Return the payer's and the payee's country as a quote and as the question has them; a quote's None is for all."""
    corridor = ask.payment.corridor
    ends = ((quote.get("sourceCountry"), corridor.payer), (quote.get("targetCountry"), corridor.payee))
    return [(None if node is None else node.text(), place) for node, place in ends]


def _price(ask: Ask, row: Node, quote: Node, countries: tuple[str | None, ...]) -> Priced:
    payer, payee = countries
    alias, name = row["alias"].text().replace("-", "_"), row["name"].text()
    rate, own = quote["rate"].positive(), row["alias"].text() == "wise"
    paid = ask.fixed if ask.payer_fixed else ask.money(quote["sendAmount"].positive(), ask.payer)
    landed = ask.money(quote["receivedAmount"].positive(), ask.payee) if ask.payer_fixed else ask.fixed
    return Priced(
        provider=alias,
        service="bank_transfer",
        title=f"{name}, bank transfer",
        convention="deducted",
        given=paid,
        landed=landed,
        rate=rate,
        charges=(Charge("fee", ask.money(quote["fee"].not_negative(), ask.payer)),),
        mid=_mid(quote, rate),
        collected_at=quote["dateCollected"].instant(),
        estimate=None if own else f"Wise's estimate of what {name} asks",
        payers=(payer,) if payer else (),
        payees=(payee,) if payee else (),
    )


def _mid(quote: Node, rate: Fraction) -> Fraction | None:
    """Return the mid-market rate; the mark-up is stated in percent of it."""
    if quote["isConsideredMidMarketRate"].truth():
        return rate
    markup = quote.get("markup")
    if markup is None:
        return None
    share = markup.number() / 100
    return rate / (1 - share) if -1 < share < 1 else markup.wrong("a percentage between -100 and 100")
