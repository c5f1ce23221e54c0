"""What the LLM matcher falls back to: the ranking of attributebasedrouter."""

from __future__ import annotations

import sys

import pytest
from llm_policy import PAIR, choose, options, router, summaries_shown
from model_server import ModelServer
from shipped_policies import FLEET, shipped, warnings


def query(goals):
    return {"optimization_goals": [{"name": n, "weight": w} for n, w in goals.items()]}


@pytest.mark.parametrize(
    "goals", [{g: 1} for g in router.GOALS] + [{"Fast_Generator": 0.9, "Free_Block": 0.1}], ids=str
)
def test_fallback_is_the_choice_of_attributebasedrouter(goals):
    parameters = {"selection_query": query(goals)}
    expected = router.AIOSv1PolicyRule("", None, None).eval(parameters, shipped(*FLEET), None)
    with ModelServer("no idea") as server:
        chosen = choose(shipped(*FLEET), {**options(server), **parameters})

    assert chosen["id"] == expected["id"]


@pytest.mark.parametrize("goals", [{"Fast_Generator": 0.9, "Free_Block": 0.1}, {"Cost_Saver": 2}])
def test_ranking_has_the_order_of_attributebasedrouter(goals):
    candidates = shipped(*FLEET)
    instances = [router.real_instances(c["metrics"]) or [] for c in candidates]
    board = router.Scoreboard(candidates, instances, router.read_goals(query(goals)))
    ranking = sys.modules["llmmatcher.ranking"]

    ranked = ranking.rank(candidates, list(goals.items()))

    assert [c["id"] for c in ranked] == [candidates[n]["id"] for n in board.order]


def test_a_goal_that_is_none_is_ignored_and_named_in_the_log(capsys):
    goals = {"optimization_goals": [{"name": "Cheap"}, {"name": "Cost_Saver"}]}
    with ModelServer("?") as server:
        chosen = choose(shipped(*PAIR), options(server, selection_query=goals))

    assert chosen["id"] == "finch-8b-chat"
    assert "Goals ignored in the ranking: [{'name': 'Cheap'}]" in warnings(capsys)[0]


def test_only_the_first_of_the_ranking_are_shown():
    with ModelServer("1") as server:
        choose(shipped(*FLEET), options(server, max_candidates=3))
        seen = [s["id"] for s in summaries_shown(server)]

    assert len(seen) == 3
    assert seen[0] == "cedar-34b-batch"
