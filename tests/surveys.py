"""Survey files for tests: rows written out in the World Bank's layout, each sprung with one trap."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

from paycompare.survey.sample import HEADED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from paycompare.survey.tally import Change

USUAL: Mapping[str, Any] = {
    "id": 1,
    "period": "2025_3Q",
    "source_code": "GBR",
    "source_name": "United Kingdom",
    "source_region": "..",
    "source_income": "High income",
    "source_lending": "..",
    "source_G8G20": "G8/G20",
    "destination_code": "KEN",
    "destination_name": "Kenya",
    "destination_region": "Sub-Saharan Africa",
    "destination_income": "Lower middle income",
    "destination_lending": "Blend",
    "destination_G8G20": "..",
    "firm": "Some Sender",
    "firm_type": "Money Transfer Operator",
    "payment instrument": "Debit card",
    "access point": "Internet",
    "speed actual": "Same day",
    "cc1 lcu amount": 120,
    "cc1 denomination amount": 200,
    "cc1 lcu code": "GBP",
    "cc1 lcu fee": 3,
    "cc1 lcu fx rate": 158,
    "cc1 fx margin": 1.25,
    "cc1 total cost %": 3.75,
    "cc2 lcu amount": 300,
    "cc2 denomination amount": 500,
    "cc2 lcu code": "GBP",
    "cc2 lcu fee": 3,
    "cc2 lcu fx rate": 158,
    "cc2 fx margin": 1.25,
    "cc2 total cost %": 2.25,
    "inter lcu bank fx": 160,
    "transparent": "yes",
    "receiving network coverage": "High",
    "pickup method": "Bank account",
    "pickup location": "Bank branch",
    "date": "18/Aug/2025",
    "corridor": "GBRKEN",
}
"""A row without a fault: 3 / 120 is 2.5 percent, 1 - 158/160 is 1.25 percent, together 3.75."""

EARLIER: Mapping[str, Any] = {
    **{name: value for name, value in USUAL.items() if name in HEADED["product"]},
    "period": "2014_1Q",
    "product": "Cash to cash",
    "sending location": "at Branch",
    "coverage": "Nationwide",
    "pick-up method": "Cash",
    "date": "18/Jan/2014",
}
"""The same in the layout that ended with 2016_1Q."""


def csv_of(path: Path, rows: Sequence[Mapping[str, Any]], *, encoding: str = "utf-8", upper: bool = False) -> Path:
    """Write rows as CSV; the first one says with which headings."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name.upper() if upper else name for name in rows[0]])
        writer.writerows(row.values() for row in rows)
    return path


def workbook_of(path: Path, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """Write rows as sheets of a workbook; a heading that is a number stands for none."""
    book = Workbook(str(path), {"default_date_format": "dd/mmm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, cells in enumerate(
            [["" if name.isdecimal() else name for name in rows[0]], *map(dict.values, map(dict, rows))]
        ):
            sheet.write_row(line, 0, list(cells))
    book.close()
    return path


def counted(changes: Sequence[Change]) -> dict[tuple[str, str], int]:
    """Return a load report's changes by column and words."""
    return {(change.column, change.what): change.cells for change in changes}


def only_row(frame: pl.DataFrame) -> dict[str, Any]:
    """Return the one row of a frame."""
    assert frame.height == 1
    return frame.row(0, named=True)
