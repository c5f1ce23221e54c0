"""``lint``: one function for every kind of thing that is sent to AIOS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import PayloadError
from ..inference import InferenceRequest
from ..policy import PolicyPackage, PolicyRegistration
from ..query import FilterRule
from ..selection import SelectionQuery
from ..wire import shown

# Loaded for their effect: each registers its rules.
from . import (  # noqa: F401
    address_rules,
    cast_rules,
    clause_rules,
    data_rules,
    document_rules,
    filter_rules,
    goal_rules,
    group_rules,
    kind_rules,
    metric_rules,
    payloads,
    query_rules,
    registration_rules,
    request_rules,
)
from .fields import Fields
from .findings import Finding, Findings
from .spots import Setting, Spot

Sendable = InferenceRequest | SelectionQuery | FilterRule | PolicyRegistration
Walk = Callable[[Spot], Iterator[Finding]]
KINDS: dict[str, Walk] = {
    "inference request": payloads.check_request,
    "chat completion": payloads.check_chat_completion,
    "completion": payloads.check_completion,
    "selection query": payloads.check_selection_query,
    "filter rule": payloads.check_filter_rule,
    "policy registration": payloads.check_registration,
}
VALUES: dict[type, str] = {
    InferenceRequest: "inference request",
    SelectionQuery: "selection query",
    FilterRule: "filter rule",
    PolicyRegistration: "policy registration",
}
# The keys that tell a kind of payload, and how many of them are enough.
MARKS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("inference request", ("data",), 1),
    ("chat completion", ("messages",), 1),
    ("completion", ("prompt",), 1),
    ("inference request", ("session_id", "seq_no", "selection_query"), 2),
    ("selection query", ("body",), 1),
    ("filter rule", ("filter",), 1),
    ("policy registration", ("policy_settings", "policy_parameters", "code", "release_tag"), 1),
    ("policy registration", ("$set", "$unset", "$inc"), 1),
    ("inference request", ("session_id", "seq_no", "selection_query", "model"), 1),
    ("selection query", ("values", "header", "rankingPolicyRule"), 1),
    ("filter rule", ("matchType", "blockQuery", "blockMetricsQuery", "clusterQuery"), 1),
    ("policy registration", ("version", "code_type"), 1),
)


def lint(thing: Any, *, fields: Fields | Iterable[str] | None = None) -> Findings:
    """Return what AIOS would refuse, misread or silently ignore in something, without asking it.

    Parameters
    ----------
    thing
        An ``InferenceRequest``, ``SelectionQuery``, ``FilterRule``, ``PolicyRegistration`` or
        ``PolicyPackage``; or the JSON object of one of the first four, which may hold mistakes
        that the values refuse.
    fields
        The fleet's fields, as ``fields_of(aios.find_candidates(...))`` returns them, or plain
        names. ``None``: paths are compared with what every fleet is known to have.

    Raises
    ------
    PayloadError
        The thing is of no such kind.

    Examples
    --------
    >>> rule = {"matchType": "block", "filter": {"blockQuery": {
    ...     "variable": "component.metadata.usecase", "operator": "LIKE", "value": "*chat*"}}}
    >>> for finding in lint(rule):
    ...     print(finding.code, finding.place, "-", finding.fix)
    N04 filter.blockQuery.variable - write 'component.componentMetadata.usecase'
    """
    if isinstance(thing, PolicyPackage):
        # Imported on call: a form that lints filters needs no rules on sources.
        from .packages import check_files

        return Findings(check_files(dict(thing.files)), subject=thing.file_name)
    known = _fields(fields)
    if isinstance(thing, Sendable):
        name = VALUES[type(thing)]
        setting = Setting(known, is_by_hand=False)
        return Findings(KINDS[name](Spot(thing.to_wire(), "", setting)), subject=name)
    name = kind_of_payload(thing)
    return Findings(KINDS[name](Spot(thing, "", Setting(known))), subject=name)


def kind_of_payload(document: Any) -> str:
    """Return which kind of payload a JSON object is.

    Raises
    ------
    PayloadError
        It is none that AIOS's ad-hoc inference takes.

    Examples
    --------
    >>> kind_of_payload({"matchType": "block", "filter": {}})
    'filter rule'
    """
    if isinstance(document, dict):
        for name, keys, enough in MARKS:
            if sum(key in document for key in keys) >= enough:
                return name
    is_name = isinstance(document, (str, Path))
    raise PayloadError(
        f"cannot lint {shown(document)}; expected an inference request, a selection query, a "
        "filter rule, a policy registration (values or their JSON objects), or a policy package"
        + ("; a file is linted in a terminal, by aios-nb lint FILE" if is_name else "")
    )


def _fields(fields: Fields | Iterable[str] | None) -> Fields:
    if fields is None:
        return Fields({}, {})
    if isinstance(fields, Fields):
        return fields
    names = None if isinstance(fields, str) or not isinstance(fields, Iterable) else list(fields)
    if names is None or not all(isinstance(name, str) for name in names):
        raise PayloadError(
            f"fields is {shown(fields)}; expected several names, or what fields_of(blocks) returns"
        )
    return Fields.from_names(names)
