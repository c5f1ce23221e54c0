"""An explanation as tables: its share of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pandas import DataFrame as DataFrame  # explanation.py names it in signatures
from pandas import MultiIndex

from ..table import Table
from .words import clause_label

if TYPE_CHECKING:
    from .explanation import Explanation
    from .scoring import CandidateScore

ANSWER = ("answer", "candidate")
FINAL = ("", "final")


def conditions(explanation: Explanation) -> DataFrame:
    """Return the truth table: one row per block, one column per condition and group.

    Returns
    -------
    DataFrame
        Booleans, AIOS's own, indexed by block id, candidates first. Columns are pairs (query and
        how its members are joined, clause); the last is ``("answer", "candidate")``.
    """
    columns = [(clause_label(clause), clause.text) for clause in explanation.clauses]
    rows = {
        verdict.block_id: [*(f.passed for f in verdict.findings), verdict.is_candidate]
        for verdict in explanation.blocks
    }
    index = MultiIndex.from_tuples([*columns, ANSWER])
    return Table.from_dict(rows, orient="index", columns=index).rename_axis("block")


def dropped(explanation: Explanation) -> DataFrame:
    """Return one row per dropped block.

    Returns
    -------
    DataFrame
        Indexed by block id, near misses first: ``reasons``; ``near miss``, whether one clause
        alone is in the way; ``candidates without it``, how many blocks remain without that clause.
    """
    columns = ["reasons", "near miss", "candidates without it"]
    rows: dict[str, list[Any]] = {}
    for miss in explanation.near_misses:
        remain = "" if miss.candidates_without is None else miss.candidates_without
        rows[miss.block_id] = [miss.reason, True, remain]
    for verdict in explanation.blocks:
        if not verdict.is_candidate and verdict.block_id not in rows:
            rows[verdict.block_id] = ["; ".join(verdict.reasons), False, ""]
    return Table.from_dict(rows, orient="index", columns=columns).rename_axis("block")


def ranking(explanation: Explanation) -> DataFrame:
    """Return one row per candidate, best first.

    Returns
    -------
    DataFrame
        Indexed by block id. Columns are pairs: each goal with its weight holds every metric as
        reported and as normalised over the candidates, and what the goal adds (``weighted``);
        then ``("", "final")``, ``("", "rank")`` and ``("", "behind")``, the distance to the best.
    """
    scores = explanation.scores
    rows = [_ranking_row(score, scores[0].final) for score in scores]
    columns = list(dict.fromkeys(column for row in rows for column in row)) or [FINAL]
    cells = [[row.get(column, "") for column in columns] for row in rows]
    index = [score.block_id for score in scores]
    table = Table(cells, index=index, columns=MultiIndex.from_tuples(columns), dtype=object)
    return table.rename_axis("block")


def _ranking_row(score: CandidateScore, best: float) -> dict[tuple[str, str], Any]:
    row: dict[tuple[str, str], Any] = {}
    for place, goal in enumerate(score.goals):
        name = f"{goal.name} x {goal.weight:g}"
        if (name, "weighted") in row:
            name = f"{name} ({place + 1})"  # the same goal again
        for metric in goal.metrics:
            row[name, metric.name] = "" if metric.raw is None else round(metric.raw, 2)
            row[name, f"{metric.name} 0-1"] = round(metric.normalised, 3)
        row[name, "weighted"] = round(goal.weighted, 4)
    row[FINAL] = round(score.final, 4)
    row["", "rank"] = score.rank
    row["", "behind"] = round(best - score.final, 4)
    return row
