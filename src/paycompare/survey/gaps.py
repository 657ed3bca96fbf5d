"""How far an index is from a policy target, for every quarter and group, and what that costs in money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError
from paycompare.survey.flows import flows_among
from paycompare.survey.indices import corridors_without
from paycompare.survey.targets import target_named, targets
from paycompare.survey.trends import trend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paycompare.survey.dataset import Survey
    from paycompare.survey.flows import Flows
    from paycompare.survey.indices import IndexTable
    from paycompare.survey.targets import Target
    from paycompare.survey.trends import Meeting, Trend

__all__ = ["Assessment", "Exceedance", "GapTable", "Judgement", "assess", "gap", "gap_in_money", "overall"]


@dataclass(frozen=True, slots=True, eq=False)
class GapTable:
    """An index held against a target.

    Attributes:
        target: The target.
        table: The index.
        frame: The index's quarters and groups with ``cost_percent``, ``target_percent``, ``gap_percent`` (cost less
            target, percentage points), ``met`` and ``standing`` (in force, retrospective or ended in that quarter).
        notes: Where index and target do not speak of the same thing.
    """

    target: Target
    table: IndexTable
    frame: pl.DataFrame
    notes: tuple[str, ...]

    def cite(self) -> str:
        """Return target, rule and source."""
        return f"{self.target.name}: {self.target.words} ({self.target.source}, {self.target.url}). {self.table.cite()}"

    def __str__(self) -> str:
        """Return the target, the rule and the table."""
        return "\n".join([str(self.target), str(self.table.rule), *self.notes, str(self.frame)])


def gap(table: IndexTable, target: str | Target) -> GapTable:
    """Hold an index against a target, quarter by quarter and group by group.

    Args:
        table: The index: the whole for a global target, one by corridor for a corridor target.
        target: A target, or its id.

    Raises:
        PaymentError: There is no such target.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> table = survey_of_rows([{"total_percent_200": 6.36}]).index("global")
        >>> gap(table, "sdg_10c_global").frame.select(pl.col("gap_percent").round(2), "met").row(0)
        (3.36, False)
    """
    goal = target_named(target) if isinstance(target, str) else target
    if "cost_percent" not in table.frame.columns:
        raise PaymentError("table", table.name, "an index or a distribution, with a column cost_percent")
    most = float(goal.most)
    groups = [name for name, dtype in table.frame.schema.items() if dtype == pl.String]
    cost = pl.col("cost_percent")
    standing = {period: goal.standing(period) for period in table.frame["period"].unique()}
    frame = table.frame.select(
        *groups,
        cost,
        pl.lit(most).alias("target_percent"),
        (cost - most).alias("gap_percent"),
        (cost < most if goal.strictly else cost <= most).alias("met"),
        pl.col("period").replace_strict(standing, return_dtype=pl.String).alias("standing"),
    )
    return GapTable(goal, table, frame, tuple(_mismatches(table, goal)))


def _mismatches(table: IndexTable, goal: Target) -> list[str]:
    said = []
    if goal.segment != table.segment:
        said.append(
            f"the target is for {goal.segment}, the prices are of {table.segment}: shown side by side, not a test"
        )
    if goal.scope == "corridor" and "corridor" not in table.by:
        said.append("the target is for each corridor")
    if goal.scope == "global" and table.by:
        said.append("the target is for the global average")
    part = _part(table.restrictions)
    if goal.scope == "global" and part:
        said.append(f"a target for the global average, held here against a part of the survey: {'; '.join(part)}")
    elif goal.scope == "global" and not table.by and table.frame.height:
        corridors = table.frame["corridors"][-1]
        if corridors < _WORLD:
            few = "one corridor" if corridors == 1 else f"{corridors:,} corridors"
            said.append(f"a target for the global average, held here against {few}")
    return said


def _part(restrictions: Sequence[str]) -> list[str]:
    """Return what leaves places out; fewer quarters, and regions filled in, leave the world whole."""
    return [limit for limit in restrictions if not limit.startswith(("since ", "until ", "regions "))]


def overall(survey: Survey) -> str:
    """Return which index is the average over all of a survey.

    The World Bank's global average leaves senders in Russia out; that of a part, or of a survey of your own, does not.

    Args:
        survey: The rows.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> world = survey_of_rows([{"source": "GBR"}, {"source": "USA"}])
        >>> overall(world), overall(world.only(sender="GB"))
        ('global', 'average')
    """
    part = survey.segment != "remittances" or _part(survey.restrictions) or survey.frame["source"].n_unique() == 1
    return "average" if part else "global"


_WORLD: Final = 100
"""Corridors from which on an average may stand for the world's; the World Bank's survey has 199 and more."""


@dataclass(frozen=True, slots=True, eq=False)
class Exceedance:
    """What costs above a target take, in money.

    Attributes:
        target: The target.
        period: The quarter of the costs.
        frame: ``source``, ``destination``, ``cost_percent``, ``flow`` and ``excess`` (flow times what the cost is above
            the target; zero where it is not), in the flows' unit, dearest first.
        excess: The sum.
        covered: Share of the flows whose corridor has a cost, a fraction of one; nothing is assumed about the rest.
        rule: Of the costs, in words.
        among: Of which flows that is the share, such as ``to KEN``, where the survey was narrowed; else empty.
    """

    target: Target
    period: str
    frame: pl.DataFrame
    excess: float
    covered: float
    rule: str
    among: str = ""

    @property
    def found(self) -> str:
        """The sum and what it covers, in words."""
        among = f" {self.among}" if self.among else ""
        return (
            f"above {self.target.most}% ({self.target.name}) in {self.period}: {self.excess:,.1f} a year in the flows' "
            f"unit, over corridors with {self.covered:.0%} of the flows{among}"
        )

    def __str__(self) -> str:
        """Return the sum, what it covers and the rule."""
        return f"{self.found}; {self.rule}"


def gap_in_money(
    table: IndexTable, target: str | Target, flows: Flows | pl.DataFrame, *, period: str | None = None
) -> Exceedance:
    """Put money to a gap: each corridor's flow times what its cost is above the target.

    Surveyed costs are of small amounts and of the services on offer, not of the services used, so the figure is an
    indication. Corridors below the target do not make up for those above it.

    Args:
        table: An index by corridor.
        target: A target, or its id.
        flows: What flows from ``source`` to ``destination``, in ``flow`` (see `paycompare.survey.flows.read_flows`).
        period: The quarter; the last one of the table when left out.

    Raises:
        PaymentError: The index is not by corridor alone, or has no such quarter.

    Example:
        Three percent above five, on a flow of 100, are 3:

        >>> from paycompare.survey.sample import survey_of_rows
        >>> table = survey_of_rows([{"total_percent_200": 8.0}]).index(by="corridor")
        >>> flows = pl.DataFrame({"source": ["GBR", "USA"], "destination": ["KEN", "KEN"], "flow": [100.0, 300.0]})
        >>> found = gap_in_money(table, "sdg_10c_corridor", flows)
        >>> round(found.excess, 9), found.covered
        (3.0, 0.25)
    """
    goal = target_named(target) if isinstance(target, str) else target
    if table.by != ("corridor",):
        raise PaymentError("table", " and ".join(table.by) or "the whole", "an index by corridor")
    when = period or str(table.frame["period"].max())
    costs = table.frame.filter(pl.col("period") == when)
    if costs.is_empty():
        raise PaymentError("period", when, f"one of {', '.join(table.frame['period'].unique().sort())}")
    matrix, among = flows_among(flows, table.restrictions)
    excess = pl.max_horizontal(pl.col("cost_percent") - float(goal.most), pl.lit(0.0)) / 100 * pl.col("flow")
    frame = (
        costs.join(matrix, on=["source", "destination"], how="inner")
        .select("source", "destination", "cost_percent", "flow", excess.alias("excess"))
        .sort("excess", descending=True)
    )
    total, here, excessive = (float(one.sum()) for one in (matrix["flow"], frame["flow"], frame["excess"]))
    return Exceedance(goal, when, frame, excessive, here / total if total else 0.0, str(table.rule), among)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """One target, held against the index that it speaks of.

    Attributes:
        target: The target.
        period: The last quarter.
        standing: Whether the target is in force in it.
        cost_percent: The average; None for a corridor target.
        met: Whether the target is met; a corridor of which nothing is known meets none.
        corridors: How many corridors have a cost; None for a global target.
        above: How many of them are above it; None for a global target.
        without: How many corridors have no service that qualifies.
        line: The trend of the average over the corridors that every quarter has; None for a corridor target, or where
            no pace can be had.
        paced: What that trend rests on, or why there is none, in words; None for a corridor target.
        meeting: When it meets the target; None for a target that is met.
        notes: Where the target speaks of something else than what is held against it.
        money: What costs above the target take; None without flows, or for a global target.
    """

    target: Target
    period: str
    standing: str
    cost_percent: float | None
    met: bool
    corridors: int | None = None
    above: int | None = None
    without: int = 0
    line: Trend | None = None
    paced: str | None = None
    meeting: Meeting | None = None
    notes: tuple[str, ...] = ()
    money: Exceedance | None = None

    def __str__(self) -> str:
        """Return it in a few lines."""
        lines = [f"{self.target.name} ({self.standing} in {self.period}, due {self.target.due}): {self._found()}"]
        if self.line is not None:
            lines.append(f"  trend: {self.line}; {self.paced}; {self.pace}")
        elif self.paced is not None:
            lines.append(f"  trend: {self.paced}")
        lines += [f"  note: {note}" for note in self.notes]
        if self.money is not None:
            lines.append(f"  money: {self.money.found}")
        return "\n".join(lines)

    @property
    def pace(self) -> str | None:
        """When the target is met at the pace so far, in words; None where nothing is to be said."""
        if self.cost_percent is None:
            return None
        if self.met:
            return "met"
        if self.meeting is None:
            return "no pace can be had"
        if self.meeting.years is not None and self.meeting.years <= 0:
            return "met by the line, not by the last quarter"
        return str(self.meeting)

    @property
    def unknown(self) -> str:
        """How many corridors have no service that qualifies, to follow the others; empty where none."""
        if not self.without:
            return ""
        return f", {self.without:,} corridor{'' if self.without == 1 else 's'} without a service that qualifies"

    def _found(self) -> str:
        if self.cost_percent is None:
            return f"{self.above} of {self.corridors} corridors above {self.target.most}%{self.unknown}"
        apart = self.cost_percent - float(self.target.most)
        return f"{self.cost_percent:.2f}%, " + ("met" if self.met else f"{apart:.2f} points above {self.target.most}%")


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """A survey held against every target of its segment, in its last quarter.

    Attributes:
        judgements: One for each target.
        rules: The rules of the averages and of the corridors, in words.
        citation: What a publication has to say about the source.
    """

    judgements: tuple[Judgement, ...]
    rules: tuple[str, ...]
    citation: str

    def __str__(self) -> str:
        """Return everything in words."""
        return "\n".join([*map(str, self.judgements), *self.rules, self.citation])


def assess(survey: Survey, *, flows: Flows | pl.DataFrame | None = None) -> Assessment:
    """Hold a survey against every target for its kind of payments.

    A global target is held against the average of all that the survey has (narrowed to one country by `Survey.only`,
    it is that country's average, and says so); a corridor target against each corridor's SmaRT index, which is how
    the Sustainable Development Goal's second part is measured. A pace is fitted over the corridors that every quarter
    has, as the survey's sample of corridors changed.

    Args:
        survey: The rows.
        flows: For the cost of the gap in money.
    """
    own, name = survey.segment != "remittances", overall(survey)
    whole, pace = survey.index(name), _pace(survey.panel(), name)
    each = survey.index("average" if own else "smart", by="corridor")
    goals = [goal for goal in targets() if goal.segment == survey.segment]
    # Where no service qualifies nothing is known, and a target of which nothing is known is not met.
    found = tuple(
        _of_average(whole, goal, pace) if goal.scope == "global" else _of_corridors(survey, each, goal, flows)
        for goal in goals
        if not (whole if goal.scope == "global" else each).frame.is_empty()
    )
    return Assessment(found, (f"average: {whole.rule}", f"corridors: {each.rule}"), survey.cite())


def _pace(panel: Survey, name: str) -> tuple[Trend | None, str]:
    """Return the trend over the corridors that every quarter has, and what it rests on; or why there is none."""
    if panel.frame.is_empty():
        return None, "no pace can be had: no corridor is in every quarter"
    table = panel.index(name)
    if table.frame.height <= 2:  # noqa: PLR2004 -- two points always lie on a line
        return None, "no pace can be had: a line needs three quarters"
    stayed, averaged = panel.frame["corridor"].n_unique(), sorted(set(table.frame["corridors"].to_list()))
    named = "the one corridor" if stayed == 1 else f"the {stayed:,} corridors"
    # A corridor may have services in every quarter and none that qualifies, or a sender that the average leaves out.
    ends = " to ".join(f"{count:,}" for count in dict.fromkeys([averaged[0], averaged[-1]]))
    counts = "" if averaged == [stayed] else f"{ends} of "
    return trend(table), f"over {counts}{named} that every quarter has"


def _of_average(table: IndexTable, goal: Target, pace: tuple[Trend | None, str]) -> Judgement:
    held, (line, paced) = gap(table, goal), pace
    last = held.frame.tail(1).row(0, named=True)
    return Judgement(
        goal,
        last["period"],
        last["standing"],
        last["cost_percent"],
        last["met"],
        line=line,
        paced=paced,
        meeting=None if line is None or last["met"] else line.meets(goal),
        notes=held.notes,
    )


def _of_corridors(survey: Survey, table: IndexTable, goal: Target, flows: Flows | pl.DataFrame | None) -> Judgement:
    frame = gap(table, goal).frame
    when = str(frame["period"].max())
    last = frame.filter(pl.col("period") == when)
    above = last.filter(~pl.col("met")).height
    without = corridors_without(survey, table.rule).frame.filter(pl.col("period") == when).height
    money = None if flows is None else gap_in_money(table, goal, flows, period=when)
    return Judgement(
        goal,
        when,
        goal.standing(when),
        None,
        met=above == without == 0,
        corridors=last.height,
        above=above,
        without=without,
        money=money,
    )
