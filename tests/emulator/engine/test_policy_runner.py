"""Policies run warm, apart and bounded: whatever one does, its caller hears and others do not."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.policy_runner import PolicyProcesses

from .archive_files import module, policy
from .policy_runs import CALL, is_running, outcome, run, with_runner


def test_eval_gets_the_constructors_parameters_object_the_list_and_none(tmp_path: Path) -> None:
    body = "return [self.rule_id, parameters is self.parameters, input_data, context]"

    assert ["", True, [{"id": "x"}], None] == run(tmp_path, policy(body))["result"]


def test_output_and_logging_come_back_line_by_line(tmp_path: Path) -> None:
    body = (
        "print('printed')\nlogging.info('logged')\nlogging.debug('hidden')\n"
        "os.system('echo from a child')\nsys.stderr.write('raw\\nend')"
    )
    before = "import logging\nlogging.warning('imported')\n"
    lines = run(tmp_path, policy(body, before=before))["logs"]

    assert [
        "WARNING:root:imported",
        "INFO:root:Initialized AgentSpaceFunction",
        "printed",
        "INFO:root:logged",
        "from a child",
        "raw",
        "end",
    ] == lines[-7:]


def test_a_handler_of_the_policys_own_doubles_its_lines(tmp_path: Path) -> None:
    before = (
        "import logging\n"
        "own = logging.getLogger('AIOSv1PolicyRule.')\n"
        "handler = logging.StreamHandler()\n"
        "handler.setFormatter(logging.Formatter('%(name)s - %(levelname)s - %(message)s'))\n"
        "own.addHandler(handler)\n"
    )
    lines = run(tmp_path, policy("own.info('Final Score')", before=before))["logs"]

    assert [
        "AIOSv1PolicyRule. - INFO - Final Score",
        "INFO:AIOSv1PolicyRule.:Final Score",
    ] == lines[-2:]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("def broken(:\n", "invalid syntax (function.py, line 1)"),
        ("x = 1", "module 'function' has no attribute 'AIOSv1PolicyRule'"),
        (
            "class AIOSv1PolicyRule:\n    def __init__(self): pass",
            "AIOSv1PolicyRule.__init__() takes 1 positional argument but 4 were given",
        ),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise KeyError('key')", "'key'"),
    ],
)
def test_what_cannot_be_imported_says_why(tmp_path: Path, source: str, error: str) -> None:

    assert (None, "raised", error) == outcome(run(tmp_path, module(source)))


def test_a_missing_function_file_is_named(tmp_path: Path) -> None:
    from .archive_files import zipped

    answer = run(tmp_path, zipped({"code/other.py": ""}))

    assert answer["error"].startswith("[Errno 2] No such file or directory: '")
    assert answer["error"].endswith("/code/function.py'")


def test_neighbours_of_the_function_are_not_importable_as_in_aios(tmp_path: Path) -> None:
    archive = policy("return 1", before="import helper\n", **{"helper.py": ""})

    assert "No module named 'helper'" == run(tmp_path, archive)["error"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return {'b': (1, 2), 3: None}", None),
        ("return {'b': (1, 2), 'a': None}", {"a": None, "b": [1, 2]}),
        ("return None", None),
        ("return [float('inf')]", [float("inf")]),
        ("import decimal\nreturn decimal.Decimal('1.5')", "1.5"),
        ("import datetime\nreturn datetime.date(2026, 1, 2)", "Fri, 02 Jan 2026 00:00:00 GMT"),
    ],
)
def test_results_become_json_as_flask_makes_them(tmp_path: Path, body: str, expected: Any) -> None:

    assert expected == run(tmp_path, policy(body)).get("result")


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


@pytest.mark.parametrize("before", ["import sys; sys.exit()\n", "import os; os._exit(1)\n"])
def test_an_import_that_exits_has_died(tmp_path: Path, before: str) -> None:

    assert "died" == run(tmp_path, policy("return 1", before=before))["kind"]


def test_an_import_that_hangs_times_out_and_shows_what_it_printed(tmp_path: Path) -> None:
    archive = policy("return 1", before="print('here')\nwhile True: pass\n")
    answer = run(tmp_path, archive, limit_s=1.5)

    assert ("timeout", "here") == (answer["kind"], answer["logs"][-1])


def test_threads_of_an_import_run_in_every_call(tmp_path: Path) -> None:
    before = (
        "import threading, queue\nasked, told = queue.Queue(), queue.Queue()\n"
        "def work():\n    while True: told.put(asked.get() * 2)\n"
        "threading.Thread(target=work, daemon=True).start()\n"
    )
    archive = policy("asked.put(21)\nreturn told.get(timeout=2)", before=before)

    async def twice(runner: PolicyProcesses) -> list[Any]:
        return [(await runner.run(archive, CALL, limit_s=8))["result"] for _ in range(2)]

    assert [42, 42] == with_runner(tmp_path, twice)


def test_calls_share_no_memory_and_the_import_happens_once(tmp_path: Path) -> None:
    before = "import os\nparent, seen = os.getpid(), []\n"
    archive = policy("seen.append(1)\nreturn [parent, len(seen), os.getcwd()]", before=before)

    async def thrice(runner: PolicyProcesses) -> list[Any]:
        return [(await runner.run(archive, CALL, limit_s=8))["result"] for _ in range(3)]

    results = with_runner(tmp_path, thrice)

    assert 1 == len({parent for parent, _, _ in results})
    assert [1, 1, 1] == [seen for _, seen, _ in results]
    assert 3 == len({folder for _, _, folder in results})


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


def test_endless_output_is_cut_and_does_not_fail_the_policy(tmp_path: Path) -> None:
    answer = run(tmp_path, policy("for _ in range(300): print('x' * 100_000)\nreturn 'done'"))

    assert "done" == answer["result"]
    assert sum(map(len, answer["logs"])) < 1_200_000
    assert "is not kept" in answer["logs"][-1]


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


def test_workers_end_with_an_emulator_that_is_killed(tmp_path: Path) -> None:
    import subprocess
    import sys

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


def test_a_warm_call_costs_milliseconds(tmp_path: Path) -> None:
    archive, call = policy("return input_data[0]"), {**CALL, "input_data": [{"id": "x"}] * 10}

    async def measure(runner: PolicyProcesses) -> list[float]:
        return [(await runner.run(archive, call, limit_s=8))["ms"] for _ in range(41)]

    cold, *warm = with_runner(tmp_path, measure)

    assert cold < 1_500
    # The bar is 4 ms; a machine busy with other tests gets some more.
    assert sorted(warm)[20] < 20


def test_local_mode_adds_metrics_clients_that_reach_the_service(tmp_path: Path) -> None:
    body = (
        "api = settings_of(self)['block_metrics_api']\n"
        "try: api.get_block('x')\n"
        "except OSError as error: return [type(api).__name__, 'refused' in str(error)]"
    )
    archive = policy(body, before="def settings_of(rule): return rule.settings\n")
    services = {"block_metrics": "http://127.0.0.1:9"}
    answer = run(tmp_path, archive, mode="local", services=services)

    assert ["GlobalBlocksMetricsClient", True] == answer["result"]
