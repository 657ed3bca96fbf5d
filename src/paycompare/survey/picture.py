"""A picture as a value: its data, its drawing, and the words without which it must not travel.

Everything is told apart by lightness, dash or label, never by hue alone: a picture survives a grey printer. Nothing is
fetched and no browser is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paycompare.errors import PaymentError
from paycompare.survey.captions import lines, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import altair as alt
    import polars as pl

__all__ = ["DARK", "INK", "LIGHT", "MIDDLE", "PAPER", "WIDTH", "Picture", "altair", "framed", "layered"]

DARK: Final = "#17375e"
MIDDLE: Final = "#5b84b1"
LIGHT: Final = "#bcd0e5"
PAPER: Final = "#f2f4f7"
INK: Final = "#222222"
"""One hue, from dark to light: in grey print they come out at about 20, 50, 80 and 95 percent of white."""

WIDTH: Final = 640
"""Of the drawing, without its labels, in pixels."""

_SMALL, _USUAL, _LARGE = 4.7, 5.6, 8.6
"""Pixels that a character takes on average in the small print, in the rule and in the title."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture of surveyed prices.

    Attributes:
        title: What it shows.
        rule: Which services the figures are of, and how they were averaged, in words.
        citation: What a publication has to say about the source.
        data: The figures that are drawn, one row for each mark.
        chart: The drawing, as an altair chart that you may go on working on.
        notes: What a reader should know: what is left out, or not on the map.
    """

    title: str
    rule: str
    citation: str
    data: pl.DataFrame
    chart: alt.VConcatChart
    notes: tuple[str, ...] = ()

    def svg(self) -> str:
        """Return the picture as SVG."""
        loaded("vl_convert", does="drawing a picture, also one of a report,")
        text = StringIO()
        self.chart.save(text, format="svg")
        return text.getvalue()

    def png(self, *, scale: float = 2.0) -> bytes:
        """Return the picture as PNG.

        Args:
            scale: Pixels drawn for each pixel of the drawing; 2 is right for paper.
        """
        loaded("vl_convert", does="drawing a picture, also one of a report,")
        data = BytesIO()
        self.chart.save(data, format="png", scale_factor=scale)
        return data.getvalue()

    def save(self, path: str | PathLike[str], *, scale: float = 2.0) -> Path:
        """Write the picture to a file, as its suffix says.

        Args:
            path: Ends in ``.svg`` or ``.png``.
            scale: As for `png`.

        Raises:
            PaymentError: The suffix is another.
        """
        file = Path(path)
        if file.suffix.lower() == ".svg":
            file.write_text(self.svg(), encoding="utf-8")
        elif file.suffix.lower() == ".png":
            file.write_bytes(self.png(scale=scale))
        else:
            raise PaymentError("path", file.name, "a name that ends in .svg or .png")
        return file

    def _repr_svg_(self) -> str:
        """Show the picture in a notebook, without scripts."""
        return self.svg()

    def __str__(self) -> str:
        """Return its words."""
        return "\n".join([self.title, self.rule, *self.notes, self.citation])


def altair() -> Any:  # noqa: ANN401 -- the module, whose types are known where it is installed
    """Return altair, or say how to get it."""
    return loaded("altair", does="drawing a picture, also one of a report,")[0]


def layered(*layers: Any, width: Any, height: Any) -> alt.LayerChart:  # noqa: ANN401 -- charts and sizes of altair's
    """Put layers upon one another, in pixels or steps of a scale."""
    made: alt.LayerChart = altair().layer(*layers).properties(width=width, height=height)
    return made


def framed(
    drawing: alt.LayerChart,
    *,
    title: str,
    rule: str,
    citation: str,
    data: pl.DataFrame,
    notes: Sequence[str] = (),
    width: int = WIDTH,
) -> Picture:
    """Put the title and the rule over a drawing, notes and source under it.

    Args:
        drawing: The drawing.
        title: What it shows.
        rule: Of the figures, in words.
        citation: Of the source.
        data: What is drawn.
        notes: What a reader should know.
        width: In pixels, which lines of text may fill.
    """
    alt = altair()
    under = alt.Title(
        [line for text in (*notes, f"Source: {citation}") for line in lines(text, round(width / _SMALL))],
        orient="bottom",
        anchor="start",
        frame="bounds",
        fontSize=9,
        fontWeight="normal",
        color="#444444",
        offset=12,
    )
    over = alt.Title(
        lines(title, round(width / _LARGE)),
        subtitle=lines(f"{rule[:1].upper()}{rule[1:]}", round(width / _USUAL)),
        anchor="start",
        fontSize=17,
        color=INK,
        subtitleFontSize=11,
        subtitleColor="#444444",
        subtitlePadding=6,
        offset=12,
    )
    # A legend belongs under the title: so the title is that of the whole, and the small print that of the drawing.
    chart = (
        alt.vconcat(drawing.properties(title=under))
        .properties(title=over, background="white", padding=14)
        .configure(font="Liberation Sans, Arial, Helvetica, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, gridColor="#e3e3e3", domainColor="#888888", titleFontWeight=400)
        .configure_legend(labelColor=INK, titleColor=INK, titleFontWeight=400, titleLimit=400)
    )
    return Picture(title, rule, citation, data, chart, tuple(notes))
