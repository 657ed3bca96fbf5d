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
    from paycompare.client import Client
    from paycompare.comparison import Comparison, compare
    from paycompare.errors import (
        CredentialsMissing,
        CurrencyError,
        NoOffer,
        PaycompareError,
        PaymentError,
        ProviderChanged,
        ProviderError,
        ProviderRefused,
        ProviderUnavailable,
        RateUnavailable,
        StaleRate,
        SurveyError,
        TariffError,
    )
    from paycompare.live.collected import read_quotes
    from paycompare.measure import Cost
    from paycompare.money import Money
    from paycompare.quote import Part, Quote
    from paycompare.reference.rate import Rate
    from paycompare.survey.bridge import surveyed_margin
    from paycompare.survey.dataset import Survey
    from paycompare.survey.download import download_rpw
    from paycompare.survey.flows import read_flows
    from paycompare.survey.indices import IndexTable
    from paycompare.survey.load import read_rpw
    from paycompare.survey.rule import IndexRule
    from paycompare.terms import Corridor, Evidence, Payment, Range
    from paycompare.verdict import Flip, Verdict

__all__ = [
    "Bound",
    "Client",
    "Comparison",
    "Corridor",
    "Cost",
    "CredentialsMissing",
    "Crossovers",
    "CurrencyError",
    "Evidence",
    "Flip",
    "IndexRule",
    "IndexTable",
    "Money",
    "NoOffer",
    "Part",
    "PaycompareError",
    "Payment",
    "PaymentError",
    "Prices",
    "ProviderChanged",
    "ProviderError",
    "ProviderRefused",
    "ProviderUnavailable",
    "Quote",
    "Range",
    "Rate",
    "RateUnavailable",
    "StaleRate",
    "Survey",
    "SurveyError",
    "TariffError",
    "Verdict",
    "compare",
    "crossovers",
    "download_rpw",
    "price",
    "read_flows",
    "read_quotes",
    "read_rpw",
    "surveyed_margin",
]

_HOMES = {
    "bound": ("Bound",),
    "breakeven": ("Crossovers", "crossovers"),
    "bulk.door": ("Prices", "price"),
    "client": ("Client",),
    "comparison": ("Comparison", "compare"),
    "errors": (
        "CredentialsMissing",
        "CurrencyError",
        "NoOffer",
        "PaycompareError",
        "PaymentError",
        "ProviderChanged",
        "ProviderError",
        "ProviderRefused",
        "ProviderUnavailable",
        "RateUnavailable",
        "StaleRate",
        "SurveyError",
        "TariffError",
    ),
    "live.collected": ("read_quotes",),
    "measure": ("Cost",),
    "money": ("Money",),
    "quote": ("Part", "Quote"),
    "reference.rate": ("Rate",),
    "survey.bridge": ("surveyed_margin",),
    "survey.dataset": ("Survey",),
    "survey.download": ("download_rpw",),
    "survey.flows": ("read_flows",),
    "survey.indices": ("IndexTable",),
    "survey.load": ("read_rpw",),
    "survey.rule": ("IndexRule",),
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
