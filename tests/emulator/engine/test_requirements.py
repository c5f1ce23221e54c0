"""requirements.txt: skipped when met, installed apart when not, and failing in AIOS's words."""

import importlib.util
import os
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from aios_nb.emulator.engine.policy_worker.fence import landlock_version
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


@pytest.mark.skipif(landlock_version() < 1, reason="this system has no Landlock")
def test_what_a_package_runs_when_it_is_built_is_shut_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not imported: an old setuptools fails where another test has imported distutils.
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("builds without network need setuptools")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "false")  # as the option: needs no network
    own, code = tmp_path / "own", tmp_path / "code"
    own.mkdir(), code.mkdir()
    (own / "secret").write_text("planted")
    deeds = f"open({str(tmp_path / 'x')!r}, 'w')", f"sys.exit(open({str(own / 'secret')!r}).read())"
    tries = [f"try: {deed}\nexcept OSError as error: print(error)\n" for deed in deeds]
    (code / "setup.py").write_text("import sys\n" + "".join(tries) + "sys.exit('at its end')\n")
    done = install(written(code, f"{code}\n"), own / "packages", lambda _: None, hidden=[own])
    text = "\n".join(done.lines)

    assert "at its end" in text, text
    assert text.count("Permission denied") >= 2
    assert (["secret"], False) == (os.listdir(own), (tmp_path / "x").exists())
