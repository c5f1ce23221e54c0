"""Functions, graphs and jobs: an empty policy system's answers."""

import pytest

from aios_nb.emulator.http import UNSUPPORTED
from aios_nb.emulator.services import policy_workloads
from aios_nb.emulator.world import World

from ..harness import call


@pytest.mark.parametrize(
    ("handler", "method", "path", "status", "message"),
    [
        (policy_workloads.read_function, "GET", "/function/f", 404, "Function not found."),
        (policy_workloads.read_graph, "GET", "/graphs/g", 200, "Graph with URI 'g' not found."),
        (policy_workloads.read_job, "GET", "/jobs/j", 200, "Job with ID 'j' not found."),
        (
            policy_workloads.delete_graph,
            "DELETE",
            "/graphs/g",
            200,
            "Failed to delete graph with URI 'g'.",
        ),
    ],
)
def test_nothing_is_there(
    world: World, handler, method: str, path: str, status: int, message: str
) -> None:
    answer = call(world, handler, method, path)

    assert (status, {"message": message, "success": False}) == (answer.status_code, answer.json())


QUERIES = [
    (policy_workloads.query_functions, "/function/query"),
    (policy_workloads.query_graphs, "/graphs/query"),
    (policy_workloads.query_jobs, "/jobs/query"),
]


@pytest.mark.parametrize(("handler", "path"), QUERIES)
@pytest.mark.parametrize("query", [{}, {"name": "x"}, {"name": {"$foo": 1}}])
def test_nothing_matches_a_filter(world: World, handler, path: str, query) -> None:
    assert '{"data":[],"success":true}\n' == call(world, handler, "POST", path, json=query).text


@pytest.mark.parametrize(
    ("which", "status", "message"),
    [
        (0, 400, "Invalid query filter."),
        (1, 200, "Error: filter must be an instance of dict, bson.son.SON, or any other type"),
        (2, 200, "Invalid query filter format."),
    ],
)
def test_a_list_is_no_filter(world: World, which: int, status: int, message: str) -> None:
    handler, path = QUERIES[which]
    answer = call(world, handler, "POST", path, json=[1])

    assert (status, message) == (answer.status_code, answer.json()["message"][: len(message)])


@pytest.mark.parametrize(
    ("which", "status", "message"),
    [(0, 500, UNSUPPORTED), (1, 200, f"Error: {UNSUPPORTED}"), (2, 200, f"Error: {UNSUPPORTED}")],
)
def test_a_wrong_content_type_is_told_each_in_its_way(
    world: World, which: int, status: int, message: str
) -> None:
    handler, path = QUERIES[which]
    answer = call(world, handler, "POST", path, content="{}")

    assert (status, message) == (answer.status_code, answer.json()["message"])
