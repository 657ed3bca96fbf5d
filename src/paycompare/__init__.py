"""What does a cross-border payment really cost, and who would do it for least?

>>> import paycompare as pc
>>> answer = pc.compare("1000 GBP", to="IN")
>>> answer.payment.side
'pays'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paycompare.breakeven import Crossovers, crossovers
    from paycompare.comparison import Comparison, compare
    from paycompare.errors import (
        CurrencyError,
        NoOffer,
        PaycompareError,
        PaymentError,
        RateUnavailable,
        StaleRate,
        TariffError,
    )
    from paycompare.measure import Cost
    from paycompare.money import Money
    from paycompare.quote import Quote
    from paycompare.terms import Corridor, Evidence, Payment, Range
    from paycompare.verdict import Verdict

__all__ = [
    "Comparison",
    "Corridor",
    "Cost",
    "Crossovers",
    "CurrencyError",
    "Evidence",
    "Money",
    "NoOffer",
    "PaycompareError",
    "Payment",
    "PaymentError",
    "Quote",
    "Range",
    "RateUnavailable",
    "StaleRate",
    "TariffError",
    "Verdict",
    "compare",
    "crossovers",
]

_HOMES = {
    "breakeven": ("Crossovers", "crossovers"),
    "comparison": ("Comparison", "compare"),
    "errors": (
        "CurrencyError",
        "NoOffer",
        "PaycompareError",
        "PaymentError",
        "RateUnavailable",
        "StaleRate",
        "TariffError",
    ),
    "measure": ("Cost",),
    "money": ("Money",),
    "quote": ("Quote",),
    "terms": ("Corridor", "Evidence", "Payment", "Range"),
    "verdict": ("Verdict",),
}
"""Public names by the module they live in; each is loaded when it is first asked for."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("importlib.metadata").version("paycompare")
    for module, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(f"paycompare.{module}"), name)
            globals()[name] = found
            return found
    msg = f"module 'paycompare' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
