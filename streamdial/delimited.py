"""Tables with separators as spreadsheets save them: the separator sniffed, `sep=;` understood, marks left out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

SEPARATORS = (",", ";", "\t", "|")
_SAID = re.compile(r"\ufeff?\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
_SNIFFED = 30


def find_said_separator(line: str) -> str | None:
    """Return the separator that a first line `sep=;` says, as Excel writes and reads it, or None."""
    match = _SAID.match(line.rstrip("\r\n"))
    return match[1] if match else None


def sniff_separator(lines: Iterable[str]) -> str:
    """Return the separator that cuts the first lines of a table into most rows as wide as its heading.

    Of two that do so equally well the one with more columns is taken, and a comma where none cuts.

    Args:
        lines: Lines with their ends, the heading first; some dozens are looked at.
    """
    first = list(islice(lines, _SNIFFED))

    def weigh(separator: str) -> tuple[float, int]:
        rows = [row for row in _parse(first, separator) if any(row)]
        if not rows or len(rows[0]) < 2:
            return 0.0, 0
        return sum(len(row) == len(rows[0]) for row in rows) / len(rows), len(rows[0])

    return max(SEPARATORS, key=weigh)


def open_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """Return the rows of a table, the heading first, read as they are asked for; an empty line is an empty row.

    After a `csv.Error` (a cell longer than the limit of the csv module) the next row can be asked for.

    Args:
        lines: Lines with their ends; a byte-order mark and zero bytes are left out.
    """
    clean = (line.replace("\0", "") for line in lines)
    first = next((line for line in clean if line.strip("\ufeff \t\r\n")), "")
    said = find_said_separator(first)
    head = list(islice(chain([] if said else [first.removeprefix("\ufeff")], clean), _SNIFFED))
    separator = said or sniff_separator(line for line in head if line.strip())
    return csv.reader(chain(head, clean), delimiter=separator)


def read_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of a table, the heading first; lines without anything are left out.

    Args:
        text: All of it, decoded.

    Raises:
        csv.Error: If a row cannot be read: a cell longer than the limit of the csv module.
    """
    yield from (row for row in open_rows(io.StringIO(text)) if any(cell.strip() for cell in row))


def read_first_rows(text: str, number: int) -> list[list[str]]:
    """Return the first rows of what may be a table, as many as are asked for; none where they cannot be read.

    Args:
        text: The beginning of a file, decoded.
        number: Rows wanted, the heading among them.
    """
    try:
        return list(islice(read_rows(text), number))
    except csv.Error:
        return []


def _parse(lines: list[str], separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []
