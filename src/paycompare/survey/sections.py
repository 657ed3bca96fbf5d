"""The parts of a report, a function for each: what they say is worked out here, and only here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from paycompare.survey import pictures
from paycompare.survey.captions import place, quarter
from paycompare.survey.gaps import assess, overall
from paycompare.survey.indices import transparency
from paycompare.survey.suspects import suspects
from paycompare.survey.tables import Column, Listing, adding_up, told
from paycompare.survey.targets import targets

if TYPE_CHECKING:
    from paycompare.survey.dataset import Survey
    from paycompare.survey.gaps import Assessment, Judgement
    from paycompare.survey.indices import IndexTable
    from paycompare.survey.picture import Picture

__all__ = ["Section", "corridors", "method", "series", "services", "summary"]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One part of a report, a sheet of its workbook.

    Attributes:
        title: Short enough for the name of a sheet.
        lead: What it says, in sentences.
        tables: Its tables.
        pictures: Its pictures.
        texts: Headed paragraphs, for the method.
    """

    title: str
    lead: tuple[str, ...] = ()
    tables: tuple[Listing, ...] = ()
    pictures: tuple[Picture, ...] = ()
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()


def summary(survey: Survey) -> Section:
    """Return what it comes to: findings, key figures, targets, types of provider, and pictures."""
    found = assess(survey)
    measures = _measures(survey)
    goals = pl.DataFrame([_goal_row(one) for one in found.judgements], schema=_GOAL_TYPES)
    last = survey.periods[-1]
    key = Listing(
        "Key figures",
        (
            Column("measure", "Measure"),
            Column("first", quarter(survey.periods[0]), "percent"),
            Column("last", quarter(last), "percent"),
            Column("change", "Change", "points"),
        ),
        measures,
        ("Costs are in percent of the amount sent; fee and exchange-rate margin are its two parts.",),
    )
    held = Listing(
        f"Policy targets in {quarter(next((one.period for one in found.judgements), last))}",
        _GOAL_COLUMNS,
        goals,
        tuple(map(_sentence, [*found.rules, *_about(found)])),
    )
    kinds = _latest(survey.index(by="firm_type", margins="all").frame, last).sort("cost_percent")
    types = Listing(
        f"By type of provider, {quarter(last)}",
        (
            Column("firm_type", "Provider type"),
            Column("cost_percent", "Cost, %", "percent"),
            Column("fee_percent", "Fee, %", "percent"),
            Column("margin_percent", "Margin, %", "percent"),
            Column("services", "Services", "count"),
        ),
        kinds,
    )
    drawn = [pictures.ranking(survey), pictures.spread(survey, overall(survey))]
    if min(survey.amounts) < max(survey.amounts) and _latest(survey.slope(overall(survey)).frame, last).height:
        drawn.append(pictures.slopes(survey))
    if kinds.height and survey.frame["destination"].n_unique() >= _WORTH_A_MAP:
        drawn.insert(0, pictures.tile_map(survey))
    return Section("Summary", tuple(_findings(survey)), (key, held, types), tuple(drawn))


_WORTH_A_MAP: Final = 10
"""Receiving countries from which on a map shows more than a list."""

_LOOKS: Final = 25
"""Rows for a second look that are written out."""


def _findings(survey: Survey) -> list[str]:
    """Return what the figures say, in sentences."""
    average, last = survey.index(overall(survey), margins="all"), survey.periods[-1]
    small, large = min(survey.amounts), max(survey.amounts)
    rows = dict(zip(average.frame["period"], average.frame.iter_rows(named=True), strict=True))
    said = []
    if last in rows:
        now = rows[last]
        said.append(
            f"In {quarter(last)}, sending USD {small:,} cost {_two(now['cost_percent'])}% on average, over "
            f"{_count(now['services'], 'service')} in {_count(now['corridors'], 'corridor')}"
            f"{_left_out(survey, average)}."
        )
        said += _since(survey)
        if now["fee_percent"] is not None and now["margin_percent"] is not None:
            fee, margin = adding_up(now["fee_percent"], now["margin_percent"], now["cost_percent"])
            parts = _two(sum(filter(None, (fee, margin))))
            apart = "" if parts == _two(now["cost_percent"]) else f", together {parts}%: some state another total"
            said.append(
                f"Fees are {_two(fee)}% on average and the exchange-rate margin {_two(margin)}%, as services state "
                f"them{apart}."
            )
    corridors = _latest(survey.index(by="corridor").frame, last).sort("cost_percent")
    if corridors.height > 1:
        least, most = corridors.row(0, named=True), corridors.row(-1, named=True)
        said.append(
            f"The least dear corridor is {_corridor(least)} at {_two(least['cost_percent'])}%, the dearest "
            f"{_corridor(most)} at {_two(most['cost_percent'])}%."
        )
    both = _latest(survey.slope(overall(survey)).frame, last) if large > small else pl.DataFrame()
    if both.height:
        said.append(
            f"Services priced at both amounts cost {_two(both[f'cost_percent_{small}'][0])}% for USD {small:,} and "
            f"{_two(both[f'cost_percent_{large}'][0])}% for USD {large:,}."
        )
    shown = _latest(transparency(survey).frame, last).row(0, named=True)
    hidden = shown["services"] - shown["transparent"]
    if hidden:
        out = (
            "hides its exchange rate; averages leave it out"
            if hidden == 1
            else "hide their exchange rate; averages leave them out"
        )
        said.append(f"{hidden:,} of {_count(shown['services'], 'service')} {out}.")
    return said


def _about(found: Assessment) -> list[str]:
    """Return what the pace to a target rests on, and where target and survey speak of different things, each once."""
    paced = [f"pace: {one.paced}" for one in found.judgements if one.paced is not None]
    return list(dict.fromkeys([*paced, *(note for one in found.judgements for note in one.notes)]))


def _left_out(survey: Survey, average: IndexTable) -> str:
    """Return which of the senders an average leaves out, to follow what it is over; empty where none."""
    out = sorted({*average.rule.without_senders} & {*survey.frame["source"].cast(pl.String).unique()})
    return f", without senders in {' and '.join(map(place, out))}, as the World Bank counts" if out else ""


def _two(percent: float | None) -> str:
    return told(percent, "percent")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _since(survey: Survey) -> list[str]:
    """Return how the average changed, and, where corridors came or went, how it did over those that stayed."""
    first, last = survey.periods[0], survey.periods[-1]
    name, same = overall(survey), survey.panel()
    average = survey.index(name)
    then, now = average.value(first), average.value(last)
    if first == last or then is None or now is None:
        return []
    apart = _two(abs(now - then))
    way = "more" if now > then else "less"
    said = [f"That is {'as much as' if apart == '0.00' else f'{apart} points {way} than'} in {quarter(first)}."]
    stayed, every = same.frame["corridor"].n_unique(), survey.frame["corridor"].n_unique()
    if 0 < stayed < every:
        before, after = (same.index(name).value(period) for period in (first, last))
        if before is not None and after is not None:
            said.append(
                "But corridors came or went: over those that every quarter has, it went from "
                f"{_two(before)}% to {_two(after)}%."
            )
    return said


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _corridor(row: dict[str, str]) -> str:
    return f"{place(row['source'])} to {place(row['destination'])}"


def _latest(frame: pl.DataFrame, period: str) -> pl.DataFrame:
    return frame.filter(pl.col("period") == period)


def _measures(survey: Survey) -> pl.DataFrame:
    """Return the key figures of the first and the last quarter, and their change; null where one is not known."""
    small, large = min(survey.amounts), max(survey.amounts)
    name = overall(survey)
    average = survey.index(name, margins="all")
    asked = [
        (f"Average cost of USD {small:,}, %", average, "cost_percent"),
        (f"  of which fee, % of USD {small:,}", average, "fee_percent"),
        (f"  of which exchange-rate margin, % of USD {small:,}", average, "margin_percent"),
    ]
    if survey.segment == "remittances":
        asked.append((f"SmaRT average, USD {small:,}, %", survey.index("smart"), "cost_percent"))
    if large > small:
        asked.insert(3, (f"Average cost of USD {large:,}, %", survey.index(name, amount=large), "cost_percent"))
    first, last = survey.periods[0], survey.periods[-1]
    rows: list[dict[str, Any]] = []
    for words, table, column in asked:
        now = table.value(last, column=column)
        then = table.value(first, column=column) if first != last else None
        change = None if then is None or now is None else now - then
        rows.append({"measure": words, "first": then, "last": now, "change": change})
    total, fee, margin = rows[:3]
    for column in ("first", "last", "change"):
        fee[column], margin[column] = adding_up(fee[column], margin[column], total[column])
    types = {"measure": pl.String, "first": pl.Float64, "last": pl.Float64, "change": pl.Float64}
    return pl.DataFrame(rows, schema=types)


_GOAL_COLUMNS: Final = (
    Column("target", "Target"),
    Column("most", "At most, %", "percent"),
    Column("due", "Due"),
    Column("standing", "In that quarter"),
    Column("met", "Met"),
    Column("found", "Found"),
    Column("meeting", "At the pace so far"),
)
_GOAL_TYPES: Final = {
    "target": pl.String,
    "most": pl.Float64,
    "due": pl.String,
    "standing": pl.String,
    "found": pl.String,
    "met": pl.Boolean,
    "meeting": pl.String,
}
_STANDING: Final = {"in force": "in force", "retrospective": "not yet agreed", "ended": "past its day"}


def _goal_row(one: Judgement) -> dict[str, object]:
    if one.cost_percent is None:
        index = " (SmaRT)" if one.target.segment == "remittances" else ""
        found = f"{one.above} of {one.corridors} corridors above it{index}{one.unknown}"
    else:
        found = f"{_two(one.cost_percent)}% on average"
    return {
        "target": one.target.name,
        "most": float(one.target.most),
        "due": one.target.due.isoformat(),
        "standing": _STANDING[one.standing],
        "found": found,
        "met": one.met,
        "meeting": one.pace,
    }


def series(survey: Survey) -> Section:
    """Return every quarter, and every corridor in every quarter."""
    small, large = min(survey.amounts), max(survey.amounts)
    name = overall(survey)
    spread = survey.distribution(name).frame
    shares = [name for name in spread.columns if name.startswith("below_")]
    frame = survey.index(name, margins="all").frame.join(
        spread.select("period", "least", "median", "most", *shares), on="period", how="left", maintain_order="left"
    )
    more = [("cost_large", survey.index(name, amount=large))] if large > small else []
    best = [("smart", survey.index("smart"))] if survey.segment == "remittances" else []
    for column, table in [*more, *best]:
        other = table.frame.select("period", pl.col("cost_percent").alias(column))
        frame = frame.join(other, on="period", how="left", maintain_order="left")
    columns = [
        Column("quarter", "Quarter"),
        Column("cost_percent", f"Average, USD {small:,}, %", "percent"),
        Column("fee_percent", "Fee, %", "percent"),
        Column("margin_percent", "Margin, %", "percent"),
        *([Column("cost_large", f"Average, USD {large:,}, %", "percent")] if more else []),
        *([Column("smart", f"SmaRT, USD {small:,}, %", "percent")] if best else []),
        Column("least", "Least, %", "percent"),
        Column("median", "Median, %", "percent"),
        Column("most", "Most, %", "percent"),
        *(Column(name, f"Below {name.split('_')[1]}%", "share") for name in shares),
        Column("services", "Services", "count"),
        Column("corridors", "Corridors", "count"),
    ]
    rows = frame.with_columns(pl.col("period").map_elements(quarter, return_dtype=pl.String).alias("quarter"))
    notes = ["Quarters that are missing were not surveyed, or have no service that discloses its rate."]
    every = Listing("Every quarter", tuple(columns), rows, tuple(notes))
    drawn = (pictures.series(survey, name),)
    return Section("Series", (), (every, _corridor_series(survey)), drawn)


def _corridor_series(survey: Survey) -> Listing:
    small = min(survey.amounts)
    wide = survey.index(by="corridor").frame.pivot(
        on="period", index=["source", "destination"], values="cost_percent", maintain_order=True
    )
    periods = sorted(set(wide.columns) - {"source", "destination"})
    rows = _named_places(wide).sort("source", "destination")
    columns = (Column("source", "From"), Column("destination", "To"))
    return Listing(
        f"Average cost of USD {small:,} by corridor, %",
        (*columns, *(Column(period, quarter(period), "percent") for period in periods)),
        rows,
        ("A dash: not surveyed in that quarter, or no service that discloses its rate.",),
    )


def _named_places(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("source", "destination").map_elements(place, return_dtype=pl.String))


def corridors(survey: Survey) -> Section:
    """Return the corridors of the last quarter, dearest first."""
    first, last = survey.periods[0], survey.periods[-1]
    small, large = min(survey.amounts), max(survey.amounts)
    keys = ["source", "destination"]
    average = survey.index(by="corridor", margins="all").frame
    frame = _latest(average, last).drop("period", "corridors")
    then = _latest(average, first).select(*keys, pl.col("cost_percent").alias("then"))
    smart = _latest(survey.index("smart", by="corridor").frame, last)
    joined = [then, smart.select(*keys, pl.col("cost_percent").alias("smart"))]
    if large > small:
        other = _latest(survey.index(by="corridor", amount=large).frame, last)
        joined.append(other.select(*keys, pl.col("cost_percent").alias("cost_large")))
    for other in joined:
        frame = frame.join(other, on=keys, how="left", maintain_order="left")
    goal = next((one for one in targets() if one.scope == "corridor" and one.segment == survey.segment), None)
    above = pl.lit(None, dtype=pl.Float64) if goal is None else pl.col("cost_percent") - float(goal.most)
    rows = _named_places(
        frame.with_columns((pl.col("cost_percent") - pl.col("then")).alias("change"), above.alias("above"))
    ).sort("cost_percent", descending=True)
    columns = [
        Column("source", "From"),
        Column("destination", "To"),
        Column("cost_percent", f"Average, USD {small:,}, %", "percent"),
        Column("fee_percent", "Fee, %", "percent"),
        Column("margin_percent", "Margin, %", "percent"),
        *([Column("cost_large", f"Average, USD {large:,}, %", "percent")] if large > small else []),
        *([Column("smart", f"SmaRT, USD {small:,}, %", "percent")] if survey.segment == "remittances" else []),
        *([Column("change", f"Since {quarter(first)}, points", "points")] if first != last else []),
        *([Column("above", f"Average above {goal.most}%, points", "points")] if goal else []),
        Column("services", "Services", "count"),
    ]
    notes = [] if goal is None else [f"{goal.most}%: {goal.name}, {_STANDING[goal.standing(last)]} in {quarter(last)}."]
    if goal is not None and survey.segment == "remittances":
        notes.append("Here the average of a corridor is held against it; the summary holds its SmaRT index against it.")
    table = Listing(f"Corridors in {quarter(last)}, dearest first", tuple(columns), rows, tuple(notes))
    return Section("Corridors", (), (table,))


def services(survey: Survey) -> Section:
    """Return every service of the last quarter."""
    last, small, large = survey.periods[-1], min(survey.amounts), max(survey.amounts)
    words = [
        ("firm", "Provider"),
        ("firm_type", "Provider type"),
        ("product", "Product"),
        ("payment_instrument", "Paid by"),
        ("access_point", "Ordered at"),
        ("sending_location", "Ordered at (to 2016)"),
        ("pickup_method", "Received as"),
        ("receiving_coverage", "Receiving network"),
        ("coverage", "Sending network"),
        ("speed", "Speed"),
    ]
    rows = survey.frame.filter(pl.col("period").cast(pl.String) == last).with_columns(
        pl.col("source", "destination", *(name for name, _ in words), f"currency_{small}").cast(pl.String),
        (pl.col(f"fee_{small}") / pl.col(f"amount_{small}") * 100).alias("fee_percent"),
    )
    collected = [Column(name, title) for name, title in words if rows[name].null_count() < rows.height]
    columns = [
        Column("source", "From"),
        Column("destination", "To"),
        *collected,
        Column(f"currency_{small}", "Currency"),
        Column(f"amount_{small}", f"“USD {small:,}”", "money"),
        Column(f"fee_{small}", "Fee", "money"),
        Column("fee_percent", "Fee, %", "percent"),
        Column(f"margin_percent_{small}", "Margin, %", "percent"),
        Column(f"total_percent_{small}", f"Total, USD {small:,}, %", "percent"),
        *([Column(f"total_percent_{large}", f"Total, USD {large:,}, %", "percent")] if large > small else []),
        Column("transparent", "Rate disclosed"),
    ]
    ordered = _named_places(rows).sort("source", "destination", f"total_percent_{small}", "firm", nulls_last=True)
    notes = (
        "Where the rate is not disclosed the margin is unknown, not zero; no average counts the total, the fee alone.",
        f"“USD {small:,}” is a label: the amount in the sender's currency is what was priced.",
    )
    table = Listing(f"Services surveyed in {quarter(last)}", tuple(columns), ordered, notes)
    return Section("Services", (), (table,))


def method(survey: Survey) -> Section:
    """Return where the figures come from and how they were taken."""
    average, smart = survey.index(overall(survey), margins="all"), survey.index("smart", margins="all")
    cost = (
        "Fee: what is charged beside the exchange rate, in percent of the amount sent.",
        "Margin: by how much the exchange rate applied is worse than the interbank rate, in percent.",
        "Total cost: the two added, as the survey states them; nothing is worked out again from rounded rates.",
    )
    goals = tuple(
        f"{one.name}: {one.words} (agreed {one.agreed}, due {one.due}). {one.source}, {one.url}"
        for one in targets()
        if one.segment == survey.segment
    )
    read = tuple(f"{'- ' * line.startswith('    ')}{line.strip()}" for line in str(survey.report).splitlines())
    limits = tuple(survey.restrictions) or ("Nothing: all rows of the file.",)
    return Section(
        "Method",
        texts=(
            ("Source", (survey.cite(),)),
            ("What a cost is", cost),
            ("Average", (_sentence(str(average.rule)), *average.notes)),
            *((("SmaRT", (_sentence(str(smart.rule)), *smart.notes)),) if survey.segment == "remittances" else ()),
            ("Pace", (_PACE,)),
            ("Targets", goals),
            ("Narrowed to", limits),
            ("Rows that deserve a second look", _second_looks(survey)),
            ("How the file was read", read),
        ),
    )


_PACE: Final = (
    "A straight line by least squares through the average over the corridors that every quarter has, with its "
    "interval; not a forecast."
)


def _second_looks(survey: Survey) -> tuple[str, ...]:
    """Return what may be a slip in the file, and is counted all the same, as in the published averages."""
    found = suspects(survey)
    if found.is_empty():
        return ("None.",)
    rows = [f"{quarter(row['period'])}, {_corridor(row)}, {row['firm']}: {row['why']}" for row in found.to_dicts()]
    more = (f"And {len(rows) - _LOOKS:,} more: paycompare rpw load --suspects.",) if len(rows) > _LOOKS else ()
    return ("They count in every average here, as they do in published ones.", *rows[-_LOOKS:], *more)
