"""Life cycle of the emulator: what it is started with, and that nothing of it stays."""

from __future__ import annotations

import atexit
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from .datastore import DataFolderError, DataStore
from .engine.openai_chat import OpenAIChat
from .folders import remove_orphans
from .grpc_server import GRPC_PORT, grpc_is_installed
from .guard import is_loopback
from .listeners import EmulatorError as EmulatorError
from .listeners import Listeners, listen
from .opening import open_world
from .refusal import Refusal
from .service_thread import ServiceThread
from .world import Settings, World

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


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
        What other machines must send, as ``Authorization: Bearer`` or as the password of a URL,
        over gRPC as metadata ``authorization``: whoever may talk to the emulator may run programs
        on this machine.
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
        Where ``BlockInferenceService`` listens on ``host``; 0: any free one; ``None``: with guide
        ports on 31500 if grpcio is installed, else nowhere.

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
        self._thread: ServiceThread | None = None
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
        listeners: Listeners | None = None
        try:
            listeners = self._listen(data)
            self._world = self._open_world(data)
            self._serve(self._world, listeners)
        except BaseException:
            if listeners is not None:
                listeners.close()
            self.close()
            if data is not None:
                data.close()
            raise
        return self

    def close(self) -> None:
        """Stop listening and remove everything; closing twice does no harm."""
        atexit.unregister(self.close)
        if self._thread is not None:
            self._thread.stop()
        if self._world is not None:
            self._world.close()
        self._world = self._thread = None

    def _listen(self, data: DataStore | None) -> Listeners:
        listeners = listen(self._host, self._port, guide_ports=self._guide_ports, data=data)
        self.url, self.addresses = listeners.url, listeners.addresses
        return listeners

    def _serve(self, world: World, listeners: Listeners) -> None:
        world.chat_server = self._chat_server
        self._thread = ServiceThread(
            world,
            listeners,
            token=self._token,
            hidden=(self._data_dir,) if self._data_dir is not None else (),
            grpc_port=self._grpc_port,
        )
        self._thread.start()
        atexit.register(self.close)
        self._thread.wait_until_ready()

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


def _absolute(path: Path | str) -> Path:
    return Path(path).expanduser().absolute()
