"""Policy targets for the cost of cross-border payments, dated and sourced; the figures are in ``targets.toml``."""

from __future__ import annotations

import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from paycompare.errors import PaymentError, nearest
from paycompare.survey.schema import ordinal

__all__ = ["Standing", "Target", "target_named", "targets"]

Standing = Literal["in force", "retrospective", "ended"]
"""Whether a target stood when prices were collected, was agreed later, or had fallen due before."""


@dataclass(frozen=True, slots=True)
class Target:
    """A cost that somebody with a mandate has promised to reach.

    Attributes:
        id: Short name.
        name: Name for people.
        segment: ``remittances``, or ``retail`` for payments of and to firms and other payments between persons.
        scope: ``global`` for an average, ``corridor`` for each corridor.
        most: In percent of the amount sent.
        strictly: Whether the cost must be below it, and not at it.
        agreed: The day on which it was agreed.
        due: The day by which it is to be met.
        words: What is promised.
        source: Who wrote it, where.
        url: Address of the text.
    """

    id: str
    name: str
    segment: Literal["remittances", "retail"]
    scope: Literal["global", "corridor"]
    most: Decimal
    strictly: bool
    agreed: date
    due: date
    words: str
    source: str
    url: str

    def standing(self, period: str) -> Standing:
        """Return whether the target stood in a quarter.

        Args:
            period: Such as ``2025_3Q``.

        Example:
            >>> five = target_named("g8_5x5")
            >>> five.standing("2009_1Q"), five.standing("2014_2Q"), five.standing("2016_2Q")
            ('retrospective', 'in force', 'ended')
        """
        first, last = _days(period)
        if last < self.agreed:
            return "retrospective"
        return "ended" if first > self.due else "in force"

    def __str__(self) -> str:
        """Return the promise, with its dates and its source."""
        return (
            f"{self.name} ({self.id}): {self.words}\n"
            f"  agreed {self.agreed}, due {self.due}, {self.segment}\n  {self.source}\n  {self.url}"
        )


def _days(period: str) -> tuple[date, date]:
    year, quarter = divmod(ordinal(period), 4)
    last = quarter * 3 + 3
    return date(year, last - 2, 1), date(year, last, monthrange(year, last)[1])


@cache
def targets() -> tuple[Target, ...]:
    """Return every target, in the order of the file.

    Example:
        >>> [(one.id, one.most) for one in targets()][:2]
        [('sdg_10c_global', Decimal('3')), ('sdg_10c_corridor', Decimal('5'))]
    """
    text = (files("paycompare.survey") / "targets.toml").read_text(encoding="utf-8")
    return tuple(Target(**{**one, "most": Decimal(one["most"])}) for one in tomllib.loads(text)["target"])


def target_named(name: str) -> Target:
    """Return one target.

    Args:
        name: Its id.

    Raises:
        PaymentError: There is none of this name.

    Example:
        >>> target_named("g20_retail_corridor").most
        Decimal('3')
    """
    known = {one.id: one for one in targets()}
    if name not in known:
        raise PaymentError("target", name, f"one of {', '.join(known)}{nearest(name, known)}")
    return known[name]
