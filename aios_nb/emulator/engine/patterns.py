"""Regular expressions as MongoDB has them (PCRE), run by Python's ``re`` within bounds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from math import comb
from re import _constants, _parser  # type: ignore[attr-defined]  # typeshed lacks both
from typing import Any

from .bson import MISSING, MongoError

FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": 0}
LONGEST = 32_764  # MongoDB's limit for a pattern
STEPS = 50_000_000  # backtracking steps that one string may cost in the worst case
SECONDS = 2.0  # and the time that all strings together may take, for patterns that can explode
REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)

# Where a quantifier follows a quantifier. MongoDB's PCRE takes `c++` as possessive, and so does
# Python 3.11; contract §18 case 13 records that the registry rejects it.
QUANTIFIED_TWICE = re.compile(r"(?<!\\)(?:\\\\)*(?:[*+?]|\{\d+(?:,\d*)?\})\+")
POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
    "blank": r" \t",
}
# PCRE's spelling on the left, Python's on the right.
SPELLINGS = (
    (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"),
    (re.compile(r"(?<!\\)\\Z"), r"(?=\\n?\\Z)"),
    (re.compile(r"(?<!\\)\\z"), r"\\Z"),
    (re.compile(r"(?<!\\)\\h"), r"[ \\t]"),
    (re.compile(r"(?<!\\)\{,"), r"\\{,"),
)
QUOTED = re.compile(r"(?<!\\)\\Q(.*?)(?:\\E|$)", re.DOTALL)
CODE_POINT = re.compile(r"(?<!\\)\\x\{(0*[0-9A-Fa-f]{1,5})\}")
# Python's complaint on the left, PCRE's on the right.
COMPLAINTS = {
    "nothing to repeat": "quantifier does not follow a repeatable item",
    "multiple repeat": "quantifier does not follow a repeatable item",
    "unterminated character set": "missing terminating ] for character class",
    "missing ), unterminated subpattern": "missing closing parenthesis",
    "unbalanced parenthesis": "unmatched closing parenthesis",
    "bad escape (end of pattern)": "\\ at end of pattern",
    "look-behind requires fixed-width pattern": "lookbehind assertion is not fixed length",
}


def compile_pattern(pattern: Any, options: Any = "") -> Callable[[Any], bool]:
    """Return a test: is the value a string in which the pattern is found somewhere?

    Raises
    ------
    MongoError
        Not a string, unknown option, or a pattern that PCRE rejects.
    """
    if type(pattern) is not str:
        raise MongoError("$regex has to be a string")
    if type(options) is not str:
        raise MongoError("$options has to be a string")
    if len(pattern) > LONGEST or "\0" in pattern:
        raise _invalid("regular expression is too large")
    pieces = None if options else _literal_pieces(pattern)
    if pieces is not None:
        return _literal_test(pieces)
    return _regex_test(_compile(pattern, options), pattern)


def _literal_pieces(pattern: str) -> list[str] | None:
    r"""Split a LIKE of literals, ``.*`` and ``\.``; None if it is more than that.

    Most conditions are of this kind, and searching piece by piece is linear where ``re`` is not.
    """
    pieces = re.split(r"(?<!\\)\.\*", pattern)
    literals = [piece.replace("\\.", ".") for piece in pieces]
    plain = all(not re.search(r"[\\.*+?^$|()\[\]{}\n]", p.replace("\\.", "")) for p in pieces)
    return [text for text in literals if text] if plain else None


def _literal_test(pieces: list[str]) -> Callable[[Any], bool]:
    if len(pieces) <= 1:
        needle = pieces[0] if pieces else ""
        return lambda value: type(value) is str and needle in value
    return lambda value: (
        type(value) is str
        and any(
            _in_order(pieces, line)
            for line in value.split("\n")  # `.` matches no line break
        )
    )


def _in_order(pieces: list[str], line: str) -> bool:
    position = 0
    for piece in pieces:
        found = line.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def _compile(pattern: str, options: str) -> re.Pattern[str]:
    unknown = [option for option in options if option not in FLAGS]
    if unknown:
        raise MongoError(f"invalid flag in regex options: {unknown[0]}", 51108)
    if QUANTIFIED_TWICE.search(re.sub(r"\[[^\]]*\]", "[]", pattern)):
        raise _invalid(COMPLAINTS["multiple repeat"])
    # PCRE's \w, \d and \s know ASCII only, but its case folding knows Unicode.
    flags = 0 if "i" in options else re.ASCII
    for option in options:
        flags |= FLAGS[option]
    try:
        return re.compile(_respell(pattern), flags)
    except (re.error, OverflowError, RecursionError) as error:
        words = getattr(error, "msg", str(error))
        raise _invalid(COMPLAINTS.get(words, words)) from error


def _respell(pattern: str) -> str:
    pattern = QUOTED.sub(lambda match: re.escape(match[1]), pattern)
    pattern = CODE_POINT.sub(lambda match: re.escape(chr(int(match[1], 16))), pattern)
    for spelling, python in SPELLINGS:
        pattern = spelling.sub(python, pattern)
    return re.sub(r"\[:(\w+):\]", lambda match: POSIX.get(match[1], match[0]), pattern)


def _invalid(words: str) -> MongoError:
    return MongoError(f"Regular expression is invalid: {words}", 51091)


def _regex_test(regex: re.Pattern[str], pattern: str) -> Callable[[Any], bool]:
    repeats, nested = _repeats(_parser.parse(regex.pattern, regex.flags & ~re.UNICODE))
    if repeats <= 1 and not nested:
        search = regex.search
        return lambda value: type(value) is str and search(value) is not None
    longest = _longest_subject(repeats, nested=nested)
    spent = 0.0

    def test(value: Any) -> bool:
        nonlocal spent
        if value is MISSING or type(value) is not str:
            return False
        if len(value) > longest or spent > SECONDS:
            # PCRE stops at its match limit in the same way; Python's re would go on.
            raise MongoError(f"Regular expression exceeds the match limit: {pattern}", 51156)
        began = time.perf_counter()
        found = regex.search(value) is not None
        spent += time.perf_counter() - began
        return found

    return test


def _repeats(node: Any) -> tuple[int, bool]:
    """Return how many open repeats a parsed pattern has, and whether one holds another choice."""
    count, nested = 0, False
    for operation, argument in node:
        for inner in _inner_patterns(argument):
            inner_count, inner_nested = _repeats(inner)
            many = operation in REPEATS and argument[1] > 1
            nested = nested or inner_nested or (many and _has_choice(inner, inner_count))
            count += inner_count
        count += operation in REPEATS and argument[1] == _constants.MAXREPEAT
    return count, nested


def _has_choice(pattern: Any, repeats: int) -> bool:
    return repeats > 0 or any(
        operation in REPEATS or operation is _constants.BRANCH or _has_choice(inner, 0)
        for operation, argument in pattern
        for inner in [*_inner_patterns(argument), ()]
    )


def _inner_patterns(argument: Any) -> list[Any]:
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, tuple | list):
        return [inner for part in argument for inner in _inner_patterns(part)]
    return []


def _longest_subject(repeats: int, *, nested: bool) -> int:
    """Return how long a string may be for the worst case to stay within :data:`STEPS`."""
    if nested:
        return STEPS.bit_length()
    length = 64
    while length < 2**20 and comb(length * 2 + repeats + 1, repeats + 1) <= STEPS:
        length *= 2
    return length
