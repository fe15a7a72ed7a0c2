"""Flows: in which order things are done."""

from flows.evaluate import evaluate
from flows.phases import build_blueprints, build_personas, export, filter_set, generate_dialogues, ingest, merge_counts
from flows.poll import poll
from flows.refresh import refresh_knowledge
from flows.stream import stream

__all__ = [
    "build_blueprints",
    "build_personas",
    "evaluate",
    "export",
    "filter_set",
    "generate_dialogues",
    "ingest",
    "merge_counts",
    "poll",
    "refresh_knowledge",
    "stream",
]
