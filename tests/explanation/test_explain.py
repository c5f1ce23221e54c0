"""From a request to the reasons of its choice."""

from dataclasses import replace

import pytest

from aios_nb import (
    AIOSClient,
    Condition,
    Endpoints,
    FilterRule,
    InferenceRequest,
    OptimizationGoal,
    PayloadError,
    PolicyPackage,
    SelectionQuery,
    explain,
)
from aios_nb.explanation import Explanation
from aios_nb.query import Group


def codes(explanation: Explanation) -> set[str]:
    return {caution.code for caution in explanation.warnings}


def only(query: SelectionQuery, *names: str) -> SelectionQuery:
    rule = FilterRule(block=Group("AND", (Condition("id", "IN", list(names)),)))
    return replace(query, filter_rule=rule)


def test_the_guides_choice_is_traced_to_its_metrics(guides: Explanation) -> None:
    first = guides.scores[0]

    assert ("atlas-14b-chat", "atlas-14b-chat", "log") == (
        guides.winner,
        guides.recomputed_winner,
        guides.source,
    )
    assert (41.8, 1.0, 0.9) == (
        first.goals[0].metrics[0].raw,
        first.goals[0].metrics[0].normalised,
        first.goals[0].weighted,
    )
    assert ("finch-8b-chat", 0.3342) == (guides.runner_up, round(guides.margin or 0, 4))


def test_the_pair_of_the_contract_scores_as_the_contract_says(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = explain(aios, only(query, "atlas-14b-chat", "lynx-27b-vision"))

    assert [("atlas-14b-chat", 0.9), ("lynx-27b-vision", 0.1)] == [
        (score.block_id, round(score.final, 9)) for score in found.scores
    ]


def test_a_request_is_explained_like_its_query(aios: AIOSClient, query: SelectionQuery) -> None:
    found = explain(aios, InferenceRequest(message="Hello", selection_query=query))

    assert "atlas-14b-chat" == found.winner


def test_a_filter_rule_alone_chooses_nothing(aios: AIOSClient, query: SelectionQuery) -> None:
    found = explain(aios, query.filter_rule)

    assert (8, (), None) == (len(found.candidates), found.scores, found.winner)


def test_a_lone_candidate_is_called_so(aios: AIOSClient, query: SelectionQuery) -> None:
    found = explain(aios, only(query, "lynx-27b-vision"))

    assert "one-candidate" in codes(found)
    assert "AIOS chose lynx-27b-vision, the only candidate." == str(found).splitlines()[0]


def test_no_candidate_is_no_error(aios: AIOSClient, query: SelectionQuery) -> None:
    found = explain(aios, only(query, "ghost"))

    assert (None, {"no-candidate"}) == (found.winner, codes(found))


def test_a_mistyped_goal_is_named_with_the_nearest(aios: AIOSClient, query: SelectionQuery) -> None:
    wrong = replace(query, goals=(OptimizationGoal("Fast_Genrator"),))
    text = str(explain(aios, wrong))

    assert "did you mean 'Fast_Generator'" in " ".join(text.split())


def test_an_address_without_block_is_noted(aios: AIOSClient, query: SelectionQuery) -> None:
    found = explain(aios, replace(query, metrics_base_url="http://metrics-service:30201"))

    assert "metrics-base-url" in codes(found)


def test_a_policy_that_is_not_registered_leaves_the_filter_explained(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = explain(aios, replace(query, policy_rule_uri="nope:1.0-stable"))

    assert (None, 8) == (found.winner, len(found.candidates))
    assert "no-choice" in codes(found)


def test_without_logs_the_scores_are_computed(aios: AIOSClient, query: SelectionQuery) -> None:
    known = {name: getattr(aios.endpoints, name) for name in ("router", "block_metrics")}
    with AIOSClient(Endpoints(**known)) as blind:
        found = explain(blind, query)

    assert ("metrics", "atlas-14b-chat") == (found.source, found.recomputed_winner)


def test_another_winner_than_the_formulas_is_a_warning(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    class Stubborn:
        """AIOS, but for a policy that ignores the goals."""

        find_candidates = aios.find_candidates
        read_logs = aios.read_logs

        def select_block(self, _: SelectionQuery) -> dict[str, str]:
            return {"id": "gemma3-27b-vision"}

    found = explain(Stubborn(), query)

    assert ("gemma3-27b-vision", "atlas-14b-chat") == (found.winner, found.recomputed_winner)
    assert "winners-differ" in codes(found)
    lead = "AIOS chose gemma3-27b-vision, number 4 of 8 by the scores below (0.3401; "
    assert f"{lead}atlas-14b-chat has 0.9593)." == str(found).splitlines()[0]
    assert b"\x89PNG" == found.figure().to_png()[:4]


def made_up(aios: AIOSClient, query: SelectionQuery, block_id: object) -> Explanation:
    """Return why a policy chooses an id that no candidate has."""
    source = (
        "class AIOSv1PolicyRule:\n"
        "    def __init__(self, rule_id, settings, parameters): pass\n"
        f"    def eval(self, parameters, input_data, context): return {{'id': {block_id!r}}}\n"
    )
    uri = aios.deploy_policy(PolicyPackage.from_source(f"madeup{block_id}", source))
    return explain(aios, replace(query, policy_rule_uri=uri))


def test_an_id_that_is_no_string_is_no_choice_and_told_to_spoil_the_session(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = made_up(aios, query, 5)

    assert found.winner is None
    assert "no-choice" in codes(found)
    assert "returned the id 5, which is no string: the ad-hoc server fails on it" in found.error


def test_a_winner_that_never_passed_the_filter_is_a_warning(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = made_up(aios, query, "nowhere")

    assert "AIOS chose nowhere, which is none of the candidates." == str(found).splitlines()[0]
    assert "no-such-candidate" in codes(found)
    assert "winners-differ" not in codes(found)


def test_no_formula_ranks_by_a_goal_that_the_policy_refused(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = explain(aios, replace(query, goals=(OptimizationGoal("Fast_Genrator"),)))

    assert (None, None, ()) == (found.winner, found.recomputed_winner, found.scores)


def test_a_policy_that_failed_for_another_reason_has_a_would_be_winner(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = explain(aios, replace(query, policy_rule_uri="nope:1.0-stable"))

    assert "atlas-14b-chat would win" in " ".join(str(found).split())


def test_a_request_that_names_a_model_is_refused() -> None:
    with pytest.raises(PayloadError, match="names the model 'atlas'"):
        explain(None, InferenceRequest(message="Hello", model="atlas"))  # type: ignore[arg-type]


def test_a_block_without_an_instance_shares_no_first_place(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    found = explain(aios, replace(query, goals=()))

    assert "aspen-22b-chat" in found.candidates
    assert 7 == len(found.ties)
    assert "aspen-22b-chat" not in found.ties
