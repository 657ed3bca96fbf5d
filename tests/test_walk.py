"""The walk, its outer bounds, and the search for a principal, held against a naive oracle."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from paycompare.curve import Curve
from paycompare.kernel import compiled
from paycompare.money import Rounding
from paycompare.search import cheapest_reaching, largest_within
from paycompare.walk import Chain, ConvertStep, TakeStep
from tests.drawn import CENT, UNIT, Drawn, chains
from tests.oracles import walk_oracle as oracle

MOST = 400


CENTS = Rounding(CENT)


def fee(curve: Curve, bite: str = "on_top", base: str = "principal", name: str = "fee") -> TakeStep:
    """Make a charge in the currency it is computed in."""
    return TakeStep(name, ((base, UNIT),), curve, bite, UNIT, CENTS)


def conversion(reference: str, margin: str, *, rate_step: Fraction | None = None) -> ConvertStep:
    """Make a conversion at reference x (1 - margin)."""
    curve = Curve.constant(Fraction(margin))
    return ConvertStep("fx_margin", Fraction(reference), curve, UNIT, False, None, rate_step, False, CENTS, CENTS)


@given(chains(), st.integers(1, MOST))
def test_the_walk_is_the_oracles(drawn: Drawn, count: int) -> None:
    """Paid, debit and landed are what a walk written from the rules alone gives."""
    found = drawn.chain.walk(count * drawn.grid)
    expected = oracle.walk(drawn.plain, count * drawn.grid, payee_instructs=drawn.chain.payee_instructs)
    got = found and {
        "paid": found.paid,
        "debit": found.debit,
        "landed": found.landed,
        "principal": found.principal,
    }
    assert got == expected


@given(chains(), st.integers(1, MOST), st.integers(0, 60), st.data())
def test_bounds_hold_every_walk_of_their_interval(drawn: Drawn, low: int, width: int, data: st.DataObject) -> None:
    """No walk inside an interval leaves the bounds of the interval, and no bounds means no walk."""
    high = low + width
    kernel = compiled(drawn.chain, drawn.grid)
    bounds = kernel.bounds(low, high)
    found = kernel.at(data.draw(st.integers(low, high)))
    if found is not None:
        assert bounds is not None
        assert bounds.paid_low <= found[0] <= bounds.paid_high
        assert bounds.landed_low <= found[1] <= bounds.landed_high


@given(chains(varied=True), st.integers(1, 5 * MOST))
def test_whole_numbers_give_the_figures_of_the_walk(drawn: Drawn, count: int) -> None:
    """The search sees exactly what is shown: same paid, same landed, and no walk where there is none."""
    kernel = compiled(drawn.chain, drawn.grid)
    walk, found = drawn.chain.walk(count * drawn.grid), kernel.at(count)
    assert (walk is None) == (found is None)
    if walk is not None and found is not None:
        assert (found[0] * kernel.paid_unit, found[1] * kernel.landed_unit) == (walk.paid, walk.landed)


@given(chains(varied=True), st.integers(1, MOST), st.integers(0, 60), st.data())
def test_bounds_hold_where_grids_and_roundings_differ(drawn: Drawn, low: int, width: int, data: st.DataObject) -> None:
    """Coarser grids, other rounding modes and rounded bases do not let a walk out of its bounds."""
    kernel = compiled(drawn.chain, drawn.grid)
    bounds, found = kernel.bounds(low, low + width), kernel.at(data.draw(st.integers(low, low + width)))
    if found is not None:
        assert bounds is not None
        assert bounds.paid_low <= found[0] <= bounds.paid_high
        assert bounds.landed_low <= found[1] <= bounds.landed_high


@given(chains(), st.integers(1, 3 * MOST))
def test_the_largest_principal_is_the_one_that_trying_all_finds(drawn: Drawn, purse: int) -> None:
    """Whatever jumps, falls or rounds, the search returns the largest affordable principal of the grid."""
    amount = purse * drawn.grid
    found = largest_within(drawn.chain, amount, grid=drawn.grid, least=1, most=MOST)
    expected = oracle.largest_within(drawn.plain, amount, drawn.grid, MOST, payee_instructs=drawn.chain.payee_instructs)
    assert (found and found.principal) == expected


@given(chains(), st.integers(1, MOST))
def test_the_cheapest_principal_is_the_one_that_trying_all_finds(drawn: Drawn, target: int) -> None:
    """The search returns the least paid that makes enough land, of equals the least principal."""
    amount = target * drawn.grid
    found = cheapest_reaching(drawn.chain, amount, grid=drawn.grid, least=1, most=MOST)
    expected = oracle.cheapest_reaching(
        drawn.plain, amount, drawn.grid, MOST, payee_instructs=drawn.chain.payee_instructs
    )
    assert (found and (found.paid, found.principal)) == expected


@given(chains(), st.integers(1, MOST))
def test_composed_curves_are_the_walk_without_rounding(drawn: Drawn, count: int) -> None:
    """The curves give what the same steps give when nothing is rounded."""
    exact = [{**step, "grid": Fraction(1, 10**30)} for step in drawn.plain]
    principal = count * drawn.grid
    expected = oracle.walk(exact, principal, payee_instructs=drawn.chain.payee_instructs)
    assume(expected is not None)
    paid, landed = drawn.chain.curves()
    assert expected is not None
    assert abs(paid(principal) - expected["paid"]) < Fraction(1, 10**20)
    assert abs(landed(principal) - expected["landed"]) < Fraction(1, 10**20)


def test_a_business_payment_of_a_thousand_euro_costs_what_the_bank_prints() -> None:
    """Lloyds: 1,000 EUR at 1.1900 less 2.60 percent, rate unrounded: 1000 / 1.15906 = 862.77 GBP."""
    chain = Chain((conversion("1.19", "0.026"),), payee_instructs=True)
    walk = chain.walk(Fraction(1000))
    assert walk is not None
    assert Fraction("862.77") == walk.paid


def test_a_personal_payment_of_a_thousand_euro_costs_what_the_bank_prints() -> None:
    """Lloyds: 1,000 EUR at 1.1900 less 3.55 percent, rate rounded to 1.1478: 1000 / 1.1478 = 871.23 GBP."""
    chain = Chain((conversion("1.19", "0.0355", rate_step=Fraction(1, 10_000)),), payee_instructs=True)
    walk = chain.walk(Fraction(1000))
    assert walk is not None
    assert Fraction("871.23") == walk.paid


def test_three_printed_fees_lie_on_one_line() -> None:
    """Wise, USD to THB: 1.83 + 0.5865 percent gives 3.88, 7.70 and 31.16 on 350, 1,000 and 5,000 USD."""
    line = Curve.line(Fraction("0.005865"), Fraction("1.83"))
    chain = Chain((fee(line, "from_amount"),))
    taken = [walk.lines[0][2] for sent in (350, 1000, 5000) if (walk := chain.walk(Fraction(sent)))]
    assert taken == [Fraction("3.88"), Fraction("7.70"), Fraction("31.16")]


def steps_30_50_80() -> Chain:
    """CAD 30 up to 10,000.00, 50 up to 50,000.00, 80 above, on top."""
    bands = [
        (Fraction(10_000), True, Curve.constant(30)),
        (Fraction(50_000), True, Curve.constant(50)),
        (None, False, Curve.constant(80)),
    ]
    return Chain((fee(Curve.bands(bands)),))


def test_a_jump_in_the_fee_leaves_money_that_cannot_be_sent() -> None:
    """Paying 10,040.00 CAD sends 10,000.00 and costs 10,030.00: 10,000.01 would already cost 10,050.01."""
    walk = largest_within(steps_30_50_80(), Fraction(10_040), grid=CENT, least=1, most=10_000_000)
    assert walk is not None
    assert (walk.principal, walk.paid) == (Fraction(10_000), Fraction(10_030))


def test_a_fee_that_falls_is_inverted_past_the_fall() -> None:
    """Fee 50 below 250,000 and 9 from there on: with 250,010 one sends 250,001; with 250,008 only 249,958."""
    bands = [(Fraction(250_000), False, Curve.constant(50)), (None, False, Curve.constant(9))]
    chain = Chain((fee(Curve.bands(bands)),))
    sent = [
        walk.principal
        for purse in (250_010, 250_008)
        if (walk := largest_within(chain, Fraction(purse), grid=CENT, least=1, most=10**8))
    ]
    assert sent == [Fraction(250_001), Fraction(249_958)]


def test_a_falling_fee_makes_sending_more_the_cheapest_way_to_land_enough() -> None:
    """To land 249,990 it is cheaper to send 250,000 for 250,009 than 249,990 for 250,040."""
    bands = [(Fraction(250_000), False, Curve.constant(50)), (None, False, Curve.constant(9))]
    chain = Chain((fee(Curve.bands(bands)),))
    walk = cheapest_reaching(chain, Fraction(249_990), grid=CENT, least=1, most=10**8)
    assert walk is not None
    assert (walk.principal, walk.paid) == (Fraction(250_000), Fraction(250_009))


def test_nothing_lands_when_the_charge_is_larger_than_the_amount() -> None:
    """A fee of 15 taken from 10 leaves nothing, and that is said rather than a negative amount."""
    assert Chain((fee(Curve.constant(15), "from_amount"),)).walk(Fraction(10)) is None


def test_what_is_counted_aside_is_in_no_curve() -> None:
    """A tax that comes back changes neither what is paid nor what lands, walked or composed."""
    chain = Chain((fee(Curve.line(Fraction(1, 5)), "aside"),))
    paid, landed = chain.curves()
    walk = chain.walk(Fraction(100))
    assert walk is not None
    assert {walk.paid, walk.landed, paid(100), landed(100)} == {Fraction(100)}
