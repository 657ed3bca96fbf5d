"""Credentials: values that are used and never shown."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import permutations
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["HIDDEN", "Certificate", "Credentials", "Need"]

HIDDEN = "***"
"""What stands where a secret stood."""

_SHORTEST: Final = 4
"""A value shorter than this is no secret, and blotting it out would blot out words."""

_TELLING: Final = 8
"""A number, or a header, shorter than this is no secret; as many characters give the beginning of one away."""

_PERCENT: Final = re.compile("%[0-9A-F]{2}")
_END_OF_WORD: Final = re.compile(r"[\"'.,;:)}\]]*(?:\s|$)")

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

    __slots__ = ("__held", "__open", "__secrets", "__sent")

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
        self.__secrets: set[str] | None = None

    def text(self, variable: str) -> str:
        """Return the value of a variable; empty when it is optional and not set."""
        found = self.__held.get(variable, "")
        return found.decode() if isinstance(found, bytes) else found

    def content(self, variable: str) -> bytes:
        """Return the content of the file that a variable names; empty when it is optional and not set."""
        found = self.__held.get(variable, b"")
        return found if isinstance(found, bytes) else found.encode()

    def learn(self, headers: Mapping[str, str], tokens: Iterable[str] = ()) -> None:
        """Take what a request sends, such as the token of a login, for secret too.

        Args:
            headers: The headers that an adapter set.
            tokens: What it sends elsewhere that may be one.

        Example:
            >>> held = Credentials()
            >>> held.learn({"authorization": "Bearer derived-t0ken"})
            >>> held.scrub("derived-t0ken has expired")
            '*** has expired'
        """
        values = [value for name, value in headers.items() if name.lower() not in _PLAIN_HEADERS]
        sent = {part for value in (*values, *tokens) for part in (value, value.split(" ")[-1]) if len(part) >= _TELLING}
        if not sent <= self.__sent:
            self.__sent |= sent
            self.__secrets = None

    def scrub(self, text: str) -> str:
        """Return a text with every secret, whole, encoded or cut off, blotted out."""
        if self.__secrets is None:
            self.__secrets = {form for value in self._values() for form in _forms(value)}
        shown, at = "", 0
        for start, end in sorted(span for form in self.__secrets for span in _found(text, form)):
            if start >= at:
                shown += text[at:start] + HIDDEN
            at = max(at, end)
        return shown + text[at:]

    def _values(self) -> Iterator[str]:
        """Yield what is secret: values, the password of a pair, what was sent, and two values made a pair."""
        texts = {name: value for name, value in self.__held.items() if isinstance(value, str)}
        closed = {name: value for name, value in texts.items() if name not in self.__open}
        passwords = (value.partition(":")[2] for value in closed.values())
        yield from filter(_is_telling, (*closed.values(), *passwords, *self.__sent))
        for one, other in permutations(texts, 2):
            if one in closed or other in closed:
                yield f"{texts[one]}:{texts[other]}"

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


def _forms(value: str) -> set[str]:
    """Return a secret as it may be echoed: as it is, percent-encoded, as JSON, HTML or Python write it, in Base64."""
    written = json.dumps(value)[1:-1]
    percent = {quote(value), quote(value, safe=""), quote_plus(value)}
    lower = {_PERCENT.sub(lambda found: found[0].lower(), one) for one in percent}
    plain = {value, *percent, *lower, written, written.replace("/", r"\/"), escape(value), repr(value)[1:-1]}
    named = [part.encode(errors="surrogateescape") for part in (value, f"{value}:", f":{value}")]
    return plain | {pack(one).decode() for one in named for pack in (b64encode, urlsafe_b64encode)}


def _found(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where a text has a secret, or the beginning of one, with what it goes on with.

    What begins like a secret and goes on otherwise was cut off, or encoded in a way of its own.
    """
    start = text.find(secret[:_TELLING])
    while start >= 0:
        rest = None if text.startswith(secret, start) else _END_OF_WORD.search(text, start)
        yield start, rest.start() if rest else start + len(secret)
        start = text.find(secret[:_TELLING], start + 1)


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
