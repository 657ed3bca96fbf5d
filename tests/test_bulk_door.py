"""`price`: the answers of one `compare` after another, for a whole frame, with every bad row flagged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import paycompare as pc
from paycompare.bulk.blocks import Stopped, _record
from paycompare.bulk.door import pricer
from tests.catalogues import write_folder, write_odd_folder

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 10, 30)
AMOUNTS = ["0.01", "3.99", "25", "100", "199.99", "200", "200.01", "1000", "48300.55", "1000000"]


@pytest.fixture
def ours(tmp_path: Path) -> dict[str, Any]:
    """Write five providers from GBP to KES, and return the options that ask them alone at 160 KES per GBP."""
    root = tmp_path / "ours"
    write_folder(root, "flat_bank", fee='flat = "9.50"', margin='share = "0.0281"')
    write_folder(
        root,
        "share_bank",
        fee='highest = [{ flat = "2" }, { share = "0.0065" }]',
        margin='share = "0.004"',
        place="from_amount",
    )
    write_folder(
        root,
        "banded_bank",
        fee='bands = [{ up_to = "200", price = { flat = "12" } }, { price = { share = "0.0015" } }]',
        margin='share = "0.0045"',
    )
    write_folder(root, "range_bank", fee='between = [{ flat = "0" }, { flat = "30" }]', margin='share = "0.0005"')
    write_folder(root, "silent_bank", fee='flat = "0"', margin="not_published = true")
    ids = sorted(path.name for path in root.iterdir())
    return {"catalogue": root, "providers": ids, "reference": {"GBP/KES": "160"}}


def asked(side: str, amount: str, options: dict[str, Any]) -> pc.Comparison:
    """Ask about one payment."""
    code = "KES" if side == "gets" else "GBP"
    fixed: dict[str, Any] = {side: f"{amount} {code}"}
    return pc.compare(**fixed, sender="GB/GBP", to="KE/KES", at=DAY, **options)


@pytest.mark.parametrize("side", ["pays", "sends", "gets"])
def test_rows_are_those_of_compare(ours: dict[str, Any], side: str) -> None:
    """Every offer of every payment: ends, parts of the worst case, and nothing where something is unpublished."""
    frame = pl.DataFrame({"amount": AMOUNTS})
    rows = pc.price(frame, corridor="GB/GBP>KE/KES", side=side, at=DAY, **ours).rows
    pairs = {
        "paid_low": "paid_low",
        "paid_high": "paid_high",
        "landed_low": "landed_low",
        "landed_high": "landed_high",
        "lost": "worst_lost",
        "charges": "worst_charges",
        "fx_margin": "worst_fx_margin",
        "levies": "worst_levies",
        "third_parties": "worst_third_parties",
        "standing": "standing",
    }
    for number, amount in enumerate(AMOUNTS):
        mine = rows.filter(pl.col("payment") == number, pl.col("paid_low").is_not_null()).sort("offer")
        try:
            wanted = asked(side, amount, ours).frame().sort("offer")
        except pc.NoOffer:
            assert mine.height == 0
            continue
        assert mine["offer"].cast(pl.String).to_list() == wanted["offer"].to_list()
        assert mine["principal_currency"].unique().to_list() == ["GBP"]
        for name, its in pairs.items():
            assert mine[name].to_list() == wanted[its].to_list(), (amount, name)


@pytest.mark.parametrize("side", ["pays", "sends", "gets"])
def test_the_best_is_the_first_that_is_complete(ours: dict[str, Any], side: str) -> None:
    """By worst case, as `compare` ranks."""
    frame = pl.DataFrame({"amount": AMOUNTS})
    rows = pc.price(frame, corridor="GB/GBP>KE/KES", side=side, at=DAY, keep="best", **ours).rows
    assert rows["payment"].to_list() == list(range(len(AMOUNTS)))
    for row, amount in zip(rows.iter_rows(named=True), AMOUNTS, strict=True):
        try:
            quotes = asked(side, amount, ours).quotes
        except pc.NoOffer:
            quotes = ()
        if not quotes:
            assert row["offer"] is None
            assert row["problem"].startswith("no principal fits this amount")
            continue
        assert row["offer"] == quotes[0].offer.id, amount
        assert row["landed_low"] == quotes[0].landed.low.amount
        assert row["paid_high"] == quotes[0].paid.high.amount
        assert row["tied"] == (len(quotes) > 1 and quotes[1].rank == 1)


def test_equals_are_called_tied_and_the_first_by_id_is_kept(tmp_path: Path) -> None:
    """Two banks with the same prices tie everywhere; a dearer one does not."""
    for name, fee in (("b_bank", "5"), ("a_bank", "5"), ("c_bank", "6")):
        write_folder(tmp_path, name, fee=f'flat = "{fee}"', margin='share = "0"')
    options = {"catalogue": tmp_path, "providers": ["a_bank", "b_bank", "c_bank"], "reference": {"GBP/KES": "160"}}
    frame = pl.DataFrame({"amount": [100, 200]})
    rows = pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, keep="best", **options).rows  # type: ignore[arg-type]  # options of a test
    assert rows["offer"].to_list() == ["a_bank/out", "a_bank/out"]
    assert rows["tied"].to_list() == [True, True]
    # (100 - 5) x 160 and (200 - 5) x 160
    assert rows["landed_low"].to_list() == [Decimal(15200), Decimal(31200)]


@pytest.mark.parametrize("keep", ["offers", "best"])
def test_a_debit_that_rounds_to_nothing_is_no_payment(tmp_path: Path, keep: Any) -> None:
    """0.50 KES is 0.003 GBP: nobody is paid for nothing, in columns as in `compare`; a fee of 0.01 GBP makes it one."""
    for name, fee in (("free_bank", "0"), ("penny_bank", "0.01")):
        terms: dict[str, Any] = {"margin": 'share = "0"', "more": 'instructed = "payee"', "place": "on_top"}
        write_folder(tmp_path, name, fee=f'flat = "{fee}"', **terms)
    known: dict[str, Any] = {"catalogue": tmp_path, "providers": ["free_bank", "penny_bank"]}
    known |= {"reference": {"GBP/KES": "160"}, "at": DAY}
    asked: dict[str, Any] = {"corridor": "GB/GBP>KE/KES", "side": "sends", "currency": "KES", "keep": keep}
    rows = pc.price(pl.DataFrame({"amount": ["0.50"]}), **asked, **known).rows
    priced = rows.filter(pl.col("problem").is_null())
    assert priced.select("offer", "paid_low").rows() == [("penny_bank/out", Decimal("0.01"))]
    flagged = rows.filter(pl.col("problem").is_not_null())["problem"].to_list()
    assert flagged == (["no principal fits this amount"] if keep == "offers" else [])
    found = pc.compare(sends="0.50 KES", sender="GB/GBP", to="KE/KES", **known)
    assert [quote.offer.id for quote in found.quotes] == ["penny_bank/out"]


def test_bad_rows_come_back_flagged_and_sink_nothing(ours: dict[str, Any]) -> None:
    """A bad amount, side, place, day, currency or condition: each is one row with its reason and its number."""
    frame = pl.DataFrame(
        {
            "amount": ["100", "1,000", "-4", "0.001", None, "0", "100", "100", "100", "100", "100", "100"],
            "side": [*["pays"] * 6, "paid", *["pays"] * 5],
            "to": [*["KE/KES"] * 7, "Atlantis", *["KE/KES"] * 4],
            "rail": [*[None] * 10, "sepa", None],
            "at": [*["2026-10-30"] * 8, "30.10.2026", *["2026-10-30"] * 3],
            "segment": [*[None] * 9, "corporate", None, None],
            "currency": [*["GBP"] * 11, "EUR"],
        }
    )
    found = pc.price(frame, sender="GB/GBP", **ours)
    bad = found.rows.filter(pl.col("offer").is_null()).sort("payment")
    assert bad["payment"].to_list() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    reasons = bad["problem"].to_list()
    assert reasons[0] == (
        "amount: found 1,000, expected a number above zero, a multiple of 0.01 GBP, its minor unit; "
        "write 1250.75, without commas"
    )
    assert reasons[1] == "amount: found -4, expected a number above zero, a multiple of 0.01 GBP, its minor unit"
    assert reasons[3].startswith("amount: found nothing")
    for reason, word in zip(reasons[5:], ["side", "Atlantis", "at", "segment", "nobody", "EUR"], strict=True):
        assert word in reason
    assert found.report.bad == bad.height
    good = found.rows.filter(pl.col("payment") == 0)
    assert good["offer"].n_unique() == 5


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("\uff11\uff12", "\uff11\uff12"),
        ("\u0661\u0660", "\u0661\u0660"),
        ("NaN", "NaN"),
        ("1e3", "1e3"),
        ("1 000", "1 000"),
        ("", "nothing"),
        (None, "nothing"),
    ],
)
def test_text_that_is_no_plain_number_is_flagged(ours: dict[str, Any], amount: str | None, said: str) -> None:
    """Digits of other scripts, exponents, spaces and nothing are one bad row each; the others are priced."""
    frame = pl.DataFrame({"amount": ["100", amount]})
    rows = pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, keep="best", **ours).rows
    assert rows["offer"].is_null().to_list() == [False, True]
    assert rows["problem"][1].startswith(f"amount: found {said}, expected a number above zero")


def test_days_and_corridors_may_differ_by_row(ours: dict[str, Any]) -> None:
    """Rows that ask another question are bound apart, and named by another key."""
    frame = pl.DataFrame({"amount": [100, 100, 100], "at": [DAY, date(2026, 10, 29), DAY], "payment": ["x", "y", "z"]})
    found = pc.price(frame, corridor="GB/GBP>KE/KES", **ours)
    keys = found.rows.group_by("payment").agg(pl.col("binding").sort()).sort("payment")["binding"].to_list()
    assert keys[0] == keys[2]
    assert not set(keys[0]) & set(keys[1])
    table = found.bindings()
    assert sorted(table["binding"].to_list()) == sorted({*keys[0], *keys[1]})
    page = table.filter(pl.col("offer") == "flat_bank/out", pl.col("on") == DAY).row(0, named=True)
    assert (page["evidence_source"], page["reference_rate"]) == ("https://flat-bank.example/fees", Decimal(160))
    assert page["parts"] == ["fee", "fx_margin"]


def test_a_key_stands_for_what_was_known_too(ours: dict[str, Any]) -> None:
    """The same question has the same key again, and another when the caller knows another rate."""
    frame = pl.DataFrame({"amount": [100]})
    one, two, other = (
        set(pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, **{**ours, "rates": rates}).rows["binding"])
        for rates in (None, None, {"flat_bank": "155"})
    )
    assert one == two
    assert not one & other


def test_parts_add_up_to_what_was_lost(ours: dict[str, Any]) -> None:
    """Step by step and by who took it, to the minor unit."""
    frame = pl.DataFrame({"amount_minor": range(1001, 90001, 97)})
    options = {**ours, "providers": ["flat_bank", "share_bank", "banded_bank", "range_bank"]}
    found = pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, parts=True, money="minor", **options)
    rows = found.rows.filter(pl.col("lost").is_not_null())
    assert rows.height > 3000
    assert (rows["parts"].list.sum() == rows["lost"]).all()
    groups = rows["charges"] + rows["fx_margin"] + rows["levies"] + rows["third_parties"]
    assert (groups == rows["lost"]).all()
    value_of_landed = (rows["landed_low"] / 160).cast(pl.Float64)
    assert ((rows["paid_high"] - value_of_landed - rows["lost"]).abs() <= 0.5 + 1e-6).all()


def test_money_is_the_same_in_either_form(ours: dict[str, Any]) -> None:
    """Minor units are the decimals, times a hundred."""
    frame = pl.DataFrame({"amount": AMOUNTS[2:]})
    forms = [
        pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, money=form, **ours).rows for form in ("decimal", "minor")
    ]
    decimals, minors = (rows["landed_low"].to_list() for rows in forms)
    assert [None if one is None else int(one * 100) for one in decimals] == minors


@pytest.mark.parametrize("kind", ["pandas", "pyarrow", "lazy"])
def test_a_frame_comes_back_as_what_it_was(ours: dict[str, Any], kind: str) -> None:
    """The same rows, as a frame of the same kind."""
    frame = pl.DataFrame({"amount": AMOUNTS})
    given = {"pandas": frame.to_pandas, "pyarrow": frame.to_arrow, "lazy": frame.lazy}[kind]()
    rows = pc.price(given, corridor="GB/GBP>KE/KES", at=DAY, **ours).rows
    assert isinstance(rows, {"pandas": pd.DataFrame, "pyarrow": pa.Table, "lazy": pl.LazyFrame}[kind])
    wanted = pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, **ours).rows
    found = rows.collect() if isinstance(rows, pl.LazyFrame) else pl.DataFrame(rows)
    assert found["landed_low"].to_list() == wanted["landed_low"].to_list()
    assert found["payment"].to_list() == wanted["payment"].to_list()


def test_a_column_of_the_callers_own_is_not_read(ours: dict[str, Any]) -> None:
    """Of a lazy frame only what says something of a payment is computed, so that the rest takes no memory."""

    def refused(_: pl.Series) -> pl.Series:
        pytest.fail("it was read")

    memo = pl.col("amount").map_batches(refused, return_dtype=pl.Int64).alias("memo")
    frame = pl.LazyFrame({"amount": [100, 200]}).with_columns(memo)
    rows = pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, **ours).rows.collect()
    assert rows["payment"].n_unique() == 2
    with pytest.raises(pc.PaymentError, match="the column segmnt"):
        pc.price(frame.rename({"memo": "segmnt"}), corridor="GB/GBP>KE/KES", at=DAY, **ours)


@pytest.mark.parametrize(
    ("columns", "said", "complaint"),
    [
        ({"amount": [1.5]}, {}, "amount: found 'Float64', expected .* binary float"),
        ({"sum": [1]}, {}, "frame: found 'the columns sum', expected one column named amount or amount_minor"),
        ({"amount": [1], "amount_minor": [1]}, {}, "frame: found 'amount and amount_minor'"),
        ({"amount": [1], "side": ["pays"]}, {"side": "pays"}, "side: found 'pays', expected to be said once"),
        (
            {"amount": [1], "segmnt": ["business"]},
            {},
            "frame: found .the column segmnt., expected .segment.; a column of your own needs another name",
        ),
        ({"amount": [1]}, {"keep": "bset"}, "keep: found 'bset', expected 'offers' or 'best', nearest is 'best'"),
        ({"amount": [1]}, {"money": "float"}, "money: found 'float'"),
        ({"amount": [1]}, {"side": "receives"}, "side: found 'receives', expected 'pays' or 'sends' or 'gets'"),
        ({"amount": [1]}, {"segment": "bussiness"}, "segment: found 'bussiness', .* nearest is 'business'"),
        ({"amount": [1]}, {"at": "30.10.2026"}, "at: found '30.10.2026', expected a day"),
        ({"amount": [1]}, {"live": True}, "live: found True, expected nothing: what is quoted holds for one amount"),
        ({"amount": [1]}, {"quotes": "quotes.csv"}, "quotes: found 'quotes.csv', expected nothing"),
        ({"amount": [1]}, {"segmnt": "business"}, "segmnt: found 'business', expected one of .* nearest is 'segment'"),
    ],
)
def test_a_mistake_in_the_call_is_an_exception(columns: dict[str, Any], said: dict[str, Any], complaint: str) -> None:
    """What is wrong with all rows at once is said at once."""
    with pytest.raises(pc.PaymentError, match=complaint):
        pc.price(pl.DataFrame(columns), **{"corridor": "GB/GBP>KE/KES", "at": DAY, **said})


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        ({"amount": ["1"]}, "frame: found 'dict', expected a polars or pandas frame, or an Arrow table"),
        (pl.Series("amount", ["1"]), "frame: found 'Series'"),
        (pl.DataFrame(), "frame: found 'no columns'"),
        (pd.DataFrame([["1", "2"]], columns=["amount", "amount"]), "frame: found 'two columns of one name'"),
        (pa.table([["1"], ["2"]], names=["amount", "amount"]), "frame: found 'two columns of one name'"),
        (pd.DataFrame([["1", "2"]]), "frame: found 'the columns 0, 1'"),
        (pd.DataFrame({"amount": ["1", 2]}), "amount: found 'values of several kinds', expected one kind"),
    ],
)
def test_what_is_no_frame_of_payments_is_an_exception(frame: Any, complaint: str) -> None:
    """Whatever comes in, the complaint is ours and names what it is about."""
    with pytest.raises(pc.PaymentError, match=complaint):
        pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY)


def test_a_pandas_column_of_the_callers_own_may_hold_anything(ours: dict[str, Any]) -> None:
    """Values that Arrow cannot hold in one column matter only where they are read."""
    frame = pd.DataFrame({"amount": ["100"], "note": [object()], 3: ["x"]})
    rows = pc.price(frame, corridor="GB/GBP>KE/KES", at=DAY, keep="best", **ours).rows
    assert rows["problem"].isna().all()


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Any]:
    """Write a provider with a fee in whole pounds, and return the options that ask it alone at 160 KES per GBP."""
    write_odd_folder(tmp_path, "odd_bank")
    return {"catalogue": tmp_path, "providers": ["odd_bank"], "reference": {"GBP/KES": "160"}}


def test_what_is_walked_one_by_one_ends_when_nobody_wants_it_any_more(
    odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called off, no payment is walked; and what breaks one slice calls off those beside it."""
    frame = pl.DataFrame({"amount": ["15840", "16000"]})
    asked: dict[str, Any] = {"corridor": "GB/GBP>KE/KES", "side": "gets", "at": DAY, **odd}
    made = pricer(**asked)
    made.stopped.set()
    with pytest.raises(Stopped):
        made.price(frame)
    monkeypatch.setattr("paycompare.bulk.pricer._SLICE", 1)
    monkeypatch.setattr("paycompare.bulk.pricer.block", lambda *_: 1 // 0)
    broken = pricer(threads=2, **asked)
    with pytest.raises(ZeroDivisionError):
        broken.price(frame)
    assert broken.stopped.is_set()


def test_an_amount_that_comes_again_is_walked_once(odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one is slow, and histories repeat their amounts."""
    walked: list[int] = []

    def counting(binding: Any, code: str, count: int, names: Any) -> Any:
        walked.append(count)
        return _record(binding, code, count, names)

    monkeypatch.setattr("paycompare.bulk.blocks._record", counting)
    frame = pl.DataFrame({"amount": ["15840", "16000", "15840"]})
    found = pc.price(frame, corridor="GB/GBP>KE/KES", side="gets", at=DAY, **odd)
    assert walked == [1_584_000, 1_600_000]
    # 16,000 / 158.4 = 101.0101..., so that 101.02 must be left over, and the fee of 102.02 is 1 pound
    assert found.rows["paid_low"].to_list() == [Decimal(101), Decimal("102.02"), Decimal(101)]
    assert found.report.one_by_one == 3


def test_the_report_says_what_was_walked_one_by_one(odd: dict[str, Any]) -> None:
    """A fee in whole pounds makes what lands fall and rise again; it is beyond columns, is named, and is exact."""
    frame = pl.DataFrame({"amount": ["15840"]})
    found = pc.price(frame, corridor="GB/GBP>KE/KES", side="gets", at=DAY, **odd)
    # 15,840 / (160 x 0.99) = 100 must be left over: 101.00 less its fee of 1.01, in whole pounds 1
    assert found.rows["paid_low"].to_list() == [Decimal(101)]
    assert (found.report.in_columns, found.report.one_by_one) == (0, 1)
    assert found.report.beyond_columns == {"odd_bank/out"}
    assert str(found.report) == (
        "1 payments, 0 of them flagged; 0 prices in columns, 1 one by one, 1 of them of odd_bank/out; "
        "beyond columns: odd_bank/out; "
        "assumed: a personal customer; paid in from an account; paid out to an account; ordered online; "
        "charges shared (SHAR); use of allowances so far unknown"
    )


def test_the_report_states_each_assumption_once(ours: dict[str, Any]) -> None:
    """Of two corridors without a side, a currency or a day; of a long list the first dozen."""
    frame = pl.DataFrame({"amount": [100, 100], "to": ["KE", "IN"]})
    options = {**ours, "reference": {"GBP/KES": "160", "GBP/INR": "112"}}
    report = pc.price(frame, sender="GB", **options).report
    said = list(report.assumptions)
    assert said.count("sender: GBP, the currency of United Kingdom") == 1
    assert {"to: KES, the currency of Kenya", "to: INR, the currency of India"} < set(said)
    assert {"amounts are what the payer pays", f"on {datetime.now(UTC).date()}"} < set(said)
    report.assumptions |= dict.fromkeys(f"more {number}" for number in range(20))
    assert str(report).endswith(f"more {11 - len(said)}; and {len(said) + 8} more")
