"""The folder of a run: what lies where, and how it is written."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from streamdial.errors import ConfigurationError, StoreError
from streamdial.masking import load_salt
from streamdial.runs.fingerprint import collect_parts, compute_fingerprint, require_same
from streamdial.runs.settings import RunSettings


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


class Workspace:
    """The folder of one run.

    Attributes:
        root: The folder.
        instance: Random id of the folder; caches of another folder never match it.
        fingerprint: Fingerprint of the settings.
    """

    def __init__(self, root: Path, instance: str, fingerprint: str) -> None:
        self.root = root
        self.instance = instance
        self.fingerprint = fingerprint

    @classmethod
    def open(cls, settings: RunSettings) -> Workspace:
        """Open the folder of a run, making it if it is new.

        Raises:
            FingerprintError: If it was made with other settings.
            ConfigurationError: If it cannot be made.
        """
        root = Path(settings.out)
        marker = root / "run.json"
        parts = collect_parts(settings)
        if marker.is_file():
            known = read_json(marker)
            require_same(known["parts"], parts, root)
            return cls(root, known["instance"], known["fingerprint"])
        if root.is_dir() and any(root.iterdir()):
            raise ConfigurationError(
                f"{root} is not empty and was not made by a run.", fix="name a new or empty folder with --out"
            )
        try:
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)
        except OSError as error:
            raise ConfigurationError(
                f"the folder {root} cannot be made ({error.strerror}).", fix="name another one with --out"
            ) from error
        instance, fingerprint = uuid.uuid4().hex, compute_fingerprint(settings)
        write_json(marker, {"instance": instance, "fingerprint": fingerprint, "parts": parts})
        return cls(root, instance, fingerprint)

    @property
    def salt(self) -> bytes:
        """Salt of the pseudonyms; never leaves the folder."""
        return load_salt(self.root / "salt")

    @property
    def store(self) -> Path:
        """Folder of the embedded store."""
        return self.root / "store"

    @property
    def calls(self) -> Path:
        """Cache of finished model calls."""
        return self.root / "cache" / "calls.sqlite"

    @property
    def vectors(self) -> Path:
        """Cache of embedded texts."""
        return self.root / "cache" / "vectors.sqlite"

    @property
    def assignments(self) -> Path:
        """The dialogues to be made."""
        return self.root / "dialogues" / "assignments.json"

    @property
    def dead_letters(self) -> Path:
        """Dialogues that could not be finished, with reason and attempts."""
        return self.root / "dead_letters.jsonl"

    @property
    def filter(self) -> Path:
        """What the filter kept and dropped."""
        return self.root / "filter.json"

    @property
    def summary(self) -> Path:
        """Counts and paths of the finished run."""
        return self.root / "summary.json"

    def shard(self, first: int, stop: int) -> Path:
        """Return the file of the dialogues first to stop - 1."""
        return self.root / "dialogues" / f"shard-{first:07d}-{stop:07d}.jsonl"

    def counts(self, phase: str) -> Path:
        """Return the file of a phase's reports."""
        return self.root / "counts" / f"{phase}.json"

    def write_shard(self, path: Path, lines: Iterable[str]) -> None:
        """Write a shard whole or not at all; one record a line."""
        write_atomically(path, "".join(f"{line}\n" for line in lines))
