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

    from paycompare.probe import Held, Probed

__all__ = ["render_sources"]

_STYLES: Final = {"answered": "green", "drifted": "bold red", "refused": "red", "unreachable": "yellow"}


def render_sources(held: Sequence[Held], probed: Mapping[str, Probed], console: Console) -> None:
    """Print who answers live, what each needs and whether it is set, and what a probe found.

    Args:
        held: The sources.
        probed: Source id to what a probe found; empty when none was made.
        console: Where to.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for name in ("Source", "Gives", "Needs", *(("Probe",) if probed else ())):
        table.add_column(name)
    for one in held:
        source = one.found.source
        title = Text(one.found.id, style="bold").append(f"\n{clean(source.name)}", style="dim")
        title.append("\npreview" if source.preview else "")
        gives = f"{source.gives}, some estimates" if source.estimates else source.gives
        cells = [title, Text(gives), _needs(one)]
        if probed:
            result = probed[one.found.id]
            cells.append(Text(result.state, style=_STYLES.get(result.state, "dim")).append(f"\n{clean(result.words)}"))
        table.add_row(*cells)
    console.print(table)
    ready = sum(not one.missing for one in held)
    console.print(Text(f"{plural(len(held), 'source')}, {ready} ready to be asked"))


def _needs(held: Held) -> Text:
    needs = held.found.source.needs
    if not needs:
        return Text("nothing", style="dim")
    made = Text()
    for need in needs:
        state = "not set" if need.variable in held.missing else "optional" if need.optional else "set"
        made.append(f"{need.variable} ({need.what}): {state}\n", style="yellow" if state == "not set" else "")
    made.rstrip()
    return made
