"""A strategy that draws whole offers: jumps, falling fees, ranges, several conversions, and every rounding."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from paycompare.curve import Curve
from paycompare.money import Rounding
from paycompare.offer import Bite, Convert, Limit, Offer, Spread, Take
from tests.making import PAGE

if TYPE_CHECKING:
    from paycompare.money import Mode

GRID = {"GBP": Fraction(1, 100), "USD": Fraction(1, 100), "JPY": Fraction(1), "KWD": Fraction(1, 1000)}
"""Two, none and three digits behind the point."""

WORTH = {"GBP": Fraction(1), "USD": Fraction(8643, 11531), "JPY": Fraction(1, 203), "KWD": Fraction(7, 3)}
"""Units of GBP per unit of each; the values of an offer are in its payer's currency."""

MODES: list[Mode] = ["half_up", "half_up", "half_even", "up", "down"]
OWNERS = ["provider", "correspondent", "payee_institution", "state"]

shares = st.sampled_from([Fraction(n, 2000) for n in (0, 1, 9, 10, 25, 100, 333)])
flats = st.sampled_from([Fraction(n, 8) for n in (0, 0, 1, 4, 9, 20, 44)])
edges = st.sets(st.sampled_from([Fraction(n) for n in (3, 5, 8, 12, 20, 31, 400)]), max_size=2)
many_edges = st.sets(st.sampled_from([Fraction(n, 2) for n in range(2, 60)]), min_size=5, max_size=9)


@st.composite
def prices(draw: st.DrawFn, scale: Fraction) -> Curve:
    """Draw a price in bands that may jump up or fall, in a currency of which one pound is ``scale`` units."""
    bounds = sorted(draw(st.one_of(edges, edges, edges, many_edges)))
    bands: list[tuple[Fraction | None, bool, Curve]] = [
        (bound * scale, draw(st.booleans()), Curve.line(draw(shares), draw(flats) * scale)) for bound in bounds
    ]
    last = Curve.line(draw(shares), draw(flats) * scale)
    return Curve.bands([*bands, (None, False, last)])


@st.composite
def margins(draw: st.DrawFn, scale: Fraction) -> Curve:
    """Draw a margin that is constant within each of its bands."""
    bands = [(bound * scale, draw(st.booleans()), Curve.constant(draw(shares))) for bound in sorted(draw(edges))]
    return Curve.bands([*bands, (None, False, Curve.constant(draw(shares)))])


@st.composite
def roundings(draw: st.DrawFn, code: str) -> Rounding:
    """Draw a rounding to the minor unit, or coarser, in any mode."""
    return Rounding(GRID[code] * draw(st.sampled_from([1, 1, 1, 5, 50])), draw(st.sampled_from(MODES)))


@st.composite
def offers(draw: st.DrawFn, provider: str = "drawn", pair: tuple[str, str] | None = None) -> Offer:
    """Draw an offer between two currencies, perhaps over a third, with up to two causes that are open."""
    payer, payee = pair or draw(st.sampled_from([(one, two) for one in GRID for two in GRID]))
    instructed = draw(st.sampled_from(["payer", "payer", "payee"]))
    over = draw(st.sampled_from([code for code in GRID if code not in (payer, payee)]))
    path = [payer, payee] if payer != payee else [payer]
    if instructed == "payer" and len(path) > 1 and draw(st.integers(0, 3)) == 0:
        path.insert(1, over)
    causes = draw(st.sampled_from([0, 0, 0, 1, 2]))
    values = {code: WORTH[code] / WORTH[payer] for code in GRID}
    backwards = instructed == "payee" and payer != payee
    held = payee if backwards else payer
    known: list[tuple[str, str]] = [("principal", held)]
    steps: list[Take | Convert] = []
    for source, target in [*itertools.pairwise(path), (None, None)]:
        for _ in range(draw(st.integers(0, 2))):
            early = backwards and not any(isinstance(step, Convert) for step in steps)
            made = _take(draw, f"charge_{len(steps)}", held, payer, payee, known, causes, values, early=early)
            causes -= made.price.cause is not None or made.place_cause is not None
            steps.append(made)
            known.append((made.name, made.currencies[made.bites[0]]))
        if source is None or target is None:
            break
        moved = causes > 0 and draw(st.booleans())
        steps.append(_convert(draw, f"margin_{len(steps)}", source, target, values, moved=moved))
        causes -= moved
        held = payee if backwards else target
        known = [one for one in known if one[0] != "converted"] + [("converted", source)]
    return Offer(
        provider=provider,
        tariff="out",
        title=provider,
        payer_currency=payer,
        payout_currency=payee,
        instructed=instructed,  # type: ignore[arg-type]  # one of the two
        steps=tuple(steps),
        values=values,
        grid=GRID,
        evidence=PAGE,
        limits=draw(_limits(payer, payee, values)),
    )


def _take(
    draw: st.DrawFn,
    name: str,
    held: str,
    payer: str,
    payee: str,
    known: list[tuple[str, str]],
    causes: int,
    values: dict[str, Fraction],
    *,
    early: bool,
) -> Take:
    """Draw a charge; one that comes early, before a debit is computed backwards, is not taken from the amount."""
    places: list[tuple[Bite, ...]] = [("on_top",), ("billed_later",), ("aside",)]
    bites = draw(st.sampled_from(places if early else [*places, ("from_amount",), ("from_amount",)]))
    if causes and not early and draw(st.integers(0, 3)) == 0:
        bites = ("on_top", "from_amount")
    own = draw(st.sampled_from([held, payer, payee, *GRID]))
    names = [("held", held), *known]
    base = [draw(st.sampled_from(names))]
    if draw(st.integers(0, 4)) == 0:
        base = list(dict.fromkeys([*base, draw(st.sampled_from(names))]))
    scale = values[payer] / values[own] * WORTH["GBP"] / WORTH[payer]
    low = draw(prices(scale))
    place = len(bites) == 1 and causes and draw(st.booleans())
    spread = Spread(low, low.shift_up(draw(flats) * scale), f"cause {name}") if place else Spread.known(low)
    taken: dict[Bite, str] = {bite: held if bite == "from_amount" else payer for bite in bites}
    return Take(
        name=name,
        owner=draw(st.sampled_from(OWNERS)),
        base=tuple((one, values[code] / values[own]) for one, code in base),
        price=spread,
        bites=bites,
        into={bite: values[own] / values[code] for bite, code in taken.items()},
        currencies=taken,
        rounding={bite: draw(roundings(code)) for bite, code in taken.items()},
        base_rounding=draw(st.one_of(st.none(), st.none(), st.none(), roundings(own))),
        evidence=PAGE,
    )


def _convert(
    draw: st.DrawFn, name: str, source: str, target: str, values: dict[str, Fraction], *, moved: bool
) -> Convert:
    third = draw(st.sampled_from([source, *GRID]))
    margin = draw(margins(WORTH["GBP"] / WORTH[third]))
    spread = Spread(margin, margin.shift_up(Fraction(1, 100)), f"cause {name}") if moved else Spread.known(margin)
    reference = values[source] / values[target]
    digits = draw(st.sampled_from([None, None, 4]))
    return Convert(
        name=name,
        owner="provider",
        source=source,
        target=target,
        reference=reference,
        margin=spread,
        weight=values[source] / values[third],
        form=draw(st.sampled_from(["times", "over"])),
        stated=reference * Fraction(1003, 1000) if not moved and draw(st.integers(0, 9)) == 0 else None,
        rate_step=None if digits is None else Fraction(1, 10**digits),
        rate_inverted=draw(st.booleans()),
        forwards=draw(roundings(target)),
        backwards=draw(roundings(source)),
        basis="mid-market",
        evidence=PAGE,
    )


def _limits(payer: str, payee: str, values: dict[str, Fraction]) -> st.SearchStrategy[tuple[Limit, ...]]:
    worth = {code: values[payer] / values[code] * WORTH["GBP"] / WORTH[payer] for code in (payer, payee)}
    return st.sampled_from(
        [
            (),
            (),
            (Limit("debit", Fraction(7) * worth[payer], None, payer),),
            (Limit("landed", None, Fraction(300) * worth[payee], payee),),
        ]
    )
