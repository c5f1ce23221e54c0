"""The formulas of contract §9.1, and where the two policies part."""

from typing import Any

from aios_nb import OptimizationGoal
from aios_nb.explanation import score_candidates

FAST, FREE = OptimizationGoal("Fast_Generator", 0.9), OptimizationGoal("Free_Block", 0.1)


def block(name: str, *instances: dict[str, Any]) -> dict[str, Any]:
    real = [{"instanceId": f"in-{n}"} | entry for n, entry in enumerate(instances)]
    return {"id": name, "metrics": {"instances": [{"instanceId": "executor"}, *real]}}


def load(tokens: float, sessions: int, queue: float) -> dict[str, Any]:
    return {
        "llm_tokens_per_second": tokens,
        "llm_active_sessions": sessions,
        "queue_length": {"average_1m": queue},
    }


PAIR = [block("atlas", load(41.8, 3, 1)), block("lynx", load(22.5, 0, 0))]


def test_both_formulas_give_the_contracts_worked_example() -> None:
    finals = {
        formula: [round(s.final, 9) for s in score_candidates(PAIR, [FAST, FREE], formula=formula)]
        for formula in ("kit", "upstream")
    }

    assert {"kit": [0.9, 0.1], "upstream": [0.9, 0.1]} == finals


def test_swapped_weights_swap_the_winner() -> None:
    swapped = [OptimizationGoal("Fast_Generator", 0.1), OptimizationGoal("Free_Block", 0.9)]

    assert "lynx" == score_candidates(PAIR, swapped)[0].block_id


def test_a_dead_block_is_free_upstream_and_last_here() -> None:
    fleet = [*PAIR, block("dead")]
    upstream = score_candidates(fleet, [FREE], formula="upstream")

    assert {"lynx", "dead"} == {s.block_id for s in upstream if s.final == 0.1}
    assert "dead" == score_candidates(fleet, [FREE])[-1].block_id


def test_upstream_without_metrics_every_score_is_half_and_the_first_wins() -> None:
    scores = score_candidates(PAIR[::-1], [FAST], formula="upstream", sees_metrics=False)

    assert [("lynx", 0.45), ("atlas", 0.45)] == [(s.block_id, s.final) for s in scores]


def test_upstream_reads_the_first_instance_and_the_kit_their_mean() -> None:
    fleet = [block("two", load(10, 0, 0), load(30, 0, 0)), block("one", load(15, 0, 0))]
    winners = {f: score_candidates(fleet, [FAST], formula=f)[0].block_id for f in FORMULAS}

    assert {"kit": "two", "upstream": "one"} == winners


FORMULAS: tuple[Any, ...] = ("kit", "upstream")
