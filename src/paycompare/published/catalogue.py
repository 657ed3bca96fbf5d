"""The catalogue: every provider folder, found by looking, read once, wrong ones reported and never fatal."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paycompare import providers
from paycompare.errors import Problem, TariffError
from paycompare.published.compiled import LARGEST_FILE, Row, key_of, recall, remember
from paycompare.published.match import Zones
from paycompare.terms import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from paycompare.published.schema import Deduction, LevyTable, Page, ProviderFile, TariffTable, ZoneTable

__all__ = [
    "Catalogue",
    "Folder",
    "Leaf",
    "announced_roots",
    "evidence_of",
    "folder_of",
    "levies",
    "provider_paths",
    "zones",
]

_HERE: Final = Path(__file__).parent


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
        """Read the folders that come with the library, those that installed packages announce, and more.

        Args:
            extra: Folders of provider folders, or single provider folders, of the caller's own.

        Raises:
            TariffError: A folder has the id of another, or one of ``extra`` is not there.
        """
        shipped, announced = _shipped(), announced_roots()
        if not extra and not announced:
            return shipped
        paths = list(provider_paths([*announced, *extra]))
        taken: dict[str, Path] = {name: folder.path for name, folder in shipped.folders.items()}
        for path in paths:
            if path.name in taken or path.name in shipped.failures:
                found = taken.get(path.name, "a folder that could not be read")
                raise TariffError([Problem(str(path), "id", path.name, f"an id that is free; {found} has it")])
            taken[path.name] = path
        own = _catalogue(paths, _read(paths))
        return cls(
            {**shipped.folders, **own.folders},
            {**shipped.failures, **own.failures},
            sha256(f"{shipped.hash}{own.hash}".encode()).hexdigest(),
        )


@cache
def announced_roots() -> tuple[Path, ...]:
    """Return the folders of provider folders that installed packages announce; no code of theirs is run.

    A package announces one by an entry point of the group ``paycompare.providers``, whose value is the dotted name of a
    package that holds provider folders.

    Raises:
        TariffError: What is announced is not there.
    """
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    roots: list[Path] = []
    for point in entry_points(group="paycompare.providers"):
        try:
            spec = find_spec(point.value)
        except (ImportError, ValueError):
            spec = None
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places:
            raise TariffError([Problem(point.name, "entry point", point.value, "a package of provider folders")])
        roots.extend(map(Path, places))
    return tuple(roots)


def provider_paths(roots: Iterable[Path]) -> Iterator[Path]:
    """Yield the provider folders among or below some folders.

    Raises:
        TariffError: One of them is not there.
    """
    for root in roots:
        if (root / "provider.toml").is_file():
            yield root
        elif root.is_dir():
            yield from sorted(path.parent for path in root.glob("*/provider.toml"))
        else:
            raise TariffError([Problem(str(root), "catalogue", "no such folder", "a folder of provider folders")])


@cache
def _shipped_rows() -> tuple[tuple[Path, ...], Row]:
    """Return the folders that come with the library and what they say, compiled if nothing has changed."""
    paths = tuple(sorted(provider_paths(map(Path, providers.__path__)), key=lambda path: path.name))
    texts = [_HERE / "zones.toml", _HERE / "levies.toml", *(file for path in paths for file in _files(path))]
    key = key_of(texts)
    rows = recall(key)
    if not isinstance(rows, Row):
        rows = _read(paths)
        remember(key, rows)
    return paths, rows


@cache
def _shipped() -> Catalogue:
    return _catalogue(*_shipped_rows())


def _read(paths: Sequence[Path]) -> Row:
    from paycompare.published.reading import read_all  # pydantic is needed only when a file is new

    digest = sha256()
    for path in paths:
        for file in _files(path):
            if file.is_file() and file.stat().st_size <= LARGEST_FILE:
                digest.update(file.read_bytes())
    return Row({**read_all(paths), "hash": digest.hexdigest()})


def _files(path: Path) -> list[Path]:
    return [path / "provider.toml", *sorted(path.glob("tariffs/*.toml"))]


def _catalogue(paths: Iterable[Path], rows: Row) -> Catalogue:
    by_id = {path.name: path for path in paths}
    return Catalogue(
        {name: folder_of(by_id[name], row) for name, row in vars(rows)["folders"].items()},
        {
            name: TariffError([Problem(**vars(problem)) for problem in problems])
            for name, problems in vars(rows)["failures"].items()
        },
        vars(rows)["hash"],
    )


def folder_of(path: Path, row: Row) -> Folder:
    """Return a folder from what its files say.

    Args:
        path: The folder.
        row: ``about``, and ``sheets`` with file, page, zone, tariff and deduction each.
    """
    about, sheets = vars(row)["about"], vars(row)["sheets"]
    return Folder(
        path.name,
        path,
        about,
        tuple(
            Leaf(tariff, sheet.page, Zones((*sheet.zone, *zones())), sheet.file)
            for sheet in sheets
            for tariff in sheet.tariff
        ),
        tuple((deduction, sheet.page) for sheet in sheets for deduction in sheet.deduction),
    )


def zones() -> tuple[ZoneTable, ...]:
    """Return the zones that belong to no provider, such as the EEA, each with its dates and source."""
    found: tuple[ZoneTable, ...] = vars(_shipped_rows()[1])["zones"]
    return found


def levies() -> tuple[LevyTable, ...]:
    """Return the levies that apply whoever the provider is."""
    found: tuple[LevyTable, ...] = vars(_shipped_rows()[1])["levies"]
    return found


def evidence_of(page: Page) -> Evidence:
    """Return the evidence that a page is."""
    return Evidence(page.kind, page.source, page.published, page.seen, page.note)
