"""What an exporter is: a function that writes one form of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from streamdial.counts import Counts
from streamdial.exports.dataset import DataSet
from streamdial.exports.splits import Splits


class Written(NamedTuple):
    """What an exporter wrote.

    Attributes:
        files: The files.
        lost: What the form had no place for, as counts with reasons; card and report show them.
    """

    files: Sequence[Path]
    lost: Sequence[Counts] = ()


class Exporter(Protocol):
    """Writes one form of a data set; a function is one."""

    def __call__(self, data: DataSet, splits: Splits, folder: Path) -> Written:
        """Write the files, each whole or not at all; the same data gives the same bytes.

        Args:
            data: The data set; its `counts` hold what the exporters before this one lost.
            splits: Its parts.
            folder: Folder of the whole export; forms lie in `dataset/` below it.
        """
        ...
