"""Stored outputs can be made again: two fresh runs give the same bytes, and those are stored."""

from pathlib import Path

import nbformat
import pytest
from refresh import NOTEBOOKS, run, text_of, tidy

# A table, a picture, log lines, and a policy's scores: whatever could vary from run to run.
VARIED = ("03_follow_the_selection", "05_observe_in_logs")


def fresh(path: Path) -> str:
    return text_of(tidy(run(nbformat.read(path, as_version=4))))


@pytest.mark.parametrize("name", VARIED)
def test_two_runs_give_the_bytes_that_are_stored(name: str) -> None:
    path = NOTEBOOKS / f"{name}.ipynb"

    assert [path.read_text()] * 2 == [fresh(path), fresh(path)]
