"""How long an edit in the query builder takes to reach its new count; the server is apart from it.

Run ``python benchmarks/counting.py``; the exit status is 1 if a bar is missed: at most 150 ms on
the shipped fleet, 400 ms at 1,000 blocks of the shipped ones' size that all pass, which is the
longest answer there is. The same call without a builder is timed between the edits: the count
takes at most 1.3 times as long, and what each condition removes is known after 4 times.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rig.figures import Figures
from rig.fleet import client, write_fleet
from rig.process import Server, emulator, serving

from aios_nb.widgets import QueryBuilder
from aios_nb.widgets.draft import Place

SHIPPED_MS, LARGE_MS, SIZE = 150.0, 400.0, 1_000
COUNT_RATIO, EXPLAIN_RATIO = 1.3, 4.0
ROUNDS, LIMIT_S = 11, 60.0
PLACE = Place("block", (2, 0))


class Watch:
    """A builder, and when each state of its feedback came."""

    def __init__(self, builder: QueryBuilder) -> None:
        self.builder = builder
        self.came_s: dict[str, float] = {}
        builder.feedback.observe(self._note, "feedback")
        settle(builder)

    def _note(self, change: dict[str, Any]) -> None:
        self.came_s[change["new"].state] = time.perf_counter()

    def edit(self, value: int) -> tuple[float, float]:
        """Return the milliseconds from an edit to its count, and to its explanation."""
        begun = time.perf_counter()
        self.builder.model.set(PLACE, value=value)
        settle(self.builder)
        return (self.came_s["counted"] - begun) * 1000, (self.came_s["explained"] - begun) * 1000


def settle(builder: QueryBuilder) -> None:
    if not builder.feedback.wait(LIMIT_S):
        raise SystemExit(f"no count within {LIMIT_S:g} s: {builder.feedback.feedback.text}")


def measure(figures: Figures, server: Server, name: str, limit_ms: float) -> None:
    counted_ms, explained_ms, bare_ms = [], [], []
    with client(server) as aios:
        watch = Watch(QueryBuilder(find=aios.find_candidates))
        for value in range(50, 50 + ROUNDS):
            counted, explained = watch.edit(value)
            begun = time.perf_counter()
            aios.find_candidates(watch.builder.rule)
            bare_ms.append((time.perf_counter() - begun) * 1000)
            counted_ms.append(counted)
            explained_ms.append(explained)
        print(f"       {name}: {watch.builder.feedback.feedback.text}")
        watch.builder.close()
    count, explanation, bare = map(statistics.median, (counted_ms, explained_ms, bare_ms))
    figures.at_most(f"edit to count, {name}", count, limit_ms, "ms")
    if limit_ms == LARGE_MS:  # a few milliseconds on the shipped fleet: a ratio of them says little
        figures.at_most(
            f"the same, of the bare call's {bare:.0f} ms", count / bare, COUNT_RATIO, ""
        )
        figures.at_most("edit to explanation, likewise", explanation / bare, EXPLAIN_RATIO, "")


def main() -> int:
    figures = Figures()
    with serving(*emulator()) as server:
        measure(figures, server, "shipped fleet", SHIPPED_MS)
    with tempfile.TemporaryDirectory() as folder:
        fleet = write_fleet(Path(folder) / "fleet", SIZE)
        with serving(*emulator(f"--fleet={fleet}")) as server:
            measure(figures, server, f"{SIZE:,} blocks", LARGE_MS)
    return figures.exit_status()


if __name__ == "__main__":
    sys.exit(main())
