"""Why AIOS chose that block: each verdict asked from AIOS, each score traced to its metrics."""

from __future__ import annotations

from .filtering import explain_filter
from .verdicts import BlockVerdict, Caution, ClauseVerdict, FilterExplanation, Finding, NearMiss

__all__ = [
    "BlockVerdict",
    "Caution",
    "ClauseVerdict",
    "FilterExplanation",
    "Finding",
    "NearMiss",
    "explain_filter",
]
