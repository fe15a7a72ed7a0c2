"""Long rows of things in chunks: one chunk is in memory at a time, however many dialogues there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
ROWS = 1000
"""Rows of a table that are in memory at once while it is written, and those of a row group of its file."""


def cut_into_chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of `size` items, the last one shorter; one empty list where there are none."""
    left = iter(items)
    chunk = list(islice(left, size))
    yield chunk
    while chunk := list(islice(left, size)):
        yield chunk
