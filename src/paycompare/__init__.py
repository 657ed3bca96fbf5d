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
    __version__: str

    from paycompare.bound import Bound
    from paycompare.breakeven import Crossovers, crossovers
    from paycompare.bulk.door import Prices, price
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
    from paycompare.quote import Part, Quote
    from paycompare.reference.rate import Rate
    from paycompare.terms import Corridor, Evidence, Payment, Range
    from paycompare.verdict import Flip, Verdict

__all__ = [
    "Bound",
    "Comparison",
    "Corridor",
    "Cost",
    "Crossovers",
    "CurrencyError",
    "Evidence",
    "Flip",
    "Money",
    "NoOffer",
    "Part",
    "PaycompareError",
    "Payment",
    "PaymentError",
    "Prices",
    "Quote",
    "Range",
    "Rate",
    "RateUnavailable",
    "StaleRate",
    "TariffError",
    "Verdict",
    "compare",
    "crossovers",
    "price",
]

_HOMES = {
    "bound": ("Bound",),
    "breakeven": ("Crossovers", "crossovers"),
    "bulk.door": ("Prices", "price"),
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
    "quote": ("Part", "Quote"),
    "reference.rate": ("Rate",),
    "terms": ("Corridor", "Evidence", "Payment", "Range"),
    "verdict": ("Flip", "Verdict"),
}
"""Public names by the module they live in; each is loaded when it is first asked for."""


if not TYPE_CHECKING:  # a type checker reads the imports above and reports what is not among them

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
