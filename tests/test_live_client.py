"""A client asks over loopback: what it keeps, whom it spares, what it cancels, and that nothing secret gets out."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import pickle
import re
import threading
import time
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

import paycompare as pc
from paycompare.again import replayed
from paycompare.client import Client
from paycompare.errors import ProviderUnavailable
from paycompare.live import blocking, fetch
from paycompare.live.adapter import Credentials
from paycompare.live.adapters import find_adapters
from paycompare.live.manners import Breaker, Limits, digest
from paycompare.live.settings import Settings
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from httpx import AsyncClient

    from paycompare import Comparison
    from paycompare.live.fetch import Event

SECRET = "sesame-0pen-the-d00r"  # noqa: S105 -- planted to be looked for
SHIPPED = [found.id for found in find_adapters()]

ADAPTER = """
from datetime import timedelta

from paycompare.errors import ProviderRefused
from paycompare.live.adapter import Charge, Need, Priced, Request, Source

SOURCE = Source(
    name="Acme", url="https://acme.example", documentation="https://acme.example/docs",
    needs={needs}, per_second=1000, together=100, lifetime=timedelta(minutes=5),
)


def request(ask):
    headers = {{"authorization": ask.credentials.text("ACME_API_KEY")}}
    return Request(url=ask.url("/quote"), query=(("amount", f"{{ask.fixed.amount:f}}"),), headers=headers)


def problem(answer):
    if answer.status == 418:
        return ProviderRefused(answer.source, "it says: " + answer.text)


def parse(ask, answer):
    body = answer.json()
    yield Priced(
        service="transfer", title=body["title"].text(), convention="deducted", given=ask.fixed,
        landed=ask.money(body["landed"].positive(), ask.payee), rate=body["rate"].positive(),
        charges=(Charge("fee", ask.money(body["fee"].not_negative(), ask.payer)),),
        collected_at=body["at"].instant(),
    )
"""


TOKEN = "derived-t0ken"  # noqa: S105 -- planted to be looked for
ODD = 'ses/ame+0pen="x'
QUERIED, POSTED = "qu3ried-t0ken", "p0sted-t0ken"
LOGIN = """def request(ask, *before):
    if not before:
        return Request(url=ask.url("/login"), headers={"x-key": ask.credentials.text("ACME_API_KEY")})
    token = before[0].json()["token"].text()
    return Request(url=ask.url("/quote"), headers={"authorization": "Bearer " + token})


def unused(ask):
"""


@dataclass
class Server:
    """Answers 200 with one price, or what a test puts there; counts."""

    status: int = 200
    body: bytes | None = None
    bodies: list[bytes] = field(default_factory=list)
    wait: float = 0.0
    later: int | None = None
    more: str = ""
    asked: list[bytes] = field(default_factory=list)
    abandoned: int = 0
    url: str = ""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    was_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)content-length: (\d+)", request)
                self.asked.append(request + (await reader.readexactly(int(length[1])) if length else b""))
                self.was_asked.set()
                gone = asyncio.ensure_future(reader.read(1))
                done, _ = await asyncio.wait([gone], timeout=self.wait)
                if done:
                    self.abandoned += 1
                    self.was_left.set()
                    return
                gone.cancel()
                await asyncio.gather(gone, return_exceptions=True)
                body = price() if self.body is None else self.body
                body = self.bodies[min(len(self.asked), len(self.bodies)) - 1] if self.bodies else body
                status = self.later if self.later and len(self.asked) > 1 else self.status
                head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
                writer.write(f"{head}{self.more}\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()


def price(title: str = "Acme") -> bytes:
    """Return a good answer for 1,000 EUR: (1000 - 10) x 70."""
    return json.dumps(
        {"title": title, "fee": 10, "rate": 70, "landed": 69300, "at": datetime.now(UTC).isoformat()}
    ).encode()


@asynccontextmanager
async def served(server: Server) -> AsyncIterator[Server]:
    """Serve on loopback."""
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
        await asyncio.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a catalogue with one provider that answers live and needs a key."""
    return write(tmp_path, needs='(Need("ACME_API_KEY", "API key"),)')


def write(root: Path, *, needs: str = "()") -> Path:
    """Write the provider folder, and beside it a bank that publishes its price and is never asked."""
    place = root / "catalogue" / "acme"
    place.mkdir(parents=True)
    (place / "provider.toml").write_text('name = "Acme"\nkind = "bank"\ncountry = "DE"\n', encoding="utf-8")
    (place / "adapter.py").write_text(ADAPTER.format(needs=needs), encoding="utf-8")
    payer = 'countries = ["DE"], unlisted = "no", currencies = ["EUR"], other_currencies = "no"'
    write_folder(root / "catalogue", "a_published_bank", margin='share = "0.02"', payer=payer)
    return root / "catalogue"


def question(folder: Path, **more: Any) -> dict[str, Any]:
    """Return the options of a question to Acme alone."""
    day = datetime.now(UTC).date()
    return {
        "sender": "DE",
        "to": "PH",
        "at": day,
        "catalogue": folder,
        "exclude": SHIPPED,
        "providers": ["acme"],
    } | more


def client_of(server: Server, **more: Any) -> Client:
    """Return a client that asks the server, with the key."""
    limits = Limits(first_wait=0.01, longest_wait=0.01, attempt=5.0, failures=more.pop("failures", 5))
    return Client(urls={"acme": server.url}, environ={"ACME_API_KEY": SECRET}, limits=limits, **more)


def test_a_live_price_is_ranked_and_is_the_providers_word(folder: Path) -> None:
    """A price of the provider's own is complete, wins, and carries what was stated."""

    async def ask() -> Comparison:
        async with served(Server()) as server, client_of(server) as client:
            return await client.compare("1000 EUR", **question(folder))

    answer = asyncio.run(ask())
    assert answer.best is not None
    assert answer.best.offer.id == "acme/transfer@acme"
    assert str(answer.best.landed) == "69,300.00 PHP"
    assert answer.best.live is not None
    assert answer.best.live.source == "acme"
    assert [part.name for part in answer.best.parts] == ["fee", "fx_margin"]


PASSWORD = "p4ss/w0rd of the proxy"  # noqa: S105 -- planted to be looked for
ECHOES = {
    "as it is": SECRET,
    "cut off": SECRET[:12],
    "as JSON escapes it": ODD.replace("/", "\\/"),
    "percent-encoded": quote(ODD, safe=""),
    "percent-encoded in lower case": quote(ODD, safe="").replace("%2F", "%2f"),
    "percent-encoded but for slashes": quote(ODD),
    "as HTML escapes it": escape(ODD),
    "encoded from its ninth character on": ODD[:8] + "".join(f"\\u{ord(char):04x}" for char in ODD[8:]),
    "in Base64 with a name": b64encode(f"an-account:{SECRET}".encode()).decode(),
    "in Base64 as a name": b64encode(f"{SECRET}:".encode()).decode(),
    "as a token in the query": QUERIED,
    "as a token in the body": POSTED,
    "as the token of a login": TOKEN,
    "the password of the address": PASSWORD,
    "the password of the address, encoded": quote(PASSWORD, safe=""),
    "the header of the address": b64encode(f"me:{PASSWORD}".encode()).decode(),
}


def test_no_source_makes_many_words(folder: Path) -> None:
    """Four megabytes of a secret's beginning are neither shown nor searched through."""
    body = SECRET[:8].encode() * (1 << 18)

    async def ask() -> Comparison:
        async with served(Server(status=418, body=body)) as server, client_of(server) as client:
            return await client.compare("1000 EUR", **question(folder, providers=["acme", "a_published_bank"]))

    [failure] = asyncio.run(ask()).failures
    assert failure.reason == "it says: ***"


PLANTED = f"""
from paycompare.errors import ProviderError, ProviderRefused
from paycompare.live.adapter import Charge, Declined, Need, Priced, Request, Source, json_body

SOURCE = Source(
    name="Acme", url="https://acme.example", documentation="https://acme.example/docs", calls=2,
    needs=(Need("ACME_ACCOUNT", "name", kind="setting"), Need("ACME_API_KEY", "key"), Need("ACME_ODD", "another key")),
)


def request(ask, *before):
    if not before:
        return Request(url=ask.url("/login"), headers={{"x-key": ask.credentials.text("ACME_API_KEY")}})
    return Request(
        url=ask.url("/quote"), method="POST", query=(("signature", "{QUERIED}"), ("amount", "1000.00")),
        body=json_body({{"proof": "{POSTED}", "login": before[0].json()["token"].text(), "other": ask.base}}),
    )


def problem(answer):
    words = answer.text
    if answer.status == 404:
        return Declined("it says: " + words)
    if answer.status == 418:
        return ProviderRefused(answer.source, "it says: " + words)
    if answer.status == 419:
        try:
            raise ValueError(words)
        except ValueError as error:
            raise ProviderError(answer.source, "it says: " + words) from error


def parse(ask, login, answer):
    body = answer.json()
    words = body["title"].text()
    yield Priced(
        service="transfer", title=words, convention="deducted", given=ask.fixed, speed=words, flags=(words,),
        landed=ask.money(body["landed"].positive(), ask.payee), rate=body["rate"].positive(),
        charges=(Charge("fee", ask.money(body["fee"].not_negative(), ask.payer)),), missing=(words,),
        collected_at=body["at"].instant(),
    )
"""


@pytest.mark.parametrize("status", [200, 201, 401, 404, 418, 419, 500])
def test_a_secret_gets_nowhere(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a service echoes of a secret, in whatever form, is in no log, event, answer, repr, error, cache, output."""
    caplog.set_level(logging.DEBUG)
    events: list[Event] = []
    (write(tmp_path) / "acme" / "adapter.py").write_text(PLANTED, encoding="utf-8")
    said = " | ".join(ECHOES.values())
    login = json.dumps({"token": TOKEN}).encode()
    body = {200: price(title=f"Acme for {said}"), 201: f"Acme for {said}".encode()}.get(status, f"no: {said}".encode())

    async def ask() -> tuple[Comparison, str]:
        server = Server(bodies=[login, body], later=status, more=f"x-echo: {said}\r\n")
        environ = {"ACME_ACCOUNT": "an-account", "ACME_API_KEY": SECRET, "ACME_ODD": ODD}
        async with served(server):
            url = server.url.replace("//", f"//me:{quote(PASSWORD, safe='')}@")
            client = Client(
                urls={"acme": url}, environ=environ, limits=Limits(attempts=1), cache=tmp_path / "cache",
                on_event=events.append,
            )  # fmt: skip
            async with client:
                options = question(tmp_path / "catalogue", providers=["acme", "a_published_bank"])
                answer = await client.compare("1000 EUR", **options)
                assert all(one.encode() in server.asked[1] for one in (QUERIED, POSTED, TOKEN)), "they were not sent"
                return answer, repr(vars(client)) + repr(vars(client.fetcher))

    answer, inside = asyncio.run(ask())
    text = "".join((inside, *shown(answer), repr(answer.asked)))
    out = capsys.readouterr()
    files = [file.read_bytes().decode() + file.name for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    errors = [repr(one) for asked in answer.asked for one in chain_of(asked.error)]
    everything = [text, caplog.text, out.out, out.err, str(events), *files, *errors]
    held = dict(enumerate(everything))
    assert [(form, place) for form, one in ECHOES.items() for place, words in held.items() if one in words] == []
    assert ("***" in text) == (status not in {401, 500}), "what is quoted has blots where the secrets were"
    assert files == []
    assert len(errors) == (status not in {200, 404})


def shown(answer: Comparison) -> list[str]:
    """Return everything that a comparison shows."""
    return [
        str(answer), repr(answer), answer.to_json(), answer.to_csv(), answer.to_markdown(), answer._repr_html_(),
        str(answer.failures), str(answer.quotes), str(answer.declined),
    ]  # fmt: skip


def chain_of(error: BaseException | None) -> list[BaseException]:
    """Return an error and all that led to it."""
    return [] if error is None else [error, *chain_of(error.__cause__), *chain_of(error.__context__)]


def test_an_address_that_cannot_be_read_is_one_failure_beside_the_others(folder: Path) -> None:
    """What the service cannot even be asked at costs its own price and no other."""
    client = Client(urls={"acme": "https://[bad"}, environ={"ACME_API_KEY": SECRET})

    async def ask() -> Comparison:
        async with client:
            return await client.compare("1000 EUR", **question(folder, providers=["acme", "a_published_bank"]))

    answer = asyncio.run(ask())
    assert [(one.provider, one.kind) for one in answer.failures] == [("acme", "ProviderChanged")]
    assert [quote.provider for quote in answer.quotes] == ["a_published_bank"]


def test_credentials_are_not_shown_and_not_written() -> None:
    """Neither repr, str nor pickle gives a key away."""
    held = Credentials({"ACME_API_KEY": SECRET})
    assert SECRET not in f"{held} {held!r}"
    with pytest.raises(TypeError):
        pickle.dumps(held)


def test_what_a_request_sent_is_blotted_out_whole_and_cut_off() -> None:
    """The token of a login and the Basic form of a key are secret; a short number is none."""
    held = Credentials({"ACME_API_KEY": SECRET, "ACME_PIN": "1000"})
    held.learn({"authorization": "Bearer derived-t0ken-of-a-login", "accept": "application/json"})
    assert held.scrub("no: derived-t0ken-of-a-login") == "no: ***"
    assert held.scrub("found 'derived-t0ken-of', 1000 in application/json") == "found '***', 1000 in application/json"


def test_a_token_of_a_login_gets_nowhere(tmp_path: Path) -> None:
    """Neither a service that echoes a token, nor a login's answer that is not as documented, gives it away."""
    place = write(tmp_path, needs='(Need("ACME_API_KEY", "API key"),), calls=2') / "acme" / "adapter.py"
    code = place.read_text(encoding="utf-8")
    code = code.replace("def request(ask):\n", LOGIN).replace("parse(ask, answer)", "parse(ask, login, answer)")
    place.write_text(code, encoding="utf-8")
    said = []
    for status, token in ((418, f'"{TOKEN}"'), (200, f'{{"value": "{TOKEN}"}}')):
        body = b'{"token": ' + token.encode() + b"}"

        async def ask(status: int = status, body: bytes = body) -> None:
            async with served(Server(status=200, body=body, later=status)) as server, client_of(server) as client:
                await client.compare("1000 EUR", **question(tmp_path / "catalogue"))

        with pytest.raises(pc.NoOffer) as caught:
            asyncio.run(ask())
        said.append(str(caught.value))
    assert "it says: " in said[0]
    assert "not shown" in said[1]
    assert [words for words in said if TOKEN in words] == []


def test_a_source_without_its_key_is_not_a_failure_unless_it_was_named(folder: Path) -> None:
    """Nobody has an account everywhere; who is asked for by name has to answer, or to say which variable is missing."""

    async def ask(**options: Any) -> Comparison:
        async with Client(environ={}) as client:
            return await client.compare("1000 EUR", **question(folder, **options))

    unnamed = asyncio.run(ask(providers=None))
    assert not unnamed.failures
    assert "ACME_API_KEY" in unnamed.declined["acme (live)"]
    with pytest.raises(pc.NoOffer, match="acme: set ACME_API_KEY in the environment"):
        asyncio.run(ask())


def test_a_source_without_its_key_raises_no_alarm(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A source that was not asked has not given up."""
    caplog.set_level(logging.DEBUG)
    events: list[Event] = []

    async def ask() -> None:
        async with Client(environ={}, on_event=events.append) as client:
            await client.compare("1000 EUR", **question(folder))

    with pytest.raises(pc.NoOffer):
        asyncio.run(ask())
    assert events == []
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_what_is_asked_at_the_same_time_is_asked_once_and_then_remembered(folder: Path) -> None:
    """Ten equal questions make one request, and an eleventh none."""

    async def ask() -> int:
        async with served(Server(wait=0.05)) as server, client_of(server) as client:
            await asyncio.gather(*(client.compare("1000 EUR", **question(folder)) for _ in range(10)))
            await client.compare("1000 EUR", **question(folder))
            return len(server.asked)

    assert asyncio.run(ask()) == 1


def test_an_answer_is_of_the_account_that_asked(folder: Path) -> None:
    """Another key may have other prices, though everything else that is sent is the same."""

    async def ask() -> int:
        environ = {"ACME_API_KEY": SECRET}
        async with served(Server()) as server, Client(urls={"acme": server.url}, environ=environ) as client:
            for environ["ACME_API_KEY"] in (SECRET, "an0ther-key", "an0ther-key"):
                await client.compare("1000 EUR", **question(folder))
            return len(server.asked)

    assert asyncio.run(ask()) == 2


def test_an_answer_is_of_the_source_that_asked(tmp_path: Path) -> None:
    """Two sources that ask one address for the same are told different things, perhaps, and fail each for itself."""
    folder = write(tmp_path)
    (folder / "other").mkdir()
    for file in (folder / "acme").iterdir():
        (folder / "other" / file.name).write_bytes(file.read_bytes())

    async def ask() -> tuple[int, Comparison]:
        async with served(Server()) as server, Client(urls={"acme": server.url, "other": server.url}) as client:
            answer = await client.compare("1000 EUR", **question(folder, providers=["acme", "other"]))
            return len(server.asked), answer

    asked, answer = asyncio.run(ask())
    assert asked == 2
    assert {quote.offer.provider for quote in answer.quotes} == {"acme", "other"}


def test_an_answer_is_to_what_was_sent_in_the_body(tmp_path: Path) -> None:
    """What is asked in a body tells two questions apart as what is asked in an address does."""
    folder = write(tmp_path)
    place = folder / "acme" / "adapter.py"
    sent = 'query=(("amount", f"{ask.fixed.amount:f}"),)'
    assert sent in place.read_text(encoding="utf-8")
    posted = place.read_text(encoding="utf-8").replace(sent, 'method="POST", body=str(ask.payment.purpose).encode()')
    place.write_text(posted, encoding="utf-8")

    async def ask() -> int:
        async with served(Server()) as server, client_of(server) as client:
            for purpose in (None, None, "goods"):
                await client.compare("1000 EUR", **question(folder, purpose=purpose))
            return len(server.asked)

    assert asyncio.run(ask()) == 2


@pytest.mark.parametrize("leaver", [0, 1])
def test_who_leaves_takes_nobody_with_him(folder: Path, leaver: int) -> None:
    """Of two who wait for one request, either may go: the other has the answer, of that request."""

    async def ask() -> tuple[Comparison, int]:
        async with served(Server(wait=0.2)) as server, client_of(server) as client:
            asking = [asyncio.ensure_future(client.compare("1000 EUR", **question(folder))) for _ in range(2)]
            await server.was_asked.wait()
            await asyncio.sleep(0.1)  # both have joined
            asking[leaver].cancel()
            return await asking[1 - leaver], len(server.asked)

    answer, asked = asyncio.run(ask())
    assert answer.best is not None
    assert asked == 1


def test_no_cookie_is_kept(folder: Path) -> None:
    """What a source hands out to recognise its askers is not handed back, nor to another source of its host."""

    async def ask() -> list[bytes]:
        async with served(Server(more="set-cookie: who=you\r\n")) as server, client_of(server) as client:
            for amount in ("1000 EUR", "2000 EUR"):
                await client.compare(amount, **question(folder, providers=None))
            return server.asked

    asked = asyncio.run(ask())
    assert len(asked) == 2
    assert not any(b"cookie" in request.lower() for request in asked)


def test_cancelling_a_comparison_cancels_its_requests(folder: Path) -> None:
    """The connection of a cancelled comparison is closed, and no task is left."""

    async def ask() -> tuple[int, set[asyncio.Task[Any]]]:
        async with served(Server(wait=30.0)) as server, client_of(server) as client:
            before = asyncio.all_tasks()
            asking = asyncio.ensure_future(client.compare("1000 EUR", **question(folder)))
            await server.was_asked.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await server.was_left.wait()
            left = {task for task in asyncio.all_tasks() - before if "serve" not in repr(task.get_coro())}
            return server.abandoned, left

    assert asyncio.run(ask()) == (1, set())


def test_nobody_waits_for_what_is_slow_to_stop(folder: Path) -> None:
    """The comparison ends by its deadline though its request does not; closing the client waits for it."""
    stopping, stopped = asyncio.Event(), []

    async def stubborn(_: httpx.Request) -> httpx.Response:
        try:
            return await asyncio.Future()
        finally:
            while not stopping.is_set():
                with suppress(asyncio.CancelledError):
                    await stopping.wait()
            stopped.append(1)

    async def ask() -> tuple[Comparison, int]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(stubborn))
        client = Client(http=http, environ={"ACME_API_KEY": SECRET}, limits=Limits(deadline=0.2))
        options = question(folder, providers=["acme", "a_published_bank"])
        answer, before = await client.compare("1000 EUR", **options), len(stopped)
        stopping.set()
        await client.close()
        await http.aclose()
        return answer, before

    answer, before = asyncio.run(ask())
    assert [one.reason for one in answer.failures] == ["no answer within 0.2 seconds"]
    assert (before, len(stopped)) == (0, 1)


def test_opening_the_pool_is_within_the_deadline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison whose deadline passes while certificates are read asks nobody for longer."""
    opened = fetch._opened  # noqa: SLF001 -- a slow disk cannot be asked for

    def slowly(*how: Any) -> AsyncClient:
        time.sleep(0.3)
        return opened(*how)

    async def ask() -> None:
        limits = Limits(deadline=0.2)
        async with served(Server()) as server, Client(urls={"acme": server.url}, limits=limits) as client:
            await client.compare("1000 EUR", **question(folder))

    monkeypatch.setattr(fetch, "_opened", slowly)
    monkeypatch.setenv("ACME_API_KEY", SECRET)
    with pytest.raises(pc.NoOffer, match=r"no answer within 0\.2 seconds"):
        asyncio.run(ask())


def test_a_source_that_keeps_failing_is_left_alone(folder: Path) -> None:
    """After the failures that are allowed no request is made, and the failure says why."""

    async def ask() -> tuple[int, str]:
        async with served(Server(status=500, body=b"")) as server, client_of(server, failures=2) as client:
            options = question(folder)
            for _ in range(3):
                with pytest.raises(pc.NoOffer) as caught:
                    await client.compare("1000 EUR", **options)
            return len(server.asked), str(caught.value)

    asked, words = asyncio.run(ask())
    assert asked == 2 * Limits().attempts
    assert "left alone after 2 failures in a row" in words


def test_a_source_that_keeps_drifting_is_left_alone(folder: Path) -> None:
    """An answer that does not read is a failure like any other; each question asks once."""

    async def ask() -> tuple[int, list[str]]:
        async with served(Server(body=b"{}")) as server, client_of(server, failures=2) as client:
            said = []
            for _ in range(3):
                answer = await client.compare("1000 EUR", **question(folder, providers=None))
                said += [one.reason for one in answer.failures]
            return len(server.asked), said

    asked, said = asyncio.run(ask())
    assert asked == 2
    assert [reason.partition(":")[0] for reason in said] == ["title", "title", "left alone after 2 failures in a row"]


def test_failures_are_counted_in_a_row() -> None:
    """An answer between them begins the count anew."""
    breaker = Breaker(Limits(failures=2))
    for happens in (breaker.failed, breaker.succeeded, breaker.failed):
        happens()
        breaker.check("acme")
    breaker.failed()
    with pytest.raises(ProviderUnavailable, match="left alone after 2 failures in a row"):
        breaker.check("acme")


@pytest.mark.parametrize("attempt", [0.1, 5.0])
def test_a_source_that_keeps_silent_is_left_alone(folder: Path, attempt: float) -> None:
    """Whether it is an attempt or the comparison that ends first: nobody waits for it again and again."""
    limits = Limits(deadline=0.25, attempt=attempt, first_wait=0.01, longest_wait=0.01, failures=2)

    async def ask() -> tuple[int, list[str]]:
        async with (
            served(Server(wait=30.0)) as server,
            Client(urls={"acme": server.url}, environ={"ACME_API_KEY": SECRET}, limits=limits) as client,
        ):
            said = []
            for amount in range(1000, 1003):
                answer = await client.compare(f"{amount} EUR", **question(folder, providers=None))
                said += [one.reason for one in answer.failures]
            return len(server.asked), said

    asked, said = asyncio.run(ask())
    assert said == ["no answer within 0.25 seconds"] * 2 + ["left alone after 2 failures in a row"]
    assert asked >= 2


def test_who_leaves_early_is_no_failure_of_a_source(folder: Path) -> None:
    """A reader who goes away says nothing about the source."""

    async def ask() -> Comparison:
        async with served(Server(wait=30.0)) as server, client_of(server, failures=1) as client:
            asking = asyncio.ensure_future(client.compare("1000 EUR", **question(folder)))
            await server.was_asked.wait()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            server.wait = 0.0
            return await client.compare("1000 EUR", **question(folder))

    assert asyncio.run(ask()).best is not None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (f"{SECRET}\r\n", None),
        ("\n", "ACME_API_KEY"),
        (f"{SECRET}\r\nx-other: 1", "ACME_API_KEY has control characters in it, such as line ends"),
        ("sesam-öffne-dich", "its address, or a credential in a header, cannot be sent"),
    ],
)
def test_a_key_that_no_header_can_carry_is_said(folder: Path, key: str, words: str | None) -> None:
    """The line end of a file that came along is none of it; anything else is no trouble of the source, which passes."""

    async def ask() -> Comparison:
        async with (
            served(Server()) as server,
            Client(urls={"acme": server.url}, environ={"ACME_API_KEY": key}) as client,
        ):
            return await client.compare("1000 EUR", **question(folder, providers=["acme", "a_published_bank"]))

    answer = asyncio.run(ask())
    assert [one.reason for one in answer.failures if words and words in one.reason] == [
        one.reason for one in answer.failures
    ]
    assert bool(answer.failures) is (words is not None)
    assert not any(one.retryable for one in answer.failures)


def test_an_answer_that_took_no_credentials_is_kept_on_disk(tmp_path: Path) -> None:
    """A second client with the same folder asks nobody; with a key in play nothing is written."""
    folder = write(tmp_path)

    async def ask() -> int:
        async with served(Server()) as server:
            for place in (tmp_path / "cache", str(tmp_path / "cache")):
                async with client_of(server, cache=place) as client:
                    await client.compare("1000 EUR", **question(folder))
            return len(server.asked)

    assert asyncio.run(ask()) == 1


def test_calls_that_do_not_await_work_inside_a_running_loop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`compare(live=True)` answers in a script and inside a running event loop, from the environment."""

    async def serve_in_own_loop() -> Server:
        server = Server()
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        blocking.at_end(lambda: _closed(listening))
        return server

    server = blocking.run(serve_in_own_loop())
    monkeypatch.setenv("ACME_API_KEY", SECRET)
    monkeypatch.setenv("PAYCOMPARE_URL_ACME", server.url)
    script = pc.compare("1000 EUR", live=True, **question(folder))

    async def inside() -> Comparison:
        return pc.compare("1000 EUR", live=True, **question(folder))

    assert asyncio.run(inside()).quotes == script.quotes
    assert len(server.asked) == 1

    monkeypatch.setattr("paycompare.client._process", 0)  # as after a fork: the parent's connections are its own
    assert pc.compare("1000 EUR", live=True, **question(folder)).quotes
    assert len(server.asked) == 2


async def _closed(server: asyncio.Server) -> None:
    server.close()


def test_an_address_elsewhere_must_be_encrypted(folder: Path) -> None:
    """A key is not sent in the clear to another machine."""

    async def ask() -> None:
        async with Client(urls={"acme": "http://acme.example"}, environ={"ACME_API_KEY": SECRET}) as client:
            await client.compare("1000 EUR", **question(folder))

    with pytest.raises(pc.NoOffer, match="expected an address that begins with https://"):
        asyncio.run(ask())


def test_the_password_of_an_address_is_not_shown() -> None:
    """Neither the settings, nor the refusal of an address, nor the address that an adapter is given shows it."""
    found = find_adapters()[0]
    settings = Settings(urls={found.id: f"http://me:{SECRET}@elsewhere.example/v1"})
    with pytest.raises(pc.PaymentError) as caught:
        settings.base(found)
    assert SECRET not in f"{settings!r} {caught.value}"
    assert Settings(urls={found.id: f"https://me:{SECRET}@elsewhere.example/v1"}).base(found) == (
        "https://elsewhere.example/v1"
    )


def test_a_saved_answer_is_made_again_without_asking(folder: Path, tmp_path: Path) -> None:
    """Replayed, a live answer is the same; with a figure changed, the change is said."""
    from paycompare.again import replayed

    async def ask() -> Comparison:
        async with served(Server()) as server, client_of(server) as client:
            return await client.compare("1000 EUR", **question(folder))

    text = asyncio.run(ask()).to_json()
    file = tmp_path / "saved.json"
    file.write_text(text, encoding="utf-8")
    again = replayed(file)
    assert again.changes == ()
    assert again.comparison.quotes[0].live is not None
    said = json.loads(text)
    said["quotes"][0]["landed"]["low"]["amount"] = said["quotes"][0]["landed"]["high"]["amount"] = "69000.00"
    file.write_text(json.dumps(said), encoding="utf-8")
    assert replayed(file).changes == ("acme/transfer@acme: landed was 69000.00 PHP and is 69300.00 PHP",)


def test_a_price_that_has_expired_is_declined(folder: Path) -> None:
    """An answer may be used again for as long as its source allows, but not beyond its own end."""
    from paycompare.live.asked import Asked
    from paycompare.live.priced import Priced
    from paycompare.question import ask, gather, with_live

    now = datetime(2026, 10, 30, 10, tzinfo=UTC)
    asking = ask("1000 EUR", **question(folder, at=now.date()))
    price = Priced(
        service="transfer", title="Acme", convention="in_rate", given=pc.Money.of("1000", "EUR"),
        landed=pc.Money.of("70000", "PHP"), rate=None, collected_at=now - timedelta(minutes=2), expires_at=now,
    )  # fmt: skip
    asked = Asked("acme", asking.payments[0], now, "https://acme.example/docs", (price,))
    assert gather(with_live(asking, [asked])).declined == {
        "acme/transfer@acme": "it expired at 2026-10-30T10:00:00+00:00"
    }


def test_a_saved_price_of_other_types_is_not_made_again(tmp_path: Path) -> None:
    """It is held to what a price is held to when it comes from a source."""
    quotes = tmp_path / "quotes.csv"
    quotes.write_text("provider,paid,landed,collected_at\nmy_bank,1000 EUR,71900 PHP,2026-11-25\n", encoding="utf-8")
    saved = json.loads(
        pc.compare("1000 EUR", sender="DE", to="PH", quotes=quotes, reference={"EUR/PHP": "72"}).to_json()
    )
    saved["inputs"]["live"][0]["answers"][0]["title"] = 5
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(saved), encoding="utf-8")
    with pytest.raises(pc.PaymentError, match="what a comparison with live prices saved"):
        replayed(file)


def test_a_failure_is_the_same_when_an_answer_is_made_again(tmp_path: Path) -> None:
    """Its class and its words, whatever it was."""
    folder = write(tmp_path, needs='(Need("ACME_API_KEY", "API key"), Need("ACME_ACCOUNT", "account"))')
    wanted = ["acme", "a_published_bank"]

    async def ask(environ: dict[str, str], status: int) -> Comparison:
        async with (
            served(Server(status=status)) as server,
            Client(urls={"acme": server.url}, environ=environ, limits=Limits(attempts=1)) as client,
        ):
            return await client.compare("1000 EUR", **question(folder, providers=wanted))

    keys = {"ACME_API_KEY": SECRET, "ACME_ACCOUNT": "me"}
    for environ, status, kind in (
        ({}, 200, "CredentialsMissing"), (keys, 404, "ProviderRefused"), (keys, 503, "ProviderUnavailable"),
        (keys, 302, "ProviderChanged"),
    ):  # fmt: skip
        answer = asyncio.run(ask(environ, status))
        assert [one.kind for one in answer.failures] == [kind]
        saved = tmp_path / "saved.json"
        saved.write_text(answer.to_json(), encoding="utf-8")
        assert replayed(saved).comparison.failures == answer.failures


WORDLESS = {
    "a change": "ProviderChanged('acme', None, 5, b'x')",
    "trouble": "ProviderUnavailable('acme', None, retry_after='soon')",
    "a refusal": "ProviderRefused('acme', ['no'])",
    "nothing to say": "Declined()",
}


@pytest.mark.parametrize("raised", WORDLESS.values(), ids=WORDLESS)
@pytest.mark.parametrize("where", ["problem", "parse"])
def test_an_error_without_words_sinks_nothing(tmp_path: Path, raised: str, where: str) -> None:
    """An adapter may put anything where words are meant; it is shown as it is."""
    folder = write(tmp_path)
    spoilt = (
        "from paycompare.errors import ProviderChanged, ProviderRefused, ProviderUnavailable\n"
        f"from paycompare.live.adapter import Declined\n\ndef {where}(*_):\n    raise {raised}\n"
    )
    with (folder / "acme" / "adapter.py").open("a", encoding="utf-8") as file:
        file.write(spoilt)

    async def ask() -> Comparison:
        async with served(Server()) as server, client_of(server) as client:
            return await client.compare("1000 EUR", **question(folder, providers=None))

    answer = asyncio.run(ask())
    assert [one.provider for one in answer.failures] == ["acme"] * (raised != "Declined()")
    assert answer.best is not None


@pytest.mark.parametrize("damage", [{"references": None}, {"quotes": [1]}, {"verdict": {}}, {"inputs": {}}])
def test_a_damaged_answer_is_not_made_again(tmp_path: Path, damage: dict[str, Any]) -> None:
    """A saved answer with parts missing is refused as such."""
    quotes = tmp_path / "quotes.csv"
    quotes.write_text("provider,paid,landed,collected_at\nmy_bank,1000 EUR,71900 PHP,2026-11-25\n", encoding="utf-8")
    made = pc.compare("1000 EUR", sender="DE", to="PH", quotes=quotes, reference={"EUR/PHP": "72"})
    saved = json.loads(made.to_json())
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(saved | damage), encoding="utf-8")
    with pytest.raises(pc.PaymentError, match="a whole file that compare --json wrote"):
        replayed(file)


CONVERTS = """
from datetime import timedelta

from paycompare.live.adapter import Charge, Priced, Request, Source

SOURCE = Source(
    name="Acme", url="https://acme.example", documentation="https://acme.example/docs", lifetime=timedelta(minutes=5),
)


def request(ask):
    return Request(url=ask.url("/quote"), query=(("amount", f"{ask.fixed.amount:f}"),))


def parse(ask, answer):
    fee = ask.converted(ask.money(answer.json()["fee"].positive(), "USD"), ask.payer)
    yield Priced(
        service="transfer", title="Acme", convention="deducted", given=ask.fixed, rate=None,
        landed=ask.money((ask.fixed.exact - fee.exact) * 70, ask.payee), charges=(Charge("fee", fee),),
        collected_at=answer.received_at,
    )
"""


@pytest.mark.parametrize("together", [True, False])
def test_what_is_converted_at_the_callers_own_reference_is_nobody_elses(tmp_path: Path, *, together: bool) -> None:
    """Two questions share what the service said, at the same time or later, and each converts it for itself."""
    (write(tmp_path) / "acme" / "adapter.py").write_text(CONVERTS, encoding="utf-8")

    async def ask() -> tuple[list[Comparison], int]:
        async with served(Server(wait=0.05)) as server, client_of(server) as client:
            asked = [
                client.compare("1000 EUR", **question(tmp_path / "catalogue", reference={"EUR/USD": rate}))
                for rate in ("2", "4")
            ]
            answers = list(await asyncio.gather(*asked)) if together else [await one for one in asked]
            return answers, len(server.asked)

    answers, requests = asyncio.run(ask())
    assert [str(one.quotes[0].landed) for one in answers] == ["69,650.00 PHP", "69,825.00 PHP"]
    assert requests == 1


def test_a_quote_is_not_remembered_beyond_its_own_end(tmp_path: Path) -> None:
    """An answer may be used again for minutes, but the quote in it ends before; then it is asked for afresh."""
    place = write(tmp_path) / "acme" / "adapter.py"
    code = place.read_text(encoding="utf-8")
    place.write_text(
        code.replace('["at"].instant(),', '["at"].instant(), expires_at=body["until"].instant(),'), "utf-8"
    )

    def body(ends: timedelta) -> bytes:
        return json.dumps(json.loads(price()) | {"until": (datetime.now(UTC) + ends).isoformat()}).encode()

    async def ask() -> tuple[Comparison, int]:
        bodies = [body(timedelta(seconds=-1)), body(timedelta(minutes=1))]
        async with served(Server(bodies=bodies)) as server, client_of(server) as client:
            options = question(tmp_path / "catalogue", providers=["acme", "a_published_bank"])
            await client.compare("1000 EUR", **options)
            for _ in range(2):
                answer = await client.compare("1000 EUR", **options)
            return answer, len(server.asked)

    answer, requests = asyncio.run(ask())
    assert {quote.provider for quote in answer.quotes} == {"acme", "a_published_bank"}
    assert requests == 2


def test_an_answer_on_disk_that_does_not_read_is_asked_for_afresh(tmp_path: Path) -> None:
    """Whatever a file in the cache holds, it costs a request and no price."""
    folder, cache = write(tmp_path), tmp_path / "cache"

    async def ask() -> int:
        async with served(Server()) as server:
            for damage in (lambda text: text, lambda text: text.replace('"body": "', '"body": "e30='), lambda _: "{}"):
                for file in cache.glob("*"):
                    sealed = damage(file.read_text(encoding="utf-8").partition("\n")[2])
                    file.write_text(f"{digest(file.stem, sealed)}\n{sealed}", encoding="utf-8")
                async with client_of(server, cache=cache) as client:
                    assert (await client.compare("1000 EUR", **question(folder))).quotes
            return len(server.asked)

    assert asyncio.run(ask()) == 3


@pytest.mark.parametrize(("seconds", "requests"), [("120", 1), ("0", 6)])
def test_a_source_that_asks_for_time_gets_it(folder: Path, seconds: str, requests: int) -> None:
    """Not within a comparison, and not in the next one: that fails, and says when it may be asked again."""

    async def ask() -> pc.NoOffer:
        server = Server(status=429, body=b"", more=f"retry-after: {seconds}\r\n")
        async with served(server), client_of(server) as client:
            for amount in ("1000 EUR", "2000 EUR"):
                with pytest.raises(pc.NoOffer) as caught:
                    await client.compare(amount, **question(folder))
        assert len(server.asked) == requests
        return caught.value

    error = asyncio.run(ask())
    [failure] = error.failures
    assert failure.retryable
    again = re.fullmatch(r"asks not to be asked before (\S+ \S+) UTC", failure.reason)
    assert (again is not None) == (requests == 1)
    if again:
        left = datetime.fromisoformat(f"{again[1]}+00:00") - datetime.now(UTC)
        assert timedelta(0) < left < timedelta(seconds=121)


def test_nobody_rests_for_longer_than_is_allowed(folder: Path) -> None:
    """A source that asks for a day does not get it from a client that waits for no more than nothing."""

    async def ask() -> int:
        server = Server(status=429, body=b"", more="retry-after: 86400\r\n")
        limits = Limits(longest_rest=0.0)
        async with (
            served(server),
            Client(urls={"acme": server.url}, environ={"ACME_API_KEY": SECRET}, limits=limits) as client,
        ):
            for _ in range(2):
                await client.compare("1000 EUR", **question(folder, providers=None))
            return len(server.asked)

    assert asyncio.run(ask()) == 2


def test_a_source_of_the_same_host_rests_too(folder: Path) -> None:
    """It is the host that asks for time, whichever of its services was asked."""
    (folder / "other").mkdir()
    for file in (folder / "acme").iterdir():
        (folder / "other" / file.name).write_bytes(file.read_bytes())

    async def ask() -> tuple[int, list[tuple[str, str]]]:
        server = Server(status=429, body=b"", more="retry-after: 120\r\n")
        async with (
            served(server),
            Client(urls={"acme": server.url, "other": server.url}, environ={"ACME_API_KEY": SECRET}) as client,
        ):
            for source in ("acme", "other"):
                wanted = [source, "a_published_bank"]
                answer = await client.compare("1000 EUR", **question(folder, providers=wanted))
            return len(server.asked), [(one.provider, one.reason[:25]) for one in answer.failures]

    assert asyncio.run(ask()) == (1, [("other", "asks not to be asked befo")])


def test_a_large_answer_keeps_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in a thread, and a small one is not worth one."""
    folder, threads = write(tmp_path), []
    read = fetch._read  # noqa: SLF001 -- reading that takes its time

    def noting(*what: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return read(*what)

    monkeypatch.setattr(fetch, "_read", noting)

    async def ask() -> None:
        for title in ("Acme", "x" * (1 << 17)):
            async with served(Server(body=price(title))) as server, client_of(server) as client:
                assert (await client.compare("1000 EUR", **question(folder))).best

    asyncio.run(ask())
    assert threads == [True, False]


def test_a_short_rest_is_waited_for_by_others(tmp_path: Path) -> None:
    """Who asks while a source rests waits for it, where that is soon enough, and asks then."""
    (write(tmp_path) / "acme" / "adapter.py").write_text(CONVERTS, encoding="utf-8")
    times, refused = [], asyncio.Event()

    def note(event: Event) -> None:
        if event.kind == "request":
            times.append(time.monotonic())
        elif event.kind == "answer":
            refused.set()

    async def ask() -> tuple[Comparison, ...]:
        server = Server(status=429, later=200, more="retry-after: 1\r\n")
        async with served(server), client_of(server, on_event=note) as client:
            options = question(tmp_path / "catalogue")
            first = asyncio.create_task(client.compare("1000 EUR", **options))
            await refused.wait()
            return await asyncio.gather(first, client.compare("2000 EUR", **options))

    assert all(answer.quotes for answer in asyncio.run(ask()))
    assert [moment - times[0] >= 1.0 for moment in times[1:]] == [True, True]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTPS_PROXY", "foo://nowhere"), ("HTTPS_PROXY", "http://me:sesame@no where:x"), ("SSL_CERT_FILE", "/none.pem")],
)
def test_an_environment_without_a_way_out_costs_the_live_prices_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """What is published is compared, and every source that would have been asked says what to look at."""
    monkeypatch.setenv(variable, value)

    async def ask() -> Comparison:
        async with served(Server()) as server, client_of(server) as client:
            answer = await client.compare("1000 EUR", **question(folder, providers=["acme", "a_published_bank"]))
            monkeypatch.delenv(variable)
            assert (await client.compare("1000 EUR", **question(folder))).best, "it is tried again"
            return answer

    [failure] = asyncio.run(ask()).failures
    assert (failure.provider, failure.retryable) == ("acme", False)
    assert re.match(r"no connection can be opened \(\w+\): look at the proxies, certificates and ", failure.reason)


def test_a_client_in_two_running_loops_is_refused(folder: Path) -> None:
    """What belongs to one loop would never be answered in another; where the first is over, the second has it."""

    def elsewhere(client: Client) -> Comparison:
        return asyncio.run(client.compare("1000 EUR", **question(folder)))

    async def ask() -> Client:
        async with served(Server(wait=0.2)) as server, client_of(server) as client:
            asking = asyncio.ensure_future(client.compare("1000 EUR", **question(folder)))
            await server.was_asked.wait()
            with pytest.raises(RuntimeError, match="a Client belongs to one event loop"):
                await asyncio.to_thread(elsewhere, client)
            assert (await asking).best is not None
            return client

    client = asyncio.run(ask())
    assert elsewhere(client).best is not None, "it is remembered"
    assert elsewhere(client).best is not None


def test_a_client_that_does_not_await_is_refused() -> None:
    """It would fail at every source, each time for a reason that looks like theirs."""
    with httpx.Client() as http, pytest.raises(pc.PaymentError, match=r"found 'Client', expected an httpx.AsyncClient"):
        Client(http=http)  # type: ignore[arg-type]  # as a hurried reader may write it


@pytest.mark.parametrize(("size", "kind"), [(0, None), (1 << 20, "ProviderChanged")])
def test_a_client_without_a_network_can_be_handed_over(folder: Path, size: int, kind: str | None) -> None:
    """What the caller's own client has read and decoded is taken as it is, within the limit."""
    body = gzip.compress(price() + b" " * size)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body, headers={"content-encoding": "gzip"}))

    async def ask() -> Comparison:
        async with httpx.AsyncClient(transport=transport) as http:
            limits = Limits(largest_body=1 << 19)
            async with Client(http=http, environ={"ACME_API_KEY": SECRET}, limits=limits) as client:
                options = question(folder, providers=["acme", "a_published_bank"])
                return await client.compare("1000 EUR", **options)

    answer = asyncio.run(ask())
    assert [one.kind for one in answer.failures] == ([kind] if kind else [])
    assert len(answer.quotes) == (1 if kind else 2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (gzip.compress(price()[:30]) + gzip.compress(price()[30:]) + b"\0\0", None),
        (gzip.compress(price()) + b"more", "ProviderChanged"),
        (gzip.compress(price()) + gzip.compress(b" " * (1 << 19)), "ProviderChanged"),
        (gzip.compress(b"") * 1000 + gzip.compress(price()), "ProviderChanged"),
        (gzip.compress(price()) + gzip.compress(b" ")[:-9], "ProviderChanged"),
    ],
    ids=["in two parts", "with more behind", "endless", "in a thousand parts", "cut off"],
)
def test_a_compressed_body_is_read_to_its_end(folder: Path, body: bytes, kind: str | None) -> None:
    """All of its parts together are the body, and together are held to the limit."""

    async def ask() -> Comparison:
        server = Server(body=body, more="content-encoding: gzip\r\n")
        async with served(server):
            limits = Limits(largest_body=1 << 19)
            async with Client(urls={"acme": server.url}, environ={"ACME_API_KEY": SECRET}, limits=limits) as client:
                options = question(folder, providers=["acme", "a_published_bank"])
                return await client.compare("1000 EUR", **options)

    assert [one.kind for one in asyncio.run(ask()).failures] == ([kind] if kind else [])


@pytest.mark.parametrize("status", [200, 418])
def test_what_steers_a_terminal_or_cannot_be_written_is_left_out(folder: Path, status: int) -> None:
    """Neither a name nor the reason of a failure has control characters, marks of direction or half pairs."""
    hostile = "\x1b[31mAc\u202eme\x07\ud800"
    body = price(title=hostile) if status == 200 else hostile.encode(errors="ignore")

    async def ask() -> Comparison:
        async with served(Server(status=status, body=body)) as server, client_of(server) as client:
            return await client.compare("1000 EUR", **question(folder, providers=["acme", "a_published_bank"]))

    answer = asyncio.run(ask())
    texts = shown(answer)
    assert all("[31mAcme" in text for text in (texts[0], texts[2]))
    assert [text for text in texts for char in "\x1b\x07\u202e\ud800" if char in text] == []


def test_a_login_that_no_longer_holds_is_made_again(tmp_path: Path) -> None:
    """One is remembered for other questions; refused, it is forgotten, and who asked learns nothing of it."""
    login = LOGIN.replace('text("ACME_API_KEY")}', 'text("ACME_API_KEY")}, keep=timedelta(hours=1)')
    place = write(tmp_path, needs='(Need("ACME_API_KEY", "API key"),), calls=2') / "acme" / "adapter.py"
    code = place.read_text(encoding="utf-8").replace("parse(ask, answer)", "parse(ask, login, answer)")
    place.write_text(
        code.replace("def request(ask):\n", login).replace("minutes=5", "microseconds=1"), encoding="utf-8"
    )
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        logins = paths.count("/login")
        if request.url.path == "/login":
            return httpx.Response(200, json={"token": f"derived-t0ken-{logins}"})
        ended = logins == 1 and paths.count("/quote") > 1
        return httpx.Response(401) if ended else httpx.Response(200, content=price())

    async def ask() -> list[Comparison]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with http, Client(http=http, environ={"ACME_API_KEY": SECRET}) as client:
            return [await client.compare("1000 EUR", **question(tmp_path / "catalogue")) for _ in range(2)]

    assert all(one.quotes for one in asyncio.run(ask()))
    assert paths == ["/login", "/quote", "/quote", "/login", "/quote"]
