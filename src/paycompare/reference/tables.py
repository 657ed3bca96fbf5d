"""Reading the package's own small tables."""

from __future__ import annotations

import csv
from pathlib import Path

__all__ = ["rows"]


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a comma-separated table beside this module; lines that begin with ``#`` are remarks.

    Args:
        name: The file's name.

    Example:
        >>> rows("operational.csv")[0]
        {'currency': 'AED', 'units_per_usd': '3.673', 'effective': '2026-10-01'}
    """
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(line for line in table if not line.startswith("#")))
