"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe_machine(*packages: str) -> str:
    """Return processor, cores, Python and the versions of packages, as one line."""
    processor = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    told = [f"{name} {_find_version(name)}" for name in packages]
    cores = f"{os.cpu_count()} cores"
    return ", ".join(
        [processor[1] if processor else platform.machine(), cores, f"Python {platform.python_version()}", *told]
    )


def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def measure_peak() -> float:
    """Return the most memory this process held, in MiB.

    `VmHWM`, because the maximum of getrusage is inherited from the parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
