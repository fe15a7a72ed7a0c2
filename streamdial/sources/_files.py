"""Files as text: transparent gzip, encoding detection, streaming, and times as people and tools write them."""

from __future__ import annotations

import codecs
import gzip
import math
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from streamdial import encodings
from streamdial.counts import Counts
from streamdial.encodings import find_mark
from streamdial.errors import SourceError
from streamdial.ids import hash_file, make_id

CHUNK_BYTES = 1 << 18
MAX_WHOLE_FILE = 1 << 28
"""Maximum number of bytes (256 MiB, unpacked) for a reader that needs the whole file at once."""
MAX_SECONDS = 30 * 86_400.0
"""Longest stream anybody runs; a later time is garbage, or a date."""
MIN_SECONDS = -3_600.0
"""Chat opens before the stream does; a time more than an hour before is not believed."""

_CLOCK = re.compile(r"\s*(-?)(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d{1,9})?)\s*$", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?\d{1,18}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,3})?\s*s?\s*$", re.ASCII)
_UNWANTED = re.compile(
    r"\x1b\[[\d;]*[A-Za-z]"
    r"|[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")


def make_source_id(path: Path) -> str:
    """Return the id of a file as a source: it follows from the bytes alone.

    Raises:
        SourceError: If the file cannot be read.
    """
    try:
        return make_id("source", hash_file(path))
    except OSError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: OSError) -> SourceError:
    if isinstance(error, FileNotFoundError):
        return SourceError("there is no such file.", fix="check the path", where=str(path))
    if isinstance(error, IsADirectoryError):
        return SourceError("is a folder; a file was expected.", where=str(path))
    return SourceError(f"cannot be read: {error.strerror or error}.", where=str(path))


def open_source(path: Path) -> BinaryIO:
    """Open a file for reading bytes; gzip is told by its first two bytes and unpacked.

    Raises:
        SourceError: If the file cannot be opened.
    """
    try:
        file = path.open("rb")
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
    except OSError as error:
        raise _explain(path, error) from error
    return cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb")) if packed else file


def iterate_bytes(path: Path, counts: Counts | None = None) -> Iterator[bytes]:
    """Yield a file's (unpacked) bytes in chunks; a gzip file that ends early keeps its good part, with a note.

    Raises:
        SourceError: If the file cannot be opened, or not a byte of it can be unpacked.
    """
    read = 0
    with open_source(path) as file:
        while True:
            try:
                chunk = file.read(CHUNK_BYTES)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                if not read:
                    raise SourceError(f"the packed data is damaged: {error}.", where=str(path)) from error
                if counts is not None:
                    counts.note(f"{path.name}: the packed data ends early, after {read} bytes; the rest is missing.")
                return
            except OSError as error:
                raise _explain(path, error) from error
            if not chunk:
                return
            read += len(chunk)
            yield chunk


def read_head(path: Path, size: int = 1 << 16) -> bytes:
    """Return the first `size` (unpacked) bytes of a file."""
    head = b""
    for chunk in iterate_bytes(path):
        head += chunk
        if len(head) >= size:
            break
    return head[:size]


def detect_encoding(path: Path) -> str:
    """Tell a text file's encoding, see `streamdial.encodings`; the whole file is looked at.

    A first non-ASCII character may come late. Where bytes are damaged, the encoding with the least damage is taken,
    and whoever decodes must replace what is not valid.

    Raises:
        SourceError: If the file holds zero bytes in no pattern of text, so it is not a text file.
    """
    head = read_head(path)
    if not find_mark(head) and head.count(0) > len(head) // 20:
        raise SourceError("is not a text file (it holds zero bytes).", where=str(path))
    return encodings.detect_encoding(iterate_bytes(path))


def iterate_text(path: Path, counts: Counts | None = None) -> Iterator[str]:
    """Yield a text file's characters in chunks, line ends as they are; undecodable bytes become U+FFFD, with a note.

    Raises:
        SourceError: If the file cannot be opened or is not text.
    """
    encoding = detect_encoding(path)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    replaced = 0
    own = 0
    for chunk in iterate_bytes(path, counts):
        text = decoder.decode(chunk)
        replaced += text.count("\ufffd")
        if encoding == "utf-8":
            own += chunk.count(b"\xef\xbf\xbd")
        yield text
    text = decoder.decode(b"", final=True)
    replaced += text.count("\ufffd")
    if text:
        yield text
    if replaced > own and counts is not None:
        counts.note(f"{path.name}: {replaced - own} places were not valid {encoding} and were replaced.")


def read_text(path: Path, counts: Counts | None = None) -> str:
    """Return a text file's characters, decoded as `iterate_text` does.

    Raises:
        SourceError: If the file cannot be read, is not text, or is larger than `MAX_WHOLE_FILE` characters.
    """
    chunks: list[str] = []
    size = 0
    for chunk in iterate_text(path, counts):
        size += len(chunk)
        if size > MAX_WHOLE_FILE:
            raise SourceError(f"is larger than {MAX_WHOLE_FILE >> 20} Mi characters.", where=str(path))
        chunks.append(chunk)
    return "".join(chunks)


def iterate_lines(path: Path, counts: Counts | None = None) -> Iterator[tuple[int, str]]:
    """Yield line number (from 1) and line of a text file, without line ends; only a line feed ends a line."""
    rest: list[str] = []
    number = 0
    for chunk in iterate_text(path, counts):
        lines = chunk.split("\n")
        rest.append(lines[0])
        if len(lines) == 1:
            continue
        number += 1
        yield number, "".join(rest).removesuffix("\r")
        for line in islice(lines, 1, len(lines) - 1):
            number += 1
            yield number, line.removesuffix("\r")
        rest = [lines[-1]]
    if last := "".join(rest).removesuffix("\r"):
        yield number + 1, last


def clean_text(text: str) -> str:
    """Drop control characters, marks of direction and lone surrogates, and fold white space to single spaces."""
    return _SPACE.sub(" ", _UNWANTED.sub("", text)).strip()


def parse_seconds(value: object, *, scale: float = 1.0) -> float | None:
    """Read a time as a number, a number in text, or a clock; None where it is none of them, or not finite.

    Args:
        value: What a file holds in a time field.
        scale: Seconds a unit of a plain number has: 0.001 for milliseconds. A clock is in hours, minutes, seconds.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        if not _NUMBER.match(value):
            return parse_clock(value)
        value = value.strip().rstrip("s").strip()
    if not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value) * scale
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def parse_clock(text: str) -> float | None:
    """Read `H:MM:SS.mmm`, `MM:SS,mmm` or `-M:SS` as seconds; None where the text is not of that form."""
    match = _CLOCK.match(text)
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups()
    if float(seconds.replace(",", ".")) >= 60 or (hours is not None and int(minutes) >= 60):
        return None
    total = int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    return -total if sign else total


def is_believable(seconds: float | None, *, earliest: float = 0.0) -> bool:
    """Tell whether a time can be a place in a stream: from `earliest` to 30 days."""
    return seconds is not None and earliest <= seconds <= MAX_SECONDS
