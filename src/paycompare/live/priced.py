"""What a live source can say, in its own convention: a price, an average somebody observed, a reference rate.

Fee conventions are told apart here and nowhere else. With ``given`` the amount that the source prices:

    deducted    paid = given              converted = given - charges
    on_top      paid = given + charges    converted = given
    in_rate     paid = given              converted = given, no charge beside the rate
    undivided   paid = given              only paid and landed are known

    landed = converted x rate, less charges in the payee's currency
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from paycompare.errors import ProviderChanged
from paycompare.money import Money, as_decimal, minor_unit
from paycompare.offer import Owner
from paycompare.terms import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "Answer",
    "Charge",
    "Convention",
    "LiveRate",
    "Observed",
    "Priced",
    "check_answer",
    "check_identity",
    "parted",
    "sound",
    "told_apart",
]

_MOST: Final = 200
"""Answers of one source at most; no corridor has as many prices, and thousands would hold everybody else up."""

_SHOWN: Final = 60
"""Characters of a wrong value that an error shows."""

_MOST_READ: Final = 5000
"""Rows of one answer at most, before those that are the same price for several countries are one."""

Convention = Literal["deducted", "on_top", "in_rate", "undivided"]
Direction = Literal["to", "from"]
RateKind = Literal["central_bank", "market_mid", "period"]


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge that a source names.

    Attributes:
        name: What it is called, lower case with underscores, unique within its price.
        amount: In the payer's currency, or in the payee's when it is taken from what was converted.
        owner: Who keeps it.
    """

    name: str
    amount: Money
    owner: Owner = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """One price for one amount, as its source states it.

    Attributes:
        service: What is priced, lower case with underscores, unique within the answer, such as ``bank_transfer``.
        title: What a person calls it, such as "Wise, bank transfer".
        convention: How charges relate to ``given``.
        given: The amount that the source prices, in the payer's currency.
        landed: What reaches the payee's institution.
        rate: Payee currency per payer currency as stated, or the quotient of the stated amounts; None if undivided.
        charges: What is charged beside the rate.
        mid: The mid-market rate at the same instant, payee currency per payer currency; None when it is not given.
        collected_at: When the price held, with a zone.
        expires_at: Until when it holds, with a zone; None when the source does not say.
        provider: Id of the provider whose price it is, where that is not the source itself.
        estimate: Why it is an estimate and not the provider's own word; None when it is its word.
        promotion: Whether it is a temporary price; those are shown apart.
        missing: Charges of the provider's own that the source leaves out, such as ``transfer_fee``.
        unknowns: Third-party charges that it leaves out, such as ``payee_bank:PH``.
        conditions: Conditions of `paycompare.terms.CONDITIONS` under which it holds.
        payers: Alpha-2 codes of the countries for whose payers alone it holds, where the question leaves the payer's
            country open; empty for all.
        payees: The same for the payee's country.
        speed: What the source states about the time it takes, in words.
        flags: Remarks.
    """

    service: str
    title: str
    convention: Convention
    given: Money
    landed: Money
    rate: Fraction | None
    collected_at: datetime
    charges: tuple[Charge, ...] = ()
    mid: Fraction | None = None
    expires_at: datetime | None = None
    provider: str | None = None
    estimate: str | None = None
    promotion: bool = False
    missing: tuple[str, ...] = ()
    unknowns: frozenset[str] = frozenset()
    conditions: Mapping[str, str] = field(default_factory=dict)
    payers: tuple[str, ...] = ()
    payees: tuple[str, ...] = ()
    speed: str | None = None
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an instant that could be any, and a condition that no payment has."""
        instants = {"collected_at": self.collected_at, "expires_at": self.expires_at}
        for name, at in instants.items():
            if at is not None and at.tzinfo is None:
                msg = f"{name}: found {at}, expected an instant with a zone"
                raise ValueError(msg)
        for name in self.conditions:
            if name not in CONDITIONS:
                msg = f"conditions: found {name!r}, expected one of {', '.join(CONDITIONS)}"
                raise ValueError(msg)

    @property
    def charged(self) -> Fraction:
        """The charges in the payer's currency, together."""
        return _sum(self.charges, self.given.currency)

    @property
    def paid(self) -> Fraction:
        """What leaves the payer, in the payer's currency."""
        return self.given.exact + (self.charged if self.convention == "on_top" else 0)

    @property
    def converted(self) -> Fraction:
        """What is exchanged, in the payer's currency; what is paid where the source does not divide it."""
        return self.given.exact - (self.charged if self.convention == "deducted" else 0)

    @property
    def bought(self) -> Fraction:
        """What the exchange gives, in the payee's currency, before charges on arrival."""
        same = self.landed.currency == self.given.currency
        return self.landed.exact + (0 if same else _sum(self.charges, self.landed.currency))


def _sum(charges: tuple[Charge, ...], code: str) -> Fraction:
    return sum((one.amount.exact for one in charges if one.amount.currency == code), Fraction(0))


def check_identity(source: str, price: Priced) -> None:
    """Check that a price adds up as its convention says, to the rounding of the figures that it is made of.

    Args:
        source: Id of the source, for the error.
        price: The price.

    Raises:
        ProviderChanged: It does not, an amount is not above zero, or a charge is in a third currency.

    Example:
        (1,000 EUR - 8.12) x 70.2053 = 69,635.2330 PHP.

        >>> from datetime import UTC, datetime
        >>> price = Priced(
        ...     service="bank_transfer", title="Wise", convention="deducted", given=Money.of("1000", "EUR"),
        ...     landed=Money.of("69635.23", "PHP"), rate=Fraction("70.2053"),
        ...     charges=(Charge("fee", Money.of("8.12", "EUR")),), collected_at=datetime(2026, 7, 2, tzinfo=UTC))
        >>> check_identity("wise_comparisons", price)
    """
    ends = (price.given.currency, price.landed.currency)
    for charge in price.charges:
        if charge.amount.currency not in ends:
            words = f"an amount in {' or '.join(dict.fromkeys(ends))}"
            raise ProviderChanged(source, f"{price.service}.{charge.name}", str(charge.amount), words)
    if price.converted <= 0 or price.paid <= 0 or price.landed.amount <= 0:
        raise ProviderChanged(
            source, f"{price.service}.landed", f"{price.given} that lands {price.landed}", "amounts above zero"
        )
    if price.rate is None:
        return
    expected = price.converted * price.rate
    room = (
        minor_unit(price.landed.currency)
        + price.rate * minor_unit(price.given.currency)
        + price.converted * _step(price.rate) / 2
    )
    if abs(expected - price.bought) > room:
        raise ProviderChanged(
            source,
            f"{price.service}.landed",
            str(Money.of(as_decimal(price.bought), price.landed.currency)),
            f"{as_decimal(expected, 4)}, which its own rate and charges give ({price.convention})",
        )


def _step(rate: Fraction) -> Fraction:
    """Return what one in the last digit of a rate comes to; of one that was turned, in that of the rate stated."""
    return _last_digit(rate) if Fraction(as_decimal(rate)) == rate else rate**2 * _last_digit(1 / rate)


def _last_digit(rate: Fraction) -> Fraction:
    exponent = as_decimal(rate).as_tuple().exponent
    return Fraction(1, 10**-exponent) if isinstance(exponent, int) and exponent < 0 else Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRate:
    """A reference rate.

    Attributes:
        base: Currency of which one unit is priced.
        quote: Currency in which it is priced.
        value: Units of ``quote`` per 1 ``base``, as published.
        observed: The day of the observation.
        publisher: Who says so, as a name.
        url: Where it is published.
        kind: ``central_bank``, ``market_mid`` or ``period``.
        publishers: How many institutions it is made of.
    """

    base: str
    quote: str
    value: Fraction
    observed: date
    publisher: str
    url: str
    kind: RateKind
    publishers: int = 1

    def __post_init__(self) -> None:
        """Refuse what is no rate."""
        if not isinstance(self.value, Fraction) or self.value <= 0:
            msg = f"value: found {self.value!r}, expected a Fraction above zero"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """An average cost that somebody observed; no offer, and never ranked.

    Attributes:
        country: ISO 3166 alpha-2 code.
        direction: Whether of sending ``to`` the country or ``from`` it.
        share: The cost as a fraction of one, of the amount sent.
        amount: The amount it was observed for.
        period: The year, or the quarter, of the observation.
        publisher: Who says so.
        url: Where it is published.
        indicator: The publisher's own name of it.
    """

    country: str
    direction: Direction
    share: Fraction
    amount: Money
    period: str
    publisher: str
    url: str
    indicator: str


Answer: TypeAlias = Priced | Observed | LiveRate


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_HOLDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "str": _is_text,
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int),
    "date": lambda value: isinstance(value, date) and not isinstance(value, datetime),
    "datetime": lambda value: isinstance(value, datetime),
    "Fraction": lambda value: isinstance(value, Fraction),
    "Money": lambda value: isinstance(value, Money),
    "Convention": lambda value: value in get_args(Convention),
    "Direction": lambda value: value in get_args(Direction),
    "Owner": lambda value: value in get_args(Owner),
    "RateKind": lambda value: value in get_args(RateKind),
    "tuple[str, ...]": lambda value: isinstance(value, tuple) and all(map(_is_text, value)),
    "frozenset[str]": lambda value: isinstance(value, frozenset) and all(map(_is_text, value)),
    "Mapping[str, str]": lambda value: isinstance(value, Mapping) and all(map(_is_text, (*value, *value.values()))),
    "tuple[Charge, ...]": lambda value: isinstance(value, tuple) and all(isinstance(one, Charge) for one in value),
}
"""The type of a field, as it is written above, to whether a value is of it."""


@cache
def _kinds(made: type[Answer | Charge]) -> tuple[tuple[str, str, bool], ...]:
    """Return each field with its type, and whether it may be None."""
    kinds = ((one.name, str(one.type).partition(" | ")) for one in fields(made))
    return tuple((name, kind, bool(optional)) for name, (kind, _, optional) in kinds)


def check_answer(source: str, answer: Answer) -> None:
    """Check that what an adapter made of an answer can stand beside what others made, and that a price adds up.

    Args:
        source: Id of the source, for the error.
        answer: The answer.

    Raises:
        ProviderChanged: A field is of another type than it has, or a price does not add up.
    """
    charges = answer.charges if isinstance(answer, Priced) and _HOLDS["tuple[Charge, ...]"](answer.charges) else ()
    for made in (answer, *charges):
        for name, kind, optional in _kinds(type(made)):  # type: ignore[arg-type]  # mypy takes a class for its values
            value = getattr(made, name)
            if not _HOLDS[kind](value) and not (optional and value is None):
                raise ProviderChanged(source, f"{type(made).__name__}.{name}", repr(value)[:_SHOWN], kind)
    if isinstance(answer, Priced):
        check_identity(source, answer)


def sound(source: str, answers: Iterable[object]) -> tuple[Answer | ProviderChanged, ...]:
    """Return what a source said, a price that does not add up replaced by what is wrong with it.

    Args:
        source: Id of the source.
        answers: What its adapter read: answers, and the faults of rows that it could not read.

    Raises:
        ProviderChanged: Nothing of it holds, or there is more than can be meant.
    """
    checked = [_checked(source, one) for one in islice(answers, _MOST_READ + 1)]
    if len(checked) > _MOST_READ:
        raise ProviderChanged(source, "body", f"more than {_MOST_READ} rows", "those of one corridor")
    faults = [one for one in checked if isinstance(one, ProviderChanged)]
    if faults and len(faults) == len(checked):
        raise faults[0]
    prices = told_apart(one for one in checked if isinstance(one, Priced))
    said = (*prices, *(one for one in checked if not isinstance(one, Priced)))
    if len(said) > _MOST:
        raise ProviderChanged(source, "body", f"{len(said)} answers", f"at most {_MOST}, for one corridor")
    return said


def _checked(source: str, answer: object) -> Answer | ProviderChanged:
    if isinstance(answer, ProviderChanged):
        return answer
    if not isinstance(answer, Priced | Observed | LiveRate):
        return ProviderChanged(source, "adapter", type(answer).__name__, "a Priced, an Observed or a LiveRate")
    try:
        check_answer(source, answer)
    except ProviderChanged as error:
        return error
    return answer


_OWN: Final = ("collected_at", "payers", "conditions")
"""Fields in which the prices of one offer may differ, and conditions, which have no hash."""


def told_apart(prices: Iterable[Priced]) -> tuple[Priced, ...]:
    """Return prices of which no two of a provider have one name.

    What is the same price for payers in several countries is one; a price for some countries says in its name for
    which; of prices that share a name all the same, each after the first has a number, so that none hides another.

    Args:
        prices: The prices, each as if it were alone.
    """
    shared: dict[tuple[object, ...], list[Priced]] = {}
    for price in prices:
        alike = (getattr(price, one.name) for one in fields(price) if one.name not in _OWN)
        shared.setdefault((*alike, *sorted(price.conditions.items())), []).append(price)
    taken: Counter[tuple[str | None, str]] = Counter()
    made = []
    for same in shared.values():
        one = _of_countries(same)
        taken[one.provider, one.service] += 1
        number = taken[one.provider, one.service]
        made.append(one if number == 1 else _called(one, f"_{number}", f" ({number})"))
    return tuple(made)


def _of_countries(same: Sequence[Priced]) -> Priced:
    """Return one price of several that differ in the payers' countries alone, as old as the oldest."""
    oldest = min(same, key=lambda price: price.collected_at)
    for_all = not all(price.payers for price in same)
    payers = () if for_all else tuple(sorted({code for price in same for code in price.payers}))
    made = replace(oldest, payers=payers)
    for word, codes in (("from", payers), ("to", oldest.payees)):
        if codes:
            made = _called(made, f"_{word}_{'_'.join(codes).lower()}", f", {word} {', '.join(codes)}")
    return made


def _called(price: Priced, service: str, title: str) -> Priced:
    return replace(price, service=f"{price.service}{service}", title=f"{price.title}{title}")


def parted(said: Sequence[Answer | ProviderChanged]) -> tuple[tuple[Answer, ...], ProviderChanged | None]:
    """Return the answers, and in one what is wrong with the others; None when all hold."""
    faults = [one for one in said if isinstance(one, ProviderChanged)]
    answers = tuple(one for one in said if not isinstance(one, ProviderChanged))
    if not faults:
        return answers, None
    first, more = faults[0], len(faults) - 1
    also = f"; {more} more of {len(said)} rows could not be read" if more else f"; one of {len(said)} rows"
    return answers, ProviderChanged(first.provider, first.field, first.found, f"{first.expected}{also}")
