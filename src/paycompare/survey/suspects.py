"""Rows that a careful reader would look at again; none is left out of any average because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.survey.harmonise import comes_out
from paycompare.survey.schema import ordinal

if TYPE_CHECKING:
    from paycompare.survey.dataset import Survey

__all__ = ["suspects"]

_TIMES: Final = 10
"""An amount so many times above or below what its currency usually stands at is in another unit."""

_QUARTERS: Final = 1
"""Collection may begin a quarter early or end a quarter late; further off, the day or the period is wrong."""

_EXTREME: Final = 50
"""Percent of the amount beyond which a margin or a total is more likely a slip than a price."""


def suspects(survey: Survey) -> pl.DataFrame:
    """List rows whose figures may not be what they say, with the reason.

    The World Bank's own averages count them, so every index here does too; leave them out of the frame to see what
    they change.

    Args:
        survey: The rows.

    Returns:
        ``period``, ``id``, ``source``, ``destination``, ``firm`` and ``why``: an amount in another unit than the
        currency's other rows, a day of collection outside its quarter, an extreme margin or total, or figures that
        come out as fractions of one alone. A row stands once for each reason.

    Example:
        Nine rows send 150,000 RWF, and one sends 200 "RWF", which are dollars:

        >>> from paycompare.survey.sample import survey_of_rows
        >>> usual = {"currency_200": "RWF", "amount_200": 150000.0}
        >>> survey = survey_of_rows([usual] * 9 + [usual | {"amount_200": 200.0, "firm": "Slip"}])
        >>> suspects(survey)["firm", "why"].rows()
        [('Slip', 'amount_200 is 200 RWF where 150,000 is usual')]
    """
    found = [_days(survey), _extremes(survey)]
    found += [of(survey, amount) for of in (_amounts, _fractions) for amount in survey.amounts]
    return pl.concat(found).sort("period", "source", "destination", "firm", "why")


def _listed(rows: pl.DataFrame, why: pl.Expr) -> pl.DataFrame:
    return rows.select(
        pl.col("period").cast(pl.String),
        "id",
        pl.col("source", "destination").cast(pl.String),
        "firm",
        why.alias("why"),
    )


def _amounts(survey: Survey, amount: int) -> pl.DataFrame:
    name, currency = f"amount_{amount}", f"currency_{amount}"
    usual = pl.col(name).median().over(currency)
    off = survey.frame.with_columns(usual.alias("usual")).filter(
        pl.col(currency).is_not_null()
        & ((pl.col(name) > pl.col("usual") * _TIMES) | (pl.col(name) * _TIMES < pl.col("usual")))
    )
    said = pl.struct(name, currency, "usual").map_elements(
        lambda row: f"{name} is {row[name]:,g} {row[currency]} where {row['usual']:,g} is usual", return_dtype=pl.String
    )
    return _listed(off, said)


def _fractions(survey: Survey, amount: int) -> pl.DataFrame:
    _, alone = comes_out(amount)
    said = pl.lit(f"for USD {amount} total = fee / amount + margin holds only if 0.05 stands for 5 percent")
    return _listed(survey.frame.filter(alone), said)


def _days(survey: Survey) -> pl.DataFrame:
    quarters = {period: ordinal(period) for period in survey.periods}
    stated = pl.col("period").cast(pl.String).replace_strict(quarters, default=None, return_dtype=pl.Int64)
    collected = pl.col("day").dt.year().cast(pl.Int64) * 4 + pl.col("day").dt.quarter() - 1
    off = survey.frame.filter((collected - stated).abs() > _QUARTERS)
    return _listed(off, pl.format("collected on {}", pl.col("day")))


def _extremes(survey: Survey) -> pl.DataFrame:
    found = []
    for amount in survey.amounts:
        for name in (f"margin_percent_{amount}", f"total_percent_{amount}"):
            off = survey.frame.filter(pl.col(name).abs() > _EXTREME)
            found.append(_listed(off, pl.format(f"{name} is {{}}", pl.col(name))))
    return pl.concat(found)
