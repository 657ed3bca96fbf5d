"""The catalogue: every provider folder, found by looking, read once, wrong ones reported and never fatal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paycompare import providers
from paycompare.errors import Problem, TariffError
from paycompare.published.compiled import LARGEST_FILE, Later, Row, key_of, recall, remember
from paycompare.published.match import Definitions
from paycompare.terms import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paycompare.published.schema import (
        Ceiling,
        Deduction,
        LevyTable,
        Page,
        ProviderFile,
        RateRecord,
        TariffTable,
        ZoneTable,
    )
    from paycompare.terms import Place

__all__ = [
    "Catalogue",
    "Folder",
    "Leaf",
    "announced_roots",
    "evidence_of",
    "folder_of",
    "levies",
    "levy_ids",
    "provider_paths",
    "zones",
]

_HERE: Final = Path(__file__).parent
_EVERYBODYS: Final = (_HERE / "zones.toml", _HERE / "levies.toml")
"""What belongs to no provider, and changes answers all the same."""

_GROUP: Final = "paycompare.providers"
"""The group of entry points under which packages announce their provider folders."""

_SHAPE: Final = ("vocabulary", "price_schema", "schema", "reading", "compiled", "catalogue")
"""Modules that decide what is kept of a file: a change of one makes what was compiled before useless."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One tariff with the page it stands on."""

    tariff: TariffTable
    page: Page
    known: Definitions
    file: str

    @property
    def first_day(self) -> date | None:
        """The first day from which it is known to hold; None when its page is undated."""
        return self.tariff.valid_from or self.page.published or self.page.seen

    def holds(self, on: date) -> bool:
        """Tell whether it is known to hold on a day."""
        start, end = self.first_day, self.tariff.valid_to
        return (start is None or start <= on) and (end is None or on < end)


@dataclass(frozen=True)
class Folder:
    """Everything about one institution.

    Attributes:
        id: The name of the folder.
        path: Where it lies.
        tariffs: Id of each of its tariffs, with whose choice it is: the payer's or the payee's.
        payers: Countries from which it takes payers; None when its pages leave that open.
        speaks_of_others: Whether it says what third parties take, or what a regulator allows.
        content: What its files say, read when it is first asked for.
    """

    id: str
    path: Path
    tariffs: tuple[tuple[str, str], ...]
    payers: frozenset[str] | None
    speaks_of_others: bool
    content: Later

    @property
    def about(self) -> ProviderFile:
        """Its ``provider.toml``."""
        found: ProviderFile = self.content.value.about
        return found

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its tariffs, in the order of files and tables."""
        return tuple(
            Leaf(tariff, sheet.page, Definitions((*sheet.zone, *zones()), sheet.window), sheet.file)
            for sheet in self.content.value.sheets
            for tariff in sheet.tariff
        )

    @cached_property
    def deductions(self) -> tuple[tuple[Deduction, Page], ...]:
        """What it publishes about third parties, each with the page."""
        return self._beside("deduction")

    @cached_property
    def rates(self) -> tuple[tuple[RateRecord, Page], ...]:
        """What it posted, or others observed, of its rates, each with the page."""
        return self._beside("rate")

    @cached_property
    def ceilings(self) -> tuple[tuple[Ceiling, Page], ...]:
        """What it allows others to charge, where it is a regulator, each with the page."""
        return self._beside("ceiling")

    def _beside(self, name: str) -> tuple[tuple[Any, Page], ...]:
        return tuple((record, sheet.page) for sheet in self.content.value.sheets for record in getattr(sheet, name))

    def takes_payers_of(self, place: Place, on: date) -> bool:
        """Tell whether it may take a payer in a place; False only when every page of it says that it does not."""
        countries = place.countries(on)
        return self.payers is None or not countries or bool(self.payers & countries)

    def current(self, on: date) -> Iterator[tuple[Leaf, str | None]]:
        """Yield the version of each tariff that holds on a day, or one version with the reason why none does."""
        versions: dict[str, list[Leaf]] = {}
        for leaf in self.leaves:
            versions.setdefault(leaf.tariff.id, []).append(leaf)
        for leaves in versions.values():
            begun = [leaf for leaf in leaves if leaf.first_day is None or leaf.first_day <= on]
            newest = max(begun, key=lambda leaf: leaf.first_day or date.min, default=None)
            if newest is not None and newest.holds(on):
                yield newest, None
                continue
            first = min((leaf.first_day for leaf in leaves if leaf.first_day), default=on)
            why = f"first known to hold on {first}" if on < first else f"no longer held on {on}"
            yield leaves[0], why


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

    @property
    def live_folders(self) -> list[Path]:
        """Where each provider lies that answers live too."""
        return [folder.path for folder in self.folders.values() if (folder.path / "adapter.py").is_file()]

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Catalogue:
        """Read the folders that come with the library, those that installed packages announce, and more.

        Args:
            extra: Folders of provider folders, or single provider folders, of the caller's own.

        Raises:
            TariffError: A folder has the id of another, or one of ``extra`` is not there or holds no provider folder.
        """
        shipped, (announced, not_there) = _shipped(), announced_roots()
        if not extra and not announced and not not_there:
            return shipped
        paths = [*provider_paths(announced), *_given(extra)]
        taken: dict[str, Path] = {name: folder.path for name, folder in shipped.folders.items()}
        for path in paths:
            if path.name in taken or path.name in shipped.failures:
                found = taken.get(path.name, "a folder that could not be read")
                raise TariffError([Problem(str(path), "id", path.name, f"an id that is free; {found} has it")])
            taken[path.name] = path
        own = _catalogue(paths, _summed_up(_read(paths)))
        return cls(
            {**shipped.folders, **own.folders},
            {**not_there, **shipped.failures, **own.failures},
            sha256(f"{shipped.hash}{own.hash}".encode()).hexdigest(),
        )


@cache
def announced_roots() -> tuple[tuple[Path, ...], dict[str, TariffError]]:
    """Return the folders of provider folders that installed packages announce; no code of theirs is run.

    A package announces one by an entry point of the group ``paycompare.providers``, whose value is the dotted name of a
    package that holds provider folders.

    Returns:
        The folders, and the name of each entry point that announces none, with what is wrong.
    """
    roots: list[Path] = []
    failures: dict[str, TariffError] = {}
    if _somebody_announces():
        from importlib.metadata import entry_points

        for point in entry_points(group=_GROUP):
            places = _places(point.value)
            roots += places
            if not places:
                problem = Problem(point.name, "entry point", point.value, "a package of provider folders")
                failures[point.name] = TariffError([problem])
    return tuple(roots), failures


def _somebody_announces() -> bool:
    """Tell whether an installed package may announce something; to load the reader of metadata takes far longer."""
    for place in map(Path, sys.path):
        if place.is_file():
            return True  # an archive, which that reader can look into
        for file in place.glob("*-info/entry_points.txt"):
            if _GROUP.encode() in file.read_bytes():
                return True
    return False


def _places(package: str) -> list[Path]:
    """Return the folders of a package by its dotted name; only the first name is looked up, which imports nothing."""
    from importlib.util import find_spec

    first, *rest = package.split(".")
    try:
        spec = find_spec(first)
    except (ImportError, ValueError):
        return []
    roots = spec.submodule_search_locations if spec else None
    places = [Path(root, *rest) for root in roots or ()]
    return [place for place in places if place.is_dir()]


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


def _given(roots: Iterable[Path]) -> Iterator[Path]:
    """Yield the provider folders of a caller's own; a folder without any is a mistake, which would go unnoticed."""
    for root in roots:
        found = list(provider_paths([root]))
        if not found:
            nothing = "no provider.toml in it or in a folder right below it"
            expected = "a provider folder, or a folder of provider folders"
            raise TariffError([Problem(str(root), "catalogue", nothing, expected)])
        yield from found


@cache
def _shipped_rows() -> tuple[tuple[Path, ...], dict[str, Any]]:
    """Return the folders that come with the library and what they say, compiled if nothing has changed."""
    paths = tuple(sorted(provider_paths(map(Path, providers.__path__)), key=lambda path: path.name))
    shape = [_HERE / f"{name}.py" for name in _SHAPE]
    texts = [*_EVERYBODYS, *(file for path in paths for file in _files(path))]
    key = key_of([*shape, *texts])
    rows = recall(key)
    if not isinstance(rows, dict):
        rows = _summed_up(_read(paths))
        remember(key, rows)
    return paths, rows


@cache
def _shipped() -> Catalogue:
    return _catalogue(*_shipped_rows())


def _read(paths: Sequence[Path]) -> Row:
    from paycompare.published.reading import read_all  # pydantic is needed only when a file is new

    digest = sha256()
    for file in (*_EVERYBODYS, *(file for path in paths for file in _files(path))):
        if file.is_file() and file.stat().st_size <= LARGEST_FILE:
            digest.update(file.read_bytes())
    return Row({**read_all(paths), "hash": digest.hexdigest()})


def _summed_up(rows: Row) -> dict[str, Any]:
    """Return what was read as it is kept compiled: whatever most questions do not need is decoded when it is needed."""
    found = vars(rows)
    return {
        "folders": {name: _summed(row, found["zones"]) for name, row in found["folders"].items()},
        "failures": found["failures"],
        "hash": found["hash"],
        "zones": Later(found["zones"]),
        "levies": [
            [levy.id, [levy.country] if isinstance(levy.country, str) else list(levy.country), Later(levy)]
            for levy in found["levies"]
        ],
    }


def _files(path: Path) -> list[Path]:
    inside = path / "tariffs"
    found = sorted(inside.iterdir()) if inside.is_dir() else []
    return [path / "provider.toml", *(file for file in found if file.suffix == ".toml")]


def _catalogue(paths: Iterable[Path], kept: dict[str, Any]) -> Catalogue:
    by_id = {path.name: path for path in paths}
    return Catalogue(
        {name: _folder(by_id[name], summed) for name, summed in kept["folders"].items()},
        {
            name: TariffError([Problem(**vars(problem)) for problem in problems])
            for name, problems in kept["failures"].items()
        },
        kept["hash"],
    )


def folder_of(path: Path, row: Row) -> Folder:
    """Return a folder from what its files say.

    Args:
        path: The folder.
        row: ``about``, and ``sheets`` with file, page, zone, tariff and the other tables each.
    """
    return _folder(path, _summed(row, zones()))


def _folder(path: Path, summed: dict[str, Any]) -> Folder:
    payers = summed["payers"]
    return Folder(
        path.name,
        path,
        tuple((name, client) for name, client in summed["tariffs"]),
        None if payers is None else frozenset(payers),
        summed["speaks_of_others"],
        summed["content"],
    )


def _summed(row: Row, shared: Sequence[ZoneTable]) -> dict[str, Any]:
    """Return a folder with its content put away, and beside it what most questions only need to know."""
    sheets = vars(row)["sheets"]
    tariffs = [(tariff, sheet) for sheet in sheets for tariff in sheet.tariff]
    payers: set[str] = set()
    for tariff, sheet in tariffs:
        if tariff.client == "payer":
            zoned = (zone.countries for zone in (*sheet.zone, *shared) if zone.id in tariff.payer.zones)
            payers = payers.union(tariff.payer.countries, *zoned)
    leaves_open = any(tariff.client == "payer" and tariff.payer.unlisted != "no" for tariff, _ in tariffs)
    return {
        "tariffs": list(dict.fromkeys((tariff.id, tariff.client) for tariff, _ in tariffs)),
        "payers": None if leaves_open else sorted(payers),
        "speaks_of_others": any(sheet.deduction or sheet.ceiling for sheet in sheets),
        "content": Later(row),
    }


def zones() -> tuple[ZoneTable, ...]:
    """Return the zones that belong to no provider, such as the EEA, each with its dates and source."""
    found: tuple[ZoneTable, ...] = _shipped_rows()[1]["zones"].value
    return found


def levies(countries: Iterable[str] | None = None) -> tuple[LevyTable, ...]:
    """Return the levies that apply whoever the provider is.

    Args:
        countries: Of which payers or payees; every country when left out.
    """
    wanted = None if countries is None else set(countries)
    kept = _shipped_rows()[1]["levies"]
    return tuple(content.value for _, of, content in kept if wanted is None or not wanted.isdisjoint(of))


def levy_ids() -> tuple[str, ...]:
    """Return the id of every levy, each once."""
    return tuple(dict.fromkeys(levy for levy, _, _ in _shipped_rows()[1]["levies"]))


def evidence_of(page: Page) -> Evidence:
    """Return the evidence that a page is."""
    return Evidence(page.kind, page.source, page.published, page.seen, page.note)
