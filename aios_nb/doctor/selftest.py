"""The emulator under test: one policy, one selection, one reply."""

from __future__ import annotations

import time

from ..connect import connect
from ..errors import AIOSError, ConfigurationError
from ..inference import InferenceRequest
from ..policy import PolicyPackage
from ..query import Condition, FilterRule
from ..selection import SelectionQuery
from .finding import Finding
from .packages import INSTALL

SOURCE = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): ...

    def eval(self, parameters, input_data, context):
        return input_data[0]
"""
BLOCK_ID = "atlas-14b-chat"
TIME_LIMIT_S = 30.0


def look_at_emulator() -> Finding:
    """Return whether an emulator starts here, runs a policy and lets a block answer."""
    begun = time.monotonic()
    try:
        answered = _ask()
    except ConfigurationError as error:
        return Finding("emulator", "ill", str(error), INSTALL)
    except (AIOSError, OSError) as error:
        return Finding("emulator", "ill", str(error), "run: aios-nb emulator, and read its words")
    took_s = time.monotonic() - begun
    return Finding("emulator", "well", f"{answered} was selected and answered, in {took_s:.1f} s")


def _ask() -> str:
    rule = FilterRule(block=Condition("id", "==", BLOCK_ID))
    with connect("emulator", wait_limit_s=TIME_LIMIT_S) as aios:
        uri = aios.deploy_policy(PolicyPackage.from_source("doctor", SOURCE))
        request = InferenceRequest(message="hello", selection_query=SelectionQuery(uri, rule))
        return aios.infer(request, timeout_s=TIME_LIMIT_S).block_id
