"""The linter: what AIOS would misread in a payload or a policy, found without asking it."""

from __future__ import annotations

from .fields import Fields, fields_of
from .findings import Finding, Findings
from .linter import lint

__all__ = ["Fields", "Finding", "Findings", "fields_of", "lint"]
