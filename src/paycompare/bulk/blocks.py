"""Rows of prices: first as counts of minor units, then as they are handed out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from paycompare.bulk.cells import Unproven
from paycompare.bulk.columns import Column, TooWide, column, multiplied, spread
from paycompare.bulk.figures import GROUPS, figures, part_groups
from paycompare.frame import grouped
from paycompare.money import Money as Amount
from paycompare.money import as_decimal
from paycompare.quote import quoted
from paycompare.scenario import price

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from threading import Event

    from paycompare.bulk.bindings import Binding
    from paycompare.quote import Quote

__all__ = ["NOBODY", "Block", "Lead", "Money", "Stopped", "block", "empty", "flagged", "handed_out", "schema"]

Money = Literal["decimal", "minor"]
"""How money is written: as decimals in units of its currency, or as whole numbers of its minor units."""

_SCALE: Final = 6
_DIGITS: Final = 38

_ENDS: Final = ("principal", "paid_low", "paid_high", "landed_low", "landed_high")
_WORST: Final = ("worst_paid", "worst_landed")
_AMOUNTS: Final = (*_ENDS, *GROUPS)

_OPEN_ENDS: Final = ("paid_high", "landed_low", "lost", *GROUPS)
"""Figures that have no limit while something is not published; they are empty rather than the best case once more."""

_FINER: Final = "an amount is finer than the minor unit of its currency: ask `compare`"
_NOT_MADE: Final = "no principal fits this amount"
_AT_ONE_END: Final = "at the dear end of its range it is not offered"


@dataclass(frozen=True, slots=True)
class Block:
    """One offer for some payments, in counts of the minor units of its currencies.

    Attributes:
        binding: The offer.
        frame: One row for each payment, in their order: ``row``, the counts, ``standing`` and ``problem``.
        one_by_one: How many of them were walked one by one.
        wholly: Whether all were, because the offer is beyond columns.
    """

    binding: Binding
    frame: pl.DataFrame
    one_by_one: int
    wholly: bool


def schema(money: Money, *, parts: bool) -> dict[str, pl.DataType]:
    """Return the columns of the rows that are handed out; ``payment`` stands before them in the place of ``row``."""
    kind = pl.Decimal(_DIGITS, _SCALE) if money == "decimal" else pl.Int64()
    return {
        "row": pl.UInt32(),
        "offer": pl.Categorical(),
        "standing": pl.Categorical(),
        "payer_currency": pl.Categorical(),
        "payout_currency": pl.Categorical(),
        "principal_currency": pl.Categorical(),
        **dict.fromkeys(_ENDS, kind),
        "lost": kind,
        **dict.fromkeys(GROUPS, kind),
        **({"parts": pl.List(kind)} if parts else {}),
        "tied": pl.Boolean(),
        "binding": pl.Int64(),
        "problem": pl.String(),
    }


def empty(money: Money, *, parts: bool) -> pl.DataFrame:
    """Return no rows."""
    return pl.DataFrame(schema=schema(money, parts=parts))


def flagged(rows: pl.Series, why: pl.Series | str, money: Money, *, parts: bool) -> pl.DataFrame:
    """Return rows that say what is wrong with their payments, and nothing else."""
    reasons = pl.Series([why]).new_from_index(0, rows.len()) if isinstance(why, str) else why
    wanted = schema(money, parts=parts)
    return pl.DataFrame({"row": rows, "problem": reasons}).select(
        pl.col(name) if name in ("row", "problem") else pl.lit(None, dtype=kind).alias(name)
        for name, kind in wanted.items()
    )


class Stopped(Exception):
    """Pricing was called off before it was done."""


def block(binding: Binding, code: str, rows: pl.Series, counts: pl.Series, stopped: Event | None = None) -> Block:
    """Price an offer for some payments.

    Args:
        binding: The offer.
        code: The currency of the amounts.
        rows: The places of the payments in their frame.
        counts: Their amounts in minor units.
        stopped: Set by somebody who no longer wants the answer.

    Raises:
        Stopped: It was set while payments were walked one by one, which takes long.
    """
    try:
        found = figures(binding.chart, binding.payment.side, code, column(counts))
    except (Unproven, TooWide):
        return Block(binding, _walked(binding, code, rows, counts, stopped), rows.len(), wholly=True)
    if found is None:
        nothing = dict.fromkeys([*_AMOUNTS, *_WORST, *_parts(binding)], pl.Series([None], dtype=pl.Int64))
        frame = _frame(binding, rows, nothing, pl.Series([False]))
        return Block(binding, frame, 0, wholly=False)
    named = dict(
        zip(_ENDS, (found.principal, found.paid_low, found.paid_high, found.landed_low, found.landed_high), strict=True)
    )
    named |= dict(zip(GROUPS, found.groups, strict=True))
    named |= dict(zip(_WORST, (found.paid, found.landed), strict=True))
    named |= dict(zip(_parts(binding), found.parts, strict=True))
    frame = _frame(binding, rows, {name: numbers.values for name, numbers in named.items()}, found.made)
    if found.settled is None or found.settled.all():
        return Block(binding, frame, 0, wholly=False)
    settled = spread(found.settled, rows.len())
    rest = _walked(binding, code, rows.filter(~settled), counts.filter(~settled), stopped)
    places = (~settled).arg_true()
    whole = pl.DataFrame([_patched(frame[name], places, rest[name]) for name in frame.columns])
    return Block(binding, whole, rest.height, wholly=False)


def _patched(values: pl.Series, places: pl.Series, others: pl.Series) -> pl.Series:
    """Return a series with other values at some places."""
    wide = values.cast(others.dtype) if others.dtype == pl.Int128 else values.clone()
    return wide.scatter(places, others.cast(wide.dtype))


def _parts(binding: Binding) -> list[str]:
    return [f"part_{index}" for index in range(len(part_groups(binding.offer)))]


def _frame(binding: Binding, rows: pl.Series, numbers: Mapping[str, pl.Series], made: pl.Series | None) -> pl.DataFrame:
    frame = pl.DataFrame([rows.alias("row"), *(spread(each, rows.len()).alias(name) for name, each in numbers.items())])
    frame = frame.with_columns(
        pl.lit(binding.standing).alias("standing"), pl.lit(None, dtype=pl.String).alias("problem")
    )
    if made is None or made.all():
        return frame
    held = spread(made, rows.len())
    return frame.with_columns(
        *(pl.when(held).then(pl.col(name)) for name in numbers),
        pl.when(~held).then(pl.lit(_NOT_MADE)).alias("problem"),
    )


def _walked(binding: Binding, code: str, rows: pl.Series, counts: pl.Series, stopped: Event | None) -> pl.DataFrame:
    """Price payments one by one, as `paycompare.compare` does."""
    names = [*_AMOUNTS, *_WORST, *_parts(binding)]
    walked: dict[int, list[int | str | None]] = {}  # histories repeat their amounts
    for count in map(int, counts):
        if stopped is not None and stopped.is_set():
            raise Stopped
        if count not in walked:
            walked[count] = _record(binding, code, count, names)
    records = [walked[count] for count in map(int, counts)]
    kinds = {**dict.fromkeys(names, pl.Int128), "standing": pl.String, "problem": pl.String}
    frame = pl.DataFrame(records, schema=kinds, orient="row")
    narrow = [pl.col(name).cast(pl.Int64, strict=False).alias(name) for name in names]
    fits = all((frame[name].abs().max() or 0) < 2**63 for name in names)  # type: ignore[operator]  # whole numbers
    frame = frame.with_columns(narrow) if fits else frame
    return frame.select(rows.alias("row"), *names, "standing", "problem")


def _record(binding: Binding, code: str, count: int, names: Sequence[str]) -> list[int | str | None]:
    offer, payment = binding.offer, binding.payment
    asked = payment.side, count * offer.grid[code], code
    scenarios, standing = price(offer, *asked), binding.standing
    if not scenarios:
        scenarios, standing = price(offer, *asked, whole=False), "unconfirmed"
    if not scenarios:
        return [*[None] * len(names), binding.standing, _NOT_MADE]
    fixed = Amount.of(as_decimal(asked[1]), code)
    made = quoted(offer, binding.asking(fixed), scenarios, binding.reference, standing)
    found = _counts(made)
    if any(number.denominator != 1 for number in found):
        return [*[None] * len(names), standing, _FINER]
    at_one_end = _AT_ONE_END if standing != binding.standing else None
    return [*(number.numerator for number in found), standing, at_one_end]


def _counts(quote: Quote) -> list[Fraction]:
    offer, worst = quote.offer, quote.worst
    payer, payout = offer.grid[offer.payer_currency], offer.grid[offer.payout_currency]
    return [
        worst.principal.exact / offer.grid[offer.principal_currency],
        quote.paid.low.exact / payer,
        quote.paid.high.exact / payer,
        quote.landed.low.exact / payout,
        quote.landed.high.exact / payout,
        *(Fraction(amount) / payer for amount in grouped(worst).values()),
        worst.paid.exact / payer,
        worst.landed.exact / payout,
        *(part.shown.exact / payer for part in worst.parts),
    ]


NOBODY: Final = 2**32 - 1


@dataclass(slots=True)
class Lead:
    """Who leads for each payment, while offers are held against it one after another, in the order of their ids.

    Attributes:
        paid: What the leader makes the payer pay in its worst case; null where there is none.
        landed: What it makes land.
        winner: Its place; `NOBODY` where there is none.
        tied: Whether another does as well.
    """

    paid: pl.Series
    landed: pl.Series
    winner: pl.Series
    tied: pl.Series

    @classmethod
    def of(cls, rows: int) -> Lead:
        """Begin with nobody."""
        nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, rows)
        winner = pl.repeat(NOBODY, rows, dtype=pl.UInt32, eager=True)
        return cls(nothing, nothing, winner, pl.repeat(value=False, n=rows, dtype=pl.Boolean, eager=True))

    def hold_against(self, side: str, index: int, offer: pl.DataFrame, places: pl.Series | None) -> None:
        """Let an offer take the lead where it ranks before the leader.

        Args:
            side: Which side is held fixed.
            index: The place of the offer.
            offer: Its counts in its worst case.
            places: The payments that these are for; None for all.
        """
        paid, landed = offer["worst_paid"], offer["worst_landed"]
        mine = (self.paid, self.landed) if places is None else (self.paid.gather(places), self.landed.gather(places))
        ahead, same = _better(side, (paid, landed), mine)
        if places is None:
            self.paid, self.landed = paid.zip_with(ahead, self.paid), landed.zip_with(ahead, self.landed)
            self.winner = pl.Series([index], dtype=pl.UInt32).new_from_index(0, len(ahead)).zip_with(ahead, self.winner)
            self.tied = (self.tied & ~ahead) | same
            return
        taken = places.filter(ahead)
        self.paid = _patched(self.paid, taken, paid.filter(ahead))
        self.landed = _patched(self.landed, taken, landed.filter(ahead))
        self.winner = _patched(self.winner, taken, pl.repeat(index, taken.len(), dtype=pl.UInt32, eager=True))
        self.tied = _patched(self.tied, places, (self.tied.gather(places) & ~ahead) | same)


_Figures = tuple[pl.Series, pl.Series]


def _better(side: str, one: _Figures, other: _Figures) -> tuple[pl.Series, pl.Series]:
    """Tell where one offer ranks before another, and where they tie; see `paycompare.scenario.rank_key`."""
    if side == "sends":
        mine = multiplied(_column(one[1]), _column(other[0])).values
        its = multiplied(_column(other[1]), _column(one[0])).values
    elif side == "pays":
        mine, its = one[1], other[1]
    else:
        mine, its = other[0], one[0]
    here, there = one[0].is_not_null(), other[0].is_not_null()
    ahead = (mine > its).fill_null(value=False) | (here & ~there)
    return ahead, (mine == its).fill_null(value=False)


def _column(counts: pl.Series) -> Column:
    return column(counts) if counts.null_count() < counts.len() else Column(counts, 0, 0)


def handed_out(found: Block, money: Money, *, parts: bool, tied: pl.Series | None = None) -> pl.DataFrame:
    """Return the rows of an offer as they are handed out.

    Args:
        found: The counts.
        money: How money is written.
        parts: Whether the parts of each step are listed.
        tied: Where another offer does as well; None where the best was not asked for.
    """
    offer, frame = found.binding.offer, found.frame
    payer, payout = offer.grid[offer.payer_currency], offer.grid[offer.payout_currency]
    units = {name: payout if name.startswith("landed") else payer for name in _AMOUNTS}
    units["principal"] = offer.grid[offer.principal_currency]
    lost = sum((frame[name] for name in GROUPS[1:]), start=frame[GROUPS[0]])
    written = {name: _written(frame[name], units[name], money) for name in _AMOUNTS}
    written["lost"] = _written(lost, payer, money)
    open_ended = bool(offer.unpublished)
    if open_ended:
        written |= {name: written[name].clear(frame.height) for name in _OPEN_ENDS}
    listed = [_written(frame[name], payer, money).alias(name) for name in _parts(found.binding)] if parts else []
    columns = {
        "row": frame["row"],
        "offer": pl.lit(offer.id, dtype=pl.Categorical),
        "standing": frame["standing"].cast(pl.Categorical),
        "payer_currency": pl.lit(offer.payer_currency, dtype=pl.Categorical),
        "payout_currency": pl.lit(offer.payout_currency, dtype=pl.Categorical),
        "principal_currency": pl.lit(offer.principal_currency, dtype=pl.Categorical),
        **written,
        "tied": pl.lit(None, dtype=pl.Boolean) if tied is None else tied,
        "binding": pl.lit(found.binding.key, dtype=pl.Int64),
        "problem": frame["problem"],
    }
    if parts:
        kind = pl.List(written["lost"].dtype)
        unknown = open_ended or not listed
        columns["parts"] = pl.lit(None, dtype=kind) if unknown else pl.concat_list(map(pl.lit, listed))
    return frame.select(
        (value if isinstance(value, pl.Expr) else pl.lit(value)).alias(name)
        for name, value in ((name, columns[name]) for name in schema(money, parts=parts))
    )


def _written(counts: pl.Series, unit: Fraction, money: Money) -> pl.Series:
    if money == "minor":
        return counts.cast(pl.Int64)
    finest = pl.Series([int(unit * 10**_SCALE)], dtype=pl.Int128)
    return (counts.cast(pl.Int128) * finest).reinterpret(dtype=pl.Decimal(_DIGITS, _SCALE))
