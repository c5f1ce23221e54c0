"""What every lesson keeps to: its shape, its cells, its stored outputs."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from refresh import KERNEL, lessons, text_of, tidy

LONGEST_CELL = 15
WORDS_PER_LINE = 10
BANNED_STATEMENTS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.Lambda)
BANNED_NAMES = {"sleep", "Output", "interact", "interactive", "get_ipython"}
# What changes from run to run or from machine to machine: ports, times, addresses in memory.
UNSTABLE = {
    "port": r"(127\.0\.0\.1|localhost):\d+",
    "clock": r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d",
    "epoch": r"\b1[789]\d{8}(\.\d+)?\b",
    "memory": r"0x[0-9a-f]{6,}",
    "folder": r"/(tmp|home|root|Users|work)/",
}


def lines(cell: NotebookNode) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip()]


def nodes(code: list[NotebookNode]) -> Iterator[ast.AST]:
    for cell in code:
        yield from ast.walk(ast.parse(cell.source))


def output_texts(code: list[NotebookNode]) -> Iterator[str]:
    for cell in code:
        for output in cell.outputs:
            if "text" in output:
                yield output.text
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield value


def test_there_is_a_lesson_for_each_section_of_the_guide() -> None:
    names = [path.stem for path in lessons()]

    assert [
        "00_start_here",
        "01_deploy_a_policy",
        "02_write_the_request",
        "03_follow_the_selection",
        "04_run_the_inference",
        "05_observe_in_logs",
    ] == names[:6]


def test_a_lesson_opens_with_a_title_and_what_you_will_do(prose: list[str]) -> None:

    assert prose[0].startswith("# ")
    assert "**You will**" in prose[0]


def test_a_lesson_ends_with_an_exercise_a_folded_solution_and_the_way_on(
    prose: list[str],
) -> None:
    text = "\n".join(prose)

    assert "## Exercise" in text
    assert text.count("<details>") == text.count("</details>") >= 1
    assert "In this lesson you" in prose[-1]
    assert re.search(r"\]\(\S+\)", prose[-1])


def test_a_lesson_explains_its_terms(prose: list[str]) -> None:

    assert any(text.startswith("> **") for text in "\n".join(prose).splitlines())


def test_the_first_code_cell_is_the_only_one_tagged_parameters(code: list[NotebookNode]) -> None:
    tagged = [n for n, cell in enumerate(code) if "parameters" in cell.metadata.get("tags", [])]

    assert [0] == tagged
    assert code[0].source.startswith('target = "emulator"')


def test_parameters_are_plain_assignments(code: list[NotebookNode]) -> None:
    statements = ast.parse(code[0].source).body

    assert all(isinstance(statement, ast.Assign) for statement in statements)


def test_imports_stand_in_the_second_code_cell(code: list[NotebookNode]) -> None:
    homes = {
        number
        for number, cell in enumerate(code)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert {1} == homes


def test_cells_are_short(code: list[NotebookNode]) -> None:
    lengths = [len(lines(cell)) for cell in code]

    assert max(lengths) <= LONGEST_CELL
    assert median(lengths) <= 4


def test_no_line_is_too_wide_to_read(code: list[NotebookNode]) -> None:
    wide = [line for cell in code for line in lines(cell) if len(line) > 95]

    assert [] == wide


def test_prose_outweighs_code(code: list[NotebookNode], prose: list[str]) -> None:
    words = sum(len(text.split()) for text in prose)

    assert words >= WORDS_PER_LINE * sum(len(lines(cell)) for cell in code)


def test_each_code_cell_follows_prose(lesson: NotebookNode) -> None:
    kinds = "".join("c" if cell.cell_type == "code" else "m" for cell in lesson.cells)

    assert "cc" not in kinds


def test_cells_are_plain_python(code: list[NotebookNode]) -> None:
    magic = [line for cell in code for line in lines(cell) if re.match(r"\s*[!%]", line)]
    statements = [type(n).__name__ for n in nodes(code) if isinstance(n, BANNED_STATEMENTS)]
    names = {n.id for n in nodes(code) if isinstance(n, ast.Name)}
    names |= {n.attr for n in nodes(code) if isinstance(n, ast.Attribute)}

    assert [] == magic
    assert [] == statements
    assert set() == names & BANNED_NAMES


def test_outputs_are_stored_from_one_fresh_run(code: list[NotebookNode]) -> None:
    counts = [cell.execution_count for cell in code]

    assert list(range(1, len(code) + 1)) == counts
    assert any(cell.outputs for cell in code)


def test_no_output_is_an_error_or_a_warning(code: list[NotebookNode]) -> None:
    outputs = [output for cell in code for output in cell.outputs]

    assert [] == [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.mark.parametrize("kind", UNSTABLE)
def test_outputs_hold_nothing_that_changes_from_run_to_run(
    code: list[NotebookNode], kind: str
) -> None:
    found = [text for text in output_texts(code) if re.search(UNSTABLE[kind], text)]

    assert [] == found


def test_the_file_is_tidy(path: Path) -> None:
    text = path.read_text()
    notebook: dict[str, Any] = json.loads(text)

    assert {"kernelspec": KERNEL} == notebook["metadata"]
    assert text == text_of(tidy(nbformat.reads(text, as_version=4)))
