"""Which instances of a block reported lately (contract §5.5)."""

from __future__ import annotations

from typing import Any

from .python_words import in_pythons_words

JSON = dict[str, Any]
STALE_AFTER_S = 60


def instance_health(instance: Any, now: float) -> JSON:
    """Return one instance's verdict.

    Raises
    ------
    Refusal
        The instance is no object or its time stamp no number, in Python's words.
    """
    with in_pythons_words():
        instance_id = instance.get("instanceId", "unknown")
        if instance_id == "executor":
            return {"instanceId": instance_id, "healthy": True, "reason": "executor instance"}
        timestamp = instance.get("timestamp")
        if timestamp is None:
            return {"instanceId": instance_id, "healthy": False, "reason": "missing timestamp"}
        age_s = now - timestamp
    if age_s > STALE_AFTER_S:
        reason = f"stale metrics (last updated {int(age_s)}s ago)"
        stale = {"healthy": False, "reason": reason, "lastMetrics": age_s}
        return {"instanceId": instance_id, **stale}
    return {"instanceId": instance_id, "healthy": True, "lastMetrics": age_s}


def block_health(document: JSON, now: float) -> JSON:
    """Return the answer's ``healthy`` and ``instances``; no instance at all counts as healthy.

    Raises
    ------
    Refusal
        As :func:`instance_health`.
    """
    with in_pythons_words():
        instances = list(document.get("instances", []))
    verdicts = [instance_health(instance, now) for instance in instances]
    return {"healthy": all(verdict["healthy"] for verdict in verdicts), "instances": verdicts}
