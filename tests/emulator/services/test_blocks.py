"""The blocks registry: what Mongoose does to saves, updates, filters and options."""

import pytest

from aios_nb.emulator.services import blocks
from aios_nb.emulator.world import JSON, World

from ..harness import call


def create(world: World, body, **options):
    return call(world, blocks.create, "POST", "/blocks", json=body, **options)


def read(world: World, block_id: str = "b") -> JSON:
    return call(world, blocks.read, "GET", f"/blocks/{block_id}").json()


def put(world: World, body, block_id: str = "b"):
    return call(world, blocks.update, "PUT", f"/blocks/{block_id}", json=body)


def query(world: World, body):
    return call(world, blocks.query, "POST", "/blocks/query", json=body)


def ids(answer) -> list[str]:
    return [document["id"] for document in answer.json()]


def test_a_stored_block_is_answered_with_its_generated_keys_last(world: World) -> None:
    answer = create(world, {"id": "b", "tags": ["x"]})

    assert 201 == answer.status_code
    assert "application/json; charset=utf-8" == answer.headers["content-type"]
    assert f'{{"id":"b","tags":["x"],"_id":"{answer.json()["_id"]}","__v":0}}' == answer.text


def test_a_read_block_shows_its_object_id_first(world: World) -> None:
    create(world, {"id": "b"})

    assert ["_id", "id", "__v"] == list(read(world))


def test_unknown_keys_and_empty_objects_are_dropped_at_every_depth(world: World) -> None:
    create(
        world,
        {
            "id": "b",
            "api_mode": "x",
            "parameters": {},
            "policies": {"p": {"settings": {}, "parameters": {}}, "q": {"uri": "u", "s": {}}},
            "tags": [],
            "component": {"list": [{}, {"empty": {}}], "nothing": None},
        },
    )
    found = {k: v for k, v in read(world).items() if k not in ("_id", "__v")}

    assert {
        "id": "b",
        "policies": {"q": {"uri": "u"}},
        "tags": [],
        "component": {"list": [{}, {}], "nothing": None},
    } == found


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": ""}, [], {"component": {}}])
def test_an_id_is_required(world: World, body) -> None:
    answer = create(world, body)

    assert 400 == answer.status_code
    assert '{"message":"Block validation failed: id: Path `id` is required."}' == answer.text
    assert 0 == len(world.blocks)


def test_the_three_typed_paths_are_cast_to_strings_and_nothing_else(world: World) -> None:
    create(world, {"id": 5, "componentUri": True, "minInstances": "1"})
    found = read(world, "5")

    assert ("5", "true", "1") == (found["id"], found["componentUri"], found["minInstances"])


def test_an_id_that_is_an_object_cannot_be_cast(world: World) -> None:
    answer = create(world, {"id": {"a": 1}})

    assert (
        "Block validation failed: id: Cast to string failed for value "
        '"{ a: 1 }" (type Object) at path "id"' == answer.json()["message"]
    )


def test_a_second_block_of_the_same_id_is_a_duplicate(world: World) -> None:
    create(world, {"id": "b"})
    answer = create(world, {"id": "b", "tags": []})

    assert 400 == answer.status_code
    assert (
        'E11000 duplicate key error collection: blocks.blocks index: id_1 dup key: { id: "b" }'
        == answer.json()["message"]
    )
    assert 1 == len(world.blocks)


def test_an_object_id_of_ones_own_must_be_one(world: World) -> None:
    good = create(world, {"id": "a", "_id": "68a1f0c2d4b7e91a5c3f0201"})
    bad = create(world, {"id": "b", "_id": "x"})

    assert "68a1f0c2d4b7e91a5c3f0201" == good.json()["_id"]
    assert (
        'Block validation failed: _id: Cast to ObjectId failed for value "x" (type string) '
        'at path "_id" because of "BSONError"' == bad.json()["message"]
    )


def test_an_unknown_block_is_a_404(world: World) -> None:
    missing = '{"message":"Block not found"}'

    assert (404, missing) == (
        call(world, blocks.read, "GET", "/blocks/x").status_code,
        call(world, blocks.read, "GET", "/blocks/x").text,
    )
    assert (404, missing) == (put(world, {}, "x").status_code, put(world, {}, "x").text)
    assert 404 == call(world, blocks.delete, "DELETE", "/blocks/x").status_code


def test_a_deleted_block_is_gone(world: World) -> None:
    create(world, {"id": "b"})
    answer = call(world, blocks.delete, "DELETE", "/blocks/b")

    assert {"message": "Block deleted successfully"} == answer.json()
    assert [] == call(world, blocks.read_all, "GET", "/blocks").json()


def test_the_fleet_is_listed_in_the_order_of_insertion(fleet: World) -> None:
    answer = call(fleet, blocks.read_all, "GET", "/blocks")

    assert [block["id"] for block in fleet.blocks] == ids(answer)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"minInstances": 5}, {"minInstances": 5}),
        ({"$set": {"component.deep.x": 1}}, {"component": {"deep": {"x": 1}}}),
        ({"$set": {"minInstances": 1}, "maxInstances": 9}, {"minInstances": 1, "maxInstances": 9}),
        ({"$inc": {"minInstances": 2}}, {"minInstances": 4}),
        ({"$inc": {"minInstances": "2"}}, {"minInstances": 4}),
        ({"$mul": {"minInstances": 3}}, {"minInstances": 6}),
        ({"$max": {"minInstances": 7}}, {"minInstances": 7}),
        ({"$min": {"minInstances": 7}}, {"minInstances": 2}),
        ({"$push": {"tags": "z"}}, {"tags": ["x", "y", "z"]}),
        ({"$push": {"tags": {"$each": ["a"], "$position": 0}}}, {"tags": ["a", "x", "y"]}),
        ({"$addToSet": {"tags": "x"}}, {"tags": ["x", "y"]}),
        ({"$pull": {"tags": {"$in": ["x"]}}}, {"tags": ["y"]}),
        ({"$pop": {"tags": 1}}, {"tags": ["x"]}),
        ({"$unset": {"tags": ""}}, {"tags": None}),
        ({"$rename": {"tags": "parameters.t"}}, {"tags": None, "parameters": {"t": ["x", "y"]}}),
        ({"unknown": 1}, {"unknown": None}),
        ({"$set": {"unknown.deep": 1}}, {"unknown": None}),
        ({"id": 7}, {"id": "7"}),
    ],
)
def test_put_takes_plain_fields_and_mongo_operators(world: World, body, expected: JSON) -> None:
    create(world, {"id": "b", "minInstances": 2, "tags": ["x", "y"]})
    answer = put(world, body)

    assert 200 == answer.status_code
    assert expected == {key: answer.json().get(key) for key in expected}


def test_put_of_a_whole_block_as_it_was_read_is_no_error(world: World) -> None:
    create(world, {"id": "b"})

    assert 200 == put(world, {**read(world), "tags": ["new"]}).status_code


def test_a_put_leaves_candidate_lists_that_hold_the_old_block_alone(world: World) -> None:
    create(world, {"id": "b", "component": {"x": 1}})
    held = world.block("b")
    put(world, {"$set": {"component.x": 2}})

    assert held is not None
    assert {"x": 1} == held["component"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"id": {"a": 1}}, 'Cast to string failed for value "{ a: 1 }" (type Object) at path "id"'),
        ({"$inc": {"tags": 1}}, "Cannot apply $inc to a value of non-numeric type."),
        ({"$inc": {"minInstances": "x"}}, 'Cast to number failed for value "x" (type string)'),
        (
            {"$push": {"minInstances": 1}},
            "The field 'minInstances' must be an array but is of type int",
        ),
        ({"$foo": {"tags": 1}}, "Unknown modifier: $foo."),
        ({"$set": {"tags.a": 1}}, "Cannot create field 'a' in element"),
        ({"_id": "68a1f0c2d4b7e91a5c3f0299"}, "the immutable field '_id'"),
        ({"$set": {"tags": [], "tags.0": 1}}, "would create a conflict at 'tags'"),
        ({"tags": ["new"], "id": "other"}, "E11000 duplicate key error"),
    ],
)
def test_a_rejected_put_is_a_400_and_changes_nothing(world: World, body, message: str) -> None:
    create(world, {"id": "b", "minInstances": 2, "tags": ["x"]})
    create(world, {"id": "other"})
    before = read(world)
    answer = put(world, body)

    assert 400 == answer.status_code
    assert message in answer.json()["message"]
    assert before == read(world)


@pytest.mark.parametrize(
    "body", [{}, {"query": {}}, {"query": {"$and": []}}, {"query": {"$or": []}}]
)
def test_no_query_and_empty_conditions_match_everything(fleet: World, body: JSON) -> None:

    assert len(fleet.blocks) == len(query(fleet, body).json())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"id": "b5"}, ["b5"]),
        ({"id": {"$in": "b5"}}, ["b5"]),
        ({"id": 5}, ["5"]),
        ({"minInstances": "80"}, []),
        ({"minInstances": {"$gte": 80}}, ["5"]),
        ({"elsewhere": {"$exists": False}}, ["b5", "5"]),
        ({"tags": "x"}, ["b5"]),
    ],
)
def test_filters_are_cast_on_typed_paths_only(
    world: World, wanted: JSON, expected: list[str]
) -> None:
    create(world, {"id": "b5", "tags": ["x"]})
    create(world, {"id": "5", "minInstances": 80})

    assert expected == ids(query(world, {"query": wanted}))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"id": {"a": 1}}, 'Cast to string failed for value "{ a: 1 }" (type Object) at path "id"'),
        ({"tags": {"$regex": "c++"}}, "Regular expression is invalid"),
        ({"_id": "x"}, 'Cast to ObjectId failed for value "x"'),
        ([1], "must be an object"),
    ],
)
def test_a_rejected_filter_is_a_500(world: World, wanted, message: str) -> None:
    create(world, {"id": "b", "tags": ["c++"]})
    answer = query(world, {"query": wanted})

    assert 500 == answer.status_code
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sort": {"minInstances": 1}}, ["c", "a", "b"]),
        ({"sort": {"minInstances": -1, "id": 1}}, ["b", "a", "c"]),
        ({"sort": "-id"}, ["c", "b", "a"]),
        ({"sort": [["id", "desc"]]}, ["c", "b", "a"]),
        ({"limit": 1}, ["a"]),
        ({"limit": "2"}, ["a", "b"]),
        ({"limit": -1}, ["a"]),
        ({"limit": 0}, ["a", "b", "c"]),
        ({"skip": 1, "limit": 1}, ["b"]),
        ({"sort": {"id": -1}, "skip": 1}, ["b", "a"]),
        ({"lean": True}, ["a", "b", "c"]),
        (None, ["a", "b", "c"]),
    ],
)
def test_options_sort_and_page(world: World, options, expected: list[str]) -> None:
    for block_id, instances in (("a", 2), ("b", 3), ("c", None)):
        create(world, {"id": block_id, "minInstances": instances})

    assert expected == ids(query(world, {"options": options}))


@pytest.mark.parametrize(
    "options", [{"limit": "x"}, {"skip": -1}, {"sort": {"id": 5}}, {"sort": 5}, "sort"]
)
def test_malformed_options_are_a_500(world: World, options) -> None:

    assert 500 == query(world, {"options": options}).status_code
