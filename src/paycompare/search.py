"""Find the principal: the largest that a purse can pay for, or the one that makes the payee get enough for least.

A chain may jump, fall and round at every step, so neither its inverse nor bisection can be trusted. The search
keeps intervals of principals, asks `Chain.bounds` what they can hold, drops those that cannot hold the
answer, halves the rest, and walks the single principals that remain. What it returns is exact on the grid.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

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
    walked = cache(lambda at: chain.walk(at * grid))
    guess = _guess(walked, lambda walk: walk.paid, purse, int(purse / grid) if near is None else near, (least, most))
    guess = _beside(guess, -1, lambda at: (found := walked(at)) is not None and found.paid <= purse, (least, most))
    stack = [(least, most)] if guess is None else _around(least, guess, most)
    while stack:
        low, high = stack.pop()
        bounds = chain.bounds(low * grid, high * grid) if low < high else None
        if low < high and (bounds is None or bounds.paid_low > purse):
            continue
        walk = walked(high)
        if walk is not None and walk.paid <= purse:
            return walk
        if low < high:
            stack += _halves(low, high - 1, guess)
    return None


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
    walked = cache(lambda at: chain.walk(at * grid))
    guess = _guess(
        walked, lambda walk: walk.landed, target, int(target / grid) if near is None else near, (least, most)
    )
    guess = _beside(guess, 1, lambda at: (found := walked(at)) is not None and found.landed >= target, (least, most))
    best = None if guess is None else walked(guess)
    if best is not None and best.landed < target:
        best = None
    order = count()
    heap: list[tuple[Fraction, int, int, int]] = []
    fresh = (
        [(least, most)] if guess is None else [(low, high) for low, high in _around(least, guess, most) if low != guess]
    )
    while True:
        for low, high in fresh:
            bounds = chain.bounds(low * grid, high * grid)
            if bounds is not None and bounds.landed_high >= target:
                heapq.heappush(heap, (bounds.paid_low, low, next(order), high))
        fresh = []
        if not heap:
            break
        paid_low, low, _, high = heapq.heappop(heap)
        if best is not None and (paid_low, low * grid) >= (best.paid, best.principal):
            break
        walk = walked(low)
        if walk is not None and walk.landed >= target and _better(walk, best):
            best = walk
        if low < high:
            fresh = _halves(low + 1, high, guess)
    return best


def _better(walk: Walk, best: Walk | None) -> bool:
    return best is None or (walk.paid, walk.principal) < (best.paid, best.principal)


def _guess(
    walked: Callable[[int], Walk | None],
    result: Callable[[Walk], Fraction],
    goal: Fraction,
    start: int,
    limits: tuple[int, int],
) -> int | None:
    """Follow the secant, first through the origin and then through the last two walks; None when it ends in a gap."""
    least, most = limits
    at = min(max(start, least), most)
    before = (0, Fraction(0))
    for _ in range(_ROUNDS):
        walk = walked(at)
        if walk is None:
            return None
        now = result(walk)
        rise, run = now - before[1], at - before[0]
        if run == 0 or rise / run <= 0:
            return at
        nearer = min(max(at + round((goal - now) * run / rise), least), most)
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
