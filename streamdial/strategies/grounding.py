"""An agent acknowledges, makes sure and asks on as often as people do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import ClassVar

from pydantic import Field

from streamdial.files import load_yaml
from streamdial.records import Language, Turn
from streamdial.strategies.directive import PARTING, Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView

ACKNOWLEDGING = ("react.need", "react.question", "react.revise", "react.praise", "react.accept", "react.decline")
"""Moves of an agent that take up what was said."""
ASKING = ("request", "propose", "follow_up", "explain_conflict")
STATING = ("inform", "ask_offer", "no_preference", "revise")
ANSWERED = ("ask", "compare", *STATING)
"""Acts of the user behind which an agent has the choice."""
NOTES: dict[Language, dict[str, str]] = {
    "en": {
        "acknowledge": "Begin with a word that shows you understood.",
        "clarify": "Make sure in half a sentence that you have understood what they need.",
        "follow_up": "End with one question that leads on.",
        "": "Come straight to the point, with no word of confirmation before and no question behind.",
    },
    "zh": {
        "acknowledge": "先用一个词表示你听明白了。",
        "clarify": "用半句话确认你理解了对方的需要。",
        "follow_up": "最后问一个能把话题接下去的问题。",
        "": "直接说内容，前面不用应声，后面也不用提问。",
    },
}


class GroundingOptions(StrategyOptions):
    """Options of `grounding`."""

    shares: dict[str, float] = Field(
        default_factory=dict, description="Share of the agent's turns with each act; those of real talk where empty."
    )


class Grounding(AdvisingStrategy):
    """The agent does the three grounding acts in the share of talk between people: no more, and no less.

    Grounding Gaps counts that models do 77.5% fewer of them than people. The shares are measured on MultiWOZ and
    CrossWOZ; each turn does what its dialogue is behind on. The figure `grounding_acts` of an evaluation counts them by
    the words of any set. Left out: what an act is about.
    """

    NAME: ClassVar[str] = "grounding"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "judges and rewriting"
    PAPERS: ClassVar[tuple[str, ...]] = ("Grounding Gaps (arXiv 2311.09144)",)
    Options = GroundingOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return which of the acts the turn does."""
        last = view.last
        if last is None or last.role != "user" or last.act in PARTING:
            return None
        shares = {**load_shares()[view.language], **self.options.shares}
        done = [list_done(turn) for turn in view.turns if turn.role == "agent"]
        rng = view.rng
        wanted = [act for act, share in shares.items() if _is_behind(act, share, done, rng.random())]
        slot = next((name for name in last.inform if name in view.informed), "")
        may = {"clarify": bool(slot) and last.act in STATING, "acknowledge": last.act in ANSWERED}
        may["follow_up"] = last.act in ANSWERED
        wanted = [act for act in wanted if may[act]]
        moves = (f"react.{'need' if last.act in STATING else 'question'}",) if "acknowledge" in wanted else ()
        moves = ("react.support.question",) if "clarify" in wanted else moves
        asks = ("offer_more",) if "follow_up" in wanted else ()
        told = [NOTES[view.language][act] for act in wanted] or [NOTES[view.language][""]]
        dropped = () if "acknowledge" in wanted else ACKNOWLEDGING
        return Directive(
            moves=(*moves, *asks),
            drop=(*dropped, *(() if asks else ("offer_more",))),
            needs={slot: view.informed[slot]} if slot and "clarify" in wanted else {},
            note=("" if view.language == "zh" else " ").join(told),
            inner={"grounding": ", ".join(wanted) or "none"},
        )


@cache
def load_shares() -> dict[Language, dict[str, float]]:
    """Return the share of each grounding act in real talk, by language."""
    file = resources.files("streamdial.strategies").joinpath("_grounding.yaml")
    found: dict[Language, dict[str, float]] = load_yaml(file.read_text(encoding="utf-8"))
    return found


def list_done(turn: Turn) -> frozenset[str]:
    """Return the grounding acts of a turn by its labels: it may be a turn of a simulation, without words."""
    moves = [name.partition(":")[2] for name in turn.moves]
    done = {"acknowledge"} if any(name.startswith(ACKNOWLEDGING) for name in moves) else set()
    done |= {"clarify"} if "react.support.question" in moves else set()
    return frozenset(done | ({"follow_up"} if turn.act in ASKING or "offer_more" in moves else set()))


def _is_behind(act: str, share: float, done: Sequence[frozenset[str]], draw: float) -> bool:
    """Tell whether an act is drawn for the next turn: likelier the further its share is behind."""
    return sum(act in found for found in done) + draw < share * (len(done) + 1)
