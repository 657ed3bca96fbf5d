"""Run live questions for callers who do not await: in scripts, notebooks and inside a running event loop.

All such calls share one event loop in a thread of its own, and so connections, memory and breakers.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

__all__ = ["at_end", "run"]

_T = TypeVar("_T")


class _Loop:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.endings: list[Callable[[], Awaitable[None]]] = []
        self.thread = Thread(target=self.loop.run_forever, name="paycompare-live", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Run what is to be run at the end, and stop; a process that was forked off has no thread to stop."""
        if self.process != os.getpid() or self.loop.is_closed():
            return
        for ending in self.endings:
            asyncio.run_coroutine_threadsafe(_awaited(ending), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def _awaited(ending: Callable[[], Awaitable[None]]) -> None:
    await ending()


_lock = Lock()
_shared: _Loop | None = None


def _here() -> _Loop:
    global _shared  # noqa: PLW0603 -- one loop for the process, made when it is first needed
    with _lock:
        if _shared is None or _shared.process != os.getpid() or _shared.loop.is_closed():
            _shared = _Loop()
            atexit.register(_shared.close)
        return _shared


def run(work: Coroutine[object, object, _T]) -> _T:
    """Return what a coroutine returns, without an event loop of the caller's being touched.

    Args:
        work: The coroutine; an interrupt of the caller cancels it.
    """
    future = asyncio.run_coroutine_threadsafe(work, _here().loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def at_end(ending: Callable[[], Awaitable[None]]) -> None:
    """Have something awaited when the process ends.

    Args:
        ending: Called in the shared event loop.
    """
    _here().endings.append(ending)
