"""Costs have names: each definition gives its own number, and they never mix."""

from __future__ import annotations

from fractions import Fraction

import pytest

from paycompare.errors import PaymentError
from paycompare.measure import MEASURES, Cost, Figures, margin_to_markup, markup_to_margin, measured
from paycompare.money import Money
from paycompare.terms import Range

# 1,000 paid, 10 of it a fee on top; 990 converted at a margin of 3.5 percent.
FIGURES = Figures(
    paid=Fraction(1000),
    landed=Fraction("955.35"),
    principal=Fraction(990),
    converted=Fraction(990),
    delivered=Fraction("955.35"),
)


@pytest.mark.parametrize(
    ("measure", "share"),
    [
        ("landed_cost", Fraction("44.65") / 1000),
        ("rpw", Fraction(10) / 990 + Fraction("0.035")),
        ("margin_on_value", Fraction("0.035")),
        ("markup_over_reference", Fraction("0.035") / Fraction("0.965")),
        ("cost_over_delivered", Fraction(1000) / Fraction("955.35") - 1),
        ("implicit_cost", Fraction("34.65") / 990),
    ],
)
def test_each_measure_is_its_published_formula(measure: str, share: Fraction) -> None:
    """The share is the formula of the policy table, worked out by hand on one payment."""
    found = measured(FIGURES, measure)
    assert found is not None
    assert found[0] / found[1] == share


def test_every_measure_has_a_formula() -> None:
    """No name is offered that cannot be worked out."""
    assert all(measured(FIGURES, measure) for measure in MEASURES)


@pytest.mark.parametrize("measure", ["rpw", "margin_on_value", "markup_over_reference"])
def test_a_measure_that_needs_the_split_is_none_without_it(measure: str) -> None:
    """A source that gives only paid and landed has no margin to report."""
    bare = Figures(paid=Fraction(1000), landed=Fraction(955), principal=Fraction(1000), converted=None, delivered=None)
    assert measured(bare, measure) is None


def test_a_margin_of_three_and_a_half_percent_is_a_larger_mark_up() -> None:
    """3.5 percent of the value is 3.627 percent over the applied rate, and back."""
    markup = margin_to_markup(Fraction("0.035"))
    assert Fraction("0.036269") < markup < Fraction("0.036270")
    assert markup_to_margin(markup) == Fraction("0.035")


def test_an_unknown_measure_names_the_nearest() -> None:
    """A misspelt measure is refused with the name that was probably meant."""
    with pytest.raises(PaymentError, match="nearest is 'landed_cost'"):
        measured(FIGURES, "landed_costs")


def cost(measure: str, share: str) -> Cost:
    """Make a cost of a known share."""
    point = Range(Fraction(share), Fraction(share))
    return Cost(measure, point, Range(Money.of("1", "GBP"), Money.of("1", "GBP")))  # type: ignore[arg-type]


def test_costs_of_one_measure_compare_by_their_worst_case() -> None:
    """A smaller share is less; two definitions cannot be compared at all."""
    assert cost("rpw", "0.02") < cost("rpw", "0.03")
    with pytest.raises(TypeError, match="different numbers"):
        assert cost("rpw", "0.02") < cost("landed_cost", "0.03")


def test_a_negative_cost_is_shown_and_flagged() -> None:
    """A provider that beats the reference costs less than nothing; it is not clamped."""
    found = cost("landed_cost", "-0.0125")
    assert found.negative
    assert str(found) == "-1.25% (landed_cost)"
