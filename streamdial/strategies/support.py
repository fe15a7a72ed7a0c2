"""A customer who is let down is heard first: the agent acknowledges before it goes on."""

from __future__ import annotations

from typing import ClassVar

from streamdial.records import Language, Turn
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind
from streamdial.strategies.turn_events import WEIGHTS, find_event
from streamdial.strategies.view import TalkView

COMPLAINTS = ("object", "insist")
"""Acts of the user that say something is not right."""
FEELING = ("reflection", "affirmation", "self_disclosure")
NOTES: dict[Language, dict[str, str]] = {
    "en": {
        "reflection": "First say in a few words how this must feel to them.",
        "affirmation": "First say that it is right of them to care about it.",
        "self_disclosure": "First say that you would feel the same, without telling anything of yourself.",
        "restatement": "First say back in your own words what they need.",
        "question": "First make sure in half a sentence that you have understood what they need.",
        "suggestions": "First say that you will look for another way with them.",
        "information": "First say that you will tell them all you can.",
    },
    "zh": {
        "reflection": "先用几个字说出对方现在的感受。",
        "affirmation": "先肯定对方在意这一点是对的。",
        "self_disclosure": "先说换作是你也会这么想，不要编自己的事。",
        "restatement": "先用自己的话复述对方的需要。",
        "question": "先用半句话确认你理解了对方的需要。",
        "suggestions": "先说你会帮对方想别的办法。",
        "information": "先说你会把知道的都告诉对方。",
    },
}


class Support(AdvisingStrategy):
    """Behind a complaint, or where what was stated was let down, the agent's turn begins with a word of support.

    ESConv labels what supporters say: reflection of feelings, self-disclosure, affirmation, suggestions, information,
    restatement, question. The label stands in `Turn.inner` where it was said. Left out: comforting as an end in
    itself, and disclosures of anything that happened.
    """

    NAME: ClassVar[str] = "support"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "emotion"
    PAPERS: ClassVar[tuple[str, ...]] = ("ESConv (arXiv 2106.01144)",)

    def advise(self, view: TalkView) -> Directive | None:
        """Return how the turn begins, of the labels that fit here; nothing where nobody was let down."""
        last = view.last
        if last is None or last.role != "user":
            return None
        slot = next((name for name in last.request if name in view.informed), "") if last.act in COMPLAINTS else ""
        slot = slot or next((name for name in last.inform if last.act == "insist"), "")
        fitting = list_labels(last, find_letdown(view), stated=bool(slot))
        if not fitting:
            return None
        used = [turn.inner.get("support") or _find_said(turn) for turn in view.turns]
        label = view.rng.choice([one for one in fitting if one not in used] or list(fitting))
        needs = {slot: view.informed[slot]} if slot and label in ("restatement", "question") else {}
        return Directive(
            moves=(f"react.support.{label}",),
            needs=needs,
            note=NOTES[view.language][label],
            inner={"support": label},
            spoken=("support",),
        )


def find_letdown(view: TalkView) -> str:
    """Return what of the agent's turn before the last let the user down by what it has stated; empty for nothing."""
    before = view.turns[:-1]
    event = find_event(before, {}, view.pack) if before and before[-1].role == "agent" else ""
    return event if WEIGHTS.get(event, 0) < 0 else ""


def list_labels(last: Turn, letdown: str, *, stated: bool) -> tuple[str, ...]:
    """Return the labels of support that fit behind a turn of the user.

    Args:
        last: The turn.
        letdown: What let the user down before it; empty for nothing.
        stated: Whether it complains about a wish that was stated.
    """
    if last.act in COMPLAINTS or (last.act == "negotiate" and letdown):
        return (*FEELING, "restatement", "question") if stated else FEELING
    if last.act == "ask_offer" and (letdown or last.entity):
        return ("reflection", "suggestions")
    return ("reflection", "information") if last.act in ("ask", "compare") and letdown else ()


def _find_said(turn: Turn) -> str:
    start = "react:react.support."
    return next((name.removeprefix(start) for name in turn.moves if name.startswith(start)), "")
