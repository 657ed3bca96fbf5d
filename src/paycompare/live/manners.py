"""How sources are treated: how often they are asked, when they are left alone, what is remembered of them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from paycompare.errors import ProviderUnavailable
from paycompare.live.reading import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
    from pathlib import Path

    from paycompare.live.adapter import Source

__all__ = ["Breaker", "Limits", "Memory", "Pace", "SingleFlight", "digest"]

_T = TypeVar("_T")
_KEPT_HEADERS: Final = ("content-type", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What asking may cost.

    Attributes:
        deadline: Seconds after which a comparison answers with what it has.
        attempt: Seconds that one request may take.
        attempts: How often a request is made at most.
        first_wait: Seconds of the first wait at most; it doubles each time, and its length is drawn.
        longest_wait: Seconds of any wait at most, unless the source asks for more.
        largest_body: Bytes of an answer at most, before and after decompression.
        failures: Failures in a row after which a source is left alone.
        pause: Seconds for which it is left alone.
        connections: Connections at the same time at most.
        remembered: Answers kept in memory at most.
    """

    deadline: float = 10.0
    attempt: float = 5.0
    attempts: int = 3
    first_wait: float = 0.25
    longest_wait: float = 2.0
    largest_body: int = 4 << 20
    failures: int = 5
    pause: float = 30.0
    connections: int = 100
    remembered: int = 2000


class Pace:
    """Keeps the number of requests to one source within what it declares."""

    def __init__(self, source: Source) -> None:
        self._gate = asyncio.Semaphore(source.together)
        self._gap = 1 / source.per_second
        self._burst = source.per_second
        self._next = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a free place, and for the time since the request before."""
        async with self._gate:
            now = time.monotonic()
            # A second's worth of requests may come at once; after that they are spaced.
            at = max(now, self._next - self._gap * (self._burst - 1))
            self._next = max(self._next, now) + self._gap
            if at > now:
                await asyncio.sleep(at - now)
            yield


@dataclass(slots=True)
class Breaker:
    """Leaves a source alone for a while after it failed several times in a row."""

    limits: Limits
    failures: int = 0
    until: float = 0.0

    def check(self, source: str) -> None:
        """Let a question pass, or say when the next one will.

        Args:
            source: Id of the source.

        Raises:
            ProviderUnavailable: It is left alone for now.
        """
        left = self.until - time.monotonic()
        if left > 0:
            raise ProviderUnavailable(source, f"left alone after {self.failures} failures in a row", retry_after=left)

    def succeeded(self) -> None:
        """Note that it answered."""
        self.failures = 0

    def failed(self) -> None:
        """Note that it did not; after a pause a single failure is enough to pause again."""
        self.failures += 1
        if self.failures >= self.limits.failures:
            self.until = time.monotonic() + self.limits.pause


@dataclass(slots=True)
class _Flight(Generic[_T]):
    task: asyncio.Task[_T]
    waiting: int = 0


class SingleFlight(Generic[_T]):
    """Asks once for all who ask the same at the same time; who leaves takes nobody with him."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[_T]] = {}

    async def run(self, key: Hashable, make: Callable[[], Awaitable[_T]]) -> _T:
        """Return what somebody is already waiting for, or start it.

        Args:
            key: What is asked.
            make: How it is asked.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(_awaited(make)))
            flight.task.add_done_callback(lambda _: self._flights.pop(key, None))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._flights.pop(key, None)
                flight.task.cancel()
                await asyncio.gather(flight.task, return_exceptions=True)


async def _awaited(make: Callable[[], Awaitable[_T]]) -> _T:
    return await make()


@dataclass(slots=True)
class Memory:
    """Answers that may be used again, for as long as their sources allow.

    Attributes:
        most: How many are kept.
        folder: Where they are kept between runs; None keeps them in memory alone.
    """

    most: int
    folder: Path | None = None
    _held: OrderedDict[str, tuple[float, tuple[Response, ...]]] = field(default_factory=OrderedDict, repr=False)

    def recall(self, key: str, *, disk: bool) -> tuple[Response, ...] | None:
        """Return what was answered, if it still holds.

        Args:
            key: What was asked.
            disk: Whether it may have been written to disk.
        """
        found = self._held.get(key)
        if found is None and disk and self.folder is not None:
            found = self._read(self.folder / f"{key}.json")
        if found is None or found[0] <= time.time():
            self._held.pop(key, None)
            return None
        self._keep(key, found)
        return found[1]

    def remember(self, key: str, answers: tuple[Response, ...], seconds: float, *, disk: bool) -> None:
        """Keep what was answered.

        Args:
            key: What was asked.
            answers: What was answered.
            seconds: For how long it holds.
            disk: Whether it may be written to disk: never what took credentials to get.
        """
        entry = (time.time() + seconds, answers)
        self._keep(key, entry)
        if disk and self.folder is not None:
            self._write(self.folder / f"{key}.json", entry)

    def forget(self, key: str) -> None:
        """Drop what is kept in memory under a key."""
        self._held.pop(key, None)

    def _keep(self, key: str, entry: tuple[float, tuple[Response, ...]]) -> None:
        self._held[key] = entry
        self._held.move_to_end(key)
        while len(self._held) > self.most:
            self._held.popitem(last=False)

    @staticmethod
    def _write(file: Path, entry: tuple[float, tuple[Response, ...]]) -> None:
        """Write through a file of its own, so that nobody reads half of one; a full disk costs the cache only."""
        text = json.dumps({"until": entry[0], "answers": [_plain(answer) for answer in entry[1]]})
        partial = file.with_suffix(f".{os.getpid()}.partial")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8")
            partial.replace(file)
        except OSError:
            partial.unlink(missing_ok=True)

    @staticmethod
    def _read(file: Path) -> tuple[float, tuple[Response, ...]] | None:
        """Read what another run wrote; what cannot be read was not written."""
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            return said["until"], tuple(map(_response, said["answers"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _plain(answer: Response) -> dict[str, object]:
    return {
        "source": answer.source,
        "status": answer.status,
        "headers": {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers},
        "body": base64.b64encode(answer.body).decode("ascii"),
        "received_at": answer.received_at.isoformat(),
    }


def _response(said: dict[str, object]) -> Response:
    headers, status = said["headers"], said["status"]
    if not isinstance(headers, dict) or not isinstance(status, int):
        raise TypeError
    return Response(
        source=str(said["source"]),
        status=status,
        headers=headers,
        body=base64.b64decode(str(said["body"])),
        received_at=datetime.fromisoformat(str(said["received_at"])),
    )


def digest(*parts: object) -> str:
    """Return a short name for what was asked, the same in every run.

    Args:
        *parts: What was asked.
    """
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:40]
