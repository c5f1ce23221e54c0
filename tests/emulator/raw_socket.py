"""A client that sends what it is told, byte by byte, and tells what comes back."""

import socket

from aios_nb.emulator import Emulator


def dial(emulator: Emulator) -> socket.socket:
    host, port = emulator.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def received(link: socket.socket) -> bytes:
    """Return all that comes until the connection ends."""
    data = b""
    try:
        while chunk := link.recv(65536):
            data += chunk
    except ConnectionError:
        pass
    return data


def exchange(emulator: Emulator, raw: bytes) -> bytes:
    with dial(emulator) as link:
        try:
            link.sendall(raw)
        except ConnectionError:
            return b""
        return received(link)


def get(emulator: Emulator, target: bytes) -> bytes:
    head = b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return exchange(emulator, head)


def is_well(emulator: Emulator) -> bool:
    return get(emulator, b"/_emulator/settings").startswith(b"HTTP/1.1 200 ")
