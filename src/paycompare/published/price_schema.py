"""What a price and a margin may look like in a tariff file. `docs/tariffs.md` explains the words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from paycompare.money import Money
from paycompare.published.vocabulary import (
    Amount,
    Conditions,
    Currency,
    Figure,
    MarginShare,
    Number,
    Share,
    Table,
    Words,
    exactly_one,
    given,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Band", "Edged", "Margin", "MarginBand", "Price"]

Period = Literal["day", "month", "rolling_30_days", "year", "financial_year", "deal", "plan_period"]
"""Over what an allowance or a volume is counted; it is shown, and the caller counts."""


class Edged(Table):
    """One band: ``up_to`` includes its bound, ``below`` does not; the last band has neither."""

    up_to: Figure | None = None
    below: Figure | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if self.up_to is not None and self.below is not None:
            msg = "found 'up_to' and 'below', expected one of them (or neither on the last band)"
            raise ValueError(msg)
        return self


def _open_ended(bands: Sequence[Edged]) -> None:
    """Refuse bands that stop: what an offer does not take is said by ``most`` on its tariff, not by a missing price."""
    if bands and (bands[-1].up_to is not None or bands[-1].below is not None):
        msg = "found a last band with an end, expected it open (and 'most' on the tariff where the page stops)"
        raise ValueError(msg)


_PRICE_FORMS: Final = (
    "bands",
    "slices",
    "sum",
    "highest",
    "between",
    "usage",
    "allowance",
    "volume",
    "at_most",
    "at_least",
    "same_as",
    "not_published",
)

_WHOLE: Final = ("not_published", "at_least", "same_as")
"""Forms that are the whole price of their step."""


class Price(Table):
    """A charge as a function of its base; exactly one form, with an optional minimum, maximum and factor."""

    flat: Figure | None = None
    each: Figure | None = None
    share: Share | None = None
    least: Figure | None = None
    most: Figure | None = None
    scale: Number | None = None
    bands: tuple[Band, ...] = ()
    slices: tuple[Slice, ...] = ()
    sum: tuple[Price, ...] = ()
    highest: tuple[Price, ...] = ()
    between: tuple[Price, Price] | None = None
    usage: UsagePrice | None = None
    allowance: Allowance | None = None
    volume: Volume | None = None
    at_most: Price | None = None
    at_least: Price | None = None
    same_as: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$")] | None = None
    not_published: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.share is None and self.flat is None:
            exactly_one(self, _PRICE_FORMS, "the form of the price (or 'flat', 'share', or both)")
        elif given(self, set(_PRICE_FORMS) - {"slices"}):
            msg = "found 'flat' or 'share' beside another form, expected it inside that form"
            raise ValueError(msg)
        if self.each is not None and (self.flat is None or self.slices):
            msg = "found 'each' without a 'flat' alone or with a share, expected the charge for each unit of the amount"
            raise ValueError(msg)
        if self.slices and self.share is not None:
            msg = "found 'share' beside 'slices', expected the share inside each slice"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        numbers = [one.exact if isinstance(one, Money) else one for one in (self.least, self.most) if one is not None]
        comparable = len({getattr(one, "currency", None) for one in (self.least, self.most)}) == 1
        if comparable and numbers != sorted(numbers):
            msg = "found 'least' above 'most', expected a minimum below the maximum"
            raise ValueError(msg)
        if given(self, ("least", "most", "scale")) and given(self, _WHOLE):
            msg = "found a minimum, maximum or scale beside an open price, expected it inside 'at_least' or 'at_most'"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(given(one, _WHOLE) for one in self._inner()):
            forms = " or ".join(map(repr, _WHOLE))
            msg = f"found {forms} inside another form, expected it as the whole price of its step"
            raise ValueError(msg)
        _open_ended(self.bands)
        _open_ended(self.slices)
        return self

    def _inner(self) -> tuple[Price, ...]:
        """Return the prices that this one is made of."""
        inside = [*(band.price for band in self.bands), *self.sum, *self.highest, *(self.between or ())]
        if self.usage is not None:
            inside += [self.usage.unused, self.usage.used_up]
        if self.allowance is not None:
            inside += [self.allowance.within, self.allowance.beyond]
        return (*inside, *(one for one in (self.at_most, self.at_least) if one is not None))


class Band(Edged):
    """A price for the whole amount when it falls into this band."""

    price: Price


class Slice(Edged):
    """A share for the part of the amount that falls into this slice."""

    share: Share


class UsagePrice(Table):
    """A price that depends on how much of an allowance was used before, without saying how it is counted."""

    unused: Price
    used_up: Price


class Allowance(Table):
    """So many payments, or so much money, at one price; the rest at another.

    By ``amount`` the two prices are shares: the part of a payment that the allowance still covers is priced
    ``within`` it, what exceeds it ``beyond``.
    """

    payments: Annotated[int, Field(ge=1)] | None = None
    amount: Amount | None = None
    per: Period
    within: Price
    beyond: Price

    @model_validator(mode="after")
    def _one_count(self) -> Self:
        exactly_one(self, ("payments", "amount"), "what the allowance counts")
        shares = all(one.share is not None and one.flat is None for one in (self.within, self.beyond))
        if self.amount is not None and not shares:
            msg = "found an allowance by amount whose prices are not shares, expected 'share' alone in both"
            raise ValueError(msg)
        return self


class Volume(Table):
    """Shares by what was sent before in the period: for the whole payment at the tier reached, or tier by tier."""

    per: Period
    whole: bool = False
    tiers: Annotated[tuple[Slice, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _ends_open(self) -> Self:
        _open_ended(self.tiers)
        return self


class MarginBand(Edged):
    """A margin for conversions whose amount falls into this band."""

    share: MarginShare | None = None
    between: tuple[MarginShare, MarginShare] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        exactly_one(self, ("share", "between"), "the margin of a band")
        return self


class Surcharge(Table):
    """What is added to a margin under its conditions."""

    only: Conditions
    share: MarginShare | None = None
    not_published: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        exactly_one(self, ("share", "not_published"), "the surcharge")
        return self


class Margin(Table):
    """An exchange margin, for both currencies of a pair in ``currencies``, or for every pair when left out."""

    currencies: tuple[Currency, ...] = ()
    only: Conditions | None = None
    share: MarginShare | None = None
    between: tuple[MarginShare, MarginShare] | None = None
    at_most: MarginShare | None = None
    at_least: MarginShare | None = None
    bands: tuple[MarginBand, ...] = ()
    not_published: bool = False
    usage: tuple[MarginShare, MarginShare] | None = None
    spread: MarginShare | None = None
    discount: Share | tuple[Share, Share] | None = None
    currency: Currency | None = None
    plus: tuple[Surcharge, ...] = ()
    note: Words | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = ("share", "between", "at_most", "at_least", "bands", "not_published", "usage", "spread")
        exactly_one(self, forms, "the margin")
        if len(set(self.currencies)) == 1:
            msg = f"found a group of {self.currencies[0]} alone in 'currencies', expected both currencies of a pair"
            raise ValueError(msg)
        if self.bands and self.currency is None:
            msg = "found 'bands' without 'currency', expected the currency of their bounds"
            raise ValueError(msg)
        if (self.spread is None) != (self.discount is None):
            msg = "found one of 'spread' and 'discount', expected both: the posted spread and the share taken off it"
            raise ValueError(msg)
        _open_ended(self.bands)
        return self
