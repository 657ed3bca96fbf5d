"""What the commands do; each loads what it needs when it runs."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from paycompare.cli.arguments import CONDITIONS
from paycompare.cli.rpw import rpw
from paycompare.errors import PaymentError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from paycompare.question import Asking, Conditions, Knowing

__all__ = ["ANSWERED", "COMMANDS", "MISTAKEN"]

ANSWERED: Final = 0
MISTAKEN: Final = 2

_ASCII: Final = str.maketrans({"─": "-", "━": "-", "…": "~"})
_WIDTH: Final = 100
_DAY_DIGITS: Final = 6


def compare(options: argparse.Namespace) -> int:
    """Compare the offers for one payment, and print them in the form asked for."""
    from paycompare.comparison import compare as compared

    to = options.to[0] if options.to and len(options.to) == 1 else options.to
    amount = " ".join(options.amount)
    asking: Asking = {
        **_question(options),
        "sends": amount if options.side == "sends" else None,
        "gets": amount if options.side == "gets" else None,
        "sender": options.sender,
        "to": to,
    }
    found = compared(amount if options.side == "pays" else None, live=options.live, **asking)
    if options.form == "text":
        from paycompare.display.terminal import render

        _print_rich(lambda console: render(found, console, parts=options.parts, why=options.why))
    else:
        from paycompare import export

        write = {"json": export.to_json, "csv": export.to_csv, "markdown": export.to_markdown}[options.form]
        sys.stdout.write(write(found))
    return ANSWERED


def replay(options: argparse.Namespace) -> int:
    """Make a saved answer again, and say what is not as it was."""
    from paycompare.again import replayed
    from paycompare.display.tables import clean
    from paycompare.display.terminal import render

    found = replayed(options.file)
    if options.changes or not found.changes:
        sys.stdout.write("the same answer\n" if not found.changes else "")
    for change in found.changes:
        sys.stdout.write(f"{clean(change)}\n")
    if not options.changes:
        _print_rich(lambda console: render(found.comparison, console))
    return ANSWERED


def sources(options: argparse.Namespace) -> int:
    """Print which sources answer live, what each needs, and, when asked, whether it answers."""
    from paycompare.display.sources import render_sources
    from paycompare.probe import probe, sources_held

    held = sources_held([Path(path) for path in options.catalogue])
    results = probe(held) if options.probe else {}
    _print_rich(lambda console: render_sources(held, results, console))
    return ANSWERED


def crossovers(options: argparse.Namespace) -> int:
    """Print from which amount on another offer is the cheapest."""
    from paycompare.breakeven import crossovers as found
    from paycompare.display.terminal import render_crossovers

    table = found(
        f"{options.sender}>{options.to}",
        side=options.side,
        least=_with_currency(options.least, options),
        most=_with_currency(options.most, options),
        **_question(options),
    )
    _print_rich(lambda console: render_crossovers(table, console))
    return ANSWERED


def providers(options: argparse.Namespace) -> int:
    """Print what is held, or the tariffs of one provider."""
    from paycompare.display.holdings import render_holdings
    from paycompare.published.catalogue import Catalogue

    held = Catalogue.load([Path(path) for path in options.catalogue])
    _print_rich(lambda console: render_holdings(held, console, only=options.id, summary=options.summary))
    return ANSWERED


def check(options: argparse.Namespace) -> int:
    """Print every problem of every folder."""
    from paycompare.display.tables import clean, plural
    from paycompare.published.check import check_folder

    total = 0
    for folder in _provider_folders(options.folders):
        problems = check_folder(folder)
        total += len(problems)
        sys.stdout.write(f"{clean(str(folder))}: {plural(len(problems), 'problem') if problems else 'no problem'}\n")
        for problem in problems:
            sys.stdout.write(f"  {clean(problem.file)}, at {clean(problem.field)}\n")
            sys.stdout.write(f"    found:    {clean(problem.found)}\n")
            sys.stdout.write(f"    expected: {clean(problem.expected)}\n")
    return MISTAKEN if total else ANSWERED


def _provider_folders(named: Sequence[str]) -> Iterator[Path]:
    """Yield provider folders; one that holds only such folders stands for all of them."""
    for folder in map(Path, named):
        inside = sorted(file.parent for file in folder.glob("*/provider.toml"))
        yield from inside if inside and not (folder / "provider.toml").is_file() else [folder]


def price(options: argparse.Namespace) -> int:
    """Price a file of payments into another, with progress on standard error."""
    from paycompare.cli.bulk import price_file

    given = {name: value for name, value in _question(options).items() if value is not None}
    said = {name: getattr(options, name) for name in ("side", "currency", "corridor", "sender", "to")}
    return price_file(options, {**given, **{name: value for name, value in said.items() if value is not None}})


def schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of the answers, or of a file of a provider folder."""
    if options.of == "answer":
        from paycompare.export import json_schema

        found = json_schema()
    else:
        from paycompare.published.schema import json_schema_of

        found = json_schema_of(options.of)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return ANSWERED


COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "compare": compare,
    "crossovers": crossovers,
    "providers": providers,
    "replay": replay,
    "sources": sources,
    "check": check,
    "price": price,
    "schema": schema,
    "rpw": rpw,
}
"""By the name that is typed."""


def _print_rich(render: Callable[[Console], None]) -> None:
    """Print in colour on a terminal, and as plain text, free of trailing blanks, anywhere else."""
    if sys.stdout.isatty():
        from rich.console import Console

        render(Console(markup=False, emoji=False, highlight=False))
        return
    from paycompare.display.terminal import plainly

    text = plainly(render, width=_columns())
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(text if unicode else text.translate(_ASCII))


def _columns() -> int:
    found = os.environ.get("COLUMNS", "")
    return int(found) if found.isascii() and found.isdigit() and int(found) > 0 else _WIDTH


def _question(options: argparse.Namespace) -> Knowing:
    """Return the options of a question as `paycompare.compare` takes them."""
    conditions = {name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name in CONDITIONS}
    given = cast("Conditions", {name: value for name, value in conditions.items() if value is not None})
    return {
        **given,
        "at": _moment("--at", options.at),
        "rates": _pairs("--rate", options.rate),
        "reference": _pairs("--reference", options.reference),
        "assume": _pairs("--assume", options.assume),
        "levies": dict.fromkeys(options.no_levy),
        "providers": options.provider or None,
        "exclude": options.exclude,
        "catalogue": options.catalogue,
        "max_age": _days("--max-age", options.max_age),
        "max_rate_age": _days("--max-rate-age", options.max_rate_age),
        "complete": options.complete or "provider",
        "quotes": getattr(options, "quotes", None),  # of `compare` alone: a quote holds for one amount
    }


def _moment(option: str, text: str | None) -> date | datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text) if "T" in text or " " in text else date.fromisoformat(text)
    except ValueError:
        expected = "a day such as 2026-10-30, or an instant such as 2026-10-30T12:00+01:00"
        raise PaymentError(option, text, expected) from None


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        if not (name and equals and value):
            raise PaymentError(option, text, "a name, '=' and a number, such as fx_margin=0.025")
        if name in found:
            raise PaymentError(option, text, f"one number for {name!r}; it has {found[name]!r} already")
        found[name] = value
    return found


def _days(option: str, text: str | None) -> timedelta | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DAY_DIGITS):
        raise PaymentError(option, text, "a whole number of days, such as 365")
    return timedelta(days=int(text))


def _with_currency(text: str, options: argparse.Namespace) -> str:
    """Return an amount with its currency; one without has that of the side whose amount it is."""
    if not text.replace(",", "").replace(".", "").isdigit():
        return text
    from paycompare.terms import Corridor

    moment = _moment("--at", options.at)
    on = moment.date() if isinstance(moment, datetime) else moment
    corridor = Corridor.parse(f"{options.sender}>{options.to}", on=on)
    return f"{text} {(corridor.payee if options.side == 'gets' else corridor.payer).currency}"
