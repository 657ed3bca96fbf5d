"""The contract of every provider folder, of the zones and of the levies: whoever wrote them."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from paycompare.published.catalogue import Catalogue, levies, zones
from paycompare.published.check import check_folder
from paycompare.published.levies import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.published.catalogue import Folder
    from paycompare.published.schema import LevyTable, Page

PROVIDERS = Path(__file__).parents[1] / "providers"
FOLDERS = sorted(path.parent.name for path in PROVIDERS.glob("*/provider.toml"))
HELD = Catalogue.load()


def pages(folder: Folder) -> Iterator[Page]:
    """Yield every page that a folder cites."""
    yield from (leaf.page for leaf in folder.leaves)
    for records in (folder.deductions, folder.rates, folder.ceilings):
        yield from (page for _, page in records)


def is_a_page(source: str) -> bool:
    """Tell whether an address leads further than to a front door."""
    address = urlsplit(source)
    return bool(address.path.strip("/") or address.query or address.fragment)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_holds_together_and_its_checks_come_out(name: str) -> None:
    """Every file reads, versions do not overlap, and every worked example gives what its page prints."""
    assert check_folder(PROVIDERS / name) == []


@pytest.mark.parametrize("name", FOLDERS)
def test_every_figure_can_be_followed_to_its_page(name: str) -> None:
    """An address leads to a page, not to a front door, and its dates have come to pass."""
    for page in pages(HELD.folders[name]):
        assert is_a_page(page.source), f"{page.source} is a front door"
        assert all(day <= date.today() for day in (page.published, page.seen) if day is not None)  # noqa: DTZ011 -- a calendar day


def test_every_folder_of_the_checkout_is_held() -> None:
    """No folder is lost on the way, and none fails."""
    assert set(HELD.folders) >= set(FOLDERS)
    assert HELD.failures == {}


def test_a_folder_without_prices_says_something_else() -> None:
    """A folder with neither tariff nor deduction, rate or ceiling is an empty room, unless it answers live."""
    empty = [
        folder.id
        for folder in HELD.folders.values()
        if not any(pages(folder)) and not (folder.path / "adapter.py").is_file()
    ]
    assert empty == []


def ident(levy: LevyTable) -> str:
    """Name a levy in a test report."""
    return f"{levy.id}-{levy.valid_from}"


@pytest.mark.parametrize("levy", levies(), ids=ident)
def test_a_levy_cites_a_page_with_a_date(levy: LevyTable) -> None:
    """The law or whoever reports it, with the day; an undated page must at least say from when the levy holds."""
    assert is_a_page(levy.page.source)
    assert levy.page.published or levy.page.seen or levy.valid_from


def test_versions_of_a_levy_do_not_overlap() -> None:
    """Two tables of one levy that hold on one day differ in the conditions that they name."""
    said: dict[tuple[str, str], list[LevyTable]] = {}
    for levy in levies():
        said.setdefault((levy.id, str(levy.only)), []).append(levy)
    for tables in said.values():
        days = {day for levy in tables for day in (levy.valid_from, levy.valid_to) if day}
        days |= {day for levy in tables for gap in levy.suspended for day in (gap.since, gap.until)}
        for day in days:
            assert sum(in_force(levy, day) for levy in tables) <= 1, f"{tables[0].id} holds twice on {day}"


def test_a_zone_holds_once_on_a_day() -> None:
    """Versions of a zone follow each other."""
    spans: dict[str, list[tuple[date, date]]] = {}
    for zone in zones():
        spans.setdefault(zone.id, []).append((zone.since or date.min, zone.until or date.max))
    for name, found in spans.items():
        ordered = sorted(found)
        for before, after in itertools.pairwise(ordered):
            assert before[1] <= after[0], f"zone {name} has two versions on one day"
