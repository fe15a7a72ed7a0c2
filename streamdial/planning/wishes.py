"""How a user states wishes: in the storyline's order, and changed the way this viewer changed them."""

from __future__ import annotations

from collections.abc import Sequence

from streamdial.planning.moves import TurnPlan, Value
from streamdial.planning.questions import build_user_plan
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline
from streamdial.records import Constraint, UserPersona


def list_left_wishes(storyline: Storyline, state: DialogueState) -> list[Constraint]:
    """Return the wishes that were not stated yet, in the storyline's order; days and hours are no wishes."""
    slots, stated = state.pack.slots, state.informed
    order = {slot: place for place, slot in enumerate(storyline.wishes)}
    left = [wish for wish in state.user.constraints if not slots[wish.slot].booking and wish.slot not in stated]
    # What was heard of the thing talked about, and is right, need not be asked for any more.
    missed = {verdict.slot for verdict in state.list_misses(state.focus)}
    left = [
        wish for wish in left if (state.focus, wish.slot) not in state.told or wish.slot in missed or wish.changed_from
    ]
    return sorted(left, key=lambda wish: order.get(wish.slot, len(order)))


def state_wishes(act: str, wishes: Sequence[Constraint], state: DialogueState, *, cause: str) -> TurnPlan:
    """Return a turn that states wishes, each as this viewer wanted it first."""
    first = [_recall_first(wish) for wish in wishes]
    inform: dict[str, Value] = {wish.slot: (value, wish.unit) for wish, (value, _) in zip(wishes, first, strict=True)}
    evidence = tuple(dict.fromkeys(source for _, sources in first for source in sources))
    words = _find_own_words(state.user, set(inform), act)
    return build_user_plan(act, state, inform=inform, evidence=evidence, own_words=words, cause=cause)


def plan_shift(state: DialogueState) -> TurnPlan | None:
    """Change a wish as this viewer really did, once there is something to be judged by it; None where nothing is."""
    if not state.focus or state.has_spoken("user", "revise"):
        return None
    for wish in state.user.constraints:
        if wish.changed_from and state.informed.get(wish.slot) == wish.changed_from[0].text != wish.value:
            inform: dict[str, Value] = {wish.slot: (wish.value, wish.unit)}
            return build_user_plan("revise", state, inform=inform, evidence=wish.evidence, cause="changed their mind")
    return None


def _recall_first(wish: Constraint) -> tuple[str, tuple[str, ...]]:
    """Return the value a wish is stated with: the one this viewer wanted first, where they changed their mind."""
    earlier = next(iter(wish.changed_from), None)
    return (earlier.text, earlier.evidence) if earlier else (wish.value, wish.evidence)


def _find_own_words(persona: UserPersona, slots: set[str], act: str) -> str:
    """Return what a persona really wrote, where it says just these wishes and is of the same act."""
    for observed in persona.basic_information:
        source = observed.evidence[0]
        said = {wish.slot for wish in persona.constraints if source in wish.evidence}
        offered = any(i.act == "ask_offer" and source in i.evidence for i in persona.primary_inquiries)
        if said == slots and offered == (act == "ask_offer"):
            return observed.text
    return ""
