"""The tariff language: what each form of a price or a margin means in money, and what a file is refused for."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from paycompare.published.check import check_folder
from paycompare.published.faults import SHAPES, problems_of
from paycompare.published.prices import ALLOWANCE, Pricing, margin_of, margin_spread, price_spread
from paycompare.published.schema import Margin, Price, ProviderFile, TariffFile, json_schema_of
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paycompare.errors import Problem
    from paycompare.published.vocabulary import Table

CAUSE = "fee of some_bank"


def charged(price: dict[str, Any], *bases: str, usage: str | None = None) -> list[tuple[str, str]]:
    """Return the cheap and the dear end of a price on each base."""
    spread = price_spread(Price.model_validate(price), Pricing(CAUSE, usage)).spread
    return [(str(spread.low(Fraction(base))), str(spread.high(Fraction(base)))) for base in bases]


def alone(price: dict[str, Any], *bases: str) -> list[str]:
    """Return a price that is known on each base."""
    ends = charged(price, *bases)
    assert all(low == high for low, high in ends)
    return [low for low, _ in ends]


@pytest.mark.parametrize(
    ("price", "bases", "expected"),
    [
        ({"flat": "5"}, ["0.01", "1000"], ["5", "5"]),
        ({"flat": 5}, ["1000"], ["5"]),
        ({"flat": "0"}, ["1000"], ["0"]),
        ({"share": "0.01"}, ["100", "1000"], ["1", "10"]),
        # 2.50 and half a percent: 2.50 + 1 and 2.50 + 5
        ({"flat": "2.5", "share": "0.005"}, ["200", "1000"], ["7/2", "15/2"]),
        # 1 percent, at least 3, at most 20: under 300 the minimum, over 2,000 the maximum
        (
            {"share": "0.01", "least": "3", "most": "20"},
            ["200", "300", "500", "2000", "9000"],
            ["3", "3", "5", "20", "20"],
        ),
        ({"share": "0.01", "least": "3"}, ["200", "9000"], ["3", "90"]),
        ({"share": "0.01", "most": "20"}, ["200", "9000"], ["2", "20"]),
        # 0.2 percent of the first 1,000, 0.1 percent of the rest: 1, 2, 2 + 1
        (
            {"slices": [{"up_to": "1000", "share": "0.002"}, {"share": "0.001"}]},
            ["500", "1000", "2000"],
            ["1", "2", "3"],
        ),
        # the same above 5 flat
        (
            {"flat": "5", "slices": [{"below": "1000", "share": "0.002"}, {"share": "0.001"}]},
            ["500", "1000", "2000"],
            ["6", "7", "8"],
        ),
        # 5 plus 1 percent with a minimum of 3 for the share alone: 5 + 3, 5 + 10
        ({"sum": [{"flat": "5"}, {"share": "0.01", "least": "3"}]}, ["100", "1000"], ["8", "15"]),
        # whichever is more, 5 or 1 percent: they meet at 500
        ({"highest": [{"flat": "5"}, {"share": "0.01"}]}, ["499", "500", "501"], ["5", "5", "501/100"]),
    ],
)
def test_a_price_is_a_function_of_its_base(price: dict[str, Any], bases: list[str], expected: list[str]) -> None:
    """Each form gives, to the last digit, what the words of its page give by hand."""
    assert alone(price, *bases) == expected


@pytest.mark.parametrize(("edge", "at_the_edge"), [("up_to", "30"), ("below", "50")])
def test_a_band_ends_with_its_bound_or_before_it(edge: str, at_the_edge: str) -> None:
    """Up to 10,000.00 includes ten thousand itself, below 10,000.00 does not; a cent off either way is the same."""
    price = {"bands": [{edge: "10000", "price": {"flat": "30"}}, {"price": {"flat": "50"}}]}
    assert alone(price, "9999.99", "10000", "10000.01") == ["30", at_the_edge, "50"]


def test_a_price_between_two_prices_has_both_ends() -> None:
    """From 5 to 1 percent of the amount: 5 and 10 on 1,000."""
    assert charged({"between": [{"flat": "5"}, {"share": "0.01"}]}, "1000") == [("5", "10")]


def test_a_price_of_at_most_begins_at_nothing() -> None:
    """Up to 1 percent: 0 to 10 on 1,000; with a minimum of 2 it is 2 to 10."""
    assert charged({"at_most": {"share": "0.01"}}, "1000") == [("0", "10")]
    assert charged({"at_most": {"share": "0.01"}, "least": "2"}, "1000") == [("2", "10")]


ALLOWANCE_OF_FREE_TRANSFERS = {"usage": {"unused": {"flat": "0"}, "used_up": {"flat": "5"}}}


@pytest.mark.parametrize(("usage", "ends"), [(None, ("0", "5")), ("unused", ("0", "0")), ("used_up", ("5", "5"))])
def test_an_allowance_is_a_range_until_its_use_is_known(usage: str | None, ends: tuple[str, str]) -> None:
    """Free transfers, then 5 each: 0 to 5 while nobody says how many there were."""
    assert charged(ALLOWANCE_OF_FREE_TRANSFERS, "1000", usage=usage) == [ends]


@pytest.mark.parametrize(
    "price",
    [
        ALLOWANCE_OF_FREE_TRANSFERS,
        {"sum": [{"flat": "1"}, ALLOWANCE_OF_FREE_TRANSFERS]},
        {"highest": [{"flat": "1"}, ALLOWANCE_OF_FREE_TRANSFERS]},
        {"bands": [{"up_to": "10", "price": {"flat": "1"}}, {"price": ALLOWANCE_OF_FREE_TRANSFERS}]},
        {"at_most": ALLOWANCE_OF_FREE_TRANSFERS},
    ],
)
def test_an_allowance_is_one_cause_wherever_it_stands(price: dict[str, Any]) -> None:
    """What depends on one allowance moves together, also inside a sum, a band or a maximum."""
    assert price_spread(Price.model_validate(price), Pricing(CAUSE)).spread.cause == ALLOWANCE


def test_a_range_is_named_for_its_charge() -> None:
    """A range that no allowance moves is the charge's own; a figure that is known has no cause."""
    ranged, known = ({"between": [{"flat": "1"}, {"flat": "2"}]}, {"flat": "1"})
    causes = [price_spread(Price.model_validate(price), Pricing(CAUSE)).spread.cause for price in (ranged, known)]
    assert causes == [CAUSE, None]


def test_bands_may_hold_ranges() -> None:
    """Up to 1,000 it is 5; above it is 5 to 8."""
    between = {"between": [{"flat": "5"}, {"flat": "8"}]}
    price = {"bands": [{"up_to": "1000", "price": {"flat": "5"}}, {"price": between}]}
    assert charged(price, "1000", "1000.01") == [("5", "5"), ("5", "8")]


def test_what_is_not_published_is_nothing_at_least() -> None:
    """A price that its page keeps to itself counts from 0 and says so; a "from" counts from there."""
    silent = price_spread(Price.model_validate({"not_published": True}), Pricing(CAUSE))
    floor = price_spread(Price.model_validate({"at_least": {"flat": "3"}}), Pricing(CAUSE))
    assert [str(one.least) for one in (silent, floor)] == ["0", "3"]
    assert [str(one.spread.low(Fraction(1000))) for one in (silent, floor)] == ["0", "3"]


def test_what_is_published_has_no_least() -> None:
    """Only an open end has one; a range that is printed is known."""
    assert price_spread(Price.model_validate({"at_most": {"flat": "3"}}), Pricing(CAUSE)).least is None


@pytest.mark.parametrize("unknown", [{"not_published": True}, {"at_least": {"flat": "3"}}])
@pytest.mark.parametrize("form", ["sum", "highest", "between", "bands", "usage", "at_most"])
def test_an_open_end_inside_another_price_is_refused(form: str, unknown: dict[str, Any]) -> None:
    """Inside a sum or a band the unknown would be counted as its least value and the offer be called complete."""
    five = {"flat": "5"}
    inside: dict[str, Any] = {
        "sum": [five, unknown],
        "highest": [five, unknown],
        "between": [five, unknown],
        "bands": [{"up_to": "10", "price": five}, {"price": unknown}],
        "usage": {"unused": five, "used_up": unknown},
        "at_most": unknown,
    }
    with pytest.raises(ValueError, match="as the whole price of its step"):
        Price.model_validate({form: inside[form]})


def margins(*tables: dict[str, Any], pair: tuple[str, str] = ("GBP", "KES"), usage: str | None = None) -> Any:
    """Return the cheap and the dear margin on 100, 1,000 and 1,000.01, or None."""
    table = margin_of([Margin.model_validate(table) for table in tables], pair)
    if table is None:
        return None
    priced = margin_spread(table, Pricing("fx_margin", usage))
    bases = [Fraction(base) for base in ("100", "1000", "1000.01")]
    return [tuple(str(end(base)) for end in (priced.spread.low, priced.spread.high)) for base in bases]


ONE, TWO, FIVE = ("1/100", "1/100"), ("1/50", "1/50"), ("1/20", "1/20")


@pytest.mark.parametrize(
    ("table", "usage", "expected"),
    [
        ({"share": "0.01"}, None, [ONE, ONE, ONE]),
        ({"share": "0"}, None, [("0", "0")] * 3),
        ({"between": ["0.01", "0.02"]}, None, [("1/100", "1/50")] * 3),
        ({"between": ["0.02", "0.01"]}, None, [("1/100", "1/50")] * 3),
        ({"between": ["0.01", "0.01"]}, None, [ONE, ONE, ONE]),
        ({"at_most": "0.02"}, None, [("0", "1/50")] * 3),
        ({"at_least": "0.01"}, None, [ONE, ONE, ONE]),
        ({"not_published": True}, None, [("0", "0")] * 3),
        ({"usage": ["0.01", "0.02"]}, None, [("1/100", "1/50")] * 3),
        ({"usage": ["0.01", "0.02"]}, "unused", [ONE, ONE, ONE]),
        ({"usage": ["0.01", "0.02"]}, "used_up", [TWO, TWO, TWO]),
        (
            {"currency": "GBP", "bands": [{"up_to": "1000", "share": "0.02"}, {"share": "0.01"}]},
            None,
            [TWO, TWO, ONE],
        ),
        (
            {"currency": "GBP", "bands": [{"below": "1000", "share": "0.02"}, {"between": ["0.01", "0.02"]}]},
            None,
            [TWO, ("1/100", "1/50"), ("1/100", "1/50")],
        ),
    ],
)
def test_a_margin_is_a_share_of_the_amount_converted(
    table: dict[str, Any], usage: str | None, expected: list[tuple[str, str]]
) -> None:
    """Each form gives the two ends that its page supports; nothing is interpolated inside a band."""
    assert margins(table, usage=usage) == expected


def test_an_open_margin_says_what_it_is_at_least() -> None:
    """Not published is at least nothing, "from 1 percent" at least that, and "up to" is known."""
    tables = [{"not_published": True}, {"at_least": "0.01"}, {"at_most": "0.01"}]
    priced = [margin_spread(Margin.model_validate(table), Pricing("m")) for table in tables]
    assert [one.least for one in priced] == [0, Fraction(1, 100), None]


def test_a_margin_that_an_allowance_moves_shares_the_cause_of_its_charges() -> None:
    """The same allowance moves fee and margin together."""
    priced = margin_spread(Margin.model_validate({"usage": ["0", "0.01"]}), Pricing("m"))
    assert priced.spread.cause == ALLOWANCE


GROUPS: list[dict[str, Any]] = [
    {"currencies": ["GBP", "EUR", "USD"], "share": "0.01"},
    {"currencies": ["GBP", "EUR", "KES"], "share": "0.02"},
]


@pytest.mark.parametrize(
    ("tables", "pair", "expected"),
    [
        (GROUPS, ("GBP", "USD"), ONE),
        (GROUPS, ("GBP", "EUR"), ONE),
        (GROUPS, ("KES", "GBP"), TWO),
        (GROUPS, ("USD", "KES"), None),
        ([*GROUPS, {"share": "0.05"}], ("USD", "KES"), FIVE),
        ([*GROUPS, {"share": "0.05"}], ("GBP", "KES"), TWO),
    ],
)
def test_a_pair_has_the_margin_of_the_first_group_that_lists_both(
    tables: list[dict[str, Any]], pair: tuple[str, str], expected: tuple[str, str] | None
) -> None:
    """Both currencies must be in the group; a group without currencies is the default; else there is no margin."""
    found = margins(*tables, pair=pair)
    assert (found and found[0]) == expected


def problems(root: Path, **pieces: str) -> list[Problem]:
    """Check a folder whose one tariff is made of pieces."""
    return check_folder(write_folder(root, "some_bank", **pieces))


def said(found: list[Problem]) -> str:
    """Return what a user reads."""
    return "\n".join(str(problem) for problem in found)


def test_a_folder_that_holds_has_no_problems(tmp_path: Path) -> None:
    """The folder that the refusals below start from is right."""
    assert problems(tmp_path) == []


CHECK = """
[[tariff.check]]
pays = "1000 GBP"
sender = "GB/GBP"
to = "KE/KES"
reference = {{ "GBP/KES" = "160" }}
expect = {{ {expect} }}
{more}
"""

FROM_PAYEE = """
[[tariff.step]]
take = "receiving"
place = "from_amount"
base = "{base}"
price = {{ share = "0.01" }}
"""


@pytest.mark.parametrize(
    ("pieces", "place", "words"),
    [
        ({"more": 'colour = "red"'}, "tariff[0].colour", "is it misspelt?"),
        ({"more": 'conditions = { segment = ["busines"] }'}, "segment[0]", "nearest is 'business'"),
        ({"more": 'client = "payeee"'}, "client", "nearest is 'payee'"),
        ({"more": 'conditions = { bearer = ["OUR"] }'}, "bearer[0]", "one of DEBT, CRED, SHAR, SLEV"),
        ({"fee": "flat = 5.0"}, "price.flat", "text, int or Decimal"),
        ({"fee": "flat = true"}, "price.flat", "not a truth value"),
        ({"fee": 'flat = "five"'}, "price.flat", "a plain decimal number"),
        ({"fee": "share = 0.01"}, "price.share", "write '0.01'"),
        ({"fee": 'share = "1.5"'}, "price.share", "0.5 percent is written '0.005'"),
        ({"margin": 'share = "2.5"'}, "margin[0].share", "a fraction of one"),
        ({"fee": 'share = "1%"'}, "price.share", "1% is written '0.01'"),
        ({"fee": 'flat = "1", least = "5", most = "3"'}, "price", "a minimum below the maximum"),
        ({"fee": 'flat = "1", not_published = true'}, "price", "inside that form"),
        ({"fee": 'at_most = { flat = "1" }, at_least = { flat = "1" }'}, "price", "exactly one of"),
        ({"fee": ""}, "price", "exactly one of"),
        ({"fee": 'share = "0.01", slices = [{ share = "0.02" }]'}, "price", "the share inside each slice"),
        (
            {"fee": 'bands = [{ up_to = "5", below = "5", price = { flat = "1" } }]'},
            "bands[0]",
            "one of them (or neither on the last band)",
        ),
        ({"margin": ""}, "margin[0]", "exactly one of"),
        ({"margin": 'at_most = "0.01", at_least = "0.01"'}, "margin[0]", "exactly one of"),
        ({"margin": 'bands = [{ share = "0.01" }]'}, "margin[0]", "the currency of their bounds"),
        ({"margin": 'bands = [{ note = "5" }], currency = "GBP"'}, "bands[0]", "is it misspelt?"),
        (
            {"margin": 'bands = [{ up_to = "5", share = "0.01" }], currency = "GBP"'},
            "margin[0]",
            "'most' on the tariff where the page stops",
        ),
        ({"fee": 'bands = [{ up_to = "5", price = { flat = "1" } }]'}, "price", "'most' on the tariff"),
        ({"fee": 'slices = [{ up_to = "5", share = "0.1" }]'}, "price", "'most' on the tariff"),
        ({"fee": 'sum = [{ flat = "5" }, { not_published = true }]'}, "price", "as the whole price of its step"),
        ({"margin": 'share = "0", currencies = ["GPB"]'}, "currencies[0]", "nearest is 'GBP'"),
        ({"steps": '[[tariff.step]]\ntake = "more"\nprice = { flat = "1" }'}, "step[2]", "needs 'place' and 'price'"),
        ({"steps": '[[tariff.step]]\nconvert = "more"\n'}, "step[2]", "needs 'margin' and 'basis'"),
        ({"steps": '[[tariff.step]]\nnote = "what"\n'}, "step[2]", "exactly one of take, convert"),
        ({"steps": FROM_PAYEE.format(base="later")}, "tariff[0]", "one computed before it"),
        ({"steps": FROM_PAYEE.format(base="receiving")}, "tariff[0]", "one computed before it"),
        ({"steps": FROM_PAYEE.format(base="held").replace("receiving", "fee")}, "tariff[0]", "different names"),
        ({"more": 'instructed = "payee"'}, "tariff[0]", "nothing taken from it before"),
        ({"more": 'instructed = "either"', "place": "unstated"}, "tariff[0]", "nothing taken from it before"),
        ({"dated": ""}, "page", "never the date of entry"),
        ({"dated": "seen = 2026-10-01\nundated = true"}, "page", "never the date of entry"),
        ({"dated": 'seen = "last year"'}, "page.seen", "a date without quotes"),
        ({"more": "valid_from = 2026-10-01\nvalid_to = 2026-10-01"}, "tariff[0]", "no longer holds"),
        ({"more": "valid_from = 2026-10-01\nvalid_to = 2025-10-01"}, "tariff[0]", "no longer holds"),
        ({"more": 'least = "100"'}, "tariff[0].least", "one number and one ISO 4217 code"),
        ({"more": "least = 100.0"}, "tariff[0].least", "one number and one ISO 4217 code"),
        ({"rail": "pigeon"}, "tariff[0].rail", "one of local, swift, sepa, rtgs, own_network"),
        ({"payee": 'countries = ["Kenya"]'}, "payee.countries[0]", "two capitals, such as 'GB'"),
        ({"payee": 'countries = "KE"'}, "payee.countries", "found 'KE'; expected a list in square brackets"),
        ({"about": 'name = "B"\nkind = "banc"\ncountry = "GB"\n'}, "kind", "one of bank, payment_institution"),
        ({"about": 'name = "B"\nkind = "banc"\ncountry = "GB"\n'}, "kind", "nearest is 'bank'"),
        (
            {"steps": '[[tariff.step]]\ntake = "more"\nplace = "on_top"\ncurrency = "GPB"\nprice = { flat = "1" }'},
            "step[2].currency",
            "nearest is 'GBP'; or one of payer, payee",
        ),
        ({"about": 'kind = "bank"\ncountry = "GB"\n'}, "name", "found nothing; expected a value"),
        (
            {"steps": CHECK.format(expect='landed = "160000 KES"', more='tolerance = "1"')},
            "tariff[0].check[0]",
            "why the page does not add up",
        ),
        (
            {"steps": CHECK.format(expect='landed = "160000 KES"', more='sends = "1000 GBP"')},
            "tariff[0].check[0]",
            "exactly one of pays, sends, gets",
        ),
    ],
)
def test_a_file_is_refused_with_its_place_and_the_remedy(
    tmp_path: Path, pieces: dict[str, str], place: str, words: str
) -> None:
    """Each mistake is named by file, place in the file, and what would be right."""
    (one,) = problems(tmp_path, **pieces)
    assert place in one.field
    assert words in str(one)
    assert one.file in {"some_bank/tariffs/page.toml", "some_bank/provider.toml"}


ODD: tuple[Any, ...] = (
    5,
    -1,
    1.5,
    True,
    "",
    "odd one",
    "Odd/One",
    [],
    ["odd one"],
    [5],
    {},
    {"odd": 1},
    date(2026, 10, 1),
)


def spoilt(table: Any) -> Iterator[Any]:
    """Yield a file again and again, each time with one of its values replaced by something odd."""
    for key in range(len(table)) if isinstance(table, list) else list(table):
        kept = table[key]
        for odd in ODD:
            table[key] = odd
            yield
        table[key] = kept
        if isinstance(kept, dict | list):
            yield from spoilt(kept)


@pytest.mark.parametrize(("number", "model"), [(0, ProviderFile), (1, TariffFile)])
def test_no_mistake_is_answered_in_the_words_of_a_library(number: int, model: type[Table]) -> None:
    """Whatever stands where something else should in the files of docs/tariffs.md, the remedy is in plain words."""
    page = (Path(__file__).parents[1] / "docs" / "tariffs.md").read_text(encoding="utf-8")
    table = tomllib.loads(re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[number])
    model.model_validate(table)
    for _ in spoilt(table):
        try:
            model.model_validate(table)
        except ValidationError as error:
            text = "\n".join(map(str, problems_of("file", error)))
            assert not re.search(r"[Ii]nput|should|valid |string|tuple|literal|function|\^|has there", text), text


def test_words_of_fixed_shape_are_described_whatever_their_pattern() -> None:
    """No pattern of the language is without words."""
    for file in ("tariff", "provider", "levies"):
        found = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(json_schema_of(file)))
        texts = {json.loads(f'"{one}"') for one in found}
        assert {one for one in texts if one.startswith("^") and "-?" not in one} <= {*SHAPES, "^[A-Z]{3}$", "^P.+$"}


@pytest.mark.parametrize(
    "pieces",
    [
        {"margin": 'currency = "GBP", bands = [{ up_to = "1000", share = "0" }, { share = "0.01" }]'},
        {"margin": 'at_least = "0"'},
        {"steps": '[[deduction]]\nof = "payee_bank"\ncurrency = "KES"\naverage = "0"\n'},
    ],
)
def test_nothing_is_a_figure_like_any_other(tmp_path: Path, pieces: dict[str, str]) -> None:
    """A zero that a page prints is published: no margin up to an allowance, no deduction on average."""
    assert problems(tmp_path, **pieces) == []


@pytest.mark.parametrize("other", ['at_most = "0.02"', "not_published = true", 'between = ["0.01", "0.02"]'])
def test_a_margin_in_two_forms_is_refused(tmp_path: Path, other: str) -> None:
    """A share beside another form would leave open which of the two holds."""
    (one,) = problems(tmp_path, margin=f'share = "0.01", {other}')
    assert "margin[0]" in one.field


def test_a_group_of_one_currency_is_refused(tmp_path: Path) -> None:
    """A margin is for both currencies of a pair, so a group of one would never be used."""
    (one,) = problems(tmp_path, margin='share = "0.01", currencies = ["GBP"]')
    assert "currencies" in one.found


@pytest.mark.parametrize("open_end", ["not_published = true", 'at_least = { flat = "1" }'])
def test_a_minimum_of_an_open_price_is_refused(tmp_path: Path, open_end: str) -> None:
    """What is not published but at least 5 is written as at_least; a 'least' beside it would be lost."""
    (one,) = problems(tmp_path, fee=f'{open_end}, least = "5"')
    assert "price" in one.field


def test_half_is_a_legal_share(tmp_path: Path) -> None:
    """Fifty percent is dear and can be meant; only one and more cannot."""
    assert problems(tmp_path, fee='share = "0.5"') == []


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        ('bands = [{ up_to = "9", price = {P} }, { up_to = "5", price = {P} }, { price = {P} }]', "one above 9"),
        ('bands = [{ up_to = "9", price = {P} }, { below = "9", price = {P} }, { price = {P} }]', "one above 9"),
        ("bands = [{ price = {P} }, { price = {P} }]", "one above infinity"),
        ('bands = [{ price = {P} }, { up_to = "5", price = {P} }, { price = {P} }]', "one above infinity"),
        ('slices = [{ up_to = "9", share = "0.1" }, { up_to = "5", share = "0.2" }, { share = "0.1" }]', "one above 9"),
    ],
)
def test_tiers_that_overlap_are_refused_by_their_step(tmp_path: Path, fee: str, expected: str) -> None:
    """A tier that ends before it starts, and one after the open-ended tier, show when the price is built."""
    (one,) = problems(tmp_path, fee=fee.replace("{P}", '{ flat = "1" }'))
    assert one.field == "tariff 'out', step 'fee'"
    assert one.expected.startswith(expected)


def test_overlapping_bands_of_a_margin_are_refused(tmp_path: Path) -> None:
    """Margins have bands too."""
    bands = 'currency = "GBP", bands = [{ share = "0.01" }, { up_to = "5", share = "0.02" }, { share = "0.03" }]'
    (one,) = problems(tmp_path, margin=bands)
    assert one.field == "tariff 'out', step 'fx_margin'"


@pytest.mark.parametrize(
    "pieces",
    [
        {"payee": 'zones = ["EUU"]'},
        {"payer": 'countries = ["GB"], currencies = ["GBP"], not_zones = ["EUU"]'},
        {"more": 'conditions = { payee_zones = ["EUU"] }'},
        {"more": 'conditions = { not_payee_zones = ["EUU"] }'},
        {"steps": FROM_PAYEE.format(base="held") + 'only = { payee_zones = ["EUU"] }'},
    ],
)
def test_a_zone_that_nobody_defines_is_refused(tmp_path: Path, pieces: dict[str, str]) -> None:
    """A misspelt zone would silently serve nobody, wherever it stands."""
    assert "found zone 'EUU'; expected one of CEMAC, CMA, EEA, EU" in said(problems(tmp_path, **pieces))


def test_a_worked_example_that_does_not_come_out_is_refused_with_both_figures(tmp_path: Path) -> None:
    """5 off 1,000 at 160 lands 159,200; a page that prints 159,000 has been read wrongly."""
    example = CHECK.format(expect='landed = "159000 KES"', more="")
    (one,) = problems(tmp_path, fee='flat = "5"', steps=example)
    assert one.field == "tariff 'out', check 1"
    assert (one.found, one.expected) == ("landed comes out as 159200", "159000, as the page prints")


@pytest.mark.parametrize(
    ("expect", "tolerance"),
    [
        ('paid = "1000 GBP", landed = "157608 KES", principal = "1000 GBP", converted = "995 GBP"', "0"),
        ('fee = "5 GBP", fx_margin = "9.95 GBP", rate = "158.4"', "0"),
        ('landed = "157600 KES"', "8"),
    ],
)
def test_a_worked_example_may_name_every_figure(tmp_path: Path, expect: str, tolerance: str) -> None:
    """995 at 160 less 1 percent is 157,608; the margin is 9.95; a page that prints 8 less is within its tolerance."""
    more = f'tolerance = "{tolerance}"\nreason = "rounded on the page"'
    example = CHECK.format(expect=expect, more=more)
    assert problems(tmp_path, fee='flat = "5"', margin='share = "0.01"', steps=example) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("landed =", "landet ="), "no figure 'landet'"),
        (("159200 KES", "995 GBP"), "landed in KES"),
        (("GB/GBP", "US/USD"), "expected an example that can be computed"),
        (('"GB/GBP"', '"GB/EUR"'), "expected an example that can be computed"),
        (("KE/KES", "GB/GBP"), "no figure 'landed'"),
        (('"1000 GBP"', '"5 GBP"'), "no principal fits"),
    ],
)
def test_a_worked_example_that_cannot_be_asked_is_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    """An unknown figure, another currency, another payer or an amount that the fee eats up is no example."""
    example = CHECK.format(expect='landed = "159200 KES"', more="").replace(*change)
    if words == "no figure 'landed'":
        words = "landed in GBP"
    assert words in said(problems(tmp_path, fee='flat = "5"', steps=example))


def test_a_worked_example_of_a_range_holds_inside_it(tmp_path: Path) -> None:
    """A fee of up to 5 lands 159,200 to 160,000; 159,500 is inside, 160,001 is not."""
    for number, (landed, count) in enumerate([("159500", 0), ("160001", 1)]):
        example = CHECK.format(expect=f'landed = "{landed} KES"', more="")
        found = problems(tmp_path / str(number), fee='at_most = { flat = "5" }', steps=example)
        assert len(found) == count


def test_two_versions_of_a_tariff_may_not_hold_on_one_day(tmp_path: Path) -> None:
    """The second file is a copy of the first; with days that follow each other both are right."""
    folder = write_folder(tmp_path, "some_bank", more="valid_from = 2025-01-01\nvalid_to = 2026-01-01")
    first = folder / "tariffs" / "page.toml"
    later = first.with_name("second.toml")
    text = first.read_text(encoding="utf-8")
    later.write_text(text.replace("2026-01-01", "2027-01-01").replace("2025-01-01", "2026-01-01"), encoding="utf-8")
    assert check_folder(folder) == []
    later.write_text(text.replace("2026-01-01", "2027-01-01").replace("2025-01-01", "2025-12-31"), encoding="utf-8")
    (one,) = check_folder(folder)
    assert (one.file, one.expected) == ("some_bank/tariffs/second.toml", "versions that do not overlap")
    here, there = "from 2025-12-31 to 2027-01-01", "from 2025-01-01 to 2026-01-01"
    assert one.found == f"valid {here} here and {there} in some_bank/tariffs/page.toml"


def test_an_open_version_ends_where_the_next_one_starts(tmp_path: Path) -> None:
    """A page that does not say until when is followed by the next page, unless both start together or one unsaid."""
    folder = write_folder(tmp_path, "some_bank", more="valid_from = 2025-01-01")
    first = folder / "tariffs" / "page.toml"
    text = first.read_text(encoding="utf-8")
    later = first.with_name("second.toml")
    later.write_text(text.replace("2025-01-01", "2026-01-01"), encoding="utf-8")
    assert check_folder(folder) == []
    for start in ("valid_from = 2025-01-01", ""):
        later.write_text(text.replace("valid_from = 2025-01-01", start), encoding="utf-8")
        assert [one.expected for one in check_folder(folder)] == ["versions that do not overlap"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[page", "a readable TOML file in UTF-8"),
        ("name = 'Société'".encode("latin-1"), "a readable TOML file in UTF-8"),
        (b"#" * 1_000_001, "found 1000001 bytes; expected at most 1000000"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_by_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    """Broken TOML, another encoding and a file of more than a megabyte are problems, not crashes."""
    folder = write_folder(tmp_path, "some_bank")
    (folder / "tariffs" / "page.toml").write_bytes(content)
    (one,) = check_folder(folder)
    assert one.file == "some_bank/tariffs/page.toml"
    assert words in str(one)


def test_a_file_of_a_megabyte_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    folder = write_folder(tmp_path, "some_bank")
    page = folder / "tariffs" / "page.toml"
    text = page.read_bytes()
    page.write_bytes(text + b"#" * (1_000_000 - len(text)))
    assert check_folder(folder) == []


def test_a_folder_without_provider_file_is_reported(tmp_path: Path) -> None:
    """Who the institution is must be said."""
    folder = write_folder(tmp_path, "some_bank")
    (folder / "provider.toml").unlink()
    (one,) = check_folder(folder)
    assert one.file == "some_bank/provider.toml"


@pytest.mark.parametrize("name", ["Some_Bank", "some-bank", "1bank"])
def test_a_folder_whose_name_is_no_id_is_reported(tmp_path: Path, name: str) -> None:
    """The name of the folder is the provider's id."""
    (one,) = check_folder(write_folder(tmp_path, name, about='name = "B"\nkind = "bank"\ncountry = "GB"\n'))
    assert (one.field, one.found) == ("folder", name)
    assert one.expected == "lower-case letters, digits and underscores"


def test_all_problems_of_a_folder_are_reported_at_once(tmp_path: Path) -> None:
    """Three mistakes in two files are three problems."""
    about = 'name = "B"\nkind = "banc"\ncountry = "GB"\n'
    found = problems(tmp_path, about=about, fee="flat = 5.0", more='colour = "red"')
    assert {(one.file.rpartition("/")[2], one.field.rpartition(".")[2]) for one in found} == {
        ("provider.toml", "kind"),
        ("page.toml", "flat"),
        ("page.toml", "colour"),
    }
    assert len(found) == 3


def test_the_example_of_the_documentation_holds(tmp_path: Path) -> None:
    """The check finds nothing wrong with the folder of docs/tariffs.md, nor with what may stand beside a tariff."""
    page = (Path(__file__).parents[1] / "docs" / "tariffs.md").read_text(encoding="utf-8")
    about, tariff, *more = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "my_bank" / "tariffs").mkdir(parents=True)
    (tmp_path / "my_bank" / "provider.toml").write_text(about, encoding="utf-8")
    (tmp_path / "my_bank" / "tariffs" / "page.toml").write_text("\n".join([tariff, *more]), encoding="utf-8")
    assert check_folder(tmp_path / "my_bank") == []
