"""A survey of your own: over quotes that paycompare priced, or over prices that somebody collected.

It has the schema of the World Bank's, so that every index, target and picture works on it, and a ministry can extend
the benchmark to amounts, providers and payments that the World Bank does not price, business payments above all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from paycompare.countries import country
from paycompare.errors import PaymentError
from paycompare.published.catalogue import Catalogue
from paycompare.survey.dataset import Survey
from paycompare.survey.names import firm_key
from paycompare.survey.schema import polars_schema
from paycompare.survey.tally import LoadReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from paycompare.published.schema import ProviderFile
    from paycompare.quote import Case, Quote

__all__ = ["FIRM_TYPES", "Answer", "survey_of_answers"]


class _Bounded(Protocol):
    """An offer whose price is known from below only."""

    @property
    def quote(self) -> Quote:
        """The offer with everything unpublished at its least value."""


class Answer(Protocol):
    """What `paycompare.compare` returns, as far as a survey needs it."""

    @property
    def quotes(self) -> Sequence[Quote]:
        """Ranked offers."""

    @property
    def bounds(self) -> Sequence[_Bounded]:
        """Offers that could not be ranked."""


FIRM_TYPES: Final = {
    "bank": "Bank",
    "money_transfer_operator": "Money Transfer Operator",
    "mobile_operator": "Mobile Operator",
    "post_office": "Post office",
    "payment_institution": "Payment institution",
    "card_scheme": "Card scheme",
    "public_body": "Public body",
}
"""Provider kinds of the catalogue in the survey's words; those that the World Bank does not have keep their own."""

_PAID: Final = {
    "account": "Bank account transfer",
    "card": "Debit/credit card",
    "cash": "Cash",
    "wallet": "Mobile money",
    "balance": "Balance with the provider",
}
_ORDERED: Final = {"online": "Internet", "phone": "Call Center", "branch": "Bank branch"}
_RECEIVED: Final = {
    "account": "Bank account",
    "card": "Debit card",
    "cash": "Cash",
    "wallet": "Mobile wallet",
    "balance": "Balance with the provider",
}


@dataclass(frozen=True, slots=True)
class _Priced:
    """A quote under the label of the amount that it was asked for."""

    label: int
    quote: Quote


def survey_of_answers(
    answers: Mapping[int, Iterable[Answer]], *, segment: str | None = None, kinds: Mapping[str, str] | None = None
) -> Survey:
    """Make a survey of what `paycompare.compare` answered.

    Costs are the World Bank's: fee as a share of what is sent, plus margin. A complete quote is a transparent service.
    A quote that rests on an assumed margin, and an offer whose margin is not published, are not transparent: rules
    leave them out, or with ``transparent_only=False`` count them at their least, which makes the index a lower bound.
    An offer that may not serve the corridor at all is no service and is left out. Where a total is a range, the rule's
    ``ranges`` says which end counts.

    Args:
        answers: By amount, in US dollars by name: the comparisons made for it, one for each corridor and quarter. The
            same offer in the same corridor and quarter, to the same kind of customer, paid and received alike, is one
            service, priced at several
            amounts.
        segment: ``retail`` or ``remittances``; business payments are retail, others remittances when left out.
        kinds: Provider id to provider type, for providers of your own; those that come along are known.

    Raises:
        PaymentError: There is no answer, an amount's name is not above zero, a payment's end has no country, answers of
            both segments are mixed, or a service has two prices for one amount.

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> answer = pc.compare("15000 SGD", to="MY", segment="business", at=date(2026, 10, 30))
        >>> survey = survey_of_answers({11000: [answer]})
        >>> survey.segment, survey.periods, survey.amounts
        ('retail', ('2026_4Q',), (11000,))
    """
    priced, left_out = _sorted_out(answers)
    if not priced:
        raise PaymentError("answers", "none with a price", "comparisons with at least one quote or bound")
    told = _segment([one.quote for one in priced], segment)
    amounts = tuple(sorted(answers))
    if amounts[0] <= 0:
        raise PaymentError("answers", amounts[0], "an amount's name above zero, in US dollars")
    known = {name: folder.about for name, folder in Catalogue.load([]).folders.items()}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in priced:
        payment = one.quote.payment
        ways = (payment.segment, payment.pay_in, payment.channel, payment.pay_out, one.quote.offer.payout_currency)
        key = (_period(payment.on), *_ends(one.quote), one.quote.offer.id, *ways)
        row = rows.setdefault(key, _service(one.quote, known, kinds or {}))
        _refuse_another(row, one)
        row |= _prices(one)
        row["transparent"] = row["transparent"] and one.quote.standing == "complete"
    types = polars_schema(amounts)
    frame = pl.DataFrame({name: [row.get(name) for row in rows.values()] for name in types}, schema=types)
    return _survey(
        frame, amounts, told, [f"offers left out because {reason}: {count:,}" for reason, count in left_out.items()]
    )


def _sorted_out(answers: Mapping[int, Iterable[Answer]]) -> tuple[list[_Priced], Counter[str]]:
    priced: list[_Priced] = []
    left_out: Counter[str] = Counter()
    for label, several in answers.items():
        for answer in several:
            for quote in [*answer.quotes, *(bound.quote for bound in answer.bounds)]:
                if quote.standing == "unconfirmed":
                    left_out["their page does not say that it serves the payment"] += 1
                elif quote.cost("rpw") is None:
                    left_out["fee and margin are not told apart"] += 1
                else:
                    priced.append(_Priced(label, quote))
    return priced, left_out


def _period(on: date) -> str:
    return f"{on.year}_{(on.month + 2) // 3}Q"


def _ends(quote: Quote) -> tuple[str, str]:
    corridor = quote.payment.corridor
    for end, place in (("payer", corridor.payer), ("payee", corridor.payee)):
        if place.country is None:
            raise PaymentError(f"answers, {end}", str(place), "a place with a country: a survey is of corridors")
    return country(str(corridor.payer.country)).alpha3, country(str(corridor.payee.country)).alpha3


def _service(quote: Quote, known: Mapping[str, ProviderFile], kinds: Mapping[str, str]) -> dict[str, Any]:
    source, destination = _ends(quote)
    payment, about = quote.payment, known.get(quote.provider)
    words = quote.provider.replace("_", " ")
    return {
        "layout": "own",
        "period": _period(payment.on),
        "source": source,
        "destination": destination,
        "corridor": source + destination,
        "source_name": country(source).name,
        "destination_name": country(destination).name,
        "firm": about.name if about else words,
        "firm_key": firm_key(words),
        "firm_type": kinds.get(quote.provider, FIRM_TYPES[about.kind] if about else None),
        "product": quote.offer.title,
        "payment_instrument": _PAID[payment.pay_in],
        "access_point": _ORDERED[payment.channel],
        "pickup_method": _RECEIVED[payment.pay_out],
        "transparent": True,
        "comparable": True,
        "day": payment.on,
        "note2": "; ".join([*quote.offer.modelled, *sorted(quote.unknowns)]) or None,
    }


def _refuse_another(row: Mapping[str, Any], one: _Priced) -> None:
    """Refuse a second price of a service for one amount: neither is the service's alone."""
    if f"total_percent_{one.label}" not in row:
        return
    later = _prices(one)
    first, second = (
        f"{figures[f'total_percent_{one.label}']:.2f}% of {figures[f'amount_{one.label}']:,.2f} "
        f"{figures[f'currency_{one.label}']} on {day}"
        for figures, day in ((row, row["day"]), (later, one.quote.payment.on))
    )
    ends = f"from {row['source']} to {row['destination']} in {row['period']}"
    found = f"two prices of {one.quote.offer.id} {ends}: {first}, and {second}"
    expected = "one comparison for each corridor, quarter and amount: leave one out, or name the other amount"
    raise PaymentError(f"answers[{one.label}]", found, expected)


def _prices(one: _Priced) -> dict[str, Any]:
    """Return the dear end as the row's figures, and the cheap end where it is another; what is not known is null."""
    dear = max(one.quote.cases, key=_total)
    cheap = min(one.quote.cases, key=_total)
    converted = dear.figures.converted or dear.figures.principal
    fee = dear.figures.paid - converted
    margin = (converted - (dear.figures.delivered or converted)) / converted * 100
    label = one.label
    return {
        f"amount_{label}": float(converted),
        f"currency_{label}": one.quote.offer.payer_currency,
        f"fee_{label}": float(fee),
        f"rate_{label}": None if dear.applied_rate is None else float(dear.applied_rate),
        f"margin_percent_{label}": None if one.quote.at_best else float(margin),
        f"total_percent_{label}": _total(dear),
        f"total_cheap_percent_{label}": None if _total(cheap) == _total(dear) else _total(cheap),
        "interbank": float(one.quote.reference.value),
    }


def _total(case: Case) -> float:
    converted = case.figures.converted or case.figures.principal
    delivered = case.figures.delivered or converted
    return float(((case.figures.paid - converted) + (converted - delivered)) / converted * 100)


def _segment(quotes: list[Quote], given: str | None) -> str:
    if given is not None:
        if given not in ("retail", "remittances"):
            raise PaymentError("segment", given, "retail or remittances")
        return given
    found = {"retail" if quote.payment.segment == "business" else "remittances" for quote in quotes}
    if len(found) > 1:
        raise PaymentError("answers", "business and personal payments", "one of both, or segment= to say what they are")
    return found.pop()


def _survey(frame: pl.DataFrame, amounts: tuple[int, ...], segment: str, notes: list[str]) -> Survey:
    frame = frame.sort("period", "source", "destination", "firm", "product", maintain_order=True)
    digest = sha256(frame.write_csv().encode()).hexdigest()
    report = LoadReport(
        file="own survey",
        sha256=digest,
        size=0,
        sheets={"answers": frame.height},
        rows=frame.height,
        periods=tuple(frame["period"].cast(pl.String).unique().sort()),
        notes=tuple(notes),
    )
    words = "Prices of published tariffs, by paycompare"
    return Survey(frame, report, amounts, words, (), segment)
