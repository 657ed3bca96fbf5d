"""Read provider folders from their TOML files, check every word, and report all problems at once.

Validation builds pydantic models; what is handed on are `Row` objects of the same fields, so that a catalogue that was
compiled before can be used without pydantic.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from paycompare.errors import Problem, TariffError
from paycompare.published.compiled import LARGEST_FILE, Row
from paycompare.published.faults import problems_of
from paycompare.published.schema import LevyFile, ProviderFile, Step, TariffFile, ZoneFile

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_all", "read_folder"]


def read_all(paths: Sequence[Path]) -> dict[str, object]:
    """Read provider folders, and the zones and levies that belong to none.

    Args:
        paths: The folders; the name of each is the provider's id.

    Returns:
        ``folders`` and ``failures`` by id, ``zones`` and ``levies``.
    """
    folders: dict[str, Row] = {}
    failures: dict[str, tuple[Row, ...]] = {}
    for path in paths:
        try:
            folders[path.name] = read_folder(path)
        except TariffError as error:
            failures[path.name] = tuple(
                Row({name: getattr(problem, name) for name in ("file", "field", "found", "expected")})
                for problem in error.problems
            )
    return {
        "folders": folders,
        "failures": failures,
        "zones": _own("zones.toml", ZoneFile).zone,
        "levies": _own("levies.toml", LevyFile).levy,
    }


def read_folder(path: Path) -> Row:
    """Read one provider folder.

    Args:
        path: The folder; its name is the provider's id.

    Returns:
        ``about`` and ``sheets``, as `paycompare.published.catalogue.folder_of` takes them.

    Raises:
        TariffError: With every problem of every file of the folder at once.
    """
    problems: list[Problem] = []
    about = _read(path / "provider.toml", ProviderFile, path.parent, problems)
    sheets = []
    for file in sorted(path.glob("tariffs/*.toml")):
        page = _read(file, TariffFile, path.parent, problems)
        if page is not None:
            sheets.append(Row({**vars(page), "file": file.relative_to(path.parent).as_posix()}))
    if not path.name.isidentifier() or not path.name.islower():
        problems.append(Problem(path.name, "folder", path.name, "lower-case letters, digits and underscores"))
    if problems:
        raise TariffError(problems)
    return Row({"about": about, "sheets": tuple(sheets)})


@cache
def _own(name: str, model: type[BaseModel]) -> Any:  # noqa: ANN401 -- rows of any table
    """Read a file that comes with the library."""
    file = Path(__file__).parent / name
    problems: list[Problem] = []
    found = _read(file, model, file.parent, problems)
    if problems:
        raise TariffError(problems)
    return found


def _plain(value: object) -> Any:  # noqa: ANN401 -- rows of any table
    """Return the same fields without pydantic."""
    if isinstance(value, BaseModel):
        fields = {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        return Row({**fields, "name": value.name} if isinstance(value, Step) else fields)
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    return value


def _read(file: Path, model: type[BaseModel], root: Path, problems: list[Problem]) -> Row | None:
    """Return the rows of a file, or None and its problems."""
    name = file.relative_to(root).as_posix()
    try:
        if not file.is_file():
            problems.append(Problem(name, "file", "no ordinary file", "a TOML file"))
            return None
        if file.stat().st_size > LARGEST_FILE:
            problems.append(Problem(name, "file", f"{file.stat().st_size} bytes", f"at most {LARGEST_FILE}"))
            return None
        checked = model.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(name, "file", str(error), "a readable TOML file in UTF-8"))
    except RecursionError:
        problems.append(Problem(name, "file", "tables nested too deep", "a tariff of a few levels"))
    except ValidationError as error:
        problems += problems_of(name, error)
    else:
        found: Row = _plain(checked)
        return found
    return None
