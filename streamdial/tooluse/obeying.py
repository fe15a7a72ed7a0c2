"""Planned acts of a turn with tools, as strategies have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamdial.strategies import PARTING, Directive
from streamdial.tooluse.records import Act, ToolTurn


def withhold_slots(act: Act, hidden: Sequence[str]) -> Act:
    """Return an act without what is to be withheld."""
    if not hidden:
        return act

    def keep(values: Mapping[str, str]) -> dict[str, str]:
        return {slot: value for slot, value in values.items() if slot not in hidden}

    return act.model_copy(
        update={
            "inform": keep(act.inform),
            "request": tuple(slot for slot in act.request if slot not in hidden),
            "tell": keep(act.tell),
            "tell_other": keep(act.tell_other),
            "slip": keep(act.slip),
        }
    )


def obey_acts(
    acts: Sequence[Act], directive: Directive | None, wishes: Mapping[str, str] | None = None
) -> tuple[Act, ...]:
    """Return the acts of a turn as far as a directive lets them stand.

    Forbidden acts are left out where others remain, withheld slots are left out, and wishes that are to be said are
    added to the first act that states any. What would leave nothing to say stays as it was.

    Args:
        acts: What was planned.
        directive: What strategies advise; None for nothing.
        wishes: What the user wants with the task it is about, by slot.
    """
    if directive is None:
        return tuple(acts)
    kept = [withhold_slots(act, directive.withhold) for act in acts if act.act not in directive.forbid]
    kept = [act for act in kept if _says_something(act)]
    said = {slot: value for slot, value in (wishes or {}).items() if slot in directive.say}
    for place, act in enumerate(kept):
        if said and act.act in ("ask_offer", "inform"):
            kept[place] = act.model_copy(update={"inform": {**act.inform, **said}})
            break
    return tuple(kept) or tuple(acts)


def has_parted(turns: Sequence[ToolTurn]) -> bool:
    """Tell whether the last turn is a goodbye."""
    return bool(turns) and any(act.act in PARTING for act in turns[-1].acts)


def _says_something(act: Act) -> bool:
    filled = act.inform or act.request or act.tell or act.tell_other or act.entity or act.reference
    return bool(filled) or act.act not in ("inform", "revise", "request", "answer", "no_answer")
