"""The guide's lessons through nbval, against as many empty notebooks with the same imports.

The lessons after them wait on purpose (traps, drills, a smoke run in a process of its own), so for
all together there is a limit in seconds.
"""

import ast
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
OPTIONS = ["--nbval", "--nbval-cell-timeout=60", "-o", "addopts=", "-q", "-p", "no:cacheprovider"]
ROUNDS = 3
BAR = 1.6
GUIDES = [path for path in LESSONS if path.name < "06"]
LIMIT_S = 150.0


def imports_of(path: Path) -> str:
    """Return the imports of a lesson, without what else its second code cell does."""
    cells = nbformat.read(path, as_version=4).cells
    source = [cell.source for cell in cells if cell.cell_type == "code"][1]
    imports = [s for s in ast.parse(source).body if isinstance(s, ast.Import | ast.ImportFrom)]
    return "\n".join(map(ast.unparse, imports))


def write_floor(folder: Path) -> list[Path]:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    paths = []
    for lesson in GUIDES:
        notebook = new_notebook(cells=[new_code_cell(imports_of(lesson))], metadata=kernel)
        path = folder / lesson.name
        nbformat.write(notebook, path)
        paths.append(path)
    return paths


def seconds(paths: list[Path]) -> float:
    command = [sys.executable, "-m", "pytest", *OPTIONS, *map(str, paths)]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=NOTEBOOKS.parent, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - start


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        empty = write_floor(Path(folder))
        pairs = [(seconds(empty), seconds(GUIDES)) for _ in range(ROUNDS)]
    floor, guides = (min(column) for column in zip(*pairs, strict=True))
    ratio, everything = guides / floor, seconds(LESSONS)
    print(f"{len(GUIDES)} lessons of the guide {guides:.1f} s, empty notebooks {floor:.1f} s")
    print(f"ratio {ratio:.2f} (bar {BAR}), best of {ROUNDS}")
    print(f"all {len(LESSONS)} lessons {everything:.1f} s in one process (limit {LIMIT_S:g} s)")
    return int(ratio > BAR or everything > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
