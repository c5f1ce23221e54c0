"""What a policy needs: installed once per archive, and only if it is not here already (§8.1)."""

from __future__ import annotations

import os
import re
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

from packaging.requirements import InvalidRequirement, Requirement

from ..folders import remove_folder
from ..world import JSON
from .policy_worker import protocol

INSTALL_LIMIT_S = 300.0
ENDING_LIMIT_S = 10.0  # then what ends the builds is ended itself
LINES, OUTPUT_BYTES = 200, 2**20
# What pip and a build may use: more than a policy, for they compile.
LIMITS = {
    "memory_bytes": 4 * 2**30,
    "file_bytes": 2**30,
    "open_files": 1024,
    "processes": 256,
}
# pip reads these; nothing else of the emulator's environment reaches it.
KEPT = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
INSTALLED = "INFO:root:Installed dependencies from requirements.txt"
NONE_NEEDED = "WARNING:root:No requirements.txt found"


@dataclass(frozen=True)
class Installation:
    """What became of a requirements.txt: log lines, and AIOS's text if it failed."""

    lines: list[str]
    error: str | None = None


Started = Callable[["subprocess.Popen[bytes]"], None]


def install(
    file: Path, target: Path, started: Started, *, hidden: Iterable[Path] = ()
) -> Installation:
    """Install what ``file`` lists and this Python lacks into the folder ``target``.

    Parameters
    ----------
    started
        Is given pip's process, so that a closing emulator need not wait for it.
    hidden
        Folders that pip, and what a package runs when it is built, must not read.
    """
    if not file.exists():
        return Installation([NONE_NEEDED])
    if target.exists():
        return Installation([INSTALLED])
    found = satisfied(file)
    if found is not None:
        return Installation([*found, INSTALLED])
    return _run_pip(file, target, started, hidden)


def satisfied(file: Path) -> list[str] | None:
    """Return pip's lines for requirements that are all met, or None if one is not.

    Anything but plain requirements (options, files, addresses) is left to pip.
    """
    lines = []
    for number, text in _lines(file):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return None
        if requirement.marker and not requirement.marker.evaluate():
            lines.append(
                f"Ignoring {requirement.name}: markers '{requirement.marker}' "
                "don't match your environment"
            )
            continue
        distribution = _distribution(requirement)
        if requirement.url or distribution is None or not _is_met(requirement, set()):
            return None
        place = distribution.locate_file("")
        lines.append(
            f"Requirement already satisfied: {requirement} in {str(place).rstrip('/')} "
            f"(from -r {file} (line {number})) ({distribution.version})"
        )
    return lines


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    text = file.read_text(errors="replace").replace("\\\n", " ")
    for number, line in enumerate(text.splitlines(), 1):
        plain = re.sub(r"(^|\s)#.*", "", line).strip()
        if plain:
            yield number, plain


def _distribution(requirement: Requirement) -> metadata.Distribution | None:
    # The policy's process sees neither PYTHONPATH nor the user's own site-packages.
    places = site.getsitepackages()
    return next(iter(metadata.distributions(name=requirement.name, path=places)), None)


def _is_met(requirement: Requirement, seen: set[str]) -> bool:
    """Tell whether a requirement and, as pip asks too, everything it requires is here."""
    if str(requirement) in seen:
        return True
    seen.add(str(requirement))
    distribution = _distribution(requirement)
    if distribution is None:
        return False
    if not requirement.specifier.contains(distribution.version, prereleases=True):
        return False
    extras = requirement.extras or {""}
    for text in distribution.requires or ():
        needed = Requirement(text)
        marker = needed.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if not _is_met(needed, seen):
            return False
    return True


def _run_pip(file: Path, target: Path, started: Started, hidden: Iterable[Path]) -> Installation:
    pip = [sys.executable, "-m", "pip", "install"]
    scratch, spare = target.with_suffix(".new"), target.with_suffix(".pip")
    # No cache: what one package writes there, another user of the machine's pip would install.
    options = ["--target", str(scratch), "--disable-pip-version-check", "--no-input"]
    patience = ["--no-cache-dir", "--retries", "1", "--timeout", "5", "--progress-bar", "off"]
    fence = {
        "hidden": [str(folder) for folder in hidden],
        "readable": [str(file.parent)],
        "writable": [str(scratch), str(spare)],
    }
    for folder in (scratch, spare):
        folder.mkdir(exist_ok=True)
    command = [*pip, *options, *patience, "-r", str(file)]
    try:
        status, lines = _run(command, spare, started, fence)
        if not status:
            scratch.rename(target)
            return Installation([*lines, INSTALLED])
    finally:
        for folder in (scratch, spare):
            remove_folder(folder)
    # AIOS's own command, without the options that are the emulator's.
    text = str(subprocess.CalledProcessError(status, [*pip, "-r", str(file)]))
    return Installation([*lines, f"ERROR:root:Error installing dependencies: {text}"], text)


def _run(command: list[str], folder: Path, started: Started, fence: JSON) -> tuple[int, list[str]]:
    job = {"command": command, "scratch": str(folder), "fence": fence, "limit_s": INSTALL_LIMIT_S}
    # A file, not a pipe: nothing waits for who keeps it open.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            protocol.command("install", {**job, **LIMITS}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**_pip_environment(), "TMPDIR": str(folder)},
            cwd=folder.parent,
            start_new_session=True,
        )
        started(process)
        try:
            status = process.wait(INSTALL_LIMIT_S + ENDING_LIMIT_S)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
        finally:
            process.kill()
            process.wait()
        return status, _last_lines(output)


def _last_lines(output: IO[bytes]) -> list[str]:
    output.seek(max(0, output.seek(0, os.SEEK_END) - OUTPUT_BYTES))
    return output.read(OUTPUT_BYTES).decode(errors="replace").splitlines()[-LINES:]


def _pip_environment() -> dict[str, str]:
    wanted = {*KEPT, *PROXIES, *(p.lower() for p in PROXIES)}
    return {k: v for k, v in os.environ.items() if k in wanted or k.startswith("PIP_")}
