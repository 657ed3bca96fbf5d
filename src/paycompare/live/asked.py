"""What came of asking, beside the question it was asked for; the answers are made from this alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from paycompare.errors import ProviderError
    from paycompare.live.priced import LiveRate, Observed, Priced
    from paycompare.terms import Payment

__all__ = ["NOT_TODAY", "Asked"]

NOT_TODAY: Final = "live prices hold when they are asked for, and this payment is of another day"
"""Why nobody is asked for a price of last month or next year."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One source, asked about one payment.

    Attributes:
        source: Its id.
        payment: The payment.
        at: When it was asked.
        where: Where the service is documented, or the file that the quotes stand in.
        answers: What it said.
        error: Why it gave no answer, or what could not be read of it; None when it gave one, or declined.
        declined: Why it does not answer such a question; None when it does.
        by_user: Whether the answers are what the user collected.
        gives: What its answers are, as in `paycompare.live.adapter.Source.gives`.
    """

    source: str
    payment: Payment
    at: datetime
    where: str
    answers: tuple[Priced | Observed | LiveRate, ...] = ()
    error: ProviderError | None = None
    declined: str | None = None
    by_user: bool = False
    gives: str = "prices"
