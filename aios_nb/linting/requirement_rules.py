"""Rules for code/requirements.txt: the executor installs it for every call."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Container, Iterable, Iterator

from .findings import Finding, Severity
from .sources import Source
from .spots import Words

PATH = "code/requirements.txt"
REQUIREMENT = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)\s*(\[[\w\s,.-]+\])?\s*"
    r"(?P<version>((===|==|~=|!=|<=|>=|<|>)\s*[\w.*+!-]+\s*,?\s*)*)(;.*)?$"
)
FAILS = "cannot install it: \"Command '[… 'pip', 'install' …]' returned non-zero exit status 1.\""
# Packages whose module has another name.
MODULES = {
    "pillow": "PIL",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
    "beautifulsoup4": "bs4",
    "opencv-python": "cv2",
    "python-dateutil": "dateutil",
    "protobuf": "google",
    "grpcio": "grpc",
    "pymongo": "pymongo",
}


def check_requirements(content: bytes) -> Iterator[Finding]:
    """Yield what is wrong with the lines of a requirements file."""
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        yield _says("error", "N21", 1, ("the file is not UTF-8", FAILS, "save it as UTF-8"))
        return
    for number, line in enumerate(lines, start=1):
        text = line.partition(" #")[0].strip()
        if text and not text.startswith("#"):
            yield from _check_line(number, text)


def _check_line(number: int, text: str) -> Iterator[Finding]:
    if text.startswith("-") or "://" in text:
        words = (
            f"{text!r} is no package of an index",
            "runs pip with it for every call, in the executor's own environment",
            "name a package and its version, or put the module into code/",
        )
        yield _says("warning", "N21", number, words)
        return
    found = REQUIREMENT.match(text)
    if found is None:
        words = (f"{text!r} is no requirement", FAILS, "write name==version")
        yield _says("error", "N21", number, words)
    elif "==" not in found["version"]:
        words = (
            f"{text!r} has no exact version",
            "runs pip install for every call, about 2 s each, into the executor's own "
            "environment: policies that want other versions meet there",
            f"pin it: {found['name']}==x.y.z; without requirements a call is faster",
        )
        yield _says("note", "T33", number, words)


def _says(severity: Severity, code: str, line: int, words: Words) -> Finding:
    return Finding(code, severity, f"{PATH}:{line}", *words)


def guarded_imports(sources: Iterable[Source]) -> frozenset[str]:
    """Return the modules that some file imports ready for their absence: ``except ImportError``."""
    found: set[str] = set()
    for node in (node for source in sources for node in source.nodes):
        if isinstance(node, ast.Try) and any(map(_tells_absence, node.handlers)):
            for inner in (inner for step in node.body for inner in ast.walk(step)):
                found.update(_imported(inner))
    return frozenset(found)


def _tells_absence(handler: ast.ExceptHandler) -> bool:
    named = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if (handler.type)
        else set()
    )
    return bool(named & {"ImportError", "ModuleNotFoundError"})


def check_imports(
    source: Source, files: dict[str, bytes], absence_is_told: Container[str] = ()
) -> Iterator[Finding]:
    """Yield the modules that nothing in the package provides, and whose absence is a surprise."""
    provided = {_folded(name) for name in _installed(files.get(PATH, b""))}
    own = {path.split("/")[1].removesuffix(".py") for path in files if path.startswith("code/")}
    for node in source.nodes:
        for module in _imported(node):
            known = module in sys.stdlib_module_names or module in own
            if known or _folded(module) in provided or module in absence_is_told:
                continue
            words = (
                f"{module} is imported and not required",
                f"imports it from the executor's own environment, or fails: No module named "
                f"'{module}'",
                f"add its package, with a version, to {PATH}",
            )
            yield source.says("warning", "N22", node, words)


def _installed(content: bytes) -> Iterator[str]:
    for line in content.decode(errors="replace").splitlines():
        found = REQUIREMENT.match(line.partition("#")[0].strip())
        if found:
            yield MODULES.get(found["name"].lower(), found["name"])


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [entry.name.partition(".")[0] for entry in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.partition(".")[0]]
    return []


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()
