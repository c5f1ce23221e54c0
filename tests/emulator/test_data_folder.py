"""A data folder on a full disk, and one that holds what is somebody else's."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.datastore import DATABASE, FORMAT
from aios_nb.emulator.server import FIXTURES, EmulatorError

from .test_durability import archive, call


@pytest.mark.parametrize("name", ["incoming", "policies"])
def test_folders_of_somebody_else_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("years of work")
    with pytest.raises(EmulatorError, match=f"holds '{name}', which is no emulator's"):
        Emulator(data_dir=tmp_path).start()

    assert "years of work" == (tmp_path / name / "thesis.txt").read_text()


def test_uploads_cut_off_of_a_folder_of_another_format_are_left_alone(tmp_path: Path) -> None:
    Emulator(data_dir=tmp_path).start().close()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "upload").write_text("x")
    with pytest.raises(EmulatorError, match=f"has format {FORMAT + 1}"):
        Emulator(data_dir=tmp_path).start()

    assert (tmp_path / "incoming" / "upload").exists()


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(EmulatorError, match="a database with 'recipes' in it"):
        Emulator(data_dir=tmp_path).start()

    assert before == (tmp_path / DATABASE).read_bytes()


WAYS = ["/_emulator/fleet/load", "/_emulator/reset"]


@pytest.mark.parametrize("way", WAYS)
def test_in_memory_too_a_disk_that_fills_up_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    shutil.copytree(FIXTURES, tmp_path / "fleet")
    with Emulator(tmp_path / "fleet") as emulator:
        (tmp_path / "fleet" / "policies").mkdir()
        (tmp_path / "fleet" / "policies" / "first.zip").write_bytes(archive("new"))
        call(emulator.url, "POST", "/blocks/blocks", {"id": "added"})
        before = contents(emulator)
        body = {"folder": str(tmp_path / "fleet")} if "load" in way else {}
        with monkeypatch.context() as patched:
            patched.setattr("aios_nb.emulator.fleet.shutil.copy", full_after(0))
            status, _ = call(emulator.url, "POST", way, body)

        assert 400 == status
        assert before == contents(emulator)


@pytest.mark.parametrize("way", WAYS)
def test_a_disk_that_fills_up_amid_a_change_of_fleet_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    fleet = tmp_path / "fleet"
    shutil.copytree(FIXTURES, fleet)
    (fleet / "policies").mkdir()
    (fleet / "policies" / "first.zip").write_bytes(archive("old"))
    with Emulator(fleet, data_dir=tmp_path / "data") as emulator:
        call(emulator.url, "POST", "/blocks/blocks", {"id": "added"})
        (fleet / "policies" / "first.zip").write_bytes(archive("new"))
        (fleet / "policies" / "second.zip").write_bytes(archive("new"))
        before = contents(emulator)
        body = {"folder": str(fleet)} if "load" in way else {}
        with monkeypatch.context() as patched:
            patched.setattr("aios_nb.emulator.fleet.shutil.copy", full_after(1))
            status, text = call(emulator.url, "POST", way, body)
        after = contents(emulator)
    with Emulator(fleet, data_dir=tmp_path / "data") as emulator:
        again = contents(emulator)

    assert (400, True) == (status, b"cannot store 'second.zip'" in text)
    assert before == after == again


def contents(emulator: Emulator) -> object:
    """Return the blocks, the executors and the files of the store."""
    files = {f.name: f.read_bytes() for f in emulator.world.store.iterdir()}
    return list(emulator.world.blocks), list(emulator.world.executors), files


def full_after(count: int) -> Callable[[Path, Path], None]:
    """Return a copy of files for which the disk is full after so many."""
    left = iter(range(count))

    def copy(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:9])
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return copy
