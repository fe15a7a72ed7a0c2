"""Files that are there whole or not at all, and journals, to which a line at a time is added.

A file of a run is for whoever runs it: only they can read it, and it is with the disk before it takes its name. A
published one, of a data set, is there for everybody to read, and can be made again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import yaml

from streamdial.errors import StoreError


@contextmanager
def replace_file(path: Path, *, published: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes that name when the block ends well, and is removed if not.

    Args:
        path: The file; its folder is made where it does not exist.
        published: Whether everybody may read it, as a file of a data set.

    Raises:
        StoreError: If the disk is full or the place cannot be written.
    """
    with _tell_failure(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            try:
                yield temporary
                if not published:
                    os.fsync(handle)
            finally:
                os.close(handle)
            if published:
                # mkstemp makes files only their owner can read.
                temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


# The parser of libyaml is eight times as fast; not every build of PyYAML brings it.
_YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str) -> Any:  # noqa: ANN401
    """Return what a YAML text holds: plain values alone, no objects.

    Raises:
        yaml.YAMLError: If it is no YAML.
    """
    return yaml.load(text, Loader=_YAML_LOADER)


def write_atomically(path: Path, text: str, *, published: bool = False) -> Path:
    """Write a text file in UTF-8, whole or not at all, and return the path.

    Args:
        path: The file.
        text: All of it.
        published: As for `replace_file`.

    Raises:
        StoreError: If the disk is full or the place cannot be written.
    """
    return write_pieces(path, [text], published=published)


def write_pieces(path: Path, pieces: Iterable[str], *, published: bool = False) -> Path:
    """Write a text file as `write_atomically` does, from its pieces, one of them in memory at a time."""
    with (
        replace_file(path, published=published) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(pieces)
    return path


def write_json(path: Path, value: Any, *, published: bool = False) -> Path:  # noqa: ANN401
    """Write a JSON file whole or not at all, non-ASCII characters as they are, and return the path.

    Args:
        path: The file.
        value: What it holds.
        published: As for `replace_file`. Published files are indented by two and written by orjson, which is many
            times as fast; those of a run by one, as json writes them.

    Raises:
        StoreError: If the disk is full or the place cannot be written.
    """
    if published:
        return write_bytes(
            path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), published=True
        )
    return write_bytes(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


def write_lines(path: Path, values: Iterable[Any], *, published: bool = False) -> Path:
    """Write one JSON value per line and return the path; the values are taken one at a time.

    Args:
        path: The file.
        values: What it holds.
        published: As for `replace_file`.

    Raises:
        StoreError: If the disk is full or the place cannot be written.
    """
    with replace_file(path, published=published) as temporary, temporary.open("wb") as file:
        for value in values:
            file.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    return path


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
        with _tell_failure(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab+")
            if self._file.tell() and (self._file.seek(-1, os.SEEK_END), self._file.read(1))[1] != b"\n":
                self._file.write(b"\n")

    def append(self, value: Any) -> None:  # noqa: ANN401
        """Append one JSON value as a line.

        Raises:
            StoreError: If the disk is full.
        """
        with _tell_failure(self._path):
            self._file.write(orjson.dumps(value) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Bring everything to disk and close the file.

        Raises:
            StoreError: If the disk is full.
        """
        with _tell_failure(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


@contextmanager
def _tell_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot be written ({error.strerror or error})", where=str(path), fix="check space and permissions"
        ) from error


def write_bytes(path: Path, data: bytes, *, published: bool = False) -> Path:
    """Write bytes to a file whole or not at all, making its folder; see `replace_file`.

    Args:
        path: The file.
        data: Its bytes.
        published: Whether others may read it.

    Raises:
        StoreError: If it cannot be written.
    """
    with replace_file(path, published=published) as temporary:
        temporary.write_bytes(data)
    return path
