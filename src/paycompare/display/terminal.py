"""The answer as text, which reads well from 80 columns on, with or without colour."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from paycompare.display import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import RenderableType

    from paycompare.bound import Bound
    from paycompare.breakeven import Crossovers
    from paycompare.comparison import Comparison
    from paycompare.quote import Case, Quote

__all__ = ["as_text", "crossovers_as_text", "plainly", "render", "render_crossovers"]

_WIDE: Final = 110
"""Columns from which the evidence has a column of its own."""

_NARROWEST: Final = 60

_STATE_STYLE: Final = {"decided": "bold green", "decided_unless": "bold yellow", "open": "bold red"}


def as_text(comparison: Comparison, *, width: int = 100, parts: bool = False, why: bool = False) -> str:
    """Return a comparison as plain text, without colour codes.

    Args:
        comparison: The answer.
        width: Columns to use; 80 and more read well.
        parts: Whether to list every charge of every offer shown, in its worst and in its best case.
        why: Whether to list every tariff that does not apply, and why, and every bound that cannot win.

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> answer = pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30))
        >>> as_text(answer).splitlines()[0]
        'Payer pays 1,000.00 GBP, GB/GBP>IN/INR, 2026-10-30, personal, bearer SHAR'
    """
    return plainly(lambda console: render(comparison, console, parts=parts, why=why), width=width)


def crossovers_as_text(found: Crossovers, *, width: int = 100) -> str:
    """Return a table of break-evens as plain text.

    Args:
        found: The table.
        width: Columns to use.
    """
    return plainly(lambda console: render_crossovers(found, console), width=width)


def plainly(render_on: Callable[[Console], None], *, width: int) -> str:
    """Return what is rendered as text without colour codes and without blanks at the ends of lines.

    Args:
        render_on: Prints on the console that it is given.
        width: Columns to use, at least 60.
    """
    written = StringIO()
    console = Console(
        file=written,
        width=max(width, _NARROWEST),
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    render_on(console)
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def render(comparison: Comparison, console: Console, *, parts: bool = False, why: bool = False) -> None:
    """Print a comparison on a rich console.

    Args:
        comparison: The answer.
        console: Where to; its width, colours and encoding are respected.
        parts: Whether to list every charge of every offer shown.
        why: Whether to list what does not apply, and every bound that cannot win.
    """
    footnotes = tables.Footnotes.empty()
    for block in _blocks(comparison, console, footnotes, why=why):
        console.print(block, soft_wrap=False)
    if parts:
        console.print(_parts(comparison, why=why))
    console.print(Group(*_tail(comparison, footnotes, why=why)))


def _blocks(
    comparison: Comparison, console: Console, footnotes: tables.Footnotes, *, why: bool
) -> Iterator[RenderableType]:
    wide = console.width >= _WIDE
    yield from _header(comparison)
    yield Text()
    yield from _verdict(comparison)
    if comparison.quotes:
        yield Text()
        yield Text(f"Ranked {tables.ranked_by(comparison.payment)}", style="bold")
        yield _quotes(comparison.quotes, footnotes, wide=wide)
    if comparison.bounds:
        yield from _bounds(comparison, footnotes, why=why)
    if comparison.promotions:
        yield Text()
        yield Text("Promotions, never ranked", style="bold")
        yield _quotes(comparison.promotions, footnotes, wide=wide)


def _header(comparison: Comparison) -> Iterator[Text]:
    payments = [quote.payment for quote in comparison.quotes]
    yield Text(tables.payment_words(comparison.payment, payments), style="bold")
    for rate in dict.fromkeys(comparison.references):
        yield Text(f"Reference: {tables.reference_words(rate)}", style="dim")


def _verdict(comparison: Comparison) -> Iterator[RenderableType]:
    verdict = comparison.verdict
    first = Text(tables.headline(verdict, tables.titles_of(comparison)), style=_STATE_STYLE[verdict.state])
    yield Text.assemble(("Verdict: ", "bold"), first)
    for index, flip in enumerate(verdict.flips, start=1):
        yield _hanging(f"{index}.", tables.clean(flip.words), indent=2)
    if verdict.more:
        yield Text(f"  and {verdict.more} more")


def _hanging(mark: str, text: str, *, indent: int = 0) -> Padding:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(mark, Text(text))
    return Padding(grid, (0, 0, 0, indent))


def _table(*columns: tuple[str, str]) -> Table:
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for name, side in columns:
        wraps = name in {"Offer", "Why", "It wins", "Seen", "Who wins"}
        made.add_column(name, justify="right" if side == "right" else "left", no_wrap=not wraps)
    return made


def _quotes(quotes: Sequence[Quote], footnotes: tables.Footnotes, *, wide: bool) -> Table:
    """Return the table of quotes; what is paid stands above what lands, what each part took above its sum."""
    ranked = any(quote.rank is not None for quote in quotes)
    columns = [("#", "right")] if ranked else []
    columns += [("Offer", "left"), ("Paid, landed", "right"), ("Lost to", "left"), ("Landed\ncost", "right")]
    columns += [("Seen", "left")] if wide else []
    table = _table(*columns)
    for index, quote in enumerate(quotes):
        cells: list[RenderableType] = [tables.place_words(quote, quotes)] if ranked else []
        seen = tables.clean(quote.evidence.age(quote.payment.on))
        cells += [
            _offer_cell(quote, footnotes, None if wide else seen),
            _flows(quote),
            _took(quote),
            _cost(quote),
        ]
        cells += [Text(seen)] if wide else []
        table.add_row(*cells, end_section=index == len(quotes) - 1)
    return table


def _offer_cell(quote: Quote, footnotes: tables.Footnotes, seen: str | None) -> Text:
    cell = Text(tables.titled(quote), style="bold" if quote.rank == 1 else "")
    numbers = footnotes.refer(tables.notes_of(quote))
    if numbers:
        cell.append(f" [{numbers}]", style="dim")
    tags = ", ".join(tables.tags_of(quote))
    if tags:
        cell.append(f"\n{tags}", style="yellow")
    if seen:
        cell.append(f"\n{seen}", style="dim")
    return cell


def _flows(quote: Quote) -> Text:
    lines = [*_stacked(quote.paid.low, quote.paid.high), *_stacked(quote.landed.low, quote.landed.high)]
    return Text("\n".join(lines))


def _stacked(low: object, high: object) -> list[str]:
    return [str(low)] if low == high else [f"{low} to", str(high)]


def _took(quote: Quote) -> Text:
    """Return what each group took in the worst case, and the sum, right under one another."""
    code = quote.offer.payer_currency
    groups = [(name, money) for name, money in tables.taken_by(quote.worst, code).items() if money.amount]
    lost = tables.lost_shown(quote.worst, code)
    label = "lost" if quote.key.known else "lost at worst"
    rows = [(name, tables.short_money(money)) for name, money in groups]
    if len(groups) == 1 and quote.key.known:
        rows = [(groups[0][0], str(lost))]
    else:
        rows.append((label, str(lost)))
    names = max(len(name) for name, _ in rows)
    numbers = max(len(shown.removesuffix(f" {code}")) for _, shown in rows)
    return Text(
        "\n".join(f"{name:<{names}} {shown.removesuffix(f' {code}'):>{numbers}}" for name, shown in rows[:-1])
        + ("\n" if rows[:-1] else "")
        + f"{rows[-1][0]:<{names}} {rows[-1][1].removesuffix(f' {code}'):>{numbers}} {code}"
    )


def _cost(quote: Quote) -> Text:
    cost = quote.cost()
    if cost is None:
        return Text("not known")
    low, high = tables.percent(cost.share.low), tables.percent(cost.share.high)
    return Text(low if low == high else f"{low} to\n{high}")


def _bounds(comparison: Comparison, footnotes: tables.Footnotes, *, why: bool) -> Iterator[RenderableType]:
    """Yield the bounds that could win as a table and the others as one line, unless all are asked for."""
    shown = _shown_bounds(comparison, why=why)
    yield Text()
    yield Text("Not ranked: something is not published or not confirmed", style="bold")
    if shown:
        yield _bound_table(shown, footnotes)
    hidden = [bound for bound in comparison.bounds if bound not in shown]
    if hidden:
        names = ", ".join(tables.loser_words(bound) for bound in hidden)
        lose = "loses" if len(hidden) == 1 else "lose"
        yield _hanging("-", f"{tables.plural(len(hidden), 'offer')} {lose} whatever is not published: {names}")


def _shown_bounds(comparison: Comparison, *, why: bool) -> list[Bound]:
    return [bound for bound in comparison.bounds if why or bound.beats_winner or bound.winner is None]


def _bound_table(bounds: Sequence[Bound], footnotes: tables.Footnotes) -> Table:
    columns = [("Offer", "left"), ("At best", "right")]
    against = any(bound.winner for bound in bounds)
    table = _table(*columns, *([("It wins", "left")] if against else []))
    for bound in bounds:
        quote = bound.quote
        seen = tables.clean(quote.evidence.age(quote.payment.on))
        cell = _offer_cell(quote, footnotes, seen)
        cell.append(f"\n{tables.clean('; '.join(bound.why))}")
        table.add_row(cell, _at_best(quote), *([Text(tables.condition_words(bound))] if against else []))
    return table


def _at_best(quote: Quote) -> Text:
    best = quote.best
    figure = f"pays {best.paid}" if quote.payment.side == "gets" else f"lands {best.landed}"
    cost = quote.cost()
    share = f"\ncost {tables.percent(cost.share.low)}" if cost is not None else ""
    return Text(f"{figure}{share}")


def _parts(comparison: Comparison, *, why: bool) -> RenderableType:
    """Return what each step of each offer shown took; of a bound at its best, as its row has it."""
    blocks: list[RenderableType] = [
        Text(),
        Text("What each step took, valued at the reference rate", style="bold"),
    ]
    for quote in (*comparison.quotes, *comparison.promotions):
        place = f"{quote.rank}. " if quote.rank is not None else ""
        blocks.append(Text(f"{place}{tables.titled(quote)}"))
        blocks += [_case_table(quote, quote.worst, "in its worst case" if not quote.key.known else "")]
        if not quote.key.known:
            blocks.append(_case_table(quote, quote.best, "in its best case"))
    for bound in _shown_bounds(comparison, why=why):
        blocks.append(Text(f"Not ranked: {tables.titled(bound.quote)}"))
        blocks.append(_case_table(bound.quote, bound.quote.best, "at best"))
    return Group(*blocks)


def _case_table(quote: Quote, case: Case, label: str) -> Padding:
    code = quote.offer.payer_currency
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column()
    for part in case.parts:
        grid.add_row(str(part.shown), Text(tables.part_words(part)))
    words = f"lost {label}".strip()
    moved = f": {tables.case_words(case)}" if label and case.positions else ""
    grid.add_row(str(tables.lost_shown(case, code)), Text(f"{words}{moved}", style="bold"))
    return Padding(grid, (0, 0, 0, 3))


def _tail(comparison: Comparison, footnotes: tables.Footnotes, *, why: bool) -> Iterator[RenderableType]:
    if footnotes.texts:
        yield Text()
        for text, number in footnotes.texts.items():
            yield _hanging(f"[{number}]", text)
    if comparison.failures:
        yield Text()
        yield Text("Could not be asked or read", style="bold")
        for failure in comparison.failures:
            again = "; trying again may help" if failure.retryable else ""
            yield _hanging("-", tables.clean(f"{failure.provider}: {failure.reason}{again}"))
    if comparison.observed:
        yield Text()
        yield Text("Observed averages, no offers", style="bold")
        for one in comparison.observed:
            yield _hanging("-", tables.observed_words(one))
    yield Text()
    if comparison.assumptions:
        yield _hanging("Taken:", tables.clean("; ".join(comparison.assumptions)))
    yield _hanging("Cost:", "landed cost, (paid - landed at the reference rate) / paid")
    yield from _declined(comparison, why=why)


def _declined(comparison: Comparison, *, why: bool) -> Iterator[RenderableType]:
    count = len(comparison.declined)
    if not count:
        return
    if not why:
        does = "does" if count == 1 else "do"
        yield Text(f"{tables.plural(count, 'other tariff')} {does} not apply (--why lists the reasons)")
        return
    yield Text()
    yield Text("Does not apply", style="bold")
    for name, reason in sorted(comparison.declined.items()):
        yield _hanging("-", tables.clean(f"{name}: {reason}"))


def render_crossovers(found: Crossovers, console: Console) -> None:
    """Print a table of break-evens on a rich console.

    Args:
        found: The table.
        console: Where to.
    """
    payment = found.payment
    fixed = "paid" if payment.side == "pays" else "received"
    console.print(Text(f"Who is cheapest, {payment.corridor}, {payment.on}, {payment.segment}", style="bold"))
    console.print(Text(f"Reference: {tables.reference_words(found.reference)}", style="dim"))
    console.print()
    table = _table((f"From ({fixed})", "right"), ("to below", "right"), ("Who wins", "left"))
    for stretch in found.stretches:
        end = str(stretch.end) if stretch.end is not None else f"{found.most} (incl.)"
        titles = [tables.clean(found.offers[name].title) for name in stretch.winners if name in found.offers]
        table.add_row(str(stretch.start), end, Text(", or the same: ".join(titles) or "nobody serves these amounts"))
    console.print(table)
    console.print(Group(*_crossover_tail(found)))


def _crossover_tail(found: Crossovers) -> Iterator[RenderableType]:
    yield Text()
    for stretch in found.stretches:
        for name in stretch.ended:
            title = tables.clean(found.offers[name].title)
            yield _hanging("-", f"{title} takes no payment of {stretch.start}; it was not beaten there")
    for name, why in sorted(found.left_out.items()):
        yield _hanging("-", tables.clean(f"not in the table, as {why}: {name}"))
    yield _hanging("Near an edge", "both can land the same to the cent; what third parties take is not in the table")
    if found.declined:
        yield Text(f"{tables.plural(len(found.declined), 'other tariff')} not for this payment")
    for failure in found.failures:
        yield _hanging("-", tables.clean(f"could not be asked: {failure.provider}: {failure.reason}"))
    if found.assumptions:
        yield _hanging("Taken:", tables.clean("; ".join(found.assumptions)))
