"""Choose one block out of many: score every candidate by weighted goals, return the best.

How a score comes about, for each goal in ``selection_query.optimization_goals``:

1. Read the goal's metrics (see GOALS), from the block document or from its instances. Where the
   instances differ, their mean counts; the executor entry is no instance.
2. Normalise each metric over the candidates: ``(x - lo) / (hi - lo)``, one minus that where less
   is better, and 0.5 where all are equal, so also for a single candidate. A missing metric scores
   0: a block that reports nothing must not look free, fast or cheap.
3. A goal's score is the mean of its normalised metrics; the final score is the sum of
   weight x score over the goals.

A block without a live instance cannot answer: it scores 0 and ranks behind all that have one.
Equal scores go to the block id that comes first in the alphabet.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from typing import Any, NamedTuple
from urllib.parse import quote

JSON = dict[str, Any]

METRICS_TIME_LIMIT_S = 5.0  # for all blocks together
METRICS_THREADS = 16


class PolicyError(ValueError):
    """The policy cannot choose; AIOS shows the text as ``{"message": …, "success": false}``."""


class Metric(NamedTuple):
    """One number about a block: where it stands, and which end is the better one."""

    name: str
    path: tuple[str, ...]
    best: str

    @property
    def is_static(self) -> bool:
        return self.path[0] == "component"


class Goal(NamedTuple):
    """One entry of ``optimization_goals``."""

    name: str
    weight: float
    metrics: tuple[Metric, ...]


def metric(name: str, best: str, path: str = "") -> Metric:
    return Metric(name, tuple((path or name).split(".")), best)


METADATA = "component.componentMetadata"
PARAMETERS = metric("parameterCountB", "min", f"{METADATA}.architecture.parameterCountB")
MMLU = metric("MMLU", "max", f"{METADATA}.evaluation.benchmarks.MMLU.value")
GPU_MEMORY = metric("gpu_totalMem", "min", "hardware.gpus.totalMem")
LATENCY = metric("end_to_end_latency", "min")
FPS = metric("end_to_end_fps", "max")
TOKENS = metric("llm_tokens_per_second", "max")
TASKS = metric("tasks_processed.average_1m", "max")
JOBS = metric("end_to_end_count_total", "max")
QUEUE = metric("queue_length.average_1m", "min")
MANY_SESSIONS = metric("llm_active_sessions", "max")
FEW_SESSIONS = metric("llm_active_sessions", "min")

GOALS: dict[str, tuple[Metric, ...]] = {
    "Cost_Saver": (PARAMETERS, GPU_MEMORY),
    "High_Quality_Lane": (LATENCY, FPS, MMLU),
    "Balanced_Performer": (LATENCY, PARAMETERS, FPS),
    "Fast_Generator": (TOKENS,),
    "Active_Block": (MANY_SESSIONS, TASKS, JOBS),
    "Free_Block": (FEW_SESSIONS, QUEUE),
}


class AIOSv1PolicyRule:
    """The class that AIOS looks for in ``code/function.py``.

    Parameters
    ----------
    rule_id
        Shown in the log; AIOS passes ``""``.
    settings
        As registered. ``APP_MAP`` maps application types to use cases.
    parameters
        As registered, or those of the request, which replace them in AIOS's executor.
    """

    def __init__(self, rule_id: str, settings: JSON | None, parameters: JSON | None) -> None:
        self.settings = settings or {}
        self.parameters = parameters or {}
        self.log = open_log(rule_id)

    def eval(self, parameters: JSON | None, input_data: list[JSON], context: Any = None) -> JSON:
        """Return the best of the candidates in ``input_data``, as it came.

        Raises
        ------
        PolicyError
            There is no candidate, or the selection query is not what this policy understands.
        """
        query = self._look_up("selection_query", parameters)
        goals = read_goals(query)
        candidates = self._serving(query.get("application_type"), self._usable(input_data))
        instances = self._instances(candidates, parameters)
        self.log.info("Scoring %d candidates by %d goals.", len(candidates), len(goals))
        board = Scoreboard(candidates, instances, goals)
        for place in board.order:
            self._explain(board, place)
        best = board.order[0]
        block_id, score = candidates[best]["id"], board.final[best]
        self.log.info("Scoring complete. Got scores for %d candidates.", len(candidates))
        self.log.info("Best candidate selected: %s with score %.4f", block_id, score)
        return dict(candidates[best])

    def _look_up(self, name: str, parameters: JSON | None) -> Any:
        """Return the call's value of ``name``, else the constructor's, else the setting."""
        sources = (parameters or {}, self.parameters, self.settings)
        return next((s[name] for s in sources if s.get(name) is not None), None)

    def _usable(self, input_data: Any) -> list[JSON]:
        if not isinstance(input_data, list):
            raise PolicyError(
                f"input_data is a {type(input_data).__name__}; expected the list of candidate "
                "blocks that the search server sends"
            )
        self.log.info("Number of candidate blocks received: %d", len(input_data))
        usable = [c for c in input_data if isinstance(c, dict) and is_text(c.get("id"))]
        if len(usable) < len(input_data):
            self.log.warning("Ignored %d candidates without id.", len(input_data) - len(usable))
        if not usable:
            raise PolicyError(
                f"none of {len(input_data)} candidates is a block with an id; widen the filter"
            )
        return usable

    def _serving(self, application_type: Any, candidates: list[JSON]) -> list[JSON]:
        """Return the candidates that list the use case of ``application_type``, if one is asked."""
        if application_type in (None, ""):
            return candidates
        app_map = self.settings.get("APP_MAP") or {}
        if not is_text(application_type) or not isinstance(app_map, dict):
            raise PolicyError(
                f"application_type is {application_type!r}, APP_MAP {app_map!r}; expected a word "
                "such as 'Chat', and an object from such words to use cases"
            )
        use_case = str(app_map.get(application_type, application_type)).lower()
        serving = [c for c in candidates if use_case in use_cases(c)]
        self.log.info("%d candidates serve '%s' (%s).", len(serving), application_type, use_case)
        if not serving:
            known = ", ".join(sorted({u for c in candidates for u in use_cases(c)}))
            raise PolicyError(
                f"no candidate serves application_type {application_type!r}, use case "
                f"{use_case!r}; ask for one they serve ({known or 'none'}) or widen the filter"
            )
        return serving

    def _instances(self, candidates: list[JSON], parameters: JSON | None) -> list[list[JSON]]:
        """Return each candidate's instances; the metrics service is asked only for missing ones."""
        metrics = {c["id"]: c["metrics"] for c in candidates if has_instances(c.get("metrics"))}
        missing = [c["id"] for c in candidates if c["id"] not in metrics]
        if missing:
            metrics |= self._fetch(missing, parameters)
        return [real_instances(metrics.get(c["id"])) for c in candidates]

    def _fetch(self, block_ids: list[str], parameters: JSON | None) -> dict[str, JSON]:
        name = "METRICS_BASE_URL"
        base = self._look_up(name, parameters) or os.environ.get(name)
        if not isinstance(base, str):
            self.log.warning("No %s to ask for metrics of %s.", name, ", ".join(block_ids))
            return {}
        answers = fetch_metrics(base, block_ids)
        for block_id, answer in answers.items():
            if isinstance(answer, str):
                self.log.warning("Candidate '%s' - No metrics: %s", block_id, answer)
        return {b: a for b, a in answers.items() if isinstance(a, dict)}

    def _explain(self, board: Scoreboard, place: int) -> None:
        block_id, details = board.candidates[place]["id"], board.explain(place)
        text = "Candidate '%s' - Final Score: %.4f - Parsed Metrics: %s"
        line = json.dumps(details, separators=(",", ":"))
        self.log.info(text, block_id, board.final[place], line)
        if not board.instances[place]:
            self.log.warning("Candidate '%s' - No live instance: ranked last", block_id)
        elif lacking := [m.name for m in board.raw if board.raw[m][place] is None]:
            self.log.warning("Candidate '%s' - Missing, scores 0: %s", block_id, lacking)


class Scoreboard:
    """All scores; each list has one entry per candidate, in the candidates' order."""

    def __init__(
        self, candidates: list[JSON], instances: list[list[JSON]], goals: list[Goal]
    ) -> None:
        self.candidates, self.instances, self.goals = candidates, instances, goals
        # AIOS empties all metrics every half hour: for a moment nobody is live, so all compete.
        nobody = not any(instances)
        competes = [nobody or bool(found) for found in instances]
        self.raw = {m: self._column(m) for goal in goals for m in goal.metrics}
        self.normalised = {m: normalise(self.raw[m], competes, m.best) for m in self.raw}
        self.by_goal = [self._goal_scores(goal) for goal in goals]
        weights = [goal.weight for goal in goals]
        rows = zip(*self.by_goal, strict=True) if goals else [()] * len(candidates)
        self.final = [sum(w * s for w, s in zip(weights, row, strict=True)) for row in rows]
        self.order = sorted(
            range(len(candidates)),
            key=lambda i: (not instances[i], -self.final[i], candidates[i]["id"]),
        )

    def explain(self, place: int) -> JSON:
        """Return raw and normalised values, weights and scores of the candidate at ``place``."""
        goals = [
            {
                "name": goal.name,
                "weight": goal.weight,
                "score": rounded(scores[place]),
                "metrics": {
                    m.name: {
                        "raw": rounded(self.raw[m][place]),
                        "normalised": rounded(self.normalised[m][place]),
                    }
                    for m in goal.metrics
                },
            }
            for goal, scores in zip(self.goals, self.by_goal, strict=True)
        ]
        return {"live_instances": len(self.instances[place]), "goals": goals}

    def _column(self, m: Metric) -> list[float | None]:
        if m.is_static:
            return [read_number(candidate, m.path) for candidate in self.candidates]
        return [mean(found, m.path) for found in self.instances]

    def _goal_scores(self, goal: Goal) -> list[float]:
        columns = [self.normalised[m] for m in goal.metrics]
        return [sum(row) / len(row) for row in zip(*columns, strict=True)]


def read_goals(query: Any) -> list[Goal]:
    """Return the goals of a selection query; a goal without weight weighs 1."""
    if not isinstance(query, dict):
        raise PolicyError(
            f"selection_query is {query!r}; expected an object with optimization_goals, in the "
            "parameters of the ranking policy"
        )
    goals = query.get("optimization_goals") or []
    if not isinstance(goals, list):
        raise PolicyError(f"optimization_goals is {goals!r}; expected a list of goals")
    return [read_goal(goal) for goal in goals]


def read_goal(goal: Any) -> Goal:
    if not isinstance(goal, dict) or not is_text(goal.get("name")):
        raise PolicyError(
            f'goal {goal!r} has no name; write it as {{"name": "Free_Block", "weight": 0.1}}'
        )
    name, weight = goal["name"], goal.get("weight", 1.0)
    if name not in GOALS:
        raise PolicyError(f"unknown goal {name!r}; use one of {', '.join(GOALS)}")
    if not is_number(weight) or weight < 0:
        raise PolicyError(
            f"goal {name!r} has weight {weight!r}; expected a finite number of at least 0"
        )
    return Goal(name, float(weight), GOALS[name])


def normalise(column: list[float | None], competes: list[bool], best: str) -> list[float]:
    """Return the column as numbers from 0 to 1: 1 is best, missing or not competing is 0."""
    entries = [x if c else None for x, c in zip(column, competes, strict=True)]
    known = [x for x in entries if x is not None]
    lo, hi = min(known, default=0.0), max(known, default=0.0)
    if lo == hi:
        return [0.0 if x is None else 0.5 for x in entries]
    width = hi - lo
    if best == "max":
        return [0.0 if x is None else (x - lo) / width for x in entries]
    return [0.0 if x is None else 1 - (x - lo) / width for x in entries]


def mean(instances: list[JSON], path: tuple[str, ...]) -> float | None:
    known = [x for i in instances if (x := read_number(i, path)) is not None]
    return sum(known) / len(known) if known else None


def read_number(value: Any, path: tuple[str, ...]) -> float | None:
    """Return the number at ``path``; a list on the way (the GPUs of an instance) is summed."""
    for depth, key in enumerate(path):
        if isinstance(value, list):
            known = [x for v in value if (x := read_number(v, path[depth:])) is not None]
            return sum(known) if known else None
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return float(value) if is_number(value) else None


def fetch_metrics(base: str, block_ids: list[str]) -> dict[str, JSON | str]:
    """Return each block's metrics document, or the reason why there is none, in limited time."""
    answers: dict[str, JSON | str] = {}
    deadline = time.monotonic() + METRICS_TIME_LIMIT_S
    waiting = iter(block_ids)  # shared by the threads: each takes the next id

    def work() -> None:
        for block_id in waiting:
            answers[block_id] = fetch_one(base, block_id, deadline - time.monotonic())

    # Daemons, so that a host that never answers cannot keep the process alive.
    count = min(METRICS_THREADS, len(block_ids))
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer from {base} within {METRICS_TIME_LIMIT_S:g} s"
    return {block_id: answers.get(block_id, late) for block_id in block_ids}


def fetch_one(base: str, block_id: str, limit_s: float) -> JSON | str:
    # Imported here: it takes longer than all the rest, and is seldom needed.
    import requests

    url = base.rstrip("/").removesuffix("/block") + f"/block/{quote(block_id, safe='')}"
    try:
        response = requests.get(url, timeout=max(0.001, limit_s))
        response.raise_for_status()
        documents: list[JSON] = response.json()["data"]
        return next(d for d in documents if d["blockId"] == block_id and has_instances(d))
    except (requests.RequestException, ValueError) as error:  # ValueError: not a host name
        return f"{url} failed: {error}"
    except (KeyError, StopIteration, TypeError):
        return f"{url} knows none"


def has_instances(metrics: Any) -> bool:
    return isinstance(metrics, dict) and isinstance(metrics.get("instances"), list)


def real_instances(metrics: JSON | None) -> list[JSON]:
    found = metrics["instances"] if metrics else []
    return [i for i in found if isinstance(i, dict) and i.get("instanceId") != "executor"]


def use_cases(candidate: JSON) -> list[str]:
    """Return the use cases of a block: documents hold them as one comma-separated string."""
    value: Any = candidate
    for key in (*METADATA.split("."), "usecase"):
        value = value.get(key) if isinstance(value, dict) else None
    return [part.strip().lower() for part in value.split(",")] if is_text(value) else []


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_number(value: Any) -> bool:
    # The bound keeps out NaN, infinity and integers that no float can hold.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def open_log(rule_id: str) -> logging.Logger:
    """Return a logger of its own, so that no other handler prints its lines a second time."""
    log = logging.Logger(f"AIOSv1PolicyRule.{rule_id}".rstrip("."), logging.INFO)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    log.addHandler(handler)
    return log
