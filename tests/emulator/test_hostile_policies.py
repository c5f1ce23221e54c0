"""Policies made to do harm: each gets its own failure in time, and a good one beside it runs on.

The number that pytest counts here is the number of hostile policies in SECURITY.md.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aios_nb.emulator.engine.policy_runner import PolicyProcesses

from .engine.archive_files import policy
from .engine.policy_runs import CALL, is_running

LIMIT_S = 1.5
SLACK_S = 2.5  # other tests share the two cores
GOOD = policy("return 'good'")
SELF, PARENT = "os.getpid()", "os.getppid()"


class Hostile(NamedTuple):
    """What ``eval`` does, and the outcome that its caller must get: a kind, or its result."""

    body: str
    kind: str
    text: str = ""


def own(name: str) -> str:
    """Return code that sends a signal to the policy's own process."""
    return f"import signal\nos.kill({SELF}, signal.{name})\ntime.sleep(9)"


# The worker's own names, which the functions that its frame above eval knows give away.
FORGE = (
    "worker = sys._getframe(1).f_globals\n"
    "encoding, sending = worker['encode'].__globals__, worker['send_bytes'].__globals__\n"
    "def says(text): return type('J', (), {'dumps': lambda *_, **__: text})\n"
)
HOSTILE: dict[str, Hostile] = {
    "endless loop": Hostile("while True: pass", "timeout"),
    "endless sleep": Hostile("time.sleep(600)", "timeout"),
    "endless recursion": Hostile(
        "return self.eval(parameters, input_data, context)", "raised", "maximum recursion"
    ),
    "recursion past the stack": Hostile(
        "sys.setrecursionlimit(10**9)\ndef f(): return f() + 1\nreturn f()", "any"
    ),
    "endless backtracking": Hostile("import re\nre.match('(a+)+$', 'a' * 64 + 'b')", "timeout"),
    "endless number": Hostile("return len(str(10 ** 10 ** 9))", "any"),
    "loop that takes no signal": Hostile(
        "import signal\nfor n in (1, 2, 3, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
    ),
    "lock that is never free": Hostile(
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", "timeout"
    ),
    "reading for ever": Hostile("open('/dev/zero', 'rb').read()", "any"),
    "fork bomb": Hostile(
        "for _ in range(200):\n    if os.fork() == 0: time.sleep(600)\ntime.sleep(600)", "any"
    ),
    "processes in sessions of their own": Hostile(
        "import subprocess\nfor _ in range(9): "
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\ntime.sleep(600)",
        "timeout",
    ),
    "daemon": Hostile(
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n"
        "    os._exit(0)\nreturn 'left'",
        "result", "left",
    ),
    "thread bomb": Hostile(
        "import threading\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()", "any"
    ),
    "threads left running": Hostile(
        "import threading\n"
        "for _ in range(9): threading.Thread(target=time.sleep, args=(600,)).start()\nreturn 'left'",
        "result", "left",
    ),
    "2 GB at once": Hostile("return len(bytearray(2 * 2**30))", "raised"),
    "memory bit by bit": Hostile("x = []\nwhile True: x.append(bytearray(2**20))", "any"),
    "memory in children": Hostile(
        "for _ in range(9):\n    if os.fork() == 0: x = bytearray(2 * 2**30)\ntime.sleep(600)", "any"
    ),
    "1 GB printed": Hostile(
        "for _ in range(1024): print('x' * 2**20)\nreturn 'done'", "cut"
    ),
    "1 GB written past print": Hostile(
        "for _ in range(1024): os.write(1, b'x' * 2**20)\nreturn 'done'", "raised", "File too large"
    ),
    "1 GB printed by a child": Hostile(
        "os.system('head -c 1G /dev/zero')\nreturn 'done'", "result", "done"
    ),
    "1 GB logged": Hostile(
        "import logging\nfor _ in range(1024): logging.error('x' * 2**20)\nreturn 'done'",
        "cut",
    ),
    "1 GB file": Hostile(
        "with open('big', 'wb') as f:\n    for _ in range(1024): f.write(bytes(2**20))", "raised", "too large"
    ),
    "a million files": Hostile("for n in range(10**6): open(f'f{n}', 'w').close()", "any"),
    "files without end": Hostile("x = []\nwhile True: x.append(open('f', 'w'))", "raised", "Too many"),
    "sockets without end": Hostile(
        "import socket\nx = []\nwhile True: x.append(socket.socket())", "raised", "Too many"
    ),
    "pipes without end": Hostile("while True: os.pipe()", "raised", "Too many"),
    "folders without end": Hostile("while True:\n    os.mkdir('d')\n    os.chdir('d')", "any"),
    "sys.exit": Hostile("sys.exit('bye')", "died"),
    "SystemExit from a thread": Hostile("raise SystemExit(3)", "died"),
    "KeyboardInterrupt": Hostile("raise KeyboardInterrupt", "died"),
    "GeneratorExit": Hostile("raise GeneratorExit", "died"),
    "an exception of its own kind": Hostile("raise type('E', (BaseException,), {})('x')", "died"),
    "an exception without words": Hostile(
        "class E(Exception):\n    def __str__(self): raise self\nraise E()", "any"
    ),
    "os._exit": Hostile("os._exit(0)", "died"),
    "os.abort": Hostile("os.abort()", "died"),
    "segmentation fault": Hostile("import ctypes\nctypes.string_at(0)", "died"),
    "SIGKILL": Hostile(own("SIGKILL"), "died"),
    "SIGTERM": Hostile(own("SIGTERM"), "died"),
    "SIGALRM": Hostile(own("SIGALRM"), "died"),
    "SIGSTOP": Hostile(own("SIGSTOP"), "timeout"),
    "kills its worker": Hostile(f"os.kill({PARENT}, 9)\ntime.sleep(9)", "died"),
    "stops its worker": Hostile(
        f"import signal\nos.kill({PARENT}, signal.SIGSTOP)\nreturn 'stopped'", "result", "stopped"
    ),
    "kills its group": Hostile("os.killpg(0, 9)", "died"),
    "becomes another program": Hostile("os.execv('/bin/sleep', ['sleep', '600'])", "any"),
    "closes every file": Hostile("os.closerange(0, 4096)\nreturn 1", "died"),
    "closes its output": Hostile("os.close(1)\nos.close(2)\nreturn 'mute'", "result", "mute"),
    "breaks json": Hostile("import json\njson.dumps = None\nreturn 1", "any"),
    "breaks built-ins": Hostile("import builtins\nbuiltins.len = builtins.str = None\nreturn 1", "any"),
    "breaks os": Hostile("os._exit = lambda *_: None\nreturn 'alive'", "result", "alive"),
    "breaks sockets": Hostile(
        "import socket\nsocket.socket.sendall = lambda *_: None\nreturn 1", "any"
    ),
    "breaks sys.stdout": Hostile("sys.stdout = sys.stderr = None\nreturn 'mute'", "result", "mute"),
    "forges its answer": Hostile(
        FORGE + "encoding['json'] = says('not JSON')\nreturn 1", "died"
    ),
    "forges a list": Hostile(
        FORGE + "encoding['json'] = says('[1]')\nreturn 1", "died"
    ),
    "forges a length": Hostile(
        FORGE + "sending['LENGTH'] = type('L', (), {'pack': lambda s, n: b'\\xff' * 8})()\nreturn 1",
        "died",
    ),
    "100 MB text": Hostile("return 'x' * 100_000_000", "large"),
    "100 MB list": Hostile("return [0] * 34_000_000", "any"),
    "deep result": Hostile("x = []\nfor _ in range(10**5): x = [x]\nreturn x", "unserialisable"),
    "circle": Hostile("x = []\nx.append(x)\nreturn x", "unserialisable", "Circular"),
    "NaN": Hostile("return [float('nan')]", "result"),
    "infinity": Hostile("return float('-inf')", "result", "-inf"),
    "endless integer": Hostile("return 10 ** 5000", "unserialisable", "digits"),
    "generator": Hostile("return (n for n in [1])", "unserialisable", "generator"),
    "endless generator": Hostile("import itertools\nreturn itertools.count()", "unserialisable"),
    "set": Hostile("return {1}", "unserialisable", "set is not JSON"),
    "bytes": Hostile("return b'x'", "unserialisable", "bytes is not JSON"),
    "keys of many kinds": Hostile("return {1: 1, 'a': 2}", "unserialisable", "not supported"),
    "lone surrogate": Hostile("return '\\ud800'", "result", "\ud800"),
    "result that raises": Hostile(
        "class E:\n    def __html__(self): raise KeyError('x')\nreturn E()", "unserialisable"
    ),
    "result that never ends": Hostile(
        "class E:\n    def __html__(self):\n        while True: pass\nreturn E()", "timeout"
    ),
    "result that exits": Hostile("class E:\n    def __html__(self): os._exit(0)\nreturn E()", "died"),
    "raises its limits": Hostile(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))\nreturn 1", "raised", "limit"
    ),
    "becomes root": Hostile("os.setuid(0)\nos.chroot('/')\nreturn 1", "raised", "not permitted"),
    "reads another process": Hostile("open(f'/proc/1/environ').read()", "raised", "ermission"),
}  # fmt: skip


# Which limit is met first depends on the machine; a cut output is no failure by itself.
EXPECTED = {
    "any": {"raised", "timeout", "died", "unserialisable"},
    "cut": {"result", "timeout"},
    "large": {"unserialisable", "timeout"},  # engine/test_policy_runner.py has the exact words
}


class Bench:
    """One runner for all, with a good policy that is warm."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.Runner()
        self.runner = self.loop.run(self._open(folder))

    async def _open(self, folder: Path) -> PolicyProcesses:
        runner = PolicyProcesses(folder)
        assert (await runner.run(GOOD, CALL, limit_s=30))["result"] == "good"
        return runner

    def close(self) -> None:
        self.loop.run(self.runner.close())
        self.loop.close()

    async def run(
        self, archive: bytes, limit_s: float = LIMIT_S
    ) -> tuple[dict[str, Any], float, list[float]]:
        """Return a hostile policy's answer, its seconds, and the good one's milliseconds beside."""
        await self.runner.run(archive, {**CALL, "constructs_only": True}, limit_s=30)
        begun = time.monotonic()
        task = asyncio.create_task(self.runner.run(archive, CALL, limit_s=limit_s))
        good: list[float] = []
        while not task.done() or len(good) < 3:
            answer = await self.runner.run(GOOD, CALL, limit_s=20)
            assert answer["result"] == "good"
            good.append(answer["ms"])
        return await task, time.monotonic() - begun, good


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    opened = Bench(tmp_path_factory.mktemp("runner"))
    yield opened
    opened.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_policy_fails_by_itself_in_time(bench: Bench, name: str) -> None:
    hostile = HOSTILE[name]
    # What ends by itself has time to do so on a busy machine.
    is_ended = hostile.kind in {"timeout", *EXPECTED}
    limit_s = LIMIT_S if is_ended else 4 * LIMIT_S
    answer, took, good = bench.loop.run(bench.run(policy(hostile.body), limit_s))
    kind = answer["kind"] if not answer["ok"] else "result"

    assert took < limit_s + SLACK_S
    assert kind in EXPECTED.get(hostile.kind, {hostile.kind}), answer
    assert hostile.text in str(answer.get("error", answer.get("result")))
    assert sum(map(len, answer["logs"])) < 1_200_000
    assert statistics.median(good) < 750
    assert not is_running(answer["pid"]) or has_ended(answer["pid"])


def has_ended(process: int) -> bool:
    deadline = time.monotonic() + 3
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(process)


def test_nothing_of_them_is_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for name in ("daemon", "processes in sessions of their own", "stops its worker", "fork bomb"):
        bench.loop.run(bench.run(policy(HOSTILE[name].body)))
    bench.close()
    deadline = time.monotonic() + 5
    while _of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert [] == _of(tmp_path)
    assert [] == list((tmp_path / "runs").glob("scratch-*"))


def _of(folder: Path) -> list[int]:
    """Return the processes that work in a folder."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            where = os.readlink(f"/proc/{process}/cwd")
        except OSError:
            continue
        if where.startswith(str(folder)):
            found.append(int(process))
    return found
