"""The checks a finished dialogue must pass as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from streamdial.dialogues.causes import find_causeless
from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.records import Dialogue, Turn, UserPersona
from streamdial.slots import DONT_CARE

ANSWERS = ("no_answer", "hand_over", "confirm", "hold", "close")
"""Acts of the agent that settle a question without telling what was asked."""


def has_open_question(turns: Sequence[Turn]) -> bool:
    """Tell whether the last turn of the user asks something nobody has answered."""
    return bool(turns) and turns[-1].role == "user" and bool(turns[-1].request)


def find_faults(turns: Sequence[Turn], *, min_turns: int) -> str | None:
    """Return why a finished dialogue cannot be used, or None.

    Reasons: `too_short`, `roles_do_not_alternate`, `open_question`.
    """
    if len(turns) < min_turns:
        return "too_short"
    if any(left.role == right.role for left, right in pairwise(turns)):
        return "roles_do_not_alternate"
    return "open_question" if has_open_question(turns) else None


def validate_dialogue(
    dialogue: Dialogue,
    pack: DomainPack,
    *,
    min_turns: int,
    knowledge: Knowledge | None = None,
    persona: UserPersona | None = None,
) -> str | None:
    """Return the first reason why a finished dialogue cannot be used as a whole, or None.

    Reasons, beside those of `find_faults`: `stopped_*` (it did not end where its path ends), `wrong_outcome` (it ends
    otherwise than the path it names), `contradiction` (the agent states two values of one thing), `unanswered` (a
    question the agent passed over), `value_not_in_schema` (a label the pack's slots do not allow).

    Args:
        dialogue: The dialogue, naming the path it really took.
        pack: The domain pack with the slot schema.
        min_turns: Shorter ones are not usable.
        knowledge: The agent's knowledge base; with it, the reasons of `find_causeless` count too.
        persona: The user of the last goal, whose musts are not given up.
    """
    if fault := find_faults(dialogue.turns, min_turns=min_turns):
        return fault
    if dialogue.stop_reason in ("repetition", "farewell_loop", "turn_cap", "error"):
        return dialogue.stop_reason
    return (
        _find_contradiction(dialogue.turns, pack)
        or _find_unanswered(dialogue.turns)
        or _find_bad_label(dialogue.turns, pack)
        or (find_causeless(dialogue, pack, knowledge, persona) if knowledge is not None else None)
    )


def _find_contradiction(turns: Sequence[Turn], pack: DomainPack) -> str | None:
    told: dict[tuple[str, str], str] = {}
    for turn in turns:
        if turn.role != "agent" or turn.act in ("confirm", "hold"):
            continue  # what is said back is the user's
        for entity, values in ((turn.entity, turn.tell), (turn.other, turn.tell_other)):
            for slot, value in values.items():
                if not entity or pack.slots[slot].type == "text":
                    continue
                if told.setdefault((entity, slot), value) != value:
                    return "contradiction"
    return None


def _find_unanswered(turns: Sequence[Turn]) -> str | None:
    for turn, following in pairwise(turns):
        if turn.role != "user" or turn.act != "ask" or not turn.request:
            continue
        known = {*following.tell, *following.tell_other, *following.request}
        if following.realisation != "direct" and following.act not in ANSWERS and not known & set(turn.request):
            return "unanswered"
    return None


def _find_bad_label(turns: Sequence[Turn], pack: DomainPack) -> str | None:
    for turn in turns:
        for slot, value in (*turn.inform.items(), *turn.tell.items(), *turn.tell_other.items()):
            schema = pack.slots.get(slot)
            if schema is None:
                return "value_not_in_schema"
            if value in (DONT_CARE, "") or not schema.values:
                continue
            if value not in schema.values:
                return "value_not_in_schema"
        if any(slot not in pack.slots for slot in turn.request):
            return "value_not_in_schema"
    return None
