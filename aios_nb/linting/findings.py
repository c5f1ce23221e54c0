"""What the linter says: one finding, and all of them as text, HTML and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, overload

from ..errors import printable

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
COLOURS = {"error": "#b00020", "warning": "#8a5a00", "note": "#2f5d8a"}
CELL = "padding:4px 10px;text-align:left;vertical-align:top;border-top:1px solid #ccc"


@dataclass(frozen=True)
class Finding:
    """One mistake or surprise in a payload or a package.

    Parameters
    ----------
    code
        Name of the rule: a trap of AIOS (``T13``), a defect of policies (``P4``, ``L1``), or the
        linter's own (``N01``).
    severity
        ``error``: AIOS refuses, fails, hangs, or does something else than asked for. ``warning``:
        it works, and probably not as meant. ``note``: worth knowing.
    place
        Path in the payload, such as ``filter.blockQuery.conditions[2].variable``; file and line
        in a package.
    problem
        What is there.
    consequence
        What AIOS will do.
    fix
        What to write instead.

    Examples
    --------
    >>> print(Finding("T23", "error", "filter.blockQuery", "it is {}", "refuses it", "drop it"))
    error T23 at filter.blockQuery
      problem: it is {}
      AIOS:    refuses it
      fix:     drop it
    """

    code: str
    severity: Severity
    place: str
    problem: str
    consequence: str
    fix: str

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return printable(
            f"{self.severity} {self.code}{where}\n  problem: {self.problem}\n"
            f"  AIOS:    {self.consequence}\n  fix:     {self.fix}"
        )


class Findings(Sequence[Finding]):
    """All findings on one thing: errors first, then in the order of the payload.

    Parameters
    ----------
    found
        The findings.
    subject
        What was looked at, for the first line of the report.

    Examples
    --------
    >>> print(Findings([], subject="filter rule"))
    filter rule: nothing to report
    """

    def __init__(self, found: Iterable[Finding] = (), *, subject: str = "") -> None:
        self._found = tuple(sorted(found, key=lambda f: SEVERITIES.index(f.severity)))
        self.subject = subject

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Findings: ...
    def __getitem__(self, index: int | slice) -> Finding | Findings:
        if isinstance(index, slice):
            return Findings(self._found[index], subject=self.subject)
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Findings) and other._found == self._found

    def __hash__(self) -> int:
        return hash(self._found)

    @property
    def errors(self) -> Findings:
        """Only what AIOS refuses, fails on, or does otherwise than asked for."""
        return self._of("error")

    @property
    def warnings(self) -> Findings:
        """Only what works, and probably not as meant."""
        return self._of("warning")

    @property
    def notes(self) -> Findings:
        """Only what is worth knowing."""
        return self._of("note")

    def _of(self, severity: Severity) -> Findings:
        return Findings((f for f in self if f.severity == severity), subject=self.subject)

    @property
    def summary(self) -> str:
        """How many findings of each severity there are, in one line."""
        counts = [(sum(f.severity == s for f in self), s) for s in SEVERITIES]
        parts = [f"{n} {s}{'' if n == 1 else 's'}" for n, s in counts if n]
        text = ", ".join(parts) or "nothing to report"
        return f"{self.subject}: {text}" if self.subject else text

    def __str__(self) -> str:
        return "\n\n".join([printable(self.summary), *map(str, self)])

    def __repr__(self) -> str:
        return f"<Findings: {self.summary}>"

    def to_json(self) -> str:
        """Return a JSON list with an object for each finding."""
        return json.dumps([asdict(finding) for finding in self], indent=2, ensure_ascii=False)

    def _repr_html_(self) -> str:
        """Return a table that needs neither scripts nor a trusted notebook."""
        from html import escape  # 5 ms that only a page should cost

        heads = ("", "where", "problem", "what AIOS will do", "fix")
        head = "".join(f'<th style="{CELL}">{name}</th>' for name in heads)
        rows = "".join(map(_row, self))
        table = f'<table style="border-collapse:collapse"><tr>{head}</tr>{rows}</table>'
        return f"<p><b>{escape(self.summary)}</b></p>{table if self else ''}"


def _row(finding: Finding) -> str:
    from html import escape

    label = escape(f"{finding.severity} {finding.code}")
    mark = f'<b style="color:{COLOURS[finding.severity]}">{label}</b>'
    place = f"<code>{escape(finding.place)}</code>"
    words = (escape(part) for part in (finding.problem, finding.consequence, finding.fix))
    cells = "".join(f'<td style="{CELL}">{cell}</td>' for cell in (mark, place, *words))
    return f"<tr>{cells}</tr>"
