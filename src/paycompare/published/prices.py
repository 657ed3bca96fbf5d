"""From the words of a tariff file to exact functions: prices and margins as spreads of curves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.curve import Curve
from paycompare.offer import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paycompare.published.schema import Edged, Margin, MarginBand, Price

__all__ = ["ALLOWANCE", "Priced", "margin_of", "margin_spread", "price_spread"]

ALLOWANCE: Final = "use of the allowance"
"""The cause of every range between an unused and a used-up allowance; ``usage=`` settles it."""

_ZERO: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price or margin as far as its page supports it.

    Attributes:
        spread: The function, or its two ends.
        least: What an unpublished figure is at least; None when everything is published.
    """

    spread: Spread
    least: Fraction | None = None


def price_spread(price: Price, cause: str, usage: str | None = None) -> Priced:
    """Return a price as a spread of curves over its base.

    Args:
        price: The table of the file.
        cause: What a range of this price is called.
        usage: ``unused`` or ``used_up`` where the caller settled it.

    Raises:
        ValueError: Bands overlap, or a band follows an open-ended one.
    """
    if price.not_published:
        return Priced(Spread.known(Curve.constant(_ZERO)), _ZERO)
    if price.at_least is not None:
        floor = price_spread(price.at_least, cause, usage)
        return Priced(floor.spread, floor.spread.low(_ZERO) if floor.spread.low.get(_ZERO) is not None else _ZERO)
    low, high, why = _ends(price, cause, usage)
    low, high = (curve.clamp(least=price.least, most=price.most) for curve in (low, high))
    return Priced(Spread.known(low) if low == high else Spread(low, high, why))


def _ends(price: Price, cause: str, usage: str | None) -> tuple[Curve, Curve, str]:
    """Return the cheap and the dear end of a price, before its minimum and maximum, and what moves it."""
    if price.at_most is not None:
        _, high, why = _whole(price.at_most, cause, usage)
        return Curve.constant(_ZERO), high, why
    if price.between is not None:
        (low, _, _), (_, high, _) = (_whole(one, cause, usage) for one in price.between)
        return low, high, cause
    if price.usage is not None:
        unused, used_up = (_whole(one, cause, usage) for one in (price.usage.unused, price.usage.used_up))
        settled = {"unused": (unused, unused), "used_up": (used_up, used_up)}
        first, last = settled.get(usage or "", (unused, used_up))
        return first[0], last[1], ALLOWANCE
    if price.bands:
        ends = [_whole(band.price, cause, usage) for band in price.bands]
        edges = [_edge(band) for band in price.bands]
        low = Curve.bands([(*edge, end[0]) for edge, end in zip(edges, ends, strict=True)])
        high = Curve.bands([(*edge, end[1]) for edge, end in zip(edges, ends, strict=True)])
        return low, high, next((end[2] for end in ends if end[0] != end[1]), cause)
    if price.slices:
        curve = Curve.slices(
            [(piece.up_to if piece.up_to is not None else piece.below, piece.share) for piece in price.slices],
            price.flat or _ZERO,
        )
        return curve, curve, cause
    if price.sum or price.highest:
        join: Callable[[Curve, Curve], Curve] = Curve.__add__ if price.sum else Curve.higher
        ends = [_whole(one, cause, usage) for one in price.sum or price.highest]
        why = next((end[2] for end in ends if end[0] != end[1]), cause)
        return _fold(join, [end[0] for end in ends]), _fold(join, [end[1] for end in ends]), why
    line = Curve.line(price.share or _ZERO, price.flat or _ZERO)
    return line, line, cause


def _whole(price: Price, cause: str, usage: str | None) -> tuple[Curve, Curve, str]:
    spread = price_spread(price, cause, usage).spread
    return spread.low, spread.high, spread.cause or cause


def _fold(join: Callable[[Curve, Curve], Curve], curves: Sequence[Curve]) -> Curve:
    result = curves[0]
    for curve in curves[1:]:
        result = join(result, curve)
    return result


def _edge(band: Edged) -> tuple[Fraction | None, bool]:
    return (band.up_to, True) if band.up_to is not None else (band.below, False)


def margin_of(margins: Sequence[Margin], pair: tuple[str, str]) -> Margin | None:
    """Return the table for a pair of currencies: the first that lists both, or that lists none."""
    return next((one for one in margins if not one.currencies or set(pair) <= set(one.currencies)), None)


def margin_spread(
    margins: Sequence[Margin], pair: tuple[str, str], cause: str, usage: str | None = None
) -> Priced | None:
    """Return the margin of a pair of currencies over the amount converted.

    Args:
        margins: The tables of the step, first match wins; one without currencies is the default.
        pair: The two currencies.
        cause: What a range of this margin is called.
        usage: ``unused`` or ``used_up`` where the caller settled it.

    Returns:
        The margin, or None when the page gives none for this pair.
    """
    margin = margin_of(margins, pair)
    return None if margin is None else _margin(margin, cause, usage)


def _margin(margin: Margin, cause: str, usage: str | None) -> Priced:
    if margin.not_published:
        return Priced(Spread.known(Curve.constant(_ZERO)), _ZERO)
    if margin.at_least is not None:
        return Priced(Spread.known(Curve.constant(margin.at_least)), margin.at_least)
    if margin.bands:
        return Priced(_banded(margin.bands, cause))
    if margin.usage is not None:
        unused, used_up = margin.usage
        low, high = {"unused": (unused, unused), "used_up": (used_up, used_up)}.get(usage or "", margin.usage)
        return Priced(_constant(low, high, ALLOWANCE))
    if margin.at_most is not None:
        return Priced(_constant(_ZERO, margin.at_most, cause))
    if margin.between is not None:
        return Priced(_constant(*margin.between, cause))
    return Priced(Spread.known(Curve.constant(margin.share or _ZERO)))


def _constant(low: Fraction, high: Fraction, cause: str) -> Spread:
    low, high = min(low, high), max(low, high)
    if low == high:
        return Spread.known(Curve.constant(low))
    return Spread(Curve.constant(low), Curve.constant(high), cause)


def _banded(bands: Sequence[MarginBand], cause: str) -> Spread:
    def ends(band: MarginBand) -> tuple[Fraction, Fraction]:
        pair = band.between if band.between is not None else (band.share or _ZERO,) * 2
        return min(pair), max(pair)

    low, high = (Curve.bands([(*_edge(band), Curve.constant(ends(band)[end])) for band in bands]) for end in (0, 1))
    return Spread.known(low) if low == high else Spread(low, high, cause)
