"""Asks whether an advisory names a version this was tested with: `python -m streamdial.deployments.audit`.

pip-audit asks the package index about each pinned version (constraints.txt). Where the index serves no advisories, or
is not reached, that is said in a line, for "no finding" would be untrue.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

PINS = Path(__file__).resolve().parents[1] / "constraints.txt"
SECONDS = 120.0
FOUND, UNKNOWN = 1, 2


class Audit(NamedTuple):
    """What was asked: how many versions, how many an answer came for, and the findings, a line each."""

    asked: int
    answered: int
    findings: tuple[str, ...]
    reason: str = ""


def read_report(report: Mapping[str, Any]) -> Audit:
    """Return what a report of pip-audit says."""
    packages = report.get("dependencies", [])
    skipped = [package["skip_reason"] for package in packages if "skip_reason" in package]
    findings = [
        f"{package['name']} {package['version']}: {one['id']}"
        + (f", mended in {', '.join(one['fix_versions'])}" if one.get("fix_versions") else "")
        for package in packages
        for one in package.get("vulns", ())
    ]
    return Audit(len(packages), len(packages) - len(skipped), tuple(findings), skipped[0] if skipped else "")


def ask_index(pins: Path, seconds: float = SECONDS) -> Audit:
    """Have pip-audit look up all pinned versions; without an answer of any kind the audit says why."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "pypi", "--requirement", str(pins)]
    command += ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10", "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
        return read_report(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return Audit(0, 0, (), f"no answer within {seconds:g} s")
    except ValueError:
        told = done.stderr.strip().splitlines()
        return Audit(0, 0, (), told[-1][:200] if told else "pip-audit gave no report")


def describe(audit: Audit) -> list[str]:
    """Return what to tell: the findings, and how much was not looked up."""
    if not audit.answered:
        return [f"audit: nothing was looked up, the index serves no advisories here ({audit.reason})."]
    told = [f"audit: {finding}" for finding in audit.findings]
    told.append(f"audit: {len(audit.findings)} findings in {audit.answered} of {audit.asked} versions.")
    if audit.answered < audit.asked:
        told.append(f"audit: {audit.asked - audit.answered} were not looked up ({audit.reason}).")
    return told


def main() -> int:
    """Print the audit; exit 1 for findings, 2 where nothing was looked up, and always 0 with `--advise`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--advise", action="store_true", help="Tell and exit 0, whatever is found.")
    parser.add_argument("--pins", type=Path, default=PINS, help="File of pinned versions.")
    arguments = parser.parse_args()
    audit = ask_index(arguments.pins)
    sys.stdout.write("\n".join(describe(audit)) + "\n")
    if arguments.advise:
        return 0
    return FOUND if audit.findings else 0 if audit.answered else UNKNOWN


if __name__ == "__main__":
    raise SystemExit(main())
