"""Imports point down: faces > answers > sources > core > reference > words.

The imports are read, not run. A new module is entered in ``LAYERS``.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "paycompare"

LAYERS = {
    "words": {"countries", "currencies", "curve", "envelope", "errors", "money", "pieces", "terms", "user_cache"},
    "reference": {"reference"},
    "core": {"kernel", "measure", "offer", "quote", "scenario", "search", "walk"},
    "sources": {"live", "published", "survey"},
    "answers": {
        "again",
        "basket",
        "bound",
        "breakeven",
        "client",
        "bulk",
        "comparison",
        "coverage",
        "question",
        "crossover",
        "export",
        "frame",
        "probe",
        "ranking",
        "statement",
        "verdict",
    },
    "faces": {"__main__", "cli", "display", "spark"},
}
"""From the bottom to the top; each name is a module or a package right under ``paycompare``."""

HEIGHT = {name: height for height, names in enumerate(LAYERS.values()) for name in names}

SHOWS_ITSELF = {"breakeven", "comparison", "export"}
"""Answers that hand themselves to ``display`` when asked to: inside a function, never when imported."""

HOMES = {
    "httpx": {"live"},
    "polars": {"bulk", "frame", "spark", "survey"},
    "pyspark": {"spark"},
    "rich": {"cli", "display"},
    "tenacity": {"live"},
}
"""Costly dependencies, and the only modules that may load each."""


@dataclass(frozen=True)
class Import:
    """One import statement: who, what, and whether it runs, and when."""

    file: Path
    line: int
    target: str
    typing_only: bool
    deferred: bool

    def __str__(self) -> str:
        """Return where it stands and what it asks for, for the message of a failed test."""
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.target}"

    @property
    def importer(self) -> str:
        """The module or package right under ``paycompare`` that the file belongs to."""
        return self.file.relative_to(PACKAGE).with_suffix("").parts[0]

    @property
    def imported(self) -> str | None:
        """The module or package right under ``paycompare`` that is asked for, if it is one of ours."""
        root, _, rest = self.target.partition(".")
        return rest.partition(".")[0] if root == "paycompare" and rest else None


def read_imports(file: Path) -> list[Import]:
    """Return every import of a file, with those inside functions and type-checking blocks."""
    return list(_imports_below(ast.parse(file.read_text(encoding="utf-8")), file))


def _imports_below(
    parent: ast.AST, file: Path, *, typing_only: bool = False, deferred: bool = False
) -> Iterator[Import]:
    for node in ast.iter_child_nodes(parent):
        for target in _targets(node, file):
            yield Import(file, getattr(node, "lineno", 0), target, typing_only, deferred)
        for_types = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        in_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports_below(node, file, typing_only=typing_only or for_types, deferred=deferred or in_function)


def _targets(node: ast.AST, file: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    source = node.module or ""
    if node.level:
        package = ("paycompare", *file.relative_to(PACKAGE).parts[: -node.level])
        source = ".".join([*package, *([source] if source else [])])
    if source == "paycompare":
        return [f"paycompare.{alias.name}" for alias in node.names]
    return [source]


FILES = sorted(file for file in PACKAGE.rglob("*.py") if file.parent != PACKAGE / "providers")
INNER = [file for file in FILES if file != PACKAGE / "__init__.py"]
ADAPTERS = sorted((ROOT / "providers").glob("*/*.py"))


def named(file: Path) -> str:
    """Return the name of a file in the report."""
    return file.relative_to(ROOT).as_posix()


def test_every_module_has_a_layer() -> None:
    """Each module and package right under paycompare stands in exactly one layer."""
    found = {file.relative_to(PACKAGE).with_suffix("").parts[0] for file in INNER}
    homeless = sorted(found - set(HEIGHT))
    assert not homeless, f"add {homeless} to a layer of LAYERS in tests/test_layers.py"
    assert sum(map(len, LAYERS.values())) == len(HEIGHT), "a module stands in two layers"


@pytest.mark.parametrize("file", INNER, ids=named)
def test_imports_point_down(file: Path) -> None:
    """A module imports nothing from a layer above its own."""
    upward = [
        str(found)
        for found in read_imports(file)
        if found.imported in HEIGHT
        and HEIGHT[found.imported] > HEIGHT.get(found.importer, len(LAYERS))
        and not (found.deferred and found.importer in SHOWS_ITSELF and found.imported == "display")
    ]
    assert not upward, "\n".join(upward)


@pytest.mark.parametrize("file", INNER, ids=named)
def test_nothing_inside_uses_the_public_face(file: Path) -> None:
    """Modules name the module that they need, so that the package can load lazily."""
    through_the_face = [str(found) for found in read_imports(file) if found.target == "paycompare"]
    assert not through_the_face, "\n".join(through_the_face)


@pytest.mark.parametrize("file", FILES, ids=named)
def test_costly_dependencies_have_a_home(file: Path) -> None:
    """Network, frames and tables are loaded only by the modules made for them."""
    astray = [
        str(found)
        for found in read_imports(file)
        if not found.typing_only and found.importer not in HOMES.get(found.target.partition(".")[0], {found.importer})
    ]
    assert not astray, "\n".join(astray)


def test_curves_need_only_the_standard_library() -> None:
    """The arithmetic of curves stands alone."""
    own = {"pieces", "curve", "envelope"}
    outside = [
        str(found)
        for name in own
        for found in read_imports(PACKAGE / f"{name}.py")
        if found.target.partition(".")[0] not in sys.stdlib_module_names and found.imported not in own
    ]
    assert not outside, "\n".join(outside)


def test_adapters_do_no_input_or_output() -> None:
    """A provider's adapter builds requests and reads answers; it reaches neither network nor answers."""
    forbidden = {*HOMES, "asyncio", "requests", "socket", "subprocess", "urllib"}
    reaching = [
        str(found)
        for file in ADAPTERS
        for found in read_imports(file)
        if (found.target.partition(".")[0] in forbidden and found.target != "urllib.parse")
        or (found.imported in HEIGHT and HEIGHT[found.imported] > HEIGHT["live"])
    ]
    assert not reaching, "\n".join(reaching)


def test_import_paycompare_is_light() -> None:
    """Importing the package loads neither frames, network, tables nor the models of tariff files."""
    script = "import sys, paycompare; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    done = subprocess.run(  # a fresh interpreter, as this one has loaded everything
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT / "src"
    )
    assert "paycompare" in done.stdout.split()
    assert {"polars", "httpx", "rich", "pydantic"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    ("source", "target", "typing_only", "deferred"),
    [
        ("import polars as pl", "polars", False, False),
        ("from paycompare import money", "paycompare.money", False, False),
        ("from . import money", "paycompare.money", False, False),
        ("from .display import page", "paycompare.display", False, False),
        ("if TYPE_CHECKING:\n    import httpx", "httpx", True, False),
        ("def f():\n    if True:\n        import rich.table", "rich.table", False, True),
    ],
)
def test_imports_are_read_as_written(source: str, target: str, *, typing_only: bool, deferred: bool) -> None:
    """The reader of imports sees every form of the statement, where it stands and when it runs."""
    file = PACKAGE / "example.py"
    found = list(_imports_below(ast.parse(source), file))
    assert found == [Import(file, found[0].line, target, typing_only, deferred)]
