"""Files for the linter: payloads as JSON, policy packages as folders, archives or one source."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import PayloadError
from ..policy_archive import FILES_LIMIT, SIZE_LIMIT_BYTES, read_archive
from ..policy_source import FUNCTION
from ..wire import JSON
from .fields import Fields, fields_of
from .findings import Finding, Findings
from .linter import lint
from .packages import check_files, is_left_out

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2")
NOT_SENT = "cannot read it, and most senders refuse it before"


def lint_file(path: str | Path, *, fields: Fields | Iterable[str] | None = None) -> Findings:
    """Return the findings on a file: a payload in JSON, or a policy's folder, archive or source.

    Parameters
    ----------
    path
        A folder that contains ``code/``, an archive, a Python file (of one in a folder ``code``,
        its neighbours count for what it imports), or a file with one request, selection query,
        filter rule or registration.
    fields
        As for ``lint``.

    Raises
    ------
    PayloadError
        The file cannot be read, is too large, or holds none of these.
    """
    where = Path(path)
    if where.is_dir():
        _refuse_code_itself(where)
        return Findings(check_files(dict(_folder(where))), subject=f"policy package {where.name}")
    if where.suffix == ".py" and _is_code(where.absolute().parent):
        return _lint_module(where)
    return lint_content(_content(where), where, fields=fields)


def lint_content(
    raw: bytes, name: str | Path, *, fields: Fields | Iterable[str] | None = None
) -> Findings:
    """Return the findings on a file's content; ``name`` tells a source, and stands in the report.

    Raises
    ------
    PayloadError
        It is no payload, archive or source, or is too large.
    """
    where = Path(name)
    _bounded(raw, where)
    if where.suffix == ".py":
        return Findings(check_files({FUNCTION: raw}), subject=f"policy source {where.name}")
    if _is_archive(raw):
        files = dict(read_archive(raw, str(where)))
        return Findings(check_files(files), subject=f"policy package {where.name}")
    if where.suffix in ARCHIVES:
        effect = "fails at the first search: Unsupported file format"
        words = ("no zip and no tar archive", effect, "pack it with PolicyPackage")
        return Findings([Finding("N23", "error", "", *words)], subject=f"policy package {where}")
    return _lint_json(raw, where, fields)


def read_fields(path: str | Path) -> Fields:
    """Return the fields of a fleet: a list of blocks in JSON, or a folder with ``blocks/``.

    Raises
    ------
    PayloadError
        It cannot be read, or holds no block.
    """
    where = Path(path)
    blocks = list(_fleet(where)) if where.is_dir() else _read_json(where)
    if isinstance(blocks, dict):
        blocks = [blocks] if "id" in blocks else next(iter(blocks.values()), None)
    if not isinstance(blocks, list) or not any(isinstance(b, dict) and "id" in b for b in blocks):
        raise PayloadError(
            f"{where} holds no block; expected a list as find_candidates() returns it, or a "
            "fleet's folder with blocks/ and metrics/"
        )
    return fields_of(block for block in blocks if isinstance(block, dict))


def _fleet(folder: Path) -> Iterator[JSON]:
    metrics = {path.name: path for path in (folder / "metrics").glob("*.json")}
    for path in sorted((folder / "blocks").glob("*.json")):
        block = _read_json(path)
        if isinstance(block, dict):
            live = _read_json(metrics[path.name]) if path.name in metrics else {}
            yield {**block, "metrics": live}


def _read_json(path: Path) -> Any:
    raw = _content(path)
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"{path} is no JSON: {error}") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT_BYTES + 1)  # one more shows that there is more
    except OSError as error:
        raise PayloadError(f"cannot read {path}: {error.strerror}") from error
    return _bounded(raw, path)


def _bounded(raw: bytes, path: Path) -> bytes:
    if len(raw) > SIZE_LIMIT_BYTES:
        raise PayloadError(f"{path} is larger than {SIZE_LIMIT_BYTES} bytes, the limit")
    return raw


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what PolicyPackage would pack; the limits keep a wrong folder from being read whole."""
    size = 0
    for number, path in enumerate((folder / "code").rglob("*"), start=1):
        inside = path.relative_to(folder).as_posix()
        if not path.is_file() or is_left_out(inside):
            continue
        content = _content(path)
        size += len(content)
        if size > SIZE_LIMIT_BYTES or number > FILES_LIMIT:
            raise PayloadError(f"{folder}/code is too large for a policy; is it the right folder?")
        yield inside, content


def _is_code(folder: Path) -> bool:
    """Say whether this is the inside of a policy, and not just any folder of that name."""
    return folder.name == "code" and (folder / "function.py").is_file()


def _refuse_code_itself(folder: Path) -> None:
    if _is_code(folder.absolute()):
        raise PayloadError(
            f"{folder} is the inside of a policy; give the folder that contains code/, not code/ "
            "itself"
        )


def _lint_module(path: Path) -> Findings:
    inside = f"code/{path.name}"
    files = {**dict(_folder(path.absolute().parent.parent)), inside: _content(path)}
    about = [f for f in check_files(files) if f.place.partition(":")[0] == inside]
    return Findings(about, subject=f"policy source {path.name}")


def _is_archive(raw: bytes) -> bool:
    if raw.lstrip()[:1] in (b"{", b"["):
        return False
    return zipfile.is_zipfile(io.BytesIO(raw)) or tarfile.is_tarfile(io.BytesIO(raw))


def _lint_json(raw: bytes, where: Path, fields: Fields | Iterable[str] | None) -> Findings:
    oddities: list[Finding] = []
    try:
        document = _parse(raw, oddities)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        words = (f"no JSON: {error.msg}", NOT_SENT, "correct it there")
        return Findings([Finding("N25", "error", place, *words)], subject=str(where))
    except (UnicodeDecodeError, RecursionError) as error:
        words = (f"no JSON: {error}", NOT_SENT, "save it as UTF-8, without endless nesting")
        return Findings([Finding("N25", "error", "", *words)], subject=str(where))
    found = lint(document, fields=fields)
    return Findings([*oddities, *found], subject=found.subject)


def _parse(raw: bytes, oddities: list[Finding]) -> Any:
    """Return the document; what JSON forbids and Python lets pass goes to ``oddities``."""

    def pairs(items: list[tuple[str, Any]]) -> JSON:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                words = (
                    f"the key {key!r} stands twice in one object",
                    "takes the last",
                    "keep one of them",
                )
                oddities.append(Finding("N25", "warning", key, *words))
            seen.add(key)
        return dict(items)

    def constant(name: str) -> float:
        words = (f"{name} is no JSON", NOT_SENT, "write a finite number")
        oddities.append(Finding("N25", "error", name, *words))
        return float(name)

    text = raw.decode("utf-8-sig")
    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
