"""What Mongoose makes of filters; expected values were printed by Mongoose 8.24 (`Query.cast`)."""

from typing import Any

import pytest

from aios_nb.emulator.engine.bson import MongoError
from aios_nb.emulator.engine.casting import BLOCKS, CLUSTERS, cast_filter

BAD = 'Cast to {} failed for value {} at path "{}" for model "Cluster"'


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"nodes.count": "2"}, {"nodes.count": 2}),
        ({"nodes.count": {"$gt": " 7 "}}, {"nodes.count": {"$gt": 7}}),
        ({"memory": "0x10"}, {"memory": 16}),
        ({"memory": True}, {"memory": 1}),
        ({"memory": ""}, {"memory": None}),
        ({"id": 2.0}, {"id": "2"}),
        ({"id": 1e21}, {"id": "1e+21"}),
        ({"id": {"$in": "a"}}, {"id": {"$in": ["a"]}}),
        ({"tags": ["a", None, 3]}, {"tags": ["a", None, "3"]}),
        ({"tags.0": 5}, {"tags.0": "5"}),
        ({"config.a": "80"}, {"config.a": "80"}),
        ({"config.a": ["80"]}, {"config.a": {"$in": ["80"]}}),
        ({"nodes.nodeData": {"$in": 0}}, {"nodes.nodeData": {"$in": [0]}}),
        ({"status": ["live"]}, {"status": ["live"]}),
        ({"$or": []}, {}),
        ({"$or": [{"$and": []}, {"id": 1}]}, {"$or": [{"id": "1"}]}),
        ({"$and": [{"$or": []}]}, {}),
        ({"$or": [{}]}, {"$or": [{}]}),
    ],
)
def test_a_cluster_filter_is_cast(given: dict[str, Any], sent: dict[str, Any]) -> None:

    assert sent == cast_filter(given, CLUSTERS)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"nodes.count": "abc"}, BAD.format("Number", '"abc" (type string)', "nodes.count")),
        (
            {"memory": {"$ne": {"$in": []}}},
            BAD.format("Number", "\"{ '$in': [] }\" (type Object)", "memory"),
        ),
        ({"memory": {"$regex": 5}}, BAD.format("number", '"5" (type number)', "memory")),
        ({"tags.0": {"$gt": {}}}, BAD.format("string", '"{}" (type Object)', "tags")),
        ({"regionId": {"$size": 1}}, "Can't use $size with String."),
        ({"_id": {"$regex": "a"}}, "Can't use $regex"),
        ({"$or": {}}, BAD.format("Array", '"{}" (type Object)', "$or")),
        (
            {"$or": [{"memory": "first"}, {"memory": "last"}]},
            BAD.format("Number", '"last" (type string)', "memory"),
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_mongooses_words(given: dict[str, Any], text: str) -> None:

    with pytest.raises(MongoError) as caught:
        cast_filter(given, CLUSTERS)
    assert text == caught.value.text


def test_blocks_are_untyped_but_for_ids() -> None:
    given = {"id": 5, "minInstances": "1", "tags": 5, "componentUri": False, "__v": "0"}

    assert {"id": "5", "minInstances": "1", "tags": 5, "componentUri": "false", "__v": 0} == (
        cast_filter(given, BLOCKS)
    )
