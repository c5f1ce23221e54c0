"""The ranking by attributes: who is shown to the model first, and who wins if it fails."""

from __future__ import annotations

from typing import Any

from .values import JSON, METADATA, at, is_number, live_instances, mean, read_number

PARAMETERS = f"{METADATA}.architecture.parameterCountB"
# As in attributebasedrouter; "+": more is better, "-": less is better.
GOALS: dict[str, tuple[str, ...]] = {
    "Cost_Saver": (f"-{PARAMETERS}", "-hardware.gpus.totalMem"),
    "High_Quality_Lane": (
        "-end_to_end_latency",
        "+end_to_end_fps",
        f"+{METADATA}.evaluation.benchmarks.MMLU.value",
    ),
    "Balanced_Performer": ("-end_to_end_latency", f"-{PARAMETERS}", "+end_to_end_fps"),
    "Fast_Generator": ("+llm_tokens_per_second",),
    "Active_Block": (
        "+llm_active_sessions",
        "+tasks_processed.average_1m",
        "+end_to_end_count_total",
    ),
    "Free_Block": ("-llm_active_sessions", "-queue_length.average_1m"),
}
DEFAULT_GOALS = [("Fast_Generator", 0.9), ("Free_Block", 0.1)]


def read_goals(selection_query: Any) -> tuple[list[tuple[str, float]], list[Any]]:
    """Return names and weights of the goals, and what was given but is no goal."""
    listed = at(selection_query, "optimization_goals") or []
    goals, ignored = [], [] if isinstance(listed, list) else [listed]
    for goal in listed if isinstance(listed, list) else []:
        name, weight = at(goal, "name"), at({"weight": 1.0, **as_object(goal)}, "weight")
        if str(name) in GOALS and is_number(weight) and weight >= 0:
            goals.append((str(name), float(weight)))
        else:
            ignored.append(goal)
    return goals or DEFAULT_GOALS, ignored


def as_object(value: Any) -> JSON:
    return value if isinstance(value, dict) else {}


def rank(candidates: list[JSON], goals: list[tuple[str, float]]) -> list[JSON]:
    """Return the candidates, best first, by the formula of attributebasedrouter."""
    instances = [live_instances(c) for c in candidates]
    competes = [bool(i) or not any(instances) for i in instances]
    final = [0.0] * len(candidates)
    for name, weight in goals:
        columns = []
        for path in GOALS[name]:
            raw = [value_of(c, i, path[1:]) for c, i in zip(candidates, instances, strict=True)]
            known = [x if k else None for x, k in zip(raw, competes, strict=True)]
            columns.append(normalise(known, best=path[0]))
        rows = zip(*columns, strict=True)
        final = [f + weight * sum(r) / len(r) for f, r in zip(final, rows, strict=True)]
    keys = [(not i, -f, c["id"]) for i, f, c in zip(instances, final, candidates, strict=True)]
    return [candidates[n] for n in sorted(range(len(candidates)), key=keys.__getitem__)]


def value_of(candidate: JSON, instances: list[JSON], path: str) -> float | None:
    if path.startswith("component."):
        return read_number(candidate, path)
    return mean([read_number(i, path) for i in instances])


def normalise(column: list[float | None], best: str) -> list[float]:
    """Return numbers from 0 to 1: 1 is best, missing is 0, all equal is 0.5."""
    known = [x for x in column if x is not None]
    lo, hi = min(known, default=0.0), max(known, default=0.0)
    shares = [None if x is None else (x - lo) / (hi - lo) if hi > lo else 0.5 for x in column]
    return [0.0 if s is None else s if best == "+" else 1 - s for s in shares]
