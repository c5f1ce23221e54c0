"""The thread that serves: it ends in time, whatever it is waiting for."""

import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

from aios_nb.emulator import Emulator

from .engine.archive_files import policy
from .test_code_sources import run_in


def test_a_request_still_running_does_not_hold_up_closing() -> None:
    emulator = Emulator().start()
    place = emulator.url.removeprefix("http://")
    fault = json.dumps({"service": "blocks", "kind": "silent"})
    control = http.client.HTTPConnection(place, timeout=5)
    control.request("POST", "/_emulator/faults", fault)
    assert control.getresponse().status == 201
    hanging = http.client.HTTPConnection(place, timeout=5)
    hanging.request("GET", "/blocks/blocks")
    threading.Event().wait(0.1)
    thread = emulator._thread
    emulator.close()

    assert not thread.is_alive()


def test_a_server_that_does_not_deliver_holds_up_no_closing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, ThreadPoolExecutor(1) as caller:
        source = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        emulator = Emulator(code_sources=[source], wait_limit_s=20).start()
        caller.submit(run_in, emulator, f"{source}p.zip")
        asked, _ = mute.accept()
        asked.recv(1)
        thread = emulator._thread
        emulator.close()
        is_alive = thread.is_alive()
        asked.close()

    assert not is_alive


def test_servers_that_do_not_deliver_keep_no_other_policy_from_starting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, ThreadPoolExecutor(40) as callers:
        source = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        with Emulator(code_sources=[source], wait_limit_s=3) as emulator:
            (emulator.world.store / "p.zip").write_bytes(policy("return 'fine'"))
            waiting = [callers.submit(run_in, emulator, f"{source}{n}.zip") for n in range(40)]
            threading.Event().wait(0.5)
            answer = run_in(emulator, f"{emulator.addresses['static_server']}/p.zip", version="2")
            assert all("emulator: AIOS would" in str(each.result()) for each in waiting)

    assert {"data": "fine", "success": True} == answer
