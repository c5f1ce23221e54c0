"""Archives by chance: each is unpacked within its folder, or refused without a trace."""

import io
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from aios_nb.emulator.engine.archives import ArchiveRefused, unpack

from .engine.archive_files import tarred, zipped

# AIOS_NB_FUZZ=300 tries as hard as SECURITY.md says.
EXAMPLES = int(os.environ.get("AIOS_NB_FUZZ", "60"))
GOOD = {"code/function.py": "pass\n" * 40, "code/data.json": "{}"}
MEMBERS = [(name, text.encode()) for name, text in GOOD.items()]
SEEDS = [zipped(GOOD), *(tarred(*MEMBERS, mode=f"w:{kind}") for kind in ("", "gz", "bz2", "xz"))]
PART = st.sampled_from(
    ["code", "Code", "..", ".", "", "a", "é", "~", "C:", "\\", "x" * 300, "\x1b"]
)
NAME = st.lists(PART, min_size=1, max_size=5).map("/".join).filter(bool)
KIND = st.sampled_from([*b"0", *b"1234567SxgLK"]).map(lambda number: bytes([number]))


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
