"""The builder without a browser: controls change the model, the model changes controls."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Button
from ipywidgets.widgets import widget

from aios_nb import AIOSClient, Condition, FilterRule, MetricCondition
from aios_nb.query import Group
from aios_nb.widgets import QueryBuilder
from aios_nb.widgets.condition_view import ConditionView
from aios_nb.widgets.draft import Place
from aios_nb.widgets.group_view import GroupView
from aios_nb.widgets.query_view import CONDITION_LIMIT
from aios_nb.widgets.templates import GUIDE
from aios_nb.widgets.tree import ConditionNode

REQUEST = Path(__file__).parents[2] / "fixtures" / "guide" / "request.json"
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def builder(fleet: list[dict[str, Any]]) -> Iterator[QueryBuilder]:
    builder = QueryBuilder(blocks=fleet)
    yield builder
    builder.close()


def view_at(builder: QueryBuilder, place: Place) -> ConditionView | GroupView:
    view = builder.part_views[place.part].view
    for index in place.path:
        assert isinstance(view, GroupView)
        view = view.views[index]
    assert view is not None
    return view


def open_widgets() -> int:
    gc.collect()  # builders of earlier tests that nobody closed
    return len(widget._instances)


def press(builder: QueryBuilder, place: Place, words: str) -> None:
    for button in view_at(builder, place).buttons.all:
        if button.description == words:
            button.click()
            return
    raise AssertionError(f"no button {words!r} at {place}")


FIRST, SECOND, OR = Place("block", (0,)), Place("block", (1,)), Place("block", (2,))
MMLU, ARC = Place("block", (2, 0)), Place("block", (2, 1))


def test_untouched_it_holds_the_guides_request_exactly(builder: QueryBuilder) -> None:
    values = json.loads(REQUEST.read_text())["selection_query"]["body"]["values"]
    rule = values["rankingPolicyRule"]["values"]["parameters"]["filterRule"]

    assert json.dumps(rule) == json.dumps(builder.rule.to_wire())


def test_it_starts_from_the_rule_that_it_is_given() -> None:
    rule = FilterRule(cluster=Condition("id", "==", "edge-cluster-1"))

    assert rule == QueryBuilder(rule=rule).rule


def test_a_row_shows_its_condition(builder: QueryBuilder) -> None:
    row = view_at(builder, ARC)
    shown = (row.field.value, row.operator.value, row.editor.control.value)

    assert (
        "component.componentMetadata.evaluation.benchmarks.ARC-Challenge.value",
        ">=",
        90,
    ) == shown


@pytest.mark.parametrize(
    ("place", "kind"),
    [(FIRST, "text"), (SECOND, "boolean"), (MMLU, "number"), (Place("metrics", (0,)), "number")],
)
def test_each_value_has_the_editor_of_its_type(
    place: Place, kind: str, builder: QueryBuilder
) -> None:

    assert kind == view_at(builder, place).editor.kind


def test_typing_a_value_changes_the_rule(builder: QueryBuilder) -> None:
    view_at(builder, MMLU).editor.control.value = 85

    assert 85 == builder.model.draft.node_at(MMLU).value
    assert isinstance(builder.model.draft.node_at(MMLU).value, int)


def test_another_aggregate_changes_the_rule(builder: QueryBuilder) -> None:
    view_at(builder, Place("metrics", (0,))).aggregate.value = "min"

    assert (
        MetricCondition("min", "instances.uptime_hours", ">", 10) == builder.rule.metrics.clauses[0]
    )


def test_choosing_a_field_brings_an_operator_and_a_value_of_its_type(builder: QueryBuilder) -> None:
    builder.part_views["block"].add.click()
    place = Place("block", (3,))
    view_at(builder, place).field.value = "component.componentMetadata.architecture.contextLength"

    assert (">=", "number") == (
        view_at(builder, place).operator.value,
        view_at(builder, place).editor.kind,
    )
    assert () == tuple(p for p in builder.model.problems() if p.severity == "error")


def test_a_value_that_suits_the_new_field_stays(builder: QueryBuilder) -> None:
    view_at(
        builder, MMLU
    ).field.value = "component.componentMetadata.evaluation.benchmarks.HellaSwag.value"

    assert 80 == builder.model.draft.node_at(MMLU).value


def test_is_one_of_turns_the_value_into_a_list(builder: QueryBuilder) -> None:
    view_at(builder, FIRST).operator.value = "IN"
    view_at(builder, FIRST).editor.control.value = "chat, code, 80"

    assert ["chat", "code", 80] == builder.model.draft.node_at(FIRST).value


@pytest.mark.parametrize(
    ("place", "words", "count"),
    [
        (FIRST, "Clone", 7),
        (FIRST, "Mute", 6),
        (FIRST, "Group", 6),
        (FIRST, "Remove", 5),
        (OR, "Remove", 4),
        (OR, "Add condition", 7),
        (OR, "Add group", 7),
        (OR, "Clone", 8),
        (ARC, "Up", 6),
        (MMLU, "Down", 6),
    ],
)
def test_each_button_does_what_it_says_and_undo_takes_it_back(
    place: Place, words: str, count: int, builder: QueryBuilder
) -> None:
    press(builder, place, words)
    after = len(builder.model.draft.conditions())
    is_changed = builder.model.draft != GUIDE.draft
    builder.undo.click()

    assert (count, True) == (after, is_changed)
    assert GUIDE.draft is builder.model.draft
    assert 80 == view_at(builder, MMLU).editor.control.value


def test_ungroup_lifts_the_alternatives(builder: QueryBuilder) -> None:
    press(builder, OR, "Ungroup")

    assert 4 == len(builder.part_views["block"].view.views)


def test_the_mute_button_says_what_it_would_do(builder: QueryBuilder) -> None:
    press(builder, FIRST, "Mute")

    assert "Unmute" == view_at(builder, FIRST).buttons.mute.description


def test_undo_and_redo_are_open_only_when_there_is_a_step(builder: QueryBuilder) -> None:
    before = (builder.undo.disabled, builder.redo.disabled)
    press(builder, FIRST, "Mute")
    builder.undo.click()

    assert (True, True) == before
    assert (True, False) == (builder.undo.disabled, builder.redo.disabled)


def test_the_focus_follows_a_row_that_moves(builder: QueryBuilder) -> None:
    press(builder, ARC, "Up")

    assert ".aios-at-block-2-0 .aios-up" == builder.script.focus_on[0]


def test_a_removed_row_hands_the_focus_to_the_one_that_took_its_place(
    builder: QueryBuilder,
) -> None:
    press(builder, FIRST, "Remove")

    assert ".aios-at-block-0 .aios-remove" == builder.script.focus_on[0]


def test_a_template_replaces_the_query_and_can_be_undone(builder: QueryBuilder) -> None:
    builder.template.value = "Empty"
    emptied = len(builder.model.draft.conditions())
    builder.undo.click()

    assert (0, GUIDE.draft) == (emptied, builder.model.draft)


def test_the_json_pane_shows_the_rule_and_edits_back(builder: QueryBuilder) -> None:
    builder.toggles["JSON"].value = True
    pane = builder._panes["JSON"]
    document = json.loads(pane.text.value)
    document["filter"]["blockQuery"]["conditions"][0]["value"] = "*multi-modal*"
    pane.text.value = json.dumps(document)

    assert "*multi-modal*" == view_at(builder, FIRST).editor.control.value


def test_broken_json_shows_its_place_and_leaves_the_query_alone(builder: QueryBuilder) -> None:
    builder.toggles["JSON"].value = True
    pane = builder._panes["JSON"]
    pane.text.value = pane.text.value.replace('"value": true', '"value": True')

    assert "line 15, column 20" in pane.message.value
    assert "True" in pane.text.value
    assert GUIDE.draft is builder.model.draft


def test_opening_another_pane_keeps_the_json_that_is_being_typed(builder: QueryBuilder) -> None:
    builder.toggles["JSON"].value = True
    builder._panes["JSON"].text.value = "{"
    builder.toggles["Export"].value = True

    assert "{" == builder._panes["JSON"].text.value


def test_a_chosen_field_becomes_a_condition(builder: QueryBuilder) -> None:
    builder.toggles["Fields"].value = True
    pane = builder._panes["Fields"]
    pane.search.value = "supportsStreaming component"
    pane.add.click()

    assert ConditionNode(
        "component.componentMetadata.capabilities.supportsStreaming", "==", True
    ) == builder.model.draft.node_at(Place("block", (3,)))


def test_a_search_that_finds_nothing_offers_nothing(builder: QueryBuilder) -> None:
    builder.toggles["Fields"].value = True
    pane = builder._panes["Fields"]
    pane.search.value = "no such field"

    assert ((), True) == (pane.found.options, pane.add.disabled)


@pytest.mark.parametrize("form", ["JSON", "Python", "curl", "MongoDB", "pandas"])
def test_the_export_pane_follows_the_query(form: str, builder: QueryBuilder) -> None:
    builder.toggles["Export"].value = True
    builder._panes["Export"].form.value = form
    view_at(builder, FIRST).editor.control.value = "*zebra*"

    assert "zebra" in builder._panes["Export"].text.value


def test_a_problem_stands_at_its_row(builder: QueryBuilder) -> None:
    builder.part_views["block"].add.click()

    assert "no field is chosen" in view_at(builder, Place("block", (3,))).info.value


def test_the_linter_warns_at_the_row(builder: QueryBuilder) -> None:
    view_at(builder, FIRST).operator.value = "=="

    assert "aios-warning" in view_at(builder, Place("metrics", (0,))).info.value


def test_too_many_conditions_move_to_the_json_pane() -> None:
    clause = Group("OR", tuple(Condition("id", "==", str(n)) for n in range(CONDITION_LIMIT + 1)))
    builder = QueryBuilder(rule=FilterRule(block=clause))

    assert "This query has 51 conditions" in builder.notice.value
    assert builder.toggles["JSON"].value
    assert None is builder.part_views["block"].view


def test_fifty_conditions_are_still_rows() -> None:
    clause = Group("OR", tuple(Condition("id", "==", str(n)) for n in range(CONDITION_LIMIT)))
    builder = QueryBuilder(rule=FilterRule(block=clause))

    assert CONDITION_LIMIT == len(builder.part_views["block"].view.views)


def test_counts_notes_and_near_misses_are_aioss_own(aios: AIOSClient) -> None:
    builder = QueryBuilder(find=aios.find_candidates)
    assert builder.feedback.wait()

    assert "<b>8 of 14 blocks</b>" in builder.feedback_view.headline.value
    assert "removes 2" in view_at(builder, FIRST).info.value
    assert "5 near misses" in builder.feedback_view.details.value
    builder.close()


def test_rows_stay_the_same_widgets_when_their_condition_changes(builder: QueryBuilder) -> None:
    before = view_at(builder, MMLU).box
    view_at(builder, MMLU).editor.control.value = 85
    press(builder, FIRST, "Mute")

    assert before is view_at(builder, MMLU).box


def test_no_widget_is_left_behind_by_a_thousand_edits(builder: QueryBuilder) -> None:
    builder.toggles["JSON"].value = True
    edits = ("Clone", "Mute", "Unmute", "Down", "Up", "Remove")
    before = open_widgets()
    for _ in range(100):
        for words in edits:
            press(builder, FIRST, words)
        for value in (">=", "IN", "LIKE"):  # each has another editor
            view_at(builder, FIRST).operator.value = value
        builder.undo.click()
        builder.redo.click()
    builder.model.load(GUIDE.draft)

    assert before == open_widgets()


def test_closing_it_closes_everything(fleet: list[dict[str, Any]]) -> None:
    before = open_widgets()
    builder = QueryBuilder(blocks=fleet)
    for toggle in builder.toggles.values():
        toggle.value = True
        toggle.value = False
    builder.close()

    assert before == open_widgets()


def test_metadata_of_a_cluster_is_text() -> None:
    fleet = [{"id": NASTY, NASTY: NASTY, "metrics": {"instances": [{NASTY: 1}]}}]
    builder = QueryBuilder(
        lambda rule: fleet if rule == FilterRule(block=Condition("id", "LIKE", "*")) else [],
        rule=FilterRule(block=Condition(NASTY, "==", NASTY)),
    )
    assert builder.feedback.wait()
    for toggle in builder.toggles.values():
        toggle.value = True
    pages = [w.value for w in widget._instances.values() if type(w).__name__ == "HTML"]

    assert [] == [page for page in [*pages, builder.html_summary()] if "<img" in page]
    builder.close()


def inside(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        yield from inside(child)


def test_every_button_has_words_and_an_explanation(builder: QueryBuilder) -> None:
    buttons = [control for control in inside(builder) if isinstance(control, Button)]

    assert [] == [button for button in buttons if not button.description or not button.tooltip]


def test_its_text_form_is_the_sentence(builder: QueryBuilder) -> None:

    assert repr(builder).startswith("QueryBuilder: Find every block where usecase contains")


def test_its_static_form_holds_the_query_in_words_and_as_json(builder: QueryBuilder) -> None:
    page = builder.html_summary()

    assert "supportsStreaming is True" not in page
    assert "at least one of these holds:" in page
    assert "<summary>JSON</summary>" in page


def test_an_example_with_a_comma_does_not_look_like_two(builder: QueryBuilder) -> None:
    info = view_at(builder, FIRST).info.value

    assert "e.g. chat-completion, code-generation, &#x27;chat-completion, multi-modal&#x27;" in info


def test_a_chosen_field_stays_chosen_while_the_query_changes(builder: QueryBuilder) -> None:
    builder.toggles["Fields"].value = True
    pane = builder._panes["Fields"]
    first, chosen = (path for _, path in pane.found.options[:2])
    pane.found.value = chosen
    builder.model.mute(FIRST)
    after_an_edit = pane.found.value
    pane.search.value = chosen.rsplit(".", 1)[-1]
    after_a_search = pane.found.value
    pane.search.value = "no such field"

    assert (chosen, chosen, None) == (after_an_edit, after_a_search, pane.found.value)
    assert first != chosen
    assert pane.add.disabled
