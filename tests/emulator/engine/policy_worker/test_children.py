"""A call is a process of its own, and nothing that it starts outlives it."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from aios_nb.emulator.engine.policy_runner import PolicyProcesses

from ..archive_files import policy
from ..policy_runs import CALL, is_running, with_runner


def test_calls_share_no_memory_and_the_import_happens_once(tmp_path: Path) -> None:
    before = "import os\nparent, seen = os.getpid(), []\n"
    archive = policy("seen.append(1)\nreturn [parent, len(seen), os.getcwd()]", before=before)

    async def thrice(runner: PolicyProcesses) -> list[Any]:
        return [(await runner.run(archive, CALL, limit_s=8))["result"] for _ in range(3)]

    results = with_runner(tmp_path, thrice)

    assert 1 == len({parent for parent, _, _ in results})
    assert [1, 1, 1] == [seen for _, seen, _ in results]
    assert 3 == len({folder for _, _, folder in results})


def test_what_a_policy_leaves_running_is_ended(tmp_path: Path) -> None:
    body = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "fled = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "return [child.pid, fled.pid]"
    )

    async def run_and_look(runner: PolicyProcesses) -> list[bool]:
        answer = await runner.run(policy(body), CALL, limit_s=8)
        deadline = time.monotonic() + 3
        while any(map(is_running, answer["result"])) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return [is_running(process) for process in answer["result"]]

    assert [False, False] == with_runner(tmp_path, run_and_look)


def test_a_fork_bomb_ends_with_its_call(tmp_path: Path) -> None:
    body = "for _ in range(60):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(60)"

    async def run_and_count(runner: PolicyProcesses) -> tuple[str, int]:
        answer = await runner.run(policy(body), CALL, limit_s=0.5)
        deadline = time.monotonic() + 3
        while (left := _in_group(answer["pid"])) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        return answer["kind"], left

    assert ("timeout", 0) == with_runner(tmp_path, run_and_count)


def _in_group(leader: int) -> int:
    return [_group(p) for p in os.listdir("/proc") if p.isdigit()].count(leader)


def _group(process: str) -> int:
    try:
        return os.getpgid(int(process))
    except ProcessLookupError:
        return -1
