"""Whatever providers do, a comparison keeps every good quote, raises nothing, leaks nothing and ends in time.

The suite makes sixty comparisons; ``make test-faults`` makes a thousand (``FAULT_COMPARISONS=1000``) and prints what
came of them.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from paycompare import Client
from paycompare.live.adapters import find_adapters
from paycompare.live.fetch import Fetcher
from paycompare.live.manners import Limits
from tests.faulty import BAD, RECOVERS, behaviour_of, faulty_server, provider_names, write_providers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paycompare import Comparison
    from paycompare.live.fetch import Event, Outcome
    from tests.faulty import FaultyServer

COMPARISONS = int(os.environ.get("FAULT_COMPARISONS", "60"))
NAMES = provider_names(20)
TOGETHER = 32
SHIPPED = [found.id for found in find_adapters()]
LIMITS = Limits(
    deadline=7.5,  # in the middle of the third attempt at a provider that stalls, so that it is what ends it
    attempt=3.0,  # on a machine that does much else, a process may wait long for its turn
    first_wait=0.01,
    longest_wait=0.05,
    largest_body=1 << 18,
    longest_rest=0.0,  # so would leaving alone for later comparisons who asks for an hour
    failures=10**9,  # the breaker would spare the server most of what this test is about
    connections=400,
    remembered=50,
)
SOON = replace(LIMITS, deadline=2.5, attempt=1.0)
BEAT = 0.01
CALM = 5 * BEAT
BEATS = 5
"""Rounds of the event loop after its deadline in which a comparison has to stop asking."""
BLOCKS = 20
"""Pieces of memory by which a comparison may leave the process larger: fewer than one for each request."""


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    """Run the server for the tests of single faults."""
    with faulty_server(NAMES[:2]) as made:
        yield made


@dataclass
class Watch:
    """Counts the rounds of the event loop in which comparisons ask after their deadline.

    Rounds, because they are the library's: how long one lasts is decided by whatever else runs on the machine.
    """

    beats: int = 0
    held: float = 0.0
    longest: float = 0.0
    late: int = 0
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def calm(self) -> None:
        """Wait for a short round: a comparison that begins on a machine out of breath tests the machine."""
        async with self.starting:
            seconds = CALM
            while seconds >= CALM:
                before = time.monotonic()
                await asyncio.sleep(BEAT)
                seconds = time.monotonic() - before

    async def beat(self) -> None:
        """Count, at most once in a round, for as long as the loop runs."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(BEAT)
            self.beats += 1
            self.held = max(self.held, time.monotonic() - before - BEAT)

    @contextmanager
    def on_asking(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Watch every comparison ask."""
        ask_all = Fetcher.ask_all

        async def watched(fetcher: Fetcher, *question: Any) -> tuple[Outcome, ...]:
            began, ended = time.monotonic(), []
            deadline = asyncio.get_running_loop().call_later(LIMITS.deadline, lambda: ended.append(self.beats))
            outcomes = await ask_all(fetcher, *question)
            deadline.cancel()
            self.longest = max(self.longest, time.monotonic() - began)
            self.late = max(self.late, self.beats - ended[0] if ended else 0)
            return outcomes

        beating = asyncio.create_task(self.beat())
        with monkeypatch.context() as patch:
            patch.setattr(Fetcher, "ask_all", watched)
            yield
        beating.cancel()


@dataclass
class Held:
    """What this process holds: open sockets, open files, pieces of memory."""

    sockets: int = field(init=False)
    files: int = field(init=False)
    blocks: int = field(init=False)

    def __post_init__(self) -> None:
        """Count."""
        gc.collect()
        self.sockets = sum(isinstance(found, socket.socket) and found.fileno() >= 0 for found in gc.get_objects())
        self.files = len([*Path("/dev/fd").iterdir()]) if Path("/dev/fd").is_dir() else 0
        self.blocks = sys.getallocatedblocks()


# A connection that opens in the very moment in which its attempt is cancelled is dropped by the stack below httpx and
# closed by the garbage collector, which warns; whether any is left open is asserted after that.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning")
def test_a_thousand_comparisons_over_faulty_providers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No good quote is lost, nothing is raised, nothing leaks, and every comparison ends by its deadline."""
    write_providers(tmp_path, NAMES)
    monkeypatch.setattr(logging.getLogger("paycompare.live"), "disabled", True)  # pytest keeps whatever is logged
    began = time.monotonic()
    with faulty_server(NAMES) as server:
        run = asyncio.run(_run(tmp_path, server.urls | {NAMES[-1]: server.closing}, monkeypatch))
    print(run.summary(server, time.monotonic() - began))  # noqa: T201 -- `make test-faults` shows it
    assert not server.open, "connections are left open"
    if COMPARISONS >= 60:
        assert run.met.keys() >= {*BAD, *(f"once_{fault}" for fault in RECOVERS)}


@dataclass
class Run:
    """What came of the comparisons."""

    watch: Watch = field(default_factory=Watch)
    met: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slowest_ms: int = 0
    held: list[Held] = field(default_factory=list)

    def enter(self, answer: Comparison, amount: str) -> None:
        """Check that exactly the good quotes are there, each as it was served, and a failure for each other."""
        self.slowest_ms = max(self.slowest_ms, answer.elapsed_ms)
        does = {name: behaviour_of(name, amount) for name in NAMES[:-1]} | {NAMES[-1]: "closing_tls"}
        came = {failure.provider: failure.kind for failure in answer.failures}
        came |= {quote.provider: "quote" for quote in answer.quotes}
        for name, behaviour in does.items():
            self.met[behaviour][came.get(name, "nothing")] += 1
        assert came == {name: EXPECTED.get(act, "quote") for name, act in does.items()}, (does, answer.failures)
        assert len(answer.quotes) + len(answer.failures) == len(NAMES)
        for quote in answer.quotes:
            assert quote.live is not None
            assert quote.live.landed.exact == (quote.payment.fixed.exact - 10) * 70

    def summary(self, server: FaultyServer, seconds: float) -> str:
        """Return what was met and what it was reported as, and what it cost."""
        good = sum(came["quote"] for came in self.met.values())
        before, half, after = self.held
        lines = [
            "",
            f"{'behaviour':<18}{'met':>6}{'requests':>10}  came back as",
            *(
                f"{name:<18}{came.total():>6}{server.requests.get(name, 0):>10}  {', '.join(came)}"
                for name, came in sorted(self.met.items())
            ),
            "",
            f"{COMPARISONS} comparisons over {len(NAMES)} providers in {seconds:.0f} s, {TOGETHER} at a time",
            f"{good} good quotes, none lost; {len(NAMES) * COMPARISONS - good} failures, all reported",
            f"asked for at most {self.watch.longest:.2f} s of {LIMITS.deadline:g}; with pricing {self.slowest_ms} ms",
            f"asked for {self.watch.late} rounds after the deadline; the longest took {self.watch.held:.3f} s",
            "tasks left: none",
            f"before, half-way and after: {before}, {half}, {after}",
        ]
        return "\n".join(lines)


EXPECTED = {**BAD, "closing_tls": "ProviderUnavailable"}


async def _run(folder: Path, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run()
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    gate = asyncio.Semaphore(TOGETHER)

    async def one(client: Client, number: int) -> None:
        async with gate:
            await run.watch.calm()
            amount = f"{1000 + number}.00"
            run.enter(await _compare(client, f"{amount} EUR", NAMES, folder), amount)

    async with Client(urls=urls, limits=LIMITS) as client:
        await _compare(client, "999 EUR", NAMES, folder)  # what is read once has been read
    run.held.append(Held())
    async with Client(urls=urls, limits=LIMITS) as client:
        with run.watch.on_asking(monkeypatch):
            for numbers in (range(COMPARISONS // 2), range(COMPARISONS // 2, COMPARISONS)):
                await asyncio.gather(*(one(client, number) for number in numbers))
                await client.close()  # it opens connections again when it is asked again
                run.held.append(Held())
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks are left: {left}"
    before, half, after = run.held
    assert not unhandled, unhandled
    assert after.sockets <= before.sockets, "sockets are left open"
    assert after.files <= before.files, "files are left open"
    assert after.blocks - half.blocks < BLOCKS * COMPARISONS / 2, "memory grows"
    assert run.watch.late <= BEATS, f"asked for {run.watch.late} rounds after the deadline"
    return run


async def _compare(client: Client, pays: str, names: Sequence[str], folder: Path) -> Comparison:
    """Ask the faulty providers alone."""
    return await client.compare(pays, sender="DE", to="PH", providers=names, exclude=SHIPPED, catalogue=folder)


def _amount(name: str, behaviour: str) -> str:
    return next(f"{n}.00" for n in range(1000, 9000) if behaviour_of(name, f"{n}.00") == behaviour)


@pytest.mark.parametrize("behaviour", sorted(BAD))
def test_each_fault_is_one_failure_with_a_reason(tmp_path: Path, server: FaultyServer, behaviour: str) -> None:
    """Each misbehaviour alone ends as one failure of the provider, and a good quote beside it stays."""
    write_providers(tmp_path, NAMES[:2])

    async def ask() -> Comparison:
        async with Client(urls=server.urls, limits=SOON) as client:
            return await _compare(client, f"{_amount(NAMES[1], behaviour)} EUR", NAMES[:2], tmp_path)

    answer = asyncio.run(ask())
    [quote] = answer.quotes
    assert quote.provider == NAMES[0]
    [failure] = answer.failures
    assert failure.provider == NAMES[1]
    assert failure.kind == BAD[behaviour]
    assert failure.retryable is (failure.kind == "ProviderUnavailable")
    if behaviour in {"stall", "drip"}:
        assert failure.reason == f"no answer within {SOON.deadline:g} seconds", "an attempt ended it, not the deadline"


def test_a_changed_field_is_named(tmp_path: Path, server: FaultyServer) -> None:
    """A field of another type is reported by its name, as a drift."""
    write_providers(tmp_path, NAMES[:2])
    events: list[Event] = []

    async def ask() -> Comparison:
        async with Client(urls=server.urls, limits=SOON, on_event=events.append) as client:
            return await _compare(client, f"{_amount(NAMES[1], 'other_type')} EUR", NAMES[:2], tmp_path)

    [failure] = asyncio.run(ask()).failures
    assert failure.reason == 'rate: found {"value": 70}, expected a number'
    assert [event.field for event in events if event.kind == "drift"] == ["rate"]
