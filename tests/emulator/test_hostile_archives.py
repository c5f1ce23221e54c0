"""Archives made to do harm: each is refused in time with a reason, and nothing of it stays.

The number that pytest counts here is the number of hostile archives in SECURITY.md.
"""

import bz2
import gzip
import lzma
import os
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.engine.archives import ArchiveRefused, unpack

from .engine.archive_files import link, tarred, zipped
from .hostile_tars import CODE, HEADERS, LINKS, MEGA, Maker, header, raw_tar, special, tar_of
from .hostile_zips import (
    GOOD_ZIP,
    encrypted,
    lying,
    many_in_zip,
    nameless,
    overlapping,
    twice,
    zip_of,
    zipped_bytes,
)
from .raw_socket import get
from .test_code_sources import FIELDS, post

LIMIT_S = 8.0
SLIPS = [
    "../x", "../../../../../../tmp/x", "code/../../x", "/x", "//x", "/tmp/x", "code/../..", "..",
    "C:\\x", "C:/x", "\\x", "\\\\server\\share", "..\\x", "code\\..\\..\\x", "code/..\\../x",
    "./../x", "code/./../../x", "a/b/c/../../../../x",
]  # fmt: skip
SLIPS_BY_ENTRY = {f"{kind} {name}": make(name) for name in SLIPS for kind, make in
                  (("tar", tar_of), ("zip", zip_of))}  # fmt: skip


def quine_like() -> bytes:
    inner = zipped({"code/function.py": "0" * MEGA})
    for _ in range(6):
        inner = zipped_bytes({f"code/{n}.zip": inner for n in range(10)})
    return inner


BOMBS = {
    "zip of zeros": lambda: zipped_bytes({"code/function.py": bytes(12 * MEGA)}),
    "bzip2 zip of zeros": lambda: zipped_bytes({"code/x": bytes(12 * MEGA)}, zipfile.ZIP_BZIP2),
    "lzma zip of zeros": lambda: zipped_bytes({"code/x": bytes(12 * MEGA)}, zipfile.ZIP_LZMA),
    "tar.gz of zeros": lambda: tarred(("code/x", bytes(12 * MEGA)), mode="w:gz"),
    "tar.bz2 of zeros": lambda: tarred(("code/x", bytes(12 * MEGA)), mode="w:bz2"),
    "tar.xz of zeros": lambda: tarred(("code/x", bytes(12 * MEGA)), mode="w:xz"),
    "many files of zeros": lambda: zipped_bytes({f"code/{n}": bytes(MEGA) for n in range(12)}),
    "entries that overlap": overlapping,
    "gzip in gzip": lambda: gzip.compress(gzip.compress(tarred(("code/x", bytes(12 * MEGA)), mode="w:"))),
    "members without end": lambda: gzip.compress(b"") * 50_000 + gzip.compress(bytes(12 * MEGA)),
    "gzip name without end": lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 30 * MEGA,
    "200,000 zip entries": lambda: many_in_zip(200_000),
    "100,000 tar entries": lambda: raw_tar(header().tobuf() * 100_000),
    "a link, then 100,000 entries": lambda: raw_tar(
        link("code/a", "no").tobuf(), header().tobuf() * 100_000
    ),
    "a million gzip streams": lambda: gzip.compress(b"") * 1_000_000,
    "many bzip2 streams": lambda: bz2.compress(b"") * 200_000,
    "many xz streams": lambda: lzma.compress(b"") * 200_000,
    "9,000 links to links": lambda: tarred(
        *[(link(f"code/{n}", f"{n + 1}"), b"") for n in range(9_000)], mode="w:"
    ),
    "deep folders": lambda: tarred(CODE, *[("code" + "/d" * n, b"") for n in range(1, 900)], mode="w:"),
    "folders one by one": lambda: tarred(
        CODE, *[(header(name="code" + "/d" * n, type=tarfile.DIRTYPE), b"") for n in range(1, 900)],
        ("../x", b""),
    ),
}  # fmt: skip

COLLISIONS = {
    "twice in a tar": lambda: tarred(CODE, CODE),
    "by case": lambda: tarred(CODE, ("code/Function.PY", b"")),
    "by folder case": lambda: tarred(("Code/function.py", b""), CODE),
    "by unicode form": lambda: tarred(CODE, ("code/\u00e9", b""), ("code/e\u0301", b"")),
    "by eszett": lambda: tarred(CODE, ("code/straße", b""), ("code/STRASSE", b"")),
    "by dots and slashes": lambda: tarred(CODE, (".//code/./function.py", b"")),
    "file, then folder": lambda: tarred(CODE, ("code/function.py/x", b"")),
    "folder, then file": lambda: tarred(("code/function.py/x", b""), CODE),
    "code is a file": lambda: tarred(("code", b""), CODE),
    "code is a link": lambda: tarred((link("code", "/tmp"), b""), CODE),
    "twice in a zip": twice,
}
GOOD_TAR = tarred(CODE, ("code/data.json", b"{}"), mode="w:gz")
DAMAGED = {
    "empty": lambda: b"",
    "text": lambda: b"#!/bin/sh\nrm -rf /\n" * 99,
    "html": lambda: b"<!DOCTYPE html><title>404</title>",
    "zip magic only": lambda: b"PK\3\4",
    "end record only": lambda: b"PK\5\6" + bytes(18),
    "gzip magic only": lambda: b"\x1f\x8b\x08\x00",
    "xz magic only": lambda: b"\xfd7zXZ\x00",
    "bzip2 magic only": lambda: b"BZh9",
    "7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(600),
    "rar": lambda: b"Rar!\x1a\x07\x00" + bytes(600),
    "elf": lambda: b"\x7fELF" + bytes(600),
    "encrypted": encrypted,
    "entry without a name": nameless,
    "wrong checksum in a zip": lambda: GOOD_ZIP.replace(zlib.crc32(b"pass" * 99).to_bytes(4, "little"), b"oops"),
    "directory beyond the end": lying(16, 2**31),
    "directory of 4 GB": lying(12, 2**32 - 2),
    "directory at the end": lying(16, 2**32 - 1),
    "unknown compression": lambda: GOOD_ZIP.replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x63\0"),
    **{f"zip cut at {n}/9": lambda n=n: GOOD_ZIP[: len(GOOD_ZIP) * n // 9] for n in range(1, 9)},
    **{f"tar.gz cut at {n}/9": lambda n=n: GOOD_TAR[: len(GOOD_TAR) * n // 9] for n in range(1, 9)},
    "tar.gz with noise inside": lambda: GOOD_TAR[:40] + b"noise" + GOOD_TAR[45:],
}  # fmt: skip
OTHERS = {
    "NUL in a tar name": lambda: tarred((header(name="code/function.py"), b"p"), (header(name="code/a\0/../../x"), b"x")),
    "a name of 5,000 letters": tar_of("code/" + "x" * 5_000),
    "nested past reason": quine_like,
    "pipe": special(tarfile.FIFOTYPE),
    "block device": special(tarfile.BLKTYPE),
    "character device": special(tarfile.CHRTYPE),
    "contiguous file": special(b"7"),
}  # fmt: skip
HOSTILE: dict[str, Maker] = {
    **SLIPS_BY_ENTRY, **LINKS, **HEADERS, **BOMBS, **COLLISIONS, **DAMAGED, **OTHERS
}  # fmt: skip
# Harmless after all: tarfile reads on where it can, and ends where a header makes no sense.
TAKEN = {
    "extended charset", "contiguous file", "NUL in a tar name", "nested past reason",
    "size that is no number", "extended header of nothing", "extended header of noise",
    "extended size no number", "unknown type", "wrong checksum",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_in_time_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    archive = HOSTILE[name]()
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    begun = time.monotonic()
    try:
        unpack(archive, inside / "run")
        reason = "taken"
    except ArchiveRefused as refused:
        reason = str(refused)
    took = time.monotonic() - begun

    assert took < LIMIT_S
    assert len(reason) > 4
    assert reason != "taken" or name in TAKEN
    assert ["deep", "deep/inside"] == [p for p in everything(tmp_path) if "/run" not in p]
    assert reason == "taken" or not (inside / "run").exists()


def everything(folder: Path) -> list[str]:
    found = (
        os.path.join(where, n) for where, *names in os.walk(folder) for n in [*names[0], *names[1]]
    )
    return sorted(os.path.relpath(path, folder) for path in found)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.mark.parametrize(
    "name", ["../\x1b[31mred", "../\udcff\udcfe", "../<b>bold</b>", "../\r\nX: y"]
)
def test_a_refused_name_does_no_harm_where_it_is_shown(emulator: Emulator, name: str) -> None:
    (emulator.world.store / "evil.zip").write_bytes(tar_of(name, "w:gz")())
    system, empty = emulator.addresses["policy_system"], {key: {} for key in FIELDS.split()}
    code = f"{emulator.addresses['static_server']}/evil.zip"
    version = str(len(emulator.world.policies) + 1)
    post(
        f"{system}/policy",
        {**empty, "name": "p", "version": version, "release_tag": "x", "code": code},
    )
    call = {"policy_rule_uri": f"p:{version}-x", "input_data": [{"id": "a"}], "parameters": {}}
    answer = post(f"{system}/executor/executor-001/execute_policy", call)
    page = get(emulator, b"/?label=container")
    lines = get(emulator, b"/logs/loki/api/v1/query_range?query=%7Bcontainer%3D~%22.%2B%22%7D")
    journal = get(emulator, b"/_emulator/journal")

    assert "leaves the archive" in str(answer)
    assert [b"200"] * 3 == [shown[9:12] for shown in (page, lines, journal)]
    assert b"<b>bold" not in page
    assert b"\x1b" not in lines
