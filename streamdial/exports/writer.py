"""The whole export of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from streamdial.exports.card import write_data_card
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.chat import write_chat_jsonl, write_sharegpt_jsonl
from streamdial.exports.formats.schema_guided import write_schema_guided
from streamdial.exports.formats.sessions import write_sessions_jsonl
from streamdial.exports.formats.streamdial_files import write_streamdial_files
from streamdial.exports.formats.tables import write_parquet, write_split_tables
from streamdial.exports.formats.tool_forms import write_tool_forms
from streamdial.exports.report import write_report
from streamdial.exports.splits import split_data_set
from streamdial.files import write_json


def write_all(data: DataSet, folder: Path, *, split_seed: int = 0, formats: Sequence[str] | None = None) -> list[Path]:
    """Write every export of a data set below `folder`.

        dataset/<release name>/   StreamDial's own files
        dataset/                  *.parquet, chat.jsonl, sharegpt.jsonl, sessions.jsonl, splits.json, README.md (card)
        dataset/splits/           train.parquet, validation.parquet, test.parquet
        dataset/sgd/, multiwoz/   schema.json, {train,dev,test}/dialogues_001.json
        dataset/tools/            calls, results, worlds and forms with tools, see `tool_forms`; where there are any
        report/index.html         the report

    Each file is there whole or not at all, and its content depends on the data and the seed alone. Card and report
    show what a form had to leave out.

    Args:
        data: The data set.
        folder: Where; usually the folder of the run.
        split_seed: Seed of the deal into parts.
        formats: Names of the forms to write; all by default.

    Returns:
        The files written.
    """
    target = folder / "dataset"
    splits = split_data_set(data, seed=split_seed)
    chat, sharegpt = target / "chat.jsonl", target / "sharegpt.jsonl"
    counts = [write_chat_jsonl(data, chat), write_sharegpt_jsonl(data, sharegpt)]
    sgd, lost_by_sgd = write_schema_guided(data, splits, target / "sgd", "sgd")
    multiwoz, lost_by_multiwoz = write_schema_guided(data, splits, target / "multiwoz", "multiwoz")
    tools, lost_by_tools = write_tool_forms(data, target / "tools")
    lossy = [count for count in (*counts, lost_by_sgd, lost_by_multiwoz, *lost_by_tools) if count.dropped]
    data = replace(data, counts=(*data.counts, *lossy))
    return [
        *write_streamdial_files(data, target / data.pack.release_name),
        *write_parquet(data, target),
        *write_split_tables(data, splits, target / "splits"),
        write_json(target / "splits.json", splits.to_dict(), published=True),
        chat,
        sharegpt,
        *sgd,
        *multiwoz,
        *tools,
        write_sessions_jsonl(data, target / "sessions.jsonl"),
        write_data_card(data, target / "README.md", splits),
        write_report(data, folder / "report" / "index.html"),
    ]
