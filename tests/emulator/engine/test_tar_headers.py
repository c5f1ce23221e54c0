"""Extended headers of a tar that cost more than its files, in front of it and between them."""

import gzip
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from aios_nb.emulator.engine.archives import ArchiveRefused, unpack

from ..hostile_tars import header, patched, record
from .archive_files import tarred

MEGA = 2**20
GOOD = header(name="code/function.py").tobuf()
END = bytes(1024)


def extended(content: bytes, kind: bytes = b"x") -> bytes:
    """Return an extended header, to be put in front of a file's."""
    block = patched(header(size=len(content)).tobuf(), 156, kind)
    return block + content + bytes(-len(content) % 512)


def announced(size: int) -> bytes:
    """Return the head of an extended header with so many bytes."""
    return patched(patched(header().tobuf(), 124, b"%011o\0" % size), 156, b"x")


def keys(count: int) -> bytes:
    return b"".join(record(f"k{number:x}", "") for number in range(count))


def many_files() -> bytes:
    return b"".join(header(name=f"code/{n}").tobuf() for n in range(5_000))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "the first header holds an endless number": lambda: extended(b"1" * 60_000) + GOOD,
    "so does that of a tar.gz": lambda: gzip.compress(extended(b"1" * 60_000) + GOOD),
    "gzip in gzip, its first header of 256 MB": lambda: gzip.compress(
        gzip.compress(announced(256 * MEGA) + bytes(256 * MEGA))
    ),
    "a name of 10 million folders": lambda: GOOD + extended(b"a/" * 10 * MEGA, b"L") + GOOD,
    "a link of 10 million folders": lambda: GOOD + extended(b"a/" * 10 * MEGA, b"K") + GOOD,
    "a path of 10 million folders": lambda: (
        GOOD + extended(record("path", "a/" * 10 * MEGA)) + GOOD
    ),
    "a million keys": lambda: GOOD + extended(b"5 k=\n" * 1_000_000) + GOOD,
    "global keys for each of 5,000 files": lambda: extended(keys(5_000), b"g") + many_files(),
    "global keys piece by piece": lambda: (
        b"".join(extended(keys(300), b"g") + GOOD for _ in range(20)) + many_files()
    ),
    "a map of a million holes": lambda: (
        GOOD + extended(record("GNU.sparse.map", "0," * MEGA + "0")) + GOOD
    ),
    "a map of holes in the file": lambda: (
        GOOD
        + extended(record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0"))
        + header(size=8 * MEGA).tobuf()
        + b"%d\n" % (4 * MEGA)
        + b"0\n" * 4 * MEGA
    ),
    "300 headers of 60 KB": lambda: b"".join(
        extended(record("comment", "x" * 60_000)) + GOOD for _ in range(300)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_headers_that_cost_more_than_files_are_refused_unread(name: str, tmp_path: Path) -> None:
    archive = HOSTILE[name]() + END
    tracemalloc.start()
    try:
        with pytest.raises(
            ArchiveRefused, match=r"^(unsafe archive: .{,99}|Unsupported file f.*)$"
        ):
            unpack(archive, tmp_path / "run")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 32 * MEGA
    assert [] == list(tmp_path.iterdir())


def test_what_real_tars_say_in_extended_headers_is_read(tmp_path: Path) -> None:
    long = f"code/{'x' * 60}/{'y' * 120}.py"
    archive = (
        extended(record("comment", "3f2504e0" * 5), b"g")  # as git writes it
        + extended(record("SCHILY.xattr.user.note", "n" * 4_000) + record("path", long))
        + tarred(("code/function.py", b"pass"), mode="w:")
    )
    unpack(archive, tmp_path / "run")

    assert (tmp_path / "run" / long).read_bytes() == b"pass"


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_of_either_format_are_read(tmp_path: Path, form: int) -> None:
    name = "code/" + "/".join("ordner-ä" * 8 for _ in range(9)) + ".py"
    block = tarfile.TarInfo(name).tobuf(form)
    unpack(block + END, tmp_path / "run")

    assert (tmp_path / "run" / name).is_file()
