"""The package that is uploaded: what is in it, and which source AIOS can run."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aios_nb import PayloadError, PolicyPackage

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
