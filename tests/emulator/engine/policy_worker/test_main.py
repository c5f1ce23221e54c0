"""The process of a policy finds its own files, and no policy finds them."""

from pathlib import Path

import pytest

from aios_nb.emulator.engine import policy_worker
from aios_nb.emulator.engine.policy_worker.__main__ import NAME

from ..archive_files import policy
from ..policy_runs import run

FOLDER = Path(policy_worker.__file__).parent
EMULATOR = FOLDER.parents[1]
FILES = [path.stem for path in FOLDER.glob("[!_]*.py")]
FOUND = f"""
import importlib.util, sys
def found():
    names = {[NAME, FOLDER.name, "engine", "folders", *FILES]!r}
    specs = [importlib.util.find_spec(name) for name in names]
    files = [getattr(module, "__file__", None) for module in sys.modules.values()]
    places = [*files, *(spec.origin for spec in specs if spec)]
    return sorted(place for place in places if str(place).startswith({str(EMULATOR)!r}))
at_import = found()
"""


@pytest.mark.parametrize("mode", ["executor", "local"])
def test_no_file_of_the_emulator_is_found_by_name_but_the_one_that_was_started(
    tmp_path: Path, mode: str
) -> None:
    started = [f"{FOLDER}/__main__.py"]
    answer = run(tmp_path, policy("return [at_import, found()]", before=FOUND), mode=mode)

    assert [started, started] == answer["result"]


def test_a_policys_own_file_of_the_same_name_is_the_one_it_imports(tmp_path: Path) -> None:
    before = "import os, sys\nsys.path.append(os.path.dirname(__file__))\nimport limits\n"
    archive = policy("return limits.OWN", before=before, **{"limits.py": "OWN = 'mine'"})

    assert "mine" == run(tmp_path, archive)["result"]


def test_a_policy_starts_python_anew_from_the_file_that_started_it(tmp_path: Path) -> None:
    # multiprocessing runs the main file again, under another name, in each process it spawns.
    body = (
        "import multiprocessing\n"
        "context = multiprocessing.get_context('spawn')\n"
        "process = context.Process(target=print, args=('spawned',))\n"
        "process.start()\nprocess.join(5)\nreturn process.exitcode"
    )
    answer = run(tmp_path, policy(body))

    assert (0, "spawned") == (answer["result"], answer["logs"][-1])
