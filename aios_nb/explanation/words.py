"""The sentences that report, HTML and picture share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
    else.
    """
    if explanation.winner is None:
        return _nothing_chosen(explanation)
    lead = f"AIOS chose {explanation.winner}"
    if not explanation.scores:
        return f"{lead}."
    if len(explanation.candidates) == 1:
        return f"{lead}, the only candidate."
    final = f"score {explanation.scores[0].final:.4f}"
    if explanation.ties:
        return f"{lead}: {len(explanation.ties)} candidates tie at {final}."
    return f"{lead}: {final}, {explanation.margin:.4f} ahead of {explanation.runner_up}."


def counts_line(explanation: Explanation) -> str:
    """Return how many blocks there were, and how many of them are candidates."""
    total, left = explanation.filtering.total, len(explanation.candidates)
    return f"{total} blocks, {left} candidates"


def source_line(explanation: Explanation) -> str:
    """Return where the scores come from, and which block wins by the formula."""
    origin = {
        "log": "Scores: from the policy's own log lines of this dry run",
        "metrics": "Scores: computed from the metrics, because no log line of this run was found",
        "none": "Scores: none",
    }[explanation.source]
    if explanation.recomputed_winner is None:
        return f"{origin}."
    same = explanation.recomputed_winner == explanation.winner
    agrees = "the same block" if same else explanation.recomputed_winner
    whose = "AIOS's own policy" if explanation.formula == "upstream" else "this kit's policy"
    return f"{origin}. Computed again by the formula of {whose}: {agrees} wins."


def score_terms(explanation: Explanation, block_id: str) -> Iterator[str]:
    """Yield a line per goal: how the candidate's share of the final score came about."""
    score = next(one for one in explanation.scores if one.block_id == block_id)
    for goal in score.goals:
        parts = ", ".join(
            f"{m.name} {'missing' if m.raw is None else f'{m.raw:g}'} -> {m.normalised:.2f}"
            for m in goal.metrics
        )
        yield f"{goal.name}: {parts}; {goal.weight:g} x {goal.score:.3f} = {goal.weighted:.4f}"


def _nothing_chosen(explanation: Explanation) -> str:
    if explanation.query is None:
        return "A filter rule alone: nothing was chosen."
    if not explanation.candidates:
        return "AIOS chose no block: none passed the filter."
    return "AIOS chose no block."
