"""A policy cannot make what is not counted for it, or what outlives it."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.policy_runner import PolicyProcesses
from aios_nb.emulator.engine.policy_worker import system_calls

from ..archive_files import policy
from ..policy_runs import CALL, run, with_runner

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in system_calls.MACHINES,
    reason="seccomp's numbers are known for two machines; SECURITY.md says so",
)
C = (
    "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    "return [libc.{call}, os.strerror(ctypes.get_errno())]"
)


@pytest.mark.parametrize(
    "call",
    [
        "shmget(0, 1 << 30, 0o1600)",
        "msgget(0, 0o1600)",
        "semget(0, 1, 0o1600)",
        "memfd_create(b'x', 0)",
        "ptrace(16, os.getppid(), 0, 0)",
        "unshare(0x10000000)",
        "setxattr(__file__.encode(), b'user.x', b'1', 1, 0)",
    ],
)
def test_what_is_not_counted_is_refused(tmp_path: Path, call: str) -> None:

    assert [-1, "Operation not permitted"] == run(tmp_path, policy(C.format(call=call)))["result"]


def test_every_refused_number_is_that_of_this_kernel(tmp_path: Path) -> None:
    column, _ = system_calls.MACHINES[os.uname().machine]
    numbers = [pair[column] for pair in system_calls.REFUSED.values()]
    body = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nwords = set()\n"
        f"for number in {numbers}:\n"
        "    libc.syscall(number, -1, 0, 0, 0, 0)\n"
        "    words.add(os.strerror(ctypes.get_errno()))\n"
        "return [*words]"
    )

    assert ["Operation not permitted"] == run(tmp_path, policy(body))["result"]


@pytest.mark.parametrize(
    "deed",
    [
        "resource.prlimit({other}, resource.RLIMIT_CPU, (1, 1))",
        "resource.prlimit({other}, resource.RLIMIT_NOFILE, (3, 3))",
        "os.setpriority(os.PRIO_PROCESS, {other}, 19)",
        "os.setpriority(os.PRIO_USER, 0, 19)",
        "os.sched_setaffinity({other}, {{0}})",
        "os.sched_setscheduler({other}, os.SCHED_IDLE, os.sched_param(0))",
    ],
)
@pytest.mark.parametrize(
    "other", ["os.getppid()", str(os.getpid())], ids=["its worker", "the emulator"]
)
def test_no_limit_or_place_in_the_queue_of_another_process_is_changed(
    tmp_path: Path, deed: str, other: str
) -> None:
    body = f"import resource\n{deed.format(other=other)}\nreturn 'done'"

    assert "not permitted" in run(tmp_path, policy(body))["error"]


def test_a_policy_may_lower_its_own_limits_and_place(tmp_path: Path) -> None:
    body = (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))\n"
        "os.sched_setaffinity(0, os.sched_getaffinity(0))\nos.nice(1)\nreturn 'done'"
    )

    assert "done" == run(tmp_path, policy(body))["result"]


def test_programs_that_a_policy_starts_are_refused_them_too(tmp_path: Path) -> None:
    script = "import os\ntry: os.memfd_create('x')\nexcept OSError as e: print(e.strerror)"
    body = f"import subprocess\nreturn subprocess.check_output([sys.executable, '-c', {script!r}]).decode()"

    assert "Operation not permitted\n" == run(tmp_path, policy(body))["result"]


def test_what_libraries_do_is_not_refused(tmp_path: Path) -> None:
    body = (
        "import threading, subprocess, tempfile, shutil, socket\n"
        "thread = threading.Thread(target=lambda: words.append('thread'))\n"
        "words = []\nthread.start()\nthread.join()\n"
        "words.append(subprocess.check_output(['echo', 'program']).decode().strip())\n"
        "with tempfile.TemporaryDirectory() as folder: shutil.copy(__file__, folder)\n"
        "with socket.create_server(('127.0.0.1', 0)): words.append('socket')\n"
        "return words"
    )

    async def twice(runner: PolicyProcesses) -> list[Any]:
        return [(await runner.run(policy(body), CALL, limit_s=8))["result"] for _ in range(2)]

    assert [["thread", "program", "socket"]] * 2 == with_runner(tmp_path, twice)
