"""Sockets, threads and life cycle of the emulator; nothing else."""

from __future__ import annotations

import asyncio
import atexit
import errno
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from .app import SERVICES, make_app
from .connection import Protocol
from .datastore import DataFolderError, DataStore
from .engine.openai_chat import OpenAIChat
from .engine.policy_runner import PolicyProcesses
from .folders import remove_orphans
from .grpc_server import GRPC_PORT, grpc_is_installed, start_grpc
from .guard import is_loopback
from .opening import keep_port, last_port, open_world
from .refusal import Refusal
from .world import Settings, World

START_LIMIT_S = 10.0
STOP_LIMIT_S = 10.0
LOOPBACK = "127.0.0.1"  # gRPC has no way to ask for the token
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


class EmulatorError(OSError):
    """The emulator cannot start; the message says what to change."""


class Emulator:
    """An AIOS on this machine, served by one thread until closed.

    Parameters
    ----------
    fleet
        Folder with ``blocks/ metrics/ clusters/ replies/``; ``None``: the one that is shipped.
    port
        Port of the page and of all services (path prefix each); 0: any free one.
    guide_ports
        Serve each service also on the port that the guide uses, 30186 and so on.
    policy_mode
        ``executor`` as deployed, or ``local``.
    wait_limit_s
        Where AIOS waits for ever, answer after so many seconds (default 30).
    time_scale
        Simulated waits last this many times as long (default 1).
    quirks
        Harmful upstream defects to switch on.
    seed
        Start of generated ids and of drawn faults.
    host
        A loopback address; any other needs a token.
    token
        What other machines must send, as ``Authorization: Bearer`` or as the password of a URL:
        whoever may talk to the emulator may run programs on this machine.
    openai_base_url, openai_model
        A server that speaks OpenAI's chat completions, and a model there, which then answers for
        the matcher block. The key is read from ``OPENAI_API_KEY``. ``None``: it is simulated.
    code_sources
        Where a policy's code may be fetched from beside the emulator's own store: beginnings of
        URLs such as ``http://10.0.0.5:32555/``, and absolute folders.
    data_dir
        Folder in which everything that was acknowledged survives, a killed process included.
        ``None``: all is in memory, and gone at the end. It is filled from ``fleet`` when new.
    grpc_port
        Where ``BlockInferenceService`` listens; 0: any free one; ``None``: with guide ports on
        31500 if grpcio is installed, else nowhere.

    Raises
    ------
    EmulatorError
        On start: a port is in use, the host is not loopback, or the fleet cannot be read.
    ValueError
        A switch has an unknown or impossible value.

    Examples
    --------
    >>> with Emulator() as emulator:
    ...     emulator.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        fleet: Path | str | None = None,
        *,
        port: int = 0,
        guide_ports: bool = False,
        policy_mode: str = "executor",
        wait_limit_s: float = 30.0,
        time_scale: float = 1.0,
        quirks: Iterable[str] = (),
        seed: int = 0,
        host: str = "127.0.0.1",
        token: str | None = None,
        grpc_port: int | None = None,
        openai_base_url: str | None = None,
        openai_model: str = "gpt-4o-mini",
        code_sources: Iterable[str] = (),
        data_dir: Path | str | None = None,
    ) -> None:
        self._settings = Settings(
            policy_mode, wait_limit_s, time_scale, frozenset(quirks), seed, tuple(code_sources)
        )
        self._token = token
        self._fleet = _absolute(fleet) if fleet is not None else FIXTURES
        self._data_dir = _absolute(data_dir) if data_dir is not None else None
        self._host, self._port, self._guide_ports = host, port, guide_ports
        if grpc_port is None and guide_ports and grpc_is_installed():
            grpc_port = GRPC_PORT
        self._grpc_port = grpc_port
        self._chat_server = OpenAIChat(openai_base_url, openai_model) if openai_base_url else None
        self._world: World | None = None
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self.url = ""
        self.addresses: dict[str, str] = {}

    @property
    def world(self) -> World:
        """What the running emulator remembers; look, and change it through the control API."""
        if self._world is None:
            raise EmulatorError("the emulator is not running; call start() or use it in a with")
        return self._world

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> Emulator:
        """Listen and return when the first request can be answered."""
        if self._thread is not None:
            return self
        if not is_loopback(self._host) and not self._token:
            raise EmulatorError(
                f"host {self._host!r} is not loopback, and there is no token; the emulator runs "
                "uploaded code, so other machines must send one: give --token as well"
            )
        data = self._open_data()
        sockets: list[socket.socket] = []
        try:
            sockets += self._listen(data)
            self._world = self._open_world(data)
            self._run(self._world, sockets)
        except BaseException:
            _close_all(sockets)
            self.close()
            if data is not None:
                data.close()
            raise
        return self

    def close(self) -> None:
        """Stop listening and remove everything; closing twice does no harm."""
        atexit.unregister(self.close)
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_LIMIT_S)
        if self._world is not None:
            self._world.close()
        self._world = self._thread = self._server = None
        self._ready.clear()

    def _listen(self, data: DataStore | None) -> list[socket.socket]:
        main = self._bind_main(data)
        port = main.getsockname()[1]
        self.url = f"http://{_in_url(self._host)}:{port}"
        self.addresses = {name: f"{self.url}/{name}" for name in SERVICES}
        sockets = [main]
        if not self._guide_ports:
            return sockets
        try:
            for name, service in SERVICES.items():
                sockets.append(_bind(self._host, service.port))
                self.addresses[name] = f"http://{_in_url(self._host)}:{service.port}"
        except EmulatorError:
            _close_all(sockets)
            raise
        return sockets

    def _bind_main(self, data: DataStore | None) -> socket.socket:
        if data is None:
            return _bind(self._host, self._port)
        # Addresses that were handed out, such as the code of a policy, hold the port.
        try:
            main = _bind(self._host, self._port or last_port(data))
        except EmulatorError:
            if self._port:
                raise
            main = _bind(self._host, 0)
        keep_port(data, main.getsockname()[1])
        return main

    def _open_world(self, data: DataStore | None) -> World:
        remove_orphans()
        try:
            return open_world(self._settings, self._fleet, urls=self.addresses, data=data)
        except (ValueError, Refusal) as error:
            raise EmulatorError(f"cannot load the fleet: {error}") from error

    def _open_data(self) -> DataStore | None:
        if self._data_dir is None:
            return None
        try:
            return DataStore(self._data_dir)
        except DataFolderError as error:
            raise EmulatorError(str(error)) from error

    def _run(self, world: World, sockets: list[socket.socket]) -> None:
        self._failure = None
        self._thread = threading.Thread(
            target=self._serve, args=(world, sockets), name="aios-emulator", daemon=True
        )
        self._thread.start()
        atexit.register(self.close)
        if not self._ready.wait(START_LIMIT_S):
            raise EmulatorError(f"the emulator did not start within {START_LIMIT_S:g} s")
        if self._failure is not None:
            raise EmulatorError(f"the emulator did not start: {self._failure}") from self._failure

    def _serve(self, world: World, sockets: list[socket.socket]) -> None:
        try:
            asyncio.run(self._serve_until_closed(world, sockets))
        except BaseException as failure:  # noqa: BLE001 - a thread has nobody else to tell
            self._failure = failure
        finally:
            self._ready.set()

    async def _serve_until_closed(self, world: World, sockets: list[socket.socket]) -> None:
        guide = {s.port: name for name, s in SERVICES.items()} if self._guide_ports else {}
        application = make_app(world, guide)
        application.token = self._token
        application.own_ports.add(sockets[0].getsockname()[1])
        hidden = (self._data_dir,) if self._data_dir is not None else ()
        world.runner = PolicyProcesses(world.folder, hidden=hidden)
        world.chat_server = self._chat_server
        server = _Server(_configuration(application), self._ready)
        self._server = server
        grpc_server = await self._serve_grpc(world)
        try:
            await server.serve(sockets)
        finally:
            if grpc_server is not None:
                await grpc_server.stop(0)
            await world.runner.close()

    async def _serve_grpc(self, world: World) -> Any:
        if self._grpc_port is None:
            return None
        grpc_server, port = await start_grpc(world, LOOPBACK, self._grpc_port)
        self.addresses["grpc"] = f"grpc://{LOOPBACK}:{port}"
        return grpc_server


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


def _configuration(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )


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


def _absolute(path: Path | str) -> Path:
    return Path(path).expanduser().absolute()


def _in_url(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"
    return f"[{host.strip('[]')}]" if ":" in host else host


def _close_all(sockets: list[socket.socket]) -> None:
    for listener in sockets:
        listener.close()
