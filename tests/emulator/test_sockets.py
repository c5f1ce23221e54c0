"""Every service over a real socket: what its framework adds to what its handlers say (§4)."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.app import SERVICES
from aios_nb.emulator.frameworks import WERKZEUG

FLASK = [name for name, service in SERVICES.items() if service.framework is WERKZEUG]
LOKI = "/api/datasources/proxy/1/loki/api/v1"
ADMIN = ("admin", "admin")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def ask(emulator: Emulator, service: str, method: str, path: str, **options) -> httpx.Response:
    return httpx.request(method, emulator.addresses[service] + path, timeout=10, **options)


def status_line(emulator: Emulator, service: str, method: str, path: str) -> tuple[int, int, str]:
    address = urlsplit(emulator.addresses[service])
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    try:
        connection.request(method, address.path + path)
        answer = connection.getresponse()
        return answer.version, answer.status, answer.reason
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("service", "method", "path", "status"),
    [
        ("policy_store", "POST", "/upload", 400),
        ("static_server", "GET", "/", 200),
        ("policy_system", "GET", "/policy/ghost", 200),
        ("policy_executor", "POST", "/execute_policy", 500),
        ("block_metrics", "GET", "/block/ghost", 200),
        ("router", "POST", "/api/search", 500),
        ("search_server", "POST", "/api/similarity-search", 400),
        ("blocks", "GET", "/blocks/ghost", 404),
        ("clusters", "GET", "/clusters/ghost", 404),
        ("components", "GET", "/health", 200),
        ("inference_servers", "GET", "/inference_server/ghost", 404),
        ("adhoc", "POST", "/v1/infer", 200),
        ("adhoc_control", "GET", "/logs/session/s", 500),
        ("logs", "GET", "/loki/api/v1/labels", 200),
    ],
)
def test_every_service_answers_at_its_address(
    emulator: Emulator, service: str, method: str, path: str, status: int
) -> None:

    assert status == ask(emulator, service, method, path).status_code


@pytest.mark.parametrize("service", FLASK)
def test_an_unknown_path_of_a_flask_service_is_werkzeugs_page(
    emulator: Emulator, service: str
) -> None:
    answer = ask(emulator, service, "GET", "/no/such/path")

    assert (404, "text/html; charset=utf-8") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert "close" == answer.headers["connection"]
    assert answer.headers["server"].startswith("Werkzeug/")
    assert answer.text.startswith(
        "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    )


@pytest.mark.parametrize(
    ("service", "method", "path", "allowed"),
    [
        ("policy_system", "PATCH", "/policy", "OPTIONS, POST"),
        ("policy_system", "POST", "/policy/x", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("policy_system", "GET", "/executor/x/execute_policy", "OPTIONS, POST"),
        ("policy_executor", "GET", "/execute_policy", "OPTIONS, POST"),
        ("block_metrics", "GET", "/block", "OPTIONS, POST"),
        ("inference_servers", "GET", "/inference_servers", "OPTIONS, POST"),
        ("adhoc_control", "POST", "/logs/session/x", "GET, HEAD, OPTIONS"),
        ("adhoc", "GET", "/v1/infer", "OPTIONS, POST"),
        ("search_server", "GET", "/api/filter-data", "OPTIONS, POST"),
        ("router", "GET", "/api/search", "OPTIONS, POST"),
        ("policy_store", "GET", "/upload", "OPTIONS, POST"),
    ],
)
def test_a_wrong_verb_of_a_flask_service_is_a_405_page(
    emulator: Emulator, service: str, method: str, path: str, allowed: str
) -> None:
    answer = ask(emulator, service, method, path)

    assert (405, allowed) == (answer.status_code, answer.headers["allow"])
    assert "<h1>Method Not Allowed</h1>" in answer.text


def test_a_slash_at_the_end_is_another_path_for_flask(emulator: Emulator) -> None:

    assert 404 == ask(emulator, "policy_system", "GET", "/policy/x/").status_code
    assert 404 == ask(emulator, "policy_system", "GET", "/executor/x/nothing").status_code


@pytest.mark.parametrize("path", ["/quota/s", "/quota/exists/s", "/quota/reset/s"])
def test_the_ad_hoc_server_has_no_quota_as_upstream(emulator: Emulator, path: str) -> None:

    assert 404 == ask(emulator, "adhoc", "GET", path).status_code


def test_flask_answers_options_by_itself(emulator: Emulator) -> None:
    answer = ask(emulator, "policy_system", "OPTIONS", "/policy")

    assert (200, "OPTIONS, POST", "") == (answer.status_code, answer.headers["allow"], answer.text)


def test_werkzeug_shouts_its_reason_phrases(emulator: Emulator) -> None:

    assert (11, 405, "METHOD NOT ALLOWED") == status_line(
        emulator, "policy_system", "GET", "/policy"
    )
    assert (11, 404, "Not Found") == status_line(emulator, "blocks", "GET", "/none")


@pytest.mark.parametrize("path", ["/blocks/", "/Blocks", "/BLOCKS/"])
def test_express_takes_any_case_and_a_slash_at_the_end(emulator: Emulator, path: str) -> None:

    assert ask(emulator, "blocks", "GET", "/blocks").json() == (
        ask(emulator, "blocks", "GET", path).json()
    )


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("blocks", "PUT", "/blocks"),
        ("clusters", "GET", "/clusters"),
        ("components", "GET", "/api/registerComponent"),
        ("components", "GET", "/Nothing/"),
    ],
)
def test_a_wrong_verb_or_path_of_an_express_service_cannot_be(
    emulator: Emulator, service: str, method: str, path: str
) -> None:
    answer = ask(emulator, service, method, path)

    assert (404, "Express") == (answer.status_code, answer.headers["x-powered-by"])
    assert f"<pre>Cannot {method} {path}</pre>" in answer.text


def test_express_lists_its_verbs_in_the_answer_to_options(emulator: Emulator) -> None:
    answer = ask(emulator, "blocks", "OPTIONS", "/blocks")

    assert (200, "GET,HEAD,POST", "GET,HEAD,POST") == (
        answer.status_code,
        answer.headers["allow"],
        answer.text,
    )


def test_express_answers_compact_json_without_a_newline(emulator: Emulator) -> None:
    answer = ask(emulator, "blocks", "GET", "/blocks/ghost")

    assert "application/json; charset=utf-8" == answer.headers["content-type"]
    assert '{"message":"Block not found"}' == answer.text


@pytest.mark.parametrize("service", ["blocks", "clusters", "components"])
def test_malformed_json_never_reaches_an_express_handler(emulator: Emulator, service: str) -> None:
    path = {"blocks": "/blocks", "clusters": "/clusters", "components": "/api/query"}[service]
    headers = {"content-type": "application/json"}
    answer = ask(emulator, service, "POST", path, content="{", headers=headers)

    assert (400, "text/html; charset=utf-8") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert "<pre>SyntaxError: " in answer.text


def test_the_static_server_speaks_http_1_0_and_words_its_own_errors(emulator: Emulator) -> None:

    assert (10, 200, "OK") == status_line(emulator, "static_server", "GET", "/")
    assert (10, 404, "File not found") == status_line(emulator, "static_server", "GET", "/x.zip")
    assert (10, 501, "Unsupported method ('POST')") == status_line(
        emulator, "static_server", "POST", "/x.zip"
    )


def test_an_upload_is_downloaded_by_its_name(emulator: Emulator) -> None:
    files = {"file": ("lesson.zip", b"PK")}
    ask(emulator, "policy_store", "POST", "/upload", files=files, data={"path": "."})
    answer = ask(emulator, "static_server", "GET", "/lesson.zip")

    assert (b"PK", "application/zip") == (answer.content, answer.headers["content-type"])
    assert answer.headers["server"].startswith("SimpleHTTP/0.6 Python/3.9")


def test_loki_is_reached_through_grafana_with_its_login(emulator: Emulator) -> None:
    ask(emulator, "search_server", "POST", "/api/similarity-search", json={"body": {"values": {}}})
    names = ask(emulator, "logs", "GET", f"{LOKI}/labels", auth=ADMIN)
    values = ask(emulator, "logs", "GET", f"{LOKI}/label/container/values", auth=ADMIN)
    by_uid = "/api/datasources/proxy/uid/loki/loki/api/v1/labels"

    assert "container" in names.json()["data"]
    assert "search-server" in values.json()["data"]
    assert names.json() == ask(emulator, "logs", "GET", by_uid, auth=ADMIN).json()


def test_lines_come_through_grafana_as_they_come_from_loki(emulator: Emulator) -> None:
    query = {"query": '{container="search-server"}', "limit": "1"}
    ask(emulator, "search_server", "POST", "/api/similarity-search", json={"body": {"values": {}}})
    direct = ask(emulator, "logs", "GET", "/loki/api/v1/query_range", params=query)
    proxied = ask(emulator, "logs", "GET", f"{LOKI}/query_range", params=query, auth=ADMIN)
    posted = ask(emulator, "logs", "POST", f"{LOKI}/query_range", data=query, auth=ADMIN)

    assert 1 == len(direct.json()["data"]["result"][0]["values"])
    assert direct.json() == proxied.json() == posted.json()


@pytest.mark.parametrize(
    ("login", "message"),
    [(None, "Unauthorized"), (("admin", "wrong"), "Invalid username or password")],
)
def test_grafana_wants_its_login(emulator: Emulator, login, message: str) -> None:
    answer = ask(emulator, "logs", "GET", f"{LOKI}/labels", auth=login)

    assert (401, {"message": message}) == (answer.status_code, answer.json())


def test_a_path_that_loki_lacks_is_gos_404(emulator: Emulator) -> None:
    answer = ask(emulator, "logs", "GET", f"{LOKI}/nothing", auth=ADMIN)

    assert (404, "404 page not found\n") == (answer.status_code, answer.text)


def nested(depth: int) -> dict[str, object]:
    content = '{"query":' + '{"a":' * depth + "1" + "}" * depth + "}"
    return {"content": content, "headers": {"content-type": "application/json"}}


DEEP = pytest.mark.parametrize(
    ("service", "method", "path", "key"),
    [
        ("block_metrics", "PUT", "/block/deep", "error"),
        ("policy_system", "POST", "/policy/query", "message"),
        ("blocks", "POST", "/blocks", "message"),
        ("clusters", "POST", "/clusters/query", "error"),
        ("components", "POST", "/api/query", "message"),
        ("inference_servers", "POST", "/inference_servers", "error"),
    ],
)


@DEEP
def test_a_document_nested_too_deep_is_told_in_the_services_own_shape(
    emulator: Emulator, service: str, method: str, path: str, key: str
) -> None:
    answer = ask(emulator, service, method, path, **nested(100_000))

    assert "maximum recursion depth exceeded" in answer.json()[key]


@DEEP
def test_a_document_nested_deep_never_ends_on_a_page_for_bugs(
    emulator: Emulator, service: str, method: str, path: str, key: str
) -> None:
    answer = ask(emulator, service, method, path, **nested(900))

    assert "application/json" == answer.headers["content-type"].split(";")[0]
