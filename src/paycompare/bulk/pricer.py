"""Price batches of payments: bind each question once, walk its amounts in columns, and the rest one by one."""

from __future__ import annotations

from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from os import cpu_count
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from paycompare.bulk.bindings import bound
from paycompare.bulk.blocks import NOBODY, Block, Lead, block, empty, flagged, handed_out
from paycompare.bulk.envelope import Envelope, envelope
from paycompare.bulk.payments import counted, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from paycompare.bulk.bindings import Binding, Bound
    from paycompare.bulk.blocks import Money
    from paycompare.bulk.payments import Asked
    from paycompare.question import Question

__all__ = ["Keep", "Pricer", "Report"]

Keep = Literal["offers", "best"]
"""Whether every offer of a payment is handed out, or the best of those that may win."""

_SLICE: Final = 2**18
"""Rows that are walked together: few enough to stay near the processor, enough to be worth a call."""

_HELD: Final = 2_000
"""Questions that stay bound; histories come by day, and ask the same few again."""

_FEW: Final = 4
"""So few offers are all walked; of more, those that cannot be the best are ruled out first."""

_SAID: Final = 12
"""So many assumptions are printed; a history of many corridors assumes a currency for each."""

_NOBODY: Final = "nobody has a complete price for this payment"
_NONE_FITS: Final = "no principal fits this amount with anybody who has a complete price"


@dataclass(slots=True)
class Report:
    """What became of the rows.

    Attributes:
        payments: Rows that came.
        bad: Rows that could not be meant, or that nobody serves; each came back flagged.
        in_columns: Prices that were walked in columns.
        walked: Prices that were walked one by one, because columns could not do or not settle them, by offer.
        beyond_columns: Offers that are beyond what columns can do, and were walked one by one throughout.
        assumptions: What was left open and what was taken instead, each once.
        failures: Providers that could not be used, each with the reason.
    """

    payments: int = 0
    bad: int = 0
    in_columns: int = 0
    walked: Counter[str] = field(default_factory=Counter)
    beyond_columns: set[str] = field(default_factory=set)
    assumptions: dict[str, None] = field(default_factory=dict)
    failures: set[str] = field(default_factory=set)

    @property
    def one_by_one(self) -> int:
        """Return how many prices were walked one by one."""
        return self.walked.total()

    def begin(self) -> None:
        """Forget what was counted before: a lazy frame may be collected again."""
        self.payments = self.bad = self.in_columns = 0
        self.walked.clear()
        self.beyond_columns.clear()
        self.assumptions.clear()
        self.failures.clear()

    def __str__(self) -> str:
        """Return the report as a sentence for each thing that there is to say."""
        said = [f"{self.payments:,} payments, {self.bad:,} of them flagged"]
        most = "".join(f", {count:,} of them of {offer}" for offer, count in self.walked.most_common(1))
        said.append(f"{self.in_columns:,} prices in columns, {self.one_by_one:,} one by one{most}")
        if self.beyond_columns:
            said.append(f"beyond columns: {', '.join(sorted(self.beyond_columns))}")
        said += [f"could not be asked: {one}" for one in sorted(self.failures)]
        if self.assumptions:
            first, more = list(self.assumptions)[:_SAID], len(self.assumptions) - _SAID
            said.append(f"assumed: {'; '.join(first)}{f'; and {more:,} more' if more > 0 else ''}")
        return "; ".join(said)


@dataclass(frozen=True, slots=True)
class _Priced:
    """The rows of one piece of work, and how they came about."""

    rows: pl.DataFrame
    blocks: tuple[tuple[str, int, int, bool], ...]
    """Offer, prices, how many of them one by one, and whether it is beyond columns."""
    unserved: int = 0


@dataclass
class Pricer:
    """Prices batch after batch, and remembers what it has bound.

    Attributes:
        question: One that was read before: the catalogue, and what the caller knows better.
        said: What the call says of all payments.
        keep: Every offer, or the best.
        money: How money is written.
        parts: Whether the parts of each step are listed.
        threads: How many slices are walked at a time; 0 for one a processor.
        report: What became of the rows so far.
        bindings: What the rows so far rest on, by the key that they name it by.
        stopped: Set by whoever no longer wants the answer; what is being walked then ends with `Stopped`.
    """

    question: Question
    said: Mapping[str, object]
    keep: Keep = "offers"
    money: Money = "decimal"
    parts: bool = False
    threads: int = 0
    report: Report = field(default_factory=Report)
    bindings: dict[int, Binding] = field(default_factory=dict)
    stopped: Event = field(default_factory=Event)
    _bound: OrderedDict[str, Bound] = field(default_factory=OrderedDict)
    _envelopes: dict[int, Envelope] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs: the question, not what was made of it here."""
        kept = {"question", "said", "keep", "money", "parts", "threads"}
        return {name: value for name, value in vars(self).items() if name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begin anew in another process."""
        self.__init__(**state)  # type: ignore[misc]  # the fields it was made from

    def price(self, frame: pl.DataFrame, first: int = 0, told: Callable[[int], None] | None = None) -> pl.DataFrame:
        """Price one batch.

        Args:
            frame: The payments; see `paycompare.price`.
            first: The number of its first payment, where it has no column ``payment``.
            told: Called after each question with how many payments are priced, in this batch and before.

        Returns:
            The rows, those of one offer together.

        Raises:
            PaymentError: The frame has no amounts, or not exact ones, or says something twice.
            Stopped: `stopped` was set.
        """
        made = [empty(self.money, parts=self.parts)]
        for asked in questions(frame, self.said):
            made += self._answer(frame, asked)
            self.report.payments += asked.rows.len()
            if told is not None:
                told(self.report.payments)
        rows = pl.concat(made)
        if self.keep == "best" and len(made) > 2:  # noqa: PLR2004 -- nothing, and one more
            rows = rows.sort("row")
        places = rows["row"]
        if "payment" in frame.columns:
            names = frame["payment"].gather(places)
        else:
            names = (places.cast(pl.Int64) + first).alias("payment")
        return rows.select(names, pl.exclude("row"))

    def _answer(self, frame: pl.DataFrame, asked: Asked) -> Iterator[pl.DataFrame]:
        found = self._bind(asked.words)
        if found.problem is not None:
            yield self._flag(asked.rows, found.problem)
            return
        amounts = counted(frame, asked.rows, found.code)
        if amounts.bad.len():
            yield self._flag(amounts.bad, amounts.why)
        slices = [
            (amounts.rows.slice(start, _SLICE), amounts.counts.slice(start, _SLICE))
            for start in range(0, amounts.counts.len(), _SLICE)
        ]
        if self.keep == "best":
            rivals = [binding for binding in found.bindings if binding.may_win]
            if not rivals:
                yield self._flag(amounts.rows, _NOBODY)
                return
            work = [(rivals, found.code, *piece) for piece in slices]
        else:
            work = [([binding], found.code, *piece) for piece in slices for binding in found.bindings]
        for priced in self._spread(work):
            yield self._noted(priced)

    def _bind(self, words: Mapping[str, object]) -> Bound:
        key = repr(sorted(words.items(), key=str))
        found = self._bound.get(key)
        if found is None:
            found = self._bound[key] = bound(self.question, words)
            if len(self._bound) > _HELD:
                self._bound.popitem(last=False)
            self.bindings |= {one.key: one for one in found.bindings if one.may_win or self.keep == "offers"}
        self.report.failures |= {f"{one.provider}: {one.reason}" for one in found.failures}
        self.report.assumptions |= dict.fromkeys(found.assumptions)
        return found

    def _flag(self, rows: pl.Series, why: pl.Series | str) -> pl.DataFrame:
        self.report.bad += rows.len()
        return flagged(rows, why, self.money, parts=self.parts)

    def _spread(self, work: Sequence[tuple[Sequence[Binding], str, pl.Series, pl.Series]]) -> Iterator[_Priced]:
        """Do pieces of work, several at a time, in their order."""
        price = self._best if self.keep == "best" else self._one
        threads = min(self.threads or cpu_count() or 1, len(work))
        if threads <= 1:
            yield from (price(*piece) for piece in work)
            return
        with ThreadPoolExecutor(threads) as pool:
            try:
                yield from pool.map(lambda piece: price(*piece), work)
            except BaseException:
                self.stopped.set()  # the pool waits for what is being walked, which nobody wants any more
                raise

    def _one(self, bindings: Sequence[Binding], code: str, rows: pl.Series, counts: pl.Series) -> _Priced:
        found = block(bindings[0], code, rows, counts, self.stopped)
        return _Priced(handed_out(found, self.money, parts=self.parts), (_note(found),))

    def _best(self, bindings: Sequence[Binding], code: str, rows: pl.Series, counts: pl.Series) -> _Priced:
        """Keep the best of several offers for each payment; of equals the first by id."""
        side = bindings[0].payment.side
        lead = Lead.of(rows.len())
        found: list[tuple[int, pl.Series | None, Block]] = []
        for index, places in self._candidates(bindings, code, counts):
            some = (rows, counts) if places is None else (rows.gather(places), counts.gather(places))
            mine = block(bindings[index], code, *some, self.stopped)
            lead.hold_against(side, index, _only_ranked(mine), places)
            found.append((index, places, mine))
        made = []
        for index, places, mine in found:
            won = (lead.winner if places is None else lead.winner.gather(places)) == index
            if won.any():
                tied = lead.tied if places is None else lead.tied.gather(places)
                kept = replace(mine, frame=mine.frame.filter(won))
                made.append(handed_out(kept, self.money, parts=self.parts, tied=tied.filter(won)))
        unserved = lead.winner == NOBODY
        if unserved.any():
            made.append(flagged(rows.filter(unserved), _NONE_FITS, self.money, parts=self.parts))
        noted = tuple(_note(mine) for _, _, mine in found)
        return _Priced(pl.concat(made).sort("row"), noted, int(unserved.sum()))

    def _candidates(
        self, bindings: Sequence[Binding], code: str, counts: pl.Series
    ) -> Iterator[tuple[int, pl.Series | None]]:
        """Yield the offers that can be the best somewhere, with the places where they can; None for everywhere."""
        if len(bindings) <= _FEW:
            yield from ((index, None) for index in range(len(bindings)))
            return
        held = self._envelope(bindings, code, int(counts.max()))  # type: ignore[arg-type]  # whole numbers, not empty
        starts = pl.Series(held.starts, dtype=counts.dtype)
        interval = starts.search_sorted(counts, side="right") - 1
        met: dict[int, list[int]] = {}
        for place in interval.unique().to_list():
            for index in held.offers[place]:
                met.setdefault(index, []).append(place)
        nowhere = pl.repeat(value=False, n=len(held.starts), dtype=pl.Boolean, eager=True)
        for index, here in sorted(met.items()):
            places = nowhere.clone().scatter(here, values=True).gather(interval).arg_true()
            yield index, None if places.len() == counts.len() else places

    def _envelope(self, bindings: Sequence[Binding], code: str, most: int) -> Envelope:
        """Return what rules out most offers, found once for a question and again only when amounts pass its end."""
        key = bindings[0].key
        with self._lock:
            held = self._envelopes.get(key)
            if held is None or not held.covers(1, most):
                charts = [binding.chart for binding in bindings]
                last = (1 << most.bit_length()) - 1
                held = self._envelopes[key] = envelope(charts, bindings[0].payment.side, code, 1, last)
                if len(self._envelopes) > _HELD:
                    self._envelopes.pop(next(iter(self._envelopes)))
            return held

    def _noted(self, priced: _Priced) -> pl.DataFrame:
        self.report.bad += priced.unserved
        for offer, prices, one_by_one, wholly in priced.blocks:
            self.report.in_columns += prices - one_by_one
            if one_by_one:
                self.report.walked[offer] += one_by_one
            if wholly:
                self.report.beyond_columns.add(offer)
        return priced.rows


def _note(found: Block) -> tuple[str, int, int, bool]:
    return found.binding.offer.id, found.frame.height, found.one_by_one, found.wholly


def _only_ranked(found: Block) -> pl.DataFrame:
    """Return the counts of an offer, empty where it may not win after all, as it is not offered at its dear end."""
    if found.one_by_one == 0:
        return found.frame
    ranked = pl.col("standing") == "complete"
    return found.frame.with_columns(pl.when(ranked).then(pl.col(name)) for name in ("worst_paid", "worst_landed"))
