"""Jupyter: is its kernel this Python, and does it trust the lessons?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .finding import Finding
from .packages import INSTALL

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
KERNEL = "python3"
KERNEL_LIMIT_S = 30.0


def look_at_kernel() -> Finding:
    """Return whether the kernel of the lessons has this package."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ModuleNotFoundError:
        return Finding("kernel", "ill", "Jupyter is not installed", INSTALL)
    make = f"{sys.executable} -m ipykernel install --sys-prefix"
    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        return Finding("kernel", "ill", f"no kernel is called {KERNEL}", make)
    program = _program(spec.argv[0])
    if not program:
        return Finding("kernel", "ill", f"{KERNEL} starts {spec.argv[0]}, which is not there", make)
    if program != sys.executable and not _has_kit(program):
        return Finding("kernel", "ill", f"{KERNEL} starts {program}, which has no aios_nb", make)
    return Finding("kernel", "well", f"{KERNEL} starts {program}")


def _program(name: str) -> str:
    """Return what Jupyter starts; empty: nothing of this name is there."""
    # jupyter_client, manager.format_kernel_cmd: a bare name of Python means its own Python.
    major, minor = sys.version_info[:2]
    if name in {"python", f"python{major}", f"python{major}.{minor}"}:
        return sys.executable
    return shutil.which(name) or ""


def _has_kit(program: str) -> bool:
    code = "import aios_nb, ipykernel"
    try:
        run = subprocess.run(
            [program, "-c", code], capture_output=True, timeout=KERNEL_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def look_at_trust(folder: Path = NOTEBOOKS) -> Finding:
    """Return whether Jupyter shows the stored HTML of the lessons before they are run."""
    try:
        import nbformat
        from nbformat.sign import NotebookNotary
    except ModuleNotFoundError:
        return Finding("trust", "ill", "nbformat is not installed", INSTALL)
    lessons = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not lessons:
        clone = "get the whole project, not the package alone, and start in its folder"
        return Finding("trust", "note", f"no lessons lie in {folder}", clone)
    notary = NotebookNotary()
    read = (nbformat.read(path, as_version=4) for path in lessons)
    strange = sum(not notary.check_signature(notebook) for notebook in read)
    if strange:
        # A cell that is run is trusted from then on; until then its HTML stays hidden.
        detail = f"{strange} of {len(lessons)} lessons are new to Jupyter: run their cells to see"
        return Finding("trust", "note", detail, f"jupyter trust {folder}/*.ipynb")
    return Finding("trust", "well", f"{len(lessons)} lessons are trusted")
