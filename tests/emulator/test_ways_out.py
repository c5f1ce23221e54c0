"""No path, name or id leads a hostile program out of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator

from .raw_socket import exchange, get, is_well

SECRET = b"outside-of-the-store"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        (running.world.folder / "secret").write_bytes(SECRET)
        yield running


WAYS_OUT = [
    b"..", b"../secret", b"%2e%2e/secret", b"%2e%2e%2fsecret", b"..%2fsecret", b"..%5csecret",
    b"%252e%252e%252fsecret", b"..\\secret", b"..;/secret", b"./../secret", b"a/../../secret",
    b"/secret", b"//secret", b"%2fetc%2fpasswd", b"/etc/passwd", b"//etc/passwd",
    b"..%00/secret", b"%00", b"secret%00.zip", b"\xc0\xae\xc0\xae/secret", b"%c0%ae%c0%ae/secret",
    b"%uff0e%uff0e/secret", b"....//secret", b".%0d./secret", b"CON", b"nul", b"aux.zip", b"/dev/zero",
    b"%2fdev%2fzero", b"/proc/self/environ", b"file:///etc/passwd", b"C:\\windows\\win.ini", b"C:/",
    b"\\\\server\\share", b"~root/x", b"~/x", b"$HOME/x", b"*", b"%", b"%zz", b"\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_path_leads_out_of_the_store(emulator: Emulator, way: bytes) -> None:
    targets = [
        b"/static_server/" + way,
        b"/static_server" + way,
        b"http://localhost/static_server/" + way,
    ]
    for target in targets:
        answer = get(emulator, target)

        assert SECRET not in answer
        assert b"root:" not in answer
        assert b'<a href="runs/' not in answer  # the listing of the folder above
        assert answer[9:12] in (b"", b"200", b"301", b"400", b"403", b"404"), answer[:200]


@pytest.mark.parametrize("way", WAYS_OUT)
@pytest.mark.parametrize("place", ["path", "filename"])
def test_no_upload_is_written_out_of_the_store(emulator: Emulator, place: str, way: bytes) -> None:
    folder, name = (way, b"x.zip") if place == "path" else (b".", way)
    body = (
        b'--cut\r\nContent-Disposition: form-data; name="path"\r\n\r\n' + folder + b"\r\n"
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
        b"content\r\n--cut--\r\n"
    )
    head = (
        b"POST /policy_store/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    before = outside(emulator)
    answer = exchange(emulator, head + body)

    assert answer[9:12] in (b"200", b"400"), answer[:200]
    assert before == outside(emulator)
    assert is_well(emulator)


def outside(emulator: Emulator) -> list[str]:
    """Return what lies in the emulator's folder beside the store."""
    folder, store = emulator.world.folder, emulator.world.store
    return sorted(str(p) for p in folder.rglob("*") if not p.is_relative_to(store))


BY_ID = [
    b"/blocks/blocks/", b"/block_metrics/block/", b"/block_metrics/block/health/",
    b"/clusters/clusters/", b"/policy_system/policy/", b"/policy_system/executor/",
    b"/policy_system/function/", b"/policy_system/graphs/", b"/policy_system/jobs/",
    b"/inference_servers/inference_server/", b"/adhoc_control/logs/block/",
    b"/logs/loki/api/v1/label/", b"/_emulator/latency/", b"/_emulator/faults/",
]  # fmt: skip


@pytest.mark.parametrize("place", BY_ID)
def test_no_id_or_uri_reads_a_file(
    emulator: Emulator, place: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for way in WAYS_OUT:
        answer = get(emulator, place + way)

        assert SECRET not in answer
        assert b"root:" not in answer
        assert not answer or 200 <= int(answer[9:12]) <= 501
    assert [] == [record.getMessage() for record in caplog.records]


def test_a_saved_fleet_stays_in_its_folder_whatever_its_blocks_are_called(
    emulator: Emulator, tmp_path: Path
) -> None:
    ids = ["../../evil", "/etc/evil", "a/b", "..", ".", "C:\\x", "nul\0", "~/x"]
    for block_id in ids:
        emulator.world.blocks.insert({"id": block_id})
    emulator.world.save_fleet(tmp_path / "in" / "fleet")
    for block_id in ids:
        emulator.world.blocks.remove(emulator.world.block(block_id) or {})

    assert ["in"] == [p.name for p in tmp_path.iterdir()]
    assert ["fleet"] == [p.name for p in (tmp_path / "in").iterdir()]
    assert {"_.._evil.json", "_..json"} & {p.name for p in tmp_path.glob("in/fleet/blocks/*")}
