"""What a catalogue covers: from where, for whom, how old, what is unpublished, and what each corridor gets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from paycompare.errors import NoOffer, PaycompareError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from paycompare.published.catalogue import Catalogue, Leaf
    from paycompare.published.schema import Step

__all__ = [
    "CORRIDORS",
    "CorridorRow",
    "CountryRow",
    "by_corridor",
    "by_country",
    "leaves_open",
    "newest_day",
    "step_open",
]

CORRIDORS: Final = (
    ("DE>CN", "5000 EUR"),
    ("US>MX", "5000 USD"),
    ("GB>KE", "5000 GBP"),
    ("KE>GB", "500000 KES"),
    ("IN>US", "500000 INR"),
    ("SG>ID", "5000 SGD"),
    ("AU>PH", "5000 AUD"),
    ("BR>PT", "5000 BRL"),
    ("NG>GB", "5000000 NGN"),
    ("FR>MA", "5000 EUR"),
)
"""Ten trade corridors between all continents, each with an amount in the payer's currency."""


@dataclass(frozen=True, slots=True)
class CountryRow:
    """What is held of prices for payers in one country.

    Attributes:
        country: ISO 3166 alpha-2 code.
        providers: How many institutions.
        tariffs: How many tariffs.
        segments: Whom they are for, with how many each; a tariff for everybody counts for each.
        evidence: How many by the kind of their evidence.
        newest: The latest day of their evidence; None when all are undated.
        undated: How many stand on undated pages.
        unpublished: How many leave a charge or margin of their own unpublished.
    """

    country: str
    providers: int
    tariffs: int
    segments: Mapping[str, int]
    evidence: Mapping[str, int]
    newest: date | None
    undated: int
    unpublished: int


@dataclass(frozen=True, slots=True)
class CorridorRow:
    """What one question to the catalogue gets.

    Attributes:
        corridor: From where to where.
        pays: What the payer pays.
        segment: Personal or business.
        standings: How many offers are complete, modelled, bounded and unconfirmed.
        best: Id of the winning offer; None when the verdict is open or nobody serves.
        domestic: How many of the complete and modelled offers are of banks of the payer's country.
    """

    corridor: str
    pays: str
    segment: str
    standings: Mapping[str, int]
    best: str | None
    domestic: int


def by_country(held: Catalogue) -> Iterator[CountryRow]:
    """Yield a row for each country from which prices for payers are held, in the order of their codes.

    Args:
        held: The catalogue.
    """
    found: dict[str, list[tuple[str, Leaf]]] = {}
    for folder in held.folders.values():
        for leaf in folder.leaves:
            for country in sorted(_senders(leaf, folder.about.country)):
                found.setdefault(country, []).append((folder.id, leaf))
    for country, pairs in sorted(found.items()):
        leaves = [leaf for _, leaf in pairs]
        segments = Counter(one for leaf in leaves for one in leaf.tariff.conditions.segment or ("personal", "business"))
        days = [day for leaf in leaves if (day := newest_day(leaf)) is not None]
        yield CountryRow(
            country=country,
            providers=len({name for name, _ in pairs}),
            tariffs=len(leaves),
            segments=dict(sorted(segments.items())),
            evidence=dict(sorted(Counter(leaf.page.kind for leaf in leaves).items())),
            newest=max(days, default=None),
            undated=len(leaves) - len(days),
            unpublished=sum(leaves_open(leaf) for leaf in leaves),
        )


def by_corridor(
    held: Catalogue,
    questions: Iterable[tuple[str, str]] = CORRIDORS,
    *,
    segments: Iterable[str] = ("personal", "business"),
    at: date | None = None,
) -> Iterator[CorridorRow]:
    """Yield what each corridor gets from the catalogue that comes with the library, for each segment.

    Args:
        held: That catalogue, for the home countries of its banks.
        questions: Corridors, each with what the payer pays.
        segments: For whom.
        at: The day of the order; today when left out.
    """
    from paycompare.comparison import compare

    for corridor, pays in questions:
        sender, _, to = corridor.partition(">")
        for segment in segments:
            try:
                answer = compare(pays, sender=sender, to=to, segment=segment, at=at)
            except NoOffer:
                yield CorridorRow(corridor, pays, segment, {}, None, 0)
                continue
            quotes = [*answer.quotes, *(bound.quote for bound in answer.bounds)]
            home = answer.payment.corridor.payer.country
            domestic = sum(
                1
                for quote in answer.quotes
                if held.folders[quote.provider].about.kind == "bank"
                and held.folders[quote.provider].about.country == home
            )
            standings = Counter[str](quote.standing for quote in quotes)
            best = None if answer.best is None else answer.best.offer.id
            yield CorridorRow(corridor, pays, segment, standings, best, domestic)


def _senders(leaf: Leaf, home: str) -> frozenset[str]:
    """Return the countries whose payers a tariff names; the institution's own where it serves all or names none."""
    tariff = leaf.tariff
    if tariff.client == "payee":
        return frozenset()
    try:
        zones = leaf.known.any_of(tariff.payer.zones, newest_day(leaf) or _day_of(leaf))
    except (PaycompareError, ValueError):
        zones = frozenset()
    named = (frozenset(tariff.payer.countries) | zones) - frozenset(tariff.payer.not_countries)
    return named or frozenset({home})


def _day_of(leaf: Leaf) -> date:
    from datetime import date

    return leaf.tariff.valid_from or date.today()  # noqa: DTZ011 -- of an undated page the zones of today


def newest_day(leaf: Leaf) -> date | None:
    """Return the later of the days that a page states or on which it was seen; None when it is undated."""
    days = [day for day in (leaf.page.published, leaf.page.seen) if day is not None]
    return max(days, default=None)


def leaves_open(leaf: Leaf) -> bool:
    """Tell whether a tariff leaves a charge or a margin of its own unpublished."""
    return any(map(step_open, leaf.tariff.step))


def step_open(step: Step) -> bool:
    """Tell whether a step leaves its charge or its margin, or a part of it, unpublished."""
    return any(map(_open, (step.price, *step.margin)))


def _open(table: object) -> bool:
    """Tell whether a price or margin, or one inside it, is not published, or is published only as "from"."""
    fields = getattr(table, "__dict__", {})
    if fields.get("not_published") or fields.get("at_least") is not None:
        return True
    inner = (one for value in fields.values() for one in (value if isinstance(value, tuple) else (value,)))
    return any(_open(one) for one in inner if hasattr(one, "__dict__"))
