"""The command ``paycompare rpw report``: a part of a survey as a workbook, as a page, or as both."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paycompare.errors import PaymentError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from paycompare.survey.dataset import Survey

__all__ = ["add_report", "report"]

_DOWNLOADED: Final = "rpw_dataset_*.xlsx"
"""What the World Bank calls its workbook, and ``paycompare rpw download`` leaves in the folder."""


def add_report(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``report`` and what may be typed after it."""
    made = add("report", help="write a report as a workbook or a page", allow_abbrev=False)
    words = f"the survey; the newest {_DOWNLOADED} of this folder when left out"
    made.add_argument("file", nargs="?", metavar="FILE", help=words)
    made.add_argument("--to", action="append", metavar="COUNTRY", help="receiving; may be repeated")
    words = "the first quarter, such as 2011_1Q; or a sending country, which may be repeated"
    made.add_argument("--from", dest="whence", action="append", default=[], metavar="QUARTER", help=words)
    made.add_argument("--since", metavar="QUARTER", help="the first quarter")
    made.add_argument("--until", metavar="QUARTER", help="the last quarter, such as 2014_2Q")
    made.add_argument("--countries", metavar="FILE", help="CSV of regions and incomes, for vintages without them")
    made.add_argument("--xlsx", metavar="FILE", help="write a workbook")
    made.add_argument("--html", metavar="FILE", help="write a page that needs nothing else")


def report(options: argparse.Namespace) -> int:
    """Write the report, and say on standard error how far it is where somebody watches.

    Raises:
        PaymentError: There is no survey, no form was asked for, or a file cannot be written.
    """
    places = {form: Path(name) for form in ("xlsx", "html") if (name := getattr(options, form)) is not None}
    _check(places)
    from paycompare.survey.report import report_on

    survey = _survey(options)
    _tell(f"{survey.report.file}: {survey.frame.height:,} rows in question")
    made = report_on(survey, progress=_tell)
    for form, place in places.items():
        _tell(f"{place.name}: writing it")
        try:
            written = made.to_xlsx(place) if form == "xlsx" else made.to_html(place)
        except OSError as error:
            expected = f"a file that can be written ({error.strerror}); is it open in another program?"
            raise PaymentError(f"--{form}", place.name, expected) from error
        sys.stdout.write(f"{place.name}: {made.title}, {written.stat().st_size:,} bytes\n")
    return 0


def _check(places: dict[str, Path]) -> None:
    """Refuse what could not be written before anything is worked out."""
    if not places:
        raise PaymentError("report", "no form", "--xlsx FILE, --html FILE or both")
    for form, place in places.items():
        if place.suffix.lower() != f".{form}":
            raise PaymentError(f"--{form}", place.name, f"a name that ends in .{form}")
        if not place.parent.is_dir():
            raise PaymentError(f"--{form}", place.name, "a folder that is there")


def _survey(options: argparse.Namespace) -> Survey:
    from paycompare.survey.load import read_rpw
    from paycompare.survey.schema import PERIOD

    file = options.file or _downloaded()
    _tell(f"{Path(file).name}: reading it")
    survey = read_rpw(file)
    if options.countries:
        survey = survey.with_countries(options.countries)
    quarters = [one for one in options.whence if PERIOD.fullmatch(one)]
    senders = [one for one in options.whence if one not in quarters]
    if len(quarters) + (options.since is not None) > 1:
        raise PaymentError("--from", ", ".join(options.whence), "one first quarter, in --from or in --since")
    since = quarters[0] if quarters else options.since
    return survey.only(sender=senders or None, to=options.to, since=since, until=options.until)


def _downloaded() -> Path:
    # Names end in a hash, so that their order is not that of time.
    found = sorted(Path().glob(_DOWNLOADED), key=lambda file: (file.stat().st_mtime_ns, file.name))
    if not found:
        expected = f"a survey, or a {_DOWNLOADED} in this folder: paycompare rpw download fetches it"
        raise PaymentError("FILE", "none", expected)
    return found[-1]


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()
