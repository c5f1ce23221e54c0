"""The guide's own payload and registration: exactly the inconsistencies that are there (§15).

What §15 lists beside these cannot be seen in the two payloads: prose about other filters and other
policies, cells, ports, logs, the picture.
"""

from aios_nb import InferenceRequest, PolicyRegistration, lint
from aios_nb.linting import Finding

from .payloads import guide

PARAMETERS = "selection_query.body.values.rankingPolicyRule.values.parameters"
REQUEST = [
    ("error", "N06", f"{PARAMETERS}.METRICS_BASE_URL"),  # a placeholder that nobody introduced
    ("warning", "T3", "session_id"),  # constants: lines 152-153
    ("warning", "T15", f"{PARAMETERS}.filterRule.filter.blockMetricsQuery.conditions[0].target"),
    ("warning", "T9", f"{PARAMETERS}.selection_query.optimization_goals[1].name"),  # 231-238
    ("note", "N08", "model"),  # 151, 163: sent, and empty
    ("note", "N08", "selection_query.body.values.matchType"),  # 168: given twice
    ("note", "P16", f"{PARAMETERS}.user_query"),  # 227: never read
]
REGISTRATION = [
    ("error", "N06", "code"),  # 64: a placeholder
    ("error", "T8", "policy_settings.METRICS_BASE_URL"),  # 117: no /block
    ("error", "T8", "policy_parameters.METRICS_BASE_URL"),  # 126: no /block
    ("warning", "T31", "policy_parameters"),  # wins in local mode, is dropped in executor mode
    ("warning", "P1", "policy_settings.METRICS_BASE_URL"),  # 117: never read
    ("warning", "N07", "policy_settings.METRICS_BASE_URL"),  # 117: no service of that name
    ("warning", "N07", "policy_parameters.METRICS_BASE_URL"),
    ("note", "T30", "policy_settings_schema"),  # 79-115: property maps
    ("note", "T30", "policy_parameters_schema"),
    ("note", "T30", "policy_input_schema"),  # 67-78: not what goes in and out
    ("note", "T30", "policy_output_schema"),
    ("note", "N19", "code_type"),  # 65: tar.xz, and a zip
    ("note", "N19", "tags"),  # 62-63: analytics
    ("note", "N19", "functionality_data.strategy"),  # 129: ML-based
]


def marks(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.severity, f.code, f.place) for f in found]


def test_the_guides_request_is_found_out() -> None:

    assert REQUEST == marks(list(lint(guide("request"))))


def test_the_guides_registration_is_found_out() -> None:

    assert REGISTRATION == marks(list(lint(guide("registration"))))


def test_as_a_value_the_request_keeps_all_but_what_the_value_always_sends() -> None:
    value = InferenceRequest.from_wire(guide("request"))
    expected = [mark for mark in REQUEST if mark[1] != "N08"]

    assert expected == marks(list(lint(value)))


def test_as_a_value_the_registration_is_the_same() -> None:
    value = PolicyRegistration.from_wire(guide("registration"))

    assert REGISTRATION == marks(list(lint(value)))
