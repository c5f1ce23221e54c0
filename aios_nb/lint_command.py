"""``aios-nb lint``: the linter for files, for people and for CI."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from .connect import TARGETS, connect
from .errors import AIOSError
from .linting import Fields, Findings, fields_of
from .linting.files import lint_content, lint_file, read_fields
from .policy_archive import SIZE_LIMIT_BYTES
from .query import Condition, FilterRule

EVERY_BLOCK = FilterRule(block=Condition("id", "LIKE", "*"))
CLEAN, ERRORS, USAGE = 0, 1, 2


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--format", "shape", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.option(
    "--fields",
    "fleet",
    type=click.Path(path_type=Path),
    help="Known field names: a JSON list of blocks, or a fleet's folder.",
)
@click.option("--target", type=click.Choice(TARGETS), help="Take field names from this AIOS.")
def lint(files: tuple[Path, ...], shape: str, fleet: Path | None, target: str | None) -> None:
    """Say what AIOS would refuse, misread or ignore in FILES.

    A FILE is a request, selection query, filter rule or policy registration in JSON, or a policy:
    a folder that contains code/, an archive, or a Python file. "-" is the standard input.

    The exit status is 0 without errors, 1 with errors, 2 if a file or an option cannot be used.
    """
    try:
        fields = _fields(fleet, target)
    except AIOSError as error:
        raise click.UsageError(str(error)) from error
    found: dict[Path, Findings] = {}
    status = CLEAN
    for path in files:
        try:
            if str(path) == "-":
                raw = sys.stdin.buffer.read(SIZE_LIMIT_BYTES + 1)
                found[path] = lint_content(raw, path, fields=fields)
            else:
                found[path] = lint_file(path, fields=fields)
        except AIOSError as error:
            click.echo(f"{path}: {error}", err=True)
            status = USAGE
    _show(found, shape)
    if status == CLEAN and any(findings.errors for findings in found.values()):
        status = ERRORS
    sys.exit(status)


def _fields(fleet: Path | None, target: str | None) -> Fields | None:
    if fleet and target:
        raise click.UsageError("--fields and --target both name a fleet; give one of them")
    if fleet:
        return read_fields(fleet)
    if target:
        with connect(target) as aios:
            return fields_of(aios.find_candidates(EVERY_BLOCK))
    return None


def _show(found: dict[Path, Findings], shape: str) -> None:
    if shape == "json":
        documents = [
            {"file": str(path), "subject": f.subject, "findings": [asdict(one) for one in f]}
            for path, f in found.items()
        ]
        click.echo(json.dumps(documents, indent=2, ensure_ascii=False))
        return
    if found:  # no empty line for files of which none could be read
        click.echo("\n\n".join(f"{path}\n{findings}" for path, findings in found.items()))
