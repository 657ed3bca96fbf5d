"""What every currency is worth on one day: the stack of sources behind one consistent set of values.

Order, first success wins: the user's own rate; identity; an official peg through its anchor; the ECB's daily
rate, or a newer daily one that a source supplied when it was asked; last, flagged ``period``, the United Nations'
operational rate, again the embedded or a newer one. As-of means the last publication on or before the day; nothing is
interpolated and nothing looks into the future.

Each source says what a currency is worth in another that is better known (pegs in their anchor, the ECB in
euro, the UN in dollars, the user in a currency of the same group), so that the currencies form one tree under
the euro. A rate is the way between two currencies in that tree: what both ways up share cancels, and has no
part in date, kind or error. Hence every pair is a quotient of two values, exactly, and a peg stays exact
whatever is said of its anchor.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from paycompare.errors import PaymentError, RateUnavailable, StaleRate
from paycompare.money import currency
from paycompare.reference import ecb, operational, pegs, supplied
from paycompare.reference.rate import Rate, crossed
from paycompare.reference.user import parents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

__all__ = ["NUMERAIRE", "References"]

NUMERAIRE = "EUR"
_STANDARD = (NUMERAIRE, "USD", "GBP")
_OWN = "your own rate"
_REFRESH = "upgrade paycompare"


@dataclass(frozen=True, slots=True)
class _Chain:
    """The way from a currency up to the numeraire.

    Attributes:
        nodes: The currencies on the way, the first being where it starts.
        legs: The rates between them: ``legs[i]`` is units of ``nodes[i]`` per 1 ``nodes[i + 1]``.
        gap: Why the way ends before the numeraire; empty when it does not.
    """

    nodes: tuple[str, ...]
    legs: tuple[Rate, ...]
    gap: str


def _own(base: str, quote: str) -> str:
    return f'give your own, as in reference={{"{base}/{quote}": "..."}}, --reference {base}/{quote}=...'


def _check_day(on: object) -> None:
    if not isinstance(on, date) or isinstance(on, datetime):
        field = "on"
        raise PaymentError(field, on, "a datetime.date without a time of day")


class References:
    """One value for every currency on one day.

    Example:
        ECB, 17 March 2026: 1 EUR = 1.1531 USD = 0.8643 GBP, so 1 GBP = 1.1531/0.8643 USD.

        >>> references = References(on=date(2026, 3, 17))
        >>> references.rate("GBP", "USD").value == Fraction(11531, 8643)
        True
        >>> print(references.rate("GBP", "USD"))
        1 GBP = 1.334143 USD (ECB, 2026-03-17, central_bank, 0 business days old, +-20 bp)
    """

    def __init__(
        self,
        *,
        on: date,
        user: Mapping[str, str | int | Decimal | Fraction] | None = None,
        max_age: timedelta | None = None,
    ) -> None:
        """Fix the day and the caller's own rates.

        Args:
            on: The day; a day after the newest embedded rate is answered with that rate and its age.
            user: ``"EUR/CNY"`` to the caller's own reference rate, units of CNY per 1 EUR; precedes all
                sources.
            max_age: Calendar days beyond which a rate is refused; None refuses none.

        Raises:
            PaymentError: ``on`` is no date, ``max_age`` is negative, or the caller's rates are no pairs of
                positive numbers or contradict each other.
            CurrencyError: A code in ``user`` is unknown or retired on that day.
        """
        _check_day(on)
        self._user = dict(user or {})
        if max_age is not None and max_age < timedelta(0):
            field = "max_age"
            raise PaymentError(field, max_age, "None for no limit, or a length of time that is not negative")
        self.on = on
        self.max_age = max_age
        self._supplied: tuple[Rate, ...] = ()
        self._chains: dict[str, _Chain] = {}
        self._parents = parents(user or {}, on=on, priority=self._priority)

    def with_supplied(self, rates: Sequence[Rate]) -> References:
        """Return the same references with rates that sources supplied when they were asked.

        Args:
            rates: As published; those newer than what is embedded are used, the user's own and pegs stay before them.

        Example:
            >>> day = date(2026, 10, 30)
            >>> held = References(on=day)
            >>> newer = Rate("USD", "KES", Fraction("129.25"), "Acme", None, "market_mid", day, day, 0)
            >>> held.rate("USD", "KES").kind, held.with_supplied([newer]).rate("USD", "KES").value
            ('period', Fraction(517, 4))
        """
        made = copy(self)
        vars(made).update(_supplied=(*self._supplied, *rates), _chains={})
        return made

    def on_day(self, on: date) -> References:
        """Return the values of another day, with the same rates of the caller's own and the same limit.

        Args:
            on: The day.

        Raises:
            PaymentError: ``on`` is no date.
            CurrencyError: A code of the caller's rates is unknown or retired on that day.
        """
        return References(on=on, user=self._user, max_age=self.max_age)

    def value(self, code: str) -> Fraction:
        """Return what a currency is worth, as units of it per 1 EUR.

        Args:
            code: An ISO 4217 code that is valid on the day.

        Raises:
            CurrencyError: The code is unknown or retired on that day.
            RateUnavailable: No source has a rate of it as of that day.
            StaleRate: The rate is older than ``max_age``.

        Example:
            >>> References(on=date(2026, 3, 17)).value("GBP")
            Fraction(8643, 10000)
        """
        return self.convert(Fraction(1), NUMERAIRE, code)

    def convert(self, amount: Fraction, base: str, quote: str) -> Fraction:
        """Return an amount of one currency in another at the reference, exactly.

        Args:
            amount: Units of ``base``.
            base: The currency of ``amount``.
            quote: The currency of the result.

        Raises:
            CurrencyError: A code is unknown or retired on the day.
            RateUnavailable: No source has a rate of one of them as of that day.
            StaleRate: A rate that is needed is older than ``max_age``.

        Example:
            >>> References(on=date(2026, 3, 17)).convert(Fraction(1000), "EUR", "USD")
            Fraction(11531, 10)
        """
        up, down = self._ways(self._code(base), self._code(quote))
        return amount * prod(leg.value for leg in down) / prod(leg.value for leg in up)

    def rate(self, base: str, quote: str) -> Rate:
        """Return the reference rate of a pair with its provenance.

        Args:
            base: Currency of which one unit is priced.
            quote: Currency in which it is priced.

        Raises:
            CurrencyError: A code is unknown or retired on the day.
            RateUnavailable: No source has a rate of one of them as of that day; says what to give instead.
            StaleRate: A rate that is needed is older than ``max_age``.

        Example:
            >>> rate = References(on=date(2026, 10, 30)).rate("USD", "XOF")
            >>> rate.value == Fraction("655.957") / Fraction("1.1172"), rate.kind, len(rate.legs)
            (True, 'central_bank', 2)
        """
        base, quote = self._code(base), self._code(quote)
        if base == quote:
            return Rate(base, quote, Fraction(1), "identity", None, "identity", self.on, self.on, 0)
        return crossed(base, quote, *self._ways(base, quote))

    def _code(self, code: str) -> str:
        return code if code in self._chains else currency(code, on=self.on)

    def _ways(self, base: str, quote: str) -> tuple[tuple[Rate, ...], tuple[Rate, ...]]:
        """Return the legs from both currencies up to where their ways meet."""
        start, end = self._chain(base), self._chain(quote)
        meeting = next((node for node in start.nodes if node in end.nodes), None)
        if meeting is None:
            raise self._unavailable(base, quote, start.gap or end.gap)
        up, down = start.legs[: start.nodes.index(meeting)], end.legs[: end.nodes.index(meeting)]
        self._refuse_stale(base, quote, (*up, *down))
        return up, down

    def _refuse_stale(self, base: str, quote: str, legs: tuple[Rate, ...]) -> None:
        if self.max_age is None or not legs:
            return
        oldest = min(legs, key=lambda leg: leg.observed)
        age = self.on - oldest.observed
        if age > self.max_age:
            raise self._stale(base, quote, oldest, self.max_age)

    def _unavailable(self, base: str, quote: str, gap: str) -> RateUnavailable:
        return RateUnavailable(f"no reference rate for {base}/{quote} on {self.on}: {gap}; {_own(base, quote)}")

    def _stale(self, base: str, quote: str, oldest: Rate, limit: timedelta) -> StaleRate:
        days = (self.on - oldest.observed).days
        daily = oldest.kind == "central_bank"
        newest = f"the embedded ECB rates reach {ecb.newest()}" if daily else "newer ones come with releases"
        return StaleRate(
            f"the reference rate for {base}/{quote}, {oldest.source} of {oldest.observed}, is {days} days old "
            f"on {self.on}, over the limit of {limit.days} days: {newest}; "
            f"{ecb.REFRESH if daily else _REFRESH} or {_own(base, quote)}"
        )

    def _chain(self, code: str) -> _Chain:
        held = self._chains.get(code)
        if held is None:
            held = self._chains[code] = self._climbed(code)
        return held

    def _climbed(self, code: str) -> _Chain:
        if code == NUMERAIRE:
            return _Chain((code,), (), "")
        leg = self._leg(code)
        if leg is None:
            return _Chain((code,), (), self._why_not(code))
        above = self._chain(leg.base)
        return _Chain((code, *above.nodes), (leg, *above.legs), above.gap)

    def _leg(self, code: str) -> Rate | None:
        """Return what a currency is worth in the one above it."""
        if code in self._parents:
            parent, units = self._parents[code]
            return Rate(parent, code, units, _OWN, None, "user", self.on, self.on, 0)
        return self._embedded(code)

    def _embedded(self, code: str) -> Rate | None:
        found = pegs.leg(code, self.on) or self._newer(code, daily=True) or self._newer(code, daily=False)
        if found is not None and found.kind == "period" and ecb.quoted_before(code):
            return replace(found, flags=(*found.flags, "suspended"))
        return found

    def _newer(self, code: str, *, daily: bool) -> Rate | None:
        """Return the embedded rate of a kind, unless a newer one was supplied."""
        held = (ecb if daily else operational).leg(code, self.on)
        given = supplied.leg(code, self.on, self._supplied, daily=daily) if self._supplied else None
        if held is None or given is None:
            return held or given
        return given if given.observed > held.observed else held

    def _why_not(self, code: str) -> str:
        reasons = (pegs.why_not(code), ecb.why_not(code, self.on), operational.why_not(code, self.on))
        return ", and ".join(reason for reason in reasons if reason)

    def _priority(self, code: str, group: frozenset[str]) -> int:
        """Rank a currency as the root of a group of the user's pairs: the more standard, the lower.

        A peg whose anchor is in the group, or has no rate itself, comes last: so no way up ever runs in a
        circle.
        """
        if code in _STANDARD:
            return _STANDARD.index(code)
        ranks = len(_STANDARD)
        leg = self._embedded(code)
        if leg is None:
            return ranks + 3
        if leg.kind == "peg":
            known = leg.base == NUMERAIRE or ecb.leg(leg.base, self.on) is not None
            return ranks + (1 if known and leg.base not in group else 4)
        return ranks if leg.kind == "central_bank" else ranks + 2
