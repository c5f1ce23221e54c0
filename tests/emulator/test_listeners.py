"""Where an emulator listens: one port for all, the guide's own, and a clear no."""

import json
import socket
import urllib.request

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.app import SERVICES
from aios_nb.emulator.listeners import EmulatorError


def get(url: str) -> object:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def test_all_services_share_one_free_port() -> None:
    with Emulator() as emulator:
        blocks = get(emulator.addresses["blocks"] + "/blocks")

    assert len(blocks) >= 12
    assert set(SERVICES) <= set(emulator.addresses)
    assert f"{emulator.url}/adhoc" == emulator.addresses["adhoc"]


def test_two_emulators_run_side_by_side() -> None:
    with Emulator() as one, Emulator() as other:
        urls = {one.url, other.url}
        answers = [get(e.addresses["blocks"] + "/blocks") for e in (one, other)]

    assert len(urls) == 2
    assert answers[0] == answers[1]


def test_guide_ports_serve_each_service_at_the_root_of_its_own_port(free_guide_ports: None) -> None:
    with Emulator(guide_ports=True) as emulator:
        blocks = get("http://127.0.0.1:30100/blocks")
        same = get(f"{emulator.url}/blocks/blocks")
        health = get("http://127.0.0.1:30201/block/health/atlas-14b-chat")

    assert same == blocks
    assert health["healthy"]
    assert emulator.addresses["adhoc"] == "http://127.0.0.1:31504"


def test_a_guide_port_knows_its_own_service_alone(free_guide_ports: None) -> None:
    with Emulator(guide_ports=True), pytest.raises(urllib.request.HTTPError) as wrong:
        get("http://127.0.0.1:30100/policy_system/policy/x")

    assert wrong.value.code == 404


@pytest.fixture
def free_guide_ports() -> None:
    for service in SERVICES.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", service.port))
            except OSError:
                pytest.skip(f"port {service.port} of the guide is in use on this machine")


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with Emulator() as running:
        port = int(running.url.rsplit(":", 1)[1])
        with pytest.raises(EmulatorError) as refused:
            Emulator(port=port).start()

    assert f"port {port} of 127.0.0.1 is in use" in str(refused.value)
    assert "take another port" in str(refused.value)


def test_a_guide_port_in_use_frees_the_others_again(free_guide_ports: None) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 31504))
        other.listen()
        with pytest.raises(EmulatorError) as refused:
            Emulator(guide_ports=True).start()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", 30186))

    assert "port 31504" in str(refused.value)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(EmulatorError) as refused:
        Emulator(port=port).start()

    assert f"port {port}" in str(refused.value)
