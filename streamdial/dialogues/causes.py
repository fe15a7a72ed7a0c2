"""Whether what happens in a finished dialogue has its cause, and can be had in the world it is about.

By labels alone, so that it costs nothing: an acceptance needs an offer, a drop-out something that was said, a booking a
thing and an hour that can be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from streamdial.domains import DomainPack
from streamdial.environment.opening_hours import OpeningHours, read_opening_hours
from streamdial.environment.schema import HOURS_SLOT
from streamdial.personas import Knowledge
from streamdial.records import Dialogue, Outcome, ReachedGoal, Turn, UserPersona, accumulate_state
from streamdial.slots import DONT_CARE

OFFERS = frozenset(
    (
        *("recommend", "recover", "upsell", "propose", "check_stock", "negotiate"),
        *("handle_objection", "explain_conflict", "confirm", "hold"),
    )
)
"""Acts of the agent after which a thing is on offer: that it answered a question about it is not enough."""
PUT_FORWARD = frozenset(("recommend", "recover", "upsell", "propose", "confirm", "hold"))
"""Acts with which the agent offers a thing or lets the user have it."""
BOOKED = ("confirm", "hold")
NOT_TOLD = ("no_answer", "refuse")
"""Acts of the agent that are a reason to leave in themselves."""
CONCESSIONS = ("revise", "concede")
SETTLED = ("confirm", "hand_over", "hold")
"""Acts of the agent a goal is reached with."""
NEVER_HELD = "on_order"
"""Value of a stock slot that means that a thing has yet to be made; a pack may name its own in `not_held`."""

BreachKind = Literal["gone", "closed", "cannot_be_held", "must_given_up"]


class Breach(NamedTuple):
    """A turn that goes against the world or the persona.

    Attributes:
        turn: Its number.
        kind: `gone`: offers or books what cannot be had; `closed`: books outside opening hours; `cannot_be_held`: keeps
            what cannot be kept; `must_given_up`: gives a wish up that is a must.
    """

    turn: int
    kind: BreachKind


def find_causeless(
    dialogue: Dialogue, pack: DomainPack, knowledge: Knowledge | None, persona: UserPersona | None = None
) -> str | None:
    """Return the first reason why what happens in a dialogue has no cause or cannot be, or None.

    Reasons: `accept_without_offer`, `dropout_without_cause`, `against_world`.

    Args:
        dialogue: The finished dialogue.
        pack: The domain pack.
        knowledge: The agent's knowledge base; None judges by what was told alone, without opening hours.
        persona: The user of a dialogue of one goal, for wishes that are a must; None leaves these out.
    """
    starts = list_goal_starts(dialogue.turns, dialogue.goals)
    if list_unoffered(dialogue.turns, pack, starts):
        return "accept_without_offer"
    if lacks_cause(dialogue.turns[starts[-1] :], dialogue.outcome, pack):
        return "dropout_without_cause"
    users = {0: persona} if persona is not None else {}
    return "against_world" if list_breaches(dialogue.turns, pack, knowledge, users) else None


def list_goal_starts(turns: Sequence[Turn], goals: Sequence[ReachedGoal]) -> list[int]:
    """Return the number of each goal's first turn; the last one begins once the one before it was settled."""
    if not goals:
        return [0]
    last = goals[-1].first_turn
    settled = (number for number, turn in enumerate(turns) if number >= last and _is_agent(turn, SETTLED))
    return [*(goal.first_turn for goal in goals), next(settled, len(turns) - 1) + 1]


def list_unoffered(turns: Sequence[Turn], pack: DomainPack, starts: Sequence[int] = (0,)) -> list[int]:
    """Return the numbers of the user's acceptances of what the agent had not offered since the goal began.

    What is accepted is what the turn names, else what was spoken of last. Stock that was looked up is an offer where
    the thing is there; so is the alternative named beside it.
    """
    stock = pack.stock_slot
    gone = pack.slots[stock].gone if stock else ()
    offered: set[str] = set()
    focus = ""
    found = []
    for number, turn in enumerate(turns):
        if number in starts:
            offered = set()
        if turn.role == "user" and turn.act == "accept":
            accepted = (turn.entity or focus).casefold()
            if accepted not in offered and not (not accepted and offered):
                found.append(number)
        if _is_agent(turn, OFFERS):
            looked_up = turn.act == "check_stock" and stock
            if not (looked_up and turn.tell.get(stock or "") in gone):
                offered.add((turn.entity or focus).casefold())
            if looked_up and turn.other and turn.tell_other.get(stock or "") not in gone:
                offered.add(turn.other.casefold())
        focus = (turn.other if turn.act == "check_stock" and turn.other else turn.entity) or focus
    return found


def lacks_cause(turns: Sequence[Turn], outcome: Outcome | None, pack: DomainPack) -> bool:
    """Tell whether a dialogue is dropped out of and nothing in it was a reason to.

    A reason is a told fact that breaks a wish the user holds at the end, stock told as gone, a question without answer,
    a refusal, or an objection or a goodbye of the user's that names a slot the agent had told or was asked for.

    Args:
        turns: The turns since the last goal began.
        outcome: How it ended.
        pack: The domain pack.
    """
    if outcome != "drop_out":
        return False
    wishes = accumulate_state(turns)
    heard: set[str] = set()
    for turn in turns:
        if turn.role == "user":
            about = {*turn.request, *turn.inform}
            if (turn.act == "object" and about) or (turn.act == "leave" and about & heard):
                return False
            continue
        if turn.act in NOT_TOLD:
            return False
        for slot, value in (*turn.tell.items(), *turn.tell_other.items()):
            heard.add(slot)
            if breaks_wish(pack, slot, value, wishes.get(slot, "")) or value in _list_gone(pack, slot):
                return False
    return True


def breaks_wish(pack: DomainPack, slot: str, value: str, wish: str) -> bool:
    """Tell whether a value is not what was wished for, by the slot's bound; what cannot be compared breaks nothing."""
    bound = pack.slots[slot].constraint if slot in pack.slots else None
    if bound is None or wish in ("", DONT_CARE):
        return False
    if bound == "equal":
        return value != wish
    try:
        told, wished = float(value), float(wish)
    except ValueError:
        return False
    return told > wished if bound == "max" else told < wished


def list_breaches(
    turns: Sequence[Turn],
    pack: DomainPack,
    knowledge: Knowledge | None = None,
    users: Mapping[int, UserPersona] | None = None,
) -> list[Breach]:
    """Return the turns that go against the world or the persona, in order.

    Args:
        turns: The dialogue.
        pack: The domain pack.
        knowledge: What is known of stock and opening hours beside what was told.
        users: Number of a goal's first turn to its persona; a wish that is a must cannot be given up.
    """
    told: dict[str, str] = {}
    state: dict[str, str] = {}
    focus = ""
    persona: UserPersona | None = None
    found = []
    for number, turn in enumerate(turns):
        persona = (users or {}).get(number, persona)
        entity = turn.entity or focus
        if turn.role == "user":
            if turn.act in CONCESSIONS and persona is not None and _gives_must_up(turn, persona, state, pack):
                found.append(Breach(number, "must_given_up"))
            state |= turn.inform
        else:
            if pack.stock_slot:
                told |= _read_stock(turn, pack.stock_slot)
            stock = _find_stock(entity, told, pack, knowledge)
            if turn.act in PUT_FORWARD and stock in _list_gone(pack, pack.stock_slot):
                found.append(Breach(number, "gone"))
            elif turn.act == "hold" and stock in _list_unheld(pack):
                found.append(Breach(number, "cannot_be_held"))
            if turn.act in BOOKED and _is_closed(turn, entity, state, pack, knowledge):
                found.append(Breach(number, "closed"))
        focus = (turn.other if turn.act == "check_stock" and turn.other else turn.entity) or focus
    return found


def _is_agent(turn: Turn, acts: Iterable[str]) -> bool:
    return turn.role == "agent" and turn.act in acts


def _list_gone(pack: DomainPack, slot: str | None) -> tuple[str, ...]:
    return pack.slots[slot].gone if slot in pack.slots and slot else ()


def _list_unheld(pack: DomainPack) -> tuple[str, ...]:
    schema = pack.slots[pack.stock_slot] if pack.stock_slot else None
    return tuple(getattr(schema, "not_held", ())) or (NEVER_HELD,)


def _read_stock(turn: Turn, slot: str) -> dict[str, str]:
    parts = ((turn.entity, turn.tell), (turn.other, turn.tell_other))
    return {entity: values[slot] for entity, values in parts if entity and slot in values}


def _find_stock(entity: str, told: Mapping[str, str], pack: DomainPack, knowledge: Knowledge | None) -> str:
    row = knowledge.get(entity, pack.stock_slot) if knowledge and entity and pack.stock_slot else None
    return told.get(entity) or (row.value if row else "")


def _gives_must_up(turn: Turn, persona: UserPersona, state: Mapping[str, str], pack: DomainPack) -> bool:
    musts = {wish.slot: wish.value for wish in persona.constraints if wish.hardness == "must"}
    return any(
        slot in musts and state.get(slot) == musts[slot] and (not value or breaks_wish(pack, slot, value, musts[slot]))
        for slot, value in turn.inform.items()
    )


def _is_closed(
    turn: Turn, entity: str, state: Mapping[str, str], pack: DomainPack, knowledge: Knowledge | None
) -> bool:
    row = knowledge.get(entity, HOURS_SLOT) if knowledge else None
    hours: OpeningHours | None = read_opening_hours(f"{row.value}; {row.text}" if row else "")
    if hours is None:
        return False
    known = {**state, **turn.tell}
    named = {kind: slot for kind in ("date", "time") for slot in known if _is_booked(pack, slot, kind)}
    day, time = (known[named[kind]] if kind in named else "" for kind in ("date", "time"))
    return hours.is_open(day, time) is False


def _is_booked(pack: DomainPack, slot: str, kind: str) -> bool:
    return slot in pack.slots and pack.slots[slot].booking and pack.slots[slot].type == kind
