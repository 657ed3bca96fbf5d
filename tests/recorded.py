"""Samples of live sources: a question, the requests it takes, the answers, and the reading expected of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from paycompare.errors import RateUnavailable
from paycompare.live.adapter import Ask, Certificate, Credentials, json_body
from paycompare.live.exchange import accept, next_request, read_answers
from paycompare.live.reading import Response, read_json
from paycompare.money import Money, as_decimal
from paycompare.terms import Payment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from paycompare.errors import ProviderChanged
    from paycompare.live.adapter import Adapter, Answer, Request
    from paycompare.live.adapters import Found


@dataclass(frozen=True)
class Sample:
    """One file of a ``samples`` folder."""

    path: Path
    about: dict[str, Any]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Each a request and its response."""
        return list(self.about["calls"])

    def ask(self, found: Found) -> Ask:
        """Return the question, credentials and references as the file states them."""
        asked = dict(self.about["ask"])

        def reference(base: str, quote: str) -> Fraction:
            """Return a rate of the sample, and say of any other what the stack of references says."""
            rate = 1 if base == quote else self.about.get("reference", {}).get(f"{base}/{quote}")
            if rate is None:
                msg = f"no reference rate of {base}/{quote}"
                raise RateUnavailable(msg)
            return Fraction(rate)

        files = {name: (self.path.parent / value).read_bytes() for name, value in self.about.get("files", {}).items()}
        return Ask(
            source=found.id,
            payment=Payment.ask(asked.pop("pays", None), **asked),
            now=datetime.fromisoformat(self.about["now"]),
            base=found.source.url,
            nonce=self.about.get("nonce", ""),
            credentials=Credentials({**self.about.get("credentials", {}), **files}),
            reference=reference,
        )

    def responses(self, found: Found, ask: Ask) -> list[Response]:
        """Return the recorded responses."""
        return [response(found.id, ask, call["response"], self.path.parent) for call in self.calls]


def response(source: str, ask: Ask, said: dict[str, Any], folder: Path) -> Response:
    """Return a response as a sample states it: ``body`` (JSON), ``text``, or ``file`` beside the sample."""
    if "body" in said:
        body = written(said["body"])
    else:
        body = (folder / said["file"]).read_bytes() if "file" in said else said["text"].encode()
    return Response(
        source=source,
        status=said["status"],
        headers={name.lower(): value for name, value in said.get("headers", {}).items()},
        body=body,
        received_at=ask.now,
    )


def written(value: object) -> bytes:
    """Return a JSON value with the digits it was read with."""
    wrapped = json_body({"it": value})
    return wrapped.removeprefix(b'{"it": ').removesuffix(b"}")


def samples_of(found: Found) -> list[Sample]:
    """Return the samples of an adapter, by name."""
    return [
        Sample(file, about)
        for file in sorted((found.path / "samples").glob("*.json"))
        if isinstance(about := read_json(file.read_text(encoding="utf-8")), dict) and "calls" in about
    ]


def play(
    adapter: Adapter, ask: Ask, responses: Sequence[Response]
) -> tuple[list[Request], tuple[Answer | ProviderChanged, ...]]:
    """Lead an exchange with recorded responses: the requests it made, and what they say."""
    made: list[Request] = []
    taken: list[Response] = []
    for one in responses:
        request = next_request(adapter, ask, taken)
        if request is None:
            break
        made.append(request)
        accept(adapter, one)
        taken.append(one)
    if len(taken) == len(responses):
        assert next_request(adapter, ask, taken) is None, "it asks for more than the sample has"
    return made, read_answers(adapter, ask, taken)


def shown(answer: Answer) -> dict[str, object]:
    """Return an answer as a sample writes it: money and numbers as text, charges by name."""
    return {one.name: _shown(one.name, getattr(answer, one.name)) for one in fields(answer)}


def _shown(name: str, value: object) -> object:
    if name == "charges" and isinstance(value, tuple):
        return {charge.name: _money(charge.amount) for charge in value}
    if isinstance(value, Money):
        return _money(value)
    if isinstance(value, Fraction | Decimal):
        return f"{as_decimal(Fraction(value)):f}"
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset | tuple):
        return sorted(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return value


def _money(value: Money) -> str:
    return f"{value.amount:f} {value.currency}"


def shown_request(request: Request, base: str) -> dict[str, object]:
    """Return a request as a sample writes it."""
    body = request.body
    return {
        "method": request.method,
        "path": request.url.removeprefix(base),
        "query": dict(request.query),
        "headers": dict(request.headers),
        "body": _body(body),
        "certificate": isinstance(request.certificate, Certificate),
    }


def _body(body: bytes | None) -> object:
    if body is None:
        return None
    text = body.decode()
    return read_json(text) if text.startswith("{") else text
