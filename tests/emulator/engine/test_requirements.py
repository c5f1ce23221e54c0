"""requirements.txt: skipped when met, installed apart when not, and failing in AIOS's words."""

import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from aios_nb.emulator.engine.requirements import INSTALLED, NONE_NEEDED, install, satisfied


def written(folder: Path, text: str) -> Path:
    file = folder / "requirements.txt"
    file.write_text(text)
    return file


def test_no_file_is_fine(tmp_path: Path) -> None:
    done = install(tmp_path / "requirements.txt", tmp_path / "packages", print)

    assert (None, [NONE_NEEDED]) == (done.error, done.lines)


def test_met_requirements_start_no_pip(tmp_path: Path) -> None:
    version = metadata.version("requests")
    file = written(tmp_path, "# for HTTP\nrequests>=2  # any\n\nclick ; python_version > '3'\n")
    started: list[object] = []
    done = install(file, tmp_path / "packages", started.append)

    assert [] == started
    assert INSTALLED == done.lines[-1]
    assert done.lines[0].startswith("Requirement already satisfied: requests>=2 in ")
    assert done.lines[0].endswith(f"(from -r {file} (line 2)) ({version})")


def test_a_marker_of_another_system_is_ignored(tmp_path: Path) -> None:
    file = written(tmp_path, "pywin32; sys_platform == 'win32'\n")

    assert ["Ignoring pywin32: markers"] == [line[:25] for line in satisfied(file) or ()]


@pytest.mark.parametrize(
    "line",
    [
        "requests<1",
        "no-such-package-zz",
        "-r other.txt",
        "./local",
        "requests[nope",
        "x @ http://h/x.whl",
    ],
)
def test_everything_else_is_left_to_pip(tmp_path: Path, line: str) -> None:

    assert satisfied(written(tmp_path, line)) is None


def test_a_failed_installation_says_what_aios_says(tmp_path: Path) -> None:
    file = written(tmp_path, "./no-such-wheel.whl\n")
    done = install(file, tmp_path / "packages", lambda _: None)
    command = f"'{sys.executable}', '-m', 'pip', 'install', '-r', '{file}'"

    assert f"Command '[{command}]' returned non-zero exit status 1." == done.error
    assert f"ERROR:root:Error installing dependencies: {done.error}" == done.lines[-1]
    assert any("no-such-wheel" in line for line in done.lines[:-1])
    assert ["requirements.txt"] == [p.name for p in tmp_path.iterdir()]


def test_what_is_missing_goes_into_a_folder_of_its_own_once(tmp_path: Path) -> None:
    wheel = tmp_path / "tinyaios-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tinyaios.py", "ANSWER = 42")
        info = "tinyaios-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinyaios\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    file = written(tmp_path, str(wheel))
    first = install(file, tmp_path / "packages", lambda _: None)
    started: list[object] = []
    second = install(file, tmp_path / "packages", started.append)

    assert (None, INSTALLED) == (first.error, first.lines[-1])
    assert (tmp_path / "packages/tinyaios.py").exists()
    assert ([], [INSTALLED]) == (started, second.lines)
