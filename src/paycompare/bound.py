"""Bounds: offers whose page leaves something unsaid, and what would have to be true for them to win.

A bound is priced with everything unpublished at its least possible value. If even then it loses to the winner, nothing
that its provider may say can change the answer. Otherwise the value at which it stops winning is worked out, by
exact walks on a grid fine enough to print.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from paycompare.curve import Curve
from paycompare.money import Money, as_decimal, rounded
from paycompare.offer import Convert, Spread, Take
from paycompare.scenario import rank_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from paycompare.offer import Offer, Unpublished
    from paycompare.quote import Quote

__all__ = ["IF_SERVED", "MARGIN_GRID", "Bound", "Threshold", "threshold"]

MARGIN_GRID: Final = Fraction(1, 100_000)
"""Margins are solved to a thousandth of a percent."""

IF_SERVED: Final = ", if it serves this payment"
"""What an unconfirmed offer's condition ends with."""

_BEST, _WORST = 0, 1

_RATE_DIGITS: Final = 5
"""Significant digits of a rate to ask for; it is rounded in the asker's favour and walked."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Below which value an unpublished figure makes its offer win.

    Attributes:
        step: The step that it belongs to.
        kind: ``margin`` or ``surcharge``, a fraction of one, or ``charge``, money of ``currency``.
        wins_below: Below it the offer beats the winner's best case; 0 when it never does.
        may_win_below: Below it the offer beats the winner's worst case.
        currency: Currency of a charge; None for a margin.
        ask_rate: Applied rate, payee currency per payer currency, from which on it surely wins (rounding may let a rate
            one step worse win too); None for a charge.
        others_at_least: Whether other unpublished figures were held at their least value meanwhile.
        pair: Payer's and payee's currency, which the rate to ask for is stated in.
    """

    step: str
    kind: str
    wins_below: Fraction
    may_win_below: Fraction
    currency: str | None
    ask_rate: Decimal | None
    others_at_least: bool

    pair: tuple[str, str]

    @property
    def words(self) -> str:
        """The condition in words, without the provider."""
        surely = self.wins_below > 0
        limit = self.wins_below if surely else self.may_win_below
        may = "" if surely else "at best only "
        if self.kind == "charge":
            named = self.step.replace("_", " ")
            return f"{may}if its {named} is under {Money.of(as_decimal(limit), self.currency or '')}"
        percent = as_decimal(rounded(limit * 100, Fraction(1, 100), "down"), 2)
        if self.kind == "surcharge":
            return f"{may}if what it adds to the margin of its page is under {percent}%"
        asked = f": ask for {self.ask_rate} {self.pair[1]} per {self.pair[0]} or better" if self.ask_rate else ""
        return f"{may}below a {percent}% margin{asked}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Bound:
    """An offer that cannot be ranked, with the reason and the condition under which it would win.

    Attributes:
        quote: The offer with everything unpublished at its least value.
        why: What keeps it out of the ranking, one reason each.
        winner: The quote that it was held against; None when there is none.
    """

    quote: Quote
    why: tuple[str, ...]
    winner: Quote | None = None

    def __repr__(self) -> str:
        """Return the bound in one line; every figure has an attribute."""
        return f"<Bound {self.quote.offer.id}: {self.condition}>"

    @property
    def provider(self) -> str:
        """Id of the provider."""
        return self.quote.provider

    @property
    def beats_winner(self) -> bool:
        """Whether, as bounded, it could beat the winner."""
        return self.winner is not None and self.quote.may_lead(self.winner)

    @cached_property
    def thresholds(self) -> tuple[Threshold, ...]:
        """One for each unpublished figure that decides against the winner; solved when first asked for."""
        if self.winner is None or not self.beats_winner:
            return ()
        return tuple(threshold(self.quote, one, self.winner) for one in self.quote.offer.unpublished)

    @cached_property
    def room(self) -> Fraction:
        """About how much of the amount its unpublished figures may take together before it loses, a fraction of one.

        It orders bounds; `wins_below` is the exact figure. 0 when it cannot win, or nothing of it is unpublished.
        """
        if self.winner is None or not self.beats_winner or not self.quote.offer.unpublished:
            return Fraction(0)
        return _room(self.quote, self.quote.key.low, self.winner.key.high)

    @property
    def _margin(self) -> Threshold | None:
        return next((one for one in self.thresholds if one.kind == "margin"), None)

    @property
    def wins_below(self) -> Fraction | None:
        """The margin below which it beats the winner's best case; None when no margin is unpublished."""
        return self._margin.wins_below if self._margin else None

    @property
    def may_win_below(self) -> Fraction | None:
        """The margin below which it beats the winner's worst case; None when no margin is unpublished."""
        return self._margin.may_win_below if self._margin else None

    @property
    def ask_rate(self) -> Decimal | None:
        """The rate to ask for, payee currency per payer currency; None when no rate makes it win."""
        return self._margin.ask_rate if self._margin else None

    @cached_property
    def flips_at(self) -> Money | None:
        """The least amount of the fixed side, from this one on, at which the order against the winner is another.

        With everything unpublished at its least value, searched up to a thousand times the amount; None when the order
        stays, or there is no winner.
        """
        from paycompare.crossover import order_changes_at

        if self.winner is None:
            return None
        return order_changes_at(self.quote, self.winner)

    @property
    def condition(self) -> str:
        """What would have to be true for it to win, in words."""
        if self.winner is None:
            return "nothing to compare it with"
        if not self.beats_winner:
            return "loses whatever is not published"
        if self.thresholds:
            also = ", each with the others at their least" if self.thresholds[0].others_at_least else ""
            served = IF_SERVED if self.quote.offer.unconfirmed else ""
            return "wins only " + ", and ".join(one.words for one in self.thresholds) + also + served
        return "wins if it holds"


def threshold(quote: Quote, unpublished: Unpublished, winner: Quote) -> Threshold:
    """Solve one unpublished figure of a bounded offer against the winner, the others at their least value.

    Args:
        quote: The bounded offer's quote.
        unpublished: The figure.
        winner: The quote to beat.
    """
    offer = quote.offer
    if unpublished.kind != "charge":
        grid, currency = MARGIN_GRID, None
    else:
        step = next(step for step in offer.steps if isinstance(step, Take) and step.name == unpublished.step)
        currency = next(iter(step.currencies.values()))
        grid = offer.grid[currency]

    @cache
    def keys(position: int) -> tuple[Fraction, Fraction] | None:
        return _keys(quote, _with(offer, unpublished, position * grid))

    def last(target: Fraction, end: int) -> int | None:
        least = quote.key.high if end == _WORST else quote.key.low
        room = _room(quote, least, target) if currency is None else _worth(quote, currency) * abs(target - least) / paid
        probe = start + max(1, min(int(room / grid), ceiling - start))

        def above(position: int) -> Fraction | None:
            found = keys(position)
            return None if found is None else found[end] - target

        return _last_below(above, (start, least - target), probe, ceiling)

    start = int(unpublished.least / grid)
    paid = quote.worst.figures.paid
    ceiling = int(1 / grid) - 1 if currency is None else int(_worth(quote, currency) * 2 / grid) + 1
    surely = last(winner.key.low, _WORST)
    maybe = surely if winner.key.known and quote.key.known else last(winner.key.high, _BEST)
    return Threshold(
        step=unpublished.step,
        kind=unpublished.kind,
        wins_below=Fraction(0) if surely is None else (surely + 1) * grid,
        may_win_below=Fraction(0) if maybe is None else (maybe + 1) * grid,
        currency=currency,
        ask_rate=None
        if surely is None or unpublished.kind != "margin"
        else _ask(quote, unpublished, surely * grid, winner),
        others_at_least=len(offer.unpublished) > 1,
        pair=(offer.payer_currency, offer.payout_currency),
    )


def _room(quote: Quote, least: Fraction, target: Fraction) -> Fraction:
    """Estimate the margin that takes a rank key without any to a target, as if nothing else depended on the rate."""
    if quote.payment.side == "gets":
        return 1 - least / target
    if quote.payment.side == "pays":
        return 1 - target / least
    return 1 - (1 - target) / (1 - least)


def _last_below(
    excess: Callable[[int], Fraction | None], first: tuple[int, Fraction], probe: int, ceiling: int
) -> int | None:
    """Return the largest number at which a rising function is below zero; None if it is not even at the first.

    Regula falsi on whole numbers; an undefined value counts as not below.

    Args:
        excess: The function.
        first: The first number, and the value there.
        probe: Where to look next.
        ceiling: The largest number.
    """
    start, here = first
    if here >= 0:
        return None
    low, low_value = start, here
    high, high_value = ceiling + 1, None
    while high - low > 1:
        value = excess(probe)
        if value is not None and value < 0:
            low, low_value = probe, value
        else:
            high, high_value = probe, value
        if high_value is not None:
            ahead = int(-low_value * (high - low) / (high_value - low_value)) if high_value > low_value else 0
        elif high > ceiling and low_value > here:
            ahead = int(-low_value * (low - start) / (low_value - here)) + 1
        else:
            ahead = (high - low) // 2
        probe = min(max(low + ahead, low + 1), high - 1)
    return low


def _worth(quote: Quote, code: str) -> Fraction:
    """Return the amount held fixed, in another currency at the reference."""
    fixed, values = quote.payment.fixed, quote.offer.values
    return fixed.exact * values[fixed.currency] / values[code]


def _with(offer: Offer, unpublished: Unpublished, value: Fraction) -> Offer:
    """Return the offer with an unpublished figure put at a value."""

    def with_value(step: Take | Convert) -> Take | Convert:
        if step.name != unpublished.step:
            return step
        if isinstance(step, Take):
            return replace(step, price=_in_price(step, value))
        known = Spread.known(Curve.constant(value))
        return replace(step, margin=step.margin.shifted(value) if unpublished.kind == "surcharge" else known)

    return replace(offer, steps=tuple(map(with_value, offer.steps)))


def _in_price(step: Take, value: Fraction) -> Spread:
    """Return a charge, given in the currency in which it is taken, as a price in the currency of its page."""
    return Spread.known(Curve.constant(value / step.into[step.bites[0]]))


def _keys(quote: Quote, offer: Offer) -> tuple[Fraction, Fraction] | None:
    """Return the best and the worst rank key of a variant of a quote's offer."""
    fixed, near = quote.payment.fixed, quote.worst.principal.exact
    return rank_keys(offer, quote.payment.side, fixed.exact, fixed.currency, near=near)


def _ask(quote: Quote, unpublished: Unpublished, margin: Fraction, winner: Quote) -> Decimal | None:
    """Return the rate of a winning margin, rounded up to few digits, after walking it."""
    offer = quote.offer
    step = next(step for step in offer.steps if isinstance(step, Convert) and step.name == unpublished.step)
    if (step.source, step.target) != (offer.payer_currency, offer.payout_currency):
        return None
    raw = step.reference / (1 + margin) if step.form == "over" else step.reference * (1 - margin)
    places = max(0, _RATE_DIGITS - _magnitude(raw))
    grid = Fraction(1, 10**places)
    asked = -(-raw // grid) * grid
    stated = replace(offer, steps=tuple(replace(one, stated=asked) if one is step else one for one in offer.steps))
    keys = _keys(quote, stated)
    if keys is None or keys[_WORST] >= winner.key.low:
        asked += grid  # rounding the rate moved the result by less than the rounding to the minor unit did
    return as_decimal(asked, places)


def _magnitude(value: Fraction) -> int:
    """Return the number of digits before the point; negative for leading zeros behind it."""
    digits = 0
    while value >= 10**digits:
        digits += 1
    while digits <= 0 and value < Fraction(1, 10 ** (1 - digits)):
        digits -= 1
    return digits
