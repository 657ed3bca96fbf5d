"""What the environment says about live sources: credentials and addresses."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from paycompare.errors import CredentialsMissing, PaymentError, ProviderRefused
from paycompare.live.secret import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.live.adapters import Found

__all__ = ["Settings", "address_variable", "missing", "without_user"]

_LARGEST_FILE: Final = 1 << 20
_SPACE: Final = 0x20


@dataclass(frozen=True, slots=True)
class Settings:
    """Where sources are asked, and with what.

    Attributes:
        urls: Source id to the address to ask instead of the declared one: a sandbox, a proxy, a stand-in.
        environ: The environment that credentials come from.
    """

    urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def base(self, found: Found) -> str:
        """Return the address that a source is asked at, without the name and the password that may be in it.

        Args:
            found: The source.

        Raises:
            PaymentError: It is neither encrypted nor on this machine.
        """
        url = without_user(self._address(found))
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return url
        if parts.scheme == "http" and parts.hostname and _is_local(parts.hostname):
            return url
        expected = "an address that begins with https://, or with http:// on this machine"
        raise PaymentError(address_variable(found.id), url, expected)

    def _address(self, found: Found) -> str:
        return self.urls.get(found.id) or self.environ.get(address_variable(found.id)) or found.source.url

    def credentials(self, found: Found) -> Credentials:
        """Return what the variables of a source hold, files read, and the ``name:password`` of its address.

        Args:
            found: The source.

        Raises:
            CredentialsMissing: A variable that it needs is not set.
            ProviderRefused: A file that a variable names cannot be read, or a value has control characters in it.
        """
        absent = missing(found, self.environ)
        if absent:
            raise CredentialsMissing(found.id, absent)
        held: dict[str, str | bytes] = {}
        for need in found.source.needs:
            value = _value(self.environ, need.variable)
            if any(ord(char) < _SPACE for char in value):
                raise ProviderRefused(found.id, f"{need.variable} has control characters in it, such as line ends")
            if value:
                held[need.variable] = _content(found.id, need.variable, value) if need.kind == "file" else value
        user = urlsplit(self._address(found)).netloc.rpartition("@")[0]
        if user:
            held[address_variable(found.id)] = unquote(user)
        return Credentials(
            held, settings=frozenset(need.variable for need in found.source.needs if need.kind == "setting")
        )


def address_variable(source: str) -> str:
    """Return the environment variable that points a source elsewhere.

    Example:
        >>> address_variable("wise_comparisons")
        'PAYCOMPARE_URL_WISE_COMPARISONS'
    """
    return f"PAYCOMPARE_URL_{source.upper()}"


def without_user(url: str) -> str:
    """Return an address without the name and the password in it.

    Example:
        >>> without_user("https://me:sesame@proxy.example/v2")
        'https://proxy.example/v2'
    """
    scheme, mark, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def missing(found: Found, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that a source needs and the environment does not have.

    Args:
        found: The source.
        environ: The environment.
    """
    needed = (need.variable for need in found.source.needs if not need.optional)
    return tuple(variable for variable in needed if not _value(environ, variable))


def _value(environ: Mapping[str, str], variable: str) -> str:
    """Return what a variable holds, without the line end that comes along from a file; empty when it is not set."""
    return environ.get(variable, "").strip("\r\n")


def _content(source: str, variable: str, name: str) -> bytes:
    """Read a file of credentials; an error names the variable, not the path."""
    try:
        file = Path(name)
        if file.stat().st_size > _LARGEST_FILE:
            raise ProviderRefused(source, f"the file that {variable} names is larger than {_LARGEST_FILE} bytes")
        return file.read_bytes()
    except OSError as error:
        raise ProviderRefused(source, f"the file that {variable} names cannot be read ({error.strerror})") from None


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
