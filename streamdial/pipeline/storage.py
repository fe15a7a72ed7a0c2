"""Storage of the files that several machines need: the run's folder, or a place at an fsspec URL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from streamdial.errors import ConfigurationError, MissingExtraError, StoreError
from streamdial.files import read_lines, write_atomically
from streamdial.records import Dialogue, share_parts


class Storage:
    """Files by name, written whole or not at all.

    Args:
        root: The run's folder, where there is no URL.
        url: A folder as fsspec names it: `s3://bucket/runs/hotel`. An object store shows a file when it is complete.

    Raises:
        ConfigurationError: If the URL is of a kind nobody knows.
        MissingExtraError: If what reads it is not installed.
    """

    def __init__(self, root: Path, url: str | None = None) -> None:
        self._root = root
        self._url = url
        if url is None:
            return
        import fsspec

        try:
            options = {"auto_mkdir": True} if url.startswith("file:") else {}
            self._files, self._base = fsspec.core.url_to_fs(url, **options)
        except ImportError as error:
            raise MissingExtraError("s3fs", "s3", f"files at {url}") from error
        except ValueError as error:
            raise ConfigurationError(f"files cannot be kept at {url} ({error}).", fix="name an fsspec URL") from error

    def write(self, name: str, text: str) -> None:
        """Write a file.

        Raises:
            StoreError: If it cannot be written.
        """
        if self._url is None:
            write_atomically(self._root / name, text)
            return
        try:
            self._files.pipe_file(f"{self._base}/{name}", text.encode())
        except Exception as error:
            raise self._tell(name, "written", error) from error

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write a file of one record per line."""
        self.write(name, "".join(f"{line}\n" for line in lines))

    def has(self, name: str) -> bool:
        """Tell whether a file is there."""
        if self._url is None:
            return (self._root / name).is_file()
        self._files.invalidate_cache()
        return bool(self._files.exists(f"{self._base}/{name}"))

    def read_lines(self, name: str) -> Iterator[Any]:
        """Yield the JSON values of a file, one per line.

        Raises:
            StoreError: If it is not there: a shard without dialogues is a file without lines.
        """
        if self._url is not None:
            yield from map(orjson.loads, self.read(name).splitlines())
        elif self.has(name):
            yield from read_lines(self._root / name)
        else:
            raise self._tell(name, "read", FileNotFoundError("it is not there"))

    def read(self, name: str) -> bytes:
        """Return a file.

        Raises:
            StoreError: If it is not there, or cannot be read.
        """
        if self._url is None:
            try:
                return (self._root / name).read_bytes()
            except OSError as error:
                raise self._tell(name, "read", error) from error
        try:
            return bytes(self._files.cat_file(f"{self._base}/{name}"))
        except Exception as error:
            raise self._tell(name, "read", error) from error

    def read_found(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return those of some files that are there, by name; at a URL all are asked for at once.

        Raises:
            StoreError: If one that is there cannot be read.
        """
        if self._url is None:
            return {name: self.read(name) for name in names if self.has(name)}
        wanted = {f"{self._base}/{name}": name for name in names}
        answers = self._files.cat(list(wanted), on_error="return") if wanted else {}
        for place, answer in answers.items():
            if isinstance(answer, Exception) and not isinstance(answer, FileNotFoundError):
                raise self._tell(wanted[place], "read", answer) from answer
        return {wanted[place]: answer for place, answer in answers.items() if isinstance(answer, bytes)}

    def bring(self, path: Path) -> None:
        """Copy a file of the run's folder to the URL, under its name in the folder; nothing to do without one."""
        if self._url is None:
            return
        name = path.relative_to(self._root).as_posix()
        try:
            self._files.put_file(str(path), f"{self._base}/{name}")
        except Exception as error:
            raise self._tell(name, "written", error) from error

    def _tell(self, name: str, what: str, error: Exception) -> StoreError:
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return StoreError(
            f"{name} cannot be {what} ({told}).",
            transient=isinstance(error, (OSError, TimeoutError)) and not isinstance(error, FileNotFoundError),
            where=self._url or str(self._root),
            fix="check the address and its credentials in the environment" if self._url else "check the disk",
        )


def read_dialogues(files: Storage, shards: Iterable[str]) -> Iterator[Dialogue]:
    """Yield the dialogues of shards, in order, the lines of one shard in memory at a time.

    Read as JSON by pydantic, which lets records share their short strings: 13 kB a dialogue, not 24.

    Args:
        files: Where the shards are.
        shards: Their names.
    """
    for name in shards:
        for line in files.read(name).splitlines():
            dialogue = Dialogue.model_validate_json(line)
            for record in (dialogue, *dialogue.turns):
                share_parts(record)
            yield dialogue
