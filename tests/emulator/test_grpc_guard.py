"""gRPC listens where HTTP does, and asks other machines for the same token."""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

grpc = pytest.importorskip("grpc")
pytest.importorskip("google.protobuf")

from aios_nb.emulator import Emulator  # noqa: E402
from aios_nb.emulator.grpc_guard import guarded  # noqa: E402
from aios_nb.emulator.grpc_messages import message_classes  # noqa: E402

TOKEN = "s3cret-t0ken"
BEARER = (("authorization", f"Bearer {TOKEN}"),)
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
HERE, THERE = "ipv4:127.0.0.1:40000", "ipv4:203.0.113.9:40000"


def place_of(emulator: Emulator) -> str:
    return emulator.addresses["grpc"].removeprefix("grpc://")


def session_of_answer(place: str, metadata: tuple[tuple[str, str], ...] = ()) -> str:
    """Ask for a block that is not there, and return the session that the answer echoes."""
    classes = message_classes()
    packet = classes["BlockInferencePacket"](block_id="ghost", session_id="s", data="{}")
    with grpc.insecure_channel(place) as channel:
        method = channel.unary_unary(
            "/BlockInferenceService/infer",
            request_serializer=type(packet).SerializeToString,
            response_deserializer=classes["AIOSPacket"].FromString,
        )
        return str(method(packet, timeout=10, metadata=metadata).session_id)


def listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_grpc_listens_on_the_host_asked_for_and_on_no_other() -> None:
    with Emulator(host="127.0.0.2", grpc_port=0) as emulator:
        host, _, port = place_of(emulator).rpartition(":")
        found = [listens(name, int(port)) for name in ("127.0.0.2", "127.0.0.1", "127.0.0.3")]
        session = session_of_answer(place_of(emulator))

    assert "127.0.0.2" == host
    assert [True, False, False] == found
    assert "s" == session


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["localhost", "::1", "[::1]"])
def test_grpc_is_where_http_is(host: str) -> None:
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with Emulator(host=host, grpc_port=0) as emulator:
        session = session_of_answer(place_of(emulator))
        hosts = [urlsplit(url).hostname for url in (emulator.url, emulator.addresses["grpc"])]

    assert hosts[0] == hosts[1]
    assert "s" == session


def test_this_machine_needs_no_token_on_all_addresses() -> None:
    with Emulator(host="0.0.0.0", token=TOKEN, grpc_port=0) as emulator:
        place = place_of(emulator)
        session = session_of_answer(place)

    assert place.startswith("127.0.0.1:")
    assert "s" == session


@pytest.fixture
def outer_address() -> str:
    """An address of this machine that is not loopback; whoever calls from it looks foreign."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])


def test_a_call_from_outside_must_send_the_token(outer_address: str) -> None:
    with Emulator(host="0.0.0.0", token=TOKEN, grpc_port=0) as emulator:
        place = f"{outer_address}:{place_of(emulator).rpartition(':')[2]}"
        with pytest.raises(grpc.RpcError) as refused:
            session_of_answer(place)
        with pytest.raises(grpc.RpcError) as wrong:
            session_of_answer(place, (("authorization", "Bearer wrong"),))
        lines = [line.text for line in emulator.world.logs.lines]
        session = session_of_answer(place, BEARER)

    assert UNAUTHENTICATED == refused.value.code() == wrong.value.code()
    assert "must send the emulator's token" in refused.value.details()
    assert [] == lines  # nothing of a stranger's got to the service
    assert "s" == session


class EndedError(Exception):
    """What grpc raises when a call is aborted."""


class Call:
    """The context of one call, as far as the guard goes."""

    def __init__(self, peer: str, metadata: tuple[tuple[str, str | bytes], ...]) -> None:
        self._peer, self._metadata = peer, metadata

    def peer(self) -> str:
        return self._peer

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        return self._metadata

    async def abort(self, code: Any, details: str) -> None:
        raise EndedError(code, details)


def outcome(peer: str, *metadata: tuple[str, str | bytes], token: str | None = TOKEN) -> Any:
    """Return what a call from ``peer`` is answered, or the status that it ends with."""

    async def method(request: str, context: Call) -> str:
        return request

    answer = guarded(method, address="192.0.2.1", token=token)
    try:
        return asyncio.run(answer("answer", Call(peer, metadata)))
    except EndedError as ended:
        return ended.args[0]


@pytest.mark.parametrize(
    "peer",
    [HERE, "ipv4:127.8.9.1:1", "ipv6:%5B::1%5D:57284", "ipv6:[::1]:57284", "ipv4:192.0.2.1:5"],
)
def test_who_calls_from_this_machine_is_let_in(peer: str) -> None:

    assert "answer" == outcome(peer)


@pytest.mark.parametrize(
    "peer",
    [THERE, "ipv6:%5B2001:db8::1%5D:5", "ipv4:192.0.2.11:5", "unix:", "unix:127.0.0.1", "", "::1"],
)
def test_who_calls_from_elsewhere_needs_the_token(peer: str) -> None:

    assert UNAUTHENTICATED == outcome(peer)
    assert "answer" == outcome(peer, *BEARER)


@pytest.mark.parametrize(
    "metadata",
    [
        [("authorization", TOKEN)],
        [("authorization", "Bearer")],
        [("authorization", "Bearer s3cret-t0keN")],
        [("authorization-bin", f"Bearer {TOKEN}".encode())],
        [("token", f"Bearer {TOKEN}")],
    ],
)
def test_what_is_not_the_token_lets_nobody_in(metadata: list[tuple[str, str | bytes]]) -> None:

    assert UNAUTHENTICATED == outcome(THERE, *metadata)


@pytest.mark.parametrize("authorization", ["Bearer ", "Bearer None", f"Bearer {TOKEN}", ""])
def test_without_a_token_nobody_from_elsewhere_is_let_in(authorization: str) -> None:

    assert UNAUTHENTICATED == outcome(THERE, ("authorization", authorization), token=None)
    assert "answer" == outcome(HERE, token=None)
