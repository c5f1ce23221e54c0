"""Every cryptic text of the contract (§7.3, §8.3, §12.3) is explained."""

import re

import pytest

from aios_nb.hints import HINTS, hint_for

REFUSED = "HTTPConnectionPool(host='h', port=1): Max retries exceeded with url: /x"
POLICY = "invalid similarity search result, {'message': '%s', 'success': False}"
MESSAGES = [
    ("no block selected in the specified filter", "no block passes all conditions"),
    (POLICY % "Policy rule with URI \\'x\\' not found.", "no policy is registered"),
    (
        "invalid similarity search result, {'message': \"Policy rule with URI 'x' not found.\", "
        "'success': False}",
        "no policy is registered",
    ),
    ("invalid similarity search result, {'reason': 'x', 'result': []}", "returned no block"),
    (POLICY % "boom", "the braces hold its own words"),
    (
        "invalid similarity search result, {'reason': 'No candidates found matching the criteria.'}",
        "the policy itself dropped every candidate",
    ),
    ("'bool' object has no attribute 'get'", "the search itself failed"),
    ("'bool' object has no attribute 'get'", "the policy returned True or False"),
    ("404 Client Error: NOT FOUND for url: http://h/executor/e/execute_policy", "not registered"),
    (REFUSED, "cannot reach another"),
    ("string indices must be integers, not 'str'", "the blocks or clusters registry"),
    ("string indices must be integers", "the blocks or clusters registry"),
    ("400 Client Error: BAD REQUEST for url: http://h/block/aggregate", "metrics conditions"),
    ("400 Client Error: BAD REQUEST for url: http://h/executor/e/execute_policy", "no policy_rule"),
    ("500 Server Error: INTERNAL SERVER ERROR for url: http://h/e/execute_policy", "not JSON"),
    ("'NoneType' object has no attribute 'get'", "returned None"),
    ("'str' object has no attribute 'get'", "returned a string"),
    ("'list' object has no attribute 'get'", "a list stands where a dict"),
    ("'list' object has no attribute 'items'", "a list stands where a dict"),
    (POLICY % "list indices must be integers or slices, not str", "a list stands where a dict"),
    ("'int' object has no attribute 'replace'", "LIKE compares with a string"),
    ("Expecting value: line 1 column 1 (char 0)", "no selection_query was sent"),
    ("Error in similarity_search: 'body'", "lacks its wrapper"),
    ("Error in similarity_search: 'values'", "lacks its wrapper"),
    ("Error in similarity_search: " + REFUSED, "cannot reach the search server"),
    ("ghost not found in the DB, err=API returned non-200 status code", "does not know this block"),
    ("'session_id'", "the request lacks this key"),
    ("'seq_no'", "the request lacks this key"),
    ("'data'", "the request lacks this key"),
    ("5 has type int, but expected one of: bytes, unicode", "wrong type"),
    ("'11' has type str, but expected one of: int", "wrong type"),
    ("Value out of range: -1", "wrong type"),
    ("'atlas-executor-svc.blocks.svc.cluster.local:6379'", "pod does not answer"),
    (
        "<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE",
        "gateway",
    ),
    ("DNS resolution failed for http://h:32000", "without http://"),
    ("'urlMap'", "publicGateway"),
    ("block with ID zz not found", "the graph names a block"),
    ("local-model not found in the DB, err=x", "never selects"),
    (POLICY % "code/ directory not found in archive", "folder code/ at its root"),
    ("[Errno 2] No such file or directory: '/s/1/code/function.py'", "no code/function.py"),
    ("module 'function' has no attribute 'AIOSv1PolicyRule'", "must define the class"),
    ("invalid syntax (function.py, line 1)", "not valid Python"),
    (
        "Command '['python', '-m', 'pip', 'install', '-r', 'x']' returned non-zero exit status 1.",
        "pip|install",
    ),
    ("AIOSv1PolicyRule.__init__() takes 1 positional argument but 4 were given", "AIOS calls"),
    ("Unsupported file format", "neither a tar nor a zip"),
    ("404 Client Error: File not found for url: http://h:32555/x.zip", "serves nothing"),
    ("'PolicyFunctionExecutor' object has no attribute 'policy_rule_uri'", "local mode"),
    ("Unsupported operator: in", "in upper case"),
    ("Unsupported logical operator: NOT", "there is no NOT"),
    ("Aggregate target must have at least two levels", "starts at the document"),
    ("'variable'", "a clause lacks this key"),
    ("'blockQuery'", "a clause lacks this key"),
    ("415 Unsupported Media Type: Did not attempt to load JSON data", "Content-Type"),
    ("400 Bad Request: Failed to decode JSON object: x", "Content-Type"),
    ("400 Client Error: BAD REQUEST for url: http://h/api/no-ir/filter", "Router lost its words"),
    ("'DBLogsWriter' object has no attribute 'cursor'", "read_logs"),
    ("An unexpected error occurred on line 138: 'name'", "no name"),
    (
        "500 Server Error: INTERNAL SERVER ERROR for url: http://h:30201/block/query",
        "metrics service failed",
    ),
    (
        "503 Server Error: Service Unavailable for url: http://h:30201/block/aggregate",
        "metrics service failed",
    ),
    ("500 Server Error: INTERNAL SERVER ERROR for url: http://h/other", "not JSON"),
    ("__init__() takes 1 positional argument but 4 were given", "AIOS calls"),
    ("'AIOSv1PolicyRule' object has no attribute 'eval'", "AIOS calls"),
    (POLICY % "No module named \\'numpy\\'", "lacks a module"),
    ("No module named 'numpy'", "lacks a module"),
    ("policy_rule_uri and input_data are required", "no URI or an empty list"),
    ("'vdagMetrics'", "match_type"),
    ("can't multiply sequence by non-int of type 'float'", "weight of a goal is a string"),
]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_a_cryptic_text_is_explained(message: str, expected: str) -> None:

    assert re.search(expected, hint_for(message, "adhoc"))


@pytest.mark.parametrize("key", ["name", "code_type", "policy_settings"])
def test_a_missing_key_of_a_policy_record_is_explained(key: str) -> None:

    assert "all 17 are needed" in hint_for(f"'{key}'", "policy_system")


def test_a_missing_key_means_different_things_to_different_services() -> None:

    assert hint_for("'data'", "adhoc") != hint_for("'data'", "policy_system")


def test_words_that_nobody_knows_get_no_hint() -> None:

    assert "" == hint_for("boom", "adhoc")


def test_a_missing_argument_of_a_policys_own_function_is_not_taken_for_eval() -> None:
    own = hint_for(POLICY % "best_of() missing 1 required positional argument: 'goals'", "adhoc")
    ours = hint_for(
        POLICY % "AIOSv1PolicyRule.eval() missing 1 required positional argument", "adhoc"
    )

    assert "the braces hold its own words" in own
    assert "AIOS calls AIOSv1PolicyRule" in ours


def test_every_hint_names_the_lesson_that_tells_more() -> None:
    silent = [hint.text for hint in HINTS if not re.search(r"lessons? 0\d", hint.text)]

    assert [] == silent


def test_no_hint_hides_behind_an_earlier_one() -> None:
    met = {hint_for(message, "adhoc") for message, _ in MESSAGES}
    met |= {hint_for(text, "policy_system") for text in ("'name'", "Policy not found.")}
    met |= {hint_for("emulator: no template store is configured for templateUri 'x'", "router")}
    met |= {
        hint_for(text, "adhoc")
        for text in (
            "'int' object has no attribute 'get'",
            "Query string is required",
            "Invalid action: foo",
            "No block data found",
            "Block not found",
            "emulator: AIOS would have waited for ever here (x)",
            "Error in similarity_search: Expecting value: line 1 column 1 (char 0)",
        )
    }
    unseen = [hint.text for hint in HINTS if hint.text not in met]

    assert [] == unseen
