"""Runs: their settings, their fingerprint, their folder."""

from streamdial.files import Journal, read_json, read_lines, write_atomically, write_json
from streamdial.runs.fingerprint import LEFT_OUT, collect_parts, compute_fingerprint, list_options, list_prompts
from streamdial.runs.ledger import Ledger
from streamdial.runs.manners import Manners, load_manners
from streamdial.runs.settings import RunSettings
from streamdial.runs.storage import Storage
from streamdial.runs.summary import find_finished
from streamdial.runs.tool_settings import ToolUseSettings
from streamdial.runs.workspace import Workspace

__all__ = [
    "LEFT_OUT",
    "Journal",
    "Ledger",
    "Manners",
    "RunSettings",
    "Storage",
    "ToolUseSettings",
    "Workspace",
    "collect_parts",
    "compute_fingerprint",
    "find_finished",
    "list_options",
    "list_prompts",
    "load_manners",
    "read_json",
    "read_lines",
    "write_atomically",
    "write_json",
]
