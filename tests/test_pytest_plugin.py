"""The pytest plugin in projects of others: fixtures, options, and no cost where it is not used."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[1]
PLUGIN = ("-p", "aios_nb.pytest_plugin", "-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.fixture(autouse=True)
def no_plugin_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load the plugin by name alone: an installation may be older than its entry point."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def test_aios_is_a_client_of_an_emulator_that_starts_anew_in_every_test(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
        from aios_nb import AIOSClient, PolicyRegistration

        def test_first(aios, aios_emulator):
            assert isinstance(aios, AIOSClient)
            assert aios.emulator is aios_emulator
            aios.register_policy(PolicyRegistration("mine", code="http://127.0.0.1:1/x.zip"))
            assert 1 == len(aios.query_policies())

        def test_second(aios):
            assert [] == aios.query_policies()
    """)

    pytester.runpytest(*PLUGIN).assert_outcomes(passed=2)


def test_a_golden_decision_is_one_line_and_fails_with_its_reason(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(f"""
        from aios_nb import Condition, FilterRule, OptimizationGoal, PolicyPackage, SelectionQuery
        from aios_nb.lab import expect

        def test_golden(aios):
            router = {str(ROOT / "notebooks" / "policies" / "attributebasedrouter")!r}
            uri = aios.deploy_policy(PolicyPackage.from_folder(router))
            rule = FilterRule(block=Condition("id", "LIKE", "*-chat"))
            query = SelectionQuery(uri, rule, (OptimizationGoal("Fast_Generator"),))
            expect(aios, query, winner="atlas-14b-chat")
            expect(aios, query, winner="kite-2b-rag")
    """)
    result = pytester.runpytest(*PLUGIN)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*winner: expected 'kite-2b-rag', got 'atlas-14b-chat'*"])


def one_block(folder: Path) -> Path:
    (folder / "blocks").mkdir(parents=True)
    (folder / "blocks" / "only.json").write_text('{"id": "only"}')
    return folder


FLEET_TEST = """
    def test_fleet(aios):
        assert ["only"] == [block["id"] for block in aios.query_blocks()]
"""


def test_another_fleet_is_given_on_the_command_line(pytester: pytest.Pytester) -> None:
    one_block(pytester.path / "night")
    pytester.makepyfile(FLEET_TEST)

    pytester.runpytest(*PLUGIN, "--aios-fleet", "night").assert_outcomes(passed=1)


def test_another_fleet_is_given_in_the_configuration(pytester: pytest.Pytester) -> None:
    one_block(pytester.path / "night")
    pytester.makeini("[pytest]\naios_fleet = night\n")
    pytester.makepyfile(FLEET_TEST)

    pytester.runpytest(*PLUGIN).assert_outcomes(passed=1)


def test_on_a_cluster_aios_is_the_cluster_and_the_emulators_tests_are_skipped(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "aios.example")
    pytester.makepyfile("""
        def test_cluster(aios):
            assert aios.endpoints.router == "http://aios.example:30501"
            assert aios.emulator is None

        def test_emulator(aios_emulator):
            raise AssertionError("not here")
    """)

    result = pytester.runpytest(*PLUGIN, "--aios-target", "cluster")

    result.assert_outcomes(passed=1, skipped=1)


def test_an_unknown_target_is_refused_by_pytest(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(*PLUGIN, "--aios-target", "cloud")

    assert pytest.ExitCode.USAGE_ERROR == result.ret


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert {"aios_nb": "aios_nb.pytest_plugin"} == project["entry-points"]["pytest11"]


def test_a_run_that_uses_no_fixture_loads_nothing_of_the_kit() -> None:
    script = (
        "import sys, aios_nb.pytest_plugin as plugin\n"
        "loaded = {n for n in sys.modules if n.startswith('aios_nb')}\n"
        "print(sorted(loaded - {'aios_nb', 'aios_nb.connect', plugin.__name__}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--aios-target=cluster", "*no AIOS for the tests: no address of an AIOS is set*"),
        ("--aios-fleet=nope", "*no AIOS for the tests: *nope*"),
    ],
)
def test_a_wrong_option_is_told_in_one_line_without_a_traceback(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, option: str, words: str
) -> None:
    for name in [name for name in os.environ if name.startswith("AIOS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(pytester.path))
    pytester.makepyfile("def test_it(aios): ...")
    result = pytester.runpytest(*PLUGIN, option)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([words])
    assert "connect.py" not in result.stdout.str()
    assert "another exception" not in result.stdout.str()
