"""A vague opening that would fit many a customer: what is wanted comes out only when it is asked for."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamdial.records import Language
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView

NOTE: dict[Language, str] = {
    "en": "Stay vague: say nothing yet of what exactly you want, until you are asked.",
    "zh": "先含糊一点：别人没问之前，先不要说出你具体想要什么。",
}


class HiddenContextOptions(StrategyOptions):
    """Options of `hidden_context`."""

    turns: int = Field(default=2, ge=1, le=6, description="The user's first turns that keep to it.")


class HiddenContext(AdvisingStrategy):
    """The user states no wish in its first turns unless the agent has just asked for it.

    InfoQuest opens with one vague message that three hidden personas share, and measures whether the assistant asks
    before it answers. Left out: the three personas an opening is checked against.
    """

    NAME: ClassVar[str] = "hidden_context"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "elicitation"
    PAPERS: ClassVar[tuple[str, ...]] = ("InfoQuest (arXiv 2502.12257)",)
    Options = HiddenContextOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return which wishes are kept back."""
        spoken = sum(turn.role == "user" for turn in view.turns)
        last = view.last
        if spoken >= self.options.turns or (last is not None and last.act in ("request", "propose")):
            return None
        hidden = tuple(wish.slot for wish in view.wishes if wish.slot not in view.informed)
        if not hidden:
            return None
        wanted = ("ask_offer",) if last is not None else ("greet", "ask_offer")
        return Directive(withhold=hidden, prefer=wanted, note=NOTE[view.language])
