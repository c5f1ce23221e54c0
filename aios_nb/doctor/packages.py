"""Versions: Python's, and those of the packages that the lessons need."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from .finding import Finding

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet

OLDEST = (3, 11)
EXTRAS = ("emulator", "notebooks")
INSTALL = f"{sys.executable} -m pip install 'aios-nb[notebooks]'"


def look_at_python() -> Finding:
    """Return whether this Python is new enough."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < OLDEST:
        return Finding("Python", "ill", found, "install Python 3.11 or newer, and the kit into it")
    return Finding("Python", "well", found)


def look_at_packages() -> Finding:
    """Return whether every package of the lessons is there, in a version that is known to work."""
    try:
        # Not needed by the client alone, so it may be missing like all others.
        from packaging.requirements import Requirement
    except ModuleNotFoundError:
        return Finding("packages", "ill", "the extra 'notebooks' is not installed", INSTALL)
    wanted = [Requirement(line) for line in requires("aios-nb") or ()]
    needed = [w for w in wanted if w.marker is None or _is_for_lessons(w.marker)]
    bad = [words for w in needed if (words := _complaint(w.name, w.specifier))]
    if bad:
        return Finding("packages", "ill", "; ".join(bad), INSTALL)
    return Finding("packages", "well", f"aios-nb {version('aios-nb')}, {len(needed)} others")


def _is_for_lessons(marker: Marker) -> bool:
    return any(marker.evaluate({"extra": extra}) for extra in EXTRAS)


def _complaint(name: str, specifier: SpecifierSet) -> str:
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is missing"
    return (
        ""
        if specifier.contains(found, prereleases=True)
        else f"{name} is {found}; expected {specifier}"
    )
