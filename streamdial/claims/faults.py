"""What is wrong with an utterance."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A reason to refuse an utterance: the check it fails, and a sentence for whoever wrote it."""

    check: str
    reason: str

    def __str__(self) -> str:
        """Return it as policies and counts have it: the check, then the sentence."""
        return f"{self.check}: {self.reason}"
