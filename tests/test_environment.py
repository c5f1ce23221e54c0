"""environment.yml and pyproject.toml describe one environment."""

import tomllib
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text())
CONDA = [d for d in ENVIRONMENT["dependencies"] if isinstance(d, str)]
PIP = next(d["pip"] for d in ENVIRONMENT["dependencies"] if isinstance(d, dict))


def test_environment_names_a_python_that_the_project_allows_and_ci_tests() -> None:
    # repo2docker's rule: only an exact x.y chooses the Python of the image.
    (python,) = [d.removeprefix("python=") for d in CONDA if d.startswith("python=")]
    tested = WORKFLOW["jobs"]["check"]["strategy"]["matrix"]["python"]

    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    assert python in tested


def test_environment_comes_from_conda_forge_alone() -> None:

    assert ["conda-forge"] == ENVIRONMENT["channels"]


def test_environment_installs_this_folder_editable_with_an_extra_that_exists() -> None:
    (line,) = PIP
    extra = line.removeprefix("-e .[").removesuffix("]")

    assert f"-e .[{extra}]" == line
    assert extra in PROJECT["optional-dependencies"]


def test_environment_repeats_no_version_of_the_project() -> None:

    assert ["python", "pip"] == [d.split("=")[0] for d in CONDA]


def test_every_dependency_says_why_it_is_there() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    wants = [x for x in lines if x.strip().startswith('"') and (">=" in x or "==" in x)]
    silent = [x for x in wants if "#" not in x]

    assert [] == silent
