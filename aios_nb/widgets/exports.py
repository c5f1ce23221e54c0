"""The same query in other forms, by the names that the builder shows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

from ..selection import TEMPLATE_URI
from ..wire import JSON
from .draft import Draft
from .mongo_export import mongo_filters
from .pandas_export import pandas_mask
from .python_export import python_call

# The Router's address in the guide's way of writing (contract: port 30501).
ROUTER = "http://MANAGEMENTMASTER:30501"


def json_text(draft: Draft) -> str:
    """Return the filter rule as indented JSON.

    Examples
    --------
    >>> print(json_text(Draft()))
    {
      "matchType": "block",
      "filter": {}
    }
    """
    return _indented(draft.to_wire())


def curl_command(draft: Draft, *, router: str = ROUTER) -> str:
    """Return the command that asks the Router for the candidates.

    Parameters
    ----------
    router
        Address of the Router. The default is a placeholder, as in the guide.

    Raises
    ------
    PayloadError
        A condition is incomplete, or there is none.
    """
    values = draft.to_rule().to_wire()
    body = _indented({"header": {"templateUri": TEMPLATE_URI}, "body": {"values": values}})
    return (
        f"curl -sS -X POST {shlex.quote(f'{router}/api/filter')} \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(body)}"
    )


def mongo_text(draft: Draft) -> str:
    """Return one ``find`` call per collection, as the MongoDB shell takes it.

    Raises
    ------
    PayloadError
        A condition is incomplete, or there is none.
    """
    draft.to_rule()
    found = mongo_filters(draft).items()
    return "\n\n".join(f"db.{name}.find({_indented(query)})" for name, query in found)


EXPORTS: dict[str, Callable[[Draft], str]] = {
    "JSON": json_text,
    "Python": python_call,
    "curl": curl_command,
    "MongoDB": mongo_text,
    "pandas": pandas_mask,
}


def _indented(document: JSON) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
