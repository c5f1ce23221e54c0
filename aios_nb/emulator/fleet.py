"""A fleet on disk: ``blocks/ metrics/ clusters/ replies/``, one JSON file per document.

A snapshot of another AIOS also has ``policies/``, records with their archives beside them, and
``order.json``: the names of the files in the order of the registries, which AIOS's answers keep.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from .collection import JSON
from .refusal import Refusal

FOLDERS = ("blocks", "metrics", "clusters", "replies", "policies")

Fleet = dict[str, dict[str, JSON]]


def read_fleet(folder: Path) -> Fleet:
    """Return every document of a fleet's folder, by kind and file name.

    Raises
    ------
    ValueError
        The folder has no ``blocks`` folder with a document in it, or a file in it is not a JSON
        object.
    """
    order = _read_order(folder / "order.json")
    fleet = {name: _read_documents(folder / name, order.get(name, [])) for name in FOLDERS}
    if not fleet["blocks"]:
        raise ValueError(f"{folder} holds no fleet: expected {folder}/blocks/*.json")
    _need(fleet, folder, "blocks", "id")
    _need(fleet, folder, "metrics", "blockId")
    _need(fleet, folder, "clusters", "id")
    _need(fleet, folder, "policies", "code")
    return fleet


def write_fleet(folder: Path, fleet: Mapping[str, Mapping[str, JSON]]) -> None:
    """Write documents in the layout that :func:`read_fleet` reads."""
    for name, documents in fleet.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for key, document in documents.items():
            text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            # Half a surrogate pair has no bytes in UTF-8; JSON reads its escape.
            data = text.encode(errors="backslashreplace")
            (folder / name / f"{_file_name(key)}.json").write_bytes(data)


def archives_of(folder: Path) -> list[Path]:
    """Return the archives that lie beside a fleet's policy records."""
    files = sorted((folder / "policies").glob("*"))
    return [path for path in files if path.is_file() and path.suffix != ".json"]


def copied_archives(folder: Path, into: Path) -> dict[str, Path]:
    """Copy a fleet's archives, to be moved to their place later; return the copies by name.

    Raises
    ------
    Refusal
        The disk is full, or an archive cannot be read; no copy is left.
    """
    copies: dict[str, Path] = {}
    try:
        for number, archive in enumerate(archives_of(folder)):
            copies[archive.name] = into / f"archive-{number}"
            shutil.copy(archive, copies[archive.name])
    except OSError as error:
        for copy in copies.values():
            copy.unlink(missing_ok=True)
        raise Refusal(f"cannot store {archive.name!r}: {error.strerror}") from error
    return copies


def by_key(documents: Iterable[JSON], key: str) -> dict[str, JSON]:
    """Return the first document of each name."""
    found: dict[str, JSON] = {}
    for document in documents:
        if isinstance(name := document.get(key), str):
            found.setdefault(name, document)
    return found


def components_of(blocks: Iterable[JSON]) -> list[JSON]:
    """Return the component documents that blocks carry, each URI once."""
    found: dict[str, JSON] = {}
    for block in blocks:
        component = block.get("component")
        if isinstance(component, dict) and "componentURI" in component:
            found.setdefault(component["componentURI"], component)
    return list(found.values())


def _read_order(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    try:
        order = json.loads(path.read_text(encoding="utf-8"))
        return {name: [str(key) for key in order.get(name, [])] for name in FOLDERS}
    except (ValueError, OSError, AttributeError, TypeError) as error:
        expected = 'expected {"blocks": ["<file name without .json>", …]}'
        raise ValueError(f"{path} is no order: {error}; {expected}") from error


def _read_documents(folder: Path, order: list[str]) -> dict[str, JSON]:
    documents: dict[str, JSON] = {}
    place = {name: number for number, name in enumerate(order)}
    files = sorted(folder.glob("*.json"))
    for path in sorted(files, key=lambda file: place.get(file.stem, len(place))):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise ValueError(f"{path} is not JSON: {error}") from error
        if not isinstance(document, dict):
            raise ValueError(f"{path} holds a {type(document).__name__}, expected a JSON object")
        documents[path.stem] = document
    return documents


def _need(fleet: Fleet, folder: Path, kind: str, key: str) -> None:
    for name, document in fleet[kind].items():
        if not isinstance(document.get(key), str):
            raise ValueError(f"{folder / kind / name}.json has no {key!r}, expected a text")


def _file_name(key: str) -> str:
    # A block id comes from whoever registered it and may hold a slash; a file name must not.
    name = re.sub(r"[/\\\0\ud800-\udfff]", "_", key)
    return name if name.strip(".") else f"_{name}"
