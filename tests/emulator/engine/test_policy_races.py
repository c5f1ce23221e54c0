"""Calls that meet a worker's start or end in the same moment get answers of their own."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.policy_preparing import Workshop
from aios_nb.emulator.engine.policy_process import Worker
from aios_nb.emulator.engine.policy_runner import PolicyProcesses
from aios_nb.emulator.engine.policy_start import Starter
from aios_nb.emulator.engine.policy_worker.processes import children

from .archive_files import policy
from .policy_runs import CALL, JSON, outcome, with_runner

GONE = "the policy's process ended without an answer (exit, signal, or out of memory)"
PAUSE = "time.sleep(parameters['s'])\nreturn 'slept'"
START = Starter.start


def pausing(runner: PolicyProcesses, archive: bytes, s: float, *, limit_s: float = 8) -> Any:
    return runner.run(archive, {**CALL, "parameters": {"s": s}}, limit_s=limit_s)


def only_worker(runner: PolicyProcesses) -> Worker:
    (task,) = runner._workers.values()
    return task.result()


def test_a_worker_that_is_just_ready_is_not_ended_as_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(runner: PolicyProcesses) -> JSON:
        async def start(*asked: Any, **call: Any) -> Worker:
            worker = await START(*asked, **call)
            # What the end of another archive's call does, before the waiting one goes on.
            asyncio.get_running_loop().call_soon(runner._end_idle)
            return worker

        monkeypatch.setattr(Starter, "start", start)
        return await runner.run(policy("return 'fine'"), CALL, limit_s=4)

    assert ("fine", None, None) == outcome(with_runner(tmp_path, use, kept=0))


def test_a_call_that_comes_just_as_a_start_fails_is_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = policy("return 1", before="raise ValueError('no import')\n")

    async def use(runner: PolicyProcesses) -> list[JSON]:
        late: list[asyncio.Task[JSON]] = []

        async def start(*asked: Any, **call: Any) -> Worker:
            try:
                return await START(*asked, **call)
            finally:
                if not late:
                    late.append(asyncio.create_task(runner.run(archive, CALL, limit_s=8)))

        monkeypatch.setattr(Starter, "start", start)
        return [await runner.run(archive, CALL, limit_s=8), await late[0]]

    answers = with_runner(tmp_path, use)

    assert [(None, "raised", "no import")] * 2 == [outcome(answer) for answer in answers]


def test_calls_that_wait_for_a_process_are_told_when_it_is_replaced(tmp_path: Path) -> None:
    archive = policy(PAUSE)

    async def use(runner: PolicyProcesses) -> list[JSON]:
        await pausing(runner, archive, 0)
        process = only_worker(runner).process
        process.send_signal(signal.SIGSTOP)  # one child waits already; no other will come
        calls = [asyncio.create_task(pausing(runner, archive, 0, limit_s=4)) for _ in range(3)]
        await asyncio.sleep(0.1)
        process.kill()
        process.wait()  # the next call sees it before the loop does
        assert "slept" == (await pausing(runner, archive, 0))["result"]
        return [await call for call in calls[1:]]

    answers = with_runner(tmp_path, use)

    assert [(None, "died", GONE)] * 2 == [outcome(answer) for answer in answers]


def test_calls_that_give_up_leave_no_children_behind(tmp_path: Path) -> None:
    archive = policy(PAUSE)

    async def use(runner: PolicyProcesses) -> int:
        await pausing(runner, archive, 0)
        process = only_worker(runner).process
        process.send_signal(signal.SIGSTOP)
        for _ in range(8):
            await pausing(runner, archive, 0, limit_s=0.02)
        process.send_signal(signal.SIGCONT)
        await pausing(runner, archive, 0)
        await asyncio.sleep(0.3)
        return len(children(only_worker(runner).process.pid))

    assert 1 == with_runner(tmp_path, use)


def test_an_archive_has_its_share_of_calls_though_its_process_dies(tmp_path: Path) -> None:
    body = "begun = time.monotonic()\ntime.sleep(0.4)\nreturn [begun, time.monotonic()]"
    archive = policy(body)

    async def use(runner: PolicyProcesses) -> list[JSON]:
        await runner.run(archive, CALL, limit_s=8)
        calls = [asyncio.create_task(runner.run(archive, CALL, limit_s=8)) for _ in range(6)]
        await asyncio.sleep(0.1)
        os.kill(only_worker(runner).process.pid, signal.SIGKILL)
        await asyncio.wait(calls[:2])
        more = [runner.run(archive, CALL, limit_s=8) for _ in range(4)]
        return [*await asyncio.gather(*calls, *more)]

    answers = with_runner(tmp_path, use, processes=4)
    spans = [answer["result"] for answer in answers if answer["ok"]]
    at_once = [sum(begun <= moment < ended for begun, ended in spans) for moment, _ in spans]

    assert 8 == len(spans)
    assert 2 == max(at_once)


def test_a_close_goes_on_though_a_call_ends_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = policy("return 1", before="import time\ntime.sleep(9)\n"), policy(PAUSE)

    async def use(runner: PolicyProcesses) -> str:
        running: list[asyncio.Task[JSON]] = []

        async def start(*asked: Any, **call: Any) -> Worker:
            try:
                return await START(*asked, **call)
            except asyncio.CancelledError:
                await asyncio.wait(running)
                raise

        monkeypatch.setattr(Starter, "start", start)
        starting = asyncio.create_task(runner.run(slow, CALL, limit_s=20))
        await asyncio.sleep(0)
        running.append(asyncio.create_task(pausing(runner, fast, 0.8)))
        await asyncio.sleep(0.6)
        await runner.close()
        await asyncio.wait([starting])
        return str(running[0].result().get("result"))

    assert "slept" == with_runner(tmp_path, use, kept=0)


def test_an_installation_that_begins_amid_a_close_is_ended(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, hidden=())
    workshop.close()
    process = subprocess.Popen(["sleep", "60"])
    workshop._started(process)

    assert -signal.SIGTERM == process.wait(5)
