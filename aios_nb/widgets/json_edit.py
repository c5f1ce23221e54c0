"""From JSON as a person typed or pasted it to a draft, or to a mistake with its place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import PayloadError
from .draft import Draft


@dataclass(frozen=True)
class Mistake:
    """Why a text is no filter rule.

    Parameters
    ----------
    where
        Line and column, or the path in the document.
    text
        What is wrong there.
    line
        Line number from 1; 0 if the text is JSON, but no filter rule.
    """

    where: str
    text: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def read(text: str) -> Draft | Mistake:
    """Return the draft that a text stands for, or the first mistake in it.

    Parameters
    ----------
    text
        A filter rule, or anything that holds one under ``filterRule``, such as the guide's whole
        request; or the inner ``filter`` alone.

    Examples
    --------
    >>> print(read('{"matchType": "block",\\n "filter": {}'))
    line 2, column 14: a comma or a closing bracket is missing
    """
    try:
        return _read(text)
    except RecursionError:
        return Mistake("", "the document is nested too deep; a filter rule needs a few levels only")


def _read(text: str) -> Draft | Mistake:
    try:
        document = json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        return Mistake(f"line {error.lineno}, column {error.colno}", _plain(error), error.lineno)
    except PayloadError as error:
        return Mistake("", str(error))
    rule = _rule_in(document)
    try:
        return Draft.from_wire(rule)
    except PayloadError as error:
        return _placed(rule, str(error))


def _plain(error: json.JSONDecodeError) -> str:
    known = {
        "Expecting ',' delimiter": "a comma or a closing bracket is missing",
        "Expecting ':' delimiter": "a colon is missing after the key",
        "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
        "Expecting value": "a value is missing; texts need double quotes, and it is true, not True",
        "Extra data": "the document has ended already; a bracket may be one too many",
        "Unterminated string starting at": "the closing double quote is missing",
        "Illegal trailing comma before end of object": "the last comma is one too many",
        "Illegal trailing comma before end of array": "the last comma is one too many",
    }
    return known.get(error.msg, error.msg)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise PayloadError(
                f"the key {key!r} stands twice in one object; JSON keeps only the last"
            )
    return dict(pairs)


def _rule_in(document: Any) -> Any:
    found = _find_key(document, "filterRule")
    if found is not None:
        return found
    is_inner = isinstance(document, dict) and "filter" not in document
    if is_inner and any(key.endswith("Query") for key in document):
        return {"matchType": "block", "filter": document}
    return document


def _find_key(value: Any, wanted: str) -> Any:
    if isinstance(value, list):
        parts = value
    elif isinstance(value, dict):
        if wanted in value:
            return value[wanted]
        parts = list(value.values())
    else:
        return None
    return next((found for part in parts if (found := _find_key(part, wanted)) is not None), None)


def _placed(rule: Any, text: str) -> Mistake:
    """Return the mistake with its path: where reading it alone fails too, as deep as can be."""
    filters = rule.get("filter") if isinstance(rule, dict) else None
    if not isinstance(filters, dict):
        return Mistake("", text)
    for key, node in filters.items():
        place = _failing(key, node, f"filter.{key}")
        if place:
            return Mistake(place, text)
    return Mistake("filter", text)


def _failing(key: str, node: Any, place: str) -> str:
    if _reads(key, node):
        return ""
    members = node.get("conditions") if isinstance(node, dict) else None
    if isinstance(members, list):
        for index, member in enumerate(members):
            inner = _failing(key, member, f"{place}.conditions[{index}]")
            if inner:
                return inner
    return place


def _reads(key: str, node: Any) -> bool:
    try:
        Draft.from_wire({"matchType": "block", "filter": {key: node}})
    except PayloadError:
        return False
    return True
