"""Answers for other programs: JSON that `schema.json` describes, CSV and Markdown.

Numbers are decimal strings. What need not end as a decimal is given twice: to 28 significant digits, and
exactly as ``numerator/denominator``. Text cells of CSV and Markdown cannot become formulas or markup.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from paycompare.frame import COLUMNS, flags_of, group_of, records
from paycompare.live.saved import to_plain
from paycompare.measure import MEASURES
from paycompare.money import Money, as_decimal
from paycompare.terms import Range

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from fractions import Fraction

    from paycompare.bound import Bound
    from paycompare.comparison import Comparison
    from paycompare.frame import Cell
    from paycompare.live.priced import Observed
    from paycompare.offer import Offer, Separate
    from paycompare.quote import Case, Live, Part, Quote
    from paycompare.reference.rate import Rate
    from paycompare.terms import Evidence, Payment
    from paycompare.verdict import Verdict

__all__ = ["SCHEMA_ID", "as_plain", "json_schema", "to_csv", "to_json", "to_markdown"]

SCHEMA_ID: Final = "urn:paycompare:comparison:1"
"""Identifies the shape of `to_json`; the number grows when a field changes its meaning or goes away."""

_CONDITIONS: Final = (
    "client",
    "segment",
    "plan",
    "pay_in",
    "pay_out",
    "rail",
    "channel",
    "bearer",
    "purpose",
    "payer_status",
    "payee_institution",
    "usage",
    "speed",
    "quote_validity",
)

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `to_json`.

    Example:
        >>> json_schema()["$id"] == SCHEMA_ID
        True
    """
    loaded: dict[str, Any] = json.loads((files("paycompare") / "schema.json").read_text(encoding="utf-8"))
    return loaded


def to_json(comparison: Comparison, *, indent: int | None = 2) -> str:
    """Return everything a comparison knows as JSON, in the shape of `json_schema`.

    Args:
        comparison: The answer.
        indent: Spaces per level; None writes one line.

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> answer = pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30))
        >>> json.loads(to_json(answer))["payment"]["fixed"]
        {'amount': '1000.00', 'currency': 'GBP'}
    """
    return json.dumps(as_plain(comparison), indent=indent, ensure_ascii=False) + "\n"


def as_plain(it: Comparison) -> dict[str, Any]:
    """Return everything a comparison knows as lists, mappings and text, in the shape of `json_schema`.

    Args:
        it: The answer.
    """
    return {
        "schema": SCHEMA_ID,
        "payment": _payment(it.payment),
        "references": [_rate(rate) for rate in it.references],
        "verdict": _verdict(it.verdict),
        "quotes": [_quote(quote) for quote in it.quotes],
        "bounds": [_bound(bound) for bound in it.bounds],
        "promotions": [_quote(quote) for quote in it.promotions],
        "failures": [
            {"provider": one.provider, "reason": one.reason, "retryable": one.retryable, "kind": one.kind}
            for one in it.failures
        ],
        "observed": [_observed(one) for one in it.observed],
        "declined": dict(sorted(it.declined.items())),
        "assumptions": list(it.assumptions),
        "catalogue_hash": it.catalogue_hash,
        "elapsed_ms": it.elapsed_ms,
        "inputs": {"question": dict(it.inputs), "live": to_plain(it.asked)},
    }


def _observed(it: Observed) -> dict[str, Any]:
    return {
        "country": it.country,
        "direction": it.direction,
        "share": _text(it.share),
        "amount": _money(it.amount),
        **{name: getattr(it, name) for name in ("period", "publisher", "url", "indicator")},
    }


def _live(it: Live) -> dict[str, Any]:
    return {
        "source": it.source,
        "collected_at": it.collected_at.isoformat(),
        "expires_at": None if it.expires_at is None else it.expires_at.isoformat(),
        "estimate": it.estimate,
        "paid": _money(it.paid),
        "landed": _money(it.landed),
        "rate": _text_or_none(it.rate),
        "mid": _text_or_none(it.mid),
        "error_bp": it.error_bp,
    }


def _payment(it: Payment) -> dict[str, Any]:
    ends = {"payer": it.corridor.payer, "payee": it.corridor.payee}
    return {
        "side": it.side,
        "fixed": _money(it.fixed),
        "corridor": {name: {"country": end.country, "currency": end.currency} for name, end in ends.items()},
        "on": it.on.isoformat(),
        "moment": None if it.moment is None else it.moment.isoformat(),
        "conditions": {
            **{name: getattr(it, name) for name in _CONDITIONS},
            "joined": None if it.joined is None else it.joined.isoformat(),
        },
    }


def _rate(it: Rate) -> dict[str, Any]:
    return {
        "base": it.base,
        "quote": it.quote,
        **_number("rate", it.value),
        "source": it.source,
        "source_url": it.source_url,
        "kind": it.kind,
        "observed": it.observed.isoformat(),
        "age_business_days": it.age,
        "error_bp": it.error_bp,
        "flags": list(it.flags),
        "legs": [_rate(leg) for leg in it.legs],
    }


def _verdict(it: Verdict) -> dict[str, Any]:
    return {
        "state": it.state,
        "best": it.best,
        "tied": list(it.tied),
        "flips": [{"kind": flip.kind, "offer": flip.offer, "words": flip.words} for flip in it.flips],
        "more_flips": it.more,
        "words": it.words,
    }


def _quote(it: Quote) -> dict[str, Any]:
    worst = it.worst
    return {
        **_offer(it.offer),
        "standing": it.standing,
        "at_best": it.at_best,
        "rank": it.rank,
        "ranks": None if it.ranks is None else {"low": it.ranks.low, "high": it.ranks.high},
        "corridor": str(it.payment.corridor),
        **{name: _span(getattr(it, name), _money) for name in ("paid", "landed", "landed_expected", "principal")},
        **{name: _span(getattr(it, name), _money) for name in ("unspent", "overshoot")},
        "costs": {measure: _cost(it, measure) for measure in MEASURES},
        "parts": [
            {
                **_part_identity(part),
                "taken": _span(part.taken, _money),
                "shown": _span(part.value, _money),
                "evidence": _evidence(part.evidence, it.payment.on),
                "flags": list(part.flags),
            }
            for part in it.parts
        ],
        "separate": [_separate(one) for one in it.separate],
        "cases": [_case(case, it) for case in it.cases],
        "worst_case": next(index for index, case in enumerate(it.cases) if case is worst),
        "best_case": next(index for index, case in enumerate(it.cases) if case is it.best),
        "reference": _rate(it.reference),
        "evidence": _evidence(it.evidence, it.payment.on),
        "unknowns": sorted(it.unknowns),
        "speed": it.speed,
        "expires_at": None if it.expires_at is None else it.expires_at.isoformat(),
        "live": None if it.live is None else _live(it.live),
        "flags": flags_of(it),
    }


def _separate(it: Separate) -> dict[str, Any]:
    amount = Range(it.amount, it.amount) if isinstance(it.amount, Money) else it.amount
    return {
        **{name: getattr(it, name) for name in ("name", "words", "per", "waived", "included")},
        "amount": None if amount is None else _span(amount, _money),
    }


def _offer(it: Offer) -> dict[str, Any]:
    return {
        "offer": it.id,
        "provider": it.provider,
        "tariff": it.tariff,
        "title": it.title,
        "payer_currency": it.payer_currency,
        "payout_currency": it.payout_currency,
        "instructed_currency": it.principal_currency,
        "limits": [
            {"of": one.of, "least": _text_or_none(one.least), "most": _text_or_none(one.most), "currency": one.currency}
            for one in it.limits
        ],
        "conditions": dict(it.conditions),
        "unpublished": [{"step": one.step, "kind": one.kind, "least": _text(one.least)} for one in it.unpublished],
        "unconfirmed": it.unconfirmed,
        "estimates": list(it.modelled),
    }


def _cost(quote: Quote, measure: str) -> dict[str, Any] | None:
    found = quote.cost(measure)
    if found is None:
        return None
    return {"share": _span(found.share, _text), "money": _span(found.money, _money)}


def _part_identity(part: Any) -> dict[str, Any]:  # noqa: ANN401 -- a part, or a part over all cases
    return {"name": part.name, "owner": part.owner, "kind": part.kind, "bite": part.bite}


def _case(it: Case, quote: Quote) -> dict[str, Any]:
    shown = sum((part.shown.amount for part in it.parts), Decimal(0))
    return {
        "positions": {cause: _text(position) for cause, position in it.positions.items()},
        **{name: _money(getattr(it, name)) for name in ("principal", "paid", "later", "landed")},
        "applied_rate": None if it.applied_rate is None else _text(it.applied_rate),
        "lost": {"shown": _money(Money.of(shown, quote.offer.payer_currency)), **_number("value", it.lost)},
        "parts": [_part(part) for part in it.parts],
    }


def _part(it: Part) -> dict[str, Any]:
    return {
        **_part_identity(it),
        "group": group_of(it),
        "taken": _money(it.taken),
        "shown": _money(it.shown),
        **_number("value", it.value),
        "flags": list(it.flags),
    }


def _evidence(it: Evidence, on: date) -> dict[str, Any]:
    return {
        "kind": it.kind,
        "source": it.source,
        "published": None if it.published is None else it.published.isoformat(),
        "seen": None if it.seen is None else it.seen.isoformat(),
        "age": it.age(on),
        "note": it.note,
    }


def _bound(it: Bound) -> dict[str, Any]:
    return {
        "quote": _quote(it.quote),
        "why": list(it.why),
        "winner": None if it.winner is None else it.winner.offer.id,
        "beats_winner": it.beats_winner,
        "condition": it.condition,
        "wins_below": _text_or_none(it.wins_below),
        "may_win_below": _text_or_none(it.may_win_below),
        "ask_rate": None if it.ask_rate is None else f"{it.ask_rate:f}",
        "flips_at": None if it.flips_at is None else _money(it.flips_at),
        "thresholds": [
            {
                "step": one.step,
                "kind": one.kind,
                "wins_below": _text(one.wins_below),
                "may_win_below": _text(one.may_win_below),
                "currency": one.currency,
                "ask_rate": None if one.ask_rate is None else f"{one.ask_rate:f}",
                "others_at_least": one.others_at_least,
            }
            for one in it.thresholds
        ],
    }


def _money(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


def _span(span: Range[Any] | None, write: Callable[[Any], Any]) -> dict[str, Any] | None:
    return None if span is None else {"low": write(span.low), "high": write(span.high)}


def _text_or_none(value: Fraction | None) -> str | None:
    return None if value is None else _text(value)


def _text(value: Fraction) -> str:
    """Return a number without exponent, exact where it ends, else to 28 significant digits."""
    return f"{as_decimal(value):f}"


def _number(name: str, value: Fraction) -> dict[str, str]:
    return {name: _text(value), f"{name}_exact": f"{value.numerator}/{value.denominator}"}


def to_csv(comparison: Comparison) -> str:
    """Return one line for each quote, bound and promotion, with the columns of `paycompare.frame.COLUMNS`.

    Text that a spreadsheet would take for a formula is preceded by an apostrophe; numbers are left alone.
    Lists are joined with semicolons. Lines end in a line feed.

    Args:
        comparison: The answer.

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> to_csv(pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30))).partition(",")[0]
        'row'
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.name for column in COLUMNS)
    for row in records(comparison):
        writer.writerow(_cell(row[column.name]) for column in COLUMNS)
    return out.getvalue()


def _cell(value: Cell | date) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return harmless(text)


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows and does not compute.

    Example:
        >>> harmless("=cmd|' /C calc'!A0"), harmless("Bank of Nowhere")
        ("'=cmd|' /C calc'!A0", 'Bank of Nowhere')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def to_markdown(comparison: Comparison) -> str:
    """Return the verdict and the tables as Markdown.

    Args:
        comparison: The answer.

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> answer = pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30))
        >>> to_markdown(answer).partition(",")[0]
        '**Payer pays 1'
    """
    from paycompare.display.markdown import as_markdown

    return as_markdown(comparison)
