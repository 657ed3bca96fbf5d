"""Hold second, blind readings of tariffs against the first ones.

    python scripts/second_reading.py docs/second_readings

The folder holds one folder for each page that was drawn, with ``first/`` and ``second/``, both in the tariff language.
Two readers rarely cut a page into the same tariffs, so the readings are compared by what decides a price, whichever
tariff it stands in: every figure with its word, every condition, whom it is for, and what is left unpublished. Prints
what differs, page by page, and the rates.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FIGURES = {
    *("flat", "share", "least", "most", "up_to", "below", "each", "scale"),
    *("between", "at_most", "at_least", "payments", "amount"),
}
CONDITIONS = ("segment", "channel", "bearer", "speed")
Facts = dict[str, set[str]]


def facts_of(folder: Path) -> Facts:
    """Return what a reading says, by kind of fact."""
    found: Facts = {}
    for file in sorted(folder.rglob("*.toml")):
        page = tomllib.loads(file.read_text(encoding="utf-8"))
        day = page["page"].get("published") or page["page"].get("seen") or "undated"
        found.setdefault("date", set()).add(_text(day))
        for tariff in page.get("tariff", []):
            for kind, fact in _of_tariff(tariff):
                found.setdefault(kind, set()).add(fact)
    return found


def _of_tariff(tariff: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "client", tariff.get("client", "payer")
    for name in CONDITIONS:
        yield from ((name, one) for one in tariff.get("conditions", {}).get(name, ()))
    for end in ("payer", "payee"):
        yield from ((f"{end} countries", one) for one in tariff.get(end, {}).get("countries", ()))
    for name in ("least", "most"):
        if name in tariff:
            yield "limit", f"{name} {_text(tariff[name])}"
    for step in tariff["step"]:
        if "take" in step:
            yield "place", step["place"]
        yield from _figures(step.get("price", {}), "charge")
        for margin in step.get("margin", ()):
            yield from _figures(margin, "margin")


def _figures(table: object, kind: str) -> Iterator[tuple[str, str]]:
    """Yield every figure of a price or a margin with its word, and whether it is left unpublished."""
    if isinstance(table, list):
        for one in table:
            yield from _figures(one, kind)
    if not isinstance(table, dict):
        return
    for word, value in table.items():
        if word == "not_published":
            yield kind, "not published"
        elif isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from _figures(value, kind)
        elif word in FIGURES:
            yield from ((kind, f"{word} {_text(one)}") for one in (value if isinstance(value, list) else [value]))


def _text(value: object) -> str:
    """Return a value so that what means the same is the same text."""
    number, _, code = str(value).partition(" ")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {code}".strip()


def main() -> None:
    """Print what differs."""
    totals: Counter[str] = Counter()
    differ: Counter[str] = Counter()
    for page in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
        first, second = facts_of(page / "first"), facts_of(page / "second")
        print(f"\n{page.name}")
        for kind in sorted(first.keys() | second.keys()):
            one, other = first.get(kind, set()), second.get(kind, set())
            totals[kind] += len(one | other)
            differ[kind] += len(one ^ other)
            if one != other:
                only = (", ".join(sorted(those)) or "-" for those in (one - other, other - one))
                print(f"  {kind}: {' | '.join(only)}")
    print(f"\n{'kind':<18}{'facts':>7}{'differ':>8}")
    for kind, count in sorted(totals.items()):
        print(f"{kind:<18}{count:>7}{differ[kind]:>8}{100 * differ[kind] / count:>7.1f}%")


if __name__ == "__main__":
    main()
