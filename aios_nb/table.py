"""A pandas table that fits beside its prose: words to the left, numbers to the right, ids whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any

from pandas import DataFrame, Index

ROWS, COLUMNS = 60, 20  # of a page; of a larger table pandas shows both ends
TABLE = "border-collapse:collapse;"
CELL = "vertical-align:top;padding:0.3em 0.4em;"


class Table(DataFrame):
    """A ``DataFrame`` in all it does, except for how a notebook shows it.

    Examples
    --------
    >>> shown = Table({"use case": ["chat"], "MMLU": [81.2]}, index=["atlas"])._repr_html_()
    >>> "text-align:right" in shown, shown.count("text-align:left") > 1
    (True, True)
    """

    @property
    def _constructor(self) -> type[Table]:
        return Table

    def to_csv(self, *arguments: Any, **options: Any) -> Any:
        """Write CSV as pandas does; a text that a spreadsheet would run gets ``'`` in front."""
        inert = DataFrame(self).map(_inert).rename(index=_inert, columns=_inert)
        return inert.to_csv(*arguments, **options)

    def _repr_html_(self) -> str:
        """Return static HTML with inline styles, so that it shows in an untrusted notebook too."""
        if len(self) > ROWS or self.shape[1] > COLUMNS:
            return str(self.to_html(max_rows=ROWS, max_cols=COLUMNS))
        sides = ["right" if _is_numeric(self.iloc[:, n]) else "left" for n in range(self.shape[1])]
        head, body = "".join(_head(self, sides)), "".join(_body(self, sides))
        return f'<table style="{TABLE}"><thead>{head}</thead><tbody>{body}</tbody></table>'


def _inert(value: Any) -> Any:
    # What OWASP names: a formula begins so, also after a tab or a line break.
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    text = value.replace("\r", " ")  # which pandas does not quote, and readers take for a new row
    return f"'{text}" if is_formula else text


def _is_numeric(column: Any) -> bool:
    shown = [value for value in column if _text(value)]
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in shown)


def _text(value: Any) -> str:
    is_missing = value is None or value != value  # NaN alone differs from itself
    return "" if is_missing else str(value)


def _head(table: Table, sides: Sequence[str]) -> Iterator[str]:
    """Yield a row per level of the columns; the last one names the index as well."""
    depth = table.index.nlevels
    levels = table.columns.nlevels
    for level in range(levels):
        corner = table.columns.names[level] or ""
        names = [""] * (depth - 1) + [str(corner)]
        if level == levels - 1 and any(table.index.names):
            names = [str(name or "") for name in table.index.names]
        cells = [_cell("th", name, "left") for name in names]
        for _, run in groupby(
            range(len(sides)), key=lambda n: _labels(table.columns, n)[: level + 1]
        ):
            first, *more = run
            side = "left" if more else sides[first]
            label = _labels(table.columns, first)[level]
            cells.append(_cell("th", label, side, span=1 + len(more)))
        yield f"<tr>{''.join(cells)}</tr>"


def _body(table: Table, sides: Sequence[str]) -> Iterator[str]:
    is_plain = table.index.nlevels == 1
    above: tuple[str, ...] = ()
    for row in range(len(table)):
        labels = _labels(table.index, row)
        # A group of rows is named once, in the first of them.
        shown = [
            "" if labels[: n + 1] == above[: n + 1] else label for n, label in enumerate(labels)
        ]
        cells = [_cell("th", label, "left", is_whole=is_plain) for label in shown]
        cells += [
            _cell("td", _text(table.iloc[row, n]), side, is_whole=side == "right")
            for n, side in enumerate(sides)
        ]
        above = labels
        yield f"<tr>{''.join(cells)}</tr>"


def _labels(index: Index[Any], place: int) -> tuple[str, ...]:
    label = index[place]
    return tuple(map(_text, label)) if index.nlevels > 1 else (_text(label),)


def _cell(kind: str, text: str, side: str, *, span: int = 1, is_whole: bool = False) -> str:
    style = f"{CELL}text-align:{side};" + ("white-space:nowrap;" if is_whole else "")
    # Long names of metrics may break where their words meet.
    words = (
        escape(text) if is_whole else re.sub(r"(?<=\w)([_.])(?=[a-z])", r"\1<wbr>", escape(text))
    )
    columns = f' colspan="{span}"' if span > 1 else ""
    return f'<{kind} style="{style}"{columns}>{words}</{kind}>'
