"""Why a fact was told: the question it answers or the wish it meets or misses, exported apart from the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from streamdial.domains import DomainPack
from streamdial.records import Constraint, Language, Turn
from streamdial.slots import format_value
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind
from streamdial.strategies.turn_events import judge_turn
from streamdial.strategies.view import TalkView

SETTLED = ("confirm", "hold", "refuse")
"""Acts that tell what was booked, and no fact."""
REASONED = ("asked", "doubted", "compared", "met", "missed")
"""Reasons that lie in what the user said; any other fact was told of the agent's own accord."""
SENTENCES: dict[Language, dict[str, str]] = {
    "en": {
        "asked": "{slot}: they asked for it.",
        "doubted": "{slot}: they doubted it.",
        "compared": "{slot}: it tells the two apart.",
        "met": "{slot}: it meets their wish for {wish}.",
        "missed": "{slot}: it misses their wish for {wish}, which must be said openly.",
        "offered": "{slot}: not asked for; customers choose by it.",
        "added": "{slot}: not asked for; it may be good to know.",
    },
    "zh": {
        "asked": "{slot}：对方问到了。",
        "doubted": "{slot}：对方有疑虑。",
        "compared": "{slot}：两者的区别在这里。",
        "met": "{slot}：符合对方{wish}的要求。",
        "missed": "{slot}：不符合对方{wish}的要求，要如实说明。",
        "offered": "{slot}：对方没问，但大家都看这一点。",
        "added": "{slot}：对方没问，知道了有好处。",
    },
}


class Rationale(AdvisingStrategy):
    """Each turn of the agent that tells facts is exported with why it tells them; nothing that is said changes.

    DOCTOR has a model reason over a dialogue before it answers, and keeps the reasons apart. Here the reason follows
    from the labels: the question, doubt, comparison or stated wish that a fact bears on. It stands in `Turn.inner` as
    a sentence a fact (`rationale`) and as names (`rationale_of`); the rows it rests on are the turn's evidence. Left
    out: reasons beyond what was said.
    """

    NAME: ClassVar[str] = "rationale"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "sources to dialogue"
    PAPERS: ClassVar[tuple[str, ...]] = ("DOCTOR (arXiv 2310.09343)",)

    def advise(self, view: TalkView) -> Directive | None:
        """Return nothing: a reason is given of what was said."""
        return None

    def explain(self, turn: Turn, view: TalkView) -> dict[str, str]:
        """Return why a turn tells its facts; nothing of one that tells none."""
        reasons = find_reasons(turn, view.turns, view.informed, view.pack)
        if not reasons:
            return {}
        told = []
        for slot, reason in reasons.items():
            name = view.pack.slots[slot].names[view.language]
            wish = view.informed.get(slot, "")
            wish = format_value(view.pack, slot, wish, view.language) if wish else ""
            told.append(SENTENCES[view.language][reason].format(slot=name, wish=wish))
        named = ", ".join(f"{slot}={reason}" for slot, reason in reasons.items())
        return {"rationale": ("" if view.language == "zh" else " ").join(told), "rationale_of": named}


def find_reasons(turn: Turn, before: Sequence[Turn], informed: Mapping[str, str], pack: DomainPack) -> dict[str, str]:
    """Return the reason of each fact that a turn of the agent tells of its thing.

    Args:
        turn: The turn.
        before: The turns before it.
        informed: What the user has stated.
        pack: The domain pack.
    """
    if turn.role != "agent" or turn.act in SETTLED:
        return {}
    asked = next((one for one in reversed(before) if one.role == "user"), None)
    wanted = set(asked.request) if asked is not None else set()
    doubts = asked is not None and asked.act in ("object", "negotiate")
    wishes = {slot: Constraint(slot=slot, value=value, evidence=("stated",)) for slot, value in informed.items()}
    verdicts = {one.slot: one for one in judge_turn((turn,), wishes, pack)}
    found = {}
    for slot in (name for name in turn.tell if name in pack.slots and not pack.slots[name].booking):
        verdict = verdicts.get(slot)
        if slot in wanted or (doubts and slot == pack.price_slot and asked is not None and asked.act == "negotiate"):
            found[slot] = "doubted" if doubts else "asked"
        elif turn.other:
            found[slot] = "compared"
        elif verdict is not None and verdict.misses:
            found[slot] = "missed"
        elif verdict is not None and verdict.kind in ("fits", "better"):
            found[slot] = "met"
        else:
            found[slot] = "offered" if pack.slots[slot].mined or slot == pack.price_slot else "added"
    return found
