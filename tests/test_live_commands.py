"""The command line with live sources: against the stand-in that serves recorded exchanges."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import paycompare as pc
from paycompare.cli import main
from paycompare.live.adapters import find_adapters
from paycompare.published import catalogue
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


def run(*words: str) -> str:
    """Run a command with every source standing in, and return what it printed."""
    command = [sys.executable, str(ROOT / "scripts" / "stand_in.py"), sys.executable, "-m", "paycompare", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT / "src")
    assert done.stderr == ""
    return done.stdout


def test_live_prices_are_shown_saved_and_made_again(tmp_path: Path) -> None:
    """`compare --live --json` has live quotes with what was stated, and `replay` gives the same answer."""
    text = run("compare", "1000 EUR", "--to", "PH", "--from", "DE", "--at", "2026-10-30", "--live", "--json")
    said = json.loads(text)
    live = {quote["offer"]: quote for quote in said["quotes"] if quote["live"]}
    assert "wise/bank_transfer@wise_comparisons" in live
    assert live["wise/bank_transfer@wise_comparisons"]["live"]["source"] == "wise_comparisons"
    saved = tmp_path / "saved.json"
    saved.write_text(text, encoding="utf-8")
    assert run("replay", "--changes", str(saved)) == "the same answer\n"


def test_sources_are_listed_with_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    """`sources` names every adapter and, for each variable, whether it is set."""
    assert main(["sources"]) == 0
    out = capsys.readouterr().out
    for found in find_adapters():
        assert found.id in out
    assert "not set" in out


def test_a_probe_says_what_each_source_did() -> None:
    """`sources --probe` prints answered for a source that answers, and not set for one without its key."""
    lines = run("sources", "--probe").splitlines()
    rows = {line.split()[0]: line for line in lines if line[:1].isalpha()}
    assert "not set" in rows["currencycloud"]
    assert any(state in rows["wise_comparisons"] for state in ("answered", "drifted"))


def test_replay_refuses_what_is_no_saved_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that compare did not write is a mistake in the call."""
    file = tmp_path / "other.json"
    file.write_text("{}", encoding="utf-8")
    assert main(["replay", str(file)]) == 2
    assert "a file that compare --json wrote" in capsys.readouterr().err


@pytest.fixture
def announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a package on the path that announces its provider folders."""
    package = tmp_path / "acme_prices" / "providers"
    package.mkdir(parents=True)
    points = EntryPoints([EntryPoint("acme", "acme_prices.providers", "paycompare.providers")])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points.select(group=group))
    catalogue.announced_roots.cache_clear()
    yield package
    catalogue.announced_roots.cache_clear()


def test_a_package_announces_its_providers(announced: Path) -> None:
    """A folder of an installed package is asked like ours."""
    write_folder(announced, "acme", fee='flat = "1"')
    answer = pc.compare("1000 GBP", to="IN", at="2026-10-30", providers=["acme"])
    assert [quote.provider for quote in answer.quotes] == ["acme"]


def test_an_announced_id_that_is_taken_is_refused(announced: Path) -> None:
    """A package cannot take the place of a provider that is there."""
    write_folder(announced, "wise", fee='flat = "1"')
    with pytest.raises(pc.TariffError, match="an id that is free"):
        pc.compare("1000 GBP", to="IN", at="2026-10-30")
