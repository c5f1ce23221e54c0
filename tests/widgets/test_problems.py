"""Problems stand at the very condition, muted neighbours or not."""

from aios_nb.linting import lint
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.problems import Problem, problems_of, wire_places
from aios_nb.widgets.templates import GUIDE
from aios_nb.widgets.tree import ConditionNode, GroupNode

A, B = ConditionNode("id", "==", "a"), ConditionNode("id", "==", "b")


def test_places_in_the_json_skip_what_is_muted() -> None:
    draft = Draft(block=GroupNode("AND", (A, B))).mute(Place("block", (0,)))

    assert {
        "filter.blockQuery": Place("block"),
        "filter.blockQuery.conditions[0]": Place("block", (1,)),
    } == wire_places(draft)


def test_a_group_that_muting_empties_has_no_place() -> None:
    draft = Draft(block=GroupNode("AND", (GroupNode("OR", (A,)), B))).mute(Place("block", (0, 0)))

    assert Place("block", (1,)) == wire_places(draft)["filter.blockQuery.conditions[0]"]


def test_the_linters_finding_stands_at_its_condition() -> None:
    draft = GUIDE.draft.mute(Place("metrics", (0,))).mute(Place("metrics", (0,)))
    (problem,) = problems_of(draft, lint)

    assert ("warning", Place("metrics", (0,))) == (problem.severity, problem.place)
    assert "executor alone" in problem.text


def test_an_unfinished_condition_comes_before_the_linter() -> None:
    draft, place = GUIDE.draft.add(Place("block"), ConditionNode())

    assert (
        Problem(
            "error",
            place,
            "no field is chosen",
            "choose one from the list, or remove the condition",
        ),
    ) == problems_of(draft, lint)


def test_a_value_that_does_not_suit_its_operator_is_told() -> None:
    (problem,) = problems_of(Draft(block=ConditionNode("id", "IN", "a")))

    assert "IN on 'id' got 'a'" == problem.text
    assert "expected a list such as ['a', 'b']" == problem.fix


def test_an_aggregate_outside_the_metrics_is_told() -> None:
    (problem,) = problems_of(Draft(block=ConditionNode("a.b", ">", 1, "avg")))

    assert "an aggregate counts in the metrics query only" == problem.text
