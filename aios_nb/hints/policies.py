"""What the words mean that policies, their archives and their registration bring about."""

from __future__ import annotations

from .hint import Hint

POLICY_SAID = (
    "these are the policy's own words, in place of a block: PolicyPackage.run(candidates) shows "
    "where they come from, and read_logs() what it wrote before (lessons 05 and 08)"
)
REGISTRY = ("policy_system", "policy_executor")

# The first match counts: what is special stands before what is general.
HINTS = (
    Hint(
        r"^'NoneType' object has no attribute 'get'",
        "the policy returned None (or the request is no JSON object); eval() must return a "
        "candidate, or a dict with its 'id': PolicyPackage.run(candidates) shows what it returns, "
        "lint(package) which line (lesson 08)",
    ),
    Hint(
        r"^'str' object has no attribute 'get'",
        "the policy returned a string; eval() must return a candidate, or a dict with its 'id': "
        "PolicyPackage.run(candidates) shows what it returns (lesson 08)",
    ),
    Hint(
        r"'list' object has no attribute '(get|items|keys|values)|list indices must be integers",
        "a list stands where a dict was expected: the request's body, or a policy that takes "
        "input_data for a dict although AIOS passes the list of candidates; lint(package) names "
        "the line (lesson 06)",
    ),
    Hint(
        r"^'(int|float|tuple)' object has no attribute 'get'",
        "the policy returned a bare value; eval() must return a candidate, or a dict with its "
        "'id' (lesson 01)",
    ),
    Hint(
        r"Policy rule with URI .* not found",
        "no policy is registered under this name; register it, or compare policy_rule_uri with "
        "query_policies() (lesson 01)",
    ),
    Hint(
        r"^Policy not found|^Failed to (update|delete) policy",
        "no policy has this URI, name:version-release_tag; query_policies() lists them (lesson 01)",
    ),
    Hint(
        r"No candidates found matching the criteria",
        "the policy itself dropped every candidate; the upstream policy does so for any "
        "application_type, which it looks for at the wrong level (lesson 03)",
    ),
    Hint(
        r"No candidates provided|Query string is required|LLM block ID and server address",
        "a matcher's own complaint about its parameters or candidates (lesson 06)",
    ),
    Hint(
        r"code/ directory not found",
        "the archive must hold a folder code/ at its root; PolicyPackage builds it so (lesson 01)",
    ),
    Hint(
        r"No such file or directory.*function\.py",
        "the archive has no code/function.py; PolicyPackage refuses such a package (lesson 01)",
    ),
    Hint(
        r"has no attribute 'AIOSv1PolicyRule'",
        "code/function.py must define the class AIOSv1PolicyRule (lesson 01)",
    ),
    Hint(
        r"(AIOSv1PolicyRule|\b__init__\(\)|\beval\(\)).*takes .*arguments?"
        r"|\b(__init__|eval)\(\) missing \d+ required positional"
        r"|'AIOSv1PolicyRule' object has no attribute 'eval'",
        "AIOS calls AIOSv1PolicyRule(rule_id, settings, parameters) and "
        "eval(parameters, input_data, context) (lesson 01)",
    ),
    Hint(
        r"\(function\.py, line \d+\)",
        "the uploaded code/function.py is not valid Python for the executor (lesson 01)",
    ),
    Hint(
        r"No module named \\?'",
        "the executor lacks a module that the policy imports; name its package in "
        "code/requirements.txt, or put the module into code/ (lesson 08)",
    ),
    Hint(
        r"'pip', 'install'.*non-zero exit status",
        "the executor could not install code/requirements.txt; check names and versions, and "
        "that it reaches a package index (lesson 01)",
    ),
    Hint(
        r"^(invalid similarity search result, .*)?Unsupported file format",
        "what the 'code' URL serves is neither a tar nor a zip archive; upload it again "
        "(lesson 01)",
    ),
    Hint(
        r"404 Client Error: File not found for url",
        "the 'code' URL of the policy serves nothing: the upload failed, or went elsewhere "
        "(lesson 01)",
    ),
    Hint(
        r"line \d+: 'name'",
        "an optimization goal has no name (lesson 02)",
    ),
    Hint(
        r"can't multiply sequence by non-int",
        "the weight of a goal is a string; give a number (lesson 02)",
    ),
    Hint(
        r"^invalid similarity search result",
        "the policy returned no block: the braces hold its own words, read_logs() what it wrote "
        "before; a policy must return a candidate, or a dict with its 'id' (lessons 05 and 08)",
    ),
    Hint(
        r"^'[a-z_]+'$",
        "the record lacks this key; all 17 are needed, in an update too: PolicyRegistration "
        "sends them all (lesson 01)",
        REGISTRY,
    ),
    Hint(
        r"object has no attribute 'policy_rule_uri'",
        "the policy failed in local mode, where AIOS loses its words; run it in executor mode "
        "or read the search server's log (lesson 05)",
    ),
)
