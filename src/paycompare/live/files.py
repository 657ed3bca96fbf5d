"""Large files from the network: streamed, encrypted, without redirects, and without haste towards who offers them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx

from paycompare.errors import ProviderChanged, ProviderRefused, ProviderUnavailable
from paycompare.live.fetch import user_agent

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["FileReply", "FileTransport"]

_SECONDS: Final = 30.0
"""How long a connection may stay silent; a large file may take as long as it keeps coming."""

_OK: Final = 200
_SERVER: Final = 500


class FileReply:
    """An answer whose body is read piece by piece.

    Attributes:
        status: HTTP status.
        headers: By lower-case name.
    """

    def __init__(self, source: str, reply: httpx.Response) -> None:
        self._source = source
        self._reply = reply
        self.status = reply.status_code
        self.headers = {name.lower(): value for name, value in reply.headers.items()}

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            ProviderUnavailable: The connection broke off.
        """
        try:
            yield from self._reply.iter_raw()
        except httpx.HTTPError as error:
            raise ProviderUnavailable(self._source, f"broke off ({type(error).__name__})") from error


class FileTransport:
    """Asks for files; use it in a ``with`` block.

    Args:
        source: What errors call whoever offers the files.
        verify: What to check certificates against; the system's usual authorities when left out.
    """

    def __init__(self, source: str, *, verify: ssl.SSLContext | None = None) -> None:
        self._source = source
        self._client = httpx.Client(
            http2=True,
            verify=verify or httpx.create_ssl_context(),
            follow_redirects=False,
            timeout=_SECONDS,
            # A body that is encoded on the way has other lengths and ranges than the file.
            headers={"user-agent": user_agent(), "accept-encoding": "identity"},
        )

    def __enter__(self) -> Self:
        """Return the transport."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        self._client.close()

    def read(self, url: str, most: int) -> bytes:
        """Return a small body whole.

        Args:
            url: Its address.
            most: Bytes beyond which it is refused.

        Raises:
            ProviderUnavailable: No answer came, or the source says that it is in trouble.
            ProviderRefused: Any other answer than the body.
            ProviderChanged: It is larger than allowed.
        """
        with self.stream(url, {}) as reply:
            if reply.status >= _SERVER:
                raise ProviderUnavailable(self._source, f"status {reply.status}")
            if reply.status != _OK:
                raise ProviderRefused(self._source, f"status {reply.status} for {url}")
            body = bytearray()
            for piece in reply.pieces():
                body += piece
                if len(body) > most:
                    raise ProviderChanged(self._source, "body", f"more than {most:,} bytes", "a short answer")
        return bytes(body)

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str]) -> Iterator[FileReply]:
        """Ask for a large body.

        Args:
            url: Its address.
            headers: Beside the usual ones.

        Raises:
            ProviderUnavailable: No answer came.
        """
        try:
            reply = self._client.send(self._client.build_request("GET", url, headers=dict(headers)), stream=True)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(self._source, f"no answer ({type(error).__name__})") from error
        try:
            yield FileReply(self._source, reply)
        finally:
            reply.close()
