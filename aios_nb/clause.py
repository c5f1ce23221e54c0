"""What a document must be: conditions on facts and on metrics, joined by ``&`` and ``|``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Self

from .errors import PayloadError
from .wire import JSON, a_dict, json_copy, keys, one_of, shown, text

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
OPERATORS = (*COMPARISONS, "LIKE", "IN")
AGGREGATES = ("avg", "sum", "min", "max", "count", "stdDevPop", "stdDevSamp")


class Clause(ABC):
    """A condition or a group of them: what ``&`` and ``|`` take and give."""

    __slots__ = ()

    def __and__(self, other: Clause) -> Group:
        return _join("AND", self, other) if isinstance(other, Clause) else NotImplemented

    def __or__(self, other: Clause) -> Group:
        return _join("OR", self, other) if isinstance(other, Clause) else NotImplemented

    def __bool__(self) -> NoReturn:
        raise PayloadError(
            f"({self}) has no truth value: Python's 'and', 'or' and 'not' would drop one side "
            "unseen; join clauses with & and |, in brackets"
        )

    @abstractmethod
    def to_wire(self) -> JSON:
        """Return the node as AIOS's filter language has it."""

    @classmethod
    def from_wire(cls, node: Any) -> Self:
        """Return the clause that a node of AIOS's filter language stands for.

        Raises
        ------
        PayloadError
            The node is none, or stands for another kind of clause than asked for.
        """
        clause = _read(node)
        if not isinstance(clause, cls):
            raise PayloadError(f"{shown(node)} is a {type(clause).__name__}, not a {cls.__name__}")
        return clause


@dataclass(frozen=True)
class Condition(Clause):
    """One fact that a document must hold.

    Parameters
    ----------
    variable
        Dotted path in the document, such as ``component.componentMetadata.usecase``.
    operator
        One of ``==, !=, <, <=, >, >=, LIKE, IN``. LIKE is an unanchored, case-sensitive pattern
        in which ``*`` stands for anything.
    value
        What to compare with: any JSON value; a string for LIKE, a list for IN.

    Raises
    ------
    PayloadError
        The operator is unknown, or the value does not suit it.

    Examples
    --------
    >>> usecase = Condition("component.componentMetadata.usecase", "LIKE", "*chat*")
    >>> print(usecase & Condition("id", "IN", ["a", "b"]))
    component.componentMetadata.usecase LIKE '*chat*' AND id IN ['a', 'b']
    """

    variable: str
    operator: str
    value: Any

    def __post_init__(self) -> None:
        text(
            self.variable, "variable of a condition", example="component.componentMetadata.usecase"
        )
        one_of(self.operator, OPERATORS, f"operator on {self.variable!r}:")
        if self.operator == "LIKE" and not isinstance(self.value, str):
            self._refuse("a string such as '*chat*'")
        if self.operator == "IN" and not isinstance(self.value, (list, tuple)):
            self._refuse("a list such as ['a', 'b']")
        copy = json_copy(self.value, f"value on {self.variable!r}")
        object.__setattr__(self, "value", copy)

    def _refuse(self, expected: str) -> NoReturn:
        raise PayloadError(
            f"{self.operator} on {self.variable!r} got {shown(self.value)}; expected {expected}"
        )

    def __str__(self) -> str:
        return f"{self.variable} {self.operator} {self.value!r}"

    def to_wire(self) -> JSON:
        """Return ``{variable, operator, value}``."""
        value = json_copy(self.value, "value")
        return {"variable": self.variable, "operator": self.operator, "value": value}


@dataclass(frozen=True)
class MetricCondition(Clause):
    """One fact about a number made from a block's live instances.

    Parameters
    ----------
    aggregate
        How the instances' values become one number: ``avg, sum, min, max, count, stdDevPop,
        stdDevSamp``.
    target
        Dotted path of at least two levels in the metrics document, such as
        ``instances.uptime_hours``.
    operator
        One of ``==, !=, <, <=, >, >=``. Anything else AIOS would take for "every block".
    value
        What to compare with, usually a number. A block without data counts as less than any.

    Raises
    ------
    PayloadError
        An unknown aggregate or operator, or a target of one level.

    Examples
    --------
    >>> print(MetricCondition("avg", "instances.uptime_hours", ">", 10))
    avg(instances.uptime_hours) > 10
    """

    aggregate: str
    target: str
    operator: str
    value: Any

    def __post_init__(self) -> None:
        one_of(self.aggregate, AGGREGATES, f"aggregate on {self.target!r}:")
        text(self.target, "target of a metric condition", example="instances.uptime_hours")
        if "." not in self.target:
            raise PayloadError(
                f"target {self.target!r} has one level; expected at least two, such as "
                f"'instances.{self.target}'"
            )
        one_of(self.operator, COMPARISONS, f"operator on {self.target!r}:")
        object.__setattr__(self, "value", json_copy(self.value, f"value on {self.target!r}"))

    def __str__(self) -> str:
        return f"{self.aggregate}({self.target}) {self.operator} {self.value!r}"

    def to_wire(self) -> JSON:
        """Return ``{aggOperator, target, operator, value}``."""
        return {
            "aggOperator": self.aggregate,
            "target": self.target,
            "operator": self.operator,
            "value": json_copy(self.value, "value"),
        }


@dataclass(frozen=True)
class Group(Clause):
    """Clauses of which all (``AND``) or at least one (``OR``) must hold.

    Parameters
    ----------
    operator
        ``AND`` or ``OR``; AIOS has no NOT.
    clauses
        The members, in the order in which they are sent.

    Raises
    ------
    PayloadError
        Another operator, or a member that is no clause.

    Examples
    --------
    >>> a, b, c = (Condition("id", "==", name) for name in "abc")
    >>> print(a & (b | c))
    id == 'a' AND (id == 'b' OR id == 'c')
    """

    operator: Literal["AND", "OR"]
    clauses: tuple[Clause, ...]

    def __post_init__(self) -> None:
        one_of(self.operator, ("AND", "OR"), "logical operator")
        object.__setattr__(self, "clauses", tuple(self.clauses))
        for clause in self.clauses:
            a_clause(clause, f"member of an {self.operator} group")

    def __str__(self) -> str:
        parts = (f"({c})" if isinstance(c, Group) else str(c) for c in self.clauses)
        return f" {self.operator} ".join(parts) or f"an empty {self.operator}"

    def to_wire(self) -> JSON:
        """Return ``{logicalOperator, conditions}``."""
        conditions = [clause.to_wire() for clause in self.clauses]
        return {"logicalOperator": self.operator, "conditions": conditions}


def a_clause(value: Any, place: str) -> Clause:
    """Return ``value`` if it is a clause.

    Raises
    ------
    PayloadError
        It is something else.
    """
    if not isinstance(value, Clause):
        raise PayloadError(
            f"{place} is {shown(value)}; expected a Condition, a MetricCondition, or several "
            "joined by & and |"
        )
    return value


def _join(operator: Literal["AND", "OR"], left: Clause, right: Clause) -> Group:
    return Group(operator, (*_members(operator, left), *_members(operator, right)))


def _members(operator: str, clause: Clause) -> tuple[Clause, ...]:
    same = isinstance(clause, Group) and clause.operator == operator and clause.clauses
    return clause.clauses if isinstance(clause, Group) and same else (clause,)


def _read(node: Any) -> Clause:
    found = a_dict(node, "a clause")
    if "logicalOperator" in found or "conditions" in found:
        keys(found, "a group", need=("logicalOperator", "conditions"))
        members = found["conditions"]
        if not isinstance(members, list):
            raise PayloadError(f"conditions is {shown(members)}; expected a list of clauses")
        return Group(found["logicalOperator"], tuple(_read(member) for member in members))
    if "aggOperator" in found or "target" in found:
        keys(found, "a metric condition", need=("aggOperator", "target", "operator", "value"))
        return MetricCondition(
            found["aggOperator"], found["target"], found["operator"], found["value"]
        )
    keys(found, "a condition", need=("variable", "operator", "value"))
    return Condition(found["variable"], found["operator"], found["value"])
