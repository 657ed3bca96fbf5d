"""The answer as a page: self-contained, escaped, drawn to one scale."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from paycompare.display import as_html
from tests.answers import CONTROL, MARKUP, compared, varied, write_hostile
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"br"}


class Page(HTMLParser):
    """Reads a fragment: its elements with their attributes, its text, and whether its tags match."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(fragment)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that has no content."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text, but not the style sheet."""
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The text on one line."""
        return " ".join(" ".join(self.words).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of this name."""
        return [attributes for name, attributes in self.elements if name == tag]


def number(attributes: dict[str, str | None], name: str) -> int:
    """Return an attribute that must be a whole number."""
    return int(attributes[name] or "")


def test_the_fragment_is_whole_and_fetches_nothing(tmp_path: Path) -> None:
    """Tags match; there is no script, image, frame or style sheet to fetch, and no attribute that runs."""
    fragment = as_html(varied(tmp_path))
    page = Page(fragment)
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= {
        *("div", "style", "b", "ol", "ul", "li", "h4", "span", "table", "thead", "tbody", "tr", "th", "td"),
        *("br", "svg", "title", "rect", "a", "details", "summary", "p", "code"),
    }
    names = {name for _, attributes in page.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "srcset", "data"}]
    assert "url(" not in fragment
    assert "@import" not in fragment


def test_links_lead_to_the_pages_of_the_evidence_alone(tmp_path: Path) -> None:
    """Each link is the address of a tariff's page, and tells that page nothing about where it was followed."""
    links = Page(as_html(varied(tmp_path))).named("a")
    assert {link["href"] for link in links} == {
        f"https://{name}.example/fees" for name in ("alpha", "beta", "delta", "gamma", "range", "promo")
    }
    assert {link["rel"] for link in links} == {"noopener noreferrer"}


def test_the_page_says_what_the_terminal_says(tmp_path: Path) -> None:
    """Verdict before tables; figures, estimates, unknown charges, promotions, failures and assumptions are there."""
    text = Page(as_html(varied(tmp_path))).text
    verdict, _, rest = text.partition("Ranked")
    assert "alpha: Transfer, unless: gamma: Transfer wins below a 1.49% margin" in verdict
    for words in (
        "157,608.00 KES",
        "charges 5.00, FX margin 9.95",
        "155,200.00 KES to 156,000.00 KES",
        "2.50% to 3.00%",
        "estimate",
        "charges of the payee's bank (KE)",
        "not included: plan Pro: 19 GBP a month",
        "1 offer loses whatever is not published",
        "Promotions, never ranked",
        "broken: broken/provider.toml",
        "a personal customer",
        "seen Oct 2026, 29 days",
    ):
        assert words in rest, words


def test_names_from_outside_become_text(tmp_path: Path) -> None:
    """A name that is markup arrives as that name and makes no element; control characters are gone."""
    fragment = as_html(compared(write_hostile(tmp_path)))
    page = Page(fragment)
    assert MARKUP in page.text
    assert not page.named("script")
    assert not page.named("img")
    assert "<script" not in fragment
    assert "\x1b" not in fragment
    assert "\u202e" not in fragment
    assert "Clear[2JBank" in page.text
    assert CONTROL not in fragment


def test_bars_are_drawn_to_one_scale(tmp_path: Path) -> None:
    """With losses of 20 and 50 of which the larger fills 1,000 units, a fee of 20 is 400 wide.

    The second loses 10 to its fee and 40 to its margin of 4.0404 percent of 990, so 200 and then 800.
    """
    write_folder(tmp_path, "fee", fee='flat = "20"')
    write_folder(tmp_path, "both", fee='flat = "10"', margin='between = ["0.0404", "0.0405"]')
    write_folder(tmp_path, "most", fee='flat = "50"')
    boxes = Page(as_html(compared(tmp_path, exclude=["both"]))).named("rect")
    assert [(number(box, "x"), number(box, "width")) for box in boxes] == [(0, 400), (0, 1000)]
    boxes = Page(as_html(compared(tmp_path))).named("rect")
    assert all(number(box, "x") + number(box, "width") <= 1000 for box in boxes)
    assert number(boxes[-2], "x") + number(boxes[-2], "width") >= number(boxes[-1], "x")


def test_what_beats_the_reference_is_drawn_to_the_left(tmp_path: Path) -> None:
    """A gain of 10 and a loss of 30 share a scale of 40: the gain fills 0 to 250, the loss 250 to 1,000."""
    write_folder(tmp_path, "generous", margin='share = "-0.01"')
    write_folder(tmp_path, "dear", fee='flat = "30"')
    boxes = Page(as_html(compared(tmp_path))).named("rect")
    assert [(number(box, "x"), number(box, "width")) for box in boxes] == [(0, 250), (250, 750)]


def test_a_notebook_shows_the_page(tmp_path: Path) -> None:
    """A comparison represents itself to a notebook as this page."""
    write_folder(tmp_path, "plain")
    answer = compared(tmp_path)
    assert answer._repr_html_() == as_html(answer)
