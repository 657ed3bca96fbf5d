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
    from collections.abc import Iterable, Iterator, Sequence

    from paycompare.live.adapter import Adapter

__all__ = ["Adapters", "Found", "find_adapters"]


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


@dataclass(frozen=True, slots=True)
class Adapters:
    """Every adapter that was looked for.

    Attributes:
        found: Those that can be asked, by id.
        failures: Folder id to what is wrong with its adapter.
    """

    found: tuple[Found, ...]
    failures: dict[str, TariffError]

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Adapters:
        """Import the adapters that come with the library, and more; one that is none is reported and never fatal.

        Args:
            extra: Folders of provider folders, or single provider folders, of the caller's own.

        Raises:
            TariffError: A folder has the id of another, or is not there.
        """
        paths = dict(_shipped())
        for path in _with_adapter(provider_paths(extra)):
            taken = paths.setdefault(path.name, path)
            if taken != path:
                raise TariffError([_problem(path, "id", path.name, f"an id that is free; {taken} has it")])
        found, failures = [], {}
        for name, path in sorted(paths.items()):
            try:
                found.append(_checked(path, _imported(path)))
            except TariffError as error:
                failures[name] = error
        return cls(tuple(found), failures)


def find_adapters(extra: Sequence[Path] = ()) -> tuple[Found, ...]:
    """Return every adapter, by id, all of them sound.

    Args:
        extra: As for `Adapters.load`.

    Raises:
        TariffError: A folder has the id of another, is not there, or its adapter is none.
    """
    held = Adapters.load(extra)
    for error in held.failures.values():
        raise error
    return held.found


@cache
def _shipped() -> dict[str, Path]:
    inside = (path for root in providers.__path__ for path in Path(root).iterdir())
    return {path.name: path for path in _with_adapter(inside)}


def _with_adapter(folders: Iterable[Path]) -> Iterator[Path]:
    return (folder for folder in folders if (folder / "adapter.py").is_file())


@cache
def _imported(path: Path) -> Adapter:
    """Import an adapter; one from a folder that is not ours gets a name of its own."""
    try:
        if _shipped().get(path.name) == path:
            return cast("Adapter", import_module(f"paycompare.providers.{path.name}.adapter"))
        return _foreign(path)
    except (Exception, SystemExit) as error:
        found = f"{type(error).__name__}: {error}"
        raise TariffError([_problem(path, "adapter.py", found, "a module that can be imported")]) from error


def _foreign(path: Path) -> Adapter:
    name = f"paycompare_adapter_{path.name}"
    spec = spec_from_file_location(name, path / "adapter.py")
    if spec is None or spec.loader is None:
        msg = "no Python module"
        raise ImportError(msg)
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
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
