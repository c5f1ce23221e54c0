"""LogQL, as far as a tutorial needs it: selectors, line filters, counts (contract §13.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..refusal import Refusal
from .bson import MongoError
from .log_times import duration_ns
from .logql_tokens import parse_error, refused, tokens, unquoted
from .patterns import compile_pattern

Test = Callable[[str], bool]
RANGE_FUNCTIONS = ("count_over_time", "rate", "bytes_over_time", "bytes_rate")
AGGREGATIONS = ("sum", "avg", "min", "max", "count")
EMPTY = (
    "parse error : queries require at least one regexp or equality matcher that does not have an "
    'empty-compatible value. For instance, app=~".*" does not meet this requirement, but '
    'app=~".+" will'
)


@dataclass(frozen=True)
class LogQuery:
    """Lines of the streams whose labels and texts pass all tests."""

    labels: tuple[tuple[str, Test], ...]
    lines: tuple[Test, ...]

    def selects(self, labels: dict[str, str]) -> bool:
        return all(test(labels.get(name, "")) for name, test in self.labels)

    def keeps(self, text: str) -> bool:
        return all(test(text) for test in self.lines)


@dataclass(frozen=True)
class MetricQuery:
    """A number per stream over a sliding range, summed up by labels if asked."""

    function: str
    logs: LogQuery
    range_ns: int
    aggregation: str | None = None
    by: tuple[str, ...] = ()
    without: bool = False


def parse(text: str) -> LogQuery | MetricQuery:
    """Return what a LogQL text asks for.

    Raises
    ------
    Refusal
        400 with Loki's parse error: ``parse error at line 1, col 5: …``.
    """
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.place = 0

    def query(self) -> LogQuery | MetricQuery:
        found = self.metric() if self.kind == "IDENTIFIER" else self.logs()
        if self.kind != "$end":
            raise self.unexpected()
        return found

    def metric(self) -> MetricQuery:
        name = self.word
        if name in AGGREGATIONS:
            return self.aggregation(self.take("IDENTIFIER"))
        if name not in RANGE_FUNCTIONS:
            raise self.unexpected()
        self.take("IDENTIFIER")
        self.take("(")
        logs = self.logs()
        range_ns = self.duration()
        self.take(")")
        return MetricQuery(name, logs, range_ns)

    def aggregation(self, name: str) -> MetricQuery:
        by = self.grouping()
        self.take("(")
        inner = self.metric()
        self.take(")")
        by = by or self.grouping() or ((), False)
        if inner.aggregation:
            raise refused("emulator: one aggregation inside another is not emulated")
        return MetricQuery(inner.function, inner.logs, inner.range_ns, name, *by)

    def grouping(self) -> tuple[tuple[str, ...], bool] | None:
        if self.word not in ("by", "without"):
            return None
        without = self.take("IDENTIFIER") == "without"
        self.take("(")
        names = [self.take("IDENTIFIER")]
        while self.word == ",":
            self.take(",")
            names.append(self.take("IDENTIFIER"))
        self.take(")")
        return tuple(names), without

    def duration(self) -> int:
        column = self.column
        text = self.take("DURATION")[1:-1].strip()
        range_ns = duration_ns(text)
        if not range_ns:
            raise parse_error(self.text, column, f'not a valid duration string: "{text}"')
        return range_ns

    def logs(self) -> LogQuery:
        self.take("{")
        labels = []
        while self.word != "}":
            labels.append(self.matcher())
            if self.word != "}":
                self.take(",")
        self.take("}")
        if all(test("") for _, test in labels):
            raise Refusal(EMPTY, 400)
        lines = []
        while self.word in ("|=", "|~", "!=", "!~"):
            lines.append(self.test(self.take(self.word), anchored=False))
        if self.word == "|":
            raise refused("emulator: of the pipeline only line filters (|= != |~ !~) are emulated")
        return LogQuery(tuple(labels), tuple(lines))

    def matcher(self) -> tuple[str, Test]:
        name = self.take("IDENTIFIER")
        if self.word not in ("=", "!=", "=~", "!~"):
            raise self.unexpected("expecting = or != or =~ or !~")
        return name, self.test(self.take(self.word), anchored=True)

    def test(self, operator: str, *, anchored: bool) -> Test:
        column = self.column
        wanted = unquoted(self.take("STRING"))
        if "~" in operator:
            found = self.pattern(wanted, column, anchored=anchored)
        elif anchored:
            found = wanted.__eq__
        else:
            found = lambda text: wanted in text  # noqa: E731 - one of three tests
        return (lambda text: not found(text)) if operator.startswith("!") else found

    def pattern(self, wanted: str, column: int, *, anchored: bool) -> Test:
        try:
            search = compile_pattern(wanted)
            return compile_pattern(rf"\A(?:{wanted})\z") if anchored else search
        except MongoError as error:
            words = error.text.removeprefix("Regular expression is invalid: ")
            raise parse_error(
                self.text, column, f"error parsing regexp: {words}: `{wanted}`"
            ) from error

    @property
    def kind(self) -> str:
        return self.tokens[self.place][0]

    @property
    def word(self) -> str:
        return self.tokens[self.place][1]

    @property
    def column(self) -> int:
        return self.tokens[self.place][2]

    def take(self, wanted: str) -> str:
        kind, word, _ = self.tokens[self.place]
        if wanted not in (kind, word) or kind == "$end":
            raise self.unexpected(f"expecting {wanted}")
        self.place += 1
        return word

    def unexpected(self, hint: str = "") -> Refusal:
        shown = self.word if self.kind == "op" else self.kind
        words = f"syntax error: unexpected {shown}" + (f", {hint}" if hint else "")
        return parse_error(self.text, self.column, words)
