"""A policy is imported as AIOS imports it; what goes wrong is told in its words."""

from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.policy_runner import PolicyProcesses

from ..archive_files import module, policy, zipped
from ..policy_runs import CALL, outcome, run, with_runner


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("def broken(:\n", "invalid syntax (function.py, line 1)"),
        ("x = 1", "module 'function' has no attribute 'AIOSv1PolicyRule'"),
        (
            "class AIOSv1PolicyRule:\n    def __init__(self): pass",
            "AIOSv1PolicyRule.__init__() takes 1 positional argument but 4 were given",
        ),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise KeyError('key')", "'key'"),
    ],
)
def test_what_cannot_be_imported_says_why(tmp_path: Path, source: str, error: str) -> None:

    assert (None, "raised", error) == outcome(run(tmp_path, module(source)))


def test_a_missing_function_file_is_named(tmp_path: Path) -> None:
    answer = run(tmp_path, zipped({"code/other.py": ""}))

    assert answer["error"].startswith("[Errno 2] No such file or directory: '")
    assert answer["error"].endswith("/code/function.py'")


def test_neighbours_of_the_function_are_not_importable_as_in_aios(tmp_path: Path) -> None:
    archive = policy("return 1", before="import helper\n", **{"helper.py": ""})

    assert "No module named 'helper'" == run(tmp_path, archive)["error"]


@pytest.mark.parametrize("before", ["import sys; sys.exit()\n", "import os; os._exit(1)\n"])
def test_an_import_that_exits_has_died(tmp_path: Path, before: str) -> None:

    assert "died" == run(tmp_path, policy("return 1", before=before))["kind"]


def test_threads_of_an_import_run_in_every_call(tmp_path: Path) -> None:
    before = (
        "import threading, queue\nasked, told = queue.Queue(), queue.Queue()\n"
        "def work():\n    while True: told.put(asked.get() * 2)\n"
        "threading.Thread(target=work, daemon=True).start()\n"
    )
    archive = policy("asked.put(21)\nreturn told.get(timeout=2)", before=before)

    async def twice(runner: PolicyProcesses) -> list[Any]:
        return [(await runner.run(archive, CALL, limit_s=8))["result"] for _ in range(2)]

    assert [42, 42] == with_runner(tmp_path, twice)
