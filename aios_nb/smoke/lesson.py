"""A lesson as a file: where it lies, which parameters it takes, and how it gets them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, did_you_mean
from ..parameters import refuse_unknown

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = "[0-9][0-9]_*.ipynb"


@dataclass(frozen=True)
class Lesson:
    """One notebook of the course.

    Parameters
    ----------
    path
        Its file; the name begins with two digits.
    """

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending, such as ``00_start_here``."""
        return self.path.stem

    @property
    def number(self) -> str:
        """Two digits."""
        return self.name[:2]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names that its parameters cell assigns."""
        from papermill import inspect_notebook  # brings pandas' weight, needed to run only

        return frozenset(inspect_notebook(str(self.path)))

    def with_parameters(self, given: Mapping[str, Any]) -> Any:
        """Return the notebook with these parameters in it, and without any output.

        Raises
        ------
        PayloadError
            The lesson knows no such parameter; papermill alone would only warn.
        """
        from papermill.iorw import load_notebook_node
        from papermill.parameterize import parameterize_notebook

        refuse_unknown(given, self.parameters, who=f"lesson {self.number}")
        loaded = load_notebook_node(str(self.path))
        notebook = parameterize_notebook(
            loaded, dict(given), kernel_name="python3", language="python"
        )
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        return notebook


def find_lessons(folder: Path, names: Iterable[str] = ()) -> list[Lesson]:
    """Return the lessons in a folder, in their order.

    Parameters
    ----------
    names
        Numbers or file names without ending; none: all lessons.

    Raises
    ------
    ConfigurationError
        There are no lessons, or no such lesson.
    """
    found = [Lesson(path) for path in sorted(folder.glob(LESSONS))]
    if not found:
        raise ConfigurationError(
            f"no lesson lies in {folder}; give the folder of the notebooks: --notebooks DIR"
        )
    wanted = list(names)
    known = [word for lesson in found for word in (lesson.number, lesson.name)]
    for name in wanted:
        if name not in known:
            raise ConfigurationError(
                f"no lesson is called {name!r}; use a number from {known[0]} to {known[-2]}"
                f"{did_you_mean(name, known)}"
            )
    return [one for one in found if not wanted or {one.number, one.name} & set(wanted)]
