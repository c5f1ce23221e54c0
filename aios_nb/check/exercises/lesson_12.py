"""Exercises of lesson 12: addresses of a cluster, and what a lesson leaves there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...endpoints import Endpoints
from ..exercise import Exercise


def my_addresses(answer: Any, *, management: str, cluster: str, logs: str) -> str:
    if not isinstance(answer, Endpoints):
        return f"{type(answer).__name__} holds no addresses; expected Endpoints."
    hosts = Endpoints.of_hosts(management=management, cluster=cluster)
    for name, expected in (("adhoc", hosts.adhoc), ("blocks", hosts.blocks), ("logs", logs)):
        if getattr(answer, name) != expected:
            return f"{name} is {getattr(answer, name)!r}; expected {expected!r}."
    return ""


def left_behind(answer: Any, *, before: Sequence[str], after: Sequence[str]) -> str:
    if not isinstance(answer, list | tuple | set | frozenset):
        return f"{type(answer).__name__} is no list; expected the URIs, or an empty list."
    if not all(isinstance(uri, str) for uri in answer):
        return "Each element must be the URI of a policy."
    left = set(after) - set(before)
    return "" if set(answer) == left else f"{len(left)} policies are there that were not before."


EXERCISES = (
    Exercise(
        "12",
        "my addresses",
        my_addresses,
        (
            "Endpoints.from_env takes a dictionary of variables, too.",
            "AIOS_MANAGEMENT_HOST and AIOS_CLUSTER_HOST give hosts, AIOS_LOGS_URL one service.",
        ),
    ),
    Exercise(
        "12",
        "left behind",
        left_behind,
        (
            "Compare the URIs of aios.query_policies() with those in before.",
            "[uri for uri in after if uri not in before]",
        ),
    ),
)
