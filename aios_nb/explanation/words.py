"""The sentences that report, HTML and picture share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wording import counted
from .scoring import GoalScore
from .verdicts import ClauseVerdict

if TYPE_CHECKING:
    from .explanation import Explanation

QUERY_NAMES = {"block": "document", "metrics": "live metrics", "cluster": "cluster"}


def clause_label(clause: ClauseVerdict) -> str:
    """Return where a clause stands: its query, and how it is joined to its neighbours."""
    where = QUERY_NAMES[clause.node.query]
    if clause.node.depth == 0:
        return where
    return f"{where}: {'all' if clause.node.join == 'AND' else 'any'} of"


def verdict_line(explanation: Explanation) -> str:
    """Return the answer in one sentence.

    A margin, a tie and a lone candidate are named, because each makes the choice worth something
    else; so is a winner that the scores do not explain.
    """
    winner = explanation.winner
    if winner is None:
        return _nothing_chosen(explanation)
    lead = f"AIOS chose {winner}"
    if winner not in explanation.candidates:
        return f"{lead}, which is none of the candidates."
    if len(explanation.candidates) == 1:
        return f"{lead}, the only candidate."
    score = next((one for one in explanation.scores if one.block_id == winner), None)
    if score is None:
        return f"{lead}."
    if winner in explanation.ties:
        return f"{lead}: {len(explanation.ties)} candidates tie at score {score.final:.4f}."
    if score.rank > 1:
        best = explanation.scores[0]
        place = f"number {score.rank} of {len(explanation.scores)} by the scores below"
        return f"{lead}, {place} ({score.final:.4f}; {best.block_id} has {best.final:.4f})."
    ahead = f"{explanation.margin:.4f} ahead of {explanation.runner_up}"
    return f"{lead}: score {score.final:.4f}, {ahead}."


def counts_line(explanation: Explanation) -> str:
    """Return how many blocks there were, and how many of them are candidates."""
    total, left = explanation.filtering.total, len(explanation.candidates)
    return f"{counted(total, 'block')}, {counted(left, 'candidate')}"


def source_line(explanation: Explanation) -> str:
    """Return where the scores come from, and which block wins by the formula."""
    origin = {
        "log": "Scores: from the policy's own log lines of this dry run",
        "metrics": "Scores: computed from the metrics, because no log line of this run was found",
        "none": "Scores: none",
    }[explanation.source]
    if explanation.recomputed_winner is None:
        return f"{origin}."
    whose = "AIOS's own policy" if explanation.formula == "upstream" else "this kit's policy"
    again = explanation.recomputed_winner
    if explanation.winner is None:
        return f"{origin}. By the formula of {whose}, {again} would win."
    agrees = "the same block" if again == explanation.winner else again
    return f"{origin}. Computed again by the formula of {whose}: {agrees} wins."


def score_terms(explanation: Explanation) -> list[str]:
    """Return a line per goal: how the winner's share of the final score came about."""
    score = next((s for s in explanation.scores if s.block_id == explanation.winner), None)
    return [_term(goal) for goal in score.goals] if score else []


def _term(goal: GoalScore) -> str:
    parts = ", ".join(
        f"{m.name} {'missing' if m.raw is None else f'{m.raw:g}'} -> {m.normalised:.2f}"
        for m in goal.metrics
    )
    return f"{goal.name}: {parts}; {goal.weight:g} x {goal.score:.3f} = {goal.weighted:.4f}"


def _nothing_chosen(explanation: Explanation) -> str:
    if explanation.filtering.error:
        return "AIOS could not evaluate the filter, so there is no candidate."
    if explanation.query is None:
        return "A filter rule alone: nothing was chosen."
    if not explanation.candidates:
        return "AIOS chose no block: none passed the filter."
    return "AIOS chose no block."
