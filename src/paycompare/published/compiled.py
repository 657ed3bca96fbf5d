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
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from paycompare.money import Money
from paycompare.user_cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["LARGEST_FILE", "Later", "Row", "key_of", "recall", "remember"]

LARGEST_FILE: Final = 1_000_000
"""Bytes of a tariff file; a larger one is refused unread."""

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


class Later:
    """A value that is decoded when it is first asked for, because most questions never ask."""

    def __init__(self, value: object = None, *, text: str | None = None) -> None:
        self._value, self._text = value, text

    def __eq__(self, other: object) -> bool:
        """Compare what they hold."""
        return isinstance(other, Later) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]  # what it holds can be changed, so it has no hash

    @property
    def value(self) -> Any:  # noqa: ANN401 -- whatever was put in
        """What it holds."""
        if self._text is not None:
            self._value, self._text = json.loads(self._text, object_hook=partial(_decoded, _TAGS)), None
        return self._value


def key_of(files: Iterable[Path]) -> str:
    """Return a key that changes when a file is added, removed or written."""
    digest = sha256(f"{sys.version_info[:2]}".encode())
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
    if stamp != _stamp(text):
        return None
    # Only what `remember` wrote has this stamp, so it can be decoded without a second look.
    first, *later = text.split("\n")
    tags = {**_TAGS, "/later": lambda number: Later(text=later[number])}
    return json.loads(first, object_hook=partial(_decoded, tags))


def _stamp(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def remember(key: str, value: object) -> None:
    """Keep a value of rows, dicts, tuples, text, dates and exact numbers under a key."""
    folder = cache_folder()
    if folder is None:
        return
    later: list[str] = []
    first = _written(_encoded(value, later))
    text = "\n".join([first, *later])
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


def _written(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _encoded(value: object, later: list[str]) -> object:
    """Return a value as JSON has it; what JSON does not know is tagged with a key that no table has.

    What is decoded later goes to a line of its own, which the value names by its number.
    """
    if isinstance(value, Row):
        return {"/row": {name: _encoded(one, later) for name, one in vars(value).items()}}
    if isinstance(value, Later):
        later.append(_written(_encoded(value.value, [])))
        return {"/later": len(later) - 1}
    if isinstance(value, tuple):
        return {"/tuple": [_encoded(one, later) for one in value]} if value else {"/tuple": ()}
    if isinstance(value, list):
        return [_encoded(one, later) for one in value]
    if isinstance(value, dict):
        return {name: _encoded(one, later) for name, one in value.items()}
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


def _decoded(tags: Mapping[str, Callable[[Any], object]], found: dict[str, Any]) -> object:
    if len(found) == 1:
        for tag, value in found.items():
            make = tags.get(tag)
            return found if make is None else make(value)
    return found
