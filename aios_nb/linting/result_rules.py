"""Rules for what a policy gives back: a block, or something that AIOS cannot use."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from .findings import Finding
from .rules import rule
from .sources import Function, Source, argument, own_nodes

FIX = 'return a candidate, or {"id": …}; to refuse, raise an exception with the reason'
TEXT = ("json.dumps", "str", "repr")
NO_JSON = ("set", "frozenset", "map", "filter", "zip", "reversed", "iter")
REASONS = {"reason", "message", "error"}


@rule("source")
def eval_returns_a_block(source: Source) -> Iterator[Finding]:
    method = source.methods.get("eval")
    if method is None:
        return
    nodes = list(own_nodes(method))
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes):
        effect = "gets a generator, which is not JSON: 500 Server Error"
        words = ("eval yields", effect, "return one candidate")
        yield source.says("error", "T34", method, words)
        return
    returns = _returns(source, method)
    for function, node in returns:
        yield from _useless(source, function, node)
    if not returns and not any(isinstance(node, ast.Raise) for node in nodes):
        words = (
            "eval returns nothing",
            "answers \"'NoneType' object has no attribute 'get'\"",
            FIX,
        )
        yield source.says("error", "T34", method, words)
    elif not _ends(method.body):
        effect = "answers \"'NoneType' object has no attribute 'get'\" where it does"
        words = ("eval may end without a return", effect, FIX)
        yield source.says("warning", "T34", method, words)


def _returns(source: Source, method: Function) -> list[tuple[Function, ast.Return]]:
    """Return the method's returns, and those of methods whose result it hands on."""
    found: list[tuple[Function, ast.Return]] = []
    waiting, seen = [method], set()
    while waiting:
        function = waiting.pop()
        if function.name in seen:
            continue
        seen.add(function.name)
        for node in own_nodes(function):
            if isinstance(node, ast.Return):
                found.append((function, node))
                waiting += _handed_on(source, node)
    return found


def _handed_on(source: Source, node: ast.Return) -> list[Function]:
    called = node.value.func if isinstance(node.value, ast.Call) else None
    if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "self":
        return [source.methods[called.attr]] if called.attr in source.methods else []
    return []


def _useless(source: Source, function: Function, node: ast.Return) -> Iterator[Finding]:
    value = _value(function, node)
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        effect = "answers \"'NoneType' object has no attribute 'get'\""
        yield source.says("error", "T34", node, ("eval returns None", effect, FIX))
    elif isinstance(value, ast.Constant | ast.JoinedStr):
        kind = "str" if isinstance(value, ast.JoinedStr) else type(value.value).__name__
        effect = f"answers \"'{kind}' object has no attribute 'get'\""
        words = (f"eval returns {ast.unparse(value)}", effect, FIX)
        yield source.says("error", "T34", node, words)
    elif _is_id(value) or _calls(source, value, TEXT):
        effect = "answers \"'str' object has no attribute 'get'\""
        words = (f"eval returns the text {ast.unparse(value)}", effect, FIX)
        yield source.says("error", "T34", node, words)
    elif isinstance(value, ast.ListComp) and _is_id(value.elt):
        effect = "takes the first: \"'str' object has no attribute 'get'\""
        yield source.says("error", "T34", node, ("eval returns a list of ids", effect, FIX))
    elif isinstance(value, ast.Set | ast.SetComp | ast.GeneratorExp) or (
        _calls(source, value, NO_JSON)
    ):
        words = ("eval returns what JSON cannot carry", "answers 500 Server Error", FIX)
        yield source.says("error", "T34", node, words)
    elif isinstance(value, ast.List) and not value.elts:
        words = ("eval returns []", 'answers "no block selected in the specified filter"', FIX)
        yield source.says("warning", "T34", node, words)
    elif isinstance(value, ast.Dict):
        yield from _no_id(source, node, value)


def _no_id(source: Source, node: ast.Return, value: ast.Dict) -> Iterator[Finding]:
    keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
    if "id" in keys or None in keys:  # None: a key that is computed, or ** of another dict
        return
    effect = 'answers "invalid similarity search result, {…}"'
    words = (f"eval returns a dict without 'id': {', '.join(map(repr, keys))}", effect, FIX)
    severity = "warning" if REASONS & {str(key) for key in keys} else "error"
    yield source.says("warning" if severity == "warning" else "error", "T34", node, words)


def _ends(body: list[ast.stmt]) -> bool:
    """Say whether the end of these statements is never reached."""
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
    if isinstance(last, ast.With):
        return _ends(last.body)
    if isinstance(last, ast.Try):
        handlers = all(_ends(handler.body) for handler in last.handlers)
        main = _ends(last.orelse or last.body)
        return (main and handlers) or (bool(last.finalbody) and _ends(last.finalbody))
    if isinstance(last, ast.While):
        return isinstance(last.test, ast.Constant) and bool(last.test.value)
    return isinstance(last, ast.Return | ast.Raise | ast.Match)


def _value(function: Function, node: ast.Return) -> ast.expr | None:
    """Return what is returned; of a name that is set once, what it is set to."""
    if not isinstance(node.value, ast.Name):
        return node.value
    name = node.value.id
    stores = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    stores = [n for n in stores if isinstance(n.ctx, ast.Store)]
    plain = [n for n in own_nodes(function) if isinstance(n, ast.Assign) and n.targets == stores]
    return plain[0].value if plain else node.value


def _is_id(value: ast.expr) -> bool:
    """Say whether this is the id of something, as ``block["id"]`` or ``block.get("id")``."""
    key: ast.expr | None = None
    if isinstance(value, ast.Subscript):
        key = value.slice
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        key = value.args[0] if value.func.attr == "get" and value.args else None
    return isinstance(key, ast.Constant) and key.value == "id"


def _calls(source: Source, value: ast.expr, names: Container[str]) -> bool:
    return isinstance(value, ast.Call) and source.name_of(value.func) in names


@rule("source")
def candidates_are_a_list(source: Source) -> Iterator[Finding]:
    method = source.methods.get("eval")
    name = argument(method, 1) if method else ""
    for node in own_nodes(method) if method and name else ():
        get = isinstance(node, ast.Attribute) and node.attr in ("get", "items", "keys", "values")
        key = isinstance(node, ast.Subscript) and _is_text(node.slice)
        if (get or key) and ast.unparse(node.value) == name:  # type: ignore[attr-defined]
            said = "list indices must be integers or slices, not str"
            if isinstance(node, ast.Attribute):
                said = f"'list' object has no attribute {node.attr!r}"
            effect = f"passes the list of candidates: {said}"
            words = (f"{name} is taken for a dict", effect, f"go through it: for block in {name}")
            yield source.says("error", "L1", node, words)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
