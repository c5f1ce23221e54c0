"""``aios-nb smoke`` runs lessons against an AIOS, tells the truth, and leaves nothing behind."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
import requests
from click.testing import CliRunner, Result
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from aios_nb import (
    AIOSClient,
    ConfigurationError,
    PayloadError,
    PolicyPackage,
    PolicyRegistration,
    connect,
)
from aios_nb.cli import main
from aios_nb.smoke import (
    EMULATOR_ONLY,
    NOTEBOOKS,
    Lesson,
    Limits,
    find_lessons,
    remove_policies,
    run_lesson,
)

HOST = "127.0.0.9"  # a loopback address of its own: the guide's ports are free there
STRANGER = """
import sys
from aios_nb.emulator.server import Emulator
with Emulator(host=sys.argv[1], guide_ports=True, grpc_port=0) as running:
    print(running.url, flush=True)
    sys.stdin.read()
"""
# One that registers, one that breaks things on purpose, one that asks blocks.
LESSONS = ("01", "10", "11")
LIMITS = Limits(cell_s=60, lesson_s=120)
POLICY = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): ...

    def eval(self, parameters, input_data, context):
        return input_data[0]
"""


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    """Start a second AIOS, in a process of its own, on the guide's ports; give its own page."""
    command = [sys.executable, "-c", STRANGER, HOST]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        url = process.stdout.readline().strip()
        if not url:
            pytest.skip(f"{HOST}, or a port of the guide there, cannot be used on this machine")
        yield url
        process.stdin.close()


@pytest.fixture
def cluster(page: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AIOSClient]:
    for name in [name for name in os.environ if name.startswith("AIOS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", HOST)
    monkeypatch.setenv("AIOS_CLUSTER_HOST", HOST)
    with connect("cluster") as client:
        assert f"http://{HOST}:31504" == client.endpoints.adhoc
        yield client


def kept(client: AIOSClient, page: str) -> dict[str, Any]:
    """Return all that a stranger's lessons could change, archives of policies aside."""
    held = {
        "blocks": client.query_blocks(),
        "clusters": client.query_clusters(),
        "policies": client.query_policies(),
    }
    for name in ("settings", "faults", "latency"):
        held[name] = requests.get(f"{page}/_emulator/{name}", timeout=5).json()
    return held


def archives(client: AIOSClient) -> set[str]:
    listing = requests.get(client.endpoints.static_server, timeout=5).text
    return set(re.findall(r'href="([^"]+)"', listing))


def lesson(folder: Path, *sources: str, name: str = "77_made_up", tags: str = "") -> Lesson:
    """Write a lesson whose first cell takes parameters; the last one gets the tags."""
    cells = [new_code_cell('target = "emulator"\npolicy_name = "mine"\nsize = 3')]
    cells[0].metadata["tags"] = ["parameters"]
    cells += [new_markdown_cell("# Made up"), *map(new_code_cell, sources)]
    if tags:
        cells[-1].metadata["tags"] = [tags]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return Lesson(folder / f"{name}.ipynb")


def run(made_up: Lesson, *, skips: bool = False, limits: Limits = LIMITS, **parameters: Any) -> Any:
    return run_lesson(made_up, parameters, limits=limits, skips_emulator_only=skips)


def smoke(out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["smoke", "--out", str(out), *arguments])


def test_lessons_pass_on_a_cluster_and_leave_nothing_behind(
    cluster: AIOSClient, page: str, tmp_path: Path
) -> None:
    before, stored = kept(cluster, page), archives(cluster)
    result = smoke(tmp_path, *LESSONS)

    assert (0, True) == (result.exit_code, "3 of 3 lessons passed" in result.output)
    assert before == kept(cluster, page)
    assert [] == [x for x in archives(cluster) - stored if not x.startswith("aios-nb-smoke-")]
    assert "stay in the policy store: AIOS cannot remove any" in result.output


def test_the_run_leaves_reports_for_people_and_for_ci(cluster: AIOSClient, tmp_path: Path) -> None:
    smoke(tmp_path, "00")
    suite = ElementTree.parse(tmp_path / "smoke.xml").find("testsuite")
    pages = [path.name for path in tmp_path.glob("*.html")]

    assert suite is not None
    assert ("1", "0") == (suite.get("tests"), suite.get("failures"))
    assert ["00_start_here.html"] == pages
    stamp = rf"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, cluster .*http://{re.escape(HOST)}:31504"
    assert re.search(stamp, (tmp_path / pages[0]).read_text())


def test_policies_of_a_lesson_that_stops_are_removed_and_the_verdict_is_red(
    cluster: AIOSClient, tmp_path: Path
) -> None:
    source = (
        "from aios_nb import PolicyPackage, connect\n"
        f"package = PolicyPackage.from_source(policy_name, {POLICY!r})\n"
        "uri = connect(target).deploy_policy(package)\n"
        "assert uri == 'something else', 'it is ' + uri"
    )
    lesson(tmp_path, source)
    result = smoke(tmp_path / "out", "--notebooks", str(tmp_path))

    assert 1 == result.exit_code
    assert "FAILED" in result.output
    assert "it is aios-nb-smoke-77:1.0-stable" in result.output
    assert "removed 1 policies that it left" in result.output
    assert [] == cluster.query_policies({"name": {"$regex": "^aios-nb-smoke"}})
    assert "<failure" in (tmp_path / "out" / "smoke.xml").read_text()


def test_policies_of_others_stay(cluster: AIOSClient) -> None:
    for name in ("theirs", "ours-1", "ours-2"):
        cluster.deploy_policy(PolicyPackage.from_source(name, POLICY), PolicyRegistration(name))
    removed = remove_policies(cluster, "ours")

    assert ["ours-1:1.0-stable", "ours-2:1.0-stable"] == sorted(removed)
    assert ["theirs"] == [r.name for r in cluster.query_policies({"name": "theirs"})]
    with pytest.raises(ConfigurationError, match="too short"):
        remove_policies(cluster, "o")


def test_a_cluster_that_does_not_answer_stops_the_run_at_once(
    cluster: AIOSClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOS_ADHOC_URL", "http://127.0.0.1:9")
    result = smoke(tmp_path, "00")

    assert 1 == result.exit_code
    assert "adhoc does not answer at http://127.0.0.1:9" in result.output
    assert not list(tmp_path.iterdir())


def test_cells_for_an_emulator_are_skipped_in_a_stated_way(tmp_path: Path) -> None:
    made_up = lesson(tmp_path, "print('safe')", "1 / 0", tags=EMULATOR_ONLY)
    careful, careless = run(made_up, skips=True), run(made_up)

    assert (True, 1) == (careful.has_passed, careful.skipped)
    assert "Skipped: this cell breaks things" in careful.notebook.cells[-1].outputs[0].text
    assert "ZeroDivisionError: division by zero" == careless.problem


def test_a_claim_without_words_is_quoted(tmp_path: Path) -> None:
    outcome = run(lesson(tmp_path, "hour = 25\nassert hour < 24\nprint(hour)"))

    assert "AssertionError: the claim does not hold: assert hour < 24" == outcome.problem


def test_words_on_stderr_are_a_problem(tmp_path: Path) -> None:
    outcome = run(lesson(tmp_path, "import warnings\nwarnings.warn('mind the gap')"))

    assert not outcome.has_passed
    assert "mind the gap" in outcome.problem


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(cell_s=1, lesson_s=60), "a cell took longer than 1 s"),
        (Limits(cell_s=60, lesson_s=3), "the lesson took longer than 3 s"),
    ],
)
def test_a_lesson_that_never_ends_is_ended(tmp_path: Path, limits: Limits, words: str) -> None:
    outcome = run(lesson(tmp_path, "while True: pass"), limits=limits)

    assert words == outcome.problem


def test_a_kernel_that_dies_is_a_problem(tmp_path: Path) -> None:
    outcome = run(lesson(tmp_path, "import os\nos._exit(3)"))

    assert "the kernel died" in outcome.problem


def test_parameters_reach_the_lesson(tmp_path: Path) -> None:
    outcome = run(lesson(tmp_path, "print(target, size)"), target="cluster", size=5)

    assert "cluster 5\n" == outcome.notebook.cells[-1].outputs[0].text


def test_an_unknown_parameter_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    made_up = lesson(tmp_path, "print(size)")

    with pytest.raises(PayloadError, match=r"no parameter 'sise'.*did you mean 'size'"):
        run(made_up, sise=5)
    result = smoke(
        tmp_path / "out", "--target", "emulator", "--notebooks", str(tmp_path), "-p", "sise=5"
    )
    assert 1 == result.exit_code
    assert "no lesson takes 'sise'" in result.output


def test_a_parameter_goes_to_the_lessons_that_know_it(tmp_path: Path) -> None:
    lesson(tmp_path, "assert size == [1, 2]")
    result = smoke(
        tmp_path / "out", "--target", "emulator", "--notebooks", str(tmp_path), "-p", "size=[1, 2]"
    )

    assert 0 == result.exit_code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["99"], "no lesson is called '99'"),
        (["-p", "size"], "expected NAME=VALUE"),
        (["--cell-limit", "0"], "expected seconds above 0"),
        (["--notebooks", "/nowhere"], "no lesson lies in /nowhere"),
    ],
)
def test_a_mistake_is_told_and_no_lesson_runs(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    result = smoke(tmp_path, "--target", "emulator", *arguments)

    assert 0 != result.exit_code
    assert words in result.output
    assert "Traceback" not in result.output


def test_every_lesson_that_registers_takes_a_name() -> None:
    found = find_lessons(NOTEBOOKS)
    registering = [one for one in found if "deploy_policy" in one.path.read_text()]

    assert 9 <= len(registering)
    assert [] == [one.name for one in registering if "policy_name" not in one.parameters]


def test_cells_that_use_the_emulators_control_are_for_an_emulator_only() -> None:
    loose = []
    for one in find_lessons(NOTEBOOKS):
        for cell in json.loads(one.path.read_text())["cells"]:
            source = "".join(cell["source"])
            is_control = any(
                word in source for word in ("fault(json", "{control}/", "settings(json")
            )
            if cell["cell_type"] == "code" and is_control and "= partial(" not in source:
                loose += [] if EMULATOR_ONLY in cell["metadata"].get("tags", []) else [source]

    assert [] == loose
