"""The planned user's agenda: drawn from the persona, it decides what the user does next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from streamdial.dialogues.state import DialogueState, TurnPlan, Value
from streamdial.records import Behaviour, Constraint, Inquiry, Turn, UserPersona
from streamdial.slots import DONT_CARE

MIN_INQUIRIES = 3
"""A user who has asked less than this also asks what other viewers asked about the same things."""
USER_STAGES = {
    "greet": "opening",
    "inform": "needs_mining",
    "no_preference": "needs_mining",
    "ask_offer": "needs_mining",
    "ask": "clarification",
    "compare": "clarification",
    "ask_person": "clarification",
    "object": "negotiation",
    "negotiate": "negotiation",
    "accept": "appointment",
    "decline": "recommendation",
    "revise": "needs_mining",
    "insist": "needs_mining",
    "book": "appointment",
    "ask_hold": "appointment",
    "silence": "clarification",
    "defer": "closing",
    "thank": "closing",
}
_AVOIDED: dict[str, Behaviour] = {"object": "objection_handling", "negotiate": "negotiation"}
"""User acts that are left out where the dialogue is to avoid the behaviour they lead to."""


class Agenda:
    """What a user persona still wants to say and ask (agenda-based simulation, Schatzmann et al. 2007).

    Args:
        persona: Whose agenda it is.
        booking: Constraints for the appointment, observed with other viewers; used where the persona has none.
        max_inquiries: Maximum number of questions asked in one dialogue.
        others: Questions of other viewers, asked where the persona's own are fewer than `MIN_INQUIRIES`, or where
            the dialogue is to show an objection and the persona has none.
        conflict: Wishes that do not go together, stated at once where the dialogue is to show what becomes of them.
    """

    def __init__(
        self,
        persona: UserPersona,
        booking: Sequence[Constraint],
        *,
        max_inquiries: int,
        others: Sequence[Inquiry] = (),
        conflict: Sequence[Constraint] = (),
    ) -> None:
        self._pack_booking = list(booking)
        self.persona = persona
        self.conflict = tuple(conflict)
        own = {constraint.slot for constraint in persona.constraints}
        self.wishes = deque([*persona.constraints, *(wish for wish in conflict if wish.slot not in own)])
        self.inquiries = deque(
            [
                inquiry
                for inquiry in persona.primary_inquiries
                if inquiry.act in ("ask", "object", "negotiate", "compare")
            ]
        )
        self.max_inquiries = max_inquiries
        self.others = deque(inquiry for inquiry in others if inquiry.act == "ask")
        self._doubts = [inquiry for inquiry in others if inquiry.act == "object" and inquiry.asks]
        self.asked = 0
        self._shifts: list[Constraint] = []
        self._seen = 0

    def plan(self, state: DialogueState) -> TurnPlan | None:
        """Return what the user does next, or None where the user has left.

        What was said without this agenda (a given history, a model that spoke for itself) is taken off it first.
        """
        self._catch_up(state)
        plan = self._choose(state)
        self._seen = len(state.turns) + 1
        return plan

    def put_back(self, slots: Iterable[str]) -> None:
        """Take wishes up again that were planned and then not said."""
        own = {wish.slot: wish for wish in (*self.persona.constraints, *self.conflict)}
        for slot in slots:
            if slot in own:
                self.wishes.appendleft(own[slot])

    def _catch_up(self, state: DialogueState) -> None:
        for turn in state.turns[max(self._seen, state.goal_start) :]:
            if turn.role != "user":
                continue
            self.wishes = deque(wish for wish in self.wishes if wish.slot not in turn.inform)
            if turn.act in ("ask", "object", "negotiate", "compare"):
                self.asked += 1
                done = set(turn.request)
                self.inquiries = deque(
                    inquiry for inquiry in self.inquiries if inquiry.act != turn.act or set(inquiry.asks) - done
                )

    def _choose(self, state: DialogueState) -> TurnPlan | None:
        last = state.last
        if last is None:
            return self._open(state)
        if len(state.turns) == state.goal_start:
            return self._state_needs(state) or self._ask_next(state) or self._finish(state)
        if last.act in ("close",):
            return None
        if last.act == "request" or (last.act == "follow_up" and last.request):
            return self._answer_request(state, last)
        if last.act == "propose":
            return self._answer_proposal(state)
        if last.act in ("confirm", "hand_over"):
            return self._build("thank", state)
        if last.act == "explain_conflict":
            return self._answer_conflict(state, last)
        if last.act == "upsell" and state.has_spoken("user", "accept"):
            return self._answer_upsell(state, last)
        if last.act == "hold":
            return self._build("thank", state)
        if last.act == "greet":
            return self._state_needs(state) or self._ask_next(state) or self._finish(state)
        return self._ask_next(state) or self._finish(state)

    def _split_wishes(self, state: DialogueState) -> list[Constraint]:
        return [wish for wish in self.wishes if not state.pack.slots[wish.slot].booking]

    def _open(self, state: DialogueState) -> TurnPlan | None:
        wishes = self._split_wishes(state)
        if wishes and (self.conflict or state.runner.wants("requirement_mining")):
            return (self._state_needs(state) if self.conflict else None) or self._build("greet", state)
        choices = ["greet"] + (["state"] * 3 if wishes else []) + (["ask"] * (1 if wishes else 3))
        choice = state.rng.choice(choices)
        if choice == "state":
            return self._state_needs(state)
        if choice == "ask" and (plan := self._ask_next(state, named_only=True)):
            return plan
        return self._build("greet", state)

    def _state_needs(self, state: DialogueState) -> TurnPlan | None:
        wishes = self._split_wishes(state)
        if not wishes:
            return None
        count = state.rng.choice([1, 2, 2])
        taken = [wish for wish in self.conflict if wish in wishes] or wishes[:count]
        if state.runner.wants("requirement_mining"):
            # One wish is held back, so that there is something to be found out.
            mined = [wish for wish in taken if state.pack.slots[wish.slot].mined]
            if mined and (self.conflict or len(taken) == len(wishes)):
                taken.remove(mined[-1])
        if not taken:
            return None
        offered = any(inquiry.act == "ask_offer" for inquiry in self.persona.primary_inquiries)
        act = "ask_offer" if offered and state.rng.random() < 0.5 else "inform"
        return self._inform(act, taken, state)

    def _inform(self, act: str, wishes: Sequence[Constraint], state: DialogueState) -> TurnPlan:
        for wish in wishes:
            self.wishes.remove(wish)
        first = [self._recall_first(wish, state) for wish in wishes]
        inform: dict[str, Value] = {wish.slot: (value, None) for wish, (value, _) in zip(wishes, first, strict=True)}
        evidence = tuple(dict.fromkeys(source for _, sources in first for source in sources))
        return self._build(act, state, inform=inform, evidence=evidence, own_words=self._find_own_words(inform, act))

    def _recall_first(self, wish: Constraint, state: DialogueState) -> tuple[str, tuple[str, ...]]:
        """Return the value a wish is stated with: the one this viewer wanted first, where they changed their mind."""
        earlier = next(iter(wish.changed_from), None)
        if earlier is None or wish in self.conflict or state.pack.slots[wish.slot].booking or wish in self._shifts:
            return wish.value, wish.evidence
        self._shifts.append(wish)
        return earlier.text, earlier.evidence

    def _shift(self, state: DialogueState) -> TurnPlan | None:
        """Change a wish as this viewer really did, once there is something to be judged by it."""
        if not self._shifts or not state.focus or state.has_spoken("user", "revise"):
            return None
        wish = self._shifts.pop(0)
        if state.informed.get(wish.slot) == wish.value:
            return None
        return self._build("revise", state, inform={wish.slot: (wish.value, None)}, evidence=wish.evidence)

    def _find_own_words(self, inform: dict[str, Value], act: str) -> str:
        """Return what this persona really wrote, where it says just these wishes and is of the same act."""
        for observed in self.persona.basic_information:
            source = observed.evidence[0]
            slots = {c.slot for c in self.persona.constraints if source in c.evidence}
            asks_offer = any(i.act == "ask_offer" and source in i.evidence for i in self.persona.primary_inquiries)
            if slots == set(inform) and asks_offer == (act == "ask_offer"):
                return observed.text
        return ""

    def _answer_request(self, state: DialogueState, last: Turn) -> TurnPlan:
        requested = list(last.request)
        if all(state.pack.slots[slot].booking for slot in requested):
            return self._answer_proposal(state)
        known = [wish for wish in self._split_wishes(state) if wish.slot in requested]
        if not known:
            return self._build(
                "no_preference", state, inform={slot: (DONT_CARE, None) for slot in requested}, request=()
            )
        extra = [wish for wish in self._split_wishes(state) if wish not in known]
        if extra and state.rng.random() < 0.25:
            known.append(extra[0])
        return self._inform("inform", known, state)

    def _answer_conflict(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Give the wish up that was asked about, for what there is; on no way to a deal, a must is held on to."""
        slot = next(iter(last.request), "")
        wish = next((c for c in state.wishes if c.slot == slot), None)
        row = state.knowledge.get(last.entity, slot)
        if wish is None or row is None:
            return self._ask_next(state) or self._finish(state)
        firm = wish.hardness == "must" and state.runner.path.outcome != "success"
        value: Value = (wish.value, None) if firm else (row.value, row.unit)
        return self._build("insist" if firm else "revise", state, inform={slot: value}, evidence=wish.evidence)

    def _answer_upsell(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Take the better thing where no wish speaks against it, else stay with the one agreed on."""
        fits = all(
            state.knowledge.satisfies(last.entity, slot, value) is not False
            for slot, value in state.stated_wishes.items()
        )
        before = next((t.entity for t in reversed(state.turns) if t.entity and t.entity != last.entity), "")
        if before and (not fits or state.rng.random() < 0.5):
            return self._build("decline", state, entity=before)
        return self._build("accept", state)

    def _find_bookings(self, state: DialogueState) -> list[Constraint]:
        wished = {wish.slot: wish for wish in self.wishes if state.pack.slots[wish.slot].booking}
        fallback = {wish.slot: wish for wish in self._pack_booking}
        chosen = [wished.get(slot) or fallback.get(slot) for slot in state.pack.list_slots(booking=True)]
        return [constraint for constraint in chosen if constraint is not None]

    def _answer_proposal(self, state: DialogueState) -> TurnPlan:
        if state.runner.path.outcome != "success":
            return self._defer(state)
        found = self._find_bookings(state)
        if not found:
            return self._build("defer", state)
        inform: dict[str, Value] = {constraint.slot: (constraint.value, None) for constraint in found}
        return self._build("book", state, inform=inform, evidence=tuple(c.evidence[0] for c in found))

    def _defer(self, state: DialogueState) -> TurnPlan:
        """Put the decision off; have the thing kept meanwhile, where the dialogue is to show that."""
        times = [wish for wish in self._find_bookings(state) if state.pack.slots[wish.slot].type in ("date", "time")]
        if not (state.runner.wants("reservation_holding") and state.focus and times):
            return self._build("defer", state)
        inform: dict[str, Value] = {wish.slot: (wish.value, None) for wish in times}
        evidence = tuple(dict.fromkeys(source for wish in times for source in wish.evidence))
        return self._build("ask_hold", state, entity=state.focus, inform=inform, evidence=evidence)

    def _bring_about(self, state: DialogueState) -> TurnPlan | None:
        """Return a turn for a behaviour that is planned and that nothing else will bring about, or None."""
        if not state.focus:
            return None
        stock = state.pack.stock_slot
        if stock and state.runner.wants("inventory_check") and state.knowledge.get(state.focus, stock):
            return self._build("ask", state, entity=state.focus, request=(stock,))
        if state.runner.wants("objection_handling"):
            own = [inquiry for inquiry in self.inquiries if inquiry.act == "object"]
            for inquiry in (*own, *self._doubts):
                if plan := self._plan_inquiry(inquiry, state):
                    if inquiry in own:
                        self.inquiries.remove(inquiry)
                    return plan
        if state.runner.wants("negotiation") and not state.has_spoken("user", "negotiate"):
            return self._build("negotiate", state, entity=state.focus)
        return None

    def _ask_next(self, state: DialogueState, *, named_only: bool = False) -> TurnPlan | None:
        if not named_only and (plan := self._shift(state)):
            return plan
        if self.asked >= 1 and not named_only and (plan := self._bring_about(state)):
            return plan
        for inquiry in list(self.inquiries) if self.asked < self.max_inquiries else ():
            plan = self._plan_inquiry(inquiry, state)
            if plan is not None and (plan.entity or not named_only):
                self.inquiries.remove(inquiry)
                self.asked += 1
                return plan
        while self.others and self.asked < MIN_INQUIRIES and not named_only:
            inquiry = self.others.popleft()
            known = all(state.knowledge.get(state.focus, slot) for slot in inquiry.asks)
            plan = self._plan_inquiry(inquiry, state) if known and state.focus else None
            if plan is not None:
                self.asked += 1
                return plan
        return None

    def _plan_inquiry(self, inquiry: Inquiry, state: DialogueState) -> TurnPlan | None:
        named = [name for name in inquiry.entities if name in state.knowledge.entities]
        if inquiry.entities and not named:
            return None  # a thing of another shop
        entity = state.focus or next(iter(named), "")
        if inquiry.act == "ask" and not inquiry.asks:
            return None
        if inquiry.act == "compare":
            others = [name for name in named if name != entity] or [
                name for name in state.knowledge.entities if name != entity
            ]
            others = [name for name in others if not state.is_gone(name)]
            if not entity or not others:
                return None
            return self._build(
                "compare", state, entity=entity, other=others[0], evidence=inquiry.evidence, own_words=inquiry.text
            )
        if not entity or (inquiry.act in _AVOIDED and state.runner.avoids(_AVOIDED[inquiry.act])):
            return None
        avoids_stock = state.runner.avoids("inventory_check")
        askable = [
            slot
            for slot in inquiry.asks
            if not state.pack.slots[slot].booking
            and state.pack.slots[slot].type != "entity"
            and not (avoids_stock and state.pack.slots[slot].stock)
        ]
        asks = tuple(slot for slot in askable if inquiry.act != "ask" or (entity, slot) not in state.told)
        if inquiry.act == "ask" and not asks:
            return None
        if inquiry.act == "negotiate" and state.has_spoken("user", "negotiate"):
            return None
        request = asks if inquiry.act in ("ask", "object") else ()
        if inquiry.act == "object" and not request:
            return None
        return self._build(
            inquiry.act,
            state,
            entity=entity,
            request=request[:2],
            evidence=inquiry.evidence,
            own_words=inquiry.text if len(request) == len(inquiry.asks) or inquiry.act == "negotiate" else "",
        )

    def _finish(self, state: DialogueState) -> TurnPlan:
        outcome = state.runner.path.outcome
        wishes = self._split_wishes(state)
        if wishes and state.has_spoken("user", "inform") < 4 and not state.has_spoken("agent", "recommend"):
            return self._inform("inform", wishes[:1], state)
        if not state.focus and state.knowledge.entities and not state.has_spoken("user", "ask_offer"):
            return self._build("ask_offer", state)  # who has named nothing wants to hear what there is
        if plan := self._bring_about(state):
            return plan
        if outcome == "success" and not state.has_spoken("user", "accept"):
            return self._build("accept", state)
        if outcome == "deferral":
            return self._defer(state)
        if outcome == "hand_over" and not state.has_spoken("agent", "hand_over"):
            slot = self._find_unknown(state)
            if slot is None:
                return self._build("ask_person", state)
            return self._build("ask", state, entity=state.focus, request=(slot,))
        return self._build("thank", state)

    def _find_unknown(self, state: DialogueState) -> str | None:
        """Return an attribute the knowledge base lacks of what the dialogue is about: only a colleague can tell it."""
        if not state.focus:
            return None
        slots = [
            name
            for name, slot in state.pack.slots.items()
            if slot.ask.get(state.language)
            and not slot.booking
            and not slot.stock
            and slot.type != "entity"
            and state.knowledge.get(state.focus, name) is None
        ]
        return state.rng.choice(slots) if slots else None

    def _build(
        self,
        act: str,
        state: DialogueState,
        *,
        entity: str = "",
        other: str = "",
        inform: dict[str, Value] | None = None,
        request: tuple[str, ...] = (),
        evidence: tuple[str, ...] = (),
        own_words: str = "",
    ) -> TurnPlan:
        return TurnPlan(
            role="user",
            act=act,
            stage=USER_STAGES.get(act, state.runner.stage),
            entity=entity,
            other=other,
            inform=inform or {},
            request=request,
            evidence=evidence,
            own_words=own_words,
        )
