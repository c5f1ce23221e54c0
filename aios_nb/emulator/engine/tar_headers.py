"""Tar headers, looked at before ``tarfile`` reads them: extended ones can cost more than files."""

from __future__ import annotations

import re
import tarfile
from typing import IO, Self, cast

from .decompression import ArchiveRefused

# A path has 4,096 letters at most, extended attributes seldom more than some thousand.
MAX_HEADER_BYTES, MAX_HEADERS_BYTES = 64 * 1024, 16 * 1024 * 1024
# tarfile copies the global ones for each member; git writes one of 52 bytes.
MAX_GLOBAL_BYTES = 4 * 1024
DIGITS = re.compile(rb"\d{100}")
EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class CheckedInfo(tarfile.TarInfo):
    """A header that neither keeps ``tarfile`` busy nor fills the memory, the first one included."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.size < 0:  # CVE-2025-8194
            raise tarfile.ReadError(f"{info.name!r} has a negative size")
        return info

    def _proc_member(self, tar: CheckedTar) -> tarfile.TarInfo:
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise _sparse(self.name)
        if self.type in EXTENDED:
            tar.take_header(self.size, is_global=self.type == tarfile.XGLTYPE)
        return super()._proc_member(tar)  # type: ignore[misc, no-any-return]

    def _proc_pax(self, tar: CheckedTar) -> tarfile.TarInfo:
        file = cast("IO[bytes]", tar.fileobj)
        begin = file.tell()
        content = file.read(self.size)
        if DIGITS.search(content):  # CVE-2024-6232
            raise ArchiveRefused("unsafe archive: an extended header holds an endless number")
        if b"GNU.sparse." in content:
            raise _sparse(self.name)
        file.seek(begin)
        return super()._proc_pax(tar)  # type: ignore[misc, no-any-return]


class CheckedTar(tarfile.TarFile):
    """A tar without compression: ``tarfile.is_tarfile`` would decompress once more, unbounded."""

    tarinfo = CheckedInfo

    def __init__(self, file: IO[bytes]) -> None:
        self._header_bytes = self._global_bytes = 0
        super().__init__(fileobj=file)

    def take_header(self, size: int, *, is_global: bool) -> None:
        """Count an extended header before it is read.

        Raises
        ------
        ArchiveRefused
            It is too long, or all of them are.
        """
        self._header_bytes += size
        self._global_bytes += size * is_global
        if (
            size > MAX_HEADER_BYTES
            or self._header_bytes > MAX_HEADERS_BYTES
            or self._global_bytes > MAX_GLOBAL_BYTES
        ):
            raise ArchiveRefused("unsafe archive: its extended headers are too long")


def opened_tar(file: IO[bytes]) -> CheckedTar | None:
    """Return a tar that is not compressed; ``None`` if it is none.

    Raises
    ------
    ArchiveRefused, ValueError, OSError, RecursionError
        Its first header is made to do harm, or is damaged.
    """
    file.seek(0)
    try:
        return CheckedTar(file)
    except tarfile.TarError:
        return None


def _sparse(name: str) -> ArchiveRefused:
    return ArchiveRefused(f"unsafe archive: {name!r} is a sparse file")
