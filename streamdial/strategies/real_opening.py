"""A dialogue begins with what a viewer really wrote."""

from __future__ import annotations

from typing import ClassVar

from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind
from streamdial.strategies.view import TalkView


class RealOpening(AdvisingStrategy):
    """The user's first turn is a question of the persona's own, in the words of the stream where they fit.

    BotChat starts from the first turns of real dialogues and lets models go on, which tells apart what only the opening
    makes natural. Left out: a greeting that stands before the question.
    """

    NAME: ClassVar[str] = "real_opening"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "self-play"
    PAPERS: ClassVar[tuple[str, ...]] = ("BotChat (arXiv 2310.13650)",)

    def advise(self, view: TalkView) -> Directive | None:
        """Return that the first turn asks, where the persona has a question of its own."""
        own = any(question.origin == "own" and question.text for question in view.questions)
        return Directive(prefer=("ask", "compare"), forbid=("greet",)) if view.last is None and own else None
