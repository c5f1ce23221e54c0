"""How the ad-hoc server reaches a block: discovery, its cache, and connections (§6.4, §12)."""

from __future__ import annotations

import asyncio
from typing import Any

from ..refusal import Refusal
from ..world import ADHOC_LOG, JSON, World
from .hops import reach
from .memory import find
from .python_words import in_pythons_words

# CLUSTER_ID of the ad-hoc server: blocks elsewhere are reached through their cluster's gateway.
CLUSTER_ID = "edge-cluster-1"
REDIS_PORT = 6379
GATEWAY_PORT = 0
NOT_200 = "API returned non-200 status code"
RETRIES = 10
RETRY_DELAY_S = 5.0
REFUSED = (
    "failed to connect to all addresses; last error: UNKNOWN: ipv4:{host}: "
    "Failed to connect to remote host: Connection refused"
)
UNRESOLVED = "DNS resolution failed for {host}: C-ares status is not ARES_SUCCESS"

Address = tuple[str, int]


async def discover(world: World, block_id: str) -> Address:
    """Return where a block is reached; the answer is remembered for ever (contract §12.2).

    Raises
    ------
    Refusal
        The block is unknown, or its cluster has no id or gateway.
    """
    if block_id in world.addresses:
        return world.addresses[block_id]
    address = await look_up(world, block_id)
    if address not in world.addresses.values():
        _log_connection(world, address)
    world.addresses[block_id] = address
    return address


async def look_up(world: World, block_id: str) -> Address:
    """Return where a block is reached, from the registry and not from the cache."""
    try:
        block = await read_block(world, block_id)
    except Refusal as refusal:
        raise Refusal(f"{block_id} not found in the DB, err={refusal.text}") from refusal
    with in_pythons_words():
        cluster_id = block["cluster"].get("id", "")
        if cluster_id == "":
            raise Refusal("cluster is not defined for the block ")
        gateway = block["cluster"]["config"]["urlMap"].get("publicGateway", "")
    # The gateway is needed even for a block of the same cluster (contract §6.4).
    if isinstance(gateway, list) and gateway:
        gateway = gateway[0]
    if gateway == "":
        raise Refusal("cluster did not define the public gateway url: ")
    line = f"INFO:root:block_id:{block_id} --> cluster:{cluster_id},gateway:{gateway}"
    world.logs.write(ADHOC_LOG, line)
    if cluster_id == CLUSTER_ID:
        return local_host(block_id), REDIS_PORT
    return str(gateway), GATEWAY_PORT


async def read_block(world: World, block_id: str) -> JSON:
    """Return a block's document as ``GET /blocks/<id>`` does; any failure has the same text."""
    if await reach(world, "blocks", f"/blocks/{block_id}"):
        raise Refusal(NOT_200)
    block = find(world.blocks, "id", block_id)
    if block is None:
        raise Refusal(NOT_200)
    return block


def local_host(block_id: str) -> str:
    """Return the in-cluster name of a block executor's Redis."""
    return f"{block_id}-executor-svc.blocks.svc.cluster.local"


def receiver(world: World, block_id: str, address: Address) -> str:
    """Return the block that really gets the packets for ``block_id``.

    With the quirk ``shared_gateway`` it is the first block ever called behind the same gateway:
    AIOS caches one connection per host and port, and a gateway connection carries the name of the
    block it was made for (AH/core/redis_cache.py, rpc_proxy.py).
    """
    if address[1] != GATEWAY_PORT or "shared_gateway" not in world.settings.quirks:
        return block_id
    return next((b for b, a in world.addresses.items() if a == address), block_id)


async def connect(world: World, address: Address, *, is_down: bool) -> None:
    """Do nothing if a block can be reached, else fail as AIOS does (contract §12.3).

    Raises
    ------
    Refusal
        At once for a gateway, be it down or written as a URL, which gRPC takes for a host name
        (§6.4); after ten attempts, 5 s apart, for a block of the own cluster.
    """
    host, port = address
    if port == GATEWAY_PORT:
        if "://" in host:
            raise Refusal(unavailable(UNRESOLVED.format(host=host)))
        if is_down:
            raise Refusal(unavailable(REFUSED.format(host=host)))
    elif is_down:
        await _retry_in_vain(world, f"{host}:{port}")


async def _retry_in_vain(world: World, peer: str) -> None:
    for attempt in range(1, RETRIES + 1):
        text = f"Error 111 connecting to {peer}. Connection refused."
        world.logs.write(
            ADHOC_LOG, f"WARNING:root:Retry {attempt}/{RETRIES} failed for {peer}: {text}"
        )
        await asyncio.sleep(RETRY_DELAY_S * world.settings.time_scale)
    raise Refusal(f"'{peer}'")


def unavailable(details: str) -> str:
    """Return the text of a failed gRPC call to a gateway."""
    return (
        "<_InactiveRpcError of RPC that terminated with:\n"
        "\tstatus = StatusCode.UNAVAILABLE\n"
        f'\tdetails = "{details}"\n'
        f'\tdebug_error_string = "UNKNOWN:Error received from peer  {{grpc_message:'
        f'"{details}", grpc_status:14}}"\n>'
    )


def _log_connection(world: World, address: Address) -> None:
    host, port = address
    made = "new gRPC" if port == GATEWAY_PORT else "and verified Redis"
    world.logs.write(ADHOC_LOG, f"INFO:root:Created {made} connection: {host}:{port}")


def outputs_of(*targets: Any) -> JSON:
    """Return the wire form of places to which a block sends its output."""
    return {"outputs": list(targets)}
