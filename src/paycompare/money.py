"""Exact numbers, currencies and amounts: the one door through which money comes in.

Text, whole numbers and `Decimal` come in, `Fraction` is what is computed with, `Decimal` goes out. Binary
floats are refused everywhere, because they cannot hold most decimal amounts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from paycompare.currencies import (
    Change,
    currency,
    known,
    minor_unit,
    minor_units,
    redenominations,
    retired,
    unit_changed,
)
from paycompare.errors import CurrencyError, PaymentError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Change",
    "Mode",
    "Money",
    "Rounding",
    "apportion",
    "as_decimal",
    "currency",
    "divided",
    "exact",
    "minor_unit",
    "minor_units",
    "redenominations",
    "retired",
    "rounded",
    "unit_changed",
]

Mode = Literal["half_up", "half_even", "up", "down"]
"""How a number goes to the grid; `half_up` sends ties away from zero."""

_MODES: Final = ("half_up", "half_even", "up", "down")
_DIGITS: Final = 30
_EXPONENT: Final = 30
_TOO_LONG: Final = 100
_SIGNIFICANT: Final = Context(prec=28, rounding=ROUND_HALF_UP, Emin=-999999, Emax=999999)
_FINEST: Final = Fraction(1, 1000)
"""Below this, 28 significant digits would be more than 30 decimals, which no door lets in again."""
_NUMBER: Final = re.compile(r"([+-]?)(\d+(?:\.\d+)?|\.\d+)(?:[eE]([+-]?\d+))?", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_PERCENT: Final = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,9})?)\s*%", re.ASCII)
_PLAIN: Final = "a plain decimal number such as '1250.75' (point as decimal sign, no thousands separator, no unit)"
_LIMITS: Final = f"at most {_DIGITS} digits and an exponent between -{_EXPONENT} and {_EXPONENT}"


def exact(value: object, *, what: str) -> Fraction:
    """Read a number without losing anything: the one door for numbers.

    Args:
        value: Text such as ``"0.005"``, ``"1e-3"`` or ``"-12"``, an int, a Decimal, or a Fraction, taken as it is.
        what: The argument it came from, for the error.

    Returns:
        The same number; its unit is that of the argument.

    Raises:
        PaymentError: It is a float, a bool, not a number, not finite, has more than 30 significant digits, or
            a last significant digit more than 30 places from the decimal point.

    Example:
        >>> exact("0.125", what="rate")
        Fraction(1, 8)
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool):
        raise PaymentError(what, value, "a number, not a truth value")
    if isinstance(value, float):
        reason = f"a binary float cannot hold most decimal numbers, 0.1 among them; write {str(value)!r}"
        raise PaymentError(what, value, f"text, int or Decimal: {reason}")
    if isinstance(value, int):
        if abs(value) >= 10**_TOO_LONG:
            raise PaymentError(what, f"a whole number of {value.bit_length()} bits", _LIMITS)
        return _scaled(value, 0, what, value)
    if isinstance(value, Decimal):
        return _of_decimal(value, what)
    if isinstance(value, str):
        return _of_text(value, what)
    raise PaymentError(what, value, "text, int or Decimal")


def _of_decimal(value: Decimal, what: str) -> Fraction:
    if not value.is_finite():
        raise PaymentError(what, str(value), "a finite number")
    sign, digits, exponent = value.as_tuple()
    if len(digits) > _TOO_LONG or not isinstance(exponent, int):
        raise PaymentError(what, f"a Decimal of {len(digits)} digits", _LIMITS)
    coefficient = int("".join(map(str, digits)))
    return _scaled(-coefficient if sign else coefficient, exponent, what, value)


def _of_text(value: str, what: str) -> Fraction:
    if len(value) > _TOO_LONG:
        raise PaymentError(what, f"{value[:40]}... ({len(value)} characters)", _LIMITS)
    match = _NUMBER.fullmatch(value.strip())
    if match is None:
        raise PaymentError(what, value, _PLAIN + _hint(value.strip()))
    sign, number, power = match.groups()
    whole, _, decimals = number.partition(".")
    return _scaled(int(f"{sign}{whole}{decimals}"), int(power or 0) - len(decimals), what, value)


def _hint(text: str) -> str:
    percent = _PERCENT.fullmatch(text)
    if percent:
        return f"; {text} is written '{as_decimal(Fraction(percent[1]) / 100):f}'"
    bare = text.replace(",", "").replace("_", "").replace(" ", "")
    if _GROUPED.fullmatch(text) or (bare != text and "," not in text and _NUMBER.fullmatch(bare)):
        return f"; write {bare!r}"
    return ""


def _scaled(coefficient: int, exponent: int, what: str, found: object) -> Fraction:
    digits = str(abs(coefficient))
    kept = digits.rstrip("0")
    last = exponent + len(digits) - len(kept)
    if coefficient and (len(kept) > _DIGITS or abs(last) > _EXPONENT):
        raise PaymentError(what, found if isinstance(found, str) else str(found), _LIMITS)
    if exponent < 0 and coefficient:
        return Fraction(coefficient, 10**-exponent)
    return Fraction(coefficient * 10**exponent if coefficient else 0)


def as_decimal(value: Fraction, places: int | None = None) -> Decimal:
    """Return a rational as a Decimal, independently of the decimal context in force.

    Args:
        value: Any rational number.
        places: Decimals wanted, ties away from zero. None keeps every digit of a number that terminates within
            the limits of `exact`, and gives 28 significant digits of any other, but never more than 30 decimals.

    Example:
        >>> as_decimal(Fraction(1, 8)), as_decimal(Fraction(1000)), as_decimal(Fraction(2, 3), 2)
        (Decimal('0.125'), Decimal('1000'), Decimal('0.67'))
    """
    if places is not None:
        grid = Fraction(1, 10**places)
        return _decimal((rounded(value, grid) / grid).numerator, places)
    decimals = _decimals(value.denominator)
    if decimals is not None:
        coefficient = value.numerator * 10**decimals // value.denominator
        if abs(coefficient) < 10**_DIGITS or len(str(abs(coefficient)).rstrip("0")) <= _DIGITS:
            return _decimal(coefficient, decimals)
    quotient = _SIGNIFICANT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient if abs(value) >= _FINEST else as_decimal(value, _EXPONENT)


def _decimals(denominator: int) -> int | None:
    """Return how many decimals a fraction in lowest terms has; None if more than the door lets in."""
    twos = (denominator & -denominator).bit_length() - 1
    odd, fives = denominator >> twos, 0
    while odd % 5 == 0:
        odd, fives = odd // 5, fives + 1
    return max(twos, fives) if odd == 1 and max(twos, fives) <= _EXPONENT else None


def _decimal(coefficient: int, decimals: int) -> Decimal:
    sign, digits = int(coefficient < 0), tuple(map(int, str(abs(coefficient))))
    return Decimal((sign, digits, -decimals))


def rounded(value: Fraction, step: Fraction, mode: Mode = "half_up") -> Fraction:
    """Round to a multiple of a step: the one rounding function of the library.

    Args:
        value: What to round.
        step: The grid, above zero, in the unit of the value: 1/100 for cents, 50 for the nearest fifty.
        mode: `half_up` to the nearest, ties away from zero; `half_even` to the nearest, ties to the even
            multiple; `up` away from zero; `down` towards zero.

    Raises:
        PaymentError: The step is not above zero, or the mode is not one of the four.

    Example:
        >>> loss, cent = Fraction("-2.345"), Fraction(1, 100)
        >>> str(as_decimal(rounded(loss, cent))), str(as_decimal(rounded(loss, cent, "half_even")))
        ('-2.35', '-2.34')
    """
    if step <= 0:
        raise PaymentError("step", str(step), "a step above zero")
    return divided(value.numerator * step.denominator, value.denominator * step.numerator, mode) * step


def divided(over: int, under: int, mode: Mode = "half_up") -> int:
    """Divide whole numbers and round the quotient to a whole number, in the modes of `rounded`.

    Args:
        over: The dividend.
        under: The divisor, above zero.
        mode: As in `rounded`.

    Raises:
        PaymentError: The mode is not one of the four.

    Example:
        >>> divided(5, 2), divided(-5, 2), divided(5, 2, "half_even"), divided(1, 9, "up"), divided(17, 9, "down")
        (3, -3, 2, 1, 1)
    """
    if mode == "half_up":
        return (2 * over + under) // (2 * under) if over >= 0 else -((under - 2 * over) // (2 * under))
    multiple, rest = divmod(abs(over), under)
    if mode == "half_even":
        multiple += 2 * rest > under or (2 * rest == under and multiple % 2 == 1)
    elif mode == "up":
        multiple += rest > 0
    elif mode != "down":
        raise PaymentError("mode", mode, f"one of {', '.join(_MODES)}{nearest(mode, _MODES)}")
    return multiple if over >= 0 else -multiple


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an owner rounds a result.

    Attributes:
        step: The grid, in units of the currency rounded.
        mode: ``half_up`` (ties away from zero) unless the owner states another.

    Example:
        >>> print(Rounding(Fraction(5)).apply(Fraction("12.5")))
        15
    """

    step: Fraction
    mode: Mode = "half_up"

    def apply(self, value: Fraction) -> Fraction:
        """Return the value on the grid."""
        return rounded(value, self.step, self.mode)


def apportion(parts: Sequence[Fraction], total: Fraction, step: Fraction) -> list[Fraction]:
    """Bring parts to a grid so that they add up to a total on that grid: the method of largest remainders.

    Each part is first taken down to the next multiple of the step at or below it, also when it is negative; the
    steps that are then missing go, one each, to the parts with the largest remainders, ties in the given order.
    So no part moves by a whole step, and a part that is on the grid stays as it is.

    Args:
        parts: Exact parts, of either sign.
        total: A multiple of the step, less than one step away from the sum of the parts: their rounded sum.
        step: The grid, above zero.

    Returns:
        One multiple of the step for each part, in the same order, adding up to the total exactly.

    Raises:
        PaymentError: The total is off the grid, or a step or more away from the sum of the parts.

    Example:
        >>> thirds = [Fraction(10, 3)] * 3
        >>> [str(as_decimal(part)) for part in apportion(thirds, Fraction(10), Fraction(1, 100))]
        ['3.34', '3.33', '3.33']
    """
    if step <= 0 or (total / step).denominator != 1:
        raise PaymentError("total", str(total), f"a multiple of the step {step}, which is above zero")
    if abs(total - sum(parts)) >= step:
        raise PaymentError("total", str(total), f"the rounded sum of the parts, less than {step} from {sum(parts)}")
    floors = [part // step for part in parts]
    missing = int(total / step) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda place: floors[place] - parts[place] / step)
    raised = frozenset(by_remainder[:missing])
    return [(count + (place in raised)) * step for place, count in enumerate(floors)]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency.

    Amounts of one currency are added, subtracted and ordered; with another currency that raises, and equality
    is False. All digits are kept: rounding to the minor unit is the business of whoever charges it.

    Attributes:
        amount: Units of the currency, of either sign; at least as many decimals as its minor unit has.
        currency: ISO 4217 code, one that is or once was payable. Whether it is in use on a day is asked of
            `currency(code, on=...)`.

    Raises:
        PaymentError: The amount is not a finite Decimal within the limits of `exact`.
        CurrencyError: Nobody can be, or ever could be, paid in this currency.

    Example:
        >>> str(Money(Decimal("1000"), "GBP")), str(Money(Decimal("1234.5678"), "JPY"))
        ('1,000.00 GBP', '1,234.5678 JPY')
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Bring the amount to its one written form: no exponent, the minor units, no idle zeros beyond."""
        if not _is(self.amount, Decimal):
            exact(self.amount, what="amount")
            raise PaymentError("amount", self.amount, "a Decimal, or Money.of(...), which also takes text and int")
        code = known(self.currency)
        value = as_decimal(exact(self.amount, what="amount"))
        object.__setattr__(self, "amount", _padded(value, minor_units(code)))
        object.__setattr__(self, "currency", code)

    @classmethod
    def of(cls, value: Decimal | str | int, code: str) -> Money:
        """Make an amount from a plain number and a currency code.

        Args:
            value: Units of the currency; more decimals than its minor unit are kept.
            code: ISO 4217 code.

        Raises:
            PaymentError: The value is a float, or no number within the limits of `exact`.
            CurrencyError: Nobody can be, or ever could be, paid in this currency.

        Example:
            >>> Money.of("1000", "GBP")
            Money(amount=Decimal('1000.00'), currency='GBP')
        """
        return cls(value if isinstance(value, Decimal) else as_decimal(exact(value, what="amount")), code)

    @classmethod
    def parse(cls, text: str, *, what: str = "money") -> Money:
        """Read an amount as people write it: ``1000 GBP``, ``GBP 1,000.00`` or ``-5 JPY``.

        A point is the decimal sign and a comma separates thousands, nothing else: ``1,00.0`` and ``1.000,00``
        are refused, and so is ``1.000 EUR``, which half the world reads as a thousand.

        Args:
            text: One number and one ISO 4217 code, in either order.
            what: The argument it came from, for the error.

        Raises:
            PaymentError: It is not one number and one code, or has more decimals than the currency.
            CurrencyError: Nobody can be, or ever could be, paid in this currency.

        Example:
            >>> Money.parse("GBP 1,000.50")
            Money(amount=Decimal('1000.50'), currency='GBP')
        """
        if not _is(text, str):
            _refuse_not_text(text, what)
        match = _AMOUNT.fullmatch(text.strip()) if len(text) <= _TOO_LONG else None
        if match is None:
            raise PaymentError(what, text[:_TOO_LONG], _WRITTEN)
        number = match["after"] or match["before"]
        code = known(match["first"] or match["last"])
        _check_number(number, code, text, what)
        found = cls.of(number.replace(",", ""), code)
        _check_decimals(number, found, text, what)
        return found

    @property
    def exact(self) -> Fraction:
        """The amount as a rational, in units of the currency."""
        return Fraction(self.amount)

    def __str__(self) -> str:
        """Return ``1,000.00 GBP``: thousands separated, at least the decimals of the minor unit."""
        return f"{self.amount:,f} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """Add an amount of the same currency; another currency raises CurrencyError."""
        return self._plus(other, 1) if _is(other, Money) else NotImplemented

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount of the same currency; another currency raises CurrencyError."""
        return self._plus(other, -1) if _is(other, Money) else NotImplemented

    def __lt__(self, other: Money) -> bool:
        """Compare with an amount of the same currency; another currency raises CurrencyError."""
        return self.amount < self._same(other).amount if _is(other, Money) else NotImplemented

    def __le__(self, other: Money) -> bool:
        """Compare with an amount of the same currency; another currency raises CurrencyError."""
        return self.amount <= self._same(other).amount if _is(other, Money) else NotImplemented

    def __gt__(self, other: Money) -> bool:
        """Compare with an amount of the same currency; another currency raises CurrencyError."""
        return self.amount > self._same(other).amount if _is(other, Money) else NotImplemented

    def __ge__(self, other: Money) -> bool:
        """Compare with an amount of the same currency; another currency raises CurrencyError."""
        return self.amount >= self._same(other).amount if _is(other, Money) else NotImplemented

    def _plus(self, other: Money, sign: int) -> Money:
        total = self.exact + sign * self._same(other).exact
        result = as_decimal(total)
        if Fraction(result) != total:
            raise PaymentError("amount", f"{self} and {other}", f"a sum that has {_LIMITS}")
        return Money(result, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            msg = f"{self} and {other} are different currencies: convert one at a stated rate first"
            raise CurrencyError(msg, code=other.currency)
        return other


_CODE: Final = r"[A-Za-z]{2,12}"
_RUN: Final = r"[+-]?[0-9][0-9.,]*"
_AMOUNT: Final = re.compile(rf"(?P<before>{_RUN})\s*(?P<last>{_CODE})|(?P<first>{_CODE})\s*(?P<after>{_RUN})", re.ASCII)
_WRITTEN: Final = "one number and one ISO 4217 code, such as '1000 GBP' or 'GBP 1,000.00'"


def _is(value: object, kind: type) -> bool:
    """Tell at run time what the annotations promise: not every caller has them checked."""
    return isinstance(value, kind)


def _refuse_not_text(value: object, what: str) -> NoReturn:
    reason = "; a binary float cannot hold every cent" if isinstance(value, float) else ""
    raise PaymentError(what, value, f"text: {_WRITTEN}{reason}")


def _padded(value: Decimal, places: int) -> Decimal:
    sign, digits, exponent = value.as_tuple()
    missing = places + exponent if isinstance(exponent, int) else 0
    return Decimal((sign, digits + (0,) * missing, -places)) if missing > 0 else value


def _check_number(number: str, code: str, text: str, what: str) -> None:
    if "," not in number:
        if number.count(".") > 1 or number.endswith("."):
            whole = number.replace(".", "")
            raise PaymentError(what, text, f"one decimal point, between digits; write '{whole} {code}'")
    elif not _GROUPED.fullmatch(number):
        bare = number.replace(",", "").replace(".", "")
        expected = "a comma only as thousands separator, each three digits, and a point as decimal sign"
        last = max(number.rfind(","), number.rfind("."))
        decimals = len(number) - last - 1
        if number[last] == "," and 0 < decimals <= minor_units(code):
            expected += f"; write '{bare[:-decimals]}.{bare[-decimals:]} {code}'"
        raise PaymentError(what, text, expected)


def _check_decimals(number: str, found: Money, text: str, what: str) -> None:
    places, code = minor_units(found.currency), found.currency
    written = len(number.partition(".")[2])
    if written <= max(places, 2) and (found.exact / minor_unit(code)).denominator == 1:
        return
    near = as_decimal(rounded(found.exact, minor_unit(code)), places)
    expected = f"at most {places} decimals: the minor unit of {code} is {as_decimal(minor_unit(code))}"
    if written == len("000") > places:
        expected += f"; if the point separates thousands, write '{number.replace('.', '')} {code}'"
    raise PaymentError(what, text, f"{expected}; nearest is '{near} {code}'")
