"""In local mode a policy finds clients of the metrics services in its settings."""

from pathlib import Path
from typing import Any

from aios_nb.emulator.engine.policy_runner import PolicyProcesses

from ..archive_files import policy
from ..policy_runs import CALL, run, with_runner


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


def test_one_process_answers_calls_of_both_modes(tmp_path: Path) -> None:
    before = "def settings_of(rule): return rule.settings\n"
    archive = policy("return [*sorted(settings_of(self)), os.getppid()]", before=before)

    async def each(runner: PolicyProcesses) -> list[Any]:
        calls = [{**CALL, "mode": mode} for mode in ("executor", "local", "executor")]
        return [(await runner.run(archive, call, limit_s=8))["result"] for call in calls]

    (worker,), local, again = with_runner(tmp_path, each)

    assert ["block_metrics_api", "cluster_metrics_api", worker] == local
    assert [worker] == again
