"""The thread whose event loop serves a world, from the first request to the last."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn

from .app import make_app
from .connection import Protocol
from .engine.policy_runner import PolicyProcesses
from .grpc_server import start_grpc
from .listeners import EmulatorError, Listeners
from .world import World

START_LIMIT_S = 10.0
STOP_LIMIT_S = 10.0
# For what fetches and installs code: asyncio's own few would be taken by what hangs, and no other
# policy could start. They are made when they are needed.
MOST_HELPERS = 64


class ServiceThread(threading.Thread):
    """Serves until stopped; of a daemon's kind, so that it holds up no interpreter.

    Parameters
    ----------
    token
        What other machines must send; ``None``: there are none.
    hidden
        Folders that a policy must not read, beside the world's own.
    grpc_port
        Where ``BlockInferenceService`` listens; 0: any free one; ``None``: nowhere.
    """

    def __init__(
        self,
        world: World,
        listeners: Listeners,
        *,
        token: str | None = None,
        hidden: Iterable[Path] = (),
        grpc_port: int | None = None,
    ) -> None:
        super().__init__(name="aios-emulator", daemon=True)
        self._world, self._listeners = world, listeners
        self._token, self._hidden, self._grpc_port = token, tuple(hidden), grpc_port
        self._server: uvicorn.Server | None = None
        self._is_ready = threading.Event()
        self._failure: BaseException | None = None

    def wait_until_ready(self) -> None:
        """Return when the first request can be answered.

        Raises
        ------
        EmulatorError
            It failed, or took longer than ``START_LIMIT_S``.
        """
        if not self._is_ready.wait(START_LIMIT_S):
            raise EmulatorError(f"the emulator did not start within {START_LIMIT_S:g} s")
        if self._failure is not None:
            raise EmulatorError(f"the emulator did not start: {self._failure}") from self._failure

    def stop(self) -> None:
        """End the event loop, and wait for the thread unless it is this one."""
        if self._server is not None:
            self._server.should_exit = True
        if self.is_alive() and self is not threading.current_thread():
            self.join(STOP_LIMIT_S)

    def run(self) -> None:
        """Serve; what starts a thread calls this."""
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - a thread has nobody else to tell
            self._failure = failure
        finally:
            self._is_ready.set()

    async def _serve(self) -> None:
        helpers = ThreadPoolExecutor(MOST_HELPERS, thread_name_prefix="aios-emulator")
        asyncio.get_running_loop().set_default_executor(helpers)
        world, sockets = self._world, self._listeners.sockets
        application = make_app(world, self._listeners.guide)
        application.token = self._token
        application.own_ports.add(sockets[0].getsockname()[1])
        runner = world.runner = PolicyProcesses(world.folder, hidden=self._hidden)
        self._server = _Server(_configuration(application), self._is_ready)
        grpc_server = await self._serve_grpc()
        try:
            await self._server.serve([*sockets])
        finally:
            if grpc_server is not None:
                await grpc_server.stop(0)
            await runner.close()

    async def _serve_grpc(self) -> Any:
        if self._grpc_port is None:
            return None
        here = self._listeners
        grpc_server, port = await start_grpc(
            self._world, here.address, self._grpc_port, token=self._token
        )
        here.addresses["grpc"] = f"grpc://{here.host}:{port}"
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
