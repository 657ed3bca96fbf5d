"""Read what a source answered: exact numbers, and every fault named by its place.

A `Node` is a value of the answer that knows where it stands. Whatever is missing, or is not what the documentation
promises, raises `ProviderChanged` with that place; a field that nobody asks for may come and go.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NoReturn
from xml.etree import ElementTree as ET

from paycompare.errors import CurrencyError, PaymentError, ProviderChanged
from paycompare.money import currency, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

__all__ = ["Node", "Response", "is_plausible", "printable", "read_json"]

_FIRST_YEAR: Final = 1990

_SHOWN: Final = 60
"""Characters of a wrong value that an error shows."""


@dataclass(frozen=True)
class Response:
    """What a source answered to one request.

    Attributes:
        source: Id of the source.
        status: HTTP status.
        headers: Header names in lower case.
        body: The body, decoded from its content coding, no larger than the size limit.
        received_at: When it arrived, with a zone.
        read: Filled with the places that were asked for, in order, and whether each may be missing.
    """

    source: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    read: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The body as UTF-8 text.

        Raises:
            ProviderChanged: It is not UTF-8.
        """
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ProviderChanged(self.source, "body", "bytes that are not UTF-8", "UTF-8 text") from None

    def json(self) -> Node:
        """The body as JSON, numbers kept as they are written.

        Raises:
            ProviderChanged: It is not JSON.
        """
        try:
            value = read_json(self.text)
        except ValueError as error:
            raise ProviderChanged(self.source, "body", _brief(self.text), f"JSON ({error})") from None
        return Node(self, "", value)

    def csv(self, delimiter: str = ",") -> tuple[Node, ...]:
        """The body as CSV with a header: one node of named cells for each row, placed ``row[1]`` and so on.

        Raises:
            ProviderChanged: It has no header, has a column twice, or is not CSV.
        """
        table = csv.DictReader(io.StringIO(self.text), delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            names, rows = table.fieldnames or (), list(table)
        except csv.Error as error:
            raise ProviderChanged(self.source, "body", _brief(self.text), f"CSV ({error})") from None
        if len(set(names)) != len(names):
            raise ProviderChanged(self.source, "body", _brief(self.text), "a header with each column once")
        cells = [{name: cell for name, cell in row.items() if isinstance(name, str)} for row in rows]
        return tuple(Node(self, f"row[{number}]", row) for number, row in enumerate(cells, start=1))

    def xml(self) -> Node:
        """The body as XML: elements are mappings of attributes (``@name``), text (``#text``) and children (lists).

        Raises:
            ProviderChanged: It is not XML, or declares a document type, which no source of rates needs.
        """
        if b"<!DOCTYPE" in self.body or b"<!ENTITY" in self.body:
            raise ProviderChanged(self.source, "body", "a document type declaration", "plain XML")
        try:
            root = ET.fromstring(self.text)  # noqa: S314 -- declarations, the way entities come in, are refused above
        except (ET.ParseError, ValueError, RecursionError) as error:
            raise ProviderChanged(self.source, "body", _brief(self.text), f"XML ({error})") from None
        return Node(self, "", _element(root))


def read_json(text: str) -> object:
    """Read JSON without any number becoming a binary float.

    Args:
        text: JSON text.

    Raises:
        ValueError: It is not JSON, has NaN or infinity in it, names a field twice, or is nested beyond reason.

    Example:
        >>> read_json('{"rate": 1.10}')
        {'rate': Decimal('1.10')}
    """
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_object_of)
    except RecursionError:
        msg = "nested too deeply"
        raise ValueError(msg) from None


def is_plausible(at: date) -> bool:
    """Tell whether a day or an instant is of our time: neither the first nor the last that a calendar has.

    Example:
        >>> is_plausible(datetime.fromisoformat("0001-01-01T00:00:00+14:00"))
        False
    """
    return _FIRST_YEAR <= at.year < MAXYEAR


def printable(text: str) -> str:
    r"""Return a text on one line, without what cannot be printed: control characters, marks of direction, half pairs.

    Args:
        text: Text from outside.

    Example:
        >>> printable("Acme\tBank\x1b[2J\u202e\ud800")
        'Acme Bank[2J'
    """
    if text.isprintable():
        return text
    return "".join(" " if char.isspace() else char for char in text if char.isprintable() or char.isspace())


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        msg = f"{next(name for name in made if names.count(name) > 1)!r} is there twice"
        raise ValueError(msg)
    return made


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        msg = f"a number beyond reason, {text[:_SHOWN]}"
        raise ValueError(msg) from None


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no number"
    raise ValueError(msg)


def _element(found: ET.Element) -> dict[str, object]:
    made: dict[str, object] = {f"@{_local(name)}": value for name, value in found.attrib.items()}
    made["#text"] = (found.text or "").strip()
    for child in found:
        of_that_name = made.setdefault(_local(child.tag), [])
        if isinstance(of_that_name, list):
            of_that_name.append(_element(child))
    return made


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _brief(value: object) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(shown[:_SHOWN]) if isinstance(value, str) else shown[:_SHOWN]


@dataclass(frozen=True)
class Node:
    """A value of an answer, and where it stands.

    Attributes:
        answer: The answer that it is part of.
        path: Where it stands in it; empty for the whole.
        value: What stands there: text, int, Decimal, truth value, None, list or dict.
    """

    answer: Response
    path: str
    value: object

    def __getitem__(self, name: str) -> Node:
        """Return a needed field; missing, or null, it raises ProviderChanged."""
        return self._child(name, optional=False) or self._missing(name)

    def get(self, name: str) -> Node | None:
        """Return a field that may be missing or null."""
        return self._child(name, optional=True)

    def __iter__(self) -> Iterator[Node]:
        """Yield the items of a list; raises ProviderChanged when it is none."""
        return iter(self.items())

    def items(self) -> Sequence[Node]:
        """Return the items of a list, which may be empty.

        Raises:
            ProviderChanged: It is no list.
        """
        if not isinstance(self.value, list):
            self.wrong("a list")
        return [Node(self.answer, f"{self.path}[{index}]", item) for index, item in enumerate(self.value)]

    def first(self) -> Node:
        """Return the first item of a list.

        Raises:
            ProviderChanged: It is no list, or is empty.
        """
        items = self.items()
        return items[0] if items else self.wrong("a list with at least one item")

    def names(self) -> Sequence[str]:
        """Return the names of the fields of an object.

        Raises:
            ProviderChanged: It is no object.
        """
        return list(self._object())

    def text(self) -> str:
        """Return text that is not empty, as far as it can be printed.

        Raises:
            ProviderChanged: It is no text.
        """
        text = printable(self.value) if isinstance(self.value, str) else ""
        return text if text.strip() else self.wrong("text")

    def truth(self) -> bool:
        """Return a truth value.

        Raises:
            ProviderChanged: It is none.
        """
        return self.value if isinstance(self.value, bool) else self.wrong("true or false")

    def number(self) -> Fraction:
        """Return a JSON number, exactly as it is written.

        Raises:
            ProviderChanged: It is no JSON number, or one beyond 30 digits.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            self.wrong("a number")
        return self._exact(self.value)

    def numeral(self) -> Fraction:
        """Return a number that is written as text, such as ``"1.0845"``.

        Raises:
            ProviderChanged: It is no text, or not one plain number.
        """
        return self._exact(self.value) if isinstance(self.value, str) else self.wrong("a number as text")

    def positive(self) -> Fraction:
        """Return a number above zero, written as a JSON number or as text.

        Raises:
            ProviderChanged: It is no number, or not above zero.
        """
        found = self.numeral() if isinstance(self.value, str) else self.number()
        return found if found > 0 else self.wrong("a number above zero")

    def not_negative(self) -> Fraction:
        """Return a number of zero or more, written as a JSON number or as text.

        Raises:
            ProviderChanged: It is no number, or below zero.
        """
        found = self.numeral() if isinstance(self.value, str) else self.number()
        return found if found >= 0 else self.wrong("a number that is not below zero")

    def currency(self) -> str:
        """Return a currency code in upper case.

        Raises:
            ProviderChanged: It is no ISO 4217 code that can be paid today.
        """
        try:
            return currency(self.text().upper())
        except CurrencyError:
            return self.wrong("an ISO 4217 currency code")

    def is_currency(self, code: str) -> None:
        """Check that it is the currency that was asked for.

        Args:
            code: ISO 4217 code, upper case.

        Raises:
            ProviderChanged: It is another, or none.
        """
        if self.text().upper() != code:
            self.wrong(code)

    def instant(self, zone: str | None = None) -> datetime:
        """Return an instant in ISO 8601.

        Args:
            zone: An offset such as ``"+00:00"`` that the documentation states for instants written without one.

        Raises:
            ProviderChanged: It is none, or has no zone.
        """
        text = self.text()
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.wrong("an instant such as 2026-11-25T09:00:00Z")
        if found.tzinfo is None and zone:
            found = datetime.fromisoformat(f"{found.isoformat()}{zone}")
        return found if found.tzinfo and is_plausible(found) else self.wrong("an instant of our time with a zone")

    def day(self) -> date:
        """Return a day in ISO 8601.

        Raises:
            ProviderChanged: It is none.
        """
        try:
            found = date.fromisoformat(self.text())
        except ValueError:
            self.wrong("a day such as 2026-11-25")
        return found if is_plausible(found) else self.wrong("a day of our time")

    def wrong(self, expected: str) -> NoReturn:
        """Raise ProviderChanged for this place.

        Args:
            expected: What the documentation promises.
        """
        raise ProviderChanged(self.answer.source, self.path or "body", _brief(self.value), expected)

    def _exact(self, value: object) -> Fraction:
        try:
            return exact(value, what=self.path)
        except PaymentError as error:
            return self.wrong(error.expected)

    def _object(self) -> Mapping[str, object]:
        return self.value if isinstance(self.value, dict) else self.wrong("an object")

    def _child(self, name: str, *, optional: bool) -> Node | None:
        path = f"{self.path}.{name}" if self.path else name
        self.answer.read[path] = self.answer.read.get(path, True) and optional
        found = self._object().get(name)
        return None if found is None else Node(self.answer, path, found)

    def _missing(self, name: str) -> NoReturn:
        Node(self.answer, f"{self.path}.{name}" if self.path else name, None).wrong("a value")
