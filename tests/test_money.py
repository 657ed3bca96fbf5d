"""Exact numbers, rounding, apportionment, amounts and currency codes."""

from __future__ import annotations

import decimal
import math
import operator
import pickle
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import iso4217
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paycompare import currencies
from paycompare.errors import CurrencyError, PaymentError
from paycompare.money import (
    Money,
    apportion,
    as_decimal,
    currency,
    exact,
    minor_unit,
    minor_units,
    redenominations,
    retired,
    rounded,
    unit_changed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paycompare.money import Mode

CENT = Fraction(1, 100)
LIMITS = "at most 30 digits and an exponent between -30 and 30"
ROUNDINGS: dict[Mode, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}
NOT_PAYABLE = {
    "XAU",
    "XAG",
    "XPT",
    "XPD",
    "XDR",
    "XSU",
    "XUA",
    "XBA",
    "XBB",
    "XBC",
    "XBD",
    "XTS",
    "XXX",
    "BOV",
    "CLF",
    "COU",
    "MXV",
    "CHE",
    "CHW",
    "USN",
    "UYI",
    "UYW",
    "XAD",
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.1", Fraction(1, 10)),
        (" -2.50 ", Fraction(-5, 2)),
        ("+.5", Fraction(1, 2)),
        ("007", Fraction(7)),
        ("1e-3", Fraction(1, 1000)),
        ("2.5E2", Fraction(250)),
        ("1e30", Fraction(10**30)),
        ("1e-30", Fraction(1, 10**30)),
        ("9" * 30, Fraction(10**30 - 1)),
        ("0e-99999", Fraction(0)),
        (12, Fraction(12)),
        (-(10**30), Fraction(-(10**30))),
        (Decimal("0.10"), Fraction(1, 10)),
        (Decimal("-3E+2"), Fraction(-300)),
        (Decimal("-0"), Fraction(0)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_numbers_come_in_exactly(value: object, expected: Fraction) -> None:
    """Text, int, Decimal and Fraction keep their value to the last digit."""
    assert exact(value, what="fee") == expected


@pytest.mark.parametrize(
    "value",
    [
        "1e-5000000",
        "1e5000000",
        Decimal("1e-5000000"),
        Decimal("1e5000000"),
        "1e31",
        "1e-31",
        "1" * 31,
        "0." + "1" * 31,
        "1" * 5_000_000,
        "1e" + "9" * 5_000_000,
        10**60 + 1,
        7 * 10**2_000_000,
        Decimal("1" * 31),
        Decimal("1" * 200),
    ],
    ids=lambda value: f"{type(value).__name__}",
)
def test_numbers_of_hostile_size_are_refused_unbuilt(value: object) -> None:
    """A number beyond 30 digits or the thirtieth power of ten is refused, and its message stays short."""
    with pytest.raises(PaymentError) as caught:
        exact(value, what="fee")
    assert caught.value.field == "fee"
    assert caught.value.expected == LIMITS
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "value", ["", " ", "abc", "1,5", "1..2", "1.", ".", "e5", "--1", "0x10", "nan", "inf", "٣", "1\u00a0000", "\u22125"]
)
def test_text_that_is_no_plain_number_is_refused(value: str) -> None:
    """Anything but ASCII digits, one point, a sign and an exponent is refused with an example of what is read."""
    with pytest.raises(PaymentError, match=r"a plain decimal number such as '1250\.75'"):
        exact(value, what="fee")


@pytest.mark.parametrize(
    ("value", "remedy"),
    [("2.5%", "'0.025'"), ("-100 %", "'-1'"), ("0.0001%", "'0.000001'"), ("1,000.5", "'1000.5'"), ("1_000", "'1000'")],
)
def test_near_numbers_are_answered_with_what_to_write(value: str, remedy: str) -> None:
    """A percent sign, a thousands separator or an underscore is refused with the same number as it is written."""
    with pytest.raises(PaymentError) as caught:
        exact(value, what="fee")
    assert caught.value.expected.endswith(remedy)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_only_finite_decimals_come_in(value: Decimal) -> None:
    """A Decimal that is no finite number is refused."""
    with pytest.raises(PaymentError, match="a finite number"):
        exact(value, what="fee")


def test_a_float_is_refused_with_the_reason() -> None:
    """0.1 is refused because binary floats cannot hold it, and the message says to write '0.1'."""
    with pytest.raises(PaymentError, match=r"binary float cannot hold .* write '0\.1'"):
        exact(0.1, what="fee")
    with pytest.raises(PaymentError, match="binary float"):
        exact(math.nan, what="fee")


@pytest.mark.parametrize("value", [True, False, None, b"1", [1], 1j])
def test_what_is_no_number_is_refused(value: object) -> None:
    """Truth values, nothing, bytes, lists and complex numbers are no amounts."""
    with pytest.raises(PaymentError, match=r"^fee: found "):
        exact(value, what="fee")


decimals = st.builds(
    lambda coefficient, places: Decimal(coefficient).scaleb(-places, decimal.Context(prec=60)),
    st.integers(-(10**30) + 1, 10**30 - 1),
    st.integers(0, 30),
)


@given(decimals)
def test_exact_and_as_decimal_are_inverse(value: Decimal) -> None:
    """Whatever the door lets in goes out as the same number, also under a context of two digits."""
    with decimal.localcontext() as context:
        context.prec = 2
        assert as_decimal(exact(value, what="fee")) == value
        assert as_decimal(exact(str(value), what="fee")) == value


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(1, 8), None, "0.125"),
        (Fraction(1000), None, "1000"),
        (Fraction(-1, 200), None, "-0.005"),
        (Fraction(0), None, "0"),
        (Fraction(1, 3), None, "0." + "3" * 28),
        (Fraction(2, 3), None, "0." + "6" * 27 + "7"),
        (Fraction(-2, 3000), None, "-0.000" + "6" * 26 + "7"),  # 30 decimals, not 28 digits
        (Fraction(1, 3 * 10**9), None, "0." + "0" * 9 + "3" * 21),
        (Fraction(1, 10**31), None, "0." + "0" * 30),
        (Fraction(1, 2**40), None, "0.000000000000909494701772928238"),  # 9.09494701772928237915...E-13
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Fraction(5), 2, "5.00"),
        (Fraction(5, 2), 0, "3"),
    ],
)
def test_rationals_go_out_as_decimals(value: Fraction, places: int | None, expected: str) -> None:
    """A terminating number keeps its digits, another gets 28, and places round ties away from zero."""
    assert str(as_decimal(value, places)) == str(Decimal(expected))


@given(st.fractions())
def test_a_decimal_is_never_off_by_more_than_half_its_last_digit(value: Fraction) -> None:
    """What as_decimal leaves out is at most half a unit of the twenty-eighth digit, or of the thirtieth decimal."""
    error = abs(Fraction(as_decimal(value)) - value)
    assert error <= max(abs(value) * Fraction(1, 2 * 10**27), Fraction(1, 2 * 10**30))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("half_up", [3, 2, 3, 4, -3, -2, -3, -4, 0]),
        ("half_even", [2, 2, 3, 4, -2, -2, -3, -4, 0]),
        ("up", [3, 3, 3, 4, -3, -3, -3, -4, 0]),
        ("down", [2, 2, 2, 3, -2, -2, -2, -3, 0]),
    ],
)
def test_the_four_roundings(mode: Mode, expected: list[int]) -> None:
    """Of 2.5, 2.4, 2.6, 3.5 and their negatives each mode makes what its definition says."""
    values = [Fraction(text) for text in ("2.5", "2.4", "2.6", "3.5", "-2.5", "-2.4", "-2.6", "-3.5", "0")]
    assert [rounded(value, Fraction(1), mode) for value in values] == expected


def test_any_step_can_be_rounded_to() -> None:
    """125 goes to 150 by fifties (2.5 of them, a tie), and 0.12 to 0.10 by five-cent pieces."""
    assert rounded(Fraction(125), Fraction(50)) == 150
    assert rounded(Fraction("0.12"), Fraction("0.05")) == Fraction("0.10")
    assert rounded(Fraction(1, 2), Fraction(1, 3)) == Fraction(2, 3)  # 1/2 is 1.5 thirds: a tie, away from zero


@given(
    st.decimals(-(10**9), 10**9, places=4),
    st.sampled_from([0, 1, 2, 3]),
    st.sampled_from(sorted(ROUNDINGS)),
)
def test_rounding_agrees_with_decimal_arithmetic(value: Decimal, places: int, mode: Mode) -> None:
    """On powers of ten every mode gives what IEEE 854 rounding in the decimal module gives."""
    expected = value.quantize(Decimal(1).scaleb(-places), rounding=ROUNDINGS[mode])
    assert rounded(Fraction(value), Fraction(1, 10**places), mode) == Fraction(expected)


@given(st.fractions(max_denominator=10**6), st.fractions(Fraction(1, 1000), 1000), st.sampled_from(sorted(ROUNDINGS)))
def test_rounding_lands_on_the_grid_less_than_a_step_away(value: Fraction, step: Fraction, mode: Mode) -> None:
    """The result is a multiple of the step, and the mode bounds how far and on which side it lies."""
    result = rounded(value, step, mode)
    assert (result / step).denominator == 1
    assert rounded(-value, step, mode) == -result
    if mode == "up":
        assert 0 <= abs(result) - abs(value) < step
    elif mode == "down":
        assert 0 <= abs(value) - abs(result) < step
    else:
        assert abs(result - value) <= step / 2


def test_a_step_is_above_zero_and_a_mode_is_known() -> None:
    """A step of zero or less and an unknown mode are refused, the mode with the nearest."""
    for step in (Fraction(0), Fraction(-1)):
        with pytest.raises(PaymentError, match="a step above zero"):
            rounded(Fraction(1), step)
    wrong: Any = "half-up"
    with pytest.raises(PaymentError, match="nearest is 'half_up'"):
        rounded(Fraction(1), CENT, wrong)


@pytest.mark.parametrize(
    ("parts", "total", "expected"),
    [
        (["10/3", "10/3", "10/3"], "10", ["3.34", "3.33", "3.33"]),
        (["0.005", "0.005"], "0.01", ["0.01", "0"]),  # a tie: the first
        (["0.004", "0.006"], "0.01", ["0", "0.01"]),
        (["-0.004", "0.014"], "0.01", ["0", "0.01"]),  # floors -0.01 and 0.01, one step missing: the larger remainder
        (["-1.005", "-1.005"], "-2.01", ["-1", "-1.01"]),  # floors -1.01 each, one step up to the first
        (["1.50", "0.333", "0.333"], "2.17", ["1.50", "0.34", "0.33"]),  # on the grid stays as it is
        (["0.3"], "1", ["1"]),  # a total rounded up
        ([], "0", []),
    ],
)
def test_parts_are_brought_to_the_grid(parts: list[str], total: str, expected: list[str]) -> None:
    """Missing steps go to the largest remainders, ties in the given order, also among negative parts."""
    step = Fraction(1) if parts == ["0.3"] else CENT
    shown = apportion([Fraction(part) for part in parts], Fraction(total), step)
    assert shown == [Fraction(part) for part in expected]


def closest(parts: Sequence[Fraction], total: Fraction, step: Fraction) -> list[Fraction]:
    """Find by trial the roundings that add up to a total with the least squared error, earlier parts raised first."""
    ends = [(part // step * step, -(-part // step) * step) for part in parts]
    sums = [shown for shown in product(*ends) if sum(shown) == total]
    order = {shown: [-one for one in shown] for shown in sums}
    best = min(
        sums,
        key=lambda shown: (sum((one - part) ** 2 for one, part in zip(shown, parts, strict=True)), order[shown]),
    )
    return list(best)


@given(
    st.lists(st.fractions(-5, 5, max_denominator=400), min_size=1, max_size=7),
    st.sampled_from([Fraction(1, 100), Fraction(1, 2), Fraction(1)]),
    st.sampled_from(sorted(ROUNDINGS)),
)
@example([Fraction(1, 2)] * 4, Fraction(1), "half_up")
def test_apportioned_parts_are_the_closest_that_add_up(parts: list[Fraction], step: Fraction, mode: Mode) -> None:
    """Among all ways to take each part up or down, the least squared error is found, and the sum is exact."""
    total = rounded(sum(parts, Fraction(0)), step, mode)
    shown = apportion(parts, total, step)
    assert sum(shown) == total
    assert shown == closest(parts, total, step)


@pytest.mark.parametrize(
    ("parts", "total", "step"),
    [("1", "1.005", "0.01"), ("1", "1.01", "0.01"), ("1", "0.99", "0.01"), ("1", "1", "0"), ("1", "1", "-1")],
)
def test_a_total_must_be_the_rounded_sum(parts: str, total: str, step: str) -> None:
    """A total off the grid, or a step or more from the sum, and a step of zero or less, are refused."""
    with pytest.raises(PaymentError, match=r"^total: "):
        apportion([Fraction(parts)], Fraction(total), Fraction(step))


@pytest.mark.parametrize(
    ("text", "amount", "code", "shown"),
    [
        ("1000 GBP", "1000.00", "GBP", "1,000.00 GBP"),
        ("GBP 1,000.00", "1000.00", "GBP", "1,000.00 GBP"),
        ("  GBP1000 ", "1000.00", "GBP", "1,000.00 GBP"),
        ("-5.5EUR", "-5.50", "EUR", "-5.50 EUR"),
        ("+0 USD", "0.00", "USD", "0.00 USD"),
        ("-0 USD", "0.00", "USD", "0.00 USD"),
        ("1,234,567 JPY", "1234567", "JPY", "1,234,567 JPY"),
        ("10.00 JPY", "10", "JPY", "10 JPY"),
        ("1.500 KWD", "1.500", "KWD", "1.500 KWD"),
        ("12 RMB", "12.00", "CNY", "12.00 CNY"),
        ("12 HRK", "12.00", "HRK", "12.00 HRK"),
        ("120 BYR", "120", "BYR", "120 BYR"),
    ],
)
def test_amounts_are_read_and_shown(text: str, amount: str, code: str, shown: str) -> None:
    """A number and a code in either order become an amount with the currency's minor units."""
    money = Money.parse(text)
    assert (str(money.amount), money.currency, str(money)) == (amount, code, shown)
    assert Money.parse(str(money)) == money
    assert money.exact == Fraction(amount)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1,00.0 GBP", "a comma only as thousands separator"),
        ("1.000,00 EUR", "a comma only as thousands separator, each three digits, and a point as decimal sign"),
        ("1.000,00 EUR", "write '1000.00 EUR'"),
        ("0,50 EUR", "write '0.50 EUR'"),
        ("0,500 KWD", "write '0.500 KWD'"),
        ("10,00 JPY", "a comma only as thousands separator"),
        ("1,000, GBP", "a comma only as thousands separator"),
        ("1.000.000 EUR", "write '1000000 EUR'"),
        ("1. GBP", "one decimal point, between digits"),
        ("1.000 EUR", "if the point separates thousands, write '1000 EUR'"),
        ("JPY 10.5", "at most 0 decimals: the minor unit of JPY is 1; nearest is '11 JPY'"),
        ("0.001 GBP", "at most 2 decimals: the minor unit of GBP is 0.01"),
        ("1.0000 KWD", "at most 3 decimals: the minor unit of KWD is 0.001; nearest is '1.000 KWD'"),
        ("1000", "one number and one ISO 4217 code, such as '1000 GBP'"),
        ("GBP", "one number and one ISO 4217 code"),
        ("£1000", "one number and one ISO 4217 code"),
        ("1_000 GBP", "one number and one ISO 4217 code"),
        ("1e3 GBP", "one number and one ISO 4217 code"),
        ("GBP 5 GBP", "one number and one ISO 4217 code"),
        ("1000 GBP" + " " * 1_000_000, "one number and one ISO 4217 code"),
        ("1" * 31 + " GBP", LIMITS),
    ],
)
def test_amounts_that_could_be_misread_are_refused(text: str, remedy: str) -> None:
    """Other separators, other notations and more decimals than the currency has are refused with a remedy."""
    with pytest.raises(PaymentError) as caught:
        Money.parse(text)
    assert remedy in caught.value.expected
    assert len(str(caught.value)) < 500


def test_the_error_of_an_amount_names_the_argument() -> None:
    """The caller's own name of the argument stands in the error."""
    with pytest.raises(PaymentError) as caught:
        Money.parse("a lot", what="pays")
    assert (caught.value.field, caught.value.found) == ("pays", "a lot")


def test_amounts_are_text_int_or_decimal_never_float() -> None:
    """Every way to make an amount refuses a float and says why."""
    value: Any = 10.5
    for make in (Money.parse, lambda it: Money.of(it, "GBP"), lambda it: Money(it, "GBP")):
        with pytest.raises(PaymentError, match="binary float"):
            make(value)
    text: Any = "10.50"
    with pytest.raises(PaymentError, match=r"Money\.of"):
        Money(text, "GBP")
    nothing: Any = None
    with pytest.raises(PaymentError, match="text: one number"):
        Money.parse(nothing)
    assert Money.of("10.50", "GBP") == Money.of(Decimal("10.5"), "GBP") == Money(Decimal("10.500"), "GBP")
    assert Money.of(10, "GBP") == Money.parse("10 GBP")


def test_amounts_keep_more_digits_than_the_minor_unit() -> None:
    """A tenth of a cent is a legal amount outside text, is shown in full, and idle zeros are not."""
    assert str(Money.of("1234.5670", "GBP")) == "1,234.567 GBP"
    assert str(Money.of(Decimal("1E-7"), "GBP")) == "0.0000001 GBP"
    assert str(Money.of(Decimal("1E+3"), "JPY")) == "1,000 JPY"
    assert repr(Money.of(Decimal("1E+3"), "GBP")) == "Money(amount=Decimal('1000.00'), currency='GBP')"


def test_amounts_of_one_currency_add_and_order() -> None:
    """0.10 and 0.20 are 0.30, less than 0.40; the decimal context does not matter."""
    ten, twenty = Money.parse("0.10 GBP"), Money.parse("0.20 GBP")
    assert ten + twenty == Money.parse("0.30 GBP")
    assert ten - twenty == Money.parse("-0.10 GBP")
    assert ten < twenty
    assert ten <= twenty
    assert twenty > ten
    assert twenty >= ten
    assert not ten > twenty
    assert not ten >= twenty
    assert ten <= Money.of("0.1", "GBP") <= ten
    assert hash(ten) == hash(Money.of("0.1", "GBP"))
    with decimal.localcontext() as context:
        context.prec = 2
        assert str(Money.of("12345.67", "GBP") + ten) == "12,345.77 GBP"
    assert pickle.loads(pickle.dumps(ten)) == ten  # noqa: S301 -- its own bytes


def test_amounts_of_two_currencies_do_not_mix() -> None:
    """Adding, subtracting and ordering name both amounts; equality is False."""
    pounds, euros = Money.parse("1 GBP"), Money.parse("1 EUR")
    assert pounds != euros
    for operate in (operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(CurrencyError, match=r"1\.00 GBP and 1\.00 EUR") as caught:
            operate(pounds, euros)
        assert caught.value.code == "EUR"


def test_amounts_and_plain_numbers_do_not_mix() -> None:
    """A number without a currency is neither added to, subtracted from nor compared with an amount."""
    pound: Any = Money.parse("1 GBP")
    for operate in (operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError):
            operate(pound, 1)
    assert pound != 1


def test_a_sum_is_never_rounded() -> None:
    """A sum that would need more than 30 digits is refused instead of losing some."""
    large, small = Money.of("1e30", "GBP"), Money.of("1e-30", "GBP")
    with pytest.raises(PaymentError, match="a sum that has at most 30 digits"):
        large + small


@given(decimals, decimals)
def test_what_is_added_can_be_taken_away(first: Decimal, second: Decimal) -> None:
    """Adding and subtracting is exact, or refused."""
    one, two = Money.of(first, "KES"), Money.of(second, "KES")
    try:
        total = one + two
    except PaymentError:
        return
    assert total.exact == Fraction(first) + Fraction(second)
    assert total.exact - two.exact == one.exact


def test_codes_and_minor_units_are_those_of_iso_4217() -> None:
    """Every payable code of the ISO list is known with the list's digits, every other code of it is refused."""
    listed = {code: str(entry["CcyMnrUnts"]) for code, entry in iso4217.raw_table.items() if code}
    assert set(listed) >= NOT_PAYABLE
    for code in NOT_PAYABLE:
        with pytest.raises(CurrencyError, match="nobody can be paid in it"):
            currency(code)
    aliases = {"VED": "VES"}
    for code in set(listed) - NOT_PAYABLE:
        assert currency(code) == aliases.get(code, code)
        assert minor_units(code) == int(listed[code])


@pytest.mark.parametrize(
    ("code", "digits"),
    [("JPY", 0), ("XOF", 0), ("ISK", 0), ("HUF", 2), ("TWD", 2), ("IDR", 2), ("MGA", 2), ("KWD", 3), ("HRK", 2)],
)
def test_minor_units(code: str, digits: int) -> None:
    """HUF, TWD and IDR have the two digits of ISO 4217, whatever cash machines do."""
    assert minor_units(code) == digits
    assert minor_unit(code) == Fraction(1, 10**digits)


@pytest.mark.parametrize(
    ("alias", "code"),
    [("ZIG", "ZWG"), ("VED", "VES"), ("RMB", "CNY"), ("GGP", "GBP"), ("IMP", "GBP"), ("JEP", "GBP")],
)
def test_aliases_mean_one_currency(alias: str, code: str) -> None:
    """Codes in use beside the list are read as the currency they plainly mean."""
    assert currency(alias) == code
    assert minor_units(alias) == 2


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("CFA", "XOF in West Africa, XAF in Central Africa"),
        ("CNH", "what lands in China is CNY"),
        ("SDR", "XDR"),
        ("EURO", "nearest is 'EUR'"),
        ("gbp", "nearest is 'GBP'"),
        ("GPB", "nearest is 'GBP'"),
        ("", "an ISO 4217 code in capitals"),
        ("X" * 1_000_000, "an ISO 4217 code in capitals"),
        (None, "an ISO 4217 code in capitals"),
    ],
)
def test_codes_that_mean_no_one_currency(code: Any, says: str) -> None:
    """An ambiguous, offshore or unknown code is refused with what to write instead."""
    with pytest.raises(CurrencyError) as caught:
        currency(code)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("code", "successor", "ratio", "until"),
    [
        ("LTL", "EUR", "3.4528", "2015-01-01"),
        ("BYR", "BYN", "10000", "2016-07-01"),
        ("STD", "STN", "1000", "2018-01-01"),
        ("MRO", "MRU", "10", "2018-01-01"),
        ("VEF", "VES", "100000", "2018-08-20"),
        ("CUC", "CUP", None, "2021-01-01"),
        ("SLL", "SLE", "1000", "2022-07-01"),
        ("HRK", "EUR", "7.53450", "2023-01-01"),
        ("ZWL", "ZWG", "2498.7242", "2024-04-08"),
        ("ANG", "XCG", "1", "2025-03-31"),
        ("BGN", "EUR", "1.95583", "2026-01-01"),
        ("DEM", "EUR", "1.95583", "1999-01-01"),
    ],
)
def test_retired_codes_name_their_successor(code: str, successor: str, ratio: str | None, until: str) -> None:
    """A retired code is refused from its last day on and without a day, and valid before."""
    end = date.fromisoformat(until)
    before = date.fromordinal(end.toordinal() - 1)
    assert currency(code, on=before) == code
    for day in (end, None):
        with pytest.raises(
            CurrencyError, match=f"^{code} is no longer in use since {until}: write {successor}"
        ) as caught:
            currency(code, on=day)
        error = caught.value
        assert (error.code, error.successor, error.until) == (code, successor, end)
        assert error.ratio == (Fraction(ratio) if ratio else None)
    assert currency(successor, on=end) == successor


def test_a_retired_code_says_when_its_successor_changed_too() -> None:
    """VEB became VEF and VEF became VES, whose unit changed once more: a ratio alone would mislead by a million."""
    with pytest.raises(CurrencyError, match="write VES, 100000 VEF to 1 VES; later 1000000 old VES became 1 new"):
        currency("VEF")
    with pytest.raises(CurrencyError, match=r"write VEF \(today VES\), 1000 VEB to 1 VEF"):
        currency("VEB")
    with pytest.raises(CurrencyError, match=r"write EUR, 7\.5345 HRK to 1 EUR$"):
        currency("HRK")


def test_a_code_is_not_in_use_before_its_first_day() -> None:
    """XCG came on 31 March 2025 and the euro on 1 January 1999; the Cuban peso is older than the end of CUC."""
    with pytest.raises(CurrencyError, match="XCG is not in use before 2025-03-31; on 2025-03-30 it was ANG"):
        currency("XCG", on=date(2025, 3, 30))
    with pytest.raises(CurrencyError, match=r"EUR is not in use before 1999-01-01$"):
        currency("EUR", on=date(1998, 12, 31))
    assert currency("CUP", on=date(2020, 1, 1)) == "CUP"


def test_no_code_is_both_retired_and_listed() -> None:
    """The table of retired codes and today's ISO list do not overlap, and every successor is in one of them."""
    listed = set(iso4217.raw_table)
    assert not set(retired()) & listed
    assert all(change.successor in listed | set(retired()) for change in retired().values())
    assert all(change.code in listed for change in redenominations())


@pytest.mark.parametrize(
    ("code", "first", "last", "ratio"),
    [
        ("SYP", "2025-12-31", "2026-01-01", 100),
        ("SYP", "2026-01-01", "2025-12-31", 100),
        ("SYP", "2026-01-01", "2026-06-01", None),
        ("SYP", "2025-01-01", "2025-12-31", None),
        ("VES", "2021-09-30", "2021-10-01", 1_000_000),
        ("VES", "2021-10-01", "2026-01-01", None),
        ("GBP", "1999-01-01", "2026-01-01", None),
        ("HRK", "2022-12-31", "2023-01-01", None),
    ],
)
def test_a_unit_can_change_under_its_code(code: str, first: str, last: str, ratio: int | None) -> None:
    """100 old Syrian pounds are 1 new from 2026 on, a million bolivars are 1 from October 2021 on."""
    between = (date.fromisoformat(first), date.fromisoformat(last))
    assert unit_changed(code, between=between) == ratio


def test_the_missing_list_of_currencies_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the iso4217 package the error says which package is missing."""
    monkeypatch.setattr(currencies, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="iso4217"):
        currencies._iso.__wrapped__()  # noqa: SLF001 -- the reader itself, past its cache
