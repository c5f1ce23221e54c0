"""One call to a policy's process: handed to a child, answered or ended, its output read."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass, field
from typing import IO

from ..world import JSON
from .policy_failing import DIED, Failed
from .policy_frames import marshalled, receive_frame
from .policy_output import open_log, read_log
from .policy_process import Worker
from .policy_worker.processes import kill_group
from .policy_worker.protocol import LENGTH


@dataclass
class Trace:
    """What is known of a call even when it fails."""

    lines: list[str] = field(default_factory=list)
    process: int = 0


async def converse(worker: Worker, call: JSON, trace: Trace) -> JSON:
    """Send one call to a child of the worker's and return its answer."""
    places = worker.places(call["input_data"])
    try:
        child = await worker.child(newest=max(places or [-1]))
    except asyncio.CancelledError:
        worker.give_up()  # the next call starts another
        raise
    trace.process = child.process
    if places is not None and child.holds(places):
        call = {**call, "input_data": [], "places": places}
    with child.link, open_log() as log:
        try:
            return await _exchange(child.link, call, log)
        except asyncio.CancelledError:
            kill_group(child.process)  # even if its worker no longer listens
            raise
        finally:
            worker.end_call(child.process)
            trace.lines += read_log(log)


async def _exchange(link: socket.socket, call: JSON, log: IO[bytes]) -> JSON:
    loop = asyncio.get_running_loop()
    payload = marshalled(call)
    socket.send_fds(link, [LENGTH.pack(len(payload))], [log.fileno()])
    await loop.sock_sendall(link, payload)
    try:
        answer = json.loads(await receive_frame(link))
        if answer["ok"]:
            return {"ok": True, "result": answer["result"]}
        return Failed(str(answer["kind"]), str(answer["error"]), str(answer["stage"])).answer
    except (ValueError, TypeError, KeyError) as error:
        # Only a policy that writes to its own connection gets here.
        raise Failed("died", DIED) from error
