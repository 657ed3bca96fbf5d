"""How the documentation is built."""

from __future__ import annotations

from importlib.metadata import version as installed_version

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
