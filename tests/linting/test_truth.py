"""What the linter says AIOS will do, AIOS does: bad examples are sent to the emulator."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from aios_nb import PolicyPackage, PolicyRegistration, connect, lint
from aios_nb.client import AIOSClient

from .examples import FILTERS, QUERIES, REGISTRATIONS, REQUESTS
from .payloads import (
    JSON,
    LIVE,
    META,
    blocks,
    clusters,
    every,
    measured,
    metrics,
    ranked,
    request,
    says,
    some,
)

ROOT = Path(__file__).parents[2]
EVERY = blocks(says("id", "LIKE", "*"))
UPTIME = "instances.uptime_hours"
MMLU = f"{META}.evaluation.benchmarks.MMLU.value"
TOKENS = "instances.llm_tokens_per_second"
POLICY = PolicyPackage.from_folder(ROOT / "notebooks" / "policies" / "attributebasedrouter")


def consequence(bad: JSON, code: str, place: str) -> str:
    return next(f.consequence for f in lint(bad) if (f.code, f.place) == (code, place))


def quoted(examples: list[tuple[str, str, Any, Any]], before: str) -> list[tuple[JSON, str]]:
    """Return the bad examples of which the linter quotes AIOS's words, and these words."""
    said = [(bad, re.search(before + r' "([^…]*?)"', consequence(bad, c, p)))
            for c, p, bad, _ in examples]  # fmt: skip
    return [(bad, found[1]) for bad, found in said if found]


SENDABLE = [e for e in FILTERS if isinstance(e[2].get("filter"), dict) and "matchType" in e[2]]
REFUSED = quoted(SENDABLE, "refuses the search with")
FAILING = [e[2] for e in SENDABLE if consequence(e[2], *e[:2]).startswith("fails the whole search")]
WORKING = [e[2] for e in SENDABLE if not lint(e[2]).errors]
ANSWERED = quoted([e for e in REQUESTS if e[0] != "T40"], "answers")  # T40 asks another path
SELECTED = quoted(QUERIES, "answers")
RECORDED = [(bad, words) for bad, words in quoted(REGISTRATIONS, "answers") if words[0] == "'"]


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator", wait_limit_s=10.0, time_scale=0.001) as client:
        client.deploy_policy(POLICY, PolicyRegistration("attributebasedrouter", "2.0"))
        yield client


def post(url: str, body: Any) -> Any:
    return requests.post(url, json=body, timeout=20).json()


def ask(aios: AIOSClient, rule: JSON) -> Any:
    """Return what the search server answers in ``data``: blocks, null, or [false, text]."""
    url = f"{aios.endpoints.search_server}/api/filter-data"
    return post(url, {"body": {"values": copy.deepcopy(rule)}})["data"]


def names(found: Any) -> set[str]:
    return {block["id"] for block in found or ()}


@pytest.mark.parametrize(("bad", "words"), REFUSED)
def test_words_of_a_refusal_are_aioss_own(aios: AIOSClient, bad: JSON, words: str) -> None:

    assert [False, words] == ask(aios, bad)


@pytest.mark.parametrize("bad", FAILING)
def test_a_search_that_is_said_to_fail_fails(aios: AIOSClient, bad: JSON) -> None:

    assert [False] == ask(aios, bad)[:1]


@pytest.mark.parametrize("bad", WORKING)
def test_without_an_error_the_search_does_not_fail(aios: AIOSClient, bad: JSON) -> None:

    assert [False] != (ask(aios, bad) or [])[:1]


@pytest.mark.parametrize(("code", "place", "bad", "good"), FILTERS)
def test_a_good_filter_is_no_failure(
    aios: AIOSClient, code: str, place: str, bad: JSON, good: JSON
) -> None:
    answer = ask(aios, good)

    assert [False] != (answer or [])[:1]


@pytest.mark.parametrize(
    ("bad", "same_as"),
    [
        # T16b, an unknown comparison: as if the condition were not there.
        (metrics(measured(operator="=", value=10**9)), metrics(every())),
        # T18, an AND inside an OR: its last condition alone.
        (
            metrics(some(every(measured(UPTIME, ">", 100), measured(TOKENS, ">", 20)))),
            metrics(measured(TOKENS, ">", 20)),
        ),
        # T24, an empty AND: every document; an empty OR of metrics: none.
        (blocks(every()), EVERY),
        (metrics(some()), blocks(says("id", "==", "none"))),
        # T25, text in place of a number: none.
        (blocks(says(MMLU, ">=", "80")), blocks(says("id", "==", "none"))),
        # T21, a pattern is case-sensitive, and the stars are not needed.
        (blocks(says(f"{META}.usecase", "LIKE", "*Chat*")), blocks(says("id", "==", "none"))),
        # N04, a path that no document has: none, or all with !=.
        (blocks(says("component.metadata.usecase", "LIKE", "*")), blocks(says("id", "==", "none"))),
        (blocks(says("component.metadata.usecase", "!=", "x")), EVERY),
        (clusters(says("status", "==", "live")), blocks(says("id", "==", "none"))),
        # N05, a target that nothing has is null, which is less than any number.
        (metrics(measured("instances.no_such", "<", 0)), metrics(every())),
        (metrics(measured("instances.no_such", ">", 0)), blocks(says("id", "==", "none"))),
        # N15, an unknown matchType: nothing.
        ({**EVERY, "matchType": "blocks"}, blocks(says("id", "==", "none"))),
    ],
)  # fmt: skip
def test_a_silent_mistake_finds_what_the_linter_says(
    aios: AIOSClient, bad: JSON, same_as: JSON
) -> None:

    assert lint(bad)
    assert names(ask(aios, same_as)) == names(ask(aios, bad))


def test_an_or_beside_metrics_is_a_union(aios: AIOSClient) -> None:
    """T17."""
    either = some(says("id", "==", "kite-2b-rag"), says("id", "==", "none"))
    fast = measured(TOKENS, ">", 20)
    both = {"kite-2b-rag"} | names(ask(aios, metrics(fast)))

    assert both == names(ask(aios, blocks(either, blockMetricsQuery=fast)))


@pytest.mark.parametrize(
    ("bad", "fixed"),
    [
        (some(measured(UPTIME), measured(TOKENS)), every(measured(UPTIME), LIVE)),  # T15
        (measured(UPTIME, ">", 0), every(measured(UPTIME, ">", 0), LIVE)),  # T14
        (measured(TOKENS, "<", 10**6), every(measured(TOKENS, "<", 10**6), measured(TOKENS, ">=", 0))),
    ],
    ids=["T15", "T14", "T16"],
)  # fmt: skip
def test_dead_blocks_pass_until_the_fix(aios: AIOSClient, bad: JSON, fixed: JSON) -> None:
    def dead(node: JSON) -> list[str]:
        found = ask(aios, metrics(node))
        return [b["id"] for b in found if len(b["metrics"].get("instances", [])) < 2]

    assert dead(bad)
    assert [] == dead(fixed)


@pytest.mark.parametrize(("bad", "words"), ANSWERED)
def test_answers_to_a_request_are_the_linters_words(
    aios: AIOSClient, bad: JSON, words: str
) -> None:
    answer = post(f"{aios.endpoints.adhoc}/v1/infer", in_a_new_session(bad))

    assert words in answer["message"]


@pytest.mark.parametrize(("bad", "words"), SELECTED)
def test_answers_to_a_selection_are_the_linters_words(
    aios: AIOSClient, bad: JSON, words: str
) -> None:
    body = in_a_new_session(request(selection_query=bad))

    assert words in post(f"{aios.endpoints.adhoc}/v1/infer", body)["message"]


def in_a_new_session(body: JSON) -> JSON:
    is_named = isinstance(body.get("session_id"), str)
    return {**copy.deepcopy(body), "session_id": f"truth-{id(body)}"} if is_named else body


@pytest.mark.parametrize(("bad", "words"), RECORDED)
def test_answers_to_a_registration_are_the_linters_words(
    aios: AIOSClient, bad: JSON, words: str
) -> None:

    assert words == post(f"{aios.endpoints.policy_system}/policy", bad)["message"]


@pytest.mark.parametrize(
    "query",
    [
        ranked({"policyRuleURI": "p:1-s"}),
        ranked({"policyRuleURI": "p:1-s", "parameters": {"filter": EVERY}}),
        {"body": {"values": {"rankingPolicyRule": {"policyRuleURI": "p:1-s"}}}},
        {"body": {"values": {}}},
    ],
)
def test_a_missing_wrapper_silently_finds_nothing(aios: AIOSClient, query: JSON) -> None:
    body = request(selection_query=query, session_id=f"wrapper-{id(query)}")
    (finding,) = [f for f in lint(query) if "without a word" in f.consequence]

    answer = post(f"{aios.endpoints.adhoc}/v1/infer", body)

    assert answer["message"] in finding.consequence
