"""Graphs of blocks behind `/v1/infer` (§12.5)."""

from typing import Any

import pytest

from aios_nb.emulator.world import Fault, World

from .adhoc_requests import FAR, NEAR, infer, known, message


def test_a_graph_answers_with_the_output_of_its_leaf(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: [FAR], FAR: []}}
    answer = infer(quick, known(graph=graph))

    assert NEAR == answer["model"]
    assert answer["data"]["reply"].startswith(f"(Simulated reply of {FAR}")
    assert f"Simulated reply of {NEAR}" in answer["data"]["reply"]


def test_a_graph_without_is_graph_hangs(quick: World) -> None:

    assert "is_graph" in message(quick, known(graph={"graph": {NEAR: []}}))


def test_a_graph_of_nothing_is_ignored(quick: World) -> None:

    assert "data" in infer(quick, known(graph={}))


def test_a_graph_with_an_unknown_node(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: ["zz"]}}

    assert "block with ID zz not found" == message(quick, known(graph=graph))


def test_a_compiled_graph_is_taken_as_it_is(quick: World) -> None:
    edges = {NEAR: {"outputs": [{"block_id": FAR}]}, FAR: {"outputs": []}}
    graph = {"is_graph": True, "is_compiled": True, "graph": edges}
    answer = infer(quick, known(graph=graph))

    assert answer["data"]["reply"].startswith(f"(Simulated reply of {FAR}")


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        ({"is_graph": True}, "'graph'"),
        ({"is_graph": True, "graph": [1]}, "'list' object has no attribute 'items'"),
        (
            {"is_graph": True, "is_compiled": True, "graph": [1]},
            "list indices must be integers or slices, not str",
        ),
        (5, "argument of type 'int' is not"),
    ],
)
def test_graphs_of_a_wrong_shape(quick: World, graph: Any, text: str) -> None:

    assert message(quick, known(graph=graph)).startswith(text)


def test_a_cycle_never_answers(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: [FAR], FAR: [NEAR]}}

    assert "no leaf" in message(quick, known(graph=graph))


def test_a_block_that_the_graph_does_not_name_is_a_leaf(quick: World) -> None:
    answers = [
        infer(quick, known(seq_no=n, graph={"is_graph": True, "graph": graph}))
        for n, graph in enumerate([{}, {FAR: []}])
    ]

    assert all(f"Simulated reply of {NEAR}" in a["data"]["reply"] for a in answers)


def test_a_child_named_twice_is_asked_once(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: [FAR, FAR], FAR: []}}
    infer(quick, known(graph=graph))
    pushed = next(line.text for line in quick.logs.lines if "pushing packet" in line.text)

    assert 1 == pushed.count(f'"block_id": "{FAR}"')


def test_an_unknown_node_is_found_before_a_gateway_is_called(quick: World) -> None:
    quick.faults.add(Fault("block", "down", block_id=FAR))
    graph = {"is_graph": True, "graph": {FAR: ["zz"]}}

    assert "block with ID zz not found" == message(quick, known(FAR, graph=graph))


@pytest.mark.parametrize("graph", [[1], "text", {"is_graph": False, "graph": {NEAR: []}}])
def test_what_asks_for_no_graph_tells_no_block_where_to_answer(quick: World, graph: Any) -> None:

    assert "is_graph" in message(quick, known(graph=graph))
