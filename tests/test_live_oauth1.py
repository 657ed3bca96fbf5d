"""Signatures by OAuth 1.0a: the text that is signed is RFC 5849's, and others can verify the signature."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12

from paycompare.live.adapter import Request
from paycompare.live.oauth1 import authorization, signed_text, signer

KEY = rsa.generate_private_key(65537, 2048)
NOW = datetime(2026, 10, 30, 10, tzinfo=UTC)
EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
"""SHA-256 of nothing in base 64, a figure that many a document prints."""


def keystore(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: str = "sesame") -> bytes:  # noqa: S107 -- of a key made here
    """Return a PKCS#12 file with one key."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"made for a test", key, None, None, encryption)


def fields(header: str) -> dict[str, str]:
    """Return the parameters of a header, decoded."""
    assert header.startswith("OAuth ")
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


def header_of(request: Request, now: datetime = NOW) -> str:
    """Return the header of a request signed with the key of this module."""
    return authorization(
        request, consumer_key="consumer!project", nonce="n0nce", now=now, sign=signer(keystore(KEY), "sesame")
    )


def verify(request: Request, header: str) -> None:
    """Verify a signature as the other side does, from the request and the header alone."""
    said = fields(header)
    signature = b64decode(said.pop("oauth_signature"))
    text = signed_text(request.method, request.url, [*request.query, *said.items()])
    KEY.public_key().verify(signature, text.encode(), PKCS1v15(), SHA256())


def test_the_signed_text_is_that_of_the_standard() -> None:
    """The example of RFC 5849, section 3.4.1.1, with its parameters of query, header and body."""
    parameters = [
        ("b5", "=%3D"),
        ("a3", "a"),
        ("c@", ""),
        ("a2", "r b"),
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("c2", ""),
        ("a3", "2 q"),
    ]
    assert signed_text("POST", "http://EXAMPLE.COM:80/request", parameters) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
        "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
        "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://API.example", "https%3A%2F%2Fapi.example%2F"),
        ("https://api.example:8443/a", "https%3A%2F%2Fapi.example%3A8443%2Fa"),
        ("http://[::1]:9/a", "http%3A%2F%2F%5B%3A%3A1%5D%3A9%2Fa"),
    ],
)
def test_an_address_is_signed_in_its_plain_form(url: str, plain: str) -> None:
    """Lower case, a path, and a port only where it does not go without saying (RFC 5849, section 3.4.1.2)."""
    assert signed_text("GET", url, []) == f"GET&{plain}&"


def test_a_signature_can_be_verified_by_the_other_side() -> None:
    """The public key accepts the signature of what is sent, and of nothing else."""
    request = Request(url="https://api.example/rates", query=(("trans_curr", "GBP"), ("note", "a b&c")))
    header = header_of(request)
    verify(request, header)
    with pytest.raises(InvalidSignature):
        verify(Request(url="https://api.example/rates", query=(("trans_curr", "USD"), ("note", "a b&c"))), header)


def test_a_header_says_when_by_whom_and_over_which_body() -> None:
    """Timestamp in seconds, consumer key, nonce, method, and the hash of the body, also of an empty one."""
    said = fields(header_of(Request(url="https://api.example/rates")))
    assert said["oauth_timestamp"] == "1793354400"  # 2026-10-30T10:00:00Z
    assert said["oauth_consumer_key"] == "consumer!project"
    assert said["oauth_nonce"] == "n0nce"
    assert said["oauth_signature_method"] == "RSA-SHA256"
    assert said["oauth_version"] == "1.0"
    assert said["oauth_body_hash"] == EMPTY
    other = fields(header_of(Request(url="https://api.example/rates", method="POST", body=b"{}")))
    assert other["oauth_body_hash"] != EMPTY


def test_a_key_that_cannot_be_used_is_refused() -> None:
    """A wrong password, another file and a key that is not RSA are no signers."""
    with pytest.raises(ValueError, match=r"(?i)password"):
        signer(keystore(KEY), "open")
    with pytest.raises(ValueError, match=r"(?i)pkcs12|deserialize|parse"):
        signer(b"no key at all", "sesame")
    with pytest.raises(ValueError, match="no RSA key"):
        signer(keystore(ec.generate_private_key(ec.SECP256R1())), "sesame")


def test_a_key_without_a_password_is_opened_without_one() -> None:
    """An empty password is none."""
    assert len(signer(keystore(KEY, ""), "")(b"text")) == KEY.key_size // 8
