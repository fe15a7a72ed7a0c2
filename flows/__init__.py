"""Flows: in which order things are done."""

from flows.evaluate import evaluate
from flows.phases import build_blueprints, build_personas, export, filter_set, generate_dialogues, ingest, merge_counts
from flows.poll import PollSettings, poll
from flows.reap import reap
from flows.refresh import refresh_knowledge
from flows.stream import stream
from flows.tool_use import tool_use

__all__ = [
    "PollSettings",
    "build_blueprints",
    "build_personas",
    "evaluate",
    "export",
    "filter_set",
    "generate_dialogues",
    "ingest",
    "merge_counts",
    "poll",
    "reap",
    "refresh_knowledge",
    "stream",
    "tool_use",
]
