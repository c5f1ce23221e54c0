"""Where the emulator listens: its sockets, and the address of each service."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from .app import SERVICES
from .datastore import DataStore
from .opening import keep_port, last_port


class EmulatorError(OSError):
    """The emulator cannot start; the message says what to change."""


@dataclass(frozen=True)
class Listeners:
    """Open sockets, the one of all services first; ``addresses`` has a URL for each service.

    Parameters
    ----------
    host
        As a URL names it.
    guide
        Service by its own port, as in the guide; empty: all share the first socket.
    """

    host: str
    sockets: tuple[socket.socket, ...]
    addresses: dict[str, str]
    guide: dict[int, str]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.sockets[0].getsockname()[1]}"

    @property
    def address(self) -> str:
        """Where all sockets listen, in figures."""
        return str(self.sockets[0].getsockname()[0])

    def close(self) -> None:
        _close_all(self.sockets)


def listen(host: str, port: int, *, guide_ports: bool, data: DataStore | None) -> Listeners:
    """Return sockets that listen on ``port`` of ``host``, and on the guide's ports if wanted.

    Parameters
    ----------
    port
        0: any free one, and with a data folder the one that it had last, if that is free.

    Raises
    ------
    EmulatorError
        A port is in use or cannot be had; none is held then.
    """
    sockets, place = [_bind_main(host, port, data)], _in_url(host)
    shared = sockets[0].getsockname()[1]
    addresses = {name: f"http://{place}:{shared}/{name}" for name in SERVICES}
    guide = {service.port: name for name, service in SERVICES.items()} if guide_ports else {}
    try:
        for number, name in guide.items():
            sockets.append(_bind(host, number))
            addresses[name] = f"http://{place}:{number}"
    except EmulatorError:
        _close_all(sockets)
        raise
    return Listeners(place, tuple(sockets), addresses, guide)


def _bind_main(host: str, port: int, data: DataStore | None) -> socket.socket:
    if data is None:
        return _bind(host, port)
    # Addresses that were handed out, such as the code of a policy, hold the port.
    try:
        main = _bind(host, port or last_port(data))
    except EmulatorError:
        if port:
            raise
        main = _bind(host, 0)
    keep_port(data, main.getsockname()[1])
    return main


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it, an answer in
    # two writes waits 40 ms for the client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError | OverflowError) -> EmulatorError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        reason = (
            "is in use: another emulator or program listens there. Stop it, or take another "
            "port (0: any free one; without guide ports the services share one)"
        )
    else:
        reason = f"cannot be used: {error}; take another (0: any free one)"
    return EmulatorError(f"port {port} of {host} {reason}")


def _in_url(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"
    return f"[{host.strip('[]')}]" if ":" in host else host


def _close_all(sockets: Iterable[socket.socket]) -> None:
    for listener in sockets:
        listener.close()
