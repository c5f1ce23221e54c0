"""The app's notebook: the only source of the page, as small as can be, and nothing stored in it."""

import nbformat
from nbformat import NotebookNode
from refresh import NOTEBOOKS, run

APP = NOTEBOOKS / "app.ipynb"


def read() -> NotebookNode:
    return nbformat.read(APP, as_version=4)


def test_nothing_is_stored_in_it() -> None:
    code = [cell for cell in read().cells if cell.cell_type == "code"]

    assert code
    assert [([], None)] * len(code) == [(cell.outputs, cell.execution_count) for cell in code]


def test_it_runs_and_ends_with_the_workbench() -> None:
    data = run(read()).cells[-1].outputs[0].data

    assert data["text/plain"].startswith("Workbench: ")
    assert "application/vnd.jupyter.widget-view+json" in data
