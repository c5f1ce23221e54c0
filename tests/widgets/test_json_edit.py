"""JSON as people type it: read back, or the place of the mistake."""

import json
from pathlib import Path

import pytest

from aios_nb.widgets.draft import Draft
from aios_nb.widgets.exports import json_text
from aios_nb.widgets.json_edit import Mistake, read
from aios_nb.widgets.templates import GUIDE

REQUEST = Path(__file__).parents[2] / "fixtures" / "guide" / "request.json"


def test_what_the_pane_shows_reads_back_as_the_same_draft() -> None:

    assert GUIDE.draft == read(json_text(GUIDE.draft))


def test_the_guides_whole_request_can_be_pasted() -> None:

    assert GUIDE.draft == read(REQUEST.read_text())


def test_the_inner_filter_alone_is_enough() -> None:

    assert GUIDE.draft == read(json.dumps(GUIDE.draft.to_wire()["filter"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "",
            "line 1, column 1: a value is missing; texts need double quotes, and it is true, not True",
        ),
        ('{"a": 1\n"b": 2}', "line 2, column 1: a comma or a closing bracket is missing"),
        (
            '{"a": True}',
            "line 1, column 7: a value is missing; texts need double quotes, and it is true, not True",
        ),
        ('{"a" 1}', "line 1, column 6: a colon is missing after the key"),
        ("{'a': 1}", "line 1, column 2: a key in double quotes is missing"),
        (
            '{"a": 1}}',
            "line 1, column 9: the document has ended already; a bracket may be one too many",
        ),
        ('{"a": "b}', "line 1, column 7: the closing double quote is missing"),
    ],
)
def test_broken_json_is_explained_with_line_and_column(text: str, expected: str) -> None:

    assert expected == str(read(text))


def test_a_comma_at_the_end_is_explained() -> None:
    mistake = read('{\n "a": [1],\n}')

    assert isinstance(mistake, Mistake)
    assert mistake.line in {2, 3}  # Python 3.13 points at the comma, before it at the bracket


def test_a_doubled_key_is_told_where_json_would_drop_it() -> None:

    assert "the key 'a' stands twice in one object; JSON keeps only the last" == str(
        read('{"a": 1, "a": 2}')
    )


def test_a_wrong_operator_is_told_with_its_path() -> None:
    document = GUIDE.draft.to_wire()
    document["filter"]["blockQuery"]["conditions"][2]["conditions"][1]["operator"] = "=>"
    mistake = read(json.dumps(document))

    assert "filter.blockQuery.conditions[2].conditions[1]" == mistake.where
    assert mistake.text.startswith("unknown operator on 'component.componentMetadata")


def test_a_missing_key_is_told_with_its_path() -> None:
    document = GUIDE.draft.to_wire()
    del document["filter"]["blockMetricsQuery"]["conditions"][0]["value"]

    assert "filter.blockMetricsQuery.conditions[0]" == read(json.dumps(document)).where


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "null", "{}", '{"filter": []}'])
def test_json_that_is_no_filter_rule_is_told_so(text: str) -> None:

    assert isinstance(read(text), Mistake)


def test_a_very_deep_document_is_told_and_not_followed() -> None:

    assert isinstance(read("[" * 100_000), Mistake)


def test_an_empty_group_is_kept() -> None:
    draft = read('{"blockQuery": {"logicalOperator": "AND", "conditions": []}}')

    assert isinstance(draft, Draft)
    assert [] == draft.to_wire()["filter"]["blockQuery"]["conditions"]
