"""MongoDB's update operators: what they make of a document, and how they refuse."""

from typing import Any

import pytest

from aios_nb.emulator.engine.bson import MongoError
from aios_nb.emulator.engine.updates import apply_update

JSON = dict[str, Any]


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({}, {"$set": {"a.b": 1}}, {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"$set": {"a.1": 5}}, {"a": [1, 5]}),
        ({"a": [1]}, {"$set": {"a.3": 5}}, {"a": [1, None, None, 5]}),
        ({"a": {"b": 1}}, {"$unset": {"a.b": ""}}, {"a": {}}),
        ({"a": [1, 2]}, {"$unset": {"a.0": ""}}, {"a": [None, 2]}),
        ({"a": 1}, {"$unset": {"b.c": ""}}, {"a": 1}),
        ({}, {"$inc": {"n": 2}}, {"n": 2}),
        ({"n": 1}, {"$inc": {"n": 0.5}}, {"n": 1.5}),
        ({}, {"$mul": {"n": 2}}, {"n": 0}),
        ({"n": 3}, {"$mul": {"n": 2}}, {"n": 6}),
        ({"n": 3}, {"$min": {"n": 2}}, {"n": 2}),
        ({"n": 3}, {"$min": {"n": 4}}, {"n": 3}),
        ({}, {"$max": {"n": 4}}, {"n": 4}),
        ({"n": 3}, {"$max": {"n": "text"}}, {"n": "text"}),
        ({"a": 1}, {"$rename": {"a": "b.c"}}, {"b": {"c": 1}}),
        ({"a": 1}, {"$rename": {"x": "y"}}, {"a": 1}),
        ({}, {"$push": {"a": 1}}, {"a": [1]}),
        ({"a": [1]}, {"$push": {"a": [2, 3]}}, {"a": [1, [2, 3]]}),
        ({"a": [1]}, {"$push": {"a": {"$each": [2, 3], "$position": 0}}}, {"a": [2, 3, 1]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [3], "$slice": -2}}}, {"a": [2, 3]}),
        ({"a": [1]}, {"$addToSet": {"a": 1.0}}, {"a": [1]}),
        ({"a": [1]}, {"$addToSet": {"a": {"$each": [1, 2, 2]}}}, {"a": [1, 2]}),
        ({"a": [1, 2, 3]}, {"$pull": {"a": {"$gte": 2}}}, {"a": [1]}),
        ({"a": [{"n": 1}, {"n": 2}]}, {"$pull": {"a": {"n": 1}}}, {"a": [{"n": 2}]}),
        ({"a": [1, 2, 2, 3]}, {"$pullAll": {"a": [2, 3]}}, {"a": [1]}),
        ({"a": [1, 2, 3]}, {"$pop": {"a": 1}}, {"a": [1, 2]}),
        ({"a": [1, 2, 3]}, {"$pop": {"a": -1}}, {"a": [2, 3]}),
        ({"a": 1}, {"$setOnInsert": {"b": 1}}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_an_operator_changes_a_copy(before: JSON, update: JSON, after: JSON) -> None:
    original = repr(before)

    assert after == apply_update(before, update)
    assert original == repr(before)


def test_an_insert_counts_what_is_set_on_insert() -> None:
    assert {"a": 1} == apply_update({}, {"$setOnInsert": {"a": 1}}, inserting=True)


@pytest.mark.parametrize(
    ("update", "code", "words"),
    [
        ({"$foo": {"a": 1}}, 9, "Unknown modifier: $foo. Expected a valid update modifier or"),
        ({"$set": 5}, 9, "Modifiers operate on fields but we found type int instead."),
        ({"$set": {"a": 1}, "$inc": {"a": 1}}, 40, "Updating the path 'a' would create a conflict"),
        ({"$set": {"": 1}}, 56, "An empty update path is not valid."),
        ({"$set": {"text.b": 1}}, 28, "Cannot create field 'b' in element {text: \"x\"}"),
        ({"$inc": {"text": 1}}, 14, "Cannot apply $inc to a value of non-numeric type."),
        ({"$inc": {"n": "1"}}, 14, 'Cannot increment with non-numeric argument: {n: "1"}'),
        ({"$mul": {"n": None}}, 14, "Cannot multiply with non-numeric argument: {n: null}"),
        ({"$push": {"text": 1}}, 2, "The field 'text' must be an array but is of type string"),
        ({"$push": {"list": {"$each": 1}}}, 2, "The argument to $each in $push must be an array"),
        ({"$push": {"list": {"$each": [1], "$foo": 1}}}, 2, "Unrecognized clause in $push: $foo"),
        ({"$addToSet": {"list": {"$each": 1}}}, 14, "The argument to $each in $addToSet must be"),
        ({"$pullAll": {"list": 1}}, 2, "$pullAll requires an array argument but was given a int"),
        ({"$pop": {"list": 2}}, 9, "$pop expects 1 or -1, found: 2"),
        ({"$rename": {"n": 5}}, 2, "The 'to' field for $rename must be a string: n: 5"),
    ],
)
def test_a_refusal_has_the_words_and_the_code_of_mongodb(
    update: JSON, code: int, words: str
) -> None:
    with pytest.raises(MongoError) as refused:
        apply_update({"_id": "1", "n": 1, "text": "x", "list": [1]}, update)

    assert (code, words) == (refused.value.code, refused.value.text[: len(words)])
