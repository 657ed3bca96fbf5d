"""The marks of each picture: figures worked out elsewhere, turned into layers of a chart.

The functions are as long as their drawings have layers; split up, none could be read from back to front.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from paycompare.survey.captions import first_day
from paycompare.survey.picture import DARK, INK, LIGHT, MIDDLE, PAPER, WIDTH, altair, layered
from paycompare.survey.schema import ordinal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

__all__ = ["BANDS", "COST", "SQUARE", "bars_of_services", "falls", "lines_over_time", "squares_on_map", "stacked"]

COST: Final = "Cost, percent of the amount sent"
SQUARE: Final = 29
"""Side of a square of the map, in pixels."""

BANDS: Final = (
    # up to this many percent, how it is called, its shade, and the colour of figures on it
    (3.0, "to 3%", "#e9f0f7", INK),
    (5.0, "over 3 to 5%", LIGHT, INK),
    (10.0, "over 5 to 10%", MIDDLE, "#ffffff"),
    (float("inf"), "over 10%", DARK, "#ffffff"),
)


def stacked(data: pl.DataFrame, goal: dict[str, Any] | None) -> alt.LayerChart:
    """Return a bar for each label, fee and margin stacked, with the total at its end.

    Args:
        data: ``label``, ``services``, ``cost_percent``, ``fee_percent`` and ``margin_percent``, in order.
        goal: Where a target lies and what it is called, in ``at`` (percent) and ``words``.
    """
    alt = altair()
    fee, margin = "Fee", "Exchange-rate margin"
    order = [f"{label} ({services})" for label, services in data.select("label", "services").iter_rows()]
    parts, ends = [], []
    for label, row in zip(order, data.iter_rows(named=True), strict=True):
        one, two = row["fee_percent"] or 0.0, row["margin_percent"] or 0.0
        # A margin below zero, a rate better than mid-market, is drawn to the left of zero.
        base = max(one, 0.0) if two > 0 else 0.0
        if row["fee_percent"] is not None:
            parts.append({"label": label, "part": fee, "from": 0.0, "to": one})
        if row["margin_percent"] is not None:
            parts.append({"label": label, "part": margin, "from": base, "to": base + two})
        end = max(one, 0.0) + max(two, 0.0)
        ends.append({"label": label, "end": max(end, row["cost_percent"]), "figure": f"{row['cost_percent']:.1f}"})
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=320, ticks=False, domain=False))
    x = alt.X("from:Q", title=COST, axis=alt.Axis(tickCount=8))
    colours = alt.Scale(domain=[fee, margin], range=[DARK, LIGHT])
    bars = (
        alt.Chart(alt.Data(values=parts))
        .mark_bar(stroke=DARK, strokeWidth=0.8, height={"band": 0.72})
        .encode(
            y=y,
            x=x,
            x2="to:Q",
            fill=alt.Fill("part:N", scale=colours, legend=alt.Legend(orient="top", title=None, symbolStrokeWidth=0.8)),
        )
    )
    words = alt.Chart(alt.Data(values=ends)).mark_text(align="left", dx=4, color=INK, fontSize=11)
    layers = [bars, words.encode(y=y, x="end:Q", text="figure:N")]
    if goal is not None:
        line = alt.Chart(alt.Data(values=[goal]))
        layers.append(line.mark_rule(strokeWidth=2.6, color="white").encode(x="at:Q"))
        layers.append(line.mark_rule(strokeWidth=1.3, strokeDash=[5, 3], color=INK).encode(x="at:Q"))
        layers.append(
            line.mark_text(align="left", baseline="bottom", dx=-2, fontSize=10, color=INK).encode(
                x="at:Q", y=alt.value(-4), text="words:N"
            )
        )
    return layered(*layers, width=WIDTH - 120, height=alt.Step(24))


def lines_over_time(data: pl.DataFrame, order: list[str], goals: list[dict[str, Any]]) -> alt.LayerChart:
    """Return a line for each label, named at its end, over the targets.

    Args:
        data: ``period``, ``label`` and ``cost_percent``.
        order: The labels; each has a dash and a shape of its own.
        goals: ``most`` (percent), ``from`` and ``to`` (days), ``standing`` and ``words``.
    """
    alt = altair()
    dashes = [[1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [12, 4]]
    shapes = ["circle", "square", "triangle-up", "diamond", "cross"]
    rows = [
        {"day": _middle(period), "label": label, "cost": cost, "figure": f"{cost:.1f}"}
        for period, label, cost in data.select("period", "label", "cost_percent").iter_rows()
    ]
    last = [[row for row in rows if row["label"] == label][-1] for label in order]
    heights = _apart([row["cost"] for row in last], max(row["cost"] for row in rows) / 22)
    single = len(order) == 1
    ends = [
        row | {"at": height, "words": f"{row['figure']}%" if single else f"{row['figure']}%  {row['label']}"}
        for row, height in zip(last, heights, strict=True)
    ]
    x = alt.X("day:T", title=None, axis=alt.Axis(grid=False, **_time(data["period"].unique().sort().to_list())))
    y = alt.Y("cost:Q", title=COST, scale=alt.Scale(zero=True))
    kinds = [order[index % len(order)] for index in range(len(order))]
    dash = alt.StrokeDash(
        "label:N",
        scale=alt.Scale(domain=kinds, range=[dashes[index % len(dashes)] for index in range(len(kinds))]),
        legend=None,
    )
    shape = alt.Shape(
        "label:N",
        scale=alt.Scale(domain=kinds, range=[shapes[index % len(shapes)] for index in range(len(kinds))]),
        legend=None,
    )
    drawn = alt.Chart(alt.Data(values=rows))
    layers = [
        drawn.mark_line(color=DARK, strokeWidth=2).encode(x=x, y=y, strokeDash=dash, detail="label:N"),
        drawn.mark_point(color=DARK, fill=DARK, size=36, opacity=1).encode(x=x, y=y, shape=shape),
        alt.Chart(alt.Data(values=ends))
        .mark_text(align="left", dx=9, color=INK, fontSize=11, fontWeight="bold")
        .encode(x="day:T", y="at:Q", text="words:N"),
    ]
    dotted = {"in force": [1, 0], "retrospective": [2, 4], "ended": [6, 4]}
    for standing, pattern in dotted.items():
        runs = [goal for goal in goals if goal["standing"] == standing]
        if runs:
            at = alt.Chart(alt.Data(values=runs))
            layers += [
                at.mark_rule(color="#555555", strokeWidth=1.4, strokeDash=pattern).encode(
                    x="from:T", x2="to:T", y="most:Q"
                ),
                at.mark_text(align="right", dy=-7, color="#333333", fontSize=11).encode(
                    x="to:T", y="most:Q", text="words:N"
                ),
            ]
    return layered(*layers, width=WIDTH - 40, height=330)


def _time(periods: list[str]) -> dict[str, Any]:
    """Return what an axis of time is marked with: years, or quarters where years would be too few."""
    if ordinal(periods[-1]) - ordinal(periods[0]) > _FEW:
        return {"format": "%Y", "tickCount": "year"}
    days = (date.fromisoformat(_middle(period)) for period in periods)
    marks = [altair().DateTime(year=day.year, month=day.month, date=day.day) for day in days]
    return {"format": "Q%q %Y", "values": marks}


_FEW: Final = 7
"""Quarters from first to last up to which each has a mark of its own on an axis of time."""


def _middle(period: str) -> str:
    first, after = first_day(period), first_day(period, later=1)
    return (first + (after - first) / 2).isoformat()


def squares_on_map(data: pl.DataFrame, squares: pl.DataFrame) -> alt.LayerChart:
    """Return a square for each country, shaded and with its figure, and a pale one where there is none.

    Args:
        data: ``code``, ``cost_percent``, ``band``, ``column`` and ``row``.
        squares: ``code``, ``column`` and ``row`` of every country on the map.
    """
    alt = altair()
    on_map = data.filter(pl.col("column").is_not_null())
    ink = {words: colour for _, words, _, colour in BANDS}
    full = [
        {**row, "figure": f"{row['cost_percent']:.1f}", "ink": ink[row["band"]]} for row in on_map.iter_rows(named=True)
    ]
    empty = squares.filter(~pl.col("code").is_in(on_map["code"].to_list())).to_dicts()
    bands = [words for _, words, *_ in BANDS]
    # The scale is as long as the map is wide, so that squares stay square wherever the data is.
    wide, high = (list(range(max(squares[side].to_list()) + 1)) for side in ("column", "row"))
    x = alt.X("column:O", axis=None, scale=alt.Scale(domain=wide, paddingInner=0.06))
    y = alt.Y("row:O", axis=None, scale=alt.Scale(domain=high, paddingInner=0.06))
    shades = alt.Scale(domain=bands, range=[shade for _, _, shade, _ in BANDS])
    filled = alt.Chart(alt.Data(values=full))
    blank = alt.Chart(alt.Data(values=empty))
    return layered(
        blank.mark_rect(fill=PAPER).encode(x=x, y=y),
        blank.mark_text(fontSize=7, color="#9a9a9a").encode(x=x, y=y, text="code:N"),
        filled.mark_rect(stroke=DARK, strokeWidth=0.7).encode(
            x=x,
            y=y,
            fill=alt.Fill("band:N", scale=shades, legend=alt.Legend(orient="top", title=COST, symbolStrokeWidth=0.7)),
        ),
        filled.mark_text(fontSize=8, dy=-6).encode(x=x, y=y, text="code:N", color=alt.Color("ink:N", scale=None)),
        filled.mark_text(fontSize=9.5, dy=5, fontWeight="bold").encode(
            x=x, y=y, text="figure:N", color=alt.Color("ink:N", scale=None)
        ),
        width=alt.Step(SQUARE),
        height=alt.Step(SQUARE),
    )


def bars_of_services(counted: pl.DataFrame, found: Mapping[str, Any], most: int) -> alt.LayerChart:
    """Return a bar for each point of cost, with mean and median.

    Args:
        counted: ``bar`` (percent from which it reaches one point up) and ``services``.
        found: ``cost_percent`` (the mean) and ``median``.
        most: The bar that takes everything from there on.
    """
    alt = altair()
    rows = [{"from": bar, "to": bar + 1, "services": services} for bar, services in counted.iter_rows()]
    highest = max(row["services"] for row in rows)
    above = highest * 1.15  # room for the words of mean and median
    # The least step of an axis does not hold for a single one: it is halved.
    whole = alt.Axis(format=",d", values=[0, 1]) if highest == 1 else alt.Axis(format=",d", tickMinStep=1)
    ends = f"datum.value == {most} ? '{most} and over' : datum.value"
    axis = alt.Axis(values=[*range(0, most + 1, 5 * (1 + most // 60))], labelExpr=ends, grid=False)
    across = alt.Scale(domain=[rows[0]["from"], most + 1], nice=False)
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(fill=LIGHT, stroke=DARK, strokeWidth=0.8)
        .encode(
            x=alt.X("from:Q", title=f"{COST}, in bars of one point", axis=axis, scale=across),
            x2="to:Q",
            y=alt.Y("services:Q", title="Services", scale=alt.Scale(domain=[0, above]), axis=whole),
            y2=alt.datum(0),
        )
    )
    layers = [bars]
    middles = (("mean", found["cost_percent"], [1, 0], 0), ("median", found["median"], [5, 3], 14))
    left = min(found["cost_percent"], found["median"])
    for words, value, pattern, down in middles:
        at = alt.Chart(alt.Data(values=[{"at": min(value, most + 0.5), "words": f"{words} {value:.1f}%"}]))
        side: dict[str, Any] = {"align": "right", "dx": -4} if value == left else {"align": "left", "dx": 4}
        layers += [
            at.mark_rule(color=INK, strokeWidth=1.8, strokeDash=pattern).encode(x="at:Q"),
            at.mark_text(baseline="top", fontSize=11, fontWeight="bold", color=INK, **side).encode(
                x="at:Q", y=alt.value(down), text="words:N"
            ),
        ]
    return layered(*layers, width=WIDTH, height=280)


def falls(data: pl.DataFrame, small: int, large: int) -> alt.LayerChart:
    """Return a line for each label from the cost of the smaller amount to that of the larger.

    Args:
        data: ``label``, ``small_percent``, ``large_percent`` and ``difference_percent``.
        small: The smaller amount, US dollars by name.
        large: The larger.
    """
    alt = altair()
    rows = list(data.iter_rows(named=True))
    height = max(240, 32 * len(rows))
    sides = ((0, "small_percent", -0.05), (1, "large_percent", 1.05))
    every = [row[which] for row in rows for _, which, _ in sides]
    domain = [min(every), max(min(every) + 1.0, *every)]
    for _ in range(_ROUNDS):
        apart = (domain[1] - domain[0]) / height * _LINE
        labels = {which: _apart([row[which] for row in rows], apart) for _, which, _ in sides}
        shown = [*every, *labels["small_percent"], *labels["large_percent"]]
        domain = [min(shown) - apart, max(shown) + apart]
    less, more = "costs less", "costs as much or more"
    lines, marks = [], []
    for at, which, aside in sides:
        for row, label_at in zip(rows, labels[which], strict=True):
            figure = f"{row[which]:.1f}%"
            name = f"{figure}  {row['label']}" if at else figure
            way = less if row["difference_percent"] > 0 else more
            lines.append({"label": row["label"], "at": at, "cost": row[which], "way": way})
            marks.append({"at": at, "cost": row[which], "aside": aside, "words_at": label_at, "words": name})
    x = alt.X("at:Q", axis=None, scale=alt.Scale(domain=[-0.06, 1.06], nice=False))
    y = alt.Y("cost:Q", axis=None, scale=alt.Scale(domain=domain, nice=False))
    ways = alt.StrokeDash(
        "way:N",
        scale=alt.Scale(domain=[less, more], range=[[1, 0], [5, 3]]),
        legend=alt.Legend(orient="top", title=f"In percent, USD {large:,}", symbolStrokeColor=DARK),
    )
    drawn, told = alt.Chart(alt.Data(values=lines)), alt.Chart(alt.Data(values=marks))
    heads = alt.Chart(alt.Data(values=[{"at": 0, "words": f"USD {small:,}"}, {"at": 1, "words": f"USD {large:,}"}]))
    written = [(alt.datum.at == 0, "right", -3), (alt.datum.at == 1, "left", 3)]
    return layered(
        heads.mark_text(fontSize=12, fontWeight="bold", color=INK).encode(x=x, y=alt.value(-8), text="words:N"),
        told.mark_rule(color="#9a9a9a", strokeWidth=0.7).encode(x=x, y=y, x2="aside:Q", y2="words_at:Q"),
        drawn.mark_line(color=DARK, strokeWidth=1.6).encode(x=x, y=y, strokeDash=ways, detail="label:N"),
        drawn.mark_point(color=DARK, fill=DARK, size=30, opacity=1).encode(x=x, y=y),
        *(
            told.transform_filter(on)
            .mark_text(align=align, dx=dx, fontSize=11, color=INK)
            .encode(x="aside:Q", y="words_at:Q", text="words:N")
            for on, align, dx in written
        ),
        width=400,
        height=height,
    )


_LINE: Final = 15
"""Pixels from one label to the next."""

_ROUNDS: Final = 30
"""Labels that are moved apart widen the scale, which moves them closer: each round leaves at most half of that."""


def _apart(values: Sequence[float], least: float) -> list[float]:
    """Return heights for labels, as near to their values as leaves so much between any two.

    Example:
        >>> _apart([5.0, 5.0, 9.0], 1.0)
        [4.5, 5.5, 9.0]
    """
    order = sorted(range(len(values)), key=lambda index: values[index])
    blocks: list[tuple[list[int], float]] = []  # labels that touch, and the height of their middle
    for index in order:
        blocks.append(([index], values[index]))
        while len(blocks) > 1:
            (below, low), (above, high) = blocks[-2:]
            if high - low >= least * (len(below) + len(above)) / 2:
                break
            joined = below + above
            blocks[-2:] = [(joined, (low * len(below) + high * len(above)) / len(joined))]
    heights = list(values)
    for labels, middle in blocks:
        for number, index in enumerate(labels):
            heights[index] = middle + least * (number - (len(labels) - 1) / 2)
    return heights
