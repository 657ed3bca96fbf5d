"""The examples that readers try first work as printed: README.md and the pages of docs/."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import paycompare
from paycompare.cli import main
from paycompare.published.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```.*$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
LINKED = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def text_of(page: Path) -> str:
    """Return the words of a page."""
    return page.read_text(encoding="utf-8")


def commands(text: str) -> Iterator[tuple[str, str]]:
    r"""Return each command of the console blocks with the output printed beneath it.

    A line that ends in a backslash goes on in the next one.

    Example:
        >>> list(commands("```console\n$ paycompare a \\\n    b\none\n$ paycompare c\n```\n"))
        [('paycompare a b', 'one\n'), ('paycompare c', '')]
    """
    for block in CONSOLE.findall(text):
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = re.sub(r"\\\n\s*", "", entry).partition("\n")
            yield command, output


def python_example(page: Path) -> doctest.DocTest:
    """Return all ``>>>`` examples of a page as one session; the fences around them are not output."""
    plain = FENCE.sub("", text_of(page))
    return doctest.DocTestParser().get_doctest(plain, {}, page.name, str(page), 0)


CONSOLE_CASES = [
    pytest.param(command, output, id=f"{page.name}-{number}")
    for page in PAGES
    if page.is_file()
    for number, (command, output) in enumerate(commands(text_of(page)))
]


def test_the_readme_shows_examples() -> None:
    """The README has examples of both kinds: a Python session and a command with its output."""
    readme = ROOT / "README.md"
    assert python_example(readme).examples, "no >>> example in README.md"
    assert any(output for _, output in commands(text_of(readme))), "no ```console example in README.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_print_what_they_show(page: Path) -> None:
    """Every Python session of a page gives the answers printed in it."""
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    outcome = runner.run(python_example(page), out=report.append)
    assert outcome.failed == 0, "".join(report)


@pytest.mark.parametrize(("command", "output"), CONSOLE_CASES)
def test_commands_print_what_they_show(
    command: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of a page prints what stands beneath it, to the letter; ``...`` stands for what may grow."""
    monkeypatch.chdir(ROOT)
    program, *arguments = shlex.split(command)
    if program != "paycompare":
        assert not output, f"only paycompare is run here, so {command!r} may not show output"
        return
    main(arguments)
    printed = capsys.readouterr().out
    lines, shown = _trimmed(printed), _trimmed(output)
    for line, expected in zip(lines, shown, strict=True):
        assert re.fullmatch(re.escape(expected).replace(re.escape("..."), ".*"), line), f"{line!r} is not {expected!r}"


def test_calls_of_the_readme_can_be_made() -> None:
    """Every call that the README has in a sentence, and that leaves nothing to fill in, has an answer."""
    calls = re.findall(r"`(pc\.\w+\(\".*?\))`", text_of(ROOT / "README.md"))
    assert calls
    for call in calls:
        assert str(eval(call, {"pc": paycompare}))  # noqa: S307 -- a call of our own


def test_what_the_readme_counts_is_what_is_held() -> None:
    """Prices of some 190 institutions, three in four of them banks, half of the tariffs on undated pages."""
    words = text_of(ROOT / "README.md")
    held = [folder for folder in Catalogue.load().folders.values() if folder.tariffs]
    said = re.search(r"Published prices of some (\d+) institutions", words)
    assert said
    assert abs(len(held) - int(said[1])) <= 10
    assert "three in four of them banks" in words
    assert 0.7 < sum(folder.about.kind == "bank" for folder in held) / len(held) < 0.8
    pages = [leaf.page for folder in held for leaf in folder.leaves]
    assert "Half of the tariffs stand on undated pages" in words
    assert 0.45 < sum(page.undated for page in pages) / len(pages) < 0.55


def test_the_demo_prints_calls_that_give_its_answers() -> None:
    """Whoever copies a call of `make demo` gets what stands beneath it, on any day."""
    printed = subprocess.run(  # as `make demo` runs it
        [sys.executable, str(ROOT / "docs" / "demo.py")],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
    ).stdout
    shown = re.findall(r"^  (pc\..*)\n\n((?:(?!=====).*\n)*)", printed, re.MULTILINE)
    assert len(shown) == printed.count("=" * 100)
    for call, answer in shown:
        assert "at='2026-10-30'" in call
        assert _trimmed(str(eval(call, {"pc": paycompare}))) == _trimmed(answer)  # noqa: S307 -- a call of our own


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the repository finds it, and the heading that it names."""
    for target in LINK.findall(FENCED.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, heading = target.partition("#")
        found = (page.parent / place) if place else page
        if found == ROOT / "docs" / "held.md":
            continue  # the build of the documentation writes it
        assert found.exists(), f"{target} is not there"
        assert not heading or heading in anchors(text_of(found)), f"{target} names no heading"


def anchors(text: str) -> set[str]:
    r"""Return what links call the headings of a page.

    Example:
        >>> sorted(anchors("# A page\n## `x` and y: two\n"))
        ['a-page', 'x-and-y-two']
    """
    headings = re.findall(r"^#+ +(.+?) *$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def _trimmed(output: str) -> list[str]:
    """Return the lines without what nobody sees: blanks at the end of a line, blank lines at the end."""
    return [line.rstrip() for line in output.rstrip().splitlines()]
