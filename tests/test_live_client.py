"""A client asks over loopback: what it keeps, whom it spares, what it cancels, and that nothing secret gets out."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import paycompare as pc
from paycompare.again import replayed
from paycompare.client import Client
from paycompare.live import blocking, fetch
from paycompare.live.adapter import Credentials
from paycompare.live.adapters import find_adapters
from paycompare.live.fetch import _shown
from paycompare.live.manners import Limits
from paycompare.live.priced import LiveRate
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
    wait: float = 0.0
    later: int | None = None
    asked: list[bytes] = field(default_factory=list)
    abandoned: int = 0
    url: str = ""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    was_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(request)
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
                status = self.later if self.later and len(self.asked) > 1 else self.status
                head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
                writer.write(head.encode() + b"\r\n" + body)
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


@pytest.mark.parametrize("status", [200, 401, 418, 500])
def test_a_secret_gets_nowhere(
    folder: Path, status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that the service even echoes is in no log, event, answer, repr, cache or output."""
    caplog.set_level(logging.DEBUG)
    events: list[Event] = []
    body = price(title=f"Acme for {SECRET}") if status == 200 else f"no such key: {SECRET}".encode()

    async def ask() -> tuple[Comparison, str]:
        server = Server(status=status, body=body)
        async with served(server), client_of(server, cache=tmp_path / "cache", on_event=events.append) as client:
            options = question(folder)
            options.pop("providers")
            held = await client.compare("1000 EUR", **options)
            assert SECRET.encode() in b"".join(server.asked), "the key was not sent"
            return held, repr(vars(client)) + repr(vars(client.fetcher))

    answer, inside = asyncio.run(ask())
    out = capsys.readouterr()
    written = [file.read_bytes() for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    everything = [
        caplog.text, out.out, out.err, inside, str(events), str(answer), repr(answer), answer.to_json(),
        answer.to_csv(), answer.to_markdown(), answer._repr_html_(), str(answer.failures), str(answer.quotes),
        str(written),
    ]  # fmt: skip
    assert [place for place, text in enumerate(everything) if SECRET in text] == []


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


def test_an_answer_that_took_no_credentials_is_kept_on_disk(tmp_path: Path) -> None:
    """A second client with the same folder asks nobody; with a key in play nothing is written."""
    folder = write(tmp_path)

    async def ask() -> int:
        async with served(Server()) as server:
            for _ in range(2):
                async with client_of(server, cache=tmp_path / "cache") as client:
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
    """Neither the settings, nor the refusal of an address, nor where a rate is published shows it."""
    settings = Settings(urls={SHIPPED[0]: f"http://me:{SECRET}@elsewhere.example/v1"})
    with pytest.raises(pc.PaymentError) as caught:
        settings.base(find_adapters()[0])
    rate = LiveRate(
        base="EUR", quote="PHP", value=Fraction(72), observed=date(2026, 1, 2), publisher="Acme",
        url=f"https://me:{SECRET}@elsewhere.example/v1", kind="market_mid",
    )  # fmt: skip
    assert SECRET not in f"{settings!r} {caught.value} {_shown(rate, Credentials())!r}"


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
