"""Archives without their compression: never more than their budget, whatever they hold."""

from __future__ import annotations

import bz2
import io
import lzma
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

MAX_BYTES = 200 * 1024 * 1024
# An archive may be small or shrink well, not both beyond reason.
MAX_RATIO, RATIO_FROM = 250, 8 * 1024 * 1024
MAX_STREAMS = 1_000
CHUNK, STEP = 256 * 1024, 16 * 1024


class ArchiveRefused(Exception):  # noqa: N818 - carries AIOS's words, like Refusal
    """An archive that AIOS or the emulator does not run; the text says why."""


class Budget:
    """How much an archive may still grow while it is unpacked."""

    def __init__(self, packed: int) -> None:
        self.packed = packed
        self.used = 0

    def spend(self, count: int) -> None:
        self.used += count
        if self.used > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise ArchiveRefused(f"unsafe archive: holds more than {limit} MB; AIOS has no limit")
        if self.used > RATIO_FROM and self.used > MAX_RATIO * self.packed:
            raise ArchiveRefused(
                f"unsafe archive: grows more than {MAX_RATIO} times when unpacked; "
                "AIOS would fill its disk"
            )


class Decoder(Protocol):
    """What the decompressors of ``bz2`` and ``lzma`` have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class Gunzip:
    """zlib's decompressor as a :class:`Decoder`: one step of input grows to 16 MB at most."""

    needs_input = True

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:  # noqa: ARG002
        return self._decoder.decompress(data)


DECODERS: dict[bytes, Callable[[], Decoder]] = {
    b"\x1f\x8b": Gunzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lzma.LZMADecompressor,
    b"\x5d\x00\x00": lzma.LZMADecompressor,
}


def plain(archive: bytes) -> IO[bytes]:
    """Return the archive without its compression, never more than the limit of it.

    ``tarfile`` would decompress by itself, but reads a header of any length into memory, and
    ``gzip`` reads a file's name of any length letter by letter.

    Raises
    ------
    ArchiveRefused
        It grows beyond its budget.
    EOFError, OSError, ValueError
        It is cut off or damaged, in the words of ``zlib``, ``bz2`` or ``lzma``.
    """
    magic = next((m for m in DECODERS if archive.startswith(m)), None)
    if magic is None:
        return io.BytesIO(archive)
    budget = Budget(len(archive))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        for chunk in _decompressed(archive, magic):
            budget.spend(len(chunk))
            file.write(chunk)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return cast("IO[bytes]", file)


def _decompressed(archive: bytes, magic: bytes) -> Iterator[bytes]:
    position = 0
    for _ in range(MAX_STREAMS):
        decoder = DECODERS[magic]()
        while not decoder.eof:
            piece = archive[position : position + STEP] if decoder.needs_input else b""
            if decoder.needs_input and not piece:
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            position += len(piece)
            yield decoder.decompress(piece, CHUNK)
        position -= len(decoder.unused_data)
        if not archive.startswith(magic, position):
            return  # the end, or what AIOS's own reader does not look at either
    raise ArchiveRefused(f"unsafe archive: more than {MAX_STREAMS} compressed streams")
