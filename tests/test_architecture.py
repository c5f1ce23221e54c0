"""The house rules that imports can break: one-way floors, two islands, single users."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "aios_nb"
EMULATOR = PACKAGE / "emulator"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A module may import from lower floors only (frames, figures and widgets rest on the values).
FLOORS = [
    {"errors", "wire", "table", "time_limit"},
    {"clause"},
    {
        "exchanges",
        "query",
        "endpoints",
        "parameters",
        "policy_archive",
        "policy_source",
        "policy_run",
        "policy_child",
        "recording_file",
        "retrying",
    },
    {"selection", "policy", "wording", "policy_log", "http_call", "session", "result"},
    {"inference"},
    {"hints", "answers", "transport", "linting"},
    {"recording"},
    {"caller"},
    {"policy_calls", "registry_calls"},
    {"client", "glyphs"},
    {"connect"},
    {"check", "frames", "figures", "explanation"},
    {"doctor", "lab", "snapshot", "smoke", "terminal"},
    {"tour", "doctor_command", "lint_command", "snapshot_command", "smoke_command", "widgets"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
WITHIN_A_FLOOR = {
    ("wire", "errors"),
    ("endpoints", "exchanges"),
    ("answers", "hints"),
    ("figures", "frames"),
    ("explanation", "figures"),
}
VALUES = {
    "errors",
    "wire",
    "clause",
    "query",
    "endpoints",
    "selection",
    "policy",
    "inference",
    "session",
    "result",
}
BOTH_ISLANDS = {"connect", "cli", "pytest_plugin"}
# Both ends of the connection to the process in which a policy runs.
POLICY_PROCESSES = {
    "policy_start",
    "policy_process",
    "policy_holdings",
    "policy_frames",
    "policy_conversation",
    "policy_worker",
}
WORKER = EMULATOR / "engine" / "policy_worker"
EMULATOR_FLOORS = [
    "refusal",
    "world",
    "engine",
    "services",
    "app",
    "listeners",
    "service_thread",
    "server",
]
# What would make a value differ from one run to the next, or reach beyond it.
OUTSIDE = ("time", "datetime", "random", "secrets", "socket", "subprocess", "threading", "requests")


@cache
def tree_of(path: Path) -> ast.Module:
    source = path.read_text()
    try:
        return ast.parse(source)
    except SystemError:  # Python 3.11 loses count when something else parses meanwhile (gh-106905)
        return ast.parse(source)


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, by absolute name, lazy imports included."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield name
            if node.level:
                yield from (f"{name}.{alias.name}" for alias in node.names)


def client_name(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def is_emulator(path: Path) -> bool:
    return EMULATOR in path.parents


def importers(of: str, among: list[Path]) -> set[str]:
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in among
        if any(name == of or name.startswith(of + ".") for name in imports(path))
    }


@pytest.mark.parametrize("path", [p for p in MODULES if is_emulator(p)], ids=lambda p: p.stem)
def test_emulator_imports_nothing_of_the_client_side(path: Path) -> None:
    foreign = [n for n in imports(path) if n.startswith("aios_nb") and ".emulator" not in n]

    assert [] == foreign


def test_only_connect_and_the_command_line_know_both_islands() -> None:
    client = [p for p in MODULES if not is_emulator(p)]

    assert importers("aios_nb.emulator", client) <= {f"{n}.py" for n in BOTH_ISLANDS}


def test_client_modules_import_down_only() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    upward = []
    for path in MODULES:
        if is_emulator(path) or client_name(path) == "__init__":
            continue
        here = client_name(path)
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "aios_nb" or len(parts) < 2 or parts[1] not in floor:
                continue
            there = parts[1]
            if here == there or (here, there) in WITHIN_A_FLOOR:
                continue
            if floor[there] >= floor[here]:
                upward.append(f"{here} -> {there}")

    assert [] == upward


def test_every_client_module_stands_on_a_floor() -> None:
    known = set().union(*FLOORS) | {"__init__", "widgets", "lint"}
    here = {client_name(p) for p in MODULES if not is_emulator(p)}

    assert set() == here - known


def test_values_know_no_clock_no_network_and_no_other_process() -> None:
    paths = [PACKAGE / f"{name}.py" for name in sorted(VALUES)]
    wrong = [f"{p.stem} -> {n}" for p in paths for n in imports(p) if n.split(".")[0] in OUTSIDE]

    assert [] == wrong


def test_emulator_modules_import_down_only() -> None:
    floor = {name: number for number, name in enumerate(EMULATOR_FLOORS)}
    upward = []
    for path in filter(is_emulator, MODULES):
        here = path.relative_to(EMULATOR).with_suffix("").parts[0]
        for name in imports(path):
            there = name.removeprefix("aios_nb.emulator.").split(".")[0]
            if here in floor and floor.get(there, -1) > floor[here]:
                upward.append(f"{here} -> {there}")

    assert [] == upward


def test_tables_and_pictures_rest_on_values_and_never_on_the_client() -> None:
    wanted = {p.relative_to(PACKAGE).as_posix() for p in (PACKAGE / "explanation").glob("*.py")}
    wanted |= {"frames.py", "figures.py"}
    calls = ("aios_nb.policy_calls", "aios_nb.registry_calls")
    forbidden = ("aios_nb.client", "aios_nb.caller", "aios_nb.transport", *calls)
    users = set().union(*(importers(name, MODULES) for name in forbidden))

    assert set() == users & wanted


def test_requests_is_used_by_the_transport_and_its_parts_alone() -> None:
    users = {"http_call.py", "retrying.py", "transport.py"}

    assert users == importers("requests", MODULES)
    assert {"transport.py"} == importers("aios_nb.http_call", MODULES)
    assert {"transport.py"} == importers("aios_nb.retrying", MODULES)


def test_pandas_is_used_by_tables_alone() -> None:
    tables = {"table.py", "frames.py", "explanation/tables.py", "lab/tables.py"}

    assert importers("pandas", MODULES) <= tables


def test_ipywidgets_is_used_by_views_alone() -> None:
    users = importers("ipywidgets", MODULES)

    assert set() == {u for u in users if not u.endswith("_view.py")}


def test_services_never_import_one_another() -> None:
    services = sorted((EMULATOR / "services").glob("*.py"))
    crossing = [
        f"{path.stem} -> {name}"
        for path in services
        for name in imports(path)
        if name.startswith("aios_nb.emulator.services")
        and name != f"aios_nb.emulator.services.{path.stem}"
    ]

    assert [] == crossing


def test_engine_knows_no_service_and_no_web_framework() -> None:
    engine = sorted((EMULATOR / "engine").rglob("*.py"))
    banned = ("aios_nb.emulator.services", "aios_nb.emulator.app", "aios_nb.emulator.server")
    wrong = [
        f"{path.stem} -> {name}"
        for path in engine
        for name in imports(path)
        if name.startswith((*banned, "starlette", "uvicorn"))
    ]

    assert [] == wrong


def test_sockets_and_threads_live_where_the_emulator_listens_and_in_the_policy_runner() -> None:
    # code_download ends connections by time, and resolves names of hosts that it refuses.
    own = {"listeners", "service_thread", "connection", "grpc_server", "code_download"}
    allowed = own | POLICY_PROCESSES
    users = {
        WORKER.name if path.parent == WORKER else path.stem
        for path in MODULES
        if is_emulator(path)
        if any(n.split(".")[0] in {"socket", "threading", "multiprocessing"} for n in imports(path))
    }

    assert set() == users - allowed


def test_the_process_of_a_policy_rests_on_the_standard_library_and_itself() -> None:
    own = ("aios_nb.emulator.engine.policy_worker", "aios_nb.emulator.folders")
    wrong = [
        f"{path.stem} -> {name}"
        for path in [*WORKER.glob("*.py"), EMULATOR / "folders.py"]
        for name in imports(path)
        if not name.startswith(own) and name.split(".")[0] not in sys.stdlib_module_names
    ]

    assert [] == wrong


def test_the_process_of_a_policy_imports_its_own_files_before_it_forgets_their_names() -> None:
    late = [
        f"{path.stem}:{node.lineno}"
        for path in WORKER.glob("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level and node not in tree_of(path).body
    ]

    assert [] == late


def test_policies_import_neither_island() -> None:
    policies = sorted((ROOT / "notebooks" / "policies").rglob("*.py"))
    wrong = [p.name for p in policies if any(n.split(".")[0] == "aios_nb" for n in imports(p))]

    assert policies
    assert [] == wrong
