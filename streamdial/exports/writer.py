"""The whole export of a data set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from streamdial.exports.card import write_data_card
from streamdial.exports.chat import write_chat_jsonl
from streamdial.exports.dataset import DataSet
from streamdial.exports.report import write_report
from streamdial.exports.sessions import write_sessions_jsonl
from streamdial.exports.streamdial_files import write_streamdial_files
from streamdial.exports.tables import write_parquet


def write_all(data: DataSet, folder: Path) -> list[Path]:
    """Write every export of a data set below `folder`.

        dataset/<release name>/   StreamDial's own files
        dataset/                  *.parquet, chat.jsonl, sessions.jsonl, README.md (the data card)
        report/index.html         the report

    Each file is there whole or not at all, and its content depends on the data alone. The card and the report also show
    what the chat export had to leave out.

    Returns:
        The files written.
    """
    target = folder / "dataset"
    chat = target / "chat.jsonl"
    counts = write_chat_jsonl(data, chat)
    if counts.dropped:
        data = replace(data, counts=(*data.counts, counts))
    return [
        *write_streamdial_files(data, target / data.pack.release_name),
        *write_parquet(data, target),
        chat,
        write_sessions_jsonl(data, target / "sessions.jsonl"),
        write_data_card(data, target / "README.md"),
        write_report(data, folder / "report" / "index.html"),
    ]
