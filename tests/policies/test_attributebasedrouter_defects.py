"""How the policy judges, where the deployed one misjudges: the other defects of contract §9.3."""

from __future__ import annotations

import copy
import logging
import re

import pytest
from attribute_policy import GUIDE, candidate, choose, free, policy, query, scores, shipped, tokens


def test_p4_memory_of_all_gpus_of_an_instance_counts():
    def gpus(*sizes):
        return {"hardware": {"gpus": [{"id": n, "totalMem": s} for n, s in enumerate(sizes)]}}

    pair = [candidate("a", gpus(40, 40), params=7), candidate("b", gpus(48), params=7)]

    assert choose(pair, query({"Cost_Saver": 1}))["id"] == "b"


def test_p5_metadata_is_read_below_component():
    pair = [candidate("a", {}, params=70), candidate("b", {}, params=3)]
    pair[0]["componentMetadata"] = {"architecture": {"parameterCountB": 1}}

    assert choose(pair, query({"Cost_Saver": 1}))["id"] == "b"


@pytest.mark.parametrize(
    ("application_type", "expected"),
    [
        ("Vision", "b"),
        ("Chat", "a"),
        ("multi-modal", "b"),
        ("Multi-Modal", "b"),
        (None, "a"),
        ("", "a"),
    ],
)
def test_p6_application_type_keeps_the_blocks_of_its_use_case(application_type, expected):
    settings = {"APP_MAP": {"Chat": "chat-completion", "Vision": "multi-modal"}}
    pair = [
        candidate("a", tokens(9)),
        candidate("b", tokens(1), usecase="chat-completion, multi-modal"),
    ]
    parameters = query({"Fast_Generator": 1}, application_type=application_type)

    assert choose(pair, parameters, settings)["id"] == expected


def test_p6_application_type_that_nobody_serves_is_refused_with_what_is_served():
    with pytest.raises(policy.PolicyError) as caught:
        choose([candidate("a", tokens(1))], query(GUIDE, application_type="RAG"))

    assert "application_type is 'RAG'" in str(caught.value)
    assert "'chat-completion'" in str(caught.value)


@pytest.mark.parametrize("goal", sorted(policy.GOALS))
def test_p7_block_without_live_instance_wins_no_goal(goal):
    dead = candidate("a", params=1, mmlu=99)
    live = candidate("b", {"end_to_end_latency": 90, **tokens(1), **free(50, 9)}, params=70, mmlu=1)

    assert choose([dead, live], query({goal: 1}))["id"] == "b"


@pytest.mark.parametrize("goal", sorted(policy.GOALS))
def test_p7_live_block_that_reports_nothing_wins_no_goal(goal):
    silent = candidate("a", {})
    live = candidate(
        "b",
        {"end_to_end_latency": 90, "end_to_end_fps": 0.1, **tokens(1), **free(50, 9)},
        {"hardware": {"gpus": [{"totalMem": 99}]}},
        params=70,
        mmlu=60,
    )

    assert choose([silent, live], query({goal: 1}))["id"] == "b"


def test_p7_missing_metric_is_named_in_the_log(capsys):
    choose([candidate("a", {"llm_active_sessions": 1})], query({"Free_Block": 1}))

    assert (
        "Candidate 'a' - Missing, so scored 0: ['queue_length.average_1m']"
        in capsys.readouterr().err
    )


def test_p7_a_dead_block_does_not_move_the_scale_of_the_live_ones():
    live = [candidate("a", {}, params=10), candidate("b", {}, params=20)]
    dead = candidate("c", params=1000)

    assert scores([*live, dead], {"Cost_Saver": 1}) == {"a": 0.5, "b": 0.0, "c": 0.0}


def test_when_metrics_were_just_emptied_all_blocks_compete():
    pair = [candidate("a", params=70), candidate("b", params=3)]

    assert choose(pair, query({"Cost_Saver": 1}))["id"] == "b"


def test_p8_single_candidate_scores_0_5_per_goal_as_in_9_1():
    assert scores([candidate("a", {**tokens(5), **free(1, 1)})], GUIDE) == {"a": 0.5}


def test_p12_scaled_out_block_counts_with_the_mean_of_its_instances():
    scaled = candidate("a", tokens(50), tokens(10))
    steady = candidate("b", tokens(40))

    assert choose([scaled, steady], query({"Fast_Generator": 1}))["id"] == "b"


def test_p12_executor_entry_is_no_instance():
    block = candidate("a", tokens(4))
    block["metrics"]["instances"][0] |= tokens(1000)

    assert choose([block, candidate("b", tokens(5))], query({"Fast_Generator": 1}))["id"] == "b"


def test_p13_candidates_are_not_changed_and_the_winner_is_returned_as_it_came():
    pair = [shipped("atlas-14b-chat"), shipped("lynx-27b-vision")]
    before = copy.deepcopy(pair)

    chosen = choose(pair, query(GUIDE))

    assert pair == before
    assert chosen == before[0]


def test_p15_fresh_block_with_0_tokens_is_reported_as_0_and_not_as_missing(capsys):
    choose([candidate("a", tokens(0)), candidate("b", tokens(1))], query({"Fast_Generator": 1}))

    assert '"llm_tokens_per_second":{"raw":0.0,"normalised":0.0}' in capsys.readouterr().err


def test_p16_user_query_changes_nothing():
    pair = [candidate("a", tokens(1)), candidate("b", tokens(2))]
    parameters = {**query(GUIDE), "user_query": "the slowest, please"}

    assert choose(pair, parameters) == choose(pair, query(GUIDE))


def test_p17_each_line_appears_once_even_where_the_root_logger_prints(capsys):
    handler = logging.StreamHandler()
    logging.getLogger().addHandler(handler)
    try:
        choose([candidate("a", tokens(1))], query(GUIDE))
        choose([candidate("a", tokens(1))], query(GUIDE))
    finally:
        logging.getLogger().removeHandler(handler)

    assert capsys.readouterr().err.count("Final Score") == 2


def test_p17_lines_are_those_that_the_lessons_look_for(capsys):
    choose([candidate("a", tokens(1)), candidate("b", tokens(2))], query({"Fast_Generator": 0.9}))
    lines = capsys.readouterr().err.splitlines()

    assert all(
        re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - AIOSv1PolicyRule - INFO - ", x)
        for x in lines
    )
    texts = [line.split(" - INFO - ")[1] for line in lines]
    assert texts == [
        "Number of candidate blocks received: 2 (0 without id, ignored)",
        "Candidate 'b' - Final Score: 0.9000 - Parsed Metrics: "
        '{"live_instances":1,"goals":[{"name":"Fast_Generator","weight":0.9,"score":1.0,'
        '"metrics":{"llm_tokens_per_second":{"raw":2.0,"normalised":1.0}}}]}',
        "Candidate 'a' - Final Score: 0.0000 - Parsed Metrics: "
        '{"live_instances":1,"goals":[{"name":"Fast_Generator","weight":0.9,"score":0.0,'
        '"metrics":{"llm_tokens_per_second":{"raw":1.0,"normalised":0.0}}}]}',
        "Scoring complete. Got scores for 2 candidates.",
        "Best candidate selected: b with score 0.9000",
    ]


@pytest.mark.parametrize("goals", [{}, {"Fast_Generator": 0}, GUIDE])
def test_p18_equal_scores_go_to_the_first_id_of_the_alphabet(goals):
    blocks = [candidate(name, {**tokens(5), **free(1, 1)}) for name in ("delta", "alfa", "bravo")]

    assert choose(blocks, query(goals))["id"] == "alfa"


def test_p18_equal_scores_prefer_a_live_block():
    assert choose([candidate("a"), candidate("b", tokens(1))], query({}))["id"] == "b"
