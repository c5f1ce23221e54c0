"""Rules for conditions on documents: paths that nothing has, values that never match."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..wire import shown
from .clause_rules import refuses
from .fields import Fields
from .findings import Finding, Severity
from .known import BLOCK_ROOTS, CAST_CLUSTER_ROOTS, CLUSTER_ROOTS
from .rules import rule
from .spots import ClauseSpot

METADATA = "component.componentMetadata."
# Spellings that documentation and old policies use (contract §6.3), and what documents have.
MISPLACED = (
    ("component.metadata.", METADATA),
    ("componentMetadata.", METADATA),
    ("containerRegistryInfo.", "component.containerRegistryInfo."),
    ("componentId.", "component.componentId."),
)
ROOTS = Fields.from_names([*BLOCK_ROOTS, *(f"cluster.{name}" for name in CLUSTER_ROOTS)])
METADATA_FIELDS = {
    *("usecase", "framework", "hardware", "supports_quantization", "quantization_methods"),
    *("provider", "architecture", "capabilities", "evaluation"),
}
NUMERIC_ENDS = (".value", "parameterCountB", "contextLength", "minInstances", "maxInstances")
BOOLEAN_ENDS = ("supportsStreaming", "supports_quantization")
# Python 3.11 takes `c++` for possessive; the registry was seen to refuse it (contract §18, 13).
QUANTIFIED_TWICE = re.compile(r"[+*?}]\+")
SPECIAL = re.compile(r"[\\^$|?+(){}\[\]]")


def is_path(spot: ClauseSpot) -> bool:
    """Say whether the condition is about a document and has a readable path."""
    return not spot.is_metric and isinstance(spot.value.get("variable"), str)


@rule("condition")
def path_leads_somewhere(spot: ClauseSpot) -> Iterator[Finding]:
    if not is_path(spot) or not spot.value["variable"].strip():
        return
    path, fields = spot.value["variable"], spot.setting.fields
    meant = _known_mistake(spot.query, path)
    if meant is None and fields.of(spot.query) and not fields.has(spot.query, path):
        meant = fields.nearest(spot.query, path)
    if meant is None:
        return
    meant = meant or fields.nearest(spot.query, path) or ROOTS.nearest(spot.query, path)
    if meant == "":
        problem, fix = f"no document has the field {path!r}", "compare with read_block()"
    else:
        problem, fix = f"unknown field {path!r}; did you mean {meant!r}?", f"write {meant!r}"
    effect = "treats it as missing: " + (
        "!= holds for every document"
        if spot.value.get("operator") == "!="
        else "the condition holds for no document"
    )
    is_sure = _known_mistake(spot.query, path) is not None
    severity: Severity = "error" if is_sure else "warning"
    yield spot.says(severity, "N04", "variable", (problem, effect, fix))


def _known_mistake(query: str, path: str) -> str | None:
    """Return what was meant by a path that no document can have; "" if nobody knows."""
    root = path.partition(".")[0]
    if query == "clusterQuery":
        known = root in CLUSTER_ROOTS
        return None if known else path.removeprefix("cluster.") if root == "cluster" else ""
    for wrong, right in MISPLACED:
        if path.startswith(wrong):
            return right + path.removeprefix(wrong)
    if root in METADATA_FIELDS:
        return METADATA + path
    return None if root in BLOCK_ROOTS else ""


@rule("condition")
def metrics_are_asked_in_their_own_query(spot: ClauseSpot) -> Iterator[Finding]:
    if is_path(spot) and spot.value["variable"].startswith(("instances", "metrics.")):
        words = (
            "a live metric is asked of the block's document",
            "attaches metrics after the filter: the condition holds for no block",
            "move it to blockMetricsQuery",
        )
        yield spot.says("error", "N05", "variable", words)


@rule("condition")
def text_is_no_number(spot: ClauseSpot) -> Iterator[Finding]:
    value = spot.value.get("value")
    if not is_path(spot) or not isinstance(value, str) or spot.value.get("operator") == "LIKE":
        return
    path = spot.value["variable"]
    if spot.query == "clusterQuery" and path.partition(".")[0] in CAST_CLUSTER_ROOTS:
        return
    wanted = _kind_instead_of_text(spot, path, value)
    if wanted:
        words = (
            f"{value!r} is text; {path!r} is a {wanted}",
            "never takes text for another kind: the condition holds for no block",
            f"write it without quotes: {value.lower() if wanted == 'boolean' else value}",
        )
        yield spot.says("error", "T25", "value", words)


def _kind_instead_of_text(spot: ClauseSpot, path: str, value: str) -> str:
    kinds = spot.setting.fields.kinds(spot.query, path)
    if kinds:
        other = [kind for kind in ("number", "boolean") if kind in kinds and "string" not in kinds]
        return other[0] if other else ""
    if _is_number(value) and path.endswith(NUMERIC_ENDS):
        return "number"
    is_boolean = value.lower() in ("true", "false") and path.endswith(BOOLEAN_ENDS)
    return "boolean" if is_boolean else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@rule("condition")
def like_is_a_pattern(spot: ClauseSpot) -> Iterator[Finding]:
    value = spot.value.get("value")
    if spot.value.get("operator") != "LIKE" or not isinstance(value, str):
        return
    found = SPECIAL.search(value)
    if found and not _compiles(value):
        reason = refuses("string indices must be integers, not 'str'")
        words = (f"{value!r} is no valid regular expression", reason, _plain(value))
        yield spot.says("error", "T21", "value", words)
    elif found:
        effect = f"takes {found[0]!r} for an operator of a regular expression"
        words = (f"{value!r} holds the special character {found[0]!r}", effect, _plain(value))
        yield spot.says("warning", "T21", "value", words)
    elif value != value.lower() and spot.value.get("variable", "").endswith("usecase"):
        words = (
            f"{shown(value)} has upper-case letters; use cases are written in lower case",
            "matches case by case, so this finds no block",
            f"write {value.lower()!r}",
        )
        yield spot.says("warning", "T21", "value", words)


def _compiles(value: str) -> bool:
    if QUANTIFIED_TWICE.search(value):
        return False
    try:
        re.compile(value.replace(".", r"\.").replace("*", ".*"))
    except re.error:
        return False
    return True


def _plain(value: str) -> str:
    return f"put * where such characters are, as in {SPECIAL.sub('*', value)!r}"


@rule("condition")
def use_cases_are_one_string(spot: ClauseSpot) -> Iterator[Finding]:
    path, operator = spot.value.get("variable"), spot.value.get("operator")
    if isinstance(path, str) and path.endswith(".usecase") and operator in ("==", "IN"):
        words = (
            f"{operator} on a use case; documents hold all of a block's in one string",
            "misses a block as soon as it lists a second use case",
            'use LIKE, as in "*chat-completion*"',
        )
        yield spot.says("warning", "N09", "operator", words)


@rule("condition")
def missing_fields_pass(spot: ClauseSpot) -> Iterator[Finding]:
    operator, value = spot.value.get("operator"), spot.value.get("value", "")
    if spot.is_metric or spot.value.get("variable") == "id":
        return
    if operator == "!=" and value is not None:
        effect = "lets documents pass that lack the field"
        fix = 'join it with {"variable": …, "operator": "!=", "value": null}'
        yield spot.says("note", "N13", "operator", (f"!= {shown(value)}", effect, fix))
    if operator == "==" and value is None:
        effect = "lets documents pass that lack the field, too"
        words = ("== null", effect, "keep it if that is meant")
        yield spot.says("note", "N13", "value", words)
