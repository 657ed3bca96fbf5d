"""What is held: the provider folders, how many tariffs, from when, and what their pages leave out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, cast

from rich import box
from rich.table import Table
from rich.text import Text

from paycompare.display.tables import clean, plural
from paycompare.errors import PaymentError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from pydantic import BaseModel
    from rich.console import Console

    from paycompare.published.catalogue import Catalogue, Folder, Leaf

__all__ = ["render_holdings"]


_PLURALS: Final = {"public body": "public bodies"}


def render_holdings(held: Catalogue, console: Console, *, only: str | None = None, summary: bool = False) -> None:
    """Print what a catalogue holds.

    Args:
        held: The catalogue.
        console: Where to.
        only: A provider to show with each of its tariffs.
        summary: Whether to print totals alone.

    Raises:
        PaymentError: There is no provider of that id.
        TariffError: Its folder cannot be read.
    """
    if only is not None:
        _render_one(held, console, only)
        return
    if not summary:
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
    console.print(_table_of_leaves(folder))
    pages = dict.fromkeys(leaf.page.source for leaf in folder.leaves)
    for source in [*pages, *(page.source for _, page in folder.deductions if page.source not in pages)]:
        console.print(Text(clean(source)), soft_wrap=True)
    if folder.deductions:
        console.print(Text(f"{plural(len(folder.deductions), 'figure')} on what third parties take"))


def _table(*names: str) -> Table:
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for name in names:
        made.add_column(
            name, justify="right" if name == "Tariffs" else "left", no_wrap=name == "Newest", overflow="fold"
        )
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


def _day(leaf: Leaf) -> date | None:
    days = [day for day in (leaf.page.published, leaf.page.seen) if day is not None]
    return max(days, default=None)


def _newest(folder: Folder) -> date | None:
    return max((day for leaf in folder.leaves if (day := _day(leaf)) is not None), default=None)


def _unpublished(leaf: Leaf) -> Iterator[str]:
    for step in leaf.tariff.step:
        if any(_leaves_open(table) for table in (step.price, *step.margin) if table is not None):
            yield step.name.replace("_", " ")


def _leaves_open(table: BaseModel) -> bool:
    """Tell whether a price or margin, or one inside it, is not published."""
    if getattr(table, "not_published", False):
        return True
    return any(_leaves_open(inner) for value in vars(table).values() for inner in _tables_in(value))


def _tables_in(value: object) -> Iterator[BaseModel]:
    from pydantic import BaseModel

    several = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    for one in several:
        if isinstance(one, BaseModel):
            yield one


def _totals(held: Catalogue) -> Iterator[str]:
    leaves = [leaf for folder in held.folders.values() for leaf in folder.leaves]
    kinds = Counter(folder.about.kind.replace("_", " ") for folder in held.folders.values())
    several = ", ".join(plural(count, kind, _PLURALS.get(kind)) for kind, count in sorted(kinds.items()))
    yield f"{plural(len(held.folders), 'provider')} ({several}), {plural(len(leaves), 'tariff')}"
    days = [day for leaf in leaves if (day := _day(leaf)) is not None]
    if days:
        yield f"evidence from {min(days)} to {max(days)}; {len(leaves) - len(days)} undated"
    unpublished = sum(any(_unpublished(leaf)) for leaf in leaves)
    yield f"{plural(unpublished, 'tariff')} with a charge or margin that the page does not publish"
    for name, error in held.failures.items():
        yield clean(f"{name} cannot be read: {error}")
