"""A policy's source as rules see it: the syntax tree, the class, names of what it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ..policy_source import CLASS_NAME
from .findings import Finding, Severity
from .spots import Words

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file of a package.

    Parameters
    ----------
    path
        In the archive, such as ``code/function.py``.
    tree
        Its syntax tree.
    """

    path: str
    tree: ast.Module

    def says(self, severity: Severity, code: str, node: ast.AST | None, words: Words) -> Finding:
        """Return a finding at a node's line."""
        line = getattr(node, "lineno", None)
        return Finding(code, severity, f"{self.path}:{line}" if line else self.path, *words)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes, from the top of the file to its end."""
        found = list(ast.walk(self.tree))
        return tuple(sorted(found, key=lambda node: getattr(node, "lineno", 0)))

    @cached_property
    def policy(self) -> ast.ClassDef | None:
        """The class that AIOS calls, if it is written out in this file."""
        named = [n for n in self.nodes if isinstance(n, ast.ClassDef) and n.name == CLASS_NAME]
        return named[-1] if named else None

    @cached_property
    def methods(self) -> dict[str, Function]:
        """The methods of that class."""
        body = self.policy.body if self.policy else []
        return {n.name: n for n in body if isinstance(n, Function)}

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What each imported name, and each name of an HTTP session, stands for."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for entry in node.names:
                    root = entry.name.partition(".")[0]
                    found[entry.asname or root] = entry.name if entry.asname else root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for entry in node.names:
                    found[entry.asname or entry.name] = f"{node.module}.{entry.name}"
        for target, value in self._bindings():
            if _name(value, found) in ("requests.Session", "requests.session"):
                found[ast.unparse(target)] = "requests"
        return found

    def _bindings(self) -> Iterator[tuple[ast.expr, ast.expr]]:
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield from ((target, node.value.func) for target in node.targets)
        for item in (n for n in self.nodes if isinstance(n, ast.withitem)):
            if isinstance(item.context_expr, ast.Call) and item.optional_vars is not None:
                yield item.optional_vars, item.context_expr.func

    def name_of(self, called: ast.expr) -> str:
        """Return the full name of what is called, such as ``requests.get``."""
        return _name(called, self.aliases)


def _name(node: ast.expr, aliases: dict[str, str]) -> str:
    text = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
    if text in aliases:
        return aliases[text]
    if isinstance(node, ast.Attribute):
        base = _name(node.value, aliases)
        return f"{base}.{node.attr}" if base else ""
    return text


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions and classes inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield from own_nodes(child)


def argument(function: Function, number: int) -> str:
    """Return the name of the n-th argument after ``self``; empty if there is none."""
    names = [entry.arg for entry in (*function.args.posonlyargs, *function.args.args)]
    is_static = any(ast.unparse(node) == "staticmethod" for node in function.decorator_list)
    place = number if is_static else number + 1
    return names[place] if place < len(names) else ""
