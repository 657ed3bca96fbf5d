"""A server on loopback that misbehaves in every way that is known, and adapters that ask it.

What it does is drawn from the provider and the amount alone, so that a test knows which quotes are good.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
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

Writer = asyncio.StreamWriter


def write_providers(folder: Path, count: int) -> list[str]:
    """Write provider folders that ask the fault server, and return their ids."""
    names = [f"faulty_{number:02}" for number in range(count)]
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "provider.toml").write_text(
            f'name = "{name}"\nkind = "bank"\ncountry = "DE"\n', encoding="utf-8"
        )
        (folder / name / "adapter.py").write_text(ADAPTER.format(name=name), encoding="utf-8")
    return names


def good_body(amount: str) -> bytes:
    """Return a good answer: (amount - 10) x 70."""
    landed = (Decimal(amount) - 10) * 70
    at = datetime(2026, 10, 30, 10, tzinfo=UTC).isoformat()
    return f'{{"fee": 10, "rate": 70, "landed": {landed}, "at": "{at}"}}'.encode()


def head(status: int, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    """Return the head of a response."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class FaultyServer:
    """Counts what it did, and answers each provider and amount in a way of their own."""

    port: int = 0
    closing_port: int = 0
    done: dict[str, int] = field(default_factory=dict)
    first: set[tuple[str, str]] = field(default_factory=set)
    writers: set[Writer] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Answer the requests of one connection."""
        self.writers.add(writer)
        try:
            while line := await reader.readline():
                while await reader.readline() not in {b"\r\n", b""}:
                    pass
                path = line.split()[1].decode()
                parts = urlsplit(path)
                name, amount = parts.path.split("/")[1], parse_qs(parts.query)["amount"][0]
                if not await self._answer(name, amount, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # whoever asked has gone, or the test is over
        finally:
            self.writers.discard(writer)
            writer.transport.abort()

    async def _answer(self, name: str, amount: str, writer: Writer) -> bool:
        behaviour = behaviour_of(name, amount)
        self.done[behaviour] = self.done.get(behaviour, 0) + 1
        if behaviour in RECOVERS and (name, amount) not in self.first:
            self.first.add((name, amount))
            writer.write(head(503 if behaviour == "recovers_503" else 429, b"", "retry-after: 0"))
            await writer.drain()
            return True
        act = BEHAVIOURS.get(behaviour, good)
        keep = await act(amount, writer)
        await writer.drain()
        return keep


async def good(amount: str, writer: Writer) -> bool:
    """Answer well."""
    body = good_body(amount)
    writer.write(head(200, body) + body)
    return True


async def zipped(amount: str, writer: Writer) -> bool:
    """Answer well, compressed."""
    body = gzip.compress(good_body(amount))
    writer.write(head(200, body, "content-encoding: gzip") + body)
    return True


async def chunked(amount: str, writer: Writer) -> bool:
    """Answer well, in chunks, and slowly."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    body = good_body(amount)
    for part in (body[:20], body[20:]):
        writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
    writer.write(b"0\r\n\r\n")
    return True


async def stall(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Say nothing."""
    await asyncio.sleep(3600)
    return False


async def reset(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Break the connection off."""
    writer.transport.abort()
    return False


async def truncated(amount: str, writer: Writer) -> bool:
    """Promise a body and send half of it."""
    body = good_body(amount)
    writer.write(head(200, body) + body[: len(body) // 2])
    return False


async def broken_json(amount: str, writer: Writer) -> bool:
    """Send half of a JSON document as if it were whole."""
    body = good_body(amount)
    body = body[: len(body) // 2]
    writer.write(head(200, body) + body)
    return True


async def page(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Answer with a page."""
    body = b"<!doctype html><title>Please wait</title>"
    writer.write(head(200, body, kind="text/html; charset=utf-8") + body)
    return True


async def drip(amount: str, writer: Writer) -> bool:
    """Send a byte a second."""
    body = good_body(amount)
    writer.write(head(200, body))
    for byte in body:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)
    return True


async def flood(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Send 200 MB."""
    size = 200 << 20
    start = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n".encode()
    writer.write(start)
    block = b" " * (1 << 16)
    for _ in range(size // len(block)):
        writer.write(block)
        await writer.drain()
    return True


async def bomb(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Send a little that unpacks to a lot."""
    writer.write(head(200, BOMB, "content-encoding: gzip") + BOMB)
    return True


BOMB: Final = gzip.compress(b" " * (64 << 20))


async def false_gzip(amount: str, writer: Writer) -> bool:
    """Call plain text gzip."""
    body = good_body(amount)
    writer.write(head(200, body, "content-encoding: gzip") + body)
    return True


async def false_charset(amount: str, writer: Writer) -> bool:
    """Call UTF-16 UTF-8."""
    body = good_body(amount).decode().encode("utf-16")
    writer.write(head(200, body, kind="application/json; charset=utf-8") + body)
    return True


async def other_type(amount: str, writer: Writer) -> bool:
    """Change a field's type."""
    said = json.loads(good_body(amount))
    said["rate"] = {"value": said["rate"]}
    body = json.dumps(said).encode()
    writer.write(head(200, body) + body)
    return True


async def wrong_sum(amount: str, writer: Writer) -> bool:
    """State a result that its own figures do not give."""
    body = good_body(str(Decimal(amount) + 50))
    writer.write(head(200, body) + body)
    return True


async def redirect(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Point elsewhere."""
    writer.write(head(301, b"", "location: http://127.0.0.1:9/elsewhere"))
    return True


async def busy_for_long(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Ask to be asked again in an hour, as seconds."""
    writer.write(head(429, b"", "retry-after: 3600"))
    return True


async def busy_until(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
    """Ask to be asked again in an hour, as a date."""
    writer.write(head(429, b"", f"retry-after: {format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}"))
    return True


def status(code: int) -> Callable[[str, Writer], Awaitable[bool]]:
    """Return what answers with a bare status."""

    async def answer(amount: str, writer: Writer) -> bool:  # noqa: ARG001 -- one shape for all
        if code == 204:
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        else:
            writer.write(head(code, b""))
        return True

    return answer


GOOD: Final = {"good": good, "zipped": zipped, "chunked": chunked}
RECOVERS: Final = ("recovers_503", "recovers_429")
BAD: Final[dict[str, Callable[[str, Writer], Awaitable[bool]]]] = {
    **{f.__name__: f for f in (stall, reset, truncated, broken_json, page, drip, flood, bomb, false_gzip)},
    **{f.__name__: f for f in (false_charset, other_type, wrong_sum, redirect, busy_for_long, busy_until)},
    **{f"status_{code}": status(code) for code in (204, 401, 403, 404, 409, 422, 429, 500, 503)},
}
BEHAVIOURS: Final = {**GOOD, **BAD}
_NAMES: Final = (*GOOD, *RECOVERS, *BAD)


def behaviour_of(name: str, amount: str) -> str:
    """Return what a provider does when asked for an amount; the first one is always good."""
    if name.endswith("_00"):
        return "good"
    return random.Random(f"{name} {amount}").choice(_NAMES)  # noqa: S311 -- drawn to be repeated, not to be secret


def is_good(name: str, amount: str) -> bool:
    """Tell whether a provider gives a good quote for an amount, at the latest when it is asked again."""
    return behaviour_of(name, amount) not in BAD


@asynccontextmanager
async def faulty_server() -> AsyncIterator[FaultyServer]:
    """Serve on loopback: one port that misbehaves, and one that closes whatever is opened."""
    made = FaultyServer()

    async def close(_reader: asyncio.StreamReader, writer: Writer) -> None:
        writer.transport.abort()

    async with (
        await asyncio.start_server(made.serve, "127.0.0.1", 0, backlog=1000) as server,
        await asyncio.start_server(close, "127.0.0.1", 0) as closing,
    ):
        made.port = server.sockets[0].getsockname()[1]
        made.closing_port = closing.sockets[0].getsockname()[1]
        try:
            yield made
        finally:
            for writer in list(made.writers):
                writer.transport.abort()
            current = asyncio.current_task()
            serving = [task for task in asyncio.all_tasks() if task is not current and "serve" in repr(task.get_coro())]
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
            await asyncio.sleep(0.01)  # transports say good-bye in the next rounds of the loop
