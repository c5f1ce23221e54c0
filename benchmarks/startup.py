"""How long a reader waits for the emulator: the command, and `connect()` in a notebook."""

import statistics
import subprocess
import sys

from rig.figures import Figures
from rig.process import echo, emulator, serving

ROUNDS = 5
COMMAND_S, CONNECT_S = 1.0, 0.6
# What a lesson imports before it connects.
NOTEBOOK = """
import time
import pandas, matplotlib, requests
import aios_nb
for name in aios_nb.__all__: getattr(aios_nb, name)
begun = time.perf_counter()
aios = aios_nb.connect()
aios.query_policies()
print(time.perf_counter() - begun)
"""


def command_s(command: tuple[str, ...], path: str = "/") -> float:
    """Return the time from starting the command to its first answer."""
    with serving(*command, path=path) as server:
        return server.ready_s


def connect_s() -> float:
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> int:
    figures = Figures()
    floors, commands, connects = [], [], []
    for _ in range(ROUNDS):
        floors.append(command_s(echo()))
        commands.append(command_s(emulator(), path="/blocks/blocks"))
        connects.append(connect_s())
    print(f"floor, a bare Starlette echo: {statistics.median(floors):.2f} s")
    figures.at_most("command to first answer", statistics.median(commands), COMMAND_S, "s")
    figures.at_most("connect() to first answer", statistics.median(connects), CONNECT_S, "s")
    return figures.exit_status()


if __name__ == "__main__":
    sys.exit(main())
