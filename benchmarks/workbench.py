"""How fast the panels follow an edit, how big a notebook with them is, and whether any leak.

Run ``python benchmarks/workbench.py``; the exit status is 1 if a bar is missed: with all panels
open, an edit reaches the new count in at most 150 ms on the shipped fleet; a slider reaches the new
ranking in at most 20 ms; an executed notebook with the workbench has at most 300 KB, twice the bar
of one builder; 200 edits leave no widget behind.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from ipywidgets.widgets import widget
from rig.notebook import notebook_kb

from aios_nb import PolicyPackage, connect
from aios_nb.widgets import Workbench
from aios_nb.widgets.draft import Place

COUNT_LIMIT_MS = 150.0
RANKING_LIMIT_MS = 20.0
NOTEBOOK_LIMIT_KB = 300.0
EDITS = 200
POLICY = Path(__file__).parent.parent / "notebooks" / "policies" / "attributebasedrouter"
CELLS = (
    "from aios_nb import connect\nfrom aios_nb.widgets import Workbench",
    "aios = connect()\nbench = Workbench.of(aios)\nbench",
    "bench.builder.feedback.wait(), bench.model.goals.wait()",
)


def count_ms(bench: Workbench) -> float:
    """Return the median time from an edit to its count, all panels following, in ms."""
    times = [_until_counted(bench, 60 + number) for number in range(15)]
    return statistics.median(times) * 1000


def _until_counted(bench: Workbench, value: int) -> float:
    counted: list[float] = []

    def note(change: dict[str, object]) -> None:
        if getattr(change["new"], "state", "") == "counted":
            counted.append(time.perf_counter())

    feedback = bench.builder.feedback
    feedback.observe(note, "feedback")
    began = time.perf_counter()
    bench.builder.model.set(Place("block", (2, 0)), value=value)
    settle(bench)
    feedback.unobserve(note, "feedback")
    return counted[0] - began


def ranking_ms(bench: Workbench) -> float:
    """Return the median time from a slider to the ranking on screen, in ms."""
    slider, times = bench.sliders._rows[0].slider, []
    for step in range(40):
        began = time.perf_counter()
        slider.value = step / 40
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def left_behind(bench: Workbench) -> int:
    """Return how many more widgets there are after many edits, undone again."""
    before = len(widget._instances)
    for number in range(EDITS):
        bench.model.goals.add(f"Goal_{number}")
        bench.model.goals.remove(len(bench.model.goals.goals) - 1)
    return len(widget._instances) - before


def settle(bench: Workbench) -> None:
    bench.builder.feedback.wait()
    bench.model.goals.wait()
    bench.model.candidates.wait()


def main() -> int:
    with connect() as aios:
        uri = aios.deploy_policy(PolicyPackage.from_folder(POLICY))
        bench = Workbench.of(aios, policy_uri=uri)
        bench.show_step("Candidates")
        settle(bench)
        figures = [
            ("edit to count, all panels open", count_ms(bench), COUNT_LIMIT_MS, "ms"),
            ("slider to ranking", ranking_ms(bench), RANKING_LIMIT_MS, "ms"),
            ("widgets left behind", float(left_behind(bench)), 0.0, ""),
        ]
        bench.close()
    figures.append(("executed notebook", notebook_kb(CELLS), NOTEBOOK_LIMIT_KB, "KB"))
    for name, value, limit, unit in figures:
        print(f"{name:34} {value:8.1f} {unit:2} (at most {limit:.0f})")
    return int(any(value > limit for _, value, limit, _ in figures))


if __name__ == "__main__":
    sys.exit(main())
