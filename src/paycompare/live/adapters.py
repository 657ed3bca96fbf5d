"""Find adapters: every provider folder with an ``adapter.py``, ours and those of others."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, cast

from paycompare import providers
from paycompare.errors import Problem, TariffError
from paycompare.live.adapter import Source
from paycompare.published.catalogue import provider_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paycompare.live.adapter import Adapter

__all__ = ["Found", "find_adapters"]


@dataclass(frozen=True, slots=True)
class Found:
    """A provider folder that answers live.

    Attributes:
        id: The name of the folder.
        path: Where it lies.
        adapter: Its module.
    """

    id: str
    path: Path
    adapter: Adapter

    @property
    def source(self) -> Source:
        """What it declares of itself."""
        return self.adapter.SOURCE


def find_adapters(extra: Sequence[Path] = ()) -> tuple[Found, ...]:
    """Return every adapter, by id.

    Args:
        extra: Folders of provider folders, or single provider folders, of the caller's own.

    Raises:
        TariffError: A folder has the id of another, is not there, or its adapter is none.
    """
    found = {one.id: one for one in _shipped()}
    for path in provider_paths(extra):
        if (path / "adapter.py").is_file():
            if path.name in found and found[path.name].path != path:
                raise TariffError(
                    [_problem(path, "id", path.name, f"an id that is free; {found[path.name].path} has it")]
                )
            found[path.name] = _checked(path, _foreign(path))
    return tuple(found[name] for name in sorted(found))


@cache
def _shipped() -> tuple[Found, ...]:
    paths = {path.name: path for root in providers.__path__ for path in Path(root).iterdir()}
    return tuple(
        _checked(path, cast("Adapter", import_module(f"paycompare.providers.{name}.adapter")))
        for name, path in sorted(paths.items())
        if (path / "adapter.py").is_file()
    )


@cache
def _foreign(path: Path) -> Adapter:
    """Import an adapter from a folder that is not ours, under a name of its own."""
    name = f"paycompare_adapter_{path.name}"
    spec = spec_from_file_location(name, path / "adapter.py")
    if spec is None or spec.loader is None:
        raise TariffError([_problem(path, "adapter.py", "a file that cannot be imported", "a Python module")])
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise TariffError([_problem(path, "adapter.py", f"{type(error).__name__}: {error}", "a module")]) from error
    return cast("Adapter", module)


def _checked(path: Path, adapter: Adapter) -> Found:
    for name in ("request", "parse"):
        if not callable(getattr(adapter, name, None)):
            raise TariffError([_problem(path, f"adapter.py: {name}", "nothing that can be called", "a function")])
    if not isinstance(getattr(adapter, "SOURCE", None), Source):
        raise TariffError([_problem(path, "adapter.py: SOURCE", "no Source", "a paycompare.live.adapter.Source")])
    return Found(path.name, path, adapter)


def _problem(path: Path, field: str, found: str, expected: str) -> Problem:
    return Problem(str(path), field, found, expected)
