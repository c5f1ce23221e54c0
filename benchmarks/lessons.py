"""All lessons through nbval, against as many empty notebooks with the same imports."""

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


def imports_of(path: Path) -> str:
    """Return the imports of a lesson, without what else its second code cell does."""
    cells = nbformat.read(path, as_version=4).cells
    source = [cell.source for cell in cells if cell.cell_type == "code"][1]
    imports = [s for s in ast.parse(source).body if isinstance(s, ast.Import | ast.ImportFrom)]
    return "\n".join(map(ast.unparse, imports))


def write_floor(folder: Path) -> list[Path]:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    paths = []
    for lesson in LESSONS:
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
        pairs = [(seconds(empty), seconds(LESSONS)) for _ in range(ROUNDS)]
    floor, lessons = (min(column) for column in zip(*pairs, strict=True))
    ratio = lessons / floor
    print(
        f"{len(LESSONS)} lessons {lessons:.1f} s, empty notebooks {floor:.1f} s, best of {ROUNDS}"
    )
    print(f"ratio {ratio:.2f} (bar {BAR})")
    return int(ratio > BAR)


if __name__ == "__main__":
    sys.exit(main())
