"""A client of servers that are slow, silent or odd: each failure is told in words."""

import dataclasses

import pytest
from stub_server import StubServer, Told

from aios_nb import AIOSClient, Endpoints, InferenceRequest, ServiceError, TransportError


def of_stub(stub: StubServer, **limits: float) -> AIOSClient:
    names = [field.name for field in dataclasses.fields(Endpoints)]
    return AIOSClient(Endpoints(**dict.fromkeys(names, stub.url)), **limits)


def sent(stub: StubServer) -> tuple[str, str]:
    return stub.asked[-1].method, stub.asked[-1].path


def test_a_slash_in_an_id_leads_nowhere_else(stub: StubServer) -> None:
    stub.tell("GET", "/blocks/a%2Fb", Told({"id": "a/b"}))
    block = of_stub(stub).read_block("a/b")

    assert {"id": "a/b"} == block
    assert ("GET", "/blocks/a%2Fb") == sent(stub)


def test_a_slow_answer_ends_with_the_limit_named(stub: StubServer) -> None:
    stub.tell("GET", "/blocks/a", Told({}, delay_s=2.0))
    with pytest.raises(TransportError, match=r"0\.2 s"):
        of_stub(stub, timeout_s=0.2).read_block("a")


def test_a_silent_block_is_explained(stub: StubServer) -> None:
    stub.tell("POST", "/v1/infer", Told({}, delay_s=2.0))
    with pytest.raises(TransportError, match="do not repeat the same"):
        of_stub(stub).infer(InferenceRequest(message="Hello", model="a"), timeout_s=0.2)


def test_an_answer_that_is_no_json_is_not_taken_for_a_reply(stub: StubServer) -> None:
    stub.tell("POST", "/v1/infer", Told(raw=b"<html>hello</html>"))
    with pytest.raises(TransportError, match="JSON"):
        of_stub(stub).infer(InferenceRequest(message="Hello", model="a"))


def test_a_reply_without_its_keys_is_a_service_error(stub: StubServer) -> None:
    stub.tell("POST", "/v1/infer", Told({"hello": "there"}))
    with pytest.raises(ServiceError, match="address that of another service"):
        of_stub(stub).infer(InferenceRequest(message="Hello", model="a"))


def test_logs_go_through_grafana_when_credentials_are_given(stub: StubServer) -> None:
    path = "/api/datasources/proxy/7/loki/api/v1/query_range"
    stub.tell("GET", path, Told({"status": "success", "data": {"result": []}}))
    client = AIOSClient(
        Endpoints(logs=stub.url), grafana=("admin", "secret"), grafana_datasource="7"
    )

    assert [] == client.read_logs('{container="x"}')
    assert "Basic YWRtaW46c2VjcmV0" == stub.asked[-1].headers["Authorization"]
    assert "YWRtaW46c2VjcmV0" not in repr(client.history)
