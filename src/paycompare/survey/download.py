"""Fetch the World Bank's workbook: from its catalogue's answer to a whole file, resumed where it broke off.

What is decided here touches no network: which file the catalogue names, what to ask for when a part of it is here
already, what an answer means for that part, and whether the whole is what was promised. Requests are made by a
`Transport`; the one for the network is `paycompare.live.files.FileTransport`.
"""

from __future__ import annotations

import json
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit
from zipfile import BadZipFile, ZipFile, is_zipfile

from paycompare.errors import ProviderChanged, ProviderRefused, ProviderUnavailable
from paycompare.survey.reading import LARGEST_CONTENT, LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from os import PathLike

__all__ = ["CATALOGUE", "SOURCE", "Fetched", "Reply", "Transport", "Workbook", "download_rpw", "workbook_of"]

SOURCE: Final = "world_bank_rpw"
"""What errors call the World Bank's catalogue."""

CATALOGUE: Final = "https://ddh-openapi.worldbank.org/datasets/0037898"
"""The data catalogue's answer about the survey; the survey's own site turns programs away."""

_HOST: Final = "worldbank.org"
_LARGEST_ANSWER: Final = 4 << 20
_NAME: Final = re.compile(r"rpw_dataset_[\w.-]*\.xlsx", re.ASCII)
_ATTEMPTS: Final = 5
_ZIP: Final = b"PK\x03\x04"
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

_OK: Final = 200
_PARTIAL: Final = 206
_UNCHANGED: Final = 304
_NO_SUCH_RANGE: Final = 416
_SERVER: Final = 500


class Reply(Protocol):
    """An answer whose body is read piece by piece."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by lower-case name."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the body.

        Raises:
            ProviderUnavailable: The connection broke off.
        """


class Transport(Protocol):
    """What makes requests."""

    def read(self, url: str, most: int) -> bytes:
        """Return a small body whole.

        Raises:
            ProviderError: It could not be had, or is larger than ``most`` bytes.
        """

    def stream(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Reply]:
        """Ask for a large body.

        Raises:
            ProviderUnavailable: No answer came.
        """


@dataclass(frozen=True, slots=True)
class Workbook:
    """The file that the catalogue names.

    Attributes:
        url: Its address.
        name: Its name at that address; different files have carried the same.
        modified_on: When the catalogue's entry was last changed, as it says; None when it does not.
    """

    url: str
    name: str
    modified_on: str | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A workbook that is here, whole.

    Attributes:
        path: Where; its name carries the first eight digits of its hash.
        sha256: Of its bytes.
        size: Its bytes.
        workbook: What the catalogue said.
        requested: Bytes that had to be fetched: fewer than its size when a part was here already, none when it had not
            changed.
    """

    path: Path
    sha256: str
    size: int
    workbook: Workbook
    requested: int


def workbook_of(answer: object) -> Workbook:
    """Find the workbook in the catalogue's answer: the last resource whose address is that of an RPW workbook.

    Args:
        answer: The catalogue's JSON.

    Raises:
        ProviderChanged: There is none, or it does not lie with the World Bank.

    Example:
        >>> url = "https://datacatalogfiles.worldbank.org/ddh-published/0037898/DR1/rpw_dataset_2011_2025_q3.xlsx"
        >>> workbook_of({"resources": [{"url": None}, {"url": url}]}).name
        'rpw_dataset_2011_2025_q3.xlsx'
    """
    told: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
    resources = told.get("resources")
    if not isinstance(resources, list):
        raise ProviderChanged(SOURCE, "resources", type(resources).__name__, "a list of the dataset's files")
    urls = [one.get("url") for one in resources if isinstance(one, dict)]
    found = [url for url in urls if isinstance(url, str) and _NAME.fullmatch(_last_part(url))]
    if not found:
        raise ProviderChanged(SOURCE, "resources[].url", f"{len(urls)} files", "one called rpw_dataset_....xlsx")
    parts = urlsplit(found[-1])
    host = parts.hostname or ""
    if parts.scheme != "https" or not (host == _HOST or host.endswith(f".{_HOST}")):
        raise ProviderChanged(SOURCE, "resources[].url", f"{parts.scheme}://{host}", f"https:// with {_HOST}")
    modified = told.get("modified_on")
    return Workbook(found[-1], _last_part(found[-1]), modified if isinstance(modified, str) else None)


def _last_part(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def download_rpw(
    folder: str | PathLike[str] = ".",
    *,
    progress: Callable[[int, int | None], None] | None = None,
    transport: Transport | None = None,
) -> Fetched:
    """Fetch the newest workbook of Remittance Prices Worldwide, 51 megabytes in 2026.

    The World Bank's data catalogue says where it is. A part that an earlier call left is completed; a workbook that is
    here already and has not changed is not fetched again. It is put in its place whole, under a name that carries its
    hash, so that nothing is overwritten by another file of the same name.

    Args:
        folder: Where to keep it.
        progress: Told after each piece how many bytes are here, and of how many (None when it is not said).
        transport: Who makes the requests; the network when left out.

    Raises:
        ProviderUnavailable: It could not be fetched whole; what came is kept for the next call.
        ProviderChanged: The catalogue's answer, or the file, is not what it used to be; a file that is cut off or
            damaged is not kept, whatever length was promised.
        ProviderRefused: The World Bank refuses the request.
    """
    if transport is None:
        from paycompare.live.files import FileTransport

        with FileTransport(SOURCE) as network:
            return download_rpw(folder, progress=progress, transport=network)
    try:
        answer = json.loads(transport.read(CATALOGUE, _LARGEST_ANSWER))
    except (ValueError, RecursionError) as error:
        raise ProviderChanged(SOURCE, "answer", "something else than JSON", "the dataset's JSON") from error
    workbook = workbook_of(answer)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    return _Fetching(workbook, place, transport, progress).run()


class _Fetching:
    """One workbook on its way into a folder."""

    def __init__(
        self,
        workbook: Workbook,
        folder: Path,
        transport: Transport,
        progress: Callable[[int, int | None], None] | None,
    ) -> None:
        self.workbook = workbook
        self.folder = folder
        self.transport = transport
        self.progress = progress
        self.part = folder / f"{workbook.name}.part"
        self.part_note = folder / f"{workbook.name}.part.json"
        self.note = folder / f"{workbook.name}.json"
        self.requested = 0

    def run(self) -> Fetched:
        known = _noted(self.note)
        kept = self.folder / str(known.get("file", "")) if known.get("file") else None
        if kept is not None and kept.is_file() and kept.stat().st_size == known.get("size"):
            conditions = {"if-none-match": known["etag"]} if known.get("etag") else {}
        else:
            kept, conditions = None, {}
        failure: ProviderUnavailable | None = None
        for _ in range(_ATTEMPTS):
            before = self._here()
            try:
                whole = self._attempt(conditions)
            except ProviderUnavailable as error:
                failure = error
                if self._here() <= before:  # nothing came: asking again at once would be no help
                    raise
                continue
            if whole:
                return self._placed()
            if kept is not None:
                return Fetched(kept, str(known["sha256"]), int(known["size"]), self.workbook, 0)
        raise failure or ProviderUnavailable(SOURCE, "the workbook did not come whole")

    def _here(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _attempt(self, conditions: Mapping[str, str]) -> bool:
        """Make one request; return whether the whole is here now, or false when it has not changed."""
        headers = dict(conditions)
        validator = _noted(self.part_note).get("validator")
        here = self._here()
        if here and validator:
            headers = {"range": f"bytes={here}-", "if-range": str(validator)}
        with self.transport.stream(self.workbook.url, headers) as reply:
            if reply.status == _UNCHANGED:
                return False
            if reply.status == _NO_SUCH_RANGE:
                self.part.unlink(missing_ok=True)
                raise ProviderUnavailable(SOURCE, "the part that was here is not of this file; fetch it again")
            start, total = self._expected(reply, here)
            self._take(reply, start, total)
        if total is None and _starts(self.part) == _ZIP and not is_zipfile(self.part):
            # Nobody said how much would come, and the archive has no end: the rest can be asked for.
            raise ProviderUnavailable(SOURCE, f"broke off after {self._here():,} bytes, before the workbook's end")
        return True

    def _expected(self, reply: Reply, here: int) -> tuple[int, int | None]:
        """Return where the body belongs in the file, and how large the whole is."""
        if reply.status == _PARTIAL:
            told = _RANGE.fullmatch(reply.headers.get("content-range", ""))
            if told is None or int(told[1]) != here:
                raise ProviderChanged(
                    SOURCE, "content-range", reply.headers.get("content-range", "nothing"), f"bytes {here}-"
                )
            total = None if told[2] == "*" else int(told[2])
            return here, total
        if reply.status >= _SERVER:
            raise ProviderUnavailable(SOURCE, f"status {reply.status}")
        if reply.status != _OK:
            raise ProviderRefused(SOURCE, f"status {reply.status} for {self.workbook.url}")
        length = reply.headers.get("content-length", "")
        etag = reply.headers.get("etag", "")
        # A weak tag may stand for files that differ, so it cannot join two parts.
        strong = etag if etag and not etag.startswith("W/") else reply.headers.get("last-modified", "")
        _note(self.part_note, {"validator": strong, "etag": etag})
        return 0, int(length) if length.isdecimal() else None

    def _take(self, reply: Reply, start: int, total: int | None) -> None:
        if total is not None and total > LARGEST_FILE:
            raise ProviderChanged(SOURCE, "content-length", f"{total:,} bytes", f"at most {LARGEST_FILE:,}")
        here = start
        with self.part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for piece in reply.pieces():
                here += len(piece)
                if here > LARGEST_FILE or (total is not None and here > total):
                    raise ProviderChanged(SOURCE, "body", "more bytes than promised", f"{total or LARGEST_FILE:,}")
                file.write(piece)
                self.requested += len(piece)
                if self.progress is not None:
                    self.progress(here, total)
        if total is not None and here < total:
            raise ProviderUnavailable(SOURCE, f"broke off after {here:,} of {total:,} bytes")

    def _is_whole(self) -> bool:
        """Return whether what is here is an archive to its end, each part as its checksum says."""
        try:
            with ZipFile(self.part) as packed:
                content = sum(entry.file_size for entry in packed.infolist())
                return content <= LARGEST_CONTENT and packed.testzip() is None
        except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error):
            return False

    def _placed(self) -> Fetched:
        """Check the whole and give it its name."""
        start = _starts(self.part)
        if start != _ZIP or not self._is_whole():
            self.part.unlink()
            self.part_note.unlink(missing_ok=True)
            what = "a workbook that is cut off or damaged" if start == _ZIP else f"bytes that begin with {start!r}"
            raise ProviderChanged(SOURCE, "file", what, "a whole xlsx workbook")
        with self.part.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        size = self._here()
        stem, _, ending = self.workbook.name.rpartition(".")
        path = self.folder / f"{stem}.{found[:8]}.{ending}"
        etag = _noted(self.part_note).get("etag", "")
        self.part.replace(path)
        self.part_note.unlink(missing_ok=True)
        _note(self.note, {"url": self.workbook.url, "etag": etag, "sha256": found, "size": size, "file": path.name})
        return Fetched(path, found, size, self.workbook, self.requested)


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_ZIP))


def _noted(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        told = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(told, dict):
            return told
    return {}


def _note(path: Path, told: dict[str, Any]) -> None:
    path.write_text(json.dumps(told, indent=2), encoding="utf-8")
