"""Stretches of time that return every week: market hours with their bank holidays, weekends of a trading floor."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from paycompare.published.schema import WindowTable
    from paycompare.terms import Payment

__all__ = ["is_within"]

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TRADING_FLOOR: Final = {"AU": "NSW", "CA": "ON", "CH": "ZH", "GB": "ENG"}
"""Where the currency of a country is traded, when its parts keep bank holidays of their own."""

_DAY_MINUTES: Final = 24 * 60
_WEEK_MINUTES: Final = 7 * _DAY_MINUTES


def is_within(window: WindowTable, payment: Payment) -> bool:
    """Tell whether a payment is ordered within a window.

    Where only the day of the order is known, it is taken to be ordered in market hours: within hours that are open on
    that weekday, and outside a weekly stretch unless that covers the whole day.

    Args:
        window: The window.
        payment: The payment.
    """
    if window.days:
        return _in_hours(window, payment)
    start, end = _minute_of_week(window.start), _minute_of_week(window.end)
    length = (end - start) % _WEEK_MINUTES
    if payment.moment is not None:
        local = payment.moment.astimezone(ZoneInfo(window.zone))
        now = local.weekday() * _DAY_MINUTES + local.hour * 60 + local.minute
        return (now - start) % _WEEK_MINUTES < length
    since = (payment.on.weekday() * _DAY_MINUTES - start) % _WEEK_MINUTES
    return since + _DAY_MINUTES <= length


def _in_hours(window: WindowTable, payment: Payment) -> bool:
    if payment.moment is None:
        return _DAYS[payment.on.weekday()] in window.days
    local = payment.moment.astimezone(ZoneInfo(window.zone))
    if _DAYS[local.weekday()] not in window.days or _is_holiday(window.holidays, local.date()):
        return False
    return _at(window.start, local) <= local < _at(window.end, local)


def _at(clock: str, local: datetime) -> datetime:
    hour, minute = map(int, clock.split(":"))
    if hour == 24:  # noqa: PLR2004 -- the end of the day, which `datetime.time` does not have
        return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    return datetime.combine(local.date(), time(hour, minute), local.tzinfo)


def _minute_of_week(text: str) -> int:
    day, _, clock = text.partition(" ")
    hour, minute = map(int, clock.split(":"))
    return _DAYS.index(day) * _DAY_MINUTES + hour * 60 + minute


@cache
def _is_holiday(countries: tuple[str, ...], day: date) -> bool:
    if not countries:
        return False
    from holidays import country_holidays  # only windows with bank holidays need it, and only when the hour is known

    found = (country_holidays(code, subdiv=_TRADING_FLOOR.get(code), years=day.year) for code in countries)
    return any(day in held for held in found)
