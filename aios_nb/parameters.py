"""Parameters of a lesson: one that it does not take is an error, where papermill only warns."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence

from .errors import PayloadError, did_you_mean

INJECTED = "# Parameters"  # how papermill begins the cell that it adds below the parameters


def refuse_unknown(given: Iterable[str], known: Iterable[str], *, who: str) -> None:
    """Refuse parameters that nobody would read.

    Parameters
    ----------
    who
        Who takes those that are known, such as ``lesson 03``.

    Raises
    ------
    PayloadError
        One of those given is not known.

    Examples
    --------
    >>> refuse_unknown(["speed"], ["fast", "free"], who="lesson 03")
    Traceback (most recent call last):
    aios_nb.errors.PayloadError: lesson 03 has no parameter 'speed'; use one of fast, free
    """
    names = sorted(known)
    for name in sorted(set(given) - set(names)):
        near = did_you_mean(name, names)
        raise PayloadError(f"{who} has no parameter {name!r}; use one of {', '.join(names)}{near}")


def refuse_unknown_in_notebook() -> None:
    """Refuse what papermill set in this kernel, if the lesson's parameters cell lacks it.

    Papermill puts its values in a cell of its own, right below the parameters cell. Outside of a
    kernel, or when its first two cells are no such pair, nothing is looked at.

    Raises
    ------
    PayloadError
        Papermill was given a parameter that the lesson does not take.
    """
    cells = _first_cells()
    if len(cells) < 2 or not cells[1].startswith(INJECTED):
        return
    known = _assigned(cells[0])
    if "target" in known:  # each lesson has it; a notebook of somebody else may begin as it likes
        refuse_unknown(_assigned(cells[1]), known, who="this lesson")


def _first_cells() -> Sequence[str]:
    """Return the first two cells that this kernel ran; outside of a kernel nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return [] if shell is None else shell.user_ns.get("In", [])[1:3]


def _assigned(source: str) -> set[str]:
    """Return the names that the lines of a cell assign; a cell that is no Python assigns none."""
    try:
        lines = ast.parse(source).body
    except SyntaxError:
        return set()
    targets = [each for line in lines if isinstance(line, ast.Assign) for each in line.targets]
    return {each.id for each in targets if isinstance(each, ast.Name)}
