"""What is compared of a candidate: the words of its use cases and tags, no sentence of its owner's.

A sentence could hold whatever queries people send, and come near to all of them. Names and
frameworks are left out: they say nothing about the use, and blur the meaning of the rest.
"""

from __future__ import annotations

import re
from typing import Any

from .values import JSON, METADATA, at, live_instances

LABEL = re.compile(r"[A-Za-z0-9][\w.+/-]{0,31}")
SHOWABLE_ID = re.compile(r"[A-Za-z0-9][\w.:+/-]{0,127}")
MOST_LABELS = 8


def words_of(candidate: JSON) -> str:
    """Return the words, each once; empty if the candidate has no label."""
    metadata = at(candidate, METADATA)
    framework = str(at(metadata, "framework")).lower()
    found = [*labels(at(metadata, "usecase")), *labels(candidate.get("tags"))]
    words = [re.split(r"[-_/]+", label.lower()) for label in found if label.lower() != framework]
    return " ".join(dict.fromkeys(word for parts in words for word in parts if word))


def labels(value: Any) -> list[str]:
    """Return short names such as ``chat-completion``; sentences are no labels and are left out."""
    parts = value.split(",") if isinstance(value, str) else value
    texts = [p.strip() for p in parts if isinstance(p, str)] if isinstance(parts, list) else []
    return [t for t in texts if LABEL.fullmatch(t)][:MOST_LABELS]


def shortlist(ranked: list[JSON], most: int) -> list[JSON]:
    """Return whom to compare: live, best first; others if none is live."""
    named = [c for c in ranked if SHOWABLE_ID.fullmatch(c["id"])]
    return ([c for c in named if live_instances(c)] or named)[: max(1, most)]
