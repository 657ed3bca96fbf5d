"""A made-up survey in the true layout: for tests, for timing and for trying things out without the data.

Every figure is drawn from a seeded generator of our own and means nothing. The layout is the workbook's of 2025: its
sheets, headings, labels, and the oddities that its readers must survive (numbers kept as text, days in two forms,
columns without a heading, a zero margin where none was disclosed, exact duplicates, Kosovo under two codes).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from paycompare.survey.captions import loaded
from paycompare.survey.schema import ordinal, polars_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from paycompare.survey.dataset import Survey

__all__ = ["PERIODS", "SHEETS", "sample_rows", "survey_of_rows", "write_sample_csv", "write_sample_workbook"]

PERIODS: Final = tuple(
    f"{year}_{quarter}Q"
    for year in range(2011, 2026)
    for quarter in range(1, 5)
    if (year, quarter) not in {(2011, 2), (2011, 4), (2012, 2), (2012, 4), (2025, 2), (2025, 4)}
)
"""The quarters of the World Bank's workbook up to 2025_3Q: two a year at first, and none in 2025_2Q."""

SHEETS: Final = {"product": "Dataset (up to Q1 2016)", "instrument": "Dataset (from Q2 2016)"}

_FIRST_INSTRUMENT: Final = ordinal("2016_2Q")
_TEXT_PERIODS: Final = ("2024_3Q", "2024_4Q")
_SEED: Final = 20251125

_Sender: TypeAlias = tuple[str, str, str, str, str, float, float, float]
_Receiver: TypeAlias = tuple[str, str, str, str, str, str, float]

_ECA = "Europe & Central Asia"
_EAP = "East Asia & Pacific"
_LAC = "Latin America & Caribbean"
_MNA = "Middle East & North Africa"
_SAS = "South Asia"
_SSA = "Sub-Saharan Africa"
_WIDER = "Middle East, North Africa, Afghanistan & Pakistan"

_SENDERS: Final[tuple[_Sender, ...]] = (
    # code, name, region, group, currency, what stands for 200 dollars, 500, dollars per unit
    ("USA", "United States", "..", "G8/G20", "USD", 200, 500, 1.0),
    ("GBR", "United Kingdom", "..", "G8/G20", "GBP", 120, 300, 1.30),
    ("DEU", "Germany", "..", "G8/G20", "EUR", 140, 345, 1.10),
    ("FRA", "France", "..", "G8/G20", "EUR", 140, 345, 1.10),
    ("ITA", "Italy", "..", "G8/G20", "EUR", 140, 345, 1.10),
    ("ESP", "Spain", "..", "..", "EUR", 140, 345, 1.10),
    ("CAN", "Canada", "..", "G8/G20", "CAD", 200, 500, 0.74),
    ("AUS", "Australia", "..", "G20", "AUD", 200, 500, 0.66),
    ("JPN", "Japan", "..", "G8/G20", "JPY", 17000, 42500, 0.0068),
    ("KOR", "Korea, Rep.", "..", "G20", "KRW", 200000, 500000, 0.00075),
    ("SGP", "Singapore", "..", "..", "SGD", 260, 650, 0.75),
    ("NZL", "New Zealand", "..", "..", "NZD", 260, 650, 0.60),
    ("CHE", "Switzerland", "..", "..", "CHF", 180, 450, 1.15),
    ("SAU", "Saudi Arabia", "..", "G20", "SAR", 750, 1875, 0.2667),
    ("ARE", "United Arab Emirates", "..", "..", "AED", 735, 1835, 0.2723),
    ("QAT", "Qatar", "..", "..", "QAR", 730, 1820, 0.2747),
    ("RUS", "Russian Federation", _ECA, "G8/G20", "RUB", 6000, 15000, 0.012),
    ("ZAF", "South Africa", _SSA, "G20", "ZAR", 1500, 3750, 0.055),
    ("KEN", "Kenya", _SSA, "..", "KES", 18000, 45000, 0.0077),
    ("TZA", "Tanzania", _SSA, "..", "TZS", 324500, 811000, 0.0004),
    ("SEN", "Senegal", _SSA, "..", "CFA", 100000, 250000, 0.0017),
    ("MYS", "Malaysia", _EAP, "..", "MYR", 620, 1550, 0.22),
    ("THA", "Thailand", _EAP, "..", "THB", 6200, 15500, 0.028),
    ("BRA", "Brazil", _LAC, "G20", "BRL", 400, 1000, 0.19),
)

_RECEIVERS: Final[tuple[_Receiver, ...]] = (
    # code, name, region, income, lending, currency, dollars per unit
    ("IND", "India", _SAS, "Lower middle income", "IBRD", "INR", 0.012),
    ("BGD", "Bangladesh", _SAS, "Lower middle income", "IDA", "BDT", 0.0091),
    ("PAK", "Pakistan", _SAS, "Lower middle income", "Blend", "PKR", 0.0036),
    ("NPL", "Nepal", _SAS, "Lower middle income", "IDA", "NPR", 0.0075),
    ("LKA", "Sri Lanka", _SAS, "Lower middle income", "IBRD", "LKR", 0.0031),
    ("PHL", "Philippines", _EAP, "Lower middle income", "IBRD", "PHP", 0.018),
    ("VNM", "Vietnam", _EAP, "Lower middle income", "IBRD", "VND", 0.00004),
    ("IDN", "Indonesia", _EAP, "Upper middle income", "IBRD", "IDR", 0.000063),
    ("CHN", "China", _EAP, "Upper middle income", "IBRD", "CNY", 0.14),
    ("TON", "Tonga", _EAP, "Upper middle income", "IDA", "TOP", 0.42),
    ("MEX", "Mexico", _LAC, "Upper middle income", "IBRD", "MXN", 0.055),
    ("COL", "Colombia", _LAC, "Upper middle income", "IBRD", "COP", 0.00024),
    ("HTI", "Haiti", _LAC, "Lower middle income", "IDA", "HTG", 0.0076),
    ("SLV", "El Salvador", _LAC, "Upper middle income", "IBRD", "USD", 1.0),
    ("MAR", "Morocco", _MNA, "Lower middle income", "IBRD", "MAD", 0.10),
    ("EGY", "Egypt, Arab Rep.", _MNA, "Lower middle income", "IBRD", "EGP", 0.021),
    ("LBN", "Lebanon", _MNA, "Lower middle income", "IBRD", "LBP", 0.000011),
    ("KSV", "Kosovo", _ECA, "Upper middle income", "IDA", "EUR", 1.10),
    ("TUR", "Türkiye", _ECA, "Upper middle income", "IBRD", "TRY", 0.026),
    ("UKR", "Ukraine", _ECA, "Lower middle income", "IBRD", "UAH", 0.024),
    ("KEN", "Kenya", _SSA, "Lower middle income", "Blend", "KES", 0.0077),
    ("UGA", "Uganda", _SSA, "Low income", "IDA", "UGX", 0.00027),
    ("NGA", "Nigeria", _SSA, "Lower middle income", "Blend", "NGN", 0.00065),
    ("GHA", "Ghana", _SSA, "Lower middle income", "IDA", "GHS", 0.08),
    ("ETH", "Ethiopia", _SSA, "Low income", "IDA", "ETB", 0.0079),
    ("RWA", "Rwanda", _SSA, "Low income", "IDA", "RWF", 0.0007),
    ("ZWE", "Zimbabwe", _SSA, "Lower middle income", "Blend", "USD", 1.0),
)

_FIRMS: Final = (
    # firm, type, fee in dollars, share of 200 dollars it adds, margin in percent, digital alone
    ("Western Union", "Money Transfer Operator", 6.0, 0.008, 2.6, False),
    ("MoneyGram", "Money Transfer Operator", 5.5, 0.008, 2.4, False),
    ("Ria", "Money Transfer Operator", 4.5, 0.004, 1.9, False),
    ("Corridor Cash", "Money Transfer Operator", 5.0, 0.002, 1.6, False),
    ("Transferwise", "Money Transfer Operator", 2.4, 0.005, 0.1, True),
    ("Remitly", "Money Transfer Operator", 2.0, 0.0, 1.6, True),
    ("Azimo", "Money Transfer Operator", 1.8, 0.0, 1.5, True),
    ("First National Bank", "Bank", 16.0, 0.004, 3.4, False),
    ("Savings Bank", "Bank", 12.0, 0.002, 3.0, False),
    ("Post Giro", "Post office", 9.0, 0.0, 1.2, False),
    ("Mobile Purse", "Mobile Operator", 3.0, 0.006, 2.2, True),
    ("Union of Savers", "Credit Union", 8.0, 0.0, 1.8, False),
)

_SPEEDS: Final = (
    "Less than one hour",
    "Less than one hour",
    "Same day",
    "Next day",
    "2 days",
    "3-5 days",
    "6 days or more",
)
_COVERAGE: Final = ("Nationwide", "Nationwide", "Nationwide", "Major cities", "Main city", "Urban only")
_RECEIVING: Final = ("High", "High", "Medium", "Medium", "Low")
_PRODUCTS: Final = ("Cash to cash", "Account to account", "Online service", "Cash to account", "Door to door")
_PLACES: Final = ("at Branch", "at Branch,Call Center", "On-line", "Call Center")
_MINOR: Final = 2

_SHARED_END: Final = ("firm", "firm_type")
_PRICES: Final = tuple(
    f"cc{place} {what}"
    for place in (1, 2)
    for what in (
        "lcu amount",
        "denomination amount",
        "lcu code",
        "lcu fee",
        "lcu fx rate",
        "fx margin",
        "total cost %",
    )
)
_COUNTRY: Final = ("code", "name", "region", "income", "lending", "G8G20")
_BEFORE: Final = ("id", "period", *(f"source_{one}" for one in _COUNTRY), *(f"destination_{one}" for one in _COUNTRY))

HEADED: Final = {
    "product": (
        *_BEFORE,
        *_SHARED_END,
        "product",
        "sending location",
        "speed actual",
        *_PRICES,
        "inter lcu bank fx",
        "transparent",
        "note1",
        "note2",
        "coverage",
        "pick-up method",
        "date",
        "corridor",
    ),
    "instrument": (
        *_BEFORE,
        *_SHARED_END,
        "payment instrument",
        "access point",
        "speed actual",
        *_PRICES,
        "inter lcu bank fx",
        "transparent",
        "Standard Note",
        "note2",
        "receiving network coverage",
        "pickup method",
        "pickup location",
        "date",
        "corridor",
    ),
}
"""The headings of the two sheets, in order."""

_DIGITAL: Final = ("Internet", "Mobile phone")
_AGENT: Final = {"Bank": "Bank branch", "Post office": "Post Office branch", "Credit Union": "Bank branch"}
_DRIFT: Final = 0.0045
"""How much of itself a cost loses each quarter, so that a trend can be seen."""

_CORRIDORS: Final = 365
_EVERYWHERE: Final = 2
_PRESENCE: Final = 0.95

Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class _Service:
    """One provider's service in one corridor; its prices move a little from quarter to quarter."""

    sender: _Sender
    receiver: _Receiver
    firm: tuple[str, str, float, float, float, bool]
    online: bool
    tilt: float


def sample_rows(
    rows: int, *, periods: Sequence[str] = PERIODS, seed: int = _SEED
) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield made-up rows with their layout, quarter after quarter.

    Args:
        rows: How many, over all quarters.
        periods: The quarters, in order.
        seed: The same seed gives the same rows.

    Example:
        >>> layout, row = next(sample_rows(54))
        >>> layout, row["period"], set(row) == set(HEADED["product"])
        ('product', '2011_1Q', True)
    """
    chance = Random(seed)  # noqa: S311 -- the figures are made up; nothing is kept secret by them
    each = -(-rows // len(periods))
    services = _services(chance, each)
    number = 10_000
    left = rows
    for period in periods:
        for service in services[: min(each, left)]:
            number += 1
            yield _row(chance, service, period, number)
        left -= each
        if left <= 0:
            return


def _services(chance: Random, count: int) -> list[_Service]:
    """Spread services over corridors as the survey does; two firms are in nearly all of them."""
    corridors = [(one, two) for one in _SENDERS for two in _RECEIVERS if one[0] != two[0]]
    chance.shuffle(corridors)
    wanted = max(1, min(_CORRIDORS, count // 8))
    found: list[_Service] = []
    while len(found) < count:
        lap, place = divmod(len(found), wanted)
        sender, receiver = corridors[place]
        everywhere = lap < _EVERYWHERE and chance.random() < _PRESENCE
        firm = _FIRMS[lap] if everywhere else _FIRMS[chance.randrange(len(_FIRMS))]
        online = firm[5] or chance.random() < 0.35  # noqa: PLR2004 -- a third of the services can be ordered online
        found.append(_Service(sender, receiver, firm, online, chance.uniform(0.7, 1.4)))
    return found


def _row(chance: Random, it: _Service, period: str, number: int) -> tuple[str, dict[str, Cell]]:
    quarter = ordinal(period)
    layout = "instrument" if quarter >= _FIRST_INSTRUMENT else "product"
    year = quarter // 4
    hidden = year <= 2021 and chance.random() < 0.03  # noqa: PLR2004 -- the survey has none from 2022 on
    row: dict[str, Cell] = dict.fromkeys(HEADED[layout])
    row |= {"id": number, "period": period, "firm": it.firm[0], "firm_type": it.firm[1]}
    if it.firm[0] == "Transferwise" and year >= 2021:  # noqa: PLR2004 -- the year of its new name
        row["firm"] = "Wise"
    row |= _country_cells(it, year, layout)
    row |= _service_cells(chance, it, layout)
    row |= _price_cells(chance, it, (1 - _DRIFT) ** (quarter - ordinal(PERIODS[0])), hidden=hidden)
    row["transparent"] = ("no" if hidden else "yes") if year < 2025 else "Yes"  # noqa: PLR2004 -- its new spelling
    row["date"] = _collected(chance, quarter)
    return layout, row


def _country_cells(it: _Service, year: int, layout: str) -> dict[str, Cell]:
    code, name, region, group = it.sender[:4]
    to, to_name, to_region, to_income, to_lending = it.receiver[:5]
    if year >= 2025 and (to_region == _MNA or to == "PAK"):  # noqa: PLR2004 -- the year of the new regions
        to_region = _WIDER
    rich = region == ".."
    income = ("High income: OECD" if layout == "product" else "High income") if rich else "Upper middle income"
    iso = {"KSV": "XKX"}
    return {
        "source_code": code,
        "source_name": name,
        "source_region": region,
        "source_income": income,
        "source_lending": ".." if rich else "IBRD",
        "source_G8G20": group,
        "destination_code": to,
        "destination_name": to_name,
        "destination_region": to_region,
        "destination_income": to_income,
        "destination_lending": to_lending,
        "destination_G8G20": "G20" if to in {"IND", "CHN", "MEX", "IDN", "TUR"} else "..",
        "corridor": code + iso.get(to, to),
    }


def _service_cells(chance: Random, it: _Service, layout: str) -> dict[str, Cell]:
    bank = it.firm[1] in {"Bank", "Credit Union"}
    if layout == "product":
        product = "Online service" if it.online else "Account to account" if bank else chance.choice(_PRODUCTS)
        return {
            "product": product,
            "sending location": "On-line" if it.online else chance.choice(_PLACES),
            "speed actual": chance.choice(_SPEEDS),
            "coverage": chance.choice(_COVERAGE),
            "pick-up method": "Bank Account" if bank else chance.choice(("Cash", "Bank account", "Home Delivery")),
        }
    paid = "Bank account transfer" if bank else "Mobile money" if it.firm[1] == "Mobile Operator" else None
    return {
        "payment instrument": paid or (chance.choice(("Debit card", "Credit Card")) if it.online else "Cash"),
        "access point": chance.choice(_DIGITAL) if it.online else _AGENT.get(it.firm[1], "Agent"),
        "speed actual": chance.choice(_SPEEDS),
        "receiving network coverage": chance.choice(_RECEIVING),
        "pickup method": "Bank account" if bank else chance.choice(("Cash", "Bank account", "Mobile wallet")),
        "pickup location": "Bank branch" if bank else "Agent",
    }


def _price_cells(chance: Random, it: _Service, level: float, *, hidden: bool) -> dict[str, Cell]:
    """Return prices whose total is exactly what the stated fee and margin give."""
    small, large, worth = it.sender[5:8]
    currency, paid_out = it.sender[4], it.receiver[5]
    middle = worth / it.receiver[6]
    same = currency == paid_out
    margin = 0.0 if same or hidden else round(it.firm[4] * it.tilt * level + chance.gauss(0, 0.4), _MINOR)
    interbank = 1.0 if same or hidden else float(f"{middle:.9g}")
    cells: dict[str, Cell] = {"inter lcu bank fx": interbank}
    for place, (amount, label) in enumerate(((small, 200), (large, 500)), start=1):
        fee = round((it.firm[2] + it.firm[3] * label) * it.tilt * level / worth, _MINOR)
        cells |= {
            f"cc{place} lcu amount": amount,
            f"cc{place} denomination amount": label,
            f"cc{place} lcu code": currency,
            f"cc{place} lcu fee": fee,
            f"cc{place} lcu fx rate": float(f"{interbank * (1 - margin / 100):.9g}"),
            f"cc{place} fx margin": margin,
            f"cc{place} total cost %": round(fee / amount * 100 + margin, _MINOR),
        }
    return cells


def _collected(chance: Random, quarter: int) -> Cell:
    day = date(quarter // 4, quarter % 4 * 3 + 2, 1) + timedelta(days=chance.randrange(28))
    if quarter >= ordinal("2025_1Q"):
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- a day in a sheet has no zone
    return f"{day.day:02}/{_MONTHS[day.month - 1]}/{day.year}"


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Written out, because the names that `datetime` gives follow the machine's language."""


def write_sample_workbook(path: Path, rows: int, *, periods: Sequence[str] = PERIODS, seed: int = _SEED) -> None:
    """Write a made-up workbook in the layout of 2025.

    Args:
        path: Where to; an existing file is replaced.
        rows: Rows over both sheets.
        periods: The quarters, in order.
        seed: The same seed gives the same workbook.

    Raises:
        PaycompareError: xlsxwriter is not installed.
    """
    (xlsxwriter,) = loaded("xlsxwriter", does="a made-up workbook")
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "nan_inf_to_errors": False})
    form = book.add_format({"num_format": "dd/mmm/yyyy"})
    for name in ("Terms of Use", "Methodology", "Legend"):
        book.add_worksheet(name)
    countries = book.add_worksheet("Countries")
    countries.write_row(1, 0, ["code", "name"])
    sheets = {layout: book.add_worksheet(name) for layout, name in SHEETS.items()}
    for layout, sheet in sheets.items():
        sheet.write_row(0, 0, HEADED[layout])
    line = dict.fromkeys(sheets, 0)
    for layout, row in sample_rows(rows, periods=periods, seed=seed):
        line[layout] += 1
        cells = list(_cells(row))
        if row["period"] == PERIODS[-1]:
            # What the workbook of 2025_3Q has to the right of its table: cells under no heading.
            cells += range(_HEADLESS)
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheets[layout].write_datetime(line[layout], column, cell, form)
            elif cell is not None:
                sheets[layout].write(line[layout], column, cell)
    book.close()


_HEADLESS: Final = 5


def _cells(row: dict[str, Cell]) -> Iterator[Cell]:
    """Yield the cells of a row; two quarters keep their numbers as text."""
    as_text = row["period"] in _TEXT_PERIODS
    for cell in row.values():
        yield (
            str(cell)
            if as_text and isinstance(cell, int)
            else f"{cell:.2f}"
            if as_text and isinstance(cell, float)
            else cell
        )


def write_sample_csv(path: Path, rows: int, *, periods: Sequence[str], seed: int = _SEED) -> None:
    """Write made-up rows of one layout as CSV in cp1252, the encoding of the older vintages.

    Args:
        path: Where to; an existing file is replaced.
        rows: Rows.
        periods: Quarters of one layout: all up to 2016_1Q, or all from 2016_2Q.
        seed: The same seed gives the same file.
    """
    drawn = list(sample_rows(rows, periods=periods, seed=seed))
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADED[drawn[0][0]])
        writer.writerows(row.values() for _, row in drawn)


def survey_of_rows(rows: Sequence[Mapping[str, object]]) -> Survey:
    """Return a survey of a few rows written out by hand, for examples and tests.

    Args:
        rows: Columns of the schema; what is left out is a transparent service from GBR to KEN in 2025_3Q.

    Example:
        >>> survey_of_rows([{"total_percent_200": 5.0}]).frame["corridor"].to_list()
        ['GBRKEN']
    """
    import polars as pl

    from paycompare.survey.dataset import Survey
    from paycompare.survey.tally import LoadReport

    usual: dict[str, object] = {
        "layout": "instrument",
        "period": "2025_3Q",
        "source": "GBR",
        "destination": "KEN",
        "firm": "One",
        "firm_type": "Money Transfer Operator",
        "speed": "Same day",
        "pickup_method": "Bank account",
        "transparent": True,
        "comparable": True,
        "total_percent_200": 5.0,
    }
    full = [usual | dict(row) for row in rows]
    for row in full:
        row["corridor"] = f"{row['source']}{row['destination']}"
        row.setdefault("firm_key", str(row["firm"]).casefold())
    types = polars_schema()
    frame = pl.DataFrame({name: [row.get(name) for row in full] for name in types}, schema=types)
    periods = tuple(sorted({str(row["period"]) for row in full}))
    report = LoadReport("written by hand", "0" * 64, 0, {"rows": len(full)}, len(full), periods)
    return Survey(frame, report)
