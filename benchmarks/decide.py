"""The guide's filter with a verdict per condition, and the shipped policy's scores, in process."""

from __future__ import annotations

import importlib.util
import random
import sys
import timeit
from collections.abc import Callable
from functools import partial
from typing import Any

from rig.figures import Figures
from rig.fleet import MODELS, POLICY, block, guides_request, metrics, parameters

from aios_nb.emulator.engine.joining import with_metrics
from aios_nb.emulator.engine.truth import compile_truth
from aios_nb.emulator.world import World

LIMITS_MS = {10: 0.05, 100: 0.5, 1_000: 5.0}
ROUNDS = 30
# A plain pass over the same documents: six look-ups of the deepest path in each.
DEEP = ("component", "componentMetadata", "evaluation", "benchmarks", "MMLU", "value")


def load_policy() -> Any:
    spec = importlib.util.spec_from_file_location("function", POLICY / "code" / "function.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["function"] = module
    spec.loader.exec_module(module)
    return module


def fleet(size: int) -> World:
    """Return a world of blocks that all pass the guide's filter."""
    draw, world = random.Random(7), World()
    for number in range(size):
        model = MODELS[number % len(MODELS)]
        world.blocks.insert(block(model, f"{model}-{number:04d}"))
        world.metrics.insert(metrics(model, f"{model}-{number:04d}", draw))
    return world


def decide(policy: Any, world: World, fill: Any, query: Any) -> str:
    """Return the winner, as the policy scores it, of the blocks that pass every condition."""
    usecase, streaming, mmlu, arc, uptime, tokens = fill(world).columns
    passed = [
        u and s and (m or a) and (up or t)
        for u, s, m, a, up, t in zip(usecase, streaming, mmlu, arc, uptime, tokens, strict=True)
    ]
    kept = [b for b, holds in zip(world.blocks, passed, strict=True) if holds]
    found = with_metrics(world, kept)
    instances = [policy.real_instances(c["metrics"]) or [] for c in found]
    board = policy.Scoreboard(found, instances, policy.read_goals(query))
    winner: str = found[board.order[0]]["id"]
    return winner


def changing(world: World) -> Callable[[], None]:
    """Return what makes the emulator forget all it has read of blocks and metrics."""

    def change() -> None:
        for collection in (world.blocks, world.metrics):
            collection.insert(document := {"id": "changed", "blockId": "changed"})
            collection.remove(document)

    return change


def walk(world: World) -> int:
    """The floor: touch what six conditions must touch, and decide nothing."""
    count = 0
    for document in world.blocks:
        for _ in range(6):
            value: Any = document
            for name in DEEP:
                value = value[name]
            count += value is not None
    return count


def milliseconds(work: Callable[[], Any], *, times: int, first: Any = "pass") -> float:
    """Return the best of many rounds: a shared machine only ever adds time.

    ``first`` comes before each round and does not count.
    """
    return min(timeit.repeat(work, first, repeat=ROUNDS, number=times)) * 1000 / times


def main() -> int:
    figures, policy, took = Figures(), load_policy(), {}
    rule = parameters(guides_request())
    fill, query = compile_truth(rule["filterRule"]["filter"]), rule["selection_query"]
    for size, limit_ms in LIMITS_MS.items():
        world = fleet(size)
        work, times = partial(decide, policy, world, fill, query), 2_000 // size
        took[size] = milliseconds(work, times=times)
        floor_ms = milliseconds(partial(walk, world), times=times)
        new_ms = milliseconds(work, times=1, first=changing(world))
        print(f"{size} candidates: {took[size] / floor_ms:.1f} times six bare look-ups each")
        print(f"{size} candidates, when blocks and metrics have just changed: {new_ms:.2f} ms")
        figures.at_most(f"verdicts and scores, {size} candidates", took[size], limit_ms, "ms")
        world.close()
    figures.at_most("ten times the candidates", took[1_000] / took[100], 15, "times as long")
    return figures.exit_status()


if __name__ == "__main__":
    sys.exit(main())
