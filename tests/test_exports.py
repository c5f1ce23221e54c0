"""What `import aios_nb` offers, and what it must not load."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import aios_nb

PACKAGE = Path(aios_nb.__file__).parent
HEAVY = ("pandas", "ipywidgets", "matplotlib", "numpy", "starlette", "uvicorn", "aios_nb.emulator")


def in_a_fresh_process(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_all_is_sorted() -> None:

    assert sorted(aios_nb.__all__) == aios_nb.__all__


def test_all_is_what_the_design_promises() -> None:
    expected = {
        *("AIOSClient", "connect", "Endpoints", "explain", "lint"),
        *("Condition", "MetricCondition", "FilterRule"),
        *("OptimizationGoal", "SelectionQuery"),
        *("PolicyPackage", "PolicyRegistration"),
        *("Session", "InferenceRequest", "InferenceResult"),
        *("AIOSError", "ConfigurationError", "PayloadError", "PolicyError"),
        *("TransportError", "ServiceError"),
    }

    assert expected == set(aios_nb.__all__)


@pytest.mark.parametrize("name", aios_nb.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:

    assert getattr(aios_nb, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Condtion'"):
        aios_nb.Condtion  # noqa: B018 - the access is what is tested


def test_dir_lists_names_that_were_not_loaded_yet() -> None:
    printed = in_a_fresh_process("import aios_nb; print(dir(aios_nb))")

    assert set(aios_nb.__all__) <= set(ast.literal_eval(printed))


def test_names_for_type_checkers_are_the_names_that_load() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }

    assert set(aios_nb.__all__) == imported


def test_import_loads_nothing_heavy() -> None:
    script = "import sys, json, aios_nb; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(in_a_fresh_process(script))

    assert [] == [name for name in HEAVY if name in loaded]


def test_using_every_name_loads_nothing_heavy() -> None:
    script = (
        "import sys, json, aios_nb\n"
        "for name in aios_nb.__all__: getattr(aios_nb, name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(in_a_fresh_process(script))

    assert [] == [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize(
    "script",
    [
        "import aios_nb.connect; from aios_nb import connect",
        "from aios_nb.connect import connect; import aios_nb; connect = aios_nb.connect",
        "from aios_nb import *",
    ],
)
def test_connect_is_the_function_however_it_is_imported(script: str) -> None:

    assert "True" == in_a_fresh_process(f"{script}\nprint(callable(connect))").strip()


def test_nothing_is_printed_at_import() -> None:

    assert "" == in_a_fresh_process("import aios_nb")
