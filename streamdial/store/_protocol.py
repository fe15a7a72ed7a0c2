"""The one interface to Qdrant: points, conditions and what an engine can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One vector, shape (dimensions,)."""

Payload = dict[str, Any]
"""JSON values by name."""


class Point(NamedTuple):
    """What is written: a UUID, named vectors and a payload."""

    id: str
    vectors: Mapping[str, Vector]
    payload: Payload


class StoredPoint(NamedTuple):
    """What is read back; `vectors` is empty where they were not asked for.

    Vectors come back at unit length, as cosine collections keep them.
    """

    id: str
    payload: Payload
    vectors: dict[str, Vector]


class Hit(NamedTuple):
    """A point a query found, with its cosine, -1 to 1."""

    id: str
    score: float
    payload: Payload


class Range(NamedTuple):
    """A condition on a number; None leaves that side open."""

    gte: float | None = None
    lte: float | None = None


Conditions = Mapping[str, str | int | bool | Sequence[str] | Range]
"""Payload field → what it must be: a value, any of several strings, or a range. All must hold."""

IndexKind = Literal["keyword", "float", "integer"]


@dataclass(frozen=True)
class CollectionSchema:
    """What a collection holds.

    Attributes:
        vectors: Dimensions of each named vector; all are compared by cosine.
        indexes: Payload fields that conditions name often, with their kind.
    """

    vectors: Mapping[str, int]
    indexes: Mapping[str, IndexKind] = field(default_factory=dict)


@runtime_checkable
class VectorStore(Protocol):
    """Collections of points. Every method raises StoreError when the engine cannot do what is asked."""

    def ensure_collection(self, name: str, schema: CollectionSchema) -> None:
        """Make a collection and its payload indexes; one that is there already stays as it is.

        Raises:
            StoreError: If one is there with other vectors.
        """
        ...

    def upsert(self, name: str, points: Iterable[Point]) -> int:
        """Write points in batches and return how many; a point with a known id replaces that one whole.

        Raises:
            StoreError: If an id is no UUID, or a vector has the wrong name, length or a value that is not finite.
        """
        ...

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
        """Return the points nearest by cosine, best first, equal scores by id.

        Args:
            name: The collection.
            vector: What to look for, shape (dimensions,); its length does not matter.
            using: The named vector to compare with; points without it are not found.
            limit: Maximum number of hits to return; 0 gives none.
            conditions: What the payload must fulfil.
            min_score: Minimum cosine of a hit.
        """
        ...

    def query_many(
        self,
        name: str,
        vectors: NDArray[np.float32],
        *,
        using: str,
        limit: int,
        conditions: Conditions | None = None,
    ) -> list[list[Hit]]:
        """Return one list of hits, as `query` gives it, per row of `vectors`, shape (queries, dimensions)."""
        ...

    def retrieve(self, name: str, ids: Sequence[str]) -> list[StoredPoint]:
        """Return the points with these ids, with vectors, in the order asked; unknown ids are left out."""
        ...

    def scroll(
        self, name: str, *, conditions: Conditions | None = None, with_vectors: bool = False
    ) -> Iterator[StoredPoint]:
        """Yield all points that fulfil the conditions, ordered by id, page by page."""
        ...

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove points; unknown ids are no error."""
        ...

    def count(self, name: str, conditions: Conditions | None = None) -> int:
        """Return how many points fulfil the conditions, exactly."""
        ...

    def flush(self) -> None:
        """Bring everything written to disk."""
        ...

    def close(self) -> None:
        """Flush and give the store back; closing twice is no error."""
        ...
