"""Each lesson and its solution run with other parameters: claims hold beyond stored outputs."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from refresh import NOTEBOOKS, TIME_LIMIT_S, lessons

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
OTHERWISE: dict[str, dict[str, Any]] = {
    "00_start_here": {"message": "Name three birds"},
    "01_deploy_a_policy": {"policy_name": "router-of-mine", "version": "7.1"},
    "02_write_the_request": {"fast": 0.2, "free": 0.8, "message": "Name three birds"},
    "03_follow_the_selection": {"fast": 0.1, "free": 0.9, "message": "Name three birds"},
    "04_run_the_inference": {"session": "another-session", "message": "Name three birds"},
    "05_observe_in_logs": {"fast": 0.4, "free": 0.6, "session": "another-session"},
    "06_match_with_an_llm": {"user_query": "reasoning in a chat", "policy_name": "matcher-of-mine"},
    "07_why_did_it_choose_that": {"fast": 0.1, "free": 0.9},
    "08_write_your_own_policy": {"policy_name": "small-ones"},
    "09_policy_lab": {"fast": 0.5, "free": 0.5},
    "10_traps": {"policy_name": "traps-of-mine", "message": "Name three trees"},
    "11_drills": {"policy_name": "drills-of-mine", "limit_s": 0.8},
    "12_to_a_real_cluster": {"policy_name": "guest-of-mine", "message": "Name three trees"},
}


def unknown_parameters(path: Path) -> set[str]:
    """Return the names that papermill would set beside the parameters cell, only warning."""
    return set(OTHERWISE[path.stem]) - set(papermill.inspect_notebook(str(path)))


def test_every_lesson_has_other_parameters() -> None:

    assert set(OTHERWISE) == {path.stem for path in lessons()}


def test_other_parameters_are_known_to_the_lesson(path: Path) -> None:

    assert set() == unknown_parameters(path)


def execute(path: Path, parameters: dict[str, Any]) -> list[nbformat.NotebookNode]:
    run = papermill.execute_notebook(
        str(path),
        None,  # or papermill writes the whole notebook before and after each of its cells
        parameters,
        cwd=str(NOTEBOOKS),
        kernel_name="python3",
        execution_timeout=TIME_LIMIT_S,
        progress_bar=False,
    )
    return run.cells


def with_solutions(path: Path, folder: Path) -> Path:
    """Return a copy of the lesson in which the folded solutions are cells at its end."""
    lesson = nbformat.read(path, as_version=4)
    prose = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    solutions = re.findall(r"^```python\n(.*?)^```", prose, re.DOTALL | re.MULTILINE)
    assert solutions
    lesson.cells += [nbformat.v4.new_code_cell(solution) for solution in solutions]
    nbformat.write(lesson, folder / path.name)
    return folder / path.name


def test_a_lesson_and_its_solution_run_with_other_parameters(path: Path, tmp_path: Path) -> None:
    cells = execute(with_solutions(path, tmp_path), OTHERWISE[path.stem])
    complaints = [o.text for c in cells for o in c.get("outputs", []) if o.get("name") == "stderr"]

    assert [] == complaints
    assert [] == [text for text in verdicts(cells) if "right" not in text]


def verdicts(cells: list[nbformat.NotebookNode]) -> list[str]:
    """Return what the checks said last of each exercise: in the solutions, at the very end."""
    shown = [
        o.data.get("text/plain", "") for c in cells for o in c.get("outputs", []) if "data" in o
    ]
    latest = {text.split(":")[0][2:]: text for text in shown if text[:2] in ("✔ ", "✘ ", "○ ")}
    return list(latest.values())


def papermill_alone(source: Path, copy: Path, *arguments: str) -> str:
    """Run a lesson as a reader would, in a terminal; return what papermill said."""
    command = [sys.executable, "-m", "papermill", str(source), str(copy), *arguments]
    run = subprocess.run(
        command, cwd=NOTEBOOKS, capture_output=True, text=True, timeout=TIME_LIMIT_S
    )
    return COLOURS.sub("", run.stderr)


@pytest.mark.parametrize("name", ["03_follow_the_selection", "12_to_a_real_cluster"])
def test_a_parameter_that_a_lesson_does_not_take_stops_it_when_it_connects(
    name: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.ipynb"
    said = papermill_alone(NOTEBOOKS / f"{name}.ipynb", copy, "-p", "mesage", "Name three birds")
    cells = nbformat.read(copy, as_version=4).cells
    (stopped,) = [c for c in cells for o in c.get("outputs", ()) if o.output_type == "error"]

    assert re.search(r"PayloadError: this lesson has no parameter 'mesage'; use one of \w+, ", said)
    assert "did you mean 'message'?" in said
    assert "connect(" in stopped.source


def test_every_lesson_connects_and_so_refuses_unknown_parameters(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells

    assert any("= connect(" in cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("name", ["00_start_here", "12_to_a_real_cluster"])
def test_an_unknown_target_stops_a_lesson_at_once(name: str, tmp_path: Path) -> None:
    lesson = with_solutions(NOTEBOOKS / f"{name}.ipynb", tmp_path)

    with pytest.raises(papermill.PapermillExecutionError, match="unknown target 'cloud'"):
        execute(lesson, {"target": "cloud"})


def test_a_cluster_whose_addresses_are_placeholders_stops_a_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = with_solutions(lessons()[0], tmp_path)
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "MANAGEMENTMASTER")

    with pytest.raises(papermill.PapermillExecutionError, match="only stands in for a host"):
        execute(lesson, {"target": "cluster"})
