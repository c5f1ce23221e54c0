"""What opens beside the rows of a builder: JSON, fields, exports."""

import json

import pytest

from aios_nb.widgets import QueryBuilder
from aios_nb.widgets.draft import Place
from aios_nb.widgets.templates import GUIDE
from aios_nb.widgets.tree import ConditionNode

from .query_places import FIRST, view_at


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
