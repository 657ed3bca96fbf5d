"""Answers for other programs: JSON as its schema says, CSV and Markdown that nothing in them can break."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from paycompare.export import SCHEMA_ID, json_schema, to_csv, to_json, to_markdown
from paycompare.frame import COLUMNS
from paycompare.measure import MEASURES
from tests.answers import FORMULA, compared, varied, write_hostile, write_varied
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paycompare.comparison import Comparison

VALIDATOR = Draft202012Validator(json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def read(answer: Comparison) -> Any:
    """Return the JSON of an answer, read back; a number with a fraction in it fails the test."""

    def refuse(text: str) -> None:
        pytest.fail(f"{text} is a number that JSON readers make a binary float of")

    return json.loads(to_json(answer), parse_float=refuse)


def questions(root: Path) -> dict[str, Comparison]:
    """Return answers of every kind: all three sides, several currencies, bounds alone, nothing ranked, ties."""
    write_varied(root / "varied")
    write_folder(root / "silent", "silent", margin="not_published = true")
    write_folder(root / "unconfirmed", "vague", payee='countries = ["US"]')
    for name in ("one", "two"):
        write_folder(root / "tied", name)
    return {
        "pays": compared(root / "varied", assume={"delta": "0.015"}),
        "gets": compared(root / "varied", None, gets="150000 KES"),
        "sends": compared(root / "varied", None, sends="1000 GBP"),
        "sends there": compared(root / "tied", None, sends="150000 KES"),
        "old": compared(root / "varied", complete="end_to_end"),
        "bounds alone": compared(root / "silent"),
        "not confirmed": compared(root / "unconfirmed"),
        "tied": compared(root / "tied"),
        "identity": compared(root / "tied", to="GB/GBP", reference=None),
        "two currencies": compared(root / "tied", to=["KE/KES", "KE/USD"]),
        "hostile": compared(write_hostile(root / "hostile")),
    }


def test_every_kind_of_answer_is_as_the_schema_says(tmp_path: Path) -> None:
    """The schema is itself a valid one, and no answer departs from it."""
    Draft202012Validator.check_schema(json_schema())
    for name, answer in questions(tmp_path).items():
        problems = [f"{name}: {error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(read(answer))]
        assert not problems


def test_the_schema_notices_what_is_wrong(tmp_path: Path) -> None:
    """A field that is missing, unknown, or a number where text belongs is refused."""
    whole = read(varied(tmp_path))
    for change in (
        {"verdict": None},
        {"surprise": 1},
        {"payment": {**whole["payment"], "fixed": {"amount": 1000, "currency": "GBP"}}},
        {"quotes": [{key: value for key, value in whole["quotes"][0].items() if key != "evidence"}]},
    ):
        assert not VALIDATOR.is_valid({**whole, **change})
    assert VALIDATOR.is_valid(whole)


def described(schema: dict[str, Any], place: str = "$") -> Iterator[tuple[str, bool]]:
    """Yield every property of a schema with whether it is described, there or where it points to."""
    for name, inner in schema.get("properties", {}).items():
        target = json_schema()["$defs"].get(str(inner.get("$ref", "")).rpartition("/")[2], {})
        yield f"{place}.{name}", "description" in inner or "description" in target or "const" in inner
        yield from described(inner, f"{place}.{name}")
    for inner in (schema.get("items"), *schema.get("$defs", {}).values()):
        if isinstance(inner, dict):
            yield from described(inner, place)


def test_the_schema_describes_every_field() -> None:
    """Each property says what it holds."""
    missing = [place for place, told in described(json_schema()) if not told]
    assert not missing
    assert set(json_schema()["$defs"]["quote"]["properties"]["costs"]["properties"]) == set(MEASURES)


def test_the_figures_are_decimal_text(tmp_path: Path) -> None:
    """1,000 less 5, less 1 percent of 995: 157608.00 KES land, 14.95 GBP or 1.495 percent are lost."""
    found = read(varied(tmp_path))
    quote = found["quotes"][0]
    assert found["schema"] == SCHEMA_ID
    assert quote["landed"] == {end: {"amount": "157608.00", "currency": "KES"} for end in ("low", "high")}
    assert quote["costs"]["landed_cost"]["share"] == {"low": "0.01495", "high": "0.01495"}
    assert quote["costs"]["margin_on_value"]["share"]["high"] == "0.01"
    assert quote["reference"]["rate"] == "160"
    assert quote["cases"][0]["applied_rate"] == "158.4"
    assert quote["evidence"]["age"] == "seen Oct 2026, 29 days"


def test_parts_add_up_exactly_and_as_shown(tmp_path: Path) -> None:
    """In every case of every quote the exact values sum to the exact loss and the shown ones to the shown loss."""
    for answer in questions(tmp_path).values():
        found = read(answer)
        quotes = [*found["quotes"], *found["promotions"], *(bound["quote"] for bound in found["bounds"])]
        for case in (case for quote in quotes for case in quote["cases"]):
            exact = sum((Fraction(part["value_exact"]) for part in case["parts"]), Fraction(0))
            shown = sum((Decimal(part["shown"]["amount"]) for part in case["parts"]), Decimal(0))
            assert exact == Fraction(case["lost"]["value_exact"])
            assert shown == Decimal(case["lost"]["shown"]["amount"])


def test_bounds_carry_their_numbers_and_the_winner(tmp_path: Path) -> None:
    """The silent offer wins below 1.495 percent; the dear one loses at any margin below 5,000 GBP or so.

    50 flat against 5 flat and 1 percent: 45 more in fees are saved once 1 percent of (amount - 5) exceeds 45, so
    the order changes just above 4,505 GBP.
    """
    gamma, omega = read(varied(tmp_path))["bounds"]
    assert (gamma["wins_below"], gamma["ask_rate"], gamma["winner"]) == ("0.01495", "157.61", "alpha/out")
    assert gamma["flips_at"] is None
    assert omega["condition"] == "loses whatever is not published"
    assert Decimal("4504.90") < Decimal(omega["flips_at"]["amount"]) < Decimal("4506.10")


def test_the_same_question_gives_the_same_text(tmp_path: Path) -> None:
    """Apart from the time that it took."""
    write_varied(tmp_path)
    first, second = (re.sub(r'"elapsed_ms": \d+', "", to_json(compared(tmp_path))) for _ in range(2))
    assert first == second


def test_one_line_of_json_is_the_same_answer(tmp_path: Path) -> None:
    """Without indentation there is one line, with the same content."""
    answer = varied(tmp_path)
    line = to_json(answer, indent=None)
    assert line.count("\n") == 1
    assert json.loads(line) == json.loads(to_json(answer))


def rows(text: str) -> list[dict[str, str]]:
    """Return a CSV text as a reader of such files sees it."""
    return list(csv.DictReader(StringIO(text)))


def test_csv_has_a_line_for_each_offer_and_a_column_for_each_figure(tmp_path: Path) -> None:
    """The columns are those of the frame; amounts keep their minor units and have no separators."""
    found = rows(to_csv(varied(tmp_path)))
    assert list(found[0]) == [column.name for column in COLUMNS]
    assert [row["provider"] for row in found] == ["alpha", "delta", "beta", "range", "gamma", "omega", "promo"]
    assert (found[0]["landed_low"], found[0]["worst_lost"]) == ("157608.00", "14.95")
    assert found[2]["unknowns"] == "correspondents:KES; payee_bank:KE"
    assert found[4]["rank"] == ""


def test_no_text_of_a_csv_starts_a_formula(tmp_path: Path) -> None:
    """A name that begins like a formula is preceded by an apostrophe; a negative number stays a number."""
    write_hostile(tmp_path)
    write_folder(tmp_path, "generous", margin='share = "-0.005"')
    found = rows(to_csv(compared(tmp_path)))
    titles = {row["provider"]: row["title"] for row in found}
    assert titles["formula"] == f"'{FORMULA}: Transfer"
    assert {row["provider"]: row["cost_share_low"] for row in found}["generous"] == "-0.005"
    numbers = {column.name for column in COLUMNS if column.kind in {"money", "rate", "share", "whole"}}
    cells = [cell for row in found for name, cell in row.items() if name not in numbers]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_each_way_to_start_a_formula_is_disarmed(tmp_path: Path, start: str) -> None:
    """Whatever a spreadsheet would compute is text in CSV and in Markdown."""
    write_folder(tmp_path, "sly", about=f'name = \'{start}SUM(A1)\'\nkind = "bank"\ncountry = "GB"\n')
    answer = compared(tmp_path)
    assert rows(to_csv(answer))[0]["title"].startswith(f"'{start}SUM")
    assert f"'{start}SUM" in to_markdown(answer)


def cells(line: str) -> list[str]:
    """Return the cells of a line of a Markdown table, as split at bars that are not escaped."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_markdown_tables_keep_their_shape(tmp_path: Path) -> None:
    """Every row has as many cells as its heading, whatever the names contain, and no name becomes markup."""
    for answer in (varied(tmp_path / "a"), compared(write_hostile(tmp_path / "b"))):
        text = to_markdown(answer)
        tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
        assert tables
        for table in tables:
            assert len({len(cells(line)) for line in table.splitlines()}) == 1
    assert "<script" not in text
    assert "<img" not in text
    assert r"\|pipe\|" in text
    assert r"\[bold red\]" in text
    assert "\x1b" not in text


def test_a_negative_amount_in_markdown_is_a_number(tmp_path: Path) -> None:
    """A margin of minus half a percent takes -5.00 GBP, which is not preceded by an apostrophe."""
    write_folder(tmp_path, "generous", margin='share = "-0.005"')
    (winner,) = [line for line in to_markdown(compared(tmp_path)).splitlines() if line.startswith("| 1 |")]
    assert cells(winner)[5] == "-5.00"


def test_markdown_says_verdict_figures_and_remarks(tmp_path: Path) -> None:
    """The verdict with its flip, the parts of the winner, the reason of a bound, the remarks, the failures."""
    text = to_markdown(varied(tmp_path))
    assert "**Verdict: alpha: Transfer, unless:**" in text
    assert "1. gamma: Transfer wins below a 1.49% margin" in text
    winner = next(line for line in text.splitlines() if line.startswith("| 1 |"))
    assert cells(winner)[2:10] == [
        *("1,000.00 GBP", "157,608.00 KES", "5.00", "9.95", "0.00", "0.00", "14.95 GBP", "1.50%"),
    ]
    assert "its fx margin is not published" in text
    assert "not included: plan Pro: 19 GBP a month" in text
    assert "- broken: broken/provider.toml" in text
