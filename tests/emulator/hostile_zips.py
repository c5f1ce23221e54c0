"""Zip archives that are made to do harm, by their entries and by their directory."""

import io
import struct
import zipfile
import zlib

from .engine.archive_files import zipped
from .hostile_tars import MEGA, Maker


def zip_of(name: str) -> Maker:
    def make() -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("code/function.py", "pass")
            info = zipfile.ZipInfo("placeholder")
            info.filename = name  # as it is: the constructor would mend it
            archive.writestr(info, "x")
        return buffer.getvalue()

    return make


def zipped_bytes(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def overlapping() -> bytes:
    """Return a zip whose 2,000 entries all lead to the same compressed data."""
    data = zlib.compress(bytes(MEGA), 9)[2:-4]
    name, crc = b"code/function.py", zlib.crc32(bytes(MEGA))
    sizes = struct.pack("<LLL", crc, len(data), MEGA)
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes
    local += struct.pack("<HH", len(name), 0) + name + data
    central = b""
    for number in range(2_000):
        own = b"code/f%06d.pyx" % number if number else name
        central += b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
        central += struct.pack("<HHHHHLL", len(own), 0, 0, 0, 0, 0, 0) + own
    end = struct.pack("<HHHHLLH", 0, 0, 2_000, 2_000, len(central), len(local), 0)
    return local + central + b"PK\5\6" + end


def many_in_zip(count: int) -> bytes:
    entry = b"PK\1\2" + bytes(24) + struct.pack("<H", 6) + bytes(16) + b"code/x"
    end = struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, 0, 0)
    return entry * count + b"PK\5\6" + end


def lying(field: int, value: int) -> Maker:
    """Return a zip whose end record or directory lies."""

    def make() -> bytes:
        data = bytearray(zipped({"code/function.py": "pass" * 99}))
        struct.pack_into("<L", data, data.rindex(b"PK\5\6") + field, value)
        return bytes(data)

    return make


def twice() -> bytes:
    once = zipped_bytes({"code/function.py": b"", "code/function.pz": b""})
    return once.replace(b"function.pz", b"function.py")


GOOD_ZIP = zipped({"code/function.py": "pass" * 99, "code/data.json": "{}"})


def nameless() -> bytes:
    """Return a zip with an entry whose name is empty, which ``zipfile`` itself cannot write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code/function.py", "pass")
        archive.writestr(zipfile.ZipInfo("x"), "x")
        archive.infolist()[-1].filename = ""
    return buffer.getvalue()


def encrypted() -> bytes:
    data = bytearray(GOOD_ZIP)
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)
