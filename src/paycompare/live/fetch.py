"""The network: every source at once, politely, and whatever any of them does is data.

One exchange with a source is led by its adapter (`paycompare.live.exchange`). Here are its requests: a pooled client
with HTTP/2, a pace for each source, attempts bounded in number and time, a breaker, one flight for equal questions, a
memory for as long as each source allows. Nothing here raises for what a source does: it becomes an `Outcome`.
"""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING, Final, Literal
from urllib.request import getproxies

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from paycompare.errors import (
    CredentialsMissing,
    PaycompareError,
    ProviderChanged,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from paycompare.live.adapter import Ask, Declined
from paycompare.live.exchange import accept, next_request, read_answers
from paycompare.live.manners import Breaker, Limits, Memory, Pace, SingleFlight, digest
from paycompare.live.reading import Response
from paycompare.live.secret import Credentials
from paycompare.live.settings import without_user

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence
    from fractions import Fraction
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from paycompare.live.adapter import Answer, Certificate, Request
    from paycompare.live.adapters import Found
    from paycompare.live.settings import Settings
    from paycompare.terms import Payment

__all__ = ["Event", "Fetcher", "Outcome", "user_agent"]

_LOG: Final = logging.getLogger("paycompare.live")
_LOG.addHandler(logging.NullHandler())  # an application decides what is shown; failures are in the answer anyway
_CHUNK: Final = 1 << 16
_GZIP: Final = 16 + zlib.MAX_WBITS
_WORDS: Final = ("title", "service", "provider", "speed", "estimate", "publisher", "indicator", "url")
_CONDITIONS: Final = ("client", "segment", "pay_in", "pay_out", "rail", "channel", "bearer", "purpose", "speed")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened while a source was asked, for an application to count.

    Attributes:
        kind: ``request``, ``retry``, ``give_up``, ``drift`` (it answered, but not as documented), ``answer``, or
            ``remembered`` (no request was needed).
        source: Id of the source.
        words: What happened, free of secrets.
        attempt: Which attempt it was, from 1; 0 where that means nothing.
        seconds: How long it took, or how long is waited.
        field: Of a drift, the field of the answer.
    """

    kind: Literal["request", "retry", "give_up", "drift", "answer", "remembered"]
    source: str
    words: str = ""
    attempt: int = 0
    seconds: float = 0.0
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one source.

    Attributes:
        source: Its id.
        answers: What it said; empty when it said nothing.
        error: Why it gave no answer; None when it gave one, or declined.
        declined: Why it does not answer such a question; None when it does.
        seconds: How long it took.
    """

    source: str
    answers: tuple[Answer, ...] = ()
    error: ProviderError | None = None
    declined: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What an exchange brought, and how it reads for the payment it was led for."""

    answers: tuple[Response, ...]
    payment: Payment
    said: tuple[Answer, ...]


def _read(found: Found, ask: Ask, answers: tuple[Response, ...]) -> tuple[Answer, ...]:
    return read_answers(found.adapter, replace(ask, now=answers[-1].received_at) if answers else ask, answers)


class Fetcher:
    """Asks sources over the network; belongs to the event loop in which it is used first."""

    def __init__(
        self,
        settings: Settings,
        *,
        limits: Limits | None = None,
        http: httpx.AsyncClient | None = None,
        cache: Path | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Prepare to ask; nothing is opened yet.

        Args:
            settings: Addresses and the environment.
            limits: What asking may cost.
            http: A client of the caller's own, which stays open.
            cache: A folder for answers that took no credentials, to be used again in later runs.
            on_event: Called with every event, in the event loop; it should be quick.
        """
        self.settings = settings
        self.limits = limits or Limits()
        self._http = http
        self._owned: dict[Certificate | None, httpx.AsyncClient] = {}
        self._opening = asyncio.Lock()
        self._memory = Memory(self.limits.remembered, cache)
        self._on_event = on_event
        self._paces: dict[str, Pace] = {}
        self._breakers: dict[str, Breaker] = {}
        self._flights: SingleFlight[_Fetched] = SingleFlight()
        self._pepper = token_bytes(16)

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
        owned, self._owned = self._owned, {}
        for client in owned.values():
            await client.aclose()

    async def ask_all(
        self, sources: Sequence[Found], payment: Payment, reference: Callable[[str, str], Fraction]
    ) -> tuple[Outcome, ...]:
        """Ask every source at once, and answer by the deadline with what there is.

        Args:
            sources: The sources.
            payment: The payment.
            reference: Units of the second currency per unit of the first.
        """
        if not sources:
            return ()
        began = time.monotonic()
        await self._open()
        tasks = {asyncio.create_task(self.ask(one, payment, reference)): one for one in sources}
        try:
            await asyncio.wait(tasks, timeout=began + self.limits.deadline - time.monotonic())
        finally:
            late = [task for task in tasks if not task.done()]
            for task in late:
                task.cancel()
            if late:
                await asyncio.gather(*late, return_exceptions=True)
        return tuple(
            self._too_late(one, time.monotonic() - began) if task.cancelled() else task.result()
            for task, one in tasks.items()
        )

    async def _open(self) -> None:
        """Open the pool of connections; reading the certificates of this machine takes too long for an event loop."""
        async with self._opening:
            if self._http is None and None not in self._owned:
                self._owned[None] = await asyncio.to_thread(_opened, "", None, self.limits)

    def _too_late(self, found: Found, seconds: float) -> Outcome:
        error = ProviderUnavailable(found.id, f"no answer within {self.limits.deadline:g} seconds")
        self._tell(Event("give_up", found.id, error.message, seconds=seconds))
        return Outcome(found.id, error=error, seconds=seconds)

    async def ask(self, found: Found, payment: Payment, reference: Callable[[str, str], Fraction]) -> Outcome:
        """Ask one source.

        Args:
            found: The source.
            payment: The payment.
            reference: Units of the second currency per unit of the first.
        """
        began = time.monotonic()
        credentials = Credentials()
        try:
            _check_conditions(found, payment)
            credentials = self.settings.credentials(found)
            ask = Ask(
                source=found.id,
                payment=payment,
                now=datetime.now(UTC),
                base=self.settings.base(found),
                credentials=credentials,
                reference=reference,
            )
            said = tuple(_shown(one, credentials) for one in await self._said(found, ask))
            return Outcome(found.id, said, seconds=time.monotonic() - began)
        except Declined as reason:
            return Outcome(found.id, declined=credentials.scrub(str(reason)), seconds=time.monotonic() - began)
        except ProviderError as error:
            return self._failed(found, error, credentials, time.monotonic() - began)
        except PaycompareError as error:
            refused = ProviderRefused(found.id, str(error))
            return self._failed(found, refused, credentials, time.monotonic() - began)
        except Exception as error:  # noqa: BLE001 -- whatever one source does, the others are compared
            unforeseen = ProviderChanged(
                found.id, "adapter", type(error).__name__, "what an adapter may return or raise"
            )
            return self._failed(found, unforeseen, credentials, time.monotonic() - began)

    def _failed(self, found: Found, error: ProviderError, credentials: Credentials, seconds: float) -> Outcome:
        clean = _scrubbed(error, credentials)
        if isinstance(clean, CredentialsMissing):  # it was not asked, and has not failed
            _LOG.debug("%s: %s", found.id, clean.message)
            return Outcome(found.id, error=clean, seconds=seconds)
        drift = isinstance(clean, ProviderChanged)
        field = clean.field if isinstance(clean, ProviderChanged) else None
        self._tell(Event("drift" if drift else "give_up", found.id, clean.message, seconds=seconds, field=field))
        return Outcome(found.id, error=clean, seconds=seconds)

    async def _said(self, found: Found, ask: Ask) -> tuple[Answer, ...]:
        """Return what a source says: from memory, from an exchange that is under way for somebody else, or asked."""
        open_to_all = not found.source.needs
        key = self._key(found, ask)
        known = self._memory.recall(key, disk=open_to_all)
        if known is not None:
            self._tell(Event("remembered", found.id))
            return _read(found, ask, known)
        breaker = self._breakers.setdefault(found.id, Breaker(self.limits))
        breaker.check(found.id)

        async def fetch() -> _Fetched:
            try:
                async with asyncio.timeout(self.limits.deadline):
                    answers = await self._converse(found, ask)
                said = _read(found, ask, answers)  # what cannot be read is not worth remembering
            except TimeoutError:
                breaker.failed()
                raise ProviderUnavailable(found.id, f"no answer within {self.limits.deadline:g} seconds") from None
            except ProviderError as error:
                if isinstance(error, ProviderUnavailable | ProviderChanged):
                    breaker.failed()
                raise _scrubbed(error, ask.credentials) from None  # who waits for this flight has sent no token
            breaker.succeeded()
            self._memory.remember(key, answers, found.source.lifetime.total_seconds(), disk=open_to_all)
            return _Fetched(answers, ask.payment, said)

        fetched = await self._flights.run(key, fetch)
        # A rate that holds for a corridor may have been fetched for another amount.
        return fetched.said if fetched.payment == ask.payment else _read(found, ask, fetched.answers)

    def _key(self, found: Found, ask: Ask) -> str:
        """Name a question: corridor, side and amount; for a rate that holds for a corridor, the corridor alone."""
        amount = (ask.side, ask.fixed) if found.source.per_amount else ()
        conditions = tuple(getattr(ask.payment, name) for name in _CONDITIONS) if found.source.per_amount else ()
        return digest(
            found.id, ask.base, ask.payment.corridor, ask.on, *amount, *conditions, self._fingerprint(ask.credentials)
        )

    def _fingerprint(self, credentials: Credentials) -> str:
        """Tell one account from another without keeping what tells them apart."""
        if not credentials:
            return ""
        made = blake2b(key=self._pepper, digest_size=16)
        for name in sorted(credentials):
            made.update(name.encode() + b"\0" + credentials.content(name) + b"\0")
        return made.hexdigest()

    async def _converse(self, found: Found, ask: Ask) -> tuple[Response, ...]:
        """Lead an exchange to its end; one that fails on a remembered login is led once more without it."""
        used: list[str] = []
        try:
            return await self._led(found, ask, used)
        except ProviderRefused:
            if not used:
                raise
            for key in used:
                self._memory.forget(key)
            return await self._led(found, ask, [])

    async def _led(self, found: Found, ask: Ask, used: list[str]) -> tuple[Response, ...]:
        answers: list[Response] = []
        while True:
            request = _next(found, ask, answers)
            if request is None:
                return tuple(answers)
            key = digest("kept", found.id, ask.base, len(answers), self._fingerprint(ask.credentials))
            kept = self._memory.recall(key, disk=False) if request.keep else None
            if kept is not None:
                used.append(key)
                answers.extend(kept)
                continue
            answer = await self._insisted(found, ask, answers)
            if request.keep:
                self._memory.remember(key, (answer,), request.keep.total_seconds(), disk=False)
            answers.append(answer)

    async def _insisted(self, found: Found, ask: Ask, before: Sequence[Response]) -> Response:
        """Make a request as often as it is worth it; each attempt is signed afresh."""
        drawn = wait_random_exponential(multiplier=self.limits.first_wait, max=self.limits.longest_wait)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked_for = error.retry_after if isinstance(error, ProviderUnavailable) else None
            return max(drawn(state), asked_for or 0.0)

        def told(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            words = ask.credentials.scrub(error.message) if isinstance(error, ProviderError) else ""
            self._tell(Event("retry", found.id, words, state.attempt_number, state.upcoming_sleep))

        number = 0

        async def attempt() -> Response:
            nonlocal number
            number += 1
            fresh = replace(ask, now=datetime.now(UTC), nonce=token_hex(16))
            request = _next(found, fresh, before)
            if request is None:
                raise ProviderChanged(found.id, "adapter", "no request", "the same request again")
            answer = await self._once(found, request, number)
            accept(found.adapter, answer)
            return answer

        retrying = AsyncRetrying(
            retry=retry_if_exception(_worth_another_attempt),
            stop=stop_after_attempt(self.limits.attempts) | stop_before_delay(self.limits.deadline),
            wait=wait,
            before_sleep=told,
            sleep=asyncio.sleep,
            reraise=True,
        )
        return await retrying(attempt)

    async def _once(self, found: Found, request: Request, attempt: int) -> Response:
        """Make a request once."""
        pace = self._paces.get(found.id)
        if pace is None:
            pace = self._paces[found.id] = Pace(found.source)
        async with pace.turn():
            self._tell(Event("request", found.id, attempt=attempt))
            began = time.monotonic()
            try:
                async with asyncio.timeout(self.limits.attempt):
                    asking = _ASKING.set(True)
                    try:
                        answer = await self._sent(found.id, request)
                    finally:
                        _ASKING.reset(asking)
            except (TimeoutError, httpx.TimeoutException):
                raise ProviderUnavailable(found.id, f"no answer within {self.limits.attempt:g} seconds") from None
            except PaycompareError:
                raise
            except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
                raise ProviderRefused(found.id, "its address cannot be asked") from None
            except Exception as error:  # noqa: BLE001 -- a transport fails in more ways than it documents; none may pass
                raise ProviderUnavailable(found.id, f"could not be reached ({type(error).__name__})") from None
            self._tell(Event("answer", found.id, f"status {answer.status}", attempt, time.monotonic() - began))
            return answer

    async def _sent(self, source: str, request: Request) -> Response:
        client = self._client(source, request.certificate)
        sent = client.build_request(
            request.method,
            request.url,
            params=list(request.query) or None,
            headers={"accept-encoding": "gzip", "accept": "*/*", "user-agent": user_agent(), **request.headers},
            content=request.body,
            timeout=self.limits.attempt,
        )
        reply = await client.send(sent, stream=True, auth=None, follow_redirects=False)
        try:
            raw = await self._body(source, reply)
        finally:
            await reply.aclose()
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return Response(
            source=source,
            status=reply.status_code,
            headers=headers,
            body=_decoded(source, headers.get("content-encoding", ""), raw, self.limits.largest_body),
            received_at=datetime.now(UTC),
        )

    async def _body(self, source: str, reply: httpx.Response) -> bytes:
        parts, size = [], 0
        async for part in reply.aiter_raw(_CHUNK):
            size += len(part)
            if size > self.limits.largest_body:
                raise _too_large(source, self.limits.largest_body)
            parts.append(part)
        return b"".join(parts)

    def _client(self, source: str, certificate: Certificate | None) -> httpx.AsyncClient:
        if certificate is None and self._http is not None:
            return self._http
        client = self._owned.get(certificate)
        if client is None:
            client = self._owned[certificate] = _opened(source, certificate, self.limits)
        return client

    def _tell(self, event: Event) -> None:
        level = {"give_up": logging.WARNING, "drift": logging.WARNING, "retry": logging.INFO}.get(
            event.kind, logging.DEBUG
        )
        if _LOG.isEnabledFor(level):
            _LOG.log(level, "%s: %s%s", event.source, event.kind, f" ({event.words})" if event.words else "")
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:  # noqa: BLE001 -- whatever an application counts, prices come first
                _LOG.exception("the hook for events failed")


def _worth_another_attempt(error: BaseException) -> bool:
    """Tell whether an attempt failed for a reason that passes: unreachable, too slow, too busy, out of order."""
    return isinstance(error, ProviderUnavailable)


def _check_conditions(found: Found, payment: Payment) -> None:
    """Decline for a source what it declares not to answer."""
    source = found.source
    if source.gives != "prices":
        return
    if payment.side not in source.sides:
        raise Declined(f"it does not hold fixed what the payment {payment.side}")
    for name, values in source.only.items():
        asked = getattr(payment, name)
        if asked is not None and asked not in values:
            raise Declined(f"it answers for {name} {' or '.join(values)}, and this payment has {asked}")


def _next(found: Found, ask: Ask, before: Sequence[Response]) -> Request | None:
    """Return the next request, what it sends being secret from now on; the answer to a login is never quoted."""
    try:
        request = next_request(found.adapter, ask, before)
    except ProviderChanged as error:
        if not before or not ask.credentials:
            raise
        raise ProviderChanged(error.provider, error.field, "something else (not shown)", "a login's answer") from None
    if request is not None and ask.credentials:
        ask.credentials.learn(request.headers)
    return request


def _shown(answer: Answer, credentials: Credentials) -> Answer:
    """Return an answer whose words are free of a key that the service echoed; its figures stand."""
    words = {name: getattr(answer, name, None) for name in _WORDS}
    clean = {name: credentials.scrub(text) for name, text in words.items() if isinstance(text, str)}
    if "url" in clean:
        clean["url"] = without_user(clean["url"])
    changed = {name: text for name, text in clean.items() if text != words[name]}
    return replace(answer, **changed) if changed else answer  # type: ignore[arg-type]  # fields of text alone


def _scrubbed(error: ProviderError, credentials: Credentials) -> ProviderError:
    """Return an error without anything that is secret, and without the chain of errors that led to it."""
    if isinstance(error, ProviderChanged):
        found, expected = credentials.scrub(error.found), credentials.scrub(error.expected)
        return ProviderChanged(error.provider, credentials.scrub(error.field), found, expected)
    if isinstance(error, ProviderUnavailable):
        return ProviderUnavailable(error.provider, credentials.scrub(error.message), retry_after=error.retry_after)
    if type(error) is ProviderRefused:
        return ProviderRefused(error.provider, credentials.scrub(error.message))
    return error


def _too_large(source: str, most: int) -> ProviderChanged:
    return ProviderChanged(source, "body", f"more than {most} bytes", "an answer of reasonable size")


def _decoded(source: str, coding: str, raw: bytes, most: int) -> bytes:
    """Return a body without its content coding; one that grows beyond the limit, or lies about it, is refused."""
    name = coding.strip().lower()
    if name in {"", "identity"} or not raw:
        return raw
    if name not in {"gzip", "x-gzip"}:
        raise ProviderChanged(source, "content-encoding", repr(name[:20]), "gzip, which was asked for")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        body = unpacker.decompress(raw, most + 1)
    except zlib.error:
        raise ProviderChanged(source, "content-encoding", "a body that is not gzip", "gzip, as it says") from None
    if len(body) > most:
        raise _too_large(source, most)
    if not unpacker.eof:
        raise ProviderChanged(source, "body", "gzip that ends early", "a whole body")
    return body


def _opened(source: str, certificate: Certificate | None, limits: Limits) -> httpx.AsyncClient:
    context = httpx.create_ssl_context()
    if certificate is not None:
        _identify(source, context, certificate)
    pool = httpx.Limits(max_connections=limits.connections, max_keepalive_connections=limits.connections)
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    if getproxies():  # whoever must go through a proxy has one pool for all, as httpx makes it
        return httpx.AsyncClient(http2=True, verify=context, cookies=cookies, limits=pool)
    return httpx.AsyncClient(transport=_PoolOfEachHost(context, pool), cookies=cookies)


class _PoolOfEachHost(httpx.AsyncBaseTransport):
    """Connections by host: one pool for all looks through all of its connections at every request."""

    def __init__(self, context: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._context, self._limits = context, limits
        self._pools: dict[tuple[str, str, int | None], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on a connection to its host."""
        key = (request.url.scheme, request.url.host, request.url.port)
        pool = self._pools.get(key)
        if pool is None:
            pool = httpx.AsyncHTTPTransport(verify=self._context, http2=True, limits=self._limits)
            self._pools[key] = pool
        return await pool.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()


def _identify(source: str, context: ssl.SSLContext, certificate: Certificate) -> None:
    try:
        context.load_cert_chain(certificate.certificate, certificate.key, certificate.password or None)
    except (OSError, ValueError):
        # Neither the paths nor the library's words: both may say too much.
        raise ProviderRefused(source, "its client certificate cannot be read with its key and password") from None


@cache
def user_agent() -> str:
    """Say who asks, and with what."""
    try:
        own = version("paycompare")
    except PackageNotFoundError:
        own = "0"
    return f"paycompare/{own} httpx/{httpx.__version__}"


_ASKING: ContextVar[bool] = ContextVar("paycompare_asking", default=False)
"""Whether a request of ours is under way in this task."""


class _Discreet(logging.Filter):
    """Keeps quiet about our requests, and lets everybody else's pass."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 -- whatever it says
        return not _ASKING.get()


# At level DEBUG the header compression of HTTP/2 logs every header with its value, credentials among them; and httpx
# logs the query of every request, for which `paycompare.live` logs the source.
for _name in ("hpack.hpack", "hpack.table", "httpx"):
    logging.getLogger(_name).addFilter(_Discreet())
