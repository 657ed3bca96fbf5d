"""The days on which the European Central Bank publishes reference rates.

Weekdays, except 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December: the TARGET calendar, which
every publication since 2002 has kept.

Source of the rule: https://www.ecb.europa.eu/paym/target/target2/profuse/calendar/html/index.en.html
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

__all__ = ["business_days_between", "easter"]

_SATURDAY = 5


def easter(year: int) -> date:
    """Return Easter Sunday of a year in the Gregorian calendar.

    Source: the anonymous algorithm of Nature, 20 April 1876, in the form that Meeus gives it.

    Example:
        >>> easter(2026)
        datetime.date(2026, 4, 5)
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def _weekday_holidays(year: int) -> tuple[date, ...]:
    sunday = easter(year)
    closed = (
        date(year, 1, 1),
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        date(year, 5, 1),
        date(year, 12, 25),
        date(year, 12, 26),
    )
    return tuple(sorted({day for day in closed if day.weekday() < _SATURDAY}))


def business_days_between(earlier: date, later: date) -> int:
    """Count the publication days after one date, up to and including another.

    Args:
        earlier: The day of an observation; not counted.
        later: The day on which it is used; counted.

    Returns:
        Business days, 0 where ``later`` is not after ``earlier``.

    Example:
        Maundy Thursday 2 April 2026 to Tuesday 7 April: Good Friday, weekend and Easter Monday do not count.

        >>> business_days_between(date(2026, 4, 2), date(2026, 4, 7))
        1
        >>> business_days_between(date(2026, 10, 30), date(2026, 11, 24))
        17
    """
    if later <= earlier:
        return 0
    weeks, rest = divmod((later - earlier).days, 7)
    weekdays = weeks * 5 + sum((earlier.weekday() + step) % 7 < _SATURDAY for step in range(1, rest + 1))
    years = range(earlier.year, later.year + 1)
    return weekdays - sum(earlier < day <= later for year in years for day in _weekday_holidays(year))
