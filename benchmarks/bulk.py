"""Measure pricing by the million, each thing against something, in one run.

    make bench                                            everything, at ten million payments
    python benchmarks/bulk.py --rows 1000000 --only a,c   some of it, at one million

(a) every part of every quote against float expressions of the same tariffs in polars and in numpy; (b) against a loop
over `compare`'s own walk and a pandas ``apply``; (c) the best of 10 to 10,000 offers; (d) memory; (e) processors.
(f), the cold command and the warm comparison, is in `benchmarks/run.py`.

Both sides of a ratio are timed in turn and the least of some rounds counts, so that other work on the machine slows
both and decides nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
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
LOOPED = 20_000
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
    print(f"\n{title}")
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
    names = (
        "exact columns, every part",
        "the same with rows, flags and keys",
        "`price` from frame to frame, minor units",
    )
    times = least(
        partial(in_polars, pounds),
        partial(in_numpy, array),
        lambda: [figures(one.chart, "pays", "GBP", counts) for one in offers],
        lambda: [block(one, "GBP", places, pence) for one in offers],
        lambda: price(frame, money="minor", **asked),
        lambda: price(frame, **asked),
    )
    labels = (
        "float expressions in polars",
        "float expressions in numpy",
        *names,
        "`price` from frame to frame, decimals",
    )
    notes = ("", "", "aim at most 3x", "", "", "")
    table(f"(a) {each * len(SHARES):,} quotes", list(zip(labels, times, notes, strict=True)), times[0])


def against_loops(rows: int, options: dict[str, Any]) -> None:
    """(b) The same quotes one by one."""
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


def of_many(rows: int, root: Path) -> None:
    """(c) The best of more and more offers."""
    found = []
    frame = pl.DataFrame({"amount_minor": amounts(rows)})
    for many in (10, 100, 1_000, 10_000):
        tariffs = [
            (f"{(index * 37 % 97) / 10_000 + 0.001:.5f}", f"{index * 53 % 701 / 100:.2f}", f"{index % 89 / 10_000:.4f}")
            for index in range(many)
        ]
        options = write_banks(root / str(many), tariffs)
        made = pricer(keep="best", money="minor", corridor="GB/GBP>KE/KES", at=DAY, **options)
        began = time.perf_counter()
        made.price(frame.head(1))
        bind = time.perf_counter() - began
        began = time.perf_counter()
        made.price(frame)
        first = time.perf_counter() - began
        (again,) = least(partial(made.price, frame))
        found.append((f"best of {many:,}", again, f"binding {bind:.2f} s, first time {first:.2f} s"))
    table(f"(c) {rows:,} payments; aim: the last within 1.5x of the first", found, found[0][1])


MEMORY = """
import sys, resource
from pathlib import Path
from paycompare.bulk.door import pricer
from paycompare.bulk.streams import lazily, scanned, written
root, payments, out = map(Path, sys.argv[1:4])
made = pricer(corridor="GB/GBP>KE/KES", at="2026-10-30", money="minor", catalogue=root,
              providers=[one.name for one in root.iterdir()], reference={"GBP/KES": "160"})
written(lazily(scanned(payments), made), out)
unit = 1 if sys.platform == "darwin" else 1024
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
"""


def of_memory(rows: int, root: Path, options: dict[str, Any]) -> None:
    """(d) Peak memory of a stream, and of a frame in memory."""
    print("\n(d) memory")
    for many in (rows // 10, rows):
        payments, out = root / "payments.parquet", root / "priced.parquet"
        pl.DataFrame({"amount_minor": amounts(many)}).write_parquet(payments)
        command = [sys.executable, "-c", MEMORY, str(options["catalogue"]), str(payments), str(out)]
        began = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peak, taken = int(done.stdout) / 2**20, time.perf_counter() - began
        print(f"  streamed, {many:>12,} payments to {many * len(SHARES):>12,} rows {peak:9,.0f} MiB {taken:9.1f} s")
    few = rows // 10
    frame = pl.DataFrame({"amount_minor": amounts(few)})
    size = price(frame, money="minor", corridor="GB/GBP>KE/KES", at=DAY, **options).rows.estimated_size("mb")
    print(f"  rows in memory {size / (few * len(SHARES) / 1e6):9,.0f} MiB per million rows")


def of_processors(rows: int, options: dict[str, Any]) -> None:
    """(e) One slice at a time, and several."""
    frame = pl.DataFrame({"amount_minor": amounts(rows)})
    asked: dict[str, Any] = {"corridor": "GB/GBP>KE/KES", "at": DAY, "money": "minor", **options}
    runs = [partial(price, frame, threads=many, **asked) for many in (1, 2, 4)]
    times = least(*runs)
    found = [(f"{many} at a time", each, "") for many, each in zip((1, 2, 4), times, strict=True)]
    table(f"(e) {rows * len(SHARES):,} quotes from frame to frame", found, times[0])


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="payments, ten million when left out")
    parser.add_argument("--only", default="a,b,c,d,e", help="which, such as a,c")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        options = write_banks(root / "four", SHARES)
        runs: dict[str, Callable[[], None]] = {
            "a": lambda: against_floats(asked.rows, options),
            "b": lambda: against_loops(asked.rows, options),
            "c": lambda: of_many(asked.rows // 10, root),
            "d": lambda: of_memory(asked.rows, root, options),
            "e": lambda: of_processors(asked.rows // 10, options),
        }
        for name in asked.only.split(","):
            runs[name]()


if __name__ == "__main__":
    main()
