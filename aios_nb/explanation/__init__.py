"""Why AIOS chose that block: each verdict asked from AIOS, each score traced to its metrics."""

from __future__ import annotations

from .explain import explain
from .explanation import Explanation
from .failing import Finding, NearMiss
from .filtering import explain_filter
from .scoring import CandidateScore, GoalScore, MetricScore, score_candidates
from .verdicts import BlockVerdict, Caution, ClauseVerdict, FilterExplanation

__all__ = [
    "BlockVerdict",
    "CandidateScore",
    "Caution",
    "ClauseVerdict",
    "Explanation",
    "FilterExplanation",
    "Finding",
    "GoalScore",
    "MetricScore",
    "NearMiss",
    "explain",
    "explain_filter",
    "score_candidates",
]
