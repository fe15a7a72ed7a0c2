"""Files of published data: packed or not, one JSON value or one per line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamdial.encodings import Decoded, decode_text
from streamdial.errors import ConfigurationError


def read_entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield (key, value) of a file's entries: the items of a list or object, or a value per line.

    The key is that of an object's entry, else the number of the item or line, counted from 1. A line that is no JSON
    has the value `ValueError`, so that the caller can count it, and so have at the end places that are not valid in the
    file's encoding; they were replaced.

    Raises:
        ConfigurationError: If the file is not there, cannot be unpacked, or is no JSON at all.
    """
    decoded = _read_text(path)
    yield from _read_text_entries(decoded.text, path)
    if decoded.replaced:
        yield "characters", ValueError(f"{decoded.replaced} places are not valid {decoded.encoding}")


def _read_text_entries(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    start = text.lstrip()[:1]
    if start not in ("[", "{"):
        raise ConfigurationError(
            f"the file begins with {start!r}, not with JSON.", fix="name a .json or .jsonl file", where=path.name
        )
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        yield from _read_lines(text, path)
        return
    if isinstance(whole, list):
        yield from ((str(number), item) for number, item in enumerate(whole, start=1))
    elif all(isinstance(value, dict) for value in whole.values()):
        yield from whole.items()
    else:
        yield "1", whole


def _read_text(path: Path) -> Decoded:
    try:
        data = path.read_bytes()
        # The first two bytes of every gzip file; a name may say otherwise.
        return decode_text(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigurationError(
            f"cannot be read ({error}).", fix="name a file of JSON, packed by gzip or not", where=str(path)
        ) from error


def _read_lines(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    broken = read = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            value, broken = ValueError(str(error)), broken + 1
        read += 1
        yield str(number), value
    if read == broken:
        raise ConfigurationError("no line of it is JSON.", fix="name a .json or .jsonl file", where=path.name)
