"""Where a walk ends: prices that stop, margins that leave nothing, rates quoted the other way, and limits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from paycompare.curve import Curve
from paycompare.kernel import compiled
from paycompare.money import Rounding
from paycompare.offer import Limit
from paycompare.scenario import price
from paycompare.search import cheapest_reaching
from paycompare.walk import Chain, ConvertStep, TakeStep
from tests.making import convert, offer, spread, take
from tests.test_quote import ask

if TYPE_CHECKING:
    from paycompare.walk import Walk

CENT = Fraction(1, 100)
UNIT = Fraction(1)
UP_TO_100 = Curve.bands([(100, True, Curve.constant(Fraction("0.01")))])


CENTS = Rounding(CENT)


def bounded(chain: Chain, low: int, high: int) -> tuple[int, int] | None:
    """Return the bounds of what lands of principals between two whole amounts."""
    kernel = compiled(chain, CENT)
    bounds = kernel.bounds(low * 100, high * 100)
    return bounds and (int(bounds.landed_low * kernel.landed_unit), int(bounds.landed_high * kernel.landed_unit))


def charge(curve: Curve, *, base: str = "held", bite: str = "from_amount") -> TakeStep:
    """Take a charge."""
    return TakeStep("fee", ((base, UNIT),), curve, bite, UNIT, CENTS)


def conversion(margin: Curve | str, *, reference: str = "160", stated: str | None = None) -> ConvertStep:
    """Convert at the reference less a margin, or at a stated rate."""
    return ConvertStep(
        name="fx_margin",
        reference=Fraction(reference),
        margin=margin if isinstance(margin, Curve) else Curve.constant(Fraction(margin)),
        weight=UNIT,
        over=False,
        stated=None if stated is None else Fraction(stated),
        rate_step=None,
        rate_inverted=False,
        forwards=CENTS,
        backwards=CENTS,
    )


def walked(chain: Chain, principal: int) -> Walk:
    """Walk a principal that can be walked."""
    walk = chain.walk(Fraction(principal))
    assert walk is not None
    return walk


@pytest.mark.parametrize("step", [charge(UP_TO_100), conversion(UP_TO_100)], ids=["charge", "margin"])
def test_beyond_the_last_price_there_is_no_walk(step: TakeStep | ConvertStep) -> None:
    """A charge or a margin that stops at 100 prices 100, not 100.01, and an interval beyond it holds nothing."""
    chain = Chain((step,))
    assert walked(chain, 100).principal == 100
    assert chain.walk(Fraction("100.01")) is None
    assert bounded(chain, 101, 200) is None
    assert bounded(chain, 50, 200) is not None


def test_a_margin_of_one_leaves_nothing() -> None:
    """Who takes everything pays out nothing, and no interval holds a payment."""
    chain = Chain((conversion("1"),))
    assert chain.walk(Fraction(100)) is None
    assert bounded(chain, 1, 200) is None


def test_bounds_stay_outside_a_margin_that_reaches_one() -> None:
    """Nothing up to 100 and all of it above: 100 lands 16,000, which the bounds of 50 to 200 hold."""
    margin = Curve.bands([(100, True, Curve.constant(0)), (None, False, Curve.constant(1))])
    assert bounded(Chain((conversion(margin),)), 50, 200) == (50 * 160, 100 * 160)


def test_an_interval_that_the_charges_eat_up_holds_nothing() -> None:
    """A fee of 15 leaves nothing of 5 to 15."""
    chain = Chain((charge(Curve.constant(15)),))
    assert bounded(chain, 5, 15) is None
    assert bounded(chain, 5, 16) is not None


def test_a_stated_rate_replaces_reference_and_margin() -> None:
    """At a stated 150, 100 lands 15,000: walked, bounded, composed; the other way round 15,000 costs 100."""
    forwards = Chain((conversion("0.5", stated="150"),))
    assert walked(forwards, 100).landed == 15_000
    assert bounded(forwards, 100, 100) == (15_000, 15_000)
    assert forwards.curves()[1](100) == 15_000
    backwards = replace(forwards, payee_instructs=True)
    assert walked(backwards, 15_000).paid == 100
    assert backwards.curves()[0](15_000) == 100


def test_a_rate_quoted_the_other_way_is_rounded_that_way() -> None:
    """158.4 KES per GBP is 0.006313 GBP per KES, quoted as 0.0063: 100 / 0.0063 = 15,873.02 KES."""
    step = replace(conversion("0.01"), rate_step=Fraction(1, 10_000), rate_inverted=True)
    assert walked(Chain((step,)), 100).landed == Fraction("15873.02")


def test_a_quoted_rate_that_would_round_to_nothing_is_not_rounded() -> None:
    """1 / 990 on a grid of 0.01 is 0.00, at which nobody converts: 990 stays."""
    step = replace(conversion("0.01", reference="1000"), rate_step=CENT, rate_inverted=True)
    assert walked(Chain((step,)), 100).landed == 99_000


def test_a_margin_that_slides_has_no_curve() -> None:
    """Inside a band a margin is one number; a slope would make the result no straight line."""
    with pytest.raises(ValueError, match="constant within each of its bands"):
        Chain((conversion(Curve.line(Fraction(1, 10_000))),)).curves()


def test_a_charge_counts_the_same_wherever_it_bites() -> None:
    """A fee of 1,600 KES, or 10 GBP on top: half of it, in pounds, is 5.00 either way."""
    fee = take("fee", spread("1600"), "on_top", "from_amount", currency="KES")
    fee = replace(
        fee,
        into={"on_top": Fraction(1, 160), "from_amount": UNIT},
        currencies={"on_top": "GBP", "from_amount": "KES"},
    )
    half = take("half", spread(Curve.line(Fraction(1, 2))), "on_top", base="fee")
    made = offer(convert(spread("0")), fee, half)
    found = {
        (one.walk.paid, one.walk.landed): [line[2] for line in one.walk.lines if line[0] == "half"]
        for one in price(made, "sends", Fraction(100), "GBP")
    }
    assert found == {(Fraction(115), Fraction(16_000)): [5], (Fraction(105), Fraction(14_400)): [5]}
    paid = [made.at({made.causes[0]: Fraction(place)}).curves()[0](100) for place in (0, 1)]
    assert [str(one) for one in paid] == ["115", "105"]


def test_an_end_that_cannot_be_made_leaves_no_scenario() -> None:
    """A fee of 5 to 150 from 100: at its dear end nothing is left, so the offer cannot promise to be made."""
    assert price(offer(take("fee", spread("5", "150", "it"), "from_amount")), "sends", Fraction(100), "GBP") == ()


def test_an_offer_that_begins_far_above_the_payment_is_not_made() -> None:
    """From 200,000 on, it says nothing about 100."""
    made = offer(take("fee", spread("1")), limits=(Limit("principal", Fraction(200_000), None, "GBP"),))
    assert price(made, "pays", Fraction(100), "GBP") == ()


def receiving(*bands: tuple[int | None, int]) -> Curve:
    """Make a charge on what arrives: up to each bound its own."""
    return Curve.bands([(bound, True, Curve.constant(amount)) for bound, amount in bands])


def test_a_gap_between_two_ends_is_left_out() -> None:
    """A margin of 0 to 2 percent on 100 GBP; what arrives between 15,700 and 15,900 KES would be eaten up."""
    bite = take("receiving", spread(receiving((15_700, 0), (15_900, 20_000), (None, 0))), "from_amount", base="held")
    made = offer(convert(spread("0", "0.02", "margin")), replace(bite, currencies={"from_amount": "KES"}))
    landed = [one.walk.landed for one in price(made, "sends", Fraction(100), "GBP")]
    assert (min(landed), max(landed)) == (Fraction(15_680), Fraction(16_000))


def test_an_edge_of_one_cause_may_lie_beside_a_gap_of_another() -> None:
    """A margin of 0 to 2 percent and a fee of 0 to 10; 14,150 to 14,300 KES are eaten up, above 15,800 300 are taken.

    Without the fee the edge at 15,800 is a margin of 1.25 percent; with the fee of 10 that lands in the gap, at 14,220.
    The ends are 15,800, just at the edge, and 14,112: 90 x 160 less 2 percent.
    """
    bands = receiving((14_150, 0), (14_300, 20_000), (15_800, 0), (None, 300))
    bite = take("receiving", spread(bands), "from_amount", base="held")
    made = offer(
        take("fee", spread("0", "10", "fee"), "from_amount"),
        convert(spread("0", "0.02", "margin")),
        replace(bite, currencies={"from_amount": "KES"}),
    )
    landed = [one.walk.landed for one in price(made, "sends", Fraction(100), "GBP")]
    assert (min(landed), max(landed)) == (Fraction(14_112), Fraction(15_800))


@pytest.mark.parametrize(
    ("instructed", "sent", "currency", "principal", "landed"),
    [
        ("payer", "15680", "KES", "100", "15680"),
        ("payer", "15680.01", "KES", "100.01", "15681.57"),
        ("payee", "100", "GBP", "15680.78", "15680.78"),
    ],
)
def test_a_principal_in_the_other_currency_is_what_converts_to_it(
    instructed: str, sent: str, currency: str, principal: str, landed: str
) -> None:
    """At 156.80, the conversion alone, without the fee on top, says what is instructed.

    15,680.01 needs a penny more, and 100.01 x 156.80 = 15,681.568. Of the shillings that debit 100.00 the most are
    instructed: 15,680.78 / 156.80 = 100.00497, which rounds down, while 15,680.79 debits 100.01.
    """
    made = offer(convert(spread("0.02")), take("fee", spread("5"), "on_top"), instructed=instructed)
    (one,) = price(made, "sends", Fraction(sent), currency)
    assert one.walk.principal == Fraction(principal)
    assert one.walk.landed == Fraction(landed)


def test_an_amount_far_below_the_payers_minor_unit_cannot_be_reached() -> None:
    """At 100 million to the pound a penny lands a million: nobody makes an offer for landing 0.01."""
    values = {"GBP": UNIT, "KES": Fraction(1, 10**8)}
    made = offer(convert(spread("0")), values=values)
    assert price(made, "gets", CENT, "KES") == ()


def test_the_largest_principal_allowed_is_tried_too() -> None:
    """16,000 KES need 100.00 GBP, which is the most: it is found, and with a cent less allowed nothing is."""
    chain = Chain((conversion("0"),))
    walk = cheapest_reaching(chain, Fraction(16_000), grid=CENT, least=1, most=10_000)
    assert walk is not None
    assert walk.principal == 100
    assert cheapest_reaching(chain, Fraction(16_000), grid=CENT, least=1, most=9_999) is None


def test_two_conversions_have_two_margins_that_add_up() -> None:
    """100 GBP become 125 USD at the reference and, less 1 percent each, 123.75 USD and 15,681.60 KES: 1.99 GBP lost.

    The margins are 1 percent of 100 GBP, 1.00, and 1 percent of 123.75 USD, 1.2375 USD or 0.99 GBP.
    """
    values = {"GBP": UNIT, "USD": Fraction(4, 5), "KES": Fraction(1, 160)}
    steps = [
        replace(convert(spread("0.01"), source="GBP", target="KES"), name=name, source=source, target=target,
                reference=values[source] / values[target])
        for name, source, target in (("first", "GBP", "USD"), ("second", "USD", "KES"))
    ]  # fmt: skip
    quote = ask(offer(*steps, values=values, grid=dict.fromkeys(values, CENT)))
    assert str(quote.landed) == "15,681.60 KES"
    assert [(part.name, str(part.taken.low), str(part.value.low)) for part in quote.parts] == [
        ("first", "1.00 GBP", "1.00 GBP"),
        ("second", "1.2375 USD", "0.99 GBP"),
    ]
    cost = quote.cost("margin_on_value")
    assert cost is not None
    assert cost.percent == "1.99%"


def test_a_cost_that_needs_the_split_is_none_without_it() -> None:
    """A source that gives only what was paid and what landed has a total and no margin."""
    quote = ask(offer(convert(spread("0.01"))))
    (case,) = quote.cases
    whole = replace(quote, cases=(replace(case, figures=replace(case.figures, converted=None, delivered=None)),))
    assert whole.cost("margin_on_value") is None
    total = whole.cost()
    assert total is not None
    assert total.percent == "1.00%"
