"""Tables as rows, line by line: the separator sniffed, broken rows counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from streamdial.counts import Counts
from streamdial.delimited import open_rows
from streamdial.errors import SourceError
from streamdial.sources._columns import COLUMNS, fold_name
from streamdial.sources._files import iterate_lines


def open_table(path: Path, counts: Counts, expected: str) -> tuple[list[str], Iterator[list[str]]]:
    """Return the heading of a table and its rows, which are read as they are asked for; empty rows are left out.

    A row that cannot be read is counted as dropped (`broken_row`) and noted. Of a row with more cells than the heading,
    what stands beyond belongs to the last column if that is the text (a comma nobody quoted), and is left out
    otherwise; one note tells how many such rows there are.

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
    return heading, _fit_rows(_iterate_rows(reader, path, counts), heading, path, counts)


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


def _fit_rows(rows: Iterator[list[str]], heading: list[str], path: Path, counts: Counts) -> Iterator[list[str]]:
    width, longer = len(heading), 0
    # The last column takes in what stands beyond it only where it is the text itself.
    spoken = fold_name(heading[-1]) in COLUMNS["text"]
    for cells in rows:
        if any(cell.strip() for cell in cells[width:]):
            longer += 1
            if spoken:
                cells = [*cells[: width - 1], ",".join(cells[width - 1 :])]
        yield cells[:width]
    if longer:
        done = "it was read as text" if spoken else "it was left out"
        counts.note(f"{path.name}: {longer} rows have more cells than the heading; {done}.")
