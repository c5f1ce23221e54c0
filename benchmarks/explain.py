"""How long `explain` takes over HTTP: truth table, near misses, dry run, scores, comparison.

Run ``python benchmarks/explain.py``; the exit status is 1 if a bar is missed: at most
60 ms on the shipped fleet, 500 ms at 1,000 blocks. The emulator is a process of its own, as a
cluster is, and has the guide's filter to work on.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from filter import fleet
from rig.figures import Figures
from rig.fleet import POLICY, client, request_for
from rig.process import Server, emulator, serving

from aios_nb import InferenceRequest, PolicyPackage, explain
from aios_nb.explanation import Explanation

SHIPPED_MS, LARGE_MS, SIZE = 60.0, 500.0, 1_000
ROUNDS = 9


def write_fleet(folder: Path, size: int) -> Path:
    """Write the fleet of the filter benchmark, of which about a quarter passes the filter."""
    world = fleet(size)
    for name in ("blocks", "metrics", "clusters", "replies"):
        (folder / name).mkdir()
    for block in world.blocks:
        (folder / "blocks" / f"{block['id']}.json").write_text(json.dumps(block))
    for document in world.metrics:
        (folder / "metrics" / f"{document['blockId']}.json").write_text(json.dumps(document))
    return folder


def measured(server: Server) -> tuple[float, Explanation]:
    """Return the median in milliseconds, verdicts of all blocks included, and what was found."""
    with client(server) as aios:
        uri = aios.deploy_policy(PolicyPackage.from_folder(POLICY))
        request = InferenceRequest.from_wire(request_for(server, uri))
        found = explain(aios, request)
        took_ms = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            found = explain(aios, request)
            verdicts = found.blocks
            took_ms.append((time.perf_counter() - begun) * 1000)
            if len(verdicts) != found.filtering.total:
                raise SystemExit(f"{len(verdicts)} verdicts on {found.filtering.total} blocks")
    return statistics.median(took_ms), found


def main() -> int:
    figures = Figures()
    with serving(*emulator()) as server:
        took_ms, found = measured(server)
        figures.at_most(f"explain, shipped fleet, {found!r}", took_ms, SHIPPED_MS, "ms")
    with tempfile.TemporaryDirectory() as folder:
        command = emulator("--fleet", str(write_fleet(Path(folder), SIZE)))
        with serving(*command) as server:
            took_ms, found = measured(server)
    figures.at_most(f"explain, {found!r}", took_ms, LARGE_MS, "ms")
    return figures.exit_status()


if __name__ == "__main__":
    sys.exit(main())
