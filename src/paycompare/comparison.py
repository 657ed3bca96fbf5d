"""The answer: every offer for one payment, ranked where that is honest, bounded where it is not, and a verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from paycompare.bound import Bound, threshold
from paycompare.errors import CurrencyError, NoOffer, PaymentError, RateUnavailable, TariffError, nearest
from paycompare.money import Money, as_decimal, exact, rounded
from paycompare.published.bind import Options, bind
from paycompare.published.catalogue import Catalogue, levies
from paycompare.published.deductions import typical_deductions
from paycompare.quote import Quote, quoted
from paycompare.ranking import rank
from paycompare.reference.stack import References
from paycompare.scenario import price
from paycompare.terms import Payment
from paycompare.verdict import DEFAULT_MAX_AGE, Verdict, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from polars import DataFrame

    from paycompare.offer import Offer, Unpublished
    from paycompare.published.catalogue import Folder, Leaf
    from paycompare.quote import Standing
    from paycompare.reference.rate import Rate

__all__ = ["Comparison", "Failure", "Question", "compare"]

Number: TypeAlias = str | int | Decimal | Fraction
"""What is taken for an exact number; a float is refused."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider that could not be asked, beside the quotes of those that could.

    Attributes:
        provider: Its id.
        reason: What went wrong.
        retryable: Whether asking again may help.
    """

    provider: str
    reason: str
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A payment, the catalogue it is held against, and what the caller knows better.

    Attributes:
        payments: One payment for each currency or country the payee may be paid in.
        references: What each currency is worth, once for the whole comparison.
        catalogue: The tariffs.
        options: Rates, assumptions and levies of the caller.
        providers: Ids to ask, or None for all.
        exclude: Ids not to ask.
        max_age: Tariffs older than this, or undated, become bounds; None leaves them in.
        end_to_end: Whether offers with unknown third-party charges become bounds.
    """

    payments: tuple[Payment, ...]
    references: References
    catalogue: Catalogue
    options: Options
    providers: frozenset[str] | None
    exclude: frozenset[str]
    max_age: timedelta | None
    end_to_end: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every tariff of the catalogue, held against a question.

    Attributes:
        offers: What applies, each with its payment.
        promotions: The same for temporary prices.
        declined: Tariff id to the reason why it does not apply.
        failures: Folders that could not be used.
    """

    offers: list[tuple[Payment, Offer]] = field(default_factory=list)
    promotions: list[tuple[Payment, Offer]] = field(default_factory=list)
    declined: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
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
    elapsed_ms: int

    @property
    def best(self) -> Quote | None:
        """The winning quote; None when the verdict is open."""
        return next((quote for quote in self.quotes if quote.offer.id == self.verdict.best), None)

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

    def __str__(self) -> str:
        """Return the answer as plain text."""
        from paycompare.display.terminal import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from paycompare.display.page import as_html

        return as_html(self)


def ask(
    pays: object = None,
    *,
    sends: object = None,
    gets: object = None,
    sender: str | None = None,
    to: str | Sequence[str] | None = None,
    at: date | datetime | None = None,
    rates: Mapping[str, Number] | None = None,
    reference: Mapping[str, Number] | None = None,
    assume: Mapping[str, Number] | None = None,
    providers: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    catalogue: Path | str | Sequence[Path | str] = (),
    levies: Mapping[str, Number | None] | None = None,
    max_age: timedelta | None = None,
    max_rate_age: timedelta | None = None,
    complete: Literal["provider", "end_to_end"] = "provider",
    **conditions: str | None,
) -> Question:
    """Read a question; the arguments are those of `compare`."""
    places = [to] if to is None or isinstance(to, str) else list(to)
    if not places:
        raise PaymentError("to", places, "the payee's place, such as 'IN' or 'IN/INR', or several")
    if len(places) > 1 and gets is not None:
        raise PaymentError("to", places, "one place when 'gets' is fixed: its currency is already said")
    payments = tuple(
        Payment.ask(pays, sends=sends, gets=gets, sender=sender, to=place, at=at, **conditions) for place in places
    )
    if complete not in ("provider", "end_to_end"):
        raise PaymentError("complete", complete, "'provider' or 'end_to_end'")
    _check_length_of_time("max_age", max_age)
    _check_length_of_time("max_rate_age", max_rate_age)
    held = Catalogue.load([Path(path) for path in ([catalogue] if isinstance(catalogue, str | Path) else catalogue)])
    wanted = None if providers is None else _ids("providers", providers, held)
    return Question(
        payments=payments,
        references=References(on=payments[0].on, user=reference, max_age=max_rate_age),
        catalogue=held,
        options=Options(
            rates=_positive_numbers("rates", rates, held),
            assume=_numbers("assume", assume, held),
            levies=_levy_numbers(levies),
        ),
        providers=wanted,
        exclude=_ids("exclude", exclude, held),
        max_age=max_age,
        end_to_end=complete == "end_to_end",
    )


def _check_length_of_time(name: str, given: object) -> None:
    if given is not None and (not isinstance(given, timedelta) or given < timedelta(0)):
        raise PaymentError(name, given, "None for no limit, or a datetime.timedelta that is not negative")


def _ids(field_name: str, given: Iterable[str], held: Catalogue) -> frozenset[str]:
    known = {*held.folders, *held.failures}
    found = frozenset([given] if isinstance(given, str) else given)
    for one in sorted(found - known):
        raise PaymentError(field_name, one, f"the id of a provider in the catalogue{nearest(one, known)}")
    return found


def _numbers(name: str, given: Mapping[str, Number] | None, held: Catalogue) -> dict[str, Fraction]:
    known = {*held.folders, *held.failures, *(("fx_margin",) if name == "assume" else ())}
    found = {}
    for key, value in (given or {}).items():
        if key not in known:
            also = " or 'fx_margin'" if name == "assume" else ""
            raise PaymentError(f"{name}[{key!r}]", key, f"the id of a provider{also}{nearest(key, known)}")
        found[key] = exact(value, what=f"{name}[{key!r}]")
        if name == "assume" and not -1 < found[key] < 1:
            raise PaymentError(f"{name}[{key!r}]", value, "a fraction of one: 2.5 percent is '0.025'")
    return found


def _positive_numbers(name: str, given: Mapping[str, Number] | None, held: Catalogue) -> dict[str, Fraction]:
    found = _numbers(name, given, held)
    for key, value in found.items():
        if value <= 0:
            raise PaymentError(f"{name}[{key!r}]", str(value), "a rate above zero, payee currency per payer currency")
    return found


def _levy_numbers(given: Mapping[str, Number | None] | None) -> dict[str, Fraction | None]:
    known = {levy.id for levy in levies()}
    found: dict[str, Fraction | None] = {}
    for key, value in (given or {}).items():
        if key not in known:
            raise PaymentError(f"levies[{key!r}]", key, f"one of {', '.join(sorted(known))}{nearest(key, known)}")
        share = None if value is None else exact(value, what=f"levies[{key!r}]")
        if share is not None and not 0 <= share < 1:
            raise PaymentError(f"levies[{key!r}]", value, "a fraction of one: 15 percent is '0.15'; None drops it")
        found[key] = share
    return found


def gather(question: Question) -> Gathered:
    """Hold every tariff of the catalogue against a question."""
    result = Gathered()
    for name, error in question.catalogue.failures.items():
        if _asked(question, name):
            result.failures.append(Failure(name, str(error)))
    for folder in question.catalogue.folders.values():
        if not _asked(question, folder.id):
            continue
        try:
            for payment in question.payments:
                _gather_folder(question, folder, payment, result)
        except (TariffError, CurrencyError, RateUnavailable) as error:
            result.failures.append(Failure(folder.id, str(error)))
    return result


def _asked(question: Question, name: str) -> bool:
    return name not in question.exclude and (question.providers is None or name in question.providers)


def _gather_folder(question: Question, folder: Folder, payment: Payment, result: Gathered) -> None:
    for leaf, why_not in _current(folder, payment.on):
        name = f"{folder.id}/{leaf.tariff.id}"
        if why_not:
            result.declined.setdefault(name, why_not)
            continue
        bound = bind(folder, leaf, payment, question.references, question.options, levies())
        if isinstance(bound, str):
            result.declined[name] = bound
        else:
            (result.promotions if leaf.tariff.promotion else result.offers).append((payment, bound))


def _current(folder: Folder, on: date) -> Iterator[tuple[Leaf, str | None]]:
    """Yield the version of each tariff that holds on a day, or one version with the reason why none does."""
    versions: dict[str, list[Leaf]] = {}
    for leaf in folder.leaves:
        versions.setdefault(leaf.tariff.id, []).append(leaf)
    for leaves in versions.values():
        holding = [leaf for leaf in leaves if leaf.holds(on)]
        if holding:
            yield max(holding, key=lambda leaf: leaf.first_day or date.min), None
            continue
        first = min((leaf.first_day for leaf in leaves if leaf.first_day), default=on)
        why = f"first known to hold on {first}" if on < first else f"no longer held on {on}"
        yield leaves[0], why


def compare(pays: object = None, **options: object) -> Comparison:
    """Compare every offer that published prices make for one payment.

    Exactly one of three sides is held fixed for everybody. What is left open defaults to a personal customer, account
    to account, ordered online, charges shared, and is listed in the answer.

    The payment: ``sends`` (the principal, in either currency) or ``gets`` (what reaches the payee's
    institution) instead of ``pays``; ``sender`` and ``to`` (``"GB"``, ``"GB/GBP"``; ``to`` may be several
    places to choose from); ``at`` (day or instant of the order, today when left out); and the conditions
    client, segment, plan, pay_in, pay_out, rail, channel, bearer, purpose, payer_status, payee_institution,
    usage and speed, see `paycompare.terms.CONDITIONS`.

    What you know better: ``rates`` (provider id to the rate it gave you, payee currency per payer currency),
    ``reference`` (``"EUR/CNY"`` to your own reference rate, CNY per EUR), ``assume`` (``"fx_margin"`` or a
    provider id to a margin taken where none is published, a fraction of one), ``levies`` (levy id to None,
    which drops it, or to another share).

    Whom to ask: ``providers``, ``exclude`` (ids), ``catalogue`` (folders of your own provider folders),
    ``max_age`` (age beyond which a tariff becomes a bound), ``max_rate_age`` (age beyond which a reference rate
    is refused), ``complete`` (``"end_to_end"`` ranks only offers without unknown third-party charges).

    Args:
        pays: What leaves the payer, such as ``"1000 GBP"``.
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
    began = time.perf_counter()
    question = ask(pays, **options)  # type: ignore[arg-type]  # ask checks each option and names it
    rates = tuple(_references(question))
    found = gather(question)
    quotes, bounds = _sorted_out(question, found)
    if not quotes and not bounds:
        raise _nobody(question, found)
    tolerance = _tolerance(question)
    ranked = rank(quotes, tolerance)
    held_against = _held_against(bounds, ranked)
    return Comparison(
        payment=question.payments[0],
        quotes=ranked,
        bounds=held_against,
        promotions=tuple(_priced(question, found.promotions, found.declined)),
        failures=tuple(found.failures),
        declined=found.declined,
        references=rates,
        verdict=verdict_of(ranked, held_against, tolerance, question.max_age or DEFAULT_MAX_AGE),
        assumptions=_assumptions(question),
        catalogue_hash=question.catalogue.hash,
        elapsed_ms=round((time.perf_counter() - began) * 1000),
    )


def _references(question: Question) -> Iterator[Rate]:
    for payment in question.payments:
        yield question.references.rate(payment.corridor.payer.currency, payment.corridor.payee.currency)


def _assumptions(question: Question) -> tuple[str, ...]:
    said = dict.fromkeys(one for payment in question.payments for one in payment.assumptions)
    said |= dict.fromkeys(["margins that are not published are not negative"])
    return tuple(said)


def _priced(question: Question, offers: Sequence[tuple[Payment, Offer]], declined: dict[str, str]) -> Iterator[Quote]:
    for payment, offer in offers:
        scenarios = price(offer, payment.side, payment.fixed.exact, payment.fixed.currency)
        if not scenarios:
            declined[offer.id] = _infeasible(offer)
            continue
        corridor = payment.corridor
        yield quoted(
            offer,
            payment,
            scenarios,
            question.references.rate(corridor.payer.currency, corridor.payee.currency),
            _standing(offer),
            expected_deductions=typical_deductions(question.catalogue, offer.unknowns, corridor.payee),
        )


def _infeasible(offer: Offer) -> str:
    code, step = offer.principal_currency, offer.grid[offer.principal_currency]
    limits = [
        f"{word} {Money.of(as_decimal(rounded(limit, step)), code)}"
        for word, limit in (("from", offer.least), ("to", offer.most))
        if limit is not None
    ]
    within = f" (it takes principals {' '.join(limits)})" if limits else ""
    return f"no principal fits this amount{within}"


def _standing(offer: Offer) -> Standing:
    if offer.unconfirmed:
        return "unconfirmed"
    if offer.unpublished:
        return "bounded"
    return "modelled" if offer.modelled else "complete"


def _sorted_out(question: Question, found: Gathered) -> tuple[list[Quote], list[tuple[Quote, tuple[str, ...]]]]:
    """Split the priced offers into those that may be ranked and those that may not, with the reasons."""
    quotes, bounds = [], []
    for quote in _priced(question, found.offers, found.declined):
        reasons = tuple(_reasons(question, quote))
        if reasons:
            bounds.append((quote, reasons))
        else:
            quotes.append(quote)
    return quotes, bounds


def _reasons(question: Question, quote: Quote) -> Iterator[str]:
    offer = quote.offer
    for missing in offer.unpublished:
        yield _unpublished(missing)
    if offer.unconfirmed:
        yield offer.unconfirmed
    if question.max_age is not None:
        day = offer.evidence.day
        if day is None:
            yield "its page is undated"
        elif quote.payment.on - day > question.max_age:
            yield f"its page was {offer.evidence.age(quote.payment.on)} ago"
    if question.end_to_end and offer.unknowns:
        yield f"charges of {', '.join(sorted(offer.unknowns))} are unknown"


def _unpublished(missing: Unpublished) -> str:
    """Return what a page leaves out, with the floor that it prints."""
    name = missing.step.replace("_", " ")
    if not missing.least:
        return f"its {name} is not published"
    floor = f"{as_decimal(missing.least * 100)}%" if missing.kind == "margin" else str(as_decimal(missing.least))
    return f"its {name} is published only as 'from {floor}'"


def _held_against(bounds: Sequence[tuple[Quote, tuple[str, ...]]], ranked: Sequence[Quote]) -> tuple[Bound, ...]:
    winner = next((quote for quote in ranked if quote.standing == "complete"), None)
    made = []
    for quote, why in bounds:
        if winner is None:
            made.append(Bound(quote=quote, why=why))
            continue
        beats = quote.key.low < winner.key.high
        solved = tuple(threshold(quote, one, winner) for one in quote.offer.unpublished) if beats else ()
        made.append(Bound(quote=quote, why=why, thresholds=solved, winner=winner, beats_winner=beats))
    return tuple(sorted(made, key=_nearest_first))


def _nearest_first(bound: Bound) -> tuple[bool, Fraction, Fraction, str]:
    """Order bounds by how much room they have to win, then by their best case, then by id."""
    room = bound.may_win_below or Fraction(0)
    return not bound.beats_winner, -room, bound.quote.key.low, bound.quote.offer.id


def _tolerance(question: Question) -> _Tolerance:
    return _Tolerance(question.references)


@dataclass(frozen=True, slots=True)
class _Tolerance:
    """How far apart two rank keys may be and still be the same, given the error of the reference they share."""

    references: References

    def __call__(self, one: Quote, other: Quote) -> Fraction:
        codes = {one.offer.payout_currency, other.offer.payout_currency}
        if len(codes) == 1 or one.payment.side == "gets":
            return Fraction(0)
        error = self.references.rate(*sorted(codes)).error_bp
        scale = one.worst.figures.landed if one.payment.side == "pays" else Fraction(1)
        return scale * error / 10_000


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
    return NoOffer(message, found.declined)
