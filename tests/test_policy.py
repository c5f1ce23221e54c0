"""The package that is uploaded, and the record that is registered."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from strategies import registrations

from aios_nb import PayloadError, PolicyPackage, PolicyRegistration

GUIDE = Path(__file__).parent.parent / "fixtures" / "guide"
SOURCE = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        self.settings = settings

    def eval(self, parameters, input_data, context):
        return input_data[0]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "router"
    (root / "code").mkdir(parents=True)
    (root / "code" / "function.py").write_text(SOURCE)
    (root / "code" / "requirements.txt").write_text("requests\n")
    return root


def names(package: PolicyPackage) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(package.archive())).namelist()


def test_archive_holds_the_code_folder_alone(folder: Path) -> None:
    (folder / "notes.txt").write_text("not for AIOS")

    assert ["code/function.py", "code/requirements.txt"] == names(PolicyPackage.from_folder(folder))


def test_an_empty_name_is_refused_and_not_replaced_by_a_name_that_others_share(
    folder: Path,
) -> None:
    with pytest.raises(PayloadError, match="name of a policy package is ''"):
        PolicyPackage.from_folder(folder, name="")


def test_archive_keeps_further_modules_and_data(folder: Path) -> None:
    (folder / "code" / "maths").mkdir()
    (folder / "code" / "maths" / "norm.py").write_text("x = 1\n")
    (folder / "code" / "goals.json").write_text("{}")

    assert {"code/maths/norm.py", "code/goals.json"} < set(names(PolicyPackage.from_folder(folder)))


def test_archive_leaves_out_checkpoints_caches_and_hidden_files(folder: Path) -> None:
    for name in (".ipynb_checkpoints/function-checkpoint.py", "__pycache__/function.pyc", ".env"):
        path = folder / "code" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("left over")
    (folder / "code" / "old.pyc").write_bytes(b"")

    assert ["code/function.py", "code/requirements.txt"] == names(PolicyPackage.from_folder(folder))


def test_archive_holds_nothing_of_an_earlier_one(folder: Path) -> None:
    old = folder / "code" / "old.py"
    old.write_text("x = 1\n")
    PolicyPackage.from_folder(folder).archive()
    old.unlink()

    assert "code/old.py" not in names(PolicyPackage.from_folder(folder))


def test_archive_is_the_same_bytes_each_time(folder: Path) -> None:
    first = PolicyPackage.from_folder(folder).archive()
    (folder / "code" / "function.py").touch()
    (folder / "code" / "function.py").chmod(0o600)

    assert first == PolicyPackage.from_folder(folder).archive()


def test_archive_is_the_same_bytes_in_another_process_and_folder(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / "router"
    other.parent.mkdir()
    folder.rename(other)
    script = "import sys, aios_nb; print(aios_nb.PolicyPackage.from_folder(sys.argv[1]).digest)"
    printed = subprocess.run(
        [sys.executable, "-c", script, str(other)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert PolicyPackage.from_folder(other).digest == printed.strip()


def test_digest_follows_the_content() -> None:
    changed = PolicyPackage.from_source("a", SOURCE + "\nx = 1\n")

    assert PolicyPackage.from_source("a", SOURCE).digest != changed.digest


def test_package_is_named_like_its_folder(folder: Path) -> None:

    assert "router.zip" == PolicyPackage.from_folder(folder).file_name
    assert "other.zip" == PolicyPackage.from_folder(folder, name="other").file_name


def test_package_from_source_equals_package_from_folder(folder: Path) -> None:
    package = PolicyPackage.from_source("router", SOURCE, requirements="requests\n")

    assert PolicyPackage.from_folder(folder) == package


def test_a_folder_without_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PayloadError, match="has no folder 'code'"):
        PolicyPackage.from_folder(tmp_path)


def test_a_package_without_function_is_refused(folder: Path) -> None:
    (folder / "code" / "function.py").unlink()

    with pytest.raises(PayloadError, match=r"has no code/function\.py"):
        PolicyPackage.from_folder(folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "code" / "data.txt").symlink_to(tmp_path / "secret.txt")

    with pytest.raises(PayloadError, match="leads out of"):
        PolicyPackage.from_folder(folder)


@pytest.mark.parametrize("path", ["function.py", "code/../../x.py", "/etc/x"])
def test_a_file_outside_code_is_refused(path: str) -> None:
    with pytest.raises(PayloadError, match="must lie beneath code/"):
        PolicyPackage("a", (("code/function.py", SOURCE.encode()), (path, b"")))


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden"])
def test_a_package_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(PayloadError, match="name of a policy package"):
        PolicyPackage.from_source(name, SOURCE)


INIT = "    def __init__(self, rule_id, settings, parameters): ...\n"
EVAL = "    def eval(self, parameters, input_data, context): ...\n"
HEAD = "class AIOSv1PolicyRule:\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:\n", r"code/function\.py of a\.zip, line 1: .*; AIOS could not import it"),
        ("x = 1\n  y = 2\n", "line 2: unexpected indent"),
        ("x = 1\0", "could not import it|is no Python source"),
        ("x = 1\n", r"defines no class AIOSv1PolicyRule \(found no class at all\)"),
        ("class Policy: ...\n", r"\(found Policy\)"),
        (HEAD + EVAL, "AIOSv1PolicyRule.__init__ is missing; expected def __init__"),
        (HEAD + INIT, r"eval is missing; expected def eval\(self, parameters, input_data, context"),
        (HEAD + INIT + "    def eval(self, candidates): ...\n", r"takes \(self, candidates\)"),
        (HEAD + INIT + "    def eval(parameters, input_data, context): ...\n", "line 3"),
        (HEAD + "    def __init__(self): ...\n" + EVAL, r"__init__ takes \(self\)"),
        (HEAD + INIT + "    def eval(self, a, b, c, d): ...\n", "takes"),
        (HEAD + INIT + "    def eval(self, a, b, c, *, d): ...\n", "takes"),
        (HEAD + INIT + "    async def eval(self, a, b, c): ...\n", "is async"),
        ("def wrapper():\n    class AIOSv1PolicyRule: ...\n", "found no class at all"),
    ],
)
def test_a_source_that_aios_could_not_run_is_refused(source: str, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        PolicyPackage.from_source("a", source)


@pytest.mark.parametrize(
    "source",
    [
        HEAD + INIT + EVAL,
        HEAD + "    def __init__(self, *args): ...\n    def eval(self, a, b, c=None, d=1): ...\n",
        "from base import Base\nclass AIOSv1PolicyRule(Base):\n    ...\n",
        "from router import AIOSv1PolicyRule\n",
        "class Router: ...\nAIOSv1PolicyRule = Router\n",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n" + HEAD + INIT + EVAL,
        HEAD + INIT + "    @staticmethod\n    def eval(parameters, input_data, context): ...\n",
        "# -*- coding: latin-1 -*-\n" + HEAD + INIT + EVAL,
    ],
)
def test_a_source_that_aios_can_run_is_accepted(source: str) -> None:

    assert "a.zip" == PolicyPackage.from_source("a", source).file_name


def test_checking_a_package_never_runs_it(tmp_path: Path) -> None:
    trace = tmp_path / "was-run"
    PolicyPackage.from_source("a", f"open({str(trace)!r}, 'w')\n{SOURCE}")

    assert not trace.exists()


def guide_registration() -> PolicyRegistration:
    url = {"type": "string", "pattern": "^https?://.*"}
    goal = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "weight": {"type": "number"}},
        "required": ["name"],
    }
    query = {
        "type": "object",
        "description": "Query for selecting and optimizing block candidates",
        "properties": {
            "application_type": {"type": "string"},
            "optimization_goals": {"type": "array", "items": goal},
        },
    }
    apps = {
        "type": "object",
        "description": "Mapping of application types to use cases",
        "additionalProperties": {"type": "string"},
    }
    return PolicyRegistration(
        name="attributebasedrouter",
        version="2.0",
        release_tag="stable",
        metadata={"author": "admin", "category": "analytics"},
        tags="analytics,ai",
        code="http://MANAGEMENTMASTER:32555/attributebasedrouter.zip",
        code_type="tar.xz",
        policy_input_schema={"type": "object", "properties": {"input": {"type": "string"}}},
        policy_output_schema={"type": "object", "properties": {"output": {"type": "string"}}},
        policy_settings_schema={
            "METRICS_BASE_URL": url | {"description": "Base URL for fetching block metrics"},
            "APP_MAP": apps,
        },
        policy_parameters_schema={
            "METRICS_BASE_URL": url | {"description": "Override for metrics base URL"},
            "selection_query": query,
        },
        policy_settings={
            "METRICS_BASE_URL": "http://metrics-service:30201",
            "APP_MAP": {
                "RAG": "chat-completion",
                "Code": "code-generation",
                "Vision": "multi-modal",
                "Chat": "chat-completion",
            },
        },
        policy_parameters={"METRICS_BASE_URL": "http://metrics-service:30201"},
        description="A policy for dynamic block selection based on metrics and application type.",
        functionality_data={"strategy": "ML-based"},
    )


def test_guide_registration_built_from_values_equals_the_guides_json() -> None:
    guide = json.loads((GUIDE / "registration.json").read_text())

    assert guide == guide_registration().to_wire()


def test_guide_json_becomes_the_same_registration() -> None:
    guide = json.loads((GUIDE / "registration.json").read_text())

    assert guide_registration() == PolicyRegistration.from_wire(guide)


@given(registrations)
def test_any_registration_comes_back_from_the_wire(registration: PolicyRegistration) -> None:
    through_json = json.loads(json.dumps(registration.to_wire()))

    assert registration == PolicyRegistration.from_wire(through_json)


def test_a_stored_record_reads_like_the_one_that_was_sent() -> None:
    registration = guide_registration()
    stored = registration.to_wire() | {"policy_rule_uri": registration.uri}

    assert registration == PolicyRegistration.from_wire(stored)


def test_uri_is_name_version_and_release_tag() -> None:

    assert "attributebasedrouter:2.0-stable" == guide_registration().uri


def test_registration_sends_the_17_keys_that_aios_demands() -> None:

    assert 17 == len(PolicyRegistration("a").to_wire())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "name of a policy registration is ''"),
        ({"version": 2.0}, "version of a policy registration is 2.0; expected a string"),
        ({"release_tag": None}, "release_tag of a policy registration is None"),
        ({"code": None}, "code is None; expected the URL"),
        ({"metadata": {"when": object()}}, "metadata of 'a'.when is a object"),
    ],
)
def test_a_registration_that_aios_could_not_use_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        PolicyRegistration(**({"name": "a"} | changes))


def test_a_record_that_lacks_a_key_is_refused_as_aios_would() -> None:
    record = guide_registration().to_wire()
    del record["code_type"]

    with pytest.raises(PayloadError, match="policy registration lacks 'code_type'"):
        PolicyRegistration.from_wire(record)


def test_a_record_with_a_key_that_aios_would_drop_is_refused() -> None:
    record = guide_registration().to_wire() | {"management_commands_schema": {}}

    with pytest.raises(PayloadError, match="unknown key 'management_commands_schema'"):
        PolicyRegistration.from_wire(record)
