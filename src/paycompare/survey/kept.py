"""The parsed survey in the user's cache, so that a workbook is read through once.

A copy is found by the file's size and time of change, or by the hash of its bytes, and is only used when it was made
by this schema. It is written beside its place and moved there whole, with a checksum behind it; one that cannot be
read, or whose bytes are no longer those that were written, is made again.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import polars as pl

from paycompare.survey.schema import columns_for, polars_schema
from paycompare.survey.tally import Change, LoadReport
from paycompare.user_cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["hash_of", "reading_in", "recall", "remember"]

_READERS: Final = ("load.py", "reading.py", "harmonise.py", "numerals.py", "schema.py", "tally.py")
"""The files whose code decides what a file is read into; a copy made by another state of theirs is not used."""

_REPORT: Final = "paycompare.report"

_SEAL: Final = 4
"""Bytes of the checksum: parquet has none over its pages, and a figure that a disk changed would be read as it is."""

_KEPT: Final = 6
"""Surveys kept beside one another; older copies go."""


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, hashing it only when its size or time of change is another than last time.

    Args:
        path: The file.
    """
    state = path.stat()
    # The last two change where a file takes another's place and keeps its time, as a copy made with its times does.
    stamp = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    note = _place(f"seen-{sha256(str(path.resolve()).encode()).hexdigest()[:24]}.json")
    with suppress(OSError, ValueError, KeyError, TypeError):
        if note is not None:
            known = json.loads(note.read_text(encoding="utf-8"))
            if known["stamp"] == stamp:
                return str(known["sha256"])
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    found = digest.hexdigest()
    text = json.dumps({"stamp": stamp, "sha256": found})
    _write(note, lambda place: place.write_text(text, encoding="utf-8"))
    return found


def recall(digest: str) -> tuple[pl.DataFrame, LoadReport] | None:
    """Return what was read from the file with this hash; None when nothing is kept, or it cannot be used."""
    place = _place(_name(digest))
    if place is None or not place.is_file():
        return None
    try:
        data = place.read_bytes()
        held, seal = data[:-_SEAL], data[-_SEAL:]
        if crc32(held).to_bytes(_SEAL) != seal:
            return None
        report = _report(json.loads(pl.read_parquet_metadata(BytesIO(held))[_REPORT]))
        frame = pl.read_parquet(held)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
        return None
    return (frame, report) if frame.schema == pl.Schema(polars_schema()) else None


def remember(frame: pl.DataFrame, report: LoadReport) -> None:
    """Keep what was read; a cache that cannot be written is done without."""
    place = _place(_name(report.sha256))
    _write(place, lambda beside: beside.write_bytes(_sealed(frame, report)))
    if place is not None:
        with suppress(OSError):
            copies = sorted(place.parent.glob("survey-*.parquet"), key=lambda copy: copy.stat().st_mtime, reverse=True)
            for old in copies[_KEPT:]:
                old.unlink(missing_ok=True)


def _sealed(frame: pl.DataFrame, report: LoadReport) -> bytes:
    """Return a survey as parquet with its report, and the checksum of both."""
    target = BytesIO()
    frame.write_parquet(target, compression="lz4", metadata={_REPORT: json.dumps(asdict(report))})
    held = target.getvalue()
    return held + crc32(held).to_bytes(_SEAL)


def _name(digest: str) -> str:
    return f"{digest[:24]}-{reading_in(Path(__file__).parent)}.parquet"


@cache
def reading_in(here: Path) -> str:
    """Return a name for how files are read: the columns, and the text of the code.

    Args:
        here: The folder of the code.
    """
    texts = [(here / name).read_bytes() for name in _READERS if (here / name).is_file()]
    return sha256(repr([columns_for(), *texts]).encode()).hexdigest()[:8]


def _place(name: str) -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / f"survey-{name}"


def _write(place: Path | None, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all."""
    if place is None:
        return
    with suppress(OSError, pl.exceptions.PolarsError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, suffix=".new", delete=False) as made:
            beside = Path(made.name)
        try:
            write(beside)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)


def _report(told: dict[str, Any]) -> LoadReport:
    return LoadReport(
        **{
            **told,
            "periods": tuple(told["periods"]),
            "notes": tuple(told["notes"]),
            "coerced": tuple(Change(**one) for one in told["coerced"]),
            "nulls": tuple(Change(**one) for one in told["nulls"]),
        }
    )
