"""What AIOS prints around a policy, in the executor's pod and in local mode (contract §13.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..world import JSON


def opening(uri: Any, process: int) -> list[str]:
    """Return the executor's lines up to the look-up of the policy."""
    return [f"INFO:root:Started process {process} for policy {uri}", *looking_up(uri)]


def looking_up(uri: Any) -> list[str]:
    return [f"INFO:root:Fetching policy data for URI: {uri}"]


def fetching(uri: Any, code: Any, *, is_local: bool) -> list[str]:
    """Return the lines from the look-up to the archive's arrival."""
    what = "parameters and settings" if is_local else "parameters"
    lines = [
        f"INFO:root:Determining {what} for execution",
        f"INFO:root:Initializing LocalCodeExecutor for policy {uri}",
    ]
    # Path() eats one slash of the address; AIOS prints it so, with exists() behind it.
    return [*lines, f"{Path(code)} False"] if isinstance(code, str) else lines


def fetched(code: str, folder: str) -> list[str]:
    if "://" in code:
        return [f"INFO:root:Downloaded and cached file to {folder}/archive"]
    return [f"INFO:root:Using local archive: {code}"]


def closing(uri: Any, answer: JSON) -> list[str]:
    """Return the executor's lines after the policy: done, or the chain of its complaints."""
    if answer["ok"] or answer["kind"] == "unserialisable":
        return [f"INFO:root:Execution completed successfully for policy {uri}"]
    if answer["kind"] in {"timeout", "died"}:
        return _silent(answer)
    text = answer["error"]
    lines = [f"ERROR:root:Error in subprocess execution: {text}"]
    if answer["stage"] == "lookup":
        return lines
    failed = f"ERROR:root:Failed to execute policy function for URI '{uri}': {text}"
    return [*_failed(answer), failed, *lines]


def closing_locally(answer: JSON) -> list[str]:
    """Return the search server's lines after the policy; its last complaint is lost (§8.2)."""
    if answer["ok"] or answer["kind"] == "unserialisable":
        return []
    if answer["kind"] in {"timeout", "died"}:
        return _silent(answer)
    if answer["stage"] == "eval":
        return _failed(answer)
    return [f"ERROR:root:Failed to initialize LocalCodeExecutor: {answer['error']}"]


def _silent(answer: JSON) -> list[str]:
    # AIOS prints nothing more: nobody notices that the process is gone.
    return [f"emulator: {answer['error']}"]


def _failed(answer: JSON) -> list[str]:
    text = answer["error"]
    first = {
        "fetch": [f"ERROR:root:Error downloading file: {text}"],
        "eval": [f"ERROR:root:Error during evaluation: {text}"],
    }
    return [*first.get(answer["stage"], []), f"ERROR:root:Execution failed: {text}"]
