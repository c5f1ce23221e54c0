"""How the tour looks on a terminal: headings, steps, wrapped text, tables."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click

from .errors import printable
from .frames import DataFrame
from .wire import JSON
from .wording import condition_text

WIDTH = 92


def show_truth(table: DataFrame) -> None:
    """Print the truth table with numbered columns, their meaning above it."""
    for number, column in enumerate(table.columns[:-1], start=1):
        group = str(column[0]).replace(": ", ", ")
        say(f"{number}  {column[1]:<36} ({group})")
    marks = table.map(lambda holds: "yes" if holds else "-")
    marks.columns = [*map(str, range(1, table.shape[1])), "candidate"]
    show_table(marks)


def without_raw_numbers(table: DataFrame) -> DataFrame:
    """Return each goal's score and the final one, narrow enough for a terminal."""
    columns = [column for column in table.columns if column[1] in {"score", "final"}]
    shown = table[columns].copy()
    shown.columns = [str(column[0]) or "final" for column in columns]
    return shown


def show_table(table: DataFrame) -> None:
    text = table.rename_axis(None).to_string()
    click.echo(textwrap.indent(printable(text), "    "))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def heading(number: str, title: str) -> None:
    line = f"§{number} {title} "
    click.echo("\n" + click.style(line.ljust(WIDTH, "─"), bold=True))


def step(text: str) -> None:
    click.echo(click.style(f"  {text}", fg="yellow"))


def say(text: str, indent: int = 4) -> None:
    space = " " * indent
    lines = textwrap.wrap(printable(text), WIDTH, initial_indent=space, subsequent_indent=space)
    click.echo("\n".join(lines))


def in_words(node: JSON) -> str:
    """Return a filter tree as a reader would say it."""
    if "conditions" not in node:
        return condition_text(node)
    parts = [in_words(child) for child in node["conditions"]]
    inner = [
        f"({p})" if "conditions" in c else p for p, c in zip(parts, node["conditions"], strict=True)
    ]
    return f" {node['logicalOperator']} ".join(inner)
