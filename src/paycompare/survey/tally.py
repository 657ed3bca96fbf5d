"""What a file lost and gained on its way into the schema, counted as it happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Change", "LoadReport", "Tally", "changes", "span"]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One kind of change to the cells of one column.

    Attributes:
        column: The column of the schema.
        what: What was done and why, in words.
        cells: How many cells.
    """

    column: str
    what: str
    cells: int

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.column}: {self.cells:,} {self.what}"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """How a file became a survey.

    Attributes:
        file: Its name, without folders.
        sha256: Of its bytes; two different workbooks have carried the same name.
        size: Its bytes; zero where there is no file.
        sheets: Rows taken from each sheet, by name; a CSV or parquet file is one sheet with its own name.
        rows: Rows in the survey.
        periods: Quarters, in order.
        coerced: Cells that were read as what they mean, such as numbers kept as text.
        nulls: Cells that are null, by reason.
        notes: What else a reader of the numbers should know.
    """

    file: str
    sha256: str
    size: int
    sheets: Mapping[str, int]
    rows: int
    periods: tuple[str, ...]
    coerced: tuple[Change, ...] = ()
    nulls: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the report as lines of text."""
        size = f", {self.size:,} bytes" if self.size else ""
        return "\n".join(
            [
                f"{self.file}{size}, sha256 {self.sha256}",
                *(f"  {name}: {_rows(rows)}" for name, rows in self.sheets.items()),
                f"  {_rows(self.rows)}, {self._quarters()}",
                *self._listed("read as what they mean", self.coerced),
                *self._listed("null", self.nulls),
                *self._listed("to know", self.notes),
            ]
        )

    def _quarters(self) -> str:
        if len(self.periods) > 1:
            return f"{len(self.periods)} quarters, {span(self.periods)}"
        return f"one quarter, {span(self.periods)}" if self.periods else "no quarter"

    @staticmethod
    def _listed(title: str, entries: tuple[Change, ...] | tuple[str, ...]) -> list[str]:
        return [f"  {title}:", *(f"    {entry}" for entry in entries)] if entries else []


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def span(periods: Sequence[str]) -> str:
    """Return from which quarter to which, in words; a single one stands alone.

    Example:
        >>> span(["2024_1Q", "2024_3Q"]), span(["2025_3Q"])
        ('2024_1Q to 2024_3Q', '2025_3Q')
    """
    return " to ".join(dict.fromkeys([periods[0], periods[-1]]))


@dataclass(slots=True)
class Tally:
    """Collects changes while sheets are read; the same change in several sheets adds up."""

    coerced: dict[tuple[str, str], int] = field(default_factory=dict)
    nulls: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def coerce(self, column: str, what: str, cells: int) -> None:
        """Count cells that were read as what they mean."""
        _add(self.coerced, column, what, cells)

    def null(self, column: str, why: str, cells: int) -> None:
        """Count cells that became or stayed null."""
        _add(self.nulls, column, why, cells)

    def note(self, words: str) -> None:
        """Keep a remark, once."""
        if words not in self.notes:
            self.notes.append(words)


def _add(counts: dict[tuple[str, str], int], column: str, what: str, cells: int) -> None:
    if cells:
        counts[column, what] = counts.get((column, what), 0) + cells


def changes(counts: Mapping[tuple[str, str], int]) -> tuple[Change, ...]:
    """Return counts in the order of the columns' names."""
    return tuple(sorted(Change(column, what, cells) for (column, what), cells in counts.items()))
