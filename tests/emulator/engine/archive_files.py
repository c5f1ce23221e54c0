"""Archives for tests: good ones in one line, bad ones entry by entry."""

import io
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path

from aios_nb.emulator.engine.archives import ArchiveRefused, unpack

HEAD = """
import logging, os, sys, time
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        self.rule_id, self.settings, self.parameters = rule_id, settings, parameters
    def eval(self, parameters, input_data, context):
"""


def policy(body: str, *, before: str = "", **files: str) -> bytes:
    """Return a zip whose policy's ``eval`` is ``body``; ``files`` lie beside function.py."""
    source = before + HEAD + "".join(f"        {line}\n" for line in body.splitlines())
    return module(source, **files)


def module(source: str, **files: str) -> bytes:
    named = {f"code/{name.replace('_txt', '.txt')}": text for name, text in files.items()}
    return zipped({"code/function.py": source, **named})


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def tarred(*members: tuple[tarfile.TarInfo | str, bytes], mode: str = "w:xz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            if info.isreg():
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


GOOD = {"code/function.py": "pass\n" * 40, "code/data.json": "{}"}
MEMBERS = [(name, text.encode()) for name, text in GOOD.items()]
SEEDS = [zipped(GOOD), *(tarred(*MEMBERS, mode=f"w:{kind}") for kind in ("", "gz", "bz2", "xz"))]


def holds(archive: bytes) -> None:
    """Unpack, and see to it that all is inside, plain and small, or nothing is there at all."""
    with tempfile.TemporaryDirectory() as name:
        outer = Path(name)
        folder = outer / "in" / "run"
        folder.parent.mkdir()
        try:
            unpack(archive, folder)
        except ArchiveRefused:
            assert not folder.exists()
        assert ["in"] == os.listdir(outer)
        assert {"run"} >= set(os.listdir(folder.parent))
        for path in folder.rglob("*"):
            assert not path.is_symlink()
            assert path.is_file() or path.is_dir()
