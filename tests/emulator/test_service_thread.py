"""The thread that serves: it ends in time, whatever it is waiting for."""

import http.client
import json
import threading

from aios_nb.emulator import Emulator


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
