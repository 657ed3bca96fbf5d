"""Find the principal: the largest that a purse can pay for, or the one that makes the payee get enough for least.

A chain may jump, fall and round at every step, so neither its inverse nor bisection can be trusted. The search
keeps intervals of principals, asks `paycompare.kernel` what they can hold, drops those that cannot hold the
answer, halves the rest, and walks the single principals that remain. What it returns is exact on the grid.
"""

from __future__ import annotations

import heapq
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Final

from paycompare.kernel import compiled
from paycompare.money import divided

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from paycompare.walk import Chain, Walk

__all__ = ["cheapest_reaching", "largest_within"]

_WINDOW: Final = 16
"""Width, in grid steps, of the intervals tried first on either side of a guess."""

_STEPS: Final = 4
"""Steps by which a guess is moved to the edge beside it."""

_ROUNDS: Final = 6
"""Secant steps spent on a guess; the answer does not depend on it, only the time does."""


def largest_within(
    chain: Chain, purse: Fraction, *, grid: Fraction, least: int, most: int, near: int | None = None
) -> Walk | None:
    """Return the walk of the largest principal whose ``paid`` is at most a purse.

    Args:
        chain: The chain to walk.
        purse: The most that may be paid, in the payer's currency.
        grid: The minor unit of the principal's currency; principals are multiples of it.
        least: Smallest principal allowed, in units of the grid.
        most: Largest principal allowed, in units of the grid.
        near: Where the answer is thought to lie, in units of the grid; it saves time and changes nothing.

    Returns:
        The walk, or None when no principal of the interval can be paid for.
    """
    kernel = compiled(chain, grid)
    room = int(purse / kernel.paid_unit // 1)
    paid = cache(lambda at: _first(kernel.at(at)))
    start = int(purse / grid) if near is None else near
    guess = _guess(paid, room, start, (least, most))
    guess = _beside(guess, -1, lambda at: (found := paid(at)) is not None and found <= room, (least, most))
    stack = [(least, most)] if guess is None else _around(least, guess, most)
    while stack:
        low, high = stack.pop()
        bounds = kernel.bounds(low, high) if low < high else None
        if low < high and (bounds is None or bounds.paid_low > room):
            continue
        found = paid(high)
        if found is not None and found <= room:
            return chain.walk(high * grid)
        if low < high:
            stack += _halves(low, high - 1, guess)
    return None


def _first(found: tuple[int, int] | None) -> int | None:
    return None if found is None else found[0]


def _second(found: tuple[int, int] | None) -> int | None:
    return None if found is None else found[1]


def cheapest_reaching(
    chain: Chain, target: Fraction, *, grid: Fraction, least: int, most: int, near: int | None = None
) -> Walk | None:
    """Return the walk with the least ``paid`` whose ``landed`` reaches a target; of equals the least principal.

    Args:
        chain: The chain to walk.
        target: What must land, in the payee's currency.
        grid: The minor unit of the principal's currency; principals are multiples of it.
        least: Smallest principal allowed, in units of the grid.
        most: Largest principal allowed, in units of the grid.
        near: Where the answer is thought to lie, in units of the grid; it saves time and changes nothing.

    Returns:
        The walk, or None when no principal of the interval makes enough land.
    """
    kernel = compiled(chain, grid)
    goal = -int(-target / kernel.landed_unit // 1)
    walked = cache(kernel.at)
    start = int(target / grid) if near is None else near
    guess = _guess(lambda at: _second(walked(at)), goal, start, (least, most))
    guess = _beside(guess, 1, lambda at: (found := walked(at)) is not None and found[1] >= goal, (least, most))
    best = None if guess is None else _reaching(walked(guess), goal, guess)
    order = count()
    heap: list[tuple[int, int, int, int]] = []
    fresh = (
        [(least, most)] if guess is None else [(low, high) for low, high in _around(least, guess, most) if low != guess]
    )
    while True:
        for low, high in fresh:
            bounds = kernel.bounds(low, high)
            if bounds is not None and bounds.landed_high >= goal:
                heapq.heappush(heap, (bounds.paid_low, low, next(order), high))
        fresh = []
        if not heap:
            break
        paid_low, low, _, high = heapq.heappop(heap)
        if best is not None and (paid_low, low) >= best:
            break
        found = _reaching(walked(low), goal, low)
        if found is not None and (best is None or found < best):
            best = found
        if low < high:
            fresh = _halves(low + 1, high, guess)
    return None if best is None else chain.walk(best[1] * grid)


def _reaching(figures: tuple[int, int] | None, goal: int, principal: int) -> tuple[int, int] | None:
    """Return what a principal that makes enough land pays, with the principal, in the order of preference."""
    return None if figures is None or figures[1] < goal else (figures[0], principal)


def _guess(result: Callable[[int], int | None], goal: int, start: int, limits: tuple[int, int]) -> int | None:
    """Follow the secant, first through the origin and then through the last two walks; None when it ends in a gap."""
    least, most = limits
    at = min(max(start, least), most)
    before = (0, 0)
    for _ in range(_ROUNDS):
        now = result(at)
        if now is None:
            return None
        rise, run = now - before[1], at - before[0]
        if run == 0 or rise * run <= 0:
            return at
        nearer = min(max(at + divided((goal - now) * abs(run), abs(rise)), least), most)
        if nearer == at:
            return at
        before, at = (at, now), nearer
    return at


def _beside(guess: int | None, step: int, fits: Callable[[int], bool], limits: tuple[int, int]) -> int | None:
    """Move a guess to the last number that fits before the first that does not, a few steps at most.

    Args:
        guess: Where to start; None is passed on.
        step: 1 when numbers fit from the answer upwards, -1 when they fit from it downwards.
        fits: Whether a number fits.
        limits: The least and the largest number.
    """
    if guess is None:
        return None
    for _ in range(_STEPS):
        if fits(guess):
            beyond = guess - step
            if not limits[0] <= beyond <= limits[1] or not fits(beyond):
                break
            guess = beyond
        elif limits[0] <= guess + step <= limits[1]:
            guess += step
    return guess


def _around(least: int, guess: int, most: int) -> list[tuple[int, int]]:
    """Split an interval into what lies below a guess, the guess, and what lies above."""
    parts = [(least, guess - 1), (guess, guess), (guess + 1, most)]
    return [(low, high) for low, high in parts if low <= high]


def _halves(low: int, high: int, guess: int | None) -> list[tuple[int, int]]:
    """Split an interval, near the guess where it lies at one of the ends, in the middle otherwise."""
    if low >= high:
        return [(low, high)]
    cut = (low + high) // 2
    if guess is not None and high - low > 2 * _WINDOW:
        if abs(low - guess) <= _WINDOW:
            cut = low + _WINDOW
        elif abs(high - guess) <= _WINDOW:
            cut = high - _WINDOW
    return [(low, cut), (cut + 1, high)]
