"""What an index is: a rule that says which services count, how many, and how they are averaged.

A rule is a value. It prints itself in words, and every result carries the rule that made it. What the World Bank
leaves unsaid (how far SmaRT's "accessible" reaches, what "digital" takes in) is a named option of the rule; why each
default was chosen is argued in ``docs/survey.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from paycompare.errors import PaymentError, nearest
from paycompare.survey.names import alpha3, firm_key
from paycompare.survey.schema import SPEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "ACCESS",
    "DIGITAL",
    "MARGINS",
    "RULES",
    "Access",
    "Digital",
    "IndexRule",
    "Margins",
    "Ranges",
    "Unit",
    "rule_named",
]

Unit = Literal["quote", "corridor", "flow"]
Access = Literal["any", "high_or_medium", "high"]
Ranges = Literal["dear", "cheap"]
Margins = Literal["comparable", "all"]
Digital = Literal["paid_online_received", "paid_and_received", "access_point"]

ACCESS: Final[Mapping[Access, str]] = {
    "any": "whatever the reach of its network",
    "high_or_medium": (
        "received into an account, wallet or card, or delivered, or where the network is of high or medium coverage "
        "(before 2016_2Q: nationwide or in major cities)"
    ),
    "high": (
        "received into an account, wallet or card, or delivered, or where the network is of high coverage "
        "(before 2016_2Q: nationwide)"
    ),
}
"""What SmaRT's condition of access may mean, in words."""

DIGITAL: Final[Mapping[Digital, str]] = {
    "paid_online_received": (
        "paid without cash, ordered by internet or mobile phone, and received into an account, wallet or card"
    ),
    "paid_and_received": "paid without cash and received into an account, wallet or card, wherever it is ordered",
    "access_point": "ordered by internet or mobile phone, however paid and received",
}
"""What makes a service digital, in words; before 2016_2Q the survey does not tell."""

MARGINS: Final[Mapping[Margins, str]] = {
    "comparable": "the margin over the services whose margin can be compared",
    "all": "the margin as it adds to the cost: none where it is hidden or cannot be compared",
}
"""What the mean margin beside a mean cost is of, in words; the cost itself is the same."""

_UNITS: Final[Mapping[Unit, str]] = {
    "quote": "the plain mean over services",
    "corridor": "the plain mean over corridors of each corridor's mean",
    "flow": "the mean over corridors of each corridor's mean, weighted by the money that flows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRule:
    """Which services an average takes, and how it takes them.

    Attributes:
        amount: The amount whose costs are averaged, in US dollars by name: 200 or 500 in the World Bank's survey.
        transparent_only: Whether services that hide their exchange rate are left out. Where they are not, their
            stated total (the fee alone) counts, and the result is a lower bound.
        without_senders: Sending countries left out, by ISO 3166 code or English name; kept as alpha-3.
        unit: What is averaged: each quote, each corridor, or corridors weighted by flows.
        cheapest: Only so many services of each corridor, the cheapest; None takes all.
        fewest: Corridors with fewer qualifying services than this drop out.
        within: Only services at least as fast as this, one of `paycompare.survey.schema.SPEEDS`.
        access: What "accessible" means for this rule, one of `ACCESS`.
        digital: True for digital services only, False for those that are not, "unknown" for those of which the survey
            does not tell, None for all.
        digital_set: What makes a service digital, one of `DIGITAL`.
        presence: Only firms that serve at least this share of all corridors surveyed in the quarter, a fraction of
            one; which part of the survey is averaged does not matter.
        ranges: In a survey of your own, which end of a total that is a range counts; None where there are none.
        firm_types: Only these provider types, as the survey writes them.
        firms: Only these firms, by their names; a former name is followed.
        margins: What the mean margin is of, one of `MARGINS`.

    Example:
        >>> print(IndexRule(without_senders=("Russia",)))
        total cost of sending USD 200, percent of the amount; the plain mean over services; transparent services \
only; without senders in RUS
    """

    amount: int = 200
    transparent_only: bool = True
    without_senders: tuple[str, ...] = ()
    unit: Unit = "quote"
    cheapest: int | None = None
    fewest: int = 1
    within: str | None = None
    access: Access = "any"
    digital: bool | Literal["unknown"] | None = None
    digital_set: Digital = "paid_online_received"
    presence: float | None = None
    ranges: Ranges | None = None
    firm_types: tuple[str, ...] = ()
    firms: tuple[str, ...] = ()
    margins: Margins = "comparable"

    def __post_init__(self) -> None:
        """Read names in their usual forms, and refuse what no survey could follow."""
        for part, form in (("without_senders", alpha3), ("firm_types", str), ("firms", firm_key)):
            object.__setattr__(self, part, _each_once(part, getattr(self, part), form))
        _one_of("transparent_only", self.transparent_only, (True, False))
        _one_of("margins", self.margins, get_args(Margins))
        _one_of("unit", self.unit, get_args(Unit))
        _one_of("access", self.access, get_args(Access))
        _one_of("digital_set", self.digital_set, get_args(Digital))
        if self.digital is not None:
            _one_of("digital", self.digital, (True, False, "unknown"))
        if self.ranges is not None:
            _one_of("ranges", self.ranges, get_args(Ranges))
        if self.within is not None:
            _one_of("within", self.within, SPEEDS)
        if self.cheapest is not None and not _counts(self.cheapest):
            raise PaymentError("cheapest", self.cheapest, "at least one service, or None for all")
        if not _counts(self.fewest):
            raise PaymentError("fewest", self.fewest, "at least one service")
        if self.presence is not None and not 0 < self.presence <= 1:
            raise PaymentError("presence", self.presence, "a share of the corridors between 0 and 1")

    def changed(self, **changes: Any) -> IndexRule:  # noqa: ANN401 -- the fields have types of their own
        """Return the rule with some of its parts changed.

        Raises:
            PaymentError: The rule has no such part.

        Example:
            >>> IndexRule().changed(amount=500).amount
            500
        """
        known = [one.name for one in fields(self)]
        for name in changes:
            _one_of("rule", name, known)
        return replace(self, **changes)

    def __str__(self) -> str:
        """Return the whole rule in words."""
        return self.of(f"USD {self.amount:,}, percent of the amount")

    def of(self, sent: str) -> str:
        """Return the whole rule in words, for costs of what is sent.

        Example:
            >>> IndexRule().of("USD 200 and USD 500")
            'total cost of sending USD 200 and USD 500; the plain mean over services; transparent services only'
        """
        return "; ".join(
            [
                f"total cost of sending {sent}",
                _UNITS[self.unit],
                "transparent services only"
                if self.transparent_only
                else "with services that hide their rate, whose fee alone counts: a lower bound",
                *self._conditions(),
            ]
        )

    def _conditions(self) -> list[str]:
        kind = _DIGITAL_KINDS[self.digital]
        said = {
            f"a range counts by its {self.ranges} end": self.ranges,
            f"the {self.cheapest} cheapest of each corridor": self.cheapest,
            f"corridors with at least {self.fewest} qualifying services": self.fewest > 1,
            f"done within {self.within}": self.within,
            ACCESS[self.access]: self.access != "any",
            f"{kind} {DIGITAL[self.digital_set]}": self.digital is not None,
            f"firms that serve at least {self.presence or 0:.0%} of all corridors of the quarter": self.presence,
            f"provider type {' or '.join(self.firm_types)}": self.firm_types,
            f"firms {', '.join(self.firms)}": self.firms,
            f"without senders in {', '.join(self.without_senders)}": self.without_senders,
            MARGINS[self.margins]: self.margins != "comparable",
        }
        return [words for words, holds in said.items() if holds]


_DIGITAL_KINDS: Final[Mapping[bool | str | None, str]] = {
    True: "only services",
    False: "all but services",
    "unknown": "only services of which the survey does not tell whether they are",
    None: "",
}


def _each_once(part: str, given: object, form: Callable[[str], str]) -> tuple[str, ...]:
    """Return names in one form; a text is one name, and not a row of letters."""
    several = (given,) if isinstance(given, str) else given
    if not isinstance(several, Iterable):
        raise PaymentError(part, given, "a name, or several")
    read = tuple(form(one) for one in several)
    if len(set(read)) < len(read):
        raise PaymentError(part, ", ".join(map(str, several)), "each of them once")
    return read


def _counts(found: object) -> bool:
    """Return whether this is a number of services."""
    return isinstance(found, int) and found >= 1


def _one_of(field: str, found: object, valid: Sequence[object]) -> None:
    if found not in valid:
        words = [str(one) for one in valid]
        raise PaymentError(field, found, f"one of {', '.join(words)}{nearest(str(found), words)}")


_RUSSIA: Final = ("RUS",)

RULES: Final[Mapping[str, IndexRule]] = {
    "average": IndexRule(),
    "global": IndexRule(without_senders=_RUSSIA),
    "weighted": IndexRule(unit="flow"),
    "smart": IndexRule(unit="corridor", cheapest=3, within="3-5 days", access="high_or_medium"),
    "international_mto": IndexRule(presence=0.85, firm_types=("Money Transfer Operator",)),
    "digital": IndexRule(digital=True, without_senders=_RUSSIA),
    "non_digital": IndexRule(digital=False, without_senders=_RUSSIA),
}
"""The World Bank's indices by name. ``average`` is the rule of its regions, countries, provider types and corridors."""


def rule_named(name: str) -> IndexRule:
    """Return the rule of an index.

    Raises:
        PaymentError: There is none of this name.

    Example:
        >>> rule_named("smart").cheapest
        3
    """
    _one_of("index", name, list(RULES))
    return RULES[name]
