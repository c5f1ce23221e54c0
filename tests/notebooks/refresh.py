"""Run every lesson afresh and store its outputs: ``make outputs``. Twice gives the same bytes."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LIVE_WIDGET = "application/vnd.jupyter.widget-view+json"
TIME_LIMIT_S = 60


def lessons() -> list[Path]:
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def run(notebook: NotebookNode) -> NotebookNode:
    """Execute in a kernel of its own, from the lessons' folder; the first error stops it."""
    client = NotebookClient(
        notebook,
        timeout=TIME_LIMIT_S,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    # The kernel warns on its own stderr about TCP; what cells write there comes as an output.
    return client.execute(stderr=subprocess.DEVNULL)


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Keep what a reader needs: cells, outputs, tags, the kernel's name."""
    notebook.metadata = NotebookNode(kernelspec=NotebookNode(KERNEL))
    notebook.nbformat_minor = 5
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode(tags=tags) if tags else NotebookNode()
        for output in cell.get("outputs", ()):
            # Without its state a widget cannot be shown: its static HTML stands in for it.
            output.get("data", {}).pop(LIVE_WIDGET, None)
    return notebook


def text_of(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook) + "\n"


def main(names: list[str]) -> None:
    for path in lessons():
        if names and path.stem not in names:
            continue
        before = path.read_text()
        after = text_of(tidy(run(nbformat.reads(before, as_version=4))))
        path.write_text(after)
        what = "as it was" if after == before else "outputs stored"
        sys.stdout.write(f"{path.name}: {what}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
