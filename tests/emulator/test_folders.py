"""The emulator's folder goes with it, whatever a policy has built in there."""

import os
import subprocess
import sys
from pathlib import Path

from aios_nb.emulator import folders
from aios_nb.emulator.folders import remove_folder

NOBODY = 65534
AS_NOBODY = f"""
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("folders", sys.argv[1])
folders = importlib.util.module_from_spec(spec)
spec.loader.exec_module(folders)
os.chdir(sys.argv[2])
if os.getuid() == 0:
    os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
os.makedirs("top/shut/inner/deeper")
open("top/shut/inner/file", "w").close()
for path, mode in (("top/shut/inner/deeper", 0), ("top/shut/inner", 0o500), ("top/shut", 0)):
    os.chmod(path, mode)
folders.remove_folder("top")
print(os.listdir())
"""


def test_folders_nested_deeper_than_python_can_follow_go_too(tmp_path: Path) -> None:
    here = os.getcwd()
    (tmp_path / "top").mkdir()
    os.chdir(tmp_path / "top")
    for _ in range(3000):
        os.mkdir("d")
        Path("file").touch()
        os.chdir("d")
    os.chdir(here)
    remove_folder(tmp_path / "top")

    assert [] == list(tmp_path.iterdir())


def test_folders_that_nobody_may_open_go_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    command = [sys.executable, "-I", "-c", AS_NOBODY, folders.__file__, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)

    assert ("[]\n", "") == (done.stdout, done.stderr)


def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "top" / "inner").mkdir(parents=True)
    (tmp_path / "top" / "inner" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "top" / "link").symlink_to(tmp_path / "kept")
    remove_folder(tmp_path / "top")

    assert ["kept"] == os.listdir(tmp_path)
    assert ["file"] == os.listdir(tmp_path / "kept")
