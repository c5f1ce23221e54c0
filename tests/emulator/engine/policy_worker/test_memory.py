"""What a call holds in all of its processes together counts, not only what each of them holds."""

import os
import time
from pathlib import Path

import pytest

from aios_nb.emulator.engine.policy_limits import LIMITS
from aios_nb.emulator.engine.policy_worker.memory import held_bytes, own_bytes
from aios_nb.emulator.engine.policy_worker.processes import children

from ..archive_files import policy
from ..policy_runs import is_running, run

MEBIBYTE = 2**20
FAMILY = (
    "for n in range({count}):\n"
    "    if os.fork() == 0:\n"
    "        {before}x = bytearray({each})\n"
    "        x[::4096] = b'x' * len(x[::4096])\n"
    "        time.sleep(60)\n"
    "time.sleep({seconds})\nreturn 'kept'"
)


@pytest.mark.parametrize("before", ["", "os.setsid(); ", "os.fork() and os._exit(0); "])
def test_many_small_processes_are_as_large_as_one_that_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.setitem(LIMITS, "memory_bytes", 256 * MEBIBYTE)
    body = FAMILY.format(count=6, before=before, each=80 * MEBIBYTE, seconds=60)
    answer = run(tmp_path, policy(body), limit_s=20)

    assert "died" == answer["kind"]
    assert answer["ms"] < 15_000
    assert not is_running(answer["pid"])


def test_processes_that_only_share_what_they_were_forked_with_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "memory_bytes", 256 * MEBIBYTE)
    before = "import os\nLARGE = os.urandom(80 * 2**20)\n"
    body = FAMILY.format(count=6, before="", each=4096, seconds=1.5)

    assert "kept" == run(tmp_path, policy(body, before=before), limit_s=20)["result"]


def test_children_count_and_what_they_share_does_not() -> None:
    shared = own_bytes(os.getpid())
    process = os.fork()
    if not process:
        held = bytearray(50 * MEBIBYTE)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(60)
    deadline = time.monotonic() + 10
    while held_bytes(process, shared=shared) < 40 * MEBIBYTE and time.monotonic() < deadline:
        time.sleep(0.02)
    found = held_bytes(process, shared=shared)
    is_child = process in children(os.getpid())
    os.kill(process, 9)
    os.waitpid(process, 0)

    assert is_child
    assert 40 * MEBIBYTE < found < 60 * MEBIBYTE
    assert 0 == own_bytes(process)
