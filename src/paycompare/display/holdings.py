"""What is held: the provider folders, how many tariffs, from when, and what their pages leave out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from paycompare.coverage import by_corridor, by_country, newest_day, step_open
from paycompare.display.tables import clean, plural
from paycompare.errors import PaymentError, nearest
from paycompare.money import as_decimal
from paycompare.published.rates import margin_seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from rich.console import Console

    from paycompare.published.catalogue import Catalogue, Folder, Leaf

__all__ = ["render_holdings"]


_PEOPLE: Final = ("Providers", "Tariffs", "Personal", "Business")
_STANDINGS: Final = ("Complete", "Modelled", "Bounded", "Unconfirmed")
_COUNTS: Final = {*_PEOPLE, *_STANDINGS, "Undated", "Unpublished", "Home banks"}
_PLURALS: Final = {"public body": "public bodies"}


def render_holdings(held: Catalogue, console: Console, *, only: str | None = None, summary: bool = False) -> None:
    """Print what a catalogue holds.

    Args:
        held: The catalogue.
        console: Where to.
        only: A provider to show with each of its tariffs.
        summary: Whether to print what is held by country, and what ten corridors get, instead of a row for each folder.

    Raises:
        PaymentError: There is no provider of that id.
        TariffError: Its folder cannot be read.
    """
    if only is not None:
        _render_one(held, console, only)
        return
    if summary:
        console.print(_table_of_countries(held))
        console.print()
        console.print(_table_of_corridors(held))
        console.print()
    else:
        console.print(_table_of_folders(held.folders.values()))
        console.print()
    for line in _totals(held):
        console.print(Text(line))


def _render_one(held: Catalogue, console: Console, only: str) -> None:
    if only in held.failures:
        raise held.failures[only]
    if only not in held.folders:
        known = [*held.folders, *held.failures]
        raise PaymentError("ID", only, f"the id of a provider in the catalogue{nearest(only, known)}")
    folder = held.folders[only]
    about = folder.about
    console.print(
        Text(
            f"{clean(about.name)} ({folder.id}): {about.kind.replace('_', ' ')}, {about.country}",
            style="bold",
        )
    )
    if about.note:
        console.print(Text(clean(about.note)))
    for entity in about.entity:
        console.print(Text(clean(f"{entity.name}: {', '.join(entity.countries) or 'countries not said'}")))
    console.print()
    console.print(
        _table_of_leaves(folder) if folder.leaves else "no tariffs; `paycompare sources` lists who answers live"
    )
    pages = dict.fromkeys(leaf.page.source for leaf in folder.leaves)
    for source in [*pages, *(page.source for _, page in folder.deductions if page.source not in pages)]:
        console.print(Text(clean(source)), soft_wrap=True)
    if folder.deductions:
        console.print(Text(f"{plural(len(folder.deductions), 'figure')} on what third parties take"))
    for record, page in folder.rates:
        seen = f"{record.kind} {record.on}: {as_decimal(margin_seen(record) * 100, 2)}% on {record.pair}"
        console.print(Text(clean(f"{seen}, {record.observer} ({page.source})")), soft_wrap=True)
    for ceiling, page in folder.ceilings:
        console.print(Text(clean(f"ceiling in {ceiling.country}: {ceiling.words} ({page.source})")), soft_wrap=True)


def _table(*names: str) -> Table:
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for name in names:
        made.add_column(name, justify="right" if name in _COUNTS else "left", no_wrap=name == "Newest", overflow="fold")
    return made


def _table_of_folders(folders: Iterable[Folder]) -> Table:
    table = _table("Id", "Name", "Kind", "In", "Tariffs", "Newest", "Not published")
    for folder in folders:
        about = folder.about
        missing = Counter(what for leaf in folder.leaves for what in _unpublished(leaf))
        table.add_row(
            folder.id,
            Text(clean(about.name)),
            about.kind.replace("_", " "),
            about.country,
            str(len(folder.leaves)),
            str(_newest(folder) or "undated"),
            Text(clean(", ".join(f"{what} ({count})" for what, count in missing.items())) or "-"),
        )
    return table


def _table_of_countries(held: Catalogue) -> Table:
    table = _table(
        "From", "Providers", "Tariffs", "Personal", "Business", "Evidence", "Newest", "Undated", "Unpublished"
    )
    for row in by_country(held):
        table.add_row(
            row.country,
            *(str(one) for one in (row.providers, row.tariffs)),
            *(str(row.segments.get(one, 0)) for one in ("personal", "business")),
            ", ".join(f"{kind} {count}" for kind, count in row.evidence.items()),
            str(row.newest or "-"),
            str(row.undated),
            str(row.unpublished),
        )
    return table


def _table_of_corridors(held: Catalogue) -> Table:
    table = _table(
        "Corridor", "Pays", "Segment", "Complete", "Modelled", "Bounded", "Unconfirmed", "Banks at home", "Best"
    )
    for row in by_corridor(held):
        table.add_row(
            row.corridor,
            row.pays,
            row.segment,
            *(str(row.standings.get(one, 0)) for one in ("complete", "modelled", "bounded", "unconfirmed")),
            str(row.domestic),
            row.best or "-",
        )
    return table


def _table_of_leaves(folder: Folder) -> Table:
    table = _table("Tariff", "Title", "Dates", "Evidence", "Not published")
    for leaf in folder.leaves:
        tariff = leaf.tariff
        title = f"{tariff.title}{' (promotion)' if tariff.promotion else ''}"
        title += " (chosen by the payee)" if tariff.client == "payee" else ""
        table.add_row(
            tariff.id,
            Text(clean(title)),
            "\n".join(_dates(leaf)),
            leaf.page.kind,
            Text(clean(", ".join(_unpublished(leaf))) or "-"),
        )
    return table


def _dates(leaf: Leaf) -> Iterator[str]:
    page, tariff = leaf.page, leaf.tariff
    told = {"stated": page.published, "seen": page.seen, "from": tariff.valid_from, "until": tariff.valid_to}
    lines = [f"{word} {day}" for word, day in told.items() if day is not None]
    yield from lines or ["undated"]


def _newest(folder: Folder) -> date | None:
    return max((day for leaf in folder.leaves if (day := newest_day(leaf)) is not None), default=None)


def _unpublished(leaf: Leaf) -> Iterator[str]:
    for step in leaf.tariff.step:
        if step_open(step):
            yield step.name.replace("_", " ")


def _totals(held: Catalogue) -> Iterator[str]:
    leaves = [leaf for folder in held.folders.values() for leaf in folder.leaves]
    kinds = Counter(folder.about.kind.replace("_", " ") for folder in held.folders.values())
    several = ", ".join(plural(count, kind, _PLURALS.get(kind)) for kind, count in sorted(kinds.items()))
    yield f"{plural(len(held.folders), 'provider')} ({several}), {plural(len(leaves), 'tariff')}"
    days = [day for leaf in leaves if (day := newest_day(leaf)) is not None]
    if days:
        yield f"evidence from {min(days)} to {max(days)}; {len(leaves) - len(days)} undated"
    unpublished = sum(any(_unpublished(leaf)) for leaf in leaves)
    yield f"{plural(unpublished, 'tariff')} with a charge or margin that the page does not publish"
    for name, error in held.failures.items():
        yield clean(f"{name} cannot be read: {error}")
