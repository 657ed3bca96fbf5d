"""How the documentation is built."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from pathlib import Path

from paycompare.display.held import held_page

project = "paycompare"
author = "the paycompare contributors"
project_copyright = "2026, the paycompare contributors"
release = version = installed_version("paycompare")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["build"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = "paycompare"


def setup(_: object) -> None:
    """Write the page on what is held, and the schemas of tariff files, from the catalogue as it is."""
    root = Path(__file__).parent
    (root / "held.md").write_text(held_page(), encoding="utf-8")
