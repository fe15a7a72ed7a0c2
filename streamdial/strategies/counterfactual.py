"""One wish of a finished dialogue is another one, and the dialogue goes on from where it was stated."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import ClassVar

from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.records import Constraint, Dialogue, Turn, UserPersona
from streamdial.slots import DONT_CARE
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import Continuation, DerivingStrategy, StrategyKind


class Counterfactual(DerivingStrategy):
    """What would have been said if this viewer had wanted something else in one respect.

    CFCRS changes one preference of a user and lets the dialogue flow from there, to see what depends on it. The turns
    before the wish stay as they are; the first new turn states what the old one did, with the other value. Left out:
    the learned choice of the preference; it is drawn among those whose other value another thing meets.
    """

    NAME: ClassVar[str] = "counterfactual"
    KIND: ClassVar[StrategyKind] = "derive"
    FAMILY: ClassVar[str] = "recombination"
    PAPERS: ClassVar[tuple[str, ...]] = ("CFCRS (arXiv 2306.02842)",)

    def derive(
        self, dialogue: Dialogue, user: UserPersona, knowledge: Knowledge, rng: random.Random
    ) -> Sequence[Continuation]:
        """Return the dialogue's beginning with one wish changed; nothing where no wish was stated that can change."""
        if dialogue.goals:
            return ()
        stated = [
            (turn, slot) for turn in dialogue.turns if turn.role == "user" for slot in _list_first(turn, dialogue)
        ]
        for turn, slot in rng.sample(stated, len(stated)):
            wish = next((wish for wish in user.constraints if wish.slot == slot), None)
            values = list_other_values(knowledge, slot, turn.inform[slot])
            if wish is None or wish.changed_from or not values:
                continue
            changed = _change_wish(user, wish, rng.choice(values))
            others = (one.slot for one in user.constraints if one.slot not in turn.inform)
            first = Directive(say=tuple(turn.inform), withhold=tuple(others), prefer=(turn.act,))
            return (Continuation(changed, dialogue.turns[: turn.turn_id], first),)
        return ()


def list_other_values(knowledge: Knowledge, slot: str, value: str) -> list[str]:
    """Return the other values of a slot that a thing on sale has, each once; of what is measured, its very figures."""
    if slot not in knowledge.pack.slots or knowledge.pack.slots[slot].booking:
        return []
    rows = (row for name in knowledge.entities if (row := knowledge.get(name, slot)) is not None)
    return [other for other in dict.fromkeys(row.value for row in rows) if other != value]


def _list_first(turn: Turn, dialogue: Dialogue) -> list[str]:
    """Return the slots a turn states for the first time, days and "no preference" left out."""
    before = {slot for earlier in dialogue.turns[: turn.turn_id] for slot in earlier.inform}
    stated = turn.inform.items() if turn.act in ("inform", "ask_offer") else ()
    return [slot for slot, value in stated if slot not in before and value not in (DONT_CARE, "")]


def _change_wish(user: UserPersona, wish: Constraint, value: str) -> UserPersona:
    """Return a user who wants another value; what they wrote about the old one they never wrote."""
    gone = set(wish.evidence)
    return user.model_copy(
        update={
            "id": make_id("counterfactual", user.id, wish.slot, value),
            "constraints": tuple(
                one.model_copy(update={"value": value}) if one.slot == wish.slot else one for one in user.constraints
            ),
            "basic_information": tuple(one for one in user.basic_information if not gone & set(one.evidence)),
            "primary_inquiries": tuple(one for one in user.primary_inquiries if not gone & set(one.evidence)),
        }
    )
