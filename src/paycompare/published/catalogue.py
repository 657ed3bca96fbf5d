"""The catalogue: every provider folder, found by looking, read once, wrong ones reported and never fatal."""

from __future__ import annotations

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

__all__ = ["Catalogue", "Folder", "Leaf", "evidence_of", "folder_of", "levies", "provider_paths", "zones"]

_HERE: Final = Path(__file__).parent


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
        about: Its ``provider.toml``.
        tariffs: Id of each of its tariffs, with whose choice it is: the payer's or the payee's.
        payers: Countries from which it takes payers; None when its pages leave that open.
        speaks_of_others: Whether it says what third parties take, or what a regulator allows.
        sheets: What its files say, read when it is first asked for.
    """

    id: str
    path: Path
    about: ProviderFile
    tariffs: tuple[tuple[str, str], ...]
    payers: frozenset[str] | None
    speaks_of_others: bool
    sheets: Later

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its tariffs, in the order of files and tables."""
        return tuple(
            Leaf(tariff, sheet.page, Definitions((*sheet.zone, *zones()), sheet.window), sheet.file)
            for sheet in self.sheets.value
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
        return tuple((record, sheet.page) for sheet in self.sheets.value for record in getattr(sheet, name))

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
        paths = list(provider_paths(extra))
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
    shape = [_HERE / name for name in ("vocabulary.py", "price_schema.py", "schema.py", "reading.py")]
    texts = [_HERE / "zones.toml", _HERE / "levies.toml", *(file for path in paths for file in _files(path))]
    key = key_of([*shape, *texts])  # another shape of what a file may say makes other rows of the same files
    rows = recall(key)
    if not isinstance(rows, Row):
        rows = _summed_up(_read(paths))
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


def _summed_up(rows: Row) -> Row:
    """Return what was read with every folder summed up, which is what is kept compiled."""
    found = vars(rows)
    return Row({**found, "folders": {name: _summed(row, found["zones"]) for name, row in found["folders"].items()}})


def _files(path: Path) -> list[Path]:
    inside = path / "tariffs"
    found = sorted(inside.iterdir()) if inside.is_dir() else []
    return [path / "provider.toml", *(file for file in found if file.suffix == ".toml")]


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
        row: ``about``, and ``sheets`` with file, page, zone, tariff and the other tables each; compiled with what
            tells whether the sheets are needed at all.
    """
    fields = vars(row if "payers" in vars(row) else _summed(row, zones()))
    payers = fields["payers"]
    return Folder(
        path.name,
        path,
        fields["about"],
        fields["tariffs"],
        None if payers is None else frozenset(payers),
        fields["speaks_of_others"],
        fields["sheets"],
    )


def _summed(row: Row, shared: Sequence[ZoneTable]) -> Row:
    """Return a folder with its sheets put away, and beside them what most questions only need to know."""
    about, sheets = vars(row)["about"], vars(row)["sheets"]
    tariffs = [tariff for sheet in sheets for tariff in sheet.tariff]
    chosen_by_payers = [(tariff, sheet) for sheet in sheets for tariff in sheet.tariff if tariff.client == "payer"]
    payers: set[str] | None = set()
    for tariff, sheet in chosen_by_payers:
        end = tariff.payer
        if end.unlisted != "no":
            payers = None
            break
        zoned = (zone.countries for zone in (*sheet.zone, *shared) if zone.id in end.zones)
        payers = (payers or set()).union(end.countries, *zoned)
    return Row(
        {
            "about": about,
            "tariffs": tuple(dict.fromkeys((tariff.id, tariff.client) for tariff in tariffs)),
            "payers": None if payers is None else tuple(sorted(payers)),
            "speaks_of_others": any(sheet.deduction or sheet.ceiling for sheet in sheets),
            "sheets": Later(sheets),
        }
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
