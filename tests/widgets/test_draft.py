"""A draft: three trees, addressed by one kind of place, to JSON and back."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from strategies import filter_rules

from aios_nb import FilterRule
from aios_nb.errors import PayloadError
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.templates import GUIDE
from aios_nb.widgets.tree import ConditionNode

REQUEST = Path(__file__).parents[2] / "fixtures" / "guide" / "request.json"
A, B = ConditionNode("a", "==", 1), ConditionNode("b", "==", 2)


def guides_filter_rule() -> dict[str, object]:
    values = json.loads(REQUEST.read_text())["selection_query"]["body"]["values"]
    return values["rankingPolicyRule"]["values"]["parameters"]["filterRule"]


@given(filter_rules())
def test_every_valid_rule_comes_back_as_it_was(rule: FilterRule) -> None:
    document = rule.to_wire()

    assert json.dumps(document) == json.dumps(Draft.from_wire(document).to_wire())


@given(filter_rules())
def test_a_draft_gives_the_rule_that_it_was_made_of(rule: FilterRule) -> None:

    assert rule == Draft.from_rule(rule).to_rule()


def test_the_guides_template_is_the_guides_request_to_the_letter() -> None:

    assert json.dumps(guides_filter_rule()) == json.dumps(GUIDE.draft.to_wire())


def test_the_first_condition_becomes_the_query() -> None:
    draft, place = Draft().add(Place("cluster"), A)

    assert (A, Place("cluster")) == (draft.cluster, place)


def test_the_second_makes_an_and_group_of_both() -> None:
    draft, place = Draft(block=A).add(Place("block"), B)

    assert {"logicalOperator": "AND", "conditions": [A.to_wire(), B.to_wire()]} == draft.to_wire()[
        "filter"
    ]["blockQuery"]
    assert Place("block", (1,)) == place


def test_a_query_whose_last_condition_is_removed_is_not_sent() -> None:
    draft = Draft(block=A, metrics=B).remove(Place("block"))

    assert ["blockMetricsQuery"] == list(draft.to_wire()["filter"])


def test_a_muted_query_is_not_sent() -> None:
    draft = Draft(block=A, metrics=B).mute(Place("metrics"))

    assert ["blockQuery"] == list(draft.to_wire()["filter"])


def test_a_query_that_is_not_there_is_told() -> None:
    with pytest.raises(PayloadError, match="there is no clusterQuery yet; add a condition"):
        Draft(block=A).remove(Place("cluster"))


def test_a_place_is_written_as_the_path_in_the_payload() -> None:

    assert "blockMetricsQuery.conditions[1]" == str(Place("metrics", (1,)))


def test_a_place_in_no_query_is_refused() -> None:
    with pytest.raises(PayloadError, match="unknown part of a filter rule: 'blocks'; use one of"):
        Place("blocks")


def test_an_incomplete_draft_is_no_rule() -> None:
    with pytest.raises(PayloadError, match="variable of a condition is ''"):
        Draft(block=ConditionNode()).to_rule()
