"""One row for each quote, bound and promotion: for polars, and for the files that are written without it.

Every number is a `decimal.Decimal`, rounded half up where it does not end; no column is a binary float.
Ranges are two columns, ``_low`` and ``_high``, equal where the figure is known. `COLUMNS` is the schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from paycompare.money import as_decimal, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    import polars as pl

    from paycompare.bound import Bound
    from paycompare.comparison import Comparison
    from paycompare.money import Money
    from paycompare.quote import Case, Part, Quote
    from paycompare.terms import Range

__all__ = ["COLUMNS", "GROUPS", "Cell", "Column", "flags_of", "group_of", "grouped", "records", "to_frame"]

Kind = Literal["text", "texts", "whole", "day", "money", "rate", "share"]
Cell = str | int | Decimal | list[str] | None

MONEY_SCALE: Final = 6
"""Digits behind the point of amounts; amounts themselves are on the minor unit of their currency."""
RATE_SCALE: Final = 12
SHARE_SCALE: Final = 12
_DIGITS: Final = 38
_SCALES: Final[Mapping[str, int]] = {"money": MONEY_SCALE, "rate": RATE_SCALE, "share": SHARE_SCALE}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the frame.

    Attributes:
        name: Its name.
        kind: ``text``, ``texts`` (a list), ``whole``, ``day``, ``money``, ``rate``, or ``share`` (of one).
        words: What it holds, with unit, currency and denominator.
    """

    name: str
    kind: Kind
    words: str


COLUMNS: Final = (
    Column("row", "text", "quote (ranked), bound or promotion"),
    Column("rank", "whole", "place among the quotes, equal for ties; null when not ranked"),
    Column("rank_low", "whole", "best place it could have"),
    Column("rank_high", "whole", "worst place it could have"),
    Column("standing", "text", "complete, modelled, bounded or unconfirmed"),
    Column("offer", "text", "provider/tariff"),
    Column("provider", "text", "id of the provider"),
    Column("tariff", "text", "id of the tariff within the provider"),
    Column("title", "text", "what a person calls the offer"),
    Column("corridor", "text", "payer's and payee's country and currency"),
    Column("on", "day", "day of the order"),
    Column("segment", "text", "personal or business"),
    Column("bearer", "text", "charge bearer, ISO 20022"),
    Column("side", "text", "what is held fixed: pays, sends or gets"),
    Column("fixed", "money", "the amount held fixed, in fixed_currency"),
    Column("fixed_currency", "text", "its currency"),
    Column("payer_currency", "text", "currency of the debit"),
    Column("payout_currency", "text", "currency that lands"),
    Column("paid_low", "money", "everything that leaves the payer, in payer_currency"),
    Column("paid_high", "money", "the same at its upper end"),
    Column(
        "landed_low",
        "money",
        "what the provider discloses will reach the payee's institution, in payout_currency",
    ),
    Column("landed_high", "money", "the same at its upper end"),
    Column(
        "landed_expected_low",
        "money",
        "what lands after typical third-party charges, in payout_currency; null if unknown",
    ),
    Column("landed_expected_high", "money", "the same at its upper end"),
    Column(
        "unspent_low",
        "money",
        "what stays with the payer, in payer_currency; null unless the payer's side is fixed",
    ),
    Column("unspent_high", "money", "the same at its upper end"),
    Column(
        "overshoot_low",
        "money",
        "what lands beyond what was asked for, in payout_currency; null unless that side is fixed",
    ),
    Column("overshoot_high", "money", "the same at its upper end"),
    Column(
        "cost_measure",
        "text",
        "definition of the cost columns: landed_cost, (paid - landed at the reference) / paid",
    ),
    Column("cost_share_low", "share", "cost as a fraction of one of what is paid"),
    Column("cost_share_high", "share", "the same at its upper end"),
    Column("cost_low", "money", "cost in payer_currency, to its minor unit"),
    Column("cost_high", "money", "the same at its upper end"),
    Column(
        "worst_lost",
        "money",
        "lost on the way in the worst case, in payer_currency: the sum of the next four columns",
    ),
    Column("worst_charges", "money", "of it, charges of the provider"),
    Column("worst_fx_margin", "money", "of it, margin in the exchange rate"),
    Column("worst_levies", "money", "of it, taxes, duties and compulsory commissions"),
    Column("worst_third_parties", "money", "of it, charges of others on the way that are known"),
    Column(
        "applied_rate_low",
        "rate",
        "payout_currency per payer_currency over all conversions; null without conversion",
    ),
    Column("applied_rate_high", "rate", "the same at its upper end"),
    Column("reference_rate", "rate", "payout_currency per payer_currency"),
    Column("reference_source", "text", "who published the reference rate"),
    Column("reference_kind", "text", "market_mid, central_bank, peg, period, user or identity"),
    Column("reference_observed", "day", "day of the reference rate"),
    Column("reference_error_bp", "whole", "its error bar, in basis points"),
    Column("evidence_kind", "text", "page, copy, quoted, observed, law or user"),
    Column("evidence_source", "text", "address of the page, or who supplied the figures"),
    Column("published", "day", "date that the page states for itself"),
    Column("seen", "day", "date on which the page showed these figures"),
    Column("evidence_age", "text", "age in words on the day of the order"),
    Column("unknowns", "texts", "third-party charges that no page fixes"),
    Column("estimates", "texts", "figures that are estimates, in words"),
    Column("flags", "texts", "remarks"),
    Column("why_not_ranked", "texts", "reasons that keep a bound out of the ranking"),
    Column("condition", "text", "what would have to be true for a bound to win"),
    Column("wins_below", "share", "margin below which a bound beats the winner's best case, a fraction of one"),
    Column("may_win_below", "share", "margin below which it beats the winner's worst case, a fraction of one"),
    Column("ask_rate", "rate", "rate to ask for, payout_currency per payer_currency"),
    Column("speed", "text", "what the provider states about the time it takes"),
    Column("live_source", "text", "id of the live source that stated the price; null for a published tariff"),
    Column("collected_at", "text", "when a live price held, ISO 8601"),
    Column("expires_at", "text", "until when it holds, ISO 8601; null when its source does not say"),
)
"""The schema, in order."""

GROUPS: Final = ("charges", "fx_margin", "levies", "third_parties")
"""Who took it: the provider's charges, the margin in the rate, the state, everybody else on the way."""


def to_frame(comparison: Comparison) -> pl.DataFrame:
    """Return one row for each quote, bound and promotion, quotes first, best first.

    Args:
        comparison: The answer.

    Returns:
        A frame with the columns of `COLUMNS`: decimals for money (6 places), rates and shares (12 places).

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> answer = pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30))
        >>> to_frame(answer)["fixed"].dtype
        Decimal(precision=38, scale=6)
    """
    import polars as pl

    types: dict[str, pl.DataType] = {
        "text": pl.String(),
        "texts": pl.List(pl.String),
        "whole": pl.Int64(),
        "day": pl.Date(),
        **{kind: pl.Decimal(_DIGITS, scale) for kind, scale in _SCALES.items()},
    }
    rows = list(records(comparison))
    return pl.DataFrame(
        {column.name: [row[column.name] for row in rows] for column in COLUMNS},
        schema={column.name: types[column.kind] for column in COLUMNS},
    )


_OPEN_ENDS: Final = (
    "paid_high",
    "landed_low",
    "landed_expected_low",
    "cost_high",
    "cost_share_high",
    "applied_rate_low",
    *(f"worst_{name}" for name in GROUPS),
    "worst_lost",
)
"""Ends that have no limit while something is not published; they are empty rather than the best case once more."""


def records(comparison: Comparison) -> Iterator[dict[str, Cell | date]]:
    """Yield the rows of `to_frame` as dictionaries, without polars.

    Args:
        comparison: The answer.
    """
    for quote in comparison.quotes:
        yield _row(quote, "quote")
    for bound in comparison.bounds:
        open_ends = dict.fromkeys(_OPEN_ENDS) if bound.quote.offer.unpublished else {}
        yield {**_row(bound.quote, "bound"), **open_ends, **_bound_cells(bound)}
    for quote in comparison.promotions:
        yield _row(quote, "promotion")


def _row(quote: Quote, row: str) -> dict[str, Cell | date]:
    return {
        **dict.fromkeys(column.name for column in COLUMNS),
        "row": row,
        **_offer_cells(quote),
        **_payment_cells(quote),
        **_figure_cells(quote),
        **_case_cells(quote.worst),
        **_source_cells(quote),
    }


def _offer_cells(quote: Quote) -> dict[str, Cell | date]:
    offer, ranks = quote.offer, quote.ranks
    return {
        "rank": quote.rank,
        "rank_low": ranks.low if ranks else None,
        "rank_high": ranks.high if ranks else None,
        "standing": quote.standing,
        "offer": offer.id,
        "provider": offer.provider,
        "tariff": offer.tariff,
        "title": offer.title,
        "payer_currency": offer.payer_currency,
        "payout_currency": offer.payout_currency,
        "unknowns": sorted(quote.unknowns),
        "estimates": list(offer.modelled),
        "flags": flags_of(quote),
        "why_not_ranked": [],
        "speed": quote.speed,
        "live_source": quote.live.source if quote.live else None,
        "collected_at": quote.live.collected_at.isoformat() if quote.live else None,
        "expires_at": quote.expires_at.isoformat() if quote.expires_at else None,
    }


def flags_of(quote: Quote) -> list[str]:
    """Return the remarks on a quote and on its parts, each once."""
    return list(dict.fromkeys([*quote.flags, *(flag for part in quote.parts for flag in part.flags)]))


def group_of(part: Part) -> str:
    """Return which of `GROUPS` a part belongs to."""
    if part.owner == "state":
        return "levies"
    if part.kind == "margin":
        return "fx_margin"
    return "charges" if part.owner == "provider" else "third_parties"


def grouped(case: Case) -> dict[str, Decimal]:
    """Return what each of `GROUPS` took in one case, in the payer's currency, as displayed.

    The amounts sum to the displayed total lost, because the displayed parts do.
    """
    totals: dict[str, Decimal] = {group: Decimal(0) for group in GROUPS}
    for part in case.parts:
        totals[group_of(part)] += part.shown.amount
    return totals


def _payment_cells(quote: Quote) -> dict[str, Cell | date]:
    payment = quote.payment
    return {
        "corridor": str(payment.corridor),
        "on": payment.on,
        "segment": payment.segment,
        "bearer": payment.bearer,
        "side": payment.side,
        "fixed": _money(payment.fixed),
        "fixed_currency": payment.fixed.currency,
    }


def _figure_cells(quote: Quote) -> dict[str, Cell | date]:
    cost = quote.cost()
    rates = [case.applied_rate for case in quote.cases if case.applied_rate is not None]
    return {
        **_ends("paid", quote.paid),
        **_ends("landed", quote.landed),
        **_ends("landed_expected", quote.landed_expected),
        **_ends("unspent", quote.unspent),
        **_ends("overshoot", quote.overshoot),
        **_ends("cost", cost.money if cost else None),
        "cost_measure": cost.measure if cost else None,
        "cost_share_low": _fixed(cost.share.low, SHARE_SCALE) if cost else None,
        "cost_share_high": _fixed(cost.share.high, SHARE_SCALE) if cost else None,
        "applied_rate_low": _fixed(min(rates), RATE_SCALE) if rates else None,
        "applied_rate_high": _fixed(max(rates), RATE_SCALE) if rates else None,
    }


def _case_cells(worst: Case) -> dict[str, Cell | date]:
    totals = grouped(worst)
    shown: dict[str, Cell | date] = {f"worst_{name}": total for name, total in totals.items()}
    return {**shown, "worst_lost": sum(totals.values(), Decimal(0))}


def _source_cells(quote: Quote) -> dict[str, Cell | date]:
    rate, evidence = quote.reference, quote.evidence
    return {
        "reference_rate": _fixed(rate.value, RATE_SCALE),
        "reference_source": rate.source,
        "reference_kind": rate.kind,
        "reference_observed": rate.observed,
        "reference_error_bp": rate.error_bp,
        "evidence_kind": evidence.kind,
        "evidence_source": evidence.source,
        "published": evidence.published,
        "seen": evidence.seen,
        "evidence_age": evidence.age(quote.payment.on),
    }


def _bound_cells(bound: Bound) -> dict[str, Cell | date]:
    return {
        "why_not_ranked": list(bound.why),
        "condition": bound.condition,
        "wins_below": None if bound.wins_below is None else _fixed(bound.wins_below, SHARE_SCALE),
        "may_win_below": None if bound.may_win_below is None else _fixed(bound.may_win_below, SHARE_SCALE),
        "ask_rate": None if bound.ask_rate is None else _fixed(Fraction(bound.ask_rate), RATE_SCALE),
    }


def _ends(name: str, span: Range[Money] | None) -> dict[str, Cell | date]:
    low, high = (None, None) if span is None else (_money(span.low), _money(span.high))
    return {f"{name}_low": low, f"{name}_high": high}


def _money(money: Money) -> Decimal:
    """Return an amount on its minor unit, as written; one that goes further is cut to six places, half up."""
    exponent = money.amount.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -MONEY_SCALE
    return money.amount if fits else _fixed(money.exact, MONEY_SCALE)


def _fixed(value: Fraction, scale: int) -> Decimal:
    """Return a value with so many digits behind the point, half up."""
    return as_decimal(rounded(value, Fraction(1, 10**scale)))
