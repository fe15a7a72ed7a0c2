"""Flows: in which order things are done."""

from streamdial.flows.evaluate import evaluate
from streamdial.flows.phases import (
    build_blueprints,
    build_personas,
    export,
    filter_set,
    generate_dialogues,
    ingest,
    merge_counts,
)
from streamdial.flows.poll import PollSettings, poll
from streamdial.flows.reap import reap
from streamdial.flows.refresh import refresh_knowledge
from streamdial.flows.stream import stream
from streamdial.flows.tool_use import tool_use

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
