"""The load of ``benchmarks/load.py``, so short and so mild that it fits beside other tests."""

import subprocess
import sys
from pathlib import Path

LOAD = Path(__file__).parents[1] / "benchmarks" / "load.py"
BARS = (
    "wrong answers",
    "answers later than their limit",
    "kinds of faults felt",
    "memory",
    "open files afterwards",
    "threads afterwards",
    "processes afterwards",
    "processes that outlive the emulator",
    "folders that outlive the emulator",
)


def test_nothing_is_wrong_late_growing_or_left_under_mixed_load_with_faults() -> None:
    options = ["--minutes=0.25", "--rate=80", "--limit=15", "--wait-limit=6"]
    done = subprocess.run([sys.executable, LOAD, *options], capture_output=True, text=True)
    met = [line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line[:2] == "ok"]

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert all(any(line.startswith(bar) for line in met) for bar in BARS), done.stdout
