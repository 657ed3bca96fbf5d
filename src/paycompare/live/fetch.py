"""The network: every source at once, politely, and whatever any of them does is data.

One exchange with a source is led by its adapter (`paycompare.live.exchange`). Here are its requests: a pooled client
with HTTP/2, a pace for each source, attempts bounded in number and time, a breaker, one flight for equal questions, a
memory for as long as each source allows. Nothing here raises for what a source does: it becomes an `Outcome`.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
import zlib
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import blake2b
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import urlsplit
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
from paycompare.live.discreet import in_words, scrubbed, shown, tokens_in
from paycompare.live.exchange import accept, next_request, read_answers
from paycompare.live.manners import Breaker, Limits, Memory, Pace, Resting, SingleFlight, digest
from paycompare.live.priced import parted
from paycompare.live.reading import Response
from paycompare.live.secret import Credentials
from paycompare.live.settings import address_variable

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
    from fractions import Fraction
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
_MEMBERS: Final = 100
"""Parts of a compressed body; thousands of empty ones would be read for hours."""

_QUICKLY_READ: Final = 1 << 16
"""Bytes of an answer beyond which it is read in a thread: megabytes take seconds, which others would be late by."""


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
        error: Why it gave no answer, or what could not be read of it; None when it gave one, or declined.
        declined: Why it does not answer such a question; None when it does.
        seconds: How long it took.
    """

    source: str
    answers: tuple[Answer, ...] = ()
    error: ProviderError | None = None
    declined: str | None = None
    seconds: float = 0.0


def _read(found: Found, ask: Ask, answers: tuple[Response, ...]) -> tuple[Answer | ProviderChanged, ...]:
    return read_answers(found.adapter, replace(ask, now=answers[-1].received_at) if answers else ask, answers)


class Fetcher:
    """Asks sources over the network; belongs to the event loop in which it is used first."""

    def __init__(
        self,
        settings: Settings,
        *,
        limits: Limits | None = None,
        http: httpx.AsyncClient | None = None,
        cache: Path | str | None = None,
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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()
        self._leaving: set[asyncio.Task[Outcome]] = set()
        self._swept = False
        self._blocked = ""
        self._memory = Memory(self.limits.remembered, None if cache is None else Path(cache))
        self._on_event = on_event
        self._paces: dict[str, Pace] = {}
        self._breakers: dict[str, Breaker] = {}
        self._flights: SingleFlight[Response] = SingleFlight()
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
        await asyncio.gather(*self._leaving, return_exceptions=True)
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

        Raises:
            RuntimeError: It belongs to another event loop, which is running.
        """
        if not sources:
            return ()
        began = time.monotonic()
        self._belong(asyncio.get_running_loop())
        await self._open()
        tasks = {asyncio.create_task(self.ask(one, payment, reference)): one for one in sources}
        try:
            _, late = await asyncio.wait(tasks, timeout=began + self.limits.deadline - time.monotonic())
        except asyncio.CancelledError:
            self._leave(tasks)
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        self._leave(late)
        seconds = time.monotonic() - began
        return tuple(self._too_late(one, seconds) if task in late else task.result() for task, one in tasks.items())

    def _leave(self, tasks: Iterable[asyncio.Task[Outcome]]) -> None:
        """Cancel what is under way and wait for nothing, as closing connections takes its time; `close` does."""
        for task in tasks:
            if task.cancel():
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)

    def _belong(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to an event loop; of one that is over nothing is left but what was learnt in it."""
        before, self._loop = self._loop, self._loop or loop
        if self._loop is loop:
            return
        if before is not None and before.is_running():
            msg = "a Client belongs to one event loop, and is used in another: make one for each, or await it in one"
            raise RuntimeError(msg)
        self._loop, self._owned, self._opening, self._flights = loop, {}, asyncio.Lock(), SingleFlight()
        for pace in self._paces.values():
            pace.free()

    async def _open(self) -> None:
        """Open the pool of connections and sweep the cache, both of which take too long for an event loop.

        A proxy or certificates that the environment names, and that are not there, are a failure of every source: what
        is published can be compared all the same.
        """
        async with self._opening:
            if not self._swept:
                self._swept = True
                await asyncio.to_thread(self._memory.sweep)
            if self._http is None and None not in self._owned:
                self._blocked = ""
                try:
                    self._owned[None] = await asyncio.to_thread(_opened, "", None, self.limits)
                except Exception as error:  # noqa: BLE001 -- httpx and ssl read the environment, and raise what they like
                    named = "the proxies, certificates and files for keys that the environment names"
                    self._blocked = f"no connection can be opened ({type(error).__name__}): look at {named}"

    def _too_late(self, found: Found, seconds: float) -> Outcome:
        error = ProviderUnavailable(found.id, f"no answer within {self.limits.deadline:g} seconds")
        self._tell(Event("give_up", found.id, error.message, seconds=seconds))
        return Outcome(found.id, error=error, seconds=seconds)

    def _breaker(self, found: Found) -> Breaker:
        return self._breakers.setdefault(found.id, Breaker(self.limits))

    def _pace(self, found: Found) -> Pace:
        host = urlsplit(found.source.url).netloc  # as declared: what stands in its place is somebody else's
        pace = self._paces.get(host)
        if pace is None:
            pace = self._paces[host] = Pace(found.source)
        return pace

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
            if self._blocked:
                raise ProviderRefused(found.id, self._blocked)  # noqa: TRY301 -- a failure like all others
            ask = Ask(
                source=found.id,
                payment=payment,
                now=datetime.now(UTC),
                base=self.settings.base(found),
                credentials=credentials,
                reference=reference,
            )
            said, fault = parted(await self._said(found, ask))
            seconds, clean = time.monotonic() - began, tuple(shown(one, credentials) for one in said)
            failed = None if fault is None else self._failed(found, fault, credentials, seconds).error
            return Outcome(found.id, clean, failed, seconds=seconds)
        except Declined as reason:
            return Outcome(found.id, declined=in_words(str(reason), credentials), seconds=time.monotonic() - began)
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
        clean = scrubbed(error, credentials)
        if isinstance(clean, CredentialsMissing):  # it was not asked, and has not failed
            _LOG.debug("%s: %s", found.id, clean.message)
            return Outcome(found.id, error=clean, seconds=seconds)
        drift = isinstance(clean, ProviderChanged)
        field = clean.field if isinstance(clean, ProviderChanged) else None
        self._tell(Event("drift" if drift else "give_up", found.id, clean.message, seconds=seconds, field=field))
        return Outcome(found.id, error=clean, seconds=seconds)

    async def _said(self, found: Found, ask: Ask) -> tuple[Answer | ProviderChanged, ...]:
        """Return what a source says; where memory leads to a refusal, or to nothing that holds, it is asked afresh."""
        recalled: list[str] = []
        try:
            said = await self._conversed(found, ask, recalled)
            if not (recalled and any(map(_has_expired, said))):
                return said
        except (ProviderRefused, ProviderChanged):
            if not recalled:
                raise
        for key in recalled:
            self._memory.forget(key)
        return await self._conversed(found, ask, [])

    async def _conversed(self, found: Found, ask: Ask, recalled: list[str]) -> tuple[Answer | ProviderChanged, ...]:
        """Lead an exchange to its end and read it; an answer that cannot be read is not worth remembering."""
        made: list[str] = []
        answers = await self._led(found, ask, recalled, made)
        try:
            if sum(len(one.body) for one in answers) > _QUICKLY_READ:
                said = await asyncio.to_thread(_read, found, ask, answers)
            else:
                said = _read(found, ask, answers)
        except ProviderChanged:
            for key in made:
                self._memory.forget(key)
            if made:
                self._breaker(found).failed()
            raise
        if made:
            self._breaker(found).succeeded()
        elif recalled:
            self._tell(Event("remembered", found.id))
        return said

    async def _led(self, found: Found, ask: Ask, recalled: list[str], made: list[str]) -> tuple[Response, ...]:
        """Make one request after the other; each is remembered by what it sends, not by the question behind it.

        Two questions share what they ask of a source in the same words, and each reads it for itself: at its own
        reference rates, for its own conditions.

        Args:
            found: The source.
            ask: The question.
            recalled: Filled with the keys of what was remembered.
            made: Filled with the keys of what was asked for this question.
        """
        answers: list[Response] = []
        while (request := _next(found, ask, answers)) is not None:
            key = self._key(found, ask, request, len(answers))
            seconds, disk = _lasts(found, ask, request)
            answer = self._memory.recall(key, seconds, disk=disk)
            if answer is not None:
                recalled.append(key)
            else:
                answer = await self._flights.run(key, partial(self._fetched, found, ask, tuple(answers), request, made))
            answers.append(answer)
        return tuple(answers)

    async def _fetched(
        self, found: Found, ask: Ask, before: Sequence[Response], request: Request, made: list[str]
    ) -> Response:
        """Make a request for everybody who waits for its answer, and remember that."""
        breaker = self._breaker(found)
        breaker.check(found.id)
        key = self._key(found, ask, request, len(before))
        made.append(key)
        try:
            async with asyncio.timeout(self.limits.deadline):
                answer = await self._insisted(found, ask, before)
        except TimeoutError:
            breaker.failed()
            raise ProviderUnavailable(found.id, f"no answer within {self.limits.deadline:g} seconds") from None
        except ProviderError as error:
            if isinstance(error, ProviderUnavailable | ProviderChanged) and not isinstance(error, Resting):
                breaker.failed()
            raise scrubbed(error, ask.credentials) from None
        seconds, disk = _lasts(found, ask, request)
        self._memory.remember(key, answer, seconds, disk=disk)
        return answer

    def _key(self, found: Found, ask: Ask, request: Request, step: int) -> str:
        """Name what a request asks; a login is the same however it is signed, and so is a request."""
        headers = sorted((name, value) for name, value in request.headers.items() if name.lower() != "authorization")
        asked = step if request.keep else (request.method, request.query, headers, request.body)
        return digest(found.id, request.url, asked, self._fingerprint(ask.credentials))

    def _fingerprint(self, credentials: Credentials) -> str:
        """Tell one account from another without keeping what tells them apart."""
        if not credentials:
            return ""
        made = blake2b(key=self._pepper, digest_size=16)
        for name in sorted(credentials):
            made.update(name.encode() + b"\0" + credentials.content(name) + b"\0")
        return made.hexdigest()

    async def _insisted(self, found: Found, ask: Ask, before: Sequence[Response]) -> Response:
        """Make a request as often as it is worth it; each attempt is signed afresh."""
        drawn = wait_random_exponential(multiplier=self.limits.first_wait, max=self.limits.longest_wait)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked_for = error.retry_after if isinstance(error, ProviderUnavailable) else None
            return max(drawn(state), asked_for or 0.0)

        def told(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            words = in_words(error.message, ask.credentials) if isinstance(error, ProviderError) else ""
            self._tell(Event("retry", found.id, words, state.attempt_number, state.upcoming_sleep))

        number, sent = 0, math.inf

        async def attempt() -> Response:
            nonlocal number, sent
            number += 1
            fresh = replace(ask, now=datetime.now(UTC), nonce=token_hex(16))
            request = _next(found, fresh, before)
            if request is None:
                raise ProviderChanged(found.id, "adapter", "no request", "the same request again")
            async with self._pace(found).turn(found.id, self.limits.deadline):
                sent = min(sent, time.monotonic())
                answer = await self._once(found, ask.credentials, request, number)
            try:
                accept(found.adapter, answer)
            except ProviderUnavailable as error:
                self._pace(found).rest(min(error.retry_after or 0.0, self.limits.longest_rest))
                raise
            return answer

        retrying = AsyncRetrying(
            retry=retry_if_exception(_worth_another_attempt),
            stop=stop_after_attempt(self.limits.attempts) | stop_before_delay(self.limits.deadline),
            wait=wait,
            before_sleep=told,
            sleep=asyncio.sleep,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except asyncio.CancelledError:
            # Nobody waits any longer: who was asked for most of the time that there is has failed, nobody else.
            if time.monotonic() - sent > self.limits.deadline / 2:
                self._breaker(found).failed()
            raise

    async def _once(self, found: Found, credentials: Credentials, request: Request, attempt: int) -> Response:
        """Make a request once."""
        user = credentials.text(address_variable(found.id))
        self._tell(Event("request", found.id, attempt=attempt))
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.limits.attempt):
                asking = _ASKING.set(True)
                try:
                    answer = await self._sent(found.id, request, user)
                finally:
                    _ASKING.reset(asking)
        except (TimeoutError, httpx.TimeoutException):
            raise ProviderUnavailable(found.id, f"no answer within {self.limits.attempt:g} seconds") from None
        except PaycompareError:
            raise
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            raise ProviderRefused(found.id, "its address, or a credential in a header, cannot be sent") from None
        except Exception as error:  # noqa: BLE001 -- a transport fails in more ways than it documents; none may pass
            raise ProviderUnavailable(found.id, f"could not be reached ({type(error).__name__})") from None
        self._tell(Event("answer", found.id, f"status {answer.status}", attempt, time.monotonic() - began))
        return answer

    async def _sent(self, source: str, request: Request, user: str) -> Response:
        client = self._client(source, request.certificate)
        sent = client.build_request(
            request.method,
            request.url,
            params=list(request.query) or None,
            headers={"accept-encoding": "gzip", "accept": "*/*", "user-agent": user_agent(), **request.headers},
            content=request.body,
            timeout=self.limits.attempt,
        )
        name, _, password = user.partition(":")
        basic = httpx.BasicAuth(name, password) if user else None
        reply = await client.send(sent, stream=True, auth=basic, follow_redirects=False)
        headers = {name.lower(): value for name, value in reply.headers.items()}
        try:
            body = await self._body(source, reply, headers.get("content-encoding", ""))
        finally:
            await reply.aclose()
        return Response(
            source=source,
            status=reply.status_code,
            headers=headers,
            body=body,
            received_at=datetime.now(UTC),
        )

    async def _body(self, source: str, reply: httpx.Response, coding: str) -> bytes:
        most = self.limits.largest_body
        if reply.is_stream_consumed:  # a client of the caller's own, such as one without a network, has read it
            if len(reply.content) > most:
                raise _too_large(source, most)
            return reply.content
        raw = bytearray()
        async with aclosing(cast("AsyncGenerator[bytes]", reply.aiter_raw(_CHUNK))) as parts:
            async for part in parts:
                raw += part
                if len(raw) > most:
                    raise _too_large(source, most)
        return _decoded(source, coding, bytes(raw), most)

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


def _lasts(found: Found, ask: Ask, request: Request) -> tuple[float, bool]:
    """Return for how many seconds an answer may be used again, and whether it may be written to disk."""
    lifetime = request.keep or found.source.lifetime
    return lifetime.total_seconds(), request.keep is None and not ask.credentials


def _worth_another_attempt(error: BaseException) -> bool:
    """Tell whether an attempt failed for a reason that passes: unreachable, too slow, too busy, out of order."""
    return isinstance(error, ProviderUnavailable) and not isinstance(error, Resting)


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
        ask.credentials.learn(request.headers, tokens_in(request, before))
    return request


def _has_expired(answer: Answer | ProviderChanged) -> bool:
    until = getattr(answer, "expires_at", None)
    return until is not None and until <= datetime.now(UTC)


def _too_large(source: str, most: int) -> ProviderChanged:
    return ProviderChanged(source, "body", f"more than {most} bytes", "an answer of reasonable size")


def _decoded(source: str, coding: str, raw: bytes, most: int) -> bytes:
    """Return a body without its content coding; one that grows beyond the limit, or lies about it, is refused."""
    name = coding.strip().lower()
    if name in {"", "identity"} or not raw:
        return raw
    if name not in {"gzip", "x-gzip"}:
        raise ProviderChanged(source, "content-encoding", repr(name[:20]), "gzip, which was asked for")
    body, rest, members = bytearray(), raw, 0
    while rest.strip(b"\0"):
        unpacker, members = zlib.decompressobj(_GZIP), members + 1
        try:
            body += unpacker.decompress(rest, most + 1 - len(body))
        except zlib.error:
            raise ProviderChanged(source, "content-encoding", "a body that is not gzip", "gzip, as it says") from None
        if len(body) > most or members > _MEMBERS:
            raise _too_large(source, most)
        if not unpacker.eof:
            raise ProviderChanged(source, "body", "gzip that ends early", "a whole body")
        rest = unpacker.unused_data
    return bytes(body)


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


# At level DEBUG the header compression of HTTP/2 logs every header with its value, credentials among them, and httpcore
# those of every answer, which may echo them; and httpx logs the query of every request, for which `paycompare.live`
# logs the source.
for _name in ("hpack.hpack", "hpack.table", "httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2"):
    logging.getLogger(_name).addFilter(_Discreet())
