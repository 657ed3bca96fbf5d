"""Credentials: values that are used and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HIDDEN", "Certificate", "Credentials", "Need"]

HIDDEN = "***"
"""What stands where a secret stood."""

_SHORTEST: Final = 4
"""A value shorter than this is no secret, and blotting it out would blot out words."""

_TELLING: Final = 8
"""A number, or a header, shorter than this is no secret; as many characters give the beginning of one away."""

_PLAIN_HEADERS: Final = frozenset({"accept", "content-type", "user-agent"})


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

    __slots__ = ("__held", "__open", "__sent")

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
        self.__sent: set[str] = set()

    def text(self, variable: str) -> str:
        """Return the value of a variable; empty when it is optional and not set."""
        found = self.__held.get(variable, "")
        return found.decode() if isinstance(found, bytes) else found

    def content(self, variable: str) -> bytes:
        """Return the content of the file that a variable names; empty when it is optional and not set."""
        found = self.__held.get(variable, b"")
        return found if isinstance(found, bytes) else found.encode()

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take what a request sends in its headers, such as the token of a login, for secret too.

        Args:
            headers: The headers that an adapter set.

        Example:
            >>> held = Credentials()
            >>> held.learn({"authorization": "Bearer derived-t0ken"})
            >>> held.scrub("derived-t0ken has expired")
            '*** has expired'
        """
        for name, value in headers.items():
            if name.lower() not in _PLAIN_HEADERS:
                self.__sent.update(one for one in (value, value.split(" ")[-1]) if len(one) >= _TELLING)

    def scrub(self, text: str) -> str:
        """Return a text with every secret, whole or cut off, blotted out, the longest first."""
        for value in self._secrets():
            text = _without_beginning(text.replace(value, HIDDEN), value)
        return text

    def _secrets(self) -> list[str]:
        found = [value for name, value in self.__held.items() if isinstance(value, str) and name not in self.__open]
        return sorted(filter(_is_telling, {*found, *self.__sent}), key=len, reverse=True)

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


def _is_telling(value: str) -> bool:
    return len(value) >= (_TELLING if value.isdecimal() else _SHORTEST)


def _without_beginning(text: str, secret: str) -> str:
    """Blot out the beginning of a secret that an error cut off."""
    start = text.find(secret[:_TELLING]) if len(secret) > _TELLING else -1
    while start >= 0:
        end = start + _TELLING
        while end < len(text) and text[start : end + 1] == secret[: end + 1 - start]:
            end += 1
        text = text[:start] + HIDDEN + text[end:]
        start = text.find(secret[:_TELLING], start + len(HIDDEN))
    return text


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
