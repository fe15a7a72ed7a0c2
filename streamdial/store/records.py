"""Records in Qdrant: the project's collections on top of either engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from streamdial.errors import StoreError
from streamdial.records import FrozenModel, KnowledgeRow, Record, SeedDialogue
from streamdial.store._protocol import (
    CollectionSchema,
    Conditions,
    IndexKind,
    Payload,
    Point,
    Vector,
    VectorStore,
)

Storable = Record | SeedDialogue
"""What can be put: anything with id, domain and language."""

Kept = TypeVar("Kept", bound=FrozenModel)

_COMMON: dict[str, IndexKind] = {
    "kind": "keyword",
    "domain": "keyword",
    "language": "keyword",
    "source_id": "keyword",
    "account": "keyword",
}
_VECTORS: dict[str, tuple[str, ...]] = {
    "signals": ("text",),
    "knowledge": ("text",),
    "personas": ("text",),
    "blueprints": ("text",),
    "dialogues": ("user", "agent"),
    "exemplars": ("text",),
}
_EXTRA_INDEXES: dict[str, dict[str, IndexKind]] = {
    "knowledge": {"entity": "keyword", "slot": "keyword", "value": "keyword", "number": "float"},
    "exemplars": {"role": "keyword", "act": "keyword", "stage": "keyword"},
}
_RESERVED = {*_COMMON, "body"}


class RecordStore:
    """Typed records with vectors: `signals`, `knowledge`, `personas`, `blueprints`, `dialogues`, `exemplars`.

    `dialogues` has the vectors `user` and `agent`, each other collection has `text`. A collection is made when it
    is first used.

    Args:
        store: The engine.
        dimensions: Length of the embedder's vectors.
        prefix: Put before the names of collections, so that several runs can share one server.
    """

    def __init__(self, store: VectorStore, dimensions: int, *, prefix: str = "") -> None:
        self.store = store
        self.dimensions = dimensions
        self._prefix = prefix
        self._ready: set[str] = set()

    def put(
        self,
        collection: str,
        records: Sequence[Storable],
        vectors: Mapping[str, NDArray[np.float32]],
        extra_payload: Callable[[Any], Payload] | None = None,
    ) -> int:
        """Write records and return how many; one with a known id replaces that one.

        Args:
            collection: One of the six collections.
            records: What to write.
            vectors: Every named vector of the collection, each of shape (records, dimensions), row by row.
            extra_payload: Gives more payload fields of a record, for conditions.

        Raises:
            StoreError: If names or shapes do not fit, or an extra field has the name of one written already.
        """
        self._ensure(collection)
        names = _VECTORS[collection]
        if set(vectors) != set(names):
            raise StoreError(f"{collection} needs the vectors {sorted(names)}, got {sorted(vectors)}")
        for name, rows in vectors.items():
            if rows.shape != (len(records), self.dimensions):
                raise StoreError(
                    f"{collection}: vectors {name!r} have shape {rows.shape},"
                    f" expected ({len(records)}, {self.dimensions})",
                    fix="give one row per record, from the embedder the store was made with",
                )

        def make_points() -> Iterator[Point]:
            for row, record in enumerate(records):
                payload = _make_payload(record, extra_payload)
                yield Point(record.id, {name: vectors[name][row] for name in names}, payload)

        return self.store.upsert(self.name_collection(collection), make_points())

    def get(self, collection: str, kind: type[Kept], *, conditions: Conditions | None = None) -> list[Kept]:
        """Return all records of a type that fulfil the conditions, sorted by id.

        Raises:
            StoreError: If a stored record cannot be read as that type any more.
        """
        self._ensure(collection)
        points = self.store.scroll(self.name_collection(collection), conditions=_add_kind(kind, conditions))
        return [_read_body(kind, point.id, point.payload) for point in points]

    def find(
        self,
        collection: str,
        kind: type[Kept],
        vector: Vector,
        *,
        limit: int,
        conditions: Conditions | None = None,
        using: str = "text",
    ) -> list[tuple[Kept, float]]:
        """Return the nearest records of a type with their cosines, best first.

        Args:
            collection: One of the six collections.
            kind: Record type to look for.
            vector: What to look for, shape (dimensions,).
            limit: Maximum number of records to return.
            conditions: What the payload must fulfil besides.
            using: The named vector: `text`, or `user` or `agent` for dialogues.

        Raises:
            StoreError: If a stored record cannot be read as that type any more.
        """
        self._ensure(collection)
        hits = self.store.query(
            self.name_collection(collection), vector, using=using, limit=limit, conditions=_add_kind(kind, conditions)
        )
        return [(_read_body(kind, hit.id, hit.payload), hit.score) for hit in hits]

    def count(
        self, collection: str, kind: type[FrozenModel] | None = None, *, conditions: Conditions | None = None
    ) -> int:
        """Return how many records there are, of one type or of all."""
        self._ensure(collection)
        return self.store.count(self.name_collection(collection), _add_kind(kind, conditions) if kind else conditions)

    def name_collection(self, collection: str) -> str:
        """Return what a collection is called in the engine, where several runs share one."""
        return self._prefix + collection

    def _ensure(self, collection: str) -> None:
        if collection in self._ready:
            return
        if collection not in _VECTORS:
            raise StoreError(f"no collection {collection!r}; there are: {', '.join(_VECTORS)}")
        schema = CollectionSchema(
            vectors=dict.fromkeys(_VECTORS[collection], self.dimensions),
            indexes={**_COMMON, **_EXTRA_INDEXES.get(collection, {})},
        )
        self.store.ensure_collection(self.name_collection(collection), schema)
        self._ready.add(collection)


def open_store(
    folder: Path,
    *,
    url: str | None = None,
    api_key: str | None = None,
    shards: int | None = None,
    replicas: int | None = None,
) -> VectorStore:
    """Return the store: a Qdrant server where a URL is given or set, else the embedded engine.

    Args:
        folder: Where the embedded engine keeps its collections.
        url: URL of a server; without it, the environment's QDRANT_URL.
        api_key: Key of the server; without it, the environment's QDRANT_API_KEY.
        shards: Shards of each collection that is made on a server; the cluster decides by default.
        replicas: Copies of each shard; the cluster decides by default.

    Raises:
        StoreError: If another process holds the folder.
        ConfigurationError: If the URL cannot be used.
    """
    if url := url or os.environ.get("QDRANT_URL"):
        from streamdial.store.server import ServerStore

        return ServerStore(url, api_key or os.environ.get("QDRANT_API_KEY"), shards=shards, replicas=replicas)
    from streamdial.store.edge import EdgeStore

    return EdgeStore(folder)


def _make_payload(record: Storable, extra_payload: Callable[[Any], Payload] | None) -> Payload:
    payload: Payload = {"kind": type(record).__name__, "domain": record.domain, "language": record.language}
    if isinstance(record, Record):
        payload["source_id"] = record.provenance.source_id
    account = getattr(record, "account", None)
    if account is not None:
        payload["account"] = account
    if isinstance(record, KnowledgeRow):
        payload |= {"entity": record.entity, "slot": record.slot, "value": record.value}
        payload["holds"] = record.holds
        if record.number is not None:
            payload["number"] = record.number
        if record.unit is not None:
            payload["unit"] = record.unit
    if extra_payload is not None:
        extra = extra_payload(record)
        if taken := sorted(_RESERVED & set(extra)):
            raise StoreError(f"extra payload fields {taken} are written already", fix="name them otherwise")
        payload |= extra
    payload["body"] = record.model_dump_json()
    return payload


def _add_kind(kind: type[FrozenModel], conditions: Conditions | None) -> Conditions:
    return {**(conditions or {}), "kind": kind.__name__}


def _read_body(kind: type[Kept], identifier: str, payload: Payload) -> Kept:
    try:
        return kind.model_validate_json(payload["body"])
    except (KeyError, ValidationError) as error:
        raise StoreError(
            f"the stored {kind.__name__} {identifier} cannot be read",
            fix="it was written by another version: make the run again in a new folder",
        ) from error
