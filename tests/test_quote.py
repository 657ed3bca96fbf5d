"""A quote: parts that reconcile, ranges that are attained, and what third parties may still take."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycompare.curve import Curve
from paycompare.errors import PaymentError
from paycompare.money import Money
from paycompare.quote import Quote, quoted
from paycompare.reference.stack import References
from paycompare.scenario import price
from paycompare.terms import Payment, Range
from tests.making import CENT, convert, offer, spread, take

if TYPE_CHECKING:
    from paycompare.offer import Offer

DAY = date(2026, 10, 30)


def ask(made: Offer, pays: str = "100 GBP", *, side: str = "pays", to: str = "KE/KES") -> Quote:
    """Price an offer for a payment."""
    payment = Payment.ask(**{side: pays}, sender="GB/GBP", to=to if made.payout_currency == "KES" else "JE/GBP", at=DAY)
    scenarios = price(made, payment.side, payment.fixed.exact, payment.fixed.currency)
    reference = References(on=DAY, user={"GBP/KES": "160"}).rate("GBP", made.payout_currency)
    return quoted(made, payment, scenarios, reference, "complete")


small = st.integers(0, 90).map(lambda n: Fraction(n, 997))


@given(
    small,
    small,
    small,
    st.sampled_from(["on_top", "from_amount", "billed_later"]),
    st.sampled_from(["pays", "sends"]),
    st.integers(20, 5000),
)
def test_the_parts_sum_to_what_was_lost_in_every_case(
    fee: Fraction, low: Fraction, more: Fraction, bite: str, side: str, pays: int
) -> None:
    """Exactly: the values of the parts sum to paid less landed at the reference; displayed: the cents sum too."""
    made = offer(
        take("fee", spread(Curve.line(fee)), bite),  # type: ignore[arg-type]  # one of the three bites
        convert(spread(str(low), str(low + more), "margin") if more else spread(Curve.constant(low))),
        take("receiving", spread("7"), "from_amount", currency="KES", owner="payee_institution"),
    )
    quote = ask(made, f"{pays} GBP", side=side)
    for case in quote.cases:
        assert sum(part.value for part in case.parts) == case.lost
        assert case.lost == case.paid.exact - case.landed.exact / 160
        shown = sum(part.shown.exact for part in case.parts)
        assert abs(shown - case.lost) <= CENT / 2
        assert all(abs(part.shown.exact - part.value) < CENT for part in case.parts)


def test_the_margin_part_is_the_margin_share_of_what_was_converted() -> None:
    """90 GBP converted at 2 percent under 160 lands 14,112 KES: the margin is 2 percent of 90, 1.80 GBP."""
    quote = ask(offer(take("fee", spread("10"), "from_amount"), convert(spread("0.02"))))
    assert [(part.name, str(part.value.high)) for part in quote.parts] == [
        ("fee", "10.00 GBP"),
        ("fx_margin", "1.80 GBP"),
    ]
    assert str(quote.landed) == "14,112.00 KES"


def test_what_is_billed_later_is_paid_all_the_same() -> None:
    """A fee of 3 billed at the end of the month counts: 97 is sent, 100 is paid, 3 of it later."""
    case = ask(offer(take("fee", spread("3"), "billed_later"))).cases[0]
    assert (str(case.paid), str(case.later), str(case.landed)) == ("100.00 GBP", "3.00 GBP", "97.00 GBP")


def test_what_cannot_be_spent_is_said() -> None:
    """A fee of 30 up to 10,000.00 and 50 above leaves 10.00 of 10,040.00 with the payer."""
    steps = Curve.bands([(Fraction(10_000), True, Curve.constant(30)), (None, False, Curve.constant(50))])
    quote = ask(offer(take("fee", spread(steps))), "10040 GBP")
    assert (str(quote.unspent), quote.overshoot) == ("10.00 GBP", None)


def test_what_lands_beyond_the_target_is_said() -> None:
    """At 160 KES a penny is 1.60 KES: to land 100.00 KES one pays 0.63 GBP, which lands 100.80."""
    quote = ask(offer(convert(spread("0"))), "100 KES", side="gets")
    assert (str(quote.paid), str(quote.overshoot), quote.unspent) == ("0.63 GBP", "0.80 KES", None)


def test_a_provider_that_beats_the_reference_has_a_negative_cost() -> None:
    """A margin of minus one percent lands more than the reference gives; the part is negative and flagged."""
    quote = ask(offer(convert(spread("-0.01"))))
    assert str(quote.parts[0].value) == "-1.00 GBP"
    assert "beats the reference rate" in quote.flags
    cost = quote.cost()
    assert cost is not None
    assert cost.percent == "-1.00%"


def test_expected_landing_is_a_range_after_typical_deductions() -> None:
    """Third parties that typically take 500 to 1,000 KES leave 15,000 to 15,500 of 16,000; else nothing is said."""
    made = offer(convert(spread("0")), unknowns=frozenset({"correspondents:KES"}))
    payment = Payment.ask("100 GBP", sender="GB/GBP", to="KE/KES", at=DAY)
    scenarios = price(made, "pays", Fraction(100), "GBP")
    reference = References(on=DAY, user={"GBP/KES": "160"}).rate("GBP", "KES")
    typical = Range(Fraction(500), Fraction(1000))
    known = quoted(made, payment, scenarios, reference, "complete", expected_deductions=typical)
    assert str(known.landed_expected) == "15,000.00 KES to 15,500.00 KES"
    assert quoted(made, payment, scenarios, reference, "complete").landed_expected is None


def test_without_unknowns_what_is_expected_is_what_is_disclosed() -> None:
    """Nobody else takes anything, so both are the same."""
    quote = ask(offer(convert(spread("0"))))
    assert quote.landed_expected == quote.landed


def test_a_cost_is_named_and_its_money_is_in_the_payers_currency() -> None:
    """10 GBP fee and 2 percent of 90: 11.80 GBP of 100 paid."""
    cost = ask(offer(take("fee", spread("10"), "from_amount"), convert(spread("0.02")))).cost("landed_cost")
    assert cost is not None
    assert (cost.percent, cost.money.low) == ("11.80%", Money.of("11.80", "GBP"))


def test_an_unknown_cost_name_is_refused() -> None:
    """A quote has only the costs that have a definition."""
    with pytest.raises(PaymentError, match="measure"):
        ask(offer(take("fee", spread("1")))).cost("total")


def test_a_charge_between_two_conversions_is_no_margin() -> None:
    """100 GBP become 16,000 KES, 1,600 are taken, the rest goes back at no margin: 10 lost, none of it in the rate."""
    made = offer(
        convert(spread("0")),
        take("between", spread("1600"), "from_amount", base="held", currency="KES"),
        replace(convert(spread("0"), source="KES", target="GBP"), name="back"),
        payout_currency="GBP",
    )
    quote = ask(made)
    assert str(quote.landed) == "90.00 GBP"
    costs = {measure: quote.cost(measure) for measure in ("landed_cost", "margin_on_value")}
    assert {name: cost and cost.percent for name, cost in costs.items()} == {
        "landed_cost": "10.00%",
        "margin_on_value": "0.00%",
    }


def test_a_quote_is_one_line_in_a_session() -> None:
    """An interactive session shows who, what is paid and what lands; the figures are attributes."""
    quote = ask(offer(take("fee", spread("10"), "from_amount")))
    assert repr(quote) == "<Quote bank/out: pays 100.00 GBP, lands 90.00 GBP, complete>"


def test_what_comes_back_is_a_line_of_its_own() -> None:
    """A creditable tax of 20 percent on 100 is shown beside the total: in no part, in no cost, with its amount."""
    tax = take("tax_at_source", spread(Curve.line(Fraction(1, 5))), "aside", owner="state")
    quote = ask(offer(take("fee", spread("1"), "on_top"), tax), "101 GBP")
    assert [part.name for part in quote.parts] == ["fee"]
    assert (str(quote.paid), str(quote.landed)) == ("101.00 GBP", "100.00 GBP")
    assert [(part.name, str(part.taken), part.bite) for part in quote.aside] == [
        ("tax_at_source", "20.00 GBP", "aside")
    ]
    beside = quote.separate[0]
    assert (beside.name, str(beside.amount), beside.included) == ("tax_at_source", "20.00 GBP", False)
