"""Each lesson runs with other parameters too: its claims hold beyond the stored outputs."""

from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from refresh import NOTEBOOKS, TIME_LIMIT_S, lessons

OTHERWISE: dict[str, dict[str, Any]] = {
    "00_start_here": {"message": "Name three birds"},
    "01_deploy_a_policy": {"policy_name": "router-of-mine", "version": "7.1"},
    "02_write_the_request": {"fast": 0.2, "free": 0.8, "message": "Name three birds"},
    "03_follow_the_selection": {"fast": 0.1, "free": 0.9, "message": "Name three birds"},
    "04_run_the_inference": {"session": "another-session", "message": "Name three birds"},
    "05_observe_in_logs": {"fast": 0.4, "free": 0.6, "session": "another-session"},
}


def unknown_parameters(path: Path) -> set[str]:
    """Return the names that papermill would set beside the parameters cell, only warning."""
    return set(OTHERWISE[path.stem]) - set(papermill.inspect_notebook(str(path)))


def test_every_lesson_has_other_parameters() -> None:

    assert set(OTHERWISE) == {path.stem for path in lessons()}


def test_other_parameters_are_known_to_the_lesson(path: Path) -> None:

    assert set() == unknown_parameters(path)


def test_a_lesson_runs_with_other_parameters(path: Path, tmp_path: Path) -> None:
    papermill.execute_notebook(
        str(path),
        str(tmp_path / path.name),
        OTHERWISE[path.stem],
        cwd=str(NOTEBOOKS),
        kernel_name="python3",
        execution_timeout=TIME_LIMIT_S,
        progress_bar=False,
    )
    cells = nbformat.read(tmp_path / path.name, as_version=4).cells
    complaints = [o.text for c in cells for o in c.get("outputs", []) if o.get("name") == "stderr"]

    assert [] == complaints


def test_an_unknown_target_stops_a_lesson_at_once(tmp_path: Path) -> None:
    path = lessons()[0]

    with pytest.raises(papermill.PapermillExecutionError, match="cloud"):
        papermill.execute_notebook(
            str(path),
            str(tmp_path / path.name),
            {"target": "cloud"},
            cwd=str(NOTEBOOKS),
            kernel_name="python3",
            execution_timeout=TIME_LIMIT_S,
            progress_bar=False,
        )
