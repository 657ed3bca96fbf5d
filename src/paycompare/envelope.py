"""Which of several curves is lowest, stretch by stretch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paycompare.pieces import ENDLESS, Cut, edges_between, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

    from paycompare.curve import Curve
    from paycompare.pieces import Edge, Line

__all__ = ["Segment", "envelope"]

_Stretch = tuple[Cut, Cut, tuple[str, ...]]
"""Lower cut, upper cut, and the keys on the envelope between them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an envelope.

    Attributes:
        start: Its lower end.
        end: Its upper end.
        keys: Who is on the envelope at every point of the stretch, sorted; several are tied all along.
    """

    start: Edge
    end: Edge
    keys: tuple[str, ...]


def envelope(curves: Mapping[str, Curve], *, highest: bool = False) -> list[Segment]:
    """Return which curves are lowest, stretch by stretch, over the union of their domains.

    A curve without a value at x is out of the race there; where no curve has one, the result has a gap.
    Every key of a segment is lowest at every point of it, and adjacent segments differ in their keys. Curves
    tied along an interval are listed together. A tie at a single point is not listed: that point belongs to
    the segment below it if that one's keys are lowest there, else to the segment above it on the same terms,
    else it is a segment of its own.

    Args:
        curves: Key to curve, all in one currency or unit.
        highest: Ask for the highest instead of the lowest.

    Example:
        >>> from fractions import Fraction
        >>> from paycompare.curve import Curve
        >>> offers = {"flat": Curve.constant(10), "share": Curve.line(Fraction(1, 100))}
        >>> [(segment.keys, str(segment.end.at)) for segment in envelope(offers)]
        [(('share',), '1000'), (('flat',), 'None')]
    """
    raced = {key: -curves[key] if highest else curves[key] for key in sorted(curves)}
    edges = sorted({x for curve in raced.values() for x in curve.edges})
    stretches: list[_Stretch] = []
    for low, high in _cells(edges):
        lines: dict[Line, list[str]] = {}
        for key, curve in raced.items():
            for piece in within(curve.pieces, low, high):
                lines.setdefault((piece.slope, piece.intercept), []).append(key)
        for stretch in _lowest(low, high, lines):
            _append(stretches, stretch)
    return [Segment(*edges_between(low, high), keys) for low, high, keys in stretches]


def _single(low: Cut, high: Cut) -> bool:
    """Return whether a single number lies between the cuts."""
    return low[1] == high[1] and not high[0]


def _cells(edges: Sequence[Fraction]) -> Iterator[tuple[Cut, Cut]]:
    """Yield each edge alone and each open stretch above one."""
    for index, x in enumerate(edges):
        yield (False, x, False), (False, x, True)
        yield (False, x, True), (False, edges[index + 1], False) if index + 1 < len(edges) else ENDLESS


def _lowest(low: Cut, high: Cut, lines: Mapping[Line, Sequence[str]]) -> Iterator[_Stretch]:
    """Yield the lower envelope of straight lines between two cuts."""
    if not lines:
        return
    values = {line: line[0] * low[1] + line[1] for line in lines}
    if _single(low, high):
        least = min(values.values())
        yield low, high, tuple(sorted(key for line in lines if values[line] == least for key in lines[line]))
        return
    current = min(lines, key=lambda line: (values[line], line[0]))
    while True:
        slope, intercept = current
        meets = [((line[1] - intercept) / (slope - line[0]), *line) for line in lines if line[0] < slope]
        # Of several that meet at one number, the flattest is lowest after it.
        x, *after = min(meets, default=(None, *current))
        end: Cut = high if x is None else min(high, (False, x, True))
        yield low, end, tuple(lines[current])
        if end == high:
            return
        low, current = end, (after[0], after[1])


def _append(stretches: list[_Stretch], stretch: _Stretch) -> None:
    """Add a stretch, folded into the one before it where the keys of one of them hold on both."""
    low, high, keys = stretch
    if stretches and stretches[-1][1] == low:
        before_low, before_high, before = stretches[-1]
        if before == keys or (_single(low, high) and set(before) <= set(keys)):
            stretches[-1] = before_low, high, before
            return
        if _single(before_low, before_high) and set(keys) <= set(before):
            stretches[-1] = before_low, high, keys
            return
    stretches.append(stretch)
