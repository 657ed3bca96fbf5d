"""The protocol of an adapter: what ``providers/<id>/adapter.py`` defines, and the values that it takes and gives.

    SOURCE: Source                                    what it is, where it lives, what it needs
    request(ask, *before) -> Request | None           the next request; None when the answers so far are enough
    parse(ask, *answers) -> Iterable[Priced | Observed | LiveRate | ProviderChanged]
    problem(answer) -> Exception | None               optional: an error in the source's own words

All are pure: no clock, no chance, no file, no network. Time, a nonce and credentials are handed over in the `Ask`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar
from urllib.parse import urlencode

from paycompare.errors import PaycompareError, ProviderChanged, RateUnavailable
from paycompare.live.priced import Answer, Charge, LiveRate, Observed, Priced
from paycompare.live.secret import Certificate, Credentials, Need
from paycompare.money import Money, as_decimal, minor_unit, rounded

if TYPE_CHECKING:
    from fractions import Fraction

    from paycompare.live.reading import Node, Response
    from paycompare.terms import Payment, Side

__all__ = [
    "Adapter",
    "Answer",
    "Ask",
    "Certificate",
    "Charge",
    "Credentials",
    "Declined",
    "LiveRate",
    "Need",
    "Observed",
    "Priced",
    "Request",
    "Source",
    "each_of",
    "form_body",
    "json_body",
    "problem_of",
]

"""What a source can say: a price, an average that somebody observed, or a reference rate."""


class Declined(PaycompareError):
    """A source cannot answer this question; no fault of anybody, and the reason stands beside the quotes."""


_Answer = TypeVar("_Answer", bound=Answer)
_SHOWN: Final = 60
"""Characters of a name that an error shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A service that answers live.

    Attributes:
        name: What a person calls it.
        url: Scheme, host and base path that all requests begin with, such as ``https://api.example/v2``; a user can
            point it elsewhere (a sandbox, a proxy), so adapters build on `Ask.url`.
        documentation: Where the service is documented for outside callers.
        gives: ``prices`` for the ranking, ``rates`` for the reference, ``observations`` beside the ranking.
        lifetime: How long an answer may be used again.
        needs: The environment variables it reads; none when it is open to everybody.
        sides: Which sides of a payment it can hold fixed.
        only: Conditions of `paycompare.terms.CONDITIONS` that it answers for, those not named being open.
        calls: How many requests one answer takes at most.
        per_second: How many requests a second its host is asked at most; sources of one host share them.
        together: How many requests its host is asked at the same time at most.
        preview: Whether its makers call it a preview that may change.
        estimates: Whether it has prices that are not the provider's own word.
    """

    name: str
    url: str
    documentation: str
    gives: Literal["prices", "rates", "observations"] = "prices"
    lifetime: timedelta = timedelta(minutes=1)
    needs: tuple[Need, ...] = ()
    sides: tuple[Side, ...] = ("pays", "sends", "gets")
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calls: int = 1
    per_second: int = 2
    together: int = 2
    preview: bool = False
    estimates: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be kept, while the adapter is imported and before anybody is asked."""
        lasts = isinstance(self.lifetime, timedelta) and self.lifetime > timedelta()
        expected = {
            "gives": ("prices, rates or observations", self.gives in ("prices", "rates", "observations")),
            "lifetime": ("a timedelta above zero", lasts),
            "needs": ("values of Need", all(isinstance(one, Need) for one in self.needs)),
            **{name: ("one or more", getattr(self, name) >= 1) for name in ("calls", "per_second", "together")},
        }
        for name, (words, holds) in expected.items():
            if not holds:
                msg = f"{name}: found {getattr(self, name)!r}, expected {words}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to one source, with everything that is not its own to know.

    Attributes:
        source: Id of the source: the name of its folder.
        payment: The payment.
        now: The instant of asking, UTC.
        base: `Source.url`, or where the user points it.
        nonce: Random text, fresh for each attempt, for signatures.
        credentials: What its environment variables hold.
        reference: Units of the second currency per unit of the first, from the comparison's reference rates.
    """

    source: str
    payment: Payment
    now: datetime
    base: str
    nonce: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    reference: Callable[[str, str], Fraction] = field(repr=False)

    @property
    def payer(self) -> str:
        """ISO 4217 code of the payer's currency."""
        return self.payment.corridor.payer.currency

    @property
    def payee(self) -> str:
        """ISO 4217 code of the payee's currency."""
        return self.payment.corridor.payee.currency

    @property
    def payer_country(self) -> str | None:
        """ISO 3166 alpha-2 code of the payer's country; None when it is open."""
        return self.payment.corridor.payer.country

    @property
    def payee_country(self) -> str | None:
        """ISO 3166 alpha-2 code of the payee's country; None when it is open."""
        return self.payment.corridor.payee.country

    @property
    def fixed(self) -> Money:
        """The amount that is held fixed; which side it is of, `side` says."""
        return self.payment.fixed

    @property
    def side(self) -> Side:
        """Which side is held fixed."""
        return self.payment.side

    @property
    def payer_fixed(self) -> bool:
        """Whether the fixed amount is one of the payer's currency, and counts from the payer's end."""
        return self.side != "gets" and self.fixed.currency == self.payer

    @property
    def on(self) -> date:
        """The day of the payment."""
        return self.payment.on

    def url(self, path: str) -> str:
        """Return an address of the service.

        Args:
            path: What follows the base, beginning with ``/``.
        """
        return self.base.rstrip("/") + path

    def money(self, value: Fraction, code: str) -> Money:
        """Return an amount on the minor unit of its currency, half up.

        Args:
            value: Units of the currency.
            code: ISO 4217 code.
        """
        return Money.of(as_decimal(rounded(value, minor_unit(code))), code)

    def converted(self, money: Money, code: str) -> Money:
        """Return an amount at the reference in another currency, on its minor unit.

        Args:
            money: The amount.
            code: The other currency.

        Raises:
            Declined: A currency has no reference rate, so that the source's figure cannot be used.
        """
        if money.currency == code:
            return money
        try:
            return self.money(money.exact * self.reference(money.currency, code), code)
        except RateUnavailable as error:
            raise Declined(f"it states {money}, and there is no reference rate for {code}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; it prints neither its query, its headers nor its body, where secrets may be.

    Attributes:
        url: Absolute address without query, from `Ask.url`.
        method: ``GET`` or ``POST``.
        query: Query parameters, in order.
        headers: Headers beyond those that every request has.
        body: The body; see `json_body` and `form_body`.
        certificate: Client certificate for mutual TLS.
        keep: How long its answer may serve other questions to this source, as that of a login does; None for this
            question alone. What is kept this way is never written to disk.
    """

    url: str
    method: Literal["GET", "POST"] = "GET"
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    certificate: Certificate | None = None
    keep: timedelta | None = None


def json_body(value: Mapping[str, object]) -> bytes:
    """Return an object as a JSON body, every Decimal written with its own digits.

    Args:
        value: Text, int, Decimal, truth values, None, lists and mappings.

    Example:
        >>> json_body({"sourceAmount": Decimal("1000.10"), "targetAmount": None})
        b'{"sourceAmount": 1000.10, "targetAmount": null}'
    """
    return _written(value).encode()


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)}: {_written(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    if value is None or isinstance(value, str | int):
        return json.dumps(value)
    msg = f"cannot write {type(value).__name__} exactly"
    raise TypeError(msg)


def form_body(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return pairs as a form body (``application/x-www-form-urlencoded``).

    Example:
        >>> form_body([("from_currencies[]", "gbp"), ("lock_duration", "none")])
        b'from_currencies%5B%5D=gbp&lock_duration=none'
    """
    return urlencode(list(pairs)).encode()


def each_of(
    rows: Iterable[Node], read: Callable[[Node], Iterable[_Answer | ProviderChanged]], *, named: str = ""
) -> Iterator[_Answer | ProviderChanged]:
    """Read row by row; what is wrong with one is said, and costs none of the others.

    Args:
        rows: The rows.
        read: Reads a row, which may give nothing, or rows of its own with their faults.
        named: The field that says whose a row is, to be said with what is wrong.
    """
    for row in rows:
        try:
            found = list(read(row))
        except ProviderChanged as error:
            found = [error]
        name = row.value.get(named) if isinstance(row.value, dict) else None
        whose = f", in the row of {name[:_SHOWN]}" if isinstance(name, str) else ""
        for one in found:
            if isinstance(one, ProviderChanged):
                yield ProviderChanged(one.provider, one.field, one.found, f"{one.expected}{whose}")
            else:
                yield one


class Adapter(Protocol):
    """The module ``adapter.py`` of a provider folder."""

    SOURCE: Source

    @property
    def request(self) -> Callable[..., Request | None]:
        """Return the next request, given the `Ask` and the answers so far; may raise `Declined`."""

    @property
    def parse(self) -> Callable[..., Iterable[Answer | ProviderChanged]]:
        """Return what the answers say, given the `Ask` and all of them; may raise `Declined` or `ProviderChanged`.

        A `ProviderChanged` among what it says is a row that could not be read, beside others that could; see `each_of`.
        """


def problem_of(adapter: Adapter, answer: Response) -> Exception | None:
    """Return the error that an answer reports in the source's own words; None when it reports none.

    Args:
        adapter: The adapter; its ``problem`` is optional.
        answer: Any answer, whatever its status.
    """
    problem: Callable[[Response], Exception | None] | None = getattr(adapter, "problem", None)
    return problem(answer) if problem else None
