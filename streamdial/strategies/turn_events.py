"""What each turn of an agent means for its customer: a wish met or missed, a question answered or passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.personas.verdicts import Verdict, judge_fact
from streamdial.records import Constraint, Turn, accumulate_state
from streamdial.slots import DONT_CARE

WEIGHTS: dict[str, int] = {
    "gone": -2,
    "refused": -2,
    "dear": -1,
    "missed": -1,
    "denied": -1,
    "contradicted": -1,
    "unanswered": -1,
    "evaded": -1,
    "repeated": -1,
    "settled": 2,
    "better": 2,
    "met": 1,
    "answered": 1,
}
"""What happened, with what it does to a mood: the first of several counts, bad news before good."""
ASKING = ("ask", "compare")
LIMIT = 5
"""Highest and lowest level of a mood."""


def find_event(turns: Sequence[Turn], wishes: Mapping[str, Constraint], pack: DomainPack) -> str:
    """Return what the last of some turns, one of the agent, means for the user; empty for nothing.

    Args:
        turns: The turns up to that one.
        wishes: The user's wishes by slot; what it states in the turns goes before them.
        pack: The domain pack.
    """
    last = turns[-1]
    verdicts = judge_turn(turns, wishes, pack)
    happened = {verdict.kind for verdict in verdicts}
    dear = any(one.kind == "over" and one.slot == pack.price_slot for one in verdicts)
    asked = next((turn for turn in reversed(turns[:-1]) if turn.role == "user"), None)
    wants = asked is not None and asked.act in ASKING
    told = {*last.tell, *last.tell_other}
    before = {(turn.entity, slot) for turn in turns[:-1] if turn.role == "agent" for slot in turn.tell}
    requested = {slot for turn in turns[:-1] if turn.role == "agent" for slot in turn.request}
    again = bool(last.tell) and all((last.entity, slot) in before for slot in last.tell)
    again = again and not (wants and asked is not None and told & set(asked.request))
    found = {
        "gone": "gone" in happened and not last.other,
        "refused": last.act == "refuse",
        "dear": dear,
        "missed": any(one.misses for one in verdicts),
        "denied": _is_denied(last),
        "contradicted": asked is not None and insists(asked) and last.act in ("answer", "recommend"),
        "unanswered": last.act == "no_answer",
        "evaded": wants and last.act in ("request", "propose", "follow_up"),
        "repeated": (last.act == "request" and bool(requested & last.request.keys())) or again,
        "settled": last.act in ("confirm", "hold"),
        "better": "better" in happened,
        "met": "fits" in happened,
        "answered": wants and last.act in ("answer", "compare", "check_stock"),
    }
    return next((name for name in WEIGHTS if found[name]), "")


def insists(turn: Turn) -> bool:
    """Tell whether the user insists on what is not so: by the turn's state, or by its moves where it is simulated."""
    if turn.role != "user":
        return False
    return "pressure" in turn.inner or any(name.startswith("act:doubt_") for name in turn.moves)


def _is_denied(turn: Turn) -> bool:
    """Tell whether nothing was offered for a doubt or a price; what is said in words of its own may offer something."""
    if turn.act not in ("negotiate", "handle_objection") or turn.tell:
        return False
    return not turn.moves or bool({"act:negotiate_none", "act:objection_none"} & set(turn.moves))


def judge_turn(turns: Sequence[Turn], wishes: Mapping[str, Constraint], pack: DomainPack) -> list[Verdict]:
    """Return the verdicts on what the last of some turns tells of its things; none of a booking or a comparison."""
    last = turns[-1]
    if last.act in ("confirm", "hold", "refuse", "compare"):
        return []
    held = dict(wishes)
    for slot, value in accumulate_state(turns).items():
        if slot not in held or held[slot].value != value:
            held[slot] = Constraint(slot=slot, value=value, evidence=("stated",))
    held = {slot: wish for slot, wish in held.items() if wish.value != DONT_CARE}
    knowledge = Knowledge((), pack)
    pairs = ((last.entity, last.tell), (last.other, last.tell_other))
    return [
        judge_fact(knowledge, held, entity, slot, value)
        for entity, values in pairs
        for slot, value in values.items()
        if entity and slot in pack.slots and not pack.slots[slot].booking
    ]


def track_levels(turns: Sequence[Turn], wishes: Sequence[Constraint], pack: DomainPack) -> list[tuple[int, str]]:
    """Return the level of the user's mood after each turn and what changed it there; empty for what changed nothing.

    It begins at 0; bad and good events move it by their weight, up to 5 either way.
    """
    held = {wish.slot: wish for wish in wishes}
    level, levels = 0, []
    for number, turn in enumerate(turns):
        event = find_event(turns[: number + 1], held, pack) if turn.role == "agent" else ""
        level = max(-LIMIT, min(LIMIT, level + WEIGHTS.get(event, 0)))
        levels.append((level, event))
    return levels
