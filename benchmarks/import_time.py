"""`import aios_nb` against `import requests`, its floor, each in fresh processes."""

import statistics
import subprocess
import sys

ROUNDS = 7
LIMIT_MS = 60.0
LIMIT_RATIO = 2.0  # milliseconds mean little on a busy machine
HEAVY = ("pandas", "ipywidgets", "matplotlib", "aios_nb.emulator")
SCRIPT = """
import sys, time
started = time.perf_counter()
import requests
floor = time.perf_counter() - started
import aios_nb
{use}
print(floor * 1000, (time.perf_counter() - started - floor) * 1000, *({heavy} & set(sys.modules)))
"""
# What a first request needs; explain and lint come on top when they are asked for.
USE_CLIENT = (
    "aios_nb.AIOSClient, aios_nb.Endpoints, aios_nb.InferenceRequest, aios_nb.SelectionQuery"
)


def measure(use: str) -> tuple[float, float]:
    """Return the median milliseconds of `import requests` and of what comes on top."""
    script = SCRIPT.format(use=use, heavy=set(HEAVY))
    rows = [run(script) for _ in range(ROUNDS)]
    loaded = {name for _, _, names in rows for name in names}
    if loaded:
        raise SystemExit(f"FAIL: loaded {', '.join(sorted(loaded))}")
    return statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows)


def run(script: str) -> tuple[float, float, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    floor, extra, *names = done.stdout.split()
    return float(floor), float(extra), names


def main() -> None:
    for label, use in (
        ("import aios_nb", ""),
        ("import aios_nb, use client and values", USE_CLIENT),
    ):
        floor, extra = measure(use)
        ratio = (floor + extra) / floor
        print(f"{label}: +{extra:.1f} ms on import requests ({floor:.1f} ms), ratio {ratio:.2f}")
        if not use and extra > LIMIT_MS:
            raise SystemExit(f"FAIL: more than {LIMIT_MS:g} ms")
        if ratio > LIMIT_RATIO:
            raise SystemExit(f"FAIL: more than {LIMIT_RATIO:g} times import requests")


if __name__ == "__main__":
    main()
