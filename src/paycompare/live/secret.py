"""Credentials: values that are used and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HIDDEN", "Certificate", "Credentials", "Need"]

HIDDEN = "***"
"""What stands where a secret stood."""

_SHORTEST = 4
"""A value shorter than this is no secret, and blotting it out would blot out words."""


@dataclass(frozen=True, slots=True)
class Need:
    """An environment variable that a source reads.

    Attributes:
        variable: Its name.
        what: What it holds, in words.
        kind: ``secret`` a value; ``file`` the path of a file whose content is handed over; ``path`` the path of a file
            that the network layer opens itself; ``setting`` a value that is no secret.
        optional: Whether the source answers without it.
    """

    variable: str
    what: str
    kind: Literal["secret", "file", "path", "setting"] = "secret"
    optional: bool = False


class Credentials(Mapping[str, str | bytes]):
    """What a source's environment variables hold, by name; it prints the names alone.

    Example:
        >>> held = Credentials({"ACME_API_KEY": "sesame-open"})
        >>> held, held.text("ACME_API_KEY"), held.scrub("no such key: sesame-open")
        (<Credentials ACME_API_KEY>, 'sesame-open', 'no such key: ***')
    """

    __slots__ = ("__held", "__open")

    def __init__(
        self, held: Mapping[str, str | bytes] | None = None, *, settings: frozenset[str] = frozenset()
    ) -> None:
        """Hold what variables hold.

        Args:
            held: Variable to its value, or to the content of the file that it names.
            settings: The variables whose values are no secrets.
        """
        self.__held = dict(held or {})
        self.__open = settings

    def text(self, variable: str) -> str:
        """Return the value of a variable; empty when it is optional and not set."""
        found = self.__held.get(variable, "")
        return found.decode() if isinstance(found, bytes) else found

    def content(self, variable: str) -> bytes:
        """Return the content of the file that a variable names; empty when it is optional and not set."""
        found = self.__held.get(variable, b"")
        return found if isinstance(found, bytes) else found.encode()

    def scrub(self, text: str) -> str:
        """Return a text with every secret that is held blotted out, the longest first."""
        for value in self._secrets():
            text = text.replace(value, HIDDEN)
        return text

    def scrub_bytes(self, body: bytes) -> bytes:
        """Return a body with every secret that is held blotted out, the longest first."""
        for value in self._secrets():
            body = body.replace(value.encode(), HIDDEN.encode())
        return body

    def _secrets(self) -> list[str]:
        found = [value for name, value in self.__held.items() if isinstance(value, str) and name not in self.__open]
        return sorted((value for value in found if len(value) >= _SHORTEST), key=len, reverse=True)

    def __getitem__(self, variable: str) -> str | bytes:
        """Return what a variable holds."""
        return self.__held[variable]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the variables."""
        return iter(self.__held)

    def __len__(self) -> int:
        """Return how many variables are held."""
        return len(self.__held)

    def __repr__(self) -> str:
        """Return the names, never the values."""
        return f"<Credentials {', '.join(sorted(self.__held)) or 'none'}>"

    def __reduce__(self) -> str:
        """Refuse to be pickled: what is written somewhere can be read there."""
        msg = "credentials are not written anywhere"
        raise TypeError(msg)


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """A client certificate for mutual TLS.

    Attributes:
        certificate: Path of the certificate chain, PEM.
        key: Path of its private key, PEM.
        password: Password of the key; empty for none.
    """

    certificate: str
    key: str
    password: str = ""

    def __repr__(self) -> str:
        """Return nothing that is secret."""
        return "<Certificate>"
