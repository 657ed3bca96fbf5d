"""What is remembered of sources: nothing is believed that is not whole, and nothing for longer than it holds."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from paycompare.live.manners import Memory, digest
from paycompare.live.reading import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = digest("a question")
HOUR = 3600.0
ANSWER = Response(
    "acme", 200, {"content-type": "application/json"}, b'{"rate": 70}', datetime(2026, 11, 25, tzinfo=UTC)
)


def filled(folder: Path, seconds: float = HOUR) -> Path:
    """Remember an answer on disk, and return its file."""
    Memory(10, folder).remember(KEY, ANSWER, seconds, disk=True)
    [file] = folder.iterdir()
    return file


def recalled(folder: Path, key: str = KEY) -> Response | None:
    """Recall it in another run."""
    return Memory(10, folder).recall(key, HOUR, disk=True)


def test_an_answer_is_recalled_in_another_run(tmp_path: Path) -> None:
    """As it was, until its time is over; and by nobody who may not look on the disk."""
    filled(tmp_path)
    assert recalled(tmp_path) == ANSWER
    assert Memory(10, tmp_path).recall(KEY, HOUR, disk=False) is None
    assert Memory(10).recall(KEY, HOUR, disk=True) is None


def said(file: Path) -> dict[str, Any]:
    """Return what a file says."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8").partition("\n")[2])
    return found


def sealed(text: str) -> str:
    """Return a file that was written on purpose."""
    return f"{digest(KEY, text)}\n{text}"


DAMAGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "another body": lambda entry: json.dumps(entry | {"answer": entry["answer"] | {"body": "e30="}}),
    "no seal": json.dumps,
    "empty": lambda _: "",
    "until a text": lambda entry: sealed(json.dumps(entry | {"until": "soon"})),
    "until null": lambda entry: sealed(json.dumps(entry | {"until": None})),
    "until no number": lambda entry: sealed(json.dumps(entry | {"until": float("nan")})),
    "until for ever": lambda entry: sealed(json.dumps(entry | {"until": 9e12})),
    "until beyond numbers": lambda entry: sealed(json.dumps(entry | {"until": 10**400})),
    "until long ago": lambda entry: sealed(json.dumps(entry | {"until": 1.0})),
    "nested without end": lambda _: sealed("[" * 100_000),
    "a list": lambda _: sealed("[]"),
    "another shape": lambda entry: sealed(json.dumps(entry | {"answer": {}})),
    "a body that is no text": lambda entry: sealed(json.dumps(entry | {"answer": entry["answer"] | {"body": 5}})),
    "no JSON": lambda _: sealed("{"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_what_is_damaged_was_not_written_and_is_removed(tmp_path: Path, damage: str) -> None:
    """No damage raises, none is believed, and none is met twice."""
    file = filled(tmp_path)
    file.write_text(DAMAGES[damage](said(file)), encoding="utf-8")
    assert recalled(tmp_path) is None
    assert not file.exists()


def test_an_answer_to_one_question_is_none_to_another(tmp_path: Path) -> None:
    """A file under another name is damaged."""
    other = digest("another question")
    file = filled(tmp_path)
    file.rename(file.with_name(file.name.replace(KEY, other)))
    assert recalled(tmp_path, other) is None


def test_bytes_that_are_no_text_are_damage(tmp_path: Path) -> None:
    """As is any other content."""
    filled(tmp_path).write_bytes(b"\xff\xfe\x00")
    assert recalled(tmp_path) is None


def test_a_folder_that_is_none_costs_the_cache_alone(tmp_path: Path) -> None:
    """The path may be a file, or a folder may stand where an answer would."""
    occupied = tmp_path / "occupied"
    occupied.write_text("", encoding="utf-8")
    memory = Memory(10, occupied)
    memory.sweep()
    memory.remember(KEY, ANSWER, HOUR, disk=True)
    assert memory.recall(KEY, HOUR, disk=True) == ANSWER
    assert recalled(occupied) is None
    folder = tmp_path / "folder"
    file = filled(folder)
    file.unlink()
    file.mkdir()
    Memory(10, folder).remember(KEY, ANSWER, HOUR, disk=True)
    assert recalled(folder) is None
    assert list(folder.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_what_is_written_is_its_owners_alone(tmp_path: Path) -> None:
    """Neither the folder nor the file can be read by others."""
    file = filled(tmp_path / "answers")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_has_expired_is_removed(tmp_path: Path) -> None:
    """When it is met, and when a client opens; what is not ours, or still being written, stays."""
    filled(tmp_path, seconds=-1.0)
    assert recalled(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    for number, seconds in enumerate((-1.0, HOUR)):
        Memory(10, tmp_path).remember(digest(number), ANSWER, seconds, disk=True)
    for name in ("mine.answer", f"{KEY}.new.partial", f"{KEY}.old.partial"):
        (tmp_path / name).write_text("", encoding="utf-8")
    os.utime(tmp_path / f"{KEY}.old.partial", (time.time() - 2 * HOUR,) * 2)
    Memory(10, tmp_path).sweep()
    Memory(10).sweep()
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {f"{digest(1)}.answer", "mine.answer", f"{KEY}.new.partial"}
