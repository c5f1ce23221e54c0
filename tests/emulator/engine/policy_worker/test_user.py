"""As root, too, a policy's processes are counted: each worker has a user of its own."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.policy_limits import LIMITS
from aios_nb.emulator.engine.policy_runner import PolicyProcesses
from aios_nb.emulator.engine.policy_worker import user

from ..archive_files import policy
from ..policy_runs import CALL, is_running, run, with_runner

BOMB = (
    "begun, started = time.monotonic(), 0\n"
    "while time.monotonic() - begun < 3:\n"
    "    try: process = os.fork()\n"
    "    except OSError as e: return [started, e.strerror]\n"
    "    if process == 0: time.sleep(60)\n"
    "    started += 1\n"
    "return [started, 'no limit']"
)
HOLDING = BOMB.replace("return [started, e.strerror]", "time.sleep(60)")
as_root = pytest.mark.skipif(not user.can_leave_root(), reason="only root becomes another user")


def counted() -> None:
    if not (user.processes_are_counted() or user.can_leave_root()):
        pytest.skip("root without CAP_SETUID and CAP_KILL; SECURITY.md says what follows")


def test_a_fork_bomb_meets_its_limit(tmp_path: Path) -> None:
    counted()
    started, error = run(tmp_path, policy(BOMB))["result"]

    assert 0 < started <= LIMITS["processes"]
    assert "Resource temporarily unavailable" == error


def test_a_fork_bomb_takes_no_process_from_the_next_calls(tmp_path: Path) -> None:
    counted()

    async def beside(runner: PolicyProcesses) -> tuple[str, list[Any]]:
        bomb = asyncio.create_task(runner.run(policy(HOLDING), CALL, limit_s=3))
        await asyncio.sleep(1.5)
        body = "import threading\nt = threading.Thread(target=print)\nt.start()\nreturn 'good'"
        good = [(await runner.run(policy(body), CALL, limit_s=8)).get("result") for _ in range(5)]
        return (await bomb)["kind"], good

    assert ("timeout", ["good"] * 5) == with_runner(tmp_path, beside)


def test_a_bomb_in_an_import_is_bounded_and_ended(tmp_path: Path) -> None:
    counted()
    before = (
        "import os, time\nchildren = []\n"
        "try:\n"
        "    while True:\n"
        "        children.append(os.fork())\n"
        "        if not children[-1]: time.sleep(60)\n"
        "except OSError: raise ValueError(f'{len(children)} {children[0]}')\n"
    )
    answer = run(tmp_path, policy("return 1", before=before))
    count, first = map(int, answer["error"].split())
    deadline = time.monotonic() + 5
    while is_running(first) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert 0 < count <= 2 * LIMITS["processes"]
    assert not is_running(first)


@as_root
def test_a_policy_is_not_root_and_stays_so(tmp_path: Path) -> None:
    body = (
        "def tried(call, *users):\n"
        "    try: return call(*users)\n"
        "    except OSError as e: return e.strerror\n"
        "users = [os.getresuid()[n] - 0x7000_0000 == os.getppid() for n in range(3)]\n"
        "return users, tried(os.setuid, 0), tried(os.setresuid, 0, 0, 0), "
        "os.popen('id -u').read()"
    )
    users, *tried, program = run(tmp_path, policy(body))["result"]

    assert [True, True, True] == users
    assert ["Operation not permitted"] * 2 == tried
    assert int(program) > user.FIRST_USER


@as_root
def test_files_of_root_keep_their_modes_and_times(tmp_path: Path) -> None:
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    own.mkdir(), foreign.touch(0o600)
    before = foreign.stat()
    calls = (f"os.chmod({str(foreign)!r}, 0o777)", f"os.utime({str(foreign)!r}, (0, 0))")
    tries = "\n".join(f"try: {c}\nexcept OSError as e: words.append(e.strerror)" for c in calls)
    words = run(own, policy(f"words = []\n{tries}\nreturn words"))["result"]

    assert ["Operation not permitted"] * 2 == words
    assert before == foreign.stat()


def test_a_program_that_a_policy_starts_works_in_its_folder(tmp_path: Path) -> None:
    body = (
        "import subprocess, tempfile\n"
        'script = \'import os, tempfile; open("f", "w").write("x");\'\n'
        "script += 'os.makedirs(\"d/e\"); print(tempfile.mkdtemp())'\n"
        "done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True)\n"
        "return [done.stdout.startswith(os.environ['TMPDIR']), done.stderr, sorted(os.listdir())[:2]]"
    )

    async def folders(runner: PolicyProcesses) -> tuple[Any, int]:
        answer = await runner.run(policy(body), CALL, limit_s=8)
        deadline = time.monotonic() + 3
        while (left := _calls(tmp_path)) > 1 and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return answer.get("result", answer), left

    # One folder is that of the process that waits for the next call.
    assert ([True, "", ["d", "f"]], 1) == with_runner(tmp_path, folders)


def _calls(folder: Path) -> int:
    return len(list(folder.glob("runs/scratch-*/*")))


@as_root
def test_two_policies_are_two_users(tmp_path: Path) -> None:
    async def each(runner: PolicyProcesses) -> set[int]:
        bodies = ["return os.getuid()", "return int(os.getuid())"]
        return {(await runner.run(policy(b), CALL, limit_s=8))["result"] for b in bodies}

    assert 2 == len(with_runner(tmp_path, each))


@as_root
def test_without_the_privileges_it_stays_root_and_says_so() -> None:
    code = (
        "import importlib.util, sys, os\n"
        "spec = importlib.util.spec_from_file_location('user', sys.argv[1])\n"
        "user = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(user)\n"
        "user._keep_capability(user.CAP_SETUID)\n"
        "print(user.leave_root('/nowhere'), os.getuid())"
    )
    command = [sys.executable, "-I", "-c", code, user.__file__]
    done = subprocess.run(command, capture_output=True, text=True)

    assert ("0 0\n", "") == (done.stdout, done.stderr)


def test_an_ordinary_user_is_counted_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)

    assert 0 == user.leave_root("/")
    assert not user.can_leave_root()
