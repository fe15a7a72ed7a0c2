"""Runs: their settings, their fingerprint, their folder."""

from streamdial.runs.files import Journal, read_json, read_lines, write_atomically, write_json
from streamdial.runs.fingerprint import LEFT_OUT, OTHER_PROMPTS, collect_parts, compute_fingerprint
from streamdial.runs.ledger import Ledger
from streamdial.runs.settings import RunSettings
from streamdial.runs.storage import Storage
from streamdial.runs.summary import find_finished
from streamdial.runs.workspace import Workspace

__all__ = [
    "LEFT_OUT",
    "OTHER_PROMPTS",
    "Journal",
    "Ledger",
    "RunSettings",
    "Storage",
    "Workspace",
    "collect_parts",
    "compute_fingerprint",
    "find_finished",
    "read_json",
    "read_lines",
    "write_atomically",
    "write_json",
]
