"""Averages of a survey under a rule: one table for each question, all quarters at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from paycompare.errors import PaymentError, nearest
from paycompare.survey.rule import IndexRule, rule_named
from paycompare.survey.select import qualifying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paycompare.survey.dataset import Survey

__all__ = ["GROUPINGS", "IndexTable", "index"]

GROUPINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "corridor": ("source", "destination"),
    "sender": ("source",),
    "receiver": ("destination",),
    "sending_region": ("source_region",),
    "receiving_region": ("destination_region",),
    "sending_income": ("source_income",),
    "receiving_income": ("destination_income",),
    "sending_group": ("source_group",),
    "receiving_group": ("destination_group",),
    "firm": ("firm_key",),
    "firm_type": ("firm_type",),
    "product": ("product",),
    "instrument": ("payment_instrument",),
    "access_point": ("access_point",),
    "sending_location": ("sending_location",),
    "pickup_method": ("pickup_method",),
    "speed": ("speed",),
}
"""What an index may be asked by, and the columns that answer it."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexTable:
    """An index with the rule that made it and the data it was made from.

    Attributes:
        name: Of the index, such as ``smart``.
        by: What it was asked by, such as ``("corridor",)``; empty for the whole.
        rule: The rule.
        frame: One row for each quarter and group; see `index` for the columns.
        sha256: Of the file that the survey was read from.
        citation: What a publication has to say about the source.
    """

    name: str
    by: tuple[str, ...]
    rule: IndexRule
    frame: pl.DataFrame
    sha256: str
    citation: str
    notes: tuple[str, ...] = ()

    def value(self, period: str | None = None, **group: str) -> float | None:
        """Return one figure in percent.

        Args:
            period: The quarter; the last one when left out.
            group: The group's columns, such as ``source="GBR", destination="KEN"``.

        Returns:
            The cost in percent of the amount; None where no service qualifies.

        Raises:
            PaymentError: The table has no such column.
        """
        found = self.frame
        for column, wanted in group.items():
            if column not in found.columns:
                raise PaymentError(column, wanted, f"one of the columns {', '.join(found.columns)}")
            found = found.filter(pl.col(column) == wanted)
        found = found.tail(1) if period is None else found.filter(pl.col("period") == period)
        return found["cost_percent"][0] if found.height else None

    def cite(self) -> str:
        """Return the rule and the source in one sentence each."""
        return f"Index {self.name}: {self.rule}. {self.citation}"

    def __str__(self) -> str:
        """Return the rule and the table."""
        return f"{self.name}: {self.rule}\n{self.frame}"


def index(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = (),
    flows: pl.DataFrame | None = None,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> IndexTable:
    """Work out an index for every quarter.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        by: Groups of `GROUPINGS`; none for the whole.
        flows: For rules that weigh by flows: columns ``source``, ``destination`` (alpha-3) and ``flow`` (any one
            unit of money).
        **changes: Parts of the rule that differ, such as ``amount=500``.

    Returns:
        A table with the group's columns, ``period``, ``cost_percent`` (mean total cost), ``fee_percent`` and
        ``margin_percent`` (means of its two components, of the same services), ``services`` and ``corridors`` (how
        many it rests on).

    Raises:
        PaymentError: There is no such index, group or part of a rule; or flows are needed and not given.
    """
    rule = (rule_named(name) if isinstance(name, str) else name).changed(**changes)
    groups, keys = _grouping(by)
    if rule.unit == "flow" and flows is None:
        raise PaymentError("flows", None, "a frame with source, destination and flow, which the rule weighs by")
    rows = qualifying(survey, rule)
    table = _averaged(rows, rule, keys, flows).sort("period", *keys, nulls_last=True)
    text = [pl.col(column).cast(pl.String) for column in ("period", *keys)]
    frame = table.with_columns(text).collect()
    told = name if isinstance(name, str) else "own rule"
    return IndexTable(told, groups, rule, frame, survey.sha256, survey.cite())


def _grouping(by: str | Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    groups = (by,) if isinstance(by, str) else tuple(by)
    for group in groups:
        if group not in GROUPINGS:
            raise PaymentError("by", group, f"one of {', '.join(GROUPINGS)}{nearest(group, GROUPINGS)}")
    return groups, list(dict.fromkeys(column for group in groups for column in GROUPINGS[group]))


_MEANS: Final = ("cost_percent", "fee_percent", "margin_percent")


def _averaged(rows: pl.LazyFrame, rule: IndexRule, keys: list[str], flows: pl.DataFrame | None) -> pl.LazyFrame:
    if rule.unit == "quote":
        return rows.group_by("period", *keys).agg(
            pl.col(_MEANS).mean(),
            pl.len().alias("services"),
            pl.struct("source", "destination").n_unique().alias("corridors"),
        )
    inner = list(dict.fromkeys(["period", "source", "destination", *keys]))
    corridors = rows.group_by(inner).agg(pl.col(_MEANS).mean(), pl.len().alias("services"))
    counted = (pl.col("services").sum(), pl.len().alias("corridors"))
    if rule.unit == "corridor":
        return corridors.group_by("period", *keys).agg(pl.col(_MEANS).mean(), *counted)
    weighed = corridors.join(_weights(flows), on=["source", "destination"], how="inner")
    return weighed.group_by("period", *keys).agg(
        *(
            (pl.col(mean) * pl.col("flow")).sum() / pl.col("flow").filter(pl.col(mean).is_not_null()).sum()
            for mean in _MEANS
        ),
        *counted,
    )


def _weights(flows: pl.DataFrame | None) -> pl.LazyFrame:
    assert flows is not None  # noqa: S101 -- `index` has refused already
    return (
        flows.lazy()
        .select(pl.col("source", "destination").cast(pl.String).cast(pl.Categorical), pl.col("flow").cast(pl.Float64))
        .filter(pl.col("flow") > 0)
    )
