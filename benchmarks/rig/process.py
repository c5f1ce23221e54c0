"""Servers under measurement, each in a process of its own, ended with the benchmark."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
ECHO = Path(__file__).with_name("echo.py")


class Server:
    """A server process on a port of this machine.

    Parameters
    ----------
    command
        How to start it; ``{port}`` stands for the port.
    path
        What answers 200 as soon as it is ready.
    environment
        Variables on top of this process's own.
    """

    def __init__(
        self,
        *command: str,
        path: str = "/",
        start_limit_s: float = 20.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = [part.format(port=self.port) for part in command]
        self.begun = time.perf_counter()
        # Its words go to a file: nobody reads a pipe, and a full one would stop the server.
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self._process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=self._words,
            stderr=self._words,
        )
        self._await(self.url + path, start_limit_s)

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def cpu_s(self) -> float:
        """Return the CPU time that the server's process has used so far, without its children."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()

    def last_words(self) -> str:
        """Return the end of what the server has printed."""
        self._words.seek(0)
        return self._words.read().decode(errors="replace")[-1000:]

    def _await(self, url: str, limit_s: float) -> None:
        while True:
            try:
                with urllib.request.urlopen(url, timeout=limit_s):
                    self.ready_s = time.perf_counter() - self.begun
                    return
            except urllib.error.HTTPError:
                pass
            except OSError:
                if self._process.poll() is not None:
                    raise SystemExit(f"{self._process.args} ended: {self.last_words()}") from None
            if time.perf_counter() - self.begun > limit_s:
                self.close()
                raise SystemExit(f"{url} is not ready after {limit_s:g} s")
            time.sleep(0.005)


@contextmanager
def serving(*command: str, **options: Any) -> Iterator[Server]:
    """Run a server while the block lasts; ``options`` are those of :class:`Server`."""
    server = Server(*command, **options)
    try:
        yield server
    finally:
        server.close()


def emulator(*options: str) -> tuple[str, ...]:
    """Return the command that starts the emulator as a reader does."""
    return (str(Path(sys.executable).with_name("aios-nb")), "emulator", "--port={port}", *options)


def echo() -> tuple[str, ...]:
    """Return the command that starts the bare Starlette echo, the floor of every request."""
    return (sys.executable, str(ECHO), "{port}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
