"""What the words of AIOS's services mean: search, filter, registries, metrics, ad-hoc server."""

from __future__ import annotations

from .hint import Hint

SEARCH_FAILED = "'bool' object has no attribute 'get'"

# The first match counts: what is special stands before what is general.
HINTS = (
    Hint(
        r"^'bool' object has no attribute 'get'",
        "the search itself failed, and the ad-hoc server lost the reason; ask the control API "
        "(adhoc_control, POST /discovery/search) or the search server for it; if it did not fail, "
        "the policy returned True or False in place of a candidate (lesson 03)",
    ),
    Hint(
        r"^'(int|float)' object has no attribute 'replace'",
        "LIKE compares with a string; give one such as '*chat*' (lesson 02)",
    ),
    Hint(
        r"^no block selected",
        "no block passes all conditions, or the policy returned an empty list; find_candidates() "
        "with fewer conditions shows which one drops them, lint(request) what AIOS reads "
        "otherwise (lesson 03)",
    ),
    Hint(
        r"^Expecting value: line 1 column 1",
        "the session is new, no model is named and no selection_query was sent: AIOS cannot "
        "know which block to ask (lesson 02)",
    ),
    Hint(
        r"^Error in similarity_search: '(body|values)'",
        "the selection query lacks its wrapper body.values; SelectionQuery.to_wire() builds it "
        "(lesson 02)",
    ),
    Hint(
        r"^Error in similarity_search: HTTPConnectionPool",
        "the ad-hoc server cannot reach the search server; client.health() shows who answers "
        "(lesson 04)",
    ),
    Hint(
        r"^Error in (similarity_search|filter_data): ",
        "the search server answered nothing that the ad-hoc server could read; its log has the "
        "reason, client.health() says whether it runs at all (lesson 05)",
    ),
    Hint(
        r"^local-model not found",
        "/v1/completions never selects: name the block as model (lesson 04)",
    ),
    Hint(
        r"not found in the DB",
        "the blocks registry does not know this block; look for it with query_blocks(), and "
        "check 'model' and what the policy returns (lesson 04)",
    ),
    Hint(
        r"^'(session_id|seq_no|data)'$",
        "the request lacks this key; InferenceRequest always sends it (lesson 02)",
        ("adhoc",),
    ),
    Hint(
        r"has type (int|str|float|bool|dict|list), but expected one of|Value out of range|"
        r"bad argument type for built-in operation",
        "a key of the request has the wrong type: session_id is a string, seq_no a whole number; "
        "or the policy chose an id that is no string, which the session now keeps: correct the "
        "policy and start a new session (lesson 02)",
    ),
    Hint(
        r"executor-svc\.blocks\.svc\.cluster\.local",
        "the block is registered but its pod does not answer; it may still be starting (lesson 04)",
    ),
    Hint(
        r"_InactiveRpcError|StatusCode\.UNAVAILABLE|DNS resolution failed",
        "the gateway of the block's cluster cannot be reached; its publicGateway must be "
        "host:port without http:// (lesson 04)",
    ),
    Hint(
        r"^block with ID .* not found",
        "the graph names a block that the registry does not know (lesson 04)",
    ),
    Hint(
        r"^'(urlMap|config|cluster)'$|publicGateway|did not define the public gateway",
        "the block's cluster document lacks config.urlMap.publicGateway, so the ad-hoc server "
        "cannot find it (lesson 04)",
    ),
    Hint(
        r"string indices must be integers",
        "the blocks or clusters registry was down, slow or refused the filter, and its words were "
        "lost; a LIKE with characters special to regular expressions does this (lesson 02)",
    ),
    Hint(
        r"5\d\d Server Error.* for url: \S*/block/(query|aggregate)",
        "the metrics service failed, and without it AIOS lists no block; client.health() shows "
        "whether it answers (lesson 04)",
    ),
    Hint(
        r"/block/aggregate",
        "the metrics service refused the metrics conditions: targets of three levels and plain "
        "conditions under OR do this; try them one by one (lesson 03)",
    ),
    Hint(
        r"400 Client Error: BAD REQUEST for url: \S*execute_policy",
        "the policy system got no policy_rule_uri or no candidates (lesson 02)",
    ),
    Hint(
        r"404 Client Error: NOT FOUND for url: \S*execute_policy",
        "the search server asks for a policy executor that is not registered; an administrator "
        "sets POLICY_SYSTEM_EXECUTOR_ID (lesson 01)",
    ),
    Hint(
        r"500 Server Error\S* .*execute_policy|^500 Server Error",
        "the policy's result is not JSON, or the executor is down; return plain dicts, lists and "
        "numbers (lesson 05)",
    ),
    Hint(
        r"for url: \S*/api/no-ir/",
        "the search server refused, and the Router lost its words; the control API "
        "(adhoc_control, POST /discovery/search or /discovery/filter) has them (lesson 03)",
    ),
    Hint(
        r"^Unsupported operator",
        "operators are ==, !=, <, <=, >, >=, LIKE and IN, in upper case; lint(rule) names the "
        "place (lesson 02)",
    ),
    Hint(
        r"^Unsupported logical operator",
        "groups are AND or OR, in upper case; there is no NOT (lesson 02)",
    ),
    Hint(
        r"^Aggregate target must have at least two levels",
        "a metric's target starts at the document: instances.uptime_hours (lesson 02)",
    ),
    Hint(
        r"^'(variable|operator|value|conditions|blockQuery)'$",
        "a clause lacks this key; an empty {} is no 'no filter', and metric conditions belong "
        "into blockMetricsQuery (lesson 02)",
    ),
    Hint(
        r"object has no attribute 'cursor'",
        "the ad-hoc server has no log database; read_logs() asks Loki instead (lesson 05)",
    ),
    Hint(
        r"policy_rule_uri and input_data are required",
        "the policy system runs a policy on candidates, and got no URI or an empty list; "
        "find_candidates() shows whether any block passes (lesson 03)",
    ),
    Hint(
        r"^'vdagMetrics'$|unknown query type",
        "the search server cannot query these by metrics, function or graph; a filter rule for "
        "blocks has the match_type 'block' (lesson 02)",
    ),
    Hint(
        r"^Invalid action",
        "the Router knows search, filter and a few more; is the address right? (lesson 03)",
    ),
    Hint(
        r"^No block data found",
        "the metrics service never heard of this block: wrong id, or nothing runs (lesson 04)",
    ),
    Hint(
        r"AIOS would have waited for ever",
        "a real AIOS says nothing here: a policy that never ends, or a block that fails or has no "
        "instance; see block_health() and the policy's log (lessons 04 and 05)",
    ),
    Hint(
        r"^'(templateUri|header)'$|[Tt]emplate",
        "the Router looks for this template in its store; the header must name Parser/V1 "
        "(lesson 02)",
        ("router",),
    ),
    Hint(
        r"^Block not found",
        "the registry has no block of this id; query_blocks() lists them (lesson 04)",
    ),
    Hint(
        r"HTTPConnectionPool|Max retries exceeded|Connection refused",
        "one AIOS service cannot reach another; client.health() shows who answers (lesson 00)",
    ),
    Hint(
        r"^415 Unsupported Media Type|^400 Bad Request|Failed to decode JSON",
        "the body was not sent as JSON; send it with Content-Type: application/json (lesson 02)",
    ),
)
