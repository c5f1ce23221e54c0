"""Widgets to compose, preview and run a request. Names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .candidates_view import CandidateTable as CandidateTable
    from .goals_view import GoalSliders as GoalSliders
    from .log_view import LogPanel as LogPanel
    from .query_view import QueryBuilder as QueryBuilder
    from .request_view import RequestForm as RequestForm
    from .run_view import RunPanel as RunPanel
    from .workbench_view import Workbench as Workbench

__all__ = [
    "CandidateTable",
    "GoalSliders",
    "LogPanel",
    "QueryBuilder",
    "RequestForm",
    "RunPanel",
    "Workbench",
]

_HOMES = {
    "CandidateTable": "candidates_view",
    "GoalSliders": "goals_view",
    "LogPanel": "log_view",
    "QueryBuilder": "query_view",
    "RequestForm": "request_view",
    "RunPanel": "run_view",
    "Workbench": "workbench_view",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
