"""Archives by chance: each is unpacked within its folder, or refused without a trace."""

import importlib.util
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .engine.archive_files import SEEDS, holds

# AIOS_NB_FUZZ=300 tries as hard as SECURITY.md says.
EXAMPLES = int(os.environ.get("AIOS_NB_FUZZ", "60"))
PART = st.sampled_from(
    ["code", "Code", "..", ".", "", "a", "é", "~", "C:", "\\", "x" * 300, "\x1b"]
)
NAME = st.lists(PART, min_size=1, max_size=5).map("/".join).filter(bool)
KIND = st.sampled_from([*b"0", *b"1234567SxgLK"]).map(lambda number: bytes([number]))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2_000), st.binary(max_size=8)), min_size=1, max_size=6),
    st.integers(0, 200),
)
def test_damaged_archives(seed: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(seed)
    for place, new in changes:
        begin = place % len(data)
        data[begin : begin + len(new)] = new
    holds(bytes(data[: len(data) - cut] if cut % 3 == 0 else data))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(NAME, KIND, NAME, st.integers(0, 2_000)), max_size=6))
def test_tars_of_odd_members(members: list[tuple[str, bytes, str, int]]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:") as archive:
        archive.addfile(tarfile.TarInfo("code/function.py"))
        for name, kind, target, size in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, target[:100], size
            archive.addfile(info, io.BytesIO(bytes(size)))
    holds(buffer.getvalue())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(NAME, st.binary(max_size=50), max_size=6))
def test_zips_of_odd_names(files: dict[str, bytes]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code/function.py", "pass")
        for name, data in files.items():
            archive.writestr(name, data)
    holds(buffer.getvalue())


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from([b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b""]),
    st.binary(),
)
def test_noise_behind_a_magic_number(magic: bytes, noise: bytes) -> None:
    holds(magic + noise)


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed; fuzz_archives.py says how to use it",
)
def test_archives_bred_by_coverage(tmp_path: Path) -> None:
    options = ["-max_total_time=5", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "-m", "tests.emulator.fuzz_archives", *options]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)

    assert 0 == done.returncode, done.stderr[-3000:]
    assert "Done " in done.stderr
