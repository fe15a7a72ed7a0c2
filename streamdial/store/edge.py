"""Embedded Qdrant: the engine in this process, one folder, no server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge
from numpy.typing import NDArray
from qdrant_edge import FieldCondition, Filter, MatchAny, MatchValue, QueryRequest, UpdateOperation

from streamdial.errors import StoreError
from streamdial.store._checks import (
    batch_items,
    check_conditions,
    check_ids,
    check_name,
    check_point,
    check_queries,
    check_vector,
    sort_hits,
)
from streamdial.store._folder import Folder, Shard
from streamdial.store._protocol import (
    CollectionSchema,
    Conditions,
    Hit,
    Payload,
    Point,
    Range,
    StoredPoint,
    Vector,
)

_FLAGS = "_flags"
"""Payload field beside the caller's, listing booleans as `name=true`: version 0.9.0 matches `True` as the integer 1."""


class EdgeStore:
    """Collections in one folder, readable by its owner alone; safe to use from several threads.

    Several stores on one folder in one process share it; another process is refused while one holds it.
    Queries are exact until `optimize_after` points are written since the last HNSW build.

    Args:
        folder: Where the collections are; made if it is not there.
        optimize_after: Written points after which HNSW graphs are built. Exact search of as many as the default
            takes some 12 ms (6 ms measured at 100,000, see docs/store.md); it is repeatable and saves minutes of
            building.

    Raises:
        StoreError: If another process holds the folder, or it cannot be made.
    """

    BATCH = 500
    PAGE = 1000

    def __init__(self, folder: Path, *, optimize_after: int = 200_000) -> None:
        self.folder = folder
        self._optimize_after = optimize_after
        self._held: Folder | None = Folder.take(folder)

    def ensure_collection(self, name: str, schema: CollectionSchema) -> None:
        """Make a collection and its payload indexes; see `VectorStore`."""
        check_name(name)
        with self._guard() as held:
            shard = held.find(name) or held.create(name, schema)
            if shard.sizes != dict(schema.vectors):
                raise StoreError(
                    f"collection {name!r} holds vectors {shard.sizes}, asked for {dict(schema.vectors)}",
                    fix="use the embedder the store was made with, or another folder",
                    where=str(self.folder),
                )
            held.add_indexes(shard, schema)

    def upsert(self, name: str, points: Iterable[Point]) -> int:
        """Write points; see `VectorStore`."""
        written = 0
        for batch in batch_items(points, self.BATCH):
            with self._guard() as held:
                shard = self._find(held, name)
                checked = [_make_point(check_point(name, point, shard.sizes)) for point in batch]
                shard.engine.update(UpdateOperation.upsert_points(checked))
                shard.unindexed += len(batch)
            written += len(batch)
        with self._guard() as held:
            shard = self._find(held, name)
            if shard.unindexed >= self._optimize_after:
                self._build_graphs(shard)
        return written

    def query(
        self,
        name: str,
        vector: Vector,
        *,
        using: str,
        limit: int,
        conditions: Conditions | None = None,
        min_score: float | None = None,
    ) -> list[Hit]:
        """Return the nearest points; see `VectorStore`."""
        with self._guard() as held:
            shard = self._find(held, name)
            checked = check_vector(name, vector, using, shard.sizes)
            if limit < 1:
                return []
            request = _make_request(checked, using, limit, _make_filter(conditions), min_score)
            return _read_hits(shard.engine.query(request))

    def query_many(
        self,
        name: str,
        vectors: NDArray[np.float32],
        *,
        using: str,
        limit: int,
        conditions: Conditions | None = None,
    ) -> list[list[Hit]]:
        """Return the nearest points of each row; see `VectorStore`."""
        with self._guard() as held:
            shard = self._find(held, name)
            checked = check_queries(name, vectors, using, shard.sizes)
            if limit < 1 or not checked:
                return [[] for _ in checked]
            chosen = _make_filter(conditions)
            requests = [_make_request(row, using, limit, chosen, None) for row in checked]
            answers = shard.engine.query_batch(qdrant_edge.QueryBatchRequest(requests))
            return [_read_hits(answer) for answer in answers]

    def retrieve(self, name: str, ids: Sequence[str]) -> list[StoredPoint]:
        """Return points by id; see `VectorStore`."""
        wanted = check_ids(ids)
        with self._guard() as held:
            found = self._find(held, name).engine.retrieve(list(wanted), True, True)
        read = {point.id: point for point in map(_read_record, found)}
        return [read[identifier] for identifier in wanted if identifier in read]

    def scroll(
        self, name: str, *, conditions: Conditions | None = None, with_vectors: bool = False
    ) -> Iterator[StoredPoint]:
        """Yield points ordered by id; see `VectorStore`."""
        chosen = _make_filter(conditions)
        offset: qdrant_edge.PointId | None = None
        while True:
            request = qdrant_edge.ScrollRequest(
                offset=offset, limit=self.PAGE, filter=chosen, with_payload=True, with_vector=with_vectors
            )
            with self._guard() as held:
                records, offset = self._find(held, name).engine.scroll(request)
            yield from map(_read_record, records)
            if offset is None:
                return

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove points; see `VectorStore`."""
        wanted = check_ids(ids)
        with self._guard() as held:
            self._find(held, name).engine.update(UpdateOperation.delete_points(list(wanted)))

    def count(self, name: str, conditions: Conditions | None = None) -> int:
        """Return how many points fulfil the conditions; see `VectorStore`."""
        with self._guard() as held:
            request = qdrant_edge.CountRequest(exact=True, filter=_make_filter(conditions))
            return self._find(held, name).engine.count(request)

    def optimize(self) -> None:
        """Build the HNSW graphs of all collections now; later queries are approximate and quicker."""
        with self._guard() as held:
            for name in held.names():
                self._build_graphs(self._find(held, name))

    def flush(self) -> None:
        """Bring everything written to disk."""
        with self._guard() as held:
            held.flush()

    def close(self) -> None:
        """Flush and unlock the folder; closing twice is no error."""
        held, self._held = self._held, None
        if held is not None:
            held.release()

    @contextlib.contextmanager
    def _guard(self) -> Iterator[Folder]:
        """Hold the folder's lock, and make the engine's errors ours."""
        held = self._held
        if held is None:
            raise StoreError("the store is closed", fix="open it again", where=str(self.folder))
        with held.lock:
            try:
                yield held
            except StoreError:
                raise
            # The engine raises bare Exception, and panics as a BaseException that is not meant for callers.
            except Exception as error:
                told = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise StoreError(
                    f"embedded Qdrant failed: {told}",
                    fix="check free disk space and the folder's permissions",
                    where=str(self.folder),
                ) from error

    def _find(self, held: Folder, name: str) -> Shard:
        check_name(name)
        shard = held.find(name)
        if shard is None:
            there = ", ".join(held.names()) or "none"
            raise StoreError(
                f"no collection {name!r}; there are: {there}", fix="call ensure_collection", where=str(self.folder)
            )
        return shard

    def _build_graphs(self, shard: Shard) -> None:
        shard.engine.flush()
        shard.engine.optimize()
        shard.unindexed = 0


def _make_point(point: Point) -> qdrant_edge.Point:
    payload = dict(point.payload)
    flags = [_name_flag(field, value) for field, value in payload.items() if isinstance(value, bool)]
    if flags:
        payload[_FLAGS] = flags
    # The engine takes numpy rows as they are; its stub names lists alone.
    vectors: Any = dict(point.vectors)
    return qdrant_edge.Point(point.id, vectors, payload)


def _make_request(
    vector: Vector, using: str, limit: int, chosen: Filter | None, min_score: float | None
) -> QueryRequest:
    row: Any = vector
    return QueryRequest(
        limit=limit,
        query=qdrant_edge.Query.Nearest(row, using=using),
        filter=chosen,
        score_threshold=min_score,
        with_payload=True,
    )


def _make_filter(conditions: Conditions | None) -> Filter | None:
    must: list[qdrant_edge.ConditionType] = []
    for field, value in check_conditions(conditions).items():
        if isinstance(value, bool):
            must.append(FieldCondition(_FLAGS, match=MatchValue(_name_flag(field, value))))
        elif isinstance(value, Range):
            must.append(FieldCondition(field, range=qdrant_edge.RangeFloat(gte=value.gte, lte=value.lte)))
        elif isinstance(value, list):
            must.append(FieldCondition(field, match=MatchAny(value)))
        else:
            must.append(FieldCondition(field, match=MatchValue(value)))
    return Filter(must=must) if must else None


def _name_flag(field: str, value: bool) -> str:
    return f"{field}={'true' if value else 'false'}"


def _read_payload(payload: Payload | None) -> Payload:
    return {field: value for field, value in (payload or {}).items() if field != _FLAGS}


def _read_hits(points: Iterable[qdrant_edge.ScoredPoint]) -> list[Hit]:
    return sort_hits(Hit(str(point.id), float(point.score), _read_payload(point.payload)) for point in points)


def _read_record(record: qdrant_edge.Record) -> StoredPoint:
    vectors: Any = record.vector or {}
    return StoredPoint(
        str(record.id),
        _read_payload(record.payload),
        {name: np.asarray(vector, dtype=np.float32) for name, vector in vectors.items()},
    )
