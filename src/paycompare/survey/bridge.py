"""Between what was surveyed and what is priced: one beside the other, and one for want of the other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.countries import country
from paycompare.errors import PaymentError
from paycompare.survey.indices import index
from paycompare.survey.names import alpha3, firm_key
from paycompare.survey.select import quarter_of, refuse_strangers
from paycompare.terms import Estimate

if TYPE_CHECKING:
    from paycompare.measure import Cost
    from paycompare.quote import Quote
    from paycompare.survey.dataset import Survey

__all__ = ["Beside", "beside", "surveyed_margin"]

_NEAR: Final = 0.05
"""How far, as a share, an amount may be from the survey's for the two costs to be of the same payment."""

_FEWEST: Final = 3
"""Surveyed services below which a margin is somebody's, and not typical."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A priced offer by the World Bank's definition, beside the surveyed cost of its corridor.

    Attributes:
        offer: The offer.
        cost: Its cost under the measure ``rpw``, the definition of the survey; a range where it is one.
        period: The survey's quarter.
        same_quarter: Whether the offer was priced in it.
        corridor_percent: Mean of the corridor's transparent services; None where there is none.
        smart_percent: Mean of its three cheapest qualifying ones; None where there is none.
        cheapest_percent: The cheapest transparent service; None where there is none.
        own_percent: Mean of the same provider's surveyed services; None where it was not surveyed.
        dearer_share: Share of the corridor's services that cost more than the offer at its dear end, a fraction of one.
        services: How many were surveyed.
        notes: What keeps the two from being the same measurement.
        sha256: Of the survey's file.
    """

    offer: str
    cost: Cost
    period: str
    same_quarter: bool
    corridor_percent: float | None
    smart_percent: float | None
    cheapest_percent: float | None
    own_percent: float | None
    dearer_share: float | None
    services: int
    notes: tuple[str, ...]
    sha256: str

    def __str__(self) -> str:
        """Return both in one line, and the notes."""
        told = {
            "corridor": self.corridor_percent,
            "SmaRT": self.smart_percent,
            "cheapest": self.cheapest_percent,
            "the provider's own": self.own_percent,
        }
        surveyed = ", ".join(f"{name} {value:.2f}%" for name, value in told.items() if value is not None) or "nothing"
        line = f"{self.offer}: {self.cost.percent}; surveyed in {self.period}: {surveyed} ({self.services} services)"
        return "\n".join([line, *(f"  {note}" for note in self.notes)])


def beside(quote: Quote, survey: Survey, *, period: str | None = None, amount: int = 200) -> Beside:
    """Put a priced offer beside the surveyed cost of the same corridor.

    The offer's cost is taken by the survey's definition, so that like stands beside like: fee as a share of what is
    sent, plus margin. What still differs (another quarter, another amount, a firm's payment) is said, as
    is that the offer's margin was modelled from the same survey.

    Args:
        quote: The offer, priced for a payment.
        survey: The rows.
        period: The quarter; that of the payment, or the survey's last, when left out.
        amount: Which of the survey's amounts.

    Raises:
        PaymentError: The corridor has no countries, the survey no rows, no such quarter or amount, or the offer no
            split into fee and margin.
    """
    cost = quote.cost("rpw")
    if cost is None:
        raise PaymentError("quote", quote.offer.id, "an offer whose fee and margin are told apart")
    source, destination = _codes(quote)
    on = quote.payment.on
    own_quarter = f"{on.year}_{(on.month + 2) // 3}Q"
    when = quarter_of(survey, period or (own_quarter if own_quarter in survey.periods else None))
    here = survey.only(sender=source, to=destination, since=when, until=when)
    firms = {row["firm_key"]: row["cost_percent"] for row in index(here, by="firm", amount=amount).frame.to_dicts()}
    rows = here.frame.filter(pl.col("transparent")).drop_nulls(f"total_percent_{amount}")
    totals = rows[f"total_percent_{amount}"]
    dear = float(cost.share.high * 100)
    smallest = totals.min()
    return Beside(
        offer=quote.offer.id,
        cost=cost,
        period=when,
        same_quarter=when == own_quarter,
        corridor_percent=index(here, amount=amount).value(),
        smart_percent=index(here, "smart", amount=amount).value(),
        cheapest_percent=smallest if isinstance(smallest, float) else None,
        own_percent=firms.get(firm_key(quote.provider.replace("_", " "))),
        dearer_share=None if totals.is_empty() else float((totals > dear).sum()) / totals.len(),
        services=totals.len(),
        notes=tuple(_differences(quote, survey, rows, when, own_quarter, amount)),
        sha256=survey.sha256,
    )


def _codes(quote: Quote) -> tuple[str, str]:
    corridor = quote.payment.corridor
    if corridor.payer.country is None or corridor.payee.country is None:
        raise PaymentError("corridor", str(corridor), "a country at both ends: the survey is of corridors")
    return country(corridor.payer.country).alpha3, country(corridor.payee.country).alpha3


def _differences(
    quote: Quote, survey: Survey, rows: pl.DataFrame, when: str, own_quarter: str, amount: int
) -> list[str]:
    said = []
    if when != own_quarter:
        said.append(f"priced in {own_quarter}, surveyed in {when}")
    if quote.payment.segment == "business":
        said.append("a firm's payment beside prices for consumers")
    if quote.at_best:
        said.append("the offer's cost is at least this: something of its own is not published")
    if any(_mark(survey) in words for words in quote.offer.modelled):
        said.append("the offer's margin was taken from this survey: that the two are near confirms neither")
    code = quote.offer.payer_currency
    usual = rows.filter(pl.col(f"currency_{amount}") == code)[f"amount_{amount}"].median()
    sent = float(quote.worst.figures.converted or quote.worst.figures.principal)
    if not isinstance(usual, float):
        said.append(f"the survey has no amount in {code} here")
    elif abs(sent - usual) > usual * _NEAR:
        said.append(f"{sent:,.2f} {code} is sent, the survey sends {usual:,.2f} {code}: fees weigh differently")
    return said


def surveyed_margin(
    survey: Survey,
    *,
    sender: str,
    to: str,
    firm_type: str | None = None,
    firm: str | None = None,
    period: str | None = None,
    amount: int = 200,
) -> Estimate:
    """Return the margin that surveyed providers took, for offers whose own margin is not published.

    Give it to `paycompare.compare` as ``assume={"fx_margin": ...}`` or ``assume={"a_bank": ...}``: the offer is then
    ranked as modelled, marked with these words, and never best. It spans the middle half of the surveyed margins, from
    the lower to the upper quartile.
    Services that hide their margin, and those whose applied and interbank rates are both 1, are no evidence and are
    left out. The World Bank surveys consumers, so its margins model no offer to a firm.

    Args:
        survey: The rows.
        sender: Sending country, by ISO code or English name.
        to: Receiving country, likewise.
        firm_type: Only this provider type, as the survey writes it, such as ``Bank``.
        firm: Only this provider, by its name; a former name is followed.
        period: The quarter; the survey's last one when left out.
        amount: Which of the survey's amounts.

    Raises:
        PaymentError: Fewer than three margins are left, or the survey has no such quarter, amount, provider type or
            provider.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> rows = [{"margin_percent_200": margin} for margin in (1.0, 2.0, 3.0, 4.0, 5.0)]
        >>> found = surveyed_margin(survey_of_rows(rows), sender="GB", to="KE")
        >>> found.low, found.high
        (Fraction(1, 50), Fraction(1, 25))
    """
    if amount not in survey.amounts:
        raise PaymentError("amount", amount, f"one of {', '.join(map(str, survey.amounts))}")
    when = quarter_of(survey, period)
    rows = survey.only(sender=sender, to=to, since=when, until=when).frame.filter(
        pl.col("transparent"), pl.col("comparable")
    )
    firm = None if firm is None else firm_key(firm)
    for argument, column, name in (("firm_type", "firm_type", firm_type), ("firm", "firm_key", firm)):
        if name is not None:
            refuse_strangers(survey, argument, column, [name])
            rows = rows.filter(pl.col(column) == name)
    margins = rows[f"margin_percent_{amount}"].drop_nulls()
    whose = firm or (f"of type {firm_type}" if firm_type else "of every type")
    corridor = f"{alpha3(sender)} to {alpha3(to)}"
    if margins.len() < _FEWEST:
        found = f"{margins.len()} comparable margins, provider {whose}, {corridor}, {when}"
        raise PaymentError("survey", found, f"at least {_FEWEST}: widen the provider type or the quarter")
    low, high = (_share(margins.quantile(end, "linear")) for end in (0.25, 0.75))
    words = (
        f"middle half of {margins.len()} surveyed margins, {corridor}, {when}, provider {whose} "
        f"({survey.attribution.partition(',')[0]}, {_mark(survey)})"
    )
    return Estimate(low, high, words, "personal" if survey.segment == "remittances" else "business")


def _mark(survey: Survey) -> str:
    """Return by what a margin that was taken from a survey is known to be of it."""
    return f"sha256 {survey.sha256[:12]}"


def _share(percent: float | None) -> Fraction:
    """Return percent as an exact share on the hundred-thousandth: a quartile has more decimals than the survey."""
    return Fraction(round((percent or 0.0) * 1000), 100_000)
