"""Archives are told apart by content, and unpacked whole and safely or not at all."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from aios_nb.emulator.engine import decompression
from aios_nb.emulator.engine.archives import ArchiveRefused, unpack

from .archive_files import link, tarred, zipped

GOOD = {"code/function.py": "pass", "code/data/map.json": "{}"}


def refusal(archive: bytes, tmp_path: Path) -> str:
    """Return why an archive is refused, and see to it that nothing of it stays."""
    with pytest.raises(ArchiveRefused) as refused:
        unpack(archive, tmp_path / "run")
    assert [] == list(tmp_path.iterdir())
    return str(refused.value)


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_of_any_compression_unpacks_as_tar(tmp_path: Path, mode: str) -> None:
    kind = unpack(tarred(("code/function.py", b"pass"), mode=mode), tmp_path / "run")

    assert "tar" == kind
    assert "pass" == (tmp_path / "run/code/function.py").read_text()


def test_a_zip_unpacks_with_its_folders(tmp_path: Path) -> None:
    kind = unpack(zipped(GOOD), tmp_path / "run")

    assert "zip" == kind
    assert "{}" == (tmp_path / "run/code/data/map.json").read_text()
    assert ["run"] == [p.name for p in tmp_path.iterdir()]


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04", b"\x7fELF" + bytes(600)])
def test_anything_else_is_no_supported_format(tmp_path: Path, data: bytes) -> None:

    assert "Unsupported file format" == refusal(data, tmp_path)


def test_an_archive_without_code_is_refused_in_aioss_words(tmp_path: Path) -> None:

    assert "code/ directory not found in archive" == refusal(zipped({"function.py": ""}), tmp_path)


@pytest.mark.parametrize(
    "name", ["../evil.py", "code/../../evil.py", "/etc/evil.py", "code/..\\evil.py", "C:\\evil.py"]
)
def test_paths_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    packed = zipped({**GOOD, name: ""}), tarred(("code/function.py", b""), (name, b""))
    reasons = [refusal(archive, tmp_path) for archive in packed]

    assert all(reason.startswith("unsafe archive: ") for reason in reasons)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "code/missing"])
def test_links_out_of_the_archive_are_refused(tmp_path: Path, kind: bytes, target: str) -> None:
    archive = tarred(("code/function.py", b""), (link("code/passwd", target, kind), b""))

    assert "unsafe archive: link 'code/passwd' leads to" in refusal(archive, tmp_path)


def test_a_link_inside_becomes_a_copy(tmp_path: Path) -> None:
    archive = tarred(("code/real.py", b"pass"), (link("code/function.py", "real.py"), b""))
    unpack(archive, tmp_path / "run")
    copy = tmp_path / "run/code/function.py"

    assert ("pass", False) == (copy.read_text(), copy.is_symlink())


def test_nothing_is_written_through_a_linked_folder(tmp_path: Path) -> None:
    archive = tarred((link("code", "/tmp"), b""), ("code/function.py", b""))

    assert "unsafe archive: link" in refusal(archive, tmp_path)


def test_devices_are_refused(tmp_path: Path) -> None:
    pipe = tarfile.TarInfo("code/pipe")
    pipe.type = tarfile.FIFOTYPE

    assert "neither file nor folder" in refusal(tarred((pipe, b"")), tmp_path)


@pytest.mark.parametrize("other", ["code/function.py", "code/FUNCTION.py", "./code//function.py"])
def test_two_entries_that_may_be_one_file_are_refused(tmp_path: Path, other: str) -> None:
    archive = tarred(("code/function.py", b"1"), (other, b"2"))

    assert "occurs twice" in refusal(archive, tmp_path)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    archive = zipped({f"code/{n}": "" for n in range(10_001)})

    assert "unsafe archive: more than 10000 entries" == refusal(archive, tmp_path)


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_tar_that_grows_beyond_reason_is_refused(tmp_path: Path, mode: str) -> None:
    archive = tarred(("code/function.py", bytes(40 * 2**20)), mode=mode)

    assert "grows more than 250 times" in refusal(archive, tmp_path)


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    data = zipped({"code/function.py": "\0" * 40 * 2**20})

    assert "grows more than 250 times" in refusal(data, tmp_path)


def test_too_much_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decompression, "MAX_BYTES", 2**20)
    data = zipped({f"code/{n}": "ab" * 2**18 for n in range(3)})

    assert "holds more than 1 MB" in refusal(data, tmp_path)


def test_an_encrypted_zip_is_refused_in_zipfiles_words(tmp_path: Path) -> None:
    data = bytearray(zipped(GOOD))
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert "File 'code/function.py' is encrypted, password required for extraction" == refusal(
        bytes(data), tmp_path
    )


def test_damage_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    good = [zipped(GOOD), tarred(("code/function.py", b"pass" * 999), mode="w:gz")]
    for data in good:
        for cut in range(1, len(data), max(1, len(data) // 40)):
            assert refusal(data[:cut], tmp_path)


def test_a_nested_archive_stays_packed(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code/inner.zip", zipped(GOOD))
    unpack(buffer.getvalue(), tmp_path / "run")

    assert ["inner.zip"] == [p.name for p in (tmp_path / "run/code").iterdir()]
