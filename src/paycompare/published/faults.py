"""What is wrong with a file of a provider folder, said in the words of the tariff language.

The checks behind it speak of strings, tuples and literals; whoever writes a tariff speaks of text, lists and words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from paycompare.errors import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["SHAPES", "problems_of"]

_DAY: Final = "a date without quotes, such as 2026-10-01"
_WHOLE: Final = "a whole number without quotes"

_KINDS: Final = {
    "missing": "a value",
    "extra_forbidden": "only the keys of the tariff language; is it misspelt?",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "bool_type": "true or false, without quotes",
    "bool_parsing": "true or false, without quotes",
    "tuple_type": "a list in square brackets",
    "model_type": "a table",
    "dict_type": "a table",
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "too_short": "{min_length} or more of them",
    "too_long": "{max_length} of them at most",
}
"""What is expected, by the kind of mistake; names in braces are filled in from it."""

_CODE: Final = r"[a-z][a-z0-9_]*"
_HOUR: Final = r"([01]\d|2[0-3]):[0-5]\d"

SHAPES: Final = {
    r"^https?://\S+$": "an address, such as 'https://bank.example/fees'",
    r"^[A-Z]{2}$": "an ISO 3166 code of two capitals, such as 'GB'",
    r"^[A-Z]{3}/[A-Z]{3}$": "a pair of currencies, such as 'GBP/KES'",
    rf"^{_CODE}$": "lower-case letters, digits and underscores, such as 'transfer_fee'",
    rf"^{_CODE}/{_CODE}$": "a tariff and a step of it, such as 'business_online/transfer_fee'",
    rf"^{_HOUR}$|^24:00$": "an hour, such as '09:30'",
    rf"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_HOUR}$": "a weekday with an hour, such as 'Mon 09:30'",
}
"""What text of a fixed shape looks like, by its pattern."""

_OTHER: Final = "a value that the tariff language has there"

_BRANCH: Final = re.compile(r"constrained-str|\[key\]|(function-plain|literal|tuple)\[.*\]")
"""Parts of a place that are no keys: which of several forms was tried, or that the key is meant."""

_FOUND: Final = re.compile(r"(?:\w+: )?found (.*?), expected (.*)", re.DOTALL)


def problems_of(file: str, error: ValidationError) -> list[Problem]:
    """Return what is wrong with a file, one problem for each place in it.

    Args:
        file: The file, as a report names it.
        error: What the checks found.
    """
    by_place: dict[str, list[ErrorDetails]] = {}
    for one in error.errors(include_url=False):
        by_place.setdefault(_place(one["loc"]), []).append(one)
    return [
        Problem(file, place or "file", _found(mistakes[0]), "; or ".join(dict.fromkeys(map(_expected, mistakes))))
        for place, mistakes in by_place.items()
        if not (mistakes[0]["type"] == "too_short" and any(other.startswith(f"{place}[") for other in by_place))
    ]


def _place(parts: Sequence[int | str]) -> str:
    keys = [part for part in parts if isinstance(part, int) or not _BRANCH.fullmatch(part)]
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _found(mistake: ErrorDetails) -> str:
    if mistake["type"] == "missing":
        return "nothing"
    if mistake["type"] == "extra_forbidden":
        return "a key of that name"
    said = _FOUND.fullmatch(_words(mistake))
    return said[1] if said else repr(mistake["input"])[:80]


def _expected(mistake: ErrorDetails) -> str:
    kind, details = mistake["type"], mistake.get("ctx", {})
    if kind == "value_error":
        said = _FOUND.fullmatch(_words(mistake))
        return said[2] if said else _words(mistake)
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", details["expected"])
        return f"one of {', '.join(words)}{nearest(str(mistake['input']), words)}"
    if kind == "string_pattern_mismatch":
        return SHAPES.get(details["pattern"], _OTHER)
    return _KINDS.get(kind, _OTHER).format(**details)


def _words(mistake: ErrorDetails) -> str:
    """Return what a check of the tariff language itself said."""
    return mistake["msg"].removeprefix("Value error, ")
