"""Live comparisons: ask everybody who answers live, then rank their prices with the published ones.

    async with pc.Client() as client:
        answer = await client.compare("1000 EUR", to="PH/PHP", live=True)

A client owns a pool of connections, a memory of answers and the breakers; it serves any number of comparisons at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from itertools import starmap
from threading import Lock
from typing import TYPE_CHECKING, Final

from paycompare.comparison import answered
from paycompare.errors import CredentialsMissing, PaymentError, ProviderChanged
from paycompare.live.adapters import Adapters
from paycompare.live.asked import NOT_TODAY, Asked
from paycompare.live.settings import Settings
from paycompare.question import ask, with_live

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self, Unpack

    from httpx import AsyncClient

    from paycompare.comparison import Comparison
    from paycompare.live.adapter import Source
    from paycompare.live.adapters import Found
    from paycompare.live.fetch import Event, Fetcher, Outcome
    from paycompare.live.manners import Limits
    from paycompare.money import Money
    from paycompare.question import Asking, Question
    from paycompare.terms import Payment

__all__ = ["Client", "compare_live", "sources_for"]

_A_DAY: Final = timedelta(days=1)
"""How far the day of a payment may be from ours and still be today: it is another day elsewhere."""


class Client:
    """Asks live sources; used with ``async with``, or closed with `close`.

    Example:
        Without ``live=True`` it answers like `paycompare.compare`, and opens no connection.

        >>> import asyncio
        >>> async def ask():
        ...     async with Client() as client:
        ...         return await client.compare("1000 GBP", to="IN", live=False)
        >>> asyncio.run(ask()).payment.side
        'pays'
    """

    def __init__(
        self,
        *,
        http: AsyncClient | None = None,
        cache: Path | str | None = None,
        urls: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Prepare to ask; nothing is opened before the first live question.

        Args:
            http: An httpx client of your own, which stays open when this one closes.
            cache: A folder in which answers that took no credentials are kept for as long as their sources allow.
            urls: Source id to an address to ask instead of the declared one, such as a sandbox or a proxy.
            environ: What credentials are taken from; the process environment when left out.
            limits: Deadline, attempts and sizes; see `paycompare.live.manners.Limits`.
            on_event: Called with every `paycompare.live.fetch.Event`.

        Raises:
            PaymentError: ``http`` is none that can be awaited.
        """
        if http is not None and not hasattr(http, "aclose"):
            raise PaymentError("http", type(http).__name__, "an httpx.AsyncClient")
        self._settings = Settings(urls or {}) if environ is None else Settings(urls or {}, environ)
        self._options = (http, cache, limits, on_event)
        self._fetcher: Fetcher | None = None

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections that it opened."""
        await self.close()

    async def close(self) -> None:
        """Close the connections that it opened."""
        if self._fetcher is not None:
            await self._fetcher.close()

    async def compare(
        self, pays: str | Money | None = None, *, live: bool = True, **options: Unpack[Asking]
    ) -> Comparison:
        """Compare published prices with those of every source that answers live.

        Args:
            pays: What leaves the payer, such as ``"1000 EUR"``.
            live: Whether to ask live sources; without, nothing is asked of anybody.
            **options: The options of `paycompare.compare`.

        Returns:
            The comparison, by the deadline; a source that fails is in ``failures`` and sinks nothing.

        Raises:
            PaymentError: The question cannot be meant; the message names the argument and what was expected.
            CurrencyError: A currency is unknown or retired on that day.
            RateUnavailable: A currency of the corridor has no reference rate on that day.
            NoOffer: Nobody serves this payment.
            TariffError: A folder of ``catalogue`` is missing or takes the id of another.
            RuntimeError: The client is in use in another event loop, which is running.
        """
        began = time.perf_counter()
        # Tariffs are read and priced in a thread, so that the event loop goes on serving others.
        question = await asyncio.to_thread(ask, pays, live=live, **options)
        if live:
            question = with_live(question, await self.ask(question))
        return await asyncio.to_thread(answered, question, began)

    async def ask(self, question: Question) -> tuple[Asked, ...]:
        """Ask every source that may answer a question, each payment of it at once.

        Args:
            question: The question.
        """
        sources = await asyncio.to_thread(sources_for, question)
        found = await asyncio.gather(*(self._asked(sources, one, question) for one in question.payments))
        return tuple(asked for answers in found for asked in answers)

    async def _asked(self, sources: Adapters, payment: Payment, question: Question) -> list[Asked]:
        at = datetime.now(UTC)
        today = abs(payment.on - at.date()) <= _A_DAY
        asking = [found for found in sources.found if today or found.source.gives != "prices"]
        outcomes = await self.fetcher.ask_all(asking, payment, lambda *pair: question.references.rate(*pair).value)

        def asked(found: Found, outcome: Outcome) -> Asked:
            error, declined = outcome.error, outcome.declined
            if isinstance(error, CredentialsMissing) and not _named(question, found.id):
                # Nobody has an account everywhere: a source that was not asked for by name did not fail.
                declined, error = error.message, None
            where = found.source.documentation
            gives = found.source.gives
            return Asked(found.id, payment, at, where, outcome.answers, error, declined, gives=gives)

        not_today = [
            Asked(found.id, payment, at, found.source.documentation, declined=NOT_TODAY)
            for found in sources.found
            if found not in asking
        ]
        unusable = [
            Asked(name, payment, at, one.file, error=ProviderChanged(name, one.field, one.found, one.expected))
            for name, error in sources.failures.items()
            for one in error.problems
        ]
        return [*starmap(asked, zip(asking, outcomes, strict=True)), *not_today, *unusable]

    @property
    def fetcher(self) -> Fetcher:
        """What asks; made, and httpx loaded, when it is first needed."""
        if self._fetcher is None:
            from paycompare.live.fetch import Fetcher

            http, cache, limits, on_event = self._options
            self._fetcher = Fetcher(self._settings, limits=limits, http=http, cache=cache, on_event=on_event)
        return self._fetcher


def sources_for(question: Question) -> Adapters:
    """Return the sources that may answer a question: those of its catalogue that the caller did not leave out.

    Args:
        question: The question.
    """
    held = Adapters.load(question.catalogue.live_folders)
    wanted = [found for found in held.found if _wanted(question, found.id, found.source)]
    failures = {name: error for name, error in held.failures.items() if _wanted(question, name)}
    return Adapters(tuple(wanted), failures)


def _wanted(question: Question, name: str, source: Source | None = None) -> bool:
    """Tell whether a source may be asked; one that speaks for others is asked for them too."""
    if name in question.exclude:
        return False
    several = source is not None and (source.estimates or source.gives != "prices")
    return question.providers is None or name in question.providers or several


def _named(question: Question, source: str) -> bool:
    return question.providers is not None and source in question.providers


_lock = Lock()
_shared: Client | None = None
"""What calls that do not await share; made when it is first needed, and in each process anew."""
_process = 0


def compare_live(pays: str | Money | None, options: Asking) -> Comparison:
    """Compare with live prices, for callers who do not await; see `paycompare.compare`.

    Args:
        pays: What leaves the payer.
        options: The options of `paycompare.compare`.
    """
    from paycompare.live import blocking

    global _shared, _process
    with _lock:
        if _shared is None or _process != os.getpid():  # the connections of another process are its own
            _shared, _process = Client(), os.getpid()
            blocking.at_end(_shared.close)
        client = _shared
    return blocking.run(client.compare(pays, live=True, **options))
