"""The command line with live sources: against the stand-in that serves recorded exchanges."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import paycompare as pc
from paycompare.cli import main
from paycompare.client import Client
from paycompare.live.adapter import Priced
from paycompare.live.adapters import find_adapters
from paycompare.probe import probe, sources_held
from paycompare.published import catalogue
from tests.catalogues import write_folder
from tests.recorded import play, samples_of, shown, shown_request

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
    text = run("compare", "1000 EUR", "--to", "PH", "--from", "DE", "--live", "--json")
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


@pytest.mark.parametrize("columns", ["80", "100", "160"])
def test_a_variable_is_printed_whole(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a probe too, where it stands once: it is there to be copied."""
    monkeypatch.setenv("COLUMNS", columns)
    words = run("sources", "--probe").split()
    for found in find_adapters():
        for need in found.source.needs:
            assert words.count(need.variable) == 1


def test_a_provider_without_tariffs_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """A source of rates has a folder and no tariffs: a sentence, and no table without rows."""
    assert main(["providers", "ecb"]) == 0
    out = capsys.readouterr().out
    assert "no tariffs; `paycompare sources` lists who answers live" in out
    assert "Evidence" not in out


def test_a_probe_says_what_each_source_did() -> None:
    """`sources --probe` prints answered for a source that answers, and not set for one without its key."""
    lines = run("sources", "--probe").splitlines()
    rows = {line.split()[0]: line for line in lines if line[:1].isalpha()}
    assert "not set" in rows["currencycloud"]
    assert any(state in rows["wise_comparisons"] for state in ("answered", "drifted"))


@pytest.mark.parametrize(
    ("text", "found"),
    [("{}", "found nothing"), ("row,rank", "other.json, which is not JSON"), (None, "other.json: No such file")],
)
def test_replay_refuses_what_is_no_saved_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, found: str
) -> None:
    """A file that compare did not write is a mistake in the call, and is named."""
    file = tmp_path / "other.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert main(["replay", str(file)]) == 2
    said = capsys.readouterr().err
    assert found in said
    assert "expected a file that compare --json wrote" in said


@pytest.fixture
def announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the provider folders of a package that is on the path and cannot be imported; it need not be."""
    package = tmp_path / "acme_prices" / "providers"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("raise SystemExit(1)", encoding="utf-8")
    announce(tmp_path, "acme_prices.providers")
    monkeypatch.syspath_prepend(tmp_path)
    catalogue.announced_roots.cache_clear()
    yield package
    catalogue.announced_roots.cache_clear()


def announce(root: Path, *packages: str) -> None:
    """Write the metadata of an installed package that announces folders of providers."""
    about = root / "acme_prices-1.0.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-prices\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"acme_{number} = {package}" for number, package in enumerate(packages)]
    (about / "entry_points.txt").write_text("\n".join(["[paycompare.providers]", *lines]), encoding="utf-8")


def test_a_package_announces_its_providers(announced: Path) -> None:
    """A folder of an installed package is asked like ours."""
    write_folder(announced, "acme", fee='flat = "1"')
    answer = pc.compare("1000 GBP", to="IN", at="2026-10-30", providers=["acme"])
    assert [quote.provider for quote in answer.quotes] == ["acme"]


def test_the_adapter_of_the_documentation_keeps_the_contract(announced: Path) -> None:
    """As it stands in docs/live.md, with its sample, in a package that announces it."""
    page = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    code, sample = page.split('```python\n"""Acme')[1].split("```")[0], page.split("```json\n")[1].split("```")[0]
    folder = announced / "acme"
    (folder / "samples").mkdir(parents=True)
    (folder / "provider.toml").write_text('name = "Acme"\nkind = "bank"\ncountry = "GB"\n', encoding="utf-8")
    (folder / "adapter.py").write_text(f'"""Acme{code}', encoding="utf-8")
    (folder / "samples" / "answer.json").write_text(sample, encoding="utf-8")
    found = next(one for one in find_adapters(catalogue.announced_roots()[0]) if one.id == "acme")
    (recorded,) = samples_of(found)
    asked = recorded.ask(found)
    requests, answers = play(found.adapter, asked, recorded.responses(found, asked))
    (request,) = recorded.calls
    assert [shown_request(one, found.source.url).items() >= request["request"].items() for one in requests] == [True]
    (wanted,), (answer,) = recorded.about["reading"], answers
    assert isinstance(answer, Priced)
    assert shown(answer).items() >= wanted.items()


def test_an_announced_id_that_is_taken_is_refused(announced: Path) -> None:
    """A package cannot take the place of a provider that is there."""
    write_folder(announced, "wise", fee='flat = "1"')
    with pytest.raises(pc.TariffError, match="an id that is free"):
        pc.compare("1000 GBP", to="IN", at="2026-10-30")


@pytest.mark.parametrize("package", ["gone.providers", "acme_prices.nothing", ".relative", "sys"])
def test_an_announcement_of_nothing_is_one_failure(announced: Path, package: str) -> None:
    """A package that announces what is not there, or no folder, costs its own providers and no answer."""
    write_folder(announced, "acme", fee='flat = "1"')
    announce(announced.parents[1], package, "acme_prices.providers")
    answer = pc.compare("1000 GBP", to="IN", at="2026-10-30")
    assert "acme" in {quote.provider for quote in answer.quotes}
    assert [failure.provider for failure in answer.failures] == ["acme_0"]
    assert f"found {package}" in answer.failures[0].reason


def test_nothing_announced_loads_no_metadata() -> None:
    """The reader of metadata takes longer than an answer, and is loaded only where somebody announces providers."""
    program = "import paycompare as pc; pc.compare('1000 GBP', to='IN'); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "importlib.metadata" not in done.stdout.split()


BROKEN = {
    "raises": "raise RuntimeError('boom')",
    "leaves": "import sys; sys.exit(3)",
    "no_source": "def request(ask): ...\ndef parse(ask, answer): ...",
    "hasty": (
        "from paycompare.live.adapter import Source\n"
        "SOURCE = Source(name='A', url='https://a.example', documentation='https://a.example', per_second=0)"
    ),
}


def test_an_adapter_that_cannot_be_imported_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an adapter does when it is imported, `sources` lists it with the reason, and all others."""
    for name, code in BROKEN.items():
        write_adapter(tmp_path, name, code)
    assert main(["sources", "--catalogue", str(tmp_path)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for name in (*BROKEN, *(found.id for found in find_adapters())):
        assert name in out
    for words in ("RuntimeError: boom", "SystemExit: 3", "found no Source", "per_second: found 0"):
        assert words in out


def test_an_adapter_that_cannot_be_imported_is_one_failure(tmp_path: Path) -> None:
    """A live comparison names it, and once, though it may be paid out in either of two currencies."""
    write_adapter(tmp_path, "leaves", BROKEN["leaves"])

    async def ask(**options: Any) -> pc.Comparison:
        async with Client() as client:
            return await client.compare("1000 GBP", to=["IN/INR", "IN/USD"], catalogue=[tmp_path], **options)

    others = [found.id for found in find_adapters()]
    answer = asyncio.run(ask(exclude=others))
    assert [(one.provider, one.kind) for one in answer.failures] == [("leaves", "ProviderChanged")]
    assert "SystemExit" in answer.failures[0].reason
    assert not asyncio.run(ask(exclude=[*others, "leaves"])).failures


def write_adapter(root: Path, name: str, code: str) -> None:
    """Write a provider folder with an adapter alone."""
    (root / name).mkdir()
    (root / name / "provider.toml").write_text('name = "A"\nkind = "bank"\ncountry = "GB"\n', encoding="utf-8")
    (root / name / "adapter.py").write_text(code, encoding="utf-8")


def test_a_probe_has_a_line_for_each_source_whatever_one_does(tmp_path: Path) -> None:
    """An adapter that leaves the program while it reads, and one that is none, are a line each."""
    good = (
        "from paycompare.live.adapter import Request, Source\n"
        "SOURCE = Source(name='A', url='https://a.example', documentation='https://a.example')\n"
        "def request(ask):\n    raise SystemExit(4)\ndef parse(ask, answer): ...\n"
    )
    write_adapter(tmp_path, "leaves_later", good)
    write_adapter(tmp_path, "leaves", BROKEN["leaves"])
    held = [one for one in sources_held([tmp_path]) if one.id.startswith("leaves")]
    assert {name: one.state for name, one in probe(held).items()} == {"leaves": "unusable", "leaves_later": "drifted"}
