"""Offers bound to the questions of a frame: what the rows rest on, and the key that they name it by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from paycompare.bulk.figures import Chart, part_groups
from paycompare.comparison import reasons_not_to_rank, standing_of
from paycompare.errors import CurrencyError, Failure, PaymentError, RateUnavailable, nearest
from paycompare.money import Money, as_decimal, minor_unit
from paycompare.question import ask_again, gather
from paycompare.terms import Place, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.offer import Offer
    from paycompare.question import Question
    from paycompare.quote import Standing
    from paycompare.reference.rate import Rate
    from paycompare.terms import Payment

__all__ = ["PROVENANCE", "SIDES", "Binding", "Bound", "bound", "provenance"]

SIDES: Final = ("pays", "sends", "gets")
"""What an amount may be of a payment."""
_KEY_BITS: Final = 63


@dataclass(frozen=True, slots=True)
class Binding:
    """One offer, bound to the corridor, the conditions and the day of some payments.

    Attributes:
        key: What the rows name it by: a number made from the question, the tariffs and the offer.
        offer: The offer.
        payment: The payment, but for its amount.
        reference: Payee currency per payer currency.
        standing: How much of it is known.
        reasons: Why it is a bound and cannot be ranked; empty when it can.
        chart: The offer, made ready for columns.
    """

    key: int
    offer: Offer
    payment: Payment
    reference: Rate
    standing: Standing
    reasons: tuple[str, ...]
    chart: Chart

    @property
    def may_win(self) -> bool:
        """Whether it can be the best: nothing about it is unknown or an estimate."""
        return self.standing == "complete" and not self.reasons

    def asking(self, fixed: Money) -> Payment:
        """Return the payment with its amount."""
        return replace(self.payment, fixed=fixed)


@dataclass(frozen=True, slots=True)
class Bound:
    """A question with every offer that it meets, or why it cannot be asked.

    Attributes:
        code: The currency of the amounts.
        bindings: The offers, by id.
        assumptions: What the rows leave open and what was taken instead.
        failures: Providers that could not be used.
        problem: Why no row of the question has an answer; None when they have.
    """

    code: str
    bindings: tuple[Binding, ...] = ()
    assumptions: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    problem: str | None = None


def bound(question: Question, words: Mapping[str, object]) -> Bound:
    """Bind every offer of the catalogue to what some rows ask.

    Args:
        question: One that was read before; its catalogue and what its caller knows better stay.
        words: What the rows say of the payment, by the names of `paycompare.bulk.payments.QUESTION`.
    """
    try:
        side, fixed, conditions, assumed = _read(words)
        asked = ask_again(question, fixed, side, conditions)
        payment = asked.payments[0]
        reference = asked.references.rate(payment.corridor.payer.currency, payment.corridor.payee.currency)
    except (PaymentError, CurrencyError, RateUnavailable) as error:
        return Bound("", problem=str(error))
    found = gather(asked)
    bindings = []
    for one, offer in sorted(found.offers, key=lambda pair: pair[1].id):
        reasons = tuple(reasons_not_to_rank(asked, one, offer))
        key = _key(words, offer.id, asked, reference)
        bindings.append(Binding(key, offer, one, reference, standing_of(offer), reasons, Chart.of(offer)))
    assumed += payment.assumptions
    if words.get("at") is None:
        assumed.append(f"on {payment.on}")
    problem = None if bindings else f"nobody in the catalogue serves {payment.corridor} for this payment"
    return Bound(fixed.currency, tuple(bindings), tuple(assumed), tuple(found.failures), problem)


def _read(words: Mapping[str, object]) -> tuple[str, Money, dict[str, str | date | None], list[str]]:
    """Return side, an amount of the right currency, the conditions, and what was assumed for the first two."""
    given = {name: value for name, value in words.items() if value is not None}
    for name, value in given.items():
        if not isinstance(value, str | date | datetime):
            raise PaymentError(name, value, "text, or a day")
    assumed = [] if "side" in given else ["amounts are what the payer pays"]
    side = str(given.pop("side", "pays"))
    if side not in SIDES:
        raise PaymentError("side", side, f"one of {', '.join(SIDES)}{nearest(side, SIDES)}")
    corridor, code = given.pop("corridor", None), given.pop("currency", None)
    if corridor is not None:
        if "sender" in given or "to" in given:
            raise PaymentError("corridor", corridor, "to be said once: sender and to say it too")
        given["sender"], arrow, given["to"] = str(corridor).partition(">")
        if not arrow:
            raise PaymentError("corridor", corridor, "two places with one '>' between them, such as 'GB/GBP>KE/KES'")
    if code is None:
        end = "to" if side == "gets" else "sender"
        if end not in given:
            raise PaymentError(end, None, "a place, or the currency of the amounts in a column 'currency'")
        on = day_of(given.get("at"))  # type: ignore[arg-type]  # checked by it
        place, filled_in = Place.parse(given[end], field=end, on=on)
        code = place.currency
        assumed += filled_in
    name = str(code)
    fixed = Money.of(as_decimal(max(minor_unit(name), Fraction(1))), name)  # stands for the amounts until they are met
    return side, fixed, given, assumed  # type: ignore[return-value]  # texts and days, as was checked


def _key(words: Mapping[str, object], offer: str, question: Question, reference: Rate) -> int:
    """Return a number that is the same wherever the same is asked of the same tariffs, and else another."""
    said = "|".join(f"{name}={words[name]}" for name in sorted(words) if words[name] is not None)
    known = f"{question.payments[0].on}|{question.options}|{reference.value}|{question.max_age}|{question.end_to_end}"
    digest = sha256(f"{said}|{known}|{offer}|{question.catalogue.hash}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _KEY_BITS)


PROVENANCE: Final = (
    "binding",
    "offer",
    "title",
    "standing",
    "not_ranked_because",
    "corridor",
    "on",
    "side",
    "segment",
    "bearer",
    "principal_currency",
    "parts",
    "part_groups",
    "reference_rate",
    "reference_source",
    "reference_kind",
    "reference_observed",
    "reference_error_bp",
    "evidence_kind",
    "evidence_source",
    "published",
    "seen",
    "unknowns",
    "flags",
)
"""The columns of the table that says what the rows rest on, one row for each binding."""


def provenance(binding: Binding) -> dict[str, object]:
    """Return what the rows of a binding rest on, by the names of `PROVENANCE`."""
    offer, payment, rate, page = binding.offer, binding.payment, binding.reference, binding.offer.evidence
    taking = [step.name for step in offer.steps if "aside" not in getattr(step, "bites", ())]
    values = (
        binding.key,
        offer.id,
        offer.title,
        binding.standing,
        list(binding.reasons),
        str(payment.corridor),
        payment.on,
        payment.side,
        payment.segment,
        payment.bearer,
        offer.principal_currency,
        taking,
        list(part_groups(offer)),
        as_decimal(rate.value, 12),
        rate.source,
        rate.kind,
        rate.observed,
        rate.error_bp,
        page.kind,
        page.source,
        page.published,
        page.seen,
        sorted(offer.unknowns),
        list(offer.flags),
    )
    return dict(zip(PROVENANCE, values, strict=True))
