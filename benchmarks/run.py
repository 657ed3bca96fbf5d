"""(f) Measure what a user waits for: a cold command against a bare import of pydantic, and a warm comparison.

Both sides of a ratio are timed in one run, in turn, so that a slow machine slows both. Figures are medians of whole
processes for the cold command and of calls for the warm one.

    make bench
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import paycompare as pc

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
CALLS = 40
DAY = date(2026, 10, 30)

COLD = [sys.executable, "-m", "paycompare", "compare", "1000 GBP", "--to", "IN", "--at", DAY.isoformat()]
BARE = [sys.executable, "-c", "import pydantic"]
IMPORT = [sys.executable, "-c", "import paycompare"]


def timed(run: Callable[[], object]) -> float:
    """Return the seconds that one run takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def process(command: list[str], compiled: str) -> Callable[[], object]:
    """Return a run of a whole process, its output thrown away.

    Args:
        command: What is run.
        compiled: Where bytecode is kept: whatever is installed has it, a checkout may not.
    """
    surroundings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": compiled}
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=surroundings)


def cold() -> None:
    """Print the cold command beside a bare import of pydantic, and the import of paycompare alone."""
    with TemporaryDirectory() as compiled:
        runs = [process(command, compiled) for command in (COLD, BARE, IMPORT)]
        for run in runs:
            run()
        rows = [[timed(run) for run in runs] for _ in range(ROUNDS)]
    ours, bare, alone = (median(column) for column in zip(*rows, strict=True))
    print(f"{'cold `paycompare compare`':<34}{ours * 1000:8.0f} ms")
    print(f"{'bare `import pydantic`':<34}{bare * 1000:8.0f} ms")
    print(f"{'bare `import paycompare`':<34}{alone * 1000:8.0f} ms")
    print(f"{'ratio, aim at most 5':<34}{ours / bare:8.2f}")


def warm() -> None:
    """Print the median of a warm comparison for each side held fixed."""
    questions: dict[str, Callable[[], object]] = {
        "warm pays 1000 GBP to IN": lambda: pc.compare("1000 GBP", to="IN", at=DAY),
        "warm gets 150000 KES from GB": lambda: pc.compare(gets="150000 KES", sender="GB/GBP", at=DAY),
        "warm business 20000 AUD to SG": lambda: pc.compare("20000 AUD", to="SG", segment="business", at=DAY),
        "warm business 5000 USD to MX": lambda: pc.compare("5000 USD", to="MX", segment="business", at=DAY),
        "warm 1000 USD to BE": lambda: pc.compare("1000 USD", to="BE", at=DAY),
    }
    for name, ask in questions.items():
        ask()
        print(f"{name:<34}{median(timed(ask) for _ in range(CALLS)) * 1000:8.1f} ms   aim under 20")


if __name__ == "__main__":
    print("\n(f) cold and warm", flush=True)
    cold()
    warm()
