"""Looks at a machine before a reader blames the lessons: what is wrong, and how it is cured."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .jupyter import look_at_kernel, look_at_trust
from .network import look_at_cluster, look_at_ports
from .packages import look_at_packages, look_at_python
from .selftest import look_at_emulator

__all__ = ["Finding", "examine"]

EXAMINATIONS = (
    look_at_python,
    look_at_packages,
    look_at_kernel,
    look_at_trust,
    look_at_ports,
    look_at_emulator,
    look_at_cluster,
)


def examine() -> Iterator[Finding]:
    """Yield one finding after the other, each as soon as it is known."""
    for look in EXAMINATIONS:
        yield look()
