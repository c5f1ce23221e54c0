"""Runs a policy's calls in processes of their own; started by path, imports nothing of aios_nb.

Its one argument is a folder: ``calls.json`` says what to do; ``<n>.log`` and ``<n>.json`` take what
call ``n`` wrote and gave. A call that never answers has no ``<n>.json``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

JSON = dict[str, Any]


def main(folder: Path) -> None:
    job = json.loads((folder / "calls.json").read_text())
    limit_resources(job)
    # Python's own format and level, which AIOS's executor has too.
    logging.basicConfig(level=logging.INFO)
    redirect(folder / "import.log")
    module = import_function(folder, job["function"])
    for number, call in enumerate(job["calls"]):
        # AIOS forks for every call as well: none sees what another left in the module.
        child = os.fork()
        if not child:
            redirect(folder / f"{number}.log")
            store(folder / f"{number}.json", answer(module, call, job["candidates"]))
            flush()
            os._exit(0)
        os.waitpid(child, 0)


def limit_resources(job: JSON) -> None:
    signal.alarm(job["ends_after_s"])  # for the case that nobody is left to end this process
    limits = {
        resource.RLIMIT_AS: job["memory_bytes"],
        resource.RLIMIT_FSIZE: job["file_bytes"],
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        # Not every system knows every limit, and a lower one that is there already stays.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def redirect(log: Path) -> None:
    """Send everything that is written from now on to ``log``."""
    flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def flush() -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()


def import_function(folder: Path, function: str) -> ModuleType | None:
    """Import as AIOS does: by path, as ``function``, with nothing added to ``sys.path``."""
    spec = importlib.util.spec_from_file_location("function", function)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["function"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # noqa: BLE001 - whatever a policy raises is the answer
        store(folder / "import.json", failure(error, "import"))
        flush()
        os._exit(1)
    return module


def answer(module: Any, call: JSON, candidates: list[JSON]) -> str:
    """Call the class as AIOS does, and return what became of it."""
    stage = "construct"
    try:
        policy = module.AIOSv1PolicyRule("", call["settings"], call["parameters"])
        stage = "eval"
        result = policy.eval(call["parameters"], candidates, None)
        stage = "result"
        return json.dumps({"ok": True, "result": result})
    except BaseException as error:  # noqa: BLE001 - whatever a policy raises is the answer
        return failure(error, stage)


def failure(error: BaseException, stage: str) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__]
    lines = ["Traceback (most recent call last):\n"] if own else []
    lines += [*traceback.format_list(own), *traceback.format_exception_only(error)]
    return json.dumps({"ok": False, "stage": stage, "traceback": "".join(lines).rstrip()})


def store(path: Path, text: str) -> None:
    # Renamed when complete: what is there can be read, even if the time is over.
    part = path.with_suffix(".part")
    part.write_text(text)
    part.rename(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
