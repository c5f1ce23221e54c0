"""Tables say what AIOS answered, and nothing else."""

import json
from dataclasses import dataclass
from typing import Any

from aios_nb import Condition, FilterRule, MetricCondition, frames

MMLU = Condition("component.componentMetadata.evaluation.benchmarks.MMLU.value", ">=", 80)
CHAT = Condition("component.componentMetadata.usecase", "LIKE", "*chat*")
UPTIME = MetricCondition("avg", "instances.uptime_hours", ">", 10)
TOKENS = MetricCondition("avg", "instances.llm_tokens_per_second", ">", 10)
BLOCKS = [{"id": "a"}, {"id": "b"}]


def block(block_id: str, *entries: dict[str, Any], mmlu: float | None = None) -> dict[str, Any]:
    benchmarks = {} if mmlu is None else {"MMLU": {"value": mmlu}}
    metadata = {"usecase": "chat-completion", "evaluation": {"benchmarks": benchmarks}}
    component = {"componentMetadata": metadata}
    return {"id": block_id, "component": component, "metrics": {"instances": list(entries)}}


def line(block_id: str, final: float, *goals: tuple[str, float, float, float]) -> str:
    parts = [
        {"name": n, "weight": w, "score": s, "metrics": {"m": {"raw": raw, "normalised": s}}}
        for n, w, s, raw in goals
    ]
    details = json.dumps({"live_instances": 1, "goals": parts})
    start = f"2026-01-01 12:00:00,000 - AIOSv1PolicyRule - INFO - Candidate '{block_id}'"
    return f"{start} - Final Score: {final:.4f} - Parsed Metrics: {details}"


def test_candidates_average_a_measure_over_the_entries_that_report_it() -> None:
    executor = {"instanceId": "executor", "uptime_hours": 3.46}
    real = [{"instanceId": f"in-{n}", "llm_tokens_per_second": n} for n in (20, 41)]
    row = frames.candidates([block("a", executor, *real, mmlu=80.96)]).loc["a"]

    assert (3.5, 30.5, 2, 80.96) == tuple(row[["uptime h", "tokens/s", "instances", "MMLU"]])


def test_candidates_leave_empty_what_a_block_does_not_report() -> None:
    row = frames.candidates([block("a"), block("b", mmlu=80)]).loc["a"]

    assert ("", "", 0) == (row["MMLU"], row["uptime h"], row["instances"])


def test_candidates_of_nothing_is_an_empty_table_with_the_same_columns() -> None:
    empty = frames.candidates([])

    assert (0, list(frames.candidates([block("a")]).columns)) == (len(empty), list(empty.columns))


def test_conditions_ask_for_each_condition_alone_and_then_for_the_whole_rule() -> None:
    asked: list[FilterRule] = []
    rule = FilterRule(block=CHAT & (MMLU | CHAT), metrics=UPTIME | TOKENS)
    frames.conditions(rule, find=lambda r: asked.append(r) or BLOCKS, blocks=BLOCKS)

    assert rule == asked[-1]
    assert [1] * 5 == [len(_only(r)["conditions"]) for r in asked[:-1]]


def test_conditions_hold_the_answers_as_booleans() -> None:
    rule = FilterRule(block=MMLU, metrics=UPTIME | TOKENS)
    answers = iter([[{"id": "a"}], BLOCKS, [], [{"id": "b"}]])
    table = frames.conditions(rule, find=lambda _: next(answers), blocks=BLOCKS)

    assert [[True, True, False, False], [False, True, False, True]] == table.to_numpy().tolist()
    assert [
        ("blockQuery: all of", "MMLU >= 80"),
        ("blockMetricsQuery: any of", "avg uptime_hours > 10"),
        ("blockMetricsQuery: any of", "avg llm_tokens_per_second > 10"),
        ("answer", "candidate"),
    ] == list(table.columns)


def test_conditions_that_appear_twice_give_one_column() -> None:
    rule = FilterRule(block=MMLU & MMLU)
    table = frames.conditions(rule, find=lambda _: BLOCKS, blocks=BLOCKS)

    assert (2, 2) == table.shape


def test_scores_come_from_the_log_best_first() -> None:
    goals = ("Fast_Generator", 0.9, 1.0, 41.8), ("Free_Block", 0.1, 0.25, 3.0)
    table = frames.scores(["noise", line("b", 0.2), line("a", 0.925, *goals)])

    assert ["a", "b"] == list(table.index)
    assert [
        ("Fast_Generator x 0.9", "m"),
        ("Fast_Generator x 0.9", "score"),
        ("Free_Block x 0.1", "m"),
        ("Free_Block x 0.1", "score"),
        ("", "final"),
    ] == list(table.columns)
    assert [41.8, 1.0, 3.0, 0.25, 0.925] == list(table.loc["a"])
    assert ["", "", "", "", 0.2] == list(table.loc["b"])


def test_scores_read_the_plain_lines_of_other_policies_and_drop_their_copies() -> None:
    copies = ["INFO - Candidate 'a' - Final Score: 0.5", "INFO:x:Candidate 'a' - Final Score: 0.5"]

    assert [[0.5]] == frames.scores(copies).to_numpy().tolist()


def test_equal_scores_stand_in_alphabetical_order() -> None:
    table = frames.scores([line(name, 0.5) for name in "cab"])

    assert ["a", "b", "c"] == list(table.index)


def test_scores_without_a_score_line_is_an_empty_table() -> None:

    assert (0, 1) == frames.scores(["nothing here"]).shape


@dataclass
class Call:
    service: str = "adhoc"
    method: str = "POST"
    url: str = "http://127.0.0.1:4711/adhoc/v1/infer?x=1"
    status: int = 200
    received: Any = None


def test_history_shows_paths_without_hosts_and_short_answers() -> None:
    table = frames.history([Call(received={"message": "x" * 100})])

    assert "POST /adhoc/v1/infer" == table.loc[0, "call"]
    assert 60 == len(table.loc[0, "answer"])


def _only(rule: FilterRule) -> dict[str, Any]:
    (query,) = rule.to_wire()["filter"].values()
    return query
