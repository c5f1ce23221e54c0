"""A policy is shut in: it reads nothing of the emulator's, and writes nowhere but in its folder."""

import os
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.engine.policy_runner import PolicyProcesses
from aios_nb.emulator.engine.policy_worker import fence

from ...test_code_sources import FIELDS, post
from ..archive_files import policy
from ..policy_runs import CALL, outcome, run, with_runner

pytestmark = pytest.mark.skipif(
    fence.landlock_version() < 1,
    reason="this system has no Landlock; SECURITY.md says what follows",
)
TRY = "try: return open({path!r}, {mode!r}).{method}()\nexcept OSError as e: return str(e)"


def attempt(path: Path | str, mode: str = "r", method: str = "read") -> bytes:
    return policy(TRY.format(path=str(path), mode=mode, method=method))


def test_the_emulators_own_folder_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    other = tmp_path / "policies" / "other.zip"
    other.write_text("of somebody else")

    assert "Permission denied" in run(tmp_path, attempt(other))["result"]


def test_a_data_folder_cannot_be_read_or_listed(tmp_path: Path) -> None:
    own, data = tmp_path / "own", tmp_path / "data"
    own.mkdir(), data.mkdir()
    (data / "aios.sqlite").write_text("sessions")
    bodies = [
        TRY.format(path=str(data / "aios.sqlite"), mode="r", method="read"),
        f"try: return os.listdir({str(data)!r})\nexcept OSError as e: return str(e)",
        f"return os.popen('cat {data}/aios.sqlite 2>&1').read()",
        f"os.symlink({str(data)!r}, 'way')\n"
        + TRY.format(path="way/aios.sqlite", mode="r", method="read"),
    ]

    async def each(runner: PolicyProcesses) -> list[str]:
        return [(await runner.run(policy(b), CALL, limit_s=8))["result"] for b in bodies]

    results = with_runner(own, each, hidden=(data,))

    assert all("Permission denied" in result for result in results), results


def test_a_policy_reads_its_own_archive_and_writes_in_its_own_folder(tmp_path: Path) -> None:
    body = (
        "with open('mine', 'w') as file: file.write('x')\n"
        "os.mkdir('sub')\nos.rename('mine', 'sub/moved')\n"
        "beside = os.path.join(os.path.dirname(__file__), 'data.txt')\n"
        "return [open('sub/moved').read(), open(beside).read()]"
    )

    assert ["x", "beside"] == run(tmp_path, policy(body, data_txt="beside"))["result"]


@pytest.mark.parametrize("method", ["w", "a", "r+"])
def test_files_of_the_user_cannot_be_changed(tmp_path: Path, method: str) -> None:
    own, foreign = tmp_path / "own", tmp_path / "notes"
    own.mkdir()
    foreign.write_text("before")
    result = run(own, attempt(foreign, method, "close"))["result"]

    assert "Permission denied" in result
    assert "before" == foreign.read_text()


@pytest.mark.parametrize(
    "deed",
    ["os.mkdir(p + '2')", "os.remove(p)", "os.symlink('/', p + '3')", "os.truncate(p, 0)",
     "os.rename(p, 'taken')", "os.link(p, 'linked')", "os.mkfifo(p + '4')"],
)  # fmt: skip
def test_folders_of_the_user_cannot_be_changed(tmp_path: Path, deed: str) -> None:
    own, foreign = tmp_path / "own", tmp_path / "notes"
    own.mkdir()
    foreign.write_text("before")
    body = f"p = {str(foreign)!r}\ntry: {deed}\nexcept OSError as e: return str(e)\nreturn 'done'"

    assert "done" != run(own, policy(body))["result"]
    assert (["notes", "own"], "before") == (sorted(os.listdir(tmp_path)), foreign.read_text())


def test_the_environment_of_the_emulator_is_out_of_reach(tmp_path: Path) -> None:
    environment = {**os.environ, "OPENAI_API_KEY": "planted-key"}
    with subprocess.Popen(["sleep", "60"], env=environment) as other:
        result = run(tmp_path, attempt(f"/proc/{other.pid}/environ"))["result"]
        seen = Path(f"/proc/{other.pid}/environ").read_text()
        other.kill()

    assert "planted-key" in seen
    assert "Permission denied" in result


@pytest.mark.skipif(fence.landlock_version() < 6, reason="Landlock limits signals since Linux 6.12")
def test_a_policy_cannot_end_the_emulator(tmp_path: Path) -> None:
    body = f"try: os.kill({os.getpid()}, {int(signal.SIGUSR1)})\nexcept OSError as e: return str(e)"

    assert "Operation not permitted" in run(tmp_path, policy(body))["result"]


def test_threads_of_an_import_are_shut_in_too(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    before = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
    body = TRY.format(path=str(secret), mode="r", method="read")

    assert "Permission denied" in run(tmp_path, policy(body, before=before))["result"]


def test_the_import_is_shut_in_too(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    answer = run(tmp_path, policy("return 1", before=f"open({str(secret)!r})\n"))

    assert "raised" == outcome(answer)[1]
    assert "Permission denied" in answer["error"]


def test_a_running_emulator_hides_its_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Emulator(data_dir=data) as emulator:
        (data / "policies" / "spy.zip").write_bytes(attempt(data / "aios.sqlite", "rb"))
        system, empty = emulator.addresses["policy_system"], {key: {} for key in FIELDS.split()}
        code = f"{emulator.addresses['static_server']}/spy.zip"
        record = {**empty, "name": "spy", "version": "1", "release_tag": "x", "code": code}
        post(f"{system}/policy", record)
        call = {"policy_rule_uri": "spy:1-x", "input_data": [{"id": "a"}], "parameters": {}}
        answer = post(f"{system}/executor/executor-001/execute_policy", call)

    assert "Permission denied" in answer["data"]


def test_without_a_fence_nothing_is_said_to_be_shut_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "landlock_version", lambda: 0)

    assert not fence.raise_fence({"hidden": [], "readable": [], "writable": []})


def test_a_command_behind_the_fence_writes_only_where_it_may(tmp_path: Path) -> None:
    allowed = {"hidden": [], "readable": [], "writable": [f"{tmp_path}/in"]}
    (tmp_path / "in").mkdir()
    script = f"touch {tmp_path}/in/a; touch {tmp_path}/b"
    shut_in = partial(fence.raise_fence, allowed)
    subprocess.run(["/bin/sh", "-c", script], check=False, capture_output=True, preexec_fn=shut_in)

    assert (["a"], ["in"]) == (os.listdir(tmp_path / "in"), os.listdir(tmp_path))
