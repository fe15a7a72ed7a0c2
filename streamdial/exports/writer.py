"""The whole export of a data set, format by format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from streamdial.counts import Counts
from streamdial.exports.card import write_croissant, write_data_card
from streamdial.exports.dataset import DataSet, SystemPrompt
from streamdial.exports.exporter import Exporter, Written
from streamdial.exports.formats.chat import COLUMNS, write_chat_jsonl, write_sharegpt_jsonl
from streamdial.exports.formats.parts import write_parts
from streamdial.exports.formats.preferences import (
    PAIR_COLUMNS,
    TRAJECTORY_COLUMNS,
    write_preferences_jsonl,
    write_trajectories_jsonl,
)
from streamdial.exports.formats.schema_guided import Form, write_schema_guided
from streamdial.exports.formats.sessions import write_records, write_sessions_jsonl
from streamdial.exports.formats.streamdial_files import write_streamdial_files
from streamdial.exports.formats.tables import write_parquet, write_split_tables
from streamdial.exports.formats.tool_forms import write_tool_forms
from streamdial.exports.report import write_report
from streamdial.exports.splits import SplitBy, Splits, split_data_set
from streamdial.files import write_json
from streamdial.plugins import get_plugin, list_plugins

_LAST = ("card", "croissant", "report")
"""They show what all others had to leave out, and hash what these wrote."""


def write_all(
    data: DataSet,
    folder: Path,
    *,
    split_seed: int = 0,
    split_by: SplitBy = "account",
    system_prompt: SystemPrompt | None = None,
    formats: Sequence[str] | None = None,
) -> list[Path]:
    """Write every form of a data set below `folder`, or some of them by name.

        streamdial  dataset/<release name>/   StreamDial's own files
        parquet     dataset/                  *.parquet
        splits      dataset/                  splits.json, splits/{train,validation,test}.parquet
        chat        dataset/chat/             {train,validation,test}.jsonl and .parquet
        sharegpt    dataset/sharegpt/         {train,validation,test}.jsonl
        sgd         dataset/sgd/              schema.json, {train,dev,test}/dialogues_001.json
        multiwoz    dataset/multiwoz/         schema.json, {train,dev,test}/dialogues_001.json
        tools       dataset/tools/            calls, results, environments, formats with tools (`tool_forms`), if any
        sessions    dataset/sessions/         {train,validation,test}.jsonl; records/{users,agents,blueprints}.jsonl
        preferences dataset/preferences/      {train,validation,test}.jsonl and .parquet, where there are pairs
        trajectories dataset/trajectories/    {train,validation,test}.jsonl and .parquet
        card        dataset/                  README.md
        croissant   dataset/                  croissant.json, about all files there
        report      report/                   index.html

    Exporters of plugins write before card, croissant and report, which show what the forms written had to leave out.
    Each file is there whole or not at all, and its content depends on the data and the seed alone.

    Args:
        data: The data set.
        folder: Where; usually the folder of the run.
        split_seed: Seed of the deal into parts.
        split_by: What no two parts share.
        system_prompt: What the system message of the forms for training holds; as the data set says by default.
        formats: Names of the forms to write, in any order; all by default.

    Returns:
        The files written.

    Raises:
        ConfigurationError: If there is no form of a name, or a plugin cannot be used.
    """
    names = [plugin.name for plugin in list_plugins("exporter")]
    asked = names if formats is None else formats
    exporters: dict[str, Exporter] = {name: get_plugin("exporter", name) for name in asked}
    splits = split_data_set(data, seed=split_seed, by=split_by)
    data = replace(data, system_prompt=system_prompt or data.system_prompt)
    files: list[Path] = []
    for name in sorted(exporters, key=lambda name: (name in _LAST, names.index(name))):
        written = exporters[name](data, splits, folder)
        files += written.files
        data = replace(data, counts=(*data.counts, *(count for count in written.lost if count.dropped)))
    return files


def export_streamdial(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write StreamDial's own files."""
    return Written(write_streamdial_files(data, folder / "dataset" / data.pack.release_name))


def export_parquet(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write all tables."""
    return Written(write_parquet(data, folder / "dataset"))


def export_splits(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write which dialogue belongs to which part, and the dialogues of each."""
    tables = write_split_tables(data, splits, folder / "dataset" / "splits")
    return Written([*tables, write_json(folder / "dataset" / "splits.json", splits.to_dict(), published=True)])


def _export_parts(
    data: DataSet,
    splits: Splits,
    folder: Path,
    name: str,
    write: Callable[[DataSet, Path], Counts],
    columns: pl.Schema | None = None,
) -> Written:
    files, counts = write_parts(data, splits, folder / "dataset" / name, write, columns=columns)
    return Written(files, [counts])


def _export_schema_guided(data: DataSet, splits: Splits, folder: Path, form: Form) -> Written:
    files, lost = write_schema_guided(data, splits, folder / "dataset" / form, form)
    return Written(files, [lost])


export_chat: Exporter = partial(_export_parts, name="chat", write=write_chat_jsonl, columns=COLUMNS)
export_sharegpt: Exporter = partial(_export_parts, name="sharegpt", write=write_sharegpt_jsonl)
export_preferences: Exporter = partial(
    _export_parts, name="preferences", write=write_preferences_jsonl, columns=PAIR_COLUMNS
)
export_trajectories: Exporter = partial(
    _export_parts, name="trajectories", write=write_trajectories_jsonl, columns=TRAJECTORY_COLUMNS
)
export_sgd: Exporter = partial(_export_schema_guided, form="sgd")
export_multiwoz: Exporter = partial(_export_schema_guided, form="multiwoz")


def export_tools(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write every form of dialogues with tools."""
    return Written(*write_tool_forms(data, splits, folder / "dataset" / "tools"))


def export_sessions(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write whole sessions by part, and the records they name."""
    records = write_records(data, folder / "dataset" / "records")
    files, _ = write_parts(data, splits, folder / "dataset" / "sessions", write_sessions_jsonl)
    return Written([*records, *files])


def export_card(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write the data card."""
    return Written([write_data_card(data, folder / "dataset" / "README.md", splits)])


def export_croissant(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write the metadata that machines read."""
    return Written([write_croissant(data, folder / "dataset")])


def export_report(data: DataSet, splits: Splits, folder: Path) -> Written:
    """Write the report."""
    return Written([write_report(data, folder / "report" / "index.html")])
