"""Everything that can go wrong, and whose turn it is.

    PaycompareError
      PaymentError(ValueError)        the question is not askable: which field, what was found, what was expected
      TariffError(ValueError)         a tariff file is wrong: every problem of the file at once
      SurveyError(ValueError)         a survey file does not hold: file, place, found, expected
      CurrencyError(ValueError)       unknown, retired (successor, ratio, date) or mismatched currency
      RateUnavailable(LookupError)    no reference rate for that pair and date
        StaleRate                     there is one, older than the caller allows
      NoOffer(LookupError)            nothing is held for this payment; one reason per provider
      ProviderError                   a live source gave no usable answer; says which, and whether asking again helps
        ProviderUnavailable(OSError)  it could not be reached, or is too busy
        ProviderRefused               it refuses the request
          CredentialsMissing          an environment variable that it needs is not set
        ProviderChanged               it answered, but not as documented: names the field

What is wrong in a file is data with its place; what is wrong in a call is an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from fractions import Fraction

__all__ = [
    "CredentialsMissing",
    "CurrencyError",
    "Failure",
    "NoOffer",
    "PaycompareError",
    "PaymentError",
    "Problem",
    "ProviderChanged",
    "ProviderError",
    "ProviderRefused",
    "ProviderUnavailable",
    "RateUnavailable",
    "StaleRate",
    "SurveyError",
    "TariffError",
    "nearest",
]


class PaycompareError(Exception):
    """The root: catching it catches everything this library raises on purpose."""


class PaymentError(PaycompareError, ValueError):
    """A payment, or an option of a question, cannot mean what it says.

    Attributes:
        field: The argument at fault, named as the caller wrote it.
        found: What stood there.
        expected: What would have been understood.
    """

    def __init__(self, field: str, found: object, expected: str) -> None:
        self.field = field
        self.found = found
        self.expected = expected
        super().__init__(self.about(field))

    def about(self, field: str) -> str:
        """Return the message with the field under another name, such as the option that it was typed as."""
        found = "nothing" if self.found is None else repr(self.found)
        return f"{field}: found {found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a tariff file.

    Attributes:
        file: The file, named relative to its catalogue.
        field: The place inside the file, such as ``tariff[2].step[0].share``.
        found: What stands there.
        expected: What would be right, in words a person without Python understands.
    """

    file: str
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        """Return the fault as one line: place, finding, remedy."""
        return f"{self.file}: {self.field}: found {self.found}; expected {self.expected}"


class TariffError(PaycompareError, ValueError):
    """A provider folder does not hold; ``problems`` lists every fault, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class SurveyError(PaycompareError, ValueError):
    """A file of surveyed prices does not hold what it should.

    Attributes:
        file: Its name.
        field: The place inside the file.
        found: What stands there.
        expected: What would be right.
    """

    def __init__(self, file: str, field: str, found: str, expected: str) -> None:
        super().__init__(f"{file}: {field}: found {found}, expected {expected}")
        self.file = file
        self.field = field
        self.found = found
        self.expected = expected


class CurrencyError(PaycompareError, ValueError):
    """A currency code is unknown, retired, or not the one that belongs here.

    Attributes:
        code: The code at fault.
        successor: What replaced a retired code, if anything did.
        ratio: Units of the retired currency per unit of its successor.
        until: The first day on which the retired code is no longer valid.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        successor: str | None = None,
        ratio: Fraction | None = None,
        until: date | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.successor = successor
        self.ratio = ratio
        self.until = until


class RateUnavailable(PaycompareError, LookupError):
    """No reference rate is held for this pair on this date."""


class StaleRate(RateUnavailable):
    """The newest reference rate is older than the caller allows."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider that could not be asked, beside the quotes of those that could.

    Attributes:
        provider: Its id.
        reason: What went wrong.
        retryable: Whether asking again may help.
        gives: ``prices``; ``rates`` or ``observations`` for a live source that could not have won.
        kind: Name of the error's class, such as ``ProviderUnavailable``.
    """

    provider: str
    reason: str
    retryable: bool = False
    gives: str = "prices"
    kind: str = "TariffError"


class NoOffer(PaycompareError, LookupError):
    """Nobody in the catalogue serves this payment.

    Attributes:
        reasons: Provider id to the reason why its tariffs do not apply.
        failures: The providers that could not be asked, as in `paycompare.Comparison.failures`.
    """

    def __init__(self, message: str, reasons: Mapping[str, str], failures: Sequence[Failure] = ()) -> None:
        super().__init__(message)
        self.reasons = dict(reasons)
        self.failures = tuple(failures)

    @property
    def retryable(self) -> bool:
        """Whether asking again may help: a provider that could not be asked may be there later."""
        return any(one.retryable for one in self.failures)


class ProviderError(PaycompareError):
    """A live source gave no usable answer.

    Attributes:
        provider: Id of the source.
        retryable: Whether asking the same again later may help.
    """

    retryable = False

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.message = message


class ProviderUnavailable(ProviderError, OSError):
    """A source could not be reached, did not answer in time, or said that it is too busy.

    Attributes:
        retry_after: Seconds after which the source asks to be asked again; None when it does not say.
    """

    retryable = True

    def __init__(self, provider: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(provider, message)
        self.retry_after = retry_after


class ProviderRefused(ProviderError):
    """A source says that our request is wrong or unwelcome; asking the same again does not help."""


class CredentialsMissing(ProviderRefused):
    """A source needs credentials that are not in the environment.

    Attributes:
        variables: Names of the environment variables that are not set.
    """

    def __init__(self, provider: str, variables: Sequence[str]) -> None:
        super().__init__(provider, f"set {', '.join(variables)} in the environment")
        self.variables = tuple(variables)


class ProviderChanged(ProviderError):
    """A source answered, but not as it is documented.

    Attributes:
        field: The place in its answer, such as ``providers[0].quotes[2].rate``.
        found: What stands there.
        expected: What the documentation promises.
    """

    def __init__(self, provider: str, field: str, found: str, expected: str) -> None:
        super().__init__(provider, f"{field}: found {found}, expected {expected}")
        self.field = field
        self.found = found
        self.expected = expected


def nearest(found: str, valid: Iterable[str]) -> str:
    """Return ``", nearest is 'x'"`` for the closest valid word, or nothing.

    Example:
        >>> nearest("busines", ["business", "personal"])
        ", nearest is 'business'"
        >>> nearest("zzz", ["business", "personal"])
        ''
    """
    close = get_close_matches(found, sorted(valid), n=1)
    return f", nearest is {close[0]!r}" if close else ""
