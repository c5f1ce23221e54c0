"""Ad-hoc inference in AIOS: values, a client, explanations. Names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Loaded at once, and light: the function must stand where the module of its name would.
from .connect import connect

if TYPE_CHECKING:
    from .client import AIOSClient as AIOSClient
    from .endpoints import Endpoints as Endpoints
    from .errors import AIOSError as AIOSError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import PayloadError as PayloadError
    from .errors import PolicyError as PolicyError
    from .errors import ServiceError as ServiceError
    from .errors import TransportError as TransportError
    from .explanation import explain as explain
    from .inference import InferenceRequest as InferenceRequest
    from .linting import lint as lint
    from .policy import PolicyPackage as PolicyPackage
    from .policy import PolicyRegistration as PolicyRegistration
    from .query import Condition as Condition
    from .query import FilterRule as FilterRule
    from .query import MetricCondition as MetricCondition
    from .result import InferenceResult as InferenceResult
    from .selection import OptimizationGoal as OptimizationGoal
    from .selection import SelectionQuery as SelectionQuery
    from .session import Session as Session

__all__ = [
    "AIOSClient",
    "AIOSError",
    "Condition",
    "ConfigurationError",
    "Endpoints",
    "FilterRule",
    "InferenceRequest",
    "InferenceResult",
    "MetricCondition",
    "OptimizationGoal",
    "PayloadError",
    "PolicyError",
    "PolicyPackage",
    "PolicyRegistration",
    "SelectionQuery",
    "ServiceError",
    "Session",
    "TransportError",
    "connect",
    "explain",
    "lint",
]

_HOMES = {
    "client": ("AIOSClient",),
    "endpoints": ("Endpoints",),
    "errors": (
        "AIOSError",
        "ConfigurationError",
        "PayloadError",
        "PolicyError",
        "ServiceError",
        "TransportError",
    ),
    "explanation": ("explain",),
    "inference": ("InferenceRequest",),
    "linting": ("lint",),
    "policy": ("PolicyPackage", "PolicyRegistration"),
    "query": ("Condition", "FilterRule", "MetricCondition"),
    "result": ("InferenceResult",),
    "selection": ("OptimizationGoal", "SelectionQuery"),
    "session": ("Session",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f".{home}", __name__), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
