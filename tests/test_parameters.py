"""A parameter that a lesson does not take stops it, and nothing else is ever looked at."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from aios_nb import PayloadError
from aios_nb.parameters import refuse_unknown, refuse_unknown_in_notebook

DEFAULTS = 'target = "emulator"\nfast = 0.9\nfree = 0.1'


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """Give a shell as in a kernel, which writes no history into the reader's home."""
    running = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield running
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, *cells: str) -> None:
    for cell in cells:
        shell.run_cell(cell, store_history=True)


def test_an_unknown_parameter_is_named_with_those_that_are_known(shell: InteractiveShell) -> None:
    run(shell, DEFAULTS, '# Parameters\nfree = 0.5\nfats = 0.5\ntarget = "cluster"\n')

    with pytest.raises(PayloadError) as refused:
        refuse_unknown_in_notebook()
    assert (
        "this lesson has no parameter 'fats'; use one of fast, free, target; did you mean 'fast'?"
        == str(refused.value)
    )


@pytest.mark.parametrize(
    "cells",
    [
        (DEFAULTS, "# Parameters\nfree = 0.5\n"),
        (DEFAULTS, "import json\nfats = 0.5"),
        ("# Parameters\nfats = 0.5\n", DEFAULTS),
        ("size = 3", "# Parameters\nfats = 0.5\n"),
        ("target =", "# Parameters\nfats = 0.5\n"),
        (DEFAULTS, "import json", "# Parameters\nfats = 0.5\n"),
        (DEFAULTS,),
        (),
    ],
    ids=["known", "not-papermill", "no-defaults", "not-ours", "no-python", "late", "one", "none"],
)
def test_other_cells_are_left_alone(shell: InteractiveShell, cells: tuple[str, ...]) -> None:
    run(shell, *cells)
    refuse_unknown_in_notebook()

    assert [cell.strip() for cell in cells] == [cell.strip() for cell in shell.user_ns["In"][1:]]


def test_outside_of_a_kernel_ipython_is_not_even_imported() -> None:
    code = (
        "import sys; from aios_nb import connect; from aios_nb.parameters import *;"
        "refuse_unknown_in_notebook(); connect('cluster'); print('IPython' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    environment = {"AIOS_MANAGEMENT_HOST": "10.0.0.5", "AIOS_CLUSTER_HOST": "10.0.0.9"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)

    assert ("False\n", "") == (run.stdout, run.stderr)


def test_known_parameters_pass() -> None:

    assert refuse_unknown(["fast"], ["fast", "free"], who="lesson 03") is None
