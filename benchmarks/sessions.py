"""`/v1/infer` in a known session, beside a bare Starlette echo and LiteLLM's mock proxy."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rig.figures import Figures
from rig.fleet import POLICY, client, request_for
from rig.load import load, post
from rig.process import Server, echo, emulator, serving

from aios_nb import PolicyPackage, PolicyRegistration

ROUNDS = 7
SECONDS = 1.5
CONNECTIONS = 8
SHARE_OF_ECHO, CPU_MS, TIMES_LITELLM = 0.3, 0.3, 20.0
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "aios-nb" / "litellm"
CONFIG = """
model_list:
  - model_name: mock
    litellm_params: {model: openai/mock, api_key: none, mock_response: "(Simulated reply.)"}
general_settings: {dangerously_permit_weak_or_unset_master_key: true}
"""
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def in_known_sessions(server: Server, request: dict[str, Any], path: str) -> Iterator[bytes]:
    """Yield the guide's request for ever, in as many sessions as there are connections."""
    bodies = [json.dumps({**request, "session_id": f"known-{n}"}) for n in range(CONNECTIONS)]
    return itertools.cycle([post(path, body.encode(), port=server.port) for body in bodies])


def litellm() -> tuple[str, ...] | str:
    """Return the command that starts LiteLLM's proxy, or the reason why there is none."""
    program = CACHE / "bin" / "litellm"
    if not program.exists():
        print(f"Installing litellm[proxy] into {CACHE} (once, a few minutes) …", flush=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(CACHE)], check=True, timeout=120)
            pip = [str(CACHE / "bin" / "pip"), "install", "--quiet", "litellm[proxy]"]
            subprocess.run(pip, check=True, timeout=900, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError) as error:
            return f"litellm[proxy] cannot be installed: {error}"
    return (str(program), "--host=127.0.0.1", "--port={port}", "--telemetry=False")


def main() -> int:
    figures = Figures()
    with ExitStack() as stack:
        ours = stack.enter_context(serving(*emulator()))
        floor = stack.enter_context(serving(*echo()))
        uri = client(ours).deploy_policy(PolicyPackage.from_folder(POLICY), RECORD)
        request = request_for(ours, uri)
        asked = in_known_sessions(ours, request, "/adhoc/v1/infer")
        echoed = in_known_sessions(floor, request, "/echo")
        load(ours.port, asked, connections=CONNECTIONS, seconds=1)
        load(floor.port, echoed, connections=CONNECTIONS, seconds=1)
        rows = [measure(ours, asked, floor, echoed) for _ in range(ROUNDS)]
        shares = [mine / echo_rate for mine, echo_rate, _ in rows]
        rate = statistics.median(mine for mine, _, _ in rows)
        floor_rate = statistics.median(echo_rate for _, echo_rate, _ in rows)
        print(f"emulator {rate:,.0f} requests/s, bare echo {floor_rate:,.0f}")
        figures.at_least("share of the echo's rate", statistics.median(shares), SHARE_OF_ECHO, "")
        # Other work on the machine only ever adds to it: caches go cold.
        cpu_ms = min(ms for _, _, ms in rows)
        figures.at_most("CPU of the emulator per request", cpu_ms, CPU_MS, "ms")
        compare_with_litellm(figures, ours, asked)
    return figures.exit_status()


RECORD = PolicyRegistration(name="attributebasedrouter", version="2.0")


def measure(
    ours: Server, asked: Iterator[bytes], floor: Server, echoed: Iterator[bytes]
) -> tuple[float, float, float]:
    """Return requests per second of both, and the emulator's CPU milliseconds per request."""
    before = ours.cpu_s()
    mine = load(ours.port, asked, connections=CONNECTIONS, seconds=SECONDS)
    cpu_ms = (ours.cpu_s() - before) * 1000 / len(mine.took_ms)
    other = load(floor.port, echoed, connections=CONNECTIONS, seconds=SECONDS)
    return mine.rate, other.rate, cpu_ms


def compare_with_litellm(figures: Figures, ours: Server, asked: Iterator[bytes]) -> None:
    command = litellm()
    if isinstance(command, str):
        print(f"skipped: {command}")
        return
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(CONFIG)
        config.flush()
        full = (*command, f"--config={config.name}")
        started = serving(*full, path="/health/liveliness", start_limit_s=90, environment=OFFLINE)
        with started as proxy:
            message = {"role": "user", "content": "Explain about the Deepseek LLM Model"}
            body = json.dumps({"model": "mock", "messages": [message]}).encode()
            chats = itertools.repeat(post("/v1/chat/completions", body, port=proxy.port))
            load(proxy.port, chats, connections=CONNECTIONS, seconds=2)
            ratios = []
            for _ in range(3):
                other = load(proxy.port, chats, connections=CONNECTIONS, seconds=2)
                mine = load(ours.port, asked, connections=CONNECTIONS, seconds=SECONDS)
                ratios.append(mine.rate / other.rate)
    print(f"LiteLLM proxy {other.rate:,.0f} requests/s")
    figures.at_least("times LiteLLM's mock_response", statistics.median(ratios), TIMES_LITELLM, "")


if __name__ == "__main__":
    sys.exit(main())
