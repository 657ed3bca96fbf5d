"""A cost has a name: different definitions give different numbers for the same payment, and never mix.

With ``paid`` everything that leaves the payer, ``landed`` what reaches the payee's institution, ``converted`` the
amount that is exchanged, ``r`` the provider's rate and ``m`` the reference rate (payee currency per payer currency):

    landed_cost             (paid - landed/m) / paid                 share of what was paid; the headline
    rpw                     (paid - converted)/converted + (m-r)/m   World Bank, Remittance Prices Worldwide
    margin_on_value         (m - r)/m                                the exchange margin alone
    markup_over_reference   m/r - 1                                  the same margin in the wording of EU law
    cost_over_delivered     paid*m/landed - 1                        share of what arrived
    implicit_cost           (principal - landed/m) / principal       share of the principal

Negative values are legal (a provider can beat an official rate); they are flagged and never clamped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from paycompare.errors import PaymentError, nearest
from paycompare.money import Money, as_decimal

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from paycompare.terms import Range

__all__ = ["MEASURES", "Cost", "Figures", "Measure", "margin_to_markup", "markup_to_margin", "measured"]

Measure = Literal[
    "landed_cost", "rpw", "margin_on_value", "markup_over_reference", "cost_over_delivered", "implicit_cost"
]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a measure needs of one walked payment, every amount valued in the payer's currency.

    Attributes:
        paid: Everything that leaves the payer.
        landed: What reaches the payee's institution, at the reference rate.
        principal: The amount instructed, at the reference rate.
        converted: What was exchanged, or the principal where nothing was; None when the source does not say.
        delivered: What the exchange gave for it, at the reference rate; None when the source does not say.
    """

    paid: Fraction
    landed: Fraction
    principal: Fraction
    converted: Fraction | None
    delivered: Fraction | None


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost under one definition.

    Attributes:
        measure: Which definition.
        share: The cost as a fraction of one, of the denominator in the module's table.
        money: The numerator in the payer's currency, to its minor unit.
        at_least: Whether the dear end is unknown, because something of the provider's own is not published.
    """

    measure: Measure
    share: Range[Fraction]
    money: Range[Money]
    at_least: bool = False

    @property
    def percent(self) -> str:
        """The share in percent with two decimals, such as ``2.57%`` or ``1.20% to 2.57%``."""
        low, high = (f"{as_decimal(end * 100, 2)}%" for end in (self.share.low, self.share.high))
        if self.at_least:
            return f"at least {low}"
        return low if low == high else f"{low} to {high}"

    @property
    def negative(self) -> bool:
        """Whether the provider beats the reference in some scenario."""
        return self.share.low < 0

    def __lt__(self, other: Cost) -> bool:
        """Compare worst cases, of one measure only.

        Raises:
            TypeError: The two are costs under different definitions.
        """
        if self.measure != other.measure:
            msg = f"cannot compare {self.measure} with {other.measure}: they are different numbers"
            raise TypeError(msg)
        return self.share.high < other.share.high

    def __str__(self) -> str:
        """Return the share with its name, such as ``2.57% (landed_cost)``."""
        return f"{self.percent} ({self.measure})"


def margin_to_markup(margin: Fraction) -> Fraction:
    """Turn a margin on value, (m - r)/m, into a mark-up over the reference, m/r - 1.

    Example:
        >>> from fractions import Fraction
        >>> margin_to_markup(Fraction("0.035"))  # 3.5% of the value is 3.627% over the applied rate
        Fraction(7, 193)
    """
    return margin / (1 - margin)


def markup_to_margin(markup: Fraction) -> Fraction:
    """Turn a mark-up over the reference, m/r - 1, into a margin on value, (m - r)/m.

    Example:
        >>> from fractions import Fraction
        >>> markup_to_margin(Fraction(7, 193))
        Fraction(7, 200)
    """
    return markup / (1 + markup)


def _landed_cost(it: Figures) -> tuple[Fraction, Fraction] | None:
    return it.paid - it.landed, it.paid


def _rpw(it: Figures) -> tuple[Fraction, Fraction] | None:
    if it.converted is None or it.delivered is None:
        return None
    return (it.paid - it.converted) + (it.converted - it.delivered), it.converted


def _margin(it: Figures) -> tuple[Fraction, Fraction] | None:
    if it.converted is None or it.delivered is None:
        return None
    return it.converted - it.delivered, it.converted


def _markup(it: Figures) -> tuple[Fraction, Fraction] | None:
    if it.converted is None or it.delivered is None:
        return None
    return it.converted - it.delivered, it.delivered


def _over_delivered(it: Figures) -> tuple[Fraction, Fraction] | None:
    return it.paid - it.landed, it.landed


def _implicit(it: Figures) -> tuple[Fraction, Fraction] | None:
    return it.principal - it.landed, it.principal


_RULES: Final[dict[Measure, Callable[[Figures], tuple[Fraction, Fraction] | None]]] = {
    "landed_cost": _landed_cost,
    "rpw": _rpw,
    "margin_on_value": _margin,
    "markup_over_reference": _markup,
    "cost_over_delivered": _over_delivered,
    "implicit_cost": _implicit,
}


def measured(figures: Figures, measure: str = "landed_cost") -> tuple[Fraction, Fraction] | None:
    """Work out one cost.

    Args:
        figures: The walked payment.
        measure: One of `MEASURES`.

    Returns:
        The cost in the payer's currency and its denominator, or None when the source does not give the split that
        the definition needs.

    Raises:
        PaymentError: There is no such measure.

    Example:
        The World Bank's own row: 33,000 AOA sent, fee 2,257.20 on top, margin 3.10%, total cost 9.94%.

        >>> from fractions import Fraction
        >>> row = Figures(
        ...     paid=Fraction("35257.20"), landed=Fraction("31977"), principal=Fraction(33000),
        ...     converted=Fraction(33000), delivered=Fraction("31977"))
        >>> cost, of = measured(row, "rpw")
        >>> cost / of == Fraction("0.0684") + Fraction("0.0310")
        True
    """
    if measure not in _RULES:
        raise PaymentError("measure", measure, f"one of {', '.join(MEASURES)}{nearest(measure, MEASURES)}")
    return _RULES[measure](figures)
