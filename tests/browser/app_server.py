"""The command of ``make app``, on a free loopback port."""

import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = "notebooks/app.ipynb"
START_LIMIT_S = 40.0


def app_command(port: int) -> tuple[list[str], dict[str, str]]:
    """Return the command that ``make app`` runs, and the variables that stand before it."""
    # Under `make test` the inner make would speak of entering folders.
    command = ["make", "--no-print-directory", "-n", "app"]
    script = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    words = shlex.split(script.strip().splitlines()[-1])
    variables = dict(word.split("=", 1) for word in words if word.partition("=")[0].isupper())
    words = [w for w in words if not w.partition("=")[0].isupper() and not w.startswith("--port")]
    program = Path(sys.executable).parent / Path(words[0]).name
    return [str(program), *words[1:], f"--port={port}"], variables


@contextmanager
def running_app(log: Path, *, theme: str = "light", notebook: Path | None = None) -> Iterator[str]:
    """Serve the app, wait until it answers, yield its address, and end it afterwards.

    Parameters
    ----------
    notebook
        Another one to serve in the same way; ``None``: the app's.
    """
    port = _free_port()
    command, variables = app_command(port)
    command = [str(notebook) if notebook and word == APP else word for word in command]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, f"--theme={theme}"],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=output,
            stderr=output,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/voila/static/voila.js", process, log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()  # Voilà ends its kernels, and they their emulators
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"Voilà did not answer at {url} within {START_LIMIT_S} s")
