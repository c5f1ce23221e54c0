"""Archives: the same bytes each time, and whatever AIOS opens is read, within limits."""

import io
import tarfile
import zipfile

import pytest

from aios_nb import PayloadError, PolicyPackage
from aios_nb import policy_archive as archives
from aios_nb.policy_archive import read_archive, write_archive

FILES = (("code/function.py", b"class AIOSv1PolicyRule: pass"), ("code/data/a.bin", b"\x00\xff"))
SOURCE = (
    b"class AIOSv1PolicyRule:\n"
    b"    def __init__(self, rule_id, settings, parameters): pass\n"
    b"    def eval(self, parameters, input_data, context): return input_data[0]\n"
)


def tar(files: dict[str, bytes], mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_what_is_written_is_read_again() -> None:

    assert FILES == read_archive(write_archive(FILES), "x.zip")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_tar_is_read_in_every_compression(mode: str) -> None:

    assert FILES == read_archive(tar({f"./{p}": c for p, c in FILES}, mode), "x.tar")


def test_a_package_takes_from_an_archive_only_what_aios_looks_at() -> None:
    files = {"code/function.py": SOURCE, "README.md": b"", "code/__pycache__/x.pyc": b""}
    package = PolicyPackage.from_archive("mine", write_archive(files.items()))

    assert (("code/function.py", SOURCE),) == package.files
    assert PolicyPackage.from_source("mine", SOURCE.decode()) == package


@pytest.mark.parametrize("raw", [b"", b"<html>", write_archive(FILES)[:-30], tar({}, "w")[:100]])
def test_what_is_no_archive_is_refused(raw: bytes) -> None:
    with pytest.raises(PayloadError, match=r"x\.zip is no archive that AIOS could open"):
        read_archive(raw, "x.zip")


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("code/zeros", bytes(100_000))
    monkeypatch.setattr(archives, "SIZE_LIMIT_BYTES", 50_000)

    with pytest.raises(PayloadError, match="holds more than 50000 bytes"):
        read_archive(buffer.getvalue(), "x.zip")


def test_an_archive_with_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FILES_LIMIT", 1)

    with pytest.raises(PayloadError, match="or 1 files"):
        read_archive(write_archive(FILES), "x.zip")
