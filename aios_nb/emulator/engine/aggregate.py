"""MongoDB's aggregation pipeline over dicts, stage after stage (contract §5.5, §7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .bson import MongoError
from .find import TOO_DEEP, compile_find
from .grouping import compile_group
from .projecting import SetField, compile_project, compile_set, compile_unset, set_fields
from .scope import FoldingError
from .sorting import compile_sort
from .unwinding import compile_replace_root, compile_unwind

JSON = dict[str, Any]
Stage = Callable[[list[JSON]], list[JSON]]
Step = Callable[[JSON], JSON | None]  # of one document; None drops it
RUNNING = "PlanExecutor error during aggregation"


def run_pipeline(pipeline: Any, documents: Iterable[JSON]) -> list[JSON]:
    """Return what a pipeline makes of the documents; they are never changed in place.

    All stages are checked before the first document is looked at, as the server does.

    Raises
    ------
    MongoError
        As :func:`compile_pipeline` and :func:`run_stages`.
    """
    return run_stages(compile_pipeline(pipeline), documents)


def run_stages(stages: Iterable[Stage], documents: Iterable[JSON]) -> list[JSON]:
    """Return what the stages make of the documents, one after the other.

    Raises
    ------
    MongoError
        A wrong type met on the way, ``PlanExecutor error during aggregation :: caused by :: …``.
    """
    try:
        results = list(documents)
        for stage in stages:
            results = stage(results)
    except MongoError as error:
        raise error.within(RUNNING) from error
    return results


def compile_pipeline(pipeline: Any) -> list[Stage]:
    """Return the stages as functions of all documents, neighbours merged where they can be.

    Raises
    ------
    MongoError
        A malformed stage or expression.
    """
    if not isinstance(pipeline, list):
        raise MongoError("'pipeline' option must be specified as an array", 14)
    try:
        return _compiled(pipeline)
    except RecursionError as error:
        raise MongoError(TOO_DEEP, 15) from error


def _compiled(pipeline: list[Any]) -> list[Stage]:
    stages: list[Stage] = []
    steps: list[Step] = []
    for part in map(_compile_stage, pipeline):
        if isinstance(part, EachDocument):
            steps.append(part.step)
            continue
        stages += _one_pass(steps), part
        steps = []
    return [*stages, _one_pass(steps)]


class EachDocument:
    """A stage that looks at one document at a time."""

    def __init__(self, step: Step) -> None:
        self.step = step


def _one_pass(steps: list[Step]) -> Stage:
    """Take each document through all steps before the next, while the processor's cache has it."""
    if not steps:
        return lambda documents: documents
    merged = list(_merged(steps))

    def run(documents: list[JSON]) -> list[JSON]:
        results = []
        for document in documents:
            current: JSON | None = document
            for step in merged:
                current = step(current)  # type: ignore[arg-type]  # None ends the loop
                if current is None:
                    break
            else:
                results.append(current)
        return results  # type: ignore[return-value]  # no None gets here

    return run


def _merged(steps: list[Step]) -> Iterator[Step]:
    """Yield the steps, a run of ``$set`` stages as one."""
    run: list[SetField] = []
    for step in steps:
        if isinstance(step, SetField):
            run.append(step)
            continue
        if run:
            yield set_fields(run)
            run = []
        yield step
    if run:
        yield set_fields(run)


def _compile_stage(stage: Any) -> Stage | EachDocument:
    if not isinstance(stage, dict):
        raise MongoError("Each element of the 'pipeline' array must be an object", 14)
    if len(stage) != 1:
        words = "A pipeline stage specification object must contain exactly one field."
        raise MongoError(words, 40323)
    name, spec = next(iter(stage.items()))
    if name not in STAGES:
        raise MongoError(f"Unrecognized pipeline stage name: '{name}'", 40324)
    return STAGES[name](name, spec)


def _match(_: str, spec: Any) -> EachDocument:
    if not isinstance(spec, dict):
        raise MongoError("the match filter must be an expression in an object", 15959)
    matches = compile_find(spec)
    return EachDocument(lambda document: document if matches(document) else None)


def _per_document(
    compile_spec: Callable[[str, Any], Callable[[JSON], JSON]],
) -> Callable[[str, Any], EachDocument]:
    def compile_stage(name: str, spec: Any) -> EachDocument:
        try:
            change = compile_spec(name, spec)
        except FoldingError:
            raise  # found later, when the server optimises
        except MongoError as error:
            if name.startswith("$replace"):
                raise
            raise error.within(f"Invalid {name}") from error
        return EachDocument(change)

    return compile_stage


def _limit(_: str, spec: Any) -> Stage:
    count = _whole_number("limit", spec, 2107201)
    if count <= 0:
        raise MongoError("the limit must be positive", 15958)
    return lambda documents: documents[:count]


def _skip(_: str, spec: Any) -> Stage:
    count = _whole_number("skip", spec, 5107200)
    return lambda documents: documents[count:]


def _whole_number(name: str, spec: Any, code: int) -> int:
    if type(spec) not in (int, float) or spec != spec // 1:
        words = f"invalid argument to ${name} stage: Expected a number in: ${name}: {spec}"
        raise MongoError(words, code)
    if spec < 0:
        words = f"invalid argument to ${name} stage: Expected a non-negative number in"
        raise MongoError(f"{words}: ${name}: {spec}", code)
    return int(spec)


def _count(_: str, spec: Any) -> Stage:
    if type(spec) is not str or not spec:
        raise MongoError("the count field must be a non-empty string", 40156)
    if spec.startswith("$"):
        raise MongoError("the count field cannot be a $-prefixed path", 40158)
    if "." in spec:
        raise MongoError("the count field cannot contain '.'", 40160)
    return lambda documents: [{spec: len(documents)}] if documents else []


def _group(_: str, spec: Any) -> Stage:
    if not isinstance(spec, dict):
        raise MongoError("a group's fields must be specified in an object", 15947)
    return compile_group(spec)


def _sort(_: str, spec: Any) -> Stage:
    if not isinstance(spec, dict):
        raise MongoError("the $sort key specification must be an object", 15973)
    return compile_sort(spec)


STAGES: dict[str, Callable[[str, Any], Stage | EachDocument]] = {
    "$match": _match,
    "$set": _per_document(compile_set),
    "$addFields": _per_document(compile_set),
    "$project": _per_document(compile_project),
    "$unset": _per_document(compile_unset),
    "$limit": _limit,
    "$skip": _skip,
    "$sort": _sort,
    "$count": _count,
    "$group": _group,
    "$unwind": compile_unwind,
    "$replaceRoot": _per_document(compile_replace_root),
    "$replaceWith": _per_document(compile_replace_root),
}
