"""A component's URI as the registry computes it (contract §5.8)."""

from __future__ import annotations

from typing import Any

from ..refusal import Refusal


def component_uri(component: dict[str, Any]) -> str:
    """Return ``<type>.<name>:<version>-<release tag>``; what lacks reads ``undefined``.

    Raises
    ------
    Refusal
        There is no ``componentId`` to read from, in Node's words.
    """
    identity = component.get("componentId")
    if identity is None:
        missing = "null" if "componentId" in component else "undefined"
        raise Refusal(f"Cannot read properties of {missing} (reading 'name')")
    named = identity if isinstance(identity, dict) else {}
    name, version, tag = (named.get(k, "undefined") for k in ("name", "version", "releaseTag"))
    return f"{component.get('componentType', 'undefined')}.{name}:{version}-{tag}"
