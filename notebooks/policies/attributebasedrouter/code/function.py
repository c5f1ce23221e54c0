"""Choose one block out of many: score every candidate by weighted goals, return the best.

How a score comes about, for each goal in ``selection_query.optimization_goals``:

1. Read the goal's metrics (see GOALS) from the block document, or as the mean over its instances;
   the executor entry is no instance.
2. Normalise each metric over the candidates: ``(x - lo) / (hi - lo)``, one minus that where less
   is better, 0.5 where all are equal (so also for a single candidate). A missing metric scores 0:
   a block that reports nothing must not look free, fast or cheap.
3. Average them to the goal's score; the final score is the sum of weight x score over the goals.

A block without a live instance cannot answer: it scores 0 and ranks behind all that have one.
Equal scores go to the block id that comes first in the alphabet.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from itertools import islice
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote

JSON = dict[str, Any]

METRICS_TIME_LIMIT_S = 5.0  # for all blocks together
METRICS_THREADS = 16
NUMBERS = (float, int)
COMPACT = json.JSONEncoder(separators=(",", ":"))


class PolicyError(ValueError):
    """The policy cannot choose; AIOS shows the text as ``{"message": …, "success": false}``."""


class Metric(NamedTuple):
    name: str
    best: str
    stands_at: str = ""  # dotted path, where it differs from the name


class Goal(NamedTuple):
    name: str
    weight: float
    metrics: tuple[Metric, ...]


METADATA = "component.componentMetadata"
PARAMETERS = Metric("parameterCountB", "min", f"{METADATA}.architecture.parameterCountB")
MMLU = Metric("MMLU", "max", f"{METADATA}.evaluation.benchmarks.MMLU.value")
GPU_MEMORY = Metric("gpu_totalMem", "min", "hardware.gpus.totalMem")
LATENCY = Metric("end_to_end_latency", "min")
FPS = Metric("end_to_end_fps", "max")
TOKENS = Metric("llm_tokens_per_second", "max")
TASKS = Metric("tasks_processed.average_1m", "max")
JOBS = Metric("end_to_end_count_total", "max")
QUEUE = Metric("queue_length.average_1m", "min")
MANY_SESSIONS = Metric("llm_active_sessions", "max")
FEW_SESSIONS = Metric("llm_active_sessions", "min")

GOALS: dict[str, tuple[Metric, ...]] = {
    "Cost_Saver": (PARAMETERS, GPU_MEMORY),
    "High_Quality_Lane": (LATENCY, FPS, MMLU),
    "Balanced_Performer": (LATENCY, PARAMETERS, FPS),
    "Fast_Generator": (TOKENS,),
    "Active_Block": (MANY_SESSIONS, TASKS, JOBS),
    "Free_Block": (FEW_SESSIONS, QUEUE),
}


class AIOSv1PolicyRule:
    """The class that AIOS looks for; the parameters of the call come before these."""

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
        candidates = self._serving(query.get("application_type"), self._candidates(input_data))
        board = Scoreboard(candidates, self._instances(candidates, parameters), goals)
        for place in board.order:
            self._explain(board, place)
        best = board.order[0]
        self.log.info("Scoring complete. Got scores for %d candidates.", len(candidates))
        text = "Best candidate selected: %s with score %.4f"
        self.log.info(text, candidates[best]["id"], board.final[best])
        return dict(candidates[best])

    def _look_up(self, name: str, parameters: JSON | None) -> Any:
        """Return the call's value of ``name``, else the constructor's, else the setting."""
        sources = (parameters or {}, self.parameters, self.settings)
        return next((s[name] for s in sources if s.get(name) is not None), None)

    def _candidates(self, blocks: Any) -> list[JSON]:
        if not isinstance(blocks, list):
            refuse("input_data", blocks, "the list of blocks that passed the filter")
        dicts = [c for c in blocks if isinstance(c, dict)]
        found = [c for c in dicts if isinstance(c.get("id"), str) and c["id"]]
        text = "Number of candidate blocks received: %d (%d without id, ignored)"
        self.log.info(text, len(blocks), len(blocks) - len(found))
        if not found:
            refuse("input_data", blocks, "at least one block with an id: widen the filter")
        return found

    def _serving(self, application_type: Any, candidates: list[JSON]) -> list[JSON]:
        """Return the candidates that list the use case of ``application_type``, if one is asked."""
        if application_type in (None, ""):
            return candidates
        app_map = self.settings.get("APP_MAP") or {}
        if not isinstance(application_type, str) or not isinstance(app_map, dict):
            refuse("application_type", application_type, f"a key of APP_MAP, {app_map!r}")
        use_case = str(app_map.get(application_type, application_type)).lower()
        serving = [c for c in candidates if use_case in use_cases(c)]
        self.log.info("%d candidates serve '%s' (%s).", len(serving), application_type, use_case)
        if not serving:
            known = sorted({u for c in candidates for u in use_cases(c)})
            refuse("application_type", application_type, f"a use case of the candidates, {known}")
        return serving

    def _instances(self, candidates: list[JSON], parameters: JSON | None) -> list[list[JSON]]:
        """Return each candidate's instances; the metrics service is asked only for missing ones."""
        found = {c["id"]: real_instances(c.get("metrics")) for c in candidates}
        if missing := [block_id for block_id, known in found.items() if known is None]:
            found |= self._fetch(missing, parameters)
        return [found[c["id"]] or [] for c in candidates]

    def _fetch(self, block_ids: list[str], parameters: JSON | None) -> dict[str, list[JSON]]:
        base = self._look_up("METRICS_BASE_URL", parameters) or os.environ.get("METRICS_BASE_URL")
        if not base:
            self.log.warning("No METRICS_BASE_URL to ask for metrics of %s", ", ".join(block_ids))
            return {}
        answers = fetch_metrics(str(base), block_ids)
        for block_id, answer in answers.items():
            if isinstance(answer, str):
                self.log.warning("Candidate '%s' - No metrics: %s", block_id, answer)
        return {b: a for b, a in answers.items() if isinstance(a, list)}

    def _explain(self, board: Scoreboard, place: int) -> None:
        block_id, score = board.blocks[place]["id"], board.final[place]
        details = COMPACT.encode(board.explain(place))
        text = "Candidate '%s' - Final Score: %.4f - Parsed Metrics: %s"
        self.log.info(text, block_id, score, details)
        if lacking := [m.name for m in board.raw if board.raw[m][place] is None]:
            self.log.warning("Candidate '%s' - Missing, so scored 0: %s", block_id, lacking)


class Scoreboard:
    """All scores; each list has one entry per candidate, in the candidates' order."""

    def __init__(self, blocks: list[JSON], instances: list[list[JSON]], goals: list[Goal]) -> None:
        self.blocks, self.instances, self.goals = blocks, instances, goals
        self.all_instances = [i for found in instances for i in found]
        self.has_one_each = all(len(found) == 1 for found in instances)
        self.raw = {m: self._column(m) for goal in goals for m in goal.metrics}
        self.normalised = {m: normalise(self._competing(m), m.best) for m in self.raw}
        self.by_goal = [self._goal_scores(goal) for goal in goals]
        self.final = [0.0] * len(blocks)
        for goal, scores in zip(goals, self.by_goal, strict=True):
            self.final = [f + goal.weight * s for f, s in zip(self.final, scores, strict=True)]
        keys = [(not i, -f, b["id"]) for i, f, b in zip(instances, self.final, blocks, strict=True)]
        self.order = sorted(range(len(blocks)), key=keys.__getitem__)

    def explain(self, place: int) -> JSON:
        """Return raw and normalised values, weights and scores of the candidate at ``place``."""
        goals = []
        for g, scores in zip(self.goals, self.by_goal, strict=True):
            found = [(m.name, self.raw[m][place], self.normalised[m][place]) for m in g.metrics]
            metrics = {name: {"raw": raw, "normalised": n} for name, raw, n in found}
            goal = {"name": g.name, "weight": g.weight, "score": scores[place]}
            goals.append({**goal, "metrics": metrics})
        return {"live_instances": len(self.instances[place]), "goals": goals}

    def _column(self, m: Metric) -> list[float | None]:
        path = tuple((m.stands_at or m.name).split("."))
        if path[0] == "component":
            return read_numbers(self.blocks, path)
        numbers = read_numbers(self.all_instances, path)
        if self.has_one_each:
            return numbers
        rest = iter(numbers)
        return [mean([*islice(rest, len(found))]) for found in self.instances]

    def _competing(self, m: Metric) -> list[float | None]:
        # AIOS empties all metrics every half hour: for a moment nobody is live, so all compete.
        if self.has_one_each or not self.all_instances:
            return self.raw[m]
        pairs = zip(self.raw[m], self.instances, strict=True)
        return [x if found else None for x, found in pairs]

    def _goal_scores(self, goal: Goal) -> list[float]:
        columns = [self.normalised[m] for m in goal.metrics]
        if len(columns) == 1:
            return columns[0]
        return [sum(row) / len(row) for row in zip(*columns, strict=True)]


def normalise(column: list[float | None], best: str) -> list[float]:
    """Return the column as numbers from 0 to 1: 1 is best, missing is 0."""
    known = [x for x in column if x is not None]
    lo, hi = min(known, default=0.0), max(known, default=0.0)
    if lo == hi:
        return [0.0 if x is None else 0.5 for x in column]
    if best == "max":
        return [0.0 if x is None else (x - lo) / (hi - lo) for x in column]
    return [0.0 if x is None else 1 - (x - lo) / (hi - lo) for x in column]


def read_goals(query: Any) -> list[Goal]:
    """Return the goals of a selection query; a goal without weight weighs 1."""
    if not isinstance(query, dict):
        refuse("selection_query", query, "an object with optimization_goals, in the parameters")
    goals = query.get("optimization_goals", [])
    if not isinstance(goals, list):
        refuse("optimization_goals", goals, 'a list such as [{"name": "Free_Block", "weight": 1}]')
    return [read_goal(goal) for goal in goals]


def read_goal(goal: Any) -> Goal:
    name: Any = goal.get("name") if isinstance(goal, dict) else None
    if str(name) not in GOALS:
        refuse("goal", goal, f'an object with "name" (one of {", ".join(GOALS)}) and "weight"')
    weight = goal.get("weight", 1.0)
    if not is_number(weight) or weight < 0:
        refuse(f"weight of {name}", weight, "a finite number of at least 0")
    return Goal(name, float(weight), GOALS[name])


def refuse(what: str, value: Any, expected: str) -> NoReturn:
    raise PolicyError(f"attributebasedrouter: {what} is {value!r:.200}; expected {expected}")


def mean(values: list[float | None]) -> float | None:
    if len(values) == 1:
        return values[0]
    known = [x for x in values if x is not None]
    return sum(known) / len(known) if known else None


def read_numbers(documents: list[JSON], path: tuple[str, ...]) -> list[float | None]:
    """Return :func:`read_number` of each document, all together where all have the same shape."""
    values: list[Any] = documents
    try:
        for key in path:
            values = [value[key] for value in values]
    except (KeyError, TypeError):
        return [read_number(document, path) for document in documents]
    # is_number, written out: a call for each of many values would take most of the time.
    return [float(x) if type(x) in NUMBERS and -1e300 < x < 1e300 else None for x in values]


def read_number(value: Any, path: tuple[str, ...]) -> float | None:
    """Return the number at ``path``; a list on the way (the GPUs of an instance) is summed."""
    for depth, key in enumerate(path):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list):
            known = [x for v in value if (x := read_number(v, path[depth:])) is not None]
            return sum(known) if known else None
        else:
            return None
    return float(value) if is_number(value) else None


def is_number(value: Any) -> bool:
    # The bound keeps out NaN, infinity and integers that no float can hold; bool is no number.
    return type(value) in NUMBERS and -1e300 < value < 1e300


def real_instances(metrics: Any) -> list[JSON] | None:
    """Return the instances in a metrics document; None if it is no such document."""
    entries = metrics.get("instances") if isinstance(metrics, dict) else None
    if not isinstance(entries, list):
        return None
    return [e for e in entries if isinstance(e, dict) and e.get("instanceId") != "executor"]


def use_cases(candidate: Any) -> list[str]:
    """Return the use cases of a block: documents hold them as one comma-separated string."""
    for key in (*METADATA.split("."), "usecase"):
        candidate = candidate.get(key) if isinstance(candidate, dict) else None
    return [part.strip().lower() for part in str(candidate or "").split(",") if part.strip()]


def fetch_metrics(base: str, block_ids: list[str]) -> dict[str, list[JSON] | str]:
    """Return each block's instances, or the reason why they are not known, in limited time."""
    answers: dict[str, list[JSON] | str] = {}
    deadline = time.monotonic() + METRICS_TIME_LIMIT_S
    waiting = iter(block_ids)  # shared by the threads: each takes the next id

    def work() -> None:
        for block_id in waiting:
            answers[block_id] = fetch_one(base, block_id, deadline - time.monotonic())

    # Daemons, so that a host that never answers cannot keep the process alive.
    threads = [threading.Thread(target=work, daemon=True) for _ in block_ids[:METRICS_THREADS]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return {block_id: answers.get(block_id, f"no answer from {base} yet") for block_id in block_ids}


def fetch_one(base: str, block_id: str, limit_s: float) -> list[JSON] | str:
    # Imported here: it takes longer than all the rest, and is seldom needed.
    import requests

    url = base.rstrip("/").removesuffix("/block") + f"/block/{quote(block_id, safe='')}"
    try:
        response = requests.get(url, timeout=max(0.001, limit_s))
        response.raise_for_status()
        document = next(d for d in response.json()["data"] if d["blockId"] == block_id)
        return real_instances(document) or f"{url} knows no instances"
    except (requests.RequestException, ValueError) as error:  # ValueError: not a host name
        return f"{url} failed: {error}"
    except (KeyError, StopIteration, TypeError):
        return f"{url} knows no such block"


def open_log(rule_id: str) -> logging.Logger:
    """Return a logger of its own, so that no other handler prints its lines a second time."""
    log = logging.Logger(f"AIOSv1PolicyRule.{rule_id}".rstrip("."), logging.INFO)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    log.addHandler(handler)
    return log
