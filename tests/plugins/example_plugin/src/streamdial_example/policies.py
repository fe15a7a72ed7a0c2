"""A side that says what the planned one says, in one sentence."""

from __future__ import annotations

import re

from streamdial.dialogues import DialogueState, PolicyParts, UserPolicy
from streamdial.records import Turn


class BriefSide:
    def __init__(self, planned: UserPolicy) -> None:
        self._planned = planned

    async def speak(self, state: DialogueState) -> Turn | None:
        turn = await self._planned.speak(state)
        if turn is None:
            return None
        return turn.model_copy(update={"utterance": re.split(r"(?<=[.!?])\s", turn.utterance)[0]})


def build_brief(parts: PolicyParts) -> BriefSide:
    return BriefSide(parts.require_planned())
