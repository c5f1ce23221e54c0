"""Each rule on payloads finds its bad example, at the exact place, and lets the good one pass."""

import pytest

from aios_nb import lint

from .examples import PAYLOADS
from .payloads import JSON, goal, goals, query, registration, request

IDS = [f"{code}-{place or 'whole'}-{number}" for number, (code, place, *_) in enumerate(PAYLOADS)]


@pytest.mark.parametrize(("code", "place", "bad", "good"), PAYLOADS, ids=IDS)
def test_a_bad_example_is_found_where_it_is(code: str, place: str, bad: JSON, good: JSON) -> None:
    found = {(finding.code, finding.place) for finding in lint(bad)}

    assert (code, place) in found


@pytest.mark.parametrize(("code", "place", "bad", "good"), PAYLOADS, ids=IDS)
def test_a_good_example_passes(code: str, place: str, bad: JSON, good: JSON) -> None:

    assert (code, place) not in {(finding.code, finding.place) for finding in lint(good)}


@pytest.mark.parametrize("payload", [request(), query(), registration()], ids=["r", "q", "p"])
def test_a_faultless_payload_has_nothing_to_report(payload: JSON) -> None:

    assert [] == list(lint(payload))


@pytest.mark.parametrize(("code", "place", "bad", "good"), PAYLOADS, ids=IDS)
def test_every_finding_says_what_happens_and_what_to_do(
    code: str, place: str, bad: JSON, good: JSON
) -> None:

    assert all(f.problem and f.consequence and f.fix for f in lint(bad))


def one(payload: JSON, code: str) -> str:
    """Return a finding's problem and fix in one line."""
    (finding,) = (f for f in lint(payload) if f.code == code)
    return f"{finding.problem} -> {finding.fix}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("=", "=="), ("<>", "!="), ("=<", "<="), ("gte", ">="), ("$lt", "<"), ("contains", "LIKE")],
)
def test_an_operator_of_another_language_is_translated(written: str, meant: str) -> None:
    condition = {"variable": "id", "operator": written, "value": "a"}
    rule = {"matchType": "block", "filter": {"blockQuery": condition}}

    assert f"did you mean {meant!r}?" in one(rule, "T22")


@pytest.mark.parametrize(
    ("address", "fix"),
    [
        ("10.0.0.5:30201/block/", "http://HOST:30201/block/"),
        ("", "http://HOST:30201/block/"),
        ("http://10.0.0.5:30201/block/atlas", "write 'http://10.0.0.5:30201/block/'"),
        ("http://10.0.0.5:30201/", "write 'http://10.0.0.5:30201/block/'"),
    ],
)
def test_a_metrics_address_is_mended_and_not_only_lengthened(address: str, fix: str) -> None:
    payload = query(METRICS_BASE_URL=address)

    assert fix in one(payload, "T8")


def test_a_negative_weight_is_not_said_to_change_no_order() -> None:
    found = lint(goals(goal(weight=-1)))

    assert ["N11"] == [finding.code for finding in found]


@pytest.mark.parametrize(
    ("key", "value", "subject"),
    [
        ("messages", [{"role": "user", "content": "hi"}], "chat completion"),
        ("prompt", "hi", "completion"),
        ("data", {"mode": "chat", "message": "hi"}, "inference request"),
    ],
)
def test_a_session_makes_no_completion_an_inference_request(
    key: str, value: object, subject: str
) -> None:
    payload = {"session_id": "s-1", "seq_no": 1, "model": "atlas-14b-chat", key: value}

    assert subject == lint(payload).subject


def test_a_key_that_is_given_is_not_taken_for_a_missing_one() -> None:

    assert "'code_type' is missing -> send all 17 keys" == one(registration(code_type=...), "N01")


def test_a_misspelt_twin_of_a_given_key_is_told_from_it() -> None:
    twin = registration(policy_setings={})

    assert "unknown key 'policy_setings'; did you mean 'policy_settings'?" in one(twin, "N03")
