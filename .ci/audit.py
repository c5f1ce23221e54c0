"""Asks PyPI, then OSV, whether weaknesses of the installed packages are known (make audit).

Ends with 0 if none is, or if nobody could be asked and this is not CI; else with 1.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")
NOT_ASKED = "known weaknesses were NOT looked up"


def main() -> int:
    program = shutil.which("pip-audit")
    if program is None:
        return _not_asked("pip-audit is not installed (pipx install pip-audit)")
    for service in SERVICES:
        packages = _asked(program, service)
        known = [package for package in packages if "vulns" in package]
        if known:
            return _told(service, known, unknown=len(packages) - len(known))
    return _not_asked(f"no answer from {' or '.join(SERVICES)}; is there a network?")


def _asked(program: str, service: str) -> list[dict[str, Any]]:
    """Return what a service says of each package; an empty list if it cannot be reached."""
    packages = site.getsitepackages()[0]
    options = ["--format=json", "--skip-editable", "--progress-spinner=off", f"--path={packages}"]
    command = [program, f"--vulnerability-service={service}", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(f"{service}: {(done.stderr.splitlines() or ['no answer'])[-1]}")
        return []
    return found


def _told(service: str, known: list[dict[str, Any]], *, unknown: int) -> int:
    weak = [package for package in known if package["vulns"]]
    for package in weak:
        for weakness in package["vulns"]:
            mended = ", ".join(weakness["fix_versions"]) or "no release"
            name = f"{package['name']} {package['version']}"
            print(f"{name}: {weakness['id']}, mended in {mended}")
    beside = f", {unknown} are unknown to it" if unknown else ""
    print(f"{service}: {len(known)} packages looked up, {len(weak)} have weaknesses{beside}")
    return 1 if weak else 0


def _not_asked(reason: str) -> int:
    is_ci = bool(os.environ.get("CI"))
    print(f"{reason}: {NOT_ASKED}" + (", which CI does not let pass" if is_ci else ""))
    return int(is_ci)


if __name__ == "__main__":
    sys.exit(main())
