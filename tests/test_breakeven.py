"""Break-evens: settled by exact walks, gaps shown, nothing left out without a reason."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import paycompare as pc
from paycompare.crossover import outcome
from paycompare.curve import Curve
from paycompare.scenario import walk_one
from tests.catalogues import write_folder
from tests.making import convert, offer, spread, take

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.breakeven import Crossovers
    from paycompare.offer import Offer


def table(root: Path, least: str, most: str, **more: Any) -> Crossovers:
    """Ask for the break-evens of the folders of a test alone, at 160 KES per GBP."""
    return pc.crossovers(
        "GB/GBP>KE/KES",
        least=least,
        most=most,
        at=date(2026, 10, 30),
        reference={"GBP/KES": "160"},
        catalogue=[root],
        providers=sorted(path.name for path in root.iterdir()),
        **more,
    )


def rows(found: Crossovers) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """Return the table as text."""
    return [(str(row.start), None if row.end is None else str(row.end), row.winners) for row in found.stretches]


def test_a_flat_fee_overtakes_a_percentage_where_the_cents_say_so(tmp_path: Path) -> None:
    """One percent against 10 flat break even at 1,000; one percent rounds above 10.00 only from 1,000.50 on."""
    write_folder(tmp_path, "flat_bank", fee='flat = "10"')
    write_folder(tmp_path, "share_bank", fee='share = "0.01"')
    assert rows(table(tmp_path, "50 GBP", "50000 GBP")) == [
        ("50.00 GBP", "1,000.50 GBP", ("share_bank/out",)),
        ("1,000.50 GBP", None, ("flat_bank/out",)),
    ]


def test_the_payees_side_has_its_own_break_even(tmp_path: Path) -> None:
    """To land R one pays R/160/0.99 or R/160 + 10: equal at R = 158,400, settled on the grid of the cents paid."""
    write_folder(tmp_path, "flat_bank", fee='flat = "10"')
    write_folder(tmp_path, "share_bank", fee='share = "0.01"')
    first, second = table(tmp_path, "8000 KES", "8000000 KES", side="gets").stretches
    assert (first.winners, second.winners) == (("share_bank/out",), ("flat_bank/out",))
    assert abs(second.start.exact - 158_400) < 160


def test_amounts_that_nobody_takes_are_a_gap(tmp_path: Path) -> None:
    """One provider takes up to 500.00, the other from 1,000.00: nothing is offered in between."""
    write_folder(tmp_path, "small_house", more='most = "500 GBP"')
    write_folder(tmp_path, "large_house", more='least = "1000 GBP"')
    assert rows(table(tmp_path, "50 GBP", "5000 GBP")) == [
        ("50.00 GBP", "500.01 GBP", ("small_house/out",)),
        ("500.01 GBP", "1,000.00 GBP", ()),
        ("1,000.00 GBP", None, ("large_house/out",)),
    ]


def test_a_winner_that_takes_no_more_was_not_beaten(tmp_path: Path) -> None:
    """The cheap house ends at 500.00 and leaves the rest to the dear one; a winner that is beaten has not ended."""
    write_folder(tmp_path, "cheap_house", more='most = "500 GBP"')
    write_folder(tmp_path, "dear_house", fee='flat = "10"')
    found = table(tmp_path, "50 GBP", "5000 GBP")
    assert [stretch.ended for stretch in found.stretches] == [(), ("cheap_house/out",)]
    assert "takes no payment of 500.01 GBP; it was not beaten there" in " ".join(str(found).split())
    write_folder(tmp_path, "share_house", fee='share = "0.005"')
    beaten = table(tmp_path, "1000 GBP", "5000 GBP").stretches
    assert [(stretch.winners, stretch.ended) for stretch in beaten] == [
        (("share_house/out",), ()),
        (("dear_house/out",), ()),
    ]


def test_a_jump_inside_a_fee_moves_the_winner_there_and_back(tmp_path: Path) -> None:
    """2 up to 100, 12 above, against 5, on top: 100.00 is all the steps send for 102 to 112, so 5 wins from 105.01."""
    steps = 'bands = [{ up_to = "100", price = { flat = "2" } }, { price = { flat = "12" } }]'
    write_folder(tmp_path, "step_bank", fee=steps, place="on_top")
    write_folder(tmp_path, "flat_bank", fee='flat = "5"', place="on_top")
    assert rows(table(tmp_path, "50 GBP", "500 GBP")) == [
        ("50.00 GBP", "105.01 GBP", ("step_bank/out",)),
        ("105.01 GBP", None, ("flat_bank/out",)),
    ]


def test_equal_prices_share_a_stretch(tmp_path: Path) -> None:
    """Two providers of one price win together."""
    write_folder(tmp_path, "a_bank", fee='flat = "5"')
    write_folder(tmp_path, "b_bank", fee='flat = "5"')
    assert rows(table(tmp_path, "50 GBP", "500 GBP")) == [("50.00 GBP", None, ("a_bank/out", "b_bank/out"))]


def test_what_is_not_complete_is_left_out_with_the_reason(tmp_path: Path) -> None:
    """An unpublished margin has no place on a table of break-evens, and the table says so."""
    write_folder(tmp_path, "a_bank", fee='flat = "5"')
    write_folder(tmp_path, "silent_bank", margin="not_published = true")
    assert table(tmp_path, "50 GBP", "500 GBP").left_out == {"silent_bank/out": "its fx margin is not published"}


@pytest.mark.parametrize(
    ("least", "most", "side", "said"),
    [
        ("50 GBP", "50 GBP", "pays", "most: found '50.00 GBP', expected an amount above least"),
        ("50 KES", "60 KES", "pays", "least: found '50.00 KES', expected an amount in GBP"),
        ("50 GBP", "60 GBP", "sends", "side: found 'sends', expected 'pays' or 'gets'"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, least: str, most: str, side: str, said: str) -> None:
    """The message names the argument."""
    write_folder(tmp_path, "a_bank")
    with pytest.raises(pc.PaymentError, match=said.replace("(", "\\(")):
        table(tmp_path, least, most, side=side)


flat = st.integers(0, 40).map(Fraction)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    """Draw an offer with a fee that may jump or fall, a margin, and a charge on arrival."""
    edge = Fraction(draw(st.integers(100, 300)))
    fee = Curve.bands(
        [
            (edge, draw(st.booleans()), Curve.line(Fraction(1, 100), draw(flat))),
            (None, False, Curve.constant(draw(flat))),
        ]
    )
    return offer(
        take("fee", spread(fee), draw(st.sampled_from(["on_top", "from_amount"]))),
        convert(spread(draw(st.sampled_from(["0", "0.02"])))),
        take("arrival", spread(Curve.constant(draw(flat) * 10)), "from_amount", base="held", currency="KES"),
    )


@given(offers(), st.sampled_from(["pays", "gets"]), st.integers(2000, 60_000))
def test_the_unrounded_outcome_is_the_walk_within_the_rounding(made: Offer, side: str, cents: int) -> None:
    """Away from edges the curve and the exact walk differ by what two roundings can move, valued in pounds."""
    fixed = Fraction(cents, 100) * (160 if side == "gets" else 1)
    curve = outcome(made, side)  # type: ignore[arg-type]  # one of the two sides
    walk = walk_one(made, side, fixed, "GBP" if side == "pays" else "KES", {})  # type: ignore[arg-type]
    value = curve.get(fixed)
    near = [curve.get(fixed + Fraction(n, 50) * (160 if side == "gets" else 1)) for n in (-2, -1, 1, 2)]
    if walk is None or value is None or None in near:
        return
    exact = walk.landed / 160 if side == "pays" else walk.paid
    assert min(near) - Fraction(1, 10) <= exact <= max(near) + Fraction(1, 10)  # type: ignore[type-var, operator]
