"""A server on loopback that misbehaves in every way that is known, and adapters that ask it.

What it does is drawn from the provider and the amount alone, so that a test knows which quotes are good. It runs in a
process of its own (this file, run as a script), so that asking never waits for the answering; every fault that lasts
ends when whoever asked has gone.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

ADAPTER = '''
"""A provider of the fault server: its rate is 70 and its fee 10, whatever the amount."""

from paycompare.live.adapter import Charge, Priced, Request, Source

SOURCE = Source(
    name="{name}", url="https://{name}.example", documentation="https://{name}.example/docs",
    per_second=10000, together=200,
)


def request(ask):
    """Ask for what is paid."""
    return Request(url=ask.url("/quote"), query=(("amount", f"{{ask.fixed.amount:f}}"),))


def parse(ask, answer):
    """Read the one price."""
    body = answer.json()
    fee, rate = body["fee"].not_negative(), body["rate"].positive()
    yield Priced(
        service="transfer",
        title="{name}",
        convention="deducted",
        given=ask.fixed,
        landed=ask.money(body["landed"].positive(), ask.payee),
        rate=rate,
        charges=(Charge("fee", ask.money(fee, ask.payer)),),
        collected_at=body["at"].instant(),
    )
'''

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


def provider_names(count: int) -> list[str]:
    """Return ids of providers."""
    return [f"faulty_{number:02}" for number in range(count)]


def write_providers(folder: Path, names: Sequence[str]) -> None:
    """Write provider folders that ask the fault server."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "provider.toml").write_text(
            f'name = "{name}"\nkind = "bank"\ncountry = "DE"\n', encoding="utf-8"
        )
        (folder / name / "adapter.py").write_text(ADAPTER.format(name=name), encoding="utf-8")


def body_of(amount: str, rate: int = 70) -> bytes:
    """Return a body: (amount - 10) x rate, which is good at 70."""
    landed = (Decimal(amount) - 10) * rate
    at = datetime(2026, 10, 30, 10, tzinfo=UTC).isoformat()
    return f'{{"fee": 10, "rate": {rate}, "landed": {landed}, "at": "{at}"}}'.encode()


def head(status: int, size: int, *headers: str, kind: str = "application/json") -> bytes:
    """Return the head of a response."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {kind}", f"content-length: {size}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def reply(body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    """Return a response of status 200."""
    return head(200, len(body), *headers, kind=kind) + body


def bare(status: int) -> Callable[[str], bytes]:
    """Return what says a status and no more."""
    return lambda _: head(status, 0)


def half(body: bytes) -> bytes:
    """Return the first half."""
    return body[: len(body) // 2]


def other_type(body: bytes) -> bytes:
    """Return a body with another type of a field."""
    said = json.loads(body)
    return json.dumps({**said, "rate": {"value": said["rate"]}}).encode()


@cache
def bomb() -> bytes:
    """Return a response that is small and unpacks to 64 MB."""
    return reply(gzip.compress(b" " * (64 << 20)), "content-encoding: gzip")


def busy_until(wait: timedelta) -> bytes:
    """Return a response that asks to be asked again at a time."""
    return head(429, 0, f"retry-after: {format_datetime(datetime.now(UTC) + wait, usegmt=True)}")


async def chunked(amount: str, _: Reader, writer: Writer) -> bool:
    """Answer well, in chunks, and slowly."""
    body = body_of(amount)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    for part in (body[:20], body[20:], b""):
        writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        await asyncio.sleep(0.02)
    return True


async def stall(_: str, reader: Reader, __: Writer) -> bool:
    """Say nothing until whoever asked has gone."""
    await reader.read(1)
    return False


async def reset(_: str, __: Reader, writer: Writer) -> bool:
    """Break the connection off."""
    writer.transport.abort()
    return False


async def truncated(amount: str, _: Reader, writer: Writer) -> bool:
    """Promise a body and send half of it."""
    body = body_of(amount)
    writer.write(head(200, len(body)) + half(body))
    return False


async def drip(amount: str, reader: Reader, writer: Writer) -> bool:
    """Send a byte a second."""
    body = body_of(amount)
    writer.write(head(200, len(body)))
    for byte in body:
        writer.write(bytes([byte]))
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await reader.read(1)
                return False
    return True


async def flood(_: str, __: Reader, writer: Writer) -> bool:
    """Send 200 MB, or as much of it as is taken."""
    size, block = 200 << 20, b" " * (1 << 16)
    writer.write(head(200, size))
    for _block in range(size // len(block)):
        writer.write(block)
        await writer.drain()
    return True


SAID: Final[dict[str, Callable[[str], bytes]]] = {
    "good": lambda amount: reply(body_of(amount)),
    "zipped": lambda amount: reply(gzip.compress(body_of(amount)), "content-encoding: gzip"),
    "broken_json": lambda amount: reply(half(body_of(amount))),
    "page": lambda _: reply(b"<!doctype html><title>Please wait</title>", kind="text/html; charset=utf-8"),
    "bomb": lambda _: bomb(),
    "false_gzip": lambda amount: reply(body_of(amount), "content-encoding: gzip"),
    "false_charset": lambda amount: reply(body_of(amount).decode().encode("utf-16")),
    "other_type": lambda amount: reply(other_type(body_of(amount))),
    "wrong_sum": lambda amount: reply(body_of(str(Decimal(amount) + 50))),
    "wrong_rate": lambda amount: reply(body_of(amount, 700)),
    "redirect": lambda _: head(301, 0, "location: http://127.0.0.1:9/elsewhere"),
    "busy_at_once": lambda _: head(429, 0, "retry-after: 0"),
    "busy_for_an_hour": lambda _: head(429, 0, "retry-after: 3600"),
    "busy_until_now": lambda _: busy_until(timedelta()),
    "busy_until_later": lambda _: busy_until(timedelta(hours=1)),
    "status_204": lambda _: b"HTTP/1.1 204 No Content\r\n\r\n",
    **{f"status_{code}": bare(code) for code in (401, 403, 404, 409, 422, 429, 500, 503)},
}
"""What is simply said."""

DONE: Final[dict[str, Callable[[str, Reader, Writer], Awaitable[bool]]]] = {
    act.__name__: act for act in (chunked, stall, reset, truncated, drip, flood)
}
"""What takes more than words; each tells whether the connection goes on."""

GOOD: Final = ("good", "zipped", "chunked")
RECOVERS: Final = ("stall", "reset", "truncated", "busy_at_once", "busy_until_now", "status_503")
"""Faults that some providers have once for each amount; asked again they give a good quote."""

BAD: Final = {
    **dict.fromkeys(("stall", "reset", "truncated", "drip", "busy_at_once", "busy_for_an_hour"), "ProviderUnavailable"),
    **dict.fromkeys(("busy_until_now", "busy_until_later"), "ProviderUnavailable"),
    **dict.fromkeys((f"status_{code}" for code in (429, 500, 503)), "ProviderUnavailable"),
    **dict.fromkeys((f"status_{code}" for code in (401, 403, 404, 409, 422)), "ProviderRefused"),
    **dict.fromkeys(("status_204", "redirect", "page", "broken_json", "other_type"), "ProviderChanged"),
    **dict.fromkeys(("flood", "bomb", "false_gzip", "false_charset", "wrong_sum", "wrong_rate"), "ProviderChanged"),
}
"""Faults that last, each with the class of error that it is."""

_DRAWN: Final = (*GOOD, *(f"once_{fault}" for fault in RECOVERS), *BAD)


def behaviour_of(name: str, amount: str) -> str:
    """Return what a provider does when asked for an amount; the first one is always good."""
    if name.endswith("_00"):
        return "good"
    return random.Random(f"{name} {amount}").choice(_DRAWN)  # noqa: S311 -- drawn to be repeated, not to be secret


def is_good(name: str, amount: str) -> bool:
    """Tell whether a provider gives a good quote for an amount, at the latest when it is asked again."""
    return behaviour_of(name, amount) not in BAD


@dataclass
class _Server:
    """Answers each provider and amount in a way of their own, and counts."""

    requests: Counter[str] = field(default_factory=Counter)
    asked: set[tuple[str, str]] = field(default_factory=set)
    open: set[Writer] = field(default_factory=set)

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """Answer the requests of one connection."""
        with self._counted(writer), suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            going_on = True
            while going_on:
                asked = urlsplit((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
                name, amount = asked.path.split("/")[1], parse_qs(asked.query)["amount"][0]
                going_on = await self._answer(name, amount, reader, writer)
                await writer.drain()

    async def close(self, reader: Reader, writer: Writer) -> None:
        """Close what wants to become TLS: before its first word, after it, or with a word that is none of TLS."""
        self.requests["closing_tls"] += 1
        way = self.requests["closing_tls"] % 3
        with self._counted(writer), suppress(ConnectionError, asyncio.CancelledError):
            if way:
                await reader.read(1)
            if way > 1:
                writer.write(head(400, 0))
                await writer.drain()

    @contextmanager
    def _counted(self, writer: Writer) -> Iterator[None]:
        self.open.add(writer)
        try:
            yield
        finally:
            self.open.discard(writer)
            writer.close()

    async def _answer(self, name: str, amount: str, reader: Reader, writer: Writer) -> bool:
        behaviour = behaviour_of(name, amount)
        self.requests[behaviour] += 1
        if behaviour.startswith("once_"):
            behaviour = "good" if (name, amount) in self.asked else behaviour.removeprefix("once_")
            self.asked.add((name, amount))
        if behaviour in DONE:
            return await DONE[behaviour](amount, reader, writer)
        writer.write(SAID[behaviour](amount))
        return True


async def _serve(count: int) -> None:
    """Serve until nobody listens any more; then say what was asked, and how many connections somebody left open."""
    made = _Server()
    bomb()
    acts = [*[made.serve] * count, made.close]
    servers = [await asyncio.start_server(act, "127.0.0.1", 0) for act in acts]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)  # noqa: T201 -- to the parent
    await asyncio.to_thread(sys.stdin.read)
    for _ in range(100):
        if not made.open:
            break
        await asyncio.sleep(0.02)  # some have just been closed on the other side
    print(json.dumps({"requests": made.requests, "open": len(made.open)}), flush=True)  # noqa: T201 -- to the parent


@dataclass
class FaultyServer:
    """A server in another process.

    Attributes:
        urls: Where each provider is served, by id.
        closing: Where whatever wants to become TLS is closed.
        requests: How often each behaviour was met; known at the end.
        open: Connections that whoever asked left open; known at the end.
    """

    urls: dict[str, str]
    closing: str
    requests: dict[str, int] = field(default_factory=dict)
    open: int = 0


@contextmanager
def faulty_server(names: Sequence[str]) -> Iterator[FaultyServer]:
    """Serve providers, each with a port of its own, from another process."""
    command = [sys.executable, __file__, str(len(names))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        *ports, closing = process.stdout.readline().split()
        urls = {name: f"http://127.0.0.1:{port}/{name}" for name, port in zip(names, ports, strict=True)}
        made = FaultyServer(urls, f"https://127.0.0.1:{closing}")
        try:
            yield made
        finally:
            said = json.loads(process.communicate()[0])
        made.requests, made.open = said["requests"], said["open"]


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
