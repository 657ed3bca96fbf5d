"""What is built holds what is needed. This is the quick part; `make wheel` builds, installs and tries it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import paycompare
import paycompare.providers
from hatch_build import ProviderFolders

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES = (
    "provider.toml",
    "tariffs/fees_2024.toml",
    "adapter.py",
    "notes.md",
    "samples/answer.json",
    "samples/expected.toml",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with one provider that has a file of each kind."""
    for name in FILES:
        file = tmp_path / "providers" / "example" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def added(checkout: Path, build: str) -> dict[str, str]:
    """Return what the build hook adds to a build of a checkout: file to place in the wheel."""
    builder = WheelBuilder(str(ROOT))
    hook = ProviderFolders(str(checkout), {}, builder.config, builder.metadata, str(checkout), "wheel")
    build_data: dict[str, Any] = {"force_include": {}}
    hook.initialize(build, build_data)
    places = build_data["force_include"]
    return {Path(file).relative_to(checkout).as_posix(): place for file, place in places.items()}


def test_tariffs_and_adapters_are_shipped_and_samples_are_not(checkout: Path) -> None:
    """A wheel holds the tariffs and the adapter of each provider inside the package, without its samples."""
    assert added(checkout, "standard") == {
        "providers/example/provider.toml": "paycompare/providers/example/provider.toml",
        "providers/example/tariffs/fees_2024.toml": "paycompare/providers/example/tariffs/fees_2024.toml",
        "providers/example/adapter.py": "paycompare/providers/example/adapter.py",
    }


def test_an_editable_install_reads_the_checkout(checkout: Path) -> None:
    """An editable install copies no provider, so that a new folder counts at once."""
    assert added(checkout, "editable") == {}


def test_providers_are_found_in_the_checkout() -> None:
    """The folders at the top of the checkout are the ones that the package looks into."""
    assert [Path(place) for place in paycompare.providers.__path__] == [
        ROOT / "src" / "paycompare" / "providers",
        ROOT / "providers",
    ]


def test_the_package_is_marked_as_typed() -> None:
    """Type checkers of others are told that the annotations are meant for them."""
    assert (ROOT / "src" / "paycompare" / "py.typed").is_file()


def test_the_version_has_one_source() -> None:
    """The version that the package states is the one that was installed, from pyproject.toml."""
    assert paycompare.__version__ == version("paycompare") == PYPROJECT["project"]["version"]


@pytest.mark.parametrize("entry", PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
def test_what_the_sdist_names_is_there(entry: str) -> None:
    """Every file and folder that the source distribution is told to hold exists."""
    assert (ROOT / entry.removeprefix("/")).exists()


def pins() -> dict[str, set[str]]:
    """Return the pinned versions of each distribution in requirements/dev.txt."""
    pinned: dict[str, set[str]] = {}
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    for name, number in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE):
        pinned.setdefault(canonicalize_name(name), set()).add(number)
    return pinned


@pytest.mark.parametrize("stated", PYPROJECT["project"]["dependencies"])
def test_pins_keep_to_the_stated_ranges(stated: str) -> None:
    """Each dependency is pinned for the tests to a version that the package says it works with."""
    requirement = Requirement(stated)
    pinned = pins().get(canonicalize_name(requirement.name), set())
    assert pinned, f"{requirement.name} is not pinned: run make pins"
    assert all(number in requirement.specifier for number in pinned)


@pytest.mark.parametrize("name", ["dev.txt", "docs.txt"])
def test_pins_have_hashes_and_name_no_place(name: str) -> None:
    """Every pin carries a hash, and no line says from where it was fetched."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\w)", text.replace("\\\n", " "))[1:]
    unhashed = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert entries
    assert not unhashed
    assert not re.search(r"://|--(?!hash=)", text), "an option other than a hash, or an address"
