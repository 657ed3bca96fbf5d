"""The embedded figures against what other institutions published, read in place."""

from __future__ import annotations

import csv
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from paycompare.reference import ecb, pegs
from paycompare.reference.operational import operational
from paycompare.reference.stack import References

if TYPE_CHECKING:
    from pathlib import Path

FEBRUARY = date(2026, 2, 11)
ELSEWHERE_ROUNDED = {"KYD", "ERN"}  # the Banca d'Italia prints 0.82 (the counters' rate) and 15.38 per dollar


@pytest.fixture(scope="module")
def banca_d_italia(shared: Path) -> dict[str, Fraction]:
    """Units per 1 EUR on 11 February 2026, as the Banca d'Italia published them."""
    with (shared / "samples/fx/banca_d_italia_dailyrates.csv").open(encoding="utf-8", newline="") as table:
        lines = [line for line in csv.DictReader(table) if line["Reference date (CET)"] == FEBRUARY.isoformat()]
    assert {line["Rate convention"] for line in lines} == {"Foreign currency amount for 1 Euro."}
    return {line["ISO Code"]: Fraction(line["Rate"]) for line in lines if line["Rate"] != "N.A."}


def test_the_banca_d_italia_publishes_the_same_daily_rates(banca_d_italia: dict[str, Fraction]) -> None:
    """All 29 currencies of the ECB agree to the last digit."""
    references = References(on=FEBRUARY)
    daily = [code for code in banca_d_italia if ecb.leg(code, FEBRUARY)]
    assert len(daily) == 29
    for code in daily:
        assert references.value(code) == banca_d_italia[code], code


def test_the_banca_d_italia_confirms_the_pegs(banca_d_italia: dict[str, Fraction]) -> None:
    """Every parity but the two that it is known to print otherwise lies within 10 bp of its figure."""
    references = References(on=FEBRUARY)
    checked = set(pegs.pegs()) & set(banca_d_italia) - ELSEWHERE_ROUNDED
    assert len(checked) >= 30
    for code in checked:
        gap = abs(references.value(code) / banca_d_italia[code] - 1)
        assert gap * 10_000 <= 10, (code, float(gap))


def test_the_newest_daily_file_of_the_ecb_has_the_same_figures(shared: Path) -> None:
    """The daily file of 30 October 2026 and the history agree."""
    text = (shared / "samples/fx/ecb_eurofxref_daily.csv").read_text(encoding="ascii")
    names, figures = csv.reader(text.splitlines(), skipinitialspace=True)
    cells = {name: figure for name, figure in zip(names, figures, strict=True) if name}
    day = datetime.strptime(cells.pop("Date"), "%d %B %Y").date()  # noqa: DTZ007 -- a date without a time
    references = References(on=day)
    assert len(cells) == 29
    for code, figure in cells.items():
        assert references.value(code) == Fraction(figure), code


def test_the_bank_of_england_is_within_the_error_bar_of_the_hour(shared: Path) -> None:
    """London's spot rates of 17 March 2026 lie within twice the error bar of the ECB's crosses."""
    with (shared / "samples/fx/bank_of_england_iadb.csv").open(encoding="utf-8", newline="") as table:
        line = next(csv.DictReader(table))
    series = {"USD": "XUDLUSS", "EUR": "XUDLERS", "JPY": "XUDLJYS", "CAD": "XUDLCDS", "CHF": "XUDLSFS"}
    references = References(on=date(2026, 3, 17))
    for code, name in series.items():
        rate = references.rate("GBP", code)
        assert abs(rate.value / Fraction(line[name]) - 1) * 10_000 <= 2 * rate.error_bp, code


def test_the_period_table_is_the_published_one(shared: Path) -> None:
    """Every currency and every figure effective 1 October 2026, and none besides."""
    with (shared / "samples/fx/un_operational_rates_2026-10-01.csv").open(encoding="utf-8", newline="") as table:
        published = {line["f_curr_code"]: Fraction(line["rate"]) for line in csv.DictReader(table)}
    assert {code: line.value for code, line in operational().items()} == published
    assert {line.effective for line in operational().values()} == {date(2026, 10, 1)}
