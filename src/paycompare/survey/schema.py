"""The one schema that every vintage of the survey is brought into.

Remittance Prices Worldwide has changed its columns, names and categories several times. `COLUMNS` is what comes out
whatever went in. What a vintage does not have is null, and the load report says so. Two scales that look alike and
are not mapped to each other by the World Bank stay two columns (``coverage``, ``receiving_coverage``).

Percentages are percent of the amount sent, as the World Bank states them, and every such column says ``percent`` in
its name; everything else in paycompare is a fraction of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from paycompare.errors import PaymentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AMOUNTS",
    "BY_AMOUNT",
    "COLUMNS",
    "HEADINGS",
    "LABELS",
    "PERIOD",
    "REQUIRED",
    "ROUNDING",
    "SEPARATORS",
    "SPEEDS",
    "SPELLINGS",
    "SurveyColumn",
    "columns_for",
    "heading_key",
    "ordinal",
    "polars_schema",
    "refuse_no_span",
]

Kind = Literal["whole", "code", "label", "text", "yes_no", "number", "day"]

AMOUNTS: Final = (200, 500)
"""The two amounts of the World Bank's survey, in US dollars by name: see ``amount_200`` in `BY_AMOUNT`."""

PERIOD: Final = re.compile(r"(?P<year>[12]\d{3})_(?P<quarter>[1-4])Q")
"""How the World Bank writes a quarter: ``2025_3Q``."""


@dataclass(frozen=True, slots=True)
class SurveyColumn:
    """A column of the schema.

    Attributes:
        name: Its name.
        kind: ``whole``; ``code`` (ISO); ``label`` (from a set of words); ``text``; ``yes_no``; ``number``; ``day``.
        words: What it holds, with unit and denominator.
    """

    name: str
    kind: Kind
    words: str


COLUMNS: Final = (
    SurveyColumn(
        "layout", "label", "product (sheets up to 2016_1Q), instrument (from 2016_2Q), or own (a survey of yours)"
    ),
    SurveyColumn("id", "whole", "the survey's number of the row; unique only together with the period"),
    SurveyColumn("period", "label", "quarter of the survey, such as 2025_3Q; never derived from the day"),
    SurveyColumn("source", "code", "sending country, ISO 3166 alpha-3, XKX for Kosovo"),
    SurveyColumn("destination", "code", "receiving country, likewise"),
    SurveyColumn("corridor", "code", "the two codes joined, such as GBRKEN"),
    SurveyColumn("source_name", "label", "sending country as the row names it; names change, join on codes"),
    SurveyColumn("source_region", "label", "its World Bank region as stated in that quarter; null for none"),
    SurveyColumn("source_income", "label", "its income group as stated in that quarter"),
    SurveyColumn("source_lending", "label", "IBRD, IDA or Blend; null for none"),
    SurveyColumn("source_group", "label", "G8/G20 or G20; null for neither"),
    SurveyColumn("destination_name", "label", "receiving country as the row names it"),
    SurveyColumn("destination_region", "label", "its region as stated in that quarter"),
    SurveyColumn("destination_income", "label", "its income group as stated in that quarter"),
    SurveyColumn("destination_lending", "label", "IBRD, IDA or Blend"),
    SurveyColumn("destination_group", "label", "G8/G20 or G20"),
    SurveyColumn("firm", "text", "provider as the row names it, without outer blanks"),
    SurveyColumn("firm_key", "label", "the same in lower case with renames followed: one key for one provider"),
    SurveyColumn("firm_type", "label", "provider type; types that share a service stay joined with ' / '"),
    SurveyColumn("product", "label", "layout product: the service, joined labels with ', '; own surveys: the offer"),
    SurveyColumn("sending_location", "label", "layout product: where it is ordered; null where not collected"),
    SurveyColumn("payment_instrument", "label", "layout instrument: what the sender pays with"),
    SurveyColumn("access_point", "label", "layout instrument: where it is ordered"),
    SurveyColumn("pickup_method", "label", "how the receiver gets it; null where not collected"),
    SurveyColumn("pickup_location", "label", "layout instrument: where the receiver gets it"),
    SurveyColumn("speed", "label", "time until the receiver has it, one of SPEEDS"),
    SurveyColumn("coverage", "label", "layout product: reach of the provider's network, Nationwide to Rural only"),
    SurveyColumn("receiving_coverage", "label", "layout instrument: reach where it is received, High to Low"),
    SurveyColumn("transparent", "yes_no", "whether the exchange rate was disclosed"),
    SurveyColumn("day", "day", "day of collection; some are years off their period"),
    SurveyColumn("interbank", "number", "interbank rate collected with the row, payout currency per sending currency"),
    SurveyColumn(
        "comparable", "yes_no", "false where applied and interbank rate are both 1: no exchange, or none known"
    ),
    SurveyColumn("note1", "text", "standard note"),
    SurveyColumn("note2", "text", "note on the corridor"),
)
"""The columns that a survey has once."""

BY_AMOUNT: Final = (
    SurveyColumn("amount_{}", "number", "what is sent, in currency_{}: fixed years ago, not today's {} dollars"),
    SurveyColumn("currency_{}", "code", "currency of amount and fee, ISO 4217"),
    SurveyColumn("fee_{}", "number", "fee on top of the amount, in currency_{}"),
    SurveyColumn(
        "rate_{}", "number", "applied rate in a payout currency that no column records: not comparable across rows"
    ),
    SurveyColumn("margin_percent_{}", "number", "margin over interbank, percent; null where it was not disclosed"),
    SurveyColumn("total_percent_{}", "number", "total cost as stated, percent; the fee alone where not transparent"),
    SurveyColumn(
        "total_cheap_percent_{}", "number", "own surveys: the cheap end where the total is a range; else null"
    ),
)
"""The columns that a survey has for each amount, named after it: ``total_percent_200``."""

_TYPES: Final[Mapping[Kind, pl.DataType]] = {
    "whole": pl.Int64(),
    "code": pl.Categorical(),
    "label": pl.Categorical(),
    "text": pl.String(),
    "yes_no": pl.Boolean(),
    "number": pl.Float64(),
    "day": pl.Date(),
}


def columns_for(amounts: tuple[int, ...] = AMOUNTS) -> tuple[SurveyColumn, ...]:
    """Return every column of a survey with these amounts, in order.

    Args:
        amounts: The amounts, in US dollars by name.

    Example:
        >>> [column.name for column in columns_for((200,))][-2:]
        ['total_percent_200', 'total_cheap_percent_200']
    """
    return (
        *COLUMNS,
        *(
            SurveyColumn(column.name.format(amount), column.kind, column.words.replace("{}", str(amount)))
            for amount in amounts
            for column in BY_AMOUNT
        ),
    )


def polars_schema(amounts: tuple[int, ...] = AMOUNTS) -> dict[str, pl.DataType]:
    """Return the types of `columns_for` by name.

    Example:
        >>> polars_schema()["total_percent_500"]
        Float64
    """
    return {column.name: _TYPES[column.kind] for column in columns_for(amounts)}


def ordinal(period: str) -> int:
    """Return a quarter as a number that grows by one each quarter.

    Args:
        period: Such as ``2025_3Q``.

    Raises:
        ValueError: It is not written that way.

    Example:
        >>> ordinal("2011_1Q") - ordinal("2010_4Q")
        1
    """
    read = PERIOD.fullmatch(period)
    if read is None:
        msg = f"found {period!r}, expected a quarter such as 2025_3Q"
        raise ValueError(msg)
    return int(read["year"]) * 4 + int(read["quarter"]) - 1


def refuse_no_span(since: str | None, until: str | None) -> None:
    """Refuse a first or last quarter that is none, and a first one after the last.

    Raises:
        PaymentError: It is so; the message names the argument.
    """
    for argument, bound in (("since", since), ("until", until)):
        if bound is not None and PERIOD.fullmatch(bound) is None:
            raise PaymentError(argument, bound, "a quarter such as 2025_3Q")
    if since is not None and until is not None and since > until:
        raise PaymentError("until", until, f"a quarter that is not before {since}")


def heading_key(heading: str) -> str:
    """Return a heading without case, signs and blanks, so that the spellings of the vintages meet.

    Example:
        >>> heading_key("Pick-up  method") == heading_key("pickup method")
        True
    """
    return re.sub(r"[\W_]+", "", heading.replace("%", "percent").casefold())


def _spellings() -> dict[str, str]:
    found = {
        "id": "id",
        "period": "period",
        "source": "source",
        "source_code": "source",
        "destination": "destination",
        "destination_code": "destination",
        "corridor": "corridor",
        "firm": "firm",
        "firm_type": "firm_type",
        "product": "product",
        "sending location": "sending_location",
        "payment instrument": "payment_instrument",
        "access point": "access_point",
        "pickup method": "pickup_method",
        "pick-up method": "pickup_method",
        "pickup location": "pickup_location",
        "speed actual": "speed",
        "coverage": "coverage",
        "receiving network coverage": "receiving_coverage",
        "transparent": "transparent",
        "date": "day",
        "inter lcu bank fx": "interbank",
        "note1": "note1",
        "Standard Note": "note1",
        "note2": "note2",
    }
    for side in ("source", "destination"):
        for theirs, ours in {"name": "name", "region": "region", "income": "income", "lending": "lending"}.items():
            found[f"{side}_{theirs}"] = f"{side}_{ours}"
        found[f"{side}_G8G20"] = f"{side}_group"
    for place, amount in enumerate(AMOUNTS, start=1):
        found |= {
            f"cc{place} lcu amount": f"amount_{amount}",
            f"cc{place} denomination amount": f"label_{amount}",
            f"cc{place} lcu code": f"currency_{amount}",
            f"cc{place} lcu fee": f"fee_{amount}",
            f"cc{place} lcu fx rate": f"rate_{amount}",
            f"cc{place} fx margin": f"margin_percent_{amount}",
            f"cc{place} total cost %": f"total_percent_{amount}",
        }
    return found


SPELLINGS: Final[Mapping[str, str]] = _spellings()
"""Our column by the World Bank's headings of all vintages, as it spells them."""

HEADINGS: Final[Mapping[str, str]] = {heading_key(theirs): ours for theirs, ours in SPELLINGS.items()}
"""Our column by `heading_key` of the World Bank's headings of all vintages."""

REQUIRED: Final = (
    "period",
    "source",
    "destination",
    "firm",
    "firm_type",
    "transparent",
    "amount_200",
    "fee_200",
    "margin_percent_200",
    "total_percent_200",
    "rate_200",
    "interbank",
)
"""Without these a sheet is not the survey: without both rates, a margin of zero cannot be told from no exchange."""

ROUNDING: Final = 0.0101
"""Percentage points within which a row's own arithmetic must come out: two figures are rounded to two decimals."""

SPEEDS: Final = ("Less than one hour", "Same day", "Next day", "2 days", "1-3 days", "3-5 days", "6 days or more")
"""From fast to slow, as the World Bank writes them."""

SEPARATORS: Final[Mapping[str, str]] = {"firm_type": "/"}
"""What joins several labels in one cell, where it is not a comma."""

LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "firm_type": (
        "Money Transfer Operator",
        "Bank",
        "Post office",
        "Mobile Operator",
        "Non-Bank FI",
        "Credit Union",
        "Building Society",
    ),
    "sending_location": ("at Branch", "Call Center", "On-line"),
    "access_point": ("Internet", "Agent", "Bank branch", "Call Center", "Post Office branch", "Mobile phone"),
    "payment_instrument": (
        "Cash",
        "Bank account transfer",
        "Debit card",
        "Credit card",
        "Debit/credit card",
        "Mobile money",
        "Prepaid card",
    ),
    "pickup_method": (
        "Cash",
        "Bank account",
        "Own/partner bank account",
        "Bank account (same/partner bank)",
        "Mobile wallet",
        "Mobile",
        "Home delivery",
        "Door to door",
        "ATM network",
        "ATM",
        "Debit card",
        "Credit card",
        "Prepaid cash card",
    ),
    "speed": SPEEDS,
    "coverage": ("Nationwide", "Major cities", "Main city", "Urban only", "Rural only"),
    "receiving_coverage": ("High", "Medium", "Low"),
    "product": (
        "Cash to cash",
        "Cash to account",
        "Cash to account (same bank)",
        "Cash to account (other bank)",
        "Account to account",
        "Account to account (same bank)",
        "Account to account (other bank)",
        "Account to cash",
        "Online service",
        "Online to cash",
        "Credit/debit card service",
        "Door to door",
        "Door to account",
        "Home delivery",
        "Prepaid card",
        "Mobile",
        "Account",
        "Bank account",
        "Card",
        "Cash",
        "USD service",
        "EUR service",
        "LCU service",
        "JPY service",
        "GBP service",
    ),
}
"""The words of each labelled column; another spelling of one becomes it, anything else is kept and reported."""
