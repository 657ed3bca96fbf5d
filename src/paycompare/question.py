"""The question: a payment read as a caller writes it, held against every tariff of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict, Unpack

from paycompare.errors import CurrencyError, PaymentError, RateUnavailable, TariffError, nearest
from paycompare.money import Money, exact
from paycompare.published.bind import Options, bind
from paycompare.published.catalogue import Catalogue, levies
from paycompare.reference.stack import References
from paycompare.terms import Payment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paycompare.offer import Offer
    from paycompare.published import vocabulary as published
    from paycompare.published.catalogue import Folder

__all__ = ["Asking", "Failure", "Gathered", "Question", "ask", "ask_again", "gather", "template"]

Number: TypeAlias = str | int | Decimal | Fraction
"""What is taken for an exact number; a float is refused."""

_PLAN_EXPECTED: Final = "the name of a plan in the catalogue, as its tariffs write it"
_STATUS_EXPECTED: Final = "a status that a levy or a tariff asks for"


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
    assume: Mapping[str, Number] | None
    levies: Mapping[str, Number | None] | None
    providers: Iterable[str] | None
    exclude: Iterable[str]
    catalogue: Path | str | Sequence[Path | str]
    max_age: timedelta | None
    max_rate_age: timedelta | None
    complete: Literal["provider", "end_to_end"]


class Asking(Knowing, total=False):
    """Every option of a question but what the payer pays."""

    sends: str | Money | None
    gets: str | Money | None
    sender: str | None
    to: str | Sequence[str] | None


def ask(pays: str | Money | None = None, **options: Unpack[Asking]) -> Question:
    """Read a question; the arguments are those of `compare`."""
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
    wanted = None if providers is None else _ids("providers", providers, held)
    _check_word("plan", options.get("plan"), _plans(held), _PLAN_EXPECTED)
    _check_word("payer_status", options.get("payer_status"), _statuses(held), _STATUS_EXPECTED)
    return Question(
        payments=payments,
        references=References(on=payments[0].on, user=options.get("reference"), max_age=max_rate_age),
        catalogue=held,
        options=Options(
            rates=_positive_numbers("rates", options.get("rates"), held),
            assume=_numbers("assume", options.get("assume"), held),
            levies=_levy_numbers(options.get("levies")),
        ),
        providers=wanted,
        exclude=_ids("exclude", options.get("exclude", ()), held),
        max_age=max_age,
        end_to_end=complete == "end_to_end",
    )


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
        _check_word("plan", payment.plan, _plans(held), _PLAN_EXPECTED)
    if payment.payer_status is not None:
        _check_word("payer_status", payment.payer_status, _statuses(held), _STATUS_EXPECTED)
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


def _check_word(name: str, given: str | None, known: set[str], expected: str) -> None:
    """Refuse a word that no tariff has: it would silently leave out whoever asks for another."""
    if given is not None and given not in known:
        close = nearest(given, known) or nearest(given.lower(), known)
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
    }
)
"""Options that are not part of the payment itself."""


def _payment(pays: str | Money | None, to: str | None, options: Asking) -> Payment:
    asked = {name: value for name, value in options.items() if name not in _ABOUT_THE_ANSWER}
    return Payment.ask(pays, **{**asked, "to": to})  # type: ignore[arg-type]  # Payment.ask checks each and names it


def _check_length_of_time(name: str, given: object) -> None:
    if given is not None and (not isinstance(given, timedelta) or given < timedelta(0)):
        raise PaymentError(name, given, "None for no limit, or a datetime.timedelta that is not negative")


def _ids(field_name: str, given: Iterable[str], held: Catalogue) -> frozenset[str]:
    known = {*held.folders, *held.failures}
    found = frozenset([given] if isinstance(given, str) else given)
    for one in sorted(found - known):
        raise PaymentError(
            field_name,
            one,
            f"the id of a provider{nearest(one, known)}; `paycompare providers` lists them, catalogue= adds your own",
        )
    return found


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
    for leaf, why_not in folder.current(payment.on):
        name = f"{folder.id}/{leaf.tariff.id}"
        if why_not:
            result.declined.setdefault(name, why_not)
            continue
        bound = bind(folder, leaf, payment, question.references, question.options, levies())
        if isinstance(bound, str):
            result.declined[name] = bound
        else:
            (result.promotions if leaf.tariff.promotion else result.offers).append((payment, bound))
