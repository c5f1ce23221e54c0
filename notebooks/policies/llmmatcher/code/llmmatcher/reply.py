"""What the model said, in whatever form: the id of one candidate, or nothing."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from .refusal import NoChoice
from .values import as_json

READ_LENGTH = 20_000  # characters, from the end: that is where a choice stands
OPENINGS = 500  # brackets tried: a reply of nothing else must not cost minutes
ID_KEYS = ("id", "block_id", "blockId", "selected_block", "block", "choice", "answer", "number")


def read_choice(reply: str, ids: list[str]) -> str:
    """Return the candidate that a reply names: JSON, fenced, in prose, in a list, as a number.

    Raises
    ------
    NoChoice
        It names none of ``ids``, or several.
    """
    # What a reasoning model thinks aloud names candidates that it then turns down.
    said = re.sub(r"<think>.*?(</think>|\Z)", "", reply[-READ_LENGTH:], flags=re.DOTALL)
    said = said.rpartition("</think>")[2].strip()
    for value in json_in(said):
        if chosen := named_by(value, ids):
            return chosen
    if chosen := named_by(said, ids):
        return chosen
    for text in (said, said.rstrip().rpartition("\n")[2]):
        mentioned = [
            i for i in ids if re.search(rf"(?<![\w.:+/-]){re.escape(i)}(?![\w:+/-]|\.\w)", text)
        ]
        if len(mentioned) == 1:
            return mentioned[0]
    raise NoChoice(f"the reply names no candidate that was shown, or several: {said[-200:]!r}")


def json_in(text: str) -> list[Any]:
    """Return the JSON documents in a text: the whole of it, in fences, in prose, the last first."""
    fenced = re.findall(r"```[\w-]*\s*(.*?)```", text, flags=re.DOTALL)
    values = [as_json(t) for t in (text, *reversed(fenced))]
    return [v for v in values if not isinstance(v, str)] + json_in_prose(text)[::-1]


def json_in_prose(text: str) -> list[Any]:
    decoder, found, position = json.JSONDecoder(), [], 0
    for start in islice(re.finditer(r"[{\[]", text), OPENINGS):
        if start.start() < position:
            continue
        try:
            value, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        found.append(value)
    return found


def named_by(value: Any, ids: list[str]) -> str | None:
    """Return the id that a value stands for: an id, a candidate's number, or what holds one."""
    if isinstance(value, dict):
        values = [value[k] for k in ID_KEYS if k in value]
        return next((i for v in values if (i := named_by(v, ids))), None)
    if isinstance(value, list):
        return named_by(value[0], ids) if value else None
    word = str(value).strip().strip("\"'`*.").strip()
    if isinstance(value, bool) or word in ids:
        return word if word in ids else None
    number = re.fullmatch(r"(?:candidate|number|block|#|\s)*(\d{1,4})(?:\.0)?", word, re.IGNORECASE)
    return ids[int(number[1]) - 1] if number and 0 < int(number[1]) <= len(ids) else None
