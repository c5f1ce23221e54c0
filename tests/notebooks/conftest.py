"""Every lesson as a parameter, read once."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from refresh import lessons


@pytest.fixture(params=lessons(), ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def lesson(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.fixture
def code(lesson: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


@pytest.fixture
def prose(lesson: NotebookNode) -> list[str]:
    return [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
