"""``aios-nb doctor``: what keeps the lessons from running here, and the cure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import click

from .doctor import Finding, examine

SIGNS = {"well": ("✓", "green"), "note": ("!", "yellow"), "ill": ("✗", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs, instead of for people.")
def doctor(as_json: bool) -> None:
    """Look at versions, kernel, trust, ports, emulator and cluster; exit status 1 if one is ill."""
    findings = list(examine() if as_json else _told(examine()))
    ill = sum(finding.state == "ill" for finding in findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"well": not ill, "findings": found}, indent=2, ensure_ascii=False))
    else:
        click.echo(f"\n{ill} of {len(findings)} are ill" if ill else "\nThe lessons can run here.")
    raise SystemExit(int(ill > 0))


def _told(findings: Iterator[Finding]) -> Iterator[Finding]:
    for finding in findings:
        sign, colour = SIGNS[finding.state]
        click.echo(f"{click.style(sign, fg=colour)} {finding.name:<9} {finding.detail}")
        if finding.cure:
            click.echo(f"  {'':<9} cure: {finding.cure}")
        yield finding
