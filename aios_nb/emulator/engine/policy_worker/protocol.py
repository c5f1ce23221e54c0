"""How the emulator starts a policy's process and talks to it: messages, replies behind a length."""

from __future__ import annotations

import json
import socket
import struct
import sys
from pathlib import Path
from typing import Any

JSON = dict[str, Any]
MESSAGE, PROCESS, LENGTH = struct.Struct("!ci"), struct.Struct("!i"), struct.Struct("!Q")
PROGRAM = Path(__file__).with_name("__main__.py")


def command(task: str, job: JSON) -> list[str]:
    """Return what starts a process for ``serve`` or ``install``, with nothing on its path."""
    return [sys.executable, "-I", "-B", "-X", "utf8", str(PROGRAM), task, json.dumps(job)]


def failure(kind: str, error: Exception, stage: str) -> JSON:
    return {"ok": False, "kind": kind, "error": str(error), "stage": stage}


def send(connection: socket.socket, reply: JSON) -> None:
    send_bytes(connection, json.dumps(reply).encode())


def send_bytes(connection: socket.socket, data: bytes) -> None:
    connection.sendall(LENGTH.pack(len(data)) + data)


def receive_exactly(connection: socket.socket, length: int) -> bytearray:
    data, position = bytearray(length), 0
    view = memoryview(data)
    while position < length:
        count = connection.recv_into(view[position:])
        if not count:
            raise SystemExit
        position += count
    return data
