"""Write down what live sources said, and read it again, so that an answer can be made a second time."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from paycompare.errors import (
    CredentialsMissing,
    PaymentError,
    ProviderChanged,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from paycompare.live.asked import Asked
from paycompare.live.priced import Charge, LiveRate, Observed, Priced, check_answer
from paycompare.money import Money, exact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paycompare.terms import Payment

__all__ = ["from_plain", "to_plain"]

_KINDS: Final[Mapping[str, type[Priced | LiveRate | Observed]]] = {
    "price": Priced,
    "rate": LiveRate,
    "observed": Observed,
}
_INSTANTS: Final = ("collected_at", "expires_at")
_NUMBERS: Final = ("rate", "mid", "value", "share")
_MONEY: Final = ("given", "landed", "amount")


def to_plain(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Return what sources said as lists, mappings and text, for JSON.

    Args:
        asked: What they said.
    """
    return [
        {
            "source": one.source,
            "corridor": str(one.payment.corridor),
            "at": one.at.isoformat(),
            "where": one.where,
            "by_user": one.by_user,
            "gives": one.gives,
            "declined": one.declined,
            "error": None
            if one.error is None
            else {"class": type(one.error).__name__, "message": one.error.message, "retryable": one.error.retryable},
            "answers": [_answer(answer) for answer in one.answers],
        }
        for one in asked
    ]


def _answer(answer: Priced | LiveRate | Observed) -> dict[str, Any]:
    kind = next(name for name, made in _KINDS.items() if isinstance(answer, made))
    return {"type": kind, **{one.name: _plain(getattr(answer, one.name)) for one in fields(answer)}}


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Charge):
        return {"name": value.name, "amount": _plain(value.amount), "owner": value.owner}
    return value if value is None or isinstance(value, str | int) else dict(value)  # type: ignore[call-overload]  # a mapping of text


def from_plain(said: Sequence[Mapping[str, Any]], payments: Sequence[Payment]) -> tuple[Asked, ...]:
    """Return what sources said from what `to_plain` made of it.

    Args:
        said: What `to_plain` returned.
        payments: The payments of the question; what was said of a corridor that is none of theirs is left out.

    Raises:
        PaymentError: It is not what `to_plain` returns.
    """
    by_corridor = {str(payment.corridor): payment for payment in payments}
    try:
        return tuple(_asked(one, by_corridor[one["corridor"]]) for one in said if one["corridor"] in by_corridor)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, ProviderChanged) as error:
        raise PaymentError("inputs.live", type(error).__name__, "what a comparison with live prices saved") from error


def _asked(said: Mapping[str, Any], payment: Payment) -> Asked:
    return Asked(
        source=said["source"],
        payment=payment,
        at=datetime.fromisoformat(said["at"]),
        where=said["where"],
        answers=tuple(_read(answer) for answer in said["answers"]),
        error=None if said["error"] is None else _error(said["source"], said["error"]),
        declined=said["declined"],
        by_user=said["by_user"],
        gives=said.get("gives", "prices"),
    )


def _error(source: str, said: Mapping[str, Any]) -> ProviderError:
    if said["class"] == ProviderChanged.__name__:
        field, _, rest = str(said["message"]).partition(": found ")
        found, _, expected = rest.partition(", expected ")
        return ProviderChanged(source, field, found, expected)
    if said["class"] == CredentialsMissing.__name__:
        names = str(said["message"]).removeprefix("set ").removesuffix(" in the environment")
        return CredentialsMissing(source, names.split(", "))
    return (ProviderUnavailable if said["retryable"] else ProviderRefused)(source, str(said["message"]))


def _read(said: Mapping[str, Any]) -> Priced | LiveRate | Observed:
    kind = _KINDS[said["type"]]
    made = kind(**{one.name: _value(one.name, said[one.name]) for one in fields(kind)})
    check_answer("saved", made)
    return made


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 -- whatever the field holds
    if value is None or isinstance(value, bool | int):
        return value
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    if name == "observed":
        return date.fromisoformat(value)
    if name in _NUMBERS:
        numerator, _, denominator = str(value).partition("/")
        return exact(int(numerator), what=name) / exact(int(denominator or 1), what=name)
    if name in _MONEY:
        return Money.parse(value)
    if name == "charges":
        return tuple(Charge(one["name"], Money.parse(one["amount"]), one["owner"]) for one in value)
    if name == "unknowns":
        return frozenset(value)
    return tuple(value) if isinstance(value, list) else value
