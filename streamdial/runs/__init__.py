"""Files of a run."""

from streamdial.runs.files import Journal, read_json, read_lines, write_atomically, write_json

__all__ = ["Journal", "read_json", "read_lines", "write_atomically", "write_json"]
