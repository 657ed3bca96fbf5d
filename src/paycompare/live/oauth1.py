"""Sign a request by OAuth 1.0a with RSA-SHA256 and a hash of its body, with a key from a PKCS#12 file.

Sources: RFC 5849 for the signature (section 3.4.1 the text that is signed, 3.6 percent encoding, 3.5.1 the header), and
the draft "OAuth Request Body Hash" for ``oauth_body_hash``, here by SHA-256 and for every request, also without body.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from paycompare.live.adapter import Request

__all__ = ["authorization", "signed_text", "signer"]

_DEFAULT_PORTS = {"http": 80, "https": 443}


def authorization(
    request: Request, *, consumer_key: str, nonce: str, now: datetime, sign: Callable[[bytes], bytes]
) -> str:
    """Return the value of the ``Authorization`` header of a request.

    Args:
        request: The request, complete but for this header.
        consumer_key: Who asks.
        nonce: Random text, never used twice.
        now: The instant of asking, with a zone.
        sign: Signs bytes; see `signer`.

    Example:
        >>> from datetime import UTC, datetime
        >>> from paycompare.live.adapter import Request
        >>> header = authorization(
        ...     Request(url="https://api.example/rates"), consumer_key="key", nonce="n1",
        ...     now=datetime(1970, 1, 1, 0, 1, tzinfo=UTC), sign=lambda text: b"signed")
        >>> 'oauth_timestamp="60"' in header, 'oauth_signature="c2lnbmVk"' in header
        (True, True)
    """
    oauth = {
        "oauth_consumer_key": consumer_key,
        "oauth_nonce": nonce,
        "oauth_timestamp": str(int(now.timestamp())),
        "oauth_signature_method": "RSA-SHA256",
        "oauth_version": "1.0",
        "oauth_body_hash": b64encode(sha256(request.body or b"").digest()).decode(),
    }
    text = signed_text(request.method, request.url, [*request.query, *oauth.items()])
    oauth["oauth_signature"] = b64encode(sign(text.encode())).decode()
    return "OAuth " + ",".join(f'{name}="{_encoded(value)}"' for name, value in oauth.items())


def signed_text(method: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return the text that is signed: the method, the address, and all parameters in order, each percent-encoded.

    Args:
        method: ``GET`` or ``POST``.
        url: Absolute address without query.
        parameters: Of the query and of the header, decoded.

    Example:
        >>> signed_text("GET", "HTTPS://API.example:443/rates", [("b", "2 3"), ("a", "1")])
        'GET&https%3A%2F%2Fapi.example%2Frates&a%3D1%26b%3D2%25203'
    """
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), _encoded(_plain(url)), _encoded(joined)))


def _plain(url: str) -> str:
    """Return an address with scheme and host in lower case and without the port that goes without saying."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}"


def _encoded(text: str) -> str:
    return quote(text, safe="")


def signer(keystore: bytes, password: str) -> Callable[[bytes], bytes]:
    """Return what signs bytes with the RSA key of a PKCS#12 file (PKCS#1 v1.5 padding, SHA-256).

    Args:
        keystore: The content of the file.
        password: Its password.

    Raises:
        ImportError: ``paycompare[cards]`` is not installed.
        ValueError: The content is no PKCS#12 file, the password is not its own, or it has no RSA key.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    key, _, _ = load_key_and_certificates(keystore, password.encode() or None)
    if not isinstance(key, RSAPrivateKey):
        msg = "the file has no RSA key"
        raise ValueError(msg)  # noqa: TRY004 -- what is wrong is the content of a file, not the type of an argument
    return lambda text: key.sign(text, PKCS1v15(), SHA256())
