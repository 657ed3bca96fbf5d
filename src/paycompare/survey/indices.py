"""Averages of a survey under a rule: one table for each question, all quarters at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from polars import selectors

from paycompare.errors import PaymentError, nearest
from paycompare.survey.flows import flow_frame
from paycompare.survey.names import alpha3, firm_key
from paycompare.survey.remarks import on_margins, on_rule, on_weights
from paycompare.survey.rule import IndexRule, rule_named
from paycompare.survey.schema import PERIOD
from paycompare.survey.select import COMPARED, CORRIDOR, MEANS, qualifying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from paycompare.survey.dataset import Survey
    from paycompare.survey.flows import Flows

__all__ = [
    "GROUPINGS",
    "IndexTable",
    "SurveyTable",
    "corridors_without",
    "distribution",
    "index",
    "slope",
    "transparency",
]

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


_DECIMALS: Final = 9
"""Of every figure: a sum depends on its order beyond them, and no figure or tie at a target may depend on that."""

_READ_AS: Final[Mapping[str, Callable[[str], str]]] = {
    "source": alpha3,
    "destination": alpha3,
    "firm_key": firm_key,
}
"""How a group's cell is read from what somebody calls it."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurveyTable:
    """Figures of a survey with the rule that made them and the data they were made from.

    Attributes:
        name: Of the figures, such as ``smart``, an index.
        by: What they were asked by, such as ``("corridor",)``; empty for the whole.
        rule: The rule, which prints itself.
        frame: One row for each quarter and group; the question that was asked says with which columns.
        sha256: Of the file that the survey was read from.
        citation: What a publication has to say about the source.
        notes: What a reader of the figures should know.
        segment: What kind of payments were priced: remittances, or retail for business payments.
        restrictions: What was left out of the survey before, in words.
    """

    name: str
    by: tuple[str, ...]
    rule: IndexRule | str
    frame: pl.DataFrame
    sha256: str
    citation: str
    notes: tuple[str, ...] = ()
    segment: str = "remittances"
    restrictions: tuple[str, ...] = ()

    def value(self, period: str | None = None, *, column: str = "cost_percent", **group: str) -> float | None:
        """Return one figure.

        Args:
            period: The quarter; the last one that the table has when left out.
            column: Which figure, one of the frame's columns.
            **group: The group's columns, such as ``source="GBR", destination="Kenya"``.

        Returns:
            The figure, a cost being in percent of the amount; None where no service qualifies.

        Raises:
            PaymentError: The table has no such column, or no such group in any quarter; what is asked for are several
                figures; there is no such country, or the quarter is none.
        """
        self._has(column)
        if period is not None and PERIOD.fullmatch(period) is None:
            raise PaymentError("period", period, "a quarter such as 2025_3Q")
        found = self.frame
        for name, wanted in group.items():
            found = found.filter(pl.col(name) == self._cell(name, wanted))
        when = self.frame["period"].max() if period is None else period
        found = found.filter(pl.col("period") == pl.lit(when, dtype=pl.String))
        if found.height > 1:
            columns = [name for one in self.by for name in GROUPINGS[one]]
            raise PaymentError("group", group, f"one value for each of {', '.join(columns)}")
        figure: float | None = found[column][0] if found.height else None
        return figure

    def _cell(self, column: str, wanted: str) -> str:
        """Return a group's cell as the table writes it; a country without a service that qualifies may be asked for."""
        self._has(column)
        cell = _READ_AS.get(column, str)(wanted)
        held = self.frame[column].unique().drop_nulls().to_list()
        if held and cell not in held and _READ_AS.get(column) is not alpha3:
            raise PaymentError(column, wanted, f"a group of the table{nearest(cell, held)}")
        return cell

    def _has(self, column: str) -> None:
        if column not in self.frame.columns:
            near = nearest(column, self.frame.columns)
            raise PaymentError("column", column, f"one of {', '.join(self.frame.columns)}{near}")

    def cite(self) -> str:
        """Return the rule and the source in one sentence each."""
        return f"{self.name}: {self.rule}. {self.citation}"

    def __repr__(self) -> str:
        """Return the table in one line; ``print`` shows it with its rule."""
        by = f" by {', '.join(self.by)}" if self.by else ""
        return f"<{type(self).__name__} {self.name}{by}: {self.frame.height:,} rows>"

    def __str__(self) -> str:
        """Return the rule and the table."""
        return "\n".join([f"{self.name}: {self.rule}", *self.notes, str(self.frame)])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IndexTable(SurveyTable):
    """An index with the rule that made it and the data it was made from: a table of costs.

    Attributes:
        rule: The rule.
    """

    rule: IndexRule

    def cite(self) -> str:
        """Return the rule and the source in one sentence each."""
        return f"Index {SurveyTable.cite(self)}"


def index(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = (),
    flows: Flows | pl.DataFrame | None = None,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> IndexTable:
    """Work out an index for every quarter.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own. A named one takes the survey's
            smallest amount where it has no 200.
        by: Groups of `GROUPINGS`; none for the whole.
        flows: For rules that weigh by flows: what `paycompare.survey.flows.read_flows` returns, or a frame with
            ``source``, ``destination`` (ISO codes or English names) and ``flow`` (in any one unit of money).
        **changes: Parts of the rule that differ, such as ``amount=500``.

    Returns:
        A table with ``period``, the group's columns, ``cost_percent`` (mean total cost), ``fee_percent`` and
        ``margin_percent`` (means of its two components), ``services`` and ``corridors`` (how many it rests on), and
        ``margins`` (how many of the services state a margin that can be compared: the rule's ``margins`` says whether
        ``margin_percent`` is their mean, or what they add to the cost of all). A group is null where the survey did
        not collect it.

    Raises:
        PaymentError: There is no such index, group or part of a rule; or flows are needed and not given.

    Example:
        Two services of one corridor, 7.00 and 3.00 percent:

        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([
        ...     {"source": "GBR", "destination": "KEN", "firm": "One", "total_percent_200": 7.0},
        ...     {"source": "GBR", "destination": "KEN", "firm": "Two", "total_percent_200": 3.0},
        ... ])
        >>> index(survey, by="corridor").value(source="GBR", destination="KEN")
        5.0
        >>> index(survey, "smart", cheapest=1).value()
        3.0
    """
    rule, told = _rule(survey, name, changes)
    groups, keys = _grouping(by)
    if rule.unit == "flow" and flows is None:
        raise PaymentError("flows", None, "a matrix of what flows between countries, which the rule weighs by")
    rows, weights = qualifying(survey, rule), None if flows is None else _weights(flows)
    averages = _averaged(rows, rule, keys, weights)
    # A margin that none of the services states is unknown, and adds nothing that could be called zero.
    known = pl.when(pl.col("margins") > 0).then(pl.col("margin_percent")).alias("margin_percent")
    table = _shown(averages.with_columns(known), keys)
    more = [] if flows is None or rule.unit != "flow" else on_weights(survey, rows, flows)
    return _table(survey, told, groups, rule, table, [*on_margins(table, rule), *more])


def distribution(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = (),
    thresholds: Sequence[float] = (3, 5, 10),
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> IndexTable:
    """Tell how costs spread around their average, and which share lies below each threshold.

    What is spread is what the rule averages: services, or with ``unit="corridor"`` corridor averages.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        by: Groups of `GROUPINGS`; none for the whole.
        thresholds: In percent of the amount.
        **changes: Parts of the rule that differ.

    Returns:
        A table with ``period``, the group's columns, ``cost_percent`` (the mean), ``sd`` (sample standard deviation),
        ``least``, ``q1``, ``median``, ``q3``, ``most`` (all in percent of the amount), for each threshold
        ``below_N_share`` (a fraction of one, strictly below), ``services`` and ``corridors``.

    Raises:
        PaymentError: As for `index`; a threshold is no number or stands twice; or the rule weighs by flows, and a
            weighted spread is not defined here.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([
        ...     {"firm": "One", "total_percent_200": 7.0}, {"firm": "Two", "total_percent_200": 3.0}])
        >>> distribution(survey).value(column="below_5_share")
        0.5
    """
    rule, told = _rule(survey, name, changes)
    if rule.unit == "flow":
        raise PaymentError("unit", "flow", "quote or corridor: what flows weigh is an average")
    limits = [one for one in thresholds if isinstance(one, int | float) and isfinite(one)]
    if len(set(limits)) < len(thresholds):
        raise PaymentError("thresholds", thresholds, "numbers in percent, each once")
    groups, keys = _grouping(by)
    rows = qualifying(survey, rule)
    inner = list(dict.fromkeys([*CORRIDOR, *keys]))
    if rule.unit == "corridor":
        mean = pl.col("cost_percent").mean().round(_DECIMALS)
        rows = rows.group_by(inner).agg(mean, pl.len().alias("services"))
        counted = (pl.col("services").sum(), pl.len().alias("corridors"))
    else:
        counted = (pl.len().alias("services"), pl.col("corridor").n_unique().alias("corridors"))
    cost = pl.col("cost_percent")
    table = rows.group_by("period", *keys).agg(
        cost.mean(),
        cost.std().alias("sd"),
        cost.min().alias("least"),
        cost.quantile(0.25, "linear").alias("q1"),
        cost.median().alias("median"),
        cost.quantile(0.75, "linear").alias("q3"),
        cost.max().alias("most"),
        *((cost < limit).mean().alias(f"below_{limit}_share") for limit in limits),
        *counted,
    )
    return _table(survey, told, groups, rule, _shown(table, keys))


def slope(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = (),
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> SurveyTable:
    """Hold the cost of the smaller amount against that of the larger, over services priced at both.

    Args:
        survey: The rows; the smallest and the largest of its amounts are compared.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own; its amount decides which services
            qualify.
        by: Groups of `GROUPINGS`; none for the whole.
        **changes: Parts of the rule that differ.

    Returns:
        A table with ``period``, the group's columns, ``cost_percent_200`` and ``cost_percent_500`` (or the survey's
        own amounts), ``difference_percent`` (the first less the second) and ``services``.

    Raises:
        PaymentError: As for `index`; or the survey priced one amount, or the rule does not take the plain mean over
            services.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([{"total_percent_200": 7.0, "total_percent_500": 4.0}])
        >>> slope(survey).value(column="difference_percent")
        3.0
    """
    rule, told = _rule(survey, name, changes)
    if len(set(survey.amounts)) == 1:
        raise PaymentError("amounts", f"USD {survey.amounts[0]:,} alone", "a survey that priced two amounts")
    if rule.unit != "quote":
        raise PaymentError("unit", rule.unit, "quote: two amounts are compared service by service")
    groups, keys = _grouping(by)
    least, most = min(survey.amounts), max(survey.amounts)
    small, large = (f"cost_percent_{amount}" for amount in (least, most))
    both = [pl.col(name.replace("cost", "total")).alias(name) for name in (small, large)]
    rows = qualifying(survey, rule).with_columns(both).drop_nulls([small, large])
    table = rows.group_by("period", *keys).agg(pl.col(small, large).mean(), pl.len().alias("services"))
    difference = (pl.col(small) - pl.col(large)).alias("difference_percent")
    ordered = ["period", *keys, small, large, "difference_percent", "services"]
    words = rule.of(
        f"USD {least:,} and USD {most:,}, percent of the amount, over services that are priced at both and qualify at "
        f"USD {rule.amount:,}"
    )
    shown = _shown(table.with_columns(difference).select(ordered), keys)
    return SurveyTable(f"slope, {told}", groups, words, shown, *_known(survey, _notes(survey, groups, rule, shown)))


def transparency(survey: Survey, *, by: str | Sequence[str] = ()) -> SurveyTable:
    """Tell which share of the services discloses its exchange rate.

    Args:
        survey: The rows.
        by: Groups of `GROUPINGS`; none for the whole.

    Returns:
        A table with ``period``, the group's columns, ``services``, ``transparent`` and ``transparent_share`` (a
        fraction of one).

    Raises:
        PaymentError: There is no such group.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([{"transparent": True}, {"transparent": False}])
        >>> transparency(survey).value(column="transparent_share")
        0.5
    """
    groups, keys = _grouping(by)
    told = pl.col("transparent").fill_null(value=False)
    table = (
        survey.frame.lazy()
        .group_by("period", *keys)
        .agg(pl.len().alias("services"), told.sum().alias("transparent"), told.mean().alias("transparent_share"))
    )
    return SurveyTable("transparency", groups, _DISCLOSED, _shown(table, keys), *_known(survey))


_DISCLOSED: Final = (
    "share of all services surveyed that disclose their exchange rate; one of which it is not known counts as hiding it"
)


def corridors_without(survey: Survey, name: str | IndexRule = "smart", **changes: Any) -> SurveyTable:  # noqa: ANN401 -- parts of the rule
    """List the corridors that were surveyed and in which no service qualifies.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        **changes: Parts of the rule that differ.

    Returns:
        A table with ``period``, ``source``, ``destination`` and ``services`` (how many were surveyed, none of which
        qualifies).

    Raises:
        PaymentError: There is no such index or part of a rule.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> slow = survey_of_rows([{"source": "GBR", "destination": "KEN", "speed": "6 days or more"}])
        >>> corridors_without(slow, "smart").frame.row(0)
        ('2025_3Q', 'GBR', 'KEN', 1)
    """
    rule, told = _rule(survey, name, changes)
    surveyed = survey.frame.lazy().filter(~pl.col("source").is_in(rule.without_senders))
    served = qualifying(survey, rule).select(CORRIDOR).unique()
    counted = surveyed.group_by(CORRIDOR).agg(pl.len().alias("services"))
    table = _shown(counted.join(served, on=CORRIDOR, how="anti"), list(CORRIDOR[1:]))
    words = f"corridors surveyed in which no service qualifies for the index {told!r}: {rule}"
    return SurveyTable("corridors without", ("corridor",), words, table, *_known(survey))


def _rule(survey: Survey, name: str | IndexRule, changes: dict[str, Any]) -> tuple[IndexRule, str]:
    usual = rule_named(name) if isinstance(name, str) else name
    if isinstance(name, str) and usual.amount not in survey.amounts:
        usual = usual.changed(amount=min(survey.amounts))  # a survey of your own has amounts of its own
    rule = usual.changed(**changes)
    if rule.ranges is None and _has_ranges(survey, rule.amount):
        rule = rule.changed(ranges="dear")  # as offers are ranked: by their worst case
    if not isinstance(name, str):
        return rule, "own rule"
    same = rule.changed(ranges=usual.ranges, margins=usual.margins)  # neither makes it another index
    return rule, name if same == usual else f"{name}, changed"


def _has_ranges(survey: Survey, amount: int) -> bool:
    cheap = f"total_cheap_percent_{amount}"
    return amount in survey.amounts and survey.frame[cheap].null_count() < survey.frame.height


def _grouping(by: str | Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    groups = (by,) if isinstance(by, str) else tuple(by)
    for group in groups:
        if group not in GROUPINGS:
            raise PaymentError("by", group, f"one of {', '.join(GROUPINGS)}{nearest(group, GROUPINGS)}")
    return groups, list(dict.fromkeys(column for group in groups for column in GROUPINGS[group]))


def _averaged(rows: pl.LazyFrame, rule: IndexRule, keys: list[str], weights: pl.LazyFrame | None) -> pl.LazyFrame:
    compared = pl.col(COMPARED).sum().alias("margins")
    if rule.unit == "quote":
        return rows.group_by("period", *keys).agg(
            pl.col(MEANS).mean(),
            pl.len().alias("services"),
            pl.col("corridor").n_unique().alias("corridors"),
            compared,
        )
    inner = list(dict.fromkeys([*CORRIDOR, *keys]))
    corridors = rows.group_by(inner).agg(pl.col(MEANS).mean(), pl.len().alias("services"), compared)
    counted = (pl.col("services").sum(), pl.len().alias("corridors"), pl.col("margins").sum())
    if weights is None or rule.unit == "corridor":
        return corridors.group_by("period", *keys).agg(pl.col(MEANS).mean(), *counted)
    weighed = corridors.join(weights, on=["source", "destination"], how="inner")
    return weighed.group_by("period", *keys).agg(
        *(
            # Where no corridor states a component, nothing weighs: 0 / 0 is not known.
            ((pl.col(one) * pl.col("flow")).sum() / pl.col("flow").filter(pl.col(one).is_not_null()).sum()).fill_nan(
                None
            )
            for one in MEANS
        ),
        *counted,
    )


def _weights(flows: Flows | pl.DataFrame) -> pl.LazyFrame:
    return flow_frame(flows).lazy().with_columns(pl.col("source", "destination").cast(pl.Categorical))


def _shown(table: pl.LazyFrame, keys: list[str]) -> pl.DataFrame:
    """Return a table in the order of its quarters and groups, these as plain text, its figures rounded."""
    text, figures = pl.col("period", *keys).cast(pl.String), selectors.float().round(_DECIMALS)
    return table.sort("period", *keys, nulls_last=True).with_columns(text, figures).collect()


def _table(
    survey: Survey, name: str, by: tuple[str, ...], rule: IndexRule, frame: pl.DataFrame, more: Iterable[str] = ()
) -> IndexTable:
    return IndexTable(name, by, rule, frame, *_known(survey, (*_notes(survey, by, rule, frame), *more)))


def _notes(survey: Survey, by: tuple[str, ...], rule: IndexRule, frame: pl.DataFrame) -> tuple[str, ...]:
    columns = [column for group in by for column in GROUPINGS[group]]
    none = ["no service qualifies"] if frame.is_empty() else []
    return (*on_rule(survey, rule, columns), *none)


def _known(survey: Survey, notes: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...], str, tuple[str, ...]]:
    """Return what every table says of the survey that it is of."""
    return survey.sha256, survey.cite(), notes, survey.segment, survey.restrictions
