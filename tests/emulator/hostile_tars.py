"""Tar archives that are made to do harm, by their entries and by their headers."""

import random
import tarfile
from collections.abc import Callable

from .engine.archive_files import link, tarred

CODE = ("code/function.py", b"pass")
MEGA = 2**20
Maker = Callable[[], bytes]


def tar_of(name: str, mode: str = "w:") -> Maker:
    return lambda: tarred(CODE, (name, b"x"), mode=mode)


def special(kind: bytes) -> Maker:
    def make() -> bytes:
        info = tarfile.TarInfo("code/special")
        info.type, info.devmajor, info.devminor = kind, 1, 5
        return tarred(CODE, (info, b""))

    return make


def linked(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Maker:
    return lambda: tarred(CODE, (link(name, target, kind), b""), (f"{name}/x", b"x"))


LINKS = {
    f"link {target} {kind!r}": linked("code/way", target, kind)
    for target in ("/", "/etc", "/etc/passwd", "..", "../..", ".", "code", "way", "missing", "")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)
}


def header(**fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(str(fields.pop("name", "code/x")))
    for name, value in fields.items():
        setattr(info, name, value)
    return info


def raw_tar(*blocks: bytes) -> bytes:
    good = header(name="code/function.py").tobuf()
    return good + b"".join(blocks) + bytes(1024)


def patched(block: bytes, offset: int, data: bytes) -> bytes:
    """Return a tar header with some bytes replaced and the checksum set right."""
    changed = block[:offset] + data + block[offset + len(data) :]
    blank = changed[:148] + b" " * 8 + changed[156:]
    return blank[:148] + b"%06o\0 " % sum(blank) + blank[156:]


def sized(size: bytes, kind: bytes = b"0") -> Maker:
    return lambda: raw_tar(patched(patched(header().tobuf(), 124, size), 156, kind))


def extended(content: bytes, kind: bytes = b"x") -> Maker:
    """Return a tar with an extended header in front of a file."""

    def make() -> bytes:
        block = patched(header(size=len(content)).tobuf(), 156, kind)
        return raw_tar(block, content + bytes(-len(content) % 512), header().tobuf())

    return make


def record(key: str, value: str) -> bytes:
    length = len(key) + len(value) + 3
    total = length + len(str(length + len(str(length))))
    return f"{total} {key}={value}\n".encode()


HEADERS = {
    "negative size": sized(b"\xff" * 12),
    "negative size of one block": sized(b"\xff" * 10 + b"\xfe\x00"),
    "size of 8 exabytes": sized(b"\x80" + b"\x7f" * 11),
    "size that is no number": sized(b"not a size!!"),
    "negative extended header": sized(b"\xff" * 12, b"x"),
    "negative long name": sized(b"\xff" * 12, b"L"),
    "endless number": extended(b"1" * MEGA),
    "endless number in a value": extended(record("comment", "1" * MEGA)),
    "endless number, global": extended(b"1" * MEGA, b"g"),
    "extended header of nothing": extended(b""),
    "extended header of noise": extended(random.Random(1).randbytes(4096)),
    "extended size below zero": extended(record("size", "-512")),
    "extended size no number": extended(record("size", "x")),
    "extended path slips": extended(record("path", "../../x")),
    "extended path is absolute": extended(record("path", "/x")),
    "extended path holds NUL": extended(record("path", "code/a\0b")),
    "extended charset": extended(record("hdrcharset", "nonsense") + record("path", "../x")),
    "sparse by extended header": extended(
        record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0")
    ),
    "long name slips": extended(b"../../x\0", b"L"),
    "chain of extended headers": lambda: raw_tar(
        *[patched(header(size=0).tobuf(), 156, b"x")] * 5000
    ),
    "old sparse file": lambda: raw_tar(patched(header().tobuf(), 156, b"S")),
    "unknown type": lambda: raw_tar(patched(header().tobuf(), 156, b"Z"), header().tobuf()) [:900],
    "wrong checksum": lambda: raw_tar(header().tobuf()[:100] + b"x" + header().tobuf()[101:])[:1024],
}  # fmt: skip
