"""The simulated matcher: picks a candidate by words it shares with the query, and says so."""

from __future__ import annotations

import json
import re
from typing import Any

QUERY = re.compile(
    r"^\W*(?:user[ _])?(?:query|request|question|task)(?:[ _]string)?\W*[:=]\s*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
ID_KEYS = ("id", "block_id", "blockId")
STEM = 3  # letters: "code" meets "coding" (and, sometimes, a stranger)


def match(prompt: str) -> str | None:
    """Return the answer of a matcher to ``prompt``: JSON with the ``id`` of a candidate.

    Parameters
    ----------
    prompt
        Free text with the candidates' summaries as a JSON list; a line such as ``Query: …`` is
        taken for the query, else all the text outside the list.

    Returns
    -------
    str or None
        ``None`` when there is no list of candidates in the prompt.
    """
    found = _candidates(prompt)
    if found is None:
        return None
    candidates, rest = found
    wanted = _stems(query[1] if (query := QUERY.search(rest)) else rest)
    scores = [len(wanted & _stems(_values(c))) for c in candidates]
    best = scores.index(max(scores))
    note = f"simulated: shares {scores[best]} word stems with the query; no model was run"
    return json.dumps({"id": _id(candidates[best]), "note": note})


def _candidates(prompt: str) -> tuple[list[dict[str, Any]], str] | None:
    decoder = json.JSONDecoder()
    for bracket in re.finditer(r"\[", prompt):
        try:
            found, end = decoder.raw_decode(prompt, bracket.start())
        except (ValueError, RecursionError):
            continue
        if found and all(isinstance(c, dict) and isinstance(_id(c), str) for c in found):
            return found, f"{prompt[: bracket.start()]}\n{prompt[end:]}"
    return None


def _id(candidate: dict[str, Any]) -> Any:
    return next((candidate[k] for k in ID_KEYS if k in candidate), None)


def _values(value: Any) -> str:
    """Return all texts in a summary, without its keys."""
    if isinstance(value, dict):
        return " ".join(_values(v) for v in value.values())
    return " ".join(map(_values, value)) if isinstance(value, list) else str(value)


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 2}
