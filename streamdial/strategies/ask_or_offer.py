"""The agent asks while the answer would still part what fits, and offers once it would not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import ClassVar

from pydantic import Field

from streamdial.personas import Knowledge
from streamdial.records import Language
from streamdial.slots import DONT_CARE
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView

OPEN_ACTS = ("greet", "inform", "no_preference", "ask_offer")
"""Acts of the user after which the agent may ask or offer."""
NOTE: dict[Language, str] = {
    "en": "Ask about the one point that tells the most options apart, before you recommend.",
    "zh": "先问最能区分这些选择的那一点，再推荐。",
}


class AskOrOfferOptions(StrategyOptions):
    """Options of `ask_or_offer`."""

    bits: float = Field(default=0.9, gt=0, le=8, description="Entropy over what still fits from which on is asked.")
    most: int = Field(default=3, ge=1, le=6, description="Questions asked at most.")


class AskOrOffer(AdvisingStrategy):
    """The agent asks for the attribute with the highest entropy over the things that still fit, else it offers.

    Estimation-Action-Reflection asks for the attribute of maximal entropy among the candidates and decides between
    asking and recommending by what is left. Left out: the learned policy; the threshold is an option.
    """

    NAME: ClassVar[str] = "ask_or_offer"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "elicitation"
    PAPERS: ClassVar[tuple[str, ...]] = ("EAR (arXiv 2002.09102)", "Entity-Deduction Arena (arXiv 2310.01468)")
    Options = AskOrOfferOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return which attribute to ask for, or that it is time to offer."""
        last, knowledge = view.last, view.knowledge
        if last is None or last.act not in OPEN_ACTS or knowledge is None or view.focus:
            return None
        asked = [slot for turn in view.turns if turn.role == "agent" for slot in turn.request]
        fitting = list_fitting(view)
        open_slots = [slot for slot in view.pack.list_slots(mined=True) if slot not in {*asked, *view.informed}]
        best, bits = find_widest(lambda name, slot: _read_value(knowledge, name, slot), fitting, open_slots)
        if best and bits >= self.options.bits and len(asked) < self.options.most:
            return Directive(prefer=("request",), say=(best,), forbid=("recommend",), note=NOTE[view.language])
        offers = last.act in ("inform", "no_preference", "ask_offer") and bool(view.informed)
        return Directive(prefer=("recommend",), forbid=("request",)) if offers else None


def list_fitting(view: TalkView) -> list[str]:
    """Return the things that break nothing the user has stated."""
    assert view.knowledge is not None
    units = {wish.slot: wish.unit for wish in view.wishes}
    stated = [
        (slot, value)
        for slot, value in view.informed.items()
        if value != DONT_CARE and slot in view.pack.slots and view.pack.slots[slot].constraint
    ]
    return [
        name
        for name in view.knowledge.entities
        if all(view.knowledge.satisfies(name, slot, value, units.get(slot)) is not False for slot, value in stated)
    ]


def find_widest(
    read: Callable[[str, str], str | None], things: Iterable[str], slots: Iterable[str]
) -> tuple[str, float]:
    """Return the attribute whose values part some things most, and its entropy in bits; empty and 0 for none.

    Args:
        read: Returns the value of an attribute of a thing; None where it is not known.
        things: Those that still fit.
        slots: Attributes that may be asked for.
    """
    names = list(things)
    best, most = "", 0.0
    for slot in slots:
        counts = Counter(value for name in names if (value := read(name, slot)) is not None)
        whole = sum(counts.values())
        bits = sum(-n / whole * math.log2(n / whole) for n in counts.values()) if whole else 0.0
        if bits > most:
            best, most = slot, bits
    return best, most


def _read_value(knowledge: Knowledge, name: str, slot: str) -> str | None:
    row = knowledge.get(name, slot)
    return row.value if row is not None else None
