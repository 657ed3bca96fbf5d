"""From the words of a tariff file to exact functions: prices and margins as spreads of curves.

A range that an allowance or a volume moves runs from unused (position 0) to used up (position 1). What use makes dearer
has one cause, what it makes cheaper another: how many payments were made does not say how much money was sent, so that
one may be used up and the other not, and a range over both covers whatever is said later.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Final

from paycompare.curve import Curve
from paycompare.money import Money, as_decimal
from paycompare.offer import Spread
from paycompare.terms import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from paycompare.published.price_schema import Allowance, Edged, Margin, MarginBand, Price, Volume
    from paycompare.published.vocabulary import Conditions

__all__ = ["ALLOWANCE", "Priced", "Pricing", "floor_words", "margin_of", "margin_spread", "price_spread"]

ALLOWANCE: Final = "use of the allowance"
"""The cause of every range that use makes dearer, from an unused to a used-up allowance; ``usage=`` settles it."""

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)
_UNKNOWN: Final = Usage()


def _own_currency(code: str) -> Fraction:
    msg = f"found an amount in {code}, expected amounts in the currency of the step"
    raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Pricing:
    """What a price needs besides its own words.

    Attributes:
        cause: What a range of this price is called.
        usage: What was used of allowances before, as `Usage.parse` reads it; None when not known.
        counter: What a range between an unused and a used-up allowance is called, where use makes it dearer.
        worth: Units of the price's currency per unit of another currency, at the reference.
        plain: Units of the price's currency per unit of the currency in which figures without one are written down.
    """

    cause: str
    usage: str | None = None
    counter: str = ALLOWANCE
    worth: Callable[[str], Fraction] = _own_currency
    plain: Fraction = _ONE

    @property
    def used(self) -> Usage:
        """What was used before; nothing said when the caller said nothing."""
        return _UNKNOWN if self.usage is None else Usage.parse(self.usage)

    @property
    def cheaper_counter(self) -> str:
        """What a range is called in which use makes it cheaper."""
        return f"{self.counter}, where more makes it cheaper"

    def figure(self, value: Fraction | Money) -> Fraction:
        """Return a figure in the currency of the price."""
        return value.exact * self.worth(value.currency) if isinstance(value, Money) else value * self.plain


@dataclass(frozen=True, slots=True)
class Priced:
    """A price or margin as far as its page supports it.

    Attributes:
        spread: The function, or its two ends.
        least: What an unpublished figure is at least; None when everything is published.
    """

    spread: Spread
    least: Fraction | None = None


_Ends = tuple[Curve, Curve, str]
"""The curve at position 0, at position 1, and what moves between them."""


def price_spread(price: Price, pricing: Pricing) -> Priced:
    """Return a price as a spread of curves over its base.

    Args:
        price: The table of the file; one that is the same as another is looked up before.
        pricing: What it is called, what was used before, and what currencies are worth.

    Raises:
        ValueError: Bands overlap, or a band follows an open-ended one.
    """
    if price.not_published:
        return Priced(Spread.known(Curve.constant(_ZERO)), _ZERO)
    if price.at_least is not None:
        floor = price_spread(price.at_least, pricing)
        return Priced(floor.spread, floor.spread.low.get(_ZERO) or _ZERO)
    low, high, why = _ends(price, pricing)
    return Priced(Spread.known(low) if low == high else Spread(low, high, why))


def floor_words(price: Price, code: str) -> str:
    """Return the "from" of a price as its page has it; empty for a price that has none.

    Args:
        price: The table of the file.
        code: The currency of figures without one.
    """
    least = price.at_least
    if least is None:
        return ""
    if least.share is None and least.flat is None:
        return "what its page prints for the amount"
    share = None if least.share is None else f"{as_decimal(least.share * 100)}%"
    flat = None if least.flat is None else _in_words(least.flat, code)
    each = None if least.each is None else f"for each {_in_words(least.each, code)}"
    main = " and ".join(one for one in (flat, share) if one)
    bounds = [
        f"{word} {_in_words(bound, code)}"
        for word, bound in (("at least", least.least), ("at most", least.most))
        if bound is not None
    ]
    factor = None if least.scale is None else f"times {as_decimal(least.scale)}"
    return ", ".join(one for one in (f"{main} {each}" if each else main, *bounds, factor) if one)


def _in_words(figure: Fraction | Money, code: str) -> str:
    return str(figure if isinstance(figure, Money) else Money.of(as_decimal(figure), code))


def _ends(price: Price, pricing: Pricing) -> _Ends:
    """Return the two ends of a price, between its minimum and maximum, and what moves it."""
    low, high, why = _form(price, pricing)
    least, most = (None if one is None else pricing.figure(one) for one in (price.least, price.most))
    scale = price.scale
    low, high = (curve.clamp(least=least, most=most) for curve in (low, high))
    return (low, high, why) if scale is None else (low.scale(scale), high.scale(scale), why)


def _form(price: Price, pricing: Pricing) -> _Ends:
    if price.at_most is not None:
        first, last, why = _ends(price.at_most, pricing)
        settled = why in (pricing.cause, pricing.counter)
        return Curve.constant(_ZERO), first.higher(last), why if settled else pricing.cause
    if price.between is not None:
        (low, _, _), (_, high, _) = (_ordered(_ends(one, pricing)) for one in price.between)
        return low, high, pricing.cause
    if price.usage is not None:
        return _between_uses(price.usage.unused, price.usage.used_up, pricing.used.state, pricing)
    if price.allowance is not None:
        return _allowance(price.allowance, pricing)
    if price.volume is not None:
        return _volume(price.volume, pricing)
    if price.bands:
        edges = [_edge(band, pricing) for band in price.bands]
        return _joined(
            [_ends(band.price, pricing) for band in price.bands],
            lambda curves: Curve.bands([(*edge, curve) for edge, curve in zip(edges, curves, strict=True)]),
            pricing,
        )
    if price.slices:
        bounds = [(_edge(piece, pricing)[0], piece.share) for piece in price.slices]
        curve = Curve.slices(bounds, _ZERO if price.flat is None else pricing.figure(price.flat))
        return curve, curve, pricing.cause
    if price.sum or price.highest:
        join: Callable[[Curve, Curve], Curve] = Curve.__add__ if price.sum else Curve.higher
        return _joined([_ends(one, pricing) for one in price.sum or price.highest], lambda c: reduce(join, c), pricing)
    flat, share = _ZERO if price.flat is None else pricing.figure(price.flat), price.share or _ZERO
    line = Curve.line(share, flat) if price.each is None else Curve.line(share + flat / pricing.figure(price.each))
    return line, line, pricing.cause


def _joined(ends: Sequence[_Ends], join: Callable[[Iterable[Curve]], Curve], pricing: Pricing) -> _Ends:
    """Join several prices end by end; where different things move them, from all at their least to all at their most.

    The range of such a price is its own: each of its ends is reached, whatever else is used or not.
    """
    causes = dict.fromkeys(end[2] for end in ends if end[0] != end[1])
    if len(causes) > 1:
        ends = [_ordered(end) for end in ends]
    why = next(iter(causes)) if len(causes) == 1 else pricing.cause
    return join([end[0] for end in ends]), join([end[1] for end in ends]), why


def _ordered(ends: _Ends) -> _Ends:
    """Return two ends with what is less at every amount first."""
    first, last, why = ends
    return first.lower(last), first.higher(last), why


def _used(first: Curve, last: Curve, pricing: Pricing) -> _Ends:
    """Return a price unused and used up, with the cause that moves it: by whether use makes it dearer or cheaper."""
    if first.lower(last) == first:
        return first, last, pricing.counter
    if first.higher(last) == first:
        return first, last, pricing.cheaper_counter
    return *_ordered((first, last, ""))[:2], pricing.cause


def _between_uses(unused: Price, used_up: Price, state: str | None, pricing: Pricing) -> _Ends:
    """Return the price with an allowance unused and used up; one of the two where the caller settled it."""
    if state is not None:
        return _ends(used_up if state == "used_up" else unused, pricing)
    first, last = _ends(unused, pricing), _ends(used_up, pricing)
    if first[0] == first[1] and last[0] == last[1]:
        return _used(first[0], last[1], pricing)
    (low, high, _), (other_low, other_high, _) = _ordered(first), _ordered(last)
    return low.lower(other_low), high.higher(other_high), pricing.cause


def _allowance(allowance: Allowance, pricing: Pricing) -> _Ends:
    used = pricing.used
    if allowance.payments is not None:
        state = used.state
        if used.payments is not None:
            state = "unused" if used.payments < allowance.payments else "used_up"
        return _between_uses(allowance.within, allowance.beyond, state, pricing)
    whole = pricing.figure(allowance.amount) if allowance.amount is not None else _ZERO
    within, beyond = allowance.within.share or _ZERO, allowance.beyond.share or _ZERO

    def with_left(left: Fraction) -> Curve:
        return Curve.slices([(left, within), (None, beyond)]) if left > 0 else Curve.line(beyond)

    if used.amount is not None:
        curve = with_left(max(_ZERO, whole - pricing.figure(used.amount)))
        return curve, curve, pricing.counter
    first = with_left(_ZERO if used.state == "used_up" else whole)
    last = with_left(whole if used.state == "unused" else _ZERO)
    return _used(first, last, pricing)


def _volume(volume: Volume, pricing: Pricing) -> _Ends:
    used = pricing.used
    tiers = [(*_edge(tier, pricing), tier.share) for tier in volume.tiers]
    last = Curve.line(tiers[-1][2])

    def after(before: Fraction) -> Curve:
        if volume.whole:
            return Curve.line(next(share for end, _, share in tiers if end is None or before < end))
        whole = Curve.slices([(end, share) for end, _, share in tiers])
        return whole.after(Curve.line(1, before)).shift_up(-whole(before))

    if used.amount is not None:
        curve = after(pricing.figure(used.amount))
        return curve, curve, pricing.counter
    shares = [share for _, _, share in tiers]
    if used.state is None and shares not in (sorted(shares), sorted(shares, reverse=True)):
        return Curve.line(min(shares)), Curve.line(max(shares)), pricing.cause  # neither end is where nothing was sent
    first = last if used.state == "used_up" else after(_ZERO)
    return _used(first, after(_ZERO) if used.state == "unused" else last, pricing)


def _edge(band: Edged, pricing: Pricing) -> tuple[Fraction | None, bool]:
    bound = band.up_to if band.up_to is not None else band.below
    return None if bound is None else pricing.figure(bound), band.up_to is not None


def margin_of(
    margins: Sequence[Margin], pair: tuple[str, str], holds: Callable[[Conditions | None], bool] = lambda _: True
) -> Margin | None:
    """Return the first table that lists both currencies of a pair, or none, and whose conditions hold.

    Args:
        margins: The tables of the step; one without currencies is for every pair.
        pair: The two currencies.
        holds: Whether the conditions of a table hold for the payment.
    """
    fitting = (one for one in margins if not one.currencies or set(pair) <= set(one.currencies))
    return next((one for one in fitting if holds(one.only)), None)


def margin_spread(margin: Margin, pricing: Pricing) -> Priced:
    """Return a margin over the amount converted, before its surcharges.

    Args:
        margin: The table of the step that holds for the pair.
        pricing: What it is called, and what was used before; ``worth`` is for the bounds of its bands.
    """
    if margin.not_published:
        return Priced(Spread.known(Curve.constant(_ZERO)), _ZERO)
    if margin.at_least is not None:
        return Priced(Spread.known(Curve.constant(margin.at_least)), margin.at_least)
    if margin.bands:
        return Priced(_banded(margin.bands, pricing))
    if margin.usage is not None:
        unused, used_up = margin.usage
        state = pricing.used.state
        first, last = (used_up if state == "used_up" else unused), (unused if state == "unused" else used_up)
        return Priced(_moved(first, last, pricing.counter if first <= last else pricing.cheaper_counter))
    if margin.spread is not None:
        first, last = margin.discount if isinstance(margin.discount, tuple) else (margin.discount or _ZERO,) * 2
        return Priced(_between(margin.spread * (1 - first), margin.spread * (1 - last), pricing.cause))
    if margin.at_most is not None:
        return Priced(_between(_ZERO, margin.at_most, pricing.cause))
    if margin.between is not None:
        return Priced(_between(*margin.between, pricing.cause))
    return Priced(Spread.known(Curve.constant(margin.share or _ZERO)))


def _between(one: Fraction, other: Fraction, cause: str) -> Spread:
    return _moved(min(one, other), max(one, other), cause)


def _moved(first: Fraction, last: Fraction, cause: str) -> Spread:
    if first == last:
        return Spread.known(Curve.constant(first))
    return Spread(Curve.constant(first), Curve.constant(last), cause)


def _banded(bands: Sequence[MarginBand], pricing: Pricing) -> Spread:
    def ends(band: MarginBand) -> tuple[Fraction, Fraction]:
        pair = band.between if band.between is not None else (band.share or _ZERO,) * 2
        return min(pair), max(pair)

    low, high = (
        Curve.bands([(*_edge(band, pricing), Curve.constant(ends(band)[end])) for band in bands]) for end in (0, 1)
    )
    return Spread.known(low) if low == high else Spread(low, high, pricing.cause)
