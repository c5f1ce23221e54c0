"""Brings the metrics clients into a policy's process when a call in local mode wants them.

They rest on ``http.client``, which costs a fifth of a start; AIOS's executor gives none.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

METRICS_API = Path(__file__).with_name("metrics_api.py")


@cache
def metrics_api() -> ModuleType:
    """Load the clients by path: by then no name leads to a file of the emulator's."""
    spec = importlib.util.spec_from_file_location(METRICS_API.stem, METRICS_API)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
