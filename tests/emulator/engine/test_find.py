"""§7.1 on documents: every operator, on every kind of value, and what object values do."""

from typing import Any

import pytest

from aios_nb.emulator.engine.bson import MongoError
from aios_nb.emulator.engine.find import compile_find
from aios_nb.emulator.engine.query_schemas import BLOCKS
from aios_nb.emulator.engine.translating import to_find

# Six blocks that differ in one untyped field, and one that lacks it.
KINDS: dict[str, Any] = {
    "number": 80,
    "text": "80",
    "true": True,
    "null": None,
    "list": [80, "chat"],
    "object": {"a": 80},
}
BLOCK_LIST = [{"id": name, "component": {"x": value}} for name, value in KINDS.items()]
BLOCK_LIST.append({"id": "lacking", "component": {}})
ALL = {*KINDS, "lacking"}


def found(variable: str, operator: str, value: Any) -> set[str]:
    condition = {"variable": variable, "operator": operator, "value": value}
    matches = compile_find(to_find(condition), BLOCKS)
    return {block["id"] for block in BLOCK_LIST if matches(block)}


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("==", 80, {"number", "list"}),
        ("==", 80.0, {"number", "list"}),
        ("==", "80", {"text"}),
        ("==", True, {"true"}),
        ("==", 1, set()),
        ("==", None, {"null", "lacking"}),
        ("==", {"a": 80}, {"object"}),
        ("==", {"a": 80, "b": 1}, set()),
        ("==", [80, "chat"], {"number", "list"}),
        ("==", [], set()),
        ("!=", 80, ALL - {"number", "list"}),
        ("!=", None, ALL - {"null", "lacking"}),
        ("!=", "nobody", ALL),
        ("IN", [80, "80"], {"number", "text", "list"}),
        ("IN", [None], {"null", "lacking"}),
        ("IN", [], set()),
        (">", 79, {"number", "list"}),
        (">", "79", {"text", "list"}),
        (">=", 80, {"number", "list"}),
        (">=", None, {"null", "lacking"}),
        (">", None, set()),
        ("<", 81, {"number", "list"}),
        ("<", True, set()),
        ("<=", True, {"true"}),
        ("<", {"b": 0}, {"object"}),
        ("<", [81], {"list"}),
        ("LIKE", "8", {"text"}),
        ("LIKE", "hat", {"list"}),
        ("LIKE", "*", {"text", "list"}),
    ],
)
def test_operators_compare_within_one_type(operator: str, value: Any, expected: set[str]) -> None:

    assert expected == found("component.x", operator, value)


USECASE = "chat-completion, multi-modal v1.5"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("chat", True),
        ("*chat*", True),
        ("chat*modal", True),
        ("modal*chat", False),
        ("Chat", False),
        ("v1.5", True),
        ("v1.*", True),
        ("v1_5", False),
        ("v1x5", False),
        ("^chat", True),
        ("^multi", False),
        ("1.5$", True),
        ("audio|chat", True),
        ("[cC]hat", True),
        ("(?i)CHAT", True),
        ("multi.modal", False),
        ("", True),
    ],
)
def test_like_is_an_unanchored_regex_with_a_literal_dot(pattern: str, matches: bool) -> None:
    condition = {"variable": "component.usecase", "operator": "LIKE", "value": pattern}
    test = compile_find(to_find(condition), BLOCKS)

    assert matches is test({"id": "a", "component": {"usecase": USECASE}})


@pytest.mark.parametrize("pattern", ["c++", "+", "(", "[a", "a)", "?x", "\\"])
def test_like_rejects_what_is_no_regex(pattern: str) -> None:
    condition = {"variable": "component.usecase", "operator": "LIKE", "value": pattern}

    with pytest.raises(MongoError, match="Regular expression is invalid"):
        compile_find(to_find(condition), BLOCKS)


GPUS = [{"name": "a", "mem": 8}, {"name": "b", "mem": [16, 24]}, "spare"]


@pytest.mark.parametrize(
    ("path", "operator", "value", "matches"),
    [
        ("component.gpus.mem", "==", 8, True),
        ("component.gpus.mem", ">", 20, True),
        ("component.gpus.mem", "==", None, False),
        ("component.gpus.speed", "==", None, True),
        ("component.gpus.speed", "!=", None, False),
        ("component.gpus.0.mem", "==", 8, True),
        ("component.gpus.1.mem", "==", 8, False),
        ("component.gpus.1.mem.1", "==", 24, True),
        ("component.gpus.2", "==", "spare", True),
        ("component.gpus.3", "==", None, True),
        ("component.gpus.2.name", "==", None, True),
        ("component.nothing.deeper", "==", None, True),
        ("component.gpus.name.first", "==", None, True),
        ("component.gpus", "==", "spare", True),
        ("component.gpus", "!=", "spare", False),
    ],
)
def test_paths_walk_through_arrays_by_key_and_index(
    path: str, operator: str, value: Any, matches: bool
) -> None:
    test = compile_find(to_find({"variable": path, "operator": operator, "value": value}), BLOCKS)

    assert matches is test({"id": "a", "component": {"gpus": GPUS}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"$gt": 70}, {"number", "list"}),
        ({"$gt": 70, "$lt": 75}, set()),
        ({"$exists": False}, {"lacking"}),
        ({"$type": "string"}, {"text", "list"}),
        ({"$type": "array"}, {"list"}),
        ({"$size": 2}, {"list"}),
        ({"$all": [80, "chat"]}, {"list"}),
        ({"$nin": [80]}, ALL - {"number", "list"}),
        ({"$not": {"$gt": 70}}, ALL - {"number", "list"}),
        ({"$mod": [10, 0]}, {"number", "list"}),
        ({"$elemMatch": {"$gt": 70}}, {"list"}),
        ({"$regex": "CHAT", "$options": "i"}, {"list"}),
        ({"$eq": None}, {"null", "lacking"}),
    ],
)
def test_an_object_with_operators_runs_as_mongodbs_own(value: Any, expected: set[str]) -> None:

    assert expected == found("component.x", "==", value)


@pytest.mark.parametrize(
    ("variable", "operator", "value", "text"),
    [
        ("component.x", "==", {"$near": 1}, "unknown operator: $near"),
        ("component.x", "IN", "abc", "$in needs an array"),
        ("$nothing", "==", 1, "unknown top level operator: $nothing"),
        ("component.x", "IN", [{"$gt": 1}], "cannot nest $ under $in"),
        ("id", "==", {"a": 1}, 'Cast to string failed for value "{ a: 1 }" (type Object) at path'),
        ("id", "!=", ["a"], """Cast to string failed for value "[ 'a' ]" (type Array) at path"""),
        ("_id", "==", "abc", 'Cast to ObjectId failed for value "abc" (type string) at path "_id"'),
    ],
)
def test_the_registry_rejects(variable: str, operator: str, value: Any, text: str) -> None:

    with pytest.raises(MongoError) as caught:
        found(variable, operator, value)
    assert caught.value.text.startswith(text)


@pytest.mark.parametrize(
    ("operator", "value", "matches"),
    [
        ("==", 5, True),
        ("==", "5", True),
        ("IN", "5", True),
        ("IN", [5], True),
        ("==", ["4", 5], True),
        ("==", {"$gt": 4}, True),
        ("!=", 5, False),
        ("==", None, False),
    ],
)
def test_only_id_is_cast_to_text(operator: str, value: Any, matches: bool) -> None:
    test = compile_find(to_find({"variable": "id", "operator": operator, "value": value}), BLOCKS)

    assert matches is test({"id": "5"})


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_an_empty_condition_list_matches_every_block(operator: str) -> None:
    matches = compile_find(to_find({"logicalOperator": operator, "conditions": []}), BLOCKS)

    assert all(map(matches, BLOCK_LIST))


def test_an_empty_list_below_an_or_vanishes_instead_of_matching() -> None:
    empty = {"logicalOperator": "AND", "conditions": []}
    other = {"variable": "component.x", "operator": "==", "value": 80}
    query = to_find({"logicalOperator": "OR", "conditions": [empty, other]})
    matches = compile_find(query, BLOCKS)

    assert {"number", "list"} == {block["id"] for block in BLOCK_LIST if matches(block)}


def test_without_mongoose_an_empty_list_is_an_error() -> None:

    with pytest.raises(MongoError, match="must be a nonempty array"):
        compile_find({"$or": []})
