"""Make a saved answer again: the same inputs give the same answer, or what changed since is said."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from paycompare.comparison import answered
from paycompare.errors import PaycompareError, PaymentError
from paycompare.export import SCHEMA_ID, as_plain
from paycompare.live.reading import read_json
from paycompare.live.saved import from_plain
from paycompare.question import ask, with_live

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paycompare.comparison import Comparison
    from paycompare.question import Asking

__all__ = ["Replay", "replayed"]

_LARGEST: Final = 100 << 20
_SHOWN: Final = ("paid", "landed", "standing", "rank")


@dataclass(frozen=True, slots=True)
class Replay:
    """A saved answer, made again.

    Attributes:
        comparison: The answer as it is now.
        changes: What is not as it was saved, one sentence each; empty when all is the same.
    """

    comparison: Comparison
    changes: tuple[str, ...]


def replayed(file: str | Path) -> Replay:
    """Make a saved answer again from its own inputs, live answers included; nobody is asked anything.

    Args:
        file: What `Comparison.to_json` wrote.

    Raises:
        PaymentError: It is no saved answer, one of another schema, or a damaged one.
    """
    try:
        return _replayed(_saved(Path(file)))
    except (KeyError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        if isinstance(error, PaycompareError):
            raise
        raise PaymentError(
            "replay", type(error).__name__, f"a whole file that compare --json wrote ({SCHEMA_ID})"
        ) from error


def _replayed(saved: dict[str, Any]) -> Replay:
    inputs = saved["inputs"]
    options = dict(inputs["question"])
    for name in ("max_age", "max_rate_age"):
        if options.get(name) is not None:
            options[name] = timedelta(seconds=options[name])
    pays = options.pop("pays", None)
    question = ask(pays, live=bool(inputs["live"]), **cast("Asking", options))
    question = with_live(question, from_plain(inputs["live"], question.payments))
    now = answered(question, time.perf_counter())
    return Replay(now, tuple(_changes(saved, as_plain(now))))


def _saved(path: Path) -> dict[str, Any]:
    expected = f"a file that compare --json wrote ({SCHEMA_ID})"
    try:
        if path.stat().st_size > _LARGEST:
            raise PaymentError("file", f"{path.stat().st_size} bytes", expected)
        saved = read_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PaymentError("file", f"{path}: {error.strerror}", expected) from None
    except ValueError:
        raise PaymentError("file", f"{path}, which is not JSON in UTF-8", expected) from None
    if not isinstance(saved, dict) or saved.get("schema") != SCHEMA_ID or not isinstance(saved.get("inputs"), dict):
        raise PaymentError("file", saved.get("schema") if isinstance(saved, dict) else type(saved).__name__, expected)
    return saved


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before["catalogue_hash"] != after["catalogue_hash"]:
        yield "the tariff files are not the same"
    for old, new in zip(before["references"], after["references"], strict=False):
        if old["rate_exact"] != new["rate_exact"]:
            pair = f"{old['base']}/{old['quote']}"
            yield f"the reference rate {pair} was {old['rate']} ({old['observed']}) and is {new['rate']}"
    yield from _offers("quotes", before["quotes"], after["quotes"])
    yield from _offers("bounds", [one["quote"] for one in before["bounds"]], [one["quote"] for one in after["bounds"]])
    if before["verdict"]["words"] != after["verdict"]["words"]:
        yield f"the verdict was: {before['verdict']['words']} It is: {after['verdict']['words']}"


def _offers(kind: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[str]:
    old = {(one["offer"], one["corridor"]): one for one in before}
    new = {(one["offer"], one["corridor"]): one for one in after}
    for key in sorted(old.keys() | new.keys()):
        name = key[0]
        if key not in new:
            yield f"{name} is no longer among the {kind}"
        elif key not in old:
            yield f"{name} is now among the {kind}"
        else:
            for field in _SHOWN:
                if old[key][field] != new[key][field]:
                    yield f"{name}: {field} was {_words(old[key][field])} and is {_words(new[key][field])}"


def _words(value: object) -> str:
    if isinstance(value, dict) and {"low", "high"} <= value.keys():
        low, high = _words(value["low"]), _words(value["high"])
        return low if low == high else f"{low} to {high}"
    if isinstance(value, dict):
        return f"{value['amount']} {value['currency']}"
    return str(value)
