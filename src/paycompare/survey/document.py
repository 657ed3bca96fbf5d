"""A report as one page of HTML: nothing is fetched, nothing runs, and it prints."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paycompare.survey.tables import great_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from paycompare.survey.picture import Picture
    from paycompare.survey.report import Report
    from paycompare.survey.sections import Section

__all__ = ["as_page", "write_page"]

_SHOWN: Final = 500
"""Rows of a table on a page; a workbook has them all."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_STYLE: Final = """
body{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;color:#222;background:#fff;
line-height:1.5;max-width:72rem;margin:2rem auto;padding:0 1.2rem}
h1{color:#17375e;font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}
h2{color:#17375e;border-bottom:2px solid #17375e;padding-bottom:.2rem;margin:2.6rem 0 .8rem}
h3{font-size:1rem;margin:1.3rem 0 .2rem}
.dim{color:#555;font-size:.85rem;overflow-wrap:anywhere}
nav a{margin-right:1.1rem;color:#17375e}
ul.lead{font-size:1.08rem;padding-left:1.2rem}
.wide{overflow-x:auto;margin:1rem 0}.wide tbody td:first-child{white-space:nowrap}
figure{margin:1.2rem 0}figure img{max-width:100%;height:auto}
section.method p{margin:.15rem 0;overflow-wrap:anywhere}
@page{size:A4 landscape;margin:12mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:10pt}nav{display:none}section{break-before:page}
section:first-of-type{break-before:auto}figure,tr{break-inside:avoid}h3{break-after:avoid}
.wide,.wide>div{overflow:visible!important}.wide .gt_table{font-size:8pt!important}}
""".replace("\n", "")


def write_page(report: Report, path: str | PathLike[str]) -> Path:
    """Write a report as one HTML file.

    Args:
        report: The report.
        path: The file.

    Raises:
        OSError: It cannot be written.
        PaycompareError: great-tables is not installed.
    """
    text = as_page(report)
    file = Path(path)
    file.write_text(text, encoding="utf-8")
    return file


def as_page(report: Report) -> str:
    """Return a report as one page of HTML that needs nothing else; text from outside is escaped.

    Args:
        report: The report.

    Raises:
        PaycompareError: great-tables is not installed.

    Example:
        >>> from paycompare.survey.report import report_on
        >>> from paycompare.survey.sample import survey_of_rows
        >>> as_page(report_on(survey_of_rows([{}]))).startswith("<!doctype html>")
        True
    """
    links = "".join(f'<a href="#{one.title.lower()}">{escape(one.title)}</a>' for one in report.sections)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            # Even were something to slip through, a page with this line runs no script and fetches nothing.
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escape(report.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f'<h1>{escape(report.title)}</h1>\n<p class="dim">{escape(report.subtitle)}</p>\n<nav>{links}</nav>',
            *(part for section in report.sections for part in _section(section)),
            f'<p class="dim">Source: {escape(report.citation)}</p>\n</body>\n</html>\n',
        ]
    )


def _section(section: Section) -> Iterator[str]:
    kind = ' class="method"' if section.texts else ""
    yield f'<section id="{section.title.lower()}"{kind}>\n<h2>{escape(section.title)}</h2>'
    if section.lead:
        yield '<ul class="lead">' + "".join(f"<li>{escape(one)}</li>" for one in section.lead) + "</ul>"
    yield from map(_picture, section.pictures[:1])
    for table in section.tables:
        yield f'<div class="wide">{great_table(table, show=_SHOWN).as_raw_html()}</div>'
    yield from map(_picture, section.pictures[1:])
    for heading, paragraphs in section.texts:
        yield f"<h3>{escape(heading)}</h3>" + "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    yield "</section>"


def _picture(picture: Picture) -> str:
    # As an image, not inline: the identifiers inside one drawing stay apart from those of the next.
    data = b64encode(picture.svg().encode()).decode()
    words = escape(f"{picture.title}. {' '.join(picture.notes)}", quote=True)
    return f'<figure><img alt="{words}" src="data:image/svg+xml;base64,{data}"></figure>'
