"""A policy is called as AIOS calls it."""

from pathlib import Path

from ..archive_files import policy
from ..policy_runs import run


def test_eval_gets_the_constructors_parameters_object_the_list_and_none(tmp_path: Path) -> None:
    body = "return [self.rule_id, parameters is self.parameters, input_data, context]"

    assert ["", True, [{"id": "x"}], None] == run(tmp_path, policy(body))["result"]
