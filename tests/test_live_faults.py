"""Whatever providers do, a comparison keeps every good quote, raises nothing, leaks nothing and ends in time.

The suite makes a few comparisons; ``make test-faults`` makes a thousand (``FAULT_COMPARISONS=1000``) and prints what
came of them.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import time
import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from paycompare import Client
from paycompare.live.adapters import find_adapters
from paycompare.live.manners import Limits
from tests.faulty import BAD, behaviour_of, faulty_server, is_good, write_providers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from paycompare import Comparison
    from paycompare.live.fetch import Event
    from tests.faulty import FaultyServer

COMPARISONS = int(os.environ.get("FAULT_COMPARISONS", "24"))
PROVIDERS = 20
TOGETHER = int(os.environ.get("FAULT_TOGETHER", "8"))
SHIPPED = [found.id for found in find_adapters()]
LIMITS = Limits(
    deadline=16.0,
    attempt=float(
        os.environ.get("FAULT_ATTEMPT", "4")
    ),  # the server shares the processor with whoever asks, and must not seem to stall
    first_wait=0.01,
    longest_wait=0.05,
    largest_body=1 << 18,
    failures=10**9,  # the breaker would spare the server most of what this test is about
    connections=400,
    remembered=50,
)


# A connection that opens in the very moment in which its attempt is cancelled is dropped by the stack below httpx and
# closed by the garbage collector, which warns; whether any socket is left open is asserted after that.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning")
def test_a_thousand_comparisons_over_faulty_providers(tmp_path: Path) -> None:
    """No good quote is lost, nothing is raised, nothing leaks, and every comparison ends by its deadline."""
    names = write_providers(tmp_path, PROVIDERS)
    summary = asyncio.run(_run(tmp_path, names))
    print(summary)  # noqa: T201 -- `make test-faults` shows it


async def _compare(client: Client, pays: str, names: Sequence[str], folder: Path) -> Comparison:
    """Ask the faulty providers alone."""
    return await client.compare(pays, sender="DE", to="PH", providers=names, exclude=SHIPPED, catalogue=folder)


async def _run(folder: Path, names: Sequence[str]) -> str:
    before = _sockets()
    async with faulty_server() as server:
        urls = {name: f"http://127.0.0.1:{server.port}/{name}" for name in names}
        urls[names[-1]] = f"https://127.0.0.1:{server.closing_port}"
        tasks = asyncio.all_tasks()
        outcomes: Counter[str] = Counter()
        slowest, sizes = 0.0, []
        began = time.perf_counter()
        async with Client(urls=urls, limits=LIMITS) as client:
            await client.compare("1000 GBP", to="IN", live=False)  # tariffs are read once
            gate = asyncio.Semaphore(TOGETHER)

            async def one(number: int) -> float:
                async with gate:
                    started = time.perf_counter()
                    amount = f"{1000 + number}.00"
                    answer = await _compare(client, f"{amount} EUR", names, folder)
                    outcomes.update(_checked(answer, names, amount))
                    return time.perf_counter() - started

            for half in (range(COMPARISONS // 2), range(COMPARISONS // 2, COMPARISONS)):
                slowest = max(slowest, *await asyncio.gather(*map(one, half)))
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else len(gc.get_objects()))
            await asyncio.sleep(0)
            left = {task for task in asyncio.all_tasks() - tasks if "serve" not in repr(task.get_coro())}
            assert not left, f"tasks are left: {left}"
        took = time.perf_counter() - began
        _check_behaviours(server)
    gc.collect()
    assert _sockets() <= before, "sockets are left open"
    assert sizes[1] < sizes[0] * 1.2, f"objects grew from {sizes[0]} to {sizes[1]}"
    # Pricing follows the deadline, and waits for its turn on the processor beside the others.
    assert slowest < LIMITS.deadline + TOGETHER
    return (
        f"\n{COMPARISONS} comparisons over {PROVIDERS} providers in {took:.1f} s, the slowest {slowest:.2f} s: "
        f"{outcomes['good']} good quotes, none lost; {outcomes['failed']} failures, all reported; "
        f"{len(server.done)} behaviours, {sum(server.done.values())} requests"
    )


def _checked(answer: Comparison, names: Sequence[str], amount: str) -> Counter[str]:
    """Check that exactly the good quotes are there, each as it was served, and a failure for each other."""
    good = {name for name in names[:-1] if is_good(name, amount)}
    quotes = {quote.provider: quote for quote in answer.quotes}
    lost = [(behaviour_of(one.provider, amount), one) for one in answer.failures if one.provider in good]
    assert not lost
    assert quotes.keys() == good
    for quote in quotes.values():
        assert quote.live is not None
        assert quote.live.landed.exact == (quote.payment.fixed.exact - 10) * 70
    failed = {failure.provider: failure for failure in answer.failures}
    assert failed.keys() == set(names) - good
    for name, failure in failed.items():
        if name != names[-1]:
            assert failure.retryable is RETRYABLE[behaviour_of(name, amount)], (behaviour_of(name, amount), failure)
    return Counter(good=len(good), failed=len(failed))


AGAIN = {"stall", "reset", "truncated", "drip", "busy_for_long", "busy_until", "status_429", "status_500", "status_503"}
RETRYABLE = {name: name in AGAIN for name in BAD}


def _check_behaviours(server: FaultyServer) -> None:
    if COMPARISONS >= 24:
        assert set(BAD) <= server.done.keys(), set(BAD) - server.done.keys()


def _sockets() -> int:
    return sum(isinstance(found, socket.socket) and found.fileno() >= 0 for found in gc.get_objects())


@pytest.mark.parametrize("behaviour", sorted(BAD))
def test_each_fault_is_one_failure_with_a_reason(tmp_path: Path, behaviour: str) -> None:
    """Each misbehaviour alone ends as one failure of the provider, and a good quote beside it stays."""
    names = write_providers(tmp_path, 2)
    amount = next(f"{n}.00" for n in range(1000, 9000) if behaviour_of(names[1], f"{n}.00") == behaviour)

    async def ask() -> Comparison:
        async with faulty_server() as server, Client(urls=_urls(server, names), limits=LIMITS) as client:
            return await _compare(client, f"{amount} EUR", names, tmp_path)

    answer = asyncio.run(ask())
    [quote] = answer.quotes
    assert quote.provider == names[0]
    [failure] = answer.failures
    assert failure.provider == names[1]
    assert failure.retryable is RETRYABLE[behaviour]


def _urls(server: FaultyServer, names: Sequence[str]) -> dict[str, str]:
    return {name: f"http://127.0.0.1:{server.port}/{name}" for name in names}


def test_a_changed_field_is_named(tmp_path: Path) -> None:
    """A field of another type is reported by its name, as a drift."""
    names = write_providers(tmp_path, 2)
    amount = next(f"{n}.00" for n in range(1000, 9000) if behaviour_of(names[1], f"{n}.00") == "other_type")
    events: list[Event] = []

    async def ask() -> Comparison:
        async with (
            faulty_server() as server,
            Client(urls=_urls(server, names), limits=LIMITS, on_event=events.append) as client,
        ):
            return await _compare(client, f"{amount} EUR", names, tmp_path)

    [failure] = asyncio.run(ask()).failures
    assert failure.reason == 'rate: found {"value": 70}, expected a number'
    assert [event.field for event in events if event.kind == "drift"] == ["rate"]
