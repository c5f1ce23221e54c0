"""Rules for a policy registration: the 17 keys, and what AIOS makes of them, which is little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from ..policy import PolicyRegistration
from ..wire import shown
from .address_rules import KEY
from .findings import Finding
from .keys import missing, unknown, wrong_type
from .known import UPSTREAM_POLICY
from .rules import rule
from .spots import Spot

KEYS = tuple(entry.name for entry in fields(PolicyRegistration))
SCHEMA_WORDS = {
    *("type", "properties", "items", "required", "enum", "const", "additionalProperties"),
    *("anyOf", "oneOf", "allOf", "not", "$ref", "$schema", "$defs"),
}
UNREAD = "reads no schema at all: nothing is checked against it"


@rule("registration")
def all_keys_are_there(spot: Spot) -> Iterator[Finding]:
    if {"$set", "$unset", "$inc"} & spot.value.keys():
        words = (
            "an update in MongoDB's words",
            "answers \"'name'\" (HTTP 200): an update needs the complete record",
            "send all 17 keys: read_policy(), then dataclasses.replace()",
        )
        yield spot.says("error", "T28", None, words)
        return
    for key in KEYS:
        if key not in spot.value:
            effect = f"answers \"'{key}'\" (HTTP 200)"
            yield missing(spot, key, effect, "send all 17 keys", known=KEYS)
    yield from unknown(spot, (*KEYS, "policy_rule_uri"))


@rule("registration")
def uri_can_be_asked_for(spot: Spot) -> Iterator[Finding]:
    for key in ("name", "version", "release_tag"):
        value = spot.value.get(key, "x")
        if not isinstance(value, str) or not value.strip():
            effect = "stores it; the URI name:version-release_tag is then not what a query asks for"
            yield wrong_type(spot, key, "a string", effect)
    name = spot.value.get("name")
    if isinstance(name, str) and re.search(r"[:/\s?#]", name):
        words = (
            f"name {name!r} has a character that a URI cannot carry",
            "stores it; GET /policy/<uri> and queries by name:version-release_tag may miss it",
            "use letters, digits, - and _",
        )
        yield spot.says("warning", "N02", "name", words)


@rule("registration")
def parameters_are_replaced(spot: Spot) -> Iterator[Finding]:
    if spot.value.get("policy_parameters"):
        words = (
            "policy_parameters are given",
            "in executor mode uses them only for requests without parameters, never merged; in "
            "local mode they override the request's",
            "leave it empty, and send parameters with each request",
        )
        yield spot.says("warning", "T31", "policy_parameters", words)


@rule("registration")
def metrics_address_is_no_setting(spot: Spot) -> Iterator[Finding]:
    settings = spot.value.get("policy_settings")
    if isinstance(settings, dict) and KEY in settings:
        words = (
            f"{KEY} is a setting",
            "hands it to the constructor; the upstream policy looks for it in parameters only",
            f"send {KEY} in each request's parameters",
        )
        yield spot.says("warning", "P1", f"policy_settings.{KEY}", words)


@rule("registration")
def schemas_are_decoration(spot: Spot) -> Iterator[Finding]:
    for key in ("policy_settings_schema", "policy_parameters_schema"):
        schema = spot.value.get(key)
        if isinstance(schema, dict) and schema and not SCHEMA_WORDS & schema.keys():
            words = (
                "a map of properties, not a JSON Schema",
                UNREAD,
                'for readers, write {"type": "object", "properties": {…}}',
            )
            yield spot.says("note", "T30", key, words)


@rule("registration")
def schemas_tell_the_truth(spot: Spot) -> Iterator[Finding]:
    wanted = {
        "policy_input_schema": ("array", "a list of blocks"),
        "policy_output_schema": ("object", "a block, so it has an id"),
    }
    for key, (kind, meaning) in wanted.items():
        schema = spot.value.get(key)
        if isinstance(schema, dict) and schema and not _describes(schema, kind):
            words = (f"it does not describe {meaning}", UNREAD, f"for readers, describe {meaning}")
            yield spot.says("note", "T30", key, words)


def _describes(schema: dict[str, object], kind: str) -> bool:
    if schema.get("type") != kind:
        return False
    properties = schema.get("properties")
    is_closed = kind == "object" and isinstance(properties, dict) and bool(properties)
    return not is_closed or "id" in properties  # type: ignore[operator]  # is_closed: a dict


@rule("registration")
def code_type_is_that_of_the_archive(spot: Spot) -> Iterator[Finding]:
    code, kind = spot.value.get("code"), spot.value.get("code_type")
    if isinstance(code, str) and isinstance(kind, str) and code and kind:
        is_zip = code.endswith(".zip")
        if is_zip != (kind == "zip"):
            words = (
                f"code_type is {kind!r}, the archive {code.rpartition('/')[2]!r}",
                "never reads it: an archive is recognised by its content",
                'write "zip"' if is_zip else "write the archive's own type",
            )
            yield spot.says("note", "N19", "code_type", words)


@rule("registration")
def words_for_readers_fit(spot: Spot) -> Iterator[Finding]:
    value, metadata = spot.value, spot.value.get("metadata")
    category = metadata.get("category") if isinstance(metadata, dict) else None
    labels = _words(value.get("tags")) | _words(category)
    about = _words(value.get("name")) | _words(value.get("description"))
    if labels and _words(value.get("description")) and not labels & about:
        words = (
            f"tags and category ({', '.join(sorted(labels))}) share no word with the description",
            "stores them and decides nothing by them",
            "name what the policy does, such as block-selection",
        )
        yield spot.says("note", "N19", "tags", words)
    strategy = _dig_strategy(value)
    if value.get("name") == UPSTREAM_POLICY and re.search(r"\bML\b|learn", strategy, re.I):
        words = (
            f"strategy is {shown(strategy)}",
            "stores it; the policy weighs normalised metrics and learns nothing",
            'write "weighted goals"',
        )
        yield spot.says("note", "N19", "functionality_data.strategy", words)


def _dig_strategy(value: dict[str, object]) -> str:
    data = value.get("functionality_data")
    return str(data.get("strategy") or "") if isinstance(data, dict) else ""


def _words(text: object) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower())) if isinstance(text, str) else set()
