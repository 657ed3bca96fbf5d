"""What goes in and what comes out: no float at any door, and the same answer to the same question in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import paycompare as pc
from paycompare.money import Money, as_decimal, exact, rounded
from paycompare.reference.stack import References
from tests.catalogues import write_folder
from tests.test_comparison import compare

DAY = date(2026, 10, 30)

DOORS: dict[str, Any] = {
    "pays": lambda it: {"pays": it, "to": "IN"},
    "sends": lambda it: {"sends": it, "sender": "GB", "to": "IN"},
    "gets": lambda it: {"gets": it, "sender": "GB", "to": "IN"},
    "sender": lambda it: {"pays": "1 GBP", "sender": it, "to": "IN"},
    "to": lambda it: {"pays": "1 GBP", "to": it},
    "at": lambda it: {"pays": "1 GBP", "to": "IN", "at": it},
    "rates['wise']": lambda it: {"pays": "1 GBP", "to": "IN", "rates": {"wise": it}},
    "reference['GBP/INR']": lambda it: {"pays": "1 GBP", "to": "IN", "reference": {"GBP/INR": it}},
    "assume['fx_margin']": lambda it: {"pays": "1 GBP", "to": "IN", "assume": {"fx_margin": it}},
    "assume['wise']": lambda it: {"pays": "1 GBP", "to": "IN", "assume": {"wise": it}},
    "levies['ke_excise']": lambda it: {"pays": "1 GBP", "to": "IN", "levies": {"ke_excise": it}},
    "max_age": lambda it: {"pays": "1 GBP", "to": "IN", "max_age": it},
    "max_rate_age": lambda it: {"pays": "1 GBP", "to": "IN", "max_rate_age": it},
    "complete": lambda it: {"pays": "1 GBP", "to": "IN", "complete": it},
    "segment": lambda it: {"pays": "1 GBP", "to": "IN", "segment": it},
}
"""Each option of `compare` that takes a number, or could be given one by mistake."""


@pytest.mark.parametrize("number", [1.0, 0.1, float("nan"), float("inf")])
@pytest.mark.parametrize("door", DOORS)
def test_a_float_is_refused_at_every_door_of_a_comparison(door: str, number: float) -> None:
    """The error names the option; whatever its value, a float is never taken for an amount, a rate or a share."""
    with pytest.raises(pc.PaymentError) as caught:
        pc.compare(**{"at": DAY, **DOORS[door](number)})
    assert caught.value.field == ("reference['GBP/INR']" if door.startswith("reference") else door)


@pytest.mark.parametrize("end", ["least", "most"])
def test_a_float_is_refused_at_the_doors_of_break_evens(end: str) -> None:
    """Both ends of the stretch are amounts of money."""
    ends: dict[str, Any] = {"least": "50 GBP", "most": "5000 GBP", end: 100.0}
    with pytest.raises(pc.PaymentError) as caught:
        pc.crossovers("GB/GBP>KE/KES", **ends, at=DAY)
    assert caught.value.field == end


@given(st.floats())
def test_a_float_is_refused_at_the_doors_of_numbers(number: float) -> None:
    """Whatever its value, whole or not, infinite or none."""
    wrong: Any = number
    for door in (
        lambda: exact(wrong, what="it"),
        lambda: Money(wrong, "GBP"),
        lambda: Money.of(wrong, "GBP"),
        lambda: Money.parse(wrong),
        lambda: References(on=DAY, user={"GBP/INR": wrong}),
    ):
        with pytest.raises(pc.PaymentError):
            door()


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=10_000))
def test_what_goes_out_may_come_in_again(number: Fraction) -> None:
    """A figure that is printed to the cent is read as itself."""
    cents = rounded(number, Fraction(1, 100))
    assert exact(as_decimal(cents), what="it") == exact(str(as_decimal(cents)), what="it") == cents


questions = st.fixed_dictionaries(
    {
        "to": st.sampled_from(["IN", "KE/KES", "US/USD", "DE/EUR", "EUR"]),
        "segment": st.sampled_from(["personal", "business"]),
        "bearer": st.sampled_from(["SHAR", "DEBT"]),
    },
    optional={
        "usage": st.sampled_from(["unused", "used_up"]),
        "assume": st.just({"fx_margin": "0.025"}),
        "complete": st.just("end_to_end"),
    },
)


def answer(asked: dict[str, Any]) -> Any:
    """Return the comparison without the time it took, or the reasons why there is none."""
    try:
        return replace(pc.compare(**asked, sender="GB/GBP", at=DAY), elapsed_ms=0)
    except pc.NoOffer as error:
        return str(error), error.reasons


@settings(max_examples=12)
@given(questions, st.integers(1, 50_000), st.sampled_from(["pays", "sends"]))
def test_the_same_question_asked_twice_has_the_same_answer(asked: dict[str, Any], amount: int, side: str) -> None:
    """Every figure, every word and every order is the same; only the time spent may differ."""
    question = {**asked, side: f"{amount} GBP"}
    first = answer(question)
    assert first == answer(question)
    assert str(first) == str(answer(question))


ASK = """
import json, sys
from datetime import date
from pathlib import Path
import paycompare as pc
answer = pc.compare(
    "1000 GBP", sender="GB/GBP", to=["KE/KES", "KE/USD"], at=date(2026, 10, 30), catalogue=[Path(sys.argv[1])],
    reference={"GBP/KES": "160", "GBP/USD": "1.25"}, providers=sys.argv[2:],
)
print(answer.to_json())
print(answer)
"""


def test_the_answer_is_the_same_in_every_process(tmp_path: Path) -> None:
    """The order in which a process keeps its sets, which differs from run to run, decides nothing."""
    late = '[[tariff.step]]\ntake = "late_fee"\nplace = "unstated"\ncurrency = "USD"\nprice = { flat = "1" }\n'
    write_folder(tmp_path, "a_bank", rail="swift", fee='at_most = { flat = "5" }')
    write_folder(tmp_path, "b_bank", fee='flat = "10"', margin='between = ["0.001", "0.02"]', steps=late)
    write_folder(tmp_path, "c_bank", margin="not_published = true", rail="swift")
    write_folder(tmp_path, "d_bank", fee="not_published = true", payee='countries = ["TZ"]')
    source = str(Path(pc.__file__).parents[1])
    names = sorted(path.name for path in tmp_path.iterdir())
    told = []
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": source}
        command = [sys.executable, "-c", ASK, str(tmp_path), *names]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        first, _, text = run.stdout.partition("\n}\n")
        told.append(({**json.loads(first + "\n}"), "elapsed_ms": 0}, text))
    assert told[0] == told[1] == told[2]
    assert all(name in told[0][1] for name in names)


def test_the_order_of_the_options_decides_nothing(tmp_path: Path) -> None:
    """Providers, rates and places named in another order are the same question."""
    write_folder(tmp_path, "a_bank", margin="not_published = true")
    write_folder(tmp_path, "b_bank", margin="not_published = true", fee='flat = "10"')
    rates = {"a_bank": "159", "b_bank": "158"}
    one = compare(tmp_path, rates=rates, providers=["a_bank", "b_bank"])
    other = compare(tmp_path, rates=dict(reversed(rates.items())), providers=["b_bank", "a_bank"])
    assert replace(one, elapsed_ms=0) == replace(other, elapsed_ms=0)
