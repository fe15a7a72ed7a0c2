"""Content-addressed identifiers: the same input twice is one record."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMESPACE = uuid.UUID("6f2d1f0a-3a0e-5c53-9a1b-6f1f6a0b7a11")
"""Namespace of every uuid5 this project makes. Changing it changes every id."""


def dump_canonical_json(value: Any) -> str:  # noqa: ANN401
    """Serialise to JSON with sorted keys, no spaces and no ASCII escapes, so equal values give equal text.

    Args:
        value: Anything JSON can hold. Floats are written by `repr`; NaN and infinities are refused.

    Raises:
        ValueError: If a float is NaN or infinite.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def make_id(kind: str, *parts: Any) -> str:  # noqa: ANN401
    """Return the uuid5 of a record from its kind and what determines it.

    Args:
        kind: Name of the record type; two kinds never share an id.
        parts: JSON values that determine the record, in order.
    """
    return str(uuid.uuid5(NAMESPACE, dump_canonical_json([kind, *parts])))


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_chunks(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    """Yield a file's bytes in chunks of at most `size`."""
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in read_chunks(path):
        digest.update(chunk)
    return digest.hexdigest()
