"""A file that names the sources of a run, where they are too many to be named one by one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from streamdial.errors import ConfigurationError
from streamdial.files import write_atomically

if TYPE_CHECKING:
    from streamdial.pipeline.settings import BaseSettings

MOST_PATHS = 100
"""Sources that are passed on as they are: settings go with every task, and Prefect takes 512 kB of them."""
MANIFEST = "sources.txt"
"""File in the folder of a run that names its sources, where they are many."""
Settings = TypeVar("Settings", bound="BaseSettings")


def is_remote(value: str) -> bool:
    """Tell whether a source is a URL, of whatever scheme."""
    return re.match(r"[a-z][a-z0-9+.-]*://", value) is not None


def read_manifest(path: Path) -> tuple[str, ...]:
    """Return the sources a text file names, a line each, from where it lies; blank lines and those with # are none.

    Raises:
        ConfigurationError: If it cannot be read or names nothing.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--sources: {path} cannot be read ({error}).", fix="correct the path") from error
    named = [line for line in lines if line and not line.startswith("#")]
    if not named:
        raise ConfigurationError(f"--sources: {path} names nothing.", fix="write a folder, file or URL a line")
    return tuple(line if is_remote(line) else str((path.parent / Path(line).expanduser()).resolve()) for line in named)


def write_manifest(settings: Settings) -> Settings:
    """Return settings whose sources stand in a file of the run's folder, where they are many; else the same."""
    sources = settings.sources
    if len(sources.paths) <= MOST_PATHS:
        return settings
    path = Path(settings.out) / MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, "".join(f"{source}\n" for source in sources.list_paths()))
    return settings.model_copy(update={"sources": sources.model_copy(update={"paths": (), "manifest": str(path)})})
