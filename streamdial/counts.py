"""Counts a phase reports: asked, made, kept, dropped by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Counts:
    """What one phase (or one step of it) did with what it was given.

    Attributes:
        phase: Name of the phase or step.
        asked: Items that came in, or were wanted.
        made: Items the phase produced before its own filters.
        kept: Items that went on to the next phase.
        dropped: Items that did not, by reason.
        notes: Sentences for people: file and place of what could not be read, and the like.
    """

    phase: str
    asked: int = 0
    made: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def drop(self, reason: str, count: int = 1) -> None:
        """Count `count` items as dropped for `reason`."""
        self.dropped[reason] += count

    def keep(self, count: int = 1) -> None:
        """Count `count` items as made and kept."""
        self.made += count
        self.kept += count

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def merge(self, other: Counts) -> None:
        """Add another report of the same phase to this one."""
        self.asked += other.asked
        self.made += other.made
        self.kept += other.kept
        self.dropped.update(other.dropped)
        for sentence in other.notes:
            self.note(sentence)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values; `from_dict` reads it back."""
        return {
            "phase": self.phase,
            "asked": self.asked,
            "made": self.made,
            "kept": self.kept,
            "dropped": dict(sorted(self.dropped.items())),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Counts:
        """Read a report written by `to_dict`."""
        return cls(
            phase=value["phase"],
            asked=value["asked"],
            made=value["made"],
            kept=value["kept"],
            dropped=Counter(value["dropped"]),
            notes=list(value["notes"]),
        )
