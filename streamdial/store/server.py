"""A Qdrant server over the network, or qdrant-client's own engine in memory for tests."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StoreError
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
from streamdial.store._protocol import CollectionSchema, Conditions, Hit, Point, Range, StoredPoint, Vector

if TYPE_CHECKING:
    from qdrant_client import QdrantClient
    from qdrant_client import models as qdrant_models

_TRANSIENT_STATUS = {408, 425, 429, 500, 502, 503, 504}


class ServerStore:
    """Collections on a Qdrant server; any number of processes may use it at once.

    Args:
        url: The server, as `http://host:6333`.
        api_key: Its key, where it wants one.
        timeout: Seconds to wait for an answer.
        shards: Shards of each collection that is made; the cluster decides by default.
        replicas: Copies of each shard; the cluster decides by default.

    Raises:
        ConfigurationError: If the URL names no http(s) host. The server itself is asked at the first call.
    """

    BATCH = 256
    PAGE = 512
    _shards: int | None = None
    _replicas: int | None = None

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: int = 30,
        shards: int | None = None,
        replicas: int | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(
                "the Qdrant URL names no http or https host", fix="write it as http://localhost:6333"
            )
        from qdrant_client import QdrantClient

        # The host alone goes into messages: a URL may hold a password.
        where = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        # A server that does not answer is told by what is asked of it, in one line; one of another version by a warning
        # of the client's thread that compares them.
        warnings.filterwarnings("ignore", message="Failed to obtain server version")
        client = QdrantClient(url=url, api_key=api_key, timeout=timeout)
        self._set_up(client, where, remote=True)
        self._shards, self._replicas = shards, replicas

    @classmethod
    def in_memory(cls) -> ServerStore:
        """Return a store in this process's memory by qdrant-client, gone when it is closed."""
        from qdrant_client import QdrantClient

        store = cls.__new__(cls)
        store._set_up(QdrantClient(":memory:"), "memory", remote=False)
        return store

    def _set_up(self, client: QdrantClient, where: str, *, remote: bool) -> None:
        self._client = client
        self._where = where
        self._remote = remote
        self._closed = False
        self._sizes: dict[str, dict[str, int]] = {}

    def ensure_collection(self, name: str, schema: CollectionSchema) -> None:
        """Make a collection and its payload indexes; see `VectorStore`."""
        from qdrant_client import models

        check_name(name)
        with self._guard():
            if not self._client.collection_exists(name):
                vectors = {
                    key: models.VectorParams(size=size, distance=models.Distance.COSINE)
                    for key, size in schema.vectors.items()
                }
                self._create(name, vectors)
            sizes = self._find(name)
            if sizes != dict(schema.vectors):
                raise StoreError(
                    f"collection {name!r} holds vectors {sizes}, asked for {dict(schema.vectors)}",
                    fix="use the embedder the store was made with, or another server",
                    where=self._where,
                )
            if self._remote:
                there = self._client.get_collection(name).payload_schema
                for field, kind in schema.indexes.items():
                    if field not in there:
                        self._client.create_payload_index(name, field, models.PayloadSchemaType(kind), wait=True)

    def _create(self, name: str, vectors: dict[str, qdrant_models.VectorParams]) -> None:
        try:
            self._client.create_collection(
                name, vectors_config=vectors, shard_number=self._shards, replication_factor=self._replicas
            )
        except Exception:
            # Another process may have made it in between.
            if not self._client.collection_exists(name):
                raise

    def upsert(self, name: str, points: Iterable[Point]) -> int:
        """Write points; see `VectorStore`."""
        from qdrant_client import models

        written = 0
        with self._guard():
            sizes = self._find(name)
            for batch in batch_items(points, self.BATCH):
                checked = [check_point(name, point, sizes) for point in batch]
                structs = [
                    models.PointStruct(
                        id=point.id,
                        vector={key: vector.tolist() for key, vector in point.vectors.items()},
                        payload=point.payload,
                    )
                    for point in checked
                ]
                self._client.upsert(name, structs, wait=True)
                written += len(batch)
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
        with self._guard():
            checked = check_vector(name, vector, using, self._find(name))
            if limit < 1:
                return []
            answer = self._client.query_points(
                name,
                query=checked.tolist(),
                using=using,
                limit=limit,
                query_filter=_make_filter(conditions),
                score_threshold=min_score,
                with_payload=True,
            )
            return _read_hits(answer.points)

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
        from qdrant_client import models

        with self._guard():
            checked = check_queries(name, vectors, using, self._find(name))
            if limit < 1 or not checked:
                return [[] for _ in checked]
            chosen = _make_filter(conditions)
            requests = [
                models.QueryRequest(query=row.tolist(), using=using, limit=limit, filter=chosen, with_payload=True)
                for row in checked
            ]
            found: list[list[Hit]] = []
            for batch in batch_items(requests, self.BATCH):
                answers = self._client.query_batch_points(name, requests=batch)
                found.extend(_read_hits(answer.points) for answer in answers)
            return found

    def retrieve(self, name: str, ids: Sequence[str]) -> list[StoredPoint]:
        """Return points by id; see `VectorStore`."""
        wanted = check_ids(ids)
        read: dict[str, StoredPoint] = {}
        with self._guard():
            self._find(name)
            for batch in batch_items(wanted, self.PAGE):
                for record in self._client.retrieve(name, list(batch), with_payload=True, with_vectors=True):
                    read[str(record.id)] = _read_record(record)
        return [read[identifier] for identifier in wanted if identifier in read]

    def scroll(
        self, name: str, *, conditions: Conditions | None = None, with_vectors: bool = False
    ) -> Iterator[StoredPoint]:
        """Yield points ordered by id; see `VectorStore`."""
        chosen = _make_filter(conditions)
        with self._guard():
            self._find(name)
        if not self._remote:
            # The client's own engine scrolls in the order of insertion.
            with self._guard():
                records, _ = self._client.scroll(name, chosen, limit=2**31, with_vectors=with_vectors)
            yield from sorted(map(_read_record, records), key=lambda point: point.id)
            return
        offset: Any = None
        while True:
            with self._guard():
                records, offset = self._client.scroll(
                    name, chosen, limit=self.PAGE, offset=offset, with_payload=True, with_vectors=with_vectors
                )
            yield from map(_read_record, records)
            if offset is None:
                return

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove points; see `VectorStore`."""
        from qdrant_client import models

        wanted = check_ids(ids)
        with self._guard():
            self._find(name)
            for batch in batch_items(wanted, self.PAGE):
                self._client.delete(name, models.PointIdsList(points=list(batch)), wait=True)

    def count(self, name: str, conditions: Conditions | None = None) -> int:
        """Return how many points fulfil the conditions; see `VectorStore`."""
        with self._guard():
            self._find(name)
            return int(self._client.count(name, count_filter=_make_filter(conditions), exact=True).count)

    def flush(self) -> None:
        """Do nothing: every write has waited for the server already."""

    def close(self) -> None:
        """Close the connection; closing twice is no error."""
        if not self._closed:
            self._closed = True
            self._client.close()

    def _find(self, name: str) -> dict[str, int]:
        """Return the sizes of a collection's vectors, remembered."""
        if name not in self._sizes:
            check_name(name)
            if not self._client.collection_exists(name):
                there = ", ".join(sorted(entry.name for entry in self._client.get_collections().collections))
                raise StoreError(
                    f"no collection {name!r}; there are: {there or 'none'}",
                    fix="call ensure_collection",
                    where=self._where,
                )
            vectors = self._client.get_collection(name).config.params.vectors
            if not isinstance(vectors, dict):
                raise StoreError(f"collection {name!r} was not made by this project", where=self._where)
            self._sizes[name] = {key: value.size for key, value in vectors.items()}
        return self._sizes[name]

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Make the client's errors ours, telling what may pass from what will not."""
        from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

        if self._closed:
            raise StoreError("the store is closed", fix="open it again", where=self._where)
        try:
            yield
        except StoreError:
            raise
        except ResponseHandlingException as error:
            raise StoreError(
                f"the Qdrant server does not answer: {_tell(error)}",
                transient=True,
                fix="start the server, check QDRANT_URL, or unset it to use the embedded store",
                where=self._where,
            ) from error
        except ResourceExhaustedResponse as error:
            raise StoreError(
                f"the Qdrant server asks to wait {error.retry_after_s} s", transient=True, where=self._where
            ) from error
        except UnexpectedResponse as error:
            denied = error.status_code in (401, 403)
            raise StoreError(
                f"the Qdrant server answered {error.status_code} {error.reason_phrase}",
                transient=error.status_code in _TRANSIENT_STATUS,
                fix="check QDRANT_API_KEY" if denied else "look into the server's log",
                where=self._where,
            ) from error
        except Exception as error:
            raise StoreError(
                f"the Qdrant client failed: {_tell(error)}", fix="check the server's version", where=self._where
            ) from error


def _tell(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _make_filter(conditions: Conditions | None) -> qdrant_models.Filter | None:
    from qdrant_client import models

    must: list[Any] = []
    for field, value in check_conditions(conditions).items():
        if isinstance(value, Range):
            must.append(models.FieldCondition(key=field, range=models.Range(gte=value.gte, lte=value.lte)))
        elif isinstance(value, list):
            must.append(models.FieldCondition(key=field, match=models.MatchAny(any=value)))
        else:
            must.append(models.FieldCondition(key=field, match=models.MatchValue(value=value)))
    return models.Filter(must=must) if must else None


def _read_hits(points: Iterable[qdrant_models.ScoredPoint]) -> list[Hit]:
    return sort_hits(Hit(str(point.id), float(point.score), dict(point.payload or {})) for point in points)


def _read_record(record: qdrant_models.Record) -> StoredPoint:
    vectors: Any = record.vector or {}
    return StoredPoint(
        str(record.id),
        dict(record.payload or {}),
        {name: np.asarray(vector, dtype=np.float32) for name, vector in vectors.items()},
    )
