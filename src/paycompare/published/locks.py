"""How long a rate is locked: the shortest lock that a page prices and that is long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycompare.terms import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.published.schema import Conditions, TariffTable

__all__ = ["lock_for", "locks_of"]


def locks_of(tariff: TariffTable) -> tuple[str, ...]:
    """Return the lengths of the locks that a tariff prices, shortest first, as it writes them."""
    found = {length for one in _conditions(tariff) for length in one.quote_validity}
    return tuple(sorted(found, key=lambda length: (seconds(length), length)))


def lock_for(asked: str, locks: tuple[str, ...]) -> str | None:
    """Return the shortest lock that holds for as long as was asked; None when none does.

    Example:
        >>> lock_for("PT2H", ("PT1H", "PT4H", "PT24H")), lock_for("P1D", ("PT1H", "PT24H")), lock_for("P2D", ("PT24H",))
        ('PT4H', 'PT24H', None)
    """
    return next((one for one in locks if seconds(one) >= seconds(asked)), None)


def _conditions(tariff: TariffTable) -> Iterator[Conditions]:
    yield tariff.conditions
    for step in tariff.step:
        only = [step.only, *(margin.only for margin in step.margin)]
        only += [extra.only for margin in step.margin for extra in margin.plus]
        yield from filter(None, only)
