"""Feed every adapter bytes that a coverage-guided fuzzer draws; only documented errors may come out.

`make fuzz` runs it where atheris does (Linux, CPython). An input is two bytes, which choose a recorded exchange and one
of its answers, and then the body of that answer. It starts from the recorded bodies. Options of libFuzzer go through:
``python scripts/fuzz.py -runs=200000``. What fails is written to ``crash-*`` and repeated with
``python scripts/fuzz.py crash-...``.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["paycompare"]):
    from paycompare.errors import ProviderError
    from paycompare.live.adapter import Declined
    from paycompare.live.adapters import find_adapters
    from tests.recorded import play, samples_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = [(found, sample) for found in find_adapters() for sample in samples_of(found) if sample.calls]


def read(data: bytes) -> None:
    """Lead one exchange in which one answer has the drawn body; anything but a documented error goes through."""
    which, where, body = data[:1], data[1:2], data[2:]
    found, sample = CASES[int.from_bytes(which) % len(CASES)]
    ask = sample.ask(found)
    answers = sample.responses(found, ask)
    place = int.from_bytes(where) % len(answers)
    answers[place] = replace(answers[place], body=body, read={})
    try:
        play(found.adapter, ask, answers)
    except (ProviderError, Declined):
        pass
    except AssertionError as error:
        if "more than the sample has" not in str(error):  # the drawn answer is no error any more: it would ask on
            raise


def seeds() -> Iterator[bytes]:
    """Yield the recorded bodies, each as an input."""
    for index, (found, sample) in enumerate(CASES):
        for place, one in enumerate(sample.responses(found, sample.ask(found))):
            yield bytes((index, place)) + one.body


def main() -> None:
    """Fuzz from the recorded bodies, or repeat the inputs that are named."""
    named = any(not option.startswith("-") for option in sys.argv[1:])
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        options = sys.argv if named else [*sys.argv, "-only_ascii=0", "-max_len=65536", corpus]
        atheris.instrument_all()
        atheris.Setup(options, read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
