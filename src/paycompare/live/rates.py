"""Reference rates that sources supplied, as the reference stack takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycompare.reference.rate import Rate

if TYPE_CHECKING:
    from paycompare.live.priced import LiveRate

__all__ = ["rate_of"]


def rate_of(given: LiveRate) -> Rate:
    """Return a supplied rate as the reference stack takes it; its age and error bar come with the day asked.

    Args:
        given: The rate as published.
    """
    name = given.publisher if given.publishers == 1 else f"{given.publisher} ({given.publishers} publishers)"
    return Rate(
        given.base, given.quote, given.value, name, given.url, given.kind, given.observed, given.observed, error_bp=0
    )
