"""What may be shown of what a source said: no secret, nothing that steers a terminal, and no more than is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from paycompare.errors import (
    CredentialsMissing,
    ProviderChanged,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from paycompare.live.priced import Charge
from paycompare.live.reading import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paycompare.live.adapter import Answer, Request
    from paycompare.live.reading import Response
    from paycompare.live.secret import Credentials

__all__ = ["in_words", "scrubbed", "shown", "tokens_in"]

_MOST_WORDS: Final = 1000
"""Characters of anything that a source says in words."""

_VOCABULARY: Final = frozenset({"convention", "kind", "direction", "base", "quote", "country"})
"""Fields of an answer whose values are ours, or codes, and no words of the source."""

_TOKEN: Final = re.compile(r"(?=[^&\s]*[A-Za-z])(?=[^&\s]*\d)(?!\d{4}-\d\d-\d\d)\S{8,}")
"""What may be a token: long, of letters and digits, and no instant."""

_PIECES: Final = re.compile(r"[^\s\"'&=,:{}\[\]]+")


def tokens_in(request: Request, before: Sequence[Response]) -> Iterator[str]:
    """Yield what a request sends beside its headers that an answer before it gave, or that looks like a token."""
    given = b"\n".join(answer.body for answer in before).decode(errors="replace")
    body = (request.body or b"").decode(errors="replace")
    for text in (*(value for _, value in request.query), body, unquote(body)):
        yield from (piece for piece in _PIECES.findall(text) if piece in given or _TOKEN.match(piece))


def in_words(text: object, credentials: Credentials) -> str:
    """Return words of a source as they may be shown: no more than is read, no steering of terminals, no secret."""
    return credentials.scrub(printable(str(text)[:_MOST_WORDS]))


def shown(answer: Answer, credentials: Credentials) -> Answer:
    """Return an answer whose words may be shown, such as without a key that the service echoed; its figures stand."""
    held = {one.name: getattr(answer, one.name) for one in fields(answer) if one.name not in _VOCABULARY}
    clean = {name: _clean(value, credentials) for name, value in held.items()}
    changed = {name: value for name, value in clean.items() if value != held[name]}
    return replace(answer, **changed) if changed else answer  # type: ignore[arg-type]  # each of the type it had


def _clean(value: object, credentials: Credentials) -> object:
    if isinstance(value, str):
        return in_words(value, credentials)
    if isinstance(value, Charge):
        return replace(value, name=in_words(value.name, credentials))
    if isinstance(value, tuple | frozenset):
        return type(value)(_clean(one, credentials) for one in value)
    if isinstance(value, Mapping):
        return {name: _clean(one, credentials) for name, one in value.items()}
    return value


def scrubbed(error: ProviderError, credentials: Credentials) -> ProviderError:
    """Return an error whose words may be shown, without the chain of errors that led to it."""
    if isinstance(error, CredentialsMissing):  # made of the names of variables alone
        return CredentialsMissing(error.provider, error.variables)
    if isinstance(error, ProviderChanged):
        place, found, expected = (in_words(text, credentials) for text in (error.field, error.found, error.expected))
        return ProviderChanged(error.provider, place, found, expected)
    message = in_words(error.message, credentials)
    if isinstance(error, ProviderUnavailable):
        return ProviderUnavailable(error.provider, message, retry_after=error.retry_after)
    return ProviderRefused(error.provider, message)
