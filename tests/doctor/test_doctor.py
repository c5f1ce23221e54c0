"""The doctor finds what is really wrong, names a cure, and says so by its exit status."""

import json
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from aios_nb import PayloadError, connect
from aios_nb.cli import main
from aios_nb.doctor import Finding, examine, jupyter, network, packages, selftest


@pytest.fixture(autouse=True)
def no_addresses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")


def test_a_well_machine_has_no_ill_finding() -> None:
    found = list(examine())

    assert [] == [finding for finding in found if finding.state == "ill"]
    assert ["Python", "packages", "kernel", "trust", "ports", "emulator", "cluster"] == [
        finding.name for finding in found
    ]


def test_whatever_is_not_well_has_a_cure() -> None:

    with pytest.raises(PayloadError, match="has no cure"):
        Finding("kernel", "ill", "it is gone")


def test_an_old_python_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))

    assert "ill" == packages.look_at_python().state


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nothing-of-this-name>=1", "nothing-of-this-name is missing"),
        ("requests<1", "expected <1"),
    ],
)
def test_a_package_that_lacks_or_is_too_old_is_named(
    monkeypatch: pytest.MonkeyPatch, line: str, words: str
) -> None:
    monkeypatch.setattr(packages, "requires", lambda name: [f'{line}; extra == "notebooks"'])
    found = packages.look_at_packages()

    assert "ill" == found.state
    assert words in found.detail
    assert "pip install" in found.cure


def test_a_package_of_another_extra_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "requires", lambda name: ['nothing>=1; extra == "dev"'])

    assert "well" == packages.look_at_packages().state


def kernel(data: Path, program: str) -> None:
    folder = data / "kernels" / "python3"
    folder.mkdir(parents=True)
    argv = [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
def test_a_kernel_that_is_not_this_python_is_ill(tmp_path: Path, program: str) -> None:
    kernel(tmp_path / "jupyter", program)
    found = jupyter.look_at_kernel()

    assert "ill" == found.state
    assert program in found.detail
    assert "ipykernel install" in found.cure


@pytest.mark.parametrize("program", ["python", sys.executable])
def test_a_kernel_that_is_this_python_is_well(tmp_path: Path, program: str) -> None:
    kernel(tmp_path / "jupyter", program)

    assert "well" == jupyter.look_at_kernel().state


def test_lessons_that_jupyter_never_saw_are_noted_until_they_are_trusted(tmp_path: Path) -> None:
    import nbformat
    from nbformat.sign import NotebookNotary

    code = nbformat.v4.new_code_cell("1", outputs=[])
    lesson = nbformat.v4.new_notebook(cells=[code])
    nbformat.write(lesson, tmp_path / "00_start.ipynb")
    before = jupyter.look_at_trust(tmp_path)
    NotebookNotary().sign(nbformat.read(tmp_path / "00_start.ipynb", as_version=4))

    assert ("note", "well") == (before.state, jupyter.look_at_trust(tmp_path).state)
    assert before.cure.startswith("jupyter trust ")


def test_without_lessons_there_is_a_note(tmp_path: Path) -> None:

    assert "no lessons lie in" in jupyter.look_at_trust(tmp_path).detail


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = network.look_at_ports([port])

    assert ("note", True) == (found.state, str(port) in found.detail)
    assert "well" == network.look_at_ports([port]).state


def test_an_emulator_that_cannot_start_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "BLOCK_ID", "ghost")
    found = selftest.look_at_emulator()

    assert "ill" == found.state
    assert "no block selected" in found.detail


def test_a_cluster_that_answers_is_well_and_one_that_does_not_is_ill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connect("emulator") as aios:
        for name in network.NEEDED:
            address = getattr(aios.endpoints, name)
            monkeypatch.setenv(f"AIOS_{name.upper()}_URL", address)
        alive = network.look_at_cluster()
    dead = network.look_at_cluster()

    assert ("well", "ill") == (alive.state, dead.state)
    assert "no answer from policy_store" in dead.detail


def test_a_placeholder_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "MANAGEMENTMASTER")
    result = CliRunner().invoke(main, ["doctor", "--json"])
    report = json.loads(result.output)

    assert (1, False) == (result.exit_code, report["well"])
    assert "only stands in for a host" in report["findings"][-1]["detail"]


def test_people_read_one_line_for_each_finding() -> None:
    result = CliRunner().invoke(main, ["doctor"])

    assert 0 == result.exit_code
    assert 7 == sum(line[:2] in {"✓ ", "! ", "✗ "} for line in result.output.splitlines())
    assert "The lessons can run here." in result.output
