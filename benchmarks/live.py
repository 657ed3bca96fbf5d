"""How much asking costs: 50 simulated providers that answer after 200 ms, beside bare httpx.

Each has a port of its own on loopback, as each provider has a host of its own. Run with ``make bench-live``. The server
is a process of its own, so that its work is not counted.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from datetime import UTC, datetime
from fractions import Fraction
from operator import truediv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import httpx

from paycompare.live.adapters import Found, find_adapters
from paycompare.live.fetch import Fetcher
from paycompare.live.settings import Settings
from paycompare.terms import Payment

if TYPE_CHECKING:
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
    lifetime=timedelta(microseconds=1), per_second=1000,
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


async def _serve(ready: Connection) -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(DELAY)
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    servers = [await asyncio.start_server(answer, "127.0.0.1", 0) for _ in range(PROVIDERS)]
    ready.send([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _server(ready: Connection) -> None:
    asyncio.run(_serve(ready))


def _sources(folder: Path) -> list[Found]:
    for number in range(PROVIDERS):
        place = folder / f"simulated_{number:02}"
        place.mkdir()
        (place / "provider.toml").write_text('name = "simulated"\nkind = "bank"\ncountry = "DE"\n', encoding="utf-8")
        (place / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return [found for found in find_adapters([folder]) if found.id.startswith("simulated_")]


async def _bare(client: httpx.AsyncClient, urls: list[str]) -> None:
    async def get(url: str) -> httpx.Response:
        reply = await client.get(f"{url}/quote", params={"amount": "1000.00"})
        reply.raise_for_status()
        return reply

    await asyncio.gather(*map(get, urls))


async def _measure(
    found: list[Found], ports: list[int]
) -> tuple[list[float], list[float], list[float], list[float], list[float]]:
    urls = {one.id: f"http://127.0.0.1:{port}" for one, port in zip(found, ports, strict=True)}
    payment = Payment.ask("1000 EUR", sender="DE", to="PH", at=datetime.now(UTC).date())
    ours: tuple[list[float], list[float]] = ([], [])
    bare: tuple[list[float], list[float]] = ([], [])
    slowest: list[float] = []
    async with (
        httpx.AsyncClient(
            http2=True, limits=httpx.Limits(max_connections=100, max_keepalive_connections=100)
        ) as client,
        Fetcher(Settings(urls)) as fetcher,
    ):
        for number in range(ROUNDS + 1):
            for kept, what in (
                (ours, lambda: fetcher.ask_all(found, payment, lambda *_: Fraction(70))),
                (bare, lambda: _bare(client, list(urls.values()))),
            ):
                wall, cpu = time.perf_counter(), time.process_time()
                outcomes = await what()
                if number:  # the first round opens the connections
                    kept[0].append(time.perf_counter() - wall)
                    kept[1].append(time.process_time() - cpu)
                if kept is not ours:
                    continue
                if not outcomes or not all(outcome.answers for outcome in outcomes):
                    msg = f"a quote is missing: {outcomes}"
                    raise SystemExit(msg)
                if number:
                    slowest.append(max(outcome.seconds for outcome in outcomes))
    return *ours, *bare, slowest


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    receive, send = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=_server, args=(send,), daemon=True)
    server.start()
    try:
        with TemporaryDirectory() as folder:
            wall, cpu, bare_wall, bare_cpu, slowest = asyncio.run(_measure(_sources(Path(folder)), receive.recv()))
    finally:
        server.terminate()
        server.join()
    # The best of the rounds: everything else on this machine only ever adds.
    ratios = {"wall": min(map(truediv, wall, slowest)), "cpu": min(cpu) / min(bare_cpu)}
    print(f"{PROVIDERS} providers of {DELAY * 1000:.0f} ms, {ROUNDS} rounds, best of each")
    print(f"  paycompare   wall {min(wall) * 1000:6.1f} ms   CPU {min(cpu) * 1000:6.1f} ms")
    print(f"  bare httpx   wall {min(bare_wall) * 1000:6.1f} ms   CPU {min(bare_cpu) * 1000:6.1f} ms")
    print(f"  wall over the slowest provider, as it was served {ratios['wall']:.2f} (at most {WALL})")
    print(f"  wall over bare httpx                             {min(wall) / min(bare_wall):.2f}")
    print(f"  CPU over bare httpx                              {ratios['cpu']:.2f} (at most {CPU})")
    return 0 if ratios["wall"] <= WALL and ratios["cpu"] <= CPU else 1


if __name__ == "__main__":
    sys.exit(main())
