"""Loki's API over the logbook: golden case 26 and LogQL as far as a tutorial needs it."""

import time

import pytest

from aios_nb.emulator.services import logs
from aios_nb.emulator.world import EXECUTOR_LOG, SEARCH_LOG, World

from ..harness import call

EXECUTOR = '{container="executor-executor-001"}'


@pytest.fixture
def written(world: World) -> World:
    for name in ("atlas", "lynx"):
        text = f"Candidate '{name}' - Final Score: 0.5"
        world.logs.write(
            EXECUTOR_LOG,
            f"12:00 - AIOSv1PolicyRule. - INFO - {text}",
            f"INFO:AIOSv1PolicyRule.:{text}",
        )
    world.logs.write(SEARCH_LOG, "INFO:root:db query: block - {}", "similarity search output: {}")
    return world


def ask(world: World, query: str, **params):
    path = "/loki/api/v1/query_range"
    return call(world, logs.query_range, "GET", path, params={"query": query, **params})


def texts(answer) -> list[str]:
    streams = answer.json()["data"]["result"]
    return [text for stream in streams for _, text in stream["values"]]


def test_scores_are_found_twice_per_candidate_under_the_executors_container(written: World) -> None:
    answer = ask(written, f'{EXECUTOR} |= "Final Score"')
    body = answer.json()

    assert 4 == len(texts(answer))
    assert ("success", "streams") == (body["status"], body["data"]["resultType"])
    assert [EXECUTOR_LOG] == [stream["stream"] for stream in body["data"]["result"]]


def test_time_stamps_are_strings_of_nanoseconds(written: World) -> None:
    stamp, _ = ask(written, EXECUTOR).json()["data"]["result"][0]["values"][0]

    assert 19 == len(stamp)
    assert abs(int(stamp) - time.time_ns()) < 60e9


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (EXECUTOR, 4),
        (f'{EXECUTOR} |= "INFO - Candidate"', 2),
        (f'{EXECUTOR} |= "Score" != "lynx"', 2),
        (f'{EXECUTOR} |~ "atlas|lynx" !~ "^INFO"', 2),
        ('{namespace="utils"} |= "db query"', 1),
        ('{namespace=~"utils|policies.*"}', 6),
        ('{namespace=~"util"}', 0),
        ('{namespace!~"ut.*", container=~".+"}', 4),
        ('{container="executor-executor-001", namespace="utils"}', 0),
        (f"{EXECUTOR} |= `'atlas'`", 2),
        (f'{EXECUTOR} |~ "(?i)FINAL score"', 4),
        ('{nothing="", job=~".+"}', 6),
        ('{ namespace = "utils" }', 2),
        ('{container="none"}', 0),
    ],
)
def test_selectors_and_line_filters(written: World, query: str, count: int) -> None:

    assert count == len(texts(ask(written, query)))


def test_the_newest_lines_come_first_unless_asked_otherwise(written: World) -> None:
    backward = texts(ask(written, EXECUTOR, limit=1))
    forward = texts(ask(written, EXECUTOR, limit=1, direction="forward"))

    assert "lynx" in backward[0]
    assert "atlas" in forward[0]


def test_start_counts_and_end_does_not(written: World) -> None:
    first, second = (line.ns for line in list(written.logs.lines)[:2])

    assert 1 == len(texts(ask(written, EXECUTOR, start=str(first), end=str(second))))


@pytest.mark.parametrize("start", ["{s}", "{s}.5", "2020-01-01T00:00:00Z"])
def test_times_may_be_seconds_fractions_or_rfc_3339(written: World, start: str) -> None:
    start = start.format(s=int(time.time()) - 60)

    assert 4 == len(texts(ask(written, EXECUTOR, start=start)))


def test_a_span_in_the_past_holds_nothing(written: World) -> None:

    assert [] == texts(ask(written, EXECUTOR, start="100", end="200"))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "parse error at line 1, col 1: syntax error: unexpected $end"),
        ("container", "parse error at line 1, col 1: syntax error: unexpected IDENTIFIER"),
        ("{container=}", "parse error at line 1, col 12: syntax error: unexpected }"),
        ('{container="x"', "parse error at line 1, col 15: syntax error: unexpected $end"),
        ('{container="x} |= "y"', "parse error at line 1, col"),
        ('{container=~"["}', "parse error at line 1, col 13: error parsing regexp: "),
        ('{container="x"} | json', "of the pipeline only line filters"),
        ('{container=~".*"}', "queries require at least one regexp or equality matcher"),
        ("{}", "queries require at least one regexp or equality matcher"),
        ('count_over_time({a="x"} [5x])', 'not a valid duration string: "5x"'),
        ('{a="x"} trailing', "unexpected IDENTIFIER"),
    ],
)
def test_a_malformed_query_is_a_400_in_plain_text(written: World, query: str, text: str) -> None:
    answer = ask(written, query)

    assert (400, "text/plain; charset=utf-8") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert text in answer.text


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "x"},
        {"limit": "0"},
        {"limit": "5001"},
        {"direction": "up"},
        {"start": "soon"},
        {"start": "200", "end": "100"},
        {"since": "x"},
    ],
)
def test_malformed_parameters_are_a_400(written: World, params: dict[str, str]) -> None:

    assert 400 == ask(written, EXECUTOR, **params).status_code


def test_counts_come_as_a_matrix(written: World) -> None:
    query = 'sum by (namespace) (count_over_time({job=~".+"} [1h]))'
    now = time.time_ns()
    answer = ask(written, query, start=str(now - 10**9), end=str(now), step="1")
    found = {s["metric"]["namespace"]: s["values"][-1][1] for s in answer.json()["data"]["result"]}

    assert "matrix" == answer.json()["data"]["resultType"]
    assert {"policies-system": "4", "utils": "2"} == found


def test_a_count_at_one_time_comes_as_a_vector(written: World) -> None:
    query = f'sum(rate({EXECUTOR} |= "Final" [40s]))'
    answer = call(written, logs.query, "GET", "/loki/api/v1/query", params={"query": query})
    data = answer.json()["data"]

    assert ("vector", {}, "0.1") == (
        data["resultType"],
        data["result"][0]["metric"],
        data["result"][0]["value"][1],
    )


def test_too_many_points_are_refused(written: World) -> None:
    answer = ask(written, f"rate({EXECUTOR}[1m])", start="0", step="1")

    assert 400 == answer.status_code
    assert "exceeded maximum resolution of 11,000 points" in answer.text


def test_an_instant_query_shows_the_last_lines(written: World) -> None:
    params = {"query": EXECUTOR, "limit": "2"}
    answer = call(written, logs.query, "GET", "/loki/api/v1/query", params=params)

    assert 2 == len(texts(answer))


def test_a_query_may_be_posted_as_a_form(written: World) -> None:
    path = "/loki/api/v1/query_range"
    answer = call(written, logs.query_range, "POST", path, data={"query": EXECUTOR})

    assert 4 == len(texts(answer))


def test_labels_and_their_values_are_listed(written: World) -> None:
    labels = call(written, logs.labels, "GET", "/loki/api/v1/labels")
    path = "/loki/api/v1/label/{}/values"
    values = call(written, logs.label_values, "GET", path.format("container"))
    none = call(written, logs.label_values, "GET", path.format("ghost"))

    assert sorted(EXECUTOR_LOG) == labels.json()["data"]
    assert ["executor-executor-001", "search-server"] == values.json()["data"]
    assert '{"status":"success"}' == none.text


def test_series_are_the_label_sets_that_match(written: World) -> None:
    path = "/loki/api/v1/series"
    some = call(written, logs.series, "GET", path, params={"match[]": EXECUTOR})
    every = call(written, logs.series, "GET", path)

    assert [EXECUTOR_LOG] == some.json()["data"]
    assert 2 == len(every.json()["data"])


def test_loki_and_grafana_say_that_they_are_up(world: World) -> None:

    assert "ready\n" == call(world, logs.ready, "GET", "/ready").text
    assert "ok" == call(world, logs.health, "GET", "/api/health").json()["database"]


@pytest.mark.parametrize(
    "rest",
    [
        "labels",
        "label/container/values",
        "series",
        f"query?query={EXECUTOR}",
        f"query_range?query={EXECUTOR}",
    ],
)
def test_grafana_passes_queries_on_after_a_login(written: World, rest: str) -> None:
    path = f"/api/datasources/proxy/1/loki/api/v1/{rest}"
    good = call(written, logs.proxied, "GET", path, auth=("admin", "admin"))
    wrong = call(written, logs.proxied, "GET", path, auth=("admin", "x"))
    stranger = call(written, logs.proxied, "GET", path)

    assert (200, "success") == (good.status_code, good.json()["status"])
    assert (401, "Invalid username or password") == (wrong.status_code, wrong.json()["message"])
    assert (401, "Unauthorized") == (stranger.status_code, stranger.json()["message"])


def test_grafana_does_not_know_other_paths(written: World) -> None:
    path = "/api/datasources/proxy/1/loki/api/v1/push"

    assert 404 == call(written, logs.proxied, "GET", path, auth=("admin", "admin")).status_code


def test_the_page_shows_lines_escaped_and_offers_the_containers(written: World) -> None:
    written.logs.write(EXECUTOR_LOG, "<script>alert(1)</script>")
    answer = call(written, logs.explore, "GET", "/explore", params={"query": EXECUTOR})

    assert 200 == answer.status_code
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "search-server</a>" in answer.text


def test_the_page_shows_a_malformed_query_as_a_complaint(written: World) -> None:
    answer = call(written, logs.explore, "GET", "/explore", params={"query": '"><b'})

    assert 'role="alert">parse error' in answer.text
    assert "<b" not in answer.text.partition("<form")[2].replace("<button", "")
