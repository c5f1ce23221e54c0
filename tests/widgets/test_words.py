"""The query in words: what is said is what is sent."""

import pytest

from aios_nb.widgets import words
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.templates import GUIDE
from aios_nb.widgets.tree import ConditionNode, GroupNode

A = ConditionNode("cluster.regionId", "==", "eu-west-2")


def test_the_guides_request_is_one_sentence() -> None:

    assert (
        "Find every block where usecase contains 'chat-completion' and supportsStreaming is true "
        "and (MMLU is at least 80 or ARC-Challenge is at least 90), and where the average of "
        "uptime_hours is above 10 or the average of llm_tokens_per_second is above 10."
    ) == words.sentence(GUIDE.draft)


def test_the_steps_follow_aioss_order_and_give_whole_paths() -> None:
    lines = words.steps(Draft(block=A, cluster=ConditionNode("id", "IN", ["a", "b"])))

    assert [
        "Look at the document of its cluster:",
        "  id is one of 'a', 'b'.",
        "Look at the block's document:",
        "  cluster.regionId is 'eu-west-2'.",
    ] == lines


def test_what_is_muted_is_not_said() -> None:
    draft = GUIDE.draft.mute(Place("block")).mute(Place("metrics", (0,)))

    assert (
        "Find every block where the average of llm_tokens_per_second is above 10."
    ) == words.sentence(draft)


def test_a_cluster_is_named_as_such() -> None:

    assert "Find every block on a cluster where id is 'a'." == words.sentence(
        Draft(cluster=ConditionNode("id", "==", "a"))
    )


def test_nothing_is_said_of_nothing() -> None:

    assert ("No condition yet.", ["No condition yet."]) == (
        words.sentence(Draft()),
        words.steps(Draft()),
    )


@pytest.mark.parametrize(
    ("pattern", "expected"), [("*chat*", "contains 'chat'"), ("a*b", "matches 'a*b'")]
)
def test_patterns_are_said_plainly_where_they_are_plain(pattern: str, expected: str) -> None:

    assert f"id {expected}" == words.condition_text(ConditionNode("id", "LIKE", pattern))


def test_an_empty_group_is_told() -> None:

    assert "Find every block where (an empty group)." == words.sentence(Draft(block=GroupNode()))
