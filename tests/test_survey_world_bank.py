"""The World Bank's own rows and printed figures, read where they lie beside the checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from paycompare.survey.flows import read_flows
from paycompare.survey.gaps import gap_in_money
from paycompare.survey.indices import index
from paycompare.survey.load import read_rpw
from paycompare.survey.suspects import suspects
from paycompare.survey.verify import PRINTED, identities, read_published, verify_corridors
from tests.surveys import counted

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.survey.dataset import Survey


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    """Return the folder of World Bank files, or skip."""
    folder = shared / "data" / "rpw"
    if not folder.is_dir():
        pytest.skip("World Bank rows are read from ../shared/data/rpw, which is not there")
    return folder


@pytest.fixture(scope="module")
def early(data: Path) -> Survey:
    """Return all rows of the vintage of June 2014."""
    return read_rpw(data / "rpw_dataset_2011_2014_q2.parquet")


@pytest.fixture(scope="module")
def modern(data: Path) -> Survey:
    """Return 26 rows of 2025_3Q, in the modern layout."""
    return read_rpw(data / "rpw_2025q3_east_africa_sample.csv")


def test_every_published_corridor_average_is_reproduced(early: Survey, data: Path) -> None:
    """839 averages of 2011 and 2012, printed to many digits: all within half of the second decimal."""
    found = verify_corridors(early, read_published(data / "published_corridor_averages_2011_2012.csv"))
    assert (found.frame.height, found.within, found.missing) == (839, 839, 0)
    assert found.holds
    assert found.worst is not None
    assert found.worst < 0.00001  # the published figures are single-precision


def test_dropping_duplicates_would_break_published_averages(early: Survey) -> None:
    """103 pairs are equal but for their id; without one of each, 81 of 2,167 corridor averages change."""
    assert any(
        note.startswith("rows that repeat an earlier one in all but the id: 103;") for note in early.report.notes
    )
    keys = ["period", "source", "destination"]
    mean = pl.col("total_percent_200").mean()
    rows = early.frame.filter(pl.col("transparent"))
    whole = rows.group_by(keys).agg(mean)
    without = (
        rows.unique(subset=[name for name in rows.columns if name != "id"]).group_by(keys).agg(mean.alias("thinned"))
    )
    both = whole.join(without, on=keys)
    changed = both.filter((pl.col("total_percent_200") - pl.col("thinned")).abs() > PRINTED)
    assert (whole.height, changed.height) == (2167, 81)


def test_rows_come_out_by_their_own_arithmetic(early: Survey) -> None:
    """Total is fee plus margin in 99.33 percent of 28,460 rows for 200 dollars, 99.49 of 28,387 for 500."""
    small, _, large, _ = identities(early)
    assert (small.rows, f"{small.share:.4f}") == (28_460, "0.9933")
    assert (large.rows, f"{large.share:.4f}") == (28_387, "0.9949")


def test_all_totals_of_the_modern_rows_recompute(modern: Survey) -> None:
    """26 rows at two amounts: 52 totals and 52 margins, none of them off."""
    assert modern.report.rows == 26
    assert [(one.rows, one.within) for one in identities(modern)] == [(26, 26)] * 4


def test_the_vintage_of_2014_is_read_whole(early: Survey) -> None:
    """28,467 rows, ten quarters; hidden margins, blanks and what was not collected are counted."""
    assert (early.report.rows, len(early.periods)) == (28_467, 10)
    assert early.periods[0] == "2011_1Q"
    assert early.periods[-1] == "2014_2Q"
    nulls = counted(early.report.nulls)
    assert nulls["margin_percent_200", "zero under a rate that was not disclosed"] == 2_703
    assert nulls["pickup_method", "blank: not collected"] == 9_388
    assert nulls["total_percent_500", "blank"] == 57
    assert nulls["rate_500", "blank"] == 164
    assert nulls["speed", "'N/A'"] == 10
    assert early.frame["comparable"].not_().sum() == 2_700 + 4_207  # hidden, and transparent but not comparable
    assert early.frame.filter(pl.col("margin_percent_200") < 0).height == 937
    assert early.frame.filter(pl.col("total_percent_200") < 0).height == 62


def test_corridors_grow_as_the_databank_counts_them(early: Survey) -> None:
    """199 corridors have transparent services in 2011_1Q, 213 in 2011_3Q."""
    counts = dict(index(early).frame.select("period", "corridors").rows())
    assert (counts["2011_1Q"], counts["2011_3Q"]) == (199, 213)


def test_two_firms_make_the_international_mto_index(early: Survey) -> None:
    """Western Union and MoneyGram are in 97.7 and 92.0 percent of the corridors of 2011_3Q, the next in under half."""
    rule = {"period": "2011_3Q"}
    survey = early.only(since=rule["period"], until=rule["period"])
    by_firm = index(survey, "international_mto", by="firm").frame["firm_key"].to_list()
    assert by_firm == ["moneygram", "western union"]
    assert index(survey, "international_mto", presence=0.95, by="firm").frame["firm_key"].to_list() == ["western union"]
    assert len(index(survey, "international_mto", presence=0.46, by="firm").frame) == 2


def test_russia_weighs_on_the_global_average(early: Survey) -> None:
    """Leaving its cheap senders out raises the average, by at most 0.33 points in these years."""
    world, everybody = (index(early, name).frame["cost_percent"] for name in ("global", "average"))
    assert (world - everybody).is_between(0.03, 0.4).all()


def test_slips_are_found_among_real_rows(early: Survey, modern: Survey) -> None:
    """The dollar quote under Rwandan francs, and the four days that are years off their quarter."""
    why = suspects(modern).filter(pl.col("source") == "RWA")["why"].to_list()
    assert why == ["amount_200 is 200 RWF where 150,000 is usual", "amount_500 is 500 RWF where 375,000 is usual"]
    days = suspects(early).filter(pl.col("why").str.starts_with("collected on"))
    assert days.select("source", "destination").unique().rows() == [("SGP", "CHN")]
    assert days.height == 4


def test_flows_weigh_and_put_money_to_the_gap(early: Survey, data: Path) -> None:
    """The matrix of 2011 covers most corridors; its names are all countries but totals and two groups of islands."""
    flows = read_flows(data / "Bilateral_Remittance_Matrix_2011.csv")
    assert flows.frame.sort("flow", descending=True).row(0) == ("USA", "MEX", 23_174.0)
    assert "Total" in flows.left_out
    assert not [name for name in flows.left_out if name in {"Macedonia, FYR", "Venezuela, RB", "Gibralter"}]
    weighted = index(early, "weighted", flows=flows)
    plain = index(early, unit="corridor")
    assert (weighted.frame["cost_percent"] < plain.frame["cost_percent"]).all()
    found = gap_in_money(index(early, by="corridor"), "sdg_10c_corridor", flows, period="2011_1Q")
    assert 0.2 < found.covered < 1
