"""The question: a payment read as a caller writes it, held against every tariff of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict, Unpack

from paycompare.countries import country
from paycompare.errors import (
    CurrencyError,
    Failure,
    PaymentError,
    ProviderChanged,
    RateUnavailable,
    TariffError,
    nearest,
)
from paycompare.money import Money, as_decimal, exact
from paycompare.published.bind import Options, bind
from paycompare.published.catalogue import Catalogue, levies, levy_ids
from paycompare.reference.stack import References
from paycompare.terms import Estimate, Evidence, Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paycompare.errors import ProviderError
    from paycompare.live.asked import Asked
    from paycompare.live.priced import Observed, Priced
    from paycompare.offer import Offer
    from paycompare.published import vocabulary as published
    from paycompare.published.catalogue import Folder
    from paycompare.quote import Live

__all__ = ["Asking", "Gathered", "Question", "ask", "ask_again", "gather", "template", "with_live"]

Number: TypeAlias = str | int | Decimal | Fraction
"""What is taken for an exact number; a float is refused."""

_PLAN_EXPECTED: Final = "the name of a plan in the catalogue, as its tariffs write it"
_STATUS_EXPECTED: Final = "a status that a levy or a tariff asks for"


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
        live: What live sources said, and the quotes that the caller collected.
        inputs: The question as the caller wrote it, as text and numbers, the day fixed.
    """

    payments: tuple[Payment, ...]
    references: References
    catalogue: Catalogue
    options: Options
    providers: frozenset[str] | None
    exclude: frozenset[str]
    max_age: timedelta | None
    end_to_end: bool
    live: tuple[Asked, ...] = ()
    inputs: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every tariff of the catalogue, held against a question.

    Attributes:
        offers: What applies, each with its payment.
        promotions: The same for temporary prices.
        declined: Tariff id to the reason why it does not apply.
        failures: Folders that could not be used, and live sources that gave no answer.
        live: Offer id and corridor to what its live source stated.
        observed: Averages that somebody observed, beside the offers.
    """

    offers: list[tuple[Payment, Offer]] = field(default_factory=list)
    promotions: list[tuple[Payment, Offer]] = field(default_factory=list)
    declined: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    live: dict[tuple[str, str], Live] = field(default_factory=dict)
    observed: list[Observed] = field(default_factory=list)


class Conditions(TypedDict, total=False):
    """How the payment is made; what is left out is open or has a default that is listed in the answer."""

    client: str | None
    segment: str | None
    plan: str | None
    pay_in: str | None
    pay_out: str | None
    rail: str | None
    channel: str | None
    bearer: str | None
    purpose: str | None
    payer_status: str | None
    payee_institution: str | None
    usage: str | None
    speed: str | None
    quote_validity: str | None
    joined: date | str | None


class Knowing(Conditions, total=False):
    """What the caller knows better, and whom to ask; see `paycompare.compare`."""

    at: date | datetime | str | None
    rates: Mapping[str, Number] | None
    reference: Mapping[str, Number] | None
    assume: Mapping[str, Number | Estimate] | None
    levies: Mapping[str, Number | None] | None
    providers: Iterable[str] | None
    exclude: Iterable[str]
    catalogue: Path | str | Sequence[Path | str]
    max_age: timedelta | None
    max_rate_age: timedelta | None
    complete: Literal["provider", "end_to_end"]
    quotes: Path | str | Sequence[Priced] | None


class Asking(Knowing, total=False):
    """Every option of a question but what the payer pays."""

    sends: str | Money | None
    gets: str | Money | None
    sender: str | None
    to: str | Sequence[str] | None


def ask(pays: str | Money | None = None, *, live: bool = False, **options: Unpack[Asking]) -> Question:
    """Read a question; the arguments are those of `compare`.

    With ``live``, an id that the catalogue does not have may be that of a provider whom a live source knows, which
    `with_live` finds out.
    """
    _check_names(options)
    to, gets = options.get("to"), options.get("gets")
    places: list[str | None] = list(to) if isinstance(to, Sequence) and not isinstance(to, str) else [to]
    if not places:
        raise PaymentError("to", places, "the payee's place, such as 'IN' or 'IN/INR', or several")
    places = list(dict.fromkeys(places))
    if len(places) > 1 and options.get("rates"):
        raise PaymentError("to", places, "one place when 'rates' are given: a rate belongs to one pair of currencies")
    if len(places) > 1 and gets is not None:
        raise PaymentError("to", places, "one place when 'gets' is fixed: its currency is already said")
    payments = tuple(_payment(pays, place, options) for place in places)
    complete = options.get("complete", "provider")
    if complete not in ("provider", "end_to_end"):
        raise PaymentError("complete", complete, "'provider' or 'end_to_end'")
    max_age, max_rate_age = options.get("max_age"), options.get("max_rate_age")
    _check_length_of_time("max_age", max_age)
    _check_length_of_time("max_rate_age", max_rate_age)
    catalogue, providers = options.get("catalogue", ()), options.get("providers")
    held = Catalogue.load([Path(path) for path in ([catalogue] if isinstance(catalogue, str | Path) else catalogue)])
    _check_word("plan", options.get("plan"), lambda: _plans(held), _PLAN_EXPECTED)
    _check_word("payer_status", options.get("payer_status"), lambda: _statuses(held), _STATUS_EXPECTED)
    question = Question(
        payments=payments,
        references=References(on=payments[0].on, user=options.get("reference"), max_age=max_rate_age),
        catalogue=held,
        options=Options(
            rates=_positive_numbers("rates", options.get("rates"), held),
            assume=_margins(options.get("assume"), payments[0].segment, held),
            levies=_levy_numbers(options.get("levies")),
        ),
        providers=None if providers is None else _ids(providers),
        exclude=_ids(options.get("exclude", ())),
        max_age=max_age,
        end_to_end=complete == "end_to_end",
        live=_collected(options.get("quotes"), payments),
        inputs=_inputs({"pays": pays, **options}, payments[0]),
    )
    if not live:
        _check_ids(question, live=False)
    return question


def _inputs(given: Mapping[str, object], payment: Payment) -> dict[str, object]:
    """Return a question as text and numbers; what was collected is kept with the live answers."""
    said = {name: _plain(value) for name, value in given.items() if value is not None and name != "quotes"}
    return {**said, "at": (payment.moment or payment.on).isoformat()}


def _plain(value: object) -> object:
    if isinstance(value, str | int):
        return value
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): None if item is None else _plain(item) for key, item in value.items()}
    if isinstance(value, Fraction):
        return str(as_decimal(value))
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return str(value)


def _collected(given: Path | str | Sequence[Priced] | None, payments: Sequence[Payment]) -> tuple[Asked, ...]:
    """Return the quotes that the caller collected, held against each payment."""
    if given is None:
        return ()
    from paycompare.live.asked import Asked
    from paycompare.live.collected import read_quotes
    from paycompare.live.priced import told_apart

    quotes = read_quotes(given) if isinstance(given, str | Path) else told_apart(_prices(given))
    where = Path(given).name if isinstance(given, str | Path) else "the caller"
    now = datetime.now(UTC)
    return tuple(Asked("collected", payment, now, where, quotes, by_user=True) for payment in payments)


def _prices(given: Sequence[Priced]) -> Sequence[Priced]:
    """Return the prices that the caller made, every one held to what those of a source are held to."""
    from paycompare.live.priced import Priced, check_answer

    expected = "the path of a file, or a sequence of paycompare.live.adapter.Priced"
    if not isinstance(given, Sequence):
        raise PaymentError("quotes", given, expected)
    for number, one in enumerate(given):
        if not isinstance(one, Priced):
            raise PaymentError(f"quotes[{number}]", one, expected)
        try:
            check_answer("collected", one)
        except ProviderChanged as error:
            raise PaymentError(f"quotes[{number}], {error.field}", error.found, error.expected) from None
    return given


def with_live(question: Question, asked: Sequence[Asked]) -> Question:
    """Return a question with what live sources said about it, their reference rates in its stack.

    Args:
        question: The question.
        asked: What they said.

    Raises:
        PaymentError: An id of ``providers`` or ``exclude`` is nobody's, though every source of prices was heard.
    """
    from paycompare.live.priced import LiveRate
    from paycompare.live.rates import rate_of, without_unlikely

    embedded = References(on=question.references.on)
    asked = [without_unlikely(one, embedded) for one in asked]
    rates = [rate_of(one) for each in asked for one in each.answers if isinstance(one, LiveRate)]
    references = question.references.with_supplied(list(dict.fromkeys(rates)))
    heard = replace(question, references=references, live=(*question.live, *asked))
    if not any(one.error is not None and one.gives == "prices" for one in asked):
        _check_ids(heard, live=True)
    return heard


def template(**options: Unpack[Knowing]) -> Question:
    """Read what a caller knows better and whom to ask, for payments that are still to come; see `ask_again`."""
    return ask("1 EUR", sender="DE/EUR", to="FR/EUR", **options)


def ask_again(
    question: Question, fixed: str | Money, side: str, conditions: Mapping[str, str | date | None]
) -> Question:
    """Ask about another payment; the catalogue and what the caller knows better stay.

    Args:
        question: One that was read before.
        fixed: The amount of the side that is held fixed.
        side: ``pays``, ``sends`` or ``gets``.
        conditions: ``sender``, ``to``, ``at`` and the conditions of the payment.

    Raises:
        PaymentError: The payment cannot be meant, or a plan or a status is none that the catalogue knows.
        CurrencyError: A currency is unknown or retired on that day.
    """
    payment = Payment.ask(**{side: fixed}, **conditions)  # type: ignore[arg-type]  # it checks each and names it
    held, before = question.catalogue, question.references
    if payment.plan is not None:
        _check_word("plan", payment.plan, lambda: _plans(held), _PLAN_EXPECTED)
    if payment.payer_status is not None:
        _check_word("payer_status", payment.payer_status, lambda: _statuses(held), _STATUS_EXPECTED)
    references = before if before.on == payment.on else before.on_day(payment.on)
    return replace(question, payments=(payment,), references=references)


def _check_names(options: Mapping[str, object]) -> None:
    """Refuse options that do not exist, and figures that stand for nobody."""
    known = Asking.__annotations__
    for name, value in options.items():
        if name not in known:
            raise PaymentError(name, value, f"one of {', '.join(sorted(known))}{nearest(name, known)}")
    for name in ("rates", "reference", "assume", "levies"):
        given = options.get(name)
        if given is not None and not isinstance(given, Mapping):
            raise PaymentError(
                name, given, "a mapping, such as {'a_bank': '7.36'}; reference takes {'EUR/CNY': '7.43'}"
            )


def _check_word(name: str, given: str | None, words: Callable[[], set[str]], expected: str) -> None:
    """Refuse a word that no tariff has: it would silently leave out whoever asks for another."""
    if given is not None and given not in (known := words()):
        close = nearest(given, known) or nearest(given.lower(), known) or f": {', '.join(sorted(known))}"
        raise PaymentError(name, given, f"{expected}{close}")


def _conditions_of(held: Catalogue) -> Iterator[published.Conditions]:
    for folder in held.folders.values():
        for leaf in folder.leaves:
            yield leaf.tariff.conditions
            yield from (step.only for step in leaf.tariff.step if step.only is not None)


def _plans(held: Catalogue) -> set[str]:
    return {one for conditions in _conditions_of(held) for one in conditions.plan}


def _statuses(held: Catalogue) -> set[str]:
    asked = [*_conditions_of(held), *(levy.only for levy in levies())]
    return {one for conditions in asked for one in conditions.payer_status}


_ABOUT_THE_ANSWER = frozenset(
    {
        "rates",
        "reference",
        "assume",
        "levies",
        "providers",
        "exclude",
        "catalogue",
        "max_age",
        "max_rate_age",
        "complete",
        "quotes",
    }
)
"""Options that are not part of the payment itself."""


def _payment(pays: str | Money | None, to: str | None, options: Asking) -> Payment:
    asked = {name: value for name, value in options.items() if name not in _ABOUT_THE_ANSWER}
    return Payment.ask(pays, **{**asked, "to": to})  # type: ignore[arg-type]  # Payment.ask checks each and names it


def _check_length_of_time(name: str, given: object) -> None:
    if given is not None and (not isinstance(given, timedelta) or given < timedelta(0)):
        raise PaymentError(name, given, "None for no limit, or a datetime.timedelta that is not negative")


def _heard_of(asked: Sequence[Asked]) -> set[str]:
    """Return the ids of sources, and of providers whose prices they stated."""
    stated = {getattr(answer, "provider", None) for one in asked for answer in one.answers}  # prices alone have one
    return {one.source for one in asked} | {name for name in stated if name}


def _ids(given: Iterable[str]) -> frozenset[str]:
    return frozenset([given] if isinstance(given, str) else given)


def _check_ids(question: Question, *, live: bool) -> None:
    """Refuse ids of ``providers`` and ``exclude`` that are nobody's."""
    held = question.catalogue
    known = {*held.folders, *held.failures, *_heard_of(question.live)}
    also = " of the catalogue, or of one that a live source named for this payment" if live else ""
    for name, given in (("providers", question.providers or ()), ("exclude", question.exclude)):
        for one in sorted(set(given) - known):
            expected = f"the id of a provider{also}{nearest(one, known)}; `paycompare providers` lists them, "
            raise PaymentError(name, one, f"{expected}catalogue= adds your own")


def _numbers(name: str, given: Mapping[str, Number] | None, held: Catalogue) -> dict[str, Fraction]:
    known = {*held.folders, *held.failures, *(("fx_margin",) if name == "assume" else ())}
    found = {}
    for key, value in (given or {}).items():
        if key not in known:
            also = " or 'fx_margin'" if name == "assume" else ""
            raise PaymentError(
                f"{name}[{key!r}]",
                key,
                f"the id of a provider{also}{nearest(key, known)}; `paycompare providers` lists them",
            )
        found[key] = exact(value, what=f"{name}[{key!r}]")
        if name == "assume" and not -1 < found[key] < 1:
            raise PaymentError(f"{name}[{key!r}]", value, "a fraction of one: 2.5 percent is '0.025'")
    return found


def _margins(given: Mapping[str, Number | Estimate] | None, segment: str, held: Catalogue) -> dict[str, Estimate]:
    """Return assumed margins as estimates; a number is one without a range that anybody may use."""
    estimates = {key: value for key, value in (given or {}).items() if isinstance(value, Estimate)}
    for key, value in estimates.items():
        if value.segment != segment:
            expected = f"an estimate from {segment} prices: prices for consumers say nothing about offers to firms"
            raise PaymentError(f"assume[{key!r}]", f"one from {value.segment} prices", expected)
    plain = {key: value.high if isinstance(value, Estimate) else value for key, value in (given or {}).items()}
    numbers = _numbers("assume", plain, held)
    return {key: estimates.get(key, Estimate(value, value, "", segment)) for key, value in numbers.items()}


def _positive_numbers(name: str, given: Mapping[str, Number] | None, held: Catalogue) -> dict[str, Fraction]:
    for key, said in (given or {}).items():
        if isinstance(said, str) and "%" in said:
            msg = (
                "a rate, payee currency per payer currency; a margin in percent is for assume=, --assume, as a fraction"
            )
            raise PaymentError(f"{name}[{key!r}]", said, msg)
    found = _numbers(name, given, held)
    for key, value in found.items():
        if value <= 0:
            raise PaymentError(f"{name}[{key!r}]", str(value), "a rate above zero, payee currency per payer currency")
    return found


def _levy_numbers(given: Mapping[str, Number | None] | None) -> dict[str, Fraction | None]:
    known = levy_ids()
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
            result.failures.append(Failure(folder.id, str(error), kind=type(error).__name__))
    for asked in question.live:
        _gather_asked(question, asked, result)
    return result


def _failed(asked: Asked, error: ProviderError) -> Failure:
    return Failure(asked.source, error.message, error.retryable, asked.gives, type(error).__name__)


def _gather_asked(question: Question, asked: Asked, result: Gathered) -> None:
    """Enter what a live source said: offers, averages, or why it said nothing."""
    from paycompare.live.priced import Observed, Priced

    if asked.error is not None:
        failure = _failed(asked, asked.error)
        if failure not in result.failures:  # it may have failed for each of several payments
            result.failures.append(failure)
    if asked.declined is not None:
        result.declined[f"{asked.source} (live)"] = asked.declined
    result.observed.extend(one for one in asked.answers if isinstance(one, Observed) and one not in result.observed)
    for price in asked.answers:
        if isinstance(price, Priced) and _asked_for(question, asked, price):
            _gather_price(question, asked, price, result)


def _asked_for(question: Question, asked: Asked, price: Priced) -> bool:
    """Tell whether the caller wants to hear of a provider from a source: by the name of either."""
    names = {asked.source, price.provider or asked.source}
    return not names & question.exclude and (
        question.providers is None or asked.by_user or bool(names & question.providers)
    )


def _gather_price(question: Question, asked: Asked, price: Priced, result: Gathered) -> None:
    from paycompare.live.offers import age_in_words, point_of

    name = f"{price.provider or asked.source}/{price.service}@{asked.source}"
    if price.expires_at is not None and price.expires_at <= asked.at:
        result.declined[name] = f"it expired at {price.expires_at.isoformat(timespec='seconds')}"
        return
    if price.collected_at.date() > asked.payment.on + timedelta(days=1):  # it is another day elsewhere
        result.declined[name] = f"first known to hold on {price.collected_at.date()}"
        return
    kind: Literal["user", "observed"] = "user" if asked.by_user else "observed"
    evidence = Evidence(kind, asked.where, seen=price.collected_at.date())
    if price.estimate:
        price = replace(price, estimate=f"{price.estimate}, {age_in_words(price.collected_at, asked.at)}")
    try:
        made = point_of(asked.source, price, asked.payment, question.references, evidence)
    except ProviderChanged as error:
        result.failures.append(_failed(asked, error))
        return
    except (CurrencyError, RateUnavailable) as error:
        made = str(error)
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with one price, the others are an answer
        reason = f"{price.service}: {type(error).__name__}"
        result.failures.append(Failure(asked.source, reason, kind=ProviderChanged.__name__))
        return
    if isinstance(made, str):
        result.declined[name] = made
        return
    (result.promotions if price.promotion else result.offers).append((asked.payment, made.offer))
    result.live[made.offer.id, str(asked.payment.corridor)] = made.live


def _asked(question: Question, name: str) -> bool:
    return name not in question.exclude and (question.providers is None or name in question.providers)


def _gather_folder(question: Question, folder: Folder, payment: Payment, result: Gathered) -> None:
    if payment.client == "payer" and not folder.takes_payers_of(payment.corridor.payer, payment.on):
        where = payment.corridor.payer.country
        named = country(where).name if where else payment.corridor.payer.currency
        for tariff, client in folder.tariffs:
            why = f"it does not serve a payer in {named}" if client == "payer" else "it is a price for the payee"
            result.declined.setdefault(f"{folder.id}/{tariff}", why)
        return
    ends = (payment.corridor.payer.country, payment.corridor.payee.country)
    met = levies(code for code in ends if code)
    for leaf, why_not in folder.current(payment.on):
        name = f"{folder.id}/{leaf.tariff.id}"
        if why_not:
            result.declined.setdefault(name, why_not)
            continue
        bound = bind(folder, leaf, payment, question.references, question.options, met)
        if isinstance(bound, str):
            result.declined[name] = bound
        else:
            (result.promotions if leaf.tariff.promotion else result.offers).append((payment, bound))
