"""``aios-nb smoke``: the lessons as integration tests of an AIOS."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from .client import AIOSClient
from .connect import TARGETS, connect
from .errors import AIOSError, ConfigurationError, PayloadError, did_you_mean
from .smoke import (
    NOTEBOOKS,
    Lesson,
    Limits,
    Outcome,
    Stamp,
    find_lessons,
    remove_policies,
    run_lesson,
    write_html,
    write_junit,
    write_notebook,
)

NEEDED = ("policy_store", "policy_system", "block_metrics", "router", "search_server", "adhoc")


def _parameters(
    context: click.Context, option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, Any]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{text!r}; expected NAME=VALUE", context, option)
        try:
            found[name] = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            found[name] = value
    return found


@click.command()
@click.argument("lessons", nargs=-1, metavar="[LESSON…]")
@click.option("--target", type=click.Choice(TARGETS), default="cluster", show_default=True)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("artefacts/smoke"),
    show_default=True,
    help="Where smoke.xml and the executed copies go.",
)
@click.option(
    "--name",
    default="aios-nb-smoke",
    show_default=True,
    help="How policies registered on a cluster begin; they are removed.",
)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_parameters,
    help="A value for every lesson that takes it; may be repeated.",
)
@click.option("--cell-limit", "cell_s", default=300.0, show_default=True, help="Seconds.")
@click.option("--lesson-limit", "lesson_s", default=1800.0, show_default=True, help="Seconds.")
@click.option(
    "--notebooks",
    type=click.Path(path_type=Path, file_okay=False),
    default=NOTEBOOKS,
    help="Folder of the lessons.",
)
def smoke(
    lessons: tuple[str, ...],
    target: str,
    folder: Path,
    name: str,
    parameters: dict[str, Any],
    cell_s: float,
    lesson_s: float,
    notebooks: Path,
) -> None:
    """Run the lessons (all, or LESSONs such as 03) against an AIOS.

    On a cluster, cells that break things on purpose are skipped, and the policies that lessons
    register are removed. Exit status 0 only if every lesson passed.
    """
    try:
        chosen = find_lessons(notebooks, lessons)
        limits = Limits(cell_s, lesson_s)
        _check_known(parameters, chosen)
        folder.mkdir(parents=True, exist_ok=True)
        with _aios(target) as aios:
            stamp = Stamp(_where(aios))
            walk = [_run(one, aios, name, parameters, limits) for one in _told(chosen, stamp)]
    except AIOSError as error:
        raise click.ClickException(str(error)) from error
    for outcome in walk:
        write_notebook(outcome, stamp, folder)
        write_html(outcome, stamp, folder)
    report = write_junit(walk, stamp, folder)
    if target == "cluster":
        click.echo(f"\nArchives {name}-… stay in the policy store: AIOS cannot remove any")
    click.echo(f"\n{_summary(walk)}\nReports: {report} and executed copies beside it")
    raise SystemExit(int(not all(outcome.has_passed for outcome in walk)))


def _check_known(parameters: dict[str, Any], lessons: Sequence[Lesson]) -> None:
    """Refuse a parameter that no chosen lesson takes.

    Raises
    ------
    PayloadError
        There is one.
    """
    known = sorted(frozenset().union(*(lesson.parameters for lesson in lessons)))
    for name in parameters:
        if name not in known:
            near = did_you_mean(name, known)
            raise PayloadError(f"no lesson takes {name!r}; use one of {', '.join(known)}{near}")


def _aios(target: str) -> Any:
    """Give the client of a cluster that answers; on the emulator each lesson starts its own."""
    if target == "emulator":
        return nullcontext()
    aios = connect("cluster")
    answers = aios.health()
    if silent := [name for name in NEEDED if not answers.get(name)]:
        raise ConfigurationError(
            f"{silent[0]} does not answer at {getattr(aios.endpoints, silent[0]) or '(no address)'}"
            "; aios-nb doctor looks at all addresses"
        )
    return aios


def _where(aios: AIOSClient | None) -> str:
    return "emulator" if aios is None else f"cluster {aios.endpoints.adhoc}"


def _told(lessons: Sequence[Lesson], stamp: Stamp) -> Any:
    click.echo(f"{len(lessons)} lessons: {stamp}\n")
    for lesson in lessons:
        click.echo(f"  {lesson.name:<32} ", nl=False)
        yield lesson


def _run(
    lesson: Lesson,
    aios: AIOSClient | None,
    name: str,
    parameters: dict[str, Any],
    limits: Limits,
) -> Outcome:
    target = {"target": "emulator" if aios is None else "cluster"}
    own = {} if aios is None else {"policy_name": f"{name}-{lesson.number}"}
    given = {k: v for k, v in (own | parameters).items() if k in lesson.parameters} | target
    if aios is not None:
        remove_policies(aios, name)  # what an interrupted run may have left
    outcome = run_lesson(lesson, given, limits=limits, skips_emulator_only=aios is not None)
    left = [] if aios is None else remove_policies(aios, name)
    _tell(outcome, left)
    return outcome


def _tell(outcome: Outcome, left: Sequence[str]) -> None:
    mark = click.style("passed", fg="green") if outcome.has_passed else click.style("FAILED", "red")
    notes = [f"{outcome.skipped} cells skipped"] if outcome.skipped else []
    notes += [f"removed {len(left)} policies that it left"] if left else []
    click.echo(f"{mark} {outcome.elapsed_s:6.1f} s  {', '.join(notes)}".rstrip())
    if outcome.problem:
        click.echo("\n".join(f"      {line}" for line in outcome.problem.splitlines()[:6]))


def _summary(walk: Sequence[Outcome]) -> str:
    passed = sum(outcome.has_passed for outcome in walk)
    text = f"{passed} of {len(walk)} lessons passed"
    return click.style(text, bold=True, fg="green" if passed == len(walk) else "red")
