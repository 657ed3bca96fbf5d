"""The frame: one row for each offer, exact decimals, the same figures as a naive calculation."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from paycompare.frame import COLUMNS, to_frame
from tests.answers import compared, varied, write_shared_out
from tests.catalogues import write_folder

CENT = Decimal("0.01")


def test_no_column_is_a_binary_float(tmp_path: Path) -> None:
    """Amounts, rates and shares are decimals, dates are dates, and the schema is the documented one."""
    frame = to_frame(varied(tmp_path))
    assert frame.columns == [column.name for column in COLUMNS]
    assert not [name for name, kind in frame.schema.items() if kind.is_float()]
    assert frame.schema["paid_low"] == pl.Decimal(38, 6)
    assert frame.schema["cost_share_high"] == pl.Decimal(38, 12)
    assert frame.schema["on"] == pl.Date()
    assert frame.schema["unknowns"] == pl.List(pl.String)


def test_the_schema_does_not_depend_on_the_rows(tmp_path: Path) -> None:
    """A comparison with bounds alone has the same columns of the same types, so that frames can be stacked."""
    write_folder(tmp_path / "a", "silent", margin="not_published = true")
    alone = to_frame(compared(tmp_path / "a"))
    assert alone.schema == to_frame(varied(tmp_path / "b")).schema
    assert alone["rank"].to_list() == [None]


def test_every_column_says_what_it_holds() -> None:
    """Names are unique, and each has words."""
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert all(column.words for column in COLUMNS)


def test_rows_are_quotes_then_bounds_then_promotions(tmp_path: Path) -> None:
    """Four ranked offers, two bounds, those that could win first, and one promotion."""
    frame = to_frame(varied(tmp_path))
    assert frame.select("row", "provider", "rank", "standing").rows() == [
        ("quote", "alpha", 1, "complete"),
        ("quote", "delta", 2, "modelled"),
        ("quote", "beta", 3, "complete"),
        ("quote", "range", 4, "complete"),
        ("bound", "gamma", None, "bounded"),
        ("bound", "omega", None, "bounded"),
        ("promotion", "promo", None, "complete"),
    ]


def test_the_figures_of_a_row(tmp_path: Path) -> None:
    """1,000 less 5, less 1 percent of 995: 14.95 lost, 1.495 percent, 157,608.00 KES at 158.4 applied."""
    row = to_frame(varied(tmp_path)).row(0, named=True)
    assert {name: row[name] for name in ("paid_low", "paid_high", "fixed")} == dict.fromkeys(
        ("paid_low", "paid_high", "fixed"), Decimal(1000)
    )
    assert (row["landed_low"], row["landed_high"]) == (Decimal(157608), Decimal(157608))
    assert (row["cost_measure"], row["cost_share_low"]) == ("landed_cost", Decimal("0.01495"))
    assert (row["worst_charges"], row["worst_fx_margin"]) == (Decimal("5.00"), Decimal("9.95"))
    assert (row["worst_levies"], row["worst_third_parties"], row["worst_lost"]) == (0, 0, Decimal("14.95"))
    assert (row["applied_rate_low"], row["reference_rate"]) == (Decimal("158.4"), Decimal(160))
    assert (row["reference_kind"], row["evidence_kind"]) == ("user", "page")
    assert (row["seen"], row["evidence_age"]) == (date(2026, 10, 1), "seen Oct 2026, 29 days")


def test_the_state_and_third_parties_have_columns_of_their_own(tmp_path: Path) -> None:
    """3 to the state and 7 to a correspondent are 10 lost; the provider took nothing."""
    row = to_frame(compared(write_shared_out(tmp_path))).row(0, named=True)
    names = ("worst_charges", "worst_fx_margin", "worst_levies", "worst_third_parties", "worst_lost")
    assert [row[name] for name in names] == [0, 0, 3, 7, 10]


def test_bounds_carry_their_condition(tmp_path: Path) -> None:
    """The bound wins below a margin of 1.495 percent; 157.61 is the least five-digit rate that does."""
    row = to_frame(varied(tmp_path)).row(4, named=True)
    assert (row["wins_below"], row["ask_rate"]) == (Decimal("0.01495"), Decimal("157.61"))
    assert row["why_not_ranked"] == ["its fx margin is not published"]
    assert row["condition"] == "wins only below a 1.49% margin: ask for 157.61 KES per GBP or better"


def test_unknown_charges_are_a_list_and_leave_the_expectation_open(tmp_path: Path) -> None:
    """By SWIFT others may charge: they are named, and what lands in the end is not claimed to be known."""
    row = to_frame(varied(tmp_path)).row(2, named=True)
    assert row["unknowns"] == ["correspondents:KES", "payee_bank:KE"]


@settings(max_examples=25)
@given(
    fees=st.lists(st.integers(0, 5000), min_size=1, max_size=4),
    margins=st.lists(st.integers(0, 9999), min_size=4, max_size=4),
    pays=st.integers(10_000, 10_000_000),
)
def test_rows_are_what_a_naive_calculation_gives(fees: list[int], margins: list[int], pays: int) -> None:
    """A fee from the amount and a margin, each by hand in decimals: landed, lost, order and rank agree."""
    expected = []
    with tempfile.TemporaryDirectory() as folder:
        for index, (fee, margin) in enumerate(zip(fees, margins, strict=False)):
            flat, share = Decimal(fee).scaleb(-2), Decimal(margin).scaleb(-5)
            write_folder(Path(folder), f"bank{index}", fee=f'flat = "{flat}"', margin=f'share = "{share}"')
            kept = Decimal(pays).scaleb(-2) - flat
            landed = (kept * Decimal(160) * (1 - share)).quantize(CENT, ROUND_HALF_UP)
            expected.append((-landed, f"bank{index}", (Decimal(pays).scaleb(-2) - landed / 160)))
        frame = to_frame(compared(Path(folder), f"{Decimal(pays).scaleb(-2)} GBP"))
    expected.sort()
    assert frame["provider"].to_list() == [name for _, name, _ in expected]
    assert frame["landed_low"].to_list() == [-landed for landed, _, _ in expected]
    assert frame["worst_lost"].to_list() == [lost.quantize(CENT, ROUND_HALF_UP) for _, _, lost in expected]
    ranks = [1 + sum(other < landed for other, _, _ in expected) for landed, _, _ in expected]
    assert frame["rank"].to_list() == ranks
    groups = frame.select(pl.sum_horizontal("worst_charges", "worst_fx_margin")).to_series()
    assert groups.to_list() == frame["worst_lost"].to_list()


def test_a_comparison_gives_its_frame(tmp_path: Path) -> None:
    """The method of a comparison returns the same frame."""
    write_folder(tmp_path, "plain")
    answer = compared(tmp_path)
    frame = answer.frame()
    assert isinstance(frame, pl.DataFrame)
    assert frame.equals(to_frame(answer))
