"""Which dialogues are adversarial: their users are nothing to learn a user from, unless somebody wants just that."""

from __future__ import annotations

from streamdial.records import Dialogue

ADVERSARIAL = ("pressure", "arsenal")
"""Strategies by which a user works against the agent; each has an option `train`."""


def find_adversary(dialogue: Dialogue) -> str:
    """Return the strategy for which files for training leave a dialogue out; empty where they have it.

    One with several of them is left out unless each has its option `train` set.
    """
    parts = (part for part in dialogue.lineage if part.name in ADVERSARIAL and not part.options.get("train"))
    return next((part.name for part in parts), "")
