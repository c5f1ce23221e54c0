"""Operators of expressions that do not evaluate all their operands: ``$or``, ``$cond`` …"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bson import MongoError, nullish, truthy
from .field_paths import Expression, Frame
from .scope import Constant, Parse, Scope, arguments_of, check_parameters, folded


def _and(operand: Any, scope: Scope, parse: Parse) -> Expression:
    arguments = arguments_of(operand, scope, parse)
    return folded(lambda frame: all(truthy(a(frame)) for a in arguments), arguments)


def _or(operand: Any, scope: Scope, parse: Parse) -> Expression:
    arguments = arguments_of(operand, scope, parse)

    def some(frame: Frame) -> bool:
        for argument in arguments:
            value = argument(frame)
            if value is True or (value is not False and truthy(value)):
                return True
        return False

    return folded(some, arguments)  # no conditions: false, so OR [] matches no block (§7.2)


def _if_null(operand: Any, scope: Scope, parse: Parse) -> Expression:
    arguments = arguments_of(operand, scope, parse)
    if len(arguments) < 2:
        words = f"$ifNull needs at least two arguments, had: {len(arguments)}"
        raise MongoError(words, 1257300)

    def first_present(frame: Frame) -> Any:
        value = None
        for argument in arguments:
            value = argument(frame)
            if not nullish(value):
                break
        return value

    return folded(first_present, arguments)


def _literal(operand: Any, _: Scope, __: Parse) -> Expression:
    return Constant(operand)


def _cond(operand: Any, scope: Scope, parse: Parse) -> Expression:
    if type(operand) is dict:
        codes = {"if": 17080, "then": 17081, "else": 17082}
        check_parameters("$cond", operand, codes, unknown=17083)
        test, yes, no = (parse(operand[parameter], scope) for parameter in codes)
    else:
        arguments = arguments_of(operand, scope, parse)
        if len(arguments) != 3:
            takes = f"takes exactly 3 arguments. {len(arguments)} were passed in."
            raise MongoError(f"Expression $cond {takes}", 16020)
        test, yes, no = arguments
    return folded(lambda f: yes(f) if truthy(test(f)) else no(f), [test, yes, no])


LOGIC_FORMS: dict[str, Callable[[Any, Scope, Parse], Expression]] = {
    "$and": _and,
    "$or": _or,
    "$ifNull": _if_null,
    "$literal": _literal,
    "$cond": _cond,
}
