"""JSON of any layout as a stream of items: one object per line, one list, or one object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.sources._files import iterate_lines, iterate_text, read_text

MAX_ITEM = 1 << 24
"""Maximum number of characters of one item of a list; a longer one counts as broken."""

_DECODER = json.JSONDecoder(strict=False)
_BETWEEN = re.compile(r"[\s,\ufeff\x00]*")


def parse_json(text: str) -> Any:  # noqa: ANN401
    """Parse one JSON text, also one with raw control characters or lone surrogates in its strings.

    Raises:
        ValueError: If it is not JSON, or nested too deeply.
    """
    try:
        return orjson.loads(text)
    except (ValueError, TypeError):
        try:
            return json.loads(text, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def read_video_info(path: Path) -> dict[str, Any]:
    """Return what a yt-dlp `.info.json` tells of its video; nothing of another file or of one that cannot be read."""
    if not path.name.endswith(".info.json"):
        return {}
    try:
        info = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}  # counted where the file is read for its comments
    return info if isinstance(info, dict) else {}


def parse_whole(path: Path, counts: Counts, expected: str) -> Any:  # noqa: ANN401
    """Parse a file that is one JSON value.

    Raises:
        SourceError: If the file cannot be read or is not JSON.
    """
    text = read_text(path, counts).lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise SourceError(f"is empty; {expected} was expected.", where=str(path))
    try:
        return parse_json(text)
    except ValueError as error:
        raise SourceError(f"is not valid JSON ({error}); {expected} was expected.", where=str(path)) from error


def tell_layout(head: str) -> str:
    """Tell by a file's first characters whether it is a `list`, `lines` (one value per line), one `object`, or `none`.

    An object that does not end on its line is taken for the only one.
    """
    text = head.lstrip("\ufeff \t\r\n\x00")
    if text.startswith("["):
        return "list"
    if not text.startswith("{"):
        return "none"
    first, _, rest = text.partition("\n")
    try:
        orjson.loads(first)
    except ValueError:
        # A broken or cut first line of JSON lines still shows what it is by the line after it.
        second = rest.lstrip().partition("\n")[0]
        return "lines" if second.startswith("{") and len(first) > 1 else "object"
    return "lines" if rest.strip() else "object"


def iterate_json(path: Path, counts: Counts) -> Iterator[tuple[str, Any]]:
    """Yield place (`line 7`, `item 7`) and value of every item; a single object is one item.

    A broken line is counted as dropped (`broken_json`) and noted with its number. A broken item of a list ends the
    list: what came before is kept.

    Raises:
        SourceError: If the file cannot be read, is empty, or holds no JSON.
    """
    head = ""
    for chunk in iterate_text(path):
        head += chunk
        if len(head) >= 1 << 16:
            break
    layout = tell_layout(head)
    if not head.strip("\ufeff \t\r\n\x00"):
        raise SourceError("is empty; JSON was expected.", where=str(path))
    if layout == "none":
        raise SourceError("is not JSON: it begins with neither { nor [.", where=str(path))
    if layout == "list":
        yield from _iterate_list(path, counts)
    elif layout == "lines":
        yield from _iterate_json_lines(path, counts)
    else:
        yield "item 1", parse_whole(path, counts, "JSON")


def _iterate_json_lines(path: Path, counts: Counts) -> Iterator[tuple[str, Any]]:
    broken: list[int] = []
    bad = 0
    for number, line in iterate_lines(path, counts):
        stripped = line.strip("\ufeff \t\r\x00")
        if not stripped:
            continue
        try:
            value = parse_json(stripped)
        except ValueError:
            counts.asked += 1
            counts.drop("broken_json")
            bad += 1
            if len(broken) < 5:
                broken.append(number)
            continue
        yield f"line {number}", value
    if bad:
        more = f" and {bad - len(broken)} more" if bad > len(broken) else ""
        told = ", ".join(map(str, broken))
        counts.note(f"{path.name}: not valid JSON in line {told}{more}; the other lines were kept.")


def _iterate_list(path: Path, counts: Counts) -> Iterator[tuple[str, Any]]:
    chunks = iterate_text(path, counts)
    text = next(chunks).lstrip("\ufeff \t\r\n\x00")
    while not text:
        text = next(chunks).lstrip("\ufeff \t\r\n\x00")
    place, number, line = 1, 0, 1
    ended = False
    while True:
        match = _BETWEEN.match(text, place)
        place = match.end() if match else place
        wanted = 1 << 18
        value, end = None, None
        while True:
            if place < len(text) and text[place] == "]":
                return
            try:
                value, end = _DECODER.raw_decode(text, place)
            except (ValueError, RecursionError):
                end = None
            # A number that touches the end of what was read may go on.
            if end is not None and (end < len(text) or ended):
                break
            if ended or len(text) - place > MAX_ITEM:
                counts.asked += 1
                counts.drop("broken_json")
                line += text.count("\n", 0, place)
                counts.note(
                    f"{path.name}: not valid JSON in item {number + 1} (line {line}) or cut off there; "
                    f"the {number} items before it were kept."
                )
                return
            line += text.count("\n", 0, place)
            parts = [text[place:]]
            got = 0
            while got < wanted:
                chunk = next(chunks, None)
                if chunk is None:
                    ended = True
                    break
                parts.append(chunk)
                got += len(chunk)
            wanted *= 2
            text, place = "".join(parts), 0
            if match := _BETWEEN.match(text):
                place = match.end()
        number += 1
        place = end
        yield f"item {number}", value
