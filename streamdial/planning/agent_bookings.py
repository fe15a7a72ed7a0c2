"""How the agent fixes the next step: what the world allows is booked or kept, else the nearest is offered."""

from __future__ import annotations

from dataclasses import replace

from streamdial.environment.world import Refusal, World, write_hour
from streamdial.planning.agent_plans import build_agent_plan
from streamdial.planning.bookings import find_booking_slots, list_booked
from streamdial.planning.moves import Move, TurnPlan, Value
from streamdial.planning.state import DialogueState
from streamdial.records import Turn


def propose(state: DialogueState) -> TurnPlan:
    """Offer the next step, and ask for day and hour; nobody books without having heard the price."""
    slots, price = state.pack.list_slots(booking=True)[:2], state.pack.price_slot or ""
    plan = build_agent_plan("propose", state, entity=state.focus, request=slots)
    row = state.knowledge.get(state.focus, price) if state.focus and price else None
    if row is None or (state.focus, price) in state.told:
        return plan
    told: dict[str, Value] = {price: (row.value, row.unit)}
    move = Move("react", "tell", slot=price, tells=(price,))
    return replace(plan, tell=told, moves=(move,), evidence=(row.id, *plan.evidence))


def answer_booking(state: DialogueState) -> TurnPlan | None:
    """Book what the world allows; else say why not and offer the nearest that it does; None where the thing is gone."""
    booked = list_booked(state)
    day, time = (booked[slot][0] if slot in booked else "" for slot in find_booking_slots(state.pack))
    refusal = state.world.find_refusal(state.focus, day, time)
    if refusal is None:
        return build_agent_plan("confirm", state, entity=state.focus, tell=booked)
    return _refuse(refusal, state, day, time)


def answer_hold(state: DialogueState, last: Turn) -> TurnPlan | None:
    """Keep the thing for the day and hour the user named, where it is there to be kept; None where it is gone."""
    entity = last.entity or state.focus
    slot = state.pack.stock_slot or ""
    if not state.world.can_hold(entity):
        row = state.knowledge.get(entity, slot)
        told: dict[str, Value] = {slot: (row.value, row.unit)} if row else {}
        evidence = (row.id,) if row else ()
        plan = build_agent_plan("refuse", state, entity=entity, tell=told, evidence=evidence)
        return replace(plan, key="refuse_hold", cause="cannot_be_held")
    day, time = (last.inform.get(name, "") for name in find_booking_slots(state.pack))
    refusal = state.world.find_refusal(entity, day, time)
    if refusal is not None:
        return _refuse(refusal, state, day, time)
    asked: dict[str, Value] = {name: (value, None) for name, value in last.inform.items()}
    return build_agent_plan("hold", state, entity=entity, tell=asked)


def _find_nearest_hour(world: World, day: str, hour: float | None) -> float:
    hours = world.list_hours(day)
    return min(hours, key=lambda opens: abs(opens - (hour or 0.0)), default=world.hours.opens)


def _refuse(refusal: Refusal, state: DialogueState, day: str, time: str) -> TurnPlan | None:
    """Say why a time cannot be had and offer the nearest that can; hand over where the world has none."""
    day_slot, time_slot = find_booking_slots(state.pack)
    world, language = state.world, state.language
    gaps: dict[str, str] = {}
    if refusal.reason == "gone":
        return None
    if refusal.reason == "out_of_hours":
        offered = {day_slot: day, time_slot: write_hour(_find_nearest_hour(world, day, refusal.hour), language)}
        gaps = {"open": write_hour(world.hours.opens, language), "close": write_hour(world.hours.closes, language)}
    else:
        other = world.find_next_day(state.focus, day)
        if not other:
            return build_agent_plan("hand_over", state, entity=state.focus)
        late = world.find_refusal(state.focus, other, time)
        hour = _find_nearest_hour(world, other, late.hour) if late is not None else None
        offered = {day_slot: other, time_slot: time if hour is None else write_hour(hour, language)}
    told: dict[str, Value] = {slot: (value, None) for slot, value in offered.items() if slot and value}
    plan = build_agent_plan("refuse", state, entity=state.focus, tell=told)
    key = "refuse_hour" if gaps else "refuse_closed" if refusal.reason == "closed_day" else "refuse_day"
    asked = {slot: value for slot, value in ((day_slot, day), (time_slot, time)) if slot and value}
    return replace(plan, key=key, gaps=gaps, when=asked, cause=refusal.reason)
