"""Runs: their settings, their fingerprint, their folder."""

from streamdial.runs.fingerprint import LEFT_OUT, collect_parts, compute_fingerprint
from streamdial.runs.settings import RunSettings
from streamdial.runs.summary import find_finished
from streamdial.runs.workspace import Workspace, append_line, read_json, read_lines, write_atomically, write_json

__all__ = [
    "LEFT_OUT",
    "RunSettings",
    "Workspace",
    "append_line",
    "collect_parts",
    "compute_fingerprint",
    "find_finished",
    "read_json",
    "read_lines",
    "write_atomically",
    "write_json",
]
