"""The executor's framework errors; runs are tested in test_policy_execution."""

from aios_nb.emulator.http import UNSUPPORTED
from aios_nb.emulator.services import policy_executor
from aios_nb.emulator.world import World

from ..harness import call


def test_a_wrong_content_type_is_a_500(world: World) -> None:
    answer = call(world, policy_executor.execute_policy, "POST", "/execute_policy", content="{}")

    assert (500, UNSUPPORTED) == (answer.status_code, answer.json()["message"])
