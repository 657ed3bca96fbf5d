"""The words of a payment: between whom, how much of what, under which conditions, and on whose word.

A `Corridor` joins two places, each a country and the currency of the account there. A `Payment`
fixes exactly one of three sides, so that every offer is compared with the same thing held still.
What the caller leaves open is filled with a default that is listed, never silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

from paycompare.countries import Country, country, home_of, users_of
from paycompare.errors import CurrencyError, PaymentError, nearest
from paycompare.money import Money, as_decimal, currency, minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

__all__ = [
    "CONDITIONS",
    "Corridor",
    "Estimate",
    "Evidence",
    "Payment",
    "Place",
    "Range",
    "Side",
    "Usage",
    "day_of",
    "is_duration",
    "seconds",
]

Side = Literal["pays", "sends", "gets"]
"""What is held fixed: what leaves the payer, the principal, or what reaches the payee."""

_ISO_LETTERS: Final = 3
_ISO_DAY: Final = len("2026-10-30")

CONDITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "client": ("payer", "payee"),
    "segment": ("personal", "business"),
    "pay_in": ("account", "balance", "card", "cash", "wallet"),
    "pay_out": ("account", "balance", "card", "cash", "wallet"),
    "rail": ("local", "swift", "sepa", "rtgs", "own_network"),
    "channel": ("online", "branch", "phone"),
    "bearer": ("DEBT", "CRED", "SHAR", "SLEV"),
    "speed": ("standard", "urgent"),
    "purpose": (
        "goods",
        "services",
        "salary",
        "family",
        "education",
        "medical",
        "travel",
        "investment",
        "own_account",
        "property",
        "loan",
        "dividends",
        "other",
    ),
}
"""The closed vocabularies; ``plan``, ``payer_status`` and ``payee_institution`` are free words."""

_FREE: Final = ("plan", "payer_status", "payee_institution")
"""Conditions in words of the caller's own."""

_DURATION: Final = re.compile(r"P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
"""ISO 8601 durations of days, hours, minutes and seconds."""

_MT103: Final[Mapping[str, str]] = {"OUR": "DEBT", "SHA": "SHAR", "BEN": "CRED"}
"""The older words for who bears the charges, from field 71A of a SWIFT MT103."""

_DEFAULTS: Final[Mapping[str, str]] = {
    "client": "payer",
    "segment": "personal",
    "pay_in": "account",
    "pay_out": "account",
    "channel": "online",
    "bearer": "SHAR",
    "speed": "standard",
}

_ASSUMED: Final[Mapping[str, str]] = {
    "segment": "a personal customer",
    "pay_in": "paid in from an account",
    "pay_out": "paid out to an account",
    "channel": "ordered online",
    "bearer": "charges shared (SHAR)",
    "usage": "use of allowances so far unknown",
}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Range(Generic[_T]):
    """A figure known to lie between two ends; equal ends when it is known.

    Attributes:
        low: The lower end, attained in some scenario.
        high: The upper end, attained in some scenario.
    """

    low: _T
    high: _T

    @property
    def known(self) -> bool:
        """Tell whether both ends are the same."""
        return self.low == self.high

    def __str__(self) -> str:
        """Return the one value, or ``low to high``."""
        return str(self.low) if self.known else f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Place:
    """One end of a corridor.

    Attributes:
        country: ISO 3166 alpha-2, or None for "anywhere that uses this currency".
        currency: ISO 4217 code of the account there.
    """

    country: str | None
    currency: str

    def __str__(self) -> str:
        """Return ``GB/GBP``, or the currency alone when the country is open."""
        return f"{self.country}/{self.currency}" if self.country else self.currency

    @classmethod
    def parse(cls, text: object, *, field: str, on: date) -> tuple[Place, tuple[str, ...]]:
        """Read ``GB/GBP``, ``GB``, ``GBR`` or ``GBP``, and say what had to be assumed.

        Args:
            text: A country (alpha-2, alpha-3 or name), a currency, or ``country/currency``.
            field: The argument it came from, for the error.
            on: The day on which currencies must be valid.

        Returns:
            The place, and one sentence for each thing that was filled in.

        Raises:
            PaymentError: It is not text, or names neither a country nor a currency.
            CurrencyError: The currency is unknown or retired on that day.

        Example:
            >>> Place.parse("GBP", field="sender", on=date(2026, 10, 30))
            (Place(country='GB', currency='GBP'), ('sender: United Kingdom, from the currency GBP',))
        """
        if not isinstance(text, str):
            raise PaymentError(field, text, "text: a country, a currency, or country/currency such as 'KE/KES'")
        name, slash, code = text.strip().partition("/")
        if slash:
            found = _country(name, field)
            return cls(found.alpha2, currency(code.strip(), on=on)), ()
        if len(name) == _ISO_LETTERS and name.isupper():
            try:
                return cls._of_currency(currency(name, on=on), field, on)
            except CurrencyError as error:
                if error.until is not None:
                    raise
        found = _country(name, field)
        own = found.currency_on(on)
        return cls(found.alpha2, own), (f"{field}: {own}, the currency of {found.name}",)

    @classmethod
    def _of_currency(cls, code: str, field: str, on: date) -> tuple[Place, tuple[str, ...]]:
        home = home_of(code, on)
        if home is not None:
            return cls(home.alpha2, code), (f"{field}: {home.name}, from the currency {code}",)
        return cls(None, code), (f"{field}: any country that uses {code}",)

    def countries(self, on: date) -> frozenset[str]:
        """Return the alpha-2 codes that this place may mean on a day."""
        return frozenset({self.country}) if self.country else users_of(self.currency, on)


def _country(name: str, field: str) -> Country:
    try:
        return country(name)
    except PaymentError as error:
        expected = f"a country, a currency, or country/currency such as 'KE/KES' ({error.expected})"
        raise PaymentError(field, name, expected) from None


@dataclass(frozen=True, slots=True)
class Corridor:
    """Where the money comes from and where it goes.

    Attributes:
        payer: The sending place.
        payee: The receiving place.
        assumptions: What was filled in when it was read, one sentence each.
    """

    payer: Place
    payee: Place
    assumptions: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        """Return ``GB/GBP>KE/KES``."""
        return f"{self.payer}>{self.payee}"

    @classmethod
    def parse(cls, text: str, *, on: date | None = None) -> Corridor:
        """Read ``GB/GBP>KE/KES``, ``GB>KE`` or ``EUR>INR``.

        Args:
            text: Two places with ``>`` between them.
            on: The day on which the currencies must be valid; today when left out.

        Raises:
            PaymentError: There is no ``>``, or a side names no place.
            CurrencyError: A currency is unknown or retired on that day.

        Example:
            >>> str(Corridor.parse("GB>KE", on=date(2026, 10, 30)))
            'GB/GBP>KE/KES'
        """
        left, arrow, right = text.partition(">")
        if not arrow or ">" in right:
            raise PaymentError("corridor", text, "two places with one '>' between them, such as 'GB/GBP>KE/KES'")
        day = on or date.today()  # noqa: DTZ011 -- read in the caller's own calendar
        payer, said = Place.parse(left, field="sender", on=day)
        payee, also = Place.parse(right, field="to", on=day)
        return cls(payer, payee, said + also)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A margin that others were observed to take, for what a page does not publish.

    Attributes:
        low: At its cheap end, a fraction of one of the amount converted.
        high: At its dear end.
        words: On what it rests, for people: an offer that uses it says so.
        segment: Whose prices were observed, ``personal`` or ``business``: it may model no other offer.
    """

    low: Fraction
    high: Fraction
    words: str
    segment: str = "personal"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whose word a figure is, and from when.

    Attributes:
        kind: ``page`` the provider's own page, ``copy`` its text kept elsewhere, ``quoted`` figures of the page
            as given by somebody else, ``observed`` read off its quotes, ``law``, ``user``.
        source: Address of the page, or the name of whoever supplied the figure.
        published: The date that the page states for itself, if it states one.
        seen: The date on which the page showed these figures, if known. Never the date of entry.
        note: What a reader should know before trusting it, such as "its host is not the provider's".
    """

    kind: Literal["page", "copy", "quoted", "observed", "law", "user"]
    source: str
    published: date | None = None
    seen: date | None = None
    note: str | None = None

    @property
    def day(self) -> date | None:
        """The later of the two dates: the last day on which the figures are known to have held."""
        days = [day for day in (self.published, self.seen) if day is not None]
        return max(days, default=None)

    def age(self, on: date) -> str:
        """Return how old the figures are on the day of a payment, in words.

        Example:
            >>> page = Evidence("page", "https://bank.example/fees", seen=date(2025, 3, 28))
            >>> page.age(date(2026, 11, 28))
            'seen Mar 2025, 20 months'
        """
        if self.day is None:
            return "undated"
        verb = "seen" if self.day == self.seen else "stated"
        if on < self.day:
            return f"{verb} {self.day:%b %Y}, after the payment"
        months = (on.year - self.day.year) * 12 + on.month - self.day.month - (on.day < self.day.day)
        if months >= 1:
            how_long = f"{months} month{'s' * (months > 1)}"
        else:
            days = (on - self.day).days
            how_long = f"{days} day{'s' * (days != 1)}"
        return f"{verb} {self.day:%b %Y}, {how_long}"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much was sent before in the period over which a page counts its allowances and tiers.

    Attributes:
        state: ``unused`` or ``used_up``, where the caller says no more than that.
        payments: How many payments were made; None when not said.
        amount: What they came to; None when not said.
    """

    state: Literal["unused", "used_up"] | None = None
    payments: int | None = None
    amount: Money | None = None

    @classmethod
    def parse(cls, text: object) -> Usage:
        """Read ``unused``, ``used_up``, ``3 payments``, ``8000 GBP`` or ``3 payments, 8000 GBP``.

        Raises:
            PaymentError: It is none of these.

        Example:
            >>> used = Usage.parse("3 payments, 8000 GBP")
            >>> used.payments, str(used.amount)
            (3, '8,000.00 GBP')
        """
        if not isinstance(text, str):
            raise PaymentError("usage", text, _USAGE_EXPECTED)
        return _usage(text)


_USAGE_EXPECTED: Final = (
    "'unused', 'used_up', or what was used, such as '3 payments', '8000 GBP' or '3 payments, 8000 GBP'"
)


@cache
def _usage(text: str) -> Usage:
    if text in ("unused", "used_up"):
        return Usage(state=text)  # type: ignore[arg-type]  # one of the two
    payments, amount = None, None
    for part in text.split(", "):
        count, _, noun = part.partition(" ")
        if noun in ("payment", "payments") and count.isdecimal() and payments is None:
            payments = int(count)
        elif amount is None and noun not in ("payment", "payments"):
            try:
                amount = Money.parse(part, what="usage")
            except (PaymentError, CurrencyError):
                close = nearest(text, ("unused", "used_up"))
                raise PaymentError("usage", text, f"{_USAGE_EXPECTED}{close}") from None
        else:
            raise PaymentError("usage", text, _USAGE_EXPECTED)
    if amount is not None and amount.amount < 0:
        raise PaymentError("usage", text, "an amount that is not negative")
    return Usage(payments=payments, amount=amount)


def is_duration(text: str) -> bool:
    """Tell whether a text is an ISO 8601 duration of days, hours, minutes and seconds.

    Example:
        >>> is_duration("PT1H"), is_duration("P1DT12H"), is_duration("1 hour"), is_duration("P")
        (True, True, False, False)
    """
    return _DURATION.fullmatch(text) is not None


def seconds(duration: str) -> int:
    """Return the length of an ISO 8601 duration of days, hours, minutes and seconds.

    Example:
        >>> seconds("PT24H") == seconds("P1D"), seconds("PT1M30S")
        (True, 90)
    """
    units = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([DHMS])", duration))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One question: who pays whom, under which conditions, with which side held fixed.

    Attributes:
        side: Which amount is fixed.
        fixed: That amount.
        corridor: From where to where.
        on: The day of the order.
        moment: The instant of the order, where the caller gave one.
        client: Whose institution is being chosen.
        assumptions: What the caller left open and what was taken instead, one sentence each.

        usage: What was used of allowances before, as `Usage.parse` reads it; None when not said.
        quote_validity: How long the rate is to be locked, as an ISO 8601 duration; None for no lock.
        joined: The day on which the customer joined the provider; None for one who joins now.

    The other attributes are the conditions of `CONDITIONS` and three free words; None means open.
    """

    side: Side
    fixed: Money
    corridor: Corridor
    on: date
    moment: datetime | None = None
    client: str = "payer"
    segment: str = "personal"
    plan: str | None = None
    pay_in: str = "account"
    pay_out: str = "account"
    rail: str | None = None
    channel: str = "online"
    bearer: str = "SHAR"
    purpose: str | None = None
    payer_status: str | None = None
    payee_institution: str | None = None
    usage: str | None = None
    speed: str = "standard"
    quote_validity: str | None = None
    joined: date | None = None
    assumptions: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def ask(
        cls,
        pays: object = None,
        *,
        sends: object = None,
        gets: object = None,
        sender: str | None = None,
        to: str | None = None,
        at: date | datetime | str | None = None,
        joined: date | str | None = None,
        **conditions: str | None,
    ) -> Payment:
        """Read a question as a caller writes it, and refuse what cannot be meant.

        Args:
            pays: What leaves the payer, such as ``"1000 GBP"``.
            sends: The principal, in the payer's or the payee's currency.
            gets: What reaches the payee's institution.
            sender: The payer's place; taken from the currency of ``pays`` when left out.
            to: The payee's place; taken from the currency of ``gets`` when left out.
            at: Day or instant of the order, or its ISO 8601 text; today when left out. An instant needs a zone.
            joined: The day on which the customer joined, or its ISO 8601 text.
            **conditions: Any of `CONDITIONS`, or plan, payer_status, payee_institution, usage, quote_validity.

        Raises:
            PaymentError: Two sides or none, an amount that is not positive, an unknown condition or value, a place
                that cannot be found, an instant without zone, or a currency that is on neither side.
            CurrencyError: A currency is unknown or retired on that day.

        Example:
            >>> payment = Payment.ask("1000 GBP", to="IN", at=date(2026, 10, 30))
            >>> str(payment.corridor), str(payment.fixed), payment.side
            ('GB/GBP>IN/INR', '1,000.00 GBP', 'pays')
        """
        side, given = _one_side({"pays": pays, "sends": sends, "gets": gets})
        moment, day = _when(at)
        fixed = _positive(side, given, day)
        corridor = _corridor(side, fixed, sender, to, day)
        known, assumed = _conditions(conditions)
        member_since = None if joined is None else _joined(joined, day)
        return cls(
            side=side,
            fixed=fixed,
            corridor=corridor,
            on=day,
            moment=moment,
            assumptions=(*corridor.assumptions, *assumed, *_remarks(corridor, known["client"])),
            joined=member_since,
            **known,
        )


def _joined(given: date | str, day: date) -> date:
    since = _when(given)[1] if isinstance(given, date | str) else None
    if since is None or since > day:
        raise PaymentError("joined", str(given), f"a day on or before the payment's, {day}")
    return since


def _one_side(sides: Mapping[Side, object]) -> tuple[Side, object]:
    given = {side: value for side, value in sides.items() if value is not None}
    if len(given) != 1:
        found = " and ".join(f"{side}={value!r}" for side, value in given.items()) or "none of them"
        raise PaymentError("pays, sends, gets", found, "exactly one of the three: the side that is held fixed")
    return next(iter(given.items()))


def _when(at: date | datetime | str | None) -> tuple[datetime | None, date]:
    if at is None:
        return None, date.today()  # noqa: DTZ011 -- an order is placed in the payer's own calendar
    if isinstance(at, str):
        at = _read_day(at)
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise PaymentError("at", at.isoformat(), "an instant with a zone, or a plain date")
        return at, at.date()
    if isinstance(at, date):
        return None, at
    raise PaymentError("at", at, "a datetime.date, or a datetime.datetime with a zone")


def day_of(at: date | datetime | str | None) -> date:
    """Return the day of an order; today when nothing is said.

    Args:
        at: A day, an instant with a zone, or the ISO 8601 text of either.

    Raises:
        PaymentError: It is none of these.
    """
    return _when(at)[1]


def _read_day(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) <= _ISO_DAY else datetime.fromisoformat(text)
    except ValueError:
        expected = "a day such as '2026-10-30', or an instant with a zone such as '2026-10-30T09:00+01:00'"
        raise PaymentError("at", text, expected) from None


def _positive(side: Side, given: object, day: date) -> Money:
    if isinstance(given, Money):
        fixed = given
    elif isinstance(given, str):
        fixed = Money.parse(given, what=side)
    else:
        what = "a float cannot hold every cent" if isinstance(given, float) else "it has no currency"
        raise PaymentError(side, given, f"text such as '1000 GBP', or Money ({what})")
    if fixed.amount <= 0:
        raise PaymentError(side, str(fixed), "an amount above zero")
    code = currency(fixed.currency, on=day)
    if (fixed.exact / minor_unit(code)).denominator != 1:
        raise PaymentError(side, str(fixed), f"a multiple of {as_decimal(minor_unit(code))} {code}, its minor unit")
    return Money.of(fixed.amount, code)


def _corridor(side: Side, fixed: Money, sender: str | None, to: str | None, day: date) -> Corridor:
    if sender is None and side == "gets":
        raise PaymentError("sender", None, "the payer's place, such as 'GB' or 'GB/GBP'")
    if to is None and side != "gets":
        raise PaymentError("to", None, "the payee's place, such as 'IN' or 'IN/INR'")
    payer, said = Place.parse(fixed.currency if sender is None else sender, field="sender", on=day)
    payee, also = Place.parse(fixed.currency if to is None else to, field="to", on=day)
    if side == "pays" and _names_country_alone(sender, payer):
        payer, said = Place(payer.country, fixed.currency), ()
    if side == "gets" and _names_country_alone(to, payee):
        payee, also = Place(payee.country, fixed.currency), ()
    ends = {"pays": (payer,), "gets": (payee,), "sends": (payer, payee)}[side]
    if fixed.currency not in {place.currency for place in ends}:
        expected = " or ".join(sorted({place.currency for place in ends}))
        expected = f"an amount in {expected}, the currency of that side of {payer}>{payee}"
        if side != "sends" and ends[0].country:
            expected += f"; an account in {fixed.currency} there is {ends[0].country}/{fixed.currency}"
        raise PaymentError(side, str(fixed), expected)
    return Corridor(payer, payee, said + also)


def _remarks(corridor: Corridor, client: str) -> Iterator[str]:
    """Yield what a caller may have meant otherwise."""
    payer, payee = corridor.payer, corridor.payee
    if payer == payee and payer.country:
        yield f"payer and payee are both {payer}: tariffs for payments abroad seldom speak of payments within a country"
    elif client == "payee" and payee.country and payer.currency != payee.currency:
        kept = payer.currency
        yield f"the payee is paid in {payee.currency}; one who keeps {kept} is {payee.country}/{kept}"


def _names_country_alone(text: str | None, place: Place) -> bool:
    """Tell whether a caller named a country and left its currency to the amount."""
    return text is not None and "/" not in text and place.country is not None and text.strip() != place.currency


def _conditions(given: Mapping[str, str | None]) -> tuple[dict[str, str], tuple[str, ...]]:
    for name, value in given.items():
        _check_condition(name, value)
    known = {name: value for name, value in given.items() if value is not None}
    assumed = tuple(words for name, words in _ASSUMED.items() if name not in known)
    return {**_DEFAULTS, **known}, assumed


def _check_condition(name: str, value: object) -> None:
    names = (*CONDITIONS, *_FREE, "usage", "quote_validity")
    if name not in names:
        raise PaymentError(name, value, f"one of {', '.join(sorted(names))}{nearest(name, names)}")
    if value is None or (name in _FREE and isinstance(value, str)):
        return
    if name == "usage":
        Usage.parse(value)
    elif name == "quote_validity":
        if not isinstance(value, str) or not is_duration(value):
            raise PaymentError(name, value, "an ISO 8601 duration such as 'PT1H'")
    else:
        valid = CONDITIONS.get(name, ())
        if value not in valid:
            expected = f"one of {', '.join(valid)}{_closest(name, str(value))}" if valid else "text"
            raise PaymentError(name, value, expected)


def _closest(name: str, found: str) -> str:
    valid = CONDITIONS[name]
    if name == "bearer" and found.upper() in _MT103:
        return f"; {found.upper()} is written {_MT103[found.upper()]!r}"
    return nearest(found, valid) or nearest(found.upper(), valid)
