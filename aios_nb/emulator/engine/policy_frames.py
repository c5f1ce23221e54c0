"""How a call is packed for a policy's process, and how its reply is taken, within limits."""

from __future__ import annotations

import asyncio
import json
import marshal
import socket

from ..world import JSON
from .policy_failing import DIED
from .policy_limits import RESULT_LIMIT_BYTES
from .policy_worker.protocol import LENGTH


def marshalled(call: JSON) -> bytes:
    # Eight times faster than JSON at a thousand candidates; only ever read by our own child.
    try:
        return marshal.dumps(call)
    except ValueError:
        return marshal.dumps(json.loads(json.dumps(call, default=str)))


async def receive_frame(connection: socket.socket) -> bytearray:
    (length,) = LENGTH.unpack(await receive_exactly(connection, LENGTH.size))
    if length > RESULT_LIMIT_BYTES:
        raise ValueError(f"frame of {length} bytes, expected at most {RESULT_LIMIT_BYTES}")
    return await receive_exactly(connection, length)


async def receive_exactly(connection: socket.socket, length: int) -> bytearray:
    loop = asyncio.get_running_loop()
    data = bytearray(length)
    view, position = memoryview(data), 0
    while position < length:
        count = await loop.sock_recv_into(connection, view[position:])
        if not count:
            raise ConnectionResetError(DIED)
        position += count
    return data
