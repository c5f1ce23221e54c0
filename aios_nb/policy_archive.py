"""A policy's archive: written the same each time, read whatever AIOS accepts."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator

from .errors import PayloadError

SIZE_LIMIT_BYTES = 64 * 2**20
FILES_LIMIT = 2000
# RuntimeError: encrypted, or compressed in a way that Python does not know.
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError),
)


def write_archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip archive: the same bytes for the same files, whenever and wherever."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files:
            archive.writestr(_entry(path), content)
    return buffer.getvalue()


def read_archive(raw: bytes, place: str) -> tuple[tuple[str, bytes], ...]:
    """Return the files of an archive; nothing is written to disk.

    AIOS goes by the content and not by the name: first tar, in any compression, then zip.

    Parameters
    ----------
    place
        What the archive is called, for the message.

    Raises
    ------
    PayloadError
        It is neither, it is broken, or its files are too many or too large.
    """
    try:
        if tarfile.is_tarfile(io.BytesIO(raw)):
            return tuple(_bounded(_of_tar(raw), place))
        return tuple(_bounded(_of_zip(raw), place))
    except BROKEN as error:
        raise PayloadError(
            f"{place} is no archive that AIOS could open ({error}); expected zip or tar"
        ) from error


def _entry(path: str) -> zipfile.ZipInfo:
    # The oldest date a zip can hold, and no compression: zlib's bytes differ between versions.
    entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _of_tar(raw: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name.removeprefix("./"), stream.read(SIZE_LIMIT_BYTES + 1)


def _of_zip(raw: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as stream:
                    yield member.filename.removeprefix("./"), stream.read(SIZE_LIMIT_BYTES + 1)


def _bounded(files: Iterable[tuple[str, bytes]], place: str) -> Iterator[tuple[str, bytes]]:
    size = 0
    for number, (path, content) in enumerate(files, start=1):
        size += len(content)
        if size > SIZE_LIMIT_BYTES or number > FILES_LIMIT:
            raise PayloadError(
                f"{place} holds more than {SIZE_LIMIT_BYTES} bytes or {FILES_LIMIT} files, the "
                "limits; a policy is a few files"
            )
        yield path, content
