"""Where a series is heading: a straight line, when it meets a target, and how far both can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, cos, pi, sin, sqrt
from typing import TYPE_CHECKING, Final

from paycompare.errors import PaymentError
from paycompare.survey.schema import ordinal, refuse_no_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.survey.indices import IndexTable
    from paycompare.survey.targets import Target

__all__ = ["Meeting", "Trend", "fitted", "student_quantile", "trend"]

_LEAST: Final = 3
"""Quarters below which a line has no error to speak of."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """When a line meets a target.

    Attributes:
        years: From the last quarter of the series; zero or less when the line is there already; None when it does not
            lead there.
        low: Earliest, at the trend's confidence; below zero where the target may have been met already.
        high: Latest; None when the line may never get there.
    """

    years: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """Return it in words; beyond a hundred years a straight line tells no date, and none is told."""
        if self.years is None:
            return "not met: the line does not lead there"
        if self.years <= 0:
            return "met by the line"
        late = "or never" if self.high is None else f"to {_told(self.high)}"
        return f"met in {_told(self.years)} years at this pace ({_told(max(self.low or 0.0, 0.0))} {late})"


_HORIZON: Final = 100
"""Years beyond which no date is told."""


def _told(years: float) -> str:
    return f"{years:.1f}" if years <= _HORIZON else f"more than {_HORIZON}"


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through a series of quarters, fitted by least squares.

    The interval is Student's, for errors that are independent; surveyed quarters resemble their neighbours, so take
    it as the narrowest that can be defended. A line is a summary of the past, not a forecast.

    Attributes:
        per_year: Percentage points a year.
        low: Lower end of its interval.
        high: Upper end.
        level: The line at the last quarter, in percent.
        last: The last quarter.
        quarters: How many the line rests on.
        confidence: Of the intervals, a fraction of one.
        scatter: Residual standard deviation, percentage points.
        middle: Years from the last quarter back to the mean of all quarters, negative.
        spread: Sum of squared distances from that mean, in years squared.
    """

    per_year: float
    low: float
    high: float
    level: float
    last: str
    quarters: int
    confidence: float
    scatter: float
    middle: float
    spread: float

    def meets(self, target: Target) -> Meeting:
        """Tell when the line meets a target, with the interval of Fieller's theorem.

        Args:
            target: The target; its `most` is in percent, as the series is.

        Example:
            A line that falls by exactly one point a year from 7 to 5 meets 3 two years later:

            >>> from paycompare.survey.targets import target_named
            >>> line = fitted({"2021_1Q": 7.0, "2022_1Q": 6.0, "2023_1Q": 5.0})
            >>> print(line.meets(target_named("g20_remittances_global")))
            met in 2.0 years at this pace (2.0 to 2.0)
        """
        wanted = float(target.most)
        if self.level <= wanted:
            return Meeting(0.0, 0.0, 0.0)
        if self.per_year >= 0:
            return Meeting(None, None, None)
        years = (wanted - self.level) / self.per_year
        width = student_quantile(self.confidence, self.quarters - 2) * self.scatter
        above = self.level + self.per_year * self.middle - wanted  # the line over the target, at the mean of quarters
        a = self.per_year**2 - width**2 / self.spread
        b = 2 * self.per_year * above
        c = above**2 - width**2 / self.quarters
        # The line may be at the target where a x^2 + b x + c <= 0, x being years from the mean of the quarters; b < 0.
        reach = sqrt(max(b * b - 4 * a * c, 0.0)) - b
        # Where a level line is within the error, a <= 0, no date is late enough.
        return Meeting(years, self.middle + 2 * c / reach, self.middle + reach / (2 * a) if a > 0 else None)

    def __str__(self) -> str:
        """Return the line in words."""
        return (
            f"{self.per_year:+.2f} points a year ({self.low:+.2f} to {self.high:+.2f} at {self.confidence:.0%} "
            "confidence), "
            f"{self.level:.2f}% at {self.last} on the line, from {self.quarters} quarters"
        )


def trend(
    table: IndexTable, *, since: str | None = None, until: str | None = None, confidence: float = 0.95, **group: str
) -> Trend:
    """Fit a straight line through an index.

    Args:
        table: The index.
        since: First quarter of the line, such as ``2016_2Q``; the first of the table when left out.
        until: Last quarter.
        confidence: Of the intervals, a fraction of one.
        **group: Which group, such as ``source="GBR", destination="KEN"``, of a table with groups.

    Raises:
        PaymentError: Fewer than three quarters are left, or a bound is no quarter, or the first is after the last.
    """
    refuse_no_span(since, until)
    periods = [period for period in table.frame["period"].unique().sort() if _between(period, since, until)]
    found = {period: table.value(period, **group) for period in periods}
    return fitted({period: value for period, value in found.items() if value is not None}, confidence=confidence)


def _between(period: str, since: str | None, until: str | None) -> bool:
    return (since is None or period >= since) and (until is None or period <= until)


def fitted(series: Mapping[str, float], *, confidence: float = 0.95) -> Trend:
    """Fit a straight line through values by quarter.

    Args:
        series: Quarter to value, in percent.
        confidence: Of the intervals, a fraction of one.

    Raises:
        PaymentError: There are fewer than three quarters, or the confidence is no share.

    Example:
        >>> print(fitted({"2021_1Q": 7.0, "2022_1Q": 6.0, "2023_1Q": 5.0}))
        -1.00 points a year (-1.00 to -1.00 at 95% confidence), 5.00% at 2023_1Q on the line, from 3 quarters
    """
    if len(series) < _LEAST:
        raise PaymentError("series", len(series), f"at least {_LEAST} quarters")
    if not 0 < confidence < 1:
        raise PaymentError("confidence", confidence, "a share between 0 and 1, such as 0.95")
    periods = sorted(series)
    times = [(ordinal(period) - ordinal(periods[-1])) / 4 for period in periods]
    values = [series[period] for period in periods]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - middle) ** 2 for time in times)
    slope = sum((time - middle) * (value - mean) for time, value in zip(times, values, strict=True)) / spread
    residuals = [value - mean - slope * (time - middle) for time, value in zip(times, values, strict=True)]
    scatter = sqrt(sum(one * one for one in residuals) / (len(series) - 2))
    reach = student_quantile(confidence, len(series) - 2) * scatter / sqrt(spread)
    return Trend(
        per_year=slope,
        low=slope - reach,
        high=slope + reach,
        level=mean - slope * middle,
        last=periods[-1],
        quarters=len(series),
        confidence=confidence,
        scatter=scatter,
        middle=middle,
        spread=spread,
    )


def student_quantile(confidence: float, degrees: int) -> float:
    """Return the t beyond which, on either side, Student's distribution leaves 1 - confidence.

    Args:
        confidence: A fraction of one.
        degrees: Degrees of freedom.

    Example:
        >>> round(student_quantile(0.95, 8), 3)  # as any table of the distribution has it
        2.306
    """
    low, high = 0.0, 1.0
    while _within(high, degrees) < confidence:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees) < confidence else (low, middle)
    return (low + high) / 2


_HALVINGS: Final = 60


def _within(t: float, degrees: int) -> float:
    """Return how much of Student's distribution lies within t of zero: a finite sum for whole degrees.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = atan(t / sqrt(degrees))
    odd = degrees % 2
    term = cos(angle) if odd else 1.0
    total = term if degrees > 1 else 0.0
    for step in range(3 if odd else 2, degrees - 1, 2):
        term *= cos(angle) ** 2 * (step - 1) / step
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
