"""Charges and prices that depend on what only the payer knows, and on how long a rate is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.catalogues import write_folder
from tests.test_comparison import compare

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.comparison import Comparison

GOODS = """
[[tariff.step]]
take = "{name}"
place = "on_top"
currency = "GBP"
only = {{ {only} }}
price = {{ flat = "{flat}" }}
"""
OTHERS = ["services", "salary", "family", "education", "medical", "travel", "investment", "own_account", "property"]
OTHERS += ["loan", "dividends", "other"]
PLANS = 'conditions = { plan = ["Basic", "Pro"] }'
LOCKS = (
    'share = "0.01", plus = [{ only = { quote_validity = ["PT1H"] }, share = "0.001" },'
    ' { only = { quote_validity = ["PT24H"] }, share = "0.003" }]'
)


def lost(answer: Comparison) -> list[str]:
    """Return the least and the most that the only offer takes of 1,000 GBP, which are worth 160,000 KES."""
    (quote,) = answer.quotes
    ends = (quote.landed.high, quote.landed.low)
    return [f"{(160_000 - end.amount) / 160:.2f} GBP" for end in ends]


def with_steps(root: Path, *steps: tuple[str, str, str]) -> Path:
    """Write a bank that takes some charges on conditions."""
    text = "".join(GOODS.format(name=name, only=only, flat=flat) for name, only, flat in steps)
    write_folder(root, "a_bank", steps=text)
    return root


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"purpose": "goods"}, ["5.00 GBP", "5.00 GBP"]),
        ({"purpose": "family"}, ["3.00 GBP", "3.00 GBP"]),
        ({}, ["3.00 GBP", "5.00 GBP"]),
    ],
)
def test_a_charge_by_purpose_is_a_range_while_the_purpose_is_not_said(
    tmp_path: Path, asked: dict[str, Any], expected: list[str]
) -> None:
    """5 for goods, 3 for all else: never both, and never neither."""
    others = ", ".join(f'"{one}"' for one in OTHERS)
    root = with_steps(tmp_path, ("goods_fee", 'purpose = ["goods"]', "5"), ("other_fee", f"purpose = [{others}]", "3"))
    assert lost(compare(root, **asked)) == expected


def test_charges_of_more_than_two_classes_are_each_between_nothing_and_their_price(tmp_path: Path) -> None:
    """5, 3, or nothing: at least 0 and at most 8, which is wider than what can happen."""
    root = with_steps(tmp_path, ("goods_fee", 'purpose = ["goods"]', "5"), ("salary_fee", 'purpose = ["salary"]', "3"))
    assert lost(compare(root)) == ["0.00 GBP", "8.00 GBP"]
    assert lost(compare(root, purpose="family")) == ["0.00 GBP", "0.00 GBP"]


def test_two_plans_are_not_both_paid(tmp_path: Path) -> None:
    """10 on one plan, 3 on the other, of which the tariff is for these two."""
    root = with_steps(tmp_path, ("basic_fee", 'plan = ["Basic"]', "10"), ("pro_fee", 'plan = ["Pro"]', "3"))
    page = root / "a_bank" / "tariffs" / "page.toml"
    text = page.read_text("utf-8").replace(
        'rail = "local"\n', 'rail = "local"\nconditions = { plan = ["Basic", "Pro"] }\n'
    )
    page.write_text(text, encoding="utf-8")
    assert lost(compare(root)) == ["3.00 GBP", "10.00 GBP"]
    assert lost(compare(root, plan="Pro")) == ["3.00 GBP", "3.00 GBP"]


def test_a_margin_by_plan_is_no_offer_before_the_plan_is_said(tmp_path: Path) -> None:
    """The reason says what to say."""
    write_folder(
        tmp_path, "a_bank", margin='only = { plan = ["Pro"] }, share = "0.001" }, { share = "0.02"', more=PLANS
    )
    write_folder(tmp_path, "other_bank")
    answer = compare(tmp_path)
    assert answer.declined["a_bank/out"] == "its fx_margin depends on the plan, which is not said"
    landed = {quote.provider: str(quote.landed) for quote in compare(tmp_path, plan="Pro").quotes}
    assert landed["a_bank"] == "159,840.00 KES"


def test_a_tariff_for_one_purpose_is_a_doubt_while_the_purpose_is_not_said(tmp_path: Path) -> None:
    """It would win if it holds, so the verdict is not decided without it."""
    write_folder(tmp_path, "dear_bank", margin='share = "0.01"')
    write_folder(tmp_path, "goods_bank", more='conditions = { purpose = ["goods"] }')
    answer = compare(tmp_path)
    assert answer.verdict.state == "decided_unless"
    assert answer.bounds[0].why == ("it is for the purpose goods only",)
    assert compare(tmp_path, purpose="goods").verdict.best == "goods_bank/out"
    assert compare(tmp_path, purpose="salary").verdict.best == "dear_bank/out"


@pytest.mark.parametrize(
    ("lock", "landed"),
    [
        (None, "158,400.00 KES"),
        ("PT1H", "158,240.00 KES"),
        ("PT60M", "158,240.00 KES"),
        ("PT2H", "157,920.00 KES"),
        ("P1D", "157,920.00 KES"),
    ],
)
def test_the_shortest_lock_that_is_long_enough_is_what_is_paid(tmp_path: Path, lock: str | None, landed: str) -> None:
    """1,000 GBP at 160 KES less 1 percent, and 0.1 more for an hour or 0.3 more for a day."""
    write_folder(tmp_path, "a_bank", margin=LOCKS)
    (quote,) = compare(tmp_path, quote_validity=lock).quotes
    assert str(quote.landed) == landed


def test_a_lock_that_nobody_prices_is_never_free(tmp_path: Path) -> None:
    """Too long is no offer; a page that speaks of no lock is a doubt."""
    write_folder(tmp_path, "a_bank", margin=LOCKS)
    write_folder(tmp_path, "silent_bank")
    answer = compare(tmp_path, quote_validity="P2D")
    assert answer.declined["a_bank/out"] == "it locks a rate for at most PT24H"
    assert answer.quotes == ()
    assert answer.bounds[0].why == ("its page does not say that it locks the rate for P2D",)
    assert "priced in full: ask whether it serves" in answer.verdict.words


def test_a_margin_of_your_own_is_not_called_a_full_price(tmp_path: Path) -> None:
    """With a margin assumed and a doubt left whether it serves, the verdict says whose margin it is."""
    write_folder(tmp_path, "silent_bank", margin="not_published = true")
    answer = compare(tmp_path, quote_validity="P2D", assume={"fx_margin": "0.01"})
    assert "priced with the margin you assumed: ask whether it serves" in answer.verdict.words
