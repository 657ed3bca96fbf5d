"""The compiled catalogue: used while it is what was written, passed over in silence otherwise."""

from __future__ import annotations

import tomllib
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from paycompare.money import Money
from paycompare.published import catalogue
from paycompare.published.compiled import Later, Row, key_of, recall, remember
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path

ROWS = Row(
    {
        "share": Fraction(1, 200),
        "limit": Money.of("1000", "GBP"),
        "seen": date(2026, 10, 1),
        "bands": (Row({"up_to": Fraction(100), "below": None}), Row({"up_to": None, "below": None})),
        "expect": {"paid": Money.of("5", "JPY")},
        "undated": False,
        "note": None,
    }
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep compiled catalogues in a folder of the test."""
    monkeypatch.setenv("PAYCOMPARE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_what_is_remembered_comes_back_as_it_was(cache: Path) -> None:
    """Exact numbers, money, dates, tuples and nothing at all survive."""
    remember("a", ROWS)
    assert recall("a") == ROWS
    assert [file.name for file in cache.iterdir()] == ["catalogue-a.json"]


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, '{"/row":{}}', 'x\n{"/number":"1/0"}', '{"/date":5}', "x\n{}", "\x00\xff"]
)
def test_what_was_not_written_by_it_is_passed_over(cache: Path, text: str) -> None:
    """Garbage, a wrong shape or a missing stamp count as nothing remembered."""
    cache.mkdir()
    (cache / "catalogue-a.json").write_text(text, encoding="utf-8")
    assert recall("a") is None


def test_nothing_is_kept_when_it_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``off`` neither writes nor reads."""
    monkeypatch.setenv("PAYCOMPARE_CACHE", "off")
    remember("a", ROWS)
    assert recall("a") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_passed_over(cache: Path) -> None:
    """A file where the folder should be loses the saving of time and nothing else."""
    cache.write_text("in the way", encoding="utf-8")
    remember("a", ROWS)
    assert recall("a") is None


def test_a_file_that_is_written_again_has_another_key(tmp_path: Path) -> None:
    """The key follows the size and the time of every file."""
    file = tmp_path / "page.toml"
    file.write_text("one", encoding="utf-8")
    before = key_of([file])
    file.write_text("three", encoding="utf-8")
    assert key_of([file]) != before


@pytest.mark.usefixtures("cache")
def test_what_is_put_away_comes_back_when_it_is_asked_for() -> None:
    """A part that most questions do not need is decoded only then, and is what it was."""
    remember("a", {"later": Later((ROWS,))})
    found = recall("a")["later"]
    assert found.value == (ROWS,)
    assert found == Later((ROWS,))
    assert found != Later(())


def test_what_belongs_to_no_provider_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another catalogue of the caller's own reads the files of that catalogue alone."""
    write_folder(tmp_path, "a_bank")
    catalogue.Catalogue.load([tmp_path])
    parsed = Mock(wraps=tomllib.loads)
    monkeypatch.setattr(tomllib, "loads", parsed)
    catalogue.Catalogue.load([tmp_path])
    assert parsed.call_count == len(list(tmp_path.rglob("*.toml")))


def test_what_belongs_to_no_provider_is_in_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A levy that changes changes answers, so the catalogue is another one."""
    root, levies = tmp_path / "own", tmp_path / "levies.toml"
    write_folder(root, "a_bank")
    monkeypatch.setattr(catalogue, "_EVERYBODYS", (levies,))
    hashes = set()
    for share in ("0.15", "0.90"):
        levies.write_text(f'share = "{share}"', encoding="utf-8")
        hashes.add(catalogue.Catalogue.load([root]).hash)
    assert len(hashes) == 2
