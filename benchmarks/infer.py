"""`/v1/infer` in a new session: search, policy, reply; and what the policy's process adds.

Each figure is the best round's median: other work on the machine only ever adds time.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from rig.figures import Figures
from rig.fleet import POLICY, client, in_new_sessions, request_for, write_fleet
from rig.load import load
from rig.process import Server, emulator, serving

from aios_nb import PolicyPackage, PolicyRegistration

JSON = dict[str, Any]
ASKING = Path(__file__).parent / "rig" / "asking_policy.py"
LIMITS_MS = {10: 5.0, 1_000: 60.0}
CALLS = {10: 100, 1_000: 20}
ASKED_CALLS = {10: 60, 1_000: 5}
SHIPPED_MS, ASKING_MS, COLD_S, OVERHEAD_MS = 30.0, 1.2, 1.5, 4.0
ROUNDS = 9
COLD_ROUNDS = 5
numbers = itertools.count()


class Policy:
    """A policy on one emulator, and how long a request in a new session takes with it."""

    def __init__(self, server: Server, package: PolicyPackage) -> None:
        self.server = server
        record = PolicyRegistration(f"{package.name}-{next(numbers)}", version="2.0")
        self.request = request_for(server, client(server).deploy_policy(package, record))

    def first_ms(self) -> float:
        return self.calls_ms(1)[0]

    def calls_ms(self, calls: int) -> list[float]:
        """Return the milliseconds of so many requests, one after the other."""
        sessions = in_new_sessions(self.server, self.request, f"s{next(numbers)}")
        some = itertools.islice(sessions, calls)
        return load(self.server.port, some, connections=1, seconds=60).took_ms

    def policy_ms(self, calls: int) -> float:
        """Return the median of the policy's part, as the emulator's journal tells it."""
        self.calls_ms(calls)
        url = f"{self.server.url}/_emulator/journal?service=adhoc"
        with urllib.request.urlopen(url, timeout=10) as answer:
            exchanges = json.load(answer)["exchanges"][-calls:]
        return statistics.median(e["decision"]["policy_ms"] for e in exchanges)


def shipped() -> PolicyPackage:
    return PolicyPackage.from_folder(POLICY)


def asking() -> PolicyPackage:
    return PolicyPackage.from_source("asking", ASKING.read_text(), requirements="requests\n")


def measure_size(figures: Figures, server: Server, size: int) -> None:
    policy, other = Policy(server, shipped()), Policy(server, asking())
    policy.first_ms(), other.first_ms()
    rounds = [
        (policy.calls_ms(CALLS[size]), other.calls_ms(ASKED_CALLS[size])) for _ in range(ROUNDS)
    ]
    own = [statistics.median(mine) for mine, _ in rounds]
    on_top = [
        (statistics.median(theirs) - statistics.median(mine)) / size for mine, theirs in rounds
    ]
    name = f"{size} candidates"
    figures.at_most(f"{name}, new session", min(own), LIMITS_MS[size], "ms")
    figures.at_most(f"{name}, asked for one by one", min(on_top), ASKING_MS, "ms each, on top")


def main() -> int:
    figures = Figures()
    with serving(*emulator()) as server:
        cold = [Policy(server, variant(n)).first_ms() / 1000 for n in range(COLD_ROUNDS)]
        figures.at_most("cold start of a policy", statistics.median(cold), COLD_S, "s")
        policy = Policy(server, shipped())
        policy.first_ms()
        fleet_ms = min(statistics.median(policy.calls_ms(40)) for _ in range(ROUNDS))
        figures.at_most("shipped fleet, new session", fleet_ms, SHIPPED_MS, "ms")
    for size in LIMITS_MS:
        with tempfile.TemporaryDirectory() as folder:
            fleet = write_fleet(Path(folder) / "fleet", size)
            with serving(*emulator(f"--fleet={fleet}")) as server:
                measure_size(figures, server, size)
                if size == 10:
                    policy = Policy(server, shipped())
                    policy.first_ms()
                    overhead_ms = min(policy.policy_ms(40) for _ in range(ROUNDS))
                    figures.at_most(
                        "policy at 10 candidates, process included", overhead_ms, OVERHEAD_MS, "ms"
                    )
    return figures.exit_status()


def variant(number: int) -> PolicyPackage:
    """Return the shipped policy as an archive that the emulator has never seen."""
    files = dict(shipped().files)
    files["code/function.py"] += f"\n# variant {number}\n".encode()
    return PolicyPackage(f"variant-{number}", tuple(files.items()))


if __name__ == "__main__":
    sys.exit(main())
