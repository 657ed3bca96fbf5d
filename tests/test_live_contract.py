"""What every adapter owes: it asks as documented, reads exactly, adds up, and names what changed.

Adapters are found by looking, ours as well as those of anybody: nothing here knows a name. ``samples/*.json`` beside
each adapter hold the exchanges; which fields an adapter needs is learned from what it reads in them.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from paycompare import errors
from paycompare.live.adapter import Declined, LiveRate, Observed, Priced
from paycompare.live.adapters import Found, find_adapters
from paycompare.live.priced import check_identity, parted
from paycompare.live.reading import read_json
from paycompare.money import minor_unit
from paycompare.published.catalogue import announced_roots
from tests.recorded import Sample, play, samples_of, shown, shown_request, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from paycompare.live.adapter import Ask
    from paycompare.live.reading import Response

ADAPTERS = find_adapters(announced_roots()[0])
SAMPLES = [(found, sample) for found in ADAPTERS for sample in samples_of(found)]
ANSWERED = [(found, sample) for found, sample in SAMPLES if "reading" in sample.about]
SHARED_CLASSES = (errors.ProviderError, Declined)

each_adapter = pytest.mark.parametrize("found", ADAPTERS, ids=lambda found: found.id)
each_sample = pytest.mark.parametrize(
    ("found", "sample"), SAMPLES, ids=[f"{found.id}-{sample.path.stem}" for found, sample in SAMPLES]
)
each_answer = pytest.mark.parametrize(
    ("found", "sample"), ANSWERED, ids=[f"{found.id}-{sample.path.stem}" for found, sample in ANSWERED]
)


@each_adapter
def test_an_adapter_has_samples_of_an_answer_and_of_an_error(found: Found) -> None:
    """Each adapter shows at least one answer and one error, written for this project, with every file used."""
    samples = samples_of(found)
    assert any("reading" in sample.about for sample in samples)
    assert any("error" in sample.about for sample in samples)
    assert all("Written for this project" in sample.about["about"] for sample in samples)


@each_adapter
def test_what_an_adapter_declares_can_be_kept(found: Found) -> None:
    """It declares an encrypted address, documentation, a lifetime, politeness and well-formed variables."""
    source = found.source
    assert source.url.startswith("https://")
    assert "?" not in source.url
    assert source.documentation.startswith("https://")
    assert source.lifetime.total_seconds() > 0
    assert source.calls >= 1
    assert source.per_second >= 1
    assert source.together >= 1
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", need.variable) for need in source.needs)


@each_adapter
def test_an_adapter_is_short_and_uses_no_binary_float(found: Found) -> None:
    """An adapter is read in one sitting, and has no float in it, neither as a number nor as a conversion."""
    text = (found.path / "adapter.py").read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if line.strip()]
    assert len(code) <= 160
    for node in ast.walk(ast.parse(text)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"a float in line {node.lineno}"
        assert not (isinstance(node, ast.Name) and node.id == "float"), f"a float in line {node.lineno}"


@each_sample
def test_it_asks_as_the_sample_documents(found: Found, sample: Sample) -> None:
    """Every request is the sample's: method, path, query, the headers named, and the body."""
    ask = sample.ask(found)
    made = requests_of(found, sample)
    assert len(made) == len([call for call in sample.calls if "request" in call])
    for request, call in zip(made, sample.calls, strict=False):
        said, expected = shown_request(request, ask.base), call["request"]
        assert said["method"] == expected["method"]
        assert said["path"] == expected["path"]
        assert said["query"] == expected.get("query", {})
        assert said["body"] == expected.get("body")
        for name, value in expected.get("headers", {}).items():
            headers = said["headers"]
            assert isinstance(headers, dict)
            assert headers.get(name) == value, f"header {name}"


@each_sample
def test_no_secret_stands_in_an_address(found: Found, sample: Sample) -> None:
    """Secrets travel in headers and bodies; an address is logged by every proxy on the way."""
    secret = {need.variable for need in found.source.needs if need.kind == "secret"}
    held = [value for name, value in sample.about.get("credentials", {}).items() if name in secret]
    for request in requests_of(found, sample):
        address = f"{request.url} {request.query}"
        assert not [value for value in held if value in address]


def requests_of(found: Found, sample: Sample) -> list[Any]:
    """Return the requests of an exchange, also of one that ends in an error."""
    from paycompare.live.exchange import next_request

    ask = sample.ask(found)
    answers = sample.responses(found, ask)
    made = []
    for index in range(len(answers)):
        try:
            request = next_request(found.adapter, ask, answers[:index])
        except Declined:
            break
        if request is None:
            break
        made.append(request)
    return made


@each_answer
def test_a_sample_parses_to_the_expected_reading(found: Found, sample: Sample) -> None:
    """What is read is what the sample says, answer by answer and field by field."""
    ask = sample.ask(found)
    answers, wrong = parted(play(found.adapter, ask, sample.responses(found, ask))[1])
    assert wrong is None
    expected = sample.about["reading"]
    assert len(answers) == len(expected)
    for answer, wanted in zip(answers, expected, strict=True):
        said = shown(answer)
        assert {name: said[name] for name in wanted} == wanted


@each_sample
def test_an_error_maps_to_its_class(found: Found, sample: Sample) -> None:
    """An error payload raises the class that the sample names, saying what it says."""
    if "reading" in sample.about:
        return
    ask = sample.ask(found)
    expected = sample.about.get("error") or {"class": "Declined", "says": sample.about["declined"]}
    with pytest.raises(SHARED_CLASSES) as caught:
        play(found.adapter, ask, sample.responses(found, ask))
    assert type(caught.value).__name__ == expected["class"]
    assert expected.get("says", "") in str(caught.value)
    for name in expected.keys() - {"class", "says"}:
        assert getattr(caught.value, name) == expected[name]


@each_answer
def test_what_is_read_is_well_formed(found: Found, sample: Sample) -> None:
    """Prices add up and sit on the minor unit, and nothing is a binary float or without a zone."""
    ask = sample.ask(found)
    _, answers = play(found.adapter, ask, sample.responses(found, ask))
    names = [(one.provider, one.service) for one in answers if isinstance(one, Priced)]
    assert len(set(names)) == len(names), "two prices have one name"
    for answer in answers:
        if isinstance(answer, Priced):
            well_formed(found, answer)
        elif isinstance(answer, LiveRate):
            assert answer.value > 0
            assert answer.base != answer.quote
        else:
            assert isinstance(answer, Observed)
            assert -1 < answer.share < 1
        for value in shown(answer).values():
            assert not isinstance(value, float)


def well_formed(found: Found, price: Priced) -> None:
    """Check what holds for every price."""
    check_identity(found.id, price)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", price.service)
    assert price.collected_at.tzinfo is not None
    assert price.expires_at is None or price.expires_at > price.collected_at
    names = [charge.name for charge in price.charges]
    assert len(set(names)) == len(names)
    for money in (price.given, price.landed, *(charge.amount for charge in price.charges)):
        assert (money.exact / minor_unit(money.currency)).denominator == 1, f"{money} is off its minor unit"
    for charge in price.charges:
        assert charge.amount.currency in {price.given.currency, price.landed.currency}
    for figure in (price.rate, price.mid):
        assert figure is None or isinstance(figure, Fraction)


@each_answer
def test_unknown_extra_fields_are_fine(found: Found, sample: Sample) -> None:
    """A field that nobody documented changes nothing, wherever it appears."""
    ask = sample.ask(found)
    responses = sample.responses(found, ask)
    _, before = play(found.adapter, ask, responses)
    grown = [altered(one, grow) if is_json(one) else one for one in responses]
    _, after = play(found.adapter, ask, grown)
    assert after == before


@each_answer
def test_each_needed_field_is_missed_by_name(found: Found, sample: Sample) -> None:
    """Without a field that it needs, or with one of another type, an adapter says which field changed.

    It raises, or says so beside every answer that does not rest on the field.
    """
    ask = sample.ask(found)
    responses = sample.responses(found, ask)
    _, before = play(found.adapter, ask, responses)
    checked = 0
    for index, one in enumerate(responses):
        if not is_json(one):
            continue
        for path, optional in one.read.items():
            for spoilt in ({"unexpected": True}, REMOVED):
                if spoilt is REMOVED and optional:
                    continue
                changed = [*responses]
                changed[index] = altered(one, partial(put, path=path, spoilt=spoilt))
                if changed[index].body == one.body:
                    continue  # the sample does not have this field
                field = fault(found, ask, changed, before).field  # an object is named by what it lacks
                assert field == path or (spoilt is not REMOVED and field.startswith(f"{path}."))
                checked += 1
    assert checked or not any(map(is_json, responses))


REMOVED = object()


def fault(found: Found, ask: Ask, changed: list[Response], before: tuple[object, ...]) -> errors.ProviderChanged:
    """Return what is wrong with an exchange; what is still said beside it was said before."""
    try:
        _, said = play(found.adapter, ask, changed)
    except errors.ProviderChanged as error:
        return error
    answers, wrong = parted(said)
    assert answers
    assert all(one in before for one in answers)
    assert wrong is not None
    return wrong


def is_json(answer: Response) -> bool:
    """Tell whether an answer is JSON."""
    return answer.body[:1] in {b"{", b"["}


def altered(answer: Response, change: Callable[[Any], Any]) -> Response:
    """Return an answer with its JSON changed."""
    return replace(answer, body=written(change(read_json(answer.text))), read={})


def grow(value: Any) -> Any:
    """Add a field to every object."""
    if isinstance(value, dict):
        return {**{name: grow(item) for name, item in value.items()}, "added_since": {"rate": "none"}}
    return [grow(item) for item in value] if isinstance(value, list) else value


def put(body: Any, path: str, spoilt: object) -> Any:
    """Set or remove what stands at a place; a place that is not there changes nothing."""
    steps = [int(index) if index else name for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]
    return _put(body, steps, spoilt)


def _put(value: Any, steps: list[str | int], spoilt: object) -> Any:
    first, rest = steps[0], steps[1:]
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [_put(item, rest, spoilt) if place == first else item for place, item in enumerate(value)]
    if not isinstance(value, dict) or first not in value:
        return value
    if rest:
        return {name: _put(item, rest, spoilt) if name == first else item for name, item in value.items()}
    if spoilt is REMOVED:
        return {name: item for name, item in value.items() if name != first}
    return {**value, first: spoilt} if value[first] is not None else value
