"""The public face: what ``import paycompare as pc`` offers."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import paycompare

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(paycompare.__path__, "paycompare.")
    if not found.name.startswith("paycompare.providers.") and not found.name.endswith(".__main__")
)


def test_names_are_listed_in_order() -> None:
    """The list of public names is sorted and names each once."""
    assert paycompare.__all__ == sorted(set(paycompare.__all__))


@pytest.mark.parametrize("name", paycompare.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    """Each public name can be had, and has a docstring of its own that starts with a sentence."""
    found = getattr(paycompare, name)
    documented = (found.__dict__.get("__doc__") or "") if isinstance(found, type) else found.__doc__ or ""
    first = documented.strip().partition("\n")[0]
    assert first.endswith((".", "?", ":")), f"{name}: {first!r}"
    assert not first.startswith(f"{name}("), f"{name}: a dataclass without a docstring shows its signature"


@pytest.mark.parametrize("name", paycompare.__all__)
def test_no_module_has_the_name_of_a_public_name(name: str) -> None:
    """A name stays what it is when a module is imported: none is called like it."""
    assert f"paycompare.{name}" not in MODULES


def test_names_survive_the_import_of_every_module() -> None:
    """Each public name is the same object before and after all modules are imported."""
    before = {name: getattr(paycompare, name) for name in paycompare.__all__}
    for module in MODULES:
        import_module(module)
    assert {name: getattr(paycompare, name) for name in paycompare.__all__} == before


@pytest.mark.parametrize("module", ["paycompare", *MODULES])
def test_modules_offer_what_they_list(module: str) -> None:
    """Each module has a docstring, and what its ``__all__`` lists exists."""
    found = import_module(module)
    assert found.__doc__, f"{module} has no docstring"
    missing = [name for name in getattr(found, "__all__", []) if not hasattr(found, name)]
    assert not missing, f"{module}.__all__ lists {missing}"


def test_dir_shows_names_that_are_not_loaded_yet() -> None:
    """Completion in a fresh session offers every public name before any is loaded."""
    script = "import paycompare; print(*set(paycompare.__all__) - set(dir(paycompare)))"
    source = Path(paycompare.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=source)
    assert done.stdout.split() == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that does not exist says so, as for any module."""
    with pytest.raises(AttributeError, match="module 'paycompare' has no attribute 'comparee'"):
        getattr(paycompare, "comparee")  # noqa: B009 -- a type checker would refuse the name, as it should
