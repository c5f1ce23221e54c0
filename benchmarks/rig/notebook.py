"""The size of an executed notebook, its widgets' state included."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def notebook_kb(cells: Iterable[str]) -> float:
    """Run code cells as a notebook of their own, and return its size on disk in KB."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": folder}}).execute()
        path = Path(folder) / "executed.ipynb"
        nbformat.write(notebook, path)
        return path.stat().st_size / 1024
