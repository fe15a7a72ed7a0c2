"""JSON of any layout as a stream of items: one object per line, one list, or one object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.sources._files import iterate_lines, iterate_text, read_text
from streamdial.sources._salvage import BETWEEN, DECODER, find_next_item, salvage_json

MAX_ITEM = 1 << 24
"""Maximum number of characters of one item of a list; a longer one counts as broken."""


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
    """Parse a file that is one JSON value; of a broken one what stands before and after the break is kept.

    Each break is counted as dropped (`broken_json`), and the first noted with its line.

    Raises:
        SourceError: If the file cannot be read, is not JSON, or nothing of it can be read.
    """
    text = _read_whole(path, counts, expected)
    try:
        return parse_json(text)
    except ValueError as error:
        return _salvage(text, error, path, counts, expected)


def _read_whole(path: Path, counts: Counts, expected: str) -> str:
    text = read_text(path, counts).lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise SourceError(f"is empty; {expected} was expected.", where=str(path))
    return text


def _salvage(text: str, error: ValueError, path: Path, counts: Counts, expected: str) -> Any:  # noqa: ANN401
    """Return what stands around the breaks of a text that is no JSON for an error."""
    try:
        value, breaks = salvage_json(text)
    except (ValueError, RecursionError):
        value, breaks = None, []
    if not value or not breaks:
        raise SourceError(f"is not valid JSON ({error}); {expected} was expected.", where=str(path)) from error
    _count_breaks(counts, len(breaks))
    line = text.count("\n", 0, breaks[0]) + 1
    counts.note(f"{path.name}: not valid JSON in line {line}; what stands before and after it was kept.")
    return value


def _count_breaks(counts: Counts, breaks: int) -> None:
    for _ in range(breaks):
        counts.asked += 1
        counts.drop("broken_json")


def split_values(text: str) -> tuple[list[Any], str]:
    """Return the JSON values that stand in a text one behind the other, and what follows them and is none."""
    values: list[Any] = []
    place = 0
    while match := BETWEEN.match(text, place):
        place = match.end()
        try:
            value, end = DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        values.append(value)
        place = end
    return values, text[place:]


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
        # Where an upload was cut and went on, two values stand on one line.
        glued, after = split_values(first)
        if len(glued) > 1 or (glued and after.startswith("{")):
            return "lines"
        # A broken or cut first line of JSON lines still shows what it is by the line after it.
        second = rest.lstrip().partition("\n")[0]
        goes_on = first.rstrip().endswith((",", "[", ":", "{"))
        return "lines" if second.startswith("{") and not goes_on else "object"
    return "lines" if rest.strip() else "object"


def iterate_json(path: Path, counts: Counts) -> Iterator[tuple[str, Any]]:
    """Yield place (`line 7`, `item 7`) and value of every item; a single object is one item.

    A broken line is counted as dropped (`broken_json`) and noted with its number. After a
    broken item a list goes on at the next object with most keys of the one before.

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
        text = _read_whole(path, counts, "JSON")
        try:
            values = [parse_json(text)]
        except ValueError as error:
            values, after = split_values(text)
            if len(values) < 2 or after:
                values = [_salvage(text, error, path, counts, "JSON")]
        yield from ((f"item {number}", value) for number, value in enumerate(values, 1))


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
            glued, after = split_values(stripped)
            yield from ((f"line {number}", each) for each in glued if isinstance(each, dict | list))
            if after or not glued:
                _count_breaks(counts, 1)
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
    keys: frozenset[str] = frozenset()
    text = next(chunks).lstrip("\ufeff \t\r\n\x00")
    while not text:
        text = next(chunks).lstrip("\ufeff \t\r\n\x00")
    place, number, line = 1, 0, 1
    ended = False
    while True:
        match = BETWEEN.match(text, place)
        place = match.end() if match else place
        wanted = 1 << 18
        value, end = None, None
        while True:
            if place < len(text) and text[place] == "]":
                return
            try:
                value, end = DECODER.raw_decode(text, place)
            except (ValueError, RecursionError):
                end = None
            # A number that touches the end of what was read may go on.
            if end is not None and (end < len(text) or ended):
                break
            if ended or len(text) - place > MAX_ITEM:
                _count_breaks(counts, 1)
                line += text.count("\n", 0, place)
                found = find_next_item(text, place, keys)
                kept = f"the {number} items before it were kept" if found is None else "the others were kept"
                counts.note(f"{path.name}: not valid JSON in item {number + 1} (line {line}) or cut off there; {kept}.")
                if found is None:
                    return
                value, begin, end = found
                line += text.count("\n", place, begin)
                text, place, end = text[begin:], 0, end - begin
                break
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
            if match := BETWEEN.match(text):
                place = match.end()
        number += 1
        place = end
        keys = frozenset(value) if isinstance(value, dict) else keys
        yield f"item {number}", value
