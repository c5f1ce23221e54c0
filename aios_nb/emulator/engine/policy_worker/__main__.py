"""Starts a worker of one archive: ``__main__.py TASK JOB``, where the job is JSON.

The task is ``serve`` (run its policy) or ``install`` (run pip for it).

Run by path and not by name, so that ``aios_nb`` is not imported: that would take longer than all
else here. The worker's files find each other under a name of their own, which is forgotten before
the policy is imported. So no import of a policy's finds a file of the emulator's, and none of
these files may import another one later than at its top.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

TASKS = {"serve": ("starting", "start"), "install": ("installing", "install")}
NAME = "_aios_emulator"  # stands for aios_nb.emulator, whose own __init__ is not run


def main() -> None:
    know_emulator()
    file, function = TASKS[sys.argv[1]]
    module = importlib.import_module(f"{NAME}.engine.policy_worker.{file}")
    forget_emulator()
    getattr(module, function)(json.loads(sys.argv[2]))


def know_emulator() -> None:
    """Let the emulator's files be imported under the private name, without a path for others."""
    spec = ModuleSpec(NAME, None, is_package=True)
    spec.submodule_search_locations = [str(Path(__file__).parents[2])]
    sys.modules[NAME] = importlib.util.module_from_spec(spec)


def forget_emulator() -> None:
    """Leave what was imported to those who hold it; by name it is not found again."""
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


if __name__ == "__main__":
    main()
