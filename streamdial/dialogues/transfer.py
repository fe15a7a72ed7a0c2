"""Dialogues in another language than their sources: the same wishes, facts and plan, in that language's words."""

from __future__ import annotations

import logging

from streamdial.dialogues.selection import AgentProfile
from streamdial.personas import Knowledge
from streamdial.records import Language
from streamdial.text import detect_language

logger = logging.getLogger("streamdial.progress")


def transfer_agent(expert: AgentProfile, language: Language) -> AgentProfile:
    """Return an agent profile that can speak another language.

    Nothing is translated: names stay as they are, figures and categories are the pack's own and are worded by it. A
    fact that is a text in the source's language ("eight years on the battery") cannot be told in another one; it is
    left out and logged.

    Args:
        expert: The agent profile as mined.
        language: Language of the dialogues.
    """
    slots = expert.knowledge.pack.slots
    told = [
        row
        for row in expert.knowledge.rows
        if slots[row.slot].type != "text" or detect_language(row.value) in (language, "other")
    ]
    if left_out := len(expert.knowledge.rows) - len(told):
        logger.info(
            "%s: %d of %d facts are texts in %s and are not told in %s",
            expert.persona.account,
            left_out,
            len(expert.knowledge.rows),
            expert.persona.language,
            language,
        )
    return AgentProfile(expert.persona, expert.blueprint, Knowledge(told, expert.knowledge.pack))
