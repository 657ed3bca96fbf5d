"""What a reader of an index has to know: what the data does not say, and how far the rule could be followed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.survey.flows import flows_among
from paycompare.survey.select import CORRIDOR, everywhere, is_digital, qualifying

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paycompare.survey.dataset import Survey
    from paycompare.survey.flows import Flows
    from paycompare.survey.rule import IndexRule

__all__ = ["MARGIN", "on_margins", "on_rule", "on_weights"]

MARGIN: Final = "the mean margin "
"""How a remark on margins begins: pictures without margins leave it out."""


def on_rule(survey: Survey, rule: IndexRule, columns: Sequence[str]) -> Iterator[str]:
    """Yield what the survey lacks for a rule, and how far the rule could be followed in its last quarter.

    Args:
        survey: The rows.
        rule: The rule.
        columns: That the services are grouped by.
    """
    if survey.frame.is_empty():
        return
    yield from _not_stated(survey.frame, rule, columns)
    if not (rule.digital is not None or rule.presence or rule.cheapest or rule.fewest > 1):
        return
    here = replace(survey, frame=survey.frame.filter(pl.col("period") == survey.periods[-1]))
    if rule.digital is not None:
        yield from _digital(survey, here, rule)
    if rule.presence is not None:
        yield _present(here, rule.presence)
    if rule.cheapest is not None or rule.fewest > 1:
        yield _enough(here, rule)


def on_margins(frame: pl.DataFrame, rule: IndexRule) -> Iterator[str]:
    """Yield over how many services the margins of a finished table are, where not over all.

    Args:
        frame: With ``services`` and ``margins``.
        rule: The rule.
    """
    services, margins = (int(frame[name].sum()) for name in ("services", "margins"))
    if margins == services:
        return
    others = "the others hide it, or exchange at 1 to 1, which is no exchange or no rate that could be compared"
    if rule.margins == "all":
        yield f"{MARGIN}counts those of {margins:,} of {services:,} services; {others}, and add no margin to the cost"
    else:
        yield (
            f"{MARGIN}is over {margins:,} of {services:,} services; {others}, and count in cost and fee alone, so that "
            "fee and margin need not add up to the cost"
        )


def on_weights(survey: Survey, rows: pl.LazyFrame, flows: Flows | pl.DataFrame) -> Iterator[str]:
    """Yield which share of the flows asked about, and how many corridors, weigh in the survey's last quarter.

    Args:
        survey: The rows that the index is of.
        rows: Those that qualify.
        flows: What the corridors are weighed by.
    """
    if survey.frame.is_empty():
        return
    last = survey.periods[-1]
    asked, among = flows_among(flows, survey.restrictions)
    places = list(CORRIDOR[1:])
    corridors = rows.filter(pl.col("period") == last).select(pl.col(places).cast(pl.String)).unique().collect()
    weighing = asked.join(corridors, on=places, how="semi")
    weighed, total = (float(one["flow"].sum()) for one in (weighing, asked))
    share = weighed / total if total else 0.0
    whose = f"the flows {among}" if among else "all flows given"
    yield (
        f"in {last} {weighing.height:,} of {corridors.height:,} corridors have a flow and weigh: {share:.1%} of "
        f"{whose}; the other {1 - share:.1%} are in corridors without a cost"
    )


def _not_stated(frame: pl.DataFrame, rule: IndexRule, columns: Sequence[str]) -> Iterator[str]:
    """Yield which conditions and groups rest on what rows do not state."""
    for column in columns:
        if frame[column].null_count() == frame.height:
            yield f"{column} is stated in no row: the groups are not known"
    conditions = {
        "speed": (rule.within is not None, pl.col("speed").is_null()),
        "pick-up method or coverage": (
            rule.access != "any",
            pl.all_horizontal(pl.col("pickup_method", "receiving_coverage", "coverage").is_null()),
        ),
        "provider type": (bool(rule.firm_types), pl.col("firm_type").is_null()),
    }
    for words, (asked, missing) in conditions.items():
        rows = frame.select(missing.sum()).item() if asked else 0
        if rows:
            yield f"{rows:,} of {frame.height:,} rows state no {words}, which the rule asks for: they do not qualify"


def _digital(survey: Survey, here: Survey, rule: IndexRule) -> Iterator[str]:
    """Yield of how many rows it cannot be told whether they are digital."""
    if (survey.frame["layout"] == "product").any():
        left_out = "" if rule.digital == "unknown" else "; those quarters are left out"
        yield f"before 2016_2Q the survey does not tell digital services from others{left_out}"
    unknown = pl.col("layout").ne("product") & is_digital(here.frame, rule.digital_set).is_null()
    rows = here.frame.select(unknown.sum()).item()
    if rows:
        taken = "what is averaged" if rule.digital == "unknown" else "in neither average"
        yield (
            f"in {here.periods[-1]} {rows:,} of {here.frame.height:,} rows do not state enough of how they are paid, "
            f"ordered and received to be called digital or not: they are {taken}"
        )


def _present(here: Survey, presence: float) -> str:
    """Return which firms are present enough."""
    last = here.periods[-1]
    every = here.everything.filter(pl.col("period") == last)
    wide = everywhere(every, presence).select(pl.col("firm_key").cast(pl.String)).collect()["firm_key"].sort()
    corridors = every["corridor"].n_unique()
    return f"in {last} so present in the {corridors:,} corridors surveyed: {', '.join(wide) or 'none'}"


def _enough(here: Survey, rule: IndexRule) -> str:
    """Return how many corridors have as many services as a rule asks for."""
    asked = max(rule.cheapest or 1, rule.fewest)
    counts = qualifying(here, rule.changed(cheapest=None, fewest=1)).group_by(CORRIDOR).len().collect()["len"]
    surveyed = here.frame.filter(~pl.col("source").is_in(rule.without_senders))["corridor"].n_unique()
    full, dropped = int((counts >= asked).sum()), int((counts < rule.fewest).sum())
    parts = {
        f"with at least {asked} services that qualify": full,
        "with fewer, averaged over those": len(counts) - full - dropped,
        f"with fewer than {rule.fewest}, left out": dropped,
        "with none, left out": surveyed - len(counts),
    }
    said = "; ".join(f"{number:,} {words}" for words, number in parts.items() if number)
    return f"of {surveyed:,} corridors surveyed in {here.periods[-1]}: {said}"
