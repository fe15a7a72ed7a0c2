"""The slots of a booking, and what was stated for them."""

from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.planning.moves import Value
from streamdial.planning.state import DialogueState
from streamdial.records import accumulate_state


def find_booking_slots(pack: DomainPack) -> tuple[str, str]:
    """Return the slots of the day and of the hour; empty where the pack has none."""
    kinds = {pack.slots[slot].type: slot for slot in pack.list_slots(booking=True)}
    return kinds.get("date", ""), kinds.get("time", "")


def list_booked(state: DialogueState) -> dict[str, Value]:
    """Return what the user has stated for the booking, the last value of each slot, in the pack's order."""
    informed = accumulate_state(state.goal_turns)
    return {slot: (informed[slot], None) for slot in state.pack.list_slots(booking=True) if slot in informed}


def fit_party(slot: str, value: str, state: DialogueState) -> str:
    """Return a number of people that was drawn as the thing is made for: nobody takes a set for four alone."""
    slots, wishes = state.pack.slots, state.user.constraints
    party = slots[slot]
    if party.type != "count" or not party.units or any(slots[wish.slot].counts_as(party) for wish in wishes):
        return value
    for name in state.knowledge.list_slots(state.focus):
        row = state.knowledge.get(state.focus, name)
        if row is not None and row.number and slots[name].type == "count" and slots[name].counts_as(party):
            return str(int(row.number))
    return value
