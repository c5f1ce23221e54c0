"""Candidates scored again from their metrics, by the formulas of the two attributebasedrouters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..selection import OptimizationGoal
from ..wire import JSON
from ..wording import is_number
from .goals import GOALS, METADATA, UNREACHABLE_UPSTREAM, Metric

Formula = Literal["kit", "upstream"]
TIE = 1e-9
Column = list[float | None]


@dataclass(frozen=True)
class MetricScore:
    """One metric of one candidate: ``raw`` as reported, ``normalised`` over the candidates.

    ``raw`` is ``None`` where nothing is reported; ``normalised`` lies between 0 and 1, 1 is best.
    """

    name: str
    raw: float | None
    normalised: float


@dataclass(frozen=True)
class GoalScore:
    """One goal of one candidate: ``score`` is the mean of the metrics, ``weighted`` counts."""

    name: str
    weight: float
    score: float
    metrics: tuple[MetricScore, ...] = ()

    @property
    def weighted(self) -> float:
        """What the goal adds to the final score."""
        return self.weight * self.score


@dataclass(frozen=True)
class CandidateScore:
    """One candidate: its final score, its rank from 1, and how the score came about.

    ``live_instances`` is ``None`` if the policy does not say.
    """

    block_id: str
    rank: int
    final: float
    goals: tuple[GoalScore, ...] = ()
    live_instances: int | None = None


def score_candidates(
    candidates: Sequence[JSON],
    goals: Sequence[OptimizationGoal],
    *,
    formula: Formula = "kit",
    sees_metrics: bool = True,
) -> tuple[CandidateScore, ...]:
    """Return a score per candidate, best first.

    Per metric ``(x - lo) / (hi - lo)`` over the candidates, one minus that where less is better,
    0.5 where all are equal; per goal the mean; in the end the sum of weight x score (contract
    §9.1). Goals that the policy does not know add nothing.

    Parameters
    ----------
    candidates
        As AIOS returns them, in its order, metrics attached.
    goals
        With their weights.
    formula
        ``kit``: this kit's policy. It averages a block's instances, scores what is missing 0,
        ranks blocks without an instance last and ties by name. ``upstream``: AIOS's own. It reads
        the first instance, takes what is missing for the number 0, and ties go to the first.
    sees_metrics
        Whether the policy could reach the metrics service; matters upstream only.
    """
    board = _KitBoard(candidates) if formula == "kit" else _Board(candidates, sees_metrics)
    known = [goal for goal in goals if goal.name in GOALS]
    columns = {m: board.column(m) for goal in known for m in GOALS[goal.name]}
    normal = {m: board.normalised(column, m.best) for m, column in columns.items()}

    def goal_score(goal: OptimizationGoal, row: int) -> GoalScore:
        names = GOALS[goal.name]
        metrics = tuple(MetricScore(m.name, columns[m][row], normal[m][row]) for m in names)
        score = sum(metric.normalised for metric in metrics) / len(metrics)
        return GoalScore(goal.name, float(goal.weight), score, metrics)

    scored = [tuple(goal_score(goal, row) for goal in known) for row in range(len(candidates))]
    finals = [_total(goals) for goals in scored]
    order = sorted(range(len(candidates)), key=lambda row: board.key(row, finals[row]))
    return tuple(
        CandidateScore(
            candidates[row]["id"], rank, finals[row], scored[row], len(board.instances[row])
        )
        for rank, row in enumerate(order, start=1)
    )


def tied(scores: Sequence[CandidateScore], formula: Formula) -> tuple[str, ...]:
    """Return the candidates that share the best score; none when one has it alone.

    A block without an instance competes with its like only, where the kit's policy ranks.
    """
    best = [score for score in scores if abs(score.final - scores[0].final) < TIE]
    if formula == "kit":
        best = [s for s in best if (s.live_instances == 0) == (scores[0].live_instances == 0)]
    return tuple(score.block_id for score in best) if len(best) > 1 else ()


def _total(goals: Sequence[GoalScore]) -> float:
    total = 0.0
    for goal in goals:
        total += goal.weighted
    return total


class _Board:
    """AIOS's own policy: one instance per block, missing is 0, the first of equals wins."""

    def __init__(self, candidates: Sequence[JSON], sees_metrics: bool = True) -> None:
        self.candidates = candidates
        self.instances = [real_instances(block) for block in candidates]
        self._sees_metrics = sees_metrics

    def key(self, row: int, final: float) -> tuple[Any, ...]:
        return (-final, row)

    def column(self, metric: Metric) -> Column:
        if metric.name in UNREACHABLE_UPSTREAM or not self._sees_metrics:
            return [None] * len(self.candidates)
        return [_number(entries[0], metric.name) if entries else None for entries in self.instances]

    def normalised(self, column: Column, best: str) -> list[float]:
        return _normalised([x or 0.0 for x in column], best)


class _KitBoard(_Board):
    """This kit's policy: instances averaged, missing scores 0, blocks that cannot answer last."""

    def key(self, row: int, final: float) -> tuple[Any, ...]:
        return (not self.instances[row], -final, self.candidates[row]["id"])

    def column(self, metric: Metric) -> Column:
        if metric.path.startswith(METADATA):
            return [_number(block, metric.path) for block in self.candidates]
        path = metric.path or metric.name
        return [_mean([_number(entry, path) for entry in found]) for found in self.instances]

    def normalised(self, column: Column, best: str) -> list[float]:
        # AIOS empties all metrics every half hour: for a moment nobody is live, so all compete.
        nobody = not any(self.instances)
        competes = [nobody or bool(found) for found in self.instances]
        return _normalised([x if c else None for x, c in zip(column, competes, strict=True)], best)


def _normalised(column: Sequence[float | None], best: str) -> list[float]:
    known = [x for x in column if x is not None]
    lo, hi = min(known, default=0.0), max(known, default=0.0)
    return [0.0 if x is None else _scaled(x, lo, hi, best) for x in column]


def _scaled(x: float, lo: float, hi: float, best: str) -> float:
    if lo == hi:
        return 0.5
    share = (x - lo) / (hi - lo)
    return share if best == "max" else 1 - share


def real_instances(block: JSON) -> list[JSON]:
    """Return the entries of a candidate's metrics that are instances; the executor is none."""
    entries = (block.get("metrics") or {}).get("instances") or []
    return [e for e in entries if isinstance(e, dict) and e.get("instanceId") != "executor"]


def _mean(values: Column) -> float | None:
    known = [x for x in values if x is not None]
    return sum(known) / len(known) if known else None


def _number(value: Any, path: str) -> float | None:
    """Return the number at a path; a list on the way (the GPUs of an instance) is summed."""
    head, _, rest = path.partition(".")
    if isinstance(value, list):
        known = [x for entry in value if (x := _number(entry, path)) is not None]
        return sum(known) if known else None
    found = value.get(head) if isinstance(value, dict) else None
    if rest:
        return _number(found, rest)
    if isinstance(found, list):
        return None
    if found is None or not is_number(found) or abs(found) >= 1e300:
        return None
    return float(found)
