"""How the emulator and a policy's process talk: messages, and replies behind their length."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

JSON = dict[str, Any]
MESSAGE, PROCESS, LENGTH = struct.Struct("!ci"), struct.Struct("!i"), struct.Struct("!Q")


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
