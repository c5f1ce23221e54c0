"""How the linter walks through a policy package: the archive's paths, requirements, sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..errors import PayloadError, did_you_mean
from ..policy import LEFT_OUT, LEFT_OUT_SUFFIXES
from ..policy_source import FUNCTION, check_source

# Loaded for their effect: each registers its rules.
from . import call_rules, habit_rules, result_rules  # noqa: F401
from .findings import Finding
from .requirement_rules import PATH, check_imports, check_requirements, guarded_imports
from .rules import check
from .sources import Source


def check_files(files: dict[str, bytes]) -> Iterator[Finding]:
    """Yield what the rules find in the files of an archive, by their paths in it."""
    yield from _check_paths(files)
    if PATH in files:
        yield from check_requirements(files[PATH])
    if FUNCTION in files:
        yield from _check_entry(files[FUNCTION])
    sources: list[Source] = []
    for path in sorted(files):
        if path.startswith("code/") and path.endswith(".py") and not is_left_out(path):
            yield from _parse(path, files[path], sources)
    absence_is_told = guarded_imports(sources)
    for source in sources:
        yield from check_imports(source, files, absence_is_told)
        yield from check("source", source)


def _check_paths(files: dict[str, bytes]) -> Iterator[Finding]:
    if not any(path.startswith("code/") for path in files):
        nested = next((path for path in files if f"/{FUNCTION}" in f"/{path}"), "")
        fix = f"pack the folder that contains code/, so not {nested!r}" if nested else "add code/"
        if "function.py" in files:
            fix = "pack the folder that contains code/, not what is inside of it"
        words = (
            "no folder code/ at its root",
            "answers: code/ directory not found in archive",
            fix,
        )
        yield Finding("N23", "error", "", *words)
    elif FUNCTION not in files:
        near = did_you_mean(FUNCTION, files)
        effect = "answers: No such file or directory: …/code/function.py"
        words = (f"no {FUNCTION}{near}", effect, f"call the file {FUNCTION}")
        yield Finding("N23", "error", "code/", *words)
    for path in sorted(files):
        yield from _check_path(path)


def _check_path(path: str) -> Iterator[Finding]:
    if path.startswith("/") or ".." in path.split("/"):
        effect = "unpacks without a look at paths: the file may land outside of the package"
        words = (f"{path!r} leads out of the archive", effect, "leave it out")
        yield Finding("N23", "error", path, *words)
    elif is_left_out(path):
        effect = "unpacks it, too; stale code and checkpoints travel with every upload"
        words = ("a hidden file or a cache", effect, "pack with PolicyPackage, which leaves it out")
        yield Finding("T35", "warning", path, *words)
    elif not path.startswith("code/"):
        is_lost = path.rpartition("/")[2] in ("requirements.txt", "function.py")
        words = ("it lies outside of code/", "never reads it", f"move it to code/{path}")
        yield Finding("N23", "warning" if is_lost else "note", path, *words)


def _check_entry(content: bytes) -> Iterator[Finding]:
    try:
        check_source(content, "the archive")
    except PayloadError as error:
        problem = str(error).partition("; ")[0]
        effect = "registers it, and fails at the first search"
        fix = "define AIOSv1PolicyRule with __init__(self, rule_id, settings, parameters) and "
        fix += "eval(self, parameters, input_data, context)"
        yield Finding("N24", "error", FUNCTION, problem, effect, fix)


def _parse(path: str, content: bytes, sources: list[Source]) -> Iterator[Finding]:
    try:
        sources.append(Source(path, ast.parse(content)))
    except (SyntaxError, ValueError):
        if path != FUNCTION:
            words = ("it is no valid Python", "fails where it is imported", "correct it")
            yield Finding("N24", "error", path, *words)


def is_left_out(path: str) -> bool:
    """Say whether a file does not belong into an archive: hidden, a cache, a checkpoint."""
    parts = path.split("/")
    hidden = any((part.startswith(".") and part != "..") or part in LEFT_OUT for part in parts)
    return hidden or path.endswith(tuple(LEFT_OUT_SUFFIXES))
