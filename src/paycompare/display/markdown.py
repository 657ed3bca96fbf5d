"""The answer as Markdown: the verdict, the tables, the remarks; every outside word escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from paycompare.display import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paycompare.bound import Bound
    from paycompare.comparison import Comparison
    from paycompare.quote import Quote

__all__ = ["as_markdown"]

_MARKS: Final = str.maketrans({char: f"\\{char}" for char in "\\`*_[]|~#"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})
_FORMULA_STARTS: Final = ("=", "+", "-", "@")


def as_markdown(comparison: Comparison) -> str:
    """Return the verdict, the ranked quotes, the bounds and the remarks as Markdown.

    Args:
        comparison: The answer.
    """
    footnotes = tables.Footnotes.empty()
    blocks = [*_blocks(comparison, footnotes)]
    return "\n".join(blocks).rstrip("\n") + "\n"


def _blocks(comparison: Comparison, footnotes: tables.Footnotes) -> Iterator[str]:
    payments = [quote.payment for quote in comparison.quotes]
    yield f"**{_escaped(tables.payment_words(comparison.payment, payments))}**\n"
    for rate in dict.fromkeys(comparison.references):
        yield f"Reference: {_escaped(tables.reference_words(rate))}\n"
    yield f"**Verdict: {_escaped(tables.headline(comparison.verdict, tables.titles_of(comparison)))}**\n"
    yield from _numbered(flip.words for flip in comparison.verdict.flips)
    if comparison.verdict.more:
        yield f"and {comparison.verdict.more} more\n"
    if comparison.quotes:
        yield f"### Ranked {tables.ranked_by(comparison.payment)}\n"
        yield from _quotes(comparison.quotes, footnotes)
    if comparison.bounds:
        yield "### Not ranked: something is not published or not confirmed\n"
        yield from _bounds(comparison.bounds, footnotes)
    if comparison.promotions:
        yield "### Promotions, never ranked\n"
        yield from _quotes(comparison.promotions, footnotes)
    yield from _tail(comparison, footnotes)


def _tail(comparison: Comparison, footnotes: tables.Footnotes) -> Iterator[str]:
    yield from (f"\\[{number}\\] {_escaped(text)}\n" for text, number in footnotes.texts.items())
    if comparison.failures:
        yield "### Could not be asked or read\n"
        yield from (f"- {_escaped(f'{one.provider}: {one.reason}')}" for one in comparison.failures)
        yield ""
    if comparison.observed:
        words = "; ".join(tables.observed_words(one) for one in comparison.observed)
        yield f"Observed averages, no offers: {_escaped(words)}\n"
    if comparison.assumptions:
        yield f"Taken: {_escaped('; '.join(comparison.assumptions))}\n"
    yield "Cost: landed cost, (paid - landed at the reference rate) / paid"


def _numbered(texts: Iterable[str]) -> Iterator[str]:
    lines = [f"{index}. {_escaped(text)}" for index, text in enumerate(texts, start=1)]
    if lines:
        yield "\n".join(lines) + "\n"


def _quotes(quotes: Sequence[Quote], footnotes: tables.Footnotes) -> Iterator[str]:
    names = (
        "#",
        "Offer",
        "Paid",
        "Landed",
        *tables.GROUPS.values(),
        "Lost at worst",
        "Landed cost",
        "Seen",
        "Notes",
    )
    yield from _table(names, (_quote_cells(quote, quotes, footnotes) for quote in quotes))


def _quote_cells(quote: Quote, everyone: Sequence[Quote], footnotes: tables.Footnotes) -> list[str]:
    code, cost = quote.offer.payer_currency, quote.cost()
    tags = "".join(f" ({tag})" for tag in tables.tags_of(quote))
    return [
        tables.place_words(quote, everyone),
        f"{tables.titled(quote)}{tags}",
        tables.money_range(quote.paid),
        tables.money_range(quote.landed),
        *(tables.short_money(money) for money in tables.taken_by(quote.worst, code).values()),
        str(tables.lost_shown(quote.worst, code)),
        tables.percent_range(cost.share) if cost is not None else "not known",
        quote.evidence.age(quote.payment.on),
        footnotes.refer(tables.notes_of(quote)),
    ]


def _bounds(bounds: Sequence[Bound], footnotes: tables.Footnotes) -> Iterator[str]:
    yield from _table(
        ("Offer", "Lands at best", "Paid", "Why", "It wins", "Seen", "Notes"),
        (
            [
                tables.titled(bound.quote),
                str(bound.quote.best.landed),
                str(bound.quote.best.paid),
                "; ".join(bound.why),
                tables.condition_words(bound),
                bound.quote.evidence.age(bound.quote.payment.on),
                footnotes.refer(tables.notes_of(bound.quote)),
            ]
            for bound in bounds
        ),
    )


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{'|'.join(' --- ' for _ in names)}|"
    yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)
    yield ""


def _cell(text: str) -> str:
    """Return the text of a cell; one that a spreadsheet takes for a formula is preceded by an apostrophe.

    An amount with a minus sign is a number and stays one.
    """
    shown = tables.clean(text)
    formula = shown.startswith(_FORMULA_STARTS) and not shown[1:2].isdigit()
    return _escaped(f"'{shown}" if formula else shown)


def _escaped(text: str) -> str:
    return tables.clean(text).translate(_MARKS)
