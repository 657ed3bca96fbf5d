"""A report as a formatted workbook, one sheet a section: to be read, printed, and worked on."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paycompare.survey.captions import lines, loaded
from paycompare.survey.tables import told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from paycompare.survey.picture import Picture
    from paycompare.survey.report import Report
    from paycompare.survey.sections import Section
    from paycompare.survey.tables import Column, Kind, Listing

__all__ = ["workbook_bytes", "write_workbook"]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_LONGEST: Final = 32_767
"""Characters that a cell can hold."""

_NUMBERS: Final[Mapping[Kind, str]] = {
    "percent": "0.00",
    "points": "+0.00;-0.00;0.00",
    "share": "0%",
    "count": "#,##0",
    "money": "#,##0.00",
}
_USUAL: Final = {"font_name": "Arial", "font_size": 10}
_FACES: Final[Mapping[str, Mapping[str, object]]] = {
    "title": {"bold": True, "font_size": 16, "font_color": "#17375e"},
    "subtitle": {"font_size": 8, "font_color": "#555555"},
    "lead": {"font_size": 11},
    "heading": {"bold": True, "font_size": 12, "font_color": "#17375e"},
    "note": {"font_size": 8, "font_color": "#555555"},
    "head": {"bold": True, "font_color": "#ffffff", "bg_color": "#17375e", "text_wrap": True, "valign": "top"},
    "text": {"valign": "top", "bottom": 1, "bottom_color": "#c9d3df"},
    "paragraph": {},
}
_CHARACTERS: Final[Mapping[str, float]] = {
    "title": 0.6,
    "subtitle": 1.25,
    "lead": 0.9,
    "heading": 0.8,
    "note": 1.25,
    "paragraph": 1.1,
}
"""How many characters of a face go into the width of one of the usual face."""

_WIDEST: Final = 46
_NARROWEST: Final = 16
_ACROSS: Final = 216
"""Characters that a page shows at six tenths of their size."""

_MARGIN: Final = 4
"""Characters of a column's width that its cells leave free."""

_NARROWEST_PAGE: Final = 100
_PAGE: Final = 960
"""Pixels between the margins of A4 laid across, at 96 an inch, with a little room for fonts that run wide."""

_PAGE_SHAPE: Final = 0.6
"""Height of such a page over its width."""

_LARGEST: Final = 1.6
"""How many times its size a picture is shown at most."""

_PIXELS_OF_ROW: Final = 21


def write_workbook(report: Report, path: str | PathLike[str]) -> Path:
    """Write a report as an xlsx file, whole or not at all.

    Args:
        report: The report.
        path: The file.

    Raises:
        OSError: It cannot be written.
        PaycompareError: xlsxwriter is not installed.
    """
    data = workbook_bytes(report)
    file = Path(path)
    file.write_bytes(data)
    return file


def workbook_bytes(report: Report) -> bytes:
    """Return a report as the bytes of an xlsx file.

    Figures are numbers, rounded to the two decimals that the page shows; what is not known is a dash. Text is text,
    also where it begins like a formula.

    Args:
        report: The report.

    Raises:
        PaycompareError: xlsxwriter is not installed.

    Example:
        >>> from paycompare.survey.report import report_on
        >>> from paycompare.survey.sample import survey_of_rows
        >>> workbook_bytes(report_on(survey_of_rows([{}])))[:2]
        b'PK'
    """
    (xlsxwriter,) = loaded("xlsxwriter", does="a workbook")
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_format_properties": dict(_USUAL)})
    book.set_properties({"title": report.title, "subject": report.subtitle, "comments": report.citation})
    faces = _Faces(book)
    for section in report.sections:
        _Sheet(book, faces, section, report).write()
    book.close()
    return target.getvalue()


class _Faces:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 -- a workbook of xlsxwriter
        self._book = book
        self._made: dict[tuple[str, Kind, bool], Any] = {}

    def face(self, name: str, kind: Kind = "text", *, quoted: bool = False) -> Any:  # noqa: ANN401 -- a format
        """Return a format: for numbers of a kind, or for text that a spreadsheet must not take for a formula."""
        key = (name, kind, quoted)
        if key not in self._made:
            made = self._book.add_format({**_USUAL, **_FACES[name]})
            if kind in _NUMBERS:
                made.set_num_format(_NUMBERS[kind])
            if name in {"text", "head"}:
                made.set_align("right" if kind in _NUMBERS else "left")
                made.set_indent(1)  # its neighbour may end where it begins
                made.set_text_wrap(
                    name == "head" or kind not in _NUMBERS
                )  # some programs forget a broken figure's indent
            if quoted:
                made.set_quote_prefix()
            self._made[key] = made
        return self._made[key]


class _Sheet:
    """One sheet, written from the top down."""

    def __init__(self, book: Any, faces: _Faces, section: Section, report: Report) -> None:  # noqa: ANN401 -- xlsxwriter's
        self._sheet = book.add_worksheet(section.title)
        self._faces = faces
        self._section = section
        self._report = report
        self._row = 0
        self._widths = _widths(section)
        self._pixels = max(_PAGE, sum(5 + 7 * width for width in self._widths))

    def write(self) -> None:
        """Write everything, from the top down, and set the page up for print."""
        section = self._section
        self._page()
        first = section is self._report.sections[0]
        self._line(self._report.title if first else f"{section.title}: {self._report.title}", "title")
        self._line(self._report.subtitle, "subtitle")
        self._row += bool(section.lead)
        for sentence in section.lead:
            self._line(sentence, "lead")
        for table in section.tables:
            self._row += 1
            self._table(table)
        self._sheet.set_h_pagebreaks([self._picture(picture) for picture in section.pictures])
        for heading, paragraphs in section.texts:
            self._row += 1
            self._line(heading, "heading")
            for paragraph in paragraphs:
                self._line(paragraph, "paragraph")
        if not section.texts:
            self._row += 1
            self._line(f"Source: {self._report.citation}", "note")

    def _page(self) -> None:
        sheet = self._sheet
        # A height of our own: programs differ in their usual one, and pictures hang on cells.
        sheet.set_default_row(_PIXELS_OF_ROW * 0.75)
        for place, width in enumerate(self._widths):
            sheet.set_column(place, place, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        # Scaled to the width of a page by hand: programs that fit pages ignore the breaks before pictures.
        sheet.set_print_scale(max(10, 100 * _PAGE // self._pixels))
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.set_footer("&L&8&A&R&8&P of &N")

    def _text(self, row: int, column: int, text: str, face: str, kind: Kind = "text") -> None:
        quoted = text.startswith(_FORMULA_STARTS)
        self._sheet.write_string(row, column, text[:_LONGEST], self._faces.face(face, kind, quoted=quoted))

    def _line(self, text: str, face: str) -> None:
        """Write a text across the sheet, over as many rows as its lines take, so that it widens no page."""
        for line in lines(text, round(max(sum(self._widths), _NARROWEST_PAGE) * _CHARACTERS[face])):
            if face == "title":
                self._sheet.set_row_pixels(self._row, 30)
            self._text(self._row, 0, line, face)
            self._row += 1

    def _table(self, table: Listing) -> None:
        self._line(table.title, "heading")
        top, last = self._row, len(table.columns) - 1
        high = max(len(lines(one.title, self._widths[place] - _MARGIN // 2)) for place, one in enumerate(table.columns))
        self._sheet.set_row_pixels(top, 6 + 17 * high)
        for place, column in enumerate(table.columns):
            self._text(top, place, column.title, "head", column.kind)
        for down, row in enumerate(table.shown(), start=1):
            cells = enumerate(zip(table.columns, row, strict=True))
            high = max(self._cell(top + down, place, column, value) for place, (column, value) in cells)
            if high > 1:
                self._sheet.set_row_pixels(top + down, _PIXELS_OF_ROW + 17 * (high - 1))
        self._row = top + table.rows.height + 1
        if len(self._section.tables) == 1 and table.rows.height > 1:
            self._sheet.freeze_panes(top + 1, 2)
            self._sheet.autofilter(top, 0, top + table.rows.height, last)
            self._sheet.repeat_rows(top)
        for note in table.notes:
            self._line(note, "note")

    def _cell(self, row: int, place: int, column: Column, value: object) -> int:
        """Write a cell, and return how many lines it takes."""
        if column.kind != "text" and isinstance(value, int | float):
            self._sheet.write_number(row, place, value, self._faces.face("text", column.kind))
        else:
            words = told(value, column.kind)
            self._text(row, place, words, "text", column.kind)
            if column.kind == "text":
                room = (self._widths[place] - _MARGIN // 2) * _CHARACTERS["paragraph"]
                return len(lines(words, round(room)))
        return 1

    def _picture(self, picture: Picture) -> int:
        """Put a picture under what is there, and return its row, where a new page begins."""
        self._row += 1
        top = self._row
        data = picture.png()
        (image,) = loaded("xlsxwriter.image", does="a workbook")
        placed = image.Image(BytesIO(data))
        wide, high = placed.width / 2, placed.height / 2
        # As wide as the sheet where it fits a page; drawn at twice its size, so that it may be shown larger than it is.
        zoom = min(_LARGEST, self._pixels / wide, self._pixels * _PAGE_SHAPE / high)
        # Shown at 96 dots an inch, whatever the file says of its own.
        scale = {"x_scale": zoom * placed.x_dpi / 96 / 2, "y_scale": zoom * placed.y_dpi / 96 / 2}
        self._sheet.insert_image(self._row, 0, placed, {**scale, "description": picture.title})
        self._row += 2 + round(zoom * high / _PIXELS_OF_ROW)
        return top


def _widths(section: Section) -> list[int]:
    """Return the characters that each column of a sheet takes: its widest cell, headings being broken into lines.

    Where the columns together would be too small to read on paper, words are broken into lines as well.
    """
    if not section.tables:
        return [110]
    widths: list[int] = []
    wordy: list[bool] = []
    for table in section.tables:
        for place, column in enumerate(table.columns):
            cells = max((len(told(value, column.kind)) for value in table.rows[column.name]), default=0)
            word = max(map(len, column.title.split()))
            width = min(max(cells, word, 8) + _MARGIN, _WIDEST)
            if place == len(widths):
                widths.append(0)
                wordy.append(True)
            widths[place] = max(width, widths[place])
            wordy[place] &= column.kind == "text"
    most = _WIDEST
    while sum(widths) > _ACROSS and most > _NARROWEST:
        most -= 1
        widths = [min(width, most) if words else width for width, words in zip(widths, wordy, strict=True)]
    return widths
