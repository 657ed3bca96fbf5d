"""The faces of an answer: text for a terminal and a page for a notebook."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paycompare.display.page import as_html
    from paycompare.display.terminal import as_text, crossovers_as_text

__all__ = ["as_html", "as_text", "crossovers_as_text"]

_HOMES = {"as_html": "page", "as_text": "terminal", "crossovers_as_text": "terminal"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        found = getattr(import_module(f"paycompare.display.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
    msg = f"module 'paycompare.display' has no attribute {name!r}"
    raise AttributeError(msg)
