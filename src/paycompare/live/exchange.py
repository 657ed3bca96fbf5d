"""One question to one adapter, without the network: the next request, whether its answer is one, what it says.

`paycompare.live.fetch` adds the network to these steps, and the contract suite adds samples.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from paycompare.errors import ProviderChanged, ProviderError, ProviderRefused, ProviderUnavailable
from paycompare.live.adapter import Declined, problem_of
from paycompare.live.priced import sound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paycompare.live.adapter import Adapter, Answer, Ask, Request
    from paycompare.live.reading import Response

__all__ = ["accept", "next_request", "read_answers", "retry_after"]

_T = TypeVar("_T")

_OK: Final = 200
_NO_CONTENT: Final = 204
_REDIRECTIONS: Final = range(300, 400)
_UNWELCOME: Final = (401, 403)
_LATER: Final = (408, 425, 429)
_SERVER: Final = range(500, 600)
_LONGEST_WAIT: Final = 86_400.0


def next_request(adapter: Adapter, ask: Ask, before: Sequence[Response]) -> Request | None:
    """Return the next request of an adapter; None when the answers so far are enough.

    Args:
        adapter: The adapter.
        ask: The question.
        before: The answers so far, in order.

    Raises:
        Declined: The source does not answer such a question.
        ProviderChanged: An answer so far is not as documented.
    """
    if len(before) >= adapter.SOURCE.calls:
        return None
    made = _guarded(ask.source, lambda: adapter.request(ask, *before))
    if made is not None and not _inside(made.url, ask.base):
        raise ProviderChanged(ask.source, "request.url", "an address elsewhere", "an address under the declared base")
    return made


def _inside(url: str, base: str) -> bool:
    return url == base or url.startswith(f"{base.rstrip('/')}/")


def accept(adapter: Adapter, answer: Response) -> None:
    """Let an answer pass that may be parsed.

    Args:
        adapter: The adapter.
        answer: Any answer.

    Raises:
        Declined: The source says that it does not serve such a payment.
        ProviderRefused: It refuses the request.
        ProviderUnavailable: It is busy or out of order.
        ProviderChanged: It answered something else than its documentation says.
    """
    known = _guarded(answer.source, lambda: problem_of(adapter, answer))
    if known is not None:
        raise known
    status, source = answer.status, answer.source
    if status in _LATER or status in _SERVER:
        raise ProviderUnavailable(source, f"answered with status {status}", retry_after=retry_after(answer))
    if status in _UNWELCOME:
        raise ProviderRefused(source, f"answered with status {status}: the credentials are not accepted")
    if status in _REDIRECTIONS:
        raise ProviderChanged(source, "status", str(status), "an answer; redirections are not followed")
    if status >= min(_UNWELCOME) - 1:
        raise ProviderRefused(source, f"answered with status {status}")
    if not _OK <= status < _NO_CONTENT or not answer.body:
        raise ProviderChanged(source, "body", f"nothing (status {status})", "an answer")
    _check_type(answer)


def _check_type(answer: Response) -> None:
    kind, _, rest = answer.headers.get("content-type", "").lower().partition(";")
    if kind.strip() in {"text/html", "application/xhtml+xml"}:
        raise ProviderChanged(answer.source, "content-type", kind.strip(), "data, not a page")
    charset = rest.partition("charset=")[2].strip(" \"'")
    if charset and charset.partition(";")[0].strip(" \"'") not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise ProviderChanged(answer.source, "content-type", f"charset {charset[:20]}", "UTF-8")


def read_answers(adapter: Adapter, ask: Ask, answers: Sequence[Response]) -> tuple[Answer | ProviderChanged, ...]:
    """Return what the answers say, every price checked against its own convention, a bad row as what is wrong with it.

    Args:
        adapter: The adapter.
        ask: The question.
        answers: All answers, in order.

    Raises:
        Declined: The source does not serve such a payment.
        ProviderChanged: An answer is not as documented, or nothing in it adds up.
    """
    return _guarded(ask.source, lambda: sound(ask.source, adapter.parse(ask, *answers)))


def _guarded(source: str, call: Callable[[], _T]) -> _T:
    """Run a step of an adapter; what it does not raise on purpose is an answer that nobody foresaw."""
    try:
        return call()
    except (ProviderError, Declined):
        raise
    except (Exception, SystemExit) as error:
        raise ProviderChanged(source, "adapter", type(error).__name__, "an answer as documented") from error


def retry_after(answer: Response) -> float | None:
    """Return the seconds after which a source asks to be asked again; None when it does not say.

    Args:
        answer: Any answer; ``Retry-After`` may be a number of seconds or a date.
    """
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal() and said.isascii():
        return min(float(said[:9]), _LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    if when.tzinfo is None:
        return None
    return min(max((when - answer.received_at).total_seconds(), 0.0), _LONGEST_WAIT)
