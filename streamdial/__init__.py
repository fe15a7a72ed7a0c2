"""STREAM: task-oriented dialogues mined from live streams, short videos and web pages."""

from streamdial._version import __version__

__all__ = ["__version__"]
