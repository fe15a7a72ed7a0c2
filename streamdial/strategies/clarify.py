"""An agent asks while it acts: where several things fit what it looked for, it asks before it takes one."""

from __future__ import annotations

from typing import ClassVar

from streamdial.records import Language
from streamdial.strategies.ask_or_offer import find_widest, list_fitting
from streamdial.strategies.directive import FREE_AFTER, Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind
from streamdial.strategies.view import TalkView

NOTE: dict[Language, str] = {
    "en": "If several things fit, or you lack something you need, ask for it before you offer or book anything.",
    "zh": "如果有好几个都符合，或者还缺信息，先问清楚，再推荐或预订。",
}


class Clarify(AdvisingStrategy):
    """Where a search leaves several things, the agent asks for what tells them apart best, and searches again.

    ReSpAct lets an agent speak between its actions, and gains 5.5 points of Inform on MultiWOZ. A planned agent with
    tools asks behind its first search (arguments a booking lacks it asks for in any case); without tools it asks where
    several things of the knowledge base fit what was stated. A model is told by a note. Left out: asking when a call
    has failed.
    """

    NAME: ClassVar[str] = "clarify"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "tools and policies"
    PAPERS: ClassVar[tuple[str, ...]] = ("ReSpAct (arXiv 2411.00927)",)

    def advise(self, view: TalkView) -> Directive | None:
        """Return that the agent asks first; nothing where it has to answer, or one thing alone fits."""
        last, knowledge = view.last, view.knowledge
        if last is None or last.act not in FREE_AFTER:
            return None
        if not view.path:
            return Directive(clarify=True, prefer=("request",), note=NOTE[view.language])
        if knowledge is None or view.focus or not view.informed:
            return None
        asked = {slot for turn in view.turns if turn.role == "agent" for slot in turn.request}
        free = [slot for slot in view.pack.list_slots(mined=True) if slot not in {*asked, *view.informed}]

        def read(name: str, slot: str) -> str | None:
            row = knowledge.get(name, slot)
            return row.value if row is not None else None

        slot, bits = find_widest(read, list_fitting(view), free)
        if not slot or bits == 0:
            return None
        return Directive(prefer=("request",), say=(slot,), forbid=("recommend",), note=NOTE[view.language])
