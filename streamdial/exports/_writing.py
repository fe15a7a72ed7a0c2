"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes that name when the block ends well, and is removed if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files only their owner can read; a data set is there to be read.
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Write a text as UTF-8 and return the path."""
    with replace_file(path) as temporary:
        temporary.write_bytes(text.encode())
    return path


def write_json(path: Path, value: Any) -> Path:  # noqa: ANN401
    """Write a value as indented JSON, non-ASCII characters as they are, and return the path."""
    with replace_file(path) as temporary:
        temporary.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


def write_lines(path: Path, values: Iterable[Any]) -> Path:
    """Write one JSON value a line and return the path; the values are taken one at a time."""
    with replace_file(path) as temporary, temporary.open("wb") as file:
        for value in values:
            file.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    return path
