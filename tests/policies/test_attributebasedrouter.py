"""The policy's arithmetic (contract §9.1), and that it is fit for AIOS."""

from __future__ import annotations

import re
import time

import pytest
from attribute_policy import (
    CODE,
    GUIDE,
    candidate,
    choose,
    fixture,
    free,
    policy,
    query,
    scores,
    shipped,
    tokens,
)
from hypothesis import given
from hypothesis import strategies as st


def test_worked_check_of_the_contract_gives_0_9000_and_0_1000(capsys):
    pair = [shipped("atlas-14b-chat"), shipped("lynx-27b-vision")]

    chosen = choose(pair, query(GUIDE))

    assert chosen["id"] == "atlas-14b-chat"
    lines = re.findall(r"'(.+)' - Final Score: (\S+)", capsys.readouterr().err)
    assert lines == [("atlas-14b-chat", "0.9000"), ("lynx-27b-vision", "0.1000")]


def test_swapped_weights_choose_the_other_block():
    pair = [shipped("atlas-14b-chat"), shipped("lynx-27b-vision")]

    assert (
        choose(pair, query({"Fast_Generator": 0.1, "Free_Block": 0.9}))["id"] == "lynx-27b-vision"
    )


@pytest.mark.parametrize(
    ("goal", "better", "worse"),
    [
        (
            "Cost_Saver",
            {"hardware": {"gpus": [{"totalMem": 1}]}},
            {"hardware": {"gpus": [{"totalMem": 2}]}},
        ),
        ("High_Quality_Lane", {"end_to_end_latency": 1}, {"end_to_end_latency": 2}),
        ("High_Quality_Lane", {"end_to_end_fps": 2}, {"end_to_end_fps": 1}),
        ("Balanced_Performer", {"end_to_end_latency": 1}, {"end_to_end_latency": 2}),
        ("Balanced_Performer", {"end_to_end_fps": 2}, {"end_to_end_fps": 1}),
        ("Fast_Generator", tokens(2), tokens(1)),
        ("Active_Block", {"llm_active_sessions": 2}, {"llm_active_sessions": 1}),
        (
            "Active_Block",
            {"tasks_processed": {"average_1m": 1}},
            {"tasks_processed": {"average_1m": 0}},
        ),
        ("Active_Block", {"end_to_end_count_total": 2}, {"end_to_end_count_total": 1}),
        ("Free_Block", {"llm_active_sessions": 1}, {"llm_active_sessions": 2}),
        ("Free_Block", {"queue_length": {"average_1m": 0}}, {"queue_length": {"average_1m": 1}}),
    ],
)
def test_each_instance_metric_of_a_goal_decides_in_its_direction(goal, better, worse):
    pair = [candidate("a", worse), candidate("b", better)]

    assert choose(pair, query({goal: 1}))["id"] == "b"


@pytest.mark.parametrize(
    ("goal", "better", "worse"),
    [
        ("Cost_Saver", {"params": 3}, {"params": 70}),
        ("Balanced_Performer", {"params": 3}, {"params": 70}),
        ("High_Quality_Lane", {"mmlu": 85}, {"mmlu": 75}),
    ],
)
def test_each_metadata_metric_of_a_goal_decides_in_its_direction(goal, better, worse):
    pair = [candidate("a", {}, **worse), candidate("b", {}, **better)]

    assert choose(pair, query({goal: 1}))["id"] == "b"


NUMBERS = st.floats(0, 1e9, allow_nan=False)
COLUMNS = st.lists(NUMBERS, min_size=1, max_size=12)


@given(COLUMNS)
def test_normalised_values_are_the_formula_of_9_1(column):
    lo, hi = min(column), max(column)
    expected = [0.5 if hi == lo else (x - lo) / (hi - lo) for x in column]

    assert policy.normalise(column, "max") == expected
    assert policy.normalise(column, "min") == [0.5 if hi == lo else 1 - n for n in expected]


@given(st.lists(st.none() | NUMBERS, min_size=1, max_size=12), st.sampled_from(["min", "max"]))
def test_missing_is_0_and_changes_no_other_value(column, best):
    result = policy.normalise(column, best)
    known = [x for x in column if x is not None]

    assert [n for n, x in zip(result, column, strict=True) if x is None] == [0.0] * column.count(
        None
    )
    assert [n for n, x in zip(result, column, strict=True) if x is not None] == policy.normalise(
        known, best
    )


@given(COLUMNS, st.floats(0, 10), st.floats(0, 10))
def test_final_score_is_the_weighted_sum_of_the_goal_scores(column, fast, quick):
    blocks = [
        candidate(f"b{n:02}", {**tokens(x), "end_to_end_latency": x}) for n, x in enumerate(column)
    ]
    alone = scores(blocks, {"Fast_Generator": 1}), scores(blocks, {"High_Quality_Lane": 1})
    both = scores(blocks, {"Fast_Generator": fast, "High_Quality_Lane": quick})

    assert both == pytest.approx({b: fast * alone[0][b] + quick * alone[1][b] for b in both})


@given(COLUMNS, st.randoms())
def test_winner_does_not_depend_on_the_order_of_the_candidates(column, random):
    blocks = [candidate(f"b{n}", tokens(x)) for n, x in enumerate(column)]
    shuffled = random.sample(blocks, len(blocks))

    assert choose(shuffled, query(GUIDE)) == choose(blocks, query(GUIDE))


def test_goal_listed_twice_counts_twice():
    goals = policy.read_goals({"optimization_goals": [{"name": "Fast_Generator"}] * 2})
    blocks = [candidate("a", tokens(1)), candidate("b", tokens(2))]
    board = policy.Scoreboard(blocks, [b["metrics"]["instances"][1:] for b in blocks], goals)

    assert board.final == [0.0, 2.0]


def test_goal_without_weight_weighs_1():
    assert policy.read_goals({"optimization_goals": [{"name": "Free_Block"}]})[0].weight == 1.0


def test_policy_depends_on_requests_alone():
    names = set(re.findall(r"^\s*(?:import|from) (\w+)", (CODE / "function.py").read_text(), re.M))

    assert (CODE / "requirements.txt").read_text().split(">=")[0].strip() == "requests"
    assert names == {
        "__future__",
        "itertools",
        "json",
        "logging",
        "os",
        "requests",
        "threading",
        "time",
        "typing",
        "urllib",
    }


def test_guides_registered_settings_and_request_parameters_choose_a_block():
    registration = fixture("guide", "registration")
    request = fixture("guide", "request")
    rule = request["selection_query"]["body"]["values"]["rankingPolicyRule"]["values"]
    pair = [shipped("atlas-14b-chat"), shipped("lynx-27b-vision")]

    chosen = choose(pair, rule["parameters"], registration["policy_settings"], rule["parameters"])

    assert chosen["id"] == "atlas-14b-chat"


def test_a_thousand_candidates_are_scored_in_a_moment():
    blocks = [candidate(f"b{n}", {**tokens(n % 50), **free(n % 7, n % 3)}) for n in range(1000)]
    instances = [policy.real_instances(b["metrics"]) for b in blocks]
    goals = policy.read_goals(query(GUIDE)["selection_query"])
    times = []
    for _ in range(5):
        began = time.perf_counter()
        policy.Scoreboard(blocks, instances, goals)
        times.append(time.perf_counter() - began)

    assert min(times) < 0.05  # about 4 ms on an idle machine
