"""What AIOS's cryptic words mean, how to see the real reason, and which lesson tells more."""

from __future__ import annotations

from .matching import HINTS, hint_for, policy_hint
from .policies import POLICY_SAID
from .services import SEARCH_FAILED

__all__ = ["HINTS", "POLICY_SAID", "SEARCH_FAILED", "hint_for", "policy_hint"]
