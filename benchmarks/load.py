"""Mixed traffic under faults and fleet changes: nothing wrong, late, growing or left over."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil
from rig.disturbance import Disturbance
from rig.figures import Figures
from rig.openloop import Caller, Tally, drive
from rig.process import Server, emulator, serving
from rig.traffic import Traffic

SETTLE_LIMIT_S = 15.0
ENOUGH_FOR_ALL_FAULTS = 3_000  # requests: in a shorter run a rare kind may meet nobody
# The program, the event loop, the emulator's pool (service_thread.py) and AnyIO's.
POOLED_THREADS = 2 + 64 + 40
FLAT_PER_CENT = 5.0
# In its first minutes the emulator's journal and log fill up to their limits.
FULL_AFTER_MINUTES, FILLING_PER_CENT = 5.0, 30.0


@dataclass
class Watch:
    """What the server's process holds: looked at every half second, in a thread of its own."""

    process: psutil.Process
    samples: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()

    def holdings(self) -> dict[str, int]:
        return {
            "open files": self.process.num_fds(),
            "threads": self.process.num_threads(),
            "processes": len(self.process.children(recursive=True)),
        }

    def megabytes(self, *, begin: float, end: float) -> float:
        """Return the median memory between two moments, given as shares of the run."""
        first, last = self.samples[0][0], self.samples[-1][0]
        span = last - first
        wanted = [mb for at, mb in self.samples if begin * span <= at - first <= end * span]
        return statistics.median(wanted)

    def _look(self) -> None:
        while not self._is_over.wait(0.5):
            self.samples.append((time.perf_counter(), self.process.memory_info().rss / 2**20))


async def run(
    server: Server, traffic: Traffic, *, rate: float, seconds: float
) -> tuple[Tally, Watch, dict[str, int], dict[str, int]]:
    process = psutil.Process(server.pid)
    caller = Caller(server.port, Tally(), traffic.usual_s)
    await traffic.prepare(caller)
    await traffic.hanging(caller)
    watch = Watch(process)
    before = await settled(watch, {})
    disturbing = asyncio.create_task(traffic.disturbance.disturb(caller))
    tally = await drive(server.port, traffic.kinds(), rate=rate, seconds=seconds)
    disturbing.cancel()
    watch.close()
    return tally, watch, before, await settled(watch, before)


async def settled(watch: Watch, bar: dict[str, int]) -> dict[str, int]:
    """Return what the process holds once it holds no more than before, or does not let go."""
    deadline = time.perf_counter() + (SETTLE_LIMIT_S if bar else 2.0)
    while True:
        found = watch.holdings()
        if time.perf_counter() > deadline or (
            bar and all(found[k] <= bar[k] for k in bar if k != "threads")
        ):
            return found
        await asyncio.sleep(0.2)


def show(
    figures: Figures, tally: Tally, disturbance: Disturbance, *, seconds: float, cpu_s: float
) -> None:
    took = sorted(tally.took_ms)
    per_second = len(took) / seconds
    print(f"       {len(took)} requests in {seconds:g} s, {per_second:.0f} per second")
    print(f"       {dict(tally.visits)}")
    print(f"       faults felt: {dict(disturbance.seen)}")
    for share in (0.5, 0.99, 0.999):
        print(f"       {share:.1%} of the answers within {took[int(share * len(took))]:.1f} ms")
    print(f"       the emulator used {cpu_s / seconds:.0%} of one processor, without its policies")
    print(f"       sent late by {statistics.median(tally.lag_ms):.1f} ms (median)")
    figures.at_most("wrong answers", len(tally.wrong), 0, "answers")
    figures.at_most("answers later than their limit", len(tally.late), 0, "answers")
    wanted = 4 if len(took) >= ENOUGH_FOR_ALL_FAULTS else 3
    figures.at_least("kinds of faults felt", len(disturbance.seen), wanted, "kinds")
    for problem in [*tally.wrong, *tally.late][:10]:
        print(f"       {problem}")


def show_leftovers(figures: Figures, before: dict[str, int], after: dict[str, int]) -> None:
    for name, count in after.items():
        bar = POOLED_THREADS if name == "threads" else before[name]
        figures.at_most(f"{name} afterwards", count, bar, name)


def show_memory(figures: Figures, watch: Watch, minutes: float) -> None:
    early, late = watch.megabytes(begin=0.5, end=0.6), watch.megabytes(begin=0.9, end=1.0)
    bar = FLAT_PER_CENT if minutes >= FULL_AFTER_MINUTES else FILLING_PER_CENT
    name = f"memory: {early:.0f} MB at half time, {late:.0f} MB at the end, growth"
    figures.at_most(name, 100 * (late / early - 1), bar, "%")


def show_remains(figures: Figures, server: Server, family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, 5)
    figures.at_most("processes that outlive the emulator", len(alive), 0, "processes")
    folders = list(Path(tempfile.gettempdir()).glob(f"aios-emulator-{server.pid}-*"))
    figures.at_most("folders that outlive the emulator", len(folders), 0, "folders")


@click.command()
@click.option("--minutes", type=float, default=1 / 3, help="How long.")
@click.option("--rate", type=float, default=150.0, help="Requests per second.")
@click.option("--limit", type=float, default=5.0, help="Seconds after which an answer is late.")
@click.option("--wait-limit", type=float, default=3.0, help="Seconds that a policy may take.")
def main(minutes: float, rate: float, limit: float, wait_limit: float) -> None:
    """Load an emulator of its own on this machine, and show what it stood."""
    figures, disturbance, seconds = Figures(), Disturbance(), minutes * 60
    with serving(*emulator(f"--wait-limit={wait_limit:g}")) as server:
        # Policies and connections share two cores with this program.
        traffic = Traffic(server, disturbance, wait_limit_s=wait_limit, usual_s=limit)
        running = run(server, traffic, rate=rate, seconds=seconds)
        tally, watch, before, after = asyncio.run(running)
        cpu_s = server.cpu_s()
        family = psutil.Process(server.pid).children(recursive=True)
    show(figures, tally, disturbance, seconds=seconds, cpu_s=cpu_s)
    show_memory(figures, watch, minutes)
    show_leftovers(figures, before, after)
    show_remains(figures, server, family)
    sys.exit(figures.exit_status())


if __name__ == "__main__":
    main()
