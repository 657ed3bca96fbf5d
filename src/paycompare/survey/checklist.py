"""The World Bank's 12 minimum requirements for databases that compare the cost of remittances, over any survey.

Six of them show in the data. The others are about whoever runs the database, and only they can answer; what they do
not answer stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError
from paycompare.survey.names import alpha3, firm_key
from paycompare.survey.select import quarter_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.survey.dataset import Survey

__all__ = ["REQUIREMENTS", "Checklist", "Operator", "Requirement", "minimum_requirements"]

_ENOUGH: Final = 0.6
"""Share of a corridor's market that the providers shown must hold together."""

_ROUNDING: Final = 0.005
"""By how much rounded shares may come to more than the whole."""

REQUIREMENTS: Final = (
    "prices for at least two amounts in each corridor",
    "the fee is shown",
    "the exchange rate that is applied is shown",
    "the total cost is shown",
    "the time that a transfer takes is shown",
    "the type of provider is shown",
    "the providers shown hold at least 60 percent of each corridor's market",
    "whoever collects the prices is independent of the providers",
    "prices are collected by mystery shopping",
    "no advertising",
    "funding is disclosed, not from providers, and access needs no subscription",
    "links to other certified databases",
)
"""In our words, in the order in which certified databases list them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What only whoever runs the database can say; None where they have not.

    Attributes:
        independent: Whether those who collect prices are independent of the providers.
        mystery_shopped: Whether prices are collected by mystery shopping.
        without_advertising: Whether it carries no advertising.
        funding_disclosed: Whether its funding is disclosed, does not come from providers, and access is free.
        links: Whether it links to other certified databases.
        market_shares: By corridor (``GBRKEN`` or ``GBKE``), provider to its share of the market there, a fraction of
            one; providers that are not surveyed have theirs too, and a former name is followed.
    """

    independent: bool | None = None
    mystery_shopped: bool | None = None
    without_advertising: bool | None = None
    funding_disclosed: bool | None = None
    links: bool | None = None
    market_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement, and what was found.

    Attributes:
        number: From 1 to 12.
        words: What is required.
        met: Whether it is met; None where nobody has said.
        found: On what the answer rests.
    """

    number: int
    words: str
    met: bool | None
    found: str

    def __str__(self) -> str:
        """Return it as one line."""
        answer = {True: "yes", False: "no", None: "not known"}[self.met]
        return f"{self.number:>2} {answer:<9} {self.words}: {self.found}"


@dataclass(frozen=True, slots=True)
class Checklist:
    """All twelve requirements.

    Attributes:
        requirements: In order.
    """

    requirements: tuple[Requirement, ...]

    @property
    def met(self) -> bool | None:
        """Whether all are met; None where none fails and some are not known."""
        answers = {one.met for one in self.requirements}
        return False if False in answers else None if None in answers else True

    def __str__(self) -> str:
        """Return one line for each requirement."""
        return "\n".join(map(str, self.requirements))


def minimum_requirements(survey: Survey, operator: Operator | None = None, *, period: str | None = None) -> Checklist:
    """Check a survey against the 12 minimum requirements of the World Bank.

    A checklist helps to prepare for a certification; it certifies nothing.

    Args:
        survey: The rows.
        operator: What whoever runs the database says about it.
        period: The quarter; the last one when left out.

    Raises:
        PaymentError: The survey has no rows or no such quarter; or market shares name no corridor, name one or a
            provider twice, are no fractions of one, or add up to more than one.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([{"fee_200": 3.0, "rate_200": 160.0, "total_percent_500": 4.0}])
        >>> found = minimum_requirements(survey, Operator(independent=True))
        >>> [one.met for one in found.requirements][:8]
        [True, True, True, True, True, True, None, True]
        >>> found.met is None
        True
    """
    rows = survey.frame.filter(pl.col("period") == quarter_of(survey, period))
    said = operator or Operator()
    first = min(survey.amounts)
    found = [
        _two_amounts(rows, survey.amounts),
        _shown(rows, f"fee_{first}"),
        _disclosed(rows, f"rate_{first}"),
        _disclosed(rows, f"total_percent_{first}"),
        _shown(rows, "speed"),
        _shown(rows, "firm_type"),
        _coverage(rows, said.market_shares),
        _told(said.independent),
        _told(said.mystery_shopped),
        _told(said.without_advertising),
        _told(said.funding_disclosed),
        _told(said.links),
    ]
    pairs = zip(REQUIREMENTS, found, strict=True)
    return Checklist(tuple(Requirement(number, words, *one) for number, (words, one) in enumerate(pairs, start=1)))


_Found = tuple[bool | None, str]


def _two_amounts(rows: pl.DataFrame, amounts: tuple[int, ...]) -> _Found:
    priced = [pl.col(f"total_percent_{amount}").is_not_null().any() for amount in amounts]
    corridors = rows.group_by("corridor").agg(pl.sum_horizontal(priced).alias("amounts"))
    short = corridors.filter(pl.col("amounts") < 2).height  # noqa: PLR2004 -- two are what is required
    return short == 0, f"{corridors.height - short} of {corridors.height} corridors"


def _shown(rows: pl.DataFrame, column: str) -> _Found:
    with_it = rows.height - rows[column].null_count()
    return with_it == rows.height, f"{column} in {with_it:,} of {rows.height:,} rows"


def _disclosed(rows: pl.DataFrame, column: str) -> _Found:
    """Return in how many rows a figure is what it is called: a hidden rate is no rate, and its total the fee alone."""
    told = pl.col("transparent").fill_null(value=False)
    hidden = rows.filter(~told).height
    met, found = _shown(rows.with_columns(pl.when(told).then(pl.col(column))), column)
    return met, f"{found}; {hidden:,} do not disclose their rate" if hidden else found


def _told(answer: bool | None) -> _Found:  # noqa: FBT001 -- an answer that may be missing
    return answer, "not said" if answer is None else "as the operator says"


def _coverage(rows: pl.DataFrame, given: Mapping[str, Mapping[str, float]]) -> _Found:
    if not given:
        return None, "no market shares given"
    shares = _read(given)
    corridors = sorted(rows["corridor"].cast(pl.String).unique())
    shown = {one: _firms(rows, one) for one in corridors if one in shares}
    # Rounded, because shares of 60 percent together may come out below it in binary.
    told = {
        one: round(sum(share for firm, share in shares[one].items() if firm in firms), 9)
        for one, firms in shown.items()
    }
    low = sorted(one for one, share in told.items() if share < _ENOUGH)
    unknown = len(corridors) - len(told)
    absent = sorted({firm for one, firms in shown.items() for firm in shares[one] if firm not in firms})
    elsewhere = sorted(shares.keys() - corridors)
    words = "; ".join(
        [
            f"{len(told) - len(low)} of {len(corridors)} corridors",
            *([f"below in {', '.join(low)}"] if low else []),
            *([f"with a share of the market, and not shown: {', '.join(absent)}"] if absent else []),
            *([f"with shares given, and not surveyed: {', '.join(elsewhere)}"] if elsewhere else []),
        ]
    )
    return (False if low else None if unknown else True), words


def _read(given: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return market shares by corridor and provider as the survey writes them; refuse what cannot be shares."""
    shares: dict[str, dict[str, float]] = {}
    for named, firms in given.items():
        field = f"market_shares[{named!r}]"
        half = len(named) // 2
        corridor = "".join(alpha3(code) for code in (named[:half], named[half:]))
        if corridor in shares:
            raise PaymentError(field, named, f"each corridor once: {corridor} stands there already")
        here = shares[corridor] = {firm_key(firm): share for firm, share in firms.items()}
        if len(here) < len(firms):
            raise PaymentError(field, ", ".join(firms), "each provider once, a former name being the same provider")
        for firm, share in firms.items():
            if not 0 <= share <= 1:
                raise PaymentError(f"{field}[{firm!r}]", share, "a fraction of one, such as 0.4 for 40 percent")
        if sum(here.values()) > 1 + _ROUNDING:
            raise PaymentError(field, f"shares of {sum(here.values()):.2f} together", "at most 1")
    return shares


def _firms(rows: pl.DataFrame, corridor: str) -> set[str]:
    return set(rows.filter(pl.col("corridor") == corridor)["firm_key"].cast(pl.String))
