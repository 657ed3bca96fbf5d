"""The catalogue: every provider folder, found by looking, read once, wrong ones reported and never fatal."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from paycompare import providers
from paycompare.errors import Problem, TariffError
from paycompare.published.match import Zones
from paycompare.published.schema import LevyFile, ProviderFile, TariffFile, ZoneTable
from paycompare.terms import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from pydantic_core import ErrorDetails

    from paycompare.published.schema import Deduction, LevyTable, Page, TariffTable

__all__ = ["Catalogue", "Folder", "Leaf", "evidence_of", "levies", "read_folder", "zones"]

LARGEST_FILE: Final = 1_000_000
"""Bytes; a file beyond it is refused unread."""

_M = TypeVar("_M", bound=BaseModel)


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One tariff with the page it stands on."""

    tariff: TariffTable
    page: Page
    zones: Zones
    file: str

    @property
    def first_day(self) -> date | None:
        """The first day from which it is known to hold; None when its page is undated."""
        return self.tariff.valid_from or self.page.published or self.page.seen

    def holds(self, on: date) -> bool:
        """Tell whether it is known to hold on a day."""
        start, end = self.first_day, self.tariff.valid_to
        return (start is None or start <= on) and (end is None or on < end)


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything about one institution.

    Attributes:
        id: The name of the folder.
        path: Where it lies.
        about: Its ``provider.toml``.
        leaves: Its tariffs, in the order of files and tables.
        deductions: What it publishes about third parties, each with the page.
    """

    id: str
    path: Path
    about: ProviderFile
    leaves: tuple[Leaf, ...]
    deductions: tuple[tuple[Deduction, Page], ...]


@dataclass(frozen=True)
class Catalogue:
    """Provider folders, by id.

    Attributes:
        folders: Every folder that could be read.
        failures: Folder id to what is wrong with it.
        hash: SHA-256 over the files that were read, to tell whether two answers rest on the same tariffs.
    """

    folders: dict[str, Folder]
    failures: dict[str, TariffError] = field(default_factory=dict)
    hash: str = ""

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Catalogue:
        """Read the folders that come with the library, and more.

        Args:
            extra: Folders of provider folders, or single provider folders, of the caller's own.

        Raises:
            TariffError: A folder has the id of another, or one of ``extra`` is not there.
        """
        shipped = _shipped()
        if not extra:
            return shipped
        folders, failures, digest = (
            dict(shipped.folders),
            dict(shipped.failures),
            sha256(shipped.hash.encode()),
        )
        for path in _provider_paths(extra):
            if path.name in folders or path.name in failures:
                other = folders[path.name].path if path.name in folders else "a folder that could not be read"
                raise TariffError([Problem(str(path), "id", path.name, f"an id that is free; {other} has it")])
            _read_into(path, folders, failures, digest)
        return cls(folders, failures, digest.hexdigest())


def _provider_paths(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        if (root / "provider.toml").is_file():
            yield root
        elif root.is_dir():
            yield from sorted(path.parent for path in root.glob("*/provider.toml"))
        else:
            raise TariffError([Problem(str(root), "catalogue", "no such folder", "a folder of provider folders")])


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    folders: dict[str, Folder] = {}
    failures: dict[str, TariffError] = {}
    digest = sha256()
    for path in sorted(_provider_paths(map(Path, providers.__path__)), key=lambda path: path.name):
        _read_into(path, folders, failures, digest)
    return Catalogue(folders, failures, digest.hexdigest())


def _read_into(path: Path, folders: dict[str, Folder], failures: dict[str, TariffError], digest: _Digest) -> None:
    try:
        folders[path.name] = read_folder(path)
    except TariffError as error:
        failures[path.name] = error
    for file in (path / "provider.toml", *sorted(path.glob("tariffs/*.toml"))):
        digest.update(file.read_bytes())


def read_folder(path: Path) -> Folder:
    """Read one provider folder.

    Args:
        path: The folder; its name is the provider's id.

    Raises:
        TariffError: With every problem of every file of the folder at once.
    """
    problems: list[Problem] = []
    about = _read(path / "provider.toml", ProviderFile, path.parent, problems)
    pages = [(file, _read(file, TariffFile, path.parent, problems)) for file in sorted(path.glob("tariffs/*.toml"))]
    if not path.name.isidentifier() or not path.name.islower():
        problems.append(Problem(path.name, "folder", path.name, "lower-case letters, digits and underscores"))
    if problems or about is None:
        raise TariffError(problems)
    leaves, deductions = [], []
    for file, page in pages:
        if page is None:
            continue
        local = Zones((*page.zone, *zones()))
        name = file.relative_to(path.parent).as_posix()
        leaves += [Leaf(tariff, page.page, local, name) for tariff in page.tariff]
        deductions += [(deduction, page.page) for deduction in page.deduction]
    return Folder(path.name, path, about, tuple(leaves), tuple(deductions))


def _read(file: Path, model: type[_M], root: Path, problems: list[Problem]) -> _M | None:
    name = file.relative_to(root).as_posix()
    try:
        if file.stat().st_size > LARGEST_FILE:
            problems.append(Problem(name, "file", f"{file.stat().st_size} bytes", f"at most {LARGEST_FILE}"))
            return None
        return model.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(name, "file", str(error), "a readable TOML file in UTF-8"))
    except ValidationError as error:
        problems += [_problem(name, one) for one in error.errors(include_url=False)]
    return None


def _problem(file: str, error: ErrorDetails) -> Problem:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    words = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return Problem(file, place, "a key of that name", "only the keys of the tariff language; is it misspelt?")
    if error["type"] == "missing":
        return Problem(file, place, "nothing", "a value")
    if words.startswith("found ") and ", expected " in words:
        found, _, expected = words.removeprefix("found ").partition(", expected ")
        return Problem(file, place, found, expected)
    return Problem(file, place or "file", repr(error.get("input"))[:80], words)


@lru_cache(maxsize=1)
def zones() -> tuple[ZoneTable, ...]:
    """Return the zones that belong to no provider, such as the EEA, each with its dates and source."""
    table = tomllib.loads((files("paycompare.published") / "zones.toml").read_text(encoding="utf-8"))
    return tuple(ZoneTable.model_validate(zone) for zone in table["zone"])


@lru_cache(maxsize=1)
def levies() -> tuple[LevyTable, ...]:
    """Return the levies that apply whoever the provider is."""
    text = (files("paycompare.published") / "levies.toml").read_text(encoding="utf-8")
    return LevyFile.model_validate(tomllib.loads(text)).levy


def evidence_of(page: Page) -> Evidence:
    """Return the evidence that a page is."""
    return Evidence(page.kind, page.source, page.published, page.seen, page.note)
