"""Policies for tests: run in a runner of their own, with a call that can be changed."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aios_nb.emulator.engine.policy_runner import PolicyProcesses

JSON = dict[str, Any]
CALL: JSON = {"settings": {}, "parameters": {"a": 1}, "input_data": [{"id": "x"}]}
CALL = {**CALL, "mode": "executor"}


def with_runner(
    folder: Path, use: Callable[[PolicyProcesses], Awaitable[Any]], **options: Any
) -> Any:
    async def run() -> Any:
        runner = PolicyProcesses(folder, **options)
        try:
            return await use(runner)
        finally:
            await runner.close()

    return asyncio.run(run())


def run(folder: Path, archive: bytes, *, limit_s: float = 8, **changes: Any) -> JSON:
    return dict(with_runner(folder, lambda r: r.run(archive, {**CALL, **changes}, limit_s=limit_s)))


def outcome(answer: JSON) -> tuple[Any, ...]:
    return answer.get("result"), answer.get("kind"), answer.get("error")


def is_running(process: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
