"""Goals: edits, shares, the ranking at once and AIOS's choice a moment later."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aios_nb import (
    AIOSClient,
    Condition,
    FilterRule,
    InferenceRequest,
    OptimizationGoal,
    PayloadError,
    PolicyPackage,
    SelectionQuery,
)
from aios_nb.errors import TransportError
from aios_nb.widgets import guide
from aios_nb.widgets.goals_model import GoalsModel

ROOT = Path(__file__).parents[2]
GUIDE = InferenceRequest.from_wire(json.loads((ROOT / "fixtures/guide/request.json").read_text()))
FOLDER = ROOT / "notebooks/policies/attributebasedrouter"


@pytest.fixture(scope="module")
def query(aios: AIOSClient) -> SelectionQuery:
    uri = aios.deploy_policy(PolicyPackage.from_folder(FOLDER))
    url = aios.endpoints.metrics_base_url
    return replace(guide.QUERY, policy_rule_uri=uri, metrics_base_url=url)


@pytest.fixture
def model(aios: AIOSClient, query: SelectionQuery) -> Iterator[GoalsModel]:
    model = GoalsModel(query, find=aios.find_candidates, select=aios.select_block, pause_s=0)
    model.refresh()
    assert model.wait()
    yield model
    model.close()


def weights(model: GoalsModel) -> dict[str, float]:
    return {goal.name: goal.weight for goal in model.goals}


def test_untouched_it_holds_the_guides_query_but_for_the_placeholder() -> None:
    wanted = GUIDE.selection_query

    assert replace(wanted, metrics_base_url=None) == GoalsModel().query


def test_goals_are_added_removed_and_weighed() -> None:
    model = GoalsModel()
    model.add("Cost_Saver", 0.3)
    model.remove(0)
    model.set_weight(0, 0.6)

    assert {"Free_Block": 0.6, "Cost_Saver": 0.3} == weights(model)


def test_shares_are_normalised_and_the_query_is_not() -> None:
    model = GoalsModel()
    model.set_weight(0, 0.3)

    assert (0.75, 0.25) == tuple(round(share, 6) for share in model.shares())
    assert {"Fast_Generator": 0.3, "Free_Block": 0.1} == weights(model)


def test_shares_of_weightless_goals_are_nothing() -> None:
    goals = (OptimizationGoal("Fast_Generator", 0), OptimizationGoal("Free_Block", 0))

    assert (0.0, 0.0) == GoalsModel(replace(guide.QUERY, goals=goals)).shares()


@pytest.mark.parametrize(
    "edit",
    [
        lambda model: model.add("Free_Block"),
        lambda model: model.add(""),
        lambda model: model.remove(2),
        lambda model: model.remove(-1),
        lambda model: model.set_weight(0, float("nan")),
        lambda model: model.segments(7),
    ],
    ids=["twice", "empty name", "no such goal", "negative place", "no number", "no such strip"],
)
def test_what_cannot_be_is_refused_and_changes_nothing(edit: Any) -> None:
    model = GoalsModel()
    with pytest.raises(PayloadError):
        edit(model)

    assert guide.QUERY == model.query


def test_only_absent_goals_that_the_policy_knows_can_be_added() -> None:

    assert not {"Fast_Generator", "Free_Block"} & set(GoalsModel().addable())
    assert "Cost_Saver" in GoalsModel().addable()


def test_aios_and_the_ranking_agree_on_the_winner(model: GoalsModel) -> None:

    assert "chosen" == model.choice.state
    assert model.choice.block_id == model.ranking[0].block_id


def test_the_ranking_follows_a_weight_at_once(model: GoalsModel) -> None:
    before = model.ranking[0].block_id
    model.set_weight(0, 0.0)

    assert before != model.ranking[0].block_id
    assert model.wait()
    assert model.ranking[0].block_id == model.choice.block_id


def test_a_flip_is_where_aios_itself_flips(model: GoalsModel) -> None:
    low, high = model.segments(0)[:2]
    chosen = {}
    for side, weight in (("below", low.high - 0.005), ("above", low.high + 0.005)):
        model.set_weight(0, weight)
        assert model.wait()
        chosen[side] = model.choice.block_id

    assert {"below": low.block_id, "above": high.block_id} == chosen


def test_a_goal_that_the_policy_does_not_know_has_no_strip(model: GoalsModel) -> None:
    model.add("Nonsense", 0.5)

    assert () == model.segments(2)
    assert model.segments(1)


def test_scores_are_told_by_block(model: GoalsModel) -> None:

    assert model.ranking[0].final == model.score_of(model.ranking[0].block_id)
    assert model.score_of("nobody") is None


def test_another_filter_brings_other_candidates(model: GoalsModel) -> None:
    rule = FilterRule(block=Condition("id", "LIKE", "*vision*"))
    model.query = replace(model.query, filter_rule=rule)

    assert model.wait()
    assert {"gemma3-27b-vision", "lynx-27b-vision"} == {s.block_id for s in model.ranking}


def test_a_refusal_brings_aioss_words_and_a_hint(model: GoalsModel) -> None:
    model.query = replace(model.query, policy_rule_uri="ghost:1.0-stable")

    assert model.wait()
    assert "refused" == model.choice.state
    assert "hint: " in model.choice.text


def test_an_absent_aios_is_a_quiet_word() -> None:
    def find(rule: FilterRule) -> list[dict[str, Any]]:
        raise TransportError("router did not answer")

    model = GoalsModel(find=find, pause_s=0)
    model.refresh()

    assert model.wait()
    assert "away" == model.choice.state
    assert model.choice.text.endswith("router did not answer")


def test_a_late_choice_for_older_weights_is_dropped(query: SelectionQuery) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()
    seen = []

    def select(asked: SelectionQuery) -> dict[str, Any]:
        if asked.goals[0].weight == 0.9:
            is_asked.set()
            assert may_answer.wait(5)
        return {"id": f"for {asked.goals[0].weight}"}

    model = GoalsModel(query, select=select, pause_s=0)
    model.observe(lambda change: seen.append(change["new"].block_id), "choice")
    model.refresh()
    assert is_asked.wait(5)
    model.set_weight(0, 0.5)
    assert model.wait()
    may_answer.set()
    model.refresh()
    assert model.wait()

    assert "for 0.5" == model.choice.block_id
    assert "for 0.9" not in seen


def test_without_a_goal_there_is_no_ranking(model: GoalsModel) -> None:
    model.remove(1)
    model.remove(0)

    assert () == model.ranking
