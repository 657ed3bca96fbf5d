"""Fetching the workbook: the catalogue's answer, resuming, and never a half file under the name of a whole one."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

import pytest

from paycompare.errors import ProviderChanged, ProviderError, ProviderRefused, ProviderUnavailable
from paycompare.live.files import FileTransport
from paycompare.survey.download import SOURCE, download_rpw, workbook_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

URL = "https://datacatalogfiles.worldbank.org/ddh-published/0037898/DR1/rpw_dataset_2011_2025_q3.xlsx"


def archive(content: bytes) -> bytes:
    """Return an archive of one part, not packed: a workbook as far as fetching one goes."""
    target = BytesIO()
    with ZipFile(target, "w") as packed:
        packed.writestr(ZipInfo("xl/workbook.xml"), content)
    return target.getvalue()


FILE = archive(bytes(range(256)) * 40)
NAME = f"rpw_dataset_2011_2025_q3.{sha256(FILE).hexdigest()[:8]}.xlsx"


@dataclass
class Reply:
    """An answer written out, that may break off."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    breaks: bool = False

    def pieces(self) -> Iterator[bytes]:
        """Yield the body in pieces of 1,000 bytes."""
        for start in range(0, len(self.body), 1000):
            yield self.body[start : start + 1000]
        if self.breaks:
            raise ProviderUnavailable(SOURCE, "broke off")


@dataclass
class Server:
    """A catalogue and a file, without a network."""

    file: bytes = FILE
    etag: str = '"one"'
    breaks_after: list[int] = field(default_factory=list)
    says_length: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)
    answer: object = field(
        default_factory=lambda: {"modified_on": "2026-05-06", "resources": [{"url": None}, {"url": URL}]}
    )

    def read(self, url: str, most: int) -> bytes:
        """Return the catalogue's answer."""
        assert url.endswith("0037898")
        body = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        assert len(body) < most
        return body

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str]) -> Iterator[Reply]:
        """Answer as a server that knows ranges and validators does."""
        assert url == URL
        self.asked.append(dict(headers))
        if headers.get("if-none-match") == self.etag:
            yield Reply(304, {})
            return
        start = 0
        if "range" in headers and headers.get("if-range") == self.etag:
            start = int(headers["range"].removeprefix("bytes=").rstrip("-"))
        size = len(self.file)
        told = {"etag": self.etag} | ({"content-length": str(size - start)} if self.says_length else {})
        if start:
            told["content-range"] = f"bytes {start}-{size - 1}/{size if self.says_length else '*'}"
        end = self.breaks_after.pop(0) if self.breaks_after else size
        yield Reply(206 if start else 200, told, self.file[start:end], breaks=self.says_length and end < size)


def test_a_workbook_is_put_in_its_place_whole_under_its_hash(tmp_path: Path) -> None:
    """Two workbooks have carried one name, so the name here carries the bytes; progress is told."""
    told: list[tuple[int, int | None]] = []
    found = download_rpw(tmp_path, transport=Server(), progress=lambda here, total: told.append((here, total)))
    assert (found.path.name, found.path.read_bytes(), found.sha256) == (NAME, FILE, sha256(FILE).hexdigest())
    assert (found.requested, found.workbook.modified_on) == (len(FILE), "2026-05-06")
    assert told[0] == (1000, len(FILE))
    assert told[-1] == (len(FILE), len(FILE))
    assert not list(tmp_path.glob("*.part*"))


def test_a_broken_connection_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    """What came is kept, and the rest is asked for under the condition that the file is still the same."""
    server = Server(breaks_after=[3000, 7000])
    found = download_rpw(tmp_path, transport=server)
    assert found.path.read_bytes() == FILE
    assert found.requested == len(FILE)
    assert [asked.get("range") for asked in server.asked] == [None, "bytes=3000-", "bytes=7000-"]
    assert server.asked[1]["if-range"] == '"one"'


def test_a_later_call_takes_up_what_an_earlier_one_left(tmp_path: Path) -> None:
    """When nothing more comes the call fails, and the next one goes on from there."""
    with pytest.raises(ProviderUnavailable):
        download_rpw(tmp_path, transport=Server(breaks_after=[5000, 5000]))
    assert [path.name for path in tmp_path.glob("*.xlsx")] == []
    found = download_rpw(tmp_path, transport=Server())
    assert (found.path.read_bytes(), found.requested) == (FILE, len(FILE) - 5000)


def test_a_part_of_another_file_is_thrown_away(tmp_path: Path) -> None:
    """The server has a new file by now: it sends the whole of it, and nothing of the old one stays."""
    with pytest.raises(ProviderUnavailable):
        download_rpw(tmp_path, transport=Server(breaks_after=[5000, 5000]))
    other = archive(b"new" * 4000)
    found = download_rpw(tmp_path, transport=Server(file=other, etag='"two"'))
    assert found.path.read_bytes() == other


def test_without_a_strong_validator_nothing_is_joined(tmp_path: Path) -> None:
    """A weak tag may stand for files that differ, so the file is fetched from its beginning."""
    server = Server(etag='W/"one"', breaks_after=[5000])
    assert download_rpw(tmp_path, transport=server).path.read_bytes() == FILE
    assert [asked.get("range") for asked in server.asked] == [None, None]


def test_an_unchanged_workbook_is_not_fetched_again(tmp_path: Path) -> None:
    """The server says that it has not changed; a changed one comes beside it, and neither is lost."""
    first = download_rpw(tmp_path, transport=Server())
    again = download_rpw(tmp_path, transport=Server())
    assert (again.path, again.requested, again.sha256) == (first.path, 0, first.sha256)
    download_rpw(tmp_path, transport=Server(file=archive(b"more"), etag='"two"'))
    assert len(list(tmp_path.glob("*.xlsx"))) == 2


def test_a_workbook_that_was_deleted_is_fetched_again(tmp_path: Path) -> None:
    """What a note says is here has to be here."""
    download_rpw(tmp_path, transport=Server()).path.unlink()
    assert download_rpw(tmp_path, transport=Server()).requested == len(FILE)


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """A page of words under the workbook's address is not put in its place."""
    with pytest.raises(ProviderChanged, match="xlsx workbook"):
        download_rpw(tmp_path, transport=Server(file=b"<html>come back later</html>"))
    assert not list(tmp_path.glob("*.xlsx"))
    assert not list(tmp_path.glob("*.part"))


def test_an_answer_of_no_stated_length_that_broke_off_is_taken_up(tmp_path: Path) -> None:
    """Nobody said how much would come; the archive without an end does, and the rest is asked for."""
    server = Server(breaks_after=[5000, 8000], says_length=False)
    found = download_rpw(tmp_path, transport=server)
    assert (found.path.read_bytes(), found.requested) == (FILE, len(FILE))
    assert [asked.get("range") for asked in server.asked] == [None, "bytes=5000-", "bytes=8000-"]


def test_an_answer_of_no_stated_length_that_never_ends_well_is_not_kept(tmp_path: Path) -> None:
    """When nothing more comes the call fails, no workbook is in its place, and no note says that one is."""
    with pytest.raises(ProviderUnavailable, match="broke off after 5,000 bytes"):
        download_rpw(tmp_path, transport=Server(breaks_after=[5000, 5000], says_length=False))
    assert not list(tmp_path.glob("*.xlsx"))
    assert download_rpw(tmp_path, transport=Server()).path.read_bytes() == FILE


@pytest.mark.parametrize("file", [FILE[:5000], FILE.replace(b"\x07\x08\x09", b"\x07\x00\x09", 1)])
def test_a_damaged_workbook_is_not_kept_whatever_length_was_promised(tmp_path: Path, file: bytes) -> None:
    """An archive that was cut where the length says, or whose part has another checksum, is thrown away."""
    with pytest.raises(ProviderChanged, match="cut off or damaged"):
        download_rpw(tmp_path, transport=Server(file=file))
    assert not list(tmp_path.glob("*.xlsx*"))
    assert download_rpw(tmp_path, transport=Server()).path.read_bytes() == FILE


class Fixed(Server):
    """A server that gives one answer whatever is asked."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__()
        self.replies = list(replies)

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str]) -> Iterator[Reply]:
        """Give the next answer; the last one again and again."""
        assert (url, headers is not None) == (URL, True)
        yield self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(403, {}), ProviderRefused, "status 403"),
        (Reply(503, {}), ProviderUnavailable, "status 503"),
        (Reply(302, {"location": "https://elsewhere.example"}), ProviderRefused, "status 302"),
        (Reply(200, {"content-length": "600000000"}), ProviderChanged, "600,000,000 bytes"),
        (Reply(200, {"content-length": "5"}, FILE), ProviderChanged, "more bytes than promised"),
        (Reply(206, {"content-range": "bytes 5-9/10"}, b"x"), ProviderChanged, "content-range"),
        (Reply(200, {"content-length": "0"}), ProviderChanged, "xlsx workbook"),
    ],
)
def test_answers_that_are_no_whole_file_are_errors(
    tmp_path: Path, reply: Reply, error: type[ProviderError], words: str
) -> None:
    """Each says whether asking again helps, and none leaves a workbook behind."""
    with pytest.raises(error, match=words):
        download_rpw(tmp_path, transport=Fixed(reply))
    assert not list(tmp_path.glob("*.xlsx"))


def test_a_part_beyond_the_file_is_thrown_away(tmp_path: Path) -> None:
    """The server has no such range: the part was of another file, and the next call begins anew."""
    with pytest.raises(ProviderUnavailable):
        download_rpw(tmp_path, transport=Server(breaks_after=[5000, 5000]))
    with pytest.raises(ProviderUnavailable, match="not of this file"):
        download_rpw(tmp_path, transport=Fixed(Reply(416, {})))
    assert download_rpw(tmp_path, transport=Server()).requested == len(FILE)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "resources"),
        ({"resources": "none"}, "a list of the dataset's files"),
        ({"resources": [{"url": None}, {"url": "https://x.worldbank.org/report.pdf"}]}, "2 files"),
        ({"resources": [{"url": "https://worldbank.org.example/rpw_dataset_1.xlsx"}]}, "worldbank.org"),
        ({"resources": [{"url": "http://files.worldbank.org/rpw_dataset_1.xlsx"}]}, "https"),
    ],
)
def test_a_catalogue_that_changed_says_where(answer: object, words: str) -> None:
    """The field is named, and no file is fetched from anybody but the World Bank."""
    with pytest.raises(ProviderChanged, match=words):
        workbook_of(answer)


def test_the_last_workbook_of_several_counts() -> None:
    """The catalogue lists newer files later."""
    urls = [f"https://files.worldbank.org/rpw_dataset_2011_2025_q{quarter}.xlsx" for quarter in (1, 3)]
    assert workbook_of({"resources": [{"url": url} for url in urls]}).url == urls[1]


def test_a_catalogue_that_answers_with_words_is_told(tmp_path: Path) -> None:
    """What is not JSON is not the catalogue's answer."""
    with pytest.raises(ProviderChanged, match="something else than JSON"):
        download_rpw(tmp_path, transport=Server(answer=b"<html>"))


@pytest.fixture
def here() -> Iterator[tuple[str, dict[str, tuple[int, bytes, int]]]]:
    """Run a server on this machine; its answers are status, body and promised length by path."""
    answers: dict[str, tuple[int, bytes, int]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, length = answers[self.path]
            self.send_response(status)
            self.send_header("content-length", str(length))
            self.send_header("X-Encoding-Asked", self.headers.get("accept-encoding", ""))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_network_transport_streams_a_body_as_it_is(here: tuple[str, dict[str, tuple[int, bytes, int]]]) -> None:
    """The body comes unencoded, the headers in lower case, and a status is data."""
    url, answers = here
    answers["/file"] = (200, FILE, len(FILE))
    answers["/gone"] = (404, b"", 0)
    with FileTransport(SOURCE) as transport:
        with transport.stream(f"{url}/file", {}) as reply:
            assert b"".join(reply.pieces()) == FILE
            assert reply.headers["x-encoding-asked"] == "identity"
        with transport.stream(f"{url}/gone", {}) as reply:
            assert reply.status == 404
        assert transport.read(f"{url}/file", len(FILE)) == FILE


def test_the_network_transport_tells_its_failures_apart(here: tuple[str, dict[str, tuple[int, bytes, int]]]) -> None:
    """Too large, refused, in trouble, broken off, not there: each is an error of its own."""
    url, answers = here
    answers |= {"/file": (200, FILE, len(FILE)), "/no": (403, b"", 0), "/ill": (503, b"", 0)}
    answers["/short"] = (200, b"half", 400)
    with FileTransport(SOURCE) as transport:
        with pytest.raises(ProviderChanged, match="more than 100 bytes"):
            transport.read(f"{url}/file", 100)
        with pytest.raises(ProviderRefused, match="status 403"):
            transport.read(f"{url}/no", 100)
        with pytest.raises(ProviderUnavailable, match="status 503"):
            transport.read(f"{url}/ill", 100)
        with pytest.raises(ProviderUnavailable, match="broke off"):
            transport.read(f"{url}/short", 1000)
        with pytest.raises(ProviderUnavailable, match="no answer"):
            transport.read("http://127.0.0.1:9/nobody", 100)
