"""JupyterLab on a free loopback port, with its settings in a temporary place."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

START_LIMIT_S = 40.0
FLAGS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--IdentityProvider.token=",
    "--expose-app-in-browser",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=",
]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Parameters
    ----------
    url
        Its address, without a slash at the end.
    folder
        Where notebooks lie.
    """

    url: str
    folder: Path

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook and return the address of its page, in a clean workspace."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, self.folder / name)
        return f"{self.url}/lab/tree/{name}?reset"


@contextmanager
def running_lab(place: Path, *, theme: str = "JupyterLab Light") -> Iterator[Lab]:
    """Start JupyterLab, wait until it answers, and end it afterwards."""
    notebooks = place / "notebooks"
    notebooks.mkdir()
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", f"--port={port}", *FLAGS]
    command.append(f"--ServerApp.root_dir={notebooks}")
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, env=_environment(place, theme), stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/api", process)
        yield Lab(f"http://127.0.0.1:{port}", notebooks)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _environment(place: Path, theme: str) -> dict[str, str]:
    extensions = place / "settings" / "@jupyterlab" / "apputils-extension"
    extensions.mkdir(parents=True)
    # The news pop-up would cover what a test clicks on.
    for name, settings in {
        "notification": {"fetchNews": "false", "checkForUpdates": False},
        "themes": {"theme": theme},
    }.items():
        (extensions / f"{name}.jupyterlab-settings").write_text(json.dumps(settings))
    folders = {
        f"JUPYTER_{name.upper()}_DIR": str(place / name) for name in ("config", "data", "runtime")
    }
    return {
        **os.environ,
        **folders,
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "workspaces"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        assert process.poll() is None, "JupyterLab ended at once; see its log"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"JupyterLab did not answer at {url} within {START_LIMIT_S} s")
