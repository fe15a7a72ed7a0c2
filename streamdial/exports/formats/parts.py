"""A form of dialogues as a file a part: what hubs and trainers read as train, validation and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from streamdial.counts import Counts
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.chunks import ROWS
from streamdial.exports.splits import Splits
from streamdial.files import replace_file


def write_parts(
    data: DataSet,
    splits: Splits,
    folder: Path,
    write: Callable[[DataSet, Path], Counts],
    *,
    columns: pl.Schema | None = None,
) -> tuple[list[Path], Counts]:
    """Write `{train,validation,test}.jsonl`; none for a part without a line, and of earlier exports nothing stays.

    With `columns` each has a Parquet copy beside it: the datasets library reads all tables of a set by one format.

    Args:
        data: The data set.
        splits: Which dialogue belongs to which part.
        folder: Folder of the form.
        write: Writes one file of a data set, and counts what the form has no place for.
        columns: Keys of a line with their types.

    Returns:
        The files, and the counts of all parts together.
    """
    total, files = Counts(""), []
    for part, ids in splits.parts.items():
        path = folder / f"{part}.jsonl"
        counts = write(data.select(ids), path)
        total = replace(total, phase=counts.phase)
        total.merge(counts)
        table = path.with_suffix(".parquet")
        if counts.kept:
            files.append(path)
            if columns is not None:
                files.append(_copy_lines(path, table, columns))
        else:
            path.unlink()
            table.unlink(missing_ok=True)
    if not files and not any(folder.iterdir()):
        folder.rmdir()
    return files, total


def _copy_lines(lines: Path, table: Path, columns: pl.Schema) -> Path:
    with replace_file(table, published=True) as temporary:
        pl.scan_ndjson(lines, schema=columns).sink_parquet(temporary, row_group_size=ROWS)
    return table
