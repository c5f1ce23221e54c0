"""``aios-nb lint``: what it prints, and its exit status."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aios_nb.cli import main

ROOT = Path(__file__).parents[1]
REQUEST = ROOT / "fixtures" / "guide" / "request.json"
POLICY = ROOT / "notebooks" / "policies" / "attributebasedrouter"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, words)])


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rule.json"
    leaf = {"variable": "component.componentMetadata.nam", "operator": "==", "value": 1}
    path.write_text(json.dumps({"matchType": "block", "filter": {"blockQuery": leaf}}))
    return path


def test_errors_give_status_1() -> None:

    assert 1 == run(REQUEST).exit_code


def test_notes_alone_give_status_0() -> None:

    assert (0, True) == (run(POLICY).exit_code, "note T33" in run(POLICY).stdout)


def test_a_report_has_the_file_and_the_count() -> None:
    lines = run(REQUEST).stdout.splitlines()

    assert [str(REQUEST), "inference request: 1 error, 3 warnings, 3 notes"] == lines[:2]


def test_json_has_all_files(rule: Path) -> None:
    documents = json.loads(run(REQUEST, rule, "--format", "json").stdout)

    assert [(str(REQUEST), 7), (str(rule), 0)] == [
        (d["file"], len(d["findings"])) for d in documents
    ]


def test_a_file_that_cannot_be_read_gives_status_2_and_the_others_are_linted(rule: Path) -> None:
    result = run(rule.with_name("nope.json"), rule)

    assert (2, True, True) == (
        result.exit_code,
        "No such file" in result.stderr,
        "nothing to report" in result.stdout,
    )


def test_a_file_of_another_kind_gives_status_2(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("[]")
    result = run(path)

    assert (2, "") == (result.exit_code, result.stdout.strip())
    assert "expected an inference request" in result.stderr


def test_no_file_is_a_usage_error() -> None:

    assert 2 == run().exit_code


def test_fields_of_a_fleet_find_unknown_fields(rule: Path) -> None:
    found = run(rule, "--fields", ROOT / "fixtures").stdout

    assert "N04" in found


def test_fields_of_an_aios_find_unknown_fields(rule: Path) -> None:
    found = run(rule, "--target", "emulator").stdout

    assert "N04" in found


def test_two_fleets_are_a_usage_error(rule: Path) -> None:

    assert 2 == run(rule, "--fields", ROOT / "fixtures", "--target", "emulator").exit_code


def test_fields_without_a_block_are_a_usage_error(rule: Path) -> None:
    result = run(rule, "--fields", rule)

    assert (2, True) == (result.exit_code, "holds no block" in result.stderr)


def test_the_command_is_listed() -> None:

    assert "lint" in CliRunner().invoke(main, ["--help"]).stdout


def test_a_dash_is_the_standard_input() -> None:
    result = CliRunner().invoke(main, ["lint", "-"], input=REQUEST.read_bytes())

    assert 1 == result.exit_code
    assert ["-", "inference request: 1 error, 3 warnings, 3 notes"] == (
        result.stdout.splitlines()[:2]
    )


def test_an_archive_that_is_none_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "policy.zip").write_text("<html>404</html>")
    result = run(tmp_path / "policy.zip")

    assert (1, True) == (result.exit_code, "Unsupported file format" in result.stdout)


def test_a_fleet_that_is_not_there_is_called_so(rule: Path, tmp_path: Path) -> None:
    result = run("--fields", tmp_path / "nope", rule)

    assert 2 == result.exit_code
    assert "no JSON" not in result.stderr


def test_nothing_is_printed_of_a_file_that_cannot_be_used(tmp_path: Path) -> None:

    assert "" == run(tmp_path / "none.json").stdout
