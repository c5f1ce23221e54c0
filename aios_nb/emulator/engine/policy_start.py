"""Starts the process of an archive, and waits until it has imported its policy."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO

from ..world import JSON
from .policy_ending import Endings
from .policy_failing import DIED, HasThreads, Unready
from .policy_frames import receive_frame
from .policy_output import read_log
from .policy_preparing import Workshop
from .policy_process import Worker
from .policy_worker import protocol


@dataclass(frozen=True)
class Starter:
    """Starts workers in what the workshop prepares; those that fail are given to the endings."""

    workshop: Workshop
    endings: Endings

    async def start(self, digest: str, archive: bytes, *, call: JSON) -> Worker:
        """Return a worker that takes calls, with the log lines of its start.

        Raises
        ------
        Unready
            Any step failed, the policy's import included.
        OSError
            No process could be started.
        """
        lines = await asyncio.to_thread(self.workshop.prepare, digest, archive)
        with tempfile.TemporaryFile(dir=self.workshop.folder) as log:
            try:
                worker = await self._launch(self.workshop.job(digest, call), log, lines)
            except HasThreads:
                job = {**self.workshop.job(digest, call), "imports_per_call": True}
                worker = await self._launch(job, log, lines)
            worker.lines = [*lines, *read_log(log)]
        return worker

    async def _launch(self, job: JSON, log: IO[bytes], lines: list[str]) -> Worker:
        worker = await asyncio.to_thread(launch, job, log)
        try:
            # A little earlier than the call's own limit, so that it can tell what was printed.
            await await_import(worker, limit_s=job["limit_s"] * 0.95)
        except asyncio.CancelledError:
            self.endings.end(worker)
            raise
        except HasThreads:
            self.endings.end(worker, at_once=True)
            raise
        except Unready as unready:
            unready.lines = [*lines, *read_log(log)]
            self.endings.end(worker, at_once=True)
            raise
        worker.serve()
        return worker


async def await_import(worker: Worker, *, limit_s: float) -> None:
    """Return when the worker has imported its policy.

    Raises
    ------
    HasThreads
        The import is done, but cannot be forked.
    Unready
        It failed, took too long, or ended the process.
    """
    try:
        async with asyncio.timeout(limit_s):
            answer = json.loads(await receive_frame(worker.control))
        if answer["ok"]:
            return
        kind, text = answer["kind"], answer["error"]
    except TimeoutError as error:
        raise Unready("timeout", f"no answer within {limit_s:.3g} s", "import") from error
    except (OSError, ValueError) as error:
        raise Unready("died", DIED, "import") from error
    raise HasThreads if kind == "threads" else Unready(kind, text, "import")


def launch(job: JSON, log: IO[bytes]) -> Worker:
    """Start a worker; it ends itself when the other end of its control socket is closed."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        process = subprocess.Popen(
            protocol.command("serve", {**job, "control": theirs.fileno()}),
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            cwd=job["scratch"],
            env=_environment(job["scratch"]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    return Worker(process, ours, job["scratch"])


def _environment(scratch: str) -> dict[str, str]:
    """Return what a policy may see: no token or key of the user's passes through."""
    kept = {k: os.environ[k] for k in ("PATH", "TZ", "LD_LIBRARY_PATH") if k in os.environ}
    # One thread for numerical libraries: the memory limit counts what each of them reserves.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch}
