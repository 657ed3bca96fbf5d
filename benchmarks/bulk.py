"""Measure pricing by the million, each thing against something, in one run.

    make bench                                            everything, at ten million payments
    python benchmarks/bulk.py --rows 1000000 --only a,c   some of it, at one million

(a) every part of every quote against float expressions of the same tariffs in polars and in numpy; (b) against a loop
over `compare`'s own walk and a pandas ``apply``; (c) the best of 10 to 10,000 offers; (d) memory; (e) processors; and
what binding a question costs, of the tariffs that are held. (f), the cold command and the warm comparison, is in
`benchmarks/run.py`.

Both sides of a ratio are timed in turn and the least of some rounds counts, so that other work on the machine slows
both and decides nothing. The floor beside them is one pass over the memory: as many numbers of eight bytes read, one
added, and written. What is being done goes to standard error, the tables to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from paycompare.bulk.bindings import bound
from paycompare.bulk.blocks import block
from paycompare.bulk.columns import column
from paycompare.bulk.door import price, pricer
from paycompare.bulk.figures import figures
from paycompare.money import Money, as_decimal
from paycompare.quote import quoted
from paycompare.scenario import price as priced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from paycompare.bulk.bindings import Binding

DAY = date(2026, 10, 30)
KES = 160
ROUNDS = 3
LOOPED = 10_000
"""Payments that a loop is timed with; its time for all is in proportion."""

SHARES = (("0.0045", "0.35", "0.0055"), ("0", "5", "0.0120"), ("0.0065", "0", "0.0040"), ("0.0029", "1.99", "0.0075"))
"""Four tariffs: share of the amount, fee in GBP, margin."""

TARIFF = """
[page]
source = "https://bank.example/{name}"
kind = "page"
seen = 2026-10-01

[[tariff]]
id = "out"
title = "Transfer"
rail = "local"
payer = {{ countries = ["GB"], unlisted = "no", currencies = ["GBP"], other_currencies = "no" }}
payee = {{ unlisted = "yes", other_currencies = "yes" }}

[[tariff.step]]
take = "fee"
place = "from_amount"
currency = "GBP"
price = {{ sum = [{{ share = "{share}" }}, {{ flat = "{flat}" }}] }}

[[tariff.step]]
convert = "fx_margin"
basis = "mid-market"
margin = [{{ share = "{margin}" }}]
"""


def write_banks(root: Path, tariffs: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Write a folder for each tariff, and return the options that ask them alone."""
    names = [f"bank_{index:05}" for index in range(len(tariffs))]
    for name, (share, flat, margin) in zip(names, tariffs, strict=True):
        folder = root / name / "tariffs"
        folder.mkdir(parents=True)
        about = f'name = "{name}"\nkind = "bank"\ncountry = "GB"\n'
        (root / name / "provider.toml").write_text(about, encoding="utf-8")
        text = TARIFF.format(name=name, share=share, flat=flat, margin=margin)
        (folder / "page.toml").write_text(text, encoding="utf-8")
    return {"catalogue": root, "providers": names, "reference": {"GBP/KES": str(KES)}}


def doing(what: str) -> None:
    """Say what is being done, and how busy the machine is."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{time.strftime('%H:%M:%S')} {what}{load}", file=sys.stderr, flush=True)


def one_pass(numbers: pl.Series) -> pl.Series:
    """Read and write eight bytes a row: what no computation over a column can be faster than."""
    return numbers + 1


def least(*runs: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return the least seconds of each run, timed in turn."""
    taken = [[_timed(run) for run in runs] for _ in range(rounds)]
    return [min(column) for column in zip(*taken, strict=True)]


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def table(title: str, rows: Sequence[tuple[str, float, str]], base: float) -> None:
    """Print names, seconds, and each as a multiple of one of them."""
    print(f"\n{title}", flush=True)
    for name, seconds, note in rows:
        print(f"  {name:<58}{seconds:9.3f} s {seconds / base:9.2f}x  {note}")


def amounts(rows: int) -> pl.Series:
    """Return amounts in pence, from 10.00 to 100,000.00 GBP."""
    return pl.select(pl.int_range(rows) * 7919 % 9_999_000 + 1_000).to_series()


def bindings(options: dict[str, Any]) -> tuple[Binding, ...]:
    """Bind the offers as `price` does."""
    made = pricer(**options)
    return bound(made.question, {"corridor": "GB/GBP>KE/KES", "at": DAY}).bindings


def in_polars(given: pl.Series) -> list[pl.DataFrame]:
    """Price in binary floats with the leanest expressions that give the same columns."""
    frame, made = pl.DataFrame({"amount": given}), []
    amount = pl.col("amount")
    for share, flat, margin in SHARES:
        fee = amount * float(share) + float(flat)
        landed = (amount - fee) * (KES * (1 - float(margin)))
        lost_in_rate = amount - fee - landed / KES
        made.append(
            frame.select(paid=amount, landed=landed, charges=fee, fx_margin=lost_in_rate, lost=fee + lost_in_rate)
        )
    return made


def in_numpy(given: np.ndarray[Any, Any]) -> list[tuple[np.ndarray[Any, Any], ...]]:
    """Do the same with numpy."""
    made: list[tuple[np.ndarray[Any, Any], ...]] = []
    for share, flat, margin in SHARES:
        fee = given * float(share) + float(flat)
        landed = (given - fee) * (KES * (1 - float(margin)))
        lost_in_rate = given - fee - landed / KES
        made.append((given, landed, fee, lost_in_rate, fee + lost_in_rate))
    return made


def against_floats(rows: int, options: dict[str, Any]) -> None:
    """(a) Every part of every quote, exactly, against floats."""
    each = rows // len(SHARES)
    pence = amounts(each)
    pounds, array = pence.cast(pl.Float64) / 100, pence.to_numpy() / 100
    offers = bindings(options)
    counts = column(pence)
    places = pl.int_range(each, dtype=pl.UInt32, eager=True)
    frame = pl.DataFrame({"amount_minor": pence})
    asked: dict[str, Any] = {"corridor": "GB/GBP>KE/KES", "at": DAY, **options}
    numbers = amounts(each * len(SHARES))
    times = least(
        partial(in_polars, pounds),
        partial(in_numpy, array),
        lambda: [figures(one.chart, "pays", "GBP", counts) for one in offers],
        lambda: [block(one, "GBP", places, pence) for one in offers],
        lambda: price(frame, money="minor", **asked),
        lambda: price(frame, **asked),
        partial(one_pass, numbers),
    )
    labels = (
        "float expressions in polars",
        "float expressions in numpy",
        "exact columns, every part",
        "the same with rows, flags and keys",
        "`price` from frame to frame, minor units",
        "`price` from frame to frame, decimals",
        "one pass over the memory, the floor",
    )
    notes = [f"{one / times[-1]:.0f} passes" for one in times]
    notes[2] += ", aim at most 3x"
    notes[-1] = "eight bytes a row, read and written"
    table(f"(a) {each * len(SHARES):,} quotes", list(zip(labels, times, notes, strict=True)), times[0])


def against_loops(rows: int, options: dict[str, Any]) -> None:
    """(b) The same quotes one by one."""
    import pandas as pd  # the processes that measure memory go without it

    binding = bindings(options)[0]
    pence = amounts(rows)
    counts = column(pence)
    few = pence.head(LOOPED)

    def one(count: int) -> object:
        fixed = Fraction(count, 100)
        scenarios = priced(binding.offer, "pays", fixed, "GBP")
        made = binding.asking(Money.of(as_decimal(fixed), "GBP"))
        return quoted(binding.offer, made, scenarios, binding.reference, "complete").worst.parts

    frame = pd.DataFrame({"pence": few.to_list()})
    (columns,) = least(lambda: figures(binding.chart, "pays", "GBP", counts))
    loop, applied = least(lambda: [one(count) for count in few], lambda: frame["pence"].apply(one), rounds=1)
    up = rows / LOOPED
    found = [
        ("exact columns", columns, ""),
        ("a loop over the scalar walk", loop * up, f"from {LOOPED:,} payments; aim 200x"),
        ("pandas apply of the scalar walk", applied * up, f"from {LOOPED:,} payments; aim 200x"),
    ]
    table(f"(b) {rows:,} payments, one offer", found, columns)


def of_many(rows: int, root: Path, sizes: Sequence[int]) -> None:
    """(c) The best of more and more offers."""
    found = []
    frame = pl.DataFrame({"amount_minor": amounts(rows)})
    (floor,) = least(partial(one_pass, frame["amount_minor"]))
    for many in sizes:
        doing(f"(c) the best of {many:,}")
        tariffs = [
            (f"{(index * 37 % 97) / 10_000 + 0.001:.5f}", f"{index * 53 % 701 / 100:.2f}", f"{index % 89 / 10_000:.4f}")
            for index in range(many)
        ]
        options = write_banks(root / str(many), tariffs)
        made = pricer(keep="best", money="minor", corridor="GB/GBP>KE/KES", at=DAY, **options)
        bind = _timed(partial(made.price, frame.head(1)))  # kept, as is what is ruled out
        first = _timed(partial(made.price, frame))
        (again,) = least(partial(made.price, frame), rounds=2)
        once = f"{again / floor:.0f} passes; binding {bind:.2f} s, then the first time {first:.2f} s"
        found.append((f"best of {many:,}", again, once))
    table(f"(c) {rows:,} payments; aim: the last within 1.5x of the first", found, found[0][1])


ALONE = """
import json, resource, sys
from functools import partial
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bulk import DAY, KES, amounts, least, pl, price, pricer
from paycompare.bulk.streams import lazily, scanned, written
asked = json.loads(sys.argv[2])
asked |= {"catalogue": Path(asked["catalogue"]), "corridor": "GB/GBP>KE/KES", "at": DAY, "money": "minor"}
"""
"""What a process of its own begins with."""

STREAM = """
written(lazily(scanned(Path(sys.argv[3])), pricer(**asked)), Path(sys.argv[4]))
status = Path("/proc/self/status")
if status.exists():  # where `getrusage` counts what the parent held when it began this process
    print(int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

POOL = """
frame = pl.DataFrame({"amount_minor": amounts(int(sys.argv[3]))})
print(*least(partial(price, frame, threads=int(sys.argv[4]), **asked)))
"""


def alone(code: str, options: dict[str, Any], *more: object, pool: int | None = None) -> float:
    """Run something in a process of its own, and return the number that it prints."""
    asked = json.dumps({**options, "catalogue": str(options["catalogue"])})
    command = [sys.executable, "-c", ALONE + code, str(Path(__file__).parent), asked, *map(str, more)]
    surroundings = dict(os.environ) if pool is None else {**os.environ, "POLARS_MAX_THREADS": str(pool)}
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=surroundings).stdout)


def of_memory(rows: int, root: Path, options: dict[str, Any]) -> None:
    """(d) Peak memory of a stream, and of a frame in memory."""
    peaks = []
    print("\n(d) memory of a process")
    for many in (rows // 10, rows):
        payments, out = root / "payments.parquet", root / "priced.parquet"
        pl.DataFrame({"amount_minor": amounts(many)}).write_parquet(payments)
        began = time.perf_counter()
        peaks.append(alone(STREAM, options, payments, out) / 2**20)
        taken = time.perf_counter() - began
        said = f"  streamed, {many:>12,} payments to {many * len(SHARES):>12,} rows"
        print(f"{said} {peaks[-1]:9,.0f} MiB at most {taken:9.1f} s")
    number = pl.int_range(rows)
    wide = pl.LazyFrame().select(
        (number * 7919 % 9_999_000 + 1_000).alias("amount_minor"),
        pl.format("payment {}", number).alias("payment"),
        pl.format("{} " + "note" * 40, number).alias("note"),
    )
    wide.sink_parquet(payments)
    size = pl.scan_parquet(payments).head(rows // 10).collect().estimated_size("mb") * 10
    peak = alone(STREAM, {**options, "keep": "best"}, payments, out) / 2**20
    print(f"  streamed, {rows:>12,} payments that are {size:,.0f} MiB as a frame, the best {peak:9,.0f} MiB at most")
    more = (peaks[1] - peaks[0]) / ((rows - rows // 10) * len(SHARES) / 1e6)
    frame = pl.DataFrame({"amount_minor": amounts(rows // 10)})
    size = price(frame, money="minor", corridor="GB/GBP>KE/KES", at=DAY, **options).rows.estimated_size("mb")
    held = size / (rows // 10 * len(SHARES) / 1e6)
    print(f"  each further million rows takes {more:,.1f} MiB when streamed, {held:,.1f} MiB when held in memory")


def of_processors(rows: int, options: dict[str, Any]) -> None:
    """(e) One slice at a time, and several, with as many threads of polars, each in a process of its own."""
    each, found = rows // len(SHARES), []
    for pool, threads in ((1, 1), (1, 2), (2, 1), (2, 2)):
        doing(f"(e) {threads} at a time, polars {pool}")
        seconds = alone(POOL, options, each, threads, pool=pool)
        found.append((f"slices at a time: {threads}, threads of polars: {pool}", seconds, ""))
    table(f"(e) {each * len(SHARES):,} quotes from frame to frame", found, found[0][1])


CORRIDORS = ("GB>IN", "GB>KE", "US>MX", "DE>CN", "AU>SG", "FR>SN", "AE>PH", "US>IN")


def of_binding() -> None:
    """Time the tariffs that are held, bound to the questions of a history: each corridor on each of some days."""
    days = pl.date_range(date(2026, 10, 1), date(2026, 10, 10), eager=True)
    frame = pl.DataFrame({"corridor": CORRIDORS}).join(days.alias("at").to_frame(), how="cross")
    frame = frame.with_columns(amount=1000)
    seconds, made = [], None
    for _ in range(2):
        made = pricer(money="minor")
        made.price(frame.head(1))  # reads the catalogue
        seconds.append(_timed(partial(made.price, frame)))
    offers = len(made.bindings) if made else 0
    each, known = min(seconds) / frame.height, _timed(partial(made.price, frame)) if made else 0.0
    print(f"\nbinding {frame.height} questions, {len(CORRIDORS)} corridors on {len(days)} days, {offers:,} offers")
    print(f"  {each * 1000:.1f} ms a question with its prices, {known / frame.height * 1000:.1f} ms when it is bound")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="payments, ten million when left out")
    parser.add_argument("--only", default="a,b,c,d,e,binding", help="which, such as a,c")
    parser.add_argument("--offers", default="10,100,1000,10000", help="of how many (c) finds the best, such as 10,100")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        options = write_banks(root / "four", SHARES)
        runs: dict[str, Callable[[], None]] = {
            "a": lambda: against_floats(asked.rows, options),
            "b": lambda: against_loops(asked.rows, options),
            "c": lambda: of_many(asked.rows, root, list(map(int, asked.offers.split(",")))),
            "d": lambda: of_memory(asked.rows, root, options),
            "e": lambda: of_processors(asked.rows, options),
            "binding": of_binding,
        }
        print(f"Python {platform.python_version()}, polars {pl.__version__}, {os.cpu_count()} processors")
        for name in asked.only.split(","):
            doing(f"({name})")
            runs[name]()


if __name__ == "__main__":
    main()
