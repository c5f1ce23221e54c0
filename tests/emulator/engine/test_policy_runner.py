"""Policies run warm, apart and bounded: whatever one does, its caller hears and others do not."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine import policy_holdings
from aios_nb.emulator.engine.policy_runner import PolicyProcesses

from .archive_files import policy
from .policy_runs import CALL, JSON, is_running, run, with_runner


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("raise ValueError('boom')", "raised", "boom"),
        ("return {1, 2}", "unserialisable", "Object of type set is not JSON serializable"),
        (
            "return (n for n in [1])",
            "unserialisable",
            "Object of type generator is not JSON serializable",
        ),
        ("x = []\nx.append(x)\nreturn x", "unserialisable", "Circular reference detected"),
        ("return self.eval(parameters, input_data, context)", "raised", "maximum recursion"),
        ("return 'x' * 20_000_000", "unserialisable", "the emulator's limit is 16777216"),
        ("return bytearray(2 * 2**30)", "raised", ""),
        ("sys.exit()", "died", "ended without an answer"),
        ("os._exit(0)", "died", "ended without an answer"),
        ("os.kill(os.getpid(), 9)", "died", "ended without an answer"),
        ("os.kill(os.getppid(), 9)\ntime.sleep(9)", "died", "ended without an answer"),
        ("import ctypes\nctypes.string_at(0)", "died", "ended without an answer"),
        ("while True: pass", "timeout", "no answer within 0.7 s"),
        ("time.sleep(60)", "timeout", "no answer within 0.7 s"),
    ],
)
def test_a_policy_that_misbehaves_gets_its_own_outcome(
    tmp_path: Path, body: str, kind: str, error: str
) -> None:
    answer = run(tmp_path, policy(body), limit_s=0.7)

    assert (False, kind) == (answer["ok"], answer["kind"])
    assert error in answer["error"]
    assert answer["ms"] < 2_000


def test_a_hanging_policy_does_not_hold_up_another(tmp_path: Path) -> None:
    bad, good = policy("while True: pass"), policy("return 'good'")

    async def both(runner: PolicyProcesses) -> float:
        await runner.run(good, CALL, limit_s=8)
        hanging = [asyncio.create_task(runner.run(bad, CALL, limit_s=1)) for _ in range(6)]
        await asyncio.sleep(0.2)
        answers = [await runner.run(good, CALL, limit_s=8) for _ in range(5)]
        assert ["timeout"] * 6 == [a["kind"] for a in await asyncio.gather(*hanging)]
        assert all(a["result"] == "good" for a in answers)
        return float(sorted(a["ms"] for a in answers)[2])

    assert with_runner(tmp_path, both, processes=8) < 500


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    before = "import os\nparent = os.getpid()\n"
    archive = policy("return parent", before=before)

    async def kill_between(runner: PolicyProcesses) -> list[int]:
        first = (await runner.run(archive, CALL, limit_s=8))["result"]
        os.kill(first, 9)
        await asyncio.sleep(0.1)
        return [first, (await runner.run(archive, CALL, limit_s=8))["result"]]

    first, second = with_runner(tmp_path, kill_between)

    assert first != second > 0


def test_fifty_calls_at_once_are_answered_each_with_its_own(tmp_path: Path) -> None:
    archive = policy("return input_data[0]['n']")

    async def many(runner: PolicyProcesses) -> list[Any]:
        calls = [{**CALL, "input_data": [{"n": n}]} for n in range(50)]
        answers = await asyncio.gather(*(runner.run(archive, c, limit_s=8) for c in calls))
        return [a["result"] for a in answers]

    assert list(range(50)) == with_runner(tmp_path, many)


def test_few_idle_workers_are_kept_and_none_after_close(tmp_path: Path) -> None:
    before = "import os\nparent = os.getpid()\n"

    async def several(runner: PolicyProcesses) -> list[int]:
        parents = []
        for n in range(4):
            archive = policy(f"return [{n}, parent]", before=before)
            parents.append((await runner.run(archive, CALL, limit_s=8))["result"][1])
        await asyncio.sleep(0.3)
        assert [False, False, True, True] == [is_running(p) for p in parents]
        return parents

    parents = with_runner(tmp_path, several, kept=2)

    assert not any(map(is_running, parents))
    assert [] == list((tmp_path / "runs").glob("scratch-*"))


def test_a_warm_call_costs_milliseconds(tmp_path: Path) -> None:
    archive, call = policy("return input_data[0]"), {**CALL, "input_data": [{"id": "x"}] * 10}

    async def measure(runner: PolicyProcesses) -> list[float]:
        return [(await runner.run(archive, call, limit_s=8))["ms"] for _ in range(41)]

    cold, *warm = with_runner(tmp_path, measure)

    assert cold < 1_500
    # The bar is 4 ms; a machine busy with other tests gets some more.
    assert sorted(warm)[20] < 20


def test_calls_at_one_time_find_their_documents_while_others_push_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_holdings, "MOST_DOCUMENTS", 4)
    archive = policy("return [one['id'] for one in input_data]")
    fleets = [[{"id": f"{name}{n}"} for n in range(3)] for name in "abcd"]

    async def use(runner: PolicyProcesses) -> list[JSON]:
        calls = [{**CALL, "input_data": fleet} for _ in range(12) for fleet in fleets]
        await runner.run(archive, calls[0], limit_s=8)  # starts the process
        # Each fleet twice in turn: the second time it is handed over, and the last one forgotten.
        in_turn = [call for call in calls for _ in range(2)]
        return await asyncio.gather(*(runner.run(archive, call, limit_s=20) for call in in_turn))

    answers = with_runner(tmp_path, use)
    wanted = [[one["id"] for one in fleet] for _ in range(12) for fleet in fleets for _ in "12"]

    assert wanted == [answer.get("result", answer.get("error")) for answer in answers]


def test_calls_that_came_with_too_little_time_end_no_other(tmp_path: Path) -> None:
    archive = policy("time.sleep(parameters['s'])\nreturn 'slept'", before="import time\n")

    def call(runner: PolicyProcesses, sleep_s: float, limit_s: float) -> Any:
        return runner.run(archive, {**CALL, "parameters": {"s": sleep_s}}, limit_s=limit_s)

    async def use(runner: PolicyProcesses) -> list[JSON]:
        await call(runner, 0, 8)
        hurried = [call(runner, 0, 0.002) for _ in range(10)]
        return await asyncio.gather(call(runner, 0.5, 8), *hurried)

    answers = with_runner(tmp_path, use)

    assert "slept" == answers[0].get("result", answers[0].get("error"))
    assert "timeout" in {answer.get("kind") for answer in answers[1:]}
