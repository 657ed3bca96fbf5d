"""The caller's own reference rates: pairs checked against each other and laid out as trees.

Pairs that share a currency hang together. Of each such group one currency, the root, keeps its value from the
other sources, and every other currency is worth what the caller's pairs make of it; so that asking for a pair
that the caller gave returns exactly the caller's figure.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, starmap
from typing import TYPE_CHECKING

from paycompare.errors import PaymentError
from paycompare.money import as_decimal, currency, exact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

__all__ = ["parents"]

_ARGUMENT = "reference"
_CODES_IN_A_PAIR = 2
_Worth = tuple[Fraction, tuple[str, ...]]


def parents(
    given: Mapping[str, object], *, on: date, priority: Callable[[str, frozenset[str]], int]
) -> dict[str, tuple[str, Fraction]]:
    """Lay the caller's pairs out as trees.

    Args:
        given: ``"EUR/CNY"`` to units of CNY per 1 EUR.
        on: The day on which the codes must be valid.
        priority: Ranks a currency of a group as its root; the lowest is taken, of equals the first given.

    Returns:
        For every currency but the roots: the next one on the way to its root, and its units per 1 of that.

    Raises:
        PaymentError: A key is no pair, a figure is no positive number, or figures contradict each other.
        CurrencyError: A code is unknown or retired on that day.

    Example:
        >>> from datetime import date
        >>> parents({"EUR/CNY": "7.43"}, on=date(2026, 10, 30), priority=lambda code, group: code != "EUR")
        {'CNY': ('EUR', Fraction(743, 100))}
    """
    neighbours = _neighbours(given, on)
    tree: dict[str, tuple[str, Fraction]] = {}
    rooted: set[str] = set()
    for code in neighbours:
        if code not in rooted:
            group = _worth(code, neighbours)
            members = frozenset(group)
            fitness = {member: priority(member, members) for member in group}
            root = min(fitness, key=fitness.__getitem__)
            rooted |= members
            tree |= _branches(root, neighbours)
    return tree


def _neighbours(given: Mapping[str, object], on: date) -> dict[str, dict[str, Fraction]]:
    """Return, for each currency, units of each neighbour per 1 of it."""
    neighbours: dict[str, dict[str, Fraction]] = {}
    for pair, figure in given.items():
        base, quote = _codes(pair, on)
        value = exact(figure, what=_field(pair))
        if value <= 0:
            raise PaymentError(_field(pair), str(figure), f"more than 0 units of {quote} per 1 {base}")
        implied = _worth(base, neighbours).get(quote) if base in neighbours else None
        if implied is not None and implied[0] != value:
            raise _contradiction(pair, figure, implied)
        neighbours.setdefault(base, {})[quote] = value
        neighbours.setdefault(quote, {})[base] = 1 / value
    return neighbours


def _codes(pair: object, on: date) -> tuple[str, str]:
    codes = pair.split("/") if isinstance(pair, str) else []
    if len(codes) != _CODES_IN_A_PAIR:
        expected = "a pair such as 'EUR/CNY', for units of CNY per 1 EUR"
        raise PaymentError(_ARGUMENT, pair, expected)
    base, quote = (currency(code, on=on) for code in codes)
    if base == quote:
        raise PaymentError(_ARGUMENT, pair, f"two currencies; {base} against itself is always 1")
    return base, quote


def _field(pair: str) -> str:
    return f"{_ARGUMENT}[{pair!r}]"


def _worth(start: str, neighbours: Mapping[str, Mapping[str, Fraction]]) -> dict[str, _Worth]:
    """Return units per 1 of the start of every currency that the pairs connect to it, and the way there."""
    reached: dict[str, _Worth] = {start: (Fraction(1), (start,))}
    waiting = [start]
    for code in waiting:
        value, way = reached[code]
        for other, units in neighbours[code].items():
            if other not in reached:
                reached[other] = (value * units, (*way, other))
                waiting.append(other)
    return reached


def _branches(root: str, neighbours: Mapping[str, Mapping[str, Fraction]]) -> dict[str, tuple[str, Fraction]]:
    """Return, for each currency that hangs on the root, the next one towards it and units per 1 of that."""
    ways = {code: way for code, (_, way) in _worth(root, neighbours).items() if code != root}
    return {code: (way[-2], neighbours[way[-2]][code]) for code, way in ways.items()}


def _contradiction(pair: str, figure: object, implied: _Worth) -> PaymentError:
    value, way = implied
    rates = ", ".join(starmap("{}/{}".format, pairwise(way)))
    expected = f"{as_decimal(value)}, which your own rates for {rates} give"
    return PaymentError(_field(pair), str(figure), expected)
