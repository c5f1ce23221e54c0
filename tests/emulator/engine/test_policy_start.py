"""The process of a policy starts without what its emulator knows, and in the time it has."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from .archive_files import policy
from .policy_runs import CALL, is_running, run


def test_an_import_that_hangs_times_out_and_shows_what_it_printed(tmp_path: Path) -> None:
    archive = policy("return 1", before="print('here')\nwhile True: pass\n")
    answer = run(tmp_path, archive, limit_s=1.5)

    assert ("timeout", "here") == (answer["kind"], answer["logs"][-1])


def test_a_policy_sees_no_secrets_and_works_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "planted")
    monkeypatch.setenv("METRICS_BASE_URL", "http://elsewhere")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    body = "return [dict(os.environ), os.listdir(), sys.path, 'aios_nb' in sys.modules]"
    environment, files, path, imported = run(tmp_path, policy(body))["result"]

    assert set() == {"OPENAI_API_KEY", "METRICS_BASE_URL", "PYTHONPATH"} & set(environment)
    assert ([], False) == (files, imported)
    assert str(Path(__file__).parents[3]) not in path


def test_workers_end_with_an_emulator_that_is_killed(tmp_path: Path) -> None:
    archive = tmp_path / "policy.zip"
    archive.write_bytes(policy("return os.getppid()"))
    code = (
        "import asyncio, os, pathlib, sys\n"
        "from aios_nb.emulator.engine.policy_runner import PolicyProcesses\n"
        "async def main():\n"
        f"    runner = PolicyProcesses(pathlib.Path({str(tmp_path)!r}))\n"
        f"    archive = pathlib.Path({str(archive)!r}).read_bytes()\n"
        f"    print((await runner.run(archive, {CALL!r}, limit_s=8))['result'], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    worker = int(done.stdout)
    deadline = time.monotonic() + 3
    while is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert not is_running(worker)
