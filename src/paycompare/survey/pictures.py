"""Pictures of a survey, one call each: ranking, series with targets, map, spread over services, small against large.

Each works out its figures through `paycompare.survey.indices` and draws nothing that is not in its ``data``.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from paycompare.errors import PaymentError
from paycompare.survey import drawing
from paycompare.survey.captions import first_day, group_label, place, quarter
from paycompare.survey.indices import GROUPINGS
from paycompare.survey.picture import framed
from paycompare.survey.remarks import MARGIN
from paycompare.survey.select import qualifying
from paycompare.survey.targets import targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from paycompare.survey.dataset import Survey
    from paycompare.survey.indices import IndexTable, SurveyTable
    from paycompare.survey.picture import Picture
    from paycompare.survey.rule import IndexRule

__all__ = ["ranking", "series", "slopes", "spread", "tile_map", "tiles"]

_CHEAP: Final = 10
"""Percent at which a picture of a spread ends where all services cost less."""

_NEARLY_ALL: Final = 0.9
"""Share of the services that a picture of their spread shows one by one; the others share its last bar."""


def ranking(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = "corridor",
    period: str | None = None,
    show: int = 20,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> Picture:
    """Draw what each corridor costs in one quarter, dearest first, fee and margin stacked.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        by: Groups of `paycompare.survey.indices.GROUPINGS`.
        period: The quarter; the last one when left out.
        show: So many groups, the dearest; the picture says how many there are.
        **changes: Parts of the rule that differ; its ``margins`` are always those of all services, so that fee and
            margin add up to the cost.

    Returns:
        The picture. Its ``data`` has ``label``, ``services``, ``cost_percent``, ``fee_percent`` and
        ``margin_percent`` (what margins add to the cost; null where no service states one that can be compared).

    Raises:
        PaymentError: There is no such index, group or quarter, or no service qualifies.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> survey = survey_of_rows([
        ...     {"amount_200": 120.0, "fee_200": 6.0, "margin_percent_200": 2.0, "total_percent_200": 7.0}])
        >>> ranking(survey).data.row(0)
        ('United Kingdom to Kenya', 1, 7.0, 5.0, 2.0)
    """
    table = survey.index(name, by=by, **changes, margins="all")
    when, rows = _one_quarter(survey, table, period)
    ordered = _labelled(table, rows).sort("cost_percent", "label", descending=[True, False])
    shown = ordered.head(show)
    data = shown.select("label", "services", "cost_percent", "fee_percent", "margin_percent")
    notes = [f"Services behind each bar are in brackets; the figure at its end is {_figure_words(table)}."]
    if ordered.height > data.height:
        notes.append(f"The {data.height} dearest of {ordered.height}.")
    notes += _parts(shown)
    title = f"What it costs to send USD {table.rule.amount:,}{_ways(survey)}, {_by_words(table.by)}, {quarter(when)}"
    goal = _corridor_goal(table, when)
    if goal is not None:
        notes.append(f"The target is drawn against index “{table.name}”; a summary may hold another against it.")
    chart = drawing.stacked(data, goal)
    return framed(
        chart,
        title=title,
        rule=_rule(table),
        citation=survey.cite(),
        data=data,
        notes=[*notes, *_below_zero(data), *_notes(table)],
    )


def series(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = (),
    show: int = 5,
    with_targets: bool = True,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> Picture:
    """Draw an index over the quarters, with the policy targets that it is held against.

    A target is drawn solid while it is in force, dotted for quarters before it was agreed, dashed once it fell due.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        by: Groups of `paycompare.survey.indices.GROUPINGS`; none for the whole.
        show: At most so many groups, those that are dearest in the last quarter.
        with_targets: Whether targets are drawn.
        **changes: Parts of the rule that differ.

    Returns:
        The picture. Its ``data`` has ``period``, ``label``, ``cost_percent`` and ``services``.

    Raises:
        PaymentError: There is no such index or group, or no service qualifies.
    """
    table = survey.index(name, by=by, **changes)
    last, rows = _one_quarter(survey, table, None)
    dearest = _labelled(table, rows).sort("cost_percent", "label", descending=[True, False])
    kept = dearest["label"].head(show).to_list()
    every = _labelled(table, table.frame).filter(pl.col("label").is_in(kept))
    data = every.select("period", "label", "cost_percent", "services").sort("label", "period")
    goals = _target_runs(table, data) if with_targets else []
    notes = ["Marks are quarters with data; a line across others joins their neighbours."]
    if len(kept) < dearest.height:
        notes.append(f"The {len(kept)} dearest of {dearest.height} in {quarter(last)}.")
    if goals:
        notes.append("A target is solid while in force, dotted before it was agreed, dashed after it fell due.")
    title = f"What it costs to send USD {table.rule.amount:,}{_ways(survey)}, {_over(data)}"
    return framed(
        drawing.lines_over_time(data, kept, goals),
        title=title,
        rule=_rule(table),
        citation=survey.cite(),
        data=data,
        notes=[*notes, *_notes(table)],
    )


def tile_map(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    side: str = "receiver",
    period: str | None = None,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> Picture:
    """Draw what it costs to send to each country, one square a country, on a map of our own.

    Squares give Samoa the weight of India, and need no borders that anybody disputes.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        side: ``receiver``, or ``sender`` for what it costs to send from each.
        period: The quarter; the last one when left out.
        **changes: Parts of the rule that differ.

    Returns:
        The picture. Its ``data`` has ``code`` (alpha-3), ``country``, ``cost_percent``, ``services``, ``band``, and
        ``column`` and ``row``, which are null for a country that is not on the map; a note gives its cost.

    Raises:
        PaymentError: There is no such index, side or quarter, or no service qualifies.
    """
    if side not in {"receiver", "sender"}:
        raise PaymentError("side", side, "receiver or sender")
    table = survey.index(name, by=side, **changes)
    when, rows = _one_quarter(survey, table, period)
    (code,) = GROUPINGS[side]
    squares = pl.DataFrame(
        [{"code": name, "column": column, "row": row} for name, (column, row) in tiles().items()],
        schema={"code": pl.String, "column": pl.Int64, "row": pl.Int64},
    )
    data = (
        rows.select(pl.col(code).alias("code"), "cost_percent", "services")
        .join(squares, on="code", how="left")
        .with_columns(
            pl.col("code").map_elements(place, return_dtype=pl.String).alias("country"),
            pl.col("cost_percent").map_elements(_band, return_dtype=pl.String).alias("band"),
        )
        .sort("code")
    )
    notes = [f"{place(one)}, not on the map: {cost:.1f}%." for one, cost in _astray(data)]
    notes.append(
        "Squares without a figure: no services surveyed, or none that qualifies. Shades follow unrounded costs."
    )
    title = f"What it costs to send USD {table.rule.amount:,} {'to' if side == 'receiver' else 'from'} each country"
    return framed(
        drawing.squares_on_map(data, squares),
        title=f"{title}, {quarter(when)}",
        rule=_rule(table),
        citation=survey.cite(),
        data=data,
        notes=[*notes, *_below_zero(data.rename({"country": "label"})), *_notes(table)],
        width=31 * drawing.SQUARE,
    )


def spread(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    period: str | None = None,
    most: int | None = None,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> Picture:
    """Draw how the costs of services are spread in one quarter, with mean and median.

    Args:
        survey: The rows.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        period: The quarter; the last one when left out.
        most: In percent; services at or above it share one bar, and so do those below zero. When left out, 10 where
            all cost less, else 30 or as many tens more as nine services in ten take, up to 100.
        **changes: Parts of the rule that differ.

    Returns:
        The picture. Its ``data`` has ``from_percent`` (included), ``to_percent`` (not included) and ``services``; null
        where a bar is open at that end.

    Raises:
        PaymentError: There is no such index or quarter, or no service qualifies.
    """
    table = survey.distribution(name, **changes)
    when, rows = _one_quarter(survey, table, period)
    costs = (
        qualifying(survey, table.rule)
        .filter(pl.col("period").cast(pl.String) == when)
        .select(pl.col("cost_percent").floor().cast(pl.Int64).alias("bar"))
        .collect()
    )
    end = most if most is not None else _end(costs["bar"])
    counted = costs.select(pl.col("bar").clip(-1, end)).group_by("bar").agg(pl.len().cast(pl.Int64).alias("services"))
    every = pl.DataFrame({"bar": range(-1, end + 1)}).join(counted, on="bar", how="left", maintain_order="left")
    counted = every.with_columns(pl.col("services").fill_null(0)).filter(
        (pl.col("bar") >= 0) | (pl.col("services") > 0)
    )
    data = counted.select(
        pl.when(pl.col("bar") >= 0).then("bar").alias("from_percent"),
        pl.when(pl.col("bar") < end).then(pl.col("bar") + 1).alias("to_percent"),
        "services",
    )
    found = rows.row(0, named=True)
    shares = ", ".join(f"{found[f'below_{one}_share']:.0%} below {one}%" for one in (3, 5, 10))
    notes = [
        (
            f"{found['services']:,} services: {shares}; half of them from {found['q1']:.1f} to {found['q3']:.1f}%, the "
            f"extremes {found['least']:.1f} and {found['most']:.1f}%."
        ),
    ]
    if counted["bar"][0] < 0:
        notes.append("The bar left of zero holds every service that costs less than nothing: a rate above mid-market.")
    title = f"How the cost of sending USD {table.rule.amount:,}{_ways(survey)} is spread over services, {quarter(when)}"
    return framed(
        drawing.bars_of_services(counted, found, end),
        title=title,
        rule=_rule(table),
        citation=survey.cite(),
        data=data,
        notes=[*notes, *_notes(table)],
    )


def slopes(
    survey: Survey,
    name: str | IndexRule = "average",
    *,
    by: str | Sequence[str] = "corridor",
    period: str | None = None,
    show: int = 12,
    **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
) -> Picture:
    """Draw how the cost falls, or not, from the smaller amount to the larger.

    Args:
        survey: The rows; only services priced at both amounts count.
        name: An index of `paycompare.survey.rule.RULES`, or a rule of your own.
        by: Groups of `paycompare.survey.indices.GROUPINGS`.
        period: The quarter; the last one when left out.
        show: At most so many groups, those whose cost changes most.
        **changes: Parts of the rule that differ.

    Returns:
        The picture. Its ``data`` has ``label``, ``services``, ``small_percent``, ``large_percent`` and
        ``difference_percent`` (the first less the second).

    Raises:
        PaymentError: There is no such index, group or quarter, or no service qualifies.
    """
    table = survey.slope(name, by=by, **changes)
    when, rows = _one_quarter(survey, table, period)
    small, large = min(survey.amounts), max(survey.amounts)
    named = {f"cost_percent_{small}": "small_percent", f"cost_percent_{large}": "large_percent"}
    ordered = (
        _labelled(table, rows).rename(named).sort(pl.col("difference_percent").abs(), "label", descending=[True, False])
    )
    data = ordered.head(show).select("label", "services", "small_percent", "large_percent", "difference_percent")
    notes = [f"{rows['services'].sum():,} services are priced at both amounts."]
    if ordered.height > data.height:
        notes.append(f"The {data.height} that change most, of {ordered.height}.")
    title = f"What USD {small:,} and USD {large:,} cost to send{_ways(survey)}, {_by_words(table.by)}, {quarter(when)}"
    return framed(
        drawing.falls(data, small, large),
        title=title,
        rule=f"{table.name}: {table.rule}",
        citation=survey.cite(),
        data=data,
        notes=[*notes, *_notes(table)],
    )


_NAMED: Final = 4
"""Bars that a note names."""

_SEEN: Final = 0.05
"""Half of the last digit of a figure in a picture, in percentage points."""


@cache
def tiles() -> Mapping[str, tuple[int, int]]:
    """Return where each country is on the map of squares: column from the west, row from the north.

    Example:
        >>> west, east = tiles()["USA"], tiles()["JPN"]
        >>> west[0] < east[0]
        True
    """
    text = Path(__file__).with_name("tiles.txt").read_text(encoding="ascii")
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {code: (column, number) for number, row in enumerate(rows) for column, code in enumerate(row) if code != "."}


def _one_quarter(survey: Survey, table: SurveyTable, period: str | None) -> tuple[str, pl.DataFrame]:
    """Return a quarter and its rows of a table; refuse one that has none."""
    periods = table.frame["period"].unique().sort().to_list()
    if not periods:
        surveyed = f"{survey.frame.height:,} services, none of which qualifies: {table.rule}"
        raise PaymentError("survey", surveyed, "services that qualify")
    when = period or periods[-1]
    if when not in periods:
        raise PaymentError("period", when, f"one of {', '.join(periods)}")
    return when, table.frame.filter(pl.col("period") == when)


def _labelled(table: SurveyTable, rows: pl.DataFrame) -> pl.DataFrame:
    columns = list(dict.fromkeys(column for group in table.by for column in GROUPINGS[group]))
    labels = [group_label(dict(zip(columns, row, strict=True))) for row in rows.select(columns).iter_rows()]
    # A table of the whole has no group columns, and a frame without columns has no rows.
    return rows.with_columns(pl.Series("label", labels or ["All services"] * rows.height, dtype=pl.String))


def _notes(table: SurveyTable) -> list[str]:
    """Return the notes of a table as sentences, but for those on margins: the picture that shows them has its own."""
    return [f"{note[:1].upper()}{note[1:]}." for note in table.notes if not note.startswith(MARGIN)]


def _parts(rows: pl.DataFrame) -> Iterator[str]:
    """Yield how fee and margin, as they are drawn, come to the cost."""
    services, margins = (int(rows[name].sum()) for name in ("services", "margins"))
    if margins < services:
        yield (
            f"{services - margins:,} of the {services:,} services drawn hide their margin or exchange at 1 to 1; "
            "they add none, so that fee and margin add up to the cost."
        )
    if rows["margin_percent"].null_count():
        yield "Where no margin is drawn, none is stated that could be compared: it is unknown, not zero."
    summed = pl.col("fee_percent") + pl.col("margin_percent").fill_null(0.0)
    apart = rows.filter(~((summed - pl.col("cost_percent")).abs() < _SEEN).fill_null(value=False))
    if apart.height:
        named = ", ".join(apart["label"].head(_NAMED))
        more = f" and {apart.height - _NAMED:,} more" if apart.height > _NAMED else ""
        yield f"The figure is the cost as stated, and the stated parts come to another: {named}{more}."


def _below_zero(data: pl.DataFrame) -> Iterable[str]:
    """Yield whose cost is below zero, and what that means."""
    labels = data.filter(pl.col("cost_percent") < 0)["label"].to_list()
    if labels:
        yield f"Below zero, the exchange rate being better than mid-market by more than the fee: {', '.join(labels)}."


def _rule(table: IndexTable) -> str:
    return f"index “{table.name}”: {table.rule}"


def _by_words(by: Sequence[str]) -> str:
    return f"by {' and '.join(one.replace('_', ' ') for one in by)}" if by else "all services"


def _end(bars: pl.Series) -> int:
    """Return the tens of percent below which nine services in ten cost, from 30 to 100; 10 where all cost less."""
    if (bars < _CHEAP).all():
        return _CHEAP
    return next((tens for tens in range(30, 100, 10) if (bars < tens).sum() >= _NEARLY_ALL * len(bars)), 100)


def _ways(survey: Survey) -> str:
    """Return where all of a survey is sent from and to, where that is one country."""
    ends = ((words, survey.frame[side].unique()) for words, side in ((" from ", "source"), (" to ", "destination")))
    return "".join(f"{words}{place(str(codes[0]))}" for words, codes in ends if len(codes) == 1)


def _over(data: pl.DataFrame) -> str:
    first, last = (quarter(str(one)) for one in (data["period"].min(), data["period"].max()))
    return last if first == last else f"{first} to {last}"


def _figure_words(table: IndexTable) -> str:
    return "the mean total cost" if table.rule.transparent_only else "the mean of stated totals, a lower bound"


def _band(cost: float) -> str:
    return next(words for most, words, *_ in drawing.BANDS if cost <= most)


def _astray(data: pl.DataFrame) -> Iterator[tuple[str, float]]:
    yield from data.filter(pl.col("column").is_null()).select("code", "cost_percent").iter_rows()


def _corridor_goal(table: IndexTable, period: str) -> dict[str, Any] | None:
    """Return the first target for corridors of the survey's kind of payments, where corridors are shown."""
    goal = next((one for one in targets() if one.scope == "corridor" and one.segment == table.segment), None)
    if goal is None or table.by != ("corridor",):
        return None
    said = {"in force": "", "retrospective": ", agreed later", "ended": ", due before"}[goal.standing(period)]
    return {"at": float(goal.most), "words": f"{goal.most}%: {goal.name}{said}"}


def _target_runs(table: IndexTable, data: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a line for each target and standing, over the quarters in which it stood so."""
    scope = "corridor" if "corridor" in table.by else "global"
    goals: dict[float, list[Any]] = {}
    for goal in targets():
        if goal.segment == table.segment and goal.scope == scope:
            goals.setdefault(float(goal.most), []).append(goal)
    periods = data["period"].unique().sort().to_list()
    runs = []
    for most, agreed in sorted(goals.items()):
        names = ", ".join(f"{goal.name.partition(',')[0]} ({goal.agreed.year})" for goal in agreed)
        for standing, run in groupby(periods, key=agreed[0].standing):
            quarters = list(run)
            after = next((one for one in periods if one > quarters[-1]), None)
            until = first_day(quarters[-1], later=1) if after is None else first_day(after)
            runs.append(
                {
                    "most": most,
                    "from": first_day(quarters[0]).isoformat(),
                    "to": until.isoformat(),
                    "standing": standing,
                    "words": f"{most:g}%: {names}" if after is None else "",
                }
            )
    return runs
