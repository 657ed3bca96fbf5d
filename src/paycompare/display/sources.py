"""The table of sources that answer live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from paycompare.display.tables import clean, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from paycompare.live.adapter import Source
    from paycompare.probe import Held, Probed

__all__ = ["render_sources"]

_STYLES: Final = {
    "answered": "green",
    "drifted": "bold red",
    "refused": "red",
    "unreachable": "yellow",
    "unusable": "bold red",
}


def render_sources(held: Sequence[Held], probed: Mapping[str, Probed], console: Console) -> None:
    """Print who answers live, what each needs and whether it is set, and what a probe found.

    Args:
        held: The sources.
        probed: Source id to what a probe found; empty when none was made.
        console: Where to.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    variables = [need.variable for one in held if one.found is not None for need in one.found.source.needs]
    whole = {"Needs": max(map(len, variables), default=0)}  # a variable is copied whole
    for name in ("Source", "Gives", "Needs", *(("Probe",) if probed else ())):
        table.add_column(name, overflow="fold", min_width=whole.get(name))
    for one in held:
        cells = [*_about(one)]
        if probed:
            result = probed[one.id]
            cell = Text(result.state, style=_STYLES.get(result.state, "dim"))
            cells.append(cell if result.state == "not set" else cell.append(f"\n{clean(result.words)}"))  # of Needs
        table.add_row(*cells)
    console.print(table)
    ready = sum(one.found is not None and not one.missing for one in held)
    console.print(Text(f"{plural(len(held), 'source')}, {ready} ready to be asked"))


def _about(held: Held) -> tuple[Text, Text, Text]:
    """Return what a source is, gives and needs; or why its adapter cannot be used."""
    title = Text(clean(held.id), style="bold")
    if held.found is None:
        return title, Text("nothing", style="dim"), Text(clean(held.problem), style="red")
    source = held.found.source
    title.append(f"\n{clean(source.name)}", style="dim").append("\npreview" if source.preview else "")
    gives = f"{source.gives}, some estimates" if source.estimates else source.gives
    return title, Text(gives), _needs(source, held.missing)


def _needs(source: Source, missing: Sequence[str]) -> Text:
    if not source.needs:
        return Text("nothing", style="dim")
    made = Text()
    for need in source.needs:
        state = "not set" if need.variable in missing else "optional" if need.optional else "set"
        made.append(f"{need.variable} ({need.what}): {state}\n", style="yellow" if state == "not set" else "")
    made.rstrip()
    return made
