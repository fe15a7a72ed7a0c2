"""Exports: StreamDial's own files, Parquet, chat forms, state tracking data, the data card and the report."""

from streamdial.exports.card import render_card, write_data_card
from streamdial.exports.dataset import (
    DataSet,
    EvidenceItem,
    FilterStatistics,
    SystemPrompt,
    ToolUseSet,
    collect_evidence,
)
from streamdial.exports.exporter import Exporter, Written
from streamdial.exports.formats.chat import write_chat_jsonl, write_sharegpt_jsonl
from streamdial.exports.formats.schema_guided import write_schema_guided
from streamdial.exports.formats.sessions import list_states, write_records, write_sessions_jsonl
from streamdial.exports.formats.streamdial_files import write_streamdial_files
from streamdial.exports.formats.system_message import write_system_message
from streamdial.exports.formats.tables import SCHEMAS, write_parquet, write_split_tables
from streamdial.exports.formats.tool_forms import write_tool_forms
from streamdial.exports.hub import HubApi, push_data_set
from streamdial.exports.quality import QualityStatistic, read_quality
from streamdial.exports.readable import render_persona
from streamdial.exports.readable_blueprint import render_blueprint
from streamdial.exports.report import render_report, write_report
from streamdial.exports.splits import SplitBy, Splits, split_data_set
from streamdial.exports.statistics import Statistics, ToolStatistics, count_statistics, count_tool_statistics
from streamdial.exports.writer import write_all

__all__ = [
    "SCHEMAS",
    "DataSet",
    "EvidenceItem",
    "Exporter",
    "FilterStatistics",
    "HubApi",
    "QualityStatistic",
    "SplitBy",
    "Splits",
    "Statistics",
    "SystemPrompt",
    "ToolStatistics",
    "ToolUseSet",
    "Written",
    "collect_evidence",
    "count_statistics",
    "count_tool_statistics",
    "list_states",
    "push_data_set",
    "read_quality",
    "render_blueprint",
    "render_card",
    "render_persona",
    "render_report",
    "split_data_set",
    "write_all",
    "write_chat_jsonl",
    "write_data_card",
    "write_parquet",
    "write_records",
    "write_report",
    "write_schema_guided",
    "write_sessions_jsonl",
    "write_sharegpt_jsonl",
    "write_split_tables",
    "write_streamdial_files",
    "write_system_message",
    "write_tool_forms",
]
