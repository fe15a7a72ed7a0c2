"""A folder one process holds at a time, and the shards that are open in it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import qdrant_edge

from streamdial.errors import StoreError
from streamdial.store._protocol import CollectionSchema

_INDEX_KINDS = {
    "keyword": qdrant_edge.PayloadSchemaType.Keyword,
    "float": qdrant_edge.PayloadSchemaType.Float,
    "integer": qdrant_edge.PayloadSchemaType.Integer,
}


class Shard:
    """One open collection.

    Attributes:
        engine: Qdrant's shard.
        sizes: Dimensions of each named vector.
        unindexed: Points written since the last `optimize`.
    """

    def __init__(self, engine: qdrant_edge.EdgeShard, sizes: Mapping[str, int]) -> None:
        self.engine = engine
        self.sizes = dict(sizes)
        self.unindexed = 0


class Folder:
    """The store's folder, locked for this process; all handles of one process share it.

    Use `Folder.take` and `release`, which count the handles.
    """

    _open: ClassVar[dict[tuple[int, Path], Folder]] = {}
    _gate: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._users = 0
        self._shards: dict[str, Shard] = {}
        try:
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
        except OSError as error:
            raise StoreError(
                f"the folder cannot be made: {error.strerror}", fix="name a folder you may write to", where=str(path)
            ) from error
        self._file = self._take_lock()

    @classmethod
    def take(cls, path: Path) -> Folder:
        """Return the folder, locked; a second handle in one process shares the first one's.

        Raises:
            StoreError: If another process holds it, or it cannot be made.
        """
        key = (os.getpid(), path.resolve())
        with cls._gate:
            folder = cls._open.get(key)
            if folder is None:
                folder = cls._open[key] = cls(path.resolve())
            folder._users += 1
            return folder

    def release(self) -> None:
        """Give one handle back; the last one flushes, closes the shards and unlocks."""
        with self._gate, self.lock:
            self._users -= 1
            if self._users:
                return
            self._open.pop((os.getpid(), self.path), None)
            try:
                for shard in self._shards.values():
                    shard.engine.flush()
                    shard.engine.close()
            finally:
                self._shards.clear()
                os.close(self._file)

    def _take_lock(self) -> int:
        file = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _describe_holder(os.read(file, 4096))
            os.close(file)
            raise StoreError(
                f"the store is in use by {holder}; embedded Qdrant serves one process at a time",
                fix="wait until that process ends, or run a Qdrant server and set QDRANT_URL",
                where=str(self.path),
            ) from error
        told = {
            "pid": os.getpid(),
            "command": Path(sys.argv[0]).name,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(told).encode(), 0)
        return file

    def names(self) -> list[str]:
        """Return the collections on disk, sorted."""
        return sorted(entry.parent.name for entry in self.path.glob("[!.]*/edge_config.json"))

    def find(self, name: str) -> Shard | None:
        """Return a collection's shard, loaded on first use, or None where there is none on disk."""
        if name in self._shards:
            return self._shards[name]
        place = self.path / name
        config = place / "edge_config.json"
        if not config.is_file():
            return None
        sizes = {key: int(value["size"]) for key, value in json.loads(config.read_text("utf-8"))["vectors"].items()}
        shard = Shard(qdrant_edge.EdgeShard.load(str(place)), sizes)
        info = shard.engine.info()
        shard.unindexed = max(0, info.points_count - info.indexed_vectors_count)
        self._shards[name] = shard
        return shard

    def create(self, name: str, schema: CollectionSchema) -> Shard:
        """Make a collection on disk and return its shard, open."""
        vectors = {
            key: qdrant_edge.EdgeVectorParams(size=size, distance=qdrant_edge.Distance.Cosine)
            for key, size in schema.vectors.items()
        }
        # Made aside and renamed whole, so that a killed process leaves no half collection under the name.
        aside = self.path / f".{name}.new"
        shutil.rmtree(aside, ignore_errors=True)
        engine = qdrant_edge.EdgeShard.create(str(aside), qdrant_edge.EdgeConfig(vectors=vectors))
        engine.flush()
        engine.close()
        aside.rename(self.path / name)
        shard = self.find(name)
        assert shard is not None
        return shard

    def add_indexes(self, shard: Shard, schema: CollectionSchema) -> None:
        """Make the payload indexes a schema names that the shard has not got."""
        there = shard.engine.info().payload_schema
        for field, kind in schema.indexes.items():
            if field not in there:
                shard.engine.update(qdrant_edge.UpdateOperation.create_field_index(field, _INDEX_KINDS[kind]))

    def flush(self) -> None:
        """Bring every open shard's changes to disk."""
        for shard in self._shards.values():
            shard.engine.flush()


def _describe_holder(text: bytes) -> str:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        told = json.loads(text)
        return f"process {told['pid']} ({told['command']}, since {told['since']})"
    return "another process"
