"""What a tariff costs while the payer has not said what decides a charge: the purpose, the status, the plan.

Such a charge is never left out. Where the answers fall into two classes, as goods and everything else, it stands at one
end of a range for the first class and at the other for the second, and all charges of the tariff move together. Where
there are more classes, each charge is between nothing and its price by itself, which is wider than what can happen.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.curve import Curve
from paycompare.offer import Spread
from paycompare.terms import CONDITIONS

if TYPE_CHECKING:
    from paycompare.offer import Take
    from paycompare.published.schema import Conditions, TariffTable

__all__ = ["NoPrice", "as_it_may_be"]


class NoPrice(Exception):
    """A tariff makes no offer as the question stands; the message is the reason."""


_NOTHING: Final = Curve.constant(Fraction(0))


def as_it_may_be(take: Take, only: Conditions, opened: list[str], tariff: TariffTable) -> Take:
    """Return a charge as a range over what it may be.

    Args:
        take: The charge, as if its condition held.
        only: Its condition.
        opened: What the condition asks for and the payment does not say; not empty.
        tariff: The tariff.

    Raises:
        NoPrice: The charge is a range already, so that it would move with two things.
    """
    if take.price.cause is not None:
        msg = f"its {take.name} depends on the {' and '.join(opened)}, which is not said, and is a range besides"
        raise NoPrice(msg)
    name, price = opened[0], take.price.low
    sides = _sides(name, tariff)
    if len(opened) > 1 or sides is None:
        spread = Spread(_NOTHING, price, f"whether {take.name} applies, which the {' and '.join(opened)} decides")
    else:
        cause = f"the {name}, which decides charges of {tariff.id}"
        first, second = (price if set(getattr(only, name)) & side else _NOTHING for side in sides)
        spread = take.price if first is second else Spread(first, second, cause)
    return replace(take, price=spread)


def _sides(name: str, tariff: TariffTable) -> tuple[set[str], set[str]] | None:
    """Return the two classes of answers that the charges of a tariff tell apart; None when there are more."""
    asking = [set(getattr(step.only, name)) for step in tariff.step if step.only is not None]
    named = set().union(*asking)
    answers = getattr(tariff.conditions, name) or CONDITIONS.get(name) or (*sorted(named), "any other")
    classes: dict[tuple[bool, ...], set[str]] = {}
    for answer in answers:
        classes.setdefault(tuple(answer in one for one in asking), set()).add(answer)
    found = list(classes.values())
    if len(found) == 1:
        return found[0], found[0]
    return (found[0], found[1]) if len(found) == 2 else None  # noqa: PLR2004 -- a range has two ends
