"""What AIOS must find in a policy's source, seen without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NoReturn

from .errors import PayloadError

CLASS_NAME = "AIOSv1PolicyRule"
FUNCTION = "code/function.py"
# AIOS calls AIOSv1PolicyRule("", settings, parameters) and eval(parameters, candidates, None).
SIGNATURES = {
    "__init__": ("rule_id", "settings", "parameters"),
    "eval": ("parameters", "input_data", "context"),
}


def check_source(source: bytes, archive: str) -> None:
    """Refuse a source that AIOS could not import, or in which it would not find its class.

    Raises
    ------
    PayloadError
        A syntax error, no class ``AIOSv1PolicyRule``, or ``__init__`` or ``eval`` that AIOS could
        not call.
    """
    try:
        tree = ast.parse(source, FUNCTION)
    except SyntaxError as error:
        raise PayloadError(
            f"{FUNCTION} of {archive}, line {error.lineno}: {error.msg}; AIOS could not import it"
        ) from error
    except ValueError as error:
        raise PayloadError(f"{FUNCTION} of {archive} is no Python source: {error}") from error
    policy = _find(tree.body, archive)
    if policy is not None:
        _check_methods(policy, archive)


def _find(body: Iterable[ast.stmt], archive: str) -> ast.ClassDef | None:
    """Return the policy's class, or nothing where it is made in a way that only running shows."""
    top = list(_top_level(body))
    for node in reversed(top):
        if isinstance(node, ast.ClassDef) and node.name == CLASS_NAME:
            return node
    if any(CLASS_NAME in _bound_names(node) for node in top):
        return None
    classes = [node.name for node in top if isinstance(node, ast.ClassDef)]
    found = f"found {', '.join(classes)}" if classes else "found no class at all"
    raise PayloadError(
        f"{FUNCTION} of {archive} defines no class {CLASS_NAME} ({found}); AIOS calls no other"
    )


def _top_level(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _top_level(node.body)
            yield from _top_level(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _bound_names(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _check_methods(policy: ast.ClassDef, archive: str) -> None:
    methods = {
        node.name: node
        for node in policy.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    for name, wanted in SIGNATURES.items():
        method = methods.get(name)
        if method is None:
            if not policy.bases:
                _refuse_method(archive, policy.lineno, name, "is missing")
        elif isinstance(method, ast.AsyncFunctionDef):
            _refuse_method(archive, method.lineno, name, "is async, and AIOS would not await it")
        elif not _takes(method, len(wanted)):
            got = f"takes ({ast.unparse(method.args)})"
            _refuse_method(archive, method.lineno, name, got)


def _refuse_method(archive: str, line: int, name: str, what: str) -> NoReturn:
    wanted = ", ".join(("self", *SIGNATURES[name]))
    raise PayloadError(
        f"{FUNCTION} of {archive}, line {line}: {CLASS_NAME}.{name} {what}; "
        f"expected def {name}({wanted})"
    )


def _takes(method: ast.FunctionDef, count: int) -> bool:
    """Say whether the method can be called with so many arguments by position."""
    args = method.args
    decorators = {node.id for node in method.decorator_list if isinstance(node, ast.Name)}
    given = count if "staticmethod" in decorators else count + 1
    most = len(args.posonlyargs) + len(args.args)
    least = most - len(args.defaults)
    enough = least <= given and (given <= most or args.vararg is not None)
    return enough and None not in args.kw_defaults
