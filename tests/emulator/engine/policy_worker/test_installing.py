"""What a package runs when pip builds it: shut in, limited, and gone with pip."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aios_nb.emulator.engine import requirements
from aios_nb.emulator.engine.policy_worker import protocol
from aios_nb.emulator.engine.policy_worker.fence import landlock_version
from aios_nb.emulator.engine.policy_worker.user import can_leave_root, processes_are_counted
from aios_nb.emulator.engine.requirements import install

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


def is_marked(mark: str) -> bool:
    """Tell whether a process has this among its arguments."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += file.read_bytes().split(b"\0")
        except OSError:
            continue
    return mark.encode() in found


def until(is_true: Callable[[], bool], limit_s: float = 10.0) -> bool:
    end = time.monotonic() + limit_s
    while not is_true() and time.monotonic() < end:
        time.sleep(0.05)
    return is_true()


def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> str:
    """Return what was printed by an installation whose build runs this."""
    # Not imported: an old setuptools fails where another test has imported distutils.
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("builds without network need setuptools")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "false")  # as the option: needs no network
    code = tmp_path / "code"
    code.mkdir()
    (code / "setup.py").write_text(
        f"import os, subprocess, sys, time\n{body}\nsys.exit('at its end')\n"
    )
    hidden = [tmp_path / "own"]
    packages = tmp_path / "own" / "packages"
    packages.parent.mkdir(exist_ok=True)
    (code / "requirements.txt").write_text(f"{code}\n")
    done = install(code / "requirements.txt", packages, lambda _: None, hidden=hidden)
    assert done.error is not None
    return "\n".join(done.lines)


@pytest.mark.skipif(landlock_version() < 1, reason="this system has no Landlock")
def test_what_a_package_runs_when_it_is_built_is_shut_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "secret").write_text("planted")
    deeds = f"open({str(tmp_path / 'x')!r}, 'w')", f"sys.exit(open({str(own / 'secret')!r}).read())"
    tries = "".join(f"try: {deed}\nexcept OSError as error: print(error)\n" for deed in deeds)
    text = built(tmp_path, monkeypatch, tries)

    assert "at its end" in text, text
    assert text.count("Permission denied") >= 2
    assert (["secret"], False) == (os.listdir(own), (tmp_path / "x").exists())


@LINUX
def test_nothing_that_a_build_starts_outlives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"marked-{os.getpid()}-{tmp_path.name}"
    sleep = f"[sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}]"
    quiet = "stdin=-3, stdout=-3, stderr=-3"  # pip waits for whoever holds its pipe
    body = f"subprocess.Popen({sleep}, start_new_session=True, {quiet})"
    text = built(tmp_path, monkeypatch, body)

    assert "at its end" in text, text
    assert not is_marked(mark)


def test_a_build_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = "AS", "FSIZE", "NOFILE", "CORE"
    body = "import resource\n" + "".join(
        f"print({name!r}, resource.getrlimit(resource.RLIMIT_{name}))\n" for name in names
    )
    text = built(tmp_path, monkeypatch, body)
    wanted = {"AS": 4 * 2**30, "FSIZE": 2**30, "NOFILE": 1024, "CORE": 0}

    assert [] == [n for n, v in wanted.items() if f"{n} ({v}, {v})" not in text], text


@LINUX
def test_a_build_that_holds_too_much_in_many_processes_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(requirements.LIMITS, "memory_bytes", 400 * 2**20)
    body = (
        "for n in range(6):\n"
        "    if os.fork() == 0:\n"
        "        x = os.urandom(100 * 2**20); time.sleep(60)\n"
        "time.sleep(60)"
    )
    begun = time.monotonic()
    text = built(tmp_path, monkeypatch, body)

    assert "at its end" not in text
    assert time.monotonic() - begun < 40


def test_of_endless_output_the_last_lines_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "OUTPUT_BYTES", 4096)
    text = built(tmp_path, monkeypatch, "for n in range(20_000): print('line', n)")

    assert len(text) < 4096 + 400
    assert "at its end" in text


@pytest.mark.skipif(
    processes_are_counted() or not can_leave_root(), reason="only root becomes another user"
)
def test_under_root_a_build_is_another_user_whose_processes_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(requirements.LIMITS, "memory_bytes", 2**36)  # it would end them sooner
    body = (
        "print('user', os.getuid() >= 0x70000000)\n"
        "count = 0\n"
        "try:\n"
        "    while count < 3000:\n"
        "        if os.fork() == 0: os.closerange(0, 64); time.sleep(60); os._exit(0)\n"
        "        count += 1\n"
        "except OSError: print('refused at', count, flush=True)"
    )
    text = built(tmp_path, monkeypatch, body)

    assert "user True" in text, text
    assert 0 < int(text.split("refused at ")[1].split()[0]) <= 2 * requirements.LIMITS["processes"]


@LINUX
def test_pip_ends_when_the_emulator_is_gone(tmp_path: Path) -> None:
    mark = f"marked-{os.getpid()}-{tmp_path.name}"
    job = {
        "command": [sys.executable, "-c", "import time; time.sleep(60)", mark],
        "scratch": str(tmp_path / "scratch"),
        "fence": {"hidden": [], "readable": [], "writable": []},
        "limit_s": 60,
        **requirements.LIMITS,
    }
    (tmp_path / "scratch").mkdir()
    command = protocol.command("install", job)
    code = f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(60)"
    emulator = subprocess.Popen([sys.executable, "-c", code])
    assert until(lambda: is_marked(mark))
    emulator.kill()
    emulator.wait()

    assert until(lambda: not is_marked(mark))
