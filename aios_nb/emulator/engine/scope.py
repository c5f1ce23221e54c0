"""What the parts of an expression share while it is compiled: variables, constants, folding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bson import MongoError
from .field_paths import Expression, Frame

ROOT = {"ROOT": 0, "CURRENT": 0}


class Constant:
    """An expression whose value is known before any document is seen."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _: Frame) -> Any:
        return self.value


class FoldingError(MongoError):
    """An expression of constants failed while the server optimised the pipeline."""


class Scope:
    """The variables that an expression may name, each with its slot in the frame."""

    def __init__(self, slots: dict[str, int] = ROOT, counter: list[int] | None = None) -> None:
        self.slots = slots
        self.counter = counter or [1]

    def with_variable(self, name: Any) -> tuple[Scope, int]:
        if type(name) is not str or (not name[:1].islower() and name[:1] <= "\x7f"):
            words = f"'{name}' starts with an invalid character for a user variable name"
            raise MongoError(words, 16867)
        slot = self.counter[0]
        self.counter[0] += 1
        return Scope({**self.slots, name: slot}, self.counter), slot


def folded(expression: Expression, arguments: list[Expression]) -> Expression:
    """Evaluate now what depends on no document, as the server's optimiser does."""
    if not all(isinstance(argument, Constant) for argument in arguments):
        return expression
    try:
        return Constant(expression([]))
    except MongoError as error:
        raise FoldingError(error.text, error.code).within("Failed to optimize pipeline") from error


Parse = Callable[[Any, Scope], Expression]


def arguments_of(operand: Any, scope: Scope, parse: Parse) -> list[Expression]:
    """Parse the operands of an operator; one that stands alone needs no list."""
    return [parse(item, scope) for item in (operand if type(operand) is list else [operand])]


def check_parameters(
    name: str,
    operand: dict[str, Any],
    codes: dict[str, int],
    *,
    unknown: int,
    optional: tuple[str, ...] = (),
) -> None:
    """Check the named parameters of an operator; ``codes`` are the errors for those it needs."""
    for parameter in operand:
        if parameter not in codes and parameter not in optional:
            raise MongoError(f"Unrecognized parameter to {name}: {parameter}", unknown)
    for parameter, code in codes.items():
        if parameter not in operand:
            raise MongoError(f"Missing '{parameter}' parameter to {name}", code)
