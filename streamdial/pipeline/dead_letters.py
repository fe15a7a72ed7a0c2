"""Dead letters: the dialogues of a run that were lost, left by a budget, or made after all, in order of time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from streamdial.files import Journal, read_lines
from streamdial.ids import dump_canonical_json, hash_text


class DeadLetters:
    """The dead-letter file of a run: an append-only list of what happened to dialogues that were not made.

    A `lost` entry is a dialogue that could not be made, with reason and attempts; `left` tells how many of a shard
    were not begun because a budget was used up; `back` is a dialogue that was lost and has been made since. Each
    entry names the attempt at its shard, which is part of what decides the shard's task result.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: list[dict[str, Any]] = list(read_lines(path))

    @property
    def lost(self) -> dict[str, dict[str, Any]]:
        """Dialogues that are lost now: their last entry by id."""
        found: dict[str, dict[str, Any]] = {}
        for entry in self.entries:
            if entry["kind"] == "lost":
                found[entry["id"]] = entry
            elif entry["kind"] == "back":
                found.pop(entry["id"], None)
        return found

    def count_attempts(self) -> Counter[str]:
        """Return how often each dialogue was lost."""
        return Counter(entry["id"] for entry in self.entries if entry["kind"] == "lost")

    def name_attempt(self, first: int, stop: int, *, retry: bool) -> str:
        """Return what tells the next try at a shard from earlier ones: nothing, until something was not made.

        What was left is tried again always, what was lost where that is asked for; else the last try's answer holds.

        Args:
            first: Number of the shard's first dialogue.
            stop: Number after its last one.
            retry: Whether lost dialogues are to be tried again.
        """
        entries = [entry for entry in self.entries if first <= entry["number"] < stop]
        if not entries:
            return ""
        numbers = {entry["number"] for entry in self.lost.values()}
        lost = any(first <= number < stop for number in numbers)
        left = next((entry["count"] for entry in reversed(entries) if entry["kind"] == "left"), 0)
        if left or (lost and retry):
            return hash_text(dump_canonical_json(len(entries)))[:12]
        return str(entries[-1]["attempt"])

    def take_in(self, entries: Iterable[dict[str, Any]]) -> None:
        """Append entries another machine wrote into its own file, those that are not there yet."""
        known = {dump_canonical_json(entry) for entry in self.entries}
        new = [entry for entry in entries if dump_canonical_json(entry) not in known]
        if not new:
            return
        journal = Journal(self._path)
        try:
            for entry in new:
                journal.append(entry)
        finally:
            journal.close()
        self.entries += new

    def append(self, kind: str, number: int, attempt: str, **more: object) -> None:
        """Append an entry.

        Args:
            kind: `lost`, `left` or `back`.
            number: Number of the dialogue; of a shard's first one for `left`.
            attempt: The try at the shard, see `name_attempt`.
            more: Id, reason, message, attempts; `count` for `left`.

        Raises:
            StoreError: If it cannot be written.
        """
        entry = {"kind": kind, "number": number, "attempt": attempt, **more, "time": round(time.time())}
        journal = Journal(self._path)
        try:
            journal.append(entry)
        finally:
            journal.close()
        self.entries.append(entry)
