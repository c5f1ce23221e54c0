"""The emulator's folder goes, whatever was left in it."""

import os
from pathlib import Path

from aios_nb.emulator.folders import remove_folder


def test_folders_nested_deeper_than_python_can_follow_go_too(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(3_000):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    remove_folder(tmp_path / "d")

    assert [] == list(tmp_path.iterdir())
