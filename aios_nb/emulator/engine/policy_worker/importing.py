"""Imports a policy as AIOS does, and its packages and late parts before any call needs them."""

from __future__ import annotations

import importlib
import importlib.util
import socket
import sys
import threading
from types import ModuleType

from .protocol import JSON, failure, send


def add_packages(folder: str) -> None:
    """Put the policy's own packages after the standard library, before all others."""
    first = next((i for i, p in enumerate(sys.path) if p.endswith("-packages")), len(sys.path))
    sys.path.insert(first, folder)


def import_or_report(job: JSON, control: socket.socket) -> ModuleType | None:
    """Return the policy's module; None: each call imports it anew."""
    if job.get("imports_per_call"):
        return None
    try:
        module = import_function(job["function"])
    except Exception as error:  # noqa: BLE001 - whatever a policy raises is AIOS's answer
        send(control, failure("raised", error, "import"))
        raise SystemExit from None
    if threading.active_count() > 1:
        # A fork would lose these threads: another worker imports in every child instead.
        send(control, {"ok": False, "kind": "threads", "error": "", "stage": "import"})
        raise SystemExit
    return module


def import_function(path: str) -> ModuleType:
    """Import as AIOS does: by path, as ``function``, with nothing added to ``sys.path``."""
    spec = importlib.util.spec_from_file_location("function", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["function"] = module
    spec.loader.exec_module(module)
    return module


def import_late_parts() -> None:
    """Import what requests leaves to its first call: here each call would be a first one."""
    if "requests" in sys.modules:
        for name in ("encodings.ascii", "encodings.idna", "netrc"):
            importlib.import_module(name)
