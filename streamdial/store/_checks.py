"""Checks both engines share, so that they refuse the same things in the same words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import StoreError
from streamdial.store._protocol import Conditions, Hit, Point, Range, Vector

Item = TypeVar("Item")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def check_name(name: str) -> None:
    """Refuse a collection name that is no plain lower-case word, as it becomes a folder.

    Raises:
        StoreError: If it holds anything but a-z, 0-9 and _.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(f"{name!r} is no collection name", fix="use lower-case letters, digits and _")


def check_point(name: str, point: Point, sizes: Mapping[str, int]) -> Point:
    """Return the point with float32 vectors and its id in canonical form.

    Raises:
        StoreError: If the id is no UUID, or a vector has an unknown name, a wrong length or values that are not finite.
    """
    try:
        identifier = str(uuid.UUID(point.id))
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreError(
            f"{name}: the id {point.id!r} is no UUID", fix="make ids with streamdial.ids.make_id"
        ) from error
    vectors = {using: check_vector(name, vector, using, sizes) for using, vector in point.vectors.items()}
    return Point(identifier, vectors, point.payload)


def check_vector(name: str, vector: Vector, using: str, sizes: Mapping[str, int]) -> Vector:
    """Return a vector as float32, checked against the collection's sizes.

    Raises:
        StoreError: If its name is unknown, its length is wrong or it holds values that are not finite.
    """
    if using not in sizes:
        raise StoreError(f"{name}: no vector named {using!r}; it has {', '.join(sorted(sizes))}")
    checked = np.asarray(vector, dtype=np.float32)
    if checked.shape != (sizes[using],):
        raise StoreError(
            f"{name}: vector {using!r} has shape {checked.shape}, expected ({sizes[using]},)",
            fix="use the embedder the store was made with",
        )
    if not np.isfinite(checked).all():
        raise StoreError(f"{name}: vector {using!r} holds NaN or infinite values", fix="check the embedder's output")
    return checked


def check_queries(name: str, vectors: NDArray[np.float32], using: str, sizes: Mapping[str, int]) -> list[Vector]:
    """Return the rows of a matrix of queries, each checked as `check_vector` does.

    Raises:
        StoreError: If it is no matrix, or a row is no vector of the collection.
    """
    if np.ndim(vectors) != 2:
        raise StoreError(f"{name}: queries have shape {np.shape(vectors)}, expected (queries, dimensions)")
    return [check_vector(name, row, using, sizes) for row in vectors]


def check_conditions(conditions: Conditions | None) -> dict[str, str | int | bool | list[str] | Range]:
    """Return the conditions with sequences as lists.

    Raises:
        StoreError: If a value is of a kind no condition can be made of, or a range is open on both sides.
    """
    checked: dict[str, str | int | bool | list[str] | Range] = {}
    for field, value in (conditions or {}).items():
        if isinstance(value, Range):
            if value.gte is None and value.lte is None:
                raise StoreError(f"the range for {field!r} is open on both sides", fix="give gte, lte or both")
            checked[field] = value
        elif isinstance(value, (str, bool, int)):
            checked[field] = value
        elif isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
            checked[field] = [str(item) for item in value]
        else:
            raise StoreError(
                f"the condition {field!r} has the value {value!r}",
                fix="use a string, an integer, a boolean, a sequence of strings or a Range",
            )
    return checked


def check_ids(ids: Iterable[str]) -> list[str]:
    """Return ids in canonical form, each once, in order.

    Raises:
        StoreError: If one is no UUID.
    """
    try:
        return list(dict.fromkeys(str(uuid.UUID(identifier)) for identifier in ids))
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreError("an id is no UUID", fix="make ids with streamdial.ids.make_id") from error


def sort_hits(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits best first, equal scores by id."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))


def batch_items(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of at most `size`."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
