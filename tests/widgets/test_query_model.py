"""The query model: undo, problems, exports; no widget and no server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb import Condition, FilterRule
from aios_nb.errors import PayloadError
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.query_model import UNDO_LIMIT, QueryModel
from aios_nb.widgets.templates import GUIDE, TEMPLATES
from aios_nb.widgets.tree import ConditionNode, GroupNode

FIRST = Place("block", (0,))


def test_untouched_it_holds_the_guides_request() -> None:

    assert GUIDE.draft.to_rule() == QueryModel().rule


@pytest.mark.parametrize("name", [n for n in TEMPLATES if n != "Empty"])
def test_every_template_is_a_valid_rule(name: str) -> None:
    model = QueryModel(Draft())
    model.load_template(name)

    assert FilterRule.from_wire(model.to_wire()) == model.rule


def test_an_unknown_template_is_told_with_the_known_ones() -> None:
    with pytest.raises(PayloadError, match="unknown template 'guide'; use one of The guide's"):
        QueryModel().load_template("guide")


EDITS = {
    "add": lambda model: model.add(Place("block")),
    "add_group": lambda model: model.add_group(Place("metrics"), "AND"),
    "insert": lambda model: model.insert(FIRST, ConditionNode("id", "==", "a")),
    "remove": lambda model: model.remove(FIRST),
    "clone": lambda model: model.clone(FIRST),
    "move": lambda model: model.move(FIRST, (1,)),
    "step": lambda model: model.step(FIRST, +1),
    "group": lambda model: model.group(FIRST),
    "ungroup": lambda model: model.ungroup(Place("block", (2,))),
    "mute": lambda model: model.mute(FIRST),
    "set": lambda model: model.set(FIRST, value="*multi-modal*"),
    "load": lambda model: model.load(Draft()),
    "rule": lambda model: setattr(model, "rule", FilterRule(block=Condition("id", "==", "a"))),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_every_edit_is_one_step_that_can_be_undone_and_redone(edit) -> None:
    model = QueryModel()
    edit(model)
    after = model.draft
    model.undo()
    undone = model.draft
    model.redo()

    assert undone is GUIDE.draft
    assert after is model.draft
    assert after != undone


@given(st.lists(st.sampled_from(sorted(EDITS)), max_size=8))
def test_as_many_undos_as_steps_lead_back_to_the_start(wanted: list[str]) -> None:
    model, steps = QueryModel(), []
    model.observe(lambda change: steps.append(change), "draft")
    for name in wanted:
        try:
            EDITS[name](model)
        except PayloadError:  # an earlier edit took away what this one is about
            continue
    for _ in list(steps):
        model.undo()

    assert (GUIDE.draft, False) == (model.draft, model.can_undo)


def test_a_new_edit_forgets_what_was_undone() -> None:
    model = QueryModel()
    model.mute(FIRST)
    model.undo()
    model.remove(FIRST)

    assert (True, False) == (model.can_undo, model.can_redo)


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    model = QueryModel()
    model.set(FIRST, value="*chat-completion*")

    assert not model.can_undo


def test_undo_without_a_step_does_nothing() -> None:
    model = QueryModel()
    model.undo()

    assert GUIDE.draft is model.draft


def test_the_memory_of_steps_is_bounded() -> None:
    model = QueryModel()
    for number in range(UNDO_LIMIT + 20):
        model.set(FIRST, value=f"*{number}*")
    for _ in range(UNDO_LIMIT + 20):
        model.undo()

    assert "*19*" == model.draft.node_at(FIRST).value


def test_a_new_condition_waits_for_its_field() -> None:
    model = QueryModel()
    place = model.add(Place("metrics"))
    (problem,) = model.problems()

    assert ("error", place, "no field is chosen") == (problem.severity, problem.place, problem.text)


def test_an_incomplete_query_has_no_rule_and_says_where() -> None:
    model = QueryModel()
    model.add(Place("block"))

    with pytest.raises(PayloadError, match=r"not complete: error at blockQuery.conditions\[3\]"):
        _ = model.rule


def test_a_muted_condition_may_stay_incomplete() -> None:
    model = QueryModel()
    model.mute(model.add(Place("block")))

    assert ((), GUIDE.draft.to_rule()) == (model.problems(), model.rule)


def test_an_empty_query_is_a_problem_with_a_way_out() -> None:
    (problem,) = QueryModel(Draft()).problems()

    assert "add a condition, start from a template, or unmute one" == problem.fix


def test_a_new_group_holds_one_condition_to_fill_in() -> None:
    model = QueryModel()
    place = model.add_group(Place("block"), "OR")

    assert Place("block", (3, 0)) == place
    assert GroupNode("OR", (ConditionNode(),)) == model.draft.node_at(Place("block", (3,)))


def test_an_unknown_form_of_export_is_told_with_the_known_ones() -> None:
    with pytest.raises(PayloadError, match="unknown form 'SQL'; use one of JSON, Python, curl"):
        QueryModel().export("SQL")
