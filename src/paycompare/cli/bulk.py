"""``paycompare price``: a file of payments in, a file of prices out, whole or not at all."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paycompare.bulk.door import pricer, table_of
from paycompare.bulk.streams import how_many, lazily, refuse_unwritable, scanned, written
from paycompare.errors import PaymentError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping
    from threading import Event

    import polars as pl

__all__ = ["price_file"]

ANSWERED: Final = 0
_EVERY: Final = 5.0
"""Seconds between two lines of progress where there is no terminal to redraw."""
_TICK: Final = 0.2
"""Seconds between two looks whether the work is done; some systems hear no Ctrl-C in between."""


def price_file(options: argparse.Namespace, said: Mapping[str, Any]) -> int:
    """Price a file of payments.

    Args:
        options: The files, and how the prices are written.
        said: What holds for all payments, as `paycompare.price` takes it.
    """
    if options.parts and Path(options.out).suffix == ".csv":
        raise PaymentError("out", options.out, "a Parquet or Arrow file: a CSV file has no lists for --parts")
    file, out, pages = Path(options.file), Path(options.out), options.bindings and Path(options.bindings)
    refuse_unwritable(out)
    if pages:
        refuse_unwritable(pages, "bindings")
    if out.resolve() == file.resolve():
        raise PaymentError("out", str(out), "another file than that of the payments")
    if pages and pages.resolve() in (file.resolve(), out.resolve()):
        raise PaymentError("bindings", str(pages), "another file than those of the payments and of the prices")
    made = pricer(
        keep="best" if options.best else "offers",
        money="minor" if options.minor else "decimal",
        parts=options.parts,
        **said,
    )
    payments = scanned(file)
    with _progress(how_many(payments)) as told:
        _interruptibly(lambda: _kept(lazily(payments, made, told), out, "out"), made.stopped)
    if pages:
        _kept(table_of(made).lazy(), pages, "bindings")
    sys.stderr.write(f"{made.report}\n")
    return ANSWERED


def _kept(rows: pl.LazyFrame, place: Path, name: str) -> None:
    try:
        written(rows, place)
    except OSError as error:
        raise PaymentError(name, str(place), f"a file that can be written ({error.strerror or error})") from error


def _interruptibly(work: Callable[[], None], stopped: Event) -> None:
    """Work in a thread of its own: Python hears Ctrl-C in the first thread alone, and not while that is in polars."""
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(work)
        try:
            while not doing.done():
                wait([doing], _TICK)
        except KeyboardInterrupt:
            while not doing.done():
                stopped.set()
                wait([doing], _TICK)
            raise
    doing.result()


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show how many payments are priced: as a bar on a terminal, else as a line now and then."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("payments", total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    last = 0.0

    def told(done: int) -> None:
        nonlocal last
        if done >= total or time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            sys.stderr.write(f"{done:,} of {total:,} payments\n")
            sys.stderr.flush()

    yield told
