"""All that the user means to ask is settled first, and nothing ends before it was asked."""

from __future__ import annotations

from typing import ClassVar

from streamdial.records import Language
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind
from streamdial.strategies.view import TalkView

ENDING = ("accept", "acknowledge", "defer", "ask_hold", "ask_person")
NOTE: dict[Language, str] = {
    "en": "You still have questions on your list; ask the next one before you decide anything.",
    "zh": "你的问题还没有问完；先问下一个，再做决定。",
}


class Skeleton(AdvisingStrategy):
    """The user works through its whole list of questions before it decides.

    ConsistentChat writes the user's requests of a whole dialogue before any answer, along nine flows of intent, and
    finds dialogues 20 to 30% more consistent. Here the list is the storyline's, which holds what the viewer really
    asked; the flows are the blueprint's paths.
    """

    NAME: ClassVar[str] = "skeleton"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "plans and skeletons"
    PAPERS: ClassVar[tuple[str, ...]] = ("ConsistentChat (arXiv 2506.03558)",)

    def advise(self, view: TalkView) -> Directive | None:
        """Return that the next question comes before any decision, while one is left that can be answered."""
        last = view.last
        if last is None or last.act not in ("greet", "answer", "recommend", "no_answer", "compare", "check_stock"):
            return None
        asked = {slot for turn in view.turns if turn.role == "user" for slot in turn.request}
        told = {slot for _, slot in view.told}
        known = set(view.knowledge.list_slots(view.focus)) if view.knowledge is not None and view.focus else set()
        left = [
            question
            for question in view.questions
            if question.asks and set(question.asks) <= known and not set(question.asks) & (asked | told)
        ]
        return Directive(prefer=("ask", "compare"), forbid=ENDING, note=NOTE[view.language]) if left else None
