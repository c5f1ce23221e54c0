"""With a data folder nothing that was acknowledged is lost: killed, full, shared or foreign."""

import http.client
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.datastore import DATABASE, FORMAT, DataStore
from aios_nb.emulator.server import FIXTURES, EmulatorError
from aios_nb.emulator.world import World

# AIOS_NB_KILLS=100 tries as hard as SECURITY.md says.
KILLS = int(os.environ.get("AIOS_NB_KILLS", "6"))
POLICY = """class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): pass
    def eval(self, parameters, input_data, context): return input_data[0]
"""


def call(url: str, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    """Return status and body of one request; lost connections raise OSError."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        if isinstance(body, bytes):
            headers = {"Content-Type": "multipart/form-data; boundary=cut"}
            connection.request(method, path, body, headers)
        else:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def archive(comment: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("code/function.py", POLICY)
        zipped.writestr("code/comment.txt", comment * 200)
    return file.getvalue()


def upload(name: str, content: bytes) -> bytes:
    head = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--cut--\r\n"


def registration(url: str, name: str) -> dict[str, object]:
    empty = "metadata policy_input_schema policy_output_schema policy_settings_schema "
    empty += "policy_parameters_schema policy_settings policy_parameters functionality_data "
    words = "tags code_type type description"
    return {
        **{key: {} for key in (empty + "resource_estimates").split()},
        **dict.fromkeys(words.split(), "x"),
        "name": name,
        "version": "1.0",
        "release_tag": "stable",
        "code": f"{url}/static_server/{name}.zip",
    }


def question(session: str) -> dict[str, object]:
    one = {"variable": "id", "operator": "==", "value": "atlas-14b-chat"}
    rule = {"matchType": "block", "filter": {"blockQuery": one}}
    policy = {"policyRuleURI": "first:1.0-stable", "parameters": {"filterRule": rule}}
    query = {"body": {"values": {"rankingPolicyRule": {"values": policy}}}}
    data = {"mode": "chat", "message": "Hello"}
    ids = {"model": "", "session_id": session, "seq_no": 1, "graph": {}}
    return {**ids, "data": data, "selection_query": query}


class Writer(threading.Thread):
    """Writes all kinds of things, and remembers what was acknowledged."""

    def __init__(self, url: str, label: str) -> None:
        super().__init__(daemon=True)
        self.url, self.label = url, label
        self.blocks: dict[str, object] = {}
        self.metrics: dict[str, object] = {}
        self.files: dict[str, bytes] = {}
        self.policies: list[str] = []
        self.sessions: dict[str, str] = {}

    def run(self) -> None:
        number = 0
        while True:
            number += 1
            try:
                self._write(f"{self.label}-{number}")
            except (OSError, http.client.HTTPException):
                return  # killed

    def _write(self, name: str) -> None:
        block = {"id": name, "component": {"n": name * 20}}
        if call(self.url, "POST", "/blocks/blocks", block)[0] == 201:
            self.blocks[name] = block["component"]
        metrics = {"blockId": name, "instances": [{"instanceId": "i", "load": 1.5}]}
        if call(self.url, "POST", "/block_metrics/block", metrics)[0] == 201:
            self.metrics[name] = metrics["instances"]
        content = archive(name)
        if call(self.url, "POST", "/policy_store/upload", upload(f"{name}.zip", content))[0] == 200:
            self.files[name] = content
        record = registration(self.url, name)
        status, answer = call(self.url, "POST", "/policy_system/policy", record)
        if status == 200 and json.loads(answer)["success"]:
            self.policies.append(name)
        status, answer = call(self.url, "POST", "/adhoc/v1/infer", question(name))
        if status == 200 and "model" in json.loads(answer):
            self.sessions[name] = json.loads(answer)["model"]


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    program = "from aios_nb.cli import main; main()"
    command = [sys.executable, "-c", program, "emulator", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1].rstrip("/")
        finally:
            process.kill()


def check_all_is_there(url: str, writer: Writer) -> None:
    blocks = {b["id"]: b for b in json.loads(call(url, "GET", "/blocks/blocks")[1])}
    for name, component in writer.blocks.items():
        assert component == blocks[name]["component"]
    for name, instances in writer.metrics.items():
        found = json.loads(call(url, "GET", f"/block_metrics/block/{name}")[1])
        assert instances == found["data"][0]["instances"]
    for name, content in writer.files.items():
        assert (200, content) == call(url, "GET", f"/static_server/{name}.zip")
    for name in writer.policies:
        found = json.loads(call(url, "GET", f"/policy_system/policy/{name}:1.0-stable")[1])
        assert found["success"], name
    for name, block in writer.sessions.items():
        # A known session reads no query: an answer shows that it is remembered.
        again = {**question(name), "seq_no": 2, "selection_query": {}}
        answer = json.loads(call(url, "POST", "/adhoc/v1/infer", again)[1])
        assert block == answer["model"]


def check_nothing_is_half_written(url: str, label: str) -> None:
    listing = call(url, "GET", "/static_server/")[1].decode()
    for name in [part.split('"')[0] for part in listing.split('href="')[1:]]:
        content = call(url, "GET", f"/static_server/{name}")[1]
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    for block in json.loads(call(url, "GET", "/blocks/blocks")[1]):
        if block["id"].startswith(label):
            assert block["id"] * 20 == block["component"]["n"]


def test_nothing_acknowledged_is_lost_when_it_is_killed_under_load(tmp_path: Path) -> None:
    rng = random.Random(20)
    folder = tmp_path / "data"
    writers: list[Writer] = []
    with running(folder) as (_, url):
        call(url, "POST", "/policy_store/upload", upload("first.zip", archive("first")))
        call(url, "POST", "/policy_system/policy", registration(url, "first"))
    for kill in range(KILLS):
        with running(folder) as (process, url):
            for writer in writers[-1:]:
                check_all_is_there(url, writer)
                check_nothing_is_half_written(url, writer.label)
            writers.append(Writer(url, f"kill{kill}"))
            writers[-1].start()
            time.sleep(rng.uniform(0.05, 0.6))
            process.kill()
        writers[-1].join(10)
    with running(folder) as (_, url):
        for writer in writers:
            check_all_is_there(url, writer)

    for kind in ("blocks", "metrics", "files", "policies", "sessions"):
        assert sum(len(getattr(writer, kind)) for writer in writers) > KILLS, kind


def test_a_restart_keeps_the_port_so_that_addresses_still_lead_there(tmp_path: Path) -> None:
    with Emulator(data_dir=tmp_path) as emulator:
        first = emulator.url
    with Emulator(data_dir=tmp_path) as emulator:
        again = emulator.url

    assert first == again


def test_a_first_opening_that_was_cut_short_is_made_up_for(tmp_path: Path) -> None:
    cut = World()
    cut.keep_in(DataStore(tmp_path))
    cut.load_fleet(FIXTURES)  # and no executor yet
    cut.close()
    with Emulator(data_dir=tmp_path) as emulator:
        found = [executor["executor_id"] for executor in emulator.world.executors]
        count = len(emulator.world.blocks)
    with Emulator(data_dir=tmp_path) as emulator:
        again = [executor["executor_id"] for executor in emulator.world.executors]

    assert ["executor-001"] == found == again
    assert len(list((FIXTURES / "blocks").glob("*.json"))) == count


def test_metrics_are_as_fresh_after_a_restart_and_stale_ones_stay_stale(tmp_path: Path) -> None:
    with Emulator(data_dir=tmp_path) as emulator:
        stale = {"block_id": "finch-8b-chat", "age_s": 300}
        status, text = call(emulator.url, "POST", "/_emulator/metrics/stale", stale)
        assert 200 == status, text
    with Emulator(data_dir=tmp_path) as emulator:
        health = {
            name: json.loads(call(emulator.url, "GET", f"/block_metrics/block/health/{name}")[1])
            for name in ("atlas-14b-chat", "finch-8b-chat")
        }

    assert health["atlas-14b-chat"]["healthy"] is True
    assert health["finch-8b-chat"]["healthy"] is False


def test_generated_ids_go_on_after_a_restart(tmp_path: Path) -> None:
    def added(emulator: Emulator, name: str) -> str:
        return json.loads(call(emulator.url, "POST", "/blocks/blocks", {"id": name})[1])["_id"]

    with Emulator(data_dir=tmp_path) as emulator:
        first = added(emulator, "one")
    with Emulator(data_dir=tmp_path) as emulator:
        second = added(emulator, "two")

    assert first < second


def test_reset_goes_back_to_the_fleet_on_disk_too(tmp_path: Path) -> None:
    with Emulator(data_dir=tmp_path) as emulator:
        call(emulator.url, "POST", "/blocks/blocks", {"id": "added"})
        assert 200 == call(emulator.url, "POST", "/_emulator/reset", {})[0]
    with Emulator(data_dir=tmp_path) as emulator:
        ids = {b["id"] for b in json.loads(call(emulator.url, "GET", "/blocks/blocks")[1])}

    assert "added" not in ids
    assert "atlas-14b-chat" in ids


def test_a_full_disk_is_said_and_changes_nothing(tmp_path: Path) -> None:
    with Emulator(data_dir=tmp_path) as emulator:
        database = emulator.world.data._database  # type: ignore[union-attr]
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        before = call(emulator.url, "GET", "/blocks/blocks")[1]
        big = {"id": "big", "component": {"text": "x" * 100_000}}
        status, text = call(emulator.url, "POST", "/blocks/blocks", big)
        lost, words = call(
            emulator.url, "POST", "/policy_system/policy", registration("", "y" * 99999)
        )
        after = call(emulator.url, "GET", "/blocks/blocks")[1]

    assert 400 == status
    assert b"database or disk is full; nothing was changed" in text
    assert (200, False) == (lost, json.loads(words)["success"])
    assert before == after


def test_two_emulators_do_not_share_a_folder(tmp_path: Path) -> None:
    with Emulator(data_dir=tmp_path), pytest.raises(EmulatorError, match="in use by another"):
        Emulator(data_dir=tmp_path).start()


def test_a_folder_of_another_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    Emulator(data_dir=tmp_path).start().close()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(EmulatorError, match=f"has format {FORMAT + 1}"):
        Emulator(data_dir=tmp_path).start()


@pytest.mark.parametrize("content", [b"not a database at all, but long enough" * 20])
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(EmulatorError, match="cannot be used: file is not a database"):
        Emulator(data_dir=tmp_path).start()

    assert content == (tmp_path / DATABASE).read_bytes()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmulatorError, match=r"file/data cannot be used: Not a directory"):
        Emulator(data_dir=tmp_path / "file" / "data").start()


def test_a_file_system_that_cannot_be_written_is_named() -> None:
    with pytest.raises(EmulatorError, match="/proc/aios-data cannot be used"):
        Emulator(data_dir="/proc/aios-data").start()


def test_without_a_data_folder_nothing_stays() -> None:
    with Emulator() as emulator:
        folder = emulator.world.folder
        assert folder.is_dir()

    assert not folder.exists()
