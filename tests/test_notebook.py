"""The notebook of docs/ runs from top to bottom, from the shared rows where they are and from a sample where not."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "rpw.ipynb"

# Of the notebook's own machinery: old names, and on Windows the event loop that it takes.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning"),
]


def run(folder: Path) -> tuple[str, list[str]]:
    """Return what the notebook prints when it is run in a folder, and the kinds of what it shows."""
    book = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call] # it has no annotations there
    NotebookClient(book, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    shown = [kind for output in outputs if output.output_type == "execute_result" for kind in output.data]
    return printed, shown


def test_it_is_kept_without_what_it_printed() -> None:
    """A notebook that is kept with its outputs goes stale, and carries rows of others."""
    book = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call] # it has no annotations there
    assert all(not cell.outputs and cell.execution_count is None for cell in book.cells if cell.cell_type == "code")


def test_it_runs_from_a_made_up_sample(tmp_path: Path) -> None:
    """Where no rows are at hand it says so first; every picture and table is shown all the same."""
    folder = tmp_path / "checkout" / "docs"
    folder.mkdir(parents=True)
    printed, shown = run(folder)
    assert printed.startswith("MADE-UP ROWS")
    assert "no matrix of flows at hand" in printed
    assert "report.xlsx" in printed
    assert shown.count("image/svg+xml") == 5
    assert shown.count("text/html") == 3


def test_it_runs_from_the_shared_rows(shared: Path) -> None:
    """From the World Bank's rows, its corridor averages come out as printed."""
    if not (shared / "data" / "rpw").is_dir():
        pytest.skip("the World Bank's rows are read from ../shared/data/rpw, which is not there")
    printed, _ = run(NOTEBOOK.parent)
    assert printed.startswith("the survey's own rows")
    assert "839 of 839 published corridor averages reproduced" in printed
