"""Numbers written as text: 5.25 and 5,25, 1,234.50 and 1.234,50.

Most cells say by their shape which mark parts the decimals. Those that may be read either way (1,234) follow the other
cells of their column, or else of their sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["decimal_marks", "numbers"]

_OTHER: Final[Mapping[str, str]] = {".": ",", ",": "."}
"""What parts the thousands where this parts the decimals."""


def _sure(mark: str) -> str:
    """Return the shape of a number whose decimals only this mark can part."""
    one, other = rf"\{mark}", rf"\{_OTHER[mark]}"
    return (
        rf"^[+-]?(\d+{one}(\d{{1,2}}|\d{{4,}})|(0*|\d{{4,}}){one}\d+"
        rf"|\d{{1,3}}({other}\d{{3}})+{one}\d+|\d{{1,3}}({other}\d{{3}}){{2,}})$"
    )


def _open(mark: str) -> str:
    """Return the shape of a number in which this mark may part either."""
    return rf"^[+-]?[1-9]\d{{0,2}}\{mark}\d{{3}}$"


def decimal_marks(columns: Iterable[pl.Series]) -> frozenset[str]:
    """Return the marks that part decimals in some cell of these columns beyond doubt.

    Args:
        columns: Text without outer blanks.

    Example:
        >>> sorted(decimal_marks([pl.Series(["5,25", "1,234"]), pl.Series(["12"])]))
        [',']
    """
    held = list(columns)
    return frozenset(mark for mark in _OTHER if any(column.str.contains(_sure(mark)).any() for column in held))


def numbers(text: pl.Series, sheet: frozenset[str]) -> tuple[pl.Series, pl.Series]:
    """Read numbers.

    A point that may part either parts decimals unless the column, or else the sheet, has decimal commas alone; a comma
    that may part either is not guessed at where neither tells.

    Args:
        text: Text without outer blanks.
        sheet: The marks of the sheet, from `decimal_marks`.

    Returns:
        The numbers, null for what is none, and whether a cell's comma may part thousands or decimals.

    Example:
        >>> numbers(pl.Series(["5,25", "1,234", "1.234"]), frozenset())[0].to_list()
        [5.25, 1.234, 1234.0]
        >>> numbers(pl.Series(["1,234", "120"]), frozenset())[0].to_list()
        [None, 120.0]
    """
    if "," not in sheet and not text.str.contains(",", literal=True).any():
        cast = text.cast(pl.Float64, strict=False)
        return cast.set(~cast.is_finite(), None), pl.repeat(value=False, n=text.len(), eager=True)
    own = decimal_marks([text])
    marks = own if len(own) == 1 else sheet - own
    told = next(iter(marks)) if len(marks) == 1 else None
    plain: pl.Expr = pl.lit(text)
    comma = plain.str.contains(_sure(","))
    if told == ",":
        comma |= plain.str.contains(_open(",")) | plain.str.contains(_open("."))
    point = plain.str.contains(_sure("."))
    if told == ".":
        point |= plain.str.contains(_open(","))
    swapped = plain.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    grouped = plain.str.replace_all(",", "", literal=True)
    read = pl.when(comma).then(swapped).when(point).then(grouped).otherwise(plain).cast(pl.Float64, strict=False)
    unsure = plain.str.contains(_open(",")) if told is None else pl.lit(value=False)
    found = pl.select(pl.when(read.is_finite()).then(read).alias("read"), (unsure & read.is_null()).alias("unsure"))
    return found["read"], found["unsure"].fill_null(value=False)
