"""The builder without a browser: controls change the model, the model changes controls."""

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
from aios_nb.widgets.draft import Place
from aios_nb.widgets.query_view import CONDITION_LIMIT
from aios_nb.widgets.templates import GUIDE

from .query_places import ARC, FIRST, MMLU, OR, SECOND, press, view_at

REQUEST = Path(__file__).parents[2] / "fixtures" / "guide" / "request.json"
NASTY = "<img src=x onerror=alert(1)>"


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
