"""Faults injected into blocks, which sit behind the ad-hoc server and have no port of their own."""

from __future__ import annotations

import asyncio

from ..world import Fault, World
from .waiting import Silence


def block_fault(world: World, block_id: str) -> Fault | None:
    """Return the fault that hits a request to this block.

    It is one for the service ``block``, or one for the service ``adhoc`` that names this block;
    one for ``adhoc`` without a name hits the ad-hoc server itself, before any block is chosen.
    """
    if not len(world.faults):
        return None
    fault = world.faults.check("block", block_id)
    if fault is None and any(f.service == "adhoc" and f.block_id == block_id for f in world.faults):
        fault = world.faults.check("adhoc", block_id)
    return fault


async def suffer(fault: Fault | None, block_id: str) -> None:
    """Wait, or lose the packet, as the fault has it.

    Raises
    ------
    Silence
        The block fails: it logs, and pushes nothing back (contract §11).
    """
    if fault is None:
        return
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_s)
        return
    raise Silence(f"an injected fault ({fault.kind}) keeps block {block_id!r} from answering")
