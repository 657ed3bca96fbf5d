"""Payments that are more than memory holds: priced batch by batch, and written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
from polars.io.plugins import register_io_source

from paycompare.bulk.blocks import schema
from paycompare.bulk.payments import understood
from paycompare.errors import PaymentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paycompare.bulk.pricer import Pricer

__all__ = ["BATCH", "how_many", "lazily", "refuse_unwritable", "scanned", "written"]

BATCH: Final = 2**19
"""Payments that are in memory at a time."""

_OPEN_FILES: Final = Path("/proc/self/fd")
_SCANNED: Final = (".parquet", ".csv", ".arrow", ".ipc", ".feather")
_WRITTEN: Final = (".parquet", ".csv", ".arrow", ".ipc", ".feather")


def lazily(frame: pl.LazyFrame, pricer: Pricer, told: Callable[[int], None] | None = None) -> pl.LazyFrame:
    """Return the rows of a lazy frame of payments as a lazy frame.

    Args:
        frame: The payments.
        pricer: What prices each batch.
        told: Called now and then with how many payments are priced.

    Raises:
        PaymentError: The frame cannot be meant; see `paycompare.bulk.payments.understood`.
    """
    names = frame.collect_schema()
    read = frame.select(understood(names.names(), pricer.said))
    rows = schema(pricer.money, parts=pricer.parts)
    rows.pop("row")
    wanted: dict[str, pl.DataType] = {"payment": names.get("payment") or pl.Int64(), **rows}

    def source(
        columns: list[str] | None, where: pl.Expr | None, most: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        pricer.report.begin()
        pricer.stopped.clear()
        left = most
        for batch in _batches(read):
            made = pricer.price(batch, pricer.report.payments, told)
            if left is not None:
                made = made.head(left)
                left -= made.height
            if where is not None:
                made = made.filter(where)
            yield made if columns is None else made.select(columns)
            if left == 0:
                return

    return register_io_source(source, schema=wanted)


def _batches(payments: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    try:
        yield from payments.collect_batches(chunk_size=BATCH, maintain_order=True)
    except pl.exceptions.PolarsError as error:
        raise PaymentError("frame", str(error).partition("\n")[0], "payments that can be read") from error


def scanned(path: Path) -> pl.LazyFrame:
    """Return the payments of a file, read as they are needed; what a CSV file says is read as text.

    Args:
        path: A Parquet, CSV or Arrow file.

    Raises:
        PaymentError: There is no such file, or it is of another kind, whatever its name says.
    """
    if not path.is_file():
        raise PaymentError("FILE", str(path), "a file of payments")
    if path.suffix not in _SCANNED:
        raise PaymentError("FILE", str(path), f"a file that ends in {', '.join(_SCANNED)}")
    if path.suffix == ".parquet":
        payments = pl.scan_parquet(path)
    elif path.suffix == ".csv":
        payments = pl.scan_csv(path, infer_schema=False)
    else:
        payments = pl.scan_ipc(path)
    try:
        payments.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise PaymentError("FILE", str(path), f"a file that holds what its name says, {path.suffix}") from error
    return payments


def how_many(frame: pl.LazyFrame) -> int:
    """Return how many payments a lazy frame has, without reading what they are."""
    return int(frame.select(pl.len()).collect().item())


def refuse_unwritable(out: Path, name: str = "out") -> None:
    """Refuse a place that prices cannot be written to.

    Args:
        out: The place.
        name: What the caller calls it.

    Raises:
        PaymentError: It does not end as a file that can be written, or its folder does not exist.
    """
    if out.suffix not in _WRITTEN:
        raise PaymentError(name, str(out), f"a file that ends in {', '.join(_WRITTEN)}")
    if not out.parent.is_dir():
        raise PaymentError(name, str(out), "a file in a folder that exists")


def written(frame: pl.LazyFrame, out: Path) -> None:
    """Write a lazy frame to a file, in bounded memory: whole, or not at all.

    The rows go to a file without a name, which is given one when everything is there: killed at any moment, a run
    leaves what was there before and nothing else. Where the system has no such files, it is a hidden file beside the
    output; a run that is killed outright leaves that, and the next one removes it.

    Args:
        frame: The rows.
        out: Where to, a Parquet, CSV or Arrow file; replaced if it exists.

    Raises:
        PaymentError: It is no such file, or its folder does not exist.
    """
    refuse_unwritable(out)
    part = out.with_name(f".{out.name}.part")
    part.unlink(missing_ok=True)
    nameless = _without_name(out.parent)
    try:
        with part.open("xb") if nameless is None else open(nameless, "wb") as file:  # noqa: PTH123 -- a descriptor
            if out.suffix == ".parquet":
                frame.sink_parquet(file)
            elif out.suffix == ".csv":
                frame.sink_csv(file)
            else:
                frame.sink_ipc(file)
            os.fsync(file.fileno())  # a name that outlives a power cut must not stand for rows that do not
            if nameless is not None:
                # An open file is named by its place in /proc; of a descriptor beside it `link` sees to that alone.
                os.link(f"{_OPEN_FILES}/{nameless}", part, src_dir_fd=nameless)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _without_name(folder: Path) -> int | None:
    """Open a file that vanishes unless it is given a name; None where the system has none."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not _OPEN_FILES.is_dir():
        return None
    try:
        return os.open(folder, flag | os.O_WRONLY, 0o666)
    except OSError:  # of this folder's file system
        return None
