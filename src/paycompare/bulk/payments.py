"""Read a frame of payments: which rows ask the same question, and how many minor units each amount is."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError, nearest
from paycompare.money import as_decimal, minor_unit
from paycompare.terms import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["AMOUNTS", "QUESTION", "Asked", "Counted", "counted", "questions", "understood"]

QUESTION: Final = (
    "side",
    "currency",
    "corridor",
    "sender",
    "to",
    "at",
    *CONDITIONS,
    "plan",
    "payer_status",
    "payee_institution",
    "usage",
    "quote_validity",
    "joined",
)
"""What else a row, or the whole call, may say of a payment."""

AMOUNTS: Final = ("amount", "amount_minor")
"""The amount of the side that is held fixed, in units of its currency or in its minor units."""

_DIGITS: Final = 38
_TEXT_SCALE: Final = 12
_PLAIN: Final = rf"^[+-]?[0-9]{{1,{_DIGITS - _TEXT_SCALE - 1}}}(\.[0-9]{{1,{_TEXT_SCALE}}})?$"
_WIDEST: Final = 10**24
"""No payment is as many minor units; what is above is a slip, and would not fit the arithmetic."""


_ALMOST: Final = 0.85
"""Likeness of two names, of 1, from which on one is the other misspelt."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that differ in nothing but the amount.

    Attributes:
        words: What they say of the payment, by the names of `QUESTION`; None is left open.
        rows: Their places in the frame.
    """

    words: Mapping[str, object]
    rows: pl.Series


@dataclass(frozen=True, slots=True)
class Counted:
    """Amounts in minor units.

    Attributes:
        counts: The amounts that can be meant.
        rows: The places of their rows in the frame.
        bad: The places of the other rows.
        why: What is wrong with each of those.
    """

    counts: pl.Series
    rows: pl.Series
    bad: pl.Series
    why: pl.Series


def understood(columns: Sequence[str], said: Mapping[str, object]) -> list[str]:
    """Return the columns of a frame that are read; others are the caller's own.

    Args:
        columns: All columns of the frame.
        said: What the call says of all payments.

    Raises:
        PaymentError: Call and frame say the same twice, a column is a condition but for a letter, or there are no
            amounts.
    """
    amounts = [name for name in AMOUNTS if name in columns]
    if len(amounts) != 1:
        found = " and ".join(amounts) or (f"the columns {', '.join(columns)}" if columns else "no columns")
        raise PaymentError("frame", found, f"one column named {' or '.join(AMOUNTS)}")
    _refuse_misspelt(columns)
    for name in said:
        if name not in QUESTION:
            raise PaymentError(name, said[name], f"one of {', '.join(QUESTION)}{nearest(name, QUESTION)}")
        if name in columns:
            raise PaymentError(name, said[name], "to be said once: the frame has a column of this name")
    return [name for name in columns if name in ("payment", *amounts, *QUESTION)]


def _refuse_misspelt(columns: Sequence[str]) -> None:
    open_ = [name for name in QUESTION if name not in columns]
    for found in columns:
        meant = [] if found in (*QUESTION, *AMOUNTS) else get_close_matches(found, open_, n=1, cutoff=_ALMOST)
        if meant:
            raise PaymentError("frame", f"the column {found}", f"{meant[0]!r}; a column of your own needs another name")


def questions(frame: pl.DataFrame, said: Mapping[str, object]) -> Iterator[Asked]:
    """Yield the rows of a frame by what they ask.

    Args:
        frame: The payments.
        said: What the call says of all of them.

    Raises:
        PaymentError: As of `understood`.
    """
    read = understood(frame.columns, said)
    columns = [name for name in QUESTION if name in read]
    places = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    if not columns:
        yield Asked(said, places)
        return
    gathered = frame.select(columns).with_columns(places.alias("")).group_by(columns, maintain_order=True).agg("")
    for record in gathered.iter_rows(named=True):
        rows = pl.Series(record.pop(""), dtype=pl.UInt32)
        yield Asked({**said, **record}, rows)


def counted(frame: pl.DataFrame, rows: pl.Series, code: str) -> Counted:
    """Bring the amounts of some rows to minor units, and say which cannot be meant.

    Args:
        frame: The payments.
        rows: The places of the rows.
        code: The currency of their amounts.

    Raises:
        PaymentError: The column is not one of exact numbers.
    """
    name = next(name for name in AMOUNTS if name in frame.columns)
    given = frame[name] if len(rows) == frame.height else frame[name].gather(rows)
    number, scale = _whole(given, name)
    unit = minor_unit(code)
    up, under = (1, 1) if name == "amount_minor" else (unit.denominator, unit.numerator)
    under *= 10**scale
    if number.dtype == pl.Int64 and under == 1 and up < _WIDEST:
        most = max(abs(int(number.max() or 0)), abs(int(number.min() or 0)))  # type: ignore[arg-type]  # whole numbers
        number = number if most * up < 2**63 else number.cast(pl.Int128)
    else:
        number = number.cast(pl.Int128)
    over = number * up if number.dtype == pl.Int64 else number * pl.Series([up], dtype=pl.Int128)
    if under == 1:
        counts, whole = over, None
    else:
        divisor = pl.Series([under], dtype=over.dtype)
        counts = over // divisor
        whole = counts * divisor == over
    good = (counts > 0) & (counts < pl.Series([_WIDEST], dtype=pl.Int128) if counts.dtype == pl.Int128 else counts > 0)
    good = (good if whole is None else good & whole).fill_null(value=False)
    if good.all():
        return Counted(counts, rows, rows.clear(), pl.Series([], dtype=pl.String))
    bad = ~good
    found = given.filter(bad)
    text = found.cast(pl.String).fill_null("").replace("", "nothing")
    expected = f", expected a number above zero, a multiple of {as_decimal(unit)} {code}, its minor unit"
    comma = pl.when(text.str.contains(",", literal=True)).then(pl.lit("; write 1250.75, without commas"))
    why = pl.select(pl.format("{}: found {}{}{}", pl.lit(name), text, pl.lit(expected), comma.otherwise(pl.lit(""))))
    return Counted(counts.filter(good), rows.filter(good), rows.filter(bad), why.to_series())


def _whole(given: pl.Series, name: str) -> tuple[pl.Series, int]:
    """Return numbers without their point, and how many digits stood behind it."""
    kind = given.dtype
    if kind.is_integer():
        return given.cast(pl.Int128 if kind in (pl.UInt64, pl.UInt128, pl.Int128) else pl.Int64), 0
    if isinstance(kind, pl.Decimal) and name == "amount":
        return given.to_physical().cast(pl.Int128), kind.scale
    if kind == pl.String and name == "amount":
        plain = given.set(~given.str.contains(_PLAIN).fill_null(value=False), None)
        return plain.cast(pl.Decimal(_DIGITS, _TEXT_SCALE)).to_physical().cast(pl.Int128), _TEXT_SCALE
    if kind == pl.Null:
        return given.cast(pl.Int64), 0
    reason = "; a binary float cannot hold every cent" if kind.is_float() else ""
    kinds = "whole numbers" if name == "amount_minor" else "decimals, whole numbers or text such as '1250.75'"
    raise PaymentError(f"column {name}", str(kind), f"{kinds}{reason}")
