"""What the agent puts forward: what fits, else the nearest, owned up to; and what speaks for a thing in doubt."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

from streamdial.planning.agent_bookings import propose
from streamdial.planning.agent_moves import judge_stated
from streamdial.planning.agent_plans import build_agent_plan, choose_rows, tell_rows
from streamdial.planning.moves import TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.planning.upgrades import find_upgrade
from streamdial.records import Turn

SUPPORTING_TYPES = ("text", "category")
"""Attributes that can be offered against an objection when there is none about the objection itself."""


def recommend(state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
    """Return an offer of what meets all stated wishes, else of the nearest; a hand-over where nothing can be had."""
    wishes = state.stated_wishes
    refused = list_refused(state)
    ranked = state.world.rank(wishes, without=refused) or state.world.rank(wishes)
    if not ranked:
        return build_agent_plan("hand_over", state)
    fitting = [entity for entity, broken in ranked if not broken]
    named = [entity for inquiry in state.user.primary_inquiries for entity in inquiry.entities]
    entity = next((name for name in named if name in fitting), None) or ranked[0][0]
    if state.runner.wants("upselling"):
        # Whoever wants to sell up begins with what has something above it.
        entity = next((name for name in fitting if find_better(state, name, wishes)), entity)
    if last.act == "insist":
        # What was just insisted on is not passed over again.
        entity = next((name for name, broken in ranked if not set(broken) & set(last.inform)), entity)
    broken = next(broken for name, broken in ranked if name == entity)
    if broken:
        return _offer_nearest(state, entity, broken, last, rng)
    again = bool(state.offered) or last.act in ("object",)
    rest = [*wishes, *state.pack.list_slots(mined=True), *state.knowledge.list_slots(entity)]
    fresh = [slot for slot in rest if (entity, slot) not in state.told]
    rows = choose_rows(state, entity, [*_list_remedied(state, entity), *fresh, *rest], most=rng.choice([1, 2, 2]))
    # A free text is no noun beside others.
    facts = {slot: row for slot, row in rows.items() if state.pack.slots[slot].type != "text"}
    rows = facts or rows
    if not rows:
        return propose(state)
    plan = tell_rows("recommend", state, entity, rows)
    return replace(plan, key="recommend_again" if again and entity != state.focus else "recommend")


def _list_remedied(state: DialogueState, entity: str) -> list[str]:
    """Return what the user objected to in other things and this one does not miss, the last first."""
    objections = [t for t in reversed(state.goal_turns) if t.role == "user" and t.act == "object"]
    slots = [slot for turn in objections if turn.entity != entity for slot in turn.request]
    return [slot for slot in dict.fromkeys(slots) if not misses_wish(state, entity, slot)]


def list_refused(state: DialogueState) -> set[str]:
    """Return what the user turned down, or asked for something else than."""
    turned = {turn.entity for turn in state.goal_turns if turn.role == "user" and turn.act == "object"}
    asked = {t.entity for t in state.goal_turns if t.role == "user" and t.act == "ask_offer" and t.entity}
    given_up = {t.entity for t in state.goal_turns if t.role == "user" and t.act == "revise" and t.entity}
    return {name for name in (turned | asked) - given_up if name}


def _offer_nearest(
    state: DialogueState, entity: str, broken: Iterable[str], last: Turn, rng: random.Random
) -> TurnPlan:
    """Own up that nothing meets all wishes, and name the nearest; once with the question which wish could go."""
    broken = list(broken)
    counted = [slot for slot in broken if state.pack.slots[slot].type == "count"]
    if counted and all(_is_short(state, name, counted[0]) for name in state.knowledge.entities):
        # Nothing is large enough: the largest is named, and nobody is asked to be fewer.
        largest = _find_largest(state, counted[0])
        plan = tell_rows("recover", state, largest, choose_rows(state, largest, counted, most=1))
        return replace(plan, key="recover_count")
    explains = state.runner.wants("constraint_conflict") or (
        not state.runner.avoids("constraint_conflict") and rng.random() < 0.4
    )
    several = len(state.stated_wishes) > 1
    askable = [slot for slot in broken if slot not in counted]
    if explains and several and last.act not in ("revise", "insist"):
        rows = choose_rows(state, entity, askable, most=2)
        slot = min(rows, key=lambda name: _measure_gap(state, entity, name), default="")
        if slot:
            return replace(tell_rows("explain_conflict", state, entity, rows), request=(slot,))
    wishes = [slot for slot in state.stated_wishes if slot not in broken]
    rows = choose_rows(state, entity, [*broken, *wishes], most=2)
    if entity in state.offered and all((entity, slot) in state.told for slot in rows):
        return support_thing(state, entity, broken[0]) or propose(state)
    return tell_rows("recover", state, entity, rows)


def _is_short(state: DialogueState, entity: str, slot: str) -> bool:
    return state.world.is_gone(entity) or misses_wish(state, entity, slot)


def _find_largest(state: DialogueState, slot: str) -> str:
    rows = (state.knowledge.get(name, slot) for name in state.knowledge.entities if not state.world.is_gone(name))
    return max((row for row in rows if row is not None), key=lambda row: row.number or 0.0).entity


def _measure_gap(state: DialogueState, entity: str, slot: str) -> float:
    verdict = judge_stated(state, entity, slot)
    return verdict.distance if verdict else 1.0


def find_better(state: DialogueState, entity: str, wishes: Mapping[str, str]) -> str | None:
    """Return the next dearer thing that is better in something and can be had; None without one."""
    better = find_upgrade(state.knowledge, entity, wishes)
    return better if better and not state.world.is_gone(better) else None


def support_thing(state: DialogueState, entity: str, slot: str) -> TurnPlan | None:
    """Set against a doubt what the thing has besides, first what meets a stated wish."""
    wished = [slot for slot in state.stated_wishes if not misses_wish(state, entity, slot)]
    # What has nothing to do with the doubt answers none; what comes with a thing is an answer to its price.
    rest = [name for name in state.pack.offers if slot == state.pack.price_slot and _speaks_for(state, entity, name)]
    fresh = [slot for slot in (*wished, *rest) if (entity, slot) not in state.told]
    told = [slot for slot in (*fresh, *wished) if slot != state.pack.price_slot]
    rows = choose_rows(state, entity, told, most=1)
    if not rows:
        return None
    return replace(tell_rows("handle_objection", state, entity, rows), key="objection_support")


def _speaks_for(state: DialogueState, entity: str, slot: str) -> bool:
    """Tell whether an attribute can be set against a doubt: nothing the thing is without."""
    row = state.knowledge.get(entity, slot)
    schema = state.pack.slots[slot]
    lacks = row is not None and row.value.startswith(("no", "none", "not_", "paid"))
    return schema.type in SUPPORTING_TYPES and not schema.stock and not lacks and not schema.mined


def misses_wish(state: DialogueState, entity: str, slot: str) -> bool:
    """Tell whether what is known of a thing misses what the user has stated."""
    verdict = judge_stated(state, entity, slot)
    return verdict is not None and verdict.misses
