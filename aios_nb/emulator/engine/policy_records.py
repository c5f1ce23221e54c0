"""The two records of the policy system: which keys they need and which they keep (§5.3)."""

from __future__ import annotations

from typing import Any

from ..refusal import need
from .python_words import in_pythons_words

JSON = dict[str, Any]

POLICY_KEYS = (
    "name",
    "version",
    "release_tag",
    "metadata",
    "tags",
    "code",
    "code_type",
    "type",
    "policy_input_schema",
    "policy_output_schema",
    "policy_settings_schema",
    "policy_parameters_schema",
    "policy_settings",
    "policy_parameters",
    "description",
    "functionality_data",
    "resource_estimates",
)
EXECUTOR_KEYS = (
    "executor_id",
    "executor_host_uri",
    "executor_metadata",
    "executor_hardware_info",
)
EXECUTOR_PORT = 30900


def policy_record(body: Any) -> JSON:
    """Return the stored form: 17 keys and the URI, unknown keys dropped, nothing validated.

    Raises
    ------
    Refusal
        The first missing key in quotes, or Python's words for a body that is no object.
    """
    given = _picked(body, POLICY_KEYS)
    uri = f"{given['name']}:{given['version']}-{given['release_tag']}"
    return {"policy_rule_uri": uri, **given}


def executor_record(body: Any) -> JSON:
    """Return an executor's stored form.

    Raises
    ------
    Refusal
        As :func:`policy_record`.
    """
    given = _picked(body, EXECUTOR_KEYS)
    return {**given, "executor_status": body.get("executor_status", "healthy")}


def new_executor_record(body: Any) -> JSON:
    """Return a new executor's stored form; its address is made from ``cluster_public_ip``.

    Raises
    ------
    Refusal
        As :func:`policy_record`; ``'cluster_public_ip'`` is looked at first.
    """
    with in_pythons_words():
        address: str = "http://" + body["cluster_public_ip"] + f":{EXECUTOR_PORT}"
    return executor_record({**body, "executor_host_uri": address})


def _picked(body: Any, keys: tuple[str, ...]) -> JSON:
    if isinstance(body, dict):
        need(body, *keys)
    with in_pythons_words():
        return {key: body[key] for key in keys}
