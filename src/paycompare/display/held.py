"""The generated page on what the catalogue holds; `make docs` writes it as held.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycompare.coverage import by_corridor, by_country
from paycompare.published.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["held_page"]


def held_page() -> str:
    """Return the page as Markdown: totals, by country, what ten corridors get, and every folder."""
    held = Catalogue.load()
    leaves = [leaf for folder in held.folders.values() for leaf in folder.leaves]
    countries = list(by_country(held))
    corridors = (
        [
            row.corridor,
            row.pays,
            row.segment,
            *(row.standings.get(word, 0) for word in ("complete", "modelled", "bounded", "unconfirmed")),
            row.domestic,
            row.best or "",
        ]
        for row in by_corridor(held)
    )
    rows = (
        [
            one.country,
            one.providers,
            one.tariffs,
            one.segments.get("personal", 0),
            one.segments.get("business", 0),
            ", ".join(f"{kind} {count}" for kind, count in one.evidence.items()),
            one.newest or "",
            one.undated,
            one.unpublished,
        ]
        for one in countries
    )
    folders = (
        [
            f"`{folder.id}`",
            folder.about.name,
            folder.about.kind.replace("_", " "),
            folder.about.country,
            len(folder.leaves),
        ]
        for folder in held.folders.values()
    )
    return "\n\n".join(
        [
            "# What is held",
            f"{len(held.folders)} institutions, {len(leaves)} tariffs, payers in {len(countries)} countries.",
            "Written from the catalogue when these pages were built.",
            "## What ten trade corridors get",
            _table(
                ("Corridor", "Pays", "Segment", "Complete", "Modelled", "Bounded", "Unconfirmed", "Home banks", "Best"),
                corridors,
            ),
            "## By country of the payer",
            _table(
                (
                    "From",
                    "Providers",
                    "Tariffs",
                    "Personal",
                    "Business",
                    "Evidence",
                    "Newest",
                    "Undated",
                    "Unpublished",
                ),
                rows,
            ),
            "## Institutions",
            _table(("Id", "Name", "Kind", "Country", "Tariffs"), folders),
        ]
    )


def _table(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = list(names)
    lines = [head, ["---"] * len(head), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
