"""How long the query builder's model and view take, and how big a notebook with one is.

Run ``python benchmarks/widgets.py``; the exit status is 1 if a bar is missed: model
operations at most 2 ms at 50 conditions, an edit reaches the new count in at most 150 ms on the
shipped fleet, an executed notebook with one builder at most 150 KB.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable

from rig.notebook import notebook_kb

from aios_nb import Condition, FilterRule, connect
from aios_nb.linting import lint
from aios_nb.query import Group
from aios_nb.widgets import QueryBuilder
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.query_model import QueryModel
from aios_nb.widgets.tree import ConditionNode

CONDITIONS = 50
OPERATION_LIMIT_MS = 2.0
COUNT_LIMIT_MS = 150.0
NOTEBOOK_LIMIT_KB = 150.0
ROUNDS = 30
CELLS = (
    "from aios_nb import connect\nfrom aios_nb.widgets import QueryBuilder",
    "aios = connect()\nbuilder = QueryBuilder(find=aios.find_candidates)\nbuilder",
    "builder.feedback.wait()",
)


def model_of_many() -> QueryModel:
    """Return a model with five groups of ten conditions each."""
    ten = tuple(
        Condition("component.componentMetadata.architecture.contextLength", ">=", n)
        for n in range(CONDITIONS // 5)
    )
    rule = FilterRule(block=Group("AND", tuple(Group("OR", ten) for _ in range(5))))
    return QueryModel(Draft.from_rule(rule), lint=lint)


def operations(model: QueryModel) -> dict[str, Callable[[], object]]:
    deep, group = Place("block", (2, 4)), Place("block", (2,))
    document = model.to_wire()
    return {
        "add": lambda: model.add(group, ConditionNode("id", "==", "a")),
        "insert": lambda: model.insert(deep, ConditionNode("id", "==", "a")),
        "remove": lambda: model.remove(deep),
        "move": lambda: model.move(deep, (0, 0)),
        "step": lambda: model.step(deep, 1),
        "clone": lambda: model.clone(group),
        "group": lambda: model.group(deep),
        "ungroup": lambda: model.ungroup(group),
        "mute": lambda: model.mute(deep),
        "set": lambda: model.set(deep, value=9_999),
        "to_wire": model.to_wire,
        "from_wire": lambda: Draft.from_wire(document),
        "sentence": model.sentence,
        "problems": model.problems,
    }


def operation_ms(name: str) -> float:
    """Return the best time of one operation on a fresh model, in ms."""
    best = float("inf")
    for _ in range(ROUNDS):
        do = operations(model_of_many())[name]
        gc.collect()
        began = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - began)
    return best * 1000


def count_ms() -> float:
    """Return the median time from an edit to its count on the shipped fleet, in ms."""
    with connect() as aios:
        builder = QueryBuilder(find=aios.find_candidates)
        builder.feedback.wait()
        times = [_until_counted(builder, 70 + number) for number in range(10)]
        builder.close()
    return statistics.median(times) * 1000


def _until_counted(builder: QueryBuilder, value: int) -> float:
    counted: list[float] = []

    def note(change: dict[str, object]) -> None:
        if getattr(change["new"], "state", "") == "counted":
            counted.append(time.perf_counter())

    builder.feedback.observe(note, "feedback")
    began = time.perf_counter()
    builder.model.set(Place("block", (2, 0)), value=value)
    builder.feedback.wait()
    builder.feedback.unobserve(note, "feedback")
    return counted[0] - began


def main() -> int:
    failures = []
    for name in operations(model_of_many()):
        took = operation_ms(name)
        print(
            f"{name:>10}: {took:6.3f} ms at {CONDITIONS} conditions (limit {OPERATION_LIMIT_MS:g})"
        )
        if took > OPERATION_LIMIT_MS:
            failures.append(f"{name} takes {took:.2f} ms, limit {OPERATION_LIMIT_MS:g} ms")
    counted, size = count_ms(), notebook_kb(CELLS)
    print(f"an edit is counted after {counted:.0f} ms (limit {COUNT_LIMIT_MS:g})")
    print(f"a notebook with one builder has {size:.0f} KB (limit {NOTEBOOK_LIMIT_KB:g})")
    if counted > COUNT_LIMIT_MS:
        failures.append(f"an edit is counted after {counted:.0f} ms, limit {COUNT_LIMIT_MS:g} ms")
    if size > NOTEBOOK_LIMIT_KB:
        failures.append(f"the notebook has {size:.0f} KB, limit {NOTEBOOK_LIMIT_KB:g} KB")
    for failure in failures:
        print(f"MISSED {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
