"""Stand in for every source: serve its recorded exchanges on loopback, and run a command that asks them.

    python scripts/stand_in.py paycompare compare "1000 EUR" --to PH --live

Samples are those of ``providers/*/samples``, and where a folder ``../shared/samples`` is beside the checkout, its
recording of Wise comparisons. A source that needs credentials is asked once its variables are set, to anything. What
was recorded answers its own question: of another one, such as those of ``sources --probe``, it is read as a source that
drifted, declines or, where no sample has the path, refuses with a 404.
"""

from __future__ import annotations

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from paycompare.live.adapter import json_body
from paycompare.live.adapters import find_adapters
from paycompare.live.reading import read_json
from paycompare.live.settings import address_variable

ROOT = Path(__file__).parents[1]
RECORDED = ROOT.parent / "shared" / "samples" / "wise_comparisons" / "eur-php-1000.json"


class Exchange:
    """One recorded request with its response."""

    def __init__(self, source: str, folder: Path, call: dict[str, dict[str, object]]) -> None:
        request, response = call["request"], call["response"]
        self.key = (source, request["method"], request["path"])
        self.query = request.get("query", {})
        self.sent = request.get("body")
        self.status = response["status"]
        self.headers = response.get("headers", {})
        if "body" in response:
            self.body = json_body({"it": response["body"]}).removeprefix(b'{"it": ').removesuffix(b"}")
        elif "file" in response:
            self.body = (folder / str(response["file"])).read_bytes()
        else:
            self.body = str(response["text"]).encode()


def exchanges() -> list[Exchange]:
    """Return every recorded exchange that ended well."""
    found = []
    for adapter in find_adapters():
        for file in sorted((adapter.path / "samples").glob("*.json")):
            sample = read_json(file.read_text(encoding="utf-8"))
            if isinstance(sample, dict) and "reading" in sample:
                found += [Exchange(adapter.id, file.parent, call) for call in sample["calls"]]
    return found


def _folder(key: tuple[str, object, object]) -> tuple[str, object, str]:
    source, method, path = key
    return source, method, str(path).rpartition("/")[0]


class StandIn(BaseHTTPRequestHandler):
    """Answers ``/<source>/<path>`` with the sample of the same query and body, or else with the first of that path.

    A file that is named by a month or a currency is answered with one of another name beside it.
    """

    known = exchanges()

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length).decode()
        body = read_json(sent) if sent.startswith("{") else sent or None
        parts = urlsplit(self.path)
        source, _, path = parts.path.removeprefix("/").partition("/")
        of_path = [one for one in self.known if one.key == (source, self.command, f"/{path}")]
        beside = [one for one in self.known if _folder(one.key) == _folder((source, self.command, f"/{path}"))]
        same = [one for one in of_path if one.query == dict(parse_qsl(parts.query)) and one.sent == body]
        chosen = next(iter(same or of_path or beside), None)
        said, status, headers = (chosen.body, chosen.status, chosen.headers) if chosen else (b"", 404, {})
        if source == "wise_comparisons" and RECORDED.is_file() and "targetCurrency=PHP" in parts.query:
            said = RECORDED.read_bytes()
        self.send_response(int(str(status)))
        for name, value in dict(headers).items() if isinstance(headers, dict) else ():  # fmt: skip
            if name.lower() != "content-length":
                self.send_header(name, str(value))
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = _answer  # noqa: N815 -- names of the base class

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> int:
    """Serve, run the command that was given, and return what it returns."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    Thread(target=server.serve_forever, daemon=True).start()
    environ = dict(os.environ)
    for found in find_adapters():
        environ[address_variable(found.id)] = f"http://127.0.0.1:{server.server_port}/{found.id}"
    try:
        return subprocess.run(sys.argv[1:], check=False, env=environ).returncode
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    sys.exit(main())
