"""Policy archives: told apart by content as AIOS does, unpacked as AIOS should (contract §8.1)."""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import shutil
import stat
import struct
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from .decompression import CHUNK, ArchiveRefused, Budget, plain
from .tar_headers import opened_tar

__all__ = ["ArchiveRefused", "unpack"]

MAX_ENTRIES = 10_000
MAX_DEPTH, MAX_LINKS = 64, 40
UNSUPPORTED = "Unsupported file format"
NO_CODE = "code/ directory not found in archive"

# What the standard library raises on truncated, corrupt or encrypted archives.
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    MemoryError,
)


@dataclass(frozen=True)
class Entry:
    """One file or folder of an archive, checked against its neighbours before it is written."""

    name: str
    size: int
    is_folder: bool
    is_executable: bool
    open: Callable[[], IO[bytes]]


def unpack(archive: bytes, folder: Path) -> str:
    """Unpack into ``folder``, which must not exist yet; return ``tar`` or ``zip``.

    Raises
    ------
    ArchiveRefused
        With AIOS's text where AIOS fails too, else with a text that begins ``unsafe archive``.
        Nothing is left on disk then.
    """
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        kind = _unpack_by_content(archive, scratch)
        if not (scratch / "code").exists():
            raise ArchiveRefused(NO_CODE)
        scratch.chmod(0o755)
        scratch.rename(folder)
    except ArchiveRefused:
        raise
    except DAMAGE as error:
        raise ArchiveRefused(str(error) or type(error).__name__) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return kind


def _unpack_by_content(archive: bytes, scratch: Path) -> str:
    # tar first, then zip, whatever the name or code_type say: PE/core/code_executor.py.
    with plain(archive) as file:
        tar = opened_tar(file)
        if tar is not None:
            with tar:
                _write(_tar_entries(tar), scratch, len(archive))
            return "tar"
    if zipfile.is_zipfile(io.BytesIO(archive)):
        if archive.count(b"PK\x01\x02") > MAX_ENTRIES:  # before zipfile makes an object of each
            raise _too_many()
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            _write(_zip_entries(zipped), scratch, len(archive))
        return "zip"
    raise ArchiveRefused(UNSUPPORTED)


def _copy(source: IO[bytes], target: IO[bytes], budget: Budget) -> None:
    while chunk := source.read(CHUNK):
        budget.spend(len(chunk))
        target.write(chunk)


def _zip_entries(zipped: zipfile.ZipFile) -> Iterator[Entry]:
    for info in zipped.infolist():
        mode = info.external_attr >> 16
        if info.flag_bits & 0x1:
            # zipfile's own words, which AIOS shows.
            raise ArchiveRefused(
                f"File {info.filename!r} is encrypted, password required for extraction"
            )

        def opened(info: zipfile.ZipInfo = info) -> IO[bytes]:
            return zipped.open(info)

        # A link in a zip is a file that holds the target's name; written so, it leads nowhere.
        yield Entry(info.filename, info.file_size, info.is_dir(), bool(mode & 0o111), opened)


def _tar_entries(tar: tarfile.TarFile) -> Iterator[Entry]:
    members = []
    for member in islice(tar, MAX_ENTRIES + 1):
        member.pax_headers = {}  # done with; of 10,000 members they are much
        members.append(member)
    # tarfile looks for a link's target among all members, one by one.
    named = {posixpath.normpath(member.name): member for member in members}
    for member in members:
        if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
            kind = stat.filemode(stat.S_IFMT(member.mode)) or "?"
            raise ArchiveRefused(
                f"unsafe archive: {member.name!r} is neither file nor folder ({kind})"
            )

        def opened(member: tarfile.TarInfo = member) -> IO[bytes]:
            return _tar_content(tar, member, named)

        yield Entry(member.name, member.size, member.isdir(), bool(member.mode & 0o111), opened)


def _tar_content(
    tar: tarfile.TarFile, member: tarfile.TarInfo, named: dict[str, tarfile.TarInfo]
) -> IO[bytes]:
    """Return a member's bytes; of a link, those of the archive's own file that it names."""
    found: tarfile.TarInfo | None = member
    for _ in range(MAX_LINKS):
        if found is None or not (found.issym() or found.islnk()):
            break
        folder = posixpath.dirname(found.name) if found.issym() else ""
        found = named.get(posixpath.normpath(posixpath.join(folder, found.linkname)))
    content = tar.extractfile(found) if found is not None and found.isfile() else None
    if content is None:
        raise _bad_link(member)
    return content


def _bad_link(member: tarfile.TarInfo) -> ArchiveRefused:
    return ArchiveRefused(
        f"unsafe archive: link {member.name!r} leads to {member.linkname!r}, "
        "expected a file of the same archive"
    )


def _write(entries: Iterator[Entry], scratch: Path, packed: int) -> None:
    budget, seen = Budget(packed), dict[str, bool]()
    for number, entry in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            raise _too_many()
        parts = _parts(entry.name)
        _refuse_collision(entry, parts, seen)
        target = scratch.joinpath(*parts)
        if entry.is_folder:
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with entry.open() as source, target.open("xb") as file:
            _copy(source, file, budget)
        if entry.is_executable:
            target.chmod(0o755)


def _too_many() -> ArchiveRefused:
    return ArchiveRefused(f"unsafe archive: more than {MAX_ENTRIES} entries")


def _parts(name: str) -> list[str]:
    """Return the parts of an entry's path, or refuse a path that leaves the archive."""
    if "\x00" in name:
        raise ArchiveRefused(f"unsafe archive: NUL in entry name {name!r}")
    if name.startswith("/") or re.match(r"[A-Za-z]:[\\/]|\\", name):
        raise ArchiveRefused(f"unsafe archive: {name!r} is an absolute path")
    if ".." in re.split(r"[\\/]", name):
        raise ArchiveRefused(f"unsafe archive: {name!r} leaves the archive")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if len(parts) > MAX_DEPTH:
        raise ArchiveRefused(f"unsafe archive: an entry lies more than {MAX_DEPTH} folders deep")
    return parts


def _refuse_collision(entry: Entry, parts: list[str], seen: dict[str, bool]) -> None:
    """Refuse two entries that are one file on some file systems; folders may repeat."""
    key = unicodedata.normalize("NFC", "/".join(parts)).casefold()
    if key in seen and not (entry.is_folder and seen[key]):
        raise ArchiveRefused(
            f"unsafe archive: {entry.name!r} occurs twice (upper and lower case count as one)"
        )
    seen[key] = entry.is_folder
