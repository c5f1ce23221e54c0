"""Rules for conditions on live metrics: targets out of reach, numbers that mislead."""

from __future__ import annotations

from collections.abc import Iterator

from ..wire import shown
from .clause_rules import SEARCH_FAILS, refuses
from .fields import Fields
from .findings import Finding, Severity
from .group_rules import dead_block_passes
from .known import AGGREGABLE, EXECUTOR_TARGETS, METRIC_FIELDS
from .rules import rule
from .spots import ClauseSpot
from .walking import clauses

AGGREGATED = Fields.from_names(AGGREGABLE)
PUBLISHED = Fields.from_names(METRIC_FIELDS)
WITHOUT_DATA = ("<", "<=", "!=")
# Metrics whose name promises something else (contract §6.7), with the trap that tells of it.
MISLEADING = {
    "llm_active_sessions": (
        "T47",
        "counts chats held in memory, not running requests",
        "queue_length tells the load: look at it in read_metrics()",
    ),
    "on_preprocess_fps": (
        "N12",
        "is 1 / the time of preprocessing, about 18000 on an idle block; it is no throughput",
        "use llm_tokens_per_second or end_to_end_fps",
    ),
    "end_to_end_count_total": (
        "N12",
        "grows by two with every job",
        "compare with twice the number, or use on_preprocess_count_total",
    ),
    "latency.latency": (
        "T46",
        "is the executor's time to enqueue a packet, about 0.0001 s; it is no inference",
        "use end_to_end_latency",
    ),
}


@rule("aggregate")
def target_can_be_reached(spot: ClauseSpot) -> Iterator[Finding]:
    target = spot.value.get("target")
    if not isinstance(target, str) or not target.strip():
        return
    parts = target.split(".")
    if len(parts) == 1:
        reason = refuses("Aggregate target must have at least two levels")
        if spot.value["aggOperator"] == "count":
            return
        meant = "llm_tokens_per_second" if target == "instances" else target
        words = (f"target {target!r} has one level", reason, f"write 'instances.{meant}'")
        yield spot.says("error", "N05", "target", words)
    elif len(parts) > 2 and parts[-2] != "gpus" and spot.value["aggOperator"] != "count":
        words = (
            f"target {target!r} has {len(parts)} levels, and {parts[-2]!r} is no array",
            f"takes it for one: the number is null, and no block passes, or MongoDB refuses it: "
            f"{SEARCH_FAILS}",
            "use a target of two levels such as instances.llm_active_sessions, or a condition "
            "without aggOperator, which any instance may fulfil",
        )
        yield spot.says("error", "T20", "target", words)
    else:
        yield from _unknown_target(spot, target)


def _unknown_target(spot: ClauseSpot, target: str) -> Iterator[Finding]:
    fields = spot.setting.fields
    if target in AGGREGABLE or (fields.metrics and fields.has("blockMetricsQuery", target)):
        return
    if spot.value["aggOperator"] == "count" and f"{target}." in "".join(METRIC_FIELDS):
        return
    meant = AGGREGATED.nearest("blockMetricsQuery", target)
    if fields.metrics:
        meant = fields.nearest("blockMetricsQuery", target) or meant
    effect = "computes null, which is less than any number: > and >= hold for no block, < for all"
    yield _unknown(spot, "target", meant, effect)


@rule("condition")
def plain_metric_exists(spot: ClauseSpot) -> Iterator[Finding]:
    path = spot.value.get("variable")
    if not spot.is_metric or not isinstance(path, str) or not path.strip():
        return
    fields = spot.setting.fields
    if path in METRIC_FIELDS or path == "blockId" or fields.has("blockMetricsQuery", path):
        return
    meant = fields.nearest(spot.query, path) or PUBLISHED.nearest(spot.query, path)
    effect = "treats it as missing: the condition holds for no block (!= for every block)"
    yield _unknown(spot, "variable", meant, effect)


def _unknown(spot: ClauseSpot, key: str, meant: str | None, effect: str) -> Finding:
    """Return the finding that no metric is known at the path which stands under the key."""
    path = spot.value[key]
    hint = f"; did you mean {meant!r}?" if meant else ""
    fix = f"write {meant!r}" if meant else "compare with read_metrics()"
    # A block may report of its instances what nobody has published.
    severity: Severity = "warning" if path.partition(".")[0] == "instances" else "error"
    return spot.says(severity, "N05", key, (f"no metric is known as {path!r}{hint}", effect, fix))


@rule("aggregate")
def value_is_a_number(spot: ClauseSpot) -> Iterator[Finding]:
    value = spot.value.get("value", 0)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return
    less = "< holds for every block, > for none"
    words = (
        f"{shown(value)} is no number",
        "orders kinds, not values: " + ("> holds for every number" if value is None else less),
        "write a number, without quotes",
    )
    yield spot.says("error", "T25", "value", words)


@rule("condition")
def plain_value_is_no_text(spot: ClauseSpot) -> Iterator[Finding]:
    value, path = spot.value.get("value"), spot.value.get("variable")
    is_number = isinstance(value, str) and value.replace(".", "", 1).isdigit()
    is_name = isinstance(path, str) and path.endswith(("Id", "nodeKey", "type"))
    if spot.is_metric and is_number and not is_name:
        words = (
            f"{value!r} is text; metrics are numbers",
            "never takes text for a number: the condition holds for no block",
            f"write it without quotes: {value}",
        )
        yield spot.says("error", "T25", "value", words)


@rule("aggregate", "condition")
def metric_means_what_it_says(spot: ClauseSpot) -> Iterator[Finding]:
    key = "target" if "aggOperator" in spot.value else "variable"
    path = spot.value.get(key)
    if not spot.is_metric or not isinstance(path, str):
        return
    found = MISLEADING.get(path.removeprefix("instances."))
    if found:
        code, meaning, fix = found
        effect = "compares what is there, whatever the name suggests"
        yield spot.says("note", code, key, (f"{path} {meaning}", effect, fix))


@rule("metrics")
def dead_blocks_stay_out(root: ClauseSpot) -> Iterator[Finding]:
    """Only the executor has an uptime; only real instances have llm_* and the like."""
    if not dead_block_passes(root.value):
        return
    for spot in clauses(root):
        if not isinstance(spot.value, dict):
            continue
        key = "target" if "aggOperator" in spot.value else "variable"
        target = spot.value.get(key)
        if isinstance(target, str) and target in EXECUTOR_TARGETS:
            yield _dead_block(spot, key)
        elif key == "target" and spot.value.get("operator") in WITHOUT_DATA:
            yield _no_data(spot)


def _dead_block(spot: ClauseSpot, key: str) -> Finding:
    target = spot.value[key]
    words = (
        f"{target} is reported by the executor alone, never by an instance",
        "lets a block without a live instance pass; if it is chosen, the request is never answered",
        "join it by AND with a metric of instances: avg instances.llm_tokens_per_second > 0",
    )
    return spot.says("warning", "T15" if spot.group == "OR" else "T14", key, words)


def _no_data(spot: ClauseSpot) -> Finding:
    words = (
        f"{spot.value['operator']} on {spot.value.get('target')}",
        "takes a block without data for less than any number, so it passes",
        'join it by AND with {"operator": ">=", "value": 0} on the same target',
    )
    return spot.says("warning", "T16", "operator", words)
