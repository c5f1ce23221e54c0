"""A policy run here, as AIOS would run it: in a process of its own, with limits."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .errors import PayloadError, PolicyError
from .wire import JSON, json_object, shown

TIMEOUT_S = 30.0
MEBIBYTE = 2**20
# What a policy may use here; the emulator allows as much.
LIMITS = {"memory_bytes": 1024 * MEBIBYTE, "file_bytes": 64 * MEBIBYTE}
OUTPUT_BYTES = MEBIBYTE
CHILD = Path(__file__).with_name("policy_child.py")
REQUIREMENTS = "code/requirements.txt"


class Package(Protocol):
    """The files of a policy, as ``PolicyPackage`` has them."""

    @property
    def file_name(self) -> str: ...
    @property
    def files(self) -> tuple[tuple[str, bytes], ...]: ...


@dataclass(frozen=True)
class PolicyCall:
    """What a policy is given at one selection, beside the candidates.

    Parameters
    ----------
    parameters, settings
        As in AIOS: the request's parameters, the registration's settings.

    Raises
    ------
    PayloadError
        Something has no JSON form.
    """

    parameters: JSON = field(default_factory=dict)
    settings: JSON = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("parameters", "settings"):
            object.__setattr__(self, name, json_object(getattr(self, name), name))


@dataclass(frozen=True)
class PolicyRun:
    """What a policy chose, and what it wrote while it chose.

    Parameters
    ----------
    chosen
        The block that AIOS would take: what ``eval`` returned, or the first of a list.
    lines
        Everything the policy logged or printed, line by line; ``frames.scores`` reads them.
    """

    chosen: JSON
    lines: tuple[str, ...] = ()

    def __repr__(self) -> str:
        # The chosen block's document is pages long.
        return f"PolicyRun(block_id={self.block_id!r}, {len(self.lines)} lines)"

    @property
    def block_id(self) -> str:
        """The chosen block's id."""
        return str(self.chosen["id"])


def recorded(candidates: Sequence[JSON]) -> tuple[JSON, ...]:
    """Return copies of blocks that can be candidates.

    Raises
    ------
    PayloadError
        They are no list of blocks, or something has no JSON form.
    """
    if not isinstance(candidates, (list, tuple)):
        raise PayloadError(
            f"candidates is {shown(candidates)}; expected a list of blocks, such as "
            "find_candidates() returns"
        )
    return tuple(json_object(block, f"candidate {n}") for n, block in enumerate(candidates))


def run_policy(
    package: Package,
    candidates: Sequence[JSON],
    calls: Iterable[PolicyCall],
    *,
    timeout_s: float = TIMEOUT_S,
) -> list[PolicyRun | PolicyError]:
    """Return what became of each call; failures of the policy are returned, not raised.

    One process imports the package, and one more answers each call, so that no call sees what
    another left behind. Your ``AIOS_*`` environment variables, which hold credentials, stay
    here. ``requirements.txt`` is not installed: the policy runs with this environment's packages.

    Parameters
    ----------
    candidates
        Blocks that passed the filter, as :func:`recorded` returns them; the same for every call.
    timeout_s
        Wall time for all calls together, in seconds.

    Raises
    ------
    PayloadError
        The time limit is no number of seconds.
    """
    calls = list(calls)
    limit_s = _limit(timeout_s)
    with tempfile.TemporaryDirectory(prefix="aios-policy-") as name:
        folder = Path(name)
        job: JSON = {**LIMITS, "function": str(_unpack(package, folder))}
        job |= {"candidates": candidates, "calls": [vars(call) for call in calls]}
        job["ends_after_s"] = math.ceil(limit_s) + 5
        (folder / "calls.json").write_text(json.dumps(job))
        is_late = _run_child(folder, limit_s)
        late = f"no answer within {limit_s:g} s; give a longer timeout_s, or look for a loop"
        silence = late if is_late else "its process ended without an answer (exit, or no memory)"
        return [_outcome(package, folder, number, silence) for number in range(len(calls))]


def _limit(timeout_s: float) -> float:
    if not isinstance(timeout_s, (int, float)) or not 0 < timeout_s < math.inf:
        raise PayloadError(f"timeout_s is {timeout_s!r}; expected seconds greater than 0")
    return float(timeout_s)


def _unpack(package: Package, folder: Path) -> Path:
    for path, content in package.files:
        place = folder / "package" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder / "package" / "code" / "function.py"


def _run_child(folder: Path, limit_s: float) -> bool:
    """Run all calls; say whether the time was over before the process was."""
    workplace = folder / "work"
    workplace.mkdir()
    child = subprocess.Popen(
        # -P: the folder of this package must not be where a policy's imports are looked for.
        [sys.executable, "-P", str(CHILD), str(folder)],
        cwd=workplace,
        env={k: v for k, v in os.environ.items() if not k.startswith("AIOS_")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(limit_s)
    except subprocess.TimeoutExpired:
        return True
    finally:
        # With the group end all that the policy started, also after an interrupt in a notebook.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return False


def _outcome(package: Package, folder: Path, number: int, silence: str) -> PolicyRun | PolicyError:
    lines = (*_lines(folder / "import.log"), *_lines(folder / f"{number}.log"))
    reply = _reply(folder / f"{number}.json") or _reply(folder / "import.json")
    if reply is None:
        return PolicyError(f"policy {package.file_name} failed: {silence}", lines=lines)
    if not reply["ok"]:
        return _failed(package, reply, lines)
    result = reply["result"]
    chosen = result[0] if isinstance(result, list) and result else result
    if not isinstance(chosen, dict) or not chosen.get("id"):
        expected = "expected one of the candidates, a dict with an id; AIOS could not use it"
        what = f"policy {package.file_name} returned {shown(result)}; {expected}"
        return PolicyError(what, lines=lines)
    return PolicyRun(chosen, lines)


def _failed(package: Package, reply: JSON, lines: tuple[str, ...]) -> PolicyError:
    trace = reply["traceback"]
    last = trace.splitlines()[-1]
    advice = ""
    wanted = dict(package.files).get(REQUIREMENTS)
    if "ModuleNotFoundError" in last and wanted is not None:
        advice = f"\nInstall here what {REQUIREMENTS} asks for: {wanted.decode().split()}"
    what = f"policy {package.file_name} failed in {reply['stage']}: {last}{advice}"
    return PolicyError(what, traceback=trace, lines=lines)


def _lines(log: Path) -> list[str]:
    if not log.exists():
        return []
    with log.open("rb") as stream:
        return stream.read(OUTPUT_BYTES).decode("utf-8", "backslashreplace").splitlines()


def _reply(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else None
