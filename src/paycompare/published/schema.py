"""What a tariff file may say: the shape of ``provider.toml`` and ``tariffs/*.toml``.

Numbers are written as text (``"0.005"``) or whole numbers; rates and margins are fractions of one. An unknown key
is an error. `docs/method.md` explains the words.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, model_validator

from paycompare.errors import PaycompareError, nearest
from paycompare.money import Money, currency, exact
from paycompare.terms import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "Band",
    "Check",
    "Conditions",
    "Deduction",
    "End",
    "LevyFile",
    "LevyTable",
    "Margin",
    "MarginBand",
    "Page",
    "Price",
    "ProviderFile",
    "Step",
    "TariffFile",
    "TariffTable",
    "ZoneFile",
    "ZoneTable",
]


_LARGEST_MARGIN: Final = Fraction(1, 5)
"""No published margin comes near; a larger one is percent written for a fraction."""


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


def _currency(value: object) -> str:
    try:
        return currency(str(value))
    except PaycompareError as error:
        raise ValueError(str(error)) from None


Number = Annotated[Fraction, PlainValidator(_number)]
Share = Annotated[Fraction, PlainValidator(_share)]
MarginShare = Annotated[Fraction, PlainValidator(_margin)]
Amount = Annotated[Money, PlainValidator(_money)]
Currency = Annotated[str, PlainValidator(_currency)]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Table(BaseModel):
    """A TOML table in which nothing may be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Page(Table):
    """The page that a file cites: address, and the date it states or was seen."""

    source: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    kind: Literal["page", "copy", "quoted", "observed", "law"]
    published: date | None = None
    seen: date | None = None
    undated: bool = False
    note: Words | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.undated == bool(self.published or self.seen):
            msg = "a page needs 'published' or 'seen', or else 'undated = true'; never the date of entry"
            raise ValueError(msg)
        return self


def _given(table: Table, names: Iterable[str]) -> list[str]:
    """Return which of some fields say something; a zero does."""
    values = {name: getattr(table, name) for name in names}
    return [name for name, value in values.items() if value is not None and value is not False and value != ()]


def _exactly_one(table: Table, names: tuple[str, ...], what: str) -> None:
    given = _given(table, names)
    if len(given) != 1:
        msg = f"found {' and '.join(given) or 'none'}, expected exactly one of {', '.join(names)} as {what}"
        raise ValueError(msg)


class Edged(Table):
    """One band: ``up_to`` includes its bound, ``below`` does not; the last band has neither."""

    up_to: Number | None = None
    below: Number | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if self.up_to is not None and self.below is not None:
            msg = "found 'up_to' and 'below', expected one of them (or neither on the last band)"
            raise ValueError(msg)
        return self


def _open_ended(bands: Sequence[Edged]) -> None:
    """Refuse bands that stop: what an offer does not take is said by ``most`` on its tariff, not by a missing price."""
    if bands and (bands[-1].up_to is not None or bands[-1].below is not None):
        msg = "found a last band with an end, expected it open (and 'most' on the tariff where the page stops)"
        raise ValueError(msg)


_PRICE_FORMS: Final = (
    "bands",
    "slices",
    "sum",
    "highest",
    "between",
    "usage",
    "at_most",
    "at_least",
    "not_published",
)


class Price(Table):
    """A charge as a function of its base; exactly one form, with an optional minimum and maximum."""

    flat: Number | None = None
    share: Share | None = None
    least: Number | None = None
    most: Number | None = None
    bands: tuple[Band, ...] = ()
    slices: tuple[Slice, ...] = ()
    sum: tuple[Price, ...] = ()
    highest: tuple[Price, ...] = ()
    between: tuple[Price, Price] | None = None
    usage: UsagePrice | None = None
    at_most: Price | None = None
    at_least: Price | None = None
    not_published: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.share is None and self.flat is None:
            _exactly_one(self, _PRICE_FORMS, "the form of the price (or 'flat', 'share', or both)")
        elif _given(self, set(_PRICE_FORMS) - {"slices"}):
            msg = "found 'flat' or 'share' beside another form, expected it inside that form"
            raise ValueError(msg)
        if self.slices and self.share is not None:
            msg = "found 'share' beside 'slices', expected the share inside each slice"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.least is not None and self.most is not None and self.least > self.most:
            msg = "found 'least' above 'most', expected a minimum below the maximum"
            raise ValueError(msg)
        if _given(self, ("least", "most")) and _given(self, ("not_published", "at_least")):
            msg = "found a minimum or maximum beside an open price, expected it inside 'at_least' or 'at_most'"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(one.not_published or one.at_least is not None for one in self._inner()):
            msg = "found 'not_published' or 'at_least' inside another form, expected it as the whole price of its step"
            raise ValueError(msg)
        _open_ended(self.bands)
        _open_ended(self.slices)
        return self

    def _inner(self) -> tuple[Price, ...]:
        """Return the prices that this one is made of."""
        usage = () if self.usage is None else (self.usage.unused, self.usage.used_up)
        ends = self.between or ()
        single = tuple(one for one in (self.at_most, self.at_least) if one is not None)
        return (*(band.price for band in self.bands), *self.sum, *self.highest, *ends, *usage, *single)


class Band(Edged):
    """A price for the whole amount when it falls into this band."""

    price: Price


class Slice(Edged):
    """A share for the part of the amount that falls into this slice."""

    share: Share


class UsagePrice(Table):
    """A price that depends on how much of an allowance was used before."""

    unused: Price
    used_up: Price


class MarginBand(Edged):
    """A margin for conversions whose amount falls into this band."""

    share: MarginShare | None = None
    between: tuple[MarginShare, MarginShare] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        _exactly_one(self, ("share", "between"), "the margin of a band")
        return self


class Margin(Table):
    """An exchange margin, for both currencies of a pair in ``currencies``, or for every pair when left out."""

    currencies: tuple[Currency, ...] = ()
    share: MarginShare | None = None
    between: tuple[MarginShare, MarginShare] | None = None
    at_most: MarginShare | None = None
    at_least: MarginShare | None = None
    bands: tuple[MarginBand, ...] = ()
    not_published: bool = False
    usage: tuple[MarginShare, MarginShare] | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = ("share", "between", "at_most", "at_least", "bands", "not_published", "usage")
        _exactly_one(self, forms, "the margin")
        if len(set(self.currencies)) == 1:
            msg = f"found a group of {self.currencies[0]} alone in 'currencies', expected both currencies of a pair"
            raise ValueError(msg)
        if self.bands and self.currency is None:
            msg = "found 'bands' without 'currency', expected the currency of their bounds"
            raise ValueError(msg)
        _open_ended(self.bands)
        return self


def _one_of(name: str) -> Callable[[object], str]:
    words = CONDITIONS[name]

    def known(value: object) -> str:
        if value not in words:
            msg = f"found {value!r}, expected one of {', '.join(words)}{nearest(str(value), words)}"
            raise ValueError(msg)
        return str(value)

    return known


SegmentWord = Annotated[str, PlainValidator(_one_of("segment"))]
PayInWord = Annotated[str, PlainValidator(_one_of("pay_in"))]
PayOutWord = Annotated[str, PlainValidator(_one_of("pay_out"))]
RailWord = Annotated[str, PlainValidator(_one_of("rail"))]
ChannelWord = Annotated[str, PlainValidator(_one_of("channel"))]
BearerWord = Annotated[str, PlainValidator(_one_of("bearer"))]
SpeedWord = Annotated[str, PlainValidator(_one_of("speed"))]
ClientWord = Annotated[str, PlainValidator(_one_of("client"))]


class Conditions(Table):
    """When a tariff, a step or a levy applies; what is left out applies always."""

    segment: tuple[SegmentWord, ...] = ()
    plan: tuple[Words, ...] = ()
    pay_in: tuple[PayInWord, ...] = ()
    pay_out: tuple[PayOutWord, ...] = ()
    channel: tuple[ChannelWord, ...] = ()
    bearer: tuple[BearerWord, ...] = ()
    speed: tuple[SpeedWord, ...] = ()
    purpose: tuple[Words, ...] = ()
    payer_status: tuple[Words, ...] = ()
    payer_currencies: tuple[Currency, ...] = ()
    payee_countries: tuple[CountryCode, ...] = ()
    payee_zones: tuple[Words, ...] = ()
    not_payee_zones: tuple[Words, ...] = ()
    payee_currencies: tuple[Currency, ...] = ()
    converts: bool | None = None


class End(Table):
    """One end of a tariff: which countries and currencies it serves, and what it does not say.

    ``unlisted`` is what holds for countries, ``other_currencies`` for currencies, that are not listed: ``no``,
    ``yes`` (the page says all of them) or ``unstated``. ``own_currency``: each country in its own currency only, as
    local rails do.
    """

    countries: tuple[CountryCode, ...] = ()
    zones: tuple[Words, ...] = ()
    not_countries: tuple[CountryCode, ...] = ()
    not_zones: tuple[Words, ...] = ()
    unlisted: Literal["yes", "no", "unstated"] = "unstated"
    currencies: tuple[Currency, ...] = ()
    not_currencies: tuple[Currency, ...] = ()
    other_currencies: Literal["yes", "no", "unstated"] = "unstated"
    own_currency: bool = False


class RoundingTable(Table):
    """How the owner rounds a result; minor unit and half up when left out."""

    step: Annotated[Fraction, PlainValidator(_grid_step)] | None = None
    mode: Literal["half_up", "half_even", "up", "down"] = "half_up"


class Step(Table):
    """One step of the chain: it takes a charge or converts."""

    take: Id | None = None
    convert: Id | None = None
    owner: Literal["provider", "correspondent", "payee_institution", "state"] = "provider"
    only: Conditions | None = None
    note: Words | None = None
    # a charge
    place: Literal["on_top", "from_amount", "billed_later", "unstated"] | None = None
    base: Id | tuple[Id, ...] = "principal"
    currency: Currency | Literal["payer", "payee"] | None = None
    price: Price | None = None
    rounding: RoundingTable = RoundingTable()
    # a conversion
    to: Currency | None = None
    basis: Words | None = None
    form: Literal["times", "over"] = "times"
    margin: tuple[Margin, ...] = ()
    rate_decimals: Annotated[int, Field(ge=0, le=12)] | None = None
    rate_quoted: Literal["payee_per_payer", "payer_per_payee"] = "payee_per_payer"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        _exactly_one(self, ("take", "convert"), "the name of the step")
        if self.take and (self.price is None or self.place is None):
            msg = "a step that takes needs 'place' and 'price'"
            raise ValueError(msg)
        if self.convert and (not self.margin or self.basis is None):
            msg = "a step that converts needs 'margin' and 'basis' (the rate its page measures the margin on)"
            raise ValueError(msg)
        return self

    @property
    def name(self) -> str:
        """The name of the step, unique within its tariff."""
        return self.take or self.convert or ""


class SeparateTable(Table):
    """A price that belongs to the offer and not to one payment."""

    name: Words
    words: Words


class Check(Table):
    """A worked example of the page: what it asks, what it prints, and how far it may be off, with the reason."""

    pays: Amount | None = None
    sends: Amount | None = None
    gets: Amount | None = None
    sender: Words
    to: Words
    at: date | None = None
    usage: Literal["unused", "used_up"] | None = None
    reference: dict[str, Number] = {}
    expect: dict[Id, Amount | Number]
    tolerance: Number = Fraction(0)
    reason: Words | None = None

    @model_validator(mode="after")
    def _honest(self) -> Self:
        _exactly_one(self, ("pays", "sends", "gets"), "the side that the example fixes")
        if self.tolerance and self.reason is None:
            msg = "found a tolerance without a reason, expected why the page does not add up"
            raise ValueError(msg)
        return self


class TariffTable(Table):
    """One tariff: what an institution charges for one kind of payment, as a chain of steps."""

    id: Id
    title: Words
    client: ClientWord = "payer"
    conditions: Conditions = Conditions()
    rail: RailWord | None = None
    payer: End
    payee: End
    valid_from: date | None = None
    valid_to: date | None = None
    instructed: Literal["payer", "payee", "either"] = "payer"
    least: Amount | None = None
    most: Amount | None = None
    third_parties: tuple[Literal["correspondents", "payee_bank"], ...] | None = None
    includes_levies: tuple[Id, ...] = ()
    promotion: Words | None = None
    separate: tuple[SeparateTable, ...] = ()
    time: Words | None = None
    note: Words | None = None
    step: Annotated[tuple[Step, ...], Field(min_length=1)]
    check: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _orderly(self) -> Self:
        names = [step.name for step in self.step]
        if len(set(names)) < len(names):
            msg = f"found two steps of one name in {names}, expected different names"
            raise ValueError(msg)
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            msg = "found 'valid_to' on or before 'valid_from', expected the first day on which it no longer holds"
            raise ValueError(msg)
        _bases_computed(self.step)
        if self.instructed != "payer":
            _payee_can_instruct(self.step)
        return self


def _bases_computed(steps: tuple[Step, ...]) -> None:
    known = {"principal", "held"}
    for step in steps:
        for base in (step.base,) if isinstance(step.base, str) else step.base:
            if base not in known:
                msg = f"step {step.name!r}: found base {base!r}, expected one computed before it: {sorted(known)}"
                raise ValueError(msg)
        known |= {step.name} if step.take else {"converted"}


def _payee_can_instruct(steps: tuple[Step, ...]) -> None:
    converting = [index for index, step in enumerate(steps) if step.convert]
    before = steps[: converting[0]] if converting else ()
    if len(converting) > 1 or any(step.place in ("from_amount", "unstated") for step in before):
        msg = "an amount instructed in the payee's currency has one conversion and nothing taken from it before"
        raise ValueError(msg)


class ZoneTable(Table):
    """A named set of countries, as one page or treaty has it, with its dates."""

    id: Words
    countries: tuple[CountryCode, ...]
    since: date | None = None
    until: date | None = None
    source: Words | None = None


class ZoneFile(Table):
    """``zones.toml``: the zones that belong to no provider."""

    zone: tuple[ZoneTable, ...]


class Deduction(Table):
    """What third parties typically take on the way, as published by somebody who watched."""

    of: Literal["correspondents", "payee_bank"]
    currency: Currency
    countries: tuple[CountryCode, ...] = ()
    not_countries: tuple[CountryCode, ...] = ()
    average: Number | None = None
    between: tuple[Number, Number] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        _exactly_one(self, ("average", "between"), "the deduction")
        return self


class TariffFile(Table):
    """One file of ``tariffs/``: everything that one page publishes."""

    page: Page
    zone: tuple[ZoneTable, ...] = ()
    tariff: tuple[TariffTable, ...] = ()
    deduction: tuple[Deduction, ...] = ()


class EntityTable(Table):
    """A legal entity of the institution and the countries in which it contracts."""

    name: Words
    countries: tuple[CountryCode, ...] = ()


class ProviderFile(Table):
    """``provider.toml``: who the institution is."""

    name: Words
    kind: Literal[
        "bank",
        "payment_institution",
        "money_transfer_operator",
        "mobile_operator",
        "post_office",
        "card_scheme",
        "public_body",
    ]
    country: CountryCode
    terms: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    entity: tuple[EntityTable, ...] = ()
    note: Words | None = None


class LevyTable(Table):
    """A tax, duty or compulsory commission on a payment or on its charges."""

    id: Id
    name: Words
    country: CountryCode
    leg: Literal["payer", "payee"]
    on: Literal["principal", "charges"]
    place: Literal["on_top", "from_amount"]
    price: Price
    currency: Currency | None = None
    only: Conditions = Conditions()
    valid_from: date
    valid_to: date | None = None
    page: Page


class LevyFile(Table):
    """``levies.toml``: the levies that apply whoever the provider is."""

    levy: tuple[LevyTable, ...]
