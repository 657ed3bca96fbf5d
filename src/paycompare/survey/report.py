"""A report on a part of a survey: summary, series, corridors, services and method, as a workbook or a page.

What it says is worked out once, in `paycompare.survey.sections`; `paycompare.survey.workbook` and
`paycompare.survey.document` only write it down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from paycompare.errors import PaymentError
from paycompare.survey import sections
from paycompare.survey.captions import place, quarter

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from pathlib import Path

    from paycompare.survey.dataset import Survey
    from paycompare.survey.sections import Section

__all__ = ["Report", "report_on"]

_STEPS: Final = (sections.summary, sections.series, sections.corridors, sections.services, sections.method)

_FEW: Final = 2
"""Countries that a title can name."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report on surveyed prices.

    Attributes:
        title: What it is about.
        subtitle: Over which quarters, from which file.
        sections: Summary, series, corridors, services and method.
        citation: What a publication has to say about the source.
        sha256: Of the file that was surveyed.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    citation: str
    sha256: str

    def section(self, title: str) -> Section:
        """Return one section.

        Raises:
            PaymentError: There is none of this title.
        """
        known = {one.title: one for one in self.sections}
        if title not in known:
            raise PaymentError("section", title, f"one of {', '.join(known)}")
        return known[title]

    def to_xlsx(self, path: str | PathLike[str]) -> Path:
        """Write the report as a formatted workbook; see `paycompare.survey.workbook.write_workbook`."""
        from paycompare.survey.workbook import write_workbook

        return write_workbook(self, path)

    def to_html(self, path: str | PathLike[str]) -> Path:
        """Write the report as one page that needs nothing else; see `paycompare.survey.document.write_page`."""
        from paycompare.survey.document import write_page

        return write_page(self, path)


def report_on(survey: Survey, *, progress: Callable[[str], object] = str) -> Report:
    """Work out a report on a survey, or the part of it that `Survey.only` left.

    Args:
        survey: The rows.
        progress: Told what is being done, in a few words.

    Raises:
        PaymentError: The survey has no services, or none that discloses its rate.
        PaycompareError: What draws the pictures is not installed.

    Example:
        >>> from paycompare.survey.sample import survey_of_rows
        >>> report = report_on(survey_of_rows([{"total_percent_200": 7.0, "total_percent_500": 4.0}]))
        >>> report.title
        'What it costs to send money from United Kingdom to Kenya'
        >>> report.section("Summary").tables[0].rows.row(0)
        ('Average cost of USD 200, %', None, 7.0, None)
    """
    if survey.frame.is_empty():
        found = f"no services ({'; '.join(survey.restrictions)})"
        raise PaymentError("survey", found, "countries and quarters that it has")
    if survey.index().frame.is_empty():
        found = f"{survey.frame.height:,} services, none of which discloses its rate"
        raise PaymentError("survey", found, "at least one whose total cost is known")
    made = []
    for step in _STEPS:
        progress(f"{step.__name__}: working it out")
        made.append(step(survey))
    ends = dict.fromkeys((survey.periods[0], survey.periods[-1]))
    span = " to ".join(quarter(period) for period in ends)
    subtitle = f"{span}. Prices from {survey.report.file}, sha256 {survey.sha256}."
    title = f"What it costs to send money{_ways(survey)}"
    return Report(title, subtitle, tuple(made), survey.cite(), survey.sha256)


def _ways(survey: Survey) -> str:
    ends = ((" from ", "source"), (" to ", "destination"))
    said = []
    for words, side in ends:
        codes = sorted(survey.frame[side].cast(pl.String).unique())
        if len(codes) <= _FEW:
            said.append(words + " and ".join(place(code) for code in codes))
    return "".join(said)
