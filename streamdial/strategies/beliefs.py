"""A user asks for what it does not know, and not for what it knows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar

from streamdial.personas import Knowledge
from streamdial.records import Language, Observed, UserPersona
from streamdial.slots import find_numbers, format_value
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind
from streamdial.strategies.view import TalkView
from streamdial.text import contains_phrase

SETTLING = ("accept", "acknowledge", "ask_hold", "ask_person")
FREE_AFTER = ("answer", "recommend", "no_answer", "compare", "check_stock", "handle_objection")
"""Acts of the agent after which the user is free to ask."""
TERM = re.compile(
    r"\bwhat(?:'s| is| are) (?:an? |the )?([\w -]{3,30}?)\s*\?*$|\bwhat does (?:an? |the )?([\w -]{3,30}?) mean"
    r"|什么(?:是|叫)([^，。？?]{2,12})|^([^，。？?]{2,12}?)是(?:什么|啥)(?:意思)?",
    re.IGNORECASE,
)
"""What asks for the meaning of a term."""
NOTE: dict[Language, str] = {
    "en": "Ask only for what you do not know yet; a word you do not know you ask about.",
    "zh": "只问你还不知道的；听不懂的词就问是什么意思。",
}


class Beliefs(AdvisingStrategy):
    """What a persona knows and does not know decides what it asks: `knows` and `does_not_know` come to life.

    MindDial keeps what each side believes and what it believes of the other, and words the gap between them. Here the
    beliefs are those a viewer's messages showed: what is stated there as the knowledge base has it is not asked for,
    an attribute that was asked for is asked before anything is settled, and a term whose meaning was asked is asked
    about once the agent has used it. In dialogues with tools tasks decide what is asked. Left out: beliefs about what
    the other side believes.
    """

    NAME: ClassVar[str] = "beliefs"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "persona and belief"
    PAPERS: ClassVar[tuple[str, ...]] = ("MindDial (arXiv 2306.15253)", "Persona Extending (arXiv 2304.13854)")

    def advise(self, view: TalkView) -> Directive | None:
        """Return what need not be asked, and what is to be asked now."""
        user, knowledge, last = view.user, view.knowledge, view.last
        if user is None or knowledge is None or not view.path:
            return None  # with tools the tasks decide what is asked
        thing = view.focus or next((name for one in user.primary_inquiries for name in one.entities), "")
        known = tuple(sorted(list_beliefs(user.knows, thing, knowledge, view.language, true=True)))
        if last is not None and _is_strange(last.utterance, user):
            return Directive(prefer=("ask",), settled=known, note=NOTE[view.language])
        asked = {slot for turn in view.turns if turn.role == "user" for slot in turn.request}
        told = {slot for name, slot in view.told if name == view.focus}
        strange = list_beliefs(user.does_not_know, view.focus, knowledge, view.language) if view.focus else frozenset()
        strange -= {*asked, *told, *known}
        unknown = next((slot for slot in knowledge.list_slots(view.focus) if slot in strange), None)
        if unknown is not None and last is not None and last.act in FREE_AFTER:
            say = (unknown,)
            return Directive(prefer=("ask",), forbid=SETTLING, say=say, settled=known, note=NOTE[view.language])
        return Directive(settled=known) if known else None


@lru_cache(maxsize=1024)
def list_beliefs(
    beliefs: tuple[Observed, ...], thing: str, knowledge: Knowledge, language: Language, *, true: bool = False
) -> frozenset[str]:
    """Return the attributes of a thing that some beliefs are about; those alone that are as it is.

    Args:
        beliefs: What a persona knows, or does not know.
        thing: The thing; a belief that names another one is none of it.
        knowledge: What is so.
        language: Language of the persona.
        true: Whether only those count that state the value the knowledge base has.
    """
    pack = knowledge.pack
    found: set[str] = set()
    for belief in beliefs:
        named = [name for name in knowledge.entities if _says(belief.text, name)]
        if named and thing not in named:
            continue
        for slot in pack.slots:
            row = knowledge.get(thing, slot)
            if row is None or slot == pack.entity_slot or not _says(belief.text, pack.slots[slot].names[language]):
                continue
            value = format_value(pack, slot, row.value, language, row.unit)
            if not true or (_says(belief.text, value) and not _hedges(belief.text)):
                found.add(slot)
    return frozenset(found)


def _says(text: str, phrase: str) -> bool:
    return contains_phrase(text.lower(), phrase.lower())


def _hedges(text: str) -> bool:
    """Tell whether a belief is in doubt, or more figures stand in it than one."""
    doubted = re.search(r"\bnot sure\b|\bmaybe\b|不确定|不知道|好像", text, re.IGNORECASE)
    return bool(doubted) or len(find_numbers(text)) > 1


def _is_strange(utterance: str, user: UserPersona) -> bool:
    """Tell whether the agent has used a term whose meaning this user asked for."""
    for inquiry in user.primary_inquiries:
        if inquiry.act == "ask" and not inquiry.asks and (match := TERM.search(inquiry.text.strip())):
            term = next(group for group in match.groups() if group)
            if _says(utterance, term.strip()):
                return True
    return False
