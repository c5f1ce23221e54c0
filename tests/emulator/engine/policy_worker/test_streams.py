"""What a policy prints and logs comes back as AIOS shows it, up to a limit."""

from pathlib import Path

from ..archive_files import policy
from ..policy_runs import run


def test_output_and_logging_come_back_line_by_line(tmp_path: Path) -> None:
    body = (
        "print('printed')\nlogging.info('logged')\nlogging.debug('hidden')\n"
        "os.system('echo from a child')\nsys.stderr.write('raw\\nend')"
    )
    before = "import logging\nlogging.warning('imported')\n"
    lines = run(tmp_path, policy(body, before=before))["logs"]

    assert [
        "WARNING:root:imported",
        "INFO:root:Initialized AgentSpaceFunction",
        "printed",
        "INFO:root:logged",
        "from a child",
        "raw",
        "end",
    ] == lines[-7:]


def test_a_handler_of_the_policys_own_doubles_its_lines(tmp_path: Path) -> None:
    before = (
        "import logging\n"
        "own = logging.getLogger('AIOSv1PolicyRule.')\n"
        "handler = logging.StreamHandler()\n"
        "handler.setFormatter(logging.Formatter('%(name)s - %(levelname)s - %(message)s'))\n"
        "own.addHandler(handler)\n"
    )
    lines = run(tmp_path, policy("own.info('Final Score')", before=before))["logs"]

    assert [
        "AIOSv1PolicyRule. - INFO - Final Score",
        "INFO:AIOSv1PolicyRule.:Final Score",
    ] == lines[-2:]


def test_endless_output_is_cut_and_does_not_fail_the_policy(tmp_path: Path) -> None:
    answer = run(tmp_path, policy("for _ in range(300): print('x' * 100_000)\nreturn 'done'"))

    assert "done" == answer["result"]
    assert sum(map(len, answer["logs"])) < 1_200_000
    assert "is not kept" in answer["logs"][-1]
