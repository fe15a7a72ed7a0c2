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
