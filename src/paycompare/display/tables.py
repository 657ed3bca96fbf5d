"""The words and cells that every face shows: plain text, cleaned, exact until the last step.

Nothing here knows about terminals or pages. Text that comes from outside is cleaned of control characters
here and escaped by the face that shows it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.frame import flags_of, grouped
from paycompare.money import Money, as_decimal, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from paycompare.bound import Bound
    from paycompare.comparison import Comparison
    from paycompare.live.priced import Observed
    from paycompare.offer import Owner, Separate
    from paycompare.quote import Case, Live, Part, Quote
    from paycompare.reference.rate import Rate
    from paycompare.terms import Payment, Range
    from paycompare.verdict import Verdict

__all__ = [
    "GROUPS",
    "Footnotes",
    "case_words",
    "clean",
    "condition_words",
    "fixed_words",
    "headline",
    "loser_words",
    "lost_shown",
    "money_range",
    "notes_of",
    "part_words",
    "payment_words",
    "percent",
    "percent_range",
    "place_words",
    "plural",
    "ranked_by",
    "reference_words",
    "short_money",
    "significant",
    "step_words",
    "tags_of",
    "taken_by",
    "titled",
    "titles_of",
    "unknown_words",
]

GROUPS: Final = {
    "charges": "charges",
    "fx_margin": "FX margin",
    "levies": "levies",
    "third_parties": "third parties",
}
"""The groups of `paycompare.frame.GROUPS` as they are shown."""

_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_OWNERS: Final[Mapping[Owner, str]] = {
    "provider": "the provider",
    "correspondent": "correspondent banks",
    "payee_institution": "the payee's institution",
    "state": "the state",
}

_BITES: Final = {
    "on_top": "on top",
    "from_amount": "from the amount",
    "billed_later": "billed later",
    "in_the_rate": "in the rate",
}

_SIDES: Final = {"pays": "Payer pays", "sends": "Payer sends", "gets": "Payee gets"}

_RANKED_BY: Final = {
    "pays": "by what lands, worst case counted",
    "sends": "by landed cost, worst case counted",
    "gets": "by what is paid, worst case counted",
}


def clean(text: object) -> str:
    r"""Return text on one line without control, bidirectional or private characters.

    A provider's name can neither clear a terminal nor turn the line around.

    Args:
        text: Anything; its `str` is cleaned.

    Example:
        >>> clean("Bank\x1b[2J of\nNowhere\u202e")
        'Bank[2J of Nowhere'
    """
    spaced = "".join(" " if char in "\t\n\r\v\f\u2028\u2029" else char for char in str(text))
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _DROPPED)
    return " ".join(kept.split())


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    Example:
        >>> plural(1, "tariff"), plural(2, "tariff")
        ('1 tariff', '2 tariffs')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def short_money(money: Money) -> str:
    """Return an amount without its currency, thousands separated.

    Example:
        >>> short_money(Money.of("1234.5", "GBP"))
        '1,234.50'
    """
    return str(money).removesuffix(f" {money.currency}")


def money_range(span: Range[Money]) -> str:
    """Return an amount, or its two ends with the currency said once.

    Example:
        >>> from paycompare.terms import Range
        >>> money_range(Range(Money.of("10", "GBP"), Money.of("12.5", "GBP")))
        '10.00 to 12.50 GBP'
    """
    if span.known:
        return str(span.low)
    return f"{short_money(span.low)} to {span.high}"


def percent(share: Fraction) -> str:
    """Return a share of one as percent with two decimals, half up.

    Example:
        >>> percent(Fraction("0.00125")), percent(Fraction("-0.00125"))
        ('0.13%', '-0.13%')
    """
    return f"{as_decimal(rounded(share * 100, Fraction(1, 100))):.2f}%"


def percent_range(span: Range[Fraction]) -> str:
    """Return a share, or its two ends, in percent.

    Example:
        >>> from paycompare.terms import Range
        >>> percent_range(Range(Fraction("0.012"), Fraction("0.02565")))
        '1.20% to 2.57%'
    """
    low, high = percent(span.low), percent(span.high)
    return low if low == high else f"{low} to {high}"


def significant(value: Fraction, digits: int = 6) -> str:
    """Return a rate with at least so many significant digits, half up, without an exponent.

    Example:
        >>> significant(Fraction(1, 3)), significant(Fraction("127.22961")), significant(Fraction(1, 8000))
        ('0.333333', '127.230', '0.000125000')
    """
    places, size = digits, abs(value)
    while size >= 1 and places > 0:
        size, places = size / 10, places - 1
    while 0 < size < Fraction(1, 10):
        size, places = size * 10, places + 1
    shown = rounded(value, Fraction(1, 10**places))
    return f"{as_decimal(shown):.{places}f}"


def titled(quote: Quote) -> str:
    """Return what a person calls an offer."""
    return clean(quote.offer.title)


def fixed_words(payment: Payment) -> str:
    """Return the side held fixed and its amount, such as ``Payer pays 1,000.00 GBP``."""
    return f"{_SIDES[payment.side]} {payment.fixed}"


def payment_words(payment: Payment, also: Iterable[Payment] = ()) -> str:
    """Return the payment in one line: side, amount, corridor, day, segment and given conditions."""
    places = dict.fromkeys([str(payment.corridor), *(str(one.corridor) for one in also)])
    told = {
        "bearer": payment.bearer,
        "plan": payment.plan,
        "rail": payment.rail,
        "purpose": payment.purpose,
        "usage": payment.usage,
    }
    words = [fixed_words(payment), " and ".join(places), f"{payment.on}", payment.segment]
    words += ["chosen by the payee"] if payment.client == "payee" else []
    words += [f"{name} {value}" for name, value in told.items() if value]
    return clean(", ".join(words))


def reference_words(rate: Rate) -> str:
    """Return a reference rate with its source, kind, date, age and error bar."""
    if rate.base == rate.quote:
        return f"{rate.base} on both sides: no exchange"
    behind = rate.age
    age = "same day" if behind == 0 else f"{plural(behind, 'business day')} old"
    kind = [] if rate.kind in {"user", "identity"} else [rate.kind.replace("_", " ")]
    words = [clean(rate.source), *kind, f"{rate.observed}", age]
    words += [f"+/-{rate.error_bp / Decimal(100)}%"] if rate.error_bp else []
    words += [flag.replace("_", " ") for flag in rate.flags if flag != rate.kind]
    return f"1 {rate.base} = {significant(rate.value)} {rate.quote} ({', '.join(words)})"


def headline(verdict: Verdict, titles: Mapping[str, str]) -> str:
    """Return the verdict's first line: who, and how sure."""
    if verdict.state == "decided":
        return f"Decided: {titles.get(verdict.best or '', verdict.best)}."
    if verdict.state == "decided_unless":
        return f"{titles.get(verdict.best or '', verdict.best)}, unless:"
    return clean(verdict.words)


def ranked_by(payment: Payment) -> str:
    """Return what the ranking is by, in words."""
    return _RANKED_BY[payment.side]


def place_words(quote: Quote, everyone: Sequence[Quote]) -> str:
    """Return the rank, with ``=`` for a tie."""
    if quote.rank is None:
        return ""
    tied = sum(other.rank == quote.rank for other in everyone) > 1
    return f"{quote.rank}{'=' if tied else ''}"


def taken_by(case: Case, code: str) -> dict[str, Money]:
    """Return what each group took in one case, in the payer's currency, by the name it is shown under.

    The amounts sum to `lost_shown` exactly, because each part's displayed value does.
    """
    return {GROUPS[group]: Money.of(total, code) for group, total in grouped(case).items()}


def lost_shown(case: Case, code: str) -> Money:
    """Return what was lost on the way in one case, in the payer's currency: the sum of the shown parts."""
    return Money.of(sum((part.shown.amount for part in case.parts), Decimal(0)), code)


def part_words(part: Part) -> str:
    """Return one part's name, owner and place, with its own currency and remarks where they say more."""
    words = [_OWNERS[part.owner], _BITES.get(part.bite, part.bite.replace("_", " "))]
    if part.taken.currency != part.shown.currency:
        words.append(f"{part.taken}")
    words += part.flags
    return clean(f"{step_words(part.name)} ({', '.join(words)})")


def step_words(name: str) -> str:
    """Return the name of a step as a person would write it.

    Example:
        >>> step_words("fx_margin")
        'FX margin'
    """
    return " ".join("FX" if word == "fx" else word for word in name.split("_"))


def case_words(case: Case) -> str:
    """Return what happens in a case: each cause with its end."""
    ends = {Fraction(0): "at its cheap end", Fraction(1): "at its dear end"}
    words = [
        f"{cause} {ends.get(at, f'{percent(at)} of the way to its dear end')}" for cause, at in case.positions.items()
    ]
    return clean("; ".join(words))


def unknown_words(unknown: str) -> str:
    """Return a named unknown as a person would say it.

    Example:
        >>> unknown_words("payee_bank:CN")
        "charges of the payee's bank (CN)"
    """
    who, _, where = unknown.partition(":")
    names = {"payee_bank": "the payee's bank", "correspondents": "correspondent banks"}
    return clean(f"charges of {names.get(who, who.replace('_', ' '))} ({where})")


def tags_of(quote: Quote) -> list[str]:
    """Return the short remarks that belong into a quote's own row."""
    tags = ["estimate"] if quote.standing == "modelled" else []
    if quote.live is not None:
        tags.append("live")
    if quote.ranks is not None and not quote.ranks.known:
        tags.append(f"could rank {quote.ranks}")
    cost = quote.cost()
    if cost is not None and cost.negative and quote.standing in ("complete", "modelled"):
        tags.append("beats the reference rate")
    return tags


def notes_of(quote: Quote) -> Iterator[str]:
    """Yield the remarks of a quote that stand beneath the table."""
    for assumed in quote.offer.modelled:
        yield f"estimate: {assumed}"
    if quote.live is not None:
        yield live_words(quote.live)
    if quote.unknowns:
        counted = " and ".join(unknown_words(one) for one in sorted(quote.unknowns))
        expected = quote.landed_expected
        typical = f"; typically {money_range(expected)} arrives" if expected is not None else ""
        yield f"not counted, because no page fixes them: {counted}{typical}"
    yield from _leftovers(quote)
    later = [case.later for case in quote.cases if case.later.amount]
    if later:
        yield f"of what is paid, up to {max(later)} is billed later"
    for flag in flags_of(quote):
        if flag != "beats the reference rate":
            yield flag
    if quote.evidence.note:
        yield quote.evidence.note
    if quote.separate:
        yield f"not included: {'; '.join(map(_beside, quote.separate))}"
    if quote.speed:
        yield f"time: {quote.speed}"


def _beside(price: Separate) -> str:
    """Return a price beside the total in words, with its amount where one is known."""
    amount = f"{price.amount}{f' per {price.per}' if price.per else ''}, ".replace("_", " ") if price.amount else ""
    waived = f", waived {price.waived}" if price.waived else ""
    return f"{price.name.replace('_', ' ')}: {amount.replace(' per once', ' once')}{price.words}{waived}"


def live_words(live: Live) -> str:
    """Return where a live price is from, when it held and until when it holds, and what was stated."""
    ends = f", expires {_instant(live.expires_at)}" if live.expires_at else ""
    rate = f" at {significant(live.rate)}" if live.rate else ""
    mid = f", mid-market rate then {significant(live.mid)}" if live.mid else ""
    gap = f", up to {live.error_bp / Decimal(100)}% apart from the reference's hour" if live.error_bp else ""
    said = f"as stated {live.paid} lands {live.landed}{rate}{mid}{gap}"
    return clean(f"live from {live.source}, collected {_instant(live.collected_at)}{ends}: {said}")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def observed_words(observed: Observed) -> str:
    """Return an average that somebody observed, with for what, when and by whom."""
    what = f"sending {observed.amount} {observed.direction} {observed.country}"
    return clean(f"{what} cost {percent(observed.share)} on average in {observed.period} ({observed.publisher})")


def _leftovers(quote: Quote) -> Iterator[str]:
    if quote.unspent is not None and quote.unspent.high.amount:
        yield f"stays with the payer: {money_range(quote.unspent)}"
    if quote.overshoot is not None and quote.overshoot.high.amount:
        yield f"lands beyond what was asked for: {money_range(quote.overshoot)}"


@dataclass
class Footnotes:
    """Remarks collected from rows, each said once and referred to by a number."""

    texts: dict[str, int]

    @classmethod
    def empty(cls) -> Footnotes:
        """Start without remarks."""
        return cls({})

    def refer(self, notes: Iterable[str]) -> str:
        """Return the numbers of these remarks, such as ``1, 3``, adding those that are new."""
        numbers = [self.texts.setdefault(clean(note), len(self.texts) + 1) for note in notes]
        return ", ".join(map(str, sorted(set(numbers))))


def condition_words(bound: Bound) -> str:
    """Return under which condition a bound wins, with the rate to ask for and where the order changes."""
    words = bound.condition
    if bound.thresholds and bound.wins_below != bound.may_win_below and bound.may_win_below:
        words += f"; may win below {percent(bound.may_win_below)}"
    flips = bound.flips_at
    if flips is not None:
        words += f"; the order changes from {flips} on"
    return clean(words)


def loser_words(bound: Bound) -> str:
    """Return the title of a bound that cannot win, with the amount from which on it could."""
    flips = bound.flips_at
    return titled(bound.quote) + (f" (could win from {flips} on)" if flips is not None else "")


def titles_of(comparison: Comparison) -> dict[str, str]:
    """Return offer id to title, for every offer of a comparison."""
    quotes = [*comparison.quotes, *(bound.quote for bound in comparison.bounds), *comparison.promotions]
    return {quote.offer.id: titled(quote) for quote in quotes}
