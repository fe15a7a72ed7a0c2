"""Prefect flows: the order in which the phases are done."""

from streamdial import defaults  # noqa: F401  (before Prefect is imported)
from streamdial.flows.evaluate import evaluate
from streamdial.flows.poll import PollSettings, poll
from streamdial.flows.reap import reap
from streamdial.flows.refresh import refresh_knowledge
from streamdial.flows.stream import stream
from streamdial.flows.tool_use import tool_use

__all__ = ["PollSettings", "evaluate", "poll", "reap", "refresh_knowledge", "stream", "tool_use"]
