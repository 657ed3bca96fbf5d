"""Which rows of a survey a rule takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError, nearest
from paycompare.survey.schema import LABELS, SPEEDS

if TYPE_CHECKING:
    from collections.abc import Collection

    from paycompare.survey.dataset import Survey
    from paycompare.survey.rule import Access, Digital, IndexRule

__all__ = [
    "COMPARED",
    "CORRIDOR",
    "MEANS",
    "everywhere",
    "is_accessible",
    "is_digital",
    "qualifying",
    "quarter_of",
    "refuse_strangers",
]

CORRIDOR: Final = ("period", "source", "destination")
"""What one corridor of one quarter is."""

MEANS: Final = ("cost_percent", "fee_percent", "margin_percent")
"""What `qualifying` adds: total cost and its two components, in percent of the amount."""

COMPARED: Final = "compared"
"""What it adds besides: whether a service states a margin that can be compared."""

_ONLINE: Final = ("Internet", "Mobile phone")
_WITHOUT_CASH: Final = (
    "Bank account transfer",
    "Debit card",
    "Credit card",
    "Debit/credit card",
    "Mobile money",
    "Prepaid card",
    "Balance with the provider",
)
_KEPT_AS_MONEY_OF_ACCOUNT: Final = (
    "Bank account",
    "Own/partner bank account",
    "Bank account (same/partner bank)",
    "Mobile wallet",
    "Mobile",
    "Debit card",
    "Credit card",
    "Prepaid cash card",
    "Balance with the provider",
)
_BROUGHT: Final = ("Home delivery", "Door to door")

_REACH: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "high_or_medium": (("High", "Medium"), ("Nationwide", "Major cities")),
    "high": (("High",), ("Nationwide",)),
}
"""For each meaning of access: the labels of the scale from 2016_2Q on, and those of the scale before."""


def qualifying(survey: Survey, rule: IndexRule) -> pl.LazyFrame:
    """Return the services that a rule takes, with their cost in percent and its two components.

    Args:
        survey: The rows.
        rule: The rule.

    Returns:
        Every column of the survey, ``cost_percent``, ``fee_percent`` and ``margin_percent`` of the rule's amount, and
        ``compared``, whether that margin is one that can be compared. Others are null, or with ``margins="all"`` zero.

    Raises:
        PaymentError: The survey did not price the rule's amount, or has no such provider or provider type.
    """
    if rule.amount not in survey.amounts:
        raise PaymentError("amount", rule.amount, f"one of {', '.join(map(str, survey.amounts))}")
    refuse_strangers(survey, "firm_types", "firm_type", set(rule.firm_types).difference(LABELS["firm_type"]))
    refuse_strangers(survey, "firms", "firm_key", rule.firms)
    rows = survey.frame.lazy().filter(_conditions(survey.frame, rule)).with_columns(*_costs(rule))
    if rule.presence is not None:
        rows = rows.join(everywhere(survey.everything, rule.presence), on=["period", "firm_key"], how="semi")
    if rule.fewest > 1:
        rows = rows.filter(pl.len().over(CORRIDOR) >= rule.fewest)
    if rule.cheapest is not None:
        rows = rows.filter(pl.col("cost_percent").rank("ordinal").over(CORRIDOR) <= rule.cheapest)
    return rows


def quarter_of(survey: Survey, period: str | None) -> str:
    """Return a quarter that the survey has, its last one when left out.

    Raises:
        PaymentError: It has no such quarter, or no rows.
    """
    if not survey.periods:
        limits = "; ".join(survey.restrictions) or "nothing left out"
        raise PaymentError("survey", f"no rows ({limits})", "countries and quarters that it has")
    when = period or survey.periods[-1]
    if when not in survey.periods:
        raise PaymentError("period", when, f"one of {', '.join(survey.periods)}")
    return when


def refuse_strangers(survey: Survey, argument: str, column: str, names: Collection[str]) -> None:
    """Refuse a name that a column has nowhere in the whole survey, whatever was left out of it.

    Raises:
        PaymentError: There is such a name.
    """
    if not names:
        return
    held = survey.everything[column].unique().cast(pl.String).drop_nulls().sort().to_list()
    for name in names:
        if name not in held:
            raise PaymentError(argument, name, f"a name that the survey has{nearest(name, held)}")


def _costs(rule: IndexRule) -> tuple[pl.Expr, ...]:
    """Return total, fee and margin in percent; fee and margin belong to the dear end, and to it alone."""
    amount = rule.amount
    total = pl.col(f"total_percent_{amount}")
    fee = pl.col(f"fee_{amount}") / pl.col(f"amount_{amount}") * 100
    # Where applied and interbank rate are both 1 the zero is no margin that anybody observed.
    margin = pl.when(pl.col("comparable")).then(pl.col(f"margin_percent_{amount}"))
    if rule.ranges == "cheap":
        low = pl.col(f"total_cheap_percent_{amount}")
        single = low.is_null()
        total, fee, margin = pl.coalesce(low, total), pl.when(single).then(fee), pl.when(single).then(margin)
    return (
        total.alias("cost_percent"),
        fee.alias("fee_percent"),
        (margin.fill_null(0.0) if rule.margins == "all" else margin).alias("margin_percent"),
        margin.is_not_null().alias(COMPARED),
    )


def _conditions(frame: pl.DataFrame, rule: IndexRule) -> pl.Expr:
    kept = [pl.col(f"total_percent_{rule.amount}").is_not_null()]
    if rule.transparent_only:
        kept.append(pl.col("transparent").fill_null(value=False))
    if rule.without_senders:
        kept.append(~pl.col("source").is_in(rule.without_senders))
    if rule.within is not None:
        kept.append(pl.col("speed").is_in(SPEEDS[: SPEEDS.index(rule.within) + 1]))
    if rule.access != "any":
        kept.append(is_accessible(frame, rule.access))
    if rule.digital is not None:
        digital = is_digital(frame, rule.digital_set)
        kept.append({True: digital, False: ~digital, "unknown": digital.is_null()}[rule.digital])
    if rule.firm_types:
        kept.append(pl.col("firm_type").is_in(rule.firm_types))
    if rule.firms:
        kept.append(pl.col("firm_key").is_in(rule.firms))
    return pl.all_horizontal(kept)


def everywhere(frame: pl.DataFrame, presence: float) -> pl.LazyFrame:
    """Return, by quarter, the firms that serve so large a share of its corridors, by any service of theirs.

    Args:
        frame: Every row of the survey: a firm is no less present because a question is about one country.
        presence: The share, a fraction of one.

    Returns:
        ``period``, ``firm_key``, ``served`` and ``corridors``, the last two numbers of corridors.
    """
    pairs = frame.lazy().select(*CORRIDOR, "firm_key").unique()
    corridors = pairs.select(CORRIDOR).unique().group_by("period").agg(pl.len().alias("corridors"))
    return (
        pairs.group_by("period", "firm_key")
        .agg(pl.len().alias("served"))
        .join(corridors, on="period")
        .filter(pl.col("served") >= presence * pl.col("corridors"))
    )


def is_accessible(frame: pl.DataFrame, access: Access) -> pl.Expr:
    """Return whether a service is accessible, under one of `paycompare.survey.rule.ACCESS`.

    What is received where one already has an account, or is brought, needs no branch nearby. For the rest the reach
    of the network decides; where it was not collected, the service does not qualify: unknown is not near.
    """
    receiving, sending = _REACH[access]
    near = pl.col("receiving_coverage").is_in(receiving).fill_null(value=False) | pl.col("coverage").is_in(
        sending
    ).fill_null(value=False)
    [brought] = _each_part_in(frame, pickup_method=(*_KEPT_AS_MONEY_OF_ACCOUNT, *_BROUGHT))
    return brought.fill_null(value=False) | near


def is_digital(frame: pl.DataFrame, digital: Digital) -> pl.Expr:
    """Return whether a service is digital, under one of `paycompare.survey.rule.DIGITAL`.

    What is not stated is not known: then it is null, unless what is stated rules it out (cash is not digital, wherever
    it was paid in).
    """
    online, paid, received = _each_part_in(
        frame, access_point=_ONLINE, payment_instrument=_WITHOUT_CASH, pickup_method=_KEPT_AS_MONEY_OF_ACCOUNT
    )
    sets = {
        "paid_online_received": paid & online & received,
        "paid_and_received": paid & received,
        "access_point": online,
    }
    # Before 2016_2Q neither instrument nor access point was a column: not known, rather than not digital.
    return pl.when(pl.col("layout") != "product").then(sets[digital])


def _each_part_in(frame: pl.DataFrame, **labels: tuple[str, ...]) -> list[pl.Expr]:
    """Return, for each column, whether every label joined in a cell is among its; null where nothing was collected."""
    # Asked of all columns at once, polars looks at them side by side.
    cells = frame.select(pl.col(*labels).unique().drop_nulls().cast(pl.String).implode()).row(0, named=True)
    return [
        pl.col(column).is_in([cell for cell in cells[column] if set(cell.split(", ")) <= set(among)])
        for column, among in labels.items()
    ]
