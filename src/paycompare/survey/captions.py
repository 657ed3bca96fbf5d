"""Words that the survey's faces share: places, quarters, groups, and lines that fit a page."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import import_module
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from paycompare.countries import countries
from paycompare.errors import PaycompareError
from paycompare.survey.schema import ordinal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["GROUP_WORDS", "first_day", "group_label", "lines", "loaded", "place", "quarter"]

GROUP_WORDS: Final[Mapping[str, str]] = {
    "source": "From",
    "destination": "To",
    "source_region": "Sending region",
    "destination_region": "Receiving region",
    "source_income": "Sending income group",
    "destination_income": "Receiving income group",
    "source_group": "Sending group",
    "destination_group": "Receiving group",
    "firm_key": "Provider",
    "firm_type": "Provider type",
    "product": "Product",
    "payment_instrument": "Payment instrument",
    "access_point": "Access point",
    "sending_location": "Sending location",
    "pickup_method": "Pick-up",
    "speed": "Speed",
}
"""A heading for each column that an index may be grouped by."""

_NOT_STATED: Final = "not stated"


@cache
def _names() -> Mapping[str, str]:
    return {one.alpha3: one.name for one in countries().values()}


def place(code: str | None) -> str:
    """Return the name of a country; a code that ISO has withdrawn stays as it is.

    Args:
        code: ISO 3166-1 alpha-3.

    Example:
        >>> place("KEN"), place("ANT"), place(None)
        ('Kenya', 'ANT', 'not stated')
    """
    return _NOT_STATED if code is None else _names().get(code, code)


def quarter(period: str) -> str:
    """Return a quarter as people write it.

    Example:
        >>> quarter("2014_2Q")
        'Q2 2014'
    """
    year, number = divmod(ordinal(period), 4)
    return f"Q{number + 1} {year}"


def first_day(period: str, *, later: int = 0) -> date:
    """Return the day on which a quarter begins.

    Args:
        period: Such as ``2014_2Q``.
        later: So many quarters after it.

    Example:
        >>> first_day("2014_4Q", later=1)
        datetime.date(2015, 1, 1)
    """
    year, number = divmod(ordinal(period) + later, 4)
    return date(year, number * 3 + 1, 1)


def group_label(group: Mapping[str, str | None]) -> str:
    """Return one label for a group of an index: names of countries, and "not stated" for what is null.

    Args:
        group: Columns of the group to their cells.

    Example:
        >>> group_label({"source": "GBR", "destination": "KEN"}), group_label({"firm_type": None})
        ('United Kingdom to Kenya', 'not stated')
    """
    if not group:
        return "All services"
    words = [place(group[end]) for end in ("source", "destination") if end in group]
    rest = [cell or _NOT_STATED for name, cell in group.items() if name not in {"source", "destination"}]
    return ", ".join([" to ".join(words), *rest] if words else rest)


def lines(text: str, width: int) -> list[str]:
    """Return a text in lines of at most so many characters; a longer hash or address is cut where its line ends.

    Example:
        >>> lines("the plain mean over services", 12)
        ['the plain', 'mean over', 'services']
        >>> lines("see https://example.org", 12)
        ['see', 'https://exam', 'ple.org']
    """
    # An address broken at its hyphens cannot be followed, nor one that begins at the end of a line of words.
    whole = wrap(text, width, break_on_hyphens=False, break_long_words=False) or [""]
    return [line[start : start + width] for line in whole for start in range(0, max(len(line), 1), width)]


def loaded(*modules: str, does: str) -> Sequence[Any]:
    """Import what only the survey's faces need, and say how to get what is not there.

    Args:
        modules: Their names.
        does: What needs them, to begin the sentence with.

    Raises:
        PaycompareError: One is not installed.

    Example:
        >>> loaded("no_such_module", does="drawing")
        Traceback (most recent call last):
        ...
        paycompare.errors.PaycompareError: drawing needs no_such_module: pip install 'paycompare[survey]'
    """
    found = []
    for module in modules:
        try:
            found.append(import_module(module))
        except ImportError as error:
            msg = f"{does} needs {module}: pip install 'paycompare[survey]'"
            raise PaycompareError(msg) from error
    return found
