"""How much asking costs: 50 simulated providers that answer after 200 ms, beside bare httpx.

Each has a port of its own on loopback, as each provider has a host of its own. Run with ``make bench-live``. The server
is a process of its own, so that its work is not counted, and says how long its slowest answer took. Beside one httpx
client for all, which looks through all of its connections at every request, stands one for each provider.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from itertools import starmap
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import httpx

from paycompare.live.adapters import Found, find_adapters
from paycompare.live.fetch import Fetcher
from paycompare.live.settings import Settings
from paycompare.terms import Payment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from ctypes import c_double
    from multiprocessing.connection import Connection

PROVIDERS: Final = 50
DELAY: Final = 0.2
ROUNDS: Final = 15
WALL: Final = 1.1
CPU: Final = 1.3

ADAPTER: Final = '''
"""A simulated provider that answers with one price."""

from datetime import timedelta

from paycompare.live.adapter import Charge, Priced, Request, Source

SOURCE = Source(
    name="simulated", url="https://simulated.example", documentation="https://simulated.example/docs",
    lifetime=timedelta(microseconds=1), per_second=1000, together=100,
)


def request(ask):
    """Ask for what is paid."""
    return Request(url=ask.url("/quote"), query=(("amount", f"{ask.fixed.amount:f}"),))


def parse(ask, answer):
    """Read each row."""
    for row in answer.json()["rows"]:
        yield Priced(
            service=row["service"].text(), title="simulated", convention="deducted", given=ask.fixed,
            landed=ask.money(row["landed"].positive(), ask.payee), rate=row["rate"].positive(),
            charges=(Charge("fee", ask.money(row["fee"].not_negative(), ask.payer)),),
            collected_at=row["at"].instant(),
        )
'''

ROW: Final = '{{"service": "s{0}", "fee": 10, "rate": 70, "landed": 69300, "at": "2026-10-30T10:00:00+00:00"}}'
BODY: Final = ('{"rows": [' + ", ".join(ROW.format(number) for number in range(1)) + "]}").encode()


async def _serve(ready: Connection, slowest: c_double) -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                began = time.perf_counter()
                await asyncio.sleep(DELAY)
                writer.write(reply)
                slowest.value = max(slowest.value, time.perf_counter() - began)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    servers = [await asyncio.start_server(answer, "127.0.0.1", 0) for _ in range(PROVIDERS)]
    ready.send([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _server(ready: Connection, slowest: c_double) -> None:
    asyncio.run(_serve(ready, slowest))


def _sources(folder: Path) -> list[Found]:
    for number in range(PROVIDERS):
        place = folder / f"simulated_{number:02}"
        place.mkdir()
        (place / "provider.toml").write_text('name = "simulated"\nkind = "bank"\ncountry = "DE"\n', encoding="utf-8")
        (place / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return [found for found in find_adapters([folder]) if found.id.startswith("simulated_")]


async def _gathered(clients: dict[str, httpx.AsyncClient]) -> None:
    async def get(url: str, client: httpx.AsyncClient) -> None:
        reply = await client.get(f"{url}/quote", params={"amount": "1000.00"})
        reply.raise_for_status()

    await asyncio.gather(*starmap(get, clients.items()))


async def _asked(fetcher: Fetcher, found: list[Found], payment: Payment) -> None:
    outcomes = await fetcher.ask_all(found, payment, lambda *_: Fraction(70))
    if not all(outcome.answers for outcome in outcomes):
        msg = f"a quote is missing: {outcomes}"
        raise SystemExit(msg)


@dataclass
class Side:
    """One way of asking all providers, and what each round of it took.

    Attributes:
        ask: Asks them all at once.
        wall: Seconds.
        cpu: Seconds of this process.
        over: Seconds over those of the slowest answer, from the request's arrival at the server to the reply.
    """

    ask: Callable[[], Awaitable[None]]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    over: list[float] = field(default_factory=list)

    async def measure(self, slowest: c_double) -> None:
        """Ask once; ``slowest`` is where the server notes how many seconds an answer took at most."""
        slowest.value = 0.0
        wall, cpu = time.perf_counter(), time.process_time()
        await self.ask()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        self.over.append(self.wall[-1] / slowest.value)


async def _measure(found: list[Found], ports: list[int], slowest: c_double) -> dict[str, Side]:
    urls = {one.id: f"http://127.0.0.1:{port}" for one, port in zip(found, ports, strict=True)}
    payment = Payment.ask("1000 EUR", sender="DE", to="PH", at=datetime.now(UTC).date())
    pool = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    context = httpx.create_ssl_context()
    async with AsyncExitStack() as opened:
        fetcher = await opened.enter_async_context(Fetcher(Settings(urls)))
        shared = await opened.enter_async_context(httpx.AsyncClient(http2=True, limits=pool, verify=context))
        single = {
            url: await opened.enter_async_context(httpx.AsyncClient(http2=True, verify=context))
            for url in urls.values()
        }
        sides = {
            "paycompare": Side(partial(_asked, fetcher, found, payment)),
            "bare httpx": Side(partial(_gathered, dict.fromkeys(urls.values(), shared))),
            "httpx, a client for each": Side(partial(_gathered, single)),
        }
        for side in sides.values():
            await side.ask()  # the first round opens the connections
        for _ in range(ROUNDS):
            for side in sides.values():
                await side.measure(slowest)
    return sides


def main() -> int:
    """Measure, print, and say whether the aims hold."""
    spawn = multiprocessing.get_context("spawn")
    receive, send = spawn.Pipe(duplex=False)
    slowest = spawn.Value("d", 0.0, lock=False)
    server = spawn.Process(target=_server, args=(send, slowest), daemon=True)
    server.start()
    try:
        with TemporaryDirectory() as folder:
            sides = asyncio.run(_measure(_sources(Path(folder)), receive.recv(), slowest))
    finally:
        server.terminate()
        server.join()
    # The best of the rounds: everything else on this machine only ever adds.
    print(f"{PROVIDERS} providers of {DELAY * 1000:.0f} ms, {ROUNDS} rounds of each in turn: best, median")
    for name, side in sides.items():
        print(
            f"  {name:<25} wall {min(side.wall) * 1000:4.0f} {median(side.wall) * 1000:4.0f} ms   "
            f"CPU {min(side.cpu) * 1000:4.0f} {median(side.cpu) * 1000:4.0f} ms   "
            f"wall over the slowest answer {min(side.over):.2f} {median(side.over):.2f}"
        )
    ours, bare = sides["paycompare"], sides["bare httpx"]
    held = {
        f"wall over the slowest answer {min(ours.over):.2f}, at most {WALL}": min(ours.over) <= WALL,
        f"CPU over bare httpx {min(ours.cpu) / min(bare.cpu):.2f}, at most {CPU}": min(ours.cpu) <= CPU * min(bare.cpu),
    }
    print(f"  wall over bare httpx {min(ours.wall) / min(bare.wall):.2f}")
    for words, holds in held.items():
        print(f"  {words}: {'holds' if holds else 'does not hold'}")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
