"""The smallest words of a tariff file: numbers, money, codes and conditions, each checked where it stands.

Numbers are written as text (``"0.005"``) or whole numbers; rates and margins are fractions of one. An unknown key
is an error. `docs/tariffs.md` explains the words.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, PlainValidator, StringConstraints, WithJsonSchema

from paycompare.errors import PaycompareError, nearest
from paycompare.money import Money, currency, exact
from paycompare.terms import CONDITIONS, is_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "Amount",
    "ClientWord",
    "Conditions",
    "CountryCode",
    "Currency",
    "Figure",
    "GridStep",
    "Id",
    "MarginShare",
    "Number",
    "RailWord",
    "Share",
    "Table",
    "Words",
    "exactly_one",
    "given",
]

_LARGEST_MARGIN: Final = Fraction(1, 5)
"""No published margin comes near; a larger one is percent written for a fraction."""

_HAS_CURRENCY: Final = re.compile(r"^\s*[A-Za-z]{3}\s|\s[A-Za-z]{3}\s*$")


def _number(value: object) -> Fraction:
    try:
        return exact(value, what="number")
    except PaycompareError as error:
        raise ValueError(str(error)) from None


def _share(value: object) -> Fraction:
    share = _number(value)
    if abs(share) >= 1:
        msg = f"found {value!r}, expected a fraction of one: 0.5 percent is written '0.005'"
        raise ValueError(msg)
    return share


def _margin(value: object) -> Fraction:
    margin = _share(value)
    if abs(margin) > _LARGEST_MARGIN:
        msg = f"found {value!r}, expected a margin of at most 20 percent: 0.5 percent is written '0.005'"
        raise ValueError(msg)
    return margin


def _grid_step(value: object) -> Fraction:
    step = _number(value)
    if step <= 0:
        msg = f"found {value!r}, expected a step above zero, such as '0.05'"
        raise ValueError(msg)
    return step


def _money(value: object) -> Money:
    try:
        return Money.parse(value if isinstance(value, str) else repr(value))
    except PaycompareError as error:
        raise ValueError(str(error)) from None


def _figure(value: object) -> Fraction | Money:
    return _money(value) if isinstance(value, str) and _HAS_CURRENCY.search(value) else _number(value)


def _currency(value: object) -> str:
    try:
        return currency(str(value))
    except PaycompareError as error:
        raise ValueError(str(error)) from None


def _duration(value: object) -> str:
    if not isinstance(value, str) or not is_duration(value):
        msg = f"found {value!r}, expected an ISO 8601 duration such as 'PT1H' or 'P1D'"
        raise ValueError(msg)
    return value


_PLAIN: Final = r"-?\d+(\.\d+)?"
_MONEY: Final = rf"{_PLAIN} [A-Z]{{3}}"


def _text(pattern: str, words: str) -> WithJsonSchema:
    """Return how an editor is told what may be written: numbers are text, and whole numbers may be bare."""
    return WithJsonSchema({"type": ["string", "integer"], "pattern": f"^{pattern}$", "description": words})


Number = Annotated[Fraction, PlainValidator(_number), _text(_PLAIN, "A number, as text")]
Figure = Annotated[
    Fraction | Money,
    PlainValidator(_figure),
    _text(rf"({_PLAIN}|{_MONEY})", "A number in the currency of the step, or money such as '500 USD'"),
]
"""A number in the currency of its step, or money in a currency of its own, such as ``"500 USD"``."""
Share = Annotated[Fraction, PlainValidator(_share), _text(_PLAIN, "A fraction of one: 0.5 percent is '0.005'")]
MarginShare = Annotated[Fraction, PlainValidator(_margin), _text(_PLAIN, "A fraction of one: 0.5 percent is '0.005'")]
GridStep = Annotated[Fraction, PlainValidator(_grid_step), _text(_PLAIN, "A step above zero, such as '0.05'")]
Amount = Annotated[Money, PlainValidator(_money), _text(_MONEY, "Money, such as '1000 EUR'")]
Currency = Annotated[str, PlainValidator(_currency), _text("[A-Z]{3}", "An ISO 4217 code")]
Duration = Annotated[str, PlainValidator(_duration), _text("P.+", "An ISO 8601 duration, such as 'PT1H'")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Table(BaseModel):
    """A TOML table in which nothing may be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def given(table: Table, names: Iterable[str]) -> list[str]:
    """Return which of some fields say something; a zero does."""
    values = {name: getattr(table, name) for name in names}
    return [name for name, value in values.items() if value is not None and value is not False and value != ()]


def exactly_one(table: Table, names: tuple[str, ...], what: str) -> None:
    """Refuse a table in which none or several of some fields say something.

    Raises:
        ValueError: With what was found.
    """
    found = given(table, names)
    if len(found) != 1:
        msg = f"found {' and '.join(found) or 'none'}, expected exactly one of {', '.join(names)} as {what}"
        raise ValueError(msg)


def _one_of(name: str) -> Callable[[object], str]:
    words = CONDITIONS[name]

    def known(value: object) -> str:
        if value not in words:
            msg = f"found {value!r}, expected one of {', '.join(words)}{nearest(str(value), words)}"
            raise ValueError(msg)
        return str(value)

    return known


def _listed(name: str) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(CONDITIONS[name])})


SegmentWord = Annotated[str, PlainValidator(_one_of("segment")), _listed("segment")]
PayInWord = Annotated[str, PlainValidator(_one_of("pay_in")), _listed("pay_in")]
PayOutWord = Annotated[str, PlainValidator(_one_of("pay_out")), _listed("pay_out")]
RailWord = Annotated[str, PlainValidator(_one_of("rail")), _listed("rail")]
ChannelWord = Annotated[str, PlainValidator(_one_of("channel")), _listed("channel")]
BearerWord = Annotated[str, PlainValidator(_one_of("bearer")), _listed("bearer")]
SpeedWord = Annotated[str, PlainValidator(_one_of("speed")), _listed("speed")]
PurposeWord = Annotated[str, PlainValidator(_one_of("purpose")), _listed("purpose")]
ClientWord = Annotated[str, PlainValidator(_one_of("client")), _listed("client")]


class Conditions(Table):
    """When a tariff, a step, a margin or a levy applies; what is left out applies always."""

    segment: tuple[SegmentWord, ...] = ()
    plan: tuple[Words, ...] = ()
    pay_in: tuple[PayInWord, ...] = ()
    pay_out: tuple[PayOutWord, ...] = ()
    channel: tuple[ChannelWord, ...] = ()
    bearer: tuple[BearerWord, ...] = ()
    speed: tuple[SpeedWord, ...] = ()
    purpose: tuple[PurposeWord, ...] = ()
    payer_status: tuple[Words, ...] = ()
    payee_institution: tuple[Id, ...] = ()
    quote_validity: tuple[Duration, ...] = ()
    joined_from: date | None = None
    joined_before: date | None = None
    within: tuple[Words, ...] = ()
    outside: tuple[Words, ...] = ()
    payer_currencies: tuple[Currency, ...] = ()
    payee_countries: tuple[CountryCode, ...] = ()
    payee_zones: tuple[Words, ...] = ()
    not_payee_zones: tuple[Words, ...] = ()
    payee_currencies: tuple[Currency, ...] = ()
    converts: bool | None = None
