"""Which rows of a survey a rule takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError
from paycompare.survey.schema import SPEEDS

if TYPE_CHECKING:
    from paycompare.survey.dataset import Survey
    from paycompare.survey.rule import Access, Digital, IndexRule

__all__ = ["CORRIDOR", "MEANS", "is_accessible", "is_digital", "qualifying"]

CORRIDOR: Final = ("period", "source", "destination")
"""What one corridor of one quarter is."""

MEANS: Final = ("cost_percent", "fee_percent", "margin_percent")
"""What `qualifying` adds: total cost and its two components, in percent of the amount."""

_ONLINE: Final = ("Internet", "Mobile phone")
_WITHOUT_CASH: Final = (
    "Bank account transfer",
    "Debit card",
    "Credit card",
    "Debit/credit card",
    "Mobile money",
    "Prepaid card",
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
        Every column of the survey, and ``cost_percent``, ``fee_percent`` and ``margin_percent`` of the rule's amount.

    Raises:
        PaymentError: The survey did not price the rule's amount.
    """
    if rule.amount not in survey.amounts:
        raise PaymentError("amount", rule.amount, f"one of {', '.join(map(str, survey.amounts))}")
    amount = rule.amount
    rows = (
        survey.frame.lazy()
        .filter(_conditions(survey.frame, rule))
        .with_columns(
            *_costs(amount, cheap=rule.ranges == "cheap"),
        )
    )
    if rule.presence is not None:
        rows = _present(rows, survey, rule.presence)
    if rule.fewest > 1:
        rows = rows.filter(pl.len().over(CORRIDOR) >= rule.fewest)
    if rule.cheapest is not None:
        rows = rows.filter(pl.col("cost_percent").rank("ordinal").over(CORRIDOR) <= rule.cheapest)
    return rows


def _costs(amount: int, *, cheap: bool) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return total, fee and margin in percent; fee and margin belong to the dear end, and to it alone."""
    total = pl.col(f"total_percent_{amount}").alias("cost_percent")
    fee = (pl.col(f"fee_{amount}") / pl.col(f"amount_{amount}") * 100).alias("fee_percent")
    margin = pl.col(f"margin_percent_{amount}").alias("margin_percent")
    if not cheap:
        return total, fee, margin
    low = pl.col(f"total_cheap_percent_{amount}")
    single = low.is_null()
    return pl.coalesce(low, total).alias("cost_percent"), pl.when(single).then(fee), pl.when(single).then(margin)


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
        kept.append(digital if rule.digital else ~digital)
    if rule.firm_types:
        kept.append(pl.col("firm_type").is_in(rule.firm_types))
    if rule.firms:
        kept.append(pl.col("firm_key").is_in([firm.casefold() for firm in rule.firms]))
    return pl.all_horizontal(kept)


def _present(rows: pl.LazyFrame, survey: Survey, presence: float) -> pl.LazyFrame:
    """Keep firms that serve so large a share of the corridors surveyed in the quarter, by any service of theirs."""
    pairs = survey.frame.lazy().select(*CORRIDOR, "firm_key").unique()
    corridors = pairs.select(CORRIDOR).unique().group_by("period").agg(pl.len().alias("corridors"))
    wide = (
        pairs.group_by("period", "firm_key")
        .agg(pl.len().alias("served"))
        .join(corridors, on="period")
        .filter(pl.col("served") >= presence * pl.col("corridors"))
    )
    return rows.join(wide, on=["period", "firm_key"], how="semi")


def is_accessible(frame: pl.DataFrame, access: Access) -> pl.Expr:
    """Return whether a service is accessible, under one of `paycompare.survey.rule.ACCESS`.

    What is received where one already has an account, or is brought, needs no branch nearby. For the rest the reach
    of the network decides; where it was not collected, the service does not qualify: unknown is not near.
    """
    receiving, sending = _REACH[access]
    near = pl.col("receiving_coverage").is_in(receiving).fill_null(value=False) | pl.col("coverage").is_in(
        sending
    ).fill_null(value=False)
    return _each_part_in(frame, "pickup_method", (*_KEPT_AS_MONEY_OF_ACCOUNT, *_BROUGHT)) | near


def is_digital(frame: pl.DataFrame, digital: Digital) -> pl.Expr:
    """Return whether a service is digital, under one of `paycompare.survey.rule.DIGITAL`; null where not collected."""
    online = _each_part_in(frame, "access_point", _ONLINE)
    paid = _each_part_in(frame, "payment_instrument", _WITHOUT_CASH)
    received = _each_part_in(frame, "pickup_method", _KEPT_AS_MONEY_OF_ACCOUNT)
    sets = {
        "paid_online_received": paid & online & received,
        "paid_and_received": paid & received,
        "access_point": online,
    }
    # Before 2016_2Q neither instrument nor access point was a column: not known, rather than not digital.
    return pl.when(pl.col("layout") == "instrument").then(sets[digital])


def _each_part_in(frame: pl.DataFrame, column: str, labels: tuple[str, ...]) -> pl.Expr:
    """Return whether every label joined in a cell is among these; false where nothing was collected."""
    distinct = frame[column].unique().cast(pl.String).drop_nulls()
    fitting = [cell for cell in distinct if set(cell.split(", ")) <= set(labels)]
    return pl.col(column).is_in(fitting).fill_null(value=False)
