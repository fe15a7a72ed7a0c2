"""Which phrases word an act: the key under which the inventory, or this package, has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamdial.domains import DomainPack
from streamdial.environment.hours import read_hour
from streamdial.environment.schema import DomainSchema
from streamdial.planning import Move
from streamdial.records import Role
from streamdial.tooluse.dialogue_view import DialogueView
from streamdial.tooluse.records import Act

_OWN_AGENT = (
    *("say_free", "say_full", "say_closed", "offer_day", "offer_waitlist", "waitlisted", "already_booked"),
    *("confirm_change", "ask_cancel", "confirm_cancel", "no_booking", "trouble", "anything_else"),
)
_OWN_USER = ("ask_free", "change", "cancel", "affirm", "ask_waitlist")


def name_key(
    role: Role,
    act: Act,
    view: DialogueView,
    beside: Sequence[Act],
    pack: DomainPack,
    schema: DomainSchema,
    moves: Sequence[Move] = (),
) -> str:
    """Return the key of an act whose words do not come by its name alone; empty where `Phraser` words it.

    Args:
        role: Who speaks.
        act: What is done.
        view: The dialogue so far.
        beside: All acts of the turn.
        pack: The domain pack.
        schema: Gives the opening hours.
        moves: What stands beside the act.
    """
    if role == "user":
        return _name_user_key(act, view, pack)
    match act.act:
        case "close":
            ending = view.find_ending()
            return "close.success" if ending == "success" else f"close_{ending}"
        case "hold":
            return "hold_day"
        case "recommend":
            bare = "" if act.tell else "recommend_bare"
            return bare or ("still_fits" if act.entity == view.offered else "")
        case "recover" if not act.tell:
            return "recover_bare"
        case "recover" if act.entity == view.offered and not any(move.key == "miss" for move in moves):
            return "still_nearest"
        case "request" if all(pack.slots[slot].booking for slot in act.request):
            return _name_request(act.request, view, pack, schema)
        case "offer_waitlist" if any(known.act in ("say_full", "offer_day") for known in beside):
            return "offer_waitlist_too"
        case "propose":
            return "request_booking"
        case name:
            return name if name in _OWN_AGENT else ""


def _name_user_key(act: Act, view: DialogueView, pack: DomainPack) -> str:
    details = bool(act.inform) and all(pack.slots[slot].booking for slot in act.inform)
    dated = any(pack.slots[slot].type == "date" for slot in act.inform)
    match act.act:
        case "thank":
            ending = view.find_ending()
            return "thank.success" if ending == "success" else f"thank_{ending}"
        case "inform" if details:
            return _name_details(act.inform, view, pack)
        case "change" if _is_refused(view):
            return _name_other_day(act.inform, view)
        case "change" if not dated:
            return "change_count"
        case "revise" if details:
            return _name_other_day(act.inform, view)
        case "book" if not dated:
            bare = "accept" if act.entity == view.offered == view.focus and not act.inform else "book_bare"
            return "inform_booking" if act.inform else bare
        case "book" if len(act.inform) == 1:
            agreed = (
                any(known.act in ("say_free", "offer_day") for known in view.turns[-1].acts) if view.turns else False
            )
            return "book_then" if agreed else "book_day"
        case "ask_hold":
            return "ask_hold_day" if dated else "ask_hold_bare"
        case name:
            return name if name in _OWN_USER else ""


def _is_refused(view: DialogueView) -> bool:
    last = view.turns[-1].acts if view.turns else ()
    return any(act.act in ("say_full", "say_closed", "offer_day") for act in last)


def _name_other_day(inform: Mapping[str, str], view: DialogueView) -> str:
    """Return the key of another day than the one that is full: the one that was offered instead, or a third."""
    offers = [act.tell for act in view.turns[-1].acts if act.act == "offer_day"] if view.turns else []
    taken = any(set(told.values()) & set(inform.values()) for told in offers)
    return "take_day" if taken or not offers else "revise_day"


def _name_details(inform: Mapping[str, str], view: DialogueView, pack: DomainPack) -> str:
    kinds = {pack.slots[slot].type for slot in inform}
    if kinds <= {"date", "time"} and _is_refused(view):
        return _name_other_day(inform, view)
    if kinds == {"count"}:
        return "inform_count"
    if kinds == {"time"}:
        return "inform_time"
    return "inform_day" if kinds <= {"date", "time"} else "inform_booking"


def _name_request(request: Sequence[str], view: DialogueView, pack: DomainPack, schema: DomainSchema) -> str:
    kinds = [pack.slots[slot].type for slot in request]
    said = next((act.inform for act in reversed(list(view.list_acts("user"))) if act.inform), {})
    times = [said[slot] for slot, kind in zip(request, kinds, strict=True) if kind == "time" and slot in said]
    if schema.opens is not None and any(read_hour(time) is not None for time in times):
        return "request_hour"
    if len(kinds) > 1:
        return "request_booking"
    return {"date": "request_day", "time": "request_time"}.get(kinds[0], "request_count")
