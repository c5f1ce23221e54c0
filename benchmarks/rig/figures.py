"""One line per figure, beside its bar; the exit status tells whether all bars are met."""

from __future__ import annotations


class Figures:
    """Prints what was measured, and remembers which bars were missed."""

    def __init__(self) -> None:
        self._missed: list[str] = []

    def at_most(self, name: str, value: float, bar: float, unit: str) -> None:
        self._show(name, value, f"at most {bar:g}", unit, is_met=value <= bar)

    def at_least(self, name: str, value: float, bar: float, unit: str) -> None:
        self._show(name, value, f"at least {bar:g}", unit, is_met=value >= bar)

    def _show(self, name: str, value: float, bar: str, unit: str, *, is_met: bool) -> None:
        print(f"{'ok' if is_met else 'MISSED':<7}{name}: {value:.3g} {unit} (bar: {bar})")
        if not is_met:
            self._missed.append(name)

    def exit_status(self) -> int:
        return 1 if self._missed else 0
