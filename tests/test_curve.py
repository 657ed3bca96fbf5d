"""Curves against a slow reference on random functions, and by hand on the tariffs that they were made for."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycompare.curve import Curve, OutsideDomain, Solution
from paycompare.envelope import Segment, envelope
from paycompare.pieces import Edge, Interval, Piece
from tests.oracles import curve_oracle as oracle

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

F = Fraction
ZERO = F(0)
thorough = settings(deadline=None, max_examples=150)

numbers: SearchStrategy[Fraction] = st.sampled_from([F(x, 6) for x in range(73)])
levels: SearchStrategy[Fraction] = st.sampled_from([F(x, 6) for x in range(-48, 85)])
slopes: SearchStrategy[Fraction] = st.sampled_from([F(-2), F(-1), F(-1, 2), F(0), F(0), F(1, 3), F(1), F(2)])


@st.composite
def raws(draw: DrawFn) -> list[Piece]:
    """Draw a function with jumps, joins, falls, flats, gaps, single points and ends of either kind."""
    cuts = [F(0), *sorted(draw(st.sets(numbers.filter(bool), max_size=4)))]
    lines: list[tuple[Fraction, Fraction] | None] = []
    for start in cuts:
        line = draw(st.none() | st.tuples(slopes, levels))
        last = lines[-1] if lines else None
        if line and last and draw(st.booleans()):
            # Make it meet the line before, which two independent draws hardly ever do.
            line = line[0], last[0] * start + last[1] - line[0] * start
        lines.append(line)
    found: list[Piece] = []
    for index, (start, line) in enumerate(zip(cuts, lines, strict=True)):
        owner = draw(st.sampled_from(["below", "above", "itself", "nobody"]))
        if owner == "below" and found and found[-1].end == start and not found[-1].end_closed:
            found[-1] = found[-1]._replace(end_closed=True)
        if owner == "itself":
            found.append(piece("[]", start, start, draw(slopes), draw(levels)))
        if line:
            end = cuts[index + 1] if index + 1 < len(cuts) else draw(st.sampled_from([None, start + 2]))
            found.append(piece("[)" if owner == "above" else "()", start, end, *line))
    return found


def piece(
    ends: str, start: Fraction, end: Fraction | None, slope: Fraction = ZERO, intercept: Fraction = ZERO
) -> Piece:
    """Return a piece whose ends are written as in mathematics: "[)" holds its start and not its end."""
    return Piece(start, ends[0] == "[", end, ends[1] == "]", slope, intercept)


def scattered(raw: list[Piece]) -> list[Piece]:
    """Write the same function in more pieces: each closed end, and each middle, as a piece of its own."""
    found: list[Piece] = []
    for start, start_closed, end, end_closed, slope, intercept in raw:
        if start == end:
            found.append(piece("[]", start, start, slope, intercept))
            continue
        middle = start + 1 if end is None else (start + end) / 2
        if start_closed:
            found.append(piece("[]", start, start, F(0), slope * start + intercept))
        found.append(piece("(]", start, middle, slope, intercept))
        found.append(piece("()", middle, end, slope, intercept))
        if end_closed and end is not None:
            found.append(piece("[]", end, end, F(1), slope * end + intercept - end))
    return found


def check(curve: Curve, expected: Callable[[Fraction], Fraction | None], points: set[Fraction]) -> None:
    """Assert that a curve is the expected function, which breaks at most at the points."""
    assert oracle.differences(curve.get, expected, points | set(curve.edges)) == []


def both(
    one: list[Piece], other: list[Piece], join: Callable[[Fraction, Fraction], Fraction]
) -> Callable[[Fraction], Fraction | None]:
    """Return the function that joins two values, where both exist."""

    def joined(x: Fraction) -> Fraction | None:
        a, b = oracle.value(one, x), oracle.value(other, x)
        return None if a is None or b is None else join(a, b)

    return joined


@thorough
@given(raws())
def test_value_is_that_of_the_piece_that_holds_x(raw: list[Piece]) -> None:
    """A curve has the value of whichever given piece holds x, and none where no piece does."""
    check(Curve(raw), lambda x: oracle.value(raw, x), oracle.edges(raw))


@thorough
@given(raws())
def test_one_function_has_one_form(raw: list[Piece]) -> None:
    """However a function is cut into pieces, the curves are equal, and hash and pickle as equals."""
    curve, again = Curve(raw), Curve(scattered(raw))
    assert curve == again
    assert hash(curve) == hash(again)
    assert pickle.loads(pickle.dumps(curve)) == curve  # noqa: S301  (its own bytes, made on this line)
    assert len(curve.pieces) <= len(raw)


@thorough
@given(raws(), raws())
def test_curves_are_equal_only_as_functions(one: list[Piece], other: list[Piece]) -> None:
    """Two curves are equal exactly when they have the same values."""
    same = not oracle.differences(
        lambda x: oracle.value(one, x), lambda x: oracle.value(other, x), oracle.edges(one, other)
    )
    assert (Curve(one) == Curve(other)) is same


@thorough
@given(raws())
def test_piece_at_names_the_piece_that_holds_x(raw: list[Piece]) -> None:
    """The index at x is that of the one piece of the curve that holds x."""
    curve = Curve(raw)
    for cell in oracle.cells(oracle.edges(raw)):
        for x in cell.samples:
            index = curve.piece_at(x)
            assert (None if index is None else curve.pieces[index]) == oracle.piece_of(curve.pieces, x)


@thorough
@given(raws())
def test_domain_and_edges(raw: list[Piece]) -> None:
    """The domain holds exactly the x with a value, in separate intervals; the edges are where pieces end."""
    curve = Curve(raw)
    held = [piece("[("[not i.start.closed] + ")]"[i.end.closed], i.start.at or F(0), i.end.at) for i in curve.domain]
    for cell in oracle.cells(oracle.edges(raw)):
        for x in cell.samples:
            assert (oracle.value(held, x) is None) is (oracle.value(raw, x) is None)
    for one, other in pairwise(held):
        assert one.end is not None
        assert one.end < other.start or not (one.end_closed or other.start_closed)
    assert set(curve.edges) == oracle.edges(curve.pieces)
    assert list(curve.edges) == sorted(curve.edges)


@thorough
@given(raws(), raws())
def test_sum_and_difference(one: list[Piece], other: list[Piece]) -> None:
    """Sum and difference are taken at each x at which both curves have a value."""
    points = oracle.edges(one, other)
    check(Curve(one) + Curve(other), both(one, other, lambda a, b: a + b), points)
    check(Curve(one) - Curve(other), both(one, other, lambda a, b: a - b), points)


@thorough
@given(raws(), slopes)
def test_scale_and_shift(raw: list[Piece], factor: Fraction) -> None:
    """Scaling multiplies and shifting adds at each x, and neither changes the domain."""
    points = oracle.edges(raw)
    check(Curve(raw).scale(factor), both(raw, raw, lambda a, _: a * factor), points)
    check(Curve(raw).shift_up(factor), both(raw, raw, lambda a, _: a + factor), points)


@thorough
@given(raws(), raws())
def test_lower_and_higher(one: list[Piece], other: list[Piece]) -> None:
    """The lower and the higher of two curves are the minimum and the maximum at each x."""
    points = oracle.edges(one, other) | oracle.meets(one, other)
    check(Curve(one).lower(Curve(other)), both(one, other, min), points)
    check(Curve(one).higher(Curve(other)), both(one, other, max), points)


@thorough
@given(raws(), levels, levels)
def test_clamp(raw: list[Piece], one: Fraction, other: Fraction) -> None:
    """A clamp holds each value between the least and the most, either of which may be left out."""
    least, most = sorted([one, other])
    points = oracle.edges(raw) | oracle.roots(raw, [least, most])
    check(Curve(raw).clamp(least, most), both(raw, raw, lambda a, _: min(max(a, least), most)), points)
    check(Curve(raw).clamp(least=least), both(raw, raw, lambda a, _: max(a, least)), points)
    check(Curve(raw).clamp(most=most), both(raw, raw, lambda a, _: min(a, most)), points)
    assert Curve(raw).clamp() == Curve(raw)


@thorough
@given(raws(), numbers, st.booleans(), st.none() | numbers, st.booleans())
def test_restrict(
    raw: list[Piece],
    low: Fraction,
    low_closed: bool,  # noqa: FBT001  (drawn by position)
    high: Fraction | None,
    high_closed: bool,  # noqa: FBT001  (drawn by position)
) -> None:
    """A restricted curve keeps its values between the two edges and has none elsewhere."""

    def kept(x: Fraction) -> Fraction | None:
        above = x > low or (low_closed and x == low)
        below = high is None or x < high or (high_closed and x == high)
        return oracle.value(raw, x) if above and below else None

    part = Curve(raw).restrict(Edge(low, low_closed), Edge(high, high_closed and high is not None))
    check(part, kept, oracle.edges(raw) | {low} | (set() if high is None else {high}))


@thorough
@given(raws(), raws())
def test_composition(outer: list[Piece], inner: list[Piece]) -> None:
    """A composition has the outer curve's value at the inner curve's value, at every kind of edge."""

    def composed(x: Fraction) -> Fraction | None:
        between = oracle.value(inner, x)
        return None if between is None else oracle.value(outer, between)

    points = oracle.edges(inner) | oracle.roots(inner, oracle.edges(outer))
    check(Curve(outer).after(Curve(inner)), composed, points)


@thorough
@given(raws(), numbers, numbers)
def test_bounds(raw: list[Piece], one: Fraction, other: Fraction) -> None:
    """Bounds are the infimum and supremum on a closed interval, which may be a single number or endless."""
    low, high = sorted([one, other])
    curve = Curve(raw)
    assert curve.bounds(low, high) == oracle.bounds(raw, low, high)
    assert curve.bounds(low, low) == oracle.bounds(raw, low, low)
    assert curve.bounds(low, None) == oracle.bounds(raw, low, None)


@thorough
@given(raws(), levels)
def test_inverses(raw: list[Piece], level: Fraction) -> None:
    """Both inverses find the outermost x that meets the level and say whether it is attained."""
    curve = Curve(raw)
    # The values at the edges are the levels at which attained and approached part.
    at_edges = {piece[4] * x + piece[5] for piece in raw for x in (piece[0], piece[2]) if x is not None}
    for wanted in {level} | at_edges:
        first, last = curve.first_at_least(wanted), curve.last_at_most(wanted)
        assert (first and (first.at, first.attained)) == oracle.first_at_least(raw, wanted)
        assert (last and (last.at, last.attained)) == oracle.last_at_most(raw, wanted)


@thorough
@given(st.lists(raws(), max_size=4))
def test_envelope(drawn: list[list[Piece]]) -> None:
    """The envelope names the lowest curves on every stretch of the union of domains, and none in its gaps."""
    named = dict(zip("badc", drawn, strict=False))
    found = envelope({key: Curve(raw) for key, raw in named.items()})
    shown = [(s.start.at, s.start.closed, s.end.at, s.end.closed, s.keys) for s in found]
    assert shown == oracle.envelope(named)


@thorough
@given(st.lists(raws(), min_size=1, max_size=3))
def test_highest_envelope_is_the_lowest_of_the_negatives(drawn: list[list[Piece]]) -> None:
    """The highest of curves are the lowest of their negatives."""
    named = dict(zip("abc", drawn, strict=False))
    negated = {
        key: [piece._replace(slope=-piece.slope, intercept=-piece.intercept) for piece in raw]
        for key, raw in named.items()
    }
    found = envelope({key: Curve(raw) for key, raw in named.items()}, highest=True)
    shown = [(s.start.at, s.start.closed, s.end.at, s.end.closed, s.keys) for s in found]
    assert shown == oracle.envelope(negated)


@thorough
@given(
    st.lists(st.tuples(numbers.filter(bool), st.booleans(), raws()), max_size=4, unique_by=lambda band: band[0]),
    st.none() | raws(),
)
def test_bands(bounded: list[tuple[Fraction, bool, list[Piece]]], rest: list[Piece] | None) -> None:
    """Each curve of a banded tariff applies to the x of its own band, bound included or not as said."""
    bands: list[tuple[Fraction | None, bool, list[Piece]]] = [*sorted(bounded, key=lambda band: band[0])]
    if rest is not None:
        bands.append((None, False, rest))
    curve = Curve.bands([(bound, inclusive, Curve(raw)) for bound, inclusive, raw in bands])
    points = oracle.edges(*(raw for _, _, raw in bands)) | {bound for bound, _, _ in bounded}
    check(curve, lambda x: oracle.banded(bands, x), points)


@thorough
@given(st.sets(numbers.filter(bool), max_size=4), st.lists(slopes, min_size=5, max_size=5), levels, st.booleans())
def test_slices(
    bounds: set[Fraction],
    drawn: list[Fraction],
    intercept: Fraction,
    endless: bool,  # noqa: FBT001  (drawn by position)
) -> None:
    """A sliced tariff charges each slope on the part of x inside its slice."""
    ends: list[Fraction | None] = [*sorted(bounds)]
    if endless:
        ends.append(None)
    slices = list(zip(ends, drawn, strict=False))
    check(Curve.slices(slices, intercept), lambda x: oracle.sliced(slices, intercept, x), bounds)


STEPS = Curve.bands(
    [
        (F(10_000), True, Curve.constant(30)),
        (F(50_000), True, Curve.constant(50)),
        (None, False, Curve.constant(80)),
    ]
)
FALLING = Curve.bands([(F(1000), False, Curve.constant(50)), (None, False, Curve.constant(9))])


def test_step_fee_by_hand() -> None:
    """A fee of 30 up to 10,000.00, 50 up to 50,000 and 80 above keeps each bound in the lower step."""
    assert [STEPS(F(x)) for x in ("0", "10000", "10000.01", "50000", "50000.01")] == [30, 30, 50, 50, 80]


@pytest.mark.parametrize(
    ("pays", "sends"),
    [
        ("10030", "10000"),  # 10,000 + 30
        ("10040", "10000"),  # 10,010 would cost 10,060; 9,990 + 50 is not in that step
        ("10050", "10000"),  # 10,000 + 50 is the next step's limit, which 10,000 itself does not belong to
        ("10060", "10010"),  # 10,010 + 50
        ("50050", "50000"),  # 50,000 + 50
        ("50079.99", "50000"),  # one cent short of leaving the step
        ("50081", "50001"),  # 50,001 + 80
    ],
)
def test_largest_principal_under_a_step_fee_on_top(pays: str, sends: str) -> None:
    """With the fee on top, what is left between two steps cannot be sent."""
    paid = Curve.line(1) + STEPS
    assert paid.last_at_most(F(pays)) == Solution(F(sends), attained=True)


@pytest.mark.parametrize(
    ("gets", "principal"),
    [
        ("945", "995"),  # 995 - 50
        ("949.99", "999.99"),  # 999.99 - 50
        ("950", "1000"),  # below 1,000 less than 950 arrives; 1,000 - 9 = 991
        ("991", "1000"),
        ("992", "1001"),  # 1,001 - 9
    ],
)
def test_least_principal_under_a_falling_fee(gets: str, principal: str) -> None:
    """Where the fee falls from 50 to 9 at 1,000, the payee's amount is reached from 1,000 on at latest."""
    landed = Curve.line(1) - FALLING
    assert landed.first_at_least(F(gets)) == Solution(F(principal), attained=True)


def test_largest_principal_under_a_falling_fee() -> None:
    """Paid is 1,049.99 at 999.99 and 1,009 at 1,000: a budget of 1,009 sends 1,000, one of 1,008 only 958."""
    paid = Curve.line(1) + FALLING
    assert paid.last_at_most(1009) == Solution(F(1000), attained=True)
    assert paid.last_at_most(1008) == Solution(F(958), attained=True)


def test_inverse_that_is_only_approached() -> None:
    """Less than 955 lands for every principal below 1,000 and for none from there on."""
    landed = Curve.line(1) - FALLING
    assert landed.last_at_most(955) == Solution(F(1000), attained=False)
    assert STEPS.first_at_least(50) == Solution(F(10_000), attained=False)


def test_inverse_without_limit_or_without_answer() -> None:
    """A condition that holds for ever has no last number, and one that never holds has no answer."""
    assert FALLING.last_at_most(9) == Solution(None, attained=False)
    assert FALLING.last_at_most(8) is None
    assert FALLING.first_at_least(51) is None


def test_two_break_evens_by_hand() -> None:
    """2% beats 4 + 0.5% up to 4 / 1.5% = 800/3; that beats a flat 10 up to 6 / 0.5% = 1,200."""
    offers = {
        "flat": Curve.constant(10),
        "mixed": Curve.line(F("0.005"), 4),
        "share": Curve.line(F("0.02")),
    }
    assert envelope(offers) == [
        Segment(Edge(F(0), closed=True), Edge(F(800, 3), closed=True), ("share",)),
        Segment(Edge(F(800, 3), closed=False), Edge(F(1200), closed=True), ("mixed",)),
        Segment(Edge(F(1200), closed=False), Edge(None, closed=False), ("flat",)),
    ]


def test_envelope_shows_ties_gaps_and_lone_points() -> None:
    """Equal curves are listed together, a hole in the union stays, and a winner at one number is shown."""
    until = Edge(F(5), closed=False)
    low, high = Edge(F(0), closed=True), Edge(None, closed=False)
    offers = {
        "b": Curve.constant(3).restrict(low, until),
        "a": Curve.constant(3).restrict(low, until),
        "c": Curve.line(1).restrict(Edge(F(7), closed=True), high),
        "d": Curve.constant(1).restrict(Edge(F(9), closed=True), Edge(F(9), closed=True)),
    }
    nine = Edge(F(9), closed=True)
    assert envelope(offers) == [
        Segment(low, until, ("a", "b")),
        Segment(Edge(F(7), closed=True), Edge(F(9), closed=False), ("c",)),
        Segment(nine, nine, ("d",)),
        Segment(Edge(F(9), closed=False), high, ("c",)),
    ]
    assert envelope({}) == []


def test_marginal_slices_by_hand() -> None:
    """1% of the first 1,000, 0.5% of the next 4,000 and nothing above is 10 + 20 = 30 from 5,000 on."""
    fee = Curve.slices([(F(1000), F("0.01")), (F(5000), F("0.005")), (None, F(0))])
    assert [fee(F(x)) for x in (0, 500, 1000, 3000, 5000, 90_000)] == [0, 5, 10, 20, 30, 30]


def test_composition_over_a_jump_by_hand() -> None:
    """At 2 dollars per pound, a tier up to 100 dollars ends with 50 pounds; a falling base turns it round."""
    tier = Curve.bands([(F(100), True, Curve.constant(1)), (None, False, Curve.constant(2))])
    pounds = tier.after(Curve.line(2))
    assert [pounds(50), pounds(F("50.01"))] == [1, 2]
    turned = tier.after(Curve.line(-2, 200))
    assert [turned.get(F(x)) for x in ("49.99", "50", "100", "100.01")] == [2, 1, 1, None]


def test_bounds_count_the_limit_at_an_open_end() -> None:
    """Below 1,000 the rising line nears 1,000 without reaching it, and the bound is 1,000."""
    below = Curve.line(1).restrict(Edge(F(0), closed=True), Edge(F(1000), closed=False))
    assert below.bounds(990, 1010) == (F(990), F(1000))
    assert below.bounds(1000, 1010) is None
    assert Curve.line(-1, 3).bounds(1, None) == (None, F(2))


def test_outside_the_domain_names_x_and_the_domain() -> None:
    """Asking outside the domain raises an error that says what was asked and where answers are."""
    curve = Curve.bands([(F(5), False, Curve.constant(1))])
    with pytest.raises(OutsideDomain, match=r"^x: found 11/2, expected a number in the domain: \[0, 5\)$") as caught:
        curve(F(11, 2))
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, LookupError)
    assert caught.value.x == F(11, 2)
    assert caught.value.domain == (Interval(Edge(F(0), closed=True), Edge(F(5), closed=False)),)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (its own bytes, made on this line)
    assert str(again) == str(caught.value)
    with pytest.raises(OutsideDomain, match="domain: nothing"):
        Curve([])(0)


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([("[]", -1, 2)], r"piece\[0\]: found \[-1, 2\]"),
        ([("[]", 3, 2)], r"piece\[0\]: found \[3, 2\]"),
        ([("[)", 2, 2)], r"piece\[0\]: found \[2, 2\)"),
        ([("(]", 2, 2)], r"piece\[0\]: found \(2, 2\]"),
        ([("[]", 2, None)], r"piece\[0\]"),
        ([("[]", 0, 5), ("[]", 5, 9)], r"piece\[1\]: found \[5, 9\] after \[0, 5\].*where piece\[0\] ends"),
        ([("[]", 4, 5), ("[]", 0, 1)], r"piece\[1\]: found \[0, 1\] after \[4, 5\]"),
        ([("[)", 0, None), ("[]", 5, 9)], r"piece\[1\]: found \[5, 9\] after \[0, infinity\)"),
    ],
)
def test_impossible_pieces_are_refused(pieces: list[tuple[str, int, int | None]], message: str) -> None:
    """A piece below 0, reversed, empty, closed at infinity, or overlapping another is named and refused."""
    drawn = [piece(ends, F(start), None if end is None else F(end)) for ends, start, end in pieces]
    with pytest.raises(ValueError, match=message):
        Curve(drawn)


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ([(5, True), (4, True)], r"band\[1\]: found the bound 4, expected one above 5"),
        ([(5, True), (5, True)], r"band\[1\]: found the bound 5"),
        ([(0, False)], r"band\[0\]: found the bound 0"),
        ([(None, False), (5, True)], r"band\[1\]: found the bound 5, expected one above infinity"),
        ([(None, False), (None, False)], r"band\[1\]: found the bound None"),
    ],
)
def test_bands_that_cannot_follow_are_refused(bands: list[tuple[int | None, bool]], message: str) -> None:
    """A band that is empty, goes back, or follows the open-ended one is named and refused."""
    with pytest.raises(ValueError, match=message):
        Curve.bands([(bound, inclusive, Curve.constant(1)) for bound, inclusive in bands])


def test_a_band_of_one_number() -> None:
    """A band up to 5 after one below 5 holds 5 alone."""
    curve = Curve.bands(
        [(F(5), False, Curve.constant(1)), (F(5), True, Curve.constant(2)), (None, False, Curve.constant(3))]
    )
    assert [curve(F(x)) for x in ("4.99", "5", "5.01")] == [1, 2, 3]


def test_other_mistakes_are_refused() -> None:
    """An inexact number, a reversed interval or clamp, and an edge that cannot be are refused by name."""
    with pytest.raises(TypeError, match=r"found 0.1, expected a Fraction or an int"):
        Curve.line(0.1)  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(TypeError, match="found '3'"):
        STEPS("3")  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="low: found 2, expected at most high, 1"):
        STEPS.bounds(2, 1)
    with pytest.raises(ValueError, match="least: found 2, expected at most 1"):
        STEPS.clamp(least=2, most=1)
    with pytest.raises(ValueError, match="closed: found True at infinity"):
        Edge(None, closed=True)
    with pytest.raises(ValueError, match="low: found infinity"):
        STEPS.restrict(Edge(None, closed=False), Edge(None, closed=False))


def test_a_curve_cannot_be_changed() -> None:
    """Assigning to a curve raises, so that one curve can be shared by many offers."""
    with pytest.raises(FrozenInstanceError):
        STEPS.pieces = ()  # type: ignore[misc]  # the mistake under test


def test_a_tie_at_the_first_point_alone_folds_into_what_follows() -> None:
    """X and 2x are both 0 at 0, and x is lower from there on: one segment."""
    offers = {"a": Curve.line(1), "b": Curve.line(2)}
    assert envelope(offers) == [Segment(Edge(F(0), closed=True), Edge(None, closed=False), ("a",))]
