"""How long the linter takes over a filter of 50 conditions, beside writing it as JSON.

A form lints at each keystroke. Run ``python benchmarks/lint.py``; the exit status is 1 if 50
conditions take more than 2 ms, or 500 more than 15 times as long as 50.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aios_nb.linting import Fields, fields_of, lint

JSON = dict[str, Any]
FIXTURES = Path(__file__).parent.parent / "fixtures"
LIMIT_MS = 2.0
GROWTH = 15.0
ROUNDS = 30


def rule(size: int, *, is_wrong: bool = False) -> JSON:
    """Return a filter of ``size`` conditions, half of them on metrics."""
    name = "usecas" if is_wrong else "usecase"
    documents = [
        {"variable": f"component.componentMetadata.{name}", "operator": "LIKE", "value": f"*{n}*"}
        for n in range(size // 2)
    ]
    target = "instances.token_per_second" if is_wrong else "instances.llm_tokens_per_second"
    metrics = [
        {"aggOperator": "avg", "target": target, "operator": ">", "value": n}
        for n in range(size // 2)
    ]
    queries = {
        "blockQuery": {"logicalOperator": "AND", "conditions": documents},
        "blockMetricsQuery": {"logicalOperator": "AND", "conditions": metrics},
    }
    return {"matchType": "block", "filter": queries}


def fleet() -> Fields:
    blocks = [json.loads(path.read_text()) for path in (FIXTURES / "blocks").glob("*.json")]
    live = [json.loads(path.read_text()) for path in (FIXTURES / "metrics").glob("*.json")]
    return fields_of([*blocks, *({"metrics": document} for document in live)])


def milliseconds(run: Callable[[], object]) -> float:
    """Return the best of several rounds; a shared machine only ever adds time."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - began)
    return best * 1000


def main() -> int:
    fields = fleet()
    right, wrong, long = rule(50), rule(50, is_wrong=True), rule(500)
    written = milliseconds(lambda: json.dumps(right))
    took = {
        "50 conditions without a finding": milliseconds(lambda: lint(right, fields=fields)),
        "50 conditions, all wrong": milliseconds(lambda: lint(wrong, fields=fields)),
    }
    failures = [f"{what}: {ms:.2f} ms" for what, ms in took.items() if ms > LIMIT_MS]
    for what, ms in took.items():
        print(f"{what}: {ms:.2f} ms (limit {LIMIT_MS:g}), {ms / written:.0f} x json.dumps")
    growth = milliseconds(lambda: lint(long, fields=fields)) / next(iter(took.values()))
    print(f"500 conditions take {growth:.1f} times as long as 50 (limit {GROWTH:g})")
    if growth > GROWTH:
        failures.append(f"500 conditions take {growth:.1f} times as long as 50")
    if "pandas" in sys.modules:
        failures.append("the linter loads pandas")
    print("\n".join(f"FAIL: {failure}" for failure in failures) or "all bars met")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
