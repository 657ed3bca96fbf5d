"""Small offers and quotes for tests, made from a few numbers."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from paycompare.curve import Curve
from paycompare.money import Rounding
from paycompare.offer import Bite, Convert, Offer, Spread, Take
from paycompare.terms import Evidence

CENT = Fraction(1, 100)
PAGE = Evidence("page", "https://bank.example/fees", seen=date(2026, 9, 1))
VALUES = {"GBP": Fraction(1), "KES": Fraction(1, 160)}


def spread(low: Curve | str, high: Curve | str | None = None, cause: str = "it") -> Spread:
    """Make a spread from constants or curves."""
    ends = [one if isinstance(one, Curve) else Curve.constant(Fraction(one)) for one in (low, high or low)]
    return Spread.known(ends[0]) if high is None else Spread(ends[0], ends[1], cause)


def take(
    name: str,
    price: Spread,
    *bites: Bite,
    base: str = "principal",
    currency: str = "GBP",
    owner: str = "provider",
) -> Take:
    """Make a charge in one currency."""
    places = bites or ("on_top",)
    return Take(
        name=name,
        owner=owner,  # type: ignore[arg-type]  # tests name owners plainly
        base=((base, Fraction(1)),),
        price=price,
        bites=places,
        into=dict.fromkeys(places, Fraction(1)),
        currencies=dict.fromkeys(places, currency),
        rounding=dict.fromkeys(places, Rounding(CENT)),
        evidence=PAGE,
    )


def convert(margin: Spread, *, source: str = "GBP", target: str = "KES") -> Convert:
    """Make a conversion at the reference less a margin."""
    return Convert(
        name="fx_margin",
        owner="provider",
        source=source,
        target=target,
        reference=VALUES[source] / VALUES[target],
        margin=margin,
        forwards=Rounding(CENT),
        backwards=Rounding(CENT),
        basis="mid-market",
        evidence=PAGE,
    )


def offer(*steps: Take | Convert, provider: str = "bank", **more: object) -> Offer:
    """Make an offer from GBP to KES, or within GBP when nothing converts."""
    payout = "KES" if any(isinstance(step, Convert) for step in steps) else "GBP"
    fields: dict[str, object] = {
        "provider": provider,
        "tariff": "out",
        "title": provider,
        "payer_currency": "GBP",
        "payout_currency": payout,
        "instructed": "payer",
        "steps": steps,
        "values": VALUES,
        "grid": dict.fromkeys(VALUES, CENT),
        "evidence": PAGE,
        **more,
    }
    return Offer(**fields)  # type: ignore[arg-type]  # the fields are those of Offer
