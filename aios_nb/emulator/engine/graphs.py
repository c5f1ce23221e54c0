"""Graphs of blocks: each forwards its output, the last one answers (contract §12.5)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from ..refusal import Refusal
from ..world import JSON, World
from .memory import memory_of
from .python_words import in_pythons_words
from .routing import GATEWAY_PORT, REDIS_PORT, local_host, outputs_of, read_block
from .waiting import Silence

# A cycle without a leaf never answers; nothing sensible is longer.
STEP_LIMIT = 100

Ask = Callable[[str, Any], Awaitable[list[Any]]]


async def compile_graph(world: World, output_ptr: str) -> JSON | None:
    """Return the resolved graph of an output pointer; ``None`` if it asks for none.

    Raises
    ------
    Refusal
        The pointer is not JSON, or names a block that the registry lacks.
    """
    try:
        pointer = json.loads(output_ptr)
    except ValueError as error:
        raise Refusal(str(error)) from error
    with in_pythons_words():
        if "is_graph" not in pointer or not pointer["is_graph"]:
            return None
        graph = pointer["graph"]
        if pointer.get("is_compiled"):
            graph["final"] = {}  # its place; see inferring.py for what is put there
            return dict(graph)
    return await resolve(world, graph)


async def resolve(world: World, graph: Any) -> JSON:
    """Return where each block of ``{"a": ["b"], "b": []}`` sends its output.

    Raises
    ------
    Refusal
        A block is unknown, or its cluster has no gateway.
    """
    with in_pythons_words():
        # One output per child: AH/core/discovery.py, resolve_outputs, keeps them in a dict.
        edges = [(parent, dict.fromkeys(children)) for parent, children in graph.items()]
    resolved: JSON = {}
    for parent, children in edges:
        start = await _node(world, parent)
        resolved[parent] = outputs_of(
            *[_edge(start, child, await _node(world, child)) for child in children]
        )
    return resolved


async def run(graph: JSON, head: str, data: Any, ask: Ask) -> list[Any]:
    """Return the outputs of the leaf blocks, in the order in which they are ready.

    Raises
    ------
    Silence
        No leaf is ever reached.
    """
    outputs: list[Any] = []
    packets = deque([(head, data)])
    for _ in range(STEP_LIMIT):
        if not packets:
            break
        block_id, packet = packets.popleft()
        children = _children(graph, block_id)
        for output in await ask(block_id, packet):
            packets.extend((child, output) for child in children)
            outputs.extend([] if children else [output])
    if not outputs:
        raise Silence(f"no leaf of the graph that starts at {head!r} answered")
    return outputs


def _children(graph: JSON, block_id: str) -> list[str]:
    try:
        # A block that the graph does not name is a leaf (SDK/main.py: g.get(block_id, …)).
        outputs = graph.get(block_id, {"outputs": []})["outputs"]
        return [output["block_id"] for output in outputs]
    except (KeyError, TypeError) as error:
        # The block fails where it reads its successors, and a block that fails is silent.
        raise Silence(f"block {block_id!r} cannot read its outputs in the graph") from error


async def _node(world: World, block_id: str) -> JSON:
    known = memory_of(world).graphs
    with in_pythons_words():
        is_known = block_id in known
    if not is_known:
        known[block_id] = await _look_up(world, block_id)
    return known[block_id]


async def _look_up(world: World, block_id: str) -> JSON:
    try:
        block = await read_block(world, block_id)
    except Refusal as refusal:
        raise Refusal(f"block with ID {block_id} not found") from refusal
    with in_pythons_words():
        cluster = block["cluster"]
        gateway = cluster.get("config", {}).get("urlMap", {}).get("publicGateway", "")
        if len(gateway) == 0:
            raise Refusal("Public gateway URL not defined")
        public = gateway[0] if isinstance(gateway, list) else gateway
        return {"cluster": cluster["id"], "local": local_host(block_id), "public": public}


def _edge(parent: JSON, child_id: str, child: JSON) -> JSON:
    is_near = parent["cluster"] == child["cluster"]
    return {
        "host": child["local"] if is_near else child["public"],
        "port": REDIS_PORT if is_near else GATEWAY_PORT,
        "queue_name": "EXECUTOR_INPUTS",
        "block_id": child_id,
    }
