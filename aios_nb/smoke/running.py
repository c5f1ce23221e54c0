"""Runs one lesson in a kernel of its own, within limits, and says how it went."""

from __future__ import annotations

import asyncio
import math
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError
from .lesson import Lesson

EMULATOR_ONLY = "emulator-only"
SKIPPED = "Skipped: this cell breaks things on purpose, so it runs on an emulator only.\n"
POINTED_AT = re.compile(r"^-+> \d+ (.*)$", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Limits:
    """How long a lesson may take, in seconds.

    Parameters
    ----------
    cell_s
        Each of its cells.
    lesson_s
        All of it.

    Raises
    ------
    ConfigurationError
        One of them is not above 0.
    """

    cell_s: float = 300.0
    lesson_s: float = 1800.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ConfigurationError(f"limit {name} is {value!r}; expected seconds above 0")


@dataclass(frozen=True)
class Outcome:
    """How a lesson went.

    Parameters
    ----------
    lesson
        Which.
    problem
        What went wrong first; empty: nothing.
    elapsed_s
        How long it took, in seconds.
    skipped
        How many cells were left out, because they need an emulator.
    notebook
        The executed copy.
    """

    lesson: Lesson
    problem: str
    elapsed_s: float
    skipped: int
    notebook: Any = field(repr=False)

    @property
    def has_passed(self) -> bool:
        """Whether nothing went wrong."""
        return not self.problem


def run_lesson(
    lesson: Lesson, parameters: Mapping[str, Any], *, limits: Limits, skips_emulator_only: bool
) -> Outcome:
    """Run a lesson; errors in its cells, words on stderr and lack of time are its problem.

    Parameters
    ----------
    parameters
        Values by name.
    skips_emulator_only
        Leave out cells with the tag ``emulator-only``.

    Raises
    ------
    PayloadError
        The lesson knows no such parameter.
    """
    notebook = lesson.with_parameters(parameters)
    skipped = _mark_skipped(notebook) if skips_emulator_only else 0
    begun = time.monotonic()
    problem = _execute(notebook, lesson, limits, EMULATOR_ONLY if skips_emulator_only else "")
    elapsed_s = time.monotonic() - begun
    return Outcome(lesson, problem or _complaint(notebook), elapsed_s, skipped, notebook)


def _execute(notebook: Any, lesson: Lesson, limits: Limits, skip_tag: str) -> str:
    """Return what went wrong; an empty text means that nothing did."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=math.ceil(limits.cell_s),
        kernel_name="python3",
        coalesce_streams=True,
        skip_cells_with_tag=skip_tag,
        resources={"metadata": {"path": str(lesson.path.parent)}},
    )
    begun = time.monotonic()
    try:
        # The kernel warns on its own stderr about TCP; what cells write there comes as an output.
        work = client.async_execute(stderr=subprocess.DEVNULL)
        asyncio.run(asyncio.wait_for(work, limits.lesson_s))
    except CellExecutionError as error:
        words = error.evalue or f"the claim does not hold: {_failed_line(error.traceback)}"
        return COLOURS.sub("", f"{error.ename}: {words}").strip()
    except CellTimeoutError:
        return f"a cell took longer than {limits.cell_s:g} s"
    except (TimeoutError, DeadKernelError) as error:
        # At its limit a lesson is cancelled, and nbclient may see its kernel die of that first.
        if time.monotonic() - begun >= limits.lesson_s:
            return f"the lesson took longer than {limits.lesson_s:g} s"
        return f"the kernel died: {error}"
    return ""


def _failed_line(traceback: str) -> str:
    """Return the line of the cell that failed: a bare ``assert`` has no words of its own."""
    arrow = POINTED_AT.search(COLOURS.sub("", traceback))
    return arrow[1] if arrow else "see the executed copy"


def _mark_skipped(notebook: Any) -> int:
    from nbformat.v4 import new_output

    cells = [c for c in notebook.cells if EMULATOR_ONLY in c.metadata.get("tags", ())]
    for cell in cells:
        cell.outputs = [new_output("stream", name="stdout", text=SKIPPED)]
    return len(cells)


def _complaint(notebook: Any) -> str:
    """Return what cells wrote to stderr: a warning is a problem of the lesson."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    words = [o.text for cell in code for o in cell.outputs if o.get("name") == "stderr"]
    return f"words on stderr: {words[0].strip()}" if words else ""
