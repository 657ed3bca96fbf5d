"""What a source answered is read once and in one way; what could be read in two is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from paycompare import Money
from paycompare.errors import ProviderChanged
from paycompare.live.priced import Priced, check_identity
from paycompare.live.reading import Response, printable

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def answer(body: str) -> Response:
    """Return an answer with a body."""
    return Response("acme", 200, {}, body.encode("utf-8"), NOW)


@pytest.mark.parametrize("body", ['{"rate": 1, "rate": 70}', '[{"a": {"fee": 1, "rate": 2, "fee": 1}}]'])
def test_a_field_that_is_there_twice_is_no_json(body: str) -> None:
    """Whether the first or the last of them is meant, nobody can tell."""
    with pytest.raises(ProviderChanged, match="is there twice"):
        answer(body).json()


def test_a_column_that_is_there_twice_is_no_header() -> None:
    """As in JSON."""
    assert answer("code,rate\nPHP,70\n").csv()[0]["rate"].positive() == 70
    with pytest.raises(ProviderChanged, match="each column once"):
        answer("code,rate,rate\nPHP,70,71\n").csv()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Société Générale, 日本", "Société Générale, 日本"),
        ("Acme\tBank\nplc", "Acme Bank plc"),
        (r"\u001b[31mAcme\u0007", "[31mAcme"),
        (r"Acme\u202e\ud800", "Acme"),
    ],
)
def test_text_is_what_can_be_printed(said: str, shown: str) -> None:
    """Control characters, marks of direction and half pairs stay out, however they are written."""
    text = answer('{"name": "' + said.replace("\t", r"\t").replace("\n", r"\n") + '"}').json()["name"].text()
    assert text == shown == printable(text)


def test_text_of_nothing_that_can_be_printed_is_none() -> None:
    """As is empty text."""
    with pytest.raises(ProviderChanged, match=r"name: found .*, expected text"):
        answer(r'{"name": "\u0007\ud800 "}').json()["name"].text()


@pytest.mark.parametrize(("billed", "holds"), [("70281.20", True), ("70281.30", False)])
def test_a_rate_that_was_turned_has_the_digits_it_was_stated_with(billed: str, *, holds: bool) -> None:
    """0.0140562 EUR per 1 PHP is anything from 0.01405615 to 0.01405625: for 5,000,000 PHP, 70,281.25 EUR at most."""
    price = Priced(
        service="card", title="Acme", convention="in_rate", given=Money.of(billed, "EUR"), collected_at=NOW,
        landed=Money.of("5000000", "PHP"), rate=1 / Fraction("0.0140562"),
    )  # fmt: skip
    if holds:
        check_identity("acme", price)
    else:
        with pytest.raises(ProviderChanged, match="which its own rate and charges give"):
            check_identity("acme", price)
