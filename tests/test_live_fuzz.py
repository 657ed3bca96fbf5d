"""Whatever an answer looks like, reading it raises the documented errors and no others."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycompare.errors import ProviderError
from paycompare.live.adapter import Declined, problem_of
from paycompare.live.adapters import Found, find_adapters
from paycompare.live.exchange import accept
from paycompare.live.reading import read_json
from tests.recorded import samples_of, written

if TYPE_CHECKING:
    from paycompare.live.reading import Response
    from tests.recorded import Sample

CASES = [(found, sample) for found in find_adapters() for sample in samples_of(found) if sample.calls]
SPOILT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.sampled_from(
        [0, 1, -1, 100, 10**40, "", " ", "NaN", "1e999999", "-0", "XXX", "EUR", "2026-13-45", [], {}, [{}]]
    ),
    st.text(max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False),
)


@pytest.mark.parametrize(("found", "sample"), CASES, ids=[f"{found.id}-{sample.path.stem}" for found, sample in CASES])
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), values=st.lists(SPOILT, min_size=1, max_size=3), cut=st.booleans())
def test_reading_raises_documented_errors_alone(
    found: Found, sample: Sample, seed: int, values: list[Any], *, cut: bool
) -> None:
    """A mutated answer is read, declined, or refused with a ProviderError; the adapter itself raises nothing else."""
    ask = sample.ask(found)
    draw = random.Random(seed)  # noqa: S311 -- drawn to be repeated
    answers = [mutated(one, values, draw, cut=cut) for one in sample.responses(found, ask)]
    try:
        for index, one in enumerate(answers):
            if found.adapter.request(ask, *answers[:index]) is None:
                break
            problem_of(found.adapter, one)  # called bare: `accept` would turn what it should not raise into an answer
            accept(found.adapter, one)
        if len(answers) < found.source.calls and found.adapter.request(ask, *answers) is not None:
            return  # an error that is none any more: the exchange would go on beyond the sample
        list(found.adapter.parse(ask, *answers))
    except (ProviderError, Declined):
        pass


def mutated(answer: Response, values: list[Any], draw: random.Random, *, cut: bool) -> Response:
    """Return an answer with values of it replaced, and at times its end cut off."""
    body = answer.body
    if body[:1] in {b"{", b"["}:
        said = read_json(answer.text)
        for value in values:
            said = put_somewhere(said, value, draw)
        body = written(said)
    elif body:
        at = draw.randrange(len(body))
        body = body[:at] + str(values[0]).encode() + body[at + draw.randrange(8) :]
    if cut and body:
        body = body[: draw.randrange(len(body))]
    return replace(answer, body=body, read={})


def put_somewhere(said: Any, value: Any, draw: random.Random) -> Any:
    """Return JSON with one value of it replaced, deep or shallow."""
    if isinstance(said, dict) and said and draw.random() < 0.9:
        name = draw.choice(list(said))
        return {**said, name: put_somewhere(said[name], value, draw)}
    if isinstance(said, list) and said and draw.random() < 0.9:
        place = draw.randrange(len(said))
        return [put_somewhere(item, value, draw) if index == place else item for index, item in enumerate(said)]
    return value
