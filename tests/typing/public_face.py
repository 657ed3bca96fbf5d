"""The public face as a strict type checker of a caller sees it; read by pyright, never run."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import assert_type

import paycompare as pc


def a_comparison_is_typed() -> None:
    """A comparison, its quotes and its bounds are precise without a cast."""
    answer = pc.compare("1000 GBP", to="IN", at=date(2026, 10, 30), max_age=timedelta(days=365))
    assert_type(answer, pc.Comparison)
    assert_type(answer.verdict, pc.Verdict)
    assert_type(answer.best, pc.Quote | None)
    for quote in answer.quotes:
        assert_type(quote, pc.Quote)
        assert_type(quote.paid, pc.Range[pc.Money])
        assert_type(quote.landed.low.amount, Decimal)
        assert_type(quote.cost(), pc.Cost | None)


def crossovers_are_typed() -> None:
    """Break-evens are precise without a cast."""
    answer = pc.crossovers("GB/GBP>KE/KES", side="pays", least="50 GBP", most="50000 GBP")
    assert_type(answer, pc.Crossovers)


def errors_say_what_they_carry() -> None:
    """A caller reads what an error says as typed attributes."""
    try:
        pc.compare("1000 GBP", to="IN")
    except pc.NoOffer as error:
        assert_type(error.reasons, dict[str, str])
    except pc.CurrencyError as error:
        assert_type(error.successor, str | None)
    except pc.PaymentError as error:
        assert_type(error.field, str)
