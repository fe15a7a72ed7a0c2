"""An agent looks ahead where it could do several things, and does what leads to the wanted end."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from streamdial.records import Outcome, Turn
from streamdial.strategies.directive import FREE_AFTER, Directive
from streamdial.strategies.strategy import SearchingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.turn_events import LIMIT, track_levels
from streamdial.strategies.view import TalkView


class LookaheadOptions(StrategyOptions):
    """Options of `lookahead`."""

    shallow: int = Field(default=2, ge=0, le=6, description="Turns every plan is looked ahead.")
    depth: int = Field(default=12, ge=1, le=30, description="Turns the close ones are.")
    margin: float = Field(default=0.25, ge=0, description="Values not further from the best one are close.")
    value: Literal["ending", "mood"] = Field(default="ending", description="What an end is worth by.")


class Lookahead(SearchingStrategy):
    """Where the agent could do several things, each is rolled out with both planned sides, and the best one is done.

    DPDP plans by a quick policy and searches a tree only where that one is not sure; MultiESC weighs strategies by
    the user's feelings some turns ahead. Here the quick look is two turns, the long one only for plans that are close,
    and an end is worth what it is to the path (`ending`), or to the user (`mood`). Left out: learned values.
    """

    NAME: ClassVar[str] = "lookahead"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "planning and search"
    PAPERS: ClassVar[tuple[str, ...]] = ("DPDP (arXiv 2402.10500)", "MultiESC (arXiv 2210.04242)")
    Options = LookaheadOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return nothing: plans are chosen among, not advised on."""
        return None

    def explain(self, turn: Turn, view: TalkView) -> dict[str, str]:
        """Return by what a turn was searched; nothing of one that has to answer, or that no planner decided."""
        free = view.last is not None and view.last.role == "user" and view.last.act in FREE_AFTER
        return {"search": self.options.value} if free and view.path and turn.realisation != "direct" else {}

    @property
    def shallow(self) -> int:
        """Turns every plan is looked ahead."""
        return int(self.options.shallow)

    @property
    def depth(self) -> int:
        """Turns the close ones are."""
        return int(self.options.depth)

    @property
    def margin(self) -> float:
        """How far from the best value one is close."""
        return float(self.options.margin)

    def value(self, view: TalkView, outcome: Outcome | None, wanted: Outcome) -> float:
        """Return 1 for the wanted ending, 0 for none yet and -1 for another; or the user's mood, -1 to 1."""
        if self.options.value == "mood":
            levels = track_levels(view.turns, view.wishes, view.pack)
            return levels[-1][0] / LIMIT if levels else 0.0
        return 0.0 if outcome is None else 1.0 if outcome == wanted else -1.0
