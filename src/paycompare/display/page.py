"""The answer as a fragment of HTML for notebooks: no scripts, nothing fetched, legible in light and dark."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Final

from paycompare.display import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paycompare.bound import Bound
    from paycompare.comparison import Comparison
    from paycompare.money import Money
    from paycompare.quote import Quote

__all__ = ["as_html"]

_COLOURS: Final = {
    "charges": "#3b82c4",
    "FX margin": "#d9822b",
    "levies": "#8e6bbf",
    "third parties": "#5a9e6f",
}
"""Mid tones, told apart by people who see few colours, with enough contrast on white and on black."""

_BAR: Final = 1000
"""Units of the drawing across which the largest loss is drawn."""

_STYLE: Final = """
.paycompare{font-family:system-ui,sans-serif;font-size:14px;line-height:1.4;max-width:72em;color:inherit}
.paycompare table{border-collapse:collapse;margin:.4em 0 1em;width:100%;font-size:13px;background:transparent}
.paycompare th,.paycompare td{padding:.35em .6em;text-align:left;vertical-align:top;border:0;
border-bottom:1px solid rgba(128,128,128,.35);color:inherit;background:transparent;white-space:normal}
.paycompare td:last-child{min-width:7em}
.paycompare .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.paycompare .verdict{margin:.6em 0;padding:.6em .9em;border-left:4px solid #d9822b;
background:rgba(128,128,128,.12)}
.paycompare .decided{border-left-color:#5a9e6f}.paycompare .open{border-left-color:#c8504f}
.paycompare .verdict b{font-size:1.15em}.paycompare ol,.paycompare ul{margin:.3em 0;padding-left:1.6em}
.paycompare .dim{opacity:.72;font-size:.92em}
.paycompare .tag{border:1px solid;border-radius:3px;padding:0 .3em;
font-size:.82em;white-space:nowrap;opacity:.85}
.paycompare h4{margin:1em 0 .2em;font-size:1em}
.paycompare svg{display:block;width:100%;min-width:8em;height:12px}
.paycompare .key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .9em;vertical-align:-1px}
""".replace("\n", "")


def as_html(comparison: Comparison) -> str:
    """Return a comparison as one self-contained HTML fragment.

    Args:
        comparison: The answer.

    Example:
        >>> import paycompare as pc
        >>> from datetime import date
        >>> as_html(pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30)))[:24]
        '<div class="paycompare">'
    """
    footnotes = tables.Footnotes.empty()
    return "".join(
        [
            '<div class="paycompare">',
            f"<style>{_STYLE}</style>",
            *_header(comparison),
            *_verdict(comparison),
            *_ranked(comparison, footnotes),
            *_bounds(comparison, footnotes),
            *_promotions(comparison, footnotes),
            *_tail(comparison, footnotes),
            "</div>",
        ]
    )


def _safe(text: object) -> str:
    return escape(tables.clean(text), quote=True)


def _header(comparison: Comparison) -> Iterator[str]:
    payments = [quote.payment for quote in comparison.quotes]
    yield f"<div><b>{_safe(tables.payment_words(comparison.payment, payments))}</b></div>"
    for rate in dict.fromkeys(comparison.references):
        yield f'<div class="dim">Reference: {_safe(tables.reference_words(rate))}</div>'


def _verdict(comparison: Comparison) -> Iterator[str]:
    verdict = comparison.verdict
    yield f'<div class="verdict {verdict.state}">Verdict: '
    yield f"<b>{_safe(tables.headline(verdict, tables.titles_of(comparison)))}</b>"
    if verdict.flips:
        yield f"<ol>{''.join(f'<li>{_safe(flip.words)}</li>' for flip in verdict.flips)}</ol>"
    if verdict.more:
        yield f'<div class="dim">and {verdict.more} more</div>'
    yield "</div>"


def _ranked(comparison: Comparison, footnotes: tables.Footnotes) -> Iterator[str]:
    if comparison.quotes:
        yield f"<h4>Ranked {_safe(tables.ranked_by(comparison.payment))}</h4>"
        yield from _legend(comparison.quotes)
        yield from _quote_table(comparison.quotes, footnotes)


def _promotions(comparison: Comparison, footnotes: tables.Footnotes) -> Iterator[str]:
    if comparison.promotions:
        yield "<h4>Promotions, never ranked</h4>"
        yield from _quote_table(comparison.promotions, footnotes)


def _legend(quotes: Sequence[Quote]) -> Iterator[str]:
    met = {name for quote in quotes for name, money in _taken(quote).items() if money.amount}
    keys = [
        f'<span class="key" style="background:{colour}"></span>{name}'
        for name, colour in _COLOURS.items()
        if name in met
    ]
    if keys:
        yield f'<div class="dim">Lost to{"".join(keys)}</div>'


def _taken(quote: Quote) -> dict[str, Money]:
    return tables.taken_by(quote.worst, quote.offer.payer_currency)


def _quote_table(quotes: Sequence[Quote], footnotes: tables.Footnotes) -> Iterator[str]:
    heads = ("#", "Offer", "Paid", "Landed", "Lost, and to whom", "Landed cost", "Seen")
    numbers = ("Paid", "Landed", "Landed cost")
    yield "<table><thead><tr>"
    for head in heads:
        kind = ' class="n"' if head in numbers else ""
        yield f"<th{kind}>{head}</th>"
    yield "</tr></thead><tbody>"
    scale = _Scale.of(quotes)
    for quote in quotes:
        yield from _quote_row(quote, quotes, scale, footnotes)
    yield "</tbody></table>"


def _quote_row(quote: Quote, everyone: Sequence[Quote], scale: _Scale, footnotes: tables.Footnotes) -> Iterator[str]:
    cost = quote.cost()
    lost = tables.lost_shown(quote.worst, quote.offer.payer_currency)
    at_worst = "" if quote.key.known else " at worst"
    words = ", ".join(f"{name} {tables.short_money(money)}" for name, money in _taken(quote).items() if money.amount)
    yield f"<tr><td>{tables.place_words(quote, everyone)}</td><td>{_offer(quote, footnotes)}</td>"
    yield f'<td class="n">{_ends(quote.paid.low, quote.paid.high)}</td>'
    yield f'<td class="n">{_ends(quote.landed.low, quote.landed.high)}</td>'
    yield f"<td>{scale.bar(_taken(quote), words)}{_safe(lost)}{at_worst}"
    yield f'<div class="dim">{_safe(words)}</div></td>'
    share = (
        ("not known", "not known")
        if cost is None
        else (tables.percent(cost.share.low), tables.percent(cost.share.high))
    )
    yield f'<td class="n">{_ends(*share)}</td><td>{_source(quote)}</td></tr>'


def _ends(low: object, high: object) -> str:
    return _safe(low) if low == high else f"{_safe(low)} to<br>{_safe(high)}"


def _offer(quote: Quote, footnotes: tables.Footnotes) -> str:
    title = f"<b>{_safe(tables.titled(quote))}</b>" if quote.rank == 1 else _safe(tables.titled(quote))
    tags = "".join(f' <span class="tag">{_safe(tag)}</span>' for tag in tables.tags_of(quote))
    numbers = footnotes.refer(tables.notes_of(quote))
    return f"{title}{tags}" + (f' <span class="dim">[{numbers}]</span>' if numbers else "")


def _source(quote: Quote) -> str:
    """Return the age of the evidence, linked to its page where that is an address of the web."""
    age = _safe(quote.evidence.age(quote.payment.on))
    source = tables.clean(quote.evidence.source)
    if source.startswith(("https://", "http://")):
        address = escape(source, quote=True)
        return f'<a href="{address}" rel="noopener noreferrer" style="color:inherit">{age}</a>'
    return f'{age}<div class="dim">{_safe(source)}</div>'


class _Scale:
    """Draws what each group took, all bars of a table on one scale; what is below zero goes to the left."""

    def __init__(self, below: Fraction, above: Fraction) -> None:
        self.below = below
        self.span = (below + above) or Fraction(1)

    @classmethod
    def of(cls, quotes: Iterable[Quote]) -> _Scale:
        """Return the scale on which the largest loss and the largest gain fit."""
        below = above = Fraction(0)
        for quote in quotes:
            amounts = [money.exact for money in _taken(quote).values()]
            above = max(above, sum((one for one in amounts if one > 0), Fraction(0)))
            below = max(below, -sum((one for one in amounts if one < 0), Fraction(0)))
        return cls(below, above)

    def bar(self, taken: dict[str, Money], words: str) -> str:
        """Return the bar of one quote with its words for those who cannot see it."""
        right = left = self._units(self.below)
        drawn: list[tuple[str, int, int]] = []
        for name, money in taken.items():
            width = self._units(abs(money.exact))
            if money.exact < 0:
                left -= width
            drawn.append((_COLOURS[name], left if money.exact < 0 else right, width))
            right += width if money.exact > 0 else 0
        boxes = "".join(
            f'<rect x="{start}" y="0" width="{width}" height="12" fill="{colour}"/>'
            for colour, start, width in drawn
            if width
        )
        return (
            f'<svg viewBox="0 0 {_BAR} 12" preserveAspectRatio="none" role="img" aria-label="{_safe(words)}">'
            f"<title>{_safe(words)}</title>{boxes}</svg>"
        )

    def _units(self, value: Fraction) -> int:
        return int(value / self.span * _BAR)


def _bounds(comparison: Comparison, footnotes: tables.Footnotes) -> Iterator[str]:
    if not comparison.bounds:
        return
    yield "<h4>Not ranked: something is not published or not confirmed</h4>"
    winner = any(bound.winner for bound in comparison.bounds)
    shown = [bound for bound in comparison.bounds if bound.beats_winner or not winner]
    hidden = [bound for bound in comparison.bounds if bound not in shown]
    if shown:
        yield '<table><thead><tr><th>Offer</th><th class="n">At best</th><th>Why</th><th>It wins</th>'
        yield "<th>Seen</th></tr></thead><tbody>"
        for bound in shown:
            yield from _bound_row(bound, footnotes)
        yield "</tbody></table>"
    if hidden:
        names = ", ".join(_safe(tables.loser_words(bound)) for bound in hidden)
        yield f'<details class="dim"><summary>{tables.plural(len(hidden), "offer")} '
        yield "loses" if len(hidden) == 1 else "lose"
        yield f" whatever is not published</summary>{names}</details>"


def _bound_row(bound: Bound, footnotes: tables.Footnotes) -> Iterator[str]:
    quote = bound.quote
    best = f"pays {quote.best.paid}" if quote.payment.side == "gets" else f"lands {quote.best.landed}"
    yield f'<tr><td>{_offer(quote, footnotes)}</td><td class="n">{_safe(best)}</td>'
    yield f"<td>{_safe('; '.join(bound.why))}</td><td>{_safe(tables.condition_words(bound))}</td>"
    yield f"<td>{_source(quote)}</td></tr>"


def _tail(comparison: Comparison, footnotes: tables.Footnotes) -> Iterator[str]:
    for text, number in footnotes.texts.items():
        yield f'<div class="dim">[{number}] {_safe(text)}</div>'
    if comparison.failures:
        yield "<h4>Could not be asked or read</h4><ul>"
        for failure in comparison.failures:
            yield f"<li>{_safe(f'{failure.provider}: {failure.reason}')}</li>"
        yield "</ul>"
    if comparison.observed:
        words = "; ".join(tables.observed_words(one) for one in comparison.observed)
        yield f'<p class="dim">Observed averages, no offers: {_safe(words)}</p>'
    if comparison.assumptions:
        yield f'<p class="dim">Taken: {_safe("; ".join(comparison.assumptions))}</p>'
    yield '<p class="dim">Landed cost: (paid - landed at the reference rate) / paid.'
    if comparison.declined:
        count = tables.plural(len(comparison.declined), "other tariff")
        yield f" Not applicable: {count}, see <code>declined</code>."
    yield "</p>"
