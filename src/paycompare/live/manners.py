"""How sources are treated: how often they are asked, when they are left alone, what is remembered of them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections import OrderedDict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from paycompare.errors import ProviderUnavailable
from paycompare.live.reading import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable

    from paycompare.live.adapter import Source

__all__ = ["Breaker", "Limits", "Memory", "Pace", "Resting", "SingleFlight", "digest"]

_T = TypeVar("_T")
_KEPT_HEADERS: Final = ("content-type", "date")
_KEY: Final = "[0-9a-f]" * 40
_WHOLE: Final = ".answer"
_PARTIAL: Final = ".partial"
_UNFINISHED: Final = 3600.0
"""Seconds after which a file that is not finished never will be."""


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
        longest_rest: Seconds for which it is left alone at most because it asked for that (``Retry-After``).
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
    longest_rest: float = 86_400.0
    connections: int = 100
    remembered: int = 2000


class Pace:
    """Keeps the number of requests to one host within what the source declares that asks it first."""

    def __init__(self, source: Source) -> None:
        self._together = source.together
        self.free()
        self._gap = 1 / source.per_second
        self._burst = source.per_second
        self._next = 0.0
        self._rests_until = 0.0

    def free(self) -> None:
        """Take every place for free: nobody is left of the event loop in which it was used."""
        self._gate = asyncio.Semaphore(self._together)

    def rest(self, seconds: float) -> None:
        """Make no request before a time has passed, as the source asks."""
        self._rests_until = max(self._rests_until, time.monotonic() + seconds)

    @asynccontextmanager
    async def turn(self, source: str, within: float) -> AsyncIterator[None]:
        """Wait for a free place, for the time since the request before, and until the source has rested.

        Args:
            source: Id of the source.
            within: Seconds that the question may take.

        Raises:
            Resting: The source asked for more time than that.
        """
        async with self._gate:
            now = time.monotonic()
            # A second's worth of requests may come at once; after that they are spaced.
            at = max(now, self._next - self._gap * (self._burst - 1))
            self._next = max(self._next, now) + self._gap
            while (left := max(at, self._rests_until) - time.monotonic()) > 0:
                if self._rests_until - time.monotonic() >= within:
                    raise Resting(source, self._rests_until - time.monotonic())
                await asyncio.sleep(left)
            yield


class Resting(ProviderUnavailable):
    """A source is not asked, because it asked for time (``Retry-After``)."""

    def __init__(self, source: str, seconds: float) -> None:
        again = datetime.now(UTC) + timedelta(seconds=seconds)
        super().__init__(source, f"asks not to be asked before {again:%Y-%m-%d %H:%M:%S} UTC", retry_after=seconds)


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
        folder: Where they are kept between runs; None keeps them in memory alone. Whatever is wrong with it, or with a
            file in it, costs the answer that it would have saved.
    """

    most: int
    folder: Path | None = None
    _held: OrderedDict[str, tuple[float, Response]] = field(default_factory=OrderedDict, repr=False)

    def recall(self, key: str, seconds: float, *, disk: bool) -> Response | None:
        """Return what was answered, if it still holds; if not, it is forgotten.

        Args:
            key: What was asked.
            seconds: For how long an answer holds: one that claims to hold longer is damaged.
            disk: Whether it may have been written to disk.
        """
        found = self._held.get(key)
        if found is None and disk:
            found = self._read(key)
        now = time.time()
        if found is None or not now < found[0] <= now + seconds:
            self.forget(key)
            return None
        self._keep(key, found)
        return found[1]

    def remember(self, key: str, answer: Response, seconds: float, *, disk: bool) -> None:
        """Keep what was answered.

        Args:
            key: What was asked.
            answer: What was answered.
            seconds: For how long it holds.
            disk: Whether it may be written to disk: never what took credentials to get.
        """
        entry = (time.time() + seconds, answer)
        self._keep(key, entry)
        if disk and self.folder is not None:
            self._write(self.folder, key, entry)

    def forget(self, key: str) -> None:
        """Drop what is kept under a key, on disk too."""
        self._held.pop(key, None)
        if self.folder is not None:
            with suppress(OSError):
                self._file(self.folder, key).unlink()

    def sweep(self) -> None:
        """Remove the files that have expired, and what an interrupted run left half written."""
        for suffix, spared in ((_WHOLE, 0.0), (_PARTIAL, _UNFINISHED)):
            with suppress(OSError):
                for file in self.folder.glob(f"{_KEY}*{suffix}") if self.folder is not None else ():
                    with suppress(OSError):
                        if file.stat().st_mtime <= time.time() - spared:
                            file.unlink()

    def _keep(self, key: str, entry: tuple[float, Response]) -> None:
        self._held[key] = entry
        self._held.move_to_end(key)
        while len(self._held) > self.most:
            self._held.popitem(last=False)

    @staticmethod
    def _file(folder: Path, key: str) -> Path:
        return folder / f"{key}{_WHOLE}"

    def _write(self, folder: Path, key: str, entry: tuple[float, Response]) -> None:
        """Write through a file of its own, which none but its owner may read, so that nobody reads half of one.

        Its time is when it expires, so that sweeping takes no reading.
        """
        text = json.dumps({"until": entry[0], "answer": _plain(entry[1])})
        partial: Path | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = mkstemp(_PARTIAL, f"{key}.", folder)
            partial = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{digest(key, text)}\n{text}")
            os.utime(partial, (entry[0], entry[0]))
            partial.replace(self._file(folder, key))
        except (OSError, OverflowError):
            if partial is not None:
                with suppress(OSError):
                    partial.unlink()

    def _read(self, key: str) -> tuple[float, Response] | None:
        """Read what another run wrote; what is not as it was written was not written."""
        if self.folder is None:
            return None
        try:
            seal, _, text = self._file(self.folder, key).read_text(encoding="utf-8").partition("\n")
            said = json.loads(text) if seal == digest(key, text) else {}
            return float(said["until"]), _response(said["answer"])
        except (OSError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
            return None


def _plain(answer: Response) -> dict[str, object]:
    return {
        "source": answer.source,
        "status": answer.status,
        "headers": {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers},
        "body": base64.b64encode(answer.body).decode("ascii"),
        "received_at": answer.received_at.isoformat(),
    }


def _response(said: dict[str, Any]) -> Response:
    return Response(
        source=said["source"],
        status=said["status"],
        headers=said["headers"],
        body=base64.b64decode(said["body"]),
        received_at=datetime.fromisoformat(said["received_at"]),
    )


def digest(*parts: object) -> str:
    """Return a short name for what was asked, the same in every run.

    Args:
        *parts: What was asked.
    """
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:40]
