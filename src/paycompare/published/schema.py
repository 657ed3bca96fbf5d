"""What a tariff file may say: the shape of ``provider.toml``, ``tariffs/*.toml`` and ``levies.toml``."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, model_validator

from paycompare.published.price_schema import Margin, Price
from paycompare.published.vocabulary import (
    Amount,
    ClientWord,
    Conditions,
    CountryCode,
    Currency,
    GridStep,
    Id,
    MarginShare,
    Number,
    RailWord,
    Share,
    Table,
    Words,
    exactly_one,
)

__all__ = [
    "Ceiling",
    "Check",
    "Conditions",
    "Deduction",
    "End",
    "LevyFile",
    "LevyTable",
    "Margin",
    "Page",
    "Price",
    "ProviderFile",
    "RateRecord",
    "Step",
    "TariffFile",
    "TariffTable",
    "WindowTable",
    "ZoneFile",
    "ZoneTable",
    "json_schema_of",
]


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

    step: GridStep | None = None
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
    base_rounding: RoundingTable | None = None
    # a conversion
    to: Currency | None = None
    basis: Words | None = None
    form: Literal["times", "over"] = "times"
    margin: tuple[Margin, ...] = ()
    rate_decimals: Annotated[int, Field(ge=0, le=12)] | None = None
    rate_quoted: Literal["payee_per_payer", "payer_per_payee"] = "payee_per_payer"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        exactly_one(self, ("take", "convert"), "the name of the step")
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
    """A price that belongs to the offer and not to one payment: a plan, a set-up."""

    name: Words
    words: Words
    amount: Amount | None = None
    per: Literal["once", "month", "quarter", "year", "user_month", "user_year"] | None = None
    waived: Words | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.amount is None) != (self.per is None):
            msg = "found 'amount' without 'per' or the reverse, expected both, such as '10 USD' per 'month'"
            raise ValueError(msg)
        return self


class Check(Table):
    """A worked example of the page: what it asks, what it prints, and how far it may be off, with the reason."""

    pays: Amount | None = None
    sends: Amount | None = None
    gets: Amount | None = None
    sender: Words
    to: Words
    at: date | None = None
    usage: Words | None = None
    plan: Words | None = None
    joined: date | None = None
    reference: dict[str, Number] = Field(default_factory=dict)
    expect: dict[Id, Amount | Number]
    tolerance: Number = Fraction(0)
    reason: Words | None = None

    @model_validator(mode="after")
    def _honest(self) -> Self:
        exactly_one(self, ("pays", "sends", "gets"), "the side that the example fixes")
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


_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOCK = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
_WEEK_CLOCK = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(_DAYS)}) ([01]\d|2[0-3]):[0-5]\d$")]


class WindowTable(Table):
    """A stretch of time that returns: one a week (``from`` and ``to`` name a day), or hours on some days.

    ``holidays`` names the countries on whose bank holidays a window of ``days`` stays closed.
    """

    id: Words
    zone: Words
    days: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...] = ()
    start: Annotated[_CLOCK | _WEEK_CLOCK, Field(alias="from")]
    end: Annotated[_CLOCK | _WEEK_CLOCK, Field(alias="to")]
    holidays: tuple[CountryCode, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        named = [one.startswith(_DAYS) for one in (self.start, self.end)]
        if any(named) == bool(self.days) or any(named) != all(named):
            msg = "found neither or both of 'days' and a weekday in 'from' and 'to', expected one of the two"
            raise ValueError(msg)
        if self.holidays and not self.days:
            msg = "found 'holidays' on a weekly stretch, expected them on hours of some 'days'"
            raise ValueError(msg)
        if self.days and self.end <= self.start:
            msg = "found 'to' at or before 'from', expected the later hour of one day"
            raise ValueError(msg)
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            msg = f"found zone {self.zone!r}, expected a time zone such as 'Europe/London'"
            raise ValueError(msg) from None
        return self


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
    share: Share | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        exactly_one(self, ("average", "between", "share"), "the deduction")
        return self


class RateRecord(Table):
    """A rate that a bank posted, or that somebody observed, on one day; it can only model an unpublished margin.

    ``rate`` and ``mid`` are units of the second currency of ``pair`` per unit of the first; ``margin`` is
    (mid - rate) / mid of the amount converted, from the first currency into the second.
    """

    pair: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}/[A-Z]{3}$")]
    on: Annotated[date, Field(alias="date")]
    kind: Literal["posted", "observed"]
    observer: Words
    bias: Words | None = None
    side: Literal["sends", "receives"] = "sends"
    segment: tuple[Literal["personal", "business"], ...] = ()
    amount: Amount | None = None
    rate: Number | None = None
    mid: Number | None = None
    margin: MarginShare | None = None

    @model_validator(mode="after")
    def _margin_known(self) -> Self:
        if (self.margin is None) == (self.rate is None or self.mid is None):
            msg = "found neither or both of 'margin' and 'rate' with 'mid', expected one of the two"
            raise ValueError(msg)
        return self


class Ceiling(Table):
    """The most that a regulator allows to be charged; kept and shown, never a price."""

    country: CountryCode
    of: Literal["charges", "margin", "total"]
    price: Price
    currency: Currency
    valid_from: date | None = None
    valid_to: date | None = None
    words: Words


class TariffFile(Table):
    """One file of ``tariffs/``: everything that one page publishes."""

    page: Page
    zone: tuple[ZoneTable, ...] = ()
    window: tuple[WindowTable, ...] = ()
    tariff: tuple[TariffTable, ...] = ()
    deduction: tuple[Deduction, ...] = ()
    rate: tuple[RateRecord, ...] = ()
    ceiling: tuple[Ceiling, ...] = ()


Kind = Literal[
    "bank",
    "payment_institution",
    "money_transfer_operator",
    "mobile_operator",
    "post_office",
    "card_scheme",
    "public_body",
]


class EntityTable(Table):
    """A legal entity of the institution and the countries in which it contracts."""

    name: Words
    countries: tuple[CountryCode, ...] = ()


class ProviderFile(Table):
    """``provider.toml``: who the institution is."""

    name: Words
    kind: Kind
    country: CountryCode
    terms: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    entity: tuple[EntityTable, ...] = ()
    note: Words | None = None


class Suspension(Table):
    """A stretch in which a levy did not apply, ``until`` exclusive."""

    since: date
    until: date

    @model_validator(mode="after")
    def _orderly(self) -> Self:
        if self.until <= self.since:
            msg = "found 'until' on or before 'since', expected the first day on which the levy applied again"
            raise ValueError(msg)
        return self


class LevyTable(Table):
    """A tax, duty, subsidy or compulsory commission on a payment or on its charges.

    Several tables of one ``id`` differ in ``only.purpose`` or ``only.payer_status``; while the caller does not say
    which holds, the levy is a range over them.
    """

    id: Id
    name: Words
    country: CountryCode | tuple[CountryCode, ...]
    leg: Literal["payer", "payee"]
    on: Literal["principal", "charges", "received"]
    place: Literal["on_top", "from_amount"]
    price: Price
    currency: Currency | None = None
    only: Conditions = Conditions()
    provider_kinds: tuple[Kind, ...] = ()
    not_provider_kinds: tuple[Kind, ...] = ()
    base_rounding: RoundingTable | None = None
    rounding: RoundingTable = RoundingTable()
    creditable: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    suspended: tuple[Suspension, ...] = ()
    note: Words | None = None
    page: Page


class LevyFile(Table):
    """``levies.toml``: the levies that apply whoever the provider is."""

    levy: tuple[LevyTable, ...]


_FILES: Final[dict[str, type[Table]]] = {"tariff": TariffFile, "provider": ProviderFile, "levies": LevyFile}


def json_schema_of(file: str) -> dict[str, Any]:
    """Return the JSON Schema of a file, for an editor that completes and checks TOML.

    Args:
        file: ``tariff`` (each file of ``tariffs/``), ``provider`` (``provider.toml``) or ``levies``.

    Example:
        >>> sorted(json_schema_of("tariff")["properties"])
        ['ceiling', 'deduction', 'page', 'rate', 'tariff', 'window', 'zone']
    """
    made = _FILES[file].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
