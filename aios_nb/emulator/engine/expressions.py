"""Aggregation expressions compiled to functions: literals, paths, variables, operators (§7.2)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .accumulating import ACCUMULATORS
from .array_forms import ARRAY_FORMS
from .bson import MISSING, NUMERIC, MongoError
from .field_paths import Expression, Frame, RootField, check_name, check_path, reader
from .logic_forms import LOGIC_FORMS
from .operators import OPERATORS
from .reducing import accumulator
from .scope import Constant, Scope, arguments_of, folded

JSON = dict[str, Any]
FORMS = LOGIC_FORMS | ARRAY_FORMS


def compile_expression(spec: Any) -> Callable[[JSON], Any]:
    """Return a function from a document to the expression's value (MISSING if there is none).

    Raises
    ------
    MongoError
        The expression is malformed; evaluating it raises too, for instance 17124 and 28664.
    """
    expression, spare = compile_for_frame(spec)
    if not spare:
        return lambda document: expression([document])
    return lambda document: expression([document, *spare])


def compile_for_frame(spec: Any) -> tuple[Expression, list[None]]:
    """Return the expression itself and the empty slots that its frame needs after the document."""
    scope = Scope()
    expression = parse(spec, scope)
    return expression, [None] * (scope.counter[0] - 1)


def parse(spec: Any, scope: Scope) -> Expression:
    if type(spec) is str and spec.startswith("$"):
        return _parse_path(spec, scope)
    if type(spec) is list:
        return _array([parse(item, scope) for item in spec])
    if type(spec) is not dict:
        return Constant(spec)
    if str(next(iter(spec), "")).startswith("$"):
        return _parse_operator(spec, scope)
    return _object(_parse_fields(spec, scope))


def _parse_path(spec: str, scope: Scope) -> Expression:
    if spec == "$":
        raise MongoError("'$' by itself is not a valid FieldPath", 16872)
    if not spec.startswith("$$"):
        return reader(0, check_path(spec[1:]))
    name, _, rest = spec[2:].partition(".")
    if name == "REMOVE":
        return Constant(MISSING)
    if name not in scope.slots:
        raise MongoError(f"Use of undefined variable: {name}", 17276)
    return reader(scope.slots[name], check_path(rest) if rest or "." in spec else [])


def _parse_operator(spec: JSON, scope: Scope) -> Expression:
    if len(spec) != 1:
        words = "An object representing an expression must have exactly one field"
        raise MongoError(f"{words}: {spec}", 15983)
    name, operand = next(iter(spec.items()))
    if name in FORMS:
        return FORMS[name](operand, scope, parse)
    if name in ACCUMULATORS:
        return accumulator(name, arguments_of(operand, scope, parse))
    if name not in OPERATORS:
        raise MongoError(f"Unrecognized expression '{name}'", 168)
    return _plain_operator(name, arguments_of(operand, scope, parse))


def _parse_fields(spec: JSON, scope: Scope) -> dict[str, Expression]:
    # A key without `$` makes an object literal, whatever it holds: {"null": [...]} is true (§7.2).
    fields = {}
    for name, value in spec.items():
        # The translation's Python key None travels as the JSON key "null".
        name = "null" if name is None else name
        check_name(name)
        if "." in name:
            advice = "Consider using $getField or $setField."
            raise MongoError(f"FieldPath field names may not contain '.'. {advice}", 16412)
        fields[name] = parse(value, scope)
    return fields


def _object(fields: dict[str, Expression]) -> Expression:
    def build(frame: Frame) -> JSON:
        values = {name: expression(frame) for name, expression in fields.items()}
        return {name: value for name, value in values.items() if value is not MISSING}

    return folded(build, list(fields.values()))


def _array(items: list[Expression]) -> Expression:
    def build(frame: Frame) -> list[Any]:
        values = [item(frame) for item in items]
        return [None if value is MISSING else value for value in values]

    return folded(build, items)


def _plain_operator(name: str, arguments: list[Expression]) -> Expression:
    OPERATORS[name].check(name, len(arguments))
    function = OPERATORS[name].function
    if len(arguments) == 1:
        only = arguments[0]
        return folded(lambda frame: function(only(frame)), arguments)
    if len(arguments) == 2:
        return folded(_binary(name, *arguments), arguments)
    return folded(lambda frame: function(*[argument(frame) for argument in arguments]), arguments)


def _binary(name: str, left: Expression, right: Expression) -> Expression:
    function = OPERATORS[name].function
    bound = right.value if isinstance(right, Constant) else None
    is_number = type(bound) in NUMERIC and bound == bound
    if isinstance(left, RootField) and is_number and name in NUMBER_ORDERS:
        return _field_ordering(left.name, bound, NUMBER_ORDERS[name], function)
    return lambda frame: function(left(frame), right(frame))


def _field_ordering(
    field: str, bound: Any, order: Callable[[Any, Any], bool], function: Callable[..., Any]
) -> Expression:
    """Return a comparison of a computed number, the end of every metrics condition."""

    def compared(frame: Frame) -> Any:
        value = frame[0].get(field, MISSING)
        if (type(value) is float or type(value) is int) and value == value:
            return order(value, bound)
        return function(value, bound)

    return compared


NUMBER_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
    "$eq": operator.eq,
    "$ne": operator.ne,
}
