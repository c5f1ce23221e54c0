"""Rules for how a policy reads its input: parameters, paths, missing values, swallowed failures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..endpoints import PLACEHOLDERS
from .findings import Finding
from .rules import rule
from .sources import Source, argument, own_nodes

LOG_VERBS = {"debug", "info", "warning", "error", "exception", "critical", "log", "print"}
ADDRESS = re.compile(r"^https?://[\w.-]+")
INDEXED = re.compile(r"^[A-Za-z_][\w.]*\[\d+\]")
ADDRESS_KEY = "METRICS_BASE_URL"


@rule("source")
def no_host_is_written_down(source: Source) -> Iterator[Finding]:
    for text, node in _texts(source):
        found = next((p for p in PLACEHOLDERS if p in text), "")
        if found:
            words = (
                f"{found} only stands in for a host of yours",
                "cannot resolve it",
                "read the address from parameters",
            )
            yield source.says("error", "N06", node, words)
        elif ADDRESS.match(text):
            words = (
                f"the address {text!r} is part of the code",
                "runs it wherever the policy executor stands, for every cluster alike",
                "read the address from parameters, so that a request can say it",
            )
            yield source.says("warning", "N20", node, words)


@rule("source")
def paths_lead_into_the_candidate(source: Source) -> Iterator[Finding]:
    for text, node in _texts(source):
        if INDEXED.match(text):
            words = (
                f"the path {text!r} has an index in brackets",
                "hands over lists; split at dots, 'gpus[0]' is the name of a key that no dict has",
                "write .0. and index the list, or go through it",
            )
            yield source.says("warning", "P4", node, words)
        if text.startswith("componentMetadata."):
            yield _wrong_level(source, node, "P5", text)
    for node in source.nodes:
        base, key = _looked_up(node)
        if key == "componentMetadata" and not _in_component(base):
            yield _wrong_level(source, node, "P5", key)
        if key == "containerRegistryInfo" and not _in_component(base):
            yield _wrong_level(source, node, "L3", key)


def _wrong_level(source: Source, node: ast.AST, code: str, text: str) -> Finding:
    words = (
        f"{text!r} is looked for at the top of a candidate",
        "stores it beneath 'component': the value is always missing",
        f"write component.{text}" if "." in text else f"candidate['component']['{text}']",
    )
    return source.says("warning", code, node, words)


def _in_component(base: ast.expr | None) -> bool:
    return base is not None and "component" in ast.unparse(base)


@rule("source")
def parameters_may_be_missing(source: Source) -> Iterator[Finding]:
    guarded = {
        n.left.value
        for n in source.nodes
        if isinstance(n, ast.Compare) and isinstance(n.left, ast.Constant)
    }
    for name, number in (("__init__", 2), ("eval", 0)):
        method = source.methods.get(name)
        if method is None:
            continue
        given = {argument(method, number), "self.parameters"}
        for node in own_nodes(method):
            if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
                continue
            base, key = _looked_up(node)
            if base is not None and ast.unparse(base) in given and key not in guarded:
                words = (
                    f"{ast.unparse(node)} without a default",
                    "replaces the registered parameters by the request's, never merges them: a key "
                    f"that only the registration has is missing, and the policy fails: '{key}'",
                    f"use .get({key!r}, …), and say in the exception what is missing",
                )
                yield source.says("warning", "T31", node, words)


@rule("source")
def metrics_address_comes_with_the_request(source: Source) -> Iterator[Finding]:
    bases = [
        (ast.unparse(base), node)
        for node in source.nodes
        for base, key in [_looked_up(node)]
        if key == ADDRESS_KEY and base is not None
    ]
    parameters = [node for base, node in bases if "param" in base.lower()]
    settings = [node for base, node in bases if "setting" in base.lower()]
    if bool(parameters) == bool(settings):
        return
    read, unread = ("parameters", "settings") if parameters else ("settings", "parameters")
    words = (
        f"{ADDRESS_KEY} is read from {read} only",
        f"hands over both; what stands in {unread} has no effect",
        "look in the call's parameters first, then in settings",
    )
    yield source.says("note", "P1", (parameters or settings)[0], words)


@rule("source")
def failures_are_seen(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else ""
        is_broad = caught in ("", "Exception", "BaseException")
        if is_broad and not any(_tells(inner) for inner in ast.walk(node)):
            what = f"except {caught}:".replace(" :", ":")
            words = (
                f"{what} hides every failure",
                "knows of none: a wrong address or a missing metric ends in equal scores, and the "
                "first candidate wins",
                "catch what you can name, and log it",
            )
            yield source.says("warning", "P2", node, words)


def _tells(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in LOG_VERBS


@rule("source")
def missing_is_not_best(source: Source) -> Iterator[Finding]:
    has_min = any(text == "min" for text, _ in _texts(source))
    for node in source.nodes if has_min else ():
        is_or = isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)
        if is_or and _is_zero(node.values[-1]):  # type: ignore[attr-defined]
            words = (
                f"{ast.unparse(node)} takes a missing metric for 0",
                "runs the goal where less is better: a block without metrics wins it",
                "keep None, and score it as the worst",
            )
            yield source.says("note", "P7", node, words)


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False


@rule("source")
def candidates_stay_as_they_are(source: Source) -> Iterator[Finding]:
    loops = [n for n in source.nodes if isinstance(n, ast.For) and isinstance(n.target, ast.Name)]
    names = {
        loop.target.id  # type: ignore[attr-defined]
        for loop in loops
        if re.search("candidate|input_data|block", ast.unparse(loop.iter))
    }
    for node in source.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"{n}.update" for n in names}:
            words = (
                f"{ast.unparse(node.func)}(…) writes into a candidate",
                "returns the changed document to the caller; type, latency, hardware and others "
                "may have been overwritten",
                "keep what you compute in a dict of your own",
            )
            yield source.says("note", "P13", node, words)


def _texts(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Yield the string constants of a file, docstrings left out."""
    bare = {id(n.value) for n in source.nodes if isinstance(n, ast.Expr)}
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value, node


def _looked_up(node: ast.AST) -> tuple[ast.expr | None, str]:
    """Return the dict and the key of ``d["key"]`` or ``d.get("key")``; nothing for other nodes."""
    if isinstance(node, ast.Subscript):
        base, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr != "get" or not node.args:
            return None, ""
        base, key = node.func.value, node.args[0]
    else:
        return None, ""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return base, key.value
    return None, ""
