"""The catalogue as it was last read: every folder checked once, kept as JSON in the user's cache.

A compiled catalogue is used while no file of it has changed in name, size or time; it only saves time and holds nothing
that the folders do not. ``PAYCOMPARE_CACHE`` names another folder for it, or ``off``. A cache that cannot be read or
written is passed over in silence, because the folders are always there.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from paycompare.money import Money
from paycompare.user_cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["LARGEST_FILE", "Row", "key_of", "recall", "remember"]

LARGEST_FILE: Final = 1_000_000
"""Bytes of a tariff file; a larger one is refused unread."""

_LAYOUT: Final = 2
"""Raised whenever the shape of what is kept changes."""

_KEPT: Final = 4
"""Compiled catalogues kept beside one another, one for each environment in use."""


class Row:
    """The fields of one table of a tariff file, as attributes."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)

    def __eq__(self, other: object) -> bool:
        """Compare field by field."""
        return isinstance(other, Row) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it can be changed, so it has no hash

    def __repr__(self) -> str:
        """Return the fields that say something."""
        said = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value not in (None, (), False))
        return f"Row({said})"


def key_of(files: Iterable[Path]) -> str:
    """Return a key that changes when a file is added, removed or written."""
    digest = sha256(f"{_LAYOUT} {sys.version_info[:2]}".encode())
    for file in files:
        state = file.stat()
        digest.update(f"{file}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def recall(key: str) -> Any:  # noqa: ANN401 -- whatever was remembered
    """Return what was remembered under a key; None when nothing was, or it cannot be read."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        stamp, _, text = (folder / f"catalogue-{key}.json").read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    # Only what `remember` wrote has this stamp, so it can be decoded without a second look.
    return json.loads(text, object_hook=_decoded) if stamp == _stamp(text) else None


def _stamp(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def remember(key: str, value: object) -> None:
    """Keep a value of rows, dicts, tuples, text, dates and exact numbers under a key."""
    folder = cache_folder()
    if folder is None:
        return
    text = json.dumps(_encoded(value), separators=(",", ":"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".new", delete=False) as made:
            made.write(f"{_stamp(text)}\n{text}")
        Path(made.name).replace(folder / f"catalogue-{key}.json")
        kept = sorted(folder.glob("catalogue-*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _encoded(value: object) -> object:
    """Return a value as JSON has it; what JSON does not know is tagged with a key that no table has."""
    if isinstance(value, Row):
        return {"/row": {name: _encoded(one) for name, one in vars(value).items()}}
    if isinstance(value, tuple):
        return {"/tuple": [_encoded(one) for one in value]} if value else {"/tuple": ()}
    if isinstance(value, dict):
        return {name: _encoded(one) for name, one in value.items()}
    if isinstance(value, Fraction):
        return {"/number": str(value)}
    if isinstance(value, Money):
        return {"/money": [str(value.amount), value.currency]}
    if isinstance(value, date):
        return {"/date": value.isoformat()}
    return value


_TAGS: Final[dict[str, Callable[[Any], object]]] = {
    "/row": Row,
    "/tuple": tuple,
    "/number": Fraction,
    "/money": lambda pair: Money.of(*pair),
    "/date": date.fromisoformat,
}


def _decoded(found: dict[str, Any]) -> object:
    if len(found) == 1:
        for tag, value in found.items():
            make = _TAGS.get(tag)
            return found if make is None else make(value)
    return found
