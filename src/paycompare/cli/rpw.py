"""The commands on surveyed prices: ``paycompare rpw``, and what may follow it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paycompare.cli.report import add_report, report
from paycompare.errors import PaycompareError, PaymentError, SurveyError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    import polars as pl

    from paycompare.survey.dataset import Survey
    from paycompare.survey.indices import SurveyTable

__all__ = ["add_rpw", "rpw"]

_ANSWERED: Final = 0
_DIFFERENT: Final = 2


def add_rpw(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``rpw`` and what may be typed after it."""
    made = add("rpw", help="benchmark corridors with the World Bank's Remittance Prices Worldwide", allow_abbrev=False)
    under = made.add_subparsers(title="commands", dest="rpw", required=True, metavar="COMMAND")
    _add_load(under.add_parser)
    _add_indices(under.add_parser)
    _add_targets(under.add_parser)
    _add_verify(under.add_parser)
    _add_download(under.add_parser)
    add_report(under.add_parser)


def rpw(options: argparse.Namespace) -> int:
    """Run one of the commands on surveyed prices.

    Raises:
        SurveyError: A file that was named cannot be opened.
    """
    try:
        return _COMMANDS[options.rpw](options)
    except (BrokenPipeError, PaycompareError):
        raise
    except OSError as error:
        name = Path(str(error.filename)).name
        raise SurveyError(name, "file", str(error.strerror or error), "a file that can be read") from error


def _add_load(add: Callable[..., argparse.ArgumentParser]) -> None:
    made = add("load", help="read a workbook, and say what was coerced, what is null and why", allow_abbrev=False)
    made.add_argument("file", metavar="FILE", help="xlsx, CSV or parquet, of any vintage")
    made.add_argument("--suspects", action="store_true", help="list rows that deserve a second look, as CSV")


def _add_indices(add: Callable[..., argparse.ArgumentParser]) -> None:
    made = add("indices", help="print an index for every quarter, with its rule", allow_abbrev=False)
    _add_rows(made)
    names = "average (default), global, weighted, smart, international_mto, digital, non_digital"
    made.add_argument("--index", default="average", metavar="NAME", help=names)
    made.add_argument("--by", action="append", default=[], metavar="GROUP", help="such as corridor; may be repeated")
    made.add_argument("--amount", type=int, metavar="USD", help="200 (default) or 500; not with --slope")
    made.add_argument("--flows", metavar="FILE", help="bilateral remittance matrix, for the weighted average")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--distribution", action="store_true", help="spread, and shares below 3, 5 and 10 percent")
    form.add_argument("--slope", action="store_true", help="the smaller amount against the larger")
    made.add_argument("--csv", action="store_true", help="the table alone, as CSV")


def _add_targets(add: Callable[..., argparse.ArgumentParser]) -> None:
    made = add("targets", help="list policy targets, or hold a survey against them", allow_abbrev=False)
    _add_rows(made, required=False)
    made.add_argument("--flows", metavar="FILE", help="bilateral remittance matrix, for the cost of the gap in money")


def _add_verify(add: Callable[..., argparse.ArgumentParser]) -> None:
    words = "hold our corridor averages against published ones, and rows against their own arithmetic"
    made = add("verify", help=words, allow_abbrev=False)
    made.add_argument("file", metavar="FILE", help="the survey")
    made.add_argument("published", nargs="?", metavar="PUBLISHED", help="CSV of published corridor averages")
    made.add_argument("--csv", action="store_true", help="every corridor and quarter, as CSV")


def _add_download(add: Callable[..., argparse.ArgumentParser]) -> None:
    made = add("download", help="fetch the newest workbook from the World Bank (51 MB)", allow_abbrev=False)
    made.add_argument("--folder", default=".", metavar="FOLDER", help="where to keep it; here when left out")


def _add_rows(made: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the survey and what a question leaves out of it."""
    made.add_argument("file", nargs=None if required else "?", metavar="FILE", help="the survey")
    made.add_argument("--from", dest="sender", action="append", metavar="COUNTRY", help="sending; may be repeated")
    made.add_argument("--to", action="append", metavar="COUNTRY", help="receiving; may be repeated")
    made.add_argument("--since", metavar="QUARTER", help="such as 2011_1Q")
    made.add_argument("--until", metavar="QUARTER", help="such as 2014_2Q")
    made.add_argument("--countries", metavar="FILE", help="CSV of regions and incomes, for vintages without them")


def _survey(options: argparse.Namespace) -> Survey:
    from paycompare.survey.load import read_rpw

    survey = read_rpw(options.file)
    if options.countries:
        survey = survey.with_countries(options.countries)
    return survey.only(sender=options.sender, to=options.to, since=options.since, until=options.until)


def _load(options: argparse.Namespace) -> int:
    from paycompare.survey.load import read_rpw
    from paycompare.survey.suspects import suspects

    survey = read_rpw(options.file)
    if options.suspects:
        _csv(suspects(survey))
    else:
        _say(f"{survey.report}\n{survey.cite()}")
    return _ANSWERED


def _indices(options: argparse.Namespace) -> int:
    from paycompare.survey.flows import read_flows

    if options.slope and options.amount is not None:
        raise PaymentError("--amount", options.amount, "none beside --slope, which compares the amounts surveyed")
    amount = 200 if options.amount is None else options.amount
    survey = _survey(options)
    table: SurveyTable
    if options.distribution:
        table = survey.distribution(options.index, by=options.by, amount=amount)
    elif options.slope:
        table = survey.slope(options.index, by=options.by)
    else:
        flows = read_flows(options.flows) if options.flows else None
        table = survey.index(options.index, by=options.by, flows=flows, amount=amount)
    if options.csv:
        _csv(table.frame)
    else:
        _say("\n".join([f"{table.name}: {table.rule}", *table.notes, "", _columns(table.frame), "", table.citation]))
    return _ANSWERED


def _targets(options: argparse.Namespace) -> int:
    from paycompare.survey.flows import read_flows
    from paycompare.survey.gaps import assess
    from paycompare.survey.targets import targets

    if options.file is None:
        _say("\n\n".join(map(str, targets())))
        return _ANSWERED
    flows = read_flows(options.flows) if options.flows else None
    _say(str(assess(_survey(options), flows=flows)))
    return _ANSWERED


def _verify(options: argparse.Namespace) -> int:
    from paycompare.survey.load import read_rpw
    from paycompare.survey.verify import identities, read_published, verify_corridors

    survey = read_rpw(options.file)
    held = verify_corridors(survey, read_published(options.published)) if options.published else None
    if options.csv and held is not None:
        _csv(held.frame)
    else:
        _say("\n".join([*([str(held)] if held else []), *map(str, identities(survey)), survey.cite()]))
    return _ANSWERED if held is None or held.holds else _DIFFERENT


def _download(options: argparse.Namespace) -> int:
    from paycompare.survey.download import download_rpw

    shown = _progress if sys.stderr.isatty() else None
    found = download_rpw(options.folder, progress=shown)
    if shown is not None:
        sys.stderr.write("\n")
    had = "" if found.requested else ", unchanged since it was fetched"
    _say(f"{found.path}\n{found.size:,} bytes, sha256 {found.sha256}{had}\n{found.workbook.url}")
    return _ANSWERED


def _progress(here: int, total: int | None) -> None:
    share = f" of {total / 1e6:.1f}" if total else ""
    sys.stderr.write(f"\r{here / 1e6:.1f}{share} MB")
    sys.stderr.flush()


_COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "load": _load,
    "indices": _indices,
    "targets": _targets,
    "verify": _verify,
    "download": _download,
    "report": report,
}


def _say(text: str) -> None:
    from paycompare.display.tables import clean

    for line in text.splitlines():
        bare = line.lstrip(" ")
        # What comes from a file loses its control characters cell by cell, so that columns stay where they are.
        words = " ".join(clean(word) for word in bare.split(" "))
        sys.stdout.write(f"{' ' * (len(line) - len(bare))}{words}\n")


def _columns(frame: pl.DataFrame) -> str:
    """Return a frame as aligned columns of plain text."""
    cells = [frame.columns, *([_cell(one) for one in row] for row in frame.iter_rows())]
    widths = [max(len(row[place]) for row in cells) for place in range(frame.width)]
    numeric = [dtype.is_numeric() for dtype in frame.dtypes]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _csv(frame: pl.DataFrame) -> None:
    """Write a frame as CSV whose text no spreadsheet computes."""
    from paycompare.export import harmless

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in frame.iter_rows())
