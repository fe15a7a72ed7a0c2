"""Files of a run: written whole or not at all, or a line at a time."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from streamdial.errors import StoreError


def write_atomically(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises:
        StoreError: If the disk is full or the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(
            f"cannot be written ({error.strerror})", where=str(path), fix="check space and permissions"
        ) from error


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write a JSON file whole or not at all."""
    write_atomically(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Return the contents of a JSON file of the run.

    Raises:
        StoreError: If it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise StoreError(f"cannot be read ({error})", where=str(path), fix="start again with another --out") from error


def read_lines(path: Path) -> Iterator[Any]:
    """Yield the JSON values of a journal; a last line cut off by a kill is passed over."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                continue


class Journal:
    """An append-only file of JSON lines, kept open.

    A line is with the system before `append` returns, so a killed process loses none; `close` brings all to disk.

    Args:
        path: The file; a line cut off by a kill does not swallow the next one.

    Raises:
        StoreError: If it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._tell_failure():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab+")
            if self._file.tell() and (self._file.seek(-1, os.SEEK_END), self._file.read(1))[1] != b"\n":
                self._file.write(b"\n")

    @contextmanager
    def _tell_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"cannot be written ({error.strerror})", where=str(self._path), fix="check space and permissions"
            ) from error

    def append(self, value: Any) -> None:  # noqa: ANN401
        """Append one JSON value as a line.

        Raises:
            StoreError: If the disk is full.
        """
        with self._tell_failure():
            self._file.write(orjson.dumps(value) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Bring everything to disk and close the file.

        Raises:
            StoreError: If the disk is full.
        """
        with self._tell_failure():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
