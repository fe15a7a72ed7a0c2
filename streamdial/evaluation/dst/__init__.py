"""Dialogue state tracking: trackers trained on a set and scored on real dialogues."""
