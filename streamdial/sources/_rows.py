"""Tables as rows, line by line: the separator sniffed, broken rows counted."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from streamdial.counts import Counts
from streamdial.delimited import open_rows
from streamdial.errors import SourceError
from streamdial.sources._files import iterate_lines

_NUMBER = re.compile(r"[\d.,:]*")


def open_table(path: Path, counts: Counts, expected: str) -> tuple[list[str], Iterator[list[str]]]:
    """Return the heading of a table and its rows, which are read as they are asked for; empty rows are left out.

    A row that cannot be read is counted as dropped (`broken_row`) and noted. Of a row with more cells than the heading,
    what stands beyond belongs to the last one if that is text (a comma nobody quoted), and is left out otherwise; one
    note tells how many such rows there are.

    Args:
        path: CSV with any separator, or TSV, gzip or not.
        counts: Gets drops and notes.
        expected: What was expected, for the error.

    Raises:
        SourceError: If the file or its heading cannot be read, or it is empty.
    """
    lines = (line.replace("\r", " ") + "\n" for _, line in iterate_lines(path, counts))
    reader = open_rows(lines)
    try:
        heading = next((row for row in reader if row), None)
    except csv.Error as error:
        raise SourceError(f"its heading cannot be read as CSV ({error}); {expected}.", where=str(path)) from error
    if heading is None:
        raise SourceError(f"is empty; {expected}.", where=str(path))
    return heading, _fit_rows(_iterate_rows(reader, path, counts), len(heading), path, counts)


def _iterate_rows(reader: Iterator[list[str]], path: Path, counts: Counts) -> Iterator[list[str]]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error:
            counts.asked += 1
            counts.drop("broken_row")
            counts.note(f"{path.name}: row {number} cannot be read as CSV.")
            continue
        if cells is None:
            return
        if cells:
            yield cells


def _fit_rows(rows: Iterator[list[str]], width: int, path: Path, counts: Counts) -> Iterator[list[str]]:
    longer = 0
    for cells in rows:
        beyond = [cell for cell in cells[width:] if cell.strip()]
        if beyond:
            longer += 1
            if not _NUMBER.fullmatch(cells[width - 1].strip()):
                cells = [*cells[: width - 1], ",".join(cells[width - 1 :])]
        yield cells[:width]
    if longer:
        counts.note(f"{path.name}: {longer} rows have more cells than the heading.")
