"""Margins that nobody published, from rates that banks posted or others observed on other days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paycompare.curve import Curve
from paycompare.money import as_decimal
from paycompare.offer import Spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from paycompare.published.catalogue import Folder
    from paycompare.published.schema import RateRecord
    from paycompare.terms import Payment

__all__ = ["Seen", "margin_seen", "modelled_margin"]

_FEW = 3
"""Fewer observations of one pair than this are widened to what was seen of the institution's other pairs."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A margin as it was seen.

    Attributes:
        spread: From the least to the largest that was seen.
        words: What it rests on: how many rates, of what kind, by whom, from when.
    """

    spread: Spread
    words: str


def modelled_margin(
    folder: Folder, pair: tuple[str, str], payment: Payment, cause: str, least: Fraction
) -> Seen | None:
    """Return the margin of a pair as rates of other days support it, which makes an offer modelled.

    The range runs over every rate of the pair that was seen by the day of the payment; fewer than three are widened
    by what was seen of the institution's other pairs. Rates seen of personal customers say nothing of a business.

    Args:
        folder: The institution.
        pair: Currency converted, and currency it becomes.
        payment: The payment.
        cause: What the range is called.
        least: The least that the margin can be.

    Returns:
        The margin; None where no rate of the pair was seen.
    """
    usable = [
        record
        for record, _ in folder.rates
        if record.on <= payment.on
        and (not record.segment or payment.segment in record.segment)
        and record.side == ("sends" if payment.client == "payer" else "receives")
    ]
    own = [record for record in usable if record.pair == "/".join(pair)]
    if not own:
        return None
    used = own if len(own) >= _FEW else usable
    low, high = (max(least, end(margin_seen(record) for record in used)) for end in (min, max))
    ends = (Curve.constant(low), Curve.constant(high))
    return Seen(Spread.known(ends[0]) if low == high else Spread(*ends, cause), _words(used, low, high))


def margin_seen(record: RateRecord) -> Fraction:
    """Return (mid - rate) / mid of a record, a share of the amount converted."""
    if record.margin is not None:
        return record.margin
    if record.rate is None or record.mid is None:
        msg = "found a rate record without a margin and without both 'rate' and 'mid'"
        raise ValueError(msg)
    return (record.mid - record.rate) / record.mid


def _words(used: Sequence[RateRecord], low: Fraction, high: Fraction) -> str:
    percent = " to ".join(dict.fromkeys(f"{as_decimal(end * 100, 2)}%" for end in (low, high)))
    kinds = " or ".join(sorted({record.kind for record in used}))
    observers = ", ".join(sorted({record.observer for record in used}))
    days = sorted({record.on for record in used})
    when = f"{days[0]:%b %Y}" if f"{days[0]:%b %Y}" == f"{days[-1]:%b %Y}" else f"{days[0]:%b %Y} to {days[-1]:%b %Y}"
    bias = "; ".join(sorted({record.bias for record in used if record.bias}))
    rates = f"{len(used)} rate{'s' * (len(used) > 1)} {kinds} in {when} ({observers})"
    return f"margin of {percent} from {rates}" + (f": {bias}" if bias else "")
