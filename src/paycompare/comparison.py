"""The answer: every offer for one payment, ranked where that is honest, bounded where it is not, and a verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Unpack

from paycompare.bound import Bound
from paycompare.errors import Failure, NoOffer
from paycompare.live.asked import NOT_TODAY
from paycompare.money import Money, as_decimal, rounded
from paycompare.published.deductions import typical_deductions, typical_words
from paycompare.published.receiving import receiving
from paycompare.question import Asking, ask, gather
from paycompare.quote import Quote, quoted
from paycompare.ranking import rank
from paycompare.scenario import price
from paycompare.terms import Range
from paycompare.verdict import DEFAULT_MAX_AGE, Verdict, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from polars import DataFrame

    from paycompare.live.asked import Asked
    from paycompare.live.priced import Observed
    from paycompare.offer import Offer, Unpublished
    from paycompare.question import Gathered, Question
    from paycompare.quote import Standing
    from paycompare.reference.rate import Rate
    from paycompare.reference.stack import References
    from paycompare.terms import Payment

__all__ = ["Comparison", "answered", "compare", "reasons_not_to_rank", "standing_of"]

_WEEKEND: Final = (5, 6)
"""Saturday and Sunday, as `date.weekday` counts them."""

_LONG_AFTER: Final = timedelta(days=92)
"""From how long after the reference rate on a payment's day is one that nobody can know much about yet."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison:
    """Offers for one payment.

    Attributes:
        payment: The payment; the first one when several payout currencies were asked about.
        quotes: The ranked offers, best first.
        bounds: The offers that cannot be ranked, those that could win first.
        promotions: Temporary prices, priced but never ranked.
        failures: Providers that could not be asked.
        declined: Tariff id to the reason why it does not apply to this payment.
        references: The reference rates used, payee currency per payer currency.
        verdict: Who wins, and what would change it.
        assumptions: What the caller left open and what was taken instead.
        catalogue_hash: SHA-256 over the tariff files that were read.
        elapsed_ms: Time spent, in milliseconds.
        observed: Average costs that somebody observed, of the countries of the corridor; no offers.
        inputs: The question as the caller wrote it, as text.
        asked: What live sources said, and the quotes that the caller collected.
    """

    payment: Payment
    quotes: tuple[Quote, ...]
    bounds: tuple[Bound, ...]
    promotions: tuple[Quote, ...]
    failures: tuple[Failure, ...]
    declined: Mapping[str, str]
    references: tuple[Rate, ...]
    verdict: Verdict
    assumptions: tuple[str, ...]
    catalogue_hash: str
    elapsed_ms: int = field(compare=False)
    observed: tuple[Observed, ...] = ()
    inputs: Mapping[str, object] = field(default_factory=dict, compare=False)
    asked: tuple[Asked, ...] = field(default=(), compare=False)

    @property
    def best(self) -> Quote | None:
        """The winning quote; None when the verdict is open."""
        return next(
            (quote for quote in self.quotes if quote.offer.id == self.verdict.best and quote.standing == "complete"),
            None,
        )

    def frame(self) -> DataFrame:
        """Return one row for each quote and bound as a polars DataFrame; see `paycompare.frame.COLUMNS`."""
        from paycompare.frame import to_frame

        return to_frame(self)

    def to_json(self) -> str:
        """Return everything as JSON, decimals as text; its JSON Schema is `paycompare.export.json_schema`."""
        from paycompare.export import to_json

        return to_json(self)

    def to_csv(self) -> str:
        """Return the rows of `frame` as CSV, safe to open in a spreadsheet."""
        from paycompare.export import to_csv

        return to_csv(self)

    def to_markdown(self) -> str:
        """Return the answer as Markdown tables."""
        from paycompare.export import to_markdown

        return to_markdown(self)

    def __repr__(self) -> str:
        """Return the question and the verdict; `str` has the whole answer."""
        return f"<Comparison {self.payment.corridor}, {self.payment.side} {self.payment.fixed}: {self.verdict}>"

    def __str__(self) -> str:
        """Return the answer as plain text."""
        from paycompare.display.terminal import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from paycompare.display.page import as_html

        return as_html(self)


def compare(pays: str | Money | None = None, *, live: bool = False, **options: Unpack[Asking]) -> Comparison:
    """Compare every offer for one payment: of published prices, and of live ones when asked.

    Exactly one of three sides is held fixed for everybody. What is left open defaults to a personal customer, account
    to account, ordered online, charges shared, and is listed in the answer.

    The payment: ``sends`` (the principal, in either currency) or ``gets`` (what reaches the payee's
    institution) instead of ``pays``; ``sender`` and ``to`` (``"GB"``, ``"GB/GBP"``; ``to`` may be several
    places to choose from); ``at`` (day or instant of the order, today when left out); and the conditions
    client, segment, plan, pay_in, pay_out, rail, channel, bearer, purpose, payer_status, payee_institution,
    usage and speed, see `paycompare.terms.CONDITIONS`.

    What you know better: ``rates`` (provider id to the rate it gave you, payee currency per payer currency),
    ``reference`` (``"EUR/CNY"`` to your own reference rate, CNY per EUR), ``assume`` (``"fx_margin"`` or a
    provider id to a margin taken where none is published, a fraction of one; or a surveyed margin, see
    `paycompare.survey.bridge.surveyed_margin`), ``levies`` (levy id to None,
    which drops it, or to another share).

    Whom to ask: ``providers``, ``exclude`` (ids; with ``live`` also those that only a live source has),
    ``catalogue`` (folders of your own provider folders), ``max_age`` (age beyond which a tariff becomes a bound),
    ``max_rate_age`` (age beyond which a reference rate is refused), ``complete`` (``"end_to_end"`` ranks only offers
    without unknown third-party charges), ``quotes`` (quotes that you collected: a file, or what `read_quotes`
    returned).

    Args:
        pays: What leaves the payer, such as ``"1000 GBP"``.
        live: Whether to ask over the network every documented source that needs no credentials, or whose
            credentials are in the environment; `paycompare.Client` does the same for programs that await. Their prices
            are those of today: for a payment of another day they are asked for reference rates alone.
        **options: The options above, each by its name.

    Returns:
        The comparison; bounds alone are an answer too.

    Raises:
        PaymentError: The question cannot be meant; the message names the argument and what was expected.
        CurrencyError: A currency is unknown or retired on that day.
        RateUnavailable: A currency of the corridor has no reference rate on that day.
        StaleRate: The newest reference rate is older than ``max_rate_age``.
        NoOffer: No tariff of the catalogue applies; the reasons are listed by tariff.
        TariffError: A folder of ``catalogue`` is missing or takes the id of another.
    """
    if live:
        from paycompare.client import compare_live

        return compare_live(pays, options)
    return answered(ask(pays, **options), time.perf_counter())


def answered(question: Question, began: float) -> Comparison:
    """Return the answer to a question that has been asked.

    Args:
        question: The question, with what live sources said about it.
        began: `time.perf_counter` when it was asked.

    Raises:
        RateUnavailable: A currency of the corridor has no reference rate on that day.
        StaleRate: The newest reference rate is older than the caller allows.
        NoOffer: Nobody serves this payment; the reasons are listed by tariff.
    """
    rates = tuple(_references(question))
    found = gather(question)
    quotes, bounds = _sorted_out(question, found)
    promotions = tuple(_temporary(question, found))
    if not quotes and not bounds and not promotions:
        raise _nobody(question, found)
    tolerance = _tolerance(question)
    ranked = rank(quotes, tolerance)
    held_against = _held_against(bounds, ranked)
    return Comparison(
        payment=question.payments[0],
        quotes=ranked,
        bounds=held_against,
        promotions=promotions,
        failures=tuple(found.failures),
        declined=found.declined,
        references=rates,
        verdict=verdict_of(
            ranked,
            held_against,
            tolerance,
            question.max_age or DEFAULT_MAX_AGE,
            [one.provider for one in found.failures if one.gives == "prices"],
        ),
        assumptions=_assumptions(question, found, rates),
        catalogue_hash=question.catalogue.hash,
        elapsed_ms=round((time.perf_counter() - began) * 1000),
        observed=tuple(found.observed),
        inputs=question.inputs,
        asked=question.live,
    )


def _references(question: Question) -> Iterator[Rate]:
    for payment in question.payments:
        yield question.references.rate(payment.corridor.payer.currency, payment.corridor.payee.currency)


def _assumptions(question: Question, found: Gathered, rates: Sequence[Rate]) -> tuple[str, ...]:
    said = dict.fromkeys(one for payment in question.payments for one in payment.assumptions)
    said |= dict.fromkeys(["margins that are not published are not negative"])
    asked = question.payments[0]
    if asked.moment is None:
        when = "on a weekend" if asked.on.weekday() in _WEEKEND else "in market hours"
        said |= dict.fromkeys([f"ordered {when}"])
    said |= dict.fromkeys(
        f"prices as last known: the newest reference rate held for {rate.base}/{rate.quote} is of {rate.observed}"
        for rate in rates
        if asked.on - rate.observed > _LONG_AFTER
    )
    if any(offer.separate for _, offer in found.offers):
        said |= dict.fromkeys(["plans and subscriptions are not counted; the notes of each offer name them"])
    said |= dict.fromkeys(_unused(question, [offer for _, offer in (*found.offers, *found.promotions)]))
    if asked.payee_institution and asked.payee_institution not in question.catalogue.folders:
        said |= dict.fromkeys([f"{asked.payee_institution} is not in the catalogue: what it takes is not known"])
    said |= dict.fromkeys(why for why in found.declined.values() if why == NOT_TODAY)
    for role, option in (("payer", "sender= (--from)"), ("payee", "to= (--to)")):
        if any(f"{role}_country" in offer.conditions for _, offer in (*found.offers, *found.promotions)):
            said |= dict.fromkeys([f"any of the {role}'s countries that live prices name: {option} leaves one"])
    if any("who joined" in why for why in found.declined.values()) and asked.joined is None:
        said |= dict.fromkeys(["a customer who joins now; prices of earlier customers are left out"])
    return (*said, *_ceilings(question))


def _unused(question: Question, offers: Sequence[Offer]) -> Iterator[str]:
    """Yield which rates and margins of the caller's changed nothing, and why."""
    serving = {offer.provider for offer in offers}
    for provider in sorted(question.options.rates.keys() - serving):
        yield f"the rate of {provider} was not used: none of its tariffs is for this payment"
    for key in sorted(question.options.assume.keys() - {name for offer in offers for name in offer.assumed}):
        if key == "fx_margin":
            yield "the margin assumed was not used: no offer leaves one open"
        elif key in serving:
            yield f"the margin assumed for {key} was not used: none of its offers leaves one open"
        else:
            yield f"the margin assumed for {key} was not used: none of its tariffs is for this payment"


def _ceilings(question: Question) -> Iterator[str]:
    """Yield what regulators of either end allow at most: never a price, but worth knowing."""
    payment = question.payments[0]
    ends = {payment.corridor.payer.country, payment.corridor.payee.country}
    for folder in question.catalogue.folders.values():
        for ceiling, page in folder.ceilings if folder.speaks_of_others else ():
            begun = ceiling.valid_from is None or ceiling.valid_from <= payment.on
            over = ceiling.valid_to is not None and ceiling.valid_to <= payment.on
            if ceiling.country in ends and begun and not over:
                yield f"{folder.about.name} allows at most: {ceiling.words} ({page.source})"


def _priced(question: Question, offers: Sequence[tuple[Payment, Offer]], found: Gathered) -> Iterator[Quote]:
    for payment, offer in offers:
        try:
            made = _quote(question, payment, offer, found)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with one offer, the others are an answer
            found.failures.append(Failure(offer.provider, f"{offer.tariff}: {str(error) or type(error).__name__}"))
            continue
        if made is None:
            found.declined[offer.id] = _infeasible(offer)
        else:
            yield made


def _quote(question: Question, payment: Payment, offer: Offer, found: Gathered) -> Quote | None:
    """Return the quote of an offer; None where no principal fits the amount."""
    asked = payment.side, payment.fixed.exact, payment.fixed.currency
    scenarios, made = price(offer, *asked), offer
    if not scenarios:
        scenarios = price(offer, *asked, whole=False)
        made = replace(offer, unconfirmed=_join(offer.unconfirmed, "at the dear end of its range it is not offered"))
    if not scenarios:
        return None
    corridor, catalogue = payment.corridor, question.catalogue
    landed = [one.walk.landed for one in scenarios]
    arriving = Range(min(landed), max(landed))
    received = receiving(catalogue, payment, arriving, question.references)
    charges, words = (None, ()) if received is None else (received.charges, (received.words,))
    return quoted(
        made,
        payment,
        scenarios,
        question.references.rate(corridor.payer.currency, corridor.payee.currency),
        standing_of(made),
        expected_deductions=typical_deductions(catalogue, offer.unknowns, corridor.payee, arriving, charges),
        live=found.live.get((offer.id, str(payment.corridor))),
        flags=(*words, *typical_words(catalogue, offer.unknowns, corridor.payee, payment.on)),
    )


def _temporary(question: Question, found: Gathered) -> Iterator[Quote]:
    """Yield the temporary prices that are known whole; what one leaves out is a reason, not a zero."""
    for quote in _priced(question, found.promotions, found):
        missing = list(reasons_not_to_rank(question, quote.payment, quote.offer))
        if missing:
            found.declined[quote.offer.id] = f"a temporary price, and {'; '.join(missing)}"
        else:
            yield quote


def _infeasible(offer: Offer) -> str:
    limits = [
        f"{word} {Money.of(as_decimal(rounded(end, offer.grid[limit.currency])), limit.currency)}"
        for limit in offer.limits
        for word, end in (("from", limit.least), ("to", limit.most))
        if end is not None
    ]
    within = f" (it takes payments {' '.join(limits)})" if limits else ""
    return f"no principal fits this amount{within}"


def _join(said: str | None, also: str) -> str:
    return f"{said}; {also}" if said else also


def standing_of(offer: Offer) -> Standing:
    """Return how much is known of an offer."""
    if offer.unconfirmed:
        return "unconfirmed"
    if offer.unpublished:
        return "bounded"
    return "modelled" if offer.modelled else "complete"


def _sorted_out(question: Question, found: Gathered) -> tuple[list[Quote], list[tuple[Quote, tuple[str, ...]]]]:
    """Split the priced offers into those that may be ranked and those that may not, with the reasons."""
    quotes, bounds = [], []
    for quote in _priced(question, found.offers, found):
        reasons = tuple(reasons_not_to_rank(question, quote.payment, quote.offer))
        if reasons:
            bounds.append((quote, reasons))
        else:
            quotes.append(quote)
    return quotes, bounds


def reasons_not_to_rank(question: Question, payment: Payment, offer: Offer) -> Iterator[str]:
    """Yield why an offer is a bound and not a ranked quote; nothing when it may be ranked."""
    for missing in offer.unpublished:
        yield _unpublished(missing)
    if offer.unconfirmed:
        yield offer.unconfirmed
    if question.max_age is not None:
        day = offer.evidence.day
        if day is None:
            yield "its page is undated"
        elif payment.on - day > question.max_age:
            yield f"its page was {offer.evidence.age(payment.on)} ago"
    if question.end_to_end and offer.unknowns:
        yield f"charges of {', '.join(sorted(offer.unknowns))} are unknown"


def _unpublished(missing: Unpublished) -> str:
    """Return what a page leaves out, with the floor that it prints."""
    name = missing.step.replace("_", " ")
    if missing.kind == "surcharge":
        return f"what it adds to its {name} in this case is not published"
    if not missing.floor:
        return f"its {name} is not published"
    return f"its {name} is published only as 'from {missing.floor}'"


def _held_against(bounds: Sequence[tuple[Quote, tuple[str, ...]]], ranked: Sequence[Quote]) -> tuple[Bound, ...]:
    winner = next((quote for quote in ranked if quote.standing == "complete"), None)
    made = (Bound(quote=quote, why=why, winner=winner) for quote, why in bounds)
    return tuple(sorted(made, key=_nearest_first))


def _nearest_first(bound: Bound) -> tuple[bool, Fraction, Fraction, str]:
    """Order bounds by how much room they have to win, then by their best case, then by id."""
    return not bound.beats_winner, -bound.room, bound.quote.key.low, bound.quote.offer.id


def _tolerance(question: Question) -> _Tolerance:
    return _Tolerance(question.references)


@dataclass(frozen=True, slots=True)
class _Tolerance:
    """How far apart two rank keys may be and still be the same, given the error of the reference they share."""

    references: References

    def __call__(self, one: Quote, other: Quote) -> Fraction:
        codes = {one.offer.payout_currency, other.offer.payout_currency}
        gap = _gap(one, other)
        if len(codes) == 1 or one.payment.side == "gets":
            return gap
        error = self.references.rate(*sorted(codes)).error_bp
        scale = one.worst.figures.landed if one.payment.side == "pays" else Fraction(1)
        return max(gap, scale * error / 10_000)


def _gap(one: Quote, other: Quote) -> Fraction:
    """Return how far apart two rank keys may be because one of them was priced at another instant than the reference.

    Two that were share what the market did meanwhile; of two that were not, neither has a gap.
    """
    errors = [quote.live.error_bp if quote.live else 0 for quote in (one, other)]
    if all(errors) or not any(errors):
        return Fraction(0)
    figures = one.worst.figures
    scale = {"pays": figures.landed, "gets": figures.paid, "sends": Fraction(1)}[one.payment.side]
    return scale * max(errors) / 10_000


def _nobody(question: Question, found: Gathered) -> NoOffer:
    payment = question.payments[0]
    known = [reason for reason in found.declined.values() if reason.startswith("first known to hold on ")]
    if known and len(known) == len(found.declined):
        first = min(reason.rsplit(" ", 1)[1] for reason in known)
        message = f"at: found {payment.on}, expected a day from {first} on, the first that any tariff is known for"
    else:
        message = (
            f"nobody in the catalogue serves {payment.corridor} for a {payment.segment} payment that fixes "
            f"{payment.side} at {payment.fixed}; the reason of each tariff is in .reasons"
        )
    if NOT_TODAY in found.declined.values():
        message += f"; {NOT_TODAY}"
    if found.failures:
        message += "; could not be asked: " + "; ".join(f"{one.provider}: {one.reason}" for one in found.failures)
    return NoOffer(message, found.declined, found.failures)
