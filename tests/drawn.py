"""Strategies that draw chains twice: as the library's steps, and as plain dicts for the oracle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from paycompare.curve import Curve
from paycompare.money import Rounding
from paycompare.walk import Chain, ConvertStep, TakeStep

if TYPE_CHECKING:
    from paycompare.money import Mode

CENT = Fraction(1, 100)
UNIT = Fraction(1)

shares = st.sampled_from([Fraction(n, 1000) for n in (0, 1, 4, 5, 10, 26, 50, 333)])
flats = st.sampled_from([Fraction(n, 2) for n in (0, 1, 2, 5, 9, 30)])
references = st.sampled_from([Fraction(1), Fraction(119, 100), Fraction("0.0073"), Fraction(13), Fraction(7, 3)])


@st.composite
def bands(draw: st.DrawFn, *, flat: bool) -> list[tuple[Fraction | None, bool, Fraction, Fraction]]:
    """Draw whole-amount bands that may jump up or fall."""
    bounds = sorted(draw(st.sets(st.sampled_from([Fraction(n) for n in (3, 5, 8, 12, 20, 31)]), max_size=2)))
    made: list[tuple[Fraction | None, bool, Fraction, Fraction]] = [
        (bound, draw(st.booleans()), draw(shares), draw(flats) if flat else Fraction(0)) for bound in bounds
    ]
    return [*made, (None, False, draw(shares), draw(flats) if flat else Fraction(0))]


def as_curve(drawn: list[tuple[Fraction | None, bool, Fraction, Fraction]], *, constant: bool = False) -> Curve:
    """Turn drawn bands into a curve; a margin is constant within each band."""
    pieces = [
        (bound, inclusive, Curve.constant(share) if constant else Curve.line(share, flat))
        for bound, inclusive, share, flat in drawn
    ]
    return Curve.bands(pieces)


@dataclass(frozen=True)
class Drawn:
    """One chain in two forms."""

    chain: Chain
    plain: list[dict[str, Any]]
    grid: Fraction


def _same(grid: Fraction) -> st.SearchStrategy[Rounding]:
    return st.just(Rounding(grid))


def _any(grid: Fraction) -> st.SearchStrategy[Rounding]:
    """Draw a rounding to the grid, or to a coarser or an odd one, in any mode."""
    modes: list[Mode] = ["half_up", "half_even", "up", "down"]
    steps = st.sampled_from([grid, grid * 5, Fraction(1), Fraction(3, 20)])
    return st.builds(Rounding, steps, st.sampled_from(modes))


@st.composite
def chains(draw: st.DrawFn, *, varied: bool = False) -> Drawn:
    """Draw a chain of up to four charges around at most one conversion, on a coarse or a fine grid.

    Args:
        draw: Given by hypothesis.
        varied: Whether owners round differently, and some round their base; the oracle does not follow that.
    """
    payee_instructs = draw(st.booleans())
    grid = draw(st.sampled_from([Fraction(1, 10), Fraction(1, 4)]))
    roundings = (_any if varied else _same)(grid)
    steps: list[TakeStep | ConvertStep] = []
    plain: list[dict[str, Any]] = []
    converts_at = draw(st.integers(0, 2))
    named: list[str] = []
    for index in range(draw(st.integers(1, 4))):
        if index == converts_at:
            _convert(draw, steps, plain, roundings)
        _take(draw, steps, plain, roundings, named, backwards=payee_instructs and index <= converts_at)
        last = steps[-1]
        if varied and isinstance(last, TakeStep) and draw(st.booleans()):
            steps[-1] = replace(last, base_rounding=draw(roundings))
    has_conversion = any(step["kind"] == "convert" for step in plain)
    return Drawn(Chain(tuple(steps), payee_instructs and has_conversion), plain, grid)


def _convert(
    draw: st.DrawFn,
    steps: list[TakeStep | ConvertStep],
    plain: list[dict[str, Any]],
    roundings: st.SearchStrategy[Rounding],
) -> None:
    reference, margin = draw(references), draw(bands(flat=False))
    forwards, backwards = draw(roundings), draw(roundings)
    steps.append(
        ConvertStep(
            name="fx_margin",
            reference=reference,
            margin=as_curve(margin, constant=True),
            weight=UNIT,
            over=False,
            stated=None,
            rate_step=None,
            rate_inverted=False,
            forwards=forwards,
            backwards=backwards,
        )
    )
    constant = [(bound, inclusive, Fraction(0), share) for bound, inclusive, share, _ in margin]
    plain.append({"kind": "convert", "reference": reference, "margin": constant, "grid": forwards.step})


def _take(
    draw: st.DrawFn,
    steps: list[TakeStep | ConvertStep],
    plain: list[dict[str, Any]],
    roundings: st.SearchStrategy[Rounding],
    named: list[str],
    *,
    backwards: bool,
) -> None:
    name = f"charge_{len(named)}"
    bases = [["principal"], ["held"], *([[one] for one in named]), *([named[:2]] if len(named) > 1 else [])]
    base = draw(st.sampled_from(bases))
    bites = ["on_top", "billed_later"] if backwards else ["on_top", "from_amount", "billed_later"]
    bite, price = draw(st.sampled_from(bites)), draw(bands(flat=True))
    rounding = draw(roundings)
    steps.append(
        TakeStep(
            name=name,
            base=tuple((one, UNIT) for one in base),
            charge=as_curve(price),
            bite=bite,
            into=UNIT,
            rounding=rounding,
        )
    )
    plain.append({"kind": "take", "name": name, "base": base, "price": price, "bite": bite, "grid": rounding.step})
    named.append(name)
