"""One inference from packet to packet, as the ad-hoc server does it (contract §12.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..world import ADHOC_LOG, JSON, Fault, World
from . import graphs, routing
from .block_faults import block_fault, suffer
from .memory import find
from .packets import Answer, Packet
from .queues import receive
from .replying import outputs
from .routing import outputs_of
from .sessions import block_of_session
from .waiting import Silence

# ADHOC_INSTANCE_ID, and the reply addresses for blocks of the own cluster and of others (§3).
INSTANCE_ID = "instance-2"
NEAR = ("inference-server.inference-server.svc.cluster.local", 6379)
PUBLIC = ("10.20.0.11", 31502)


async def infer(world: World, packet: Packet) -> Answer:
    """Choose a block if none is named, send it the packet, wait for the answer.

    Raises
    ------
    Refusal
        With the texts of contract §12.3; :class:`~.waiting.Endless` where AIOS never answers.
    """
    block_id = await _block_of(world, packet)
    host, port = address = await routing.discover(world, block_id)
    line = f"INFO:core.ai_server:block_id:{block_id}, url={host}, port={port}"
    world.logs.write(ADHOC_LOG, line)
    fault = block_fault(world, block_id)
    is_down = fault is not None and fault.kind == "down"
    if port:
        await routing.connect(world, address, is_down=is_down)
    queue = f"{INSTANCE_ID}__{packet.session_id}__{packet.seq_no}"
    graph = await graphs.compile_graph(world, packet.output_ptr) if packet.output_ptr else None
    pointer = _pointer(packet, graph, queue, NEAR if port else PUBLIC)
    line = f"INFO:root:pushing packet={pointer}, {packet.session_id}, {packet.seq_no}"
    world.logs.write(ADHOC_LOG, line)
    if not port:  # gRPC connects when the first packet is sent
        await routing.connect(world, address, is_down=is_down)
    receiver = routing.receiver(world, block_id, address)
    delivery = _Delivery(world, packet, block_id, receiver, pointer, graph, fault)
    return await receive(world, queue, delivery.answers())


async def _block_of(world: World, packet: Packet) -> str:
    if packet.block_id:
        # A named block neither reads nor writes the session cache (contract §12.1).
        world.note(found_by="model", block=packet.block_id)
        return packet.block_id
    return await block_of_session(world, packet.session_id, packet.read_query)


def _pointer(packet: Packet, graph: JSON | None, queue: str, reply_to: tuple[str, int]) -> str:
    """Return where the block is told to send its output."""
    if packet.output_ptr and graph is None:
        return packet.output_ptr
    host, port = PUBLIC if graph is not None else reply_to
    here = outputs_of({"host": host, "port": port, "queue_name": queue})
    if graph is None:
        return json.dumps(here)
    sent = {k: v for k, v in json.loads(packet.output_ptr).items() if k != "is_compiled" or not v}
    return json.dumps({**sent, "graph": {**graph, "final": here}})


@dataclass
class _Delivery:
    """A packet on its way through the blocks, and the answers it makes."""

    world: World
    packet: Packet
    block_id: str
    receiver: str
    pointer: str
    graph: JSON | None
    fault: Fault | None

    async def answers(self) -> list[Answer]:
        try:
            data = json.loads(self.packet.data)
        except ValueError:
            data = self.packet.data  # a block takes what is no JSON for a plain prompt
        if self.graph is not None:
            found = await graphs.run(self.graph, self.receiver, data, self.ask)
        else:
            found = await self.ask(self.receiver, data)
        if self.packet.output_ptr and self.graph is None:
            # AH/core/ai_server.py adds its reply queue to real graphs only.
            raise Silence("the graph lacks is_graph, so no block knows the reply queue")
        return [self._answer(output) for output in found]

    async def ask(self, block_id: str, data: Any) -> list[Any]:
        """Return what one block sends out for ``data``."""
        world = self.world
        is_first = block_id == self.receiver
        fault = self.fault if is_first else block_fault(world, block_id)
        self.fault = None if is_first else self.fault
        await suffer(fault, block_id)
        block = find(world.blocks, "id", block_id) or {"id": block_id}
        packet = self.packet
        return await outputs(
            world,
            block,
            data,
            session_id=packet.session_id,
            seq_no=packet.seq_no,
            files=packet.files,
        )

    def _answer(self, output: Any) -> Answer:
        packet = self.packet
        return Answer(
            block_id=self.block_id,
            session_id=packet.session_id,
            seq_no=packet.seq_no,
            output=output,
            ts=packet.ts,
            output_ptr=self.pointer,
            files=packet.files,
        )
